/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The follower: two octets of policy, then chunks: direction, two octets of length, octets. */
#include <stdlib.h>

#include "conference/follow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *arg, enum follow_dir dir, struct pst_slice octets)
{
	((size_t *)arg)[dir] += octets.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t out[FOLLOW_DIRS] = { 0 };
	struct follow *f;
	struct follow_app app;
	struct follow_node node;
	if (size < 2)
		return 0;
	const struct follow_config c = { .allow = { (uint32_t)data[0] * 0x01010101u,
						 (uint32_t)data[1] * 0x01010101u },
		.file_limit = data[0],
		.pass_opaque = (data[1] & 1) != 0,
		.emit = count,
		.arg = out };
	if (follow_new(&f, &c) != 0)
		return 0;
	for (size_t at = 2; at + 3 < size;) {
		const size_t most = size - at - 3, want = (size_t)data[at + 1] << 8 | data[at + 2];
		const size_t n = want < most ? want : most;
		if (n == 0 ||
			follow_octets(f, (enum follow_dir)(data[at] & 1), slice_of(data + at + 3, n)) != 0)
			break;
		at += 3 + n;
	}
	for (unsigned i = 0; i < T124_APP_N; i++)
		follow_app(f, (enum t124_app)i, &app);
	for (unsigned i = 0; follow_node(f, i, &node); i++)
		if (memchr(node.name, 0, sizeof node.name) == NULL)
			abort();
	follow_free(f);
	return 0;
}
