/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MCS: what decodes encodes, and that decodes to the same octets again; the peek at data agrees with the
 * engine. */
#include <stdlib.h>

#include "t125/params.h"
#include "t125/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT = 1 << 17 };
static uint8_t one[OUT], two[OUT];

static void connects(struct pst_slice in, struct arena *a)
{
	struct writer w = wr_of(one, OUT), v = wr_of(two, OUT);
	char text[T125_STRLEN];
	t125_connect m;
	if (t125_connect_decode(&m, in, NULL, a, NULL) != 0)
		return;
	t125_connect_str(&m, text);
	if (m.choice == MCS_CONNECT_MCSPDU_CONNECT_INITIAL) {
		const struct t125_offer own = t125_offer_default();
		struct t125_offer offer;
		struct t125_params p;
		t125_params_read(&offer.target, &m.u.connect_initial->target_parameters);
		t125_params_read(&offer.min, &m.u.connect_initial->minimum_parameters);
		t125_params_read(&offer.max, &m.u.connect_initial->maximum_parameters);
		if (t125_params_agree(&p, &offer, &own) == 0 && !t125_params_within(&p, &own))
			abort();
	}
	if (t125_connect_encode(&m, &w, NULL) != 0)
		abort();
	if (t125_connect_decode(&m, wr_slice(&w), NULL, a, NULL) != 0)
		abort();
	if (t125_connect_encode(&m, &v, NULL) != 0 || !slice_eq(wr_slice(&w), wr_slice(&v)))
		abort();
}

static void domain(struct pst_slice in, struct arena *a)
{
	struct writer w = wr_of(one, OUT), v = wr_of(two, OUT);
	char text[T125_STRLEN];
	struct t125_data d, peek;
	t125_pdu m;
	const int code = t125_decode(&m, in, NULL, a, NULL);
	const int peeked = t125_data_peek(&peek, in);
	if (code == 0 && t125_data_read(&d, &m)) {
		if (peeked != PST_E_UNSUPPORTED &&
		        (peeked != 0 || peek.channel != d.channel || peek.end != d.end ||
		                peek.initiator != d.initiator || !slice_eq(peek.octets, d.octets)))
			abort();
	}
	if (code != 0)
		return;
	t125_str(&m, text);
	if (t125_encode(&m, &w, NULL) != 0)
		abort();
	if (t125_decode(&m, wr_slice(&w), NULL, a, NULL) != 0)
		abort();
	if (t125_encode(&m, &v, NULL) != 0 || !slice_eq(wr_slice(&w), wr_slice(&v)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a;
	uint32_t tag;
	size_t total;
	if (size > 1 << 16)
		return 0;
	arena_init(&a, 1 << 24);
	if (asn1_ber_head(slice_of(data, size), &tag, &total) == 0 && total < 2)
		abort();
	if (t125_is_connect(slice_of(data, size)))
		connects(slice_of(data, size), &a);
	else
		domain(slice_of(data, size), &a);
	arena_free(&a);
	return 0;
}
