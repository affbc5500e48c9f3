/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the ASN.1 tests share: octets from hex, and "decodes to this text, encodes to these octets". */
#ifndef PST_TESTS_ASN1_VECTORS_H
#define PST_TESTS_ASN1_VECTORS_H

/* clang-format off: cmocka wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "asn1/asn1.h"

/* Octets of HEX (blanks are skipped) in malloc'ed memory of exactly that size, so that ASan sees every overrun. */
static inline struct pst_slice from_hex(const char *hex)
{
	static const char all[] = "0123456789abcdef";
	uint8_t *p = malloc(strlen(hex) / 2 + 1);
	size_t n = 0;
	assert_non_null(p);
	for (unsigned digits = 0, v = 0; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		const char *at = strchr(all, *hex);
		assert_non_null(at);
		v = v << 4 | (unsigned)(at - all);
		if (++digits % 2 == 0)
			p[n++] = (uint8_t)v;
	}
	uint8_t *exact = malloc(n);
	assert_true(exact != NULL || n == 0);
	if (n > 0)
		memcpy(exact, p, n);
	free(p);
	return slice_of(exact, n);
}

static inline void free_slice(struct pst_slice s)
{
	free((void *)(uintptr_t)s.p);
}

#endif
