/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* X.224 class 0: reading and writing TPDUs. */
#include "x224/tpdu.h"

#include "base/reader.h"

enum { LI_MAX = 254, EOT = 0x80 };

/* Octets of the fixed part behind the code; 0: a code that class 0 has not. */
static size_t fixed_part(uint8_t type)
{
	switch (type) {
	case X224_CR:
	case X224_CC:
	case X224_DR: return 5;
	case X224_ER: return 3;
	case X224_DT: return 1;
	default: return 0;
	}
}

static int fixed(struct x224_tpdu *t, struct reader *h)
{
	uint8_t last = 0;
	int err = 0;
	if (t->type == X224_DT) {
		err = rd_u8(h, &last);
		t->eot = (last & EOT) != 0;
		t->number = last & (EOT - 1);
		return err;
	}
	err = rd_u16(h, &t->dst_ref);
	if (err == 0 && t->type != X224_ER)
		err = rd_u16(h, &t->src_ref);
	if (err == 0)
		err = rd_u8(h, &last);
	if (t->type == X224_CR || t->type == X224_CC)
		t->class_option = last;
	else
		t->reason = last;
	return err;
}

int x224_decode(struct x224_tpdu *t, struct pst_slice in)
{
	struct x224_tpdu out = {0};
	struct reader r = rd_of(in), h;
	uint8_t li, code;
	if (rd_u8(&r, &li) != 0)
		return PST_E_SHORT;
	if (li == 0 || li > LI_MAX)
		return PST_E_BAD;
	if (rd_sub(&r, li, &h) != 0 || rd_u8(&h, &code) != 0)
		return PST_E_SHORT;
	out.type = code & 0xf0;
	out.credit = code & 0x0f;
	if (fixed_part(out.type) == 0)
		return PST_E_BAD;
	const int err = fixed(&out, &h);
	if (err != 0)
		return PST_E_BAD; /* the header itself is too short for its code */
	out.params = slice_of(h.p + h.pos, rd_left(&h));
	out.data = slice_of(r.p + r.pos, rd_left(&r));
	*t = out;
	return 0;
}

int x224_encode(const struct x224_tpdu *t, struct writer *w)
{
	const size_t n = fixed_part(t->type);
	if (n == 0 || n + 1 + t->params.n > LI_MAX || t->credit > 15 || t->number >= EOT)
		return PST_E_RANGE;
	wr_u8(w, (uint8_t)(n + 1 + t->params.n));
	wr_u8(w, t->type | t->credit);
	if (t->type == X224_DT) {
		wr_u8(w, (uint8_t)((t->eot ? EOT : 0) | t->number));
	} else {
		wr_u16(w, t->dst_ref);
		if (t->type != X224_ER)
			wr_u16(w, t->src_ref);
		wr_u8(w, t->type == X224_CR || t->type == X224_CC ? t->class_option : t->reason);
	}
	wr_bytes(w, t->params);
	wr_bytes(w, t->data);
	return wr_done(w);
}

int x224_param_next(struct pst_slice *rest, uint8_t *code, struct pst_slice *value)
{
	if (rest->n == 0)
		return PST_E_NOT_FOUND;
	if (rest->n < 2 || rest->p[1] > rest->n - 2)
		return PST_E_SHORT;
	*code = rest->p[0];
	*value = slice_of(rest->p + 2, rest->p[1]);
	*rest = slice_of(rest->p + 2 + value->n, rest->n - 2 - value->n);
	return 0;
}

int x224_param(const struct x224_tpdu *t, uint8_t code, struct pst_slice *value)
{
	struct pst_slice rest = t->params, v;
	uint8_t c;
	while (x224_param_next(&rest, &c, &v) == 0)
		if (c == code) {
			*value = v;
			return 0;
		}
	return PST_E_NOT_FOUND;
}

bool x224_is_rdp(const struct x224_tpdu *t)
{
	static const char cookie[] = "Cookie:", token[] = "tsv:";
	const struct pst_slice p = t->params;
	if (t->type != X224_CR)
		return false;
	if ((p.n >= 7 && memcmp(p.p, cookie, 7) == 0) || (p.n >= 4 && memcmp(p.p, token, 4) == 0))
		return true;
	return p.n == 8 && p.p[0] == 1 && p.p[2] == 8 && p.p[3] == 0; /* an RDP negotiation request alone */
}

const char *x224_type_str(uint8_t type)
{
	switch (type) {
	case X224_CR: return "CR";
	case X224_CC: return "CC";
	case X224_DR: return "DR";
	case X224_DT: return "DT";
	case X224_ER: return "ER";
	default: return "?";
	}
}
