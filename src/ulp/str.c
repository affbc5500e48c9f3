/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ulp/str.h"

#include <stdio.h>

#include "ulp/name.h"

#define NAME_OF(table, i) ((i) < sizeof(table) / sizeof((table)[0]) ? (table)[i] : "unknown")

const char *ulp_opcode_str(uint8_t opcode)
{
	static const char *const names[] = { "addition", "deletion", "query", "directory", "refresh" };
	return NAME_OF(names, opcode);
}

const char *ulp_retcode_str(uint8_t retcode)
{
	static const char *const names[] = { "no error", "format error", "server failure", "refused", "no matching records",
		"record exists" };
	return NAME_OF(names, retcode);
}

const char *ulp_type_str(uint16_t type)
{
	static const char *const names[] = { "Any", "address", "e-mail", "URL", "TXT", "binary", "MIME" };
	return NAME_OF(names, type);
}

static void put(struct writer *w, const char *s)
{
	wr_bytes(w, slice_str(s));
}

static void put_uint(struct writer *w, uint32_t v)
{
	char buf[12];
	snprintf(buf, sizeof(buf), "%u", v);
	put(w, buf);
}

static void put_hex(struct writer *w, struct pst_slice s)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < s.n; i++) {
		wr_u8(w, (uint8_t)digits[s.p[i] >> 4]);
		wr_u8(w, (uint8_t)digits[s.p[i] & 15]);
	}
}

/* Printable ASCII as it is, the rest as \xHH. */
static void put_escaped(struct writer *w, struct pst_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= 0x20 && s.p[i] < 0x7f && s.p[i] != '\\' && s.p[i] != '"') {
			wr_u8(w, s.p[i]);
		} else {
			put(w, "\\x");
			put_hex(w, slice_of(s.p + i, 1));
		}
	}
}

static void put_entry(struct writer *w, const char *section, const struct ulp_entry *e, enum ulp_form form)
{
	char name[ULP_NAME_STRLEN];
	put(w, section);
	put(w, " \"");
	put_escaped(w, slice_of(name, ulp_name_text(e->label.name, name)));
	put(w, "\" ");
	put(w, ulp_type_str(e->label.type));
	put(w, "(");
	put_uint(w, e->label.type);
	put(w, ") property ");
	put_uint(w, e->label.property);
	put(w, " application ");
	put_hex(w, slice_of(e->label.application, ULP_APPLICATION_LEN));
	if (form != ULP_LABELS) {
		put(w, " ttl ");
		put_uint(w, e->ttl);
	}
	if (form == ULP_RECORDS) {
		const bool text = e->label.type >= ULP_EMAIL && e->label.type <= ULP_TXT;
		put(w, text ? " \"" : " ");
		if (text)
			put_escaped(w, e->data);
		else
			put_hex(w, e->data);
		put(w, text ? "\"" : "");
	}
	put(w, "\n");
}

int ulp_print(const struct ulp_msg *m, struct writer *w)
{
	put(w, m->reply ? "reply " : "request ");
	put(w, ulp_opcode_str(m->opcode));
	put(w, " id ");
	put_uint(w, m->id);
	if (m->reply) {
		put(w, ": ");
		put(w, ulp_retcode_str(m->retcode));
	}
	put(w, m->truncated ? ", truncated\n" : "\n");
	for (uint16_t i = 0; m->requests != NULL && i < m->qcount; i++)
		put_entry(w, "  asked", &m->requests[i], ulp_form(m->opcode, false));
	for (uint16_t i = 0; m->replies != NULL && i < m->rcount; i++)
		put_entry(w, "  found", &m->replies[i], ulp_form(m->opcode, true));
	if (m->rest.n > 0) {
		put(w, "  rest ");
		put_hex(w, m->rest);
		put(w, "\n");
	}
	return wr_done(w);
}
