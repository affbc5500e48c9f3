/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MCS PDUs: octets of captures and by hand, there and back with their summary; data PDUs three ways to the
 * same. */
#include "../asn1/vectors.h"

#include "t125/str.h"

static const struct {
	const char *hex, *text;
} pdus[] = {
        {"04 0100 0100", "erectDomainRequest subHeight 0 subInterval 0"}, /* the first six: RDP captures */
        {"28", "attachUserRequest"},
        {"2e00 0006", "attachUserConfirm successful user 1007"},
        {"38 0006 03ef", "channelJoinRequest user 1007 channel 1007"},
        {"3e00 0006 03ef 03ef", "channelJoinConfirm successful user 1007 requested 1007 channel 1007"},
        {"2180", "disconnectProviderUltimatum user-requested"},
        {"00 0105", "plumbDomainIndication heightLimit 5"},
        {"2d a0", "attachUserConfirm too-many-users"}, /* 001011 0 1101 */
        {"40 02 0001 03ea", "channelLeaveRequest channelIds 2"},
        {"44 0000", "channelConveneRequest user 1001"},
        {"74 0000 0000", "tokenGrabRequest user 1001 token 1"},
        {"7800 0000 0000 20", "tokenGrabConfirm successful user 1001 token 1 selfGrabbed"},
        {"0c 01 00 0000 00", "mergeChannelsConfirm mergeChannels 1"},
};

static void test_pdus(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof pdus / sizeof pdus[0]; i++) {
		struct arena a;
		t125_pdu m;
		char text[T125_STRLEN];
		uint8_t out[256];
		struct writer w = wr_of(out, sizeof out);
		const struct pst_slice in = from_hex(pdus[i].hex);
		arena_init(&a, 0);
		if (t125_decode(&m, in, NULL, &a, NULL) != 0)
			fail_msg("%s", pdus[i].hex);
		assert_string_equal(t125_str(&m, text), pdus[i].text);
		assert_int_equal(t125_encode(&m, &w, NULL), 0);
		if (!slice_eq(wr_slice(&w), in))
			fail_msg("%s comes out otherwise", pdus[i].hex);
		assert_false(t125_is_connect(in));
		free_slice(in);
		arena_free(&a);
	}
}

/* The engine, the peek and the writer by hand agree. */
static void test_data(void **state)
{
	(void)state;
	static uint8_t big[16383];
	const size_t sizes[] = {0, 1, 127, 128, 16383};
	for (unsigned kind = 0; kind < 4; kind++)
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			const struct t125_data d = {kind >= 2, kind % 2 == 1, 1007, 1003, 1, true, i != 1,
			        slice_of(big, sizes[i])};
			static uint8_t out[20000], again[20000];
			struct writer w = wr_of(out, sizeof out), v = wr_of(again, sizeof again);
			struct arena a;
			t125_pdu m;
			struct t125_data peek, read;
			arena_init(&a, 0);
			assert_int_equal(t125_data_encode_tpkt(&d, &w), 0);
			const struct pst_slice pdu = slice_of(out + 7, w.n - 7);
			assert_true(w.n <= sizes[i] + T125_DATA_OVERHEAD);
			assert_int_equal(t125_data_peek(&peek, pdu), 0);
			assert_int_equal(t125_decode(&m, pdu, NULL, &a, NULL), 0);
			assert_true(t125_data_read(&read, &m));
			assert_int_equal(t125_encode_tpkt(&m, &v, NULL), 0);
			assert_true(slice_eq(wr_slice(&w), wr_slice(&v)));
			for (unsigned k = 0; k < 2; k++) {
				const struct t125_data *r = k == 0 ? &peek : &read;
				assert_true(r->uniform == d.uniform && r->indication == d.indication);
				assert_true(r->initiator == 1007 && r->channel == 1003 && r->priority == 1);
				assert_true(r->begin && r->end == d.end && r->octets.n == sizes[i]);
			}
			arena_free(&a);
		}
	/* RDP capture: send data request, priority high */
	const struct pst_slice in = from_hex("64 0006 03eb 70 03 aabbcc");
	struct t125_data d;
	assert_int_equal(t125_data_peek(&d, in), 0);
	assert_true(d.initiator == 1007 && d.channel == 1003 && d.priority == MCS_DATA_PRIORITY_HIGH &&
	            d.octets.n == 3);
	free_slice(in);
}

static void test_data_refused(void **state)
{
	(void)state;
	static const struct {
		const char *hex;
		int code;
	} bad[] = {
	        {"", PST_E_SHORT},
	        {"28", PST_E_UNSUPPORTED},
	        {"64 0006 03eb 70", PST_E_SHORT},
	        {"64 0006 03eb 70 03 aabb", PST_E_SHORT},
	        {"64 0006 03eb 70 03 aabbccdd", PST_E_BAD},
	        {"64 ffff 03eb 70 00", PST_E_BAD}, /* a user id of 66536 */
	        {"64 0006 03eb 70 c1", PST_E_UNSUPPORTED},
	};
	struct t125_data d;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const struct pst_slice in = from_hex(bad[i].hex);
		assert_int_equal(t125_data_peek(&d, in), bad[i].code);
		free_slice(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_pdus), cmocka_unit_test(test_data),
	        cmocka_unit_test(test_data_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
