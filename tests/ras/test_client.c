/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An endpoint's registration, from discovery to its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ras/client.h"

struct line {
	enum ras_client_event e;
	uint32_t ttl_s;
	uint8_t state, send, news;
	uint32_t refresh_ms;
};

static void play(const struct line *lines, unsigned n)
{
	struct ras_client c = { 0 };
	for (unsigned i = 0; i < n; i++) {
		struct ras_client_step s;
		assert_true(ras_client_event(&c, lines[i].e, lines[i].ttl_s, &s));
		assert_int_equal(c.state, lines[i].state);
		assert_int_equal(s.send, lines[i].send);
		assert_int_equal(s.news, lines[i].news);
		assert_int_equal(s.refresh_ms, lines[i].refresh_ms);
	}
}

static void a_whole_life(void **state)
{
	static const struct line lines[] = {
		{ RAS_CLIENT_DISCOVER, 0, RAS_CLIENT_DISCOVERING, RAS_SEND_GRQ, 0, 0 },
		{ RAS_CLIENT_CONFIRMED, 0, RAS_CLIENT_REGISTERING, RAS_SEND_RRQ, 0, 0 },
		{ RAS_CLIENT_CONFIRMED, 60, RAS_CLIENT_REGISTERED, 0, RAS_NEWS_REGISTERED, 30000 },
		{ RAS_CLIENT_TIME, 0, RAS_CLIENT_REFRESHING, RAS_SEND_LIGHT_RRQ, 0, 0 },
		{ RAS_CLIENT_CONFIRMED, 60, RAS_CLIENT_REGISTERED, 0, 0, 30000 },
		{ RAS_CLIENT_TIME, 0, RAS_CLIENT_REFRESHING, RAS_SEND_LIGHT_RRQ, 0, 0 },
		{ RAS_CLIENT_FORGOTTEN, 0, RAS_CLIENT_REGISTERING, RAS_SEND_RRQ, 0, 0 },
		{ RAS_CLIENT_FORGOTTEN, 0, RAS_CLIENT_DISCOVERING, RAS_SEND_GRQ, 0, 0 },
		{ RAS_CLIENT_CONFIRMED, 0, RAS_CLIENT_REGISTERING, RAS_SEND_RRQ, 0, 0 },
		{ RAS_CLIENT_CONFIRMED, 0, RAS_CLIENT_REGISTERED, 0, RAS_NEWS_REGISTERED, 0 },
		{ RAS_CLIENT_UNREGISTERED, 0, RAS_CLIENT_IDLE, 0, RAS_NEWS_LOST, 0 },
		{ RAS_CLIENT_REGISTER, 0, RAS_CLIENT_REGISTERING, RAS_SEND_RRQ, 0, 0 },
		{ RAS_CLIENT_CONFIRMED, UINT32_MAX, RAS_CLIENT_REGISTERED, 0, RAS_NEWS_REGISTERED, INT32_MAX },
		{ RAS_CLIENT_STOP, 0, RAS_CLIENT_UNREGISTERING, RAS_SEND_URQ, 0, 0 },
		{ RAS_CLIENT_UNANSWERED, 0, RAS_CLIENT_IDLE, 0, RAS_NEWS_ENDED, 0 },
	};
	(void)state;
	play(lines, sizeof lines / sizeof *lines);
}

static void failures(void **state)
{
	static const struct line silent[] = {
		{ RAS_CLIENT_DISCOVER, 0, RAS_CLIENT_DISCOVERING, RAS_SEND_GRQ, 0, 0 },
		{ RAS_CLIENT_UNANSWERED, 0, RAS_CLIENT_IDLE, 0, RAS_NEWS_FAILED, 0 },
	};
	static const struct line lost[] = {
		{ RAS_CLIENT_REGISTER, 0, RAS_CLIENT_REGISTERING, RAS_SEND_RRQ, 0, 0 },
		{ RAS_CLIENT_CONFIRMED, 4, RAS_CLIENT_REGISTERED, 0, RAS_NEWS_REGISTERED, 2000 },
		{ RAS_CLIENT_TIME, 0, RAS_CLIENT_REFRESHING, RAS_SEND_LIGHT_RRQ, 0, 0 },
		{ RAS_CLIENT_UNANSWERED, 0, RAS_CLIENT_DISCOVERING, RAS_SEND_GRQ, RAS_NEWS_LOST, 0 },
	};
	struct ras_client c = { 0 };
	struct ras_client_step s;
	(void)state;
	play(silent, 2);
	play(lost, 4);
	assert_false(ras_client_event(&c, RAS_CLIENT_CONFIRMED, 0, &s));
	assert_int_equal(c.state, RAS_CLIENT_IDLE);
	assert_int_equal(s.send, RAS_SEND_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_whole_life), cmocka_unit_test(failures) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
