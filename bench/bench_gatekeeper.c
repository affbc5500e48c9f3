/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a registration, its renewal, a look-up and an admission cost with 100 and
 * with 10,000 endpoints: the times per operation should be the same, and the
 * last lines say how far they are. Prints `name value unit`.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "gatekeeper/gatekeeper.h"
#include "h225/addr.h"
#include "h225/build.h"
#include "h225/ras.h"

enum { MANY = 10000, FEW = 100, FINDS = 200000, IDS = MANY };

struct result {
	double full, light, find, admit;
};

static struct pst_slice ids[IDS]; /* endpointIdentifiers, kept */
static uint8_t id_octets[IDS][64];
static uint32_t at;
static uint32_t seq;

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_gatekeeper: %s\n", what);
	exit(1);
}

static void on_send(void *arg, uint32_t realm, const struct addr *to, struct pst_slice datagram)
{
	struct arena *a = arg;
	struct h225_ras_message m;
	(void)realm;
	(void)to;
	need(h225_ras_decode(&m, datagram, NULL, a, NULL) == 0, "an answer does not decode");
	if (m.choice == H225_RAS_MESSAGE_REGISTRATION_CONFIRM) {
		const struct pst_slice id = m.u.registration_confirm->endpoint_identifier;
		need(id.n <= sizeof id_octets[0], "a long identifier");
		memcpy(id_octets[at], id.p, id.n);
		ids[at] = slice_of(id_octets[at], id.n);
	} else {
		need(m.choice == H225_RAS_MESSAGE_ADMISSION_CONFIRM, "a request was refused");
	}
	arena_reset(a);
}

static struct addr host(uint32_t i)
{
	const uint8_t ip[4] = { 10, (uint8_t)(1 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i };
	return addr_ip4(ip, 1719);
}

static const char *name(uint32_t i)
{
	static char text[32];
	snprintf(text, sizeof text, "user%u@example.org", i);
	return text;
}

static void give(struct gatekeeper *gk, const struct addr *from, struct h225_ras_message *m)
{
	uint8_t octets[1500];
	struct writer w = wr_of(octets, sizeof octets);
	need(h225_ras_encode(m, &w, NULL) == 0, "a request does not encode");
	gatekeeper_datagram(gk, 0, from, wr_slice(&w), 1000 + seq, 1700000000);
}

static void registration(struct gatekeeper *gk, struct arena *a, uint32_t i, bool light)
{
	struct h225_registration_request q = { .request_seq_num = ++seq % 65535 + 1, .discovery_complete = true };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_REGISTRATION_REQUEST, .u.registration_request = &q };
	struct h225_alias_address alias;
	const struct addr from = host(i), signal = addr_with_port(from, 1720);
	at = i;
	q.protocol_identifier = h225_protocol_identifier(2, a);
	q.call_signal_address.n = q.ras_address.n = 1;
	q.call_signal_address.v = h225_addr_new(&signal, a);
	q.ras_address.v = h225_addr_new(&from, a);
	need(h225_terminal_build(&q.terminal_type, "bench", "1", a) == 0 && h225_alias_build(&alias, name(i), a) == 0, "memory");
	h225_vendor_build(&q.endpoint_vendor, "bench", "1");
	q.has_time_to_live = true;
	q.time_to_live = 3600;
	q.has_terminal_alias = !light;
	q.terminal_alias.n = !light;
	q.terminal_alias.v = &alias;
	q.has_keep_alive = q.keep_alive = light;
	q.has_endpoint_identifier = light;
	q.endpoint_identifier = ids[i];
	give(gk, &from, &m);
	arena_reset(a);
}

static void admission(struct gatekeeper *gk, struct arena *a, uint32_t i, uint32_t n)
{
	struct h225_admission_request q = { .request_seq_num = ++seq % 65535 + 1, .band_width = 1280 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_ADMISSION_REQUEST, .u.admission_request = &q };
	struct h225_alias_address alias;
	uint8_t guid[16] = { (uint8_t)seq, (uint8_t)(seq >> 8), (uint8_t)(seq >> 16), 1 };
	struct h225_call_identifier id = { .guid = slice_of(guid, 16) };
	const struct addr from = host(i);
	need(h225_alias_build(&alias, name((i + 1) % n), a) == 0, "memory");
	q.endpoint_identifier = ids[i];
	q.has_destination_info = true;
	q.destination_info.n = 1;
	q.destination_info.v = &alias;
	q.conference_id = id.guid;
	q.call_identifier = &id;
	q.call_reference_value = seq & 0x7fff;
	give(gk, &from, &m);
	arena_reset(a);
}

static double each(uint64_t from_ns, uint32_t n)
{
	return (double)(clock_now_ns() - from_ns) / n;
}

static struct result run(uint32_t n)
{
	static const struct gatekeeper_ops ops = { .send = on_send };
	struct gatekeeper_realm realm = { .name = "in", .inside = true, .address = { .family = ADDR_IP4, .ip = { 10, 0, 0, 1 } } };
	struct gatekeeper_config cfg = gatekeeper_config_default();
	struct gatekeeper *gk;
	struct arena answers, a;
	struct result r;
	struct addr found;
	arena_init(&answers, 0);
	arena_init(&a, 0);
	cfg.realms = &realm;
	cfg.n_realms = 1;
	cfg.seed = 1;
	cfg.limits.requests_per_source_s = 1000;
	cfg.limits.calls = 2 * MANY;
	need(gatekeeper_new(&gk, &cfg, &ops, &answers) == 0, "no gatekeeper");
	uint64_t t = clock_now_ns();
	for (uint32_t i = 0; i < n; i++)
		registration(gk, &a, i, false);
	r.full = each(t, n);
	t = clock_now_ns();
	for (uint32_t i = 0; i < MANY; i++)
		registration(gk, &a, i * 7919 % n, true);
	r.light = each(t, MANY);
	t = clock_now_ns();
	for (uint32_t i = 0; i < FINDS; i++)
		need(gatekeeper_find(gk, name(i * 7919 % n), &found), "a name is lost");
	r.find = each(t, FINDS);
	t = clock_now_ns();
	for (uint32_t i = 0; i < MANY; i++)
		admission(gk, &a, i * 7919 % n, n);
	r.admit = each(t, MANY);
	gatekeeper_free(gk);
	arena_free(&a);
	arena_free(&answers);
	return r;
}

static void print(const char *what, double few, double many)
{
	printf("gatekeeper_%s_%d %.0f ns\n", what, FEW, few);
	printf("gatekeeper_%s_%d %.0f ns\n", what, MANY, many);
	printf("gatekeeper_%s_ratio %.2f x\n", what, many / few);
}

int main(void)
{
	(void)run(FEW); /* warm */
	const struct result few = run(FEW), many = run(MANY);
	print("registration", few.full, many.full);
	print("renewal", few.light, many.light);
	print("lookup", few.find, many.find);
	print("admission", few.admit, many.admit);
	return 0;
}
