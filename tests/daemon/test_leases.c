/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Leases in the worker, with a monitor and a keeper that the test plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "daemon/leases.h"
#include "lease/lease.h"

enum { KEPT_MAX = 32 };

struct fixture {
	uv_loop_t loop;
	struct priv_client *priv;
	struct daemon_leases *l;
	struct gw_leases gw;
	struct conf *conf;
	int sock;      /* the monitor's end */
	char said[512]; /* what it was asked, in order: "+address" to answer for, "-address" not to, "(" and ")" */
	int deny;      /* so many questions are answered with PST_E_DENIED first */
	int status;    /* of the answers then */
	uint32_t generation; /* of the last question */
	int granted, refused;
	struct {
		uint8_t key[32], image[64];
		size_t n_key, n_image;
		bool live;
	} kept[KEPT_MAX];
	uint32_t n_kept;
};

#define CONFIG                                                                                               \
	"mode: intercept\nrealms:\n"                                                                         \
	"  - {name: in, role: inside, address: 10.0.0.1, interfaces: [a], networks: [10.0.0.0/8]}\n"         \
	"  - {name: out, role: outside, address: 192.0.2.1, interfaces: [b]}\n"                              \
	"leases:\n  pools: [{realm: out, addresses: 192.0.2.10-192.0.2.11}]\n"

static struct addr at(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), PST_OK);
	return a;
}

static struct conf *parse(const char *text)
{
	struct conf_problems p = {.n = 0};
	struct conf *c = NULL;
	assert_int_equal(conf_parse(&c, slice_str(text), &p), PST_OK);
	conf_problems_free(&p);
	return c;
}

static void keep(void *arg, struct pst_slice key, struct pst_slice image, bool live)
{
	struct fixture *f = arg;
	uint32_t i = 0;
	while (i < f->n_kept && (f->kept[i].n_key != key.n || memcmp(f->kept[i].key, key.p, key.n) != 0))
		i++;
	if (image.n == 0) {
		if (i < f->n_kept)
			f->kept[i] = f->kept[--f->n_kept];
		return;
	}
	assert_true(i < KEPT_MAX);
	f->n_kept += i == f->n_kept;
	memcpy(f->kept[i].key, key.p, key.n);
	memcpy(f->kept[i].image, image.p, image.n);
	f->kept[i].n_key = key.n;
	f->kept[i].n_image = image.n;
	f->kept[i].live = live;
}

static void on_config(void *arg, uint32_t generation, int fd)
{
	(void)arg;
	(void)generation;
	close(fd);
}

static void on_nothing(void *arg)
{
	(void)arg;
}

static void begin(struct fixture *f)
{
	static const struct priv_client_ops ops = {.config = on_config, .stop = on_nothing, .lost = on_nothing};
	const struct daemon_leases_keeper keeper = {keep, f};
	int pair[2];
	memset(f, 0, sizeof *f);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	f->sock = pair[1];
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(priv_client_new(&f->priv, &f->loop, pair[0], &ops, f), PST_OK);
	assert_int_equal(daemon_leases_new(&f->l, &f->loop, f->priv, &keeper), PST_OK);
	f->gw = daemon_leases_gateway(f->l);
}

static void take(struct fixture *f, const char *text, uint32_t generation)
{
	struct conf *before = f->conf;
	f->conf = parse(text);
	assert_int_equal(daemon_leases_take(f->l, f->conf, generation), PST_OK);
	conf_free(before);
}

/* The monitor takes what it is asked, and answers, until nobody asks more. */
static void serve(struct fixture *f)
{
	for (int quiet = 0; quiet < 3;) {
		struct priv_msg m;
		char text[ADDR_STRLEN];
		int fd = -1;
		(void)uv_run(&f->loop, UV_RUN_NOWAIT);
		if (priv_msg_recv(f->sock, &m, &fd) != PST_OK) {
			quiet++;
			continue;
		}
		quiet = 0;
		const bool denied = m.type == PRIV_ADDRESS_ON && f->deny > 0 && f->deny-- > 0;
		const struct priv_msg reply = {.type = PRIV_REPLY, .id = m.id, .status = denied ? PST_E_DENIED : f->status};
		const size_t n = strlen(f->said);
		if (m.type == PRIV_ADDRESS_ON || m.type == PRIV_ADDRESS_OFF)
			snprintf(f->said + n, sizeof f->said - n, "%c%s", m.type == PRIV_ADDRESS_ON ? '+' : '-', addr_str(&m.address, text));
		else
			snprintf(f->said + n, sizeof f->said - n, "%c", m.type == PRIV_ADDRESS_BEGIN ? '(' : ')');
		if (m.type == PRIV_ADDRESS_ON)
			f->generation = m.generation;
		assert_int_equal(priv_msg_send(f->sock, &reply, -1), PST_OK);
	}
}

