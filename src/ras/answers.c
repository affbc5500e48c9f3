/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ras/answers.h"

#include <stdlib.h>

struct ras_answer {
	struct addr from;
	uint64_t at_ms;
	uint8_t *octets; /* the request, then its answer; NULL: free */
	size_t n_request, n_answer;
	uint32_t hash;
	uint32_t older; /* in its bucket, plus 1 */
	bool known;
};

static uint32_t mix(uint32_t h, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 16777619U;
	return h;
}

static uint32_t hash_of(const struct addr *from, struct pst_slice request)
{
	const uint8_t port[2] = { (uint8_t)(from->port >> 8), (uint8_t)from->port };
	uint32_t h = mix(2166136261U, from->ip, sizeof from->ip);
	h = mix(h, port, sizeof port);
	/* the beginning holds the type and the requestSeqNum; all of it is compared */
	return mix(h, request.p, request.n < 64 ? request.n : 64);
}

int ras_answers_init(struct ras_answers *a, uint32_t n, size_t bytes)
{
	if (n == 0 || n > UINT32_C(1) << 24)
		return PST_E_ARG;
	*a = (struct ras_answers){ .n = n, .n_buckets = n, .bytes_max = bytes };
	a->slots = calloc(n, sizeof *a->slots);
	a->buckets = calloc(n, sizeof *a->buckets);
	if (a->slots != NULL && a->buckets != NULL)
		return 0;
	ras_answers_free(a);
	return PST_E_NOMEM;
}

void ras_answers_free(struct ras_answers *a)
{
	for (uint32_t i = 0; a->slots != NULL && i < a->n; i++)
		free(a->slots[i].octets);
	free(a->slots);
	free(a->buckets);
	*a = (struct ras_answers){ 0 };
}

static void drop(struct ras_answers *a, struct ras_answer *s)
{
	if (s->octets == NULL)
		return;
	const uint32_t me = (uint32_t)(s - a->slots) + 1;
	uint32_t *at = &a->buckets[s->hash % a->n_buckets];
	while (*at != me)
		at = &a->slots[*at - 1].older;
	*at = s->older;
	a->bytes -= s->n_request + s->n_answer;
	free(s->octets);
	*s = (struct ras_answer){ 0 };
}

static struct ras_answer *find(struct ras_answers *a, uint32_t hash, const struct addr *from, struct pst_slice request)
{
	for (uint32_t i = a->buckets[hash % a->n_buckets]; i != 0; i = a->slots[i - 1].older) {
		struct ras_answer *s = &a->slots[i - 1];
		if (s->hash == hash && addr_eq(&s->from, from) && slice_eq(slice_of(s->octets, s->n_request), request))
			return s;
	}
	return NULL;
}

/* Frees the oldest until N more octets fit. */
static void make_room(struct ras_answers *a, size_t n, const struct ras_answer *keep)
{
	for (uint32_t i = 0; a->bytes + n > a->bytes_max && i < a->n; i++) {
		struct ras_answer *s = &a->slots[(a->next + i) % a->n];
		if (s != keep)
			drop(a, s);
	}
}

enum ras_answer_state ras_answers_get(struct ras_answers *a, const struct addr *from, struct pst_slice request,
	uint64_t now_ms, struct pst_slice *answer)
{
	const uint32_t hash = hash_of(from, request);
	struct ras_answer *s = find(a, hash, from, request);
	*answer = slice_of(NULL, 0);
	if (s != NULL && now_ms - s->at_ms < RAS_ANSWER_KEEP_MS) {
		*answer = slice_of(s->octets + s->n_request, s->n_answer);
		return s->known ? RAS_ANSWER_KNOWN : RAS_ANSWER_PENDING;
	}
	if (s != NULL)
		drop(a, s);
	make_room(a, request.n, NULL);
	s = &a->slots[a->next];
	drop(a, s);
	uint8_t *copy = a->bytes + request.n <= a->bytes_max ? malloc(request.n + 1) : NULL;
	if (copy == NULL)
		return RAS_ANSWER_NEW;
	if (request.n > 0)
		memcpy(copy, request.p, request.n);
	uint32_t *bucket = &a->buckets[hash % a->n_buckets];
	*s = (struct ras_answer){ .from = *from, .at_ms = now_ms, .octets = copy, .n_request = request.n, .hash = hash };
	s->older = *bucket;
	*bucket = a->next + 1;
	a->bytes += request.n;
	a->next = (a->next + 1) % a->n;
	return RAS_ANSWER_NEW;
}

void ras_answers_put(struct ras_answers *a, const struct addr *from, struct pst_slice request, struct pst_slice answer)
{
	struct ras_answer *s = find(a, hash_of(from, request), from, request);
	if (s == NULL || s->known)
		return;
	make_room(a, answer.n, s);
	uint8_t *grown = a->bytes + answer.n <= a->bytes_max ? realloc(s->octets, s->n_request + answer.n + 1) : NULL;
	if (grown == NULL) {
		drop(a, s);
		return;
	}
	s->octets = grown;
	if (answer.n > 0)
		memcpy(s->octets + s->n_request, answer.p, answer.n);
	s->n_answer = answer.n;
	s->known = true;
	a->bytes += answer.n;
}
