/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builders: see the header. */
#include "h225/build.h"

#include <stdio.h>
#include <strings.h>

#include "h225/addr.h"

enum { DIGITS_MAX = 128, H323_ID_MAX = 256, URL_MAX = 512 };

struct pst_slice h225_protocol_identifier(uint8_t version, struct arena *a)
{
	const uint8_t oid[] = { 0x00, 0x08, 0x91, 0x4a, 0x00, version & 0x7f };
	const uint8_t *p = arena_dup(a, oid, sizeof(oid));
	return slice_of(p, p != NULL ? sizeof(oid) : 0);
}

void h225_vendor_build(struct h225_vendor_identifier *v, const char *product, const char *version)
{
	*v = (struct h225_vendor_identifier){ .vendor = { .t35_country_code = 0xb5 } };
	v->has_product_id = product != NULL;
	if (product != NULL)
		v->product_id = slice_str(product);
	v->has_version_id = version != NULL;
	if (version != NULL)
		v->version_id = slice_str(version);
}

int h225_terminal_build(struct h225_endpoint_type *e, const char *product, const char *version, struct arena *a)
{
	*e = (struct h225_endpoint_type){ .vendor = ARENA_NEW(a, struct h225_vendor_identifier),
		.terminal = ARENA_NEW(a, struct h225_terminal_info) };
	if (e->vendor == NULL || e->terminal == NULL)
		return PST_E_NOMEM;
	h225_vendor_build(e->vendor, product, version);
	return 0;
}

void h225_guid_build(uint8_t guid[static 16], const uint8_t random[static 16])
{
	memcpy(guid, random, 16);
	guid[6] = (guid[6] & 0x0f) | 0x40;
	guid[8] = (guid[8] & 0x3f) | 0x80;
}

/* One character of UTF-8 in the basic plane; 0 at the end, -1 for anything else. */
static int32_t next_char(const char **text)
{
	const uint8_t *p = (const uint8_t *)*text;
	uint32_t c = *p;
	unsigned more = c < 0x80 ? 0 : (c & 0xe0) == 0xc0 ? 1 : (c & 0xf0) == 0xe0 ? 2 : 9;
	if (more == 9)
		return -1;
	if (more > 0)
		c &= more == 1 ? 0x1f : 0x0f;
	for (unsigned i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return -1;
		c = c << 6 | (p[i] & 0x3f);
	}
	const bool overlong = (more == 1 && c < 0x80) || (more == 2 && c < 0x800);
	if (overlong || (c >= 0xd800 && c < 0xe000))
		return -1;
	*text += c == 0 ? 0 : more + 1;
	return (int32_t)c;
}

int h225_bmp_from_utf8(struct pst_slice *out, const char *text, struct arena *a)
{
	uint8_t *p = arena_alloc(a, strlen(text) * 2);
	size_t n = 0;
	int32_t c;
	if (p == NULL)
		return PST_E_NOMEM;
	while ((c = next_char(&text)) > 0) {
		p[n++] = (uint8_t)(c >> 8);
		p[n++] = (uint8_t)c;
	}
	if (c < 0)
		return PST_E_BAD;
	*out = slice_of(p, n);
	return 0;
}

static size_t put_utf8(uint8_t out[static 3], uint32_t c)
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (uint8_t)(0xc0 | c >> 6);
		out[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (uint8_t)(0xe0 | c >> 12);
	out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	out[2] = (uint8_t)(0x80 | (c & 0x3f));
	return 3;
}

const char *h225_bmp_text(struct pst_slice bmp, char *buf, size_t cap)
{
	size_t n = 0;
	for (size_t i = 0; i + 1 < bmp.n; i += 2) {
		const uint32_t c = (uint32_t)bmp.p[i] << 8 | bmp.p[i + 1];
		uint8_t out[3];
		if (c == 0)
			break;
		if (c >= 0xd800 && c < 0xe000)
			continue;
		const size_t len = put_utf8(out, c);
		if (n + len + 1 > cap)
			break;
		memcpy(buf + n, out, len);
		n += len;
	}
	buf[n] = '\0';
	return buf;
}

