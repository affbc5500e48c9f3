/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ULS over real sockets on the loopback: our own client, several messages in odd pieces, a client that is silent,
 * one that is no client, datagrams, and somebody else's server behind ours.
 */
#include "directory/client.h"
#include "directory/uls_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop/net.h"
#include "loop/tcp.h"
#include "ulp/name.h"

enum { INSIDE, OUTSIDE };

/* One directory with its server. */
struct house {
	struct directory *dir;
	struct uls_server *server;
	struct addr at;     /* TCP */
	struct addr target; /* where connections go on to; family 0: nowhere */
};

struct world {
	uv_loop_t loop;
	uv_timer_t limit;
	struct directory_policy policy;
	struct house ours, theirs;
	/* what the client said */
	unsigned found, jobs_done;
	int err;
	char name[128], why[DIRECTORY_WHY_MAX];
	struct addr address;
	struct directory_server used;
	bool late;
};

static struct addr address_for(void *arg, uint8_t realm, const struct directory_person *p)
{
	static const uint8_t outside[4] = { 192, 0, 2, 1 };
	(void)arg;
	return realm == OUTSIDE && p->source.realm == INSIDE ? addr_ip4(outside, 1720) : (struct addr){ 0 };
}

static bool admit(void *arg, int fd, const struct addr *peer, struct directory_admission *out)
{
	const struct house *h = arg;
	(void)fd;
	(void)peer;
	*out = (struct directory_admission){ .realm = INSIDE, .target = h->target, .target_realm = OUTSIDE };
	return true;
}

static int realm_of(void *arg, const struct addr *a)
{
	(void)arg;
	return a->ip[0] == 127 ? INSIDE : OUTSIDE;
}

static void open_house(struct world *w, struct house *h)
{
	struct directory_config cfg = { .seed = 1, .address_for = address_for };
	const struct uls_server_config scfg = { .policy = &w->policy, .arg = h, .admit = admit, .realm_of = realm_of, .idle_ms = 2500, .half_ms = 100,
		.connections_per_source = 4 };
	struct uls_server_config full = scfg;
	struct addr any;
	int fd;
	directory_limits_default(&cfg.limits);
	assert_int_equal(directory_new(&h->dir, &cfg), 0);
	full.dir = h->dir;
	assert_int_equal(uls_server_new(&h->server, &w->loop, &full), 0);
	assert_int_equal(addr_parse(&any, "127.0.0.1:0", 0), 0);
	assert_int_equal(loop_listen(&fd, &any, 16), 0);
	assert_int_equal(loop_fd_local(fd, &h->at), 0);
	assert_int_equal(uls_server_listen_fd(h->server, fd), 0);
}

static void too_late(uv_timer_t *t)
{
	struct world *w = t->data;
	w->late = true;
	uv_stop(&w->loop);
}

static int open_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	uv_loop_init(&w->loop);
	uv_timer_init(&w->loop, &w->limit);
	w->limit.data = w;
	uv_timer_start(&w->limit, too_late, 30000, 0);
	w->policy = directory_policy_default();
	open_house(w, &w->ours);
	open_house(w, &w->theirs);
	*state = w;
	return 0;
}

static int close_world(void **state)
{
	struct world *w = *state;
	uls_server_close(w->ours.server, NULL, NULL);
	uls_server_close(w->theirs.server, NULL, NULL);
	uv_close((uv_handle_t *)&w->limit, NULL);
	uv_run(&w->loop, UV_RUN_DEFAULT);
	const int left = uv_loop_close(&w->loop);
	directory_free(w->ours.dir);
	directory_free(w->theirs.dir);
	const bool late = w->late;
	free(w);
	return left != 0 || late ? -1 : 0;
}

static void found(void *arg, const struct directory_found *f)
{
	struct world *w = arg;
	w->found++;
	w->address = f->address;
	snprintf(w->name, sizeof(w->name), "%.*s", (int)f->name.n, (const char *)f->name.p);
}

static void done(void *arg, int err, const char *why, const struct directory_server *used)
{
	struct world *w = arg;
	w->jobs_done++;
	w->err = err;
	w->used = *used;
	snprintf(w->why, sizeof(w->why), "%s", why);
	uv_stop(&w->loop);
}

static struct directory_client_hooks hooks_of(struct world *w)
{
	return (struct directory_client_hooks){ .found = found, .done = done, .arg = w };
}

static int wait_done(struct world *w)
{
	const unsigned before = w->jobs_done;
	while (w->jobs_done == before && !w->late)
		uv_run(&w->loop, UV_RUN_DEFAULT);
	return w->late ? PST_E_AGAIN : w->err;
}

