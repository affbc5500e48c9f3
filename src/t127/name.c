/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of files as peers send them, made plain. */
#include "t127/header.h"

#include <string.h>

enum { EXTENSION_MAX = 16, POINT_MAX = 0x10ffff };

/* The code point at P, or 0 where that is no UTF-8; *LEN its octets. */
static uint32_t utf8(const uint8_t *p, size_t n, size_t *len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const size_t k = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
	if (k == 0 || k > n)
		return 0;
	uint32_t c = k == 1 ? p[0] : p[0] & (0x7fU >> k);
	for (size_t i = 1; i < k; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	*len = k;
	return c >= least[k] && c <= POINT_MAX && (c < 0xd800 || c > 0xdfff) ? c : 0;
}

static bool is_utf8(struct pst_slice s)
{
	size_t k = 1;
	for (size_t i = 0; i < s.n; i += k)
		if (utf8(s.p + i, s.n - i, &k) == 0)
			return false;
	return true;
}

/* What must not stand in a name: controls, characters that separate or match elsewhere, marks that change the
 * direction or cannot be seen. */
static bool is_bad(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0xfeff)
		return true;
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f))
		return true;
	return (c & 0xfffe) == 0xfffe || (c < 0x80 && strchr("/\\:*?\"<>|", (int)c) != NULL);
}

static size_t put(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	const size_t k = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = k; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)((0xf00U >> k & 0xff) | c);
	return k;
}

static struct pst_slice last_part(struct pst_slice s)
{
	for (size_t i = s.n; i-- > 0;)
		if (s.p[i] == '/' || s.p[i] == '\\' || s.p[i] == ':')
			return slice_of(s.p + i + 1, s.n - i - 1);
	return s;
}

/* Fills OUT, most MAX octets, with what of S is plain; returns its length. */
static size_t fill(char *out, size_t max, struct pst_slice s, bool latin1)
{
	size_t n = 0, k = 1;
	for (size_t i = 0; i < s.n; i += k) {
		char one[4];
		const uint32_t c = latin1 ? s.p[i] : utf8(s.p + i, s.n - i, &k);
		const size_t m = put(one, is_bad(c) ? '_' : c);
		if (n + m > max)
			break;
		memcpy(out + n, one, m);
		n += m;
	}
	return n;
}

void t127_name(char out[static T127_NAME_MAX + 1], const struct pst_slice *names, uint32_t count)
{
	const struct pst_slice s = count > 0 ? last_part(names[count - 1]) : slice_of(NULL, 0);
	const bool latin1 = !is_utf8(s);
	struct pst_slice stem = s, ext = slice_of(NULL, 0);
	for (size_t i = s.n; i-- > 1 && s.n - i <= EXTENSION_MAX;)
		if (s.p[i] == '.') {
			stem = slice_of(s.p, i);
			ext = slice_of(s.p + i, s.n - i);
			break;
		}
	char tail[EXTENSION_MAX * 2 + 1];
	const size_t n_tail = fill(tail, sizeof tail - 1, ext, latin1);
	size_t n = fill(out, T127_NAME_MAX - n_tail, stem, latin1);
	memcpy(out + n, tail, n_tail);
	n += n_tail;
	while (n > 0 && (out[n - 1] == '.' || out[n - 1] == ' '))
		n--;
	out[n] = '\0';
	for (size_t i = 0; out[i] == '.' || out[i] == '-' || out[i] == ' '; i++)
		out[i] = '_'; /* neither hidden nor an option */
	if (n == 0)
		strcpy(out, "file");
}
