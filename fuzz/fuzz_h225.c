/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.225.0 call signalling and RAS: what decodes is summed up, encoded, and decoded again to the same summary. */
#include "h225/body.h"
#include "h225/build.h"
#include "h225/ras.h"
#include "h225/str.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT = 1 << 17 };

static void look(const struct h225_msg *m)
{
	struct h225_common c;
	char text[64];
	const struct h225_h323_uu_pdu_h323_message_body *body = &m->uu.h323_uu_pdu.h323_message_body;
	h225_common_read(body, &c);
	if (h225_version(c.protocol_identifier) > 127)
		abort();
	if (body->choice == H225_H323_UU_PDU_H323_MESSAGE_BODY_SETUP && body->u.setup->has_source_address) {
		for (uint32_t i = 0; i < body->u.setup->source_address.n; i++)
			h225_alias_text(&body->u.setup->source_address.v[i], text, sizeof(text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[OUT];
	struct arena a;
	struct h225_msg m, back;
	struct h225_ras_message ras;
	char line[H225_STRLEN], again[H225_STRLEN];
	arena_init(&a, 1 << 22);
	if (h225_ras_decode(&ras, slice_of(data, size), NULL, &a, NULL) == 0 && h225_ras_name(&ras)[0] == '\0')
		abort();
	arena_reset(&a);
	if (h225_decode(&m, slice_of(data, size), NULL, &a, NULL) == 0) {
		struct writer w = wr_of(out, OUT);
		h225_str(&m, line);
		if (m.has_uu)
			look(&m);
		/* Only what grew past a length field cannot be sent on. */
		if (h225_encode(&m, &w, NULL) == 0) {
			const int err = h225_decode(&back, slice_of(out + 4, w.n - 4), NULL, &a, NULL);
			if (err != 0 && err != PST_E_LIMIT)
				abort();
			if (err == 0 && strcmp(h225_str(&back, again), line) != 0)
				abort();
		}
	}
	arena_free(&a);
	return 0;
}
