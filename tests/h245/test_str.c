/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Summaries of what we do not build: T.120's channel, and messages of later versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "h245/addr.h"
#include "h245/build.h"
#include "h245/str.h"

static void t120(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	char text[H245_STRLEN];
	struct addr addr;
	struct h245_data_protocol_capability lan = { .choice = H245_DATA_PROTOCOL_CAPABILITY_SEPARATE_LAN_STACK };
	struct h245_data_application_capability data = { .max_bit_rate = 100 };
	data.application.choice = H245_DATA_APPLICATION_CAPABILITY_APPLICATION_T120;
	data.application.u.t120 = &lan;
	struct h245_open_logical_channel_reverse_logical_channel_parameters reverse = { 0 };
	struct h245_network_access_parameters stack = { 0 };
	struct h245_open_logical_channel olc = { .forward_logical_channel_number = 5, .separate_stack = &stack,
		.reverse_logical_channel_parameters = &reverse };
	reverse.data_type.choice = olc.forward_logical_channel_parameters.data_type.choice = H245_DATA_TYPE_DATA;
	reverse.data_type.u.data = olc.forward_logical_channel_parameters.data_type.u.data = &data;
	assert_int_equal(addr_parse(&addr, "10.0.0.1:1503", 0), 0);
	stack.network_address.choice = H245_NETWORK_ACCESS_PARAMETERS_NETWORK_ADDRESS_LOCAL_AREA_ADDRESS;
	stack.network_address.u.local_area_address = h245_addr_new(&addr, &a);
	assert_string_equal(h245_str(h245_olc_build(&a, &olc), text),
		"OpenLogicalChannel 5 t120 both ways stack 10.0.0.1:1503");
	arena_free(&a);
}

static void unknown(void **state)
{
	(void)state;
	char text[H245_STRLEN];
	struct h245_request_message r = { .choice = ASN1_UNKNOWN };
	h245_pdu m = { .choice = H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_REQUEST, .u.request = &r };
	assert_string_equal(h245_str(&m, text), "Unknown");
	m.choice = ASN1_UNKNOWN;
	assert_string_equal(h245_str(&m, text), "Unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t120), cmocka_unit_test(unknown) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
