/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walking: order and paths, changes in place, taking parts out, stopping. */
#include "vectors.h"

#include <stdio.h>

#include "h225_asn1.h"
#include "h245_asn1.h"
#include "vectors_asn1.h"

static char trail[4096];

static int note(const struct asn1_node *node, void *arg)
{
	(void)arg;
	char path[256];
	const size_t n = strlen(trail);
	snprintf(trail + n, sizeof trail - n, "%s:%s ", asn1_node_path(node, path, sizeof path), node->type->name);
	return ASN1_WALK_CONTINUE;
}

static void *decode(const struct asn1_type *t, const char *hex, struct arena *a)
{
	const struct pst_slice in = from_hex(hex);
	arena_init(a, 0);
	const uint8_t *kept = arena_dup(a, in.p, in.n);
	void *value = arena_alloc(a, t->size);
	assert_true(kept != NULL && value != NULL);
	assert_int_equal(asn1_per_decode(t, slice_of(kept, in.n), NULL, a, value, NULL, NULL), 0);
	free_slice(in);
	return value;
}

static void check_encodes(const struct asn1_type *t, const void *value, const char *hex)
{
	uint8_t out[512];
	struct writer w = wr_of(out, sizeof out);
	const struct pst_slice want = from_hex(hex);
	assert_int_equal(asn1_per_encode(t, value, &w, NULL), 0);
	assert_true(slice_eq(wr_slice(&w), want));
	free_slice(want);
}

static void test_order(void **state)
{
	(void)state;
	struct arena a;
	void *v = decode(&vectors_ext_type, "c274 0105 0180 0100 02bbbb", &a);
	trail[0] = '\0';
	assert_int_equal(asn1_walk(&vectors_ext_type, v, note, NULL), 0);
	assert_string_equal(trail, ":Ext a:BOOLEAN x:INTEGER y:BOOLEAN z:NULL unknown[4]:unknown extension ");
	arena_free(&a);
	v = decode(&h225_alias_address_type, "8107000a01061206b8", &a);
	trail[0] = '\0';
	assert_int_equal(asn1_walk(&h225_alias_address_type, v, note, NULL), 0);
	assert_string_equal(trail, ":AliasAddress transportID:TransportAddress "
				   "transportID.ipAddress:transport_address_ip_address "
				   "transportID.ipAddress.ip:OCTET STRING transportID.ipAddress.port:INTEGER ");
	arena_free(&a);
	v = decode(&vectors_matrix_type, "02 02 01 02 00", &a);
	trail[0] = '\0';
	assert_int_equal(asn1_walk(&vectors_matrix_type, v, note, NULL), 0);
	assert_string_equal(trail,
		":Matrix [0]:SEQUENCE OF [0][0]:INTEGER [0][1]:INTEGER [1]:SEQUENCE OF ");
	arena_free(&a);
}

/* Every H.245 transport address, wherever it stands. */
static int rewrite(const struct asn1_node *node, void *arg)
{
	if (node->type != &h245_unicast_address_ip_address_type)
		return ASN1_WALK_CONTINUE;
	struct h245_unicast_address_ip_address *ip = node->value;
	ip->network = slice_of("\xc0\x00\x02\x01", 4);
	ip->tsap_identifier = 5003;
	++*(int *)arg;
	return ASN1_WALK_SKIP;
}

static void test_rewrite(void **state)
{
	(void)state;
	const struct asn1_type *t = &h245_multimedia_system_control_message_type;
	struct arena a;
	int n = 0;
	void *v = decode(t, "03c00100101830010040033980030000035018300100400339800300000305000908000a01061205df00", &a);
	assert_int_equal(asn1_walk(t, v, rewrite, &n), 0);
	assert_int_equal(n, 1);
	check_encodes(t, v, "03c0010010183001004003398003000003501830010040033980030000030500090800c0000201138b00");
	arena_free(&a);
}

struct removal {
	const char *name; /* of a component; NULL: list elements of this index */
	uint32_t index;
};

static int take_out(const struct asn1_node *node, void *arg)
{
	const struct removal *r = arg;
	if (r->name != NULL)
		return node->field != NULL && strcmp(node->field->name, r->name) == 0 ? ASN1_WALK_REMOVE
										      : ASN1_WALK_CONTINUE;
	return node->parent != NULL && node->field == NULL && node->index == r->index ? ASN1_WALK_REMOVE
										       : ASN1_WALK_CONTINUE;
}

static void check_removal(const struct asn1_type *t, const char *hex, struct removal r, int rc, const char *after)
{
	struct arena a;
	void *v = decode(t, hex, &a);
	assert_int_equal(asn1_walk(t, v, take_out, &r), rc);
	if (rc == 0)
		check_encodes(t, v, after);
	arena_free(&a);
}

static void test_remove(void **state)
{
	(void)state;
	check_removal(&vectors_opt_type, "e00580", (struct removal){ "b", 0 }, 0, "b0");
	check_removal(&vectors_opt_type, "e00580", (struct removal){ "c", 0 }, PST_E_ARG, NULL);
	check_removal(&vectors_ext_type, "c24c 0105 01aa 02bbbb", (struct removal){ "x", 0 }, 0, "c20c 01aa 02bbbb");
	check_removal(&vectors_ext_type, "c24c 0105 01aa 02bbbb", (struct removal){ NULL, 3 }, 0, "c244 0105 02bbbb");
	check_removal(&vectors_ext_type, "c040 0105", (struct removal){ "x", 0 }, 0, "40"); /* the last: no block */
	check_removal(&vectors_few_type, "ca70", (struct removal){ NULL, 1 }, 0, "08"); /* each one that comes to stand there */
	check_removal(&vectors_choose_type, "60", (struct removal){ "b", 0 }, PST_E_ARG, NULL);
	check_removal(&vectors_choose_type, "8302abcd", (struct removal){ NULL, 3 }, PST_E_ARG, NULL);
}

static int stop(const struct asn1_node *node, void *arg)
{
	++*(int *)arg;
	return node->type->kind == ASN1_BOOLEAN ? PST_E_DENIED : ASN1_WALK_CONTINUE;
}

static void test_stop(void **state)
{
	(void)state;
	struct arena a;
	int n = 0;
	void *v = decode(&vectors_flags_type, "03a0", &a);
	assert_int_equal(asn1_walk(&vectors_flags_type, v, stop, &n), PST_E_DENIED);
	assert_int_equal(n, 2);
	arena_free(&a);
}

static void test_path_cut(void **state)
{
	(void)state;
	const struct asn1_field f1 = { .name = "first" }, f2 = { .name = "second" };
	const struct asn1_node root = { 0 }, one = { .field = &f1, .parent = &root }, two = { .field = &f2, .parent = &one };
	char buf[8];
	assert_string_equal(asn1_node_path(&two, buf, sizeof buf), ".second");
	char whole[64];
	assert_string_equal(asn1_node_path(&two, whole, sizeof whole), "first.second");
	assert_string_equal(asn1_node_path(&root, whole, sizeof whole), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_rewrite),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_path_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
