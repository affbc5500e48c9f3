/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory client as NetMeeting speaks to an ILS: bind, one operation or two, unbind. */
#include "directory/client_private.h"

#include <stdio.h>

#include "base/reader.h"
#include "directory/ils.h"
#include "ldap/ber.h"
#include "ldap/dn.h"
#include "ldap/msg.h"

/* Steps; the message id is the step and one more. */
enum { BIND, WORK, SECOND };
enum { DN_MAX = 1024, SMALL = 24 };

static const char LIST_BASE[] = "objectClass=rtPerson";

struct attr_text {
	const char *name, *value;
};
enum { ATTRS_MAX = 20 };

/* Values are C strings; one each. */
static void set_attrs(struct ldap_msg *m, const struct attr_text *from, uint32_t n, uint8_t op, struct ldap_attr attrs[static ATTRS_MAX],
	struct pst_slice values[static ATTRS_MAX])
{
	for (uint32_t i = 0; i < n; i++) {
		values[i] = slice_str(from[i].value);
		attrs[i] = (struct ldap_attr){ .type = slice_str(from[i].name), .values = &values[i], .n_values = 1, .op = op };
	}
	m->u.attrs.list = attrs;
	m->u.attrs.n = n;
}

static struct pst_slice entry_dn(const struct directory_client *c, uint8_t buf[static DN_MAX])
{
	struct writer w = wr_of(buf, DN_MAX);
	wr_bytes(&w, slice_str("c=-, o=Postern, cn="));
	ldap_dn_write_value(&w, slice_str(c->pattern));
	wr_bytes(&w, slice_str(", objectClass=rtPerson"));
	return wr_slice(&w);
}

static int ask_add(struct directory_client *c, struct ldap_msg *m, struct writer *w)
{
	char sip[ILS_SIPADDRESS_MAX], ttl[SMALL];
	const struct addr a = client_address(c);
	if (a.family != ADDR_IP4)
		return PST_E_BAD;
	snprintf(ttl, sizeof(ttl), "%d", DIRECTORY_TTL_S / 60);
	const struct attr_text text[] = {
		{ "cn", c->pattern }, { "givenname", c->given }, { "surname", c->surname }, { "rfc822mailbox", c->pattern },
		{ "location", c->location }, { "comment", c->comment }, { "c", "-" }, { "sipaddress", ils_sipaddress(sip, &a) },
		{ "sflags", c->hidden ? "0" : "1" }, { "sttl", ttl }, { "ilsA26214430", "0" }, { "ilsA32833566", "1" },
		{ "ilsA32964638", "0" }, { "ilsA39321630", "0" },
	};
	struct ldap_attr attrs[ATTRS_MAX];
	struct pst_slice values[ATTRS_MAX];
	m->op = LDAP_ADD_REQUEST;
	set_attrs(m, text, sizeof(text) / sizeof(text[0]), 0, attrs, values);
	return ldap_encode(w, m);
}

static int ask_modify(struct directory_client *c, struct ldap_msg *m, struct writer *w)
{
	char port[SMALL];
	snprintf(port, sizeof(port), "%u", client_address(c).port);
	const struct attr_text text[] = {
		{ "smodop", "0" }, { "sappid", "ms-netmeeting" }, { "smimetype", "text/iuls" },
		{ "sappguid", "008aff194794cf118796444553540000" }, { "sprotid", "h323" }, { "sprotmimetype", "text/h323" },
		{ "sport", port },
	};
	struct ldap_attr attrs[ATTRS_MAX];
	struct pst_slice values[ATTRS_MAX];
	m->op = LDAP_MODIFY_REQUEST;
	set_attrs(m, text, sizeof(text) / sizeof(text[0]), LDAP_MOD_REPLACE, attrs, values);
	return ldap_encode(w, m);
}

