/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The engine of the H.245 procedures: a table of (state, event) -> (next state,
 * acts). What is not in the table is refused and changes nothing. The words for
 * acts are shared by all procedures, so that whoever drives them needs one
 * switch only.
 */
#ifndef PST_CALL_PROC_H
#define PST_CALL_PROC_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum proc_act {
	PROC_NONE,
	/* messages */
	PROC_SEND_REQUEST,
	PROC_SEND_ACK,
	PROC_SEND_REJECT,
	PROC_SEND_RELEASE,
	PROC_SEND_CONFIRM,
	PROC_SEND_CLOSE,
	PROC_SEND_CLOSE_ACK,
	/* the procedure's timer */
	PROC_START,
	PROC_STOP,
	/* to whoever uses the procedure */
	PROC_CONFIRM,  /* done, as asked for */
	PROC_INDICATE, /* the peer asks: respond or reject */
	PROC_FAIL,     /* refused by the peer, or no answer */
	PROC_RELEASED, /* the channel is gone */
	PROC_ERROR,    /* the peer did what it must not; for the log */
};

enum { PROC_ACTS = 5 };

struct proc_row {
	uint8_t state, event, next;
	uint8_t act[PROC_ACTS]; /* enum proc_act, in order; PROC_NONE ends */
};

struct proc_table {
	const char *name;
	const struct proc_row *rows;
	size_t n;
};

struct proc_out {
	uint8_t n;
	uint8_t act[PROC_ACTS];
};

/* Takes EVENT in *STATE. PST_E_STATE: not in the table, nothing changed, no acts. */
PST_MUST_CHECK int proc_step(const struct proc_table *t, uint8_t *state, uint8_t event, struct proc_out *out);

#endif
