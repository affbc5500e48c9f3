/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random values made from the descriptors: whatever the schema allows is encoded, decoded, printed alike and
 * encoded to the same octets. The seed is printed; PST_TEST_SEED repeats a run.
 */
#include "vectors.h"

#include <stdio.h>
#include <time.h>

#include "gcc_asn1.h"
#include "h225_asn1.h"
#include "h235_asn1.h"
#include "h245_asn1.h"
#include "mcs_asn1.h"
#include "t126_asn1.h"
#include "vectors_asn1.h"

enum { ROUNDS = 300, DEPTH = 12, OUT_MAX = 1 << 20 };

static uint64_t rng;

/* xorshift64*: 0..N-1 */
static uint32_t pick(uint32_t n)
{
	rng ^= rng >> 12;
	rng ^= rng << 25;
	rng ^= rng >> 27;
	return (uint32_t)((rng * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % n;
}

static void *alloc(struct arena *a, size_t n)
{
	void *p = arena_alloc(a, n);
	assert_non_null(p);
	return p;
}

static void fill(struct arena *a, const struct asn1_type *t, void *at, unsigned depth);

static size_t pick_size(const struct asn1_span *s, size_t usual)
{
	const size_t lb = (size_t)s->lb, room = s->ub - s->lb > (int64_t)usual ? usual : (size_t)(s->ub - s->lb);
	if (s->extensible && pick(8) == 0)
		return (size_t)s->ub + 1 + pick(5);
	return lb + pick((uint32_t)room + 1);
}

static int64_t pick_number(const struct asn1_span *s)
{
	const uint64_t any = (uint64_t)pick(UINT32_MAX) << 32 | pick(UINT32_MAX);
	const int64_t some = (int64_t)(any >> pick(64));
	if (s->form == ASN1_SPAN_NONE || (s->extensible && pick(4) == 0))
		return pick(2) ? some : (int64_t)(0 - (uint64_t)some);
	if (s->form == ASN1_SPAN_SEMI)
		return s->lb + (int64_t)(any >> (2 + pick(60)));
	if (pick(4) == 0)
		return pick(2) ? s->lb : s->ub;
	const uint64_t range = (uint64_t)s->ub - (uint64_t)s->lb;
	return (int64_t)((uint64_t)s->lb + (range == UINT64_MAX ? any : any % (range + 1)));
}

static struct pst_slice octets(struct arena *a, size_t n)
{
	uint8_t *p = alloc(a, n);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)pick(256);
	return slice_of(p, n);
}

/* The last octet of an object identifier ends a number. */
static void oid_end(struct pst_slice *s)
{
	uint8_t *p = (uint8_t *)(uintptr_t)s->p;
	p[s->n - 1] &= 0x7f;
}

static struct pst_slice characters(struct arena *a, const struct asn1_type *t)
{
	const size_t n = pick_size(&t->span, 40);
	if (t->kind == ASN1_BMP_STRING) {
		const struct pst_slice s = octets(a, 2 * n);
		uint8_t *at = (uint8_t *)(uintptr_t)s.p;
		for (size_t i = 0; t->char_bits < 16 && i < s.n; i += 2) {
			at[i] = 0;
			if (t->alphabet != NULL)
				at[i + 1] = (uint8_t)t->alphabet[pick(t->n_alphabet)];
		}
		return s;
	}
	uint8_t *p = alloc(a, n);
	for (size_t i = 0; i < n; i++)
		p[i] = t->alphabet != NULL ? (uint8_t)t->alphabet[pick(t->n_alphabet)] : (uint8_t)(0x20 + pick(95));
	return slice_of(p, n);
}

static void integer(const struct asn1_type *t, void *at)
{
	const int64_t v = pick_number(&t->span);
	if (t->store == ASN1_STORE_U32)
		*(uint32_t *)at = (uint32_t)v;
	else if (t->store == ASN1_STORE_I64)
		*(int64_t *)at = v;
	else
		((struct asn1_integer *)at)->v = v;
}

/* Fields by pointer get memory of their own. */
static void component(struct arena *a, const struct asn1_field *f, void *out, unsigned depth)
{
	void *at = (uint8_t *)out + f->offset;
	if ((f->flags & ASN1_F_POINTER) != 0) {
		void *p = alloc(a, f->type->size);
		memcpy(at, &p, sizeof p);
		at = p;
	} else if ((f->flags & ASN1_F_OPTIONAL) != 0) {
		*(bool *)((uint8_t *)out + f->has_offset) = true;
	}
	fill(a, f->type, at, depth);
}

static void extensions(struct arena *a, const struct asn1_type *t, void *out)
{
	struct asn1_ext *ext = (struct asn1_ext *)((uint8_t *)out + t->ext_offset);
	const unsigned known = (unsigned)(t->n_fields - t->n_root);
	if (pick(4) == 0)
		ext->received = (uint16_t)(1 + pick(80));
	if (pick(8) != 0)
		return;
	ext->n = (uint16_t)(1 + pick(3));
	ext->unknown = arena_calloc(a, ext->n, sizeof *ext->unknown);
	assert_non_null(ext->unknown);
	for (uint16_t i = 0, index = (uint16_t)(known + pick(3)); i < ext->n; i++, index = (uint16_t)(index + 1 + pick(40))) {
		ext->unknown[i].index = index;
		ext->unknown[i].octets = octets(a, 1 + pick(200));
	}
}

static void sequence(struct arena *a, const struct asn1_type *t, void *out, unsigned depth)
{
	for (const struct asn1_field *f = t->fields; f < t->fields + t->n_fields; f++)
		if ((f->flags & ASN1_F_OPTIONAL) == 0 || (depth > 0 && pick(3) == 0))
			component(a, f, out, depth > 0 ? depth - 1 : 0);
	if (t->extensible)
		extensions(a, t, out);
}

/* Near the bottom, an alternative that ends there: all recursion goes through a CHOICE with one. */
static void choice(struct arena *a, const struct asn1_type *t, void *out, unsigned depth)
{
	uint32_t index = pick(t->n_fields);
	if (t->span.extensible && pick(12) == 0) {
		struct asn1_unknown *u = (struct asn1_unknown *)((uint8_t *)out + t->ext_offset);
		*(uint32_t *)out = ASN1_UNKNOWN;
		u->index = (uint16_t)(t->n_fields - t->n_root + pick(100));
		u->octets = octets(a, 1 + pick(20));
		return;
	}
	for (uint32_t i = 0; depth == 0 && i < t->n_fields; i++)
		if ((t->fields[index].flags & ASN1_F_POINTER) != 0 || t->fields[index].type->kind == ASN1_SEQUENCE_OF)
			index = (index + 1) % t->n_fields;
	*(uint32_t *)out = index;
	component(a, &t->fields[index], out, depth > 0 ? depth - 1 : 0);
}

static void list(struct arena *a, const struct asn1_type *t, struct asn1_list *l, unsigned depth)
{
	l->n = (uint32_t)pick_size(&t->span, depth > 0 ? 3 : 0);
	l->v = t->element->size == 0 ? NULL : arena_calloc(a, l->n, t->element->size);
	for (uint32_t i = 0; i < l->n; i++)
		fill(a, t->element, l->v == NULL ? NULL : (uint8_t *)l->v + (size_t)i * t->element->size,
			depth > 0 ? depth - 1 : 0);
}

static void fill(struct arena *a, const struct asn1_type *t, void *at, unsigned depth)
{
	struct asn1_bits *bits = at;
	switch ((enum asn1_kind)t->kind) {
	case ASN1_BOOLEAN: *(bool *)at = pick(2) != 0; break;
	case ASN1_INTEGER: integer(t, at); break;
	case ASN1_ENUMERATED: *(uint32_t *)at = pick(t->span.extensible ? t->n_fields + 70u : t->n_fields); break;
	case ASN1_OID:
		*(struct pst_slice *)at = octets(a, 1 + pick(30));
		oid_end(at);
		break;
	case ASN1_TEXT: *(struct pst_slice *)at = octets(a, 1 + pick(30)); break;
	case ASN1_OCTET_STRING: *(struct pst_slice *)at = octets(a, pick_size(&t->span, pick(20) == 0 ? 20000 : 50)); break;
	case ASN1_BIT_STRING:
		bits->n_bits = pick_size(&t->span, pick(20) == 0 ? 20000 : 60);
		bits->p = octets(a, (bits->n_bits + 7) / 8).p;
		break;
	case ASN1_STRING:
	case ASN1_BMP_STRING: *(struct pst_slice *)at = characters(a, t); break;
	case ASN1_SEQUENCE: sequence(a, t, at, depth); break;
	case ASN1_SEQUENCE_OF: list(a, t, at, depth); break;
	case ASN1_CHOICE: choice(a, t, at, depth); break;
	default: break;
	}
}

static uint8_t one[OUT_MAX], two[OUT_MAX];

static void round_trip(const struct asn1_type *t)
{
	struct arena a;
	struct asn1_err e = { 0 };
	struct writer w1 = wr_of(one, sizeof one), w2 = wr_of(two, sizeof two);
	const struct asn1_limits lim = { .depth = 100, .elements = UINT32_MAX };
	arena_init(&a, 0);
	void *v = alloc(&a, t->size + 1), *back = alloc(&a, t->size + 1);
	fill(&a, t, v, DEPTH);
	int rc = asn1_per_encode(t, v, &w1, &e);
	if (rc == PST_E_SPACE)
		goto out; /* rare, and nothing can be said of it */
	if (rc != 0)
		fail_msg("%s: %s: %s", t->name, e.path, e.what);
	rc = asn1_per_decode(t, wr_slice(&w1), &lim, &a, back, NULL, &e);
	if (rc != 0)
		fail_msg("%s: %s, bit %u: %s", t->name, e.path, e.bit, e.what);
	rc = asn1_per_encode(t, back, &w2, &e);
	if (rc != 0 || !slice_eq(wr_slice(&w1), wr_slice(&w2)))
		fail_msg("%s: comes out otherwise, %zu and %zu octets", t->name, w1.n, w2.n);
	if (w1.n > 1) { /* one octet less is never the same message */
		w1.n--;
		assert_int_not_equal(asn1_per_decode(t, wr_slice(&w1), &lim, &a, back, NULL, &e), 0);
	}
out:
	arena_free(&a);
}

/* BER has no place for unknown extensions: what is left after they went comes back as it was. */
static void round_trip_ber(const struct asn1_type *t)
{
	struct arena a;
	struct asn1_err e = { 0 };
	struct writer w1 = wr_of(one, sizeof one), w2 = wr_of(two, sizeof two);
	const struct asn1_limits lim = { .depth = 100, .elements = UINT32_MAX };
	arena_init(&a, 0);
	void *v = alloc(&a, t->size + 1), *back = alloc(&a, t->size + 1);
	fill(&a, t, v, DEPTH);
	int rc = asn1_ber_encode(t, v, &w1, &e);
	if (rc == PST_E_SPACE || (rc == PST_E_RANGE && strcmp(e.what, "no such alternative") == 0))
		goto out;
	if (rc != 0)
		fail_msg("%s: %s: %s", t->name, e.path, e.what);
	rc = asn1_ber_decode(t, wr_slice(&w1), &lim, &a, back, NULL, &e);
	if (rc != 0)
		fail_msg("%s: %s, bit %u: %s", t->name, e.path, e.bit, e.what);
	rc = asn1_ber_encode(t, back, &w2, &e);
	if (rc != 0 || !slice_eq(wr_slice(&w1), wr_slice(&w2)))
		fail_msg("%s: comes out otherwise, %zu and %zu octets", t->name, w1.n, w2.n);
	w1.n--;
	assert_int_not_equal(asn1_ber_decode(t, wr_slice(&w1), &lim, &a, back, NULL, &e), 0);
out:
	arena_free(&a);
}

static void test_top_types(void **state)
{
	(void)state;
	static const struct asn1_type *const types[] = {
		&h225_h323_user_information_type, &h225_ras_message_type, &h245_multimedia_system_control_message_type,
		&h245_open_logical_channel_type, &h235_clear_token_type, &h235_crypto_token_type, &h235_h235_key_type,
		&mcs_connect_mcspdu_type, &mcs_domain_mcspdu_type, &gcc_connect_data_type, &gcc_connect_gccpdu_type,
		&gcc_gccpdu_type, &t126_sipdu_type,
	};
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		for (unsigned k = 0; k < ROUNDS; k++) {
			round_trip(types[i]);
			round_trip_ber(types[i]);
		}
}

/* Each component of the large messages by itself, so that none is rare. */
static void test_each_message(void **state)
{
	(void)state;
	static const struct asn1_type *const choices[] = {
		&h225_ras_message_type, &h225_h323_uu_pdu_h323_message_body_type, &h245_request_message_type,
		&h245_response_message_type, &h245_command_message_type, &h245_indication_message_type,
		&mcs_domain_mcspdu_type, &gcc_connect_gccpdu_type, &gcc_request_pdu_type, &gcc_response_pdu_type,
		&gcc_indication_pdu_type, &t126_sipdu_type,
	};
	for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
		for (size_t f = 0; f < choices[i]->n_fields; f++)
			for (unsigned k = 0; k < ROUNDS / 10; k++) {
				round_trip(choices[i]->fields[f].type);
				round_trip_ber(choices[i]->fields[f].type);
			}
}

static void test_forms(void **state)
{
	(void)state;
	static const struct asn1_type *const types[] = {
		&vectors_mis_long_type, &vectors_def_more_type, &vectors_ext_type, &vectors_choose_type, &vectors_mis_o32_type,
		&vectors_mis_b16_type, &vectors_mis_b17_type, &vectors_b_huge_type, &vectors_o_ext_type, &vectors_o_free_type,
		&vectors_digits3_type, &vectors_digits4_type, &vectors_mis_bmp1_type, &vectors_num_free_type,
		&vectors_bmp_free_type, &vectors_matrix_type, &vectors_list_ext_type, &vectors_i_any_type, &vectors_i_ext_type,
		&vectors_i_semi0_type, &vectors_is32_type, &vectors_two_chars_type, &vectors_set65536_type,
		&vectors_bmp_dial_type, &vectors_bmp_latin_type,
	};
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		for (unsigned k = 0; k < ROUNDS; k++)
			round_trip(types[i]);
}

int main(void)
{
	const char *given = getenv("PST_TEST_SEED");
	rng = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) * 2654435761u;
	rng |= 1;
	printf("# PST_TEST_SEED=0x%llx\n", (unsigned long long)rng);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_top_types),
		cmocka_unit_test(test_each_message),
		cmocka_unit_test(test_forms),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
