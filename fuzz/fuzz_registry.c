/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a hostile registrar may send to the worker, or the reverse: messages that decode encode to the same octets, and a
 * table takes whatever they say. */
#include <stdlib.h>

#include "registry/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(const struct registry *r, const struct registry_msg *m)
{
	struct addr a;
	const struct pst_slice id = slice_of(m->call.call_id, sizeof m->call.call_id);
	if (m->type == REGISTRY_NAME && m->name.space == REGISTRY_ALIAS && !registry_find_name(r, REGISTRY_ALIAS, m->name.name, &a))
		abort();
	(void)registry_find_person(r, m->name.name, 1, &a);
	if (m->type == REGISTRY_CALL && m->call.has_call_id && !registry_find_call(r, &m->call.caller, id, id, &a))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct registry_limits limits = { 64, 16, 4 };
	struct reader r = rd_of(slice_of(data, size));
	struct registry *table;
	struct registry_msg m;
	if (registry_new(&table, &limits, 1) != PST_OK)
		return 0;
	for (size_t at = 0; registry_msg_decode(&m, &r) == PST_OK; at = size - rd_left(&r)) {
		uint8_t again[REGISTRY_MSG_MAX];
		struct writer w = wr_of(again, sizeof again);
		const struct pst_slice in = slice_of(data + at, size - rd_left(&r) - at);
		if (registry_msg_encode(&m, &w) != PST_OK || !slice_eq(in, wr_slice(&w)))
			abort();
		if (registry_apply(table, &m) == PST_OK)
			look_up(table, &m);
	}
	registry_free(table);
	return 0;
}
