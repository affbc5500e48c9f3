/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GCC: the first octet says connect (odd) or data; what decodes encodes, and that decodes to the same octets.
 */
#include <stdlib.h>

#include "t124/key.h"
#include "t124/msg.h"
#include "t124/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT = 1 << 18 };
static uint8_t one[OUT], two[OUT];

static int keys(const struct asn1_node *n, void *arg)
{
	char text[T124_KEY_STRLEN];
	(void)arg;
	if (n->type == &gcc_key_type)
		t124_key_str(n->value, text);
	if (n->type->kind == ASN1_BMP_STRING)
		t124_text_read(*(const struct pst_slice *)n->value, text, sizeof text);
	return ASN1_WALK_CONTINUE;
}

static void both_ways(const struct asn1_type *t, void *m, struct arena *a)
{
	struct writer w = wr_of(one, OUT), v = wr_of(two, OUT);
	const struct asn1_limits wide = {.depth = 100, .elements = 1 << 20};
	if (asn1_walk(t, m, keys, NULL) != 0)
		abort();
	if (asn1_per_encode(t, m, &w, NULL) != 0)
		return; /* some things that came cannot be said: an unknown index beyond any */
	if (asn1_per_decode(t, wr_slice(&w), &wide, a, m, NULL, NULL) != 0)
		abort();
	if (asn1_per_encode(t, m, &v, NULL) != 0 || !slice_eq(wr_slice(&w), wr_slice(&v)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	char text[T124_STRLEN];
	t124_connect c;
	t124_pdu m;
	if (size < 1 || size > 1 << 14)
		return 0;
	const struct pst_slice in = slice_of(data + 1, size - 1);
	arena_init(&a, 1 << 25);
	if ((data[0] & 1) != 0 && t124_connect_decode(&c, in, NULL, &a, NULL) == 0) {
		t124_connect_str(&c, text);
		both_ways(&gcc_connect_gccpdu_type, &c, &a);
	} else if ((data[0] & 1) == 0 && t124_decode(&m, in, NULL, &a, NULL) == 0) {
		t124_str(&m, text);
		both_ways(&gcc_gccpdu_type, &m, &a);
	}
	arena_free(&a);
	return 0;
}