static struct directory_server server_at(const struct house *h)
{
	return (struct directory_server){ .ip = h->at, .protocol = DIRECTORY_BY_ULS };
}

static int search(struct world *w, const struct house *h, const char *pattern)
{
	const struct directory_server s = server_at(h);
	const struct directory_client_hooks hooks = hooks_of(w);
	struct directory_client *c;
	w->found = 0;
	assert_int_equal(directory_search(&c, &w->loop, &s, pattern, &hooks), 0);
	return wait_done(w);
}

static int add(struct world *w, const struct house *h, const char *name)
{
	const struct directory_server s = server_at(h);
	const struct directory_self self = { .name = name, .given = "Ann" };
	const struct directory_client_hooks hooks = hooks_of(w);
	struct directory_client *c;
	assert_int_equal(directory_add(&c, &w->loop, &s, &self, &hooks), 0);
	return wait_done(w);
}

static int keep_or_remove(struct world *w, const struct house *h, const char *name, bool keep)
{
	const struct directory_server s = server_at(h);
	const struct directory_client_hooks hooks = hooks_of(w);
	struct directory_client *c;
	w->found = 0;
	assert_int_equal((keep ? directory_keep_alive : directory_take_away)(&c, &w->loop, &s, name, &hooks), 0);
	return wait_done(w);
}

static void test_client(void **state)
{
	struct world *w = *state;
	const struct house *h = &w->ours;
	assert_int_equal(search(w, h, NULL), 0);
	assert_int_equal(w->found, 0);
	assert_int_equal(keep_or_remove(w, h, "ann@example.org", true), PST_E_NOT_FOUND);
	assert_int_equal(add(w, h, "ann@example.org"), 0);
	assert_int_equal(add(w, h, "bob@example.org"), 0);
	assert_int_equal(search(w, h, NULL), 0);
	assert_int_equal(w->found, 2);
	assert_int_equal(w->used.protocol, DIRECTORY_BY_ULS);
	assert_int_equal(search(w, h, "a*"), 0);
	assert_int_equal(w->found, 1);
	assert_string_equal(w->name, "ann@example.org");
	assert_int_equal(w->address.port, 1720);
	assert_int_equal(search(w, h, "bob@example.org"), 0);
	assert_int_equal(w->found, 1);
	assert_int_equal(keep_or_remove(w, h, "ann@example.org", true), 0);
	assert_int_equal(keep_or_remove(w, h, "ann@example.org", false), 0);
	assert_int_equal(keep_or_remove(w, h, "ann@example.org", false), PST_E_NOT_FOUND);
	assert_int_equal(search(w, h, "*"), 0);
	assert_int_equal(w->found, 1);
	/* A listing of more than one question's worth of names. */
	for (unsigned i = 0; i < 40; i++) {
		char key[32];
		struct directory_person p = { .kind = DIRECTORY_PERSON, .origin = DIRECTORY_STATIC,
			.address = w->ours.at };
		snprintf(key, sizeof(key), "person%u@example.org", i);
		p.key = slice_str(key);
		assert_int_equal(directory_put(h->dir, &p, NULL, 0, clock_now_ms(), NULL), 0);
	}
	assert_int_equal(search(w, h, NULL), 0);
	assert_int_equal(w->found, 41);
}

static void looked_up(void *arg, int err, const char *why, const struct addr *a)
{
	struct world *w = arg;
	w->jobs_done++;
	w->err = err;
	w->address = *a;
	snprintf(w->why, sizeof(w->why), "%s", why);
	uv_stop(&w->loop);
}

static int look_up(struct world *w, const char *name)
{
	const struct directory_server s = server_at(&w->ours);
	struct directory_lookup *l;
	assert_int_equal(directory_lookup(&l, &w->loop, &s, name, looked_up, w), 0);
	return wait_done(w);
}

static void test_lookup(void **state)
{
	struct world *w = *state;
	struct directory_lookup *l;
	const struct directory_server s = server_at(&w->ours);
	assert_int_equal(add(w, &w->ours, "ann@example.org"), 0);
	assert_int_equal(look_up(w, "ann@example.org"), 0);
	assert_int_equal(w->address.port, 1720);
	assert_int_equal(look_up(w, "ann"), 0);
	assert_int_equal(w->address.family, ADDR_IP4);
	assert_int_equal(look_up(w, "eve"), PST_E_NOT_FOUND);
	assert_int_equal(add(w, &w->ours, "ann@example.net"), 0);
	assert_int_equal(look_up(w, "ann"), PST_E_BUSY);
	assert_int_equal(directory_lookup(&l, &w->loop, &s, "a*", looked_up, w), PST_E_ARG);
	assert_int_equal(directory_lookup(&l, &w->loop, &s, "ann@example.org", looked_up, w), 0);
	directory_lookup_cancel(l);
}

