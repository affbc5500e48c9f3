/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ldap/ber.h"

void transcript_open(struct transcript *t, const struct directory_config *cfg)
{
	*t = (struct transcript){ .policy = directory_policy_default() };
	t->out = open_memstream(&t->text, &t->n);
	assert_non_null(t->out);
	assert_int_equal(directory_new(&t->dir, cfg), 0);
	t->ils = (struct ils){ .dir = t->dir, .policy = &t->policy };
}

void transcript_close(struct transcript *t)
{
	ils_session_free(&t->session);
	directory_free(t->dir);
	fclose(t->out);
	free(t->text);
}

void say(struct transcript *t, const char *text)
{
	fprintf(t->out, "\n# %s\n", text);
}

void connect_from(struct transcript *t, uint8_t realm, const char *address)
{
	struct directory_asker asker = { .realm = realm };
	assert_int_equal(addr_parse(&asker.from, address, 0), 0);
	ils_session_free(&t->session);
	ils_session_init(&t->session, &t->ils, &asker);
	fprintf(t->out, "connected from %s in realm %u\n", address, realm);
	t->id = 0;
}

static void put_octets(struct transcript *t, struct pst_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		fprintf(t->out, "%s%02x", i % 32 == 0 ? "\n    " : " ", s.p[i]);
	fputc('\n', t->out);
}

static void put_text(struct transcript *t, struct pst_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		fprintf(t->out, s.p[i] >= 0x20 && s.p[i] < 0x7f ? "%c" : "\\x%02x", s.p[i]);
}

static void put_attrs(struct transcript *t, const struct ldap_msg *m)
{
	for (uint32_t i = 0; i < m->u.attrs.n; i++) {
		const struct ldap_attr *a = &m->u.attrs.list[i];
		fprintf(t->out, "\n  ");
		put_text(t, a->type);
		fprintf(t->out, ":");
		for (uint32_t v = 0; v < a->n_values; v++) {
			fputc(' ', t->out);
			put_text(t, a->values[v]);
		}
	}
}

static int32_t put_message(struct transcript *t, const char *who, struct pst_slice octets)
{
	struct ldap_msg m;
	struct arena a;
	int32_t code = 0;
	char filter[256];
	arena_init(&a, 0);
	const int err = ldap_decode(&m, octets, &ldap_limits_default, &a);
	fprintf(t->out, "%s %s", who, err ? "malformed" : ldap_op_str(m.op));
	if (!err && m.dn.n) {
		fputc(' ', t->out);
		put_text(t, m.dn);
	}
	if (!err && m.op == LDAP_SEARCH_REQUEST)
		fprintf(t->out, " %s", ldap_filter_str(&m.u.search.filter, filter, sizeof filter));
	if (!err && (m.op == LDAP_SEARCH_ENTRY || m.op == LDAP_ADD_REQUEST || m.op == LDAP_MODIFY_REQUEST))
		put_attrs(t, &m);
	else if (!err && ldap_response_to(m.op) == 0 && m.op != LDAP_UNBIND_REQUEST && m.op != LDAP_ABANDON_REQUEST) {
		code = m.u.result.code;
		fprintf(t->out, " %s", ldap_result_str(code));
	}
	put_octets(t, octets);
	arena_free(&a);
	return code;
}

int32_t ask_octets(struct transcript *t, struct pst_slice octets)
{
	static uint8_t out[ILS_OUT_MIN * 2];
	struct writer w = wr_of(out, sizeof out);
	int32_t code = -1;
	size_t n;
	(void)put_message(t, "->", octets);
	int done = ils_handle(&t->session, octets, t->now_ms, &w);
	for (;;) {
		assert_int_equal(wr_done(&w), 0);
		for (struct pst_slice left = wr_slice(&w); left.n > 0; left = slice_of(left.p + n, left.n - n)) {
			assert_int_equal(ber_length(left, &n), 0);
			assert_true(n <= left.n);
			code = put_message(t, "<-", slice_of(left.p, n));
		}
		if (done != ILS_MORE)
			break;
		w = wr_of(out, sizeof out);
		done = ils_more(&t->session, t->now_ms, &w);
	}
	if (done == ILS_CLOSE)
		fprintf(t->out, "closed\n");
	return code;
}

int32_t ask(struct transcript *t, struct ldap_msg *m)
{
	uint8_t buf[ILS_MESSAGE_MAX];
	struct writer w = wr_of(buf, sizeof buf);
	m->id = ++t->id;
	assert_int_equal(ldap_encode(&w, m), 0);
	return ask_octets(t, wr_slice(&w));
}

