/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way between registrar and worker: order, much at once, an end that does not read, ends that go or send rubbish. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/link.h"

struct end {
	struct daemon_link *link;
	uint64_t heard; /* messages; each has to have the next number */
	int lost;
	int refuse; /* an error for every message */
};

struct fixture {
	uv_loop_t loop;
	struct end a, b;
	int raw; /* the end of A's pair, where there is no B */
};

static int on_message(void *arg, const struct registry_msg *m)
{
	struct end *e = arg;
	if (e->refuse != PST_OK)
		return e->refuse;
	assert_int_equal(m->type, REGISTRY_CALL_GONE);
	assert_int_equal(m->call.number, e->heard);
	e->heard++;
	return PST_OK;
}

static void on_lost(void *arg)
{
	struct end *e = arg;
	e->lost++;
	daemon_link_free(e->link);
	e->link = NULL;
}

static const struct daemon_link_ops ops = {on_message, on_lost};

static void begin(struct fixture *f, bool both)
{
	int pair[2];
	memset(f, 0, sizeof *f);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(daemon_link_new(&f->a.link, &f->loop, pair[0], &ops, &f->a), PST_OK);
	f->raw = both ? -1 : pair[1];
	if (both)
		assert_int_equal(daemon_link_new(&f->b.link, &f->loop, pair[1], &ops, &f->b), PST_OK);
}

static void end(struct fixture *f)
{
	daemon_link_free(f->a.link);
	daemon_link_free(f->b.link);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	if (f->raw >= 0)
		close(f->raw);
}

static void send_numbers(struct daemon_link *l, uint64_t from, uint64_t to)
{
	struct registry_msg m = {.type = REGISTRY_CALL_GONE};
	for (; from < to; from++) {
		m.call.number = from;
		daemon_link_send(l, &m);
	}
}

static void run_until(struct fixture *f, const struct end *e, uint64_t heard)
{
	while (e->heard < heard && !e->lost)
		uv_run(&f->loop, UV_RUN_ONCE);
	assert_int_equal(e->heard, heard);
}

/* What was sent is there without any turn of the loop. */
static void test_at_once(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, true);
	send_numbers(f.a.link, 0, 3);
	daemon_link_drain(f.b.link);
	assert_int_equal(f.b.heard, 3);
	daemon_link_drain(f.b.link);
	end(&f);
}

/* Far more than the socket holds, first with an end that does not read, and changes behind it; the order stays. */
static void test_order(void **state)
{
	enum { ONE_BY_ONE = 20000, BULK = 200000, MORE = 10 };
	(void)state;
	struct fixture f;
	begin(&f, true);
	send_numbers(f.a.link, 0, ONE_BY_ONE);
	daemon_link_bulk_begin(f.a.link);
	send_numbers(f.a.link, ONE_BY_ONE, ONE_BY_ONE + BULK);
	daemon_link_bulk_end(f.a.link);
	send_numbers(f.a.link, ONE_BY_ONE + BULK, ONE_BY_ONE + BULK + MORE);
	run_until(&f, &f.b, ONE_BY_ONE + BULK + MORE);
	/* and afterwards it is as quick as before */
	send_numbers(f.a.link, f.b.heard, f.b.heard + 1);
	daemon_link_drain(f.b.link);
	assert_int_equal(f.b.heard, ONE_BY_ONE + BULK + MORE + 1);
	end(&f);
}

/* One that never reads costs its peer no more than the queue may be. */
static void test_never_reads(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, false);
	static char text[REGISTRY_TEXT_MAX];
	const struct registry_msg m = {.type = REGISTRY_ANSWER, .text = {(const uint8_t *)text, sizeof text}};
	daemon_link_bulk_begin(f.a.link);
	for (int i = 0; i < 60000; i++)
		daemon_link_send(f.a.link, &m);
	daemon_link_bulk_end(f.a.link);
	while (f.a.lost == 0)
		uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.a.lost, 1);
	end(&f);
}

static void test_rubbish(void **state)
{
	(void)state;
	static const uint8_t unknown[] = {REGISTRY_ALL, 200}, empty[1], cut[] = {REGISTRY_CALL_GONE, 0, 0};
	static uint8_t large[REGISTRY_PACKET_MAX + 1];
	const struct {
		const void *octets;
		size_t n;
	} packets[] = {{unknown, sizeof unknown}, {empty, sizeof empty}, {cut, sizeof cut}, {large, sizeof large}};
	memset(large, REGISTRY_ALL, sizeof large);
	for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
		struct fixture f;
		begin(&f, false);
		f.a.refuse = i == 0 ? PST_E_BAD : PST_OK;
		assert_int_equal(send(f.raw, packets[i].octets, packets[i].n, 0), packets[i].n);
		daemon_link_drain(f.a.link);
		assert_int_equal(f.a.lost, 0); /* whoever drains is at work */
		while (f.a.lost == 0)
			uv_run(&f.loop, UV_RUN_ONCE);
		assert_int_equal(f.a.heard, 0);
		/* the sender sees the end too */
		char c;
		assert_int_equal(recv(f.raw, &c, 1, 0), 0);
		end(&f);
	}
}

/* What the other side said before it went is heard, also where it had not read all. */
static void test_last_words(void **state)
{
	(void)state;
	struct fixture f;
	uint8_t octets[REGISTRY_MSG_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	begin(&f, false);
	send_numbers(f.a.link, 0, 1);
	assert_int_equal(registry_msg_encode(&(struct registry_msg){.type = REGISTRY_CALL_GONE}, &w), PST_OK);
	assert_int_equal(send(f.raw, octets, w.n, 0), w.n);
	close(f.raw);
	f.raw = -1;
	while (!f.a.lost)
		uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.a.heard, 1);
	end(&f);
}

/* A handler that refuses ends the link for both. */
static void test_refused(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, true);
	f.b.refuse = PST_E_LIMIT;
	send_numbers(f.a.link, 0, 2);
	while (f.a.lost == 0 || f.b.lost == 0)
		uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.b.lost, 1);
	end(&f);
}

/* What was said before the end is heard. */
static void test_goes(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, true);
	send_numbers(f.a.link, 0, 5);
	daemon_link_free(f.a.link);
	f.a.link = NULL;
	while (f.b.lost == 0)
		uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.b.heard, 5);
	end(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_at_once),
	        cmocka_unit_test(test_order),
	        cmocka_unit_test(test_never_reads),
	        cmocka_unit_test(test_rubbish),
	        cmocka_unit_test(test_last_words),
	        cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_goes),
	};
	return cmocka_run_group_tests_name("daemon link", tests, NULL, NULL);
}