static int ask_search(const struct directory_client *c, struct ldap_msg *m, struct writer *w)
{
	static const char *const wanted[] = { "cn", "givenname", "surname", "rfc822mailbox", "location", "comment", "sipaddress", "sport",
		"ilsa26214430" };
	enum { N_WANTED = sizeof(wanted) / sizeof(wanted[0]) };
	char pattern[CLIENT_NAME_MAX + 1], ttl[SMALL];
	struct pst_slice attrs[N_WANTED];
	struct ldap_filter terms[4] = {
		{ .kind = LDAP_FILTER_EQUAL, .attr = slice_str("objectClass"), .value = slice_str("rtPerson") },
		{ .kind = LDAP_FILTER_EQUAL, .attr = slice_str("cn") },
	};
	uint32_t n = 2;
	strcpy(pattern, c->pattern);
	snprintf(ttl, sizeof(ttl), "%d", DIRECTORY_TTL_S / 60);
	for (char *p = pattern; c->job == CLIENT_SEARCH && *p != '\0'; p++)
		*p = *p == '*' ? '%' : *p;
	terms[1].value = slice_str(pattern);
	if (c->job == CLIENT_KEEP) {
		/* Asking with an sttl is what renews. */
		terms[n++] = (struct ldap_filter){ .kind = LDAP_FILTER_EQUAL, .attr = slice_str("sttl"), .value = slice_str(ttl) };
	} else if (client_has_wildcard(pattern)) {
		terms[n++] = (struct ldap_filter){ .kind = LDAP_FILTER_EQUAL, .attr = slice_str("sappid"),
			.value = slice_str("ms-netmeeting") };
		terms[n++] = (struct ldap_filter){ .kind = LDAP_FILTER_EQUAL, .attr = slice_str("sprotid"), .value = slice_str("h323") };
	}
	for (uint32_t i = 0; i < N_WANTED; i++)
		attrs[i] = slice_str(wanted[i]);
	m->op = LDAP_SEARCH_REQUEST;
	m->dn = slice_str(LIST_BASE);
	m->u.search.filter = (struct ldap_filter){ .kind = LDAP_FILTER_AND, .children = terms, .n = n };
	m->u.search.attrs = attrs;
	m->u.search.n_attrs = N_WANTED;
	return ldap_encode(w, m);
}

static int ask(struct directory_client *c, struct writer *w)
{
	uint8_t dn[DN_MAX];
	struct ldap_msg m = { .id = (int32_t)c->step + 1, .dn = entry_dn(c, dn) };
	if (c->step == BIND) {
		m.op = LDAP_BIND_REQUEST;
		m.dn = slice_str("");
		m.u.bind.version = 2;
		m.u.bind.auth = LDAP_AUTH_SIMPLE;
		return ldap_encode(w, &m);
	}
	if (c->step == WORK && c->job == CLIENT_ADD)
		return ask_add(c, &m, w);
	if (c->step == SECOND)
		return ask_modify(c, &m, w);
	if (c->job != CLIENT_REMOVE)
		return ask_search(c, &m, w);
	m.op = LDAP_DELETE_REQUEST;
	return ldap_encode(w, &m);
}

/* Digits as a number, at most MAX; anything else is 0. */
static uint32_t number(struct pst_slice s, uint32_t max)
{
	uint64_t v = 0;
	for (size_t i = 0; i < s.n && s.n <= 10; i++)
		v = s.p[i] >= '0' && s.p[i] <= '9' ? v * 10 + (s.p[i] - '0') : (uint64_t)max + 1;
	return v <= max && s.n <= 10 ? (uint32_t)v : 0;
}

static void take_entry(struct directory_client *c, const struct ldap_msg *m)
{
	struct directory_found f = { .name = { NULL, 0 } };
	uint16_t port = 0;
	const struct { const char *name; struct pst_slice *to; } texts[] = {
		{ "cn", &f.name }, { "rfc822mailbox", &f.email }, { "givenname", &f.given }, { "surname", &f.surname },
		{ "location", &f.location }, { "comment", &f.comment },
	};
	for (uint32_t i = 0; i < m->u.attrs.n; i++) {
		const struct ldap_attr *a = &m->u.attrs.list[i];
		if (a->n_values == 0)
			continue;
		for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++)
			if (ldap_eq(a->type, slice_str(texts[t].name)))
				*texts[t].to = a->values[0];
		if (ldap_eq(a->type, slice_str("sipaddress")))
			(void)!ils_sipaddress_parse(&f.address, a->values[0]);
		if (ldap_eq(a->type, slice_str("ilsa26214430")))
			f.in_call = slice_eq(a->values[0], slice_str("1"));
		/* NetMeeting's own values are T.120's and, whatever they say, 1720: only a single other one is meant. */
		if (ldap_eq(a->type, slice_str("sport")) && a->n_values == 1 && number(a->values[0], 65535) != 1503)
			port = (uint16_t)number(a->values[0], 65535);
	}
	f.address.port = port;
	if (c->job == CLIENT_SEARCH)
		client_found(c, &f);
	else
		c->n_found++;
}

