/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A conference node and one peer that sends anything: called by it (first octet even) or calling it, with an
 * application. */
#include <stdlib.h>

#include "conference/conference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void settle(struct conference *c, bool *closed)
{
	for (bool again = true; again;) {
		unsigned conn = 0;
		bool asked = false;
		for (const struct conference_action *a = conference_actions(c); a != NULL; a = a->next) {
			if (a->type == CONFERENCE_ASKED) {
				asked = true;
				conn = a->conn;
			}
			*closed = *closed || (a->type == CONFERENCE_CLOSE && a->link == 3);
		}
		again = asked;
		if (asked)
			conference_answer(c, conn, true);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct conference_config config = {
		.node_name = "fuzz", .max_sdu = 4096, .max_nodes = 8, .max_entries = 4, .trace = true
	};
	const struct gcc_key key = t124_app_key(T124_APP_CHAT);
	struct conference *c;
	bool closed = false;
	unsigned app;
	if (size < 1 || conference_new(&c, &config) != 0)
		return 0;
	if (data[0] % 2 == 0) {
		if ((data[0] & 2) != 0 || conference_create(c, "1") != 0 ||
			conference_app_open(c, &key, &app) != 0)
			app = 0;
		if (conference_incoming(c, 3) != 0)
			abort();
	} else {
		if (conference_call(
			    c, 3, (data[0] & 2) != 0 ? CONFERENCE_CREATE : CONFERENCE_JOIN, "1", NULL) != 0)
			abort();
		conference_connected(c, 3);
	}
	for (size_t at = 1; at < size && !closed;) {
		const size_t n = size - at < 700 ? size - at : 700;
		conference_received(c, 3, slice_of(data + at, n));
		settle(c, &closed);
		if (!closed && conference_in(c) && conference_app_open(c, &key, &app) == 0)
			settle(c, &closed);
		at += n;
	}
	if (!closed)
		conference_closed(c, 3);
	conference_free(c);
	return 0;
}
