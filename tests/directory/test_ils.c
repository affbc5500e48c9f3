/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ILS, exchange by exchange, against transcripts to the octet; then what the rules behind them are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transcript.h"

static const char anas_dn[] = "c=-,o=Microsoft, cn=ana@example.com, objectClass=rtPerson";
static const char list_attrs[] = "surname givenname comment location rfc822mailbox sipaddress ilsa32833566 ilsa32964638 "
				 "ilsa26279966 ilsa26214430 sport sappid";

static struct addr gateway_address(void *arg, uint8_t asker_realm, const struct directory_person *p)
{
	(void)arg, (void)p;
	return asker_realm == 1 ? addr_ip4((const uint8_t[]){ 203, 0, 113, 1 }, 0) : p->address;
}

static struct directory_config config(void)
{
	struct directory_config c = { .seed = 1, .address_for = gateway_address };
	directory_limits_default(&c.limits);
	c.limits.changes_per_source_s = 1000;
	return c;
}

static void golden(struct transcript *t, const char *name)
{
	char path[512], *want = NULL;
	size_t n = 0;
	fflush(t->out);
	snprintf(path, sizeof path, "%s/%s.txt", getenv("GOLDEN_DIR"), name);
	if (getenv("POSTERN_GOLDEN_UPDATE") != NULL) {
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		fwrite(t->text, 1, t->n, f);
		fclose(f);
	}
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	want = malloc(1 << 20);
	assert_non_null(want);
	n = fread(want, 1, (1 << 20) - 1, f);
	want[n] = '\0';
	fclose(f);
	assert_string_equal(t->text, want);
	free(want);
}

static struct ldap_filter all(const struct ldap_filter *terms, uint32_t n)
{
	return (struct ldap_filter){ .kind = LDAP_FILTER_AND, .children = terms, .n = n };
}

/* Sections 3 and 8: binds of both versions, root DSE */
static void binds(void **state)
{
	(void)state;
	const struct directory_config c = config();
	const struct ldap_filter present = { .kind = LDAP_FILTER_PRESENT, .attr = slice_str("objectClass") };
	struct ldap_msg sasl = { .op = LDAP_BIND_REQUEST };
	struct transcript t;
	transcript_open(&t, &c);
	connect_from(&t, 0, "10.70.41.96");
	say(&t, "NetMeeting: version 2, no name, no password");
	assert_int_equal(bind_as(&t, 2), 0);
	say(&t, "version 3");
	assert_int_equal(bind_as(&t, 3), 0);
	say(&t, "there is no version 4");
	assert_int_equal(bind_as(&t, 4), LDAP_PROTOCOL_ERROR);
	say(&t, "SASL");
	sasl.u.bind.version = 3;
	sasl.u.bind.auth = LDAP_AUTH_SASL;
	sasl.u.bind.credentials = slice_str("\x04\x04NTLM");
	assert_int_equal(ask(&t, &sasl), LDAP_AUTH_METHOD_NOT_SUPPORTED);
	say(&t, "the root of the tree");
	assert_int_equal(search(&t, "", LDAP_SCOPE_BASE, &present, ""), 0);
	assert_int_equal(search(&t, "", LDAP_SCOPE_BASE, &present, "SUPPORTEDEXTENSION nothing"), 0);
	unbind(&t);
	golden(&t, "binds");
	transcript_close(&t);
}

