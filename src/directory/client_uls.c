/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The directory client over ULP. A listing gives labels only: each name is asked about then, some at a time. A
 * refresh that worked has no answer, so a question about the same name goes behind it.
 */
#include "directory/client_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "directory/uls.h"
#include "ldap/msg.h"
#include "ulp/name.h"
#include "ulp/str.h"

enum { NAMES_MAX = 1 << 20, NAMES_AT_ONCE = 16, RECORDS = 3 };

static int write_msg(const struct ulp_msg *m, struct writer *w)
{
	const size_t at = wr_reserve_u16(w);
	const int err = ulp_encode(m, w);
	if (err == 0)
		wr_patch_u16(w, at, (uint16_t)(w->n - at - 2));
	return err;
}

static int ask_about(const struct directory_client *c, struct pst_slice name, struct writer *w)
{
	struct ulp_entry e = { .label = { .name = name, .type = ULP_ANY } };
	const struct ulp_msg m = { .id = (uint16_t)(c->step + 1), .opcode = ULP_QUERY, .qcount = 1, .requests = &e };
	return write_msg(&m, w);
}

static int ask_directory(const struct directory_client *c, struct writer *w)
{
	struct ulp_entry e = { .label = { .name = slice_of("", 1), .type = ULP_ANY } };
	const struct ulp_msg m = { .id = (uint16_t)(c->step + 1), .opcode = ULP_DIRECTORY, .qcount = 1, .requests = &e };
	return write_msg(&m, w);
}

/* The next few of the names that the listing gave. */
static int ask_some(struct directory_client *c, struct writer *w)
{
	struct ulp_entry e[NAMES_AT_ONCE] = { 0 };
	uint16_t n = 0;
	struct reader r = { c->names, c->n_names, c->names_at };
	while (n < NAMES_AT_ONCE && rd_left(&r) > 0 && ulp_name_read(&r, &e[n].label.name) == 0)
		n++;
	c->names_at = r.pos;
	const struct ulp_msg m = { .id = (uint16_t)(c->step + 1), .opcode = ULP_QUERY, .qcount = n, .requests = e };
	return write_msg(&m, w);
}

static int ask_add(struct directory_client *c, struct pst_slice name, struct writer *w)
{
	uint8_t data[ULS_ADDRESS_MAX];
	const struct addr a = client_address(c);
	struct ulp_entry e[RECORDS] = {
		{ .label = { .name = name, .type = ULP_ADDRESS }, .ttl = DIRECTORY_TTL_S },
		{ .label = { .name = name, .type = ULP_EMAIL }, .ttl = DIRECTORY_TTL_S, .data = slice_str(c->pattern) },
		{ .label = { .name = name, .type = ULP_TXT }, .ttl = DIRECTORY_TTL_S, .data = slice_str(c->given) },
	};
	e[0].data = slice_of(data, uls_address_write(data, &a));
	const struct ulp_msg m = { .id = (uint16_t)(c->step + 1), .opcode = ULP_ADD, .qcount = RECORDS, .requests = e };
	return write_msg(&m, w);
}

static int ask(struct directory_client *c, struct writer *w)
{
	uint8_t buf[ULP_NAME_MAX];
	size_t n = 0;
	if (c->job == CLIENT_SEARCH && client_has_wildcard(c->pattern))
		return c->step == 0 ? ask_directory(c, w) : ask_some(c, w);
	const int err = ulp_name_from_text(buf, &n, slice_str(c->pattern));
	const struct pst_slice name = { buf, n };
	if (err != 0)
		return err;
	if (c->job == CLIENT_SEARCH)
		return ask_about(c, name, w);
	if (c->job == CLIENT_ADD)
		return ask_add(c, name, w);
	struct ulp_entry e = { .label = { .name = name, .type = ULP_ANY }, .ttl = DIRECTORY_TTL_S };
	const struct ulp_msg m = { .id = (uint16_t)(c->step + 1), .qcount = 1, .requests = &e,
		.opcode = c->job == CLIENT_KEEP ? ULP_REFRESH : ULP_DELETE };
	const int sent = write_msg(&m, w);
	return sent == 0 && c->job == CLIENT_KEEP ? ask_about(c, name, w) : sent;
}

