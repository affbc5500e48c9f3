/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/writer.h"

void wr_bytes(struct writer *w, struct pst_slice s)
{
	if (w->full || s.n > w->cap - w->n) {
		w->full = true;
		return;
	}
	if (s.n > 0)
		memcpy(w->p + w->n, s.p, s.n);
	w->n += s.n;
}

void wr_u8(struct writer *w, uint8_t v)
{
	wr_bytes(w, slice_of(&v, 1));
}

void wr_u16(struct writer *w, uint16_t v)
{
	const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };
	wr_bytes(w, slice_of(b, 2));
}

void wr_u32(struct writer *w, uint32_t v)
{
	const uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
	wr_bytes(w, slice_of(b, 4));
}

size_t wr_reserve_u16(struct writer *w)
{
	const size_t at = w->n;
	wr_u16(w, 0);
	return at;
}

void wr_patch_u16(struct writer *w, size_t at, uint16_t v)
{
	if (w->full || at + 2 > w->n)
		return;
	w->p[at] = (uint8_t)(v >> 8);
	w->p[at + 1] = (uint8_t)v;
}

int wr_done(const struct writer *w)
{
	return w->full ? PST_E_SPACE : 0;
}
