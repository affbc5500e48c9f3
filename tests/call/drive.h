/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One terminal and a peer played by the test: events by hand, actions looked up
 * by what they say. Failures are cmocka's.
 */
#ifndef TESTS_CALL_DRIVE_H
#define TESTS_CALL_DRIVE_H

#include "call/terminal.h"
#include "h225/msg.h"
#include "h245/msg.h"

struct drive {
	struct terminal_config config;
	struct terminal *t;
	struct arena arena; /* of what the test builds */
	uint16_t crv;
	bool caller;        /* the terminal called */
};

/* A configuration with both codecs, alias "bob", addresses 10.0.0.2:3000, :5000, :5001. */
void drive_init(struct drive *d);
void drive_free(struct drive *d);
struct addr drive_addr(const char *text);
void drive_event(struct drive *d, struct terminal_event e);
void drive_simple(struct drive *d, enum terminal_event_type type);
void drive_timer(struct drive *d, const char *name); /* must be running */
bool drive_running(struct drive *d, const char *name);

/* The nth action of a type of the last event, or NULL. */
const struct terminal_action *drive_find(const struct drive *d, enum terminal_action_type type, int nth);
/* The last event sent a message whose line begins so. */
bool drive_sent(const struct drive *d, const char *line);

/* A peer's message of this type with its body, to be changed and given. */
struct h225_msg *drive_msg(struct drive *d, uint8_t type);
void drive_signal(struct drive *d, const struct h225_msg *m);
void drive_h245(struct drive *d, const h245_pdu *m);

/* The terminal is called and rings. */
void drive_setup(struct drive *d);
/* The terminal called and has sent its Setup. */
void drive_dial(struct drive *d);
/* As drive_setup(), answered, H.245 connected, capabilities exchanged, the terminal slave; its OpenLogicalChannel 105 is
 * the last it sent. */
void drive_session(struct drive *d);
/* The peer's OpenLogicalChannel for audio. */
struct h245_open_logical_channel *drive_olc(struct drive *d, uint16_t channel, uint32_t codec);
/* The peer's ack of 105. */
void drive_ack(struct drive *d);

#endif