static void registered(void *arg, int err, const char *why, const struct directory_server *used)
{
	done(arg, err, why, used);
}

static void reg_gone(void *arg)
{
	struct world *w = arg;
	w->jobs_done++;
	w->err = 0;
	uv_stop(&w->loop);
}

static void test_registration(void **state)
{
	struct world *w = *state;
	const struct directory_server s = server_at(&w->ours);
	const struct directory_self self = { .name = "ann@example.org" };
	const struct directory_registration_hooks hooks = { .state = registered, .gone = reg_gone, .arg = w };
	struct directory_registration *r;
	assert_int_equal(directory_register(&r, &w->loop, &s, &self, &hooks), 0);
	assert_int_equal(wait_done(w), 0);
	assert_int_equal(search(w, &w->ours, "*"), 0);
	assert_int_equal(w->found, 1);
	directory_registration_end(r);
	assert_int_equal(wait_done(w), 0);
	assert_int_equal(search(w, &w->ours, "*"), 0);
	assert_int_equal(w->found, 0);
}

static void test_nobody_there(void **state)
{
	struct world *w = *state;
	struct directory_server s = server_at(&w->ours);
	const struct directory_client_hooks hooks = hooks_of(w);
	struct directory_client *c;
	struct addr any;
	int fd;
	/* A port where nothing listens. */
	assert_int_equal(addr_parse(&any, "127.0.0.1:0", 0), 0);
	assert_int_equal(loop_listen(&fd, &any, 1), 0);
	assert_int_equal(loop_fd_local(fd, &s.ip), 0);
	close(fd);
	assert_int_equal(directory_search(&c, &w->loop, &s, NULL, &hooks), 0);
	assert_int_equal(wait_done(w), PST_E_SYS);
	assert_non_null(strstr(w->why, "connect"));
	/* Without a protocol the port is tried as ILS first; the ULS hangs up, and is found the second time. */
	s = (struct directory_server){ .ip = w->ours.at, .timeout_ms = 1000 };
	assert_int_equal(directory_search(&c, &w->loop, &s, NULL, &hooks), 0);
	assert_int_equal(wait_done(w), 0);
	assert_int_equal(w->used.protocol, DIRECTORY_BY_ULS);
	assert_int_equal(directory_search(&c, &w->loop, &s, NULL, &hooks), 0);
	directory_client_cancel(c);
}

/* What is registered through us in their directory has our outside address there, and the inside address here. */
static void test_somebody_elses(void **state)
{
	static const uint8_t outside[4] = { 192, 0, 2, 1 }, inside[4] = { 127, 0, 0, 1 };
	struct world *w = *state;
	struct uls_server_stats st;
	struct addr host;
	w->ours.target = w->theirs.at;
	assert_int_equal(add(w, &w->ours, "ann@example.org"), 0);
	/* Out there. */
	const struct directory_entry *e = directory_find(w->theirs.dir, DIRECTORY_PERSON, slice_str("ann@example.org"));
	struct directory_person p;
	struct arena a;
	struct addr got = { 0 };
	assert_non_null(e);
	arena_init(&a, 0);
	assert_int_equal(directory_unpack(e, &a, &p), 0);
	for (uint32_t i = 0; i < p.n_records; i++)
		if (p.records[i].type == ULP_ADDRESS)
			assert_int_equal(uls_address_read(p.records[i].data, &got), 0);
	arena_free(&a);
	assert_memory_equal(got.ip, outside, 4);
	/* Found from inside. */
	assert_int_equal(search(w, &w->ours, "ann@example.org"), 0);
	assert_int_equal(w->found, 1);
	assert_memory_equal(w->address.ip, inside, 4);
	/* Called from outside. */
	const struct directory_entry *learnt = directory_find(w->ours.dir, DIRECTORY_LEARNT, slice_str("ann@example.org"));
	assert_non_null(learnt);
	host = directory_entry_host(learnt);
	assert_memory_equal(host.ip, inside, 4);
	uls_server_stats(w->ours.server, &st);
	assert_true(st.proxied >= 2);
	assert_true(st.rewritten >= 2);
	/* And away: the binding with it. */
	assert_int_equal(keep_or_remove(w, &w->ours, "ann@example.org", false), 0);
	assert_null(directory_find(w->theirs.dir, DIRECTORY_PERSON, slice_str("ann@example.org")));
}

/* A hand-made client. */
struct hand {
	struct loop_tcp tcp; /* first */
	struct world *w;
	size_t got;
	bool ended, gone;
};

static void hand_connected(struct loop_tcp *t, int status)
{
	(void)t;
	assert_int_equal(status, 0);
}

