/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The monitor with a worker of the test's own: this program run again, its first
 * argument naming how it behaves. As root the worker's identity is checked too.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "priv/monitor.h"

/* ---- the worker's side ---- */

static int peer = -1; /* leads to the other child; it may come at any time */

static struct priv_msg await(enum priv_type type, int *fd)
{
	struct priv_msg m = {0};
	struct pollfd p = {.fd = PRIV_CHILD_FD, .events = POLLIN};
	for (;;) {
		*fd = -1;
		if (poll(&p, 1, 10000) != 1 || priv_msg_recv(PRIV_CHILD_FD, &m, fd) != PST_OK)
			_exit(90);
		if (m.type == PRIV_PEER && *fd >= 0) {
			close(peer);
			peer = *fd;
		}
		if (m.type == type)
			return m;
		if (m.type != PRIV_PEER)
			_exit(94);
	}
}

static struct priv_msg ask(struct priv_msg m, int *fd)
{
	m.id = 77;
	if (priv_msg_send(PRIV_CHILD_FD, &m, -1) != PST_OK)
		_exit(91);
	return await(PRIV_REPLY, fd);
}

static void tell(struct priv_msg m)
{
	if (priv_msg_send(PRIV_CHILD_FD, &m, -1) != PST_OK)
		_exit(92);
}

static uint32_t take_config(char *text, size_t cap)
{
	int fd;
	const struct priv_msg m = await(PRIV_CONFIG, &fd);
	const ssize_t n = pread(fd, text, cap - 1, 0);
	if (n < 0)
		_exit(93);
	text[n] = '\0';
	close(fd);
	return m.generation;
}

static void be_ready(uint32_t generation)
{
	int fd;
	tell((struct priv_msg){.type = PRIV_PREPARED, .generation = generation});
	if (await(PRIV_COMMIT, &fd).generation != generation || fd >= 0)
		_exit(95);
	tell((struct priv_msg){.type = PRIV_CONFIG_DONE, .generation = generation});
}

/* Each of the verbs once; the counts of the report tell the test what was got. */
static int worker_good(void)
{
	char text[64];
	int fd;
	if (priv_check_dropped() != PST_OK || (geteuid() == 0 && getenv("TEST_ROOT_STAYS") == NULL))
		return 80;
	const uint32_t generation = take_config(text, sizeof text);
	const struct priv_msg r =
	        ask((struct priv_msg){.type = PRIV_BIND, .generation = generation, .realm = 1}, &fd);
	if (r.status != PST_OK || fd < 0 || r.id != 77)
		return 81;
	close(fd);
	const struct priv_msg no =
	        ask((struct priv_msg){.type = PRIV_BIND, .generation = generation, .realm = 9}, &fd);
	if (no.status != PST_E_DENIED || fd >= 0)
		return 82;
	if (ask((struct priv_msg){.type = PRIV_FW_APPLY, .generation = generation}, &fd).status != PST_OK ||
	        fd >= 0)
		return 83;
	const struct priv_msg s = ask((struct priv_msg){.type = PRIV_OPEN_STATE}, &fd);
	if (s.status != PST_E_SYS || s.sys_errno != EROFS)
		return 84;
	if (ask((struct priv_msg){.type = PRIV_RELAY, .generation = generation}, &fd).status != PST_OK || fd < 0)
		return 86;
	close(fd);
	struct priv_msg on = {.type = PRIV_ADDRESS_ON, .generation = generation, .realm = 1, .pool = 2,
	        .address = {ADDR_IP4, {192, 0, 2, 9}, 0}};
	const struct priv_msg off = {.type = PRIV_ADDRESS_OFF, .address = on.address};
	if (ask((struct priv_msg){.type = PRIV_ADDRESS_BEGIN}, &fd).status != PST_OK || ask(on, &fd).status != PST_OK ||
	        ask((struct priv_msg){.type = PRIV_ADDRESS_END}, &fd).status != PST_OK || ask(off, &fd).status != PST_OK)
		return 86;
	on.pool = 3;
	if (ask(on, &fd).status != PST_E_DENIED)
		return 86;
	be_ready(generation);
	const uint32_t next = take_config(text, sizeof text);
	if (strcmp(text, "two") == 0)
		be_ready(next);
	else
		tell((struct priv_msg){.type = PRIV_PREPARED, .generation = next, .status = PST_E_BAD});
	tell((struct priv_msg){.type = PRIV_REPORT, .calls = 11, .pinholes = 22});
	await(PRIV_STOP, &fd);
	return 0;
}

