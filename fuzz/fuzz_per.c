/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PER engine: the first octet picks a type, the rest is its encoding. What decodes must print, encode,
 * decode again to the same print, and encode again to the same octets.
 */
#include "asn1/asn1.h"
#include "h225_asn1.h"
#include "h235_asn1.h"
#include "h245_asn1.h"
#include "h46018_asn1.h"
#include "h46019_asn1.h"
#include "vectors_asn1.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Append only: the corpus knows these by number. */
static const struct asn1_type *const types[] = {
	&h225_h323_user_information_type,
	&h225_ras_message_type,
	&h245_multimedia_system_control_message_type,
	&h245_open_logical_channel_type,
	&h235_clear_token_type,
	&h235_crypto_token_type,
	&h235_h235_key_type,
	&vectors_choose_type,
	&vectors_ext_type,
	&vectors_matrix_type,
	&vectors_num_free_type,
	&vectors_b_huge_type,
	&vectors_set65536_type,
	&vectors_nulls_type,
	&vectors_deep_type,
	&vectors_i_any_type,
	&vectors_i_semi0_type,
	&vectors_def_more_type,
	&vectors_o_free_type,
	&vectors_o_ext_type,
	&vectors_list_ext_type,
	&vectors_bmp_free_type,
	&vectors_e_ext_type,
	&vectors_mis_b17_type,
	&vectors_odd_type,
	&vectors_carrier_type,
	&h46018_incoming_call_indication_type,
	&h46019_traversal_parameters_type,
};

enum { OUT_MAX = 1 << 18 };

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* A print as one number (FNV-1a). */
static void hash(void *arg, const char *text, size_t n)
{
	uint64_t *h = arg;
	for (size_t i = 0; i < n; i++)
		*h = (*h ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
}

static uint64_t print_hash(const struct asn1_type *t, const void *value, struct arena *a)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	struct asn1_out out = { .write = hash, .arg = &h, .arena = a };
	asn1_print(t, value, &out);
	return h;
}

static int count(const struct asn1_node *node, void *arg)
{
	char path[64];
	must(asn1_node_path(node, path, sizeof path) != NULL);
	++*(unsigned *)arg;
	return ASN1_WALK_CONTINUE;
}

static void round_trip(const struct asn1_type *t, void *first, void *second, struct arena *a)
{
	static uint8_t one[OUT_MAX], two[OUT_MAX];
	struct writer w1 = wr_of(one, sizeof one), w2 = wr_of(two, sizeof two);
	struct asn1_err e;
	unsigned nodes = 0;
	const uint64_t h = print_hash(t, first, a);
	must(asn1_walk(t, first, count, &nodes) == 0 && nodes > 0);
	must(asn1_per_encode(t, first, &w1, &e) == 0);
	must(asn1_per_decode(t, wr_slice(&w1), NULL, a, second, NULL, &e) == 0);
	must(print_hash(t, second, a) == h);
	must(asn1_per_encode(t, second, &w2, &e) == 0);
	must(slice_eq(wr_slice(&w1), wr_slice(&w2)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const struct asn1_type *t = types[data[0] % (sizeof types / sizeof types[0])];
	struct arena a;
	struct asn1_err e;
	arena_init(&a, 1 << 24);
	void *first = arena_alloc(&a, t->size), *second = arena_alloc(&a, t->size);
	size_t used = 0;
	must(first != NULL && second != NULL);
	const int rc = asn1_per_decode(t, slice_of(data + 1, size - 1), NULL, &a, first, &used, &e);
	if (rc == 0) {
		must(used > 0 && used <= size - 1);
		round_trip(t, first, second, &a);
	} else {
		must(e.code == rc && e.what != NULL && strlen(e.path) < sizeof e.path);
	}
	arena_free(&a);
	return 0;
}
