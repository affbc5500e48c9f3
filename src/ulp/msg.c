/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ULP messages: see the header. One form table serves both directions. */
#include "ulp/msg.h"

#include "base/reader.h"
#include "ulp/name.h"

enum { QR = 0x80, TC = 0x40, Z_MASK = 0x3f };

enum ulp_form ulp_form(uint8_t opcode, bool reply_section)
{
	static const uint8_t forms[][2] = {
		[ULP_ADD] = { ULP_RECORDS, ULP_OPAQUE },
		[ULP_DELETE] = { ULP_LABELS, ULP_OPAQUE },
		[ULP_QUERY] = { ULP_LABELS, ULP_RECORDS },
		[ULP_DIRECTORY] = { ULP_LABELS, ULP_LABELS },
		[ULP_REFRESH] = { ULP_REFRESHES, ULP_OPAQUE },
	};
	if (opcode >= sizeof(forms) / sizeof(forms[0]))
		return ULP_OPAQUE;
	return (enum ulp_form)forms[opcode][reply_section ? 1 : 0];
}

static size_t form_min(enum ulp_form form)
{
	return (size_t)ULP_LABEL_MIN + (form == ULP_RECORDS ? 6 : form == ULP_REFRESHES ? 4 : 0);
}

size_t ulp_entry_len(const struct ulp_entry *e, enum ulp_form form)
{
	return form_min(form) - 1 + e->label.name.n + (form == ULP_RECORDS ? e->data.n : 0);
}

static int read_header(struct ulp_msg *m, struct reader *r)
{
	uint8_t flags, codes;
	int err = rd_u16(r, &m->id);
	if (err == 0)
		err = rd_u8(r, &flags);
	if (err == 0)
		err = rd_u8(r, &codes);
	if (err == 0)
		err = rd_u16(r, &m->qcount);
	if (err == 0)
		err = rd_u16(r, &m->rcount);
	if (err != 0)
		return err;
	m->reply = (flags & QR) != 0;
	m->truncated = (flags & TC) != 0;
	m->z = flags & Z_MASK;
	m->opcode = codes >> 4;
	m->retcode = codes & 0x0f;
	return 0;
}

static int read_label(struct ulp_label *l, struct reader *r)
{
	struct pst_slice application;
	int err = ulp_name_read(r, &l->name);
	if (err == 0)
		err = rd_u16(r, &l->type);
	if (err == 0)
		err = rd_u32(r, &l->property);
	if (err == 0)
		err = rd_take(r, ULP_APPLICATION_LEN, &application);
	if (err == 0)
		memcpy(l->application, application.p, ULP_APPLICATION_LEN);
	return err;
}

static int read_entry(struct ulp_entry *e, enum ulp_form form, struct reader *r)
{
	uint16_t len = 0;
	int err = read_label(&e->label, r);
	if (err == 0 && form != ULP_LABELS)
		err = rd_u32(r, &e->ttl);
	if (err == 0 && form == ULP_RECORDS) {
		err = rd_u16(r, &len);
		if (err == 0)
			err = rd_take(r, len, &e->data);
	}
	return err;
}

static int read_section(struct ulp_entry **out, uint16_t count, enum ulp_form form, struct arena *a, struct reader *r)
{
	if (count == 0 || form == ULP_OPAQUE)
		return 0;
	/* No memory for entries that cannot be there. */
	if (rd_left(r) / form_min(form) < count)
		return PST_E_SHORT;
	struct ulp_entry *e = arena_calloc(a, count, sizeof(*e));
	if (e == NULL)
		return PST_E_NOMEM;
	for (uint16_t i = 0; i < count; i++) {
		const int err = read_entry(&e[i], form, r);
		if (err != 0)
			return err;
	}
	*out = e;
	return 0;
}

int ulp_decode(struct ulp_msg *m, struct arena *a, struct pst_slice octets, size_t *at)
{
	struct reader r = rd_of(octets);
	*m = (struct ulp_msg){ 0 };
	int err = read_header(m, &r);
	const enum ulp_form asked = ulp_form(m->opcode, false), answered = ulp_form(m->opcode, true);
	if (err == 0)
		err = read_section(&m->requests, m->qcount, asked, a, &r);
	/* Behind a section without a form nothing can be told apart. */
	if (err == 0 && (m->qcount == 0 || asked != ULP_OPAQUE))
		err = read_section(&m->replies, m->rcount, answered, a, &r);
	if (err == 0)
		err = rd_take(&r, rd_left(&r), &m->rest);
	if (err != 0 && at != NULL)
		*at = r.pos;
	return err;
}

static int write_entry(const struct ulp_entry *e, enum ulp_form form, struct writer *w)
{
	if (!ulp_name_valid(e->label.name))
		return PST_E_BAD;
	if (form == ULP_RECORDS && e->data.n > UINT16_MAX)
		return PST_E_RANGE;
	wr_bytes(w, e->label.name);
	wr_u16(w, e->label.type);
	wr_u32(w, e->label.property);
	wr_bytes(w, slice_of(e->label.application, ULP_APPLICATION_LEN));
	if (form != ULP_LABELS)
		wr_u32(w, e->ttl);
	if (form == ULP_RECORDS) {
		wr_u16(w, (uint16_t)e->data.n);
		wr_bytes(w, e->data);
	}
	return 0;
}

static int write_section(const struct ulp_entry *e, uint16_t count, enum ulp_form form, struct writer *w)
{
	int err = 0;
	for (uint16_t i = 0; e != NULL && i < count && err == 0; i++)
		err = write_entry(&e[i], form, w);
	return err;
}

int ulp_encode(const struct ulp_msg *m, struct writer *w)
{
	wr_u16(w, m->id);
	wr_u8(w, (uint8_t)((m->reply ? QR : 0) | (m->truncated ? TC : 0) | (m->z & Z_MASK)));
	wr_u8(w, (uint8_t)((m->opcode & 0x0f) << 4 | (m->retcode & 0x0f)));
	wr_u16(w, m->qcount);
	wr_u16(w, m->rcount);
	int err = write_section(m->requests, m->qcount, ulp_form(m->opcode, false), w);
	if (err == 0)
		err = write_section(m->replies, m->rcount, ulp_form(m->opcode, true), w);
	wr_bytes(w, m->rest);
	return err != 0 ? err : wr_done(w);
}
