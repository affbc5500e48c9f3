/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A whiteboard and what a session may tell it: each event is an octet that says which, and its data. The
 * board stays within its limits, its SVG is written, and the board made of its PDUs gives the same SVG.
 */
#include <stdlib.h>

#include "conference/whiteboard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OWN = 1001, OTHER = 1002, OCTETS = 1 << 18 };

static void sum(void *arg, const char *text, size_t n)
{
	uint64_t *s = arg;
	for (size_t i = 0; i < n; i++) {
		const uint8_t c = (uint8_t)text[i];
		if ((c < 0x20 && c != '\n') || c >= 0x7f)
			abort();
		*s = *s * 1099511628211u + c;
	}
}

static int copy(void *arg, const t126_pdu *m)
{
	static uint8_t room[T126_PDU_MAX];
	struct writer w = wr_of(room, sizeof room);
	if (t126_encode(m, &w, NULL) != 0)
		return 0;
	const int err = board_apply(arg, m, OWN, BOARD_REFRESH);
	return err == PST_E_NOMEM ? err : 0;
}

static void look(const struct whiteboard *w)
{
	const struct board *b = whiteboard_board(w);
	struct board again;
	uint64_t one = 0, two = 0;
	if (b->octets > OCTETS || b->n_objects > 200 || b->n_pages > 4)
		abort();
	board_svg(b, sum, &one);
	board_init(&again, &(struct board_limits){ 8, 400, OCTETS * 8 });
	if (board_write(b, copy, &again) != 0)
		abort();
	board_svg(&again, sum, &two);
	if (one != two)
		abort();
	board_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct whiteboard_config config = { .limits = { 4, 200, OCTETS }, .kept_octets = 4096 };
	static const uint16_t users[] = { OTHER, OTHER + 1 };
	struct whiteboard *w;
	if (size > 1 << 14 || whiteboard_new(&w, &config) != 0)
		return 0;
	whiteboard_ready(w, OWN);
	whiteboard_users(w, users, 0);
	while (size >= 2) {
		const uint8_t what = data[0];
		size_t n = data[1];
		data += 2;
		size -= 2;
		n = n > size ? size : n;
		switch (what & 15) {
		case 0: whiteboard_token(w, n % 2 != 0); break;
		case 1: whiteboard_users(w, users, n % 3); break;
		case 2: whiteboard_handles(w, (uint32_t)n << 24, 3); break;
		case 3: whiteboard_timeout(w, n % WHITEBOARD_TIMERS); break;
		case 4: whiteboard_received(w, OTHER, OWN, slice_of(data, n)); break;
		case 5: whiteboard_received(w, OWN, 1, slice_of(data, n)); break;
		case 6:
			whiteboard_left(w);
			whiteboard_ready(w, OWN);
			break;
		default: whiteboard_received(w, OTHER, 1, slice_of(data, n)); break;
		}
		data += n;
		size -= n;
	}
	look(w);
	whiteboard_free(w);
	return 0;
}
