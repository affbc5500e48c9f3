/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Golden prints: each sample message, its octets and its decoded text, against golden/<name>.txt. Tunnelled and
 * fast start values are opened. PST_UPDATE_GOLDEN=1 writes the files anew: read the difference before it goes in.
 */
#include "vectors.h"

#include <stdio.h>

#include "samples.h"
#include "vectors_asn1.h"

enum { TEXT_MAX = 32768 };

struct text {
	char p[TEXT_MAX];
	size_t n;
};

static const char *folder;

static void append(void *arg, const char *text, size_t n)
{
	struct text *t = arg;
	assert_true(t->n + n < sizeof t->p);
	memcpy(t->p + t->n, text, n);
	t->n += n;
	t->p[t->n] = '\0';
}

static void append_octets(struct text *t, struct pst_slice s)
{
	char two[4];
	for (size_t i = 0; i < s.n; i++) {
		const int n = snprintf(two, sizeof two, "%02x%s", s.p[i], i % 32 == 31 || i + 1 == s.n ? "\n" : "");
		append(t, two, (size_t)n);
	}
}

static void compare(const char *name, const struct text *t)
{
	static char want[TEXT_MAX];
	char path[1024];
	snprintf(path, sizeof path, "%s/%s.txt", folder, name);
	if (getenv("PST_UPDATE_GOLDEN") != NULL) {
		FILE *out = fopen(path, "w");
		assert_non_null(out);
		assert_int_equal(fwrite(t->p, 1, t->n, out), t->n);
		assert_int_equal(fclose(out), 0);
	}
	FILE *in = fopen(path, "r");
	if (in == NULL)
		fail_msg("%s is missing", path);
	want[fread(want, 1, sizeof want - 1, in)] = '\0';
	assert_int_equal(fclose(in), 0);
	assert_string_equal(t->p, want);
}

static void test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_samples; i++) {
		const struct sample *s = &samples[i];
		static struct text t;
		struct arena a;
		uint8_t out[4096];
		struct writer w = wr_of(out, sizeof out);
		t.n = 0;
		arena_init(&a, 1 << 20);
		struct asn1_out sink = { .write = append, .arg = &t, .arena = &a };
		assert_int_equal(asn1_per_encode(s->type, s->build(&a), &w, NULL), 0);
		void *back = arena_alloc(&a, s->type->size);
		assert_non_null(back);
		assert_int_equal(asn1_per_decode(s->type, wr_slice(&w), NULL, &a, back, NULL, NULL), 0);
		append_octets(&t, wr_slice(&w));
		asn1_print(s->type, back, &sink);
		compare(s->name, &t);
		arena_free(&a);
	}
}

/* Carried values: opened when there is an arena and they are sound, else hex. */
static void test_contained(void **state)
{
	(void)state;
	static struct text t;
	struct arena a;
	arena_init(&a, 1 << 16);
	struct asn1_out sink = { .write = append, .arg = &t, .arena = &a, .indent = 1 };
	const struct pst_slice sound = slice_of("\x40", 1), broken = slice_of("\xff", 1);
	t.n = 0;
	asn1_print(&vectors_carrier_type, &sound, &sink);
	assert_string_equal(t.p, "\tCarrier:\n\t\tExt\n\t\t\ta: true\n");
	t.n = 0;
	asn1_print(&vectors_carrier_type, &broken, &sink);
	assert_string_equal(t.p, "\tCarrier: ff\n");
	sink.arena = NULL;
	t.n = 0;
	asn1_print(&vectors_carrier_type, &sound, &sink);
	assert_string_equal(t.p, "\tCarrier: 40\n");
	arena_free(&a);
}

static void test_cut(void **state)
{
	(void)state;
	char buf[6];
	const uint32_t v = 5;
	assert_int_equal(asn1_print_buf(&vectors_i0_7_type, &v, buf, sizeof buf), 8);
	assert_string_equal(buf, "I0-7:");
	assert_int_equal(asn1_print_buf(&vectors_i0_7_type, &v, NULL, 0), 8);
}

int main(int argc, char **argv)
{
	folder = argc > 1 ? argv[1] : ".";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_contained),
		cmocka_unit_test(test_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
