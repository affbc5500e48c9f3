/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Logical channel signalling (H.245 8.4 unidirectional, 8.5 bidirectional; C.4
 * and C.5 in later editions): one of these for each channel we open and each
 * that the peer opens. Timer T103.
 */
#ifndef PST_CALL_LCSE_H
#define PST_CALL_LCSE_H

#include "call/proc.h"

#include <stdbool.h>

enum lcse_state {
	LCSE_RELEASED,
	LCSE_AWAITING_ESTABLISHMENT,
	LCSE_AWAITING_CONFIRMATION, /* bidirectional, incoming */
	LCSE_ESTABLISHED,
	LCSE_AWAITING_RELEASE,      /* outgoing */
};

enum lcse_event {
	/* ours */
	LCSE_OPEN,    /* outgoing: -> SEND_REQUEST, START */
	LCSE_ACCEPT,  /* incoming: -> SEND_ACK */
	LCSE_REFUSE,  /* incoming: -> SEND_REJECT */
	LCSE_CLOSE,   /* outgoing: -> SEND_CLOSE, START */
	LCSE_OPENED,  /* fast connect opened it, no message is exchanged (H.323 8.1.7) */
	/* the peer's messages */
	LCSE_GOT_OPEN,
	LCSE_GOT_ACK,
	LCSE_GOT_REJECT,
	LCSE_GOT_CONFIRM,
	LCSE_GOT_CLOSE,
	LCSE_GOT_CLOSE_ACK,
	LCSE_EXPIRY,
};

struct lcse {
	uint8_t state;
	bool outgoing;      /* we open it */
	bool bidirectional;
	uint16_t channel;   /* forwardLogicalChannelNumber */
};

/* 0 and acts, or PST_E_STATE: ignore. PROC_CONFIRM: open. PROC_INDICATE: the peer opens, accept or refuse.
 * PROC_RELEASED: it is closed, or will never open. PROC_SEND_CONFIRM is openLogicalChannelConfirm. */
PST_MUST_CHECK int lcse_step(struct lcse *l, enum lcse_event event, struct proc_out *out);
const char *lcse_state_name(uint8_t state);

#endif