/* Sections 7.1 to 7.5: one person's evening */
static void netmeeting(void **state)
{
	(void)state;
	const struct directory_config c = config();
	const struct ldap_filter listing[] = { equals("objectClass", "rtPerson"), equals("cn", "%"), equals("sappid", "ms-netmeeting"),
		equals("sprotid", "h323") };
	const struct ldap_filter keep[] = { equals("objectClass", "rtPerson"), equals("cn", "ana@example.com"), equals("sttl", "10") };
	const struct ldap_filter everybody = all(listing, 4), keep_alive = all(keep, 3), resolve = all(keep, 2);
	const char *const in_call[] = { "smodop=3", "ilsA26214430=1", NULL };
	struct transcript t;
	transcript_open(&t, &c);
	connect_from(&t, 0, "10.70.41.96");
	say(&t, "log on (7.1)");
	assert_int_equal(log_on(&t, "ana@example.com", "1613317642"), 0);
	connect_from(&t, 0, "10.70.41.97");
	say(&t, "the list (7.5), from the same realm");
	bind_as(&t, 2);
	assert_int_equal(search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &everybody, list_attrs), 0);
	say(&t, "one person, other attributes, other order, other spelling, some that nobody has");
	assert_int_equal(search(&t, "objectClass=RTPerson", LDAP_SCOPE_BASE, &resolve, "SPORT none ipAddress CN ilsA39321630 sflags"), 0);
	unbind(&t);
	say(&t, "from outside: the gateway's address");
	connect_from(&t, 1, "198.51.100.7");
	bind_as(&t, 3);
	assert_int_equal(search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &resolve, "cn sipaddress"), 0);
	unbind(&t);
	say(&t, "nine minutes later: keep-alive (7.2)");
	t.now_ms = 9 * 60 * 1000;
	connect_from(&t, 0, "10.70.41.96");
	bind_as(&t, 2);
	assert_int_equal(search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &keep_alive, "cn sttl"), 0);
	unbind(&t);
	assert_int_equal(directory_next_ms(t.dir), 19 * 60 * 1000);
	say(&t, "in a call (7.3)");
	connect_from(&t, 0, "10.70.41.96");
	bind_as(&t, 2);
	assert_int_equal(modify(&t, anas_dn, LDAP_MOD_REPLACE, in_call), 0);
	assert_int_equal(search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &resolve, "ilsa26214430 sappid"), 0);
	unbind(&t);
	say(&t, "log off (7.4), twice");
	connect_from(&t, 0, "10.70.41.96");
	bind_as(&t, 2);
	assert_int_equal(delete_entry(&t, anas_dn), 0);
	assert_int_equal(delete_entry(&t, anas_dn), LDAP_NO_SUCH_OBJECT);
	say(&t, "the session lives on; keep-alive finds nobody, which is no error");
	assert_int_equal(search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &keep_alive, "cn"), 0);
	unbind(&t);
	golden(&t, "netmeeting");
	transcript_close(&t);
}

/* GnomeMeeting: Delete, Add, Modify, and a search of its own */
static void gnomemeeting(void **state)
{
	(void)state;
	const struct directory_config c = config();
	const char dn[] = "c=FR,o=Gnome,cn=luc@example.org,objectClass=RTPerson";
	const char *const person[] = { "cn=luc@example.org", "givenname=Luc", "surname=N\xe9", "sappid=ms-netmeeting", "sflags=1",
		"sipaddress=3309688895", "rfc822mailbox=luc@example.org", NULL };
	const char *const more[] = { "smodop=0", "sprotid=h323", "sport=1503", "sport=1720", "sipaddress=3758139584", NULL };
	const struct ldap_filter terms[] = { equals("cn", "%"), equals("rfc822mailbox", "%EXAMPLE%") };
	const struct ldap_filter found = all(terms, 2);
	struct transcript t;
	transcript_open(&t, &c);
	connect_from(&t, 0, "63.216.69.197");
	for (int i = 0; i < 2; i++) {
		say(&t, i == 0 ? "the first time" : "every 1200 s");
		t.now_ms = (uint64_t)i * 1200 * 1000;
		bind_as(&t, 2);
		assert_int_equal(delete_entry(&t, dn), i == 0 ? LDAP_NO_SUCH_OBJECT : 0);
		assert_int_equal(add(&t, dn, person), 0);
		assert_int_equal(modify(&t, dn, LDAP_MOD_REPLACE, more), 0);
		assert_int_equal(directory_expire(t.dir, t.now_ms + 1200 * 1000), 0);
	}
	say(&t, "found by a part of the e-mail");
	assert_int_equal(search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &found, list_attrs), 0);
	golden(&t, "gnomemeeting");
	transcript_close(&t);
}