/* Dies once it is ready, until it is the third one (a pipe's octets count). */
static int worker_dies(void)
{
	char text[64];
	int fd;
	const uint32_t generation = take_config(text, sizeof text);
	be_ready(generation);
	tell((struct priv_msg){.type = PRIV_REPORT, .calls = (uint32_t)getpid()});
	if (generation < 3)
		raise(SIGSEGV);
	await(PRIV_STOP, &fd);
	return 0;
}

static int worker_fails(void)
{
	char text[64];
	const uint32_t generation = take_config(text, sizeof text);
	tell((struct priv_msg){.type = PRIV_PREPARED, .generation = generation, .status = PST_E_BUSY});
	return 1;
}

/* It finds out when it is too late. */
static int worker_fails_late(void)
{
	char text[64];
	int fd;
	const uint32_t generation = take_config(text, sizeof text);
	tell((struct priv_msg){.type = PRIV_PREPARED, .generation = generation});
	await(PRIV_COMMIT, &fd);
	tell((struct priv_msg){.type = PRIV_CONFIG_DONE, .generation = generation, .status = PST_E_NOMEM});
	return 1;
}

/* Sends ODD once it is ready; the monitor has to kill it. */
static int worker_odd(const void *odd, size_t n)
{
	char text[64];
	const uint32_t generation = take_config(text, sizeof text);
	be_ready(generation);
	if (generation == 1) {
		(void)!send(PRIV_CHILD_FD, odd, n, 0);
		pause();
	}
	int fd;
	await(PRIV_STOP, &fd);
	return 0;
}

static int worker_greedy(void)
{
	char text[64];
	const uint32_t generation = take_config(text, sizeof text);
	be_ready(generation);
	for (uint32_t i = 1; generation == 1; i++) {
		int fd;
		(void)ask((struct priv_msg){.type = PRIV_FW_REMOVE}, &fd);
		if (i > 100000)
			return 85;
	}
	int fd;
	await(PRIV_STOP, &fd);
	return 0;
}

static int worker_hangs(void)
{
	char text[64];
	int fd;
	const uint32_t generation = take_config(text, sizeof text);
	be_ready(generation);
	if (generation == 1)
		pause();
	await(PRIV_STOP, &fd);
	return 0;
}

_Noreturn static void worker_stubborn(void)
{
	char text[64];
	be_ready(take_config(text, sizeof text));
	for (;;)
		pause();
}

static char hear(void)
{
	char c;
	int fd;
	struct pollfd p = {.fd = peer, .events = POLLIN};
	if (peer < 0)
		await(PRIV_PEER, &fd);
	p.fd = peer;
	if (poll(&p, 1, 10000) != 1 || recv(peer, &c, 1, 0) != 1)
		_exit(96);
	return c;
}

/* Hears from the other child and dies; the next one hears as well. */
static int worker_listens(void)
{
	char text[64];
	int fd;
	const uint32_t generation = take_config(text, sizeof text);
	be_ready(generation);
	const char c = hear();
	if (generation == 1)
		raise(SIGKILL);
	tell((struct priv_msg){.type = PRIV_REPORT, .calls = (uint32_t)c});
	await(PRIV_STOP, &fd);
	return 0;
}

