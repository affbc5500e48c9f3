/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ULS front end and the proxy: messages, each behind two octets of length whose first also says who
 * speaks and how much time passes. Answers must decode, never exceed what they may, and nobody but the owner may change an
 * entry; memory stays within the limits.
 */
#include "directory/uls.h"
#include "directory/uls_rewrite.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct addr address_for(void *arg, uint8_t realm, const struct directory_person *p)
{
	static const uint8_t outside[4] = { 192, 0, 2, 1 };
	(void)arg;
	return realm == 1 && p->source.realm == 0 ? addr_ip4(outside, 1720) : (struct addr){ 0 };
}

static int realm_of(void *arg, const struct addr *a)
{
	(void)arg;
	return a->family == ADDR_IP4 && a->ip[0] == 10 ? 0 : 1;
}

static void must_decode(struct pst_slice octets, bool reply)
{
	struct ulp_msg m;
	struct arena a;
	arena_init(&a, 0);
	if (ulp_decode(&m, &a, octets, NULL) != 0 || m.reply != reply)
		abort();
	arena_free(&a);
}

static void one(struct directory *d, uint8_t how, struct pst_slice msg, uint64_t now_ms)
{
	static uint8_t out[65536];
	static struct uls_stats stats;
	const uint8_t realm = how & 1, ip[4] = { realm == 0 ? 10 : 198, 51, 100, (uint8_t)(how >> 1 & 3) };
	const struct uls_session s = { { realm, addr_ip4(ip, 0) }, true, true, true, 100, how & 8 ? 512 : 65535 };
	const struct uls_path path = { s.asker, !realm, realm_of, NULL };
	struct writer w = wr_of(out, s.out_max);
	struct uls_rewritten what;
	struct arena a;
	arena_init(&a, 8 << 20);
	if (how & 16) {
		const enum uls_verdict v = uls_rewrite_request(d, &path, msg, now_ms, &a, &w, &what);
		if (v != ULS_CLOSE)
			must_decode(wr_slice(&w), v == ULS_ANSWER);
	} else if (how & 32) {
		if (uls_rewrite_reply(d, &path, msg, now_ms, &a, &w, &what) == ULS_FORWARD)
			must_decode(wr_slice(&w), true);
	} else if (uls_answer(d, &s, msg, now_ms, &a, &w, &stats) == 0 && w.n > 0) {
		must_decode(wr_slice(&w), true);
	}
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct directory_config cfg = { .seed = 1, .address_for = address_for };
	struct directory *d;
	uint64_t now_ms = 1000;
	directory_limits_default(&cfg.limits);
	cfg.limits.entries = 16;
	cfg.limits.records = 8;
	if (directory_new(&d, &cfg) != 0)
		return 0;
	while (size >= 2) {
		const uint8_t how = data[0];
		const size_t n = data[1] < size - 2 ? data[1] : size - 2;
		/* Of exactly its size: every overrun shows. */
		uint8_t *msg = malloc(n > 0 ? n : 1);
		if (msg == NULL)
			break;
		memcpy(msg, data + 2, n);
		now_ms += how & 64 ? 60000 : 300;
		(void)directory_expire(d, now_ms);
		one(d, how, slice_of(msg, n), now_ms);
		free(msg);
		if (directory_stats(d)->entries > cfg.limits.entries)
			abort();
		data += 2 + n;
		size -= 2 + n;
	}
	directory_free(d);
	return 0;
}
