/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A line with a machine of a few letters in the place of the terminal: what it
 * asks for is done, what happens is told, and all is given back, whatever fails.
 *
 * Signalling: S (Setup), C (Connect), R (release). H.245: a, answered by b.
 */
#include "endpoint/line.h"
#include "loop/net.h"
#include "loop/tcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { ACTIONS_MAX = 12 };

struct terminal {
	struct terminal_config config;
	struct terminal_action actions[ACTIONS_MAX];
	size_t n;
	struct terminal_info info;
	uint8_t octets[ACTIONS_MAX][8];
	bool ended;
};

static struct addr h245_of_callee; /* what a real Connect would say */
static struct addr rtp_of[2];      /* caller's, callee's */

/* ---- the machine ---- */

static struct terminal_action *act(struct terminal *t, enum terminal_action_type type)
{
	struct terminal_action *a = &t->actions[t->n];

	assert_true(t->n < ACTIONS_MAX);
	*a = (struct terminal_action){.type = type};
	if (t->n)
		t->actions[t->n - 1].next = a;
	t->n++;
	return a;
}

static void say(struct terminal *t, enum terminal_action_type type, char letter)
{
	uint8_t *o = t->octets[t->n];

	memcpy(o, (const uint8_t[]){3, 0, 0, 5, (uint8_t)letter}, 5);
	act(t, type)->octets = slice_of(o, 5);
}

static void end(struct terminal *t, uint8_t cause, bool by_peer)
{
	struct terminal_action *a;

	act(t, TERMINAL_UNLISTEN_H245);
	act(t, TERMINAL_CLOSE_H245);
	act(t, TERMINAL_CLOSE_SIGNAL);
	a = act(t, TERMINAL_ENDED);
	a->cause = cause;
	a->by_peer = by_peer;
	t->ended = true;
}

static void media(struct terminal *t)
{
	struct addr peer = rtp_of[t->info.originator];
	struct terminal_action *a = act(t, TERMINAL_RX_START);

	a->media.codec = TERMINAL_G711A;
	a->media.rtcp = addr_with_port(peer, (uint16_t)(peer.port + 1));
	struct terminal_media m = a->media;

	a = act(t, TERMINAL_TX_START);
	a->media = m;
	a->media.rtp = peer;
}

static void signal_message(struct terminal *t, char letter)
{
	if (letter == 'S') {
		act(t, TERMINAL_INCOMING)->text = "who";
	} else if (letter == 'C') {
		t->info.answered = true;
		act(t, TERMINAL_CONNECTED);
		act(t, TERMINAL_CONNECT_H245)->addr = h245_of_callee;
	} else {
		end(t, 16, true);
	}
}

static void h245_message(struct terminal *t, char letter)
{
	t->info.h245 = TERMINAL_H245_SEPARATE;
	t->info.master_slave_done = true;
	if (letter == 'a')
		say(t, TERMINAL_SEND_H245, 'b');
	media(t);
}

int terminal_event(struct terminal *t, const struct terminal_event *e)
{
	t->n = 0;
	if (t->ended)
		return 0;
	switch (e->type) {
	case TERMINAL_DIAL:
		t->info.originator = true;
		act(t, TERMINAL_CONNECT_SIGNAL)->addr = e->addr;
		act(t, TERMINAL_TIMER_START)->ms = 3600000;
		break;
	case TERMINAL_SIGNAL_CONNECTED: say(t, TERMINAL_SEND_SIGNAL, 'S'); break;
	case TERMINAL_SIGNAL_MESSAGE: signal_message(t, e->octets.n ? (char)e->octets.p[0] : 0); break;
	case TERMINAL_ANSWER:
		t->info.answered = true;
		h245_of_callee = t->config.h245;
		act(t, TERMINAL_LISTEN_H245);
		say(t, TERMINAL_SEND_SIGNAL, 'C');
		act(t, TERMINAL_CONNECTED);
		break;
	case TERMINAL_REJECT:
	case TERMINAL_HANGUP:
		say(t, TERMINAL_SEND_SIGNAL, 'R');
		end(t, e->type == TERMINAL_REJECT ? 17 : e->cause ? e->cause : 16, false);
		break;
	case TERMINAL_H245_CONNECTED: say(t, TERMINAL_SEND_H245, 'a'); break;
	case TERMINAL_H245_MESSAGE: h245_message(t, (char)e->octets.p[0]); break;
	case TERMINAL_SIGNAL_CLOSED:
	case TERMINAL_H245_CLOSED:
		end(t, 41, true);
		t->actions[t->n - 1].text = "gone";
		break;
	default: break;
	}
	return 0;
}

