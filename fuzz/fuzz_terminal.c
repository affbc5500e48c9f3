/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The terminal: octets as events. The first octet configures; then records of
 * type (1), length (2), and as many octets: a message, or what the event needs.
 * Whatever comes, media and timers balance, and nothing follows the end.
 */
#include "call/terminal.h"

#include <stdlib.h>

#include "base/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct watch {
	bool tx, rx, data, ended;
	uint32_t timers;
};

static void check(struct watch *w, const struct terminal_action *a)
{
	if (w->ended)
		abort();
	switch (a->type) {
	case TERMINAL_TX_START:
		if (w->tx || a->media.codec >= TERMINAL_CODECS)
			abort();
		w->tx = true;
		break;
	case TERMINAL_RX_START:
		if (w->rx || a->media.codec >= TERMINAL_CODECS)
			abort();
		w->rx = true;
		break;
	case TERMINAL_DATA_START:
		if (w->data || a->addr.family == ADDR_NONE || a->addr.port == 0)
			abort();
		w->data = true;
		break;
	case TERMINAL_DATA_STOP: w->data = false; break;
	case TERMINAL_TX_STOP: w->tx = false; break;
	case TERMINAL_RX_STOP: w->rx = false; break;
	case TERMINAL_TIMER_START:
		if (a->timer >= TERMINAL_TIMERS || a->ms == 0)
			abort();
		w->timers |= UINT32_C(1) << a->timer;
		break;
	case TERMINAL_TIMER_STOP: w->timers &= ~(UINT32_C(1) << a->timer); break;
	case TERMINAL_SEND_SIGNAL:
	case TERMINAL_SEND_H245:
		if (a->octets.n < 5 || (size_t)(a->octets.p[2] << 8 | a->octets.p[3]) != a->octets.n)
			abort();
		break;
	case TERMINAL_ENDED:
		if (a->next != NULL || w->tx || w->rx || w->data || w->timers != 0 || a->text == NULL)
			abort();
		w->ended = true;
		break;
	default: break;
	}
}

static void one(struct terminal *t, struct watch *w, uint8_t type, struct pst_slice octets)
{
	static const uint8_t ip[4] = { 192, 0, 2, 1 };
	static const char *const texts[] = { "12#", "hello", "A", "" };
	const uint8_t first = octets.n > 0 ? octets.p[0] : 0;
	/* A copy of its own size, so that a sanitizer sees what is read beyond. */
	uint8_t *copy = malloc(octets.n > 0 ? octets.n : 1);
	if (copy == NULL)
		abort();
	if (octets.n > 0)
		memcpy(copy, octets.p, octets.n);
	const struct terminal_event e = { .type = (enum terminal_event_type)(type % TERMINAL_EVENTS),
		.addr = addr_ip4(ip, 1720), .local = addr_ip4(ip, 1024), .octets = slice_of(copy, octets.n),
		.text = texts[first & 3], .cause = first, .timer = first % TERMINAL_TIMERS };
	if (e.type == TERMINAL_TIMER)
		w->timers &= ~(UINT32_C(1) << e.timer);
	if (terminal_event(t, &e) != 0)
		abort();
	for (const struct terminal_action *a = terminal_actions(t); a != NULL; a = a->next)
		check(w, a);
	free(copy);
	if (w->ended != terminal_ended(t))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const aliases[] = { "alice", "100" };
	static const uint8_t any[4] = { 0 };
	struct reader r = rd_of(slice_of(data, size));
	struct watch w = { 0 };
	struct terminal *t;
	uint8_t flags, type;
	uint16_t len;
	struct pst_slice octets;
	if (rd_u8(&r, &flags) != 0)
		return 0;
	const struct terminal_config config = { .aliases = aliases, .n_aliases = 2, .fast_start = flags & 1,
		.tunnelling = (flags & 2) != 0, .early_h245 = (flags & 4) != 0, .manual_alerting = (flags & 8) != 0,
		.proceeding = (flags & 16) != 0, .give_way = (flags & 32) != 0, .trace = (flags & 64) != 0,
		.codecs = { TERMINAL_G711U, TERMINAL_G711A }, .n_codecs = 2, .h225_version = flags & 128 ? 2 : 4,
		.data = (flags & 48) == 48, .t120 = addr_ip4(any, 1503),
		.h245 = addr_ip4(any, 3000), .rtp = addr_ip4(any, 5000), .rtcp = addr_ip4(any, 5001), .seed = { 1, 0 },
		.arena_bytes = 1 << 18 };
	if (terminal_new(&t, &config) != 0)
		abort();
	while (rd_u8(&r, &type) == 0 && rd_u16(&r, &len) == 0) {
		if (rd_take(&r, len < rd_left(&r) ? len : rd_left(&r), &octets) != 0)
			abort();
		one(t, &w, type, octets);
	}
	terminal_free(t);
	return 0;
}
