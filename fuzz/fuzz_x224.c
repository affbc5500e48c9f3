/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* X.224: a TPDU encodes to what it came from; a stream gives the same units in one piece and octet by octet.
 */
#include <stdlib.h>

#include "t125/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void tpdu(struct pst_slice in)
{
	uint8_t out[4096];
	struct writer w = wr_of(out, sizeof out);
	struct x224_tpdu t;
	struct pst_slice v;
	if (x224_decode(&t, in) != 0)
		return;
	(void)x224_is_rdp(&t);
	if (x224_param(&t, X224_PARAM_SIZE, &v) == 0 && v.n > in.n)
		abort();
	if (in.n <= sizeof out && (x224_encode(&t, &w) != 0 || !slice_eq(wr_slice(&w), in)))
		abort();
}

struct sum {
	unsigned units;
	size_t octets;
	int end;
};

static struct sum run(const uint8_t *data, size_t size, size_t cut)
{
	struct t125_stream s;
	struct sum sum = {0};
	t125_stream_init(&s, 1000);
	for (size_t at = 0; at < size; at += cut) {
		struct t125_unit u;
		int rc;
		t125_stream_feed(&s, slice_of(data + at, size - at < cut ? size - at : cut));
		while ((rc = t125_stream_next(&s, &u)) == 0) {
			sum.units++;
			sum.octets += u.is_pdu ? u.pdu.n : 1;
		}
		sum.end = rc;
		if (rc != PST_E_AGAIN)
			break;
	}
	t125_stream_reset(&s);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tpdu(slice_of(data, size));
	const struct sum a = run(data, size, size > 0 ? size : 1), b = run(data, size, 1);
	if (a.units != b.units || a.octets != b.octets || a.end != b.end)
		abort();
	return 0;
}
