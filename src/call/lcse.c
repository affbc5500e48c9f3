/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logical channel signalling: four tables, of which the bidirectional ones say only what differs. */
#include "call/lcse.h"

#define RELEASED LCSE_RELEASED
#define OPENING LCSE_AWAITING_ESTABLISHMENT
#define CONFIRMING LCSE_AWAITING_CONFIRMATION
#define OPEN LCSE_ESTABLISHED
#define CLOSING LCSE_AWAITING_RELEASE

static const struct proc_row out_rows[] = {
	{ RELEASED, LCSE_OPEN, OPENING, { PROC_SEND_REQUEST, PROC_START } },
	{ RELEASED, LCSE_OPENED, OPEN, { PROC_NONE } },
	{ RELEASED, LCSE_GOT_ACK, RELEASED, { PROC_ERROR } },
	{ RELEASED, LCSE_GOT_REJECT, RELEASED, { PROC_ERROR } },
	{ RELEASED, LCSE_GOT_CLOSE_ACK, RELEASED, { PROC_ERROR } },
	{ OPENING, LCSE_GOT_ACK, OPEN, { PROC_STOP, PROC_CONFIRM } },
	{ OPENING, LCSE_GOT_REJECT, RELEASED, { PROC_STOP, PROC_RELEASED } },
	{ OPENING, LCSE_CLOSE, CLOSING, { PROC_STOP, PROC_SEND_CLOSE, PROC_START } },
	{ OPENING, LCSE_GOT_CLOSE_ACK, RELEASED, { PROC_STOP, PROC_ERROR, PROC_RELEASED } },
	{ OPENING, LCSE_EXPIRY, RELEASED, { PROC_ERROR, PROC_SEND_CLOSE, PROC_RELEASED } },
	{ OPEN, LCSE_CLOSE, CLOSING, { PROC_SEND_CLOSE, PROC_START } },
	{ OPEN, LCSE_GOT_ACK, OPEN, { PROC_ERROR } },
	{ OPEN, LCSE_GOT_REJECT, RELEASED, { PROC_ERROR, PROC_RELEASED } },
	{ OPEN, LCSE_GOT_CLOSE_ACK, RELEASED, { PROC_ERROR, PROC_RELEASED } },
	{ CLOSING, LCSE_GOT_CLOSE_ACK, RELEASED, { PROC_STOP, PROC_RELEASED } },
	{ CLOSING, LCSE_GOT_REJECT, RELEASED, { PROC_STOP, PROC_RELEASED } },
	{ CLOSING, LCSE_GOT_ACK, CLOSING, { PROC_NONE } }, /* crossed our close */
	{ CLOSING, LCSE_EXPIRY, RELEASED, { PROC_ERROR, PROC_RELEASED } },
	{ CLOSING, LCSE_OPEN, OPENING, { PROC_STOP, PROC_SEND_REQUEST, PROC_START } },
};

static const struct proc_row out_both_rows[] = {
	{ OPENING, LCSE_GOT_ACK, OPEN, { PROC_STOP, PROC_SEND_CONFIRM, PROC_CONFIRM } },
};

static const struct proc_row in_rows[] = {
	{ RELEASED, LCSE_GOT_OPEN, OPENING, { PROC_INDICATE } },
	{ RELEASED, LCSE_OPENED, OPEN, { PROC_NONE } },
	{ RELEASED, LCSE_GOT_CLOSE, RELEASED, { PROC_SEND_CLOSE_ACK } },
	{ OPENING, LCSE_ACCEPT, OPEN, { PROC_SEND_ACK, PROC_CONFIRM } },
	{ OPENING, LCSE_REFUSE, RELEASED, { PROC_SEND_REJECT } },
	{ OPENING, LCSE_GOT_CLOSE, RELEASED, { PROC_SEND_CLOSE_ACK, PROC_RELEASED } },
	{ OPENING, LCSE_GOT_OPEN, OPENING, { PROC_RELEASED, PROC_INDICATE } },
	{ OPEN, LCSE_GOT_CLOSE, RELEASED, { PROC_SEND_CLOSE_ACK, PROC_RELEASED } },
	{ OPEN, LCSE_GOT_OPEN, OPENING, { PROC_RELEASED, PROC_INDICATE } },
	{ OPEN, LCSE_GOT_CONFIRM, OPEN, { PROC_ERROR } },
};

static const struct proc_row in_both_rows[] = {
	{ OPENING, LCSE_ACCEPT, CONFIRMING, { PROC_SEND_ACK, PROC_START } },
	{ CONFIRMING, LCSE_GOT_CONFIRM, OPEN, { PROC_STOP, PROC_CONFIRM } },
	{ CONFIRMING, LCSE_GOT_CLOSE, RELEASED, { PROC_STOP, PROC_SEND_CLOSE_ACK, PROC_RELEASED } },
	{ CONFIRMING, LCSE_GOT_OPEN, OPENING, { PROC_STOP, PROC_RELEASED, PROC_INDICATE } },
	{ CONFIRMING, LCSE_EXPIRY, RELEASED, { PROC_ERROR, PROC_RELEASED } },
};

#define TABLE(name, rows) { name, rows, sizeof(rows) / sizeof((rows)[0]) }

static const struct proc_table out_table = TABLE("LCSE outgoing", out_rows), in_table = TABLE("LCSE incoming", in_rows),
	out_both = TABLE("B-LCSE outgoing", out_both_rows), in_both = TABLE("B-LCSE incoming", in_both_rows);

int lcse_step(struct lcse *l, enum lcse_event event, struct proc_out *out)
{
	if (l->bidirectional) {
		const int err = proc_step(l->outgoing ? &out_both : &in_both, &l->state, (uint8_t)event, out);
		if (err == 0)
			return 0;
	}
	return proc_step(l->outgoing ? &out_table : &in_table, &l->state, (uint8_t)event, out);
}

const char *lcse_state_name(uint8_t state)
{
	static const char *const names[] = { "released", "awaiting establishment", "awaiting confirmation", "established",
		"awaiting release" };
	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}
