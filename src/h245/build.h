/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages of the H.245 procedures that an H.323 endpoint uses, built in an
 * arena. Every builder returns NULL when that is exhausted.
 */
#ifndef PST_H245_BUILD_H
#define PST_H245_BUILD_H

#include "h245/msg.h"

/* Wrap a body: CHOICE is an H245_REQUEST_MESSAGE_ (RESPONSE_, COMMAND_, INDICATION_) constant, BODY the pointer that
 * goes with it (NULL passes the failure of an allocation on). */
h245_pdu *h245_request(struct arena *a, uint32_t choice, void *body);
h245_pdu *h245_response(struct arena *a, uint32_t choice, void *body);
h245_pdu *h245_command(struct arena *a, uint32_t choice, void *body);
h245_pdu *h245_indication(struct arena *a, uint32_t choice, void *body);

/* 8.2 master-slave determination. PEER_IS_MASTER: the decision as the receiver of the ack reads it. */
h245_pdu *h245_msd_build(struct arena *a, uint8_t terminal_type, uint32_t number);
h245_pdu *h245_msd_ack_build(struct arena *a, bool peer_is_master);
h245_pdu *h245_msd_reject_build(struct arena *a);
h245_pdu *h245_msd_release_build(struct arena *a);

/* 8.3 capability exchange */
struct h245_caps {
	uint8_t sequence;
	uint8_t n_audio;
	uint32_t audio[8]; /* H245_AUDIO_CAPABILITY_ constants of the kinds that are a number of frames */
	uint32_t frames;   /* most frames per packet we receive */
	bool user_input;   /* basicString and dtmf */
	bool t120;         /* T.120 on a stack of its own */
	bool empty;        /* no capabilities at all: "pause" (H.323 8.4.6) */
};
h245_pdu *h245_tcs_build(struct arena *a, const struct h245_caps *caps);
h245_pdu *h245_tcs_ack_build(struct arena *a, uint8_t sequence);
/* CAUSE: H245_TERMINAL_CAPABILITY_SET_REJECT_CAUSE_ without a value. */
h245_pdu *h245_tcs_reject_build(struct arena *a, uint8_t sequence, uint32_t cause);
h245_pdu *h245_tcs_release_build(struct arena *a);

/* 8.4, 8.5 logical channels; CAUSE: H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_. See channel.h for opening and ack. */
h245_pdu *h245_olc_build(struct arena *a, struct h245_open_logical_channel *olc);
h245_pdu *h245_olc_reject_build(struct arena *a, uint16_t channel, uint32_t cause);
h245_pdu *h245_olc_confirm_build(struct arena *a, uint16_t channel);
/* BY_USER: source user, else lcse. */
h245_pdu *h245_clc_build(struct arena *a, uint16_t channel, bool by_user);
h245_pdu *h245_clc_ack_build(struct arena *a, uint16_t channel);

/* 8.6 close logical channel */
h245_pdu *h245_rcc_build(struct arena *a, uint16_t channel);
h245_pdu *h245_rcc_ack_build(struct arena *a, uint16_t channel);
h245_pdu *h245_rcc_reject_build(struct arena *a, uint16_t channel);
h245_pdu *h245_rcc_release_build(struct arena *a, uint16_t channel);

/* 8.10 round trip delay */
h245_pdu *h245_rtd_build(struct arena *a, uint8_t sequence);
h245_pdu *h245_rtd_response_build(struct arena *a, uint8_t sequence);

/* 8.12: user input. TONE is one of 0-9 * # A-D ! ; DURATION_MS 0: not said. */
h245_pdu *h245_user_signal_build(struct arena *a, char tone, uint16_t duration_ms);
h245_pdu *h245_user_text_build(struct arena *a, struct pst_slice text);
/* endSessionCommand disconnect */
h245_pdu *h245_end_session_build(struct arena *a);
/* The answer of an endpoint that does not do what was asked: requestModeReject to a requestMode, to other requests and
 * commands functionNotUnderstood with the message in it. NULL as well for responses and indications, which are not
 * answered. */
h245_pdu *h245_refusal_build(struct arena *a, const h245_pdu *m);

#endif
