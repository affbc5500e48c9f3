/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The RTCP that the worker relays itself, because addresses in it are to be hidden: a packet in seconds. The programs
 * check its source, learn its port, and hand it over in a ring; the worker sends it on, by a socket that it has for so
 * long only, and keeps the counters of the slot.
 */
#include "relay/kernel_private.h"

#include "base/clock.h"
#include "loop/net.h"
#include "relay/hide.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum { READY_MAX = 256 };
/* As the kernel writes them: eight octets before each record, the first four its length with two bits. */
enum { RECORD_HEADER = 8 };
static const uint32_t RECORD_BUSY = 1u << 31, RECORD_DISCARDED = 1u << 30;

/* --- the ring --- */

/* One page is ours, to say how far we have read; one is theirs, and then comes the data, twice. */
int kernel_ring_map(struct kernel_ring *r, int fd)
{
	r->page = (size_t)sysconf(_SC_PAGESIZE);
	void *own = mmap(NULL, r->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (own == MAP_FAILED)
		return PST_E_SYS;
	uint8_t *theirs = mmap(NULL, r->page + 2 * (size_t)RELAY_K_RING, PROT_READ, MAP_SHARED, fd, (off_t)r->page);
	if (theirs == MAP_FAILED) {
		const int saved = errno;
		munmap(own, r->page);
		errno = saved;
		return PST_E_SYS;
	}
	r->read = own;
	r->written = (const uint64_t *)(const void *)theirs;
	r->data = theirs + r->page;
	return 0;
}

void kernel_ring_unmap(struct kernel_ring *r)
{
	if (r->read == NULL)
		return;
	munmap(r->read, r->page);
	munmap((void *)(uintptr_t)r->written, r->page + 2 * (size_t)RELAY_K_RING);
	*r = (struct kernel_ring){ 0 };
}

/* --- packets --- */

void kernel_rtcp_hide(struct relay_session *s, int from_leg)
{
	struct relay_k_slot *k = kernel_slot(s, from_leg, RELAY_RTCP);
	s->rtcp[from_leg].hide = true;
	if (s->legs[from_leg].flows[RELAY_RTCP].open && k->state != RELAY_K_HEARD)
		__atomic_store_n(&k->state, s->plane->ring.read != NULL ? RELAY_K_HANDED : RELAY_K_RESERVED,
			__ATOMIC_SEQ_CST);
}

/* From the port of the other leg, as all that leaves it. */
static bool send_on(const struct relay_session *s, int from_leg, const uint8_t *packet, size_t n)
{
	const struct addr from = kernel_local(s, !from_leg, RELAY_RTCP);
	struct sockaddr_storage ss;
	socklen_t len = loop_sockaddr(&ss, &from);
	const int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	bool sent = bind(fd, (struct sockaddr *)&ss, len) == 0;
	len = loop_sockaddr(&ss, &s->rtcp[from_leg].to);
	sent = sent && sendto(fd, packet, n, MSG_NOSIGNAL, (struct sockaddr *)&ss, len) == (ssize_t)n;
	close(fd);
	return sent;
}

/* What was handed over may be of a flow that is no more. */
static void pass_on(struct kernel_plane *plane, const struct relay_k_packet *p)
{
	uint8_t packet[RELAY_K_PACKET];
	if (p->len > sizeof packet || p->number / 2 >= plane->head->pairs_n || p->number % 2 != RELAY_RTCP)
		return;
	struct relay_session *s = plane->by_pair[p->number / 2];
	if (s == NULL)
		return;
	const int leg = s->legs[1].pair == p->number / 2;
	struct relay_k_slot *k = kernel_slot(s, leg, RELAY_RTCP);
	if (k->seq != p->seq || k->state != RELAY_K_HANDED)
		return;
	memcpy(packet, p->data, p->len);
	(void)relay_hide_addresses(packet, p->len, plane->hide_key);
	if (!send_on(s, leg, packet, p->len)) {
		k->failed++;
		return;
	}
	k->packets++;
	k->bytes += p->len;
	k->last = (__u32)(clock_now_ns() >> RELAY_K_TICK_SHIFT);
}

void kernel_rtcp_ready(uv_poll_t *poll, int status, int events)
{
	struct kernel_plane *plane = poll->data;
	struct kernel_ring *r = &plane->ring;
	(void)status, (void)events;
	uint64_t at = *r->read;
	for (int i = 0; i < READY_MAX && at < __atomic_load_n(r->written, __ATOMIC_ACQUIRE); i++) {
		const uint8_t *record = r->data + (at & (RELAY_K_RING - 1));
		const uint32_t len = __atomic_load_n((const uint32_t *)(const void *)record, __ATOMIC_ACQUIRE);
		if (len & RECORD_BUSY)
			break;
		const uint32_t octets = len & ~RECORD_DISCARDED;
		if (!(len & RECORD_DISCARDED) && octets >= sizeof(struct relay_k_packet))
			pass_on(plane, (const struct relay_k_packet *)(const void *)(record + RECORD_HEADER));
		at += (octets + RECORD_HEADER + 7) / 8 * 8;
		__atomic_store_n(r->read, at, __ATOMIC_RELEASE);
	}
}
