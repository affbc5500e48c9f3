/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where H.245 goes: announced, connected, lost, nowhere. Glare is in test_sim. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/drive.h"
#include "h225/addr.h"
#include "h225/body.h"

static void connect_from(struct drive *d, const char *h245, uint8_t type)
{
	struct h225_msg *m = drive_msg(d, type);
	if (type == Q931_FACILITY)
		m->uu.h323_uu_pdu.h323_message_body.u.facility->reason.choice = H225_FACILITY_REASON_START_H245;
	if (h245 != NULL) {
		const struct addr addr = drive_addr(h245);
		assert_int_equal(h225_set_h245_address(&m->uu.h323_uu_pdu.h323_message_body,
			h225_addr_new(&addr, &d->arena)), 0);
	}
	drive_signal(d, m);
}

static void address_in_connect(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_dial(&d);
	connect_from(&d, "10.0.0.1:4000", Q931_CONNECT);
	const struct terminal_action *a = drive_find(&d, TERMINAL_CONNECT_H245, 0);
	assert_non_null(a);
	assert_int_equal(a->addr.port, 4000);
	drive_simple(&d, TERMINAL_H245_CONNECTED);
	assert_true(drive_sent(&d, "TerminalCapabilitySet"));
	assert_true(drive_sent(&d, "MasterSlaveDetermination type 50"));
	assert_false(drive_running(&d, "h245-connect"));
	drive_simple(&d, TERMINAL_H245_CLOSED); /* slow start: nothing without it */
	assert_true(drive_sent(&d, "ReleaseComplete cause 41"));
	drive_free(&d);
}

/* No address in Connect: we say ours in Facility startH245 (H.323 8.2.2). */
static void facility_start_h245(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_dial(&d);
	connect_from(&d, NULL, Q931_CONNECT);
	assert_true(drive_sent(&d, "Facility startH245 h245 10.0.0.2:3000"));
	assert_non_null(drive_find(&d, TERMINAL_LISTEN_H245, 0));
	drive_timer(&d, "h245-connect");
	assert_non_null(drive_find(&d, TERMINAL_UNLISTEN_H245, 0));
	assert_true(drive_sent(&d, "ReleaseComplete cause 41"));
	drive_free(&d);
}

static void nobody_has_an_address(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	d.config.h245.port = 0;
	drive_dial(&d);
	connect_from(&d, NULL, Q931_CONNECT);
	assert_true(drive_sent(&d, "ReleaseComplete cause 41"));
	drive_free(&d);
}

static void start_h245_from_the_peer(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	d.config.h245.port = 0;
	drive_dial(&d);
	drive_signal(&d, drive_msg(&d, Q931_ALERTING));
	connect_from(&d, "10.0.0.1:4000", Q931_FACILITY);
	assert_non_null(drive_find(&d, TERMINAL_CONNECT_H245, 0));
	drive_simple(&d, TERMINAL_H245_CLOSED); /* not answered yet: nothing is lost */
	assert_false(terminal_ended(d.t));
	connect_from(&d, "10.0.0.1:4001", Q931_CONNECT);
	assert_int_equal(drive_find(&d, TERMINAL_CONNECT_H245, 0)->addr.port, 4001);
	drive_free(&d);
}

static void the_tunnel_may_be_left(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	d.config.tunnelling = true;
	drive_dial(&d);
	struct h225_msg *m = drive_msg(&d, Q931_CONNECT);
	m->uu.h323_uu_pdu.has_h245_tunneling = m->uu.h323_uu_pdu.h245_tunneling = true;
	drive_signal(&d, m);
	assert_true(drive_sent(&d, "Facility tunnelling +2 h245"));
	assert_null(drive_find(&d, TERMINAL_SEND_H245, 0));
	m = drive_msg(&d, Q931_FACILITY);
	const struct addr addr = drive_addr("10.0.0.1:4000");
	struct h225_h323_uu_pdu *pdu = &m->uu.h323_uu_pdu;
	pdu->has_h245_tunneling = pdu->h245_tunneling = true;
	pdu->h323_message_body.u.facility->reason.choice = H225_FACILITY_REASON_START_H245;
	pdu->h323_message_body.u.facility->h245_address = h225_addr_new(&addr, &d.arena);
	drive_signal(&d, m);
	assert_non_null(drive_find(&d, TERMINAL_CONNECT_H245, 0));
	drive_simple(&d, TERMINAL_H245_CONNECTED);
	drive_event(&d, (struct terminal_event){ .type = TERMINAL_SEND_DTMF, .text = "hi" });
	assert_non_null(drive_find(&d, TERMINAL_SEND_H245, 0));
	drive_free(&d);
}

static void strangers_are_refused(void **state)
{
	(void)state;
	struct drive d;
	drive_init(&d);
	drive_setup(&d);
	drive_simple(&d, TERMINAL_H245_INCOMING); /* nothing was announced */
	assert_non_null(drive_find(&d, TERMINAL_H245_REFUSE, 0));
	drive_simple(&d, TERMINAL_ANSWER);
	assert_true(drive_sent(&d, "Connect h245 10.0.0.2:3000"));
	drive_simple(&d, TERMINAL_H245_INCOMING);
	assert_null(drive_find(&d, TERMINAL_H245_REFUSE, 0));
	drive_simple(&d, TERMINAL_H245_INCOMING); /* a second */
	assert_non_null(drive_find(&d, TERMINAL_H245_REFUSE, 0));
	drive_simple(&d, TERMINAL_H245_CONNECTED); /* none was asked for */
	assert_non_null(drive_find(&d, TERMINAL_H245_ABANDON, 0));
	drive_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_in_connect), cmocka_unit_test(facility_start_h245),
		cmocka_unit_test(nobody_has_an_address), cmocka_unit_test(start_h245_from_the_peer),
		cmocka_unit_test(the_tunnel_may_be_left), cmocka_unit_test(strangers_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
