/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* That an address is here now, for neighbours that remember another place of it. */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fw/address.h"

/* The Ethernet address of INTERFACE. */
static int hardware(int fd, const char *interface, uint8_t mac[static ETH_ALEN])
{
	struct ifreq ifr = { .ifr_ifindex = 0 };
	snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", interface);
	if (ioctl(fd, SIOCGIFHWADDR, &ifr) != 0)
		return PST_E_SYS;
	if (ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return PST_E_UNSUPPORTED;
	memcpy(mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	return PST_OK;
}

static int send_arp(int fd, const char *interface, const struct addr *addr)
{
	struct ether_arp arp = { .ea_hdr = { .ar_hrd = htons(ARPHRD_ETHER),
					 .ar_pro = htons(ETHERTYPE_IP),
					 .ar_hln = ETH_ALEN,
					 .ar_pln = 4,
					 .ar_op = htons(ARPOP_REQUEST) } };
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE_ARP),
		.sll_ifindex = (int)if_nametoindex(interface),
		.sll_halen = ETH_ALEN,
		.sll_addr = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	const int rc = hardware(fd, interface, arp.arp_sha);
	if (rc != PST_OK)
		return rc;
	memcpy(arp.arp_spa, addr->ip, 4);
	memcpy(arp.arp_tpa, addr->ip, 4);
	return sendto(fd, &arp, sizeof arp, 0, (const struct sockaddr *)&to, sizeof to) >= 0 ? PST_OK : PST_E_SYS;
}

static int send_advertisement(int fd, const char *interface, const struct addr *addr)
{
	struct {
		struct nd_neighbor_advert na;
		struct nd_opt_hdr option;
		uint8_t mac[ETH_ALEN];
	} m = { .na.nd_na_hdr = { .icmp6_type = ND_NEIGHBOR_ADVERT },
		.option = { .nd_opt_type = ND_OPT_TARGET_LINKADDR, .nd_opt_len = 1 } };
	const int hops = 255; /* RFC 4861 7.1.2: anything less is dropped */
	const unsigned ifindex = if_nametoindex(interface);
	struct sockaddr_in6 from = { .sin6_family = AF_INET6 }, to = { .sin6_family = AF_INET6, .sin6_scope_id = ifindex };
	const int rc = hardware(fd, interface, m.mac);
	if (rc != PST_OK)
		return rc;
	m.na.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE;
	memcpy(&m.na.nd_na_target, addr->ip, 16);
	memcpy(&from.sin6_addr, addr->ip, 16);
	to.sin6_addr.s6_addr[0] = 0xff; /* ff02::1, all nodes of the link */
	to.sin6_addr.s6_addr[1] = 0x02;
	to.sin6_addr.s6_addr[15] = 0x01;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops) != 0 ||
		setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &ifindex, sizeof ifindex) != 0 ||
		bind(fd, (const struct sockaddr *)&from, sizeof from) != 0 ||
		sendto(fd, &m, sizeof m, 0, (const struct sockaddr *)&to, sizeof to) < 0)
		return PST_E_SYS;
	return PST_OK;
}

int fw_address_announce(const char *interface, const struct addr *addr)
{
	const bool ip4 = addr->family == ADDR_IP4;
	const int fd = ip4 ? socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
			   : socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	if (fd < 0)
		return errno == EPERM || errno == EAFNOSUPPORT ? PST_E_DENIED : PST_E_SYS;
	const int rc = ip4 ? send_arp(fd, interface, addr) : send_advertisement(fd, interface, addr);
	const int saved = errno;
	close(fd);
	errno = saved;
	return rc;
}