/* Sections 7.7 and 8: stored names, entryTTL, refresh, conferences */
static void telephony(void **state)
{
	(void)state;
	const struct directory_config c = config();
	const char person_dn[] = "cn=ana]pc.example.com, ou=Dynamic, o=Intranet";
	const char application_dn[] = "cn=ana]pc.example.com, appName=MS-NetMeeting, ou=Applications, o=Intranet";
	const char conference_dn[] = "uid=standup,ou=dynamic,o=Intranet";
	const char *const person[] = { "objectClass=RTPerson", "objectClass=DynamicObject", "cn=ana]pc.example.com", "c=US",
		"ipAddress=1613317642", NULL };
	const char *const application[] = { "objectClass=RTApplicationUser", "applicationID=ms-netmeeting", NULL };
	const char *const ttl[] = { "entryTTL=1800", NULL };
	const char *const conference[] = { "objectClass=RTConference", "objectClass=DynamicObject", "uid=standup",
		"protocolId=IP Conference", "conferenceBlob=v=0\r\no=ana 1 1 IN IP4 224.2.1.1\r\n", "ntSecurityDescriptor=\x01\x02", NULL };
	const struct ldap_filter people = { .kind = LDAP_FILTER_PRESENT, .attr = slice_str("cn") },
				 conferences = { .kind = LDAP_FILTER_PRESENT, .attr = slice_str("uid") };
	struct ldap_msg refresh = { .op = LDAP_EXTENDED_REQUEST };
	struct transcript t;
	transcript_open(&t, &c);
	connect_from(&t, 0, "10.70.41.96");
	bind_as(&t, 3);
	say(&t, "a person and the application, each with a lifetime in seconds");
	assert_int_equal(add(&t, person_dn, person), 0);
	assert_int_equal(modify(&t, person_dn, LDAP_MOD_REPLACE, ttl), 0);
	assert_int_equal(add(&t, application_dn, application), 0);
	assert_int_equal(modify(&t, application_dn, LDAP_MOD_REPLACE, ttl), 0);
	say(&t, "a conference (7.7)");
	assert_int_equal(add(&t, conference_dn, conference), 0);
	assert_int_equal(modify(&t, conference_dn, LDAP_MOD_REPLACE, ttl), 0);
	say(&t, "the conferences, then the people");
	assert_int_equal(search(&t, "ou=dynamic,o=Intranet", LDAP_SCOPE_ONE, &conferences,
		"uid protocolId conferenceBlob ntSecurityDescriptor"), 0);
	assert_int_equal(search(&t, "ou=dynamic,o=Intranet", LDAP_SCOPE_ONE, &people, "cn ipAddress ntSecurityDescriptor entryTTL"), 0);
	say(&t, "RFC 2589: refresh for an hour; of nobody; of nothing");
	refresh.u.extended.oid = slice_str("1.3.6.1.4.1.1466.101.119.1");
	refresh.u.extended.has_value = true;
	refresh.u.extended.value = slice_of("\x30\x27\x80\x21uid=standup,ou=dynamic,o=Intranet\x81\x02\x0e\x10", 41);
	assert_int_equal(ask(&t, &refresh), 0);
	refresh.u.extended.value = slice_of("\x30\x0c\x80\x06uid=no\x81\x02\x0e\x10", 14);
	assert_int_equal(ask(&t, &refresh), LDAP_NO_SUCH_OBJECT);
	refresh.u.extended.has_value = false;
	assert_int_equal(ask(&t, &refresh), LDAP_PROTOCOL_ERROR);
	assert_int_equal(directory_expire(t.dir, 1800 * 1000), 1);
	assert_int_equal(directory_expire(t.dir, 3600 * 1000 - 1), 0);
	assert_int_equal(directory_expire(t.dir, 3600 * 1000), 1);
	golden(&t, "telephony");
	transcript_close(&t);
}

