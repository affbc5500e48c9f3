/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct text text_in(char *buf, size_t cap)
{
	assert(cap > 0);
	buf[0] = '\0';
	return (struct text){ .p = buf, .cap = cap };
}

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const int n = vsnprintf(t->p + t->n, t->cap - t->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->n = (size_t)n < t->cap - t->n ? t->n + (size_t)n : t->cap - 1;
}

void text_add_safe(struct text *t, struct pst_slice s, size_t step)
{
	for (size_t i = 0; i + step <= s.n && t->n + 1 < t->cap; i += step) {
		const uint8_t c = s.p[i + step - 1];
		const bool plain =
			c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && (step == 1 || s.p[i] == 0);
		t->p[t->n++] = plain ? (char)c : '.';
		t->p[t->n] = '\0';
	}
}
