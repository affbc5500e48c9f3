/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker's side of the registrar, which the test plays: what is found, when, and which answers come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/registered.h"

enum { INSIDE, OUTSIDE };

struct fixture {
	uv_loop_t loop;
	uv_timer_t tick; /* so that a turn of the loop ends, whatever it had to do */
	struct daemon_registered *r;
	int sock; /* the registrar's end */
	int ready, answers, alone;
	int hosts, wholes;   /* names that lead to any host; how often all was told */
	char lease[64];      /* told last: key and image */
	uint32_t located_id;
	struct addr located; /* told last */
	json_t *answer;
};

static char name_in[] = "inside", name_out[] = "outside", domain[] = "example.org";
static char *domains[] = {domain};
static struct addr_prefix network;
static struct gw_realm realms[2];
static struct conf conf;

static struct addr at(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), PST_OK);
	return a;
}

static void make_conf(void)
{
	assert_int_equal(addr_prefix_parse(&network, "10.0.0.0/8"), PST_OK);
	realms[INSIDE] = (struct gw_realm){.name = name_in, .role = GW_ROLE_INSIDE, .address = at("10.0.0.254"), .networks = &network, .n_networks = 1};
	realms[OUTSIDE] = (struct gw_realm){.name = name_out, .role = GW_ROLE_OUTSIDE, .address = at("192.0.2.254")};
	conf.gw.realms = realms;
	conf.gw.n_realms = 2;
	conf.gatekeeper.domains = domains;
	conf.gatekeeper.n_domains = 1;
}

static void connect_new(struct fixture *f)
{
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	if (f->sock >= 0)
		close(f->sock);
	f->sock = pair[1];
	daemon_registered_connect(f->r, pair[0]);
}

static void on_tick(uv_timer_t *t)
{
	(void)t;
}

static void on_alone(void *arg)
{
	((struct fixture *)arg)->alone++;
}

static void on_host(void *arg, const struct addr *host, int by)
{
	(void)host;
	((struct fixture *)arg)->hosts += by;
}

static void on_lease(void *arg, struct pst_slice key, struct pst_slice image)
{
	struct fixture *f = arg;
	snprintf(f->lease, sizeof f->lease, "%.*s=%.*s", (int)key.n, (const char *)key.p, (int)image.n, (const char *)image.p);
}

static void on_located(void *arg, uint32_t id, const struct addr *host)
{
	struct fixture *f = arg;
	f->located = *host;
	f->located_id = id;
}

static void on_whole(void *arg)
{
	((struct fixture *)arg)->wholes++;
}

static void begin(struct fixture *f)
{
	static const struct daemon_registered_ops ops = {on_host, on_lease, on_located, on_whole, on_alone};
	memset(f, 0, sizeof *f);
	f->sock = -1;
	make_conf();
	assert_int_equal(uv_loop_init(&f->loop), 0);
	uv_timer_init(&f->loop, &f->tick);
	uv_timer_start(&f->tick, on_tick, 5, 5);
	assert_int_equal(daemon_registered_new(&f->r, &f->loop, &ops, f), PST_OK);
	connect_new(f);
}

static void end(struct fixture *f)
{
	daemon_registered_free(f->r);
	uv_close((uv_handle_t *)&f->tick, NULL);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	close(f->sock);
	json_decref(f->answer);
}