static void what_is_not_served(void **state)
{
	(void)state;
	const struct directory_config c = config();
	struct transcript t;
	struct ldap_msg m = { .op = LDAP_MODIFY_DN_REQUEST, .dn = slice_str("cn=a") };
	const struct ldap_control critical = { slice_str("1.2.840.113556.1.4.319"), true, false, { NULL, 0 } };
	const char *const nothing[] = { NULL };
	static const uint8_t unknown[] = { 0x30, 7, 2, 1, 9, 0x7e, 2, 4, 0 }, cut[] = { 0x30, 9, 2, 1, 9, 0x63, 4, 4, 0x7f, 0, 0 },
			     no_id[] = { 0x30, 2, 4, 0 };
	transcript_open(&t, &c);
	connect_from(&t, 0, "10.70.41.96");
	m.u.modify_dn.new_rdn = slice_str("cn=b");
	say(&t, "no ModifyDN (7.3)");
	assert_int_equal(ask(&t, &m), LDAP_UNWILLING_TO_PERFORM);
	say(&t, "extended operations: StartTLS");
	m = (struct ldap_msg){ .op = LDAP_EXTENDED_REQUEST };
	m.u.extended.oid = slice_str("1.3.6.1.4.1.1466.20037");
	assert_int_equal(ask(&t, &m), LDAP_PROTOCOL_ERROR);
	say(&t, "a critical control");
	m = (struct ldap_msg){ .op = LDAP_DELETE_REQUEST, .dn = slice_str("cn=a"), .controls = &critical, .n_controls = 1 };
	assert_int_equal(ask(&t, &m), LDAP_UNAVAILABLE_CRITICAL_EXTENSION);
	say(&t, "abandoning what is over");
	m = (struct ldap_msg){ .op = LDAP_ABANDON_REQUEST };
	m.u.abandon = 1;
	assert_int_equal(ask(&t, &m), -1);
	say(&t, "parents, and what is no name");
	assert_int_equal(add(&t, "o=Microsoft", nothing), LDAP_UNWILLING_TO_PERFORM);
	assert_int_equal(add(&t, "cn", nothing), LDAP_INVALID_DN_SYNTAX);
	assert_int_equal(modify(&t, "cn=nobody", LDAP_MOD_REPLACE, nothing), LDAP_NO_SUCH_OBJECT);
	say(&t, "an operation nobody knows; one that does not fit its message: the session lives on");
	assert_int_equal(ask_octets(&t, slice_of(unknown, sizeof unknown)), LDAP_PROTOCOL_ERROR);
	assert_int_equal(ask_octets(&t, slice_of(cut, sizeof cut)), LDAP_PROTOCOL_ERROR);
	assert_int_equal(bind_as(&t, 3), 0);
	say(&t, "no message at all: version 3 is told, and the connection ends");
	assert_int_equal(ask_octets(&t, slice_of(no_id, sizeof no_id)), LDAP_PROTOCOL_ERROR);
	golden(&t, "refused");
	transcript_close(&t);
}

static uint32_t count(const struct transcript *t, const char *what)
{
	uint32_t n = 0;
	fflush(t->out);
	for (const char *at = t->text; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void hidden_people_are_found_by_their_name_only(void **state)
{
	(void)state;
	const struct directory_config c = config();
	const char *const hide[] = { "sflags=0", NULL };
	const struct ldap_filter listing = equals("cn", "%"), resolve = equals("cn", "ANA@example.com"), part = equals("cn", "ana%");
	struct transcript t;
	transcript_open(&t, &c);
	connect_from(&t, 0, "10.70.41.96");
	assert_int_equal(log_on(&t, "ana@example.com", "1613317642"), 0);
	assert_int_equal(modify(&t, anas_dn, LDAP_MOD_REPLACE, hide), 0);
	search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &listing, "cn");
	search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &part, "cn");
	assert_int_equal(count(&t, "<- searchResultEntry"), 0);
	search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &resolve, "cn");
	assert_int_equal(count(&t, "<- searchResultEntry"), 1);
	transcript_close(&t);
}

