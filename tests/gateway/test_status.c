/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the gateway says of itself, as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scene.h"

#include <stdlib.h>

#include "gateway/gateway.h"

static json_int_t number(const json_t *o, const char *a, const char *b)
{
	o = json_object_get(o, a);
	o = b != NULL ? json_object_get(o, b) : o;
	assert_true(json_is_integer(o));
	return json_integer_value(o);
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	assert_non_null(s);
	return s;
}

static void media(struct fixture *f)
{
	struct sim_conn *a, *b;
	const struct addr from = talk_addr(INSIDE ":5000");
	scene_slow_call(f, &a, &b);
	talk_h245(a, h245_olc_build(&talk_arena, talk_olc(1, false, 1, NULL, INSIDE ":5001")));
	talk_h245(b, talk_ack(1, 1, OUTSIDE ":6000", OUTSIDE ":6001"));
	struct relay_session *s = relay_fake_next(&f->sim.relay, NULL);
	for (int i = 0; i < 5; i++)
		assert_true(relay_fake_packet(s, GW_CALLER, RELAY_RTP, &from, 172, f->sim.now_ms, NULL));
}

static void test_status(void **state)
{
	struct fixture *f = *state;
	media(f);
	for (int over = 0; over < 2; over++) {
		json_t *o = gateway_status_json(&f->sim.gw);
		assert_string_equal(text(o, "mode"), "enforce");
		assert_int_equal(number(o, "calls", "active"), !over);
		assert_int_equal(number(o, "calls", "total"), 1);
		assert_int_equal(number(o, "media", "packets"), 5);
		assert_int_equal(number(o, "media", "bytes"), 5 * 172);
		assert_int_equal(number(o, "pinholes", NULL), over ? 0 : 4);
		assert_int_equal(json_array_size(json_object_get(o, "realms")), 2);
		json_decref(o);
		sim_hang_up(f->caller);
	}
}

static void test_calls_and_one_of_them(void **state)
{
	struct fixture *f = *state;
	media(f);
	json_t *list = gateway_calls_json(&f->sim.gw), *c = json_array_get(list, 0);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(text(c, "state"), "active");
	assert_string_equal(text(c, "direction"), "out");
	assert_string_equal(text(c, "caller"), "alice");
	assert_string_equal(text(c, "to"), OUTSIDE ":1720");
	assert_int_equal(number(c, "packets", NULL), 5);
	const uint64_t id = (uint64_t)number(c, "id", NULL);
	json_decref(list);
	sim_hang_up(f->callee);
	c = gateway_call_json(&f->sim.gw, id);
	assert_non_null(c);
	assert_string_equal(text(c, "state"), "ended");
	assert_true(json_array_size(json_object_get(c, "ladder")) > 5);
	const json_t *p = json_array_get(json_object_get(c, "pinholes"), 1);
	assert_string_equal(text(p, "kind"), "rtp");
	assert_true(json_is_false(json_object_get(p, "open")));
	assert_int_equal(number(p, "packets", NULL), 5);
	json_decref(c);
	assert_null(gateway_call_json(&f->sim.gw, id + 1));
}

static void hostile(struct h225_msg *m)
{
	struct h225_setup_uuie *s = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	s->source_address.v->choice = H225_ALIAS_ADDRESS_H323_ID;
	s->source_address.v->u.h323_id = slice_of("\0\033\0[\xd8\0\xff\xff\0\"\0e\0v\0i\0l\0\n", 20);
}

/* A peer's text reaches JSON escaped: it is UTF-8, and no terminal's control sequence. */
static void test_hostile_text(void **state)
{
	struct fixture *f = *state;
	struct talk t = scene_setup_message();
	t.edit = hostile;
	scene_dial_out(f, &t);
	json_t *list = gateway_calls_json(&f->sim.gw);
	char *dump = json_dumps(list, 0);
	assert_non_null(dump);
	assert_null(strchr(dump, '\033'));
	assert_null(strchr(dump, '\n'));
	assert_non_null(strstr(dump, "evil"));
	free(dump);
	json_decref(list);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)
	const struct CMUnitTest tests[] = { T(test_status), T(test_calls_and_one_of_them),
		T(test_hostile_text) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
