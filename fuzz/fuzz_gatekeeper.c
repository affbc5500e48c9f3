/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gatekeeper under datagrams of anybody: an event is a source, a length of
 * two octets and so many octets of a datagram; source 255 lets time pass. What
 * it sends must decode, go to hosts that spoke or are neighbours, and never
 * lead a host outside to an inside address; afterwards nothing may be left.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "gatekeeper/gatekeeper.h"
#include "h225/addr.h"
#include "h225/ras.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INSIDE, OUTSIDE, TIME_PASSES = 255 };

static const uint8_t hosts[][4] = { { 10, 0, 0, 2 }, { 10, 0, 0, 3 }, { 198, 51, 100, 7 }, { 198, 51, 100, 20 } };

static bool is_inside(const struct addr *a)
{
	return a->family == ADDR_IP4 && a->ip[0] == 10;
}

static void on_send(void *arg, uint32_t realm, const struct addr *to, struct pst_slice datagram)
{
	struct h225_ras_message m;
	struct arena a;
	struct addr dest;
	const struct h225_transport_address *ta = NULL;
	bool known = false;
	(void)arg;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		known = known || memcmp(to->ip, hosts[i], 4) == 0;
	if (!known || realm != (is_inside(to) ? INSIDE : OUTSIDE) || h225_ras_decode(&m, datagram, NULL, &a, NULL) != 0)
		abort();
	if (m.choice == H225_RAS_MESSAGE_ADMISSION_CONFIRM)
		ta = &m.u.admission_confirm->dest_call_signal_address;
	else if (m.choice == H225_RAS_MESSAGE_LOCATION_CONFIRM)
		ta = &m.u.location_confirm->call_signal_address;
	if (ta != NULL && (h225_addr_read(&dest, ta) != 0 || (realm == OUTSIDE && is_inside(&dest))))
		abort();
	arena_free(&a);
}

static struct gatekeeper *start(void)
{
	static const struct gatekeeper_ops ops = { .send = on_send };
	static struct addr_prefix inside;
	static struct gatekeeper_realm realms[2];
	static struct addr neighbour;
	static const struct gatekeeper_password passwords[] = { { "alice", "secret" } };
	struct gatekeeper_config cfg = gatekeeper_config_default();
	struct gatekeeper *gk;
	realms[INSIDE] = (struct gatekeeper_realm){ .name = "in", .inside = true, .networks = &inside, .n_networks = 1 };
	realms[OUTSIDE] = (struct gatekeeper_realm){ .name = "out" };
	if (addr_prefix_parse(&inside, "10.0.0.0/8") != 0 || addr_parse(&realms[INSIDE].address, "10.0.0.1", 0) != 0 ||
		addr_parse(&realms[OUTSIDE].address, "203.0.113.1", 0) != 0)
		abort();
	neighbour = addr_ip4(hosts[3], 1719);
	cfg.realms = realms;
	cfg.n_realms = 2;
	cfg.outside_registration = true;
	cfg.neighbours = &neighbour;
	cfg.n_neighbours = 1;
	cfg.passwords = passwords;
	cfg.n_passwords = 1;
	cfg.bandwidth = 10000;
	cfg.seed = 7;
	if (gatekeeper_new(&gk, &cfg, &ops, NULL) != 0)
		abort();
	return gk;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gatekeeper *gk = start();
	struct reader r = rd_of(slice_of(data, size));
	uint64_t now = 1000;
	uint8_t source;
	uint16_t n;
	struct pst_slice octets;
	while (rd_u8(&r, &source) == 0 && rd_u16(&r, &n) == 0) {
		if (source == TIME_PASSES) {
			now += (uint64_t)n * 100;
			gatekeeper_tick(gk, now);
			continue;
		}
		if (rd_take(&r, n < rd_left(&r) ? n : rd_left(&r), &octets) != 0)
			break;
		const struct addr from = addr_ip4(hosts[source % 4], source < 128 ? 1719 : 2000);
		gatekeeper_datagram(gk, is_inside(&from) ? INSIDE : OUTSIDE, &from, octets, now, 1700000000 + now / 1000);
	}
	json_decref(gatekeeper_status_json(gk));
	json_decref(gatekeeper_registrations_json(gk, now));
	gatekeeper_free(gk);
	return 0;
}
