/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses found in messages: at the top, inside fastStart, inside tunnelled H.245, and what is unreadable.
 */
#include "endpoint/signalled.h"
#include "h225/addr.h"
#include "h225/body.h"
#include "h225/msg.h"
#include "h245/addr.h"
#include "h245/msg.h"
#include "tpkt/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena arena;
static struct signalled s;
static uint8_t octets[4096];

static struct addr address(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(&a, text, 0), 0);
	return a;
}

static void expect(
        uint32_t i, enum signalled_by by, enum signalled_what what, const char *addr, const char *where)
{
	char text[ADDR_STRLEN];

	assert_true(i < s.n);
	assert_int_equal(s.v[i].by, by);
	assert_int_equal(s.v[i].what, what);
	assert_string_equal(addr_str(&s.v[i].addr, text), addr);
	assert_string_equal(s.v[i].where, where);
}

/* An OpenLogicalChannel with both media addresses, as fastStart carries it. */
static struct pst_slice channel(void)
{
	static uint8_t buf[512];
	struct writer w = wr_of(buf, sizeof(buf));
	struct addr rtp = address("192.0.2.1:5000"), rtcp = address("192.0.2.1:5001");
	struct h245_open_logical_channel olc = {.forward_logical_channel_number = 1};
	struct h245_h2250_logical_channel_parameters p = {.session_id = 1};

	olc.forward_logical_channel_parameters.data_type.choice = H245_DATA_TYPE_NULL_DATA;
	olc.forward_logical_channel_parameters.multiplex_parameters.choice =
	        H245_OPEN_LOGICAL_CHANNEL_FORWARD_LOGICAL_CHANNEL_PARAMETERS_MULTIPLEX_PARAMETERS_H2250_LOGICAL_CHANNEL_PARAMETERS;
	olc.forward_logical_channel_parameters.multiplex_parameters.u.h2250_logical_channel_parameters = &p;
	p.media_channel = h245_addr_new(&rtp, &arena);
	p.media_control_channel = h245_addr_new(&rtcp, &arena);
	assert_int_equal(h245_olc_encode(&olc, &w, NULL), 0);
	return wr_slice(&w);
}

static struct pst_slice payload_of(const struct h225_msg *m)
{
	struct writer w = wr_of(octets, sizeof(octets));

	assert_int_equal(h225_encode(m, &w, NULL), 0);
	return slice_of(octets + TPKT_HEADER_LEN, w.n - TPKT_HEADER_LEN);
}

static struct h225_msg connect_to(const struct addr *h245)
{
	static const uint8_t CONFERENCE[16] = {1};
	struct h225_msg m;

	assert_int_equal(h225_init(&m, Q931_CONNECT, 7, true, 4, &arena), 0);
	m.uu.h323_uu_pdu.h323_message_body.u.connect->conference_id =
	        slice_of(CONFERENCE, sizeof(CONFERENCE));
	assert_int_equal(
	        h225_set_h245_address(&m.uu.h323_uu_pdu.h323_message_body, h225_addr_new(h245, &arena)), 0);
	return m;
}

static void connect_message(void **state)
{
	struct addr h245 = address("192.0.2.1:3000");
	struct pst_slice olc = channel();
	struct h225_msg m = connect_to(&h245);

	(void)state;
	assert_int_equal(h225_set_fast_start(&m.uu.h323_uu_pdu.h323_message_body, 1, &olc), 0);
	struct pst_slice payload = payload_of(&m);
	for (int twice = 0; twice < 2; twice++)
		signalled_message(&s, SIGNALLED_BY_PEER, SIGNALLED_ON_CALL_SIGNALLING, payload, NULL);
	assert_int_equal(s.n, 3); /* each once */
	assert_int_equal(s.unreadable, 0);
	expect(0, SIGNALLED_BY_PEER, SIGNALLED_H245, "192.0.2.1:3000", "connect.h245Address");
	expect(1, SIGNALLED_BY_PEER, SIGNALLED_RTP, "192.0.2.1:5000",
	        "connect.fastStart[0]/"
	        "forwardLogicalChannelParameters.multiplexParameters.h2250LogicalChannelParameters."
	        "mediaChannel.unicastAddress");
	expect(2, SIGNALLED_BY_PEER, SIGNALLED_RTCP, "192.0.2.1:5001",
	        "connect.fastStart[0]/"
	        "forwardLogicalChannelParameters.multiplexParameters.h2250LogicalChannelParameters."
	        "mediaControlChannel.unicastAddress");
}

static void unreadable(void **state)
{
	static const uint8_t NO_Q931[] = {1, 2, 3}, NO_H245[] = {0xff, 0xff, 0xff};

	(void)state;
	signalled_message(
	        &s, SIGNALLED_BY_US, SIGNALLED_ON_CALL_SIGNALLING, slice_of(NO_Q931, sizeof(NO_Q931)), NULL);
	signalled_message(&s, SIGNALLED_BY_US, SIGNALLED_ON_H245, slice_of(NO_H245, sizeof(NO_H245)), NULL);
	signalled_message(&s, SIGNALLED_BY_US, SIGNALLED_ON_H245, slice_of(NULL, 0), NULL);
	assert_int_equal(s.unreadable, 2);
	assert_int_equal(s.n, 0);
}

static void printed_whole(void **state)
{
	struct addr h245 = address("192.0.2.1:3000");
	struct h225_msg m = connect_to(&h245);
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	signalled_message(&s, SIGNALLED_BY_US, SIGNALLED_ON_CALL_SIGNALLING, payload_of(&m), out);
	fclose(out);
	assert_non_null(strstr(text, "Q.931 Connect, call reference 7 (flag)"));
	assert_non_null(strstr(text, "h245Address"));
	free(text);
}

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 0);
	signalled_init(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	signalled_free(&s);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(connect_message, setup, teardown),
	        cmocka_unit_test_setup_teardown(unreadable, setup, teardown),
	        cmocka_unit_test_setup_teardown(printed_whole, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
