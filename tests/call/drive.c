/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Driving one terminal. */
#include "call/drive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h225/build.h"
#include "h225/body.h"
#include "h245/build.h"
#include "h245/channel.h"

static const char *const aliases[] = { "bob" };
static uint32_t running;

void drive_init(struct drive *d)
{
	*d = (struct drive){ .crv = 77 };
	d->config = (struct terminal_config){ .aliases = aliases, .n_aliases = 1, .trace = true,
		.codecs = { TERMINAL_G711U, TERMINAL_G711A }, .n_codecs = 2, .seed = { 3, 4 },
		.h245 = drive_addr("10.0.0.2:3000"), .rtp = drive_addr("10.0.0.2:5000"),
		.rtcp = drive_addr("10.0.0.2:5001") };
	arena_init(&d->arena, 0);
	running = 0;
}

void drive_free(struct drive *d)
{
	terminal_free(d->t);
	arena_free(&d->arena);
}

struct addr drive_addr(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), 0);
	return a;
}

void drive_event(struct drive *d, struct terminal_event e)
{
	if (d->t == NULL)
		assert_int_equal(terminal_new(&d->t, &d->config), 0);
	if (e.type == TERMINAL_TIMER)
		running &= ~(UINT32_C(1) << e.timer);
	assert_int_equal(terminal_event(d->t, &e), 0);
	for (const struct terminal_action *a = terminal_actions(d->t); a != NULL; a = a->next) {
		if (a->type == TERMINAL_TIMER_START)
			running |= UINT32_C(1) << a->timer;
		if (a->type == TERMINAL_TIMER_STOP)
			running &= ~(UINT32_C(1) << a->timer);
	}
}

void drive_simple(struct drive *d, enum terminal_event_type type)
{
	drive_event(d, (struct terminal_event){ .type = type, .addr = drive_addr("10.0.0.1:1720"),
		.local = drive_addr("10.0.0.2:1720") });
}

static uint8_t timer_of(const char *name)
{
	for (uint8_t i = 0; i < TERMINAL_TIMERS; i++) {
		if (strcmp(terminal_timer_name(i), name) == 0)
			return i;
	}
	fail_msg("no timer %s", name);
	return 0;
}

bool drive_running(struct drive *d, const char *name)
{
	(void)d;
	return (running & UINT32_C(1) << timer_of(name)) != 0;
}

void drive_timer(struct drive *d, const char *name)
{
	assert_true(drive_running(d, name));
	drive_event(d, (struct terminal_event){ .type = TERMINAL_TIMER, .timer = timer_of(name) });
}

const struct terminal_action *drive_find(const struct drive *d, enum terminal_action_type type, int nth)
{
	for (const struct terminal_action *a = terminal_actions(d->t); a != NULL; a = a->next) {
		if (a->type == type && nth-- == 0)
			return a;
	}
	return NULL;
}

bool drive_sent(const struct drive *d, const char *line)
{
	for (const struct terminal_action *a = terminal_actions(d->t); a != NULL; a = a->next) {
		if (a->type == TERMINAL_TRACE && a->sent && strncmp(a->text, line, strlen(line)) == 0)
			return true;
	}
	return false;
}

struct h225_msg *drive_msg(struct drive *d, uint8_t type)
{
	struct h225_msg *m = ARENA_NEW(&d->arena, struct h225_msg);
	static uint8_t id[16];
	assert_int_equal(h225_init(m, type, d->crv, d->caller, 4, &d->arena), 0);
	struct h225_h323_uu_pdu_h323_message_body *body = &m->uu.h323_uu_pdu.h323_message_body;
	if (type == Q931_SETUP)
		body->u.setup->conference_id = slice_of(id, 16);
	if (type == Q931_CONNECT)
		body->u.connect->conference_id = slice_of(id, 16);
	return m;
}

void drive_signal(struct drive *d, const struct h225_msg *m)
{
	uint8_t out[4096];
	struct writer w = wr_of(out, sizeof(out));
	assert_int_equal(h225_encode(m, &w, NULL), 0);
	drive_event(d, (struct terminal_event){ .type = TERMINAL_SIGNAL_MESSAGE, .octets = slice_of(out + 4, w.n - 4) });
}

void drive_h245(struct drive *d, const h245_pdu *m)
{
	uint8_t out[4096];
	struct writer w = wr_of(out, sizeof(out));
	assert_non_null(m);
	assert_int_equal(h245_encode(m, &w, NULL), 0);
	drive_event(d, (struct terminal_event){ .type = TERMINAL_H245_MESSAGE, .octets = wr_slice(&w) });
}

void drive_setup(struct drive *d)
{
	drive_simple(d, TERMINAL_SIGNAL_INCOMING);
	drive_signal(d, drive_msg(d, Q931_SETUP));
}

void drive_dial(struct drive *d)
{
	struct h225_msg m;
	d->caller = true;
	drive_simple(d, TERMINAL_DIAL);
	drive_simple(d, TERMINAL_SIGNAL_CONNECTED);
	const struct pst_slice setup = drive_find(d, TERMINAL_SEND_SIGNAL, 0)->octets;
	assert_int_equal(h225_decode(&m, slice_of(setup.p + 4, setup.n - 4), NULL, &d->arena, NULL), 0);
	d->crv = m.q931.crv;
}

void drive_session(struct drive *d)
{
	const struct h245_caps caps = { .sequence = 9, .n_audio = 2, .audio = { H245_AUDIO_CAPABILITY_G711_ALAW64K,
		H245_AUDIO_CAPABILITY_G711_ULAW64K }, .frames = 30, .user_input = true };
	drive_setup(d);
	drive_simple(d, TERMINAL_ANSWER);
	drive_simple(d, TERMINAL_H245_INCOMING);
	assert_true(drive_sent(d, "TerminalCapabilitySet 1"));
	drive_h245(d, h245_tcs_build(&d->arena, &caps));
	assert_true(drive_sent(d, "TerminalCapabilitySetAck 9"));
	drive_h245(d, h245_tcs_ack_build(&d->arena, 1));
	drive_h245(d, h245_msd_build(&d->arena, 120, 5));
	assert_true(drive_sent(d, "MasterSlaveDeterminationAck master"));
	drive_h245(d, h245_msd_ack_build(&d->arena, false));
	assert_true(drive_sent(d, "OpenLogicalChannel 105 g711Ulaw64k"));
}

struct h245_open_logical_channel *drive_olc(struct drive *d, uint16_t channel, uint32_t codec)
{
	const struct h245_channel ch = { .number = channel, .session = 1, .control = drive_addr("10.0.0.1:7001") };
	return h245_channel_build(&d->arena, &ch, codec, 20);
}

void drive_ack(struct drive *d)
{
	const struct h245_channel ch = { .number = 105, .session = 1, .media = drive_addr("10.0.0.1:7000"),
		.control = drive_addr("10.0.0.1:7001") };
	drive_h245(d, h245_channel_ack_build(&d->arena, &ch));
}
