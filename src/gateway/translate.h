/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Translate: one walk over a decoded message that visits every transport address and every alias that can
 * name one. What belongs to the sender becomes the gateway's, with a pinhole behind it where the field stands
 * for something that is connected to; what belongs to anybody else is taken out. It changes the message in
 * place.
 */
#ifndef PST_GATEWAY_TRANSLATE_H
#define PST_GATEWAY_TRANSLATE_H

#include "gateway/gw.h"

enum { GW_TRANSLATION_ADDRS = 48 };

/* A tunnelled H.245 message: a line of its own in the ladder. */
struct gw_tunnelled {
	struct gw_tunnelled *next;
	const char *text;
	const struct gw_ladder_addr *addrs;
	uint16_t n_addrs;
};

/* A channel that the policy refuses: the gateway rejects it in the called party's place. */
struct gw_reject {
	struct gw_reject *next;
	uint16_t lcn;
	uint32_t cause; /* H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_ */
};

struct gw_translation {
	struct gw_call *call;
	int from; /* the leg the message came in on */
	bool changed;
	uint16_t n_addrs;
	struct gw_ladder_addr addrs[GW_TRANSLATION_ADDRS];
	/* while inside an element that belongs to a channel */
	uint8_t mode; /* internal */
	struct gw_channel *channel;
	struct gw_session *session;	/* communication mode entry */
	struct addr found[RELAY_PARTS]; /* what the answer said */
	struct gw_tunnelled *tunnelled; /* in the gateway's arena, in order */
	struct gw_reject reject;   /* of the H.245 message at hand, for which PST_E_DENIED was returned */
	struct gw_reject *rejects; /* of tunnelled ones, taken out; in the gateway's arena, in order */
	bool fast_accepted; /* at least one proposal of fast connect was accepted in this message */
};

void gw_translation_init(struct gw_translation *t, struct gw_call *call, int from);

/* Both return 0, or an error for which the message must not go on: PST_E_BAD and others of a decoder for what
 * is carried inside, PST_E_LIMIT, PST_E_SPACE (no media ports), PST_E_NOMEM. */
PST_MUST_CHECK int gw_translate_h225(struct gw_translation *t, struct h225_h323_user_information *ui);
/* Follows the channels too: what the message opens is open, and what it closes is closed, when this returns.
 * PST_E_DENIED: it opens a channel that the policy refuses, t->reject; it must not go on, and nothing has changed. */
PST_MUST_CHECK int gw_translate_h245(
	struct gw_translation *t, struct h245_multimedia_system_control_message *m);
/* The OpenLogicalChannelReject for R, in PER, in the gateway's arena. */
PST_MUST_CHECK int gw_reject_encode(struct gw_call *call, const struct gw_reject *r, struct pst_slice *out);
/* The same as a line of the ladder. */
const char *gw_reject_text(struct gw_call *call, const struct gw_reject *r);
/* Text for people (Display, h323-ID, url-ID...), STEP octets a character: any address in S that must not be
 * seen on the other side becomes the gateway's. Returns S itself when there is none, else a copy in the
 * gateway's arena, of at most MAX characters. */
struct pst_slice gw_translate_text(
	struct gw_translation *t, struct pst_slice s, unsigned step, size_t max, const char *what);

#endif