static void an_entry_belongs_to_who_made_it(void **state)
{
	(void)state;
	const struct directory_config c = config();
	const struct ldap_filter keep[] = { equals("cn", "ana@example.com"), equals("sttl", "1000") };
	const struct ldap_filter keep_alive = all(keep, 2);
	const char *const steal[] = { "cn=ana@example.com", "sipaddress=1", NULL },
		   *const with_token[] = { "cn=ana@example.com", "ssecurity=1903246", "sipaddress=1", NULL };
	struct transcript t;
	transcript_open(&t, &c);
	connect_from(&t, 0, "10.70.41.96");
	assert_int_equal(log_on(&t, "ana@example.com", "1613317642"), 0);
	search(&t, anas_dn, LDAP_SCOPE_BASE, &keep[0], "ssecurity");
	assert_int_equal(count(&t, "\n  ssecurity: 1903246"), 2);
	connect_from(&t, 0, "10.70.41.98");
	assert_int_equal(add(&t, anas_dn, steal), LDAP_ENTRY_ALREADY_EXISTS);
	assert_int_equal(modify(&t, anas_dn, LDAP_MOD_REPLACE, steal), LDAP_INSUFFICIENT_ACCESS);
	assert_int_equal(delete_entry(&t, anas_dn), LDAP_INSUFFICIENT_ACCESS);
	search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &keep_alive, "cn"); /* looks, does not renew */
	assert_int_equal(directory_next_ms(t.dir), 1800 * 1000);
	search(&t, anas_dn, LDAP_SCOPE_BASE, &keep[0], "ssecurity");
	assert_int_equal(count(&t, "\n  ssecurity: 1903246"), 2); /* it would be the key to the entry */
	/* after a crash, with another address */
	assert_int_equal(add(&t, anas_dn, with_token), 0);
	assert_int_equal(delete_entry(&t, anas_dn), 0);
	transcript_close(&t);
}

static void policies(void **state)
{
	(void)state;
	const struct directory_config c = config();
	const struct ldap_filter listing = equals("cn", "%"), resolve = equals("cn", "ana@example.com");
	struct transcript t;
	transcript_open(&t, &c);
	t.policy.may_register = 1 << 0;
	t.policy.may_list = 1 << 0;
	t.policy.source_address = true;
	connect_from(&t, 1, "198.51.100.7");
	assert_int_equal(log_on(&t, "eve@example.com", "1"), LDAP_INSUFFICIENT_ACCESS);
	connect_from(&t, 0, "10.70.41.96");
	assert_int_equal(log_on(&t, "ana@example.com", "1"), 0);
	search(&t, "", LDAP_SCOPE_SUB, &resolve, "sipaddress");
	assert_int_equal(count(&t, "\n  sipaddress: 1613317642"), 1);
	connect_from(&t, 1, "198.51.100.7");
	assert_int_equal(search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &listing, "cn"), LDAP_INSUFFICIENT_ACCESS);
	assert_int_equal(search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &resolve, "cn"), 0);
	t.policy.may_search = 1 << 0;
	assert_int_equal(search(&t, "objectClass=rtPerson", LDAP_SCOPE_BASE, &resolve, "cn"), LDAP_INSUFFICIENT_ACCESS);
	t.policy.strict_add = true;
	connect_from(&t, 0, "10.70.41.96");
	assert_int_equal(log_on(&t, "ana@example.com", "1"), LDAP_ENTRY_ALREADY_EXISTS);
	transcript_close(&t);
}

static void lists_are_cut_at_the_limit(void **state)
{
	(void)state;
	struct directory_config c = config();
	c.limits.entries_per_source = 2000;
	const struct ldap_filter listing = equals("objectClass", "rtPerson");
	struct ldap_msg m = { .op = LDAP_SEARCH_REQUEST, .dn = slice_str("objectClass=rtPerson") };
	struct transcript t;
	char mail[32];
	transcript_open(&t, &c);
	connect_from(&t, 0, "10.70.41.96");
	for (int i = 0; i < 600; i++) {
		snprintf(mail, sizeof mail, "n%d@example.com", i);
		t.now_ms = (uint64_t)i * 100;
		assert_int_equal(log_on(&t, mail, "1613317642"), 0);
	}
	m.u.search.filter = listing;
	assert_int_equal(ask(&t, &m), 0);
	assert_int_equal(count(&t, "<- searchResultEntry"), 600);
	m.u.search.size_limit = 7;
	assert_int_equal(ask(&t, &m), LDAP_SIZE_LIMIT_EXCEEDED);
	assert_int_equal(count(&t, "<- searchResultEntry"), 607);
	m.u.search.size_limit = 600;
	assert_int_equal(ask(&t, &m), 0);
	t.policy.list_max = 3;
	assert_int_equal(ask(&t, &m), LDAP_SIZE_LIMIT_EXCEEDED);
	assert_int_equal(count(&t, "<- searchResultEntry"), 1210);
	transcript_close(&t);
}