static bool is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((uint8_t)*text >= 0x80 || (uint8_t)*text < 0x20)
			return false;
	}
	return true;
}

int h225_alias_build(struct h225_alias_address *alias, const char *text, struct arena *a)
{
	const size_t n = strlen(text);
	const char *copy = arena_dup(a, text, n);
	if (copy == NULL)
		return PST_E_NOMEM;
	if (n == 0)
		return PST_E_BAD;
	if (strspn(text, "0123456789*#,") == n) {
		*alias = (struct h225_alias_address){ .choice = H225_ALIAS_ADDRESS_DIALED_DIGITS };
		alias->u.dialed_digits = slice_of(copy, n);
		return n > DIGITS_MAX ? PST_E_RANGE : 0;
	}
	const bool url = strncasecmp(text, "h323:", 5) == 0;
	if ((url || strchr(text, '@') != NULL) && is_ascii(text)) {
		alias->choice = url ? H225_ALIAS_ADDRESS_URL_ID : H225_ALIAS_ADDRESS_EMAIL_ID;
		if (url)
			alias->u.url_id = slice_of(copy, n);
		else
			alias->u.email_id = slice_of(copy, n);
		return n > URL_MAX ? PST_E_RANGE : 0;
	}
	alias->choice = H225_ALIAS_ADDRESS_H323_ID;
	const int err = h225_bmp_from_utf8(&alias->u.h323_id, text, a);
	if (err != 0)
		return err;
	return alias->u.h323_id.n > (size_t)H323_ID_MAX * 2 ? PST_E_RANGE : 0;
}

static const char *octets_text(struct pst_slice s, char *buf, size_t cap)
{
	const size_t n = s.n < cap - 1 ? s.n : cap - 1;
	if (n > 0)
		memcpy(buf, s.p, n);
	buf[n] = '\0';
	return buf;
}

static struct pst_slice party_digits(const struct h225_party_number *p)
{
	switch (p->choice) {
	case H225_PARTY_NUMBER_E164_NUMBER: return p->u.e164_number->public_number_digits;
	case H225_PARTY_NUMBER_PRIVATE_NUMBER: return p->u.private_number->private_number_digits;
	case H225_PARTY_NUMBER_DATA_PARTY_NUMBER: return p->u.data_party_number;
	case H225_PARTY_NUMBER_TELEX_PARTY_NUMBER: return p->u.telex_party_number;
	case H225_PARTY_NUMBER_NATIONAL_STANDARD_PARTY_NUMBER: return p->u.national_standard_party_number;
	default: return slice_str("?");
	}
}

const char *h225_alias_text(const struct h225_alias_address *alias, char *buf, size_t cap)
{
	char text[ADDR_STRLEN];
	struct addr addr;
	switch (alias->choice) {
	case H225_ALIAS_ADDRESS_DIALED_DIGITS: return octets_text(alias->u.dialed_digits, buf, cap);
	case H225_ALIAS_ADDRESS_H323_ID: return h225_bmp_text(alias->u.h323_id, buf, cap);
	case H225_ALIAS_ADDRESS_URL_ID: return octets_text(alias->u.url_id, buf, cap);
	case H225_ALIAS_ADDRESS_EMAIL_ID: return octets_text(alias->u.email_id, buf, cap);
	case H225_ALIAS_ADDRESS_PARTY_NUMBER: return octets_text(party_digits(alias->u.party_number), buf, cap);
	case H225_ALIAS_ADDRESS_TRANSPORT_ID:
		if (h225_addr_read(&addr, alias->u.transport_id) != 0)
			break;
		snprintf(buf, cap, "%s", addr_str(&addr, text));
		return buf;
	default: break;
	}
	return octets_text(slice_str("?"), buf, cap);
}
