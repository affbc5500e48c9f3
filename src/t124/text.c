/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UTF-8 to UTF-16BE and back. */
#include "t124/text.h"

/* The character at *P, which is moved behind it; 0 at the end, -1 when this is no UTF-8. */
static int32_t next_char(const uint8_t **p)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	const uint8_t c = **p;
	if (c == 0)
		return 0;
	(*p)++;
	if (c < 0x80)
		return c;
	const unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	if (c < 0xc2 || c > 0xf4)
		return -1;
	uint32_t v = c & (0x3fu >> more);
	for (unsigned i = 0; i < more; i++) {
		if ((**p & 0xc0) != 0x80)
			return -1;
		v = v << 6 | (*(*p)++ & 0x3f);
	}
	return v < least[more] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000) ? -1 : (int32_t)v;
}

int t124_text_write(struct pst_slice *out, const char *text, struct arena *a)
{
	const uint8_t *p = (const uint8_t *)text;
	const size_t cap = strlen(text) * 2;
	uint8_t *to = arena_alloc(a, cap > 0 ? cap : 1);
	size_t n = 0;
	int32_t c;
	if (to == NULL)
		return PST_E_NOMEM;
	while ((c = next_char(&p)) > 0) {
		uint32_t unit = (uint32_t)c;
		if (unit > 0xffff) {
			const uint32_t high = 0xd800 | (unit - 0x10000) >> 10;
			to[n++] = (uint8_t)(high >> 8);
			to[n++] = (uint8_t)high;
			unit = 0xdc00 | ((unit - 0x10000) & 0x3ff);
		}
		to[n++] = (uint8_t)(unit >> 8);
		to[n++] = (uint8_t)unit;
	}
	if (c < 0)
		return PST_E_BAD;
	if (n > (size_t)T124_TEXT_MAX * 2)
		return PST_E_RANGE;
	*out = slice_of(to, n);
	return 0;
}

static size_t put_utf8(uint8_t out[static 4], uint32_t c)
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	const size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (uint8_t)(0x80 | (c & 0x3f));
	out[0] = (uint8_t)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | c);
	return n;
}

const char *t124_text_read(struct pst_slice bmp, char *buf, size_t cap)
{
	size_t n = 0;
	for (size_t i = 0; i + 1 < bmp.n; i += 2) {
		uint32_t c = (uint32_t)bmp.p[i] << 8 | bmp.p[i + 1];
		uint8_t out[4];
		if (c == 0)
			break;
		if (c >= 0xd800 && c < 0xe000) {
			const uint32_t low = i + 3 < bmp.n ? (uint32_t)bmp.p[i + 2] << 8 | bmp.p[i + 3] : 0;
			const bool pair = c < 0xdc00 && low >= 0xdc00 && low < 0xe000;
			c = pair ? 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff)) : '?';
			i += pair ? 2 : 0;
		}
		const size_t len = put_utf8(out, c);
		if (n + len >= cap)
			break;
		memcpy(buf + n, out, len);
		n += len;
	}
	buf[n] = '\0';
	return buf;
}
