/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests on a simulated clock: each timer of H.225.0 7.20 to the millisecond, and who may end one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ras/request.h"

struct run {
	unsigned sent;
	uint64_t sent_at[8], over_at;
	enum ras_outcome outcome;
};

/* Lets the clock run until the request is over; PROGRESS_AT: a RequestInProgress of DELAY_MS comes then (0: none). */
static struct run run(enum ras_kind kind, uint64_t progress_at, uint32_t delay_ms)
{
	struct ras_request r;
	struct ras_request_step s;
	struct run out = { 0 };
	uint64_t now = 1000000, due = 0;
	const uint64_t start = now;
	ras_request_init(&r, kind, 7);
	int err = ras_request_event(&r, RAS_REQUEST_START, 0, &s);
	for (;; now++) {
		if (progress_at != 0 && now == start + progress_at)
			err = ras_request_event(&r, RAS_REQUEST_IN_PROGRESS, delay_ms, &s);
		else if (now == due)
			err = ras_request_event(&r, RAS_REQUEST_TIMEOUT, 0, &s);
		else if (now != start)
			continue;
		assert_int_equal(err, 0);
		assert_true(out.sent < 8);
		if (s.send)
			out.sent_at[out.sent++] = now - start;
		if (s.timer_start)
			due = now + (s.timer_ms != 0 ? s.timer_ms : call_timer_info(s.timer)->default_ms);
		if (s.outcome != RAS_PENDING) {
			assert_false(s.timer_start);
			out.over_at = now - start;
			out.outcome = s.outcome;
			return out;
		}
	}
}

static void every_timer(void **state)
{
	static const struct {
		enum ras_kind kind;
		unsigned sent;
		uint32_t ms;
	} expected[RAS_KINDS] = {
		{ RAS_GRQ, 3, 5000 }, { RAS_RRQ, 3, 3000 }, { RAS_URQ, 2, 3000 }, { RAS_ARQ, 3, 5000 },
		{ RAS_BRQ, 3, 3000 }, { RAS_DRQ, 3, 3000 }, { RAS_LRQ, 3, 5000 }, { RAS_IRQ, 2, 3000 },
		{ RAS_IRR, 3, 5000 }, { RAS_RAI, 3, 3000 }, { RAS_SCI, 3, 3000 },
	};
	(void)state;
	for (unsigned i = 0; i < RAS_KINDS; i++) {
		const struct run r = run(expected[i].kind, 0, 0);
		assert_int_equal(r.sent, expected[i].sent);
		for (unsigned k = 0; k < r.sent; k++)
			assert_int_equal(r.sent_at[k], (uint64_t)k * expected[i].ms);
		assert_int_equal(r.over_at, (uint64_t)expected[i].sent * expected[i].ms);
		assert_int_equal(r.outcome, RAS_UNANSWERED);
	}
}

static void in_progress_waits_longer(void **state)
{
	(void)state;
	/* the first timer is replaced by the delay, the others are the usual ones */
	const struct run r = run(RAS_ARQ, 4999, 9000);
	assert_int_equal(r.sent, 3);
	assert_int_equal(r.sent_at[1], 13999);
	assert_int_equal(r.sent_at[2], 18999);
	assert_int_equal(r.over_at, 23999);
}

static void answers_end_it_once(void **state)
{
	static const struct {
		enum ras_request_event e;
		enum ras_outcome outcome;
	} ends[] = {
		{ RAS_REQUEST_CONFIRM, RAS_CONFIRMED },
		{ RAS_REQUEST_REJECT, RAS_REJECTED },
		{ RAS_REQUEST_CANCEL, RAS_UNANSWERED },
	};
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct ras_request r;
		struct ras_request_step s;
		ras_request_init(&r, RAS_RRQ, 1);
		assert_int_equal(ras_request_event(&r, RAS_REQUEST_CONFIRM, 0, &s), PST_E_STATE);
		assert_int_equal(ras_request_event(&r, RAS_REQUEST_START, 0, &s), 0);
		assert_int_equal(ras_request_event(&r, ends[i].e, 0, &s), 0);
		assert_int_equal(s.outcome, ends[i].outcome);
		assert_true(s.timer_stop);
		for (unsigned e = 0; e < RAS_REQUEST_EVENTS; e++)
			assert_int_equal(ras_request_event(&r, (enum ras_request_event)e, 0, &s), PST_E_STATE);
	}
}

static void only_its_own_answers_match(void **state)
{
	struct ras_request r;
	enum ras_request_event e;
	uint32_t delay;
	struct h225_registration_confirm rcf = { .request_seq_num = 7 };
	struct h225_admission_confirm acf = { .request_seq_num = 7 };
	struct h225_registration_reject rrj = { .request_seq_num = 7 };
	struct h225_request_in_progress rip = { .request_seq_num = 7, .delay = 1234 };
	struct h225_unknown_message_response xrs = { .request_seq_num = 7 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_REGISTRATION_CONFIRM, .u.registration_confirm = &rcf };
	(void)state;
	ras_request_init(&r, RAS_RRQ, 7);
	assert_true(ras_request_match(&r, &m, &e, &delay));
	assert_int_equal(e, RAS_REQUEST_CONFIRM);
	rcf.request_seq_num = 8;
	assert_false(ras_request_match(&r, &m, &e, &delay));
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_ADMISSION_CONFIRM, .u.admission_confirm = &acf };
	assert_false(ras_request_match(&r, &m, &e, &delay));
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_REGISTRATION_REJECT, .u.registration_reject = &rrj };
	assert_true(ras_request_match(&r, &m, &e, &delay));
	assert_int_equal(e, RAS_REQUEST_REJECT);
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_UNKNOWN_MESSAGE_RESPONSE, .u.unknown_message_response = &xrs };
	assert_true(ras_request_match(&r, &m, &e, &delay));
	assert_int_equal(e, RAS_REQUEST_REJECT);
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_REQUEST_IN_PROGRESS, .u.request_in_progress = &rip };
	assert_true(ras_request_match(&r, &m, &e, &delay));
	assert_int_equal(e, RAS_REQUEST_IN_PROGRESS);
	assert_int_equal(delay, 1234);
	m = (struct h225_ras_message){ .choice = ASN1_UNKNOWN };
	assert_false(ras_request_match(&r, &m, &e, &delay));
	assert_int_equal(ras_next_seq(65535), 1);
	assert_int_equal(ras_next_seq(1), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_timer),
		cmocka_unit_test(in_progress_waits_longer),
		cmocka_unit_test(answers_end_it_once),
		cmocka_unit_test(only_its_own_answers_match),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
