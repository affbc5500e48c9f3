/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chat lines: the octets of T.124 texts the other way round, behind a head of eight. */
#include "conference/chat.h"

#include "t124/text.h"

enum { HEAD = 8, PIECE = 96 };

/* The octets of the UTF-8 character at P; 0 at the end. */
static size_t char_len(const char *p)
{
	const uint8_t c = (uint8_t)*p;
	const size_t n = c == 0 ? 0 : c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	for (size_t i = 1; i < n; i++)
		if (p[i] == '\0')
			return i; /* t124_text_write() will not have it */
	return n;
}

int chat_encode(const char *text, struct writer *w)
{
	static const uint8_t head[HEAD] = { HEAD };
	struct arena a;
	int err = 0;
	if (strlen(text) > CHAT_TEXT_MAX)
		return PST_E_RANGE;
	arena_init(&a, 0);
	wr_bytes(w, slice_of(head, HEAD));
	for (size_t n; err == 0 && (n = char_len(text)) > 0; text += n) {
		char one[8] = { 0 };
		struct pst_slice units = { 0 };
		memcpy(one, text, n);
		err = t124_text_write(&units, one, &a);
		for (size_t i = 0; err == 0 && i < units.n; i += 2) {
			wr_u8(w, units.p[i + 1]);
			wr_u8(w, units.p[i]);
		}
		arena_reset(&a);
	}
	arena_free(&a);
	if (err != 0)
		return err;
	wr_u8(w, 0);
	wr_u8(w, 0);
	return wr_done(w);
}

int chat_decode(struct pst_slice pdu, char *buf, size_t cap)
{
	if (pdu.n < HEAD || pdu.p[0] != HEAD || cap == 0)
		return PST_E_BAD;
	size_t n = 0, at = HEAD;
	buf[0] = '\0';
	while (at + 1 < pdu.n && (pdu.p[at] | pdu.p[at + 1]) != 0) {
		uint8_t swapped[PIECE];
		char utf8[PIECE * 2 + 1];
		size_t k = 0;
		for (; k < PIECE && at + 1 < pdu.n && (pdu.p[at] | pdu.p[at + 1]) != 0; k += 2, at += 2) {
			const bool high = (pdu.p[at + 1] & 0xfc) == 0xd8;
			if (high && k + 4 > PIECE)
				break; /* a pair stays together */
			swapped[k] = pdu.p[at + 1];
			swapped[k + 1] = pdu.p[at];
		}
		const size_t len = strlen(t124_text_read(slice_of(swapped, k), utf8, sizeof utf8));
		if (n + len >= cap)
			break;
		memcpy(buf + n, utf8, len + 1);
		n += len;
	}
	return 0;
}
