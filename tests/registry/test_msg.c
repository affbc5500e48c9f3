/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages between registrar and worker: round trips, many in a packet, and everything that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "registry/msg.h"

static struct addr at(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), PST_OK);
	return a;
}

enum { N_SAMPLES = 17 };

static void make_samples(struct registry_msg s[static N_SAMPLES])
{
	memset(s, 0, N_SAMPLES * sizeof *s);
	s[0] = (struct registry_msg){ .type = REGISTRY_BEGIN, .id = 4711 };
	s[1] = (struct registry_msg){ .type = REGISTRY_NAME,
		.name = { REGISTRY_PERSON, 3, at("192.0.2.1:1720"), slice_str("anna@example.org") } };
	s[2] = (struct registry_msg){ .type = REGISTRY_NAME,
		.name = { REGISTRY_ALIAS, 0, at("[2001:db8::1]:1720"), slice_str("x") } };
	s[3] = (struct registry_msg){ .type = REGISTRY_NAME, .name = { .space = REGISTRY_LEARNT, .name = slice_str("nowhere") } };
	s[4] = (struct registry_msg){ .type = REGISTRY_NAME_GONE, .name = { .space = REGISTRY_LEARNT, .name = slice_str("b") } };
	s[5] = (struct registry_msg){ .type = REGISTRY_CALL,
		.call = { .number = UINT64_MAX - 1, .caller = at("10.0.0.1"), .dest = at("10.0.0.2:1720"), .has_call_id = true,
			.call_id = { 1, 2 }, .has_conference_id = true, .conference_id = { [15] = 9 } } };
	s[6] = (struct registry_msg){ .type = REGISTRY_CALL,
		.call = { .number = 1, .caller = at("10.0.0.1"), .dest = at("10.0.0.2:1720") } };
	s[7] = (struct registry_msg){ .type = REGISTRY_CALL_GONE, .call.number = 77 };
	s[8] = (struct registry_msg){ .type = REGISTRY_ANSWER, .id = 5, .last = true, .text = slice_str("{}") };
	s[10] = (struct registry_msg){ .type = REGISTRY_PORT, .port = { at("192.0.2.254:29000"), at("10.0.0.1:1720") } };
	s[11] = (struct registry_msg){ .type = REGISTRY_PORT_GONE, .port.local = at("[2001:db8::1]:29000") };
	s[12] = (struct registry_msg){ .type = REGISTRY_LEASE, .lease = { slice_str("k"), slice_str("image"), true } };
	s[13] = (struct registry_msg){ .type = REGISTRY_LEASE, .lease = { slice_str("key"), slice_of(NULL, 0), false } };
	s[9] = (struct registry_msg){ .type = REGISTRY_ASK, .id = 6, .question = REGISTRY_Q_REGISTRATIONS };
	s[12] = (struct registry_msg){ .type = REGISTRY_NAME,
		.name = { REGISTRY_BEHIND, 0, at("192.0.2.1:4000"), slice_str("192.0.2.1:4000") } };
	s[13] = (struct registry_msg){ .type = REGISTRY_SUMMON,
		.call = { .caller = at("203.0.113.1:1720"), .dest = at("192.0.2.1:4000"), .has_call_id = true, .call_id = { 1, 2 } } };
}

static void more_samples(struct registry_msg s[static N_SAMPLES])
{
	s[14] = (struct registry_msg){ .type = REGISTRY_LOCATE, .id = 8, .name = { .name = slice_str("anna@example.org") } };
	s[15] = (struct registry_msg){ .type = REGISTRY_LOCATED, .id = 8, .port.host = at("192.0.2.1:1720") };
	s[16] = (struct registry_msg){ .type = REGISTRY_LOCATED, .id = UINT32_MAX };
}

static void same(const struct registry_msg *a, const struct registry_msg *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->last, b->last);
	assert_int_equal(a->question, b->question);
	assert_true(slice_eq(a->lease.key, b->lease.key) && slice_eq(a->lease.image, b->lease.image));
	assert_int_equal(a->lease.live, b->lease.live);
	assert_true(slice_eq(a->text, b->text));
	assert_int_equal(a->name.space, b->name.space);
	assert_int_equal(a->name.realm, b->name.realm);
	assert_true(addr_eq(&a->name.host, &b->name.host));
	assert_true(slice_eq(a->name.name, b->name.name));
	assert_true(a->call.number == b->call.number);
	assert_true(addr_eq(&a->call.caller, &b->call.caller));
	assert_true(addr_eq(&a->call.dest, &b->call.dest));
	assert_true(addr_eq(&a->port.local, &b->port.local));
	assert_true(addr_eq(&a->port.host, &b->port.host));
	assert_int_equal(a->call.has_call_id, b->call.has_call_id);
	assert_int_equal(a->call.has_conference_id, b->call.has_conference_id);
	assert_memory_equal(a->call.call_id, b->call.call_id, 16);
	assert_memory_equal(a->call.conference_id, b->call.conference_id, 16);
}