static int result_error(struct directory_client *c, int32_t code)
{
	snprintf(c->why, sizeof(c->why), "the server says: %s", ldap_result_str(code));
	switch (code) {
	case LDAP_SUCCESS:
		c->why[0] = '\0';
		return 0;
	case LDAP_NO_SUCH_OBJECT:
		return PST_E_NOT_FOUND;
	case LDAP_ENTRY_ALREADY_EXISTS:
		snprintf(c->why, sizeof(c->why), "the name is taken");
		return PST_E_DENIED;
	case LDAP_INSUFFICIENT_ACCESS:
	case LDAP_UNWILLING_TO_PERFORM:
	case LDAP_BUSY:
		return PST_E_DENIED;
	default:
		return PST_E_BAD;
	}
}

static int take_result(struct directory_client *c, const struct ldap_msg *m)
{
	const int32_t code = m->u.result.code;
	if (m->op == LDAP_SEARCH_DONE && code == LDAP_SIZE_LIMIT_EXCEEDED) {
		c->cut = true;
		return CLIENT_DONE;
	}
	const int err = result_error(c, code);
	/* An LDAP server that is no ILS does not know such a base. */
	if (m->op == LDAP_SEARCH_DONE && err != 0 && c->n_found == 0 &&
	    (err == PST_E_NOT_FOUND || code == LDAP_INVALID_DN_SYNTAX) && c->job == CLIENT_SEARCH)
		return PST_E_UNSUPPORTED;
	if (m->op == LDAP_BIND_RESPONSE)
		return err != 0 ? PST_E_UNSUPPORTED : CLIENT_NEXT;
	if (m->op == LDAP_ADD_RESPONSE && (code == LDAP_INVALID_DN_SYNTAX || code == LDAP_NO_SUCH_OBJECT))
		return PST_E_UNSUPPORTED;
	if (err != 0)
		return err;
	if (m->op == LDAP_ADD_RESPONSE)
		return CLIENT_NEXT;
	return c->job == CLIENT_KEEP && c->n_found == 0 ? PST_E_NOT_FOUND : CLIENT_DONE;
}

static int take(struct directory_client *c, struct pst_slice octets, struct arena *a)
{
	struct ldap_msg m;
	if (ldap_decode(&m, octets, &ldap_limits_default, a) != 0 || m.id != (int32_t)c->step + 1)
		return PST_E_UNSUPPORTED;
	switch (m.op) {
	case LDAP_SEARCH_ENTRY:
		take_entry(c, &m);
		return CLIENT_WAIT;
	case LDAP_SEARCH_REFERENCE:
		return CLIENT_WAIT;
	case LDAP_BIND_RESPONSE:
	case LDAP_SEARCH_DONE:
	case LDAP_ADD_RESPONSE:
	case LDAP_MODIFY_RESPONSE:
	case LDAP_DELETE_RESPONSE:
		return take_result(c, &m);
	default:
		return PST_E_UNSUPPORTED;
	}
}

static int length(struct pst_slice octets, size_t *n)
{
	/* What does not begin as an LDAPMessage is none. */
	if (octets.n > 0 && octets.p[0] != BER_SEQUENCE)
		return PST_E_BAD;
	return ber_length(octets, n);
}

static const uint8_t UNBIND[] = { BER_SEQUENCE, 5, BER_INTEGER, 1, 0x7f, LDAP_UNBIND_REQUEST, 0 };

const struct client_protocol client_ils = { DIRECTORY_BY_ILS, { UNBIND, sizeof(UNBIND) }, ask, length, take };
