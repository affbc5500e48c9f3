/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bounds-checked octet reader. Every read either succeeds whole or returns
 * PST_E_SHORT and moves nothing. Integers are big-endian. A sub-reader carved
 * with rd_sub() cannot see past its element.
 */
#ifndef PST_BASE_READER_H
#define PST_BASE_READER_H

#include "base/err.h"
#include "base/slice.h"

struct reader {
	const uint8_t *p;
	size_t n;   /* octets in all */
	size_t pos; /* octets read */
};

static inline struct reader rd_of(struct pst_slice s)
{
	return (struct reader){ s.p, s.n, 0 };
}

static inline size_t rd_left(const struct reader *r)
{
	return r->n - r->pos;
}

PST_MUST_CHECK int rd_u8(struct reader *r, uint8_t *v);
PST_MUST_CHECK int rd_u16(struct reader *r, uint16_t *v);
PST_MUST_CHECK int rd_u24(struct reader *r, uint32_t *v);
PST_MUST_CHECK int rd_u32(struct reader *r, uint32_t *v);
/* Looks at the next octet without moving. */
PST_MUST_CHECK int rd_peek(const struct reader *r, uint8_t *v);
/* Borrows the next N octets. */
PST_MUST_CHECK int rd_take(struct reader *r, size_t n, struct pst_slice *out);
/* Carves the next N octets into a reader of their own. */
PST_MUST_CHECK int rd_sub(struct reader *r, size_t n, struct reader *out);
PST_MUST_CHECK int rd_skip(struct reader *r, size_t n);

#endif
