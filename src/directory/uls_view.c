/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* People of the directory as ULS records: those they made, and two or three that everybody has; addresses as the asker can call them. */
#include "directory/uls_address.h"
#include "directory/uls_private.h"

#include "ulp/name.h"

enum { COMMON_MAX = 3, ATTR_GUID_HEX = 32 };

static const uint8_t NO_APPLICATION[ULP_APPLICATION_LEN];

static struct pst_slice without_zero(struct pst_slice name)
{
	return slice_of(name.p, name.n - 1);
}

const struct directory_entry *uls_find(const struct directory *d, struct pst_slice name)
{
	char text[ULP_NAME_STRLEN];
	const size_t n = ulp_name_text(name, text);
	if (n == 0)
		return NULL;
	const struct directory_entry *e = directory_find_uls(d, without_zero(name));
	if (e == NULL)
		e = directory_find(d, DIRECTORY_PERSON, slice_of(text, n));
	/* "ann.example.org": ann@example.org, or else ann.example@org, at each end of a part. */
	for (size_t at = name.p[0]; e == NULL && at < n; at += 1 + name.p[at + 1]) {
		text[at] = '@';
		e = directory_find(d, DIRECTORY_PERSON, slice_of(text, n));
		text[at] = '.';
	}
	return e;
}

static int view_name(const struct directory_person *p, struct arena *a, struct pst_slice *name)
{
	uint8_t *buf = arena_alloc(a, ULP_NAME_MAX);
	size_t n = p->uls_name.n;
	if (buf == NULL)
		return PST_E_NOMEM;
	if (n > 0 && n < ULP_NAME_MAX) {
		memcpy(buf, p->uls_name.p, n);
		buf[n++] = 0;
	} else if (ulp_name_from_text(buf, &n, p->key) != 0) {
		/* No DNS form ("smith, ann"): one part, where it is short enough. */
		if (p->key.n > ULP_PART_MAX)
			return PST_E_NOT_FOUND;
		buf[0] = (uint8_t)p->key.n;
		memcpy(buf + 1, p->key.p, p->key.n);
		buf[1 + p->key.n] = 0;
		n = p->key.n + 2;
	}
	*name = slice_of(buf, n);
	return ulp_name_valid(*name) ? 0 : PST_E_NOT_FOUND;
}

static uint32_t left_s(uint64_t expiry_ms, uint64_t now_ms)
{
	const uint64_t s = expiry_ms > now_ms ? (expiry_ms - now_ms + 999) / 1000 : 0;
	return s > ULP_TTL_MAX ? ULP_TTL_MAX : (uint32_t)s;
}

static bool same_label(const struct ulp_label *a, const struct ulp_label *b)
{
	return a->type == b->type && a->property == b->property && memcmp(a->application, b->application, ULP_APPLICATION_LEN) == 0;
}

/* Adds a record everybody has, unless the person made one of that label. */
static void add_common(struct uls_view *v, uint16_t type, const uint8_t *application, uint32_t ttl, struct pst_slice data)
{
	struct ulp_entry r = { .label = { .name = v->name, .type = type }, .ttl = ttl, .data = data };
	memcpy(r.label.application, application, ULP_APPLICATION_LEN);
	for (uint32_t i = 0; i < v->n; i++)
		if (same_label(&v->records[i].label, &r.label))
			return;
	v->records[v->n++] = r;
}

