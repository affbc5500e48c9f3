/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Octet writer over a caller's buffer, big-endian. The error is sticky: after
 * an overflow every write is dropped and wr_done() says PST_E_SPACE, so that a
 * run of writes needs one check at its end. Lengths written later are
 * reservations (wr_reserve_u16, wr_patch_u16).
 */
#ifndef PST_BASE_WRITER_H
#define PST_BASE_WRITER_H

#include "base/err.h"
#include "base/slice.h"

struct writer {
	uint8_t *p;
	size_t cap;
	size_t n; /* octets written */
	bool full; /* something did not fit */
};

static inline struct writer wr_of(void *p, size_t cap)
{
	return (struct writer){ p, cap, 0, false };
}

void wr_u8(struct writer *w, uint8_t v);
void wr_u16(struct writer *w, uint16_t v);
void wr_u32(struct writer *w, uint32_t v);
void wr_bytes(struct writer *w, struct pst_slice s);
/* Leaves two octets open and returns their place for wr_patch_u16(). */
size_t wr_reserve_u16(struct writer *w);
void wr_patch_u16(struct writer *w, size_t at, uint16_t v);
/* 0, or PST_E_SPACE when anything was dropped. */
PST_MUST_CHECK int wr_done(const struct writer *w);

static inline struct pst_slice wr_slice(const struct writer *w)
{
	return (struct pst_slice){ w->p, w->n };
}

#endif