const struct terminal_action *terminal_actions(const struct terminal *t)
{
	return t->n ? t->actions : NULL;
}

int terminal_new(struct terminal **out, const struct terminal_config *config)
{
	*out = calloc(1, sizeof(**out));
	(*out)->config = *config;
	return 0;
}

void terminal_free(struct terminal *t)
{
	free(t);
}

void terminal_info(const struct terminal *t, struct terminal_info *out)
{
	*out = t->info;
}

const char *terminal_event_name(enum terminal_event_type type)
{
	(void)type;
	return "event";
}

/* ---- two lines, and what they report ---- */

struct scene {
	uv_loop_t loop;
	struct loop_listener listener;
	struct options o[2]; /* caller's, callee's */
	struct line *line[2];
	struct report report[2];
	bool refuse;
	unsigned ended, gone;
};

static struct scene scene;

static uint32_t incoming(void *arg, const struct report *r)
{
	(void)arg;
	assert_string_equal(r->caller, "who");
	return scene.refuse ? 0 : 7;
}

static void ended(void *arg, const struct report *r)
{
	int who = *(const int *)arg;

	scene.report[who] = *r;
	scene.ended++;
}

static void gone(void *arg, struct line *l)
{
	int who = *(const int *)arg;

	assert_ptr_equal(l, scene.line[who]);
	scene.line[who] = NULL;
	scene.gone++;
	(void)loop_listener_close(&scene.listener, NULL);
}

static struct line_hooks hooks(int who)
{
	static int names[2] = {0, 1};

	return (struct line_hooks){.incoming = incoming, .ended = ended, .gone = gone, .arg = &names[who]};
}

static void on_accept(struct loop_listener *l, int fd, const struct addr *peer)
{
	struct line_hooks h = hooks(1);

	(void)l;
	(void)peer;
	assert_int_equal(line_accept(&scene.line[1], &scene.loop, &scene.o[1], fd, &h), 0);
}

static struct addr listen_here(void)
{
	struct addr local;
	int fd;

	assert_int_equal(addr_parse(&local, "127.0.0.1", 0), 0);
	assert_int_equal(loop_listen(&fd, &local, 4), 0);
	assert_int_equal(loop_fd_local(fd, &local), 0);
	assert_int_equal(loop_listener_open(&scene.loop, &scene.listener, fd, on_accept), 0);
	return local;
}

