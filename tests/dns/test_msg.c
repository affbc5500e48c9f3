/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS questions and answers (RFC 1035 4, RFC 2782), and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns/msg.h"

/* SRV of _h323ls._udp.example.org, with the names in it pointing back */
static const uint8_t srv[] = { 0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0,
	7, '_', 'h', '3', '2', '3', 'l', 's', 4, '_', 'u', 'd', 'p', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0,
	0, 33, 0, 1,
	0xc0, 12, 0, 33, 0, 1, 0, 0, 1, 0x2c, 0, 11, 0, 10, 0, 5, 6, 0xb7, 2, 'g', 'k', 0xc0, 25,
	0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, 7, 0, 20, 0, 0, 6, 0xb7, 0 };
/* A of www.example.org: an alias of a.example.org, and its address; an address of somebody else */
static const uint8_t a[] = { 0, 7, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0,
	3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0, 0, 1, 0, 1,
	0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 4, 1, 'a', 0xc0, 16,
	1, 'b', 0xc0, 16, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 66,
	1, 'A', 0xc0, 16, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 7 };

static void question(void **state)
{
	uint8_t octets[DNS_QUERY_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	char longest[300];
	(void)state;
	assert_int_equal(dns_query_encode(&w, 0x1234, "_h323ls._udp.example.org", DNS_SRV), 0);
	assert_int_equal(w.n, 42);
	assert_memory_equal(octets + 12, srv + 12, 30);
	static const char *const bad[] = { "", ".", "a..b", "a b.c", "\x80.org" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(dns_query_encode(&w, 1, bad[i], DNS_A), PST_E_BAD);
	memset(longest, 'a', sizeof longest);
	longest[64] = '\0';
	assert_int_equal(dns_query_encode(&w, 1, longest, DNS_A), PST_E_BAD);
	assert_int_equal(w.n, 42);
}

static void services(void **state)
{
	struct dns_record r[4];
	uint32_t n;
	(void)state;
	assert_int_equal(dns_answer_decode(slice_of(srv, sizeof srv), 0x1234, "_H323LS._udp.example.org", DNS_SRV, r, 4, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(r[0].target, "gk.example.org");
	assert_int_equal(r[0].port, 1719);
	assert_int_equal(r[0].priority, 10);
	assert_int_equal(r[0].ttl_s, 300);
	assert_string_equal(r[1].target, "");
	assert_int_equal(dns_answer_decode(slice_of(srv, sizeof srv), 0x1234, "_h323ls._udp.example.org", DNS_SRV, r, 1, &n), 0);
	assert_int_equal(n, 1);
}

static void addresses(void **state)
{
	struct dns_record r[4];
	uint32_t n;
	char text[ADDR_STRLEN];
	(void)state;
	assert_int_equal(dns_answer_decode(slice_of(a, sizeof a), 7, "www.example.org", DNS_A, r, 4, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(addr_str(&r[0].addr, text), "192.0.2.7");
}

static void other_answers(void **state)
{
	struct dns_record r[4];
	uint32_t n;
	uint8_t m[sizeof a];
	(void)state;
	assert_int_equal(dns_answer_decode(slice_of(a, sizeof a), 8, "www.example.org", DNS_A, r, 4, &n), PST_E_NOT_FOUND);
	assert_int_equal(dns_answer_decode(slice_of(a, sizeof a), 7, "ww.example.org", DNS_A, r, 4, &n), PST_E_NOT_FOUND);
	assert_int_equal(dns_answer_decode(slice_of(a, sizeof a), 7, "www.example.org", DNS_AAAA, r, 4, &n), PST_E_NOT_FOUND);
	memcpy(m, a, sizeof m);
	m[3] = 0x83; /* no such name */
	assert_int_equal(dns_answer_decode(slice_of(m, sizeof m), 7, "www.example.org", DNS_A, r, 4, &n), 0);
	assert_int_equal(n, 0);
	m[3] = 0x82; /* server failure */
	assert_int_equal(dns_answer_decode(slice_of(m, sizeof m), 7, "www.example.org", DNS_A, r, 4, &n), PST_E_DENIED);
	m[2] = 0x01; /* a question */
	assert_int_equal(dns_answer_decode(slice_of(m, sizeof m), 7, "www.example.org", DNS_A, r, 4, &n), PST_E_NOT_FOUND);
	/* cut off anywhere, and a name that points to itself */
	for (size_t cut = 0; cut < sizeof a; cut++)
		assert_true(dns_answer_decode(slice_of(a, cut), 7, "www.example.org", DNS_A, r, 4, &n) < 0 || cut == sizeof a);
	memcpy(m, a, sizeof m);
	m[33] = 0xc0, m[34] = 33;
	assert_int_equal(dns_answer_decode(slice_of(m, sizeof m), 7, "www.example.org", DNS_A, r, 4, &n), PST_E_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(question), cmocka_unit_test(services), cmocka_unit_test(addresses),
		cmocka_unit_test(other_answers) };
	return cmocka_run_group_tests_name("dns/msg", tests, NULL, NULL);
}