static void assert_said(struct fixture *f, const char *want)
{
	serve(f);
	assert_string_equal(f->said, want);
	f->said[0] = '\0';
}

static void end(struct fixture *f)
{
	daemon_leases_free(f->l);
	priv_client_free(f->priv);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	close(f->sock);
	conf_free(f->conf);
}

static void on_done(void *arg, bool granted)
{
	struct fixture *f = arg;
	*(granted ? &f->granted : &f->refused) += 1;
}

static void want(struct fixture *f, const char *host)
{
	const struct addr h = at(host);
	f->gw.want(f->gw.arg, &h, 1, ADDR_IP4, on_done, f);
}

static bool stands_for(const struct fixture *f, const char *host, const char *address)
{
	const struct addr h = at(host), a = at(address);
	struct addr got;
	return f->gw.virtual_of(f->gw.arg, &h, 1, ADDR_IP4, &got) && addr_ip_eq(&got, &a);
}

/* Nobody is told of an address before the monitor answers for it. */
static void test_want(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	want(&f, "10.0.0.5");
	assert_int_equal(f.refused, 1); /* no configuration yet */
	take(&f, CONFIG, 1);
	assert_said(&f, "()");
	want(&f, "10.0.0.5");
	want(&f, "10.0.0.5");
	assert_int_equal(f.granted, 0);
	assert_false(stands_for(&f, "10.0.0.5", "192.0.2.10"));
	assert_said(&f, "+192.0.2.10");
	assert_int_equal(f.granted, 2);
	assert_true(stands_for(&f, "10.0.0.5", "192.0.2.10"));
	assert_true(f.n_kept == 1 && f.kept[0].live);
	const struct addr ten = at("192.0.2.10");
	struct addr host;
	assert_true(f.gw.host_of(f.gw.arg, &ten, &host));
	assert_int_equal(host.ip[3], 5);
	want(&f, "10.0.0.5");
	assert_int_equal(f.granted, 3);
	/* the pool is empty */
	want(&f, "10.0.0.6");
	want(&f, "10.0.0.7");
	assert_int_equal(f.refused, 2);
	assert_said(&f, "+192.0.2.11");
	end(&f);
}

static void test_monitor_refuses(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	take(&f, CONFIG, 1);
	assert_said(&f, "()");
	/* it has another configuration by now: asked again, with its number */
	f.deny = 1;
	want(&f, "10.0.0.5");
	serve(&f);
	assert_int_equal(f.granted + f.refused, 0);
	daemon_leases_generation(f.l, 2);
	while (f.granted + f.refused == 0)
		serve(&f);
	assert_int_equal(f.granted, 1);
	assert_int_equal(f.generation, 2);
	assert_said(&f, "+192.0.2.10+192.0.2.10");
	/* it can not: somebody else has the address */
	f.status = PST_E_BUSY;
	want(&f, "10.0.0.6");
	serve(&f);
	assert_int_equal(f.refused, 1);
	assert_false(stands_for(&f, "10.0.0.6", "192.0.2.11"));
	end(&f);
}

static void test_registered(void **state)
{
	(void)state;
	struct fixture f;
	const struct addr inside = at("10.0.0.5"), outside = at("198.51.100.9");
	const char *why = NULL;
	begin(&f);
	daemon_leases_registered(f.l, &inside, 1);
	daemon_leases_registered(f.l, &outside, 1);
	take(&f, CONFIG, 1);
	assert_said(&f, "()+192.0.2.10");
	assert_null(daemon_leases_act(f.l, DAEMON_LEASES_RELEASE, &inside, &(struct addr){0}, NULL, &why));
	assert_string_equal(why, "it is in use, or rests after another host");
	daemon_leases_registered(f.l, &inside, 1);
	daemon_leases_registered(f.l, &inside, -1);
	take(&f, CONFIG "  on_registration: 'off'\n", 2);
	json_t *list = daemon_leases_act(f.l, DAEMON_LEASES_RELEASE, &inside, &(struct addr){0}, NULL, &why);
	assert_int_equal(json_array_size(list), 1);
	json_decref(list);
	assert_said(&f, "-192.0.2.10");
	take(&f, CONFIG, 3);
	assert_said(&f, "+192.0.2.10");
	assert_true(stands_for(&f, "10.0.0.5", "192.0.2.10"));
	daemon_leases_registered(f.l, &inside, -1);
	daemon_leases_registered(f.l, &outside, -1);
	list = daemon_leases_json(f.l);
	assert_int_equal(json_array_size(list), 1);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "uses")), 0);
	json_decref(list);
	end(&f);
}

