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

/* A data PDU is known by its header; what else comes, and a header that is not whole, is a unit for the stream. */
static void test_ahead(void **state)
{
	(void)state;
	/* sendDataRequest of user 1007 on channel 1003, 4 octets of data of which 2 are here */
	static const uint8_t pdu[] = {3, 0, 0, 18, 2, 0xf0, 0x80, 0x64, 0, 6, 3, 0xeb, 0x70, 4, 1, 2, 3, 4},
	                     attach[] = {3, 0, 0, 8, 2, 0xf0, 0x80, 0x28},
	                     segment[] = {3, 0, 0, 18, 2, 0xf0, 0x00, 0x64, 0, 6, 3, 0xeb, 0x70, 4, 1, 2, 3, 4},
	                     wrong[] = {3, 0, 0, 17, 2, 0xf0, 0x80, 0x64, 0, 6, 3, 0xeb, 0x70, 4, 1, 2, 3};
	struct t125_stream s;
	struct t125_data d;
	struct t125_unit u;
	uint32_t len;
	for (size_t n = 1; n <= sizeof pdu; n++) {
		t125_stream_init(&s, 0);
		t125_stream_feed(&s, slice_of(pdu, n));
		const bool there = t125_stream_ahead(&s, &d, &len);
		assert_true(there == (n >= 14));
		if (!there) {
			assert_int_equal(t125_stream_next(&s, &u), PST_E_AGAIN);
			assert_false(t125_stream_ahead(&s, &d, &len));
			t125_stream_feed(&s, slice_of(pdu + n, sizeof pdu - n));
			assert_false(t125_stream_ahead(&s, &d, &len)); /* the stream has begun with it */
			assert_int_equal(t125_stream_next(&s, &u), 0);
			assert_int_equal(u.pdu.n, 11);
			/* what was handed out from memory is no obstacle */
			assert_int_equal(t125_stream_next(&s, &u), PST_E_AGAIN);
		} else {
			assert_int_equal(len, sizeof pdu);
			assert_int_equal(d.octets.n, 4);
			assert_int_equal(d.initiator, 1007);
			assert_int_equal(d.channel, 1003);
			assert_int_equal(t125_stream_skip(&s, len).n, n);
			t125_stream_feed(&s, slice_of(pdu + n, sizeof pdu - n));
			assert_int_equal(t125_stream_skip(&s, len - n).n, len - n);
		}
		t125_stream_feed(&s, slice_of(attach, sizeof attach));
		assert_false(t125_stream_ahead(&s, &d, &len));
		assert_int_equal(t125_stream_next(&s, &u), 0);
		assert_true(u.is_pdu && u.pdu.n == 1);
		assert_int_equal(t125_stream_next(&s, &u), PST_E_AGAIN);
		t125_stream_reset(&s);
	}
	const struct pst_slice others[] = {slice_of(segment, sizeof segment), slice_of(wrong, sizeof wrong)};
	for (size_t i = 0; i < 2; i++) {
		t125_stream_init(&s, 0);
		t125_stream_feed(&s, others[i]);
		assert_false(t125_stream_ahead(&s, &d, &len));
		t125_stream_reset(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_cuts), cmocka_unit_test(test_refused), cmocka_unit_test(test_ahead)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
