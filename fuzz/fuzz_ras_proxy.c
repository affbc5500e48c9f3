/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The RAS proxy under datagrams of anybody: an event is a source, a length of two octets and so many octets of a
 * datagram; source 255 lets time pass. What it sends must decode and go to who spoke; no TransportAddress that leaves
 * may be one of the inside; afterwards nothing may be left.
 */
#include <stdlib.h>

#include "base/reader.h"
#include "gatekeeper/proxy.h"
#include "h225/addr.h"
#include "h225/ras.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INSIDE, OUTSIDE, TIME_PASSES = 255, OPEN_MAX = 8 };

static const uint8_t gatekeeper_ip[4] = { 198, 51, 100, 30 };
static unsigned n_open;
static uint64_t newest;

/* The octets of tokens and of unknown extensions pass as they are. */
static int on_node(const struct asn1_node *n, void *arg)
{
	struct addr a;
	(void)arg;
	if (n->field != NULL && (strcmp(n->field->name, "tokens") == 0 || strcmp(n->field->name, "cryptoTokens") == 0))
		return ASN1_WALK_SKIP;
	if (n->type == &h225_transport_address_type && h225_addr_read(&a, n->value) == 0 && a.family == ADDR_IP4 &&
		a.ip[0] == 10)
		abort();
	return ASN1_WALK_CONTINUE;
}

static void check(struct pst_slice d, bool out)
{
	struct h225_ras_message m;
	struct arena a;
	arena_init(&a, 1 << 20);
	if (h225_ras_decode(&m, d, NULL, &a, NULL) != 0)
		abort();
	if (out && asn1_walk(&h225_ras_message_type, &m, on_node, NULL) != 0)
		abort();
	arena_free(&a);
}

static int on_open(void *arg, uint64_t id, struct addr *local)
{
	(void)arg;
	if (n_open >= OPEN_MAX)
		abort();
	n_open++;
	newest = id;
	local->port = (uint16_t)(3000 + id);
	return 0;
}

static void on_close(void *arg, uint64_t id)
{
	(void)arg;
	(void)id;
	n_open--;
}

static void on_send_out(void *arg, uint64_t id, const struct addr *to, struct pst_slice d)
{
	(void)arg;
	(void)id;
	if (memcmp(to->ip, gatekeeper_ip, 4) != 0)
		abort();
	check(d, true);
}

static void on_send_in(void *arg, uint32_t gatekeeper, uint32_t realm, const struct addr *to, struct pst_slice d)
{
	(void)arg;
	if (gatekeeper != 0 || realm != INSIDE || to->ip[0] != 10)
		abort();
	check(d, false);
}

static struct ras_proxy *start(void)
{
	static const struct ras_proxy_ops ops = { .open = on_open, .close = on_close, .send_out = on_send_out,
		.send_in = on_send_in };
	static struct addr_prefix inside;
	static struct gatekeeper_realm realms[2];
	static struct ras_proxy_gatekeeper gatekeeper = { .port = 2719 };
	struct ras_proxy_config cfg = { .realms = realms, .n_realms = 2, .gatekeepers = &gatekeeper, .n_gatekeepers = 1,
		.signalling_port = 1720, .default_ttl_s = 60, .limits = gatekeeper_config_default().limits, .seed = 7 };
	struct ras_proxy *p;
	realms[INSIDE] = (struct gatekeeper_realm){ .name = "in", .inside = true, .networks = &inside, .n_networks = 1 };
	realms[OUTSIDE] = (struct gatekeeper_realm){ .name = "out" };
	gatekeeper.address = addr_ip4(gatekeeper_ip, 1719);
	if (addr_prefix_parse(&inside, "10.0.0.0/8") != 0 || addr_parse(&realms[INSIDE].address, "10.0.0.1", 0) != 0 ||
		addr_parse(&realms[OUTSIDE].address, "203.0.113.1", 0) != 0)
		abort();
	cfg.limits.registrations = OPEN_MAX;
	if (ras_proxy_new(&p, &cfg, &ops, NULL) != 0)
		abort();
	return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ras_proxy *p = start();
	struct reader r = rd_of(slice_of(data, size));
	uint64_t now = 1000;
	uint8_t source;
	uint16_t n;
	struct pst_slice octets;
	n_open = 0;
	while (rd_u8(&r, &source) == 0 && rd_u16(&r, &n) == 0) {
		if (source == TIME_PASSES) {
			now += (uint64_t)n * 100;
			ras_proxy_tick(p, now);
			continue;
		}
		if (rd_take(&r, n < rd_left(&r) ? n : rd_left(&r), &octets) != 0)
			break;
		const uint8_t host[4] = { 10, 0, 0, (uint8_t)(2 + source % 3) };
		const struct addr from = addr_ip4(host, source < 64 ? 1719 : 2000), gk = addr_ip4(gatekeeper_ip, 1719);
		if (source < 128)
			ras_proxy_from_inside(p, 0, INSIDE, &from, octets, now);
		else
			ras_proxy_from_outside(p, newest, &gk, octets, now);
	}
	json_decref(ras_proxy_status_json(p));
	json_decref(ras_proxy_registrations_json(p, now));
	ras_proxy_free(p);
	if (n_open != 0)
		abort();
	return 0;
}
