/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A borrowed run of octets. It owns nothing and dies with what it points into. */
#ifndef PST_BASE_SLICE_H
#define PST_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct pst_slice {
	const uint8_t *p;
	size_t n;
};

static inline struct pst_slice slice_of(const void *p, size_t n)
{
	return (struct pst_slice){ p, n };
}

/* Borrows the characters of a C string without its NUL. */
static inline struct pst_slice slice_str(const char *s)
{
	return (struct pst_slice){ (const uint8_t *)s, strlen(s) };
}

static inline bool slice_eq(struct pst_slice a, struct pst_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

#endif
