/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts received RTP packets back in order for a recording. Nobody waits for
 * the sound, so there is no playing clock: a packet that is next goes through
 * at once; one that comes too early waits until those before it have come, or
 * until so many wait that they must be lost. Time that is missing is told to
 * the receiver as samples of silence. Pure.
 */
#ifndef PST_ENDPOINT_JITTER_H
#define PST_ENDPOINT_JITTER_H

#include "base/slice.h"

enum {
	JITTER_SLOTS = 8, /* packets that wait at most: 160 ms of 20 ms packets */
	JITTER_PAYLOAD_MAX = 1500,
	JITTER_GAP_MAX = 16000, /* samples of silence put in one gap at most; more is a new start */
	JITTER_SEQ_JUMP = 3000, /* a jump in sequence numbers beyond this is a new start (RFC 3550 A.1) */
};

/* SILENCE: samples missing before this packet. PAYLOAD is borrowed. */
typedef void jitter_out_h(void *arg, uint32_t silence, uint8_t payload_type, struct pst_slice payload);

struct jitter_packet {
	bool used;
	uint8_t payload_type;
	uint16_t seq;
	uint16_t len;
	uint32_t timestamp;
	uint8_t payload[JITTER_PAYLOAD_MAX];
};

struct jitter {
	jitter_out_h *out;
	void *arg;
	bool started;
	uint16_t next_seq;
	uint32_t next_timestamp;
	uint32_t ssrc;
	uint64_t late;      /* came after its place was given up, or twice */
	uint64_t reordered; /* came early and waited */
	uint64_t skipped;   /* places given up */
	unsigned waiting;
	struct jitter_packet slots[JITTER_SLOTS];
};

void jitter_init(struct jitter *j, jitter_out_h *out, void *arg);
/* Takes a packet of one octet per sample, as G.711 has (RFC 3551 4.5.14). A payload longer
 * than JITTER_PAYLOAD_MAX is cut. Another SSRC starts anew. */
void jitter_push(struct jitter *j, uint32_t ssrc, uint16_t seq, uint32_t timestamp, uint8_t payload_type,
        struct pst_slice payload);
/* Hands out all that waits: the stream has ended. */
void jitter_flush(struct jitter *j);

#endif
