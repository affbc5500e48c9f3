/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MBFT PDUs: what decodes encodes, and that decodes to the same octets; names of files are always plain. */
#include <stdlib.h>

#include "t127/header.h"
#include "t127/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT = 1 << 18 };
static uint8_t one[OUT], two[OUT];

static void plain(const char *name)
{
	if (name[0] == '\0' || name[0] == '.' || name[0] == '-' || strlen(name) > T127_NAME_MAX)
		abort();
	for (; *name != '\0'; name++)
		if ((uint8_t)*name < 0x20 || *name == '/' || *name == '\\' || *name == 0x7f)
			abort();
}

static int headers(const struct asn1_node *n, void *arg)
{
	struct t127_file f;
	(void)arg;
	if (n->type == &t127_file_header_type) {
		t127_header_read(&f, n->value);
		plain(f.name);
	}
	return ASN1_WALK_CONTINUE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct asn1_limits wide = { .depth = 100, .elements = 1 << 20 };
	struct writer w = wr_of(one, OUT), v = wr_of(two, OUT);
	const struct pst_slice in = slice_of(data, size);
	char text[T127_STRLEN], name[T127_NAME_MAX + 1];
	struct arena a;
	t127_pdu m;
	if (size > 1 << 14)
		return 0;
	t127_name(name, &in, 1);
	plain(name);
	arena_init(&a, 1 << 25);
	if (t127_decode(&m, in, NULL, &a, NULL) == 0) {
		t127_str(&m, text);
		if (asn1_walk(&t127_mbftpdu_type, &m, headers, NULL) != 0)
			abort();
		if (t127_encode(&m, &w, NULL) == 0) {
			if (asn1_per_decode(&t127_mbftpdu_type, wr_slice(&w), &wide, &a, &m, NULL, NULL) !=
					0 ||
				t127_encode(&m, &v, NULL) != 0 || !slice_eq(wr_slice(&w), wr_slice(&v)))
				abort();
		}
	}
	arena_free(&a);
	return 0;
}
