/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file transfer machine among peers that send anything, with channels that come and go and time that
 * passes. */
#include <stdlib.h>

#include "conference/mbft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { USER = 1001, PEERS = 3 };

struct owner {
	uint16_t joins[64]; /* asked for, in order */
	unsigned n_joins, convenes, in[64], n_in;
	uint16_t next;
	unsigned open; /* files that began and have not ended */
};

static void carry(struct mbft *m, struct owner *o)
{
	int accept = -1, store = -1, supply = -1;
	for (const struct mbft_action *a = mbft_actions(m); a != NULL; a = a->next) {
		if (a->type == MBFT_JOIN && o->n_joins < 64)
			o->joins[o->n_joins++] = a->channel;
		o->convenes += a->type == MBFT_CONVENE;
		if (a->type == MBFT_OFFERED)
			accept = (int)a->id;
		if (a->type == MBFT_COMPLETE)
			store = (int)a->id;
		if (a->type == MBFT_REQUESTED)
			supply = (int)a->id;
		if (a->type == MBFT_BEGUN && !a->out)
			o->open++;
		if (a->type == MBFT_DATA && o->open == 0)
			abort();
		if (a->type == MBFT_ENDED && !a->out && a->ok)
			o->open--;
	}
	const struct t127_file file = { .name = "f" };
	unsigned id;
	if (accept >= 0)
		mbft_accept(m, (unsigned)accept);
	else if (store >= 0)
		mbft_stored(m, (unsigned)store, store % 2 == 0);
	else if (supply < 0 || mbft_supply(m, (unsigned)supply, &file, &id) != 0)
		return;
	carry(m, o);
}

/* What is not from a peer. */
static void happen(struct mbft *m, struct owner *o, uint8_t what, uint8_t arg, uint64_t *now_ms)
{
	const struct t127_file file = { .name = "x", .has_size = true, .size = 4 };
	static const uint16_t users[PEERS] = { USER + 1, USER + 2, USER + 3 };
	const uint16_t channel = o->n_joins > 0 ? o->joins[0] : 0;
	unsigned id = 0;
	int err = 0;
	switch (what) {
	case 0:
		if (o->n_joins == 0)
			return;
		o->n_joins--;
		memmove(o->joins, o->joins + 1, o->n_joins * sizeof o->joins[0]);
		mbft_joined(m, channel, channel != 0 ? channel : o->next++, (arg & 1) != 0);
		break;
	case 1: err = mbft_offer(m, &file, arg < PEERS && arg > 0 ? users[arg] : 0, &id); break;
	case 2:
		for (id = 0; id < MBFT_OUT_MAX && !mbft_wants(m, id); id++)
			continue;
		mbft_data(m, id, slice_str("1234"), (arg & 1) != 0);
		break;
	case 3: mbft_abort(m, arg, "fuzz"); break;
	case 4:
		if (o->convenes == 0)
			return;
		o->convenes--;
		mbft_convened(m, o->next++, (arg & 1) != 0);
		break;
	case 5:
		*now_ms += (uint64_t)arg * 1000;
		mbft_time(m, *now_ms);
		break;
	case 6: mbft_peers(m, users, arg % (PEERS + 1)); break;
	case 7: mbft_lost(m, (uint16_t)(1000 + arg)); break;
	case 8: err = mbft_get(m, "f", &id); break;
	case 9: err = mbft_list(m, USER + 1); break;
	case 10: mbft_conducted(m, arg); break;
	default:
		mbft_stop(m);
		mbft_start(m, USER, T127_CHANNEL_CONTROL, *now_ms);
		break;
	}
	(void)err;
	carry(m, o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t users[PEERS] = { USER + 1, USER + 2, USER + 3 };
	struct owner o = { .next = 2000 };
	struct mbft *m;
	uint64_t now_ms = 1;
	if (mbft_new(&m, NULL) != 0)
		return 0;
	mbft_start(m, USER, T127_CHANNEL_CONTROL, now_ms);
	mbft_peers(m, users, PEERS);
	/* a record: who (high half; 15: nobody), on which channel or what happens; then a length or argument
	 */
	for (size_t at = 0; at + 2 <= size;) {
		const uint8_t who = data[at] >> 4, what = data[at] & 15, arg = data[at + 1];
		at += 2;
		if (who == 15) {
			happen(m, &o, what, arg, &now_ms);
			continue;
		}
		const size_t n = size - at < arg ? size - at : arg;
		mbft_received(m, (uint16_t)(USER + who),
			what == 0   ? T127_CHANNEL_CONTROL
			: what == 1 ? USER
				    : 1010,
			slice_of(data + at, n));
		carry(m, &o);
		at += n;
	}
	mbft_stop(m);
	mbft_free(m);
	return 0;
}