int32_t bind_as(struct transcript *t, int32_t version)
{
	struct ldap_msg m = { .op = LDAP_BIND_REQUEST };
	m.u.bind.version = version;
	m.u.bind.auth = LDAP_AUTH_SIMPLE;
	return ask(t, &m);
}

int32_t unbind(struct transcript *t)
{
	struct ldap_msg m = { .op = LDAP_UNBIND_REQUEST };
	return ask(t, &m);
}

struct ldap_filter equals(const char *attr, const char *value)
{
	return (struct ldap_filter){ .kind = LDAP_FILTER_EQUAL, .attr = slice_str(attr), .value = slice_str(value) };
}

int32_t search(struct transcript *t, const char *base, enum ldap_scope scope, const struct ldap_filter *f, const char *attrs)
{
	struct ldap_msg m = { .op = LDAP_SEARCH_REQUEST, .dn = slice_str(base) };
	struct pst_slice names[32];
	uint32_t n = 0;
	for (const char *at = attrs; *at != '\0'; n++) {
		const size_t len = strcspn(at, " ");
		names[n] = slice_of(at, len);
		at += len + (at[len] == ' ');
	}
	m.u.search.scope = scope;
	m.u.search.filter = *f;
	m.u.search.attrs = names;
	m.u.search.n_attrs = n;
	return ask(t, &m);
}

static int32_t with_attrs(struct transcript *t, struct ldap_msg *m, enum ldap_mod_op op, const char *const *attrs)
{
	struct ldap_attr list[64];
	struct pst_slice values[64];
	uint32_t n = 0, n_values = 0;
	for (; *attrs != NULL; attrs++) {
		const size_t len = strcspn(*attrs, "=");
		const struct pst_slice type = slice_of(*attrs, len);
		values[n_values] = (*attrs)[len] ? slice_str(*attrs + len + 1) : slice_str("");
		if (n > 0 && slice_eq(list[n - 1].type, type))
			list[n - 1].n_values++;
		else
			list[n++] = (struct ldap_attr){ type, &values[n_values], (*attrs)[len] ? 1 : 0, (uint8_t)op };
		n_values++;
	}
	m->u.attrs.list = list;
	m->u.attrs.n = n;
	return ask(t, m);
}

int32_t add(struct transcript *t, const char *dn, const char *const *attrs)
{
	struct ldap_msg m = { .op = LDAP_ADD_REQUEST, .dn = slice_str(dn) };
	return with_attrs(t, &m, 0, attrs);
}

int32_t modify(struct transcript *t, const char *dn, enum ldap_mod_op op, const char *const *attrs)
{
	struct ldap_msg m = { .op = LDAP_MODIFY_REQUEST, .dn = slice_str(dn) };
	return with_attrs(t, &m, op, attrs);
}

int32_t delete_entry(struct transcript *t, const char *dn)
{
	struct ldap_msg m = { .op = LDAP_DELETE_REQUEST, .dn = slice_str(dn) };
	return ask(t, &m);
}

int32_t log_on(struct transcript *t, const char *mail, const char *sipaddress)
{
	char dn[128], cn[80], mailbox[100], address[40];
	snprintf(dn, sizeof dn, "c=-,o=Microsoft, cn=%s, objectClass=rtPerson", mail);
	snprintf(cn, sizeof cn, "cn=%s", mail);
	snprintf(mailbox, sizeof mailbox, "rfc822mailbox=%s", mail);
	snprintf(address, sizeof address, "sipaddress=%s", sipaddress);
	const char *const person[] = { cn, "givenname=Ana", "surname=Garc\355a", mailbox, "location=Le\363n", "comment=", "c=-", address,
		"sflags=1", "ssecurity=1903246", "ilsA26214430=0", "ilsA26279966=84020942", "ilsA32833566=1", "ilsA32964638=1",
		"ilsA39321630=1", NULL };
	const char *const application[] = { "smodop=0", "sappid=ms-netmeeting", "smimetype=text/iuls",
		"sappguid=008aff194794cf118796444553540000", "sprotid=t120", "sprotid=h323", "sprotmimetype=text/t120",
		"sprotmimetype=text/h323", "sport=1503", "sport=1720", NULL };
	bind_as(t, 2);
	const int32_t code = add(t, dn, person);
	const int32_t second = modify(t, dn, LDAP_MOD_REPLACE, application);
	unbind(t);
	return code ? code : second;
}