/* Has lost the way to the other child, and asks for a new one; there is none to itself, nor to nobody. */
static int worker_meets(void)
{
	char text[64];
	int fd;
	be_ready(take_config(text, sizeof text));
	if (hear() != 'a')
		return 89;
	if (ask((struct priv_msg){.type = PRIV_MEET, .peer = 1}, &fd).status != PST_OK || fd >= 0)
		return 97;
	if (hear() != 'b')
		return 98;
	if (ask((struct priv_msg){.type = PRIV_MEET, .peer = 0}, &fd).status != PST_E_DENIED ||
	        ask((struct priv_msg){.type = PRIV_MEET, .peer = 2}, &fd).status != PST_E_DENIED)
		return 99;
	tell((struct priv_msg){.type = PRIV_REPORT, .calls = 6});
	await(PRIV_STOP, &fd);
	return 0;
}

/* Asks for the other one again and again: it gets a few ways to it, and is then told to wait. */
static int worker_insists(void)
{
	char text[64];
	int fd;
	uint32_t met = 0;
	be_ready(take_config(text, sizeof text));
	for (int i = 0; i < 500; i++) {
		const int status = ask((struct priv_msg){.type = PRIV_MEET, .peer = 1}, &fd).status;
		if (status != PST_OK && status != PST_E_BUSY)
			return 97;
		met += status == PST_OK;
	}
	tell((struct priv_msg){.type = PRIV_REPORT, .calls = met});
	await(PRIV_STOP, &fd);
	return 0;
}

/* Says one letter after the other, each time it gets somebody to talk to. */
static int worker_speaks(void)
{
	char text[64];
	int fd;
	be_ready(take_config(text, sizeof text));
	for (char c = 'a'; c <= 'b'; c++) {
		if (c != 'a' || peer < 0)
			await(PRIV_PEER, &fd);
		if (send(peer, &c, 1, MSG_NOSIGNAL) != 1)
			return 87;
	}
	await(PRIV_STOP, &fd);
	return 0;
}

/* Is ready for a second configuration, which the other one refuses. */
static int worker_agrees(void)
{
	char text[64];
	int fd;
	be_ready(take_config(text, sizeof text));
	const uint32_t next = take_config(text, sizeof text);
	tell((struct priv_msg){.type = PRIV_PREPARED, .generation = next});
	if (await(PRIV_ABORT, &fd).generation != next)
		return 88;
	tell((struct priv_msg){.type = PRIV_REPORT, .calls = 5});
	await(PRIV_STOP, &fd);
	return 0;
}

static int worker_disagrees(void)
{
	char text[64];
	int fd;
	be_ready(take_config(text, sizeof text));
	const uint32_t next = take_config(text, sizeof text);
	tell((struct priv_msg){.type = PRIV_PREPARED, .generation = next, .status = PST_E_BUSY});
	await(PRIV_STOP, &fd);
	return 0;
}

/* Says nothing of a second configuration, though it lives. */
static int worker_ponders(void)
{
	char text[64];
	int fd;
	const uint32_t generation = take_config(text, sizeof text);
	be_ready(generation);
	if (generation == 2)
		take_config(text, sizeof text);
	await(PRIV_STOP, &fd);
	return 0;
}

