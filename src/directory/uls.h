/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ULS front end of the directory (draft-williams-uls-00): a function of who asks, what
 * they sent and the time. Sockets are uls_server.h's.
 *
 * Where the draft is silent: a record is replaced from the address that made it, and
 * "record exists" for everybody else. Deleting what is not there is "no matching
 * records"; a query that finds nothing is an empty answer. Names compare without case.
 * Everybody in the directory has, besides the records they made, an e-mail and an address
 * record with property 0 and application 0, so that people who came through ILS are found too.
 */
#ifndef PST_DIRECTORY_ULS_H
#define PST_DIRECTORY_ULS_H

#include "base/writer.h"
#include "directory/model.h"
#include "ulp/msg.h"

enum { ULS_REQUEST_MAX = 4096, ULS_NAMES_MAX = 16 /* of one addition, deletion or refresh */ };

struct uls_session {
	struct directory_asker asker;
	bool may_ask;      /* for somebody by name */
	bool may_list;     /* for everybody */
	bool may_register; /* addition, deletion, refresh */
	uint32_t list_max; /* most entries of an answer */
	uint32_t out_max;  /* most octets of one; on UDP not more than the request had */
};

struct uls_stats {
	uint64_t requests[ULP_REFRESH + 1]; /* by opcode */
	uint64_t answers[ULP_EXISTS + 1];   /* by retcode; a refresh that succeeded is not among them */
	uint64_t ignored;                   /* too short for a header, or a reply */
	uint64_t truncated;
};

/* Answers one message in OUT; nothing is written where there is no answer to give. A (empty) is memory for the time of the call and
 * bounds it. PST_E_BAD: this peer does not speak ULP; PST_E_NOMEM. */
PST_MUST_CHECK int uls_answer(struct directory *d, const struct uls_session *s, struct pst_slice request, uint64_t now_ms,
	struct arena *a, struct writer *out, struct uls_stats *stats);

/* Our form of the data of an address record: network type 1 (Internet), address type 4 (IPv4) or 6, two octets each, the
 * address, then two octets of port. The draft does not fix any. */
enum { ULS_ADDRESS_MAX = 4 + 16 + 2 };
size_t uls_address_write(uint8_t out[static ULS_ADDRESS_MAX], const struct addr *a);
/* PST_E_BAD: DATA has another form. */
PST_MUST_CHECK int uls_address_read(struct pst_slice data, struct addr *out);

#endif
