/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ulp/name.h"

#include "ulp/msg.h"

int ulp_name_read(struct reader *r, struct pst_slice *name)
{
	const size_t start = r->pos;
	uint8_t len;
	do {
		const int err = rd_u8(r, &len);
		if (err != 0)
			return err;
		if (len > ULP_PART_MAX || r->pos - start + len > ULP_NAME_MAX)
			return PST_E_BAD;
		if (rd_skip(r, len) != 0)
			return PST_E_SHORT;
	} while (len > 0);
	*name = slice_of(r->p + start, r->pos - start);
	return 0;
}

bool ulp_name_valid(struct pst_slice name)
{
	struct reader r = rd_of(name);
	struct pst_slice whole;
	return ulp_name_read(&r, &whole) == 0 && rd_left(&r) == 0;
}

/* Appends a part; *N stays within the buffer with room for the last zero. */
static int put_part(uint8_t buf[static 255], size_t *n, struct pst_slice part)
{
	if (part.n == 0 || part.n > ULP_PART_MAX || *n + 1 + part.n + 1 > ULP_NAME_MAX)
		return PST_E_BAD;
	buf[(*n)++] = (uint8_t)part.n;
	memcpy(buf + *n, part.p, part.n);
	*n += part.n;
	return 0;
}

int ulp_name_from_text(uint8_t buf[static 255], size_t *n, struct pst_slice text)
{
	const uint8_t *at = text.n > 0 ? memrchr(text.p, '@', text.n) : NULL;
	size_t used = 0, start = 0;
	if (at != NULL) {
		const int err = put_part(buf, &used, slice_of(text.p, (size_t)(at - text.p)));
		if (err != 0)
			return err;
		start = (size_t)(at - text.p) + 1;
	}
	for (size_t i = start; i <= text.n; i++) {
		if (i < text.n && text.p[i] != '.')
			continue;
		const int err = put_part(buf, &used, slice_of(text.p + start, i - start));
		if (err != 0)
			return err;
		start = i + 1;
	}
	buf[used++] = 0;
	*n = used;
	return 0;
}

size_t ulp_name_text(struct pst_slice name, char buf[static ULP_NAME_STRLEN])
{
	struct reader r = rd_of(name);
	struct pst_slice part;
	size_t n = 0;
	uint8_t len;
	while (rd_u8(&r, &len) == 0 && len > 0 && rd_take(&r, len, &part) == 0 && n + 1 + len < ULP_NAME_STRLEN) {
		if (n > 0)
			buf[n++] = '.';
		memcpy(buf + n, part.p, len);
		n += len;
	}
	buf[n] = '\0';
	return n;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Length octets are at most 63 and so never letters: the whole wire form compares octet by octet. */
bool ulp_name_eq(struct pst_slice a, struct pst_slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}