static void options(int who, const char *words)
{
	static char text[2][256], somebody[] = "somebody";
	char *argv[32] = {(char[]){"postern"}};
	int argc = 1;

	/* ports of this process's own: other runs share the loopback */
	const unsigned first = 20000 + ((unsigned)getpid() % 5000 * 2 + (unsigned)who) * 2;
	snprintf(text[who], sizeof(text[who]), "%s --rtp-ports %u-%u", words, first, first + 1);
	for (char *w = strtok(text[who], " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	if (!who)
		argv[argc++] = somebody;
	assert_int_equal(options_parse(&scene.o[who], who ? OPTIONS_ANSWER : OPTIONS_CALL, argc, argv), 0);
}

static void run(const char *caller, const char *callee, struct addr to)
{
	struct line_hooks h = hooks(0);

	options(0, caller);
	options(1, callee);
	rtp_of[1] = addr_with_port(to, scene.o[1].rtp_first); /* the first of each range is free */
	rtp_of[0] = addr_with_port(to, scene.o[0].rtp_first);
	assert_int_equal(line_dial(&scene.line[0], &scene.loop, &scene.o[0], &to, &to, NULL, &h), 0);
	uv_run(&scene.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&scene.loop), 0);
	assert_int_equal(scene.ended, scene.gone);
}

static void whole_call(void **state)
{
	struct addr to = listen_here();

	(void)state;
	run("--duration 0.4 --tone 500", "--tone 700", to);
	assert_int_equal(scene.gone, 2);
	for (int who = 0; who < 2; who++) {
		assert_true(report_good(&scene.report[who]));
		assert_true(scene.report[who].has_h245);
		assert_int_equal(scene.report[who].sent.law, G711_ALAW);
		assert_int_equal(scene.report[who].by_peer, who == 1);
		assert_true(scene.report[who].heard.hz > (who ? 499 : 699) &&
		            scene.report[who].heard.hz < (who ? 501 : 701));
	}
	assert_int_equal(scene.report[0].number, 1);
	assert_int_equal(scene.report[1].number, 7);
	assert_true(addr_eq(&scene.report[0].local, &scene.report[1].remote));
	assert_true(addr_eq(&scene.report[0].h245_local, &scene.report[1].h245_remote));
}

static void callee_ends(void **state)
{
	struct addr to = listen_here();

	(void)state;
	run("--duration 60", "--duration 0.2", to);
	assert_true(scene.report[0].by_peer);
	assert_false(scene.report[1].by_peer);
}

static void refused(void **state)
{
	struct addr to = listen_here();

	(void)state;
	scene.refuse = true;
	run("", "", to);
	assert_true(scene.report[1].refused);
	assert_int_equal(scene.report[1].cause, 17);
	assert_true(scene.report[0].by_peer);
	assert_false(report_good(&scene.report[0]));
}

static void nobody_there(void **state)
{
	struct addr to = listen_here();

	(void)state;
	assert_true(loop_listener_close(&scene.listener, NULL));
	run("", "", to);
	assert_int_equal(scene.gone, 1);
	assert_int_equal(scene.report[0].cause, 41);
	assert_string_equal(scene.report[0].why, "gone: connection refused");
}

static void no_answer(void **state)
{
	struct addr to;
	int fd;

	(void)state;
	assert_int_equal(addr_parse(&to, "127.0.0.1", 0), 0);
	assert_int_equal(loop_listen(&fd, &to, 4), 0); /* nobody accepts */
	assert_int_equal(loop_fd_local(fd, &to), 0);
	run("--timeout 1", "", to);
	assert_true(scene.report[0].timed_out);
	assert_int_equal(scene.report[0].cause, 102);
	close(fd);
}

static void no_way_to_begin(void **state)
{
	struct line_hooks h = hooks(0);
	struct addr to;
	struct line *l;

	(void)state;
	assert_int_equal(addr_parse(&to, "127.0.0.1:9", 0), 0);
	options(0, "--wav /nonexistent.wav");
	assert_int_equal(line_dial(&l, &scene.loop, &scene.o[0], &to, &to, NULL, &h), PST_E_NOT_FOUND);
	run("--record /nonexistent/a.wav", "", to);
	assert_true(scene.report[0].recording_failed);
	assert_int_equal(scene.gone, 1);
}

static int setup(void **state)
{
	(void)state;
	memset(&scene, 0, sizeof(scene));
	return uv_loop_init(&scene.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup(whole_call, setup),
	        cmocka_unit_test_setup(callee_ends, setup), cmocka_unit_test_setup(refused, setup),
	        cmocka_unit_test_setup(nobody_there, setup), cmocka_unit_test_setup(no_answer, setup),
	        cmocka_unit_test_setup(no_way_to_begin, setup)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
