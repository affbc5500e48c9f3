/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tunnelling, H.323 8.2.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/tunnel.h"

static struct arena arena;

static struct h225_msg *message(uint8_t type, int flag, bool provisional)
{
	static struct h225_msg m;
	assert_int_equal(h225_init(&m, type, 1, true, 4, &arena), 0);
	m.uu.h323_uu_pdu.has_h245_tunneling = flag >= 0;
	m.uu.h323_uu_pdu.h245_tunneling = flag > 0;
	m.uu.h323_uu_pdu.has_provisional_resp_to_h245_tunneling = provisional;
	return &m;
}

static void caller(void **state)
{
	(void)state;
	struct tunnel t;
	tunnel_init(&t, true, true);
	assert_false(tunnel_received(&t, message(Q931_CALL_PROCEEDING, 0, true))); /* not an answer yet */
	assert_int_equal(t.state, TUNNEL_UNDECIDED);
	assert_true(tunnel_received(&t, message(Q931_ALERTING, 1, false)));
	assert_int_equal(t.state, TUNNEL_ON);
	assert_false(tunnel_received(&t, message(Q931_RELEASE_COMPLETE, -1, false)));
	assert_true(tunnel_received(&t, message(Q931_CONNECT, 0, false)));
	assert_false(tunnel_received(&t, message(Q931_FACILITY, 1, false))); /* FALSE once is FALSE for good */
	assert_int_equal(t.state, TUNNEL_OFF);
}

static void old_peers_say_nothing(void **state)
{
	(void)state;
	struct tunnel t;
	tunnel_init(&t, true, true);
	assert_true(tunnel_received(&t, message(Q931_ALERTING, -1, false)));
	assert_int_equal(t.state, TUNNEL_OFF);
	tunnel_init(&t, true, true);
	struct h225_msg bare = { .q931.type = Q931_STATUS };
	assert_false(tunnel_received(&t, &bare));
	assert_int_equal(t.state, TUNNEL_UNDECIDED);
}

static void callee(void **state)
{
	(void)state;
	struct tunnel t;
	struct pst_slice octets = slice_str("x");
	tunnel_init(&t, false, false);
	assert_false(tunnel_received(&t, message(Q931_SETUP, 1, false)));
	assert_int_equal(t.state, TUNNEL_OFF);
	tunnel_init(&t, true, false);
	assert_true(tunnel_received(&t, message(Q931_SETUP, 1, false)));
	assert_int_equal(t.state, TUNNEL_ON);
	struct h225_h323_uu_pdu *pdu = &message(Q931_FACILITY, -1, false)->uu.h323_uu_pdu;
	tunnel_mark(&t, pdu);
	assert_true(pdu->has_h245_tunneling && pdu->h245_tunneling);
	tunnel_attach(pdu, 1, &octets);
	assert_true(pdu->has_h245_control);
	tunnel_attach(pdu, 0, NULL);
	assert_false(pdu->has_h245_control);
	t.state = TUNNEL_OFF;
	tunnel_mark(&t, pdu);
	assert_true(pdu->has_h245_tunneling && !pdu->h245_tunneling);
}

static int free_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(caller), cmocka_unit_test(old_peers_say_nothing), cmocka_unit_test(callee),
	};
	arena_init(&arena, 0);
	return cmocka_run_group_tests(tests, NULL, free_arena);
}
