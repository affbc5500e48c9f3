/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reordering of RTP packets for a recording. */
#include "endpoint/jitter.h"

void jitter_init(struct jitter *j, jitter_out_h *out, void *arg)
{
	memset(j, 0, sizeof(*j));
	j->out = out;
	j->arg = arg;
}

static void hand_out(struct jitter *j, uint16_t seq, uint32_t timestamp, uint8_t pt, struct pst_slice payload)
{
	uint32_t gap = timestamp - j->next_timestamp;

	j->skipped += (uint16_t)(seq - j->next_seq);
	j->out(j->arg, gap <= JITTER_GAP_MAX ? gap : 0, pt, payload);
	j->next_seq = (uint16_t)(seq + 1);
	j->next_timestamp = timestamp + (uint32_t)payload.n;
}

static struct jitter_packet *earliest(struct jitter *j)
{
	struct jitter_packet *best = NULL;

	for (unsigned i = 0; i < JITTER_SLOTS; i++) {
		struct jitter_packet *p = &j->slots[i];

		if (p->used &&
		        (!best || (uint16_t)(p->seq - j->next_seq) < (uint16_t)(best->seq - j->next_seq)))
			best = p;
	}
	return best;
}

/* Hands out what waits: up to the first gap, or ALL of it. */
static void drain(struct jitter *j, bool all)
{
	struct jitter_packet *p;

	while ((p = earliest(j)) && (all || p->seq == j->next_seq)) {
		p->used = false;
		j->waiting--;
		hand_out(j, p->seq, p->timestamp, p->payload_type, slice_of(p->payload, p->len));
	}
}

static bool waits_already(const struct jitter *j, uint16_t seq)
{
	for (unsigned i = 0; i < JITTER_SLOTS; i++)
		if (j->slots[i].used && j->slots[i].seq == seq)
			return true;
	return false;
}

static void hold(struct jitter *j, uint16_t seq, uint32_t timestamp, uint8_t pt, struct pst_slice payload)
{
	unsigned i = 0;

	while (j->slots[i].used)
		i++;
	j->slots[i].used = true;
	j->slots[i].payload_type = pt;
	j->slots[i].seq = seq;
	j->slots[i].len = (uint16_t)payload.n;
	j->slots[i].timestamp = timestamp;
	if (payload.n)
		memcpy(j->slots[i].payload, payload.p, payload.n);
	j->waiting++;
	j->reordered++;
}

/* Moves on to the earliest packet there is: one that waits, or SEQ, which is AHEAD of the place given up. */
static void give_up(struct jitter *j, uint16_t seq, uint16_t ahead)
{
	struct jitter_packet *p = earliest(j);
	uint16_t first = p && (uint16_t)(p->seq - j->next_seq) < ahead ? p->seq : seq;

	j->skipped += (uint16_t)(first - j->next_seq);
	j->next_seq = first;
	if (first != seq)
		drain(j, false);
}

static void start(struct jitter *j, uint32_t ssrc, uint16_t seq, uint32_t timestamp)
{
	drain(j, true);
	j->started = true;
	j->ssrc = ssrc;
	j->next_seq = seq;
	j->next_timestamp = timestamp;
}

void jitter_push(struct jitter *j, uint32_t ssrc, uint16_t seq, uint32_t timestamp, uint8_t payload_type,
        struct pst_slice payload)
{
	uint16_t ahead = (uint16_t)(seq - j->next_seq), behind = (uint16_t)(j->next_seq - seq);

	if (payload.n > JITTER_PAYLOAD_MAX)
		payload.n = JITTER_PAYLOAD_MAX;
	if (!j->started || ssrc != j->ssrc || (ahead > JITTER_SEQ_JUMP && behind > JITTER_SEQ_JUMP)) {
		start(j, ssrc, seq, timestamp);
		ahead = 0;
	} else if (ahead > JITTER_SEQ_JUMP || waits_already(j, seq)) {
		j->late++;
		return;
	}
	if (ahead && j->waiting == JITTER_SLOTS) /* what is missing before the earliest of all is lost */
		give_up(j, seq, ahead);
	if (seq == j->next_seq) {
		hand_out(j, seq, timestamp, payload_type, payload);
		drain(j, false);
	} else {
		hold(j, seq, timestamp, payload_type, payload);
	}
}

void jitter_flush(struct jitter *j)
{
	drain(j, true);
}