static void say(const struct fixture *f, struct registry_msg m)
{
	uint8_t octets[REGISTRY_MSG_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	assert_int_equal(registry_msg_encode(&m, &w), PST_OK);
	assert_int_equal(send(f->sock, octets, w.n, MSG_NOSIGNAL), w.n);
}

static void say_name(const struct fixture *f, enum registry_space space, uint8_t realm, const char *name, const char *host)
{
	say(f, (struct registry_msg){.type = REGISTRY_NAME,
	               .name = {.space = space, .realm = realm, .host = at(host), .name = slice_str(name)}});
}

static void say_type(const struct fixture *f, enum registry_type type)
{
	say(f, (struct registry_msg){.type = type, .id = 4711});
}

static void leads(const struct fixture *f, const char *name, uint32_t realm, const char *host)
{
	struct addr got;
	const bool found = daemon_registered_find(f->r, &conf, name, realm, &got);
	assert_int_equal(found, host != NULL);
	if (host != NULL) {
		const struct addr want = at(host);
		assert_true(addr_eq(&got, &want));
	}
}

static void on_ready(void *arg)
{
	((struct fixture *)arg)->ready++;
}

static uint32_t pid(const struct fixture *f)
{
	json_t *o = daemon_registered_process_json(f->r);
	const json_int_t n = json_integer_value(json_object_get(o, "pid"));
	json_decref(o);
	return (uint32_t)n;
}

static void test_names(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	say_type(&f, REGISTRY_BEGIN);
	say_name(&f, REGISTRY_ALIAS, INSIDE, "5551000", "10.0.0.1:1720");
	say_name(&f, REGISTRY_ALIAS, OUTSIDE, "olga", "192.0.2.1:1720");
	say_name(&f, REGISTRY_PERSON, INSIDE, "ann@example.net", "10.0.0.2");
	say_type(&f, REGISTRY_ALL);
	/* known as soon as it was said */
	leads(&f, "5551000", OUTSIDE, "10.0.0.1:1720");
	assert_int_equal(pid(&f), 4711);
	leads(&f, "h323:5551000", OUTSIDE, "10.0.0.1:1720");
	leads(&f, "5551000@192.0.2.254", OUTSIDE, "10.0.0.1:1720");
	leads(&f, "5551000@EXAMPLE.org", OUTSIDE, "10.0.0.1:1720");
	leads(&f, "5551000@elsewhere.org", OUTSIDE, NULL);
	leads(&f, "5551000@192.0.2.9", OUTSIDE, NULL);
	/* who is outside is led to nobody outside */
	leads(&f, "olga", INSIDE, "192.0.2.1:1720");
	leads(&f, "olga", OUTSIDE, NULL);
	leads(&f, "ann@example.net", OUTSIDE, "10.0.0.2:1720");
	leads(&f, "ann@example.net@192.0.2.254", OUTSIDE, "10.0.0.2:1720");
	leads(&f, "ann", INSIDE, NULL);
	say_name(&f, REGISTRY_OUTSIDE, INSIDE, "7000", "10.0.0.7:1720");
	leads(&f, "7000", OUTSIDE, "10.0.0.7:1720");
	leads(&f, "7000@192.0.2.254:1720", OUTSIDE, "10.0.0.7:1720");
	leads(&f, "7000@example.org", OUTSIDE, NULL);
	leads(&f, "ann", 2, NULL);
	say(&f, (struct registry_msg){.type = REGISTRY_NAME_GONE, .name = {.space = REGISTRY_ALIAS, .name = slice_str("5551000")}});
	leads(&f, "5551000", OUTSIDE, NULL);
	end(&f);
}

/* What was kept of leases is told at the beginning; later the worker knows better, and nobody gives its addresses away. */
static void test_lease_too_late(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	say_type(&f, REGISTRY_BEGIN);
	say_type(&f, REGISTRY_ALL);
	leads(&f, "anna", OUTSIDE, NULL);
	say(&f, (struct registry_msg){.type = REGISTRY_LEASE, .lease = {slice_str("key"), slice_str("image"), false}});
	leads(&f, "anna", OUTSIDE, NULL);
	assert_string_equal(f.lease, "");
	while (f.alone == 0)
		uv_run(&f.loop, UV_RUN_ONCE);
	end(&f);
}

/* Who has names, and what was kept of leases, is told as it comes; over another registrar no name is lost in between. */
static void test_told(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	say_type(&f, REGISTRY_BEGIN);
	say(&f, (struct registry_msg){.type = REGISTRY_LEASE, .lease = {slice_str("key"), slice_str("image"), false}});
	say_name(&f, REGISTRY_ALIAS, INSIDE, "5551000", "10.0.0.1:1720");
	say_name(&f, REGISTRY_ALIAS, INSIDE, "anna", "10.0.0.1:1720");
	say_type(&f, REGISTRY_ALL);
	leads(&f, "anna", OUTSIDE, "10.0.0.1:1720");
	assert_string_equal(f.lease, "key=image");
	assert_int_equal(f.hosts, 2);
	assert_int_equal(f.wholes, 1);
	connect_new(&f);
	leads(&f, "anna", OUTSIDE, "10.0.0.1:1720");
	assert_int_equal(f.hosts, 2);
	say_type(&f, REGISTRY_BEGIN);
	say_name(&f, REGISTRY_ALIAS, INSIDE, "anna", "10.0.0.1:1720");
	leads(&f, "5551000", OUTSIDE, "10.0.0.1:1720");
	assert_int_equal(f.hosts, 3);
	say_type(&f, REGISTRY_ALL);
	leads(&f, "5551000", OUTSIDE, NULL);
	assert_int_equal(f.hosts, 1);
	assert_int_equal(f.wholes, 2);
	/* what is told goes to the one that is there */
	uint8_t octets[REGISTRY_MSG_MAX];
	struct registry_msg got;
	daemon_registered_tell(
	        f.r, &(struct registry_msg){.type = REGISTRY_LEASE, .lease = {slice_str("k"), slice_of(NULL, 0), false}});
	const ssize_t n = recv(f.sock, octets, sizeof octets, 0);
	assert_true(n > 0);
	struct reader r = rd_of(slice_of(octets, (size_t)n));
	assert_int_equal(registry_msg_decode(&got, &r), PST_OK);
	assert_int_equal(got.type, REGISTRY_LEASE);
	end(&f);
}

static void test_calls(void **state)
{
	(void)state;
	struct fixture f;
	struct addr got;
	const struct addr caller = at("192.0.2.1"), dest = at("10.0.0.1:1720");
	const uint8_t id[16] = {1};
	begin(&f);
	say_type(&f, REGISTRY_BEGIN);
	say_type(&f, REGISTRY_ALL);
	say(&f, (struct registry_msg){.type = REGISTRY_CALL,
	                .call = {.number = 1, .caller = caller, .dest = dest, .has_call_id = true, .call_id = {1}}});
	assert_true(daemon_registered_find_call(f.r, &caller, slice_of(id, 16), slice_of(NULL, 0), &got));
	assert_true(addr_eq(&got, &dest));
	end(&f);
}

/* A worker that begins waits for all there is; a registrar that begins anew takes nothing away before it has told all. */
static void test_restarts(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	daemon_registered_await(f.r, on_ready, &f);
	say_type(&f, REGISTRY_BEGIN);
	say_name(&f, REGISTRY_ALIAS, INSIDE, "one", "10.0.0.1:1720");
	say_name(&f, REGISTRY_ALIAS, INSIDE, "two", "10.0.0.2:1720");
	uv_run(&f.loop, UV_RUN_NOWAIT);
	assert_int_equal(f.ready, 0);
	say_type(&f, REGISTRY_ALL);
	while (f.ready == 0)
		uv_run(&f.loop, UV_RUN_ONCE);
	leads(&f, "one", OUTSIDE, "10.0.0.1:1720");
	close(f.sock);
	f.sock = -1;
	while (pid(&f) != 0)
		uv_run(&f.loop, UV_RUN_ONCE);
	leads(&f, "one", OUTSIDE, "10.0.0.1:1720");
	connect_new(&f);
	say_type(&f, REGISTRY_BEGIN);
	say_name(&f, REGISTRY_ALIAS, INSIDE, "two", "10.0.0.22:1720");
	leads(&f, "one", OUTSIDE, "10.0.0.1:1720");
	leads(&f, "two", OUTSIDE, "10.0.0.2:1720");
	say_type(&f, REGISTRY_ALL);
	leads(&f, "one", OUTSIDE, NULL);
	leads(&f, "two", OUTSIDE, "10.0.0.22:1720");
	/* the second time nobody waits */
	daemon_registered_await(f.r, on_ready, &f);
	while (f.ready == 1)
		uv_run(&f.loop, UV_RUN_ONCE);
	end(&f);
}

static char opened[64]; /* "+29000 -29000 ..." */

static void note(char sign, const struct addr *local)
{
	const size_t n = strlen(opened);
	snprintf(opened + n, sizeof opened - n, "%c%u ", sign, local->port);
}

static void on_open(void *arg, const struct addr *local)
{
	(void)arg;
	note('+', local);
}

static void on_close(void *arg, const struct addr *local)
{
	(void)arg;
	note('-', local);
}

static void say_port(const struct fixture *f, enum registry_type type, const char *local, const char *host)
{
	struct registry_msg m = {.type = type, .port.local = at(local)};
	if (host != NULL)
		m.port.host = at(host);
	say(f, m);
}

static void turn(struct fixture *f)
{
	for (int i = 0; i < 5; i++)
		uv_run(&f->loop, UV_RUN_ONCE);
}

/* Ports open and close as the registrar says, and over another registrar those that it has too stay open. */
static void test_ports(void **state)
{
	(void)state;
	struct fixture f;
	const struct daemon_registered_ports watch = {on_open, on_close, &f};
	const struct addr first = at("192.0.2.254:29000");
	struct addr got;
	begin(&f);
	opened[0] = '\0';
	say_type(&f, REGISTRY_BEGIN);
	say_port(&f, REGISTRY_PORT, "192.0.2.254:29000", NULL);
	say_type(&f, REGISTRY_ALL);
	assert_false(daemon_registered_find_port(f.r, &first, &got));
	daemon_registered_watch_ports(f.r, &watch);
	assert_string_equal(opened, "+29000 ");
	say_port(&f, REGISTRY_PORT, "192.0.2.254:29000", "10.0.0.1:1720");
	say_port(&f, REGISTRY_PORT, "192.0.2.254:29001", "10.0.0.2:1720");
	assert_true(daemon_registered_find_port(f.r, &first, &got));
	assert_string_equal(opened, "+29000 "); /* whoever asks is at work */
	turn(&f);
	assert_string_equal(opened, "+29000 +29001 ");
	connect_new(&f);
	say_type(&f, REGISTRY_BEGIN);
	say_port(&f, REGISTRY_PORT, "192.0.2.254:29001", NULL);
	say_port(&f, REGISTRY_PORT, "192.0.2.254:29002", NULL);
	say_type(&f, REGISTRY_ALL);
	turn(&f);
	assert_string_equal(opened, "+29000 +29001 -29000 +29002 ");
	say_port(&f, REGISTRY_PORT_GONE, "192.0.2.254:29002", NULL);
	say_port(&f, REGISTRY_PORT_GONE, "192.0.2.254:29003", NULL);
	turn(&f);
	assert_string_equal(opened, "+29000 +29001 -29000 +29002 -29002 ");
	end(&f);
}

static void on_answer(void *arg, json_t *answer)
{
	struct fixture *f = arg;
	f->answers++;
	json_decref(f->answer);
	f->answer = answer;
}

static struct registry_msg heard(const struct fixture *f)
{
	static uint8_t octets[REGISTRY_PACKET_MAX];
	struct registry_msg m;
	const ssize_t n = recv(f->sock, octets, sizeof octets, 0);
	assert_true(n > 0);
	struct reader r = rd_of(slice_of(octets, (size_t)n));
	assert_int_equal(registry_msg_decode(&m, &r), PST_OK);
	return m;
}

static void await_answers(struct fixture *f, int n)
{
	while (f->answers < n)
		uv_run(&f->loop, UV_RUN_ONCE);
}

static void test_questions(void **state)
{
	(void)state;
	struct fixture f;
	uint32_t id, other;
	begin(&f);
	assert_int_equal(daemon_registered_ask(f.r, REGISTRY_Q_STATUS, on_answer, &f, &id), PST_OK);
	const struct registry_msg asked = heard(&f);
	assert_int_equal(asked.type, REGISTRY_ASK);
	assert_int_equal(asked.question, REGISTRY_Q_STATUS);
	assert_int_equal(asked.id, id);
	/* in parts, with an answer to nobody between */
	say(&f, (struct registry_msg){.type = REGISTRY_ANSWER, .id = id, .text = slice_str("{\"a\":")});
	say(&f, (struct registry_msg){.type = REGISTRY_ANSWER, .id = id + 1, .last = true, .text = slice_str("{}")});
	say(&f, (struct registry_msg){.type = REGISTRY_ANSWER, .id = id, .last = true, .text = slice_str("7}")});
	await_answers(&f, 1);
	assert_int_equal(json_integer_value(json_object_get(f.answer, "a")), 7);
	/* not JSON, and no object */
	static const char *const odd[] = {"{", "[1]", "", "7"};
	for (int i = 0; i < 4; i++) {
		assert_int_equal(daemon_registered_ask(f.r, REGISTRY_Q_STATUS, on_answer, &f, &id), PST_OK);
		(void)heard(&f);
		say(&f, (struct registry_msg){.type = REGISTRY_ANSWER, .id = id, .last = true, .text = slice_str(odd[i])});
		await_answers(&f, 2 + i);
		assert_null(f.answer);
	}
	/* forgotten: only the other one is answered */
	assert_int_equal(daemon_registered_ask(f.r, REGISTRY_Q_STATUS, on_answer, &f, &id), PST_OK);
	assert_int_equal(daemon_registered_ask(f.r, REGISTRY_Q_REGISTRATIONS, on_answer, &f, &other), PST_OK);
	daemon_registered_forget(f.r, id);
	say(&f, (struct registry_msg){.type = REGISTRY_ANSWER, .id = id, .last = true, .text = slice_str("{}")});
	say(&f, (struct registry_msg){.type = REGISTRY_ANSWER, .id = other, .last = true, .text = slice_str("{\"b\":1}")});
	await_answers(&f, 6);
	assert_non_null(json_object_get(f.answer, "b"));
	daemon_registered_forget(f.r, other);
	end(&f);
}

/* Who dies answers nobody any more; while there is nobody, no answer comes at once. */
static void test_no_answer(void **state)
{
	(void)state;
	struct fixture f;
	uint32_t id;
	begin(&f);
	assert_int_equal(daemon_registered_ask(f.r, REGISTRY_Q_STATUS, on_answer, &f, &id), PST_OK);
	close(f.sock);
	f.sock = -1;
	await_answers(&f, 1);
	assert_null(f.answer);
	assert_int_equal(daemon_registered_ask(f.r, REGISTRY_Q_STATUS, on_answer, &f, &id), PST_OK);
	assert_int_equal(f.answers, 1);
	await_answers(&f, 2);
	assert_null(f.answer);
	/* one that hears and says nothing is not waited for either */
	connect_new(&f);
	assert_int_equal(daemon_registered_ask(f.r, REGISTRY_Q_STATUS, on_answer, &f, &id), PST_OK);
	await_answers(&f, 3);
	assert_null(f.answer);
	int rc = PST_OK;
	for (int i = 0; i < 1000 && rc == PST_OK; i++)
		rc = daemon_registered_ask(f.r, REGISTRY_Q_STATUS, on_answer, &f, &id);
	assert_int_equal(rc, PST_E_LIMIT);
	end(&f);
}

/* What a registrar never says ends the link; what was known before still holds. */
static void test_hostile(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	say_type(&f, REGISTRY_BEGIN);
	say_name(&f, REGISTRY_ALIAS, INSIDE, "one", "10.0.0.1:1720");
	say_type(&f, REGISTRY_ALL);
	leads(&f, "one", OUTSIDE, "10.0.0.1:1720");
	static const enum registry_type odd[] = {REGISTRY_ALL, REGISTRY_ASK};
	for (int i = 0; i < 2; i++) {
		say_type(&f, odd[i]);
		leads(&f, "one", OUTSIDE, "10.0.0.1:1720");
		char c;
		assert_int_equal(recv(f.sock, &c, 1, 0), 0);
		connect_new(&f);
		uv_run(&f.loop, UV_RUN_NOWAIT);
		assert_int_equal(pid(&f), 0);
	}
	/* an answer without end */
	uint32_t id;
	static const uint8_t text[REGISTRY_TEXT_MAX];
	assert_int_equal(daemon_registered_ask(f.r, REGISTRY_Q_STATUS, on_answer, &f, &id), PST_OK);
	(void)heard(&f);
	for (size_t n = 0; n <= REGISTRY_ANSWER_MAX; n += sizeof text) {
		say(&f, (struct registry_msg){.type = REGISTRY_ANSWER, .id = id, .text = {text, sizeof text}});
		leads(&f, "one", OUTSIDE, "10.0.0.1:1720");
	}
	await_answers(&f, 1);
	assert_null(f.answer);
	leads(&f, "one", OUTSIDE, "10.0.0.1:1720");
	end(&f);
}

/* A way that has ended is asked for again, unless another one comes by itself. */
static void test_alone(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	for (int i = 0; i < 2; i++) {
		say_type(&f, REGISTRY_ASK);
		while (f.alone == i && i == 0)
			uv_run(&f.loop, UV_RUN_ONCE);
		connect_new(&f);
		assert_int_equal(f.alone, 1);
	}
	say_type(&f, REGISTRY_BEGIN);
	say_type(&f, REGISTRY_ALL);
	turn(&f);
	assert_int_equal(pid(&f), 4711);
	assert_int_equal(f.alone, 1);
	end(&f);
}

/* Names before the first registrar has begun are none. */
static void test_unbegun(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	say_name(&f, REGISTRY_ALIAS, INSIDE, "one", "10.0.0.1:1720");
	leads(&f, "one", OUTSIDE, NULL);
	end(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_names),
	        cmocka_unit_test(test_told),
	        cmocka_unit_test(test_lease_too_late),
	        cmocka_unit_test(test_calls),
	        cmocka_unit_test(test_restarts),
	        cmocka_unit_test(test_ports),
	        cmocka_unit_test(test_questions),
	        cmocka_unit_test(test_no_answer),
	        cmocka_unit_test(test_hostile),
	        cmocka_unit_test(test_alone),
	        cmocka_unit_test(test_unbegun),
	};
	return cmocka_run_group_tests_name("daemon registered", tests, NULL, NULL);
}
