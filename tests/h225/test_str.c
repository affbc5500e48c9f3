/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line about a call signalling message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h225/addr.h"
#include "h225/body.h"
#include "h225/str.h"
#include "q931/ie.h"

static void lines(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	struct h225_msg m;
	struct addr addr;
	char text[H225_STRLEN];
	uint8_t cause[2];
	struct pst_slice fs[2] = { slice_str(""), slice_str("") };
	struct h225_release_complete_reason reason = { .choice = H225_RELEASE_COMPLETE_REASON_IN_CONF };
	assert_int_equal(addr_parse(&addr, "10.0.0.2:3000", 0), 0);
	assert_int_equal(h225_init(&m, Q931_CONNECT, 1, true, 4, &a), 0);
	assert_string_equal(h225_str(&m, text), "Connect");
	struct h225_h323_uu_pdu *pdu = &m.uu.h323_uu_pdu;
	assert_int_equal(h225_set_h245_address(&pdu->h323_message_body, h225_addr_new(&addr, &a)), 0);
	assert_int_equal(h225_set_fast_start(&pdu->h323_message_body, 2, fs), 0);
	pdu->has_h245_tunneling = pdu->h245_tunneling = true;
	pdu->has_h245_control = true;
	pdu->h245_control.n = 3;
	assert_string_equal(h225_str(&m, text), "Connect h245 10.0.0.2:3000 fastStart 2 tunnelling +3 h245");
	assert_int_equal(h225_init(&m, Q931_RELEASE_COMPLETE, 1, true, 4, &a), 0);
	m.uu.h323_uu_pdu.h323_message_body.u.release_complete->reason = &reason;
	assert_int_equal(q931_set(&m.q931, Q931_IE_CAUSE, q931_cause_build(cause, 17)), 0);
	assert_string_equal(h225_str(&m, text), "ReleaseComplete cause 17 inConf");
	assert_int_equal(h225_init(&m, Q931_FACILITY, 1, true, 4, &a), 0);
	m.uu.h323_uu_pdu.h323_message_body.u.facility->reason.choice = H225_FACILITY_REASON_CALL_FORWARDED;
	m.uu.h323_uu_pdu.h323_message_body.u.facility->alternative_address = h225_addr_new(&addr, &a);
	assert_string_equal(h225_str(&m, text), "Facility callForwarded alternative 10.0.0.2:3000");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