static int worker_main(const char *how)
{
	static const uint8_t garbage[] = {0xff, 1, 2};
	static const uint8_t reply[] = {PRIV_REPLY, 0, 0, 0, 1, 0, 0, 0};
	static const uint8_t unnumbered[] = {PRIV_CONTROL, 0, 0, 0, 0};
	static const uint8_t unasked[] = {PRIV_CONFIG_DONE, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0};
	static const uint8_t unprepared[] = {PRIV_PREPARED, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0};
	static const uint8_t foreign[] = {PRIV_CONTROL, 0, 0, 0, 1};
	if (strcmp(how, "good") == 0)
		return worker_good();
	if (strcmp(how, "dies") == 0)
		return worker_dies();
	if (strcmp(how, "fails") == 0)
		return worker_fails();
	if (strcmp(how, "garbage") == 0)
		return worker_odd(garbage, sizeof garbage);
	if (strcmp(how, "reply") == 0)
		return worker_odd(reply, sizeof reply);
	if (strcmp(how, "unnumbered") == 0)
		return worker_odd(unnumbered, sizeof unnumbered);
	if (strcmp(how, "unasked") == 0)
		return worker_odd(unasked, sizeof unasked);
	if (strcmp(how, "unprepared") == 0)
		return worker_odd(unprepared, sizeof unprepared);
	if (strcmp(how, "foreign") == 0)
		return worker_odd(foreign, sizeof foreign);
	if (strcmp(how, "fails late") == 0)
		return worker_fails_late();
	if (strcmp(how, "listens") == 0)
		return worker_listens();
	if (strcmp(how, "meets") == 0)
		return worker_meets();
	if (strcmp(how, "insists") == 0)
		return worker_insists();
	if (strcmp(how, "speaks") == 0)
		return worker_speaks();
	if (strcmp(how, "agrees") == 0)
		return worker_agrees();
	if (strcmp(how, "disagrees") == 0)
		return worker_disagrees();
	if (strcmp(how, "ponders") == 0)
		return worker_ponders();
	if (strcmp(how, "greedy") == 0)
		return worker_greedy();
	if (strcmp(how, "hangs") == 0)
		return worker_hangs();
	if (strcmp(how, "stubborn") == 0)
		worker_stubborn();
	return 99;
}

/* ---- the monitor's side ---- */

struct world {
	uint32_t generation; /* of the last configuration handed out */
	int ready, reloaded, down, alive, fw, reload_ok, addresses;
	uint32_t calls, pinholes;
	bool count_generations; /* a new number per worker, so that workers know which one they are */
	bool hup_when_ready;
	const char *next;
};

static int text_fd(const char *text)
{
	int pair[2];
	FILE *f = tmpfile();
	assert_non_null(f);
	fputs(text, f);
	fflush(f);
	pair[0] = dup(fileno(f));
	fclose(f);
	return pair[0];
}

static int op_bind(void *arg, uint32_t child, uint32_t generation, uint16_t realm, uint16_t interface, uint8_t service, int *fd)
{
	if (service != 0 || child != 0)
		return PST_E_DENIED;
	const struct world *w = arg;
	if (realm != 1 || interface != 0 || generation != w->generation)
		return PST_E_DENIED;
	*fd = text_fd("a socket, for all we know");
	return PST_OK;
}

static int op_fw_apply(void *arg, uint32_t generation)
{
	struct world *w = arg;
	w->fw++;
	return generation == w->generation ? PST_OK : PST_E_DENIED;
}

static int op_fw_remove(void *arg)
{
	(void)arg;
	return PST_OK;
}

static int op_relay(void *arg, uint32_t generation, uint8_t which, int *fd)
{
	(void)which;
	const struct world *w = arg;
	if (generation != w->generation)
		return PST_E_DENIED;
	*fd = text_fd("the table");
	return PST_OK;
}

static int op_control(void *arg, int *fd)
{
	(void)arg;
	(void)fd;
	return PST_E_UNSUPPORTED;
}

static int op_open_state(void *arg, enum priv_file file, int *fd)
{
	(void)arg;
	(void)file;
	(void)fd;
	errno = EROFS;
	return PST_E_SYS;
}

static int op_address_on(void *arg, uint32_t generation, uint16_t realm, uint16_t pool, const struct addr *address)
{
	const struct world *w = arg;
	return generation == w->generation && realm == 1 && pool == 2 && address->ip[3] == 9 ? PST_OK : PST_E_DENIED;
}

static int op_address_off(void *arg, const struct addr *address)
{
	(void)arg;
	return address->ip[3] == 9 ? PST_OK : PST_E_NOT_FOUND;
}

static int op_address_begin(void *arg)
{
	((struct world *)arg)->addresses++;
	return PST_OK;
}

static int op_address_end(void *arg)
{
	((struct world *)arg)->addresses += 10;
	return PST_OK;
}

static int op_config(void *arg, uint32_t *generation, int *fd)
{
	struct world *w = arg;
	if (w->generation == 0 || w->count_generations)
		w->generation++;
	*generation = w->generation;
	*fd = text_fd("one");
	return PST_OK;
}