/* Keeps a name that was not there yet: labels of one name stand together. */
static int keep_name(struct directory_client *c, struct pst_slice name, struct pst_slice last)
{
	if (ulp_name_eq(name, last))
		return 0;
	if (c->n_names + name.n > NAMES_MAX) {
		c->cut = true;
		return 0;
	}
	if (c->n_names + name.n > c->cap_names) {
		const size_t cap = 2 * (c->n_names + name.n) + 1024;
		uint8_t *p = realloc(c->names, cap);
		if (p == NULL)
			return PST_E_NOMEM;
		c->names = p;
		c->cap_names = cap;
	}
	memcpy(c->names + c->n_names, name.p, name.n);
	c->n_names += name.n;
	return 0;
}

static int take_labels(struct directory_client *c, const struct ulp_msg *m)
{
	struct pst_slice last = slice_of("", 1);
	int err = 0;
	c->cut = c->cut || m->truncated;
	for (uint16_t i = 0; i < m->rcount && err == 0; i++) {
		err = keep_name(c, m->replies[i].label.name, last);
		last = m->replies[i].label.name;
	}
	return err != 0 ? err : c->n_names > 0 ? CLIENT_NEXT : CLIENT_DONE;
}

/* The records of one name, from FIRST on, as one person; returns where the next begins. */
static uint16_t take_person(struct directory_client *c, const struct ulp_msg *m, uint16_t first)
{
	char text[ULP_NAME_STRLEN];
	const struct pst_slice name = m->replies[first].label.name;
	struct directory_found f = { .name = slice_of(text, ulp_name_text(name, text)) };
	uint16_t i = first;
	for (; i < m->rcount && ulp_name_eq(m->replies[i].label.name, name); i++) {
		const struct ulp_entry *e = &m->replies[i];
		if (e->label.type == ULP_EMAIL)
			f.email = e->data;
		else if (e->label.type == ULP_TXT && e->label.property == 0)
			f.given = e->data;
		else if (e->label.type == ULP_ADDRESS)
			(void)!uls_address_read(e->data, &f.address);
	}
	/* An e-mail address says more than the parts of a name. */
	if (f.email.n > 0)
		f.name = f.email;
	if (c->job == CLIENT_SEARCH && !client_has_wildcard(c->pattern))
		f.name = slice_str(c->pattern);
	if (c->job == CLIENT_SEARCH)
		client_found(c, &f);
	else
		c->n_found++;
	return i;
}

static int take_records(struct directory_client *c, const struct ulp_msg *m)
{
	c->cut = c->cut || m->truncated;
	for (uint16_t i = 0; i < m->rcount;)
		i = take_person(c, m, i);
	if (c->job == CLIENT_KEEP)
		return c->n_found > 0 ? CLIENT_DONE : PST_E_NOT_FOUND;
	return c->names_at < c->n_names ? CLIENT_NEXT : CLIENT_DONE;
}

static int take_retcode(struct directory_client *c, uint8_t retcode)
{
	snprintf(c->why, sizeof(c->why), "the server says: %s", ulp_retcode_str(retcode));
	if (retcode == ULP_EXISTS)
		snprintf(c->why, sizeof(c->why), "the name is taken");
	return retcode == ULP_NO_MATCH ? PST_E_NOT_FOUND : retcode == ULP_FORMAT_ERROR ? PST_E_BAD : PST_E_DENIED;
}

static int take(struct directory_client *c, struct pst_slice octets, struct arena *a)
{
	struct ulp_msg m;
	if (ulp_decode(&m, a, slice_of(octets.p + 2, octets.n - 2), NULL) != 0 || !m.reply || m.id != (uint16_t)(c->step + 1))
		return PST_E_UNSUPPORTED;
	if (m.retcode != ULP_NO_ERROR)
		return take_retcode(c, m.retcode);
	if (m.opcode == ULP_DIRECTORY)
		return take_labels(c, &m);
	return m.opcode == ULP_QUERY ? take_records(c, &m) : CLIENT_DONE;
}

static int length(struct pst_slice octets, size_t *n)
{
	if (octets.n < 2)
		return PST_E_AGAIN;
	*n = 2 + ((size_t)octets.p[0] << 8 | octets.p[1]);
	return *n < 2 + ULP_HEADER_LEN ? PST_E_BAD : 0;
}

const struct client_protocol client_uls = { DIRECTORY_BY_ULS, { NULL, 0 }, ask, length, take };
