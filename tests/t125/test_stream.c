/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TPKT and X.224 down to MCS PDUs: any cut of the stream, segments, limits. */
#include "../asn1/vectors.h"

#include "t125/stream.h"

/* CR, then a PDU of one DT, a keep-alive, then one of three DTs. */
#define STREAM                                                                                               \
	"0300000b 06e00000123400"                                                                            \
	"03000008 02f08028"                                                                                  \
	"03000004"                                                                                           \
	"03000009 02f000 aabb"                                                                               \
	"03000008 02f000 cc"                                                                                 \
	"03000007 02f080"

static void expect(struct t125_stream *s, struct pst_slice in, size_t cut)
{
	unsigned n = 0;
	for (size_t at = 0; at < in.n; at += cut) {
		struct t125_unit u;
		int rc;
		t125_stream_feed(s, slice_of(in.p + at, in.n - at < cut ? in.n - at : cut));
		while ((rc = t125_stream_next(s, &u)) == 0) {
			if (n == 0)
				assert_true(!u.is_pdu && u.tpdu.type == X224_CR && u.tpdu.src_ref == 0x1234);
			else if (n == 1)
				assert_true(u.is_pdu && !u.segmented && u.pdu.n == 1 && u.pdu.p[0] == 0x28);
			else
				assert_true(u.is_pdu && u.segmented &&
				            slice_eq(u.pdu, slice_of("\xaa\xbb\xcc", 3)));
			n++;
		}
		assert_int_equal(rc, PST_E_AGAIN);
	}
	assert_int_equal(n, 3);
}

static void test_cuts(void **state)
{
	(void)state;
	const struct pst_slice in = from_hex(STREAM);
	for (size_t cut = 1; cut <= in.n; cut++) {
		struct t125_stream s;
		t125_stream_init(&s, 0);
		expect(&s, in, cut);
		t125_stream_reset(&s);
	}
	free_slice(in);
}

static void refused(const char *hex, uint32_t max, int code)
{
	const struct pst_slice in = from_hex(hex);
	struct t125_stream s;
	struct t125_unit u;
	int rc;
	t125_stream_init(&s, max);
	t125_stream_feed(&s, in);
	while ((rc = t125_stream_next(&s, &u)) == 0)
		;
	assert_int_equal(rc, code);
	assert_int_equal(t125_stream_next(&s, &u), code);
	assert_non_null(s.what);
	t125_stream_reset(&s);
	free_slice(in);
}

static void test_refused(void **state)
{
	(void)state;
	refused("160301 0200", 0, PST_E_BAD);     /* TLS */
	refused("03000007 02c180", 0, PST_E_BAD); /* a code of no class 0 */
	refused("03000007 02f000", 0, PST_E_BAD); /* a segment of nothing */
	refused("0300000a 02f080 aabbcc", 2, PST_E_LIMIT);
	refused("03000009 02f000 aabb 03000008 02f080 cc", 2, PST_E_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cuts), cmocka_unit_test(test_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
