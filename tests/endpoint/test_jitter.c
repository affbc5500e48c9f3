/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reordering: what comes out, in which order, with how much silence, whatever the network did. */
#include "endpoint/jitter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PACKET = 160 };

struct heard {
	char text[512]; /* "+SILENCE" where samples are missing, then the number of the packet */
};

static void out(void *arg, uint32_t silence, uint8_t pt, struct pst_slice payload)
{
	struct heard *h = arg;
	size_t n = strlen(h->text);

	(void)pt;
	if (silence)
		n += (size_t)snprintf(h->text + n, sizeof(h->text) - n, "+%u ", silence);
	if (payload.n)
		snprintf(h->text + n, sizeof(h->text) - n, "%u ", payload.p[0]);
}

/* Sends packets FIRST+N for each N of ORDER (ended by -1) and compares what came out. */
static void run(uint16_t first, const int *order, const char *should)
{
	static struct jitter j;
	struct heard h = {""};
	uint8_t payload[PACKET] = {0};

	jitter_init(&j, out, &h);
	for (; *order >= 0; order++) {
		payload[0] = (uint8_t)*order;
		jitter_push(&j, 1, (uint16_t)(first + *order), 0xffffff00u + (uint32_t)*order * PACKET, 0,
		        slice_of(payload, PACKET));
	}
	jitter_flush(&j);
	assert_string_equal(h.text, should);
	assert_int_equal(j.waiting, 0);
}

static void orders(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 65536; first += 65530) { /* and across the wrap of the numbers */
		run((uint16_t)first, (const int[]){0, 1, 2, 3, -1}, "0 1 2 3 ");
		run((uint16_t)first, (const int[]){0, 2, 1, 3, -1}, "0 1 2 3 ");
		run((uint16_t)first, (const int[]){0, 3, 2, 1, 4, -1}, "0 1 2 3 4 ");
		run((uint16_t)first, (const int[]){0, 1, 1, 2, 1, 2, -1}, "0 1 2 ");
		run((uint16_t)first, (const int[]){0, 2, 2, 1, -1}, "0 1 2 ");
		run((uint16_t)first, (const int[]){0, 1, 3, 4, -1}, "0 1 +160 3 4 ");
		run((uint16_t)first, (const int[]){0, 2, 3, 4, 5, 6, 7, 8, 9, 10, -1},
		        "0 +160 2 3 4 5 6 7 8 9 10 ");
		run((uint16_t)first, (const int[]){0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, -1},
		        "0 +160 2 3 4 5 6 7 8 9 10 ");
		run((uint16_t)first, (const int[]){0, 3, 4, 5, 6, 7, 8, 9, 10, 2, -1},
		        "0 +160 2 3 4 5 6 7 8 9 10 ");
		run((uint16_t)first, (const int[]){3, 2, 4, -1}, "3 4 "); /* the first to come is the first */
	}
}

static void new_starts(void **state)
{
	static struct jitter j;
	struct heard h = {""};
	uint8_t payload[PACKET] = {1};

	(void)state;
	jitter_init(&j, out, &h);
	jitter_push(&j, 1, 100, 1000, 0, slice_of(payload, PACKET));
	payload[0] = 2; /* held, then handed out because another source starts */
	jitter_push(&j, 1, 102, 1320, 0, slice_of(payload, PACKET));
	payload[0] = 3;
	jitter_push(&j, 2, 7, 5, 0, slice_of(payload, PACKET));
	payload[0] = 4; /* a jump of the numbers */
	jitter_push(&j, 2, 30000, 165, 0, slice_of(payload, PACKET));
	payload[0] = 5; /* a jump of the time is no silence of hours */
	jitter_push(&j, 2, 30001, 0x80000000u, 0, slice_of(payload, PACKET));
	jitter_push(&j, 2, 30002, 0x80000000u + PACKET, 0, slice_of(NULL, 0));
	assert_string_equal(h.text, "1 +160 2 3 4 5 ");
}

static void random_traffic(void **state)
{
	static struct jitter j;
	uint8_t payload[PACKET] = {0};
	struct heard h;
	unsigned seed = 7;

	(void)state;
	jitter_init(&j, out, &h);
	for (int i = 0; i < 200000; i++) {
		seed = seed * 1664525 + 1013904223;
		h.text[0] = 0;
		jitter_push(&j, seed >> 31, (uint16_t)(i + (int)(seed >> 24 & 31)), seed, 8,
		        slice_of(payload, seed >> 20 & 127 ? PACKET : 1));
		assert_true(j.waiting <= JITTER_SLOTS);
	}
	jitter_flush(&j);
	assert_int_equal(j.waiting, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(orders), cmocka_unit_test(new_starts), cmocka_unit_test(random_traffic)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