/* Hex digits as applications are written in ILS. */
static bool guid_is(struct pst_slice hex, const uint8_t application[static ULP_APPLICATION_LEN])
{
	static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	for (size_t i = 0; hex.n == ATTR_GUID_HEX && i < hex.n; i++) {
		const uint8_t nibble = (application[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 15;
		if (hex.p[i] != (uint8_t)lower[nibble] && hex.p[i] != (uint8_t)upper[nibble])
			return false;
	}
	return hex.n == ATTR_GUID_HEX;
}

/* Whose e-mail and address the asker may take the common records for. */
static bool common_application(const struct directory_entry *e, const struct directory_person *p, const uint8_t *application)
{
	struct pst_slice guid;
	if (memcmp(application, NO_APPLICATION, ULP_APPLICATION_LEN) == 0)
		return true;
	return p->n_records == 0 && directory_attr_value(e, slice_str("sappguid"), 0, &guid) && guid_is(guid, application);
}

static int add_commons(struct uls_view *v, const struct directory_entry *e, const struct directory_person *p, struct addr seen,
	const uint8_t *application, uint64_t now_ms, struct arena *a)
{
	struct pst_slice mail = p->key, given;
	uint64_t until_ms = p->expiry_ms;
	for (uint32_t i = 0; i < p->n_records; i++)
		if (p->records[i].expiry_ms > until_ms)
			until_ms = p->records[i].expiry_ms;
	const uint32_t ttl = until_ms != 0 ? left_s(until_ms, now_ms) : ULP_TTL_MAX;
	(void)directory_attr_value(e, slice_str("rfc822mailbox"), 0, &mail);
	if (mail.n > 0 && memchr(mail.p, '@', mail.n) != NULL)
		add_common(v, ULP_EMAIL, application, ttl, mail);
	if (seen.family != ADDR_NONE) {
		uint8_t *data = arena_alloc(a, ULS_ADDRESS_MAX);
		if (data == NULL)
			return PST_E_NOMEM;
		add_common(v, ULP_ADDRESS, application, ttl, slice_of(data, uls_address_write(data, &seen)));
	}
	if (directory_attr_value(e, slice_str("givenname"), 0, &given) && given.n > 0)
		add_common(v, ULP_TXT, application, ttl, given);
	return 0;
}

/* The person's own record as the asker can use it. PST_E_RANGE: in no way. */
static int own_record(struct ulp_entry *out, const struct directory_record *r, const struct directory_person *p, struct addr seen,
	uint8_t asker_realm, uint64_t now_ms, struct arena *a)
{
	out->label.type = r->type;
	out->label.property = r->property;
	memcpy(out->label.application, r->application, ULP_APPLICATION_LEN);
	out->ttl = left_s(r->expiry_ms, now_ms);
	out->data = r->data;
	if (p->source.realm == asker_realm || !uls_type_has_address(r->type))
		return 0;
	return uls_address_replace(r->data, &p->address, &seen, a, &out->data, NULL);
}

int uls_view(const struct directory *d, const struct directory_entry *e, uint8_t asker_realm,
	const uint8_t application[static ULP_APPLICATION_LEN], uint64_t now_ms, struct arena *a, struct uls_view *out)
{
	struct directory_person p;
	struct uls_view v = { .n = 0 };
	int err = directory_unpack(e, a, &p);
	if (err == 0)
		err = view_name(&p, a, &v.name);
	if (err != 0)
		return err;
	const struct addr seen = directory_view(d, e, asker_realm);
	v.records = arena_calloc(a, p.n_records + COMMON_MAX, sizeof(*v.records));
	if (v.records == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < p.n_records; i++) {
		if (p.records[i].expiry_ms <= now_ms)
			continue;
		v.records[v.n].label.name = v.name;
		err = own_record(&v.records[v.n], &p.records[i], &p, seen, asker_realm, now_ms, a);
		if (err == 0)
			v.n++;
		else if (err != PST_E_RANGE)
			return err;
	}
	if (common_application(e, &p, application)) {
		err = add_commons(&v, e, &p, seen, application, now_ms, a);
		if (err != 0)
			return err;
	}
	*out = v;
	return 0;
}

bool uls_label_matches(const struct ulp_label *asked, const struct ulp_label *l)
{
	if (memcmp(asked->application, l->application, ULP_APPLICATION_LEN) != 0)
		return false;
	if (asked->type == ULP_ANY)
		return asked->property == 0 || asked->property == l->property;
	return asked->type == l->type && asked->property == l->property;
}
