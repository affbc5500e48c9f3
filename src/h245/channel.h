/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What H.323 puts into and reads from OpenLogicalChannel and its ack for media
 * over RTP: forward for who opens, reverse for what fast connect proposes to
 * receive.
 */
#ifndef PST_H245_CHANNEL_H
#define PST_H245_CHANNEL_H

#include "base/addr.h"
#include "h245/msg.h"

/* A channel for RTP, as said by OpenLogicalChannel or its ack. Family 0 in an address: not said. */
struct h245_channel {
	uint16_t number;   /* forwardLogicalChannelNumber: who opens, counts */
	uint16_t reverse_number; /* ack of a bidirectional channel; 0: none */
	bool reverse;      /* the parameters stand in the reverse part: fast connect, "you send, I receive" */
	bool bidirectional; /* data in both parts */
	uint32_t data_type; /* H245_DATA_TYPE_; of the part that has data */
	const struct h245_audio_capability *audio; /* with audioData */
	const struct h245_data_application_capability *data; /* with data */
	bool has_h2250;
	uint8_t session;   /* 0: not said, or "ask the master" */
	struct addr media, control; /* mediaChannel, mediaControlChannel */
	bool has_payload_type;
	uint8_t payload_type;
};

/* Reads an OpenLogicalChannel, of H.245 or of fast connect. Addresses of kinds we cannot use are "not said". */
void h245_channel_read(struct h245_channel *out, const struct h245_open_logical_channel *olc);
/* The same for an ack. */
void h245_channel_ack_read(struct h245_channel *out, const struct h245_open_logical_channel_ack *ack);

/* An OpenLogicalChannel for audio of CODEC (H245_AUDIO_CAPABILITY_, of the kinds that are a number of frames) with
 * number, reverse, session, media and control of CH. NULL when A is exhausted. */
struct h245_open_logical_channel *h245_channel_build(struct arena *a, const struct h245_channel *ch, uint32_t codec,
	uint32_t frames);
/* Its ack: number, session, media and control. */
h245_pdu *h245_channel_ack_build(struct arena *a, const struct h245_channel *ch);

#endif
