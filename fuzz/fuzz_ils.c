/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ILS: a run of messages, each behind two octets of length and one that says who
 * sends it when: to a session, or through the rewriting in either direction. Answers
 * and what goes on must be whole messages again; nothing may grow past its limits.
 */
#include <stdlib.h>

#include "directory/ils.h"
#include "directory/ils_rewrite.h"
#include "ldap/ber.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static struct addr address_for(void *arg, uint8_t realm, const struct directory_person *p)
{
	(void)arg;
	return realm == 0 ? p->address : addr_ip4((const uint8_t[]){ 203, 0, 113, 1 }, 0);
}

static int realm_of(void *arg, const struct addr *a)
{
	(void)arg;
	return a->ip[0] == 10 ? 0 : 1;
}

static void whole(struct pst_slice out)
{
	size_t n;
	for (; out.n > 0; out = slice_of(out.p + n, out.n - n))
		check(ber_length(out, &n) == 0 && n <= out.n);
}

static void serve(struct ils_session *s, struct pst_slice msg, uint64_t now_ms)
{
	static uint8_t out[2 * ILS_OUT_MIN];
	struct writer w = wr_of(out, sizeof out);
	int done = ils_handle(s, msg, now_ms, &w);
	for (unsigned turns = 0;; turns++) {
		check(wr_done(&w) == 0 && turns < 1000);
		whole(wr_slice(&w));
		if (done != ILS_MORE)
			return;
		w = wr_of(out, sizeof out);
		done = ils_more(s, now_ms, &w);
	}
}

static void pass(struct ils_rewriter *x, bool from_client, struct pst_slice msg, uint64_t now_ms)
{
	static uint8_t out[1 << 18];
	struct writer w = wr_of(out, sizeof out);
	size_t n;
	if (ber_length(msg, &n) || n != msg.n)
		return; /* the pump gives whole ones only */
	const uint64_t before = x->rewritten;
	if (ils_rewrite(x, from_client, msg, now_ms, &w))
		return;
	whole(wr_slice(&w));
	check(x->rewritten != before || slice_eq(wr_slice(&w), msg));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct directory_config cfg = { .seed = 1, .address_for = address_for };
	const struct directory_policy policy = directory_policy_default();
	const struct directory_asker askers[] = { { 0, addr_ip4((const uint8_t[]){ 10, 70, 41, 96 }, 0) },
		{ 1, addr_ip4((const uint8_t[]){ 198, 51, 100, 7 }, 0) } };
	struct ils_session sessions[2];
	struct ils_rewriter x;
	uint64_t now_ms = 1;
	directory_limits_default(&cfg.limits);
	cfg.limits.entries = 16;
	struct directory *d;
	if (directory_new(&d, &cfg))
		return 0;
	struct ils ils = { .dir = d, .policy = &policy };
	for (unsigned i = 0; i < 2; i++)
		ils_session_init(&sessions[i], &ils, &askers[i]);
	ils_rewriter_init(&x, d, &askers[0], 1, realm_of, NULL);
	for (size_t at = 0; at + 3 <= size;) {
		const uint8_t who = data[at];
		size_t n = (size_t)data[at + 1] << 8 | data[at + 2];
		at += 3;
		if (n > size - at)
			n = size - at;
		/* a copy of its own, so that reading past it is seen */
		uint8_t *msg = malloc(n ? n : 1);
		if (msg == NULL)
			break;
		memcpy(msg, data + at, n);
		at += n;
		now_ms += (uint64_t)(who >> 2) * 1000;
		if (who & 2)
			pass(&x, who & 1, slice_of(msg, n), now_ms);
		else
			serve(&sessions[who & 1], slice_of(msg, n), now_ms);
		free(msg);
		(void)directory_expire(d, now_ms);
		check(directory_stats(d)->entries <= 16);
	}
	for (unsigned i = 0; i < 2; i++)
		ils_session_free(&sessions[i]);
	directory_free(d);
	return 0;
}