static int op_reload(void *arg, uint32_t *generation, int *fd)
{
	struct world *w = arg;
	if (w->next == NULL)
		return PST_E_BAD;
	*generation = ++w->generation;
	*fd = text_fd(w->next);
	return PST_OK;
}

static void op_config_done(void *arg, uint32_t generation, int status)
{
	struct world *w = arg;
	assert_int_equal(generation, w->generation);
	if (w->ready != 0 && status == PST_OK)
		w->reload_ok++;
}

static void op_notify(void *arg, enum priv_notice n, uint32_t calls, uint32_t pinholes)
{
	struct world *w = arg;
	if (n == PRIV_READY) {
		w->ready++;
		if (w->hup_when_ready)
			raise(SIGHUP);
	} else if (n == PRIV_RELOADED) {
		w->reloaded++;
	} else if (n == PRIV_DOWN) {
		w->down++;
	} else if (n == PRIV_ALIVE) {
		w->alive++;
		w->calls = calls;
		w->pinholes = pinholes;
	}
}

static const struct priv_monitor_ops ops = {op_bind, op_fw_apply, op_fw_remove, op_relay, op_control, op_open_state,
        op_address_on, op_address_off, op_address_begin, op_address_end, op_config, op_reload, op_config_done, op_notify};

/* As op_notify(), and the test is over: at a report, or when a later worker is handed its configuration. */
static void op_notify_end(void *arg, enum priv_notice n, uint32_t calls, uint32_t pinholes)
{
	op_notify(arg, n, calls, pinholes);
	if (n == PRIV_ALIVE)
		raise(SIGTERM);
}

/* The first child behaves as HOW says, the second one, unless that is NULL, as OTHER. */
static int run_two(const char *how, const char *other, struct world *w, const struct priv_monitor_ops *o,
        uint32_t silence_ms, uint32_t change_ms)
{
	enum { ALL = PRIV_VERB(PRIV_BIND) | PRIV_VERB(PRIV_FW_APPLY) | PRIV_VERB(PRIV_FW_REMOVE) | PRIV_VERB(PRIV_RELAY) |
		     PRIV_VERB(PRIV_OPEN_STATE) | PRIV_VERB(PRIV_ADDRESS_ON) | PRIV_VERB(PRIV_ADDRESS_OFF) |
		     PRIV_VERB(PRIV_ADDRESS_BEGIN) | PRIV_VERB(PRIV_ADDRESS_END) | PRIV_VERB(PRIV_MEET) };
	char self[] = "test_priv_monitor", worker[] = "--worker", names[2][32];
	snprintf(names[0], sizeof names[0], "%s", how);
	snprintf(names[1], sizeof names[1], "%s", other != NULL ? other : "");
	char *argv[2][4] = {{self, worker, names[0], NULL}, {self, worker, names[1], NULL}};
	const struct priv_child children[2] = {{"worker", argv[0], ALL}, {"other", argv[1], 0}};
	struct priv_monitor_conf conf = {.children = children,
	        .n_children = other != NULL ? 2 : 1,
	        .stop_ms = 300,
	        .change_ms = change_ms,
	        .silence_ms = silence_ms,
	        .delay_ms = 1};
	assert_int_equal(priv_identity_find(&conf.identity, "nobody"), PST_OK);
	return priv_monitor_run(&conf, o, w);
}

static int run(const char *how, struct world *w, const struct priv_monitor_ops *o, uint32_t silence_ms)
{
	return run_two(how, NULL, w, o, silence_ms, 0);
}

static void test_good(void **state)
{
	(void)state;
	struct world w = {.hup_when_ready = true, .next = "two"};
	struct priv_monitor_ops o = ops;
	o.notify = op_notify_end;
	assert_int_equal(run("good", &w, &o, 0), PST_OK);
	assert_int_equal(w.ready, 1);
	assert_int_equal(w.reloaded, 1);
	assert_int_equal(w.reload_ok, 1);
	assert_int_equal(w.fw, 1);
	assert_int_equal(w.addresses, 11);
	assert_int_equal(w.calls, 11);
	assert_int_equal(w.pinholes, 22);
	assert_int_equal(w.down, 0);
}