static void hand_data(struct loop_tcp *t, struct pst_slice data)
{
	struct hand *h = (struct hand *)t;
	h->got += data.n;
}

static void hand_ended(struct loop_tcp *t, int reason)
{
	struct hand *h = (struct hand *)t;
	(void)reason;
	h->ended = true;
}

static void hand_gone(struct loop_tcp *t)
{
	struct hand *h = (struct hand *)t;
	h->gone = true;
}

static const struct loop_tcp_ops hand_ops = { .on_connect = hand_connected, .on_data = hand_data, .on_close = hand_ended };

static void test_bad_clients(void **state)
{
	static const uint8_t too_long[] = { 0x10, 0x01 }, half[] = { 0x00 }, no_ulp[] = { 0, 3, 1, 2, 3 };
	static const struct pst_slice says[] = { { too_long, 2 }, { half, 1 }, { no_ulp, 5 } };
	struct world *w = *state;
	struct uls_server_stats st;
	struct hand hands[3] = { 0 };
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(loop_tcp_connect(&w->loop, &hands[i].tcp, &hand_ops, NULL, &w->ours.at), 0);
		assert_int_equal(loop_tcp_send(&hands[i].tcp, &says[i], 1), 0);
	}
	while (!(hands[0].ended && hands[1].ended && hands[2].ended) && !w->late)
		uv_run(&w->loop, UV_RUN_ONCE);
	for (unsigned i = 0; i < 3; i++)
		loop_tcp_close(&hands[i].tcp, false, hand_gone);
	while (!(hands[0].gone && hands[1].gone && hands[2].gone) && !w->late)
		uv_run(&w->loop, UV_RUN_ONCE);
	uls_server_stats(w->ours.server, &st);
	assert_int_equal(st.broken, 2);
	assert_int_equal(st.timeouts, 1);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(hands[i].got, 0);
}

static void test_too_many(void **state)
{
	struct world *w = *state;
	struct uls_server_stats st = { 0 };
	struct hand hands[6] = { 0 };
	unsigned ended = 0;
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(loop_tcp_connect(&w->loop, &hands[i].tcp, &hand_ops, NULL, &w->ours.at), 0);
	while (ended < 2 && !w->late) {
		uv_run(&w->loop, UV_RUN_ONCE);
		ended = 0;
		for (unsigned i = 0; i < 6; i++)
			ended += hands[i].ended;
	}
	uls_server_stats(w->ours.server, &st);
	assert_int_equal(st.refused, 2);
	assert_int_equal(st.open, 4);
	bool gone = false;
	for (unsigned i = 0; i < 6; i++)
		loop_tcp_close(&hands[i].tcp, false, hand_gone);
	while (!gone && !w->late) {
		uv_run(&w->loop, UV_RUN_ONCE);
		gone = true;
		for (unsigned i = 0; i < 6; i++)
			gone = gone && hands[i].gone;
	}
}

static void test_datagrams(void **state)
{
	struct world *w = *state;
	struct sockaddr_storage ss;
	struct uls_server_stats st = { 0 };
	struct addr any, at;
	uint8_t q[64] = { 0, 1, 0, 0x30, 0, 1, 0, 0 }, got[600];
	int fd, mine;
	assert_int_equal(add(w, &w->ours, "ann@example.org"), 0);
	assert_int_equal(addr_parse(&any, "127.0.0.1:0", 0), 0);
	const socklen_t len = loop_sockaddr(&ss, &any);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, len), 0);
	assert_int_equal(loop_fd_local(fd, &at), 0);
	assert_int_equal(uls_server_udp_fd(w->ours.server, fd), 0);
	mine = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const socklen_t at_len = loop_sockaddr(&ss, &at);
	assert_int_equal(connect(mine, (struct sockaddr *)&ss, at_len), 0);
	/* Everybody: the answer would be longer than the question. */
	assert_int_equal(send(mine, q, ULP_HEADER_LEN + ULP_LABEL_MIN, 0), ULP_HEADER_LEN + ULP_LABEL_MIN);
	while (st.datagrams == 0 && !w->late) {
		uv_run(&w->loop, UV_RUN_ONCE);
		uls_server_stats(w->ours.server, &st);
	}
	const ssize_t n = recv(mine, got, sizeof(got), 0);
	assert_true(n >= ULP_HEADER_LEN && n <= ULP_HEADER_LEN + ULP_LABEL_MIN);
	assert_int_equal(got[2], 0xc0);
	close(mine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_client, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_lookup, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_registration, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_nobody_there, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_somebody_elses, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_bad_clients, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_too_many, open_world, close_world),
		cmocka_unit_test_setup_teardown(test_datagrams, open_world, close_world),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