static void test_round_trip(void **state)
{
	(void)state;
	struct registry_msg s[N_SAMPLES], got;
	uint8_t octets[REGISTRY_PACKET_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	make_samples(s);
	more_samples(s);
	for (int i = 0; i < N_SAMPLES; i++)
		assert_int_equal(registry_msg_encode(&s[i], &w), PST_OK);
	struct reader r = rd_of(wr_slice(&w));
	for (int i = 0; i < N_SAMPLES; i++) {
		assert_int_equal(registry_msg_decode(&got, &r), PST_OK);
		same(&got, &s[i]);
	}
	assert_int_equal(rd_left(&r), 0);
}

static void test_every_length(void **state)
{
	(void)state;
	struct registry_msg s[N_SAMPLES], got;
	make_samples(s);
	more_samples(s);
	for (int i = 0; i < N_SAMPLES; i++) {
		uint8_t octets[REGISTRY_MSG_MAX];
		struct writer w = wr_of(octets, sizeof octets);
		assert_int_equal(registry_msg_encode(&s[i], &w), PST_OK);
		for (size_t n = 0; n < w.n; n++) {
			struct reader r = rd_of(slice_of(octets, n));
			struct writer small = wr_of(octets, n);
			assert_int_equal(registry_msg_decode(&got, &r), PST_E_SHORT);
			if (n > 0) {
				assert_int_equal(registry_msg_encode(&s[i], &small), PST_E_SPACE);
				assert_int_equal(small.n, 0);
			}
			assert_int_equal(registry_msg_encode(&s[i], &(struct writer){ .p = octets, .cap = sizeof octets }), PST_OK);
		}
	}
}

static int decode(const uint8_t *octets, size_t n)
{
	struct registry_msg got;
	struct reader r = rd_of(slice_of(octets, n));
	return registry_msg_decode(&got, &r);
}

static void test_bad_fields(void **state)
{
	(void)state;
	static const uint8_t no_type[] = { 0 }, unknown[] = { 200 };
	static const uint8_t no_space[] = { REGISTRY_NAME_GONE, REGISTRY_SPACES, 0, 1, 'a' };
	static const uint8_t no_name[] = { REGISTRY_NAME_GONE, 0, 0, 0 };
	static const uint8_t long_name[2048] = { REGISTRY_NAME_GONE, 0, 4, 0 };
	static const uint8_t no_family[] = { REGISTRY_NAME, 0, 0, 1, 'a', 0, 5, 1, 2, 3, 4, 5, 6 };
	static const uint8_t no_bool[] = { REGISTRY_ANSWER, 0, 0, 0, 1, 2, 0, 0 };
	static const uint8_t long_text[8192] = { REGISTRY_ANSWER, 0, 0, 0, 1, 1, 0x10, 0 };
	static const uint8_t no_question[] = { REGISTRY_ASK, 0, 0, 0, 1, REGISTRY_QUESTIONS };
	static const uint8_t no_flags[] = { REGISTRY_CALL, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4 };
	assert_int_equal(decode(no_type, sizeof no_type), PST_E_BAD);
	assert_int_equal(decode(unknown, sizeof unknown), PST_E_BAD);
	assert_int_equal(decode(no_space, sizeof no_space), PST_E_RANGE);
	assert_int_equal(decode(no_name, sizeof no_name), PST_E_RANGE);
	assert_int_equal(decode(long_name, sizeof long_name), PST_E_RANGE);
	assert_int_equal(decode(no_family, sizeof no_family), PST_E_RANGE);
	assert_int_equal(decode(no_bool, sizeof no_bool), PST_E_RANGE);
	assert_int_equal(decode(long_text, sizeof long_text), PST_E_RANGE);
	assert_int_equal(decode(no_question, sizeof no_question), PST_E_RANGE);
	assert_int_equal(decode(no_flags, sizeof no_flags), PST_E_RANGE);
}

/* What could not be read again is not written. */
static void test_not_written(void **state)
{
	(void)state;
	static const uint8_t much[REGISTRY_TEXT_MAX + 1];
	uint8_t octets[2 * REGISTRY_MSG_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	const struct registry_msg bad[] = { { .type = 0 }, { .type = REGISTRY_SUMMON + 1 }, { .type = REGISTRY_NAME },
		{ .type = REGISTRY_NAME_GONE, .name.name = { much, REGISTRY_NAME_MAX + 1 } },
		{ .type = REGISTRY_ANSWER, .text = { much, sizeof much } } };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(registry_msg_encode(&bad[i], &w), PST_E_ARG);
	assert_int_equal(w.n, 0);
	/* the largest fits */
	const struct registry_msg most = { .type = REGISTRY_ANSWER, .text = { much, REGISTRY_TEXT_MAX } };
	w = wr_of(octets, REGISTRY_MSG_MAX);
	assert_int_equal(registry_msg_encode(&most, &w), PST_OK);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_bad_fields),
		cmocka_unit_test(test_not_written),
	};
	return cmocka_run_group_tests_name("registry msg", tests, NULL, NULL);
}