static void test_reload_refused_by_worker(void **state)
{
	(void)state;
	struct world w = {.hup_when_ready = true, .next = "three"};
	struct priv_monitor_ops o = ops;
	o.notify = op_notify_end;
	assert_int_equal(run("good", &w, &o, 0), PST_OK);
	assert_int_equal(w.reloaded, 1);
	assert_int_equal(w.reload_ok, 0);
}

static void notify_until_third(void *arg, enum priv_notice n, uint32_t calls, uint32_t pinholes)
{
	op_notify(arg, n, calls, pinholes);
	if (n == PRIV_ALIVE && ((struct world *)arg)->generation == 3)
		raise(SIGTERM);
}

static void test_restarts(void **state)
{
	(void)state;
	struct world w = {.count_generations = true};
	struct priv_monitor_ops o = ops;
	o.notify = notify_until_third;
	assert_int_equal(run("dies", &w, &o, 0), PST_OK);
	assert_int_equal(w.down, 2);
	assert_int_equal(w.ready, 1);
}

static void test_first_fails(void **state)
{
	(void)state;
	struct world w = {0};
	assert_int_equal(run("fails", &w, &ops, 0), PST_E_BUSY);
	assert_int_equal(w.ready, 0);
	assert_int_equal(run("fails late", &w, &ops, 0), PST_E_NOMEM);
	assert_int_equal(run_two("speaks", "fails", &w, &ops, 0, 0), PST_E_BUSY);
	assert_int_equal(run("no such worker", &w, &ops, 0), PST_E_STATE);
	assert_int_equal(w.ready, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* The second one is there: it has been given the second configuration. */
static int config_until_second(void *arg, uint32_t *generation, int *fd)
{
	const int rc = op_config(arg, generation, fd);
	if (*generation == 2)
		raise(SIGTERM);
	return rc;
}

/* Whatever is no request kills its sender, and another worker takes over. */
static void test_odd(void **state)
{
	(void)state;
	static const char *const hows[] = {
	        "garbage", "reply", "unnumbered", "unasked", "unprepared", "foreign", "greedy"};
	struct priv_monitor_ops o = ops;
	o.config = config_until_second;
	for (size_t i = 0; i < sizeof hows / sizeof *hows; i++) {
		struct world w = {.count_generations = true};
		assert_int_equal(run(hows[i], &w, &o, 0), PST_OK);
		assert_int_equal(w.down, 1);
	}
}

static void test_hang(void **state)
{
	(void)state;
	struct world w = {.count_generations = true};
	struct priv_monitor_ops o = ops;
	o.config = config_until_second;
	assert_int_equal(run("hangs", &w, &o, 2000), PST_OK);
	assert_int_equal(w.down, 1);
}

static void notify_stop(void *arg, enum priv_notice n, uint32_t calls, uint32_t pinholes)
{
	op_notify(arg, n, calls, pinholes);
	if (n == PRIV_READY)
		raise(SIGTERM);
}

/* A worker that does not end is ended. */
static void test_stubborn(void **state)
{
	(void)state;
	struct world w = {0};
	struct priv_monitor_ops o = ops;
	o.notify = notify_stop;
	assert_int_equal(run("stubborn", &w, &o, 0), PST_OK);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* Each time one of the two begins, both get a new way to each other. */
static void test_peers(void **state)
{
	(void)state;
	struct world w = {.count_generations = true};
	struct priv_monitor_ops o = ops;
	o.notify = op_notify_end;
	assert_int_equal(run_two("listens", "speaks", &w, &o, 0, 0), PST_OK);
	assert_int_equal(w.ready, 1);
	assert_int_equal(w.down, 1);
	assert_int_equal(w.calls, 'b');
	assert_int_equal(w.generation, 3); /* the other one was not started again */
}

static void test_meets(void **state)
{
	(void)state;
	struct world w = {0};
	struct priv_monitor_ops o = ops;
	o.notify = op_notify_end;
	assert_int_equal(run_two("meets", "speaks", &w, &o, 0, 0), PST_OK);
	assert_int_equal(w.down, 0);
	assert_int_equal(w.calls, 6);
}

/* However often one asks for the other, the other is not buried under it. */
static void test_insists(void **state)
{
	(void)state;
	struct world w = {0};
	struct priv_monitor_ops o = ops;
	o.notify = op_notify_end;
	assert_int_equal(run_two("insists", "stubborn", &w, &o, 0, 0), PST_OK);
	assert_int_equal(w.down, 0);
	assert_in_range(w.calls, 1, 20);
}

/* A configuration that one refuses is taken by none. */
static void test_both_or_none(void **state)
{
	(void)state;
	struct world w = {.hup_when_ready = true, .next = "two"};
	struct priv_monitor_ops o = ops;
	o.notify = op_notify_end;
	assert_int_equal(run_two("agrees", "disagrees", &w, &o, 0, 0), PST_OK);
	assert_int_equal(w.reloaded, 1);
	assert_int_equal(w.reload_ok, 0);
	assert_int_equal(w.calls, 5);
	assert_int_equal(w.down, 0);
}

static void notify_until_down(void *arg, enum priv_notice n, uint32_t calls, uint32_t pinholes)
{
	op_notify(arg, n, calls, pinholes);
	if (n == PRIV_DOWN)
		raise(SIGTERM);
}

/* Who takes no step is not waited for. */
static void test_ponders(void **state)
{
	(void)state;
	struct world w = {.hup_when_ready = true, .next = "two", .count_generations = true};
	struct priv_monitor_ops o = ops;
	o.notify = notify_until_down;
	assert_int_equal(run_two("agrees", "ponders", &w, &o, 0, 2000), PST_OK);
	assert_int_equal(w.reloaded, 1);
	assert_int_equal(w.reload_ok, 0);
	assert_int_equal(w.down, 1);
}

static void test_identity(void **state)
{
	(void)state;
	struct priv_identity id;
	if (geteuid() != 0) {
		assert_int_equal(priv_identity_find(&id, "nobody"), PST_OK);
		assert_false(id.change);
		return;
	}
	assert_int_equal(priv_identity_find(&id, "root"), PST_E_DENIED);
	assert_int_equal(priv_identity_find(&id, "no-such-user-here"), PST_E_NOT_FOUND);
	assert_int_equal(priv_identity_find(&id, "auto"), PST_OK);
	assert_true(id.change);
	assert_int_not_equal(id.uid, 0);
}

/* In a user namespace with one user only, root can become nobody else. */
static bool only_user(void)
{
	unsigned inside, outside, count = 0, total = 0;
	FILE *f = fopen("/proc/self/uid_map", "re");
	if (f == NULL)
		return false;
	while (fscanf(f, "%u %u %u", &inside, &outside, &count) == 3)
		total += count;
	fclose(f);
	return total == 1;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--worker") == 0)
		return worker_main(argv[2]);
	log_setup("test", LOG_L_INFO, false);
	if (only_user())
		setenv("TEST_ROOT_STAYS", "1", 1);
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_identity),
	        cmocka_unit_test(test_good),
	        cmocka_unit_test(test_reload_refused_by_worker),
	        cmocka_unit_test(test_restarts),
	        cmocka_unit_test(test_first_fails),
	        cmocka_unit_test(test_odd),
	        cmocka_unit_test(test_hang),
	        cmocka_unit_test(test_stubborn),
	        cmocka_unit_test(test_peers),
	        cmocka_unit_test(test_meets),
	        cmocka_unit_test(test_insists),
	        cmocka_unit_test(test_both_or_none),
	        cmocka_unit_test(test_ponders),
	};
	return cmocka_run_group_tests_name("priv monitor", tests, NULL, NULL);
}