static void test_acts(void **state)
{
	(void)state;
	struct fixture f;
	const struct addr host = at("10.0.0.5"), eleven = at("192.0.2.11"), far = at("198.51.100.7"), none = {0};
	const char *why = NULL;
	begin(&f);
	assert_null(daemon_leases_act(f.l, DAEMON_LEASES_GRANT, &host, &none, NULL, &why));
	assert_non_null(strstr(why, "there are no pools"));
	take(&f, CONFIG, 1);
	assert_null(daemon_leases_act(f.l, DAEMON_LEASES_GRANT, &far, &none, NULL, &why));
	assert_null(daemon_leases_act(f.l, DAEMON_LEASES_GRANT, &host, &none, "in", &why));
	assert_null(daemon_leases_act(f.l, DAEMON_LEASES_RELEASE, &host, &none, NULL, &why));
	assert_null(daemon_leases_act(f.l, DAEMON_LEASES_PIN, &host, &far, NULL, &why));
	assert_string_equal(why, "no pool has that address");
	json_t *list = daemon_leases_act(f.l, DAEMON_LEASES_PIN, &host, &eleven, "out", &why);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "state")), "pinned");
	json_decref(list);
	list = daemon_leases_act(f.l, DAEMON_LEASES_RELEASE, &eleven, &none, NULL, &why);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "state")), "resting");
	json_decref(list);
	/* up and down again before anybody looked: only what is left to do is done */
	assert_said(&f, "()-192.0.2.11");
	end(&f);
}

/* Another worker begins with what the registrar has kept; one that has no place any more is dropped. */
static void test_restored(void **state)
{
	(void)state;
	struct fixture f, g;
	begin(&f);
	take(&f, CONFIG, 1);
	want(&f, "10.0.0.5");
	want(&f, "10.0.0.6");
	assert_said(&f, "()+192.0.2.10+192.0.2.11");
	begin(&g);
	for (uint32_t i = 0; i < f.n_kept; i++)
		daemon_leases_restore(g.l, slice_of(f.kept[i].key, f.kept[i].n_key), slice_of(f.kept[i].image, f.kept[i].n_image));
	daemon_leases_restore(g.l, slice_str("nonsense"), slice_str("more of it"));
	take(&g, "mode: intercept\nrealms:\n"
	         "  - {name: in, role: inside, address: 10.0.0.1, interfaces: [a], networks: [10.0.0.0/8]}\n"
	         "  - {name: out, role: outside, address: 192.0.2.1, interfaces: [b]}\n"
	         "leases:\n  pools: [{realm: out, addresses: 192.0.2.11-192.0.2.12}]\n", 1);
	assert_said(&g, "(+192.0.2.11)");
	assert_true(stands_for(&g, "10.0.0.6", "192.0.2.11"));
	assert_false(stands_for(&g, "10.0.0.5", "192.0.2.10"));
	assert_int_equal(g.n_kept, 1);
	daemon_leases_tell_all(g.l);
	assert_int_equal(g.n_kept, 1);
	end(&g);
	/* who still waits is told that nothing comes */
	take(&f, CONFIG "  quarantine: 0s\n  max: 3\n", 2);
	end(&f);
}

static void bring_back(const struct fixture *f, const char *host, const char *address)
{
	uint8_t key[LEASE_KEY_MAX], image[LEASE_IMAGE_MAX];
	const struct lease l = {.host = at(host), .address = at(address), .state = LEASE_PINNED};
	const size_t n = lease_image(&l, image);
	daemon_leases_restore(f->l, slice_of(key, lease_key(key, &l.address)), slice_of(image, n));
}

/* Whatever is brought back, an address stands for a host inside, and not for the gateway. */
static void test_restored_for_outside(void **state)
{
	(void)state;
	struct fixture f;
	struct addr a = at("192.0.2.10"), host;
	begin(&f);
	bring_back(&f, "198.51.100.7", "192.0.2.10");
	bring_back(&f, "10.0.0.1", "192.0.2.11");
	take(&f, CONFIG, 1);
	assert_said(&f, "()");
	bring_back(&f, "198.51.100.8", "192.0.2.10");
	assert_false(f.gw.host_of(f.gw.arg, &a, &host));
	bring_back(&f, "10.0.0.7", "192.0.2.10");
	assert_true(f.gw.host_of(f.gw.arg, &a, &host));
	assert_said(&f, "+192.0.2.10");
	end(&f);
}

static void test_end_while_waiting(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f);
	take(&f, CONFIG, 1);
	want(&f, "10.0.0.5");
	daemon_leases_free(f.l);
	assert_int_equal(f.refused, 1);
	priv_client_free(f.priv);
	(void)uv_run(&f.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f.loop), 0);
	close(f.sock);
	conf_free(f.conf);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_want),
	        cmocka_unit_test(test_monitor_refuses),
	        cmocka_unit_test(test_registered),
	        cmocka_unit_test(test_acts),
	        cmocka_unit_test(test_restored),
	        cmocka_unit_test(test_restored_for_outside),
	        cmocka_unit_test(test_end_while_waiting),
	};
	log_setup("test", LOG_L_ERROR, false);
	return cmocka_run_group_tests_name("leases", tests, NULL, NULL);
}
