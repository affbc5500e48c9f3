/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contents of Q.931 elements. Bit 8 of an octet says that its group of octets ends here (Q.931 4.5.1). */
#include "q931/ie.h"

#include "base/reader.h"

enum { LAST = 0x80 };

/* Skips the rest of a group whose octet V was read. */
static int skip_group(struct reader *r, uint8_t v)
{
	while ((v & LAST) == 0) {
		const int err = rd_u8(r, &v);
		if (err != 0)
			return err;
	}
	return 0;
}

int q931_cause_read(struct q931_cause_view *v, struct pst_slice contents)
{
	struct reader r = rd_of(contents);
	uint8_t o3, o4;
	if (rd_u8(&r, &o3) != 0 || skip_group(&r, o3) != 0 || rd_u8(&r, &o4) != 0)
		return PST_E_SHORT;
	v->location = o3 & 0x0f;
	v->value = o4 & 0x7f;
	v->diagnostics = slice_of(r.p + r.pos, rd_left(&r));
	return 0;
}

struct pst_slice q931_cause_build(uint8_t buf[static 2], uint8_t value)
{
	buf[0] = LAST;
	buf[1] = LAST | value;
	return slice_of(buf, 2);
}

int q931_bearer_read(struct q931_bearer_view *v, struct pst_slice contents)
{
	struct reader r = rd_of(contents);
	uint8_t o3, o4, o;
	if (rd_u8(&r, &o3) != 0 || skip_group(&r, o3) != 0 || rd_u8(&r, &o4) != 0)
		return PST_E_SHORT;
	*v = (struct q931_bearer_view){
		.capability = o3 & 0x1f, .mode = o4 >> 5 & 3, .rate = o4 & 0x1f
	};
	if (v->rate == 0x18) {
		if (rd_u8(&r, &o) != 0)
			return PST_E_SHORT;
		v->rate_multiplier = o & 0x7f;
	}
	/* Octet 5 carries the layer number 1 in bits 7 and 6. */
	if (rd_u8(&r, &o) == 0 && (o >> 5 & 3) == 1)
		v->layer1 = o & 0x1f;
	return 0;
}

struct pst_slice q931_bearer_build(uint8_t buf[static 3])
{
	buf[0] = 0x88;
	buf[1] = 0xc0;
	buf[2] = 0xa5;
	return slice_of(buf, 3);
}

int q931_number_read(struct q931_number_view *v, struct pst_slice contents)
{
	struct reader r = rd_of(contents);
	uint8_t o3, o3a;
	if (rd_u8(&r, &o3) != 0)
		return PST_E_SHORT;
	*v = (struct q931_number_view){ .type = o3 >> 4 & 7, .plan = o3 & 0x0f };
	if ((o3 & LAST) == 0) {
		if (rd_u8(&r, &o3a) != 0 || skip_group(&r, o3a) != 0)
			return PST_E_SHORT;
		v->has_presentation = true;
		v->presentation = o3a >> 5 & 3;
		v->screening = o3a & 3;
	}
	v->digits = slice_of(r.p + r.pos, rd_left(&r));
	return 0;
}

int q931_number_build(const struct q931_number_view *v, struct writer *w)
{
	const uint8_t o3 = (uint8_t)((v->type & 7) << 4 | (v->plan & 0x0f));
	wr_u8(w, v->has_presentation ? o3 : (uint8_t)(o3 | LAST));
	if (v->has_presentation)
		wr_u8(w, (uint8_t)(LAST | (v->presentation & 3) << 5 | (v->screening & 3)));
	wr_bytes(w, v->digits);
	return wr_done(w);
}

struct pst_slice q931_display_text(struct pst_slice contents)
{
	/* Q.931 4.5.16 allows one octet with bit 8 set before the text (display type). */
	if (contents.n > 0 && (contents.p[0] & 0x80) != 0)
		contents = slice_of(contents.p + 1, contents.n - 1);
	size_t n = 0;
	while (n < contents.n && contents.p[n] != '\0')
		n++;
	return slice_of(contents.p, n);
}

int q931_progress_read(struct q931_progress_view *v, struct pst_slice contents)
{
	if (contents.n < 2)
		return PST_E_SHORT;
	v->location = contents.p[0] & 0x0f;
	v->description = contents.p[1] & 0x7f;
	return 0;
}

struct pst_slice q931_progress_build(uint8_t buf[static 2], uint8_t description)
{
	buf[0] = LAST;
	buf[1] = LAST | description;
	return slice_of(buf, 2);
}

int q931_user_user(const struct q931_msg *m, struct pst_slice *per)
{
	const struct q931_ie *ie = q931_find(m, Q931_IE_USER_USER);
	if (ie == NULL)
		return PST_E_NOT_FOUND;
	if (ie->v.n < 1 || ie->v.p[0] != Q931_UU_PD)
		return PST_E_BAD;
	*per = slice_of(ie->v.p + 1, ie->v.n - 1);
	return 0;
}