static void modifications(void **state)
{
	(void)state;
	const struct directory_config c = config();
	const char *const a[] = { "comment=one", NULL }, *const b[] = { "comment=two", "x-new=1", NULL }, *const gone[] = { "comment=one", NULL },
		   *const whole[] = { "comment", NULL }, *const remove[] = { "smodop=1", "sappid=ms-netmeeting", NULL };
	const struct ldap_filter who = equals("cn", "ana@example.com"), app = equals("sappid", "%");
	struct transcript t;
	transcript_open(&t, &c);
	connect_from(&t, 0, "10.70.41.96");
	assert_int_equal(log_on(&t, "ana@example.com", "1613317642"), 0);
	assert_int_equal(modify(&t, anas_dn, LDAP_MOD_REPLACE, a), 0);
	assert_int_equal(modify(&t, anas_dn, LDAP_MOD_ADD, a), LDAP_ATTRIBUTE_OR_VALUE_EXISTS);
	assert_int_equal(modify(&t, anas_dn, LDAP_MOD_ADD, b), 0);
	search(&t, "", LDAP_SCOPE_SUB, &who, "COMMENT x-NEW");
	assert_int_equal(count(&t, "\n  COMMENT: one two\n  x-NEW: 1"), 1);
	assert_int_equal(modify(&t, anas_dn, LDAP_MOD_DELETE, gone), 0);
	assert_int_equal(modify(&t, anas_dn, LDAP_MOD_DELETE, gone), LDAP_NO_SUCH_ATTRIBUTE);
	assert_int_equal(modify(&t, anas_dn, LDAP_MOD_DELETE, whole), 0);
	assert_int_equal(modify(&t, anas_dn, LDAP_MOD_DELETE, whole), LDAP_NO_SUCH_ATTRIBUTE);
	search(&t, "", LDAP_SCOPE_SUB, &app, "cn");
	assert_int_equal(count(&t, "<- searchResultEntry"), 2);
	assert_int_equal(modify(&t, anas_dn, LDAP_MOD_REPLACE, remove), 0);
	search(&t, "", LDAP_SCOPE_SUB, &app, "cn");
	assert_int_equal(count(&t, "<- searchResultEntry"), 2);
	transcript_close(&t);
}

static void addresses(void **state)
{
	(void)state;
	static const struct {
		const char *ip, *number;
	} of[] = { { "10.70.41.96", "1613317642" }, { "63.216.69.197", "3309688895" }, { "192.168.0.224", "3758139584" },
		{ "0.0.0.0", "0" }, { "255.255.255.255", "4294967295" } };
	struct addr a, b;
	char buf[ILS_SIPADDRESS_MAX];
	for (unsigned i = 0; i < sizeof of / sizeof *of; i++) {
		assert_int_equal(addr_parse(&a, of[i].ip, 0), 0);
		assert_string_equal(ils_sipaddress(buf, &a), of[i].number);
		assert_int_equal(ils_sipaddress_parse(&b, slice_str(of[i].number)), 0);
		assert_true(addr_eq(&a, &b));
	}
	static const char *const bad[] = { "", "-1", "4294967296", "99999999999", "1 ", "0x1" };
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_true(ils_sipaddress_parse(&a, slice_str(bad[i])) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(binds),
		cmocka_unit_test(netmeeting),
		cmocka_unit_test(gnomemeeting),
		cmocka_unit_test(telephony),
		cmocka_unit_test(what_is_not_served),
		cmocka_unit_test(hidden_people_are_found_by_their_name_only),
		cmocka_unit_test(an_entry_belongs_to_who_made_it),
		cmocka_unit_test(policies),
		cmocka_unit_test(lists_are_cut_at_the_limit),
		cmocka_unit_test(modifications),
		cmocka_unit_test(addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
