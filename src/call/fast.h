/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fast connect (H.323 8.1.7): the caller proposes channels in Setup, the callee
 * returns those it takes in one message up to Connect, or refuses: explicitly,
 * by silence up to Connect, or by beginning H.245. Pure bookkeeping and the
 * octets; which message carries them is the owner's business.
 */
#ifndef PST_CALL_FAST_H
#define PST_CALL_FAST_H

#include "h225/body.h"
#include "h245/channel.h"

enum fast_state { FAST_NONE, FAST_PROPOSED, FAST_ACCEPTED, FAST_REFUSED };
enum { FAST_PROPOSALS_MAX = 32, FAST_CODECS_MAX = 8 };

/* What an end does: which codecs (H245_AUDIO_CAPABILITY_ of the kinds that are frames), and where it receives. */
struct fast_local {
	uint32_t codec[FAST_CODECS_MAX];
	uint8_t n_codecs;
	uint32_t frames;
	struct addr rtp, rtcp;
	uint16_t first_channel; /* numbers of the channels we open count from here */
};

/* One direction of what was agreed. */
struct fast_channel {
	bool open;
	uint32_t codec, frames;
	uint8_t session;
	uint16_t channel;       /* forwardLogicalChannelNumber of the side that transmits */
	struct addr rtp, rtcp;  /* the peer's; rtp is where we send. Family 0: not said */
	uint8_t payload_type;
	bool has_payload_type;
};

struct fast_result {
	struct fast_channel tx, rx;
};

/* The caller's proposals, two for each codec; octets in A. *N at most FAST_PROPOSALS_MAX. PST_E_NOMEM. */
PST_MUST_CHECK int fast_propose(const struct fast_local *local, struct arena *a, uint32_t *n, struct pst_slice **octets);
/* The callee's choice among proposals: at most one channel each way, the same codec both ways where it can be, the
 * caller's order deciding. Proposals that do not decode or that we cannot do are passed over. REPLY gets the octets
 * to return. PST_E_UNSUPPORTED: nothing fits, refuse. PST_E_NOMEM. */
PST_MUST_CHECK int fast_choose(const struct fast_local *local, const struct pst_slice *proposals, uint32_t n,
	struct arena *a, struct fast_result *out, uint32_t *n_reply, struct pst_slice **reply);
/* What the callee's reply to our proposals opens. PST_E_BAD: a channel that we did not propose, or one without an
 * address to send to. */
PST_MUST_CHECK int fast_apply(const struct fast_local *local, const struct pst_slice *reply, uint32_t n, struct arena *a,
	struct fast_result *out);

/* Whether a message of the callee decides, while the state is FAST_PROPOSED: FAST_ACCEPTED (look at its fastStart),
 * FAST_REFUSED, or FAST_PROPOSED (not yet). */
enum fast_state fast_verdict(const struct h225_msg *m);

#endif
