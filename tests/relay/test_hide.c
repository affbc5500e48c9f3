/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses in RTCP are made illegible, and nothing else is touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "relay/hide.h"

enum { KEY = 42 };

/* RR, SDES with two chunks, BYE with a reason */
static const char compound[] = "\x80\xc9\0\1\0\0\0\1"
			       "\x82\xca\0\x0d"
			       "\0\0\0\1\1\x0e"
			       "user@10.0.0.55"
			       "\6\4tool\0\0"
			       "\0\0\0\2\1\x08"
			       "10.0.0.5"
			       "\2\6Anna M\0\0"
			       "\x81\xcb\0\4\0\0\0\1\x0a"
			       "[::1] left"
			       "\0";

static void test_sdes_and_bye(void **state)
{
	uint8_t p[sizeof compound - 1], again[sizeof p];
	(void)state;
	memcpy(p, compound, sizeof p);
	assert_true(relay_hide_addresses(p, sizeof p, KEY));
	assert_null(memmem(p, sizeof p, "10.0.0.5", 8));
	assert_null(memmem(p, sizeof p, "::1", 3));
	assert_non_null(memmem(p, sizeof p, "user@", 5));
	assert_non_null(memmem(p, sizeof p, "tool", 4));
	assert_non_null(memmem(p, sizeof p, "Anna", 4));
	assert_non_null(memmem(p, sizeof p, "] left", 6));
	/* the frame is as it was */
	assert_memory_equal(p, compound, 18);
	/* once more: the same letters; another key, others */
	memcpy(again, compound, sizeof again);
	assert_true(relay_hide_addresses(again, sizeof again, KEY));
	assert_memory_equal(p, again, sizeof p);
	memcpy(again, compound, sizeof again);
	assert_true(relay_hide_addresses(again, sizeof again, KEY + 1));
	assert_memory_not_equal(p, again, sizeof p);
	assert_false(relay_hide_addresses(p, sizeof p, KEY));
}

static void test_what_is_left_alone(void **state)
{
	uint8_t p[sizeof compound - 1];
	(void)state;
	/* not RTCP from end to end: a tag of SRTCP behind it, another version, a cut one */
	for (size_t n = 0; n < sizeof p; n++) {
		memcpy(p, compound, sizeof p);
		if (n != 8 && n != 64) { /* the ends of its packets */
			assert_false(relay_hide_addresses(p, n, KEY));
			assert_memory_equal(p, compound, sizeof p);
		}
	}
	memcpy(p, compound, sizeof p);
	p[0] = 0x40;
	assert_false(relay_hide_addresses(p, sizeof p, KEY));
	/* no address: nothing changes */
	memcpy(p, compound, sizeof p);
	assert_false(relay_hide_addresses(p, 8, KEY));
}

/* Any length octet, any place: no octet outside is touched (the sanitizers look on). */
static void test_lengths(void **state)
{
	(void)state;
	for (size_t at = 0; at < sizeof compound - 1; at++)
		for (unsigned v = 0; v < 256; v += 5) {
			uint8_t p[sizeof compound - 1];
			memcpy(p, compound, sizeof p);
			p[at] = (uint8_t)v;
			(void)relay_hide_addresses(p, sizeof p, KEY);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sdes_and_bye),
		cmocka_unit_test(test_what_is_left_alone),
		cmocka_unit_test(test_lengths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
