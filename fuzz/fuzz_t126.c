/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SIPDUs: what decodes encodes, and that decodes to the same octets; NetMeeting's texts and bitmaps in them.
 */
#include <stdlib.h>

#include "t126/msg.h"
#include "t126/netmeeting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT = 1 << 18 };
static uint8_t one[OUT], two[OUT];

static void additions(const struct t126_non_standard_parameter *p)
{
	struct t126_text t;
	struct t126_font f;
	struct t126_dib d;
	struct pst_slice text;
	uint16_t column, row;
	if (t126_is_bitmap24(&p->non_standard_identifier) && t126_dib_read(&d, p->data) == 0 && d.width == 0)
		abort();
	if (t126_text_read(&t, p) != 0)
		return;
	t126_font_read(&f, t.font);
	for (uint32_t i = 0; i < t.n_lines; i++)
		if (t126_text_line(&t.lines, &column, &row, &text) != 0)
			return;
}

static int visit(const struct asn1_node *n, void *arg)
{
	(void)arg;
	if (n->type == &t126_non_standard_parameter_type)
		additions(n->value);
	return ASN1_WALK_CONTINUE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct asn1_limits wide = { .depth = 100, .elements = 1 << 20 };
	struct arena a;
	char text[T126_STRLEN];
	t126_pdu m;
	struct writer w = wr_of(one, OUT), v = wr_of(two, OUT);
	if (size > 1 << 14)
		return 0;
	arena_init(&a, 1 << 25);
	if (t126_decode(&m, slice_of(data, size), NULL, &a, NULL) != 0)
		goto out;
	t126_str(&m, text);
	if (asn1_walk(&t126_sipdu_type, &m, visit, NULL) != 0)
		abort();
	if (t126_encode(&m, &w, NULL) != 0)
		goto out; /* some things that came cannot be said: an unknown index beyond any */
	if (t126_decode(&m, wr_slice(&w), &wide, &a, NULL) != 0)
		abort();
	if (t126_encode(&m, &v, NULL) != 0 || !slice_eq(wr_slice(&w), wr_slice(&v)))
		abort();
out:
	arena_free(&a);
	return 0;
}
