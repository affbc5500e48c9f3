/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A telephone line: one call of the endpoint, from its first connection to its
 * report. It carries out on sockets what the terminal machine (call/terminal.h)
 * asks for, and tells it what happens there.
 */
#ifndef PST_ENDPOINT_LINE_H
#define PST_ENDPOINT_LINE_H

#include "endpoint/options.h"
#include "endpoint/report.h"

#include <uv.h>

struct line; /* opaque; frees itself: see gone */

struct line_hooks {
	/* Somebody calls L: true: what becomes of it is said by line_admitted(). May be NULL. */
	bool (*admit)(void *arg, struct line *l, const struct report *r);
	/* Somebody calls. Returns the number this call is to have: answer; 0: we are busy. */
	uint32_t (*incoming)(void *arg, const struct report *r);
	/* The peer's telephone rings; the call was answered. May be NULL. */
	void (*ringing)(void *arg, const struct report *r);
	void (*connected)(void *arg, const struct report *r);
	/* The call is over. */
	void (*ended)(void *arg, const struct report *r);
	/* L is no more: the last that is heard of it. */
	void (*gone)(void *arg, struct line *l);
	/* A channel for T.120: the peer accepts connections AT, where we CONNECT, or from where it comes; AT
	 * NULL: there is none any more. May be NULL. */
	void (*data)(void *arg, const struct addr *at, bool connect);
	/* Whether the call is not to be hung up yet, though its time is over. May be NULL. */
	bool (*busy)(void *arg);
	void *arg;
};

/* Of a call that a gatekeeper has admitted. */
struct line_ids {
	uint8_t call_id[16], conference_id[16];
	uint16_t crv;
	bool traversal; /* it helps through NATs */
};

/* Calls: the TCP connection goes to CONNECT_TO, the messages name DEST. IDS: NULL, the line has its own. O and what it points to must outlive
 * the line. HOOKS is copied. PST_E_SPACE: no RTP ports; PST_E_SYS; PST_E_NOT_FOUND: a sound file cannot be
 * used (said on standard error); PST_E_NOMEM. */
PST_MUST_CHECK int line_dial(struct line **out, uv_loop_t *loop, const struct options *o,
        const struct addr *connect_to, const struct addr *dest, const struct line_ids *ids,
        const struct line_hooks *hooks);
/* Takes over FD, an accepted call signalling connection. Errors as above, FD is closed then. */
PST_MUST_CHECK int line_accept(
        struct line **out, uv_loop_t *loop, const struct options *o, int fd, const struct line_hooks *hooks);
/* Connects to TO, where a call CALL_ID waits for us (H.460.18), to be answered. Errors as above. */
PST_MUST_CHECK int line_summon(struct line **out, uv_loop_t *loop, const struct options *o, const struct addr *to,
        const uint8_t call_id[static 16], const struct line_hooks *hooks);
/* The gatekeeper's word on a call in: WHY NULL: it may be answered; else a literal, and it is not. */
void line_admitted(struct line *l, const char *why);
/* What is known of the call. */
void line_info(const struct line *l, struct terminal_info *out);
/* Ends the call properly; `ended` and `gone` follow. */
void line_hangup(struct line *l);

#endif
