/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bits of an encoding, most significant first. Reading moves nothing on shortage;
 * writing goes through a struct writer, whose error is sticky. Both may start in
 * the middle of something longer: alignment counts from where they start, and that
 * is always an octet of its own.
 */
#ifndef PST_ASN1_BITS_H
#define PST_ASN1_BITS_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

struct bits_in {
	const uint8_t *p;
	size_t pos, end; /* in bits */
	size_t origin;   /* bits before P in the outermost value, for error places */
};

static inline struct bits_in bi_of(struct pst_slice s, size_t origin)
{
	return (struct bits_in){ s.p, 0, s.n * 8, origin };
}

static inline size_t bi_left(const struct bits_in *b)
{
	return b->end - b->pos;
}

static inline void bi_align(struct bits_in *b)
{
	b->pos = (b->pos + 7) & ~(size_t)7; /* END is whole octets, so this never passes it */
}

/* The next K <= 32 bits. */
PST_MUST_CHECK static inline int bi_get(struct bits_in *b, unsigned k, uint32_t *v)
{
	if (k > bi_left(b))
		return PST_E_SHORT;
	const size_t at = b->pos >> 3;
	const unsigned off = (unsigned)(b->pos & 7);
	const unsigned octets = (off + k + 7) / 8;
	uint64_t w = 0;
	for (unsigned i = 0; i < octets; i++)
		w = w << 8 | b->p[at + i];
	b->pos += k;
	*v = (uint32_t)((w >> (octets * 8 - off - k)) & ((UINT64_C(1) << k) - 1));
	return 0;
}

/* Writes; free is how many low bits of the last octet are not used yet. */
struct bits_out {
	struct writer *w;
	unsigned free;
};

/* One more octet of zeros; wr_u8() is a call, and this is where an encoder lives. */
static inline bool bo_grow(struct writer *w)
{
	if (w->full || w->n == w->cap) {
		w->full = true;
		return false;
	}
	w->p[w->n++] = 0;
	return true;
}

/* The low K <= 64 bits of V. */
static inline void bo_put(struct bits_out *o, unsigned k, uint64_t v)
{
	while (k > 0) {
		if (o->free == 0) {
			if (!bo_grow(o->w))
				return;
			o->free = 8;
		}
		const unsigned take = k < o->free ? k : o->free;
		k -= take;
		o->free -= take;
		o->w->p[o->w->n - 1] |= (uint8_t)(((v >> k) & ((1u << take) - 1)) << o->free);
	}
}

static inline void bo_align(struct bits_out *o)
{
	o->free = 0;
}

static inline void bo_octets(struct bits_out *o, struct pst_slice s)
{
	if (o->free == 0) {
		wr_bytes(o->w, s);
		return;
	}
	for (size_t i = 0; i < s.n; i++)
		bo_put(o, 8, s.p[i]);
}

#endif
