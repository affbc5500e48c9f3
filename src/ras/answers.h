/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers that were given, so that a retransmission gets the same octets and
 * has no second effect (H.225.0 7.20). A retransmission comes from the same
 * address and is the same to the octet: endpoints that were started anew begin
 * their requestSeqNum again. Bounded in number and octets; the oldest goes first.
 */
#ifndef PST_RAS_ANSWERS_H
#define PST_RAS_ANSWERS_H

#include "base/addr.h"

enum { RAS_ANSWER_KEEP_MS = 20000 /* past the last repetition of any request of the table */ };

struct ras_answers {
	struct ras_answer *slots; /* a ring, by age */
	uint32_t *buckets;        /* by hash: the index of the newest, plus 1 */
	uint32_t n, next, n_buckets;
	size_t bytes, bytes_max;
};

enum ras_answer_state {
	RAS_ANSWER_NEW,     /* never seen: work on it, then call ras_answers_put() */
	RAS_ANSWER_PENDING, /* its answer is not known yet */
	RAS_ANSWER_KNOWN,   /* *ANSWER is it (empty: there is none to give) */
};

/* N answers of at most BYTES octets in all, requests included. PST_E_ARG, PST_E_NOMEM. */
PST_MUST_CHECK int ras_answers_init(struct ras_answers *a, uint32_t n, size_t bytes);
void ras_answers_free(struct ras_answers *a);

/* Looks REQUEST of FROM up; when it is new, it is pending from now on. *ANSWER is valid until the next call. */
enum ras_answer_state ras_answers_get(struct ras_answers *a, const struct addr *from, struct pst_slice request,
	uint64_t now_ms, struct pst_slice *answer);
/* What REQUEST of FROM was answered with; copied. Nothing happens where it is forgotten or memory is out. */
void ras_answers_put(
	struct ras_answers *a, const struct addr *from, struct pst_slice request, struct pst_slice answer);

#endif
