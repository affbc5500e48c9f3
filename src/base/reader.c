/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/reader.h"

int rd_take(struct reader *r, size_t n, struct pst_slice *out)
{
	if (n > rd_left(r))
		return PST_E_SHORT;
	*out = (struct pst_slice){ r->p + r->pos, n };
	r->pos += n;
	return 0;
}

int rd_u8(struct reader *r, uint8_t *v)
{
	struct pst_slice s;
	if (rd_take(r, 1, &s))
		return PST_E_SHORT;
	*v = s.p[0];
	return 0;
}

int rd_u16(struct reader *r, uint16_t *v)
{
	struct pst_slice s;
	if (rd_take(r, 2, &s))
		return PST_E_SHORT;
	*v = (uint16_t)(s.p[0] << 8 | s.p[1]);
	return 0;
}

int rd_u24(struct reader *r, uint32_t *v)
{
	struct pst_slice s;
	if (rd_take(r, 3, &s))
		return PST_E_SHORT;
	*v = (uint32_t)s.p[0] << 16 | (uint32_t)s.p[1] << 8 | s.p[2];
	return 0;
}

int rd_u32(struct reader *r, uint32_t *v)
{
	struct pst_slice s;
	if (rd_take(r, 4, &s))
		return PST_E_SHORT;
	*v = (uint32_t)s.p[0] << 24 | (uint32_t)s.p[1] << 16 | (uint32_t)s.p[2] << 8 | s.p[3];
	return 0;
}

int rd_peek(const struct reader *r, uint8_t *v)
{
	if (rd_left(r) == 0)
		return PST_E_SHORT;
	*v = r->p[r->pos];
	return 0;
}

int rd_sub(struct reader *r, size_t n, struct reader *out)
{
	struct pst_slice s;
	if (rd_take(r, n, &s))
		return PST_E_SHORT;
	*out = rd_of(s);
	return 0;
}

int rd_skip(struct reader *r, size_t n)
{
	struct pst_slice s;
	return rd_take(r, n, &s);
}
