/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/arena.h"

#include <stdlib.h>

enum { ARENA_CHUNK = 16384 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of data[] */
	size_t used;
	_Alignas(max_align_t) uint8_t data[];
};

void arena_init(struct arena *a, size_t cap)
{
	*a = (struct arena){ NULL, 0, cap };
}

static struct arena_chunk *chunk_new(struct arena *a, size_t n)
{
	const size_t size = n > ARENA_CHUNK ? n : ARENA_CHUNK;
	struct arena_chunk *c = malloc(sizeof *c + size);
	if (c == NULL)
		return NULL;
	c->next = a->head;
	c->size = size;
	c->used = 0;
	a->head = c;
	return c;
}

/* N octets as they are, rounded up to *N. */
static void *take(struct arena *a, size_t *octets)
{
	size_t n = *octets;
	const size_t align = _Alignof(max_align_t);
	if (n > SIZE_MAX / 2)
		return NULL;
	n = n == 0 ? align : (n + align - 1) & ~(align - 1);
	if (a->cap != 0 && (n > a->cap || a->used > a->cap - n))
		return NULL;
	struct arena_chunk *c = a->head;
	if (c == NULL || c->size - c->used < n) {
		c = chunk_new(a, n);
		if (c == NULL)
			return NULL;
	}
	void *p = c->data + c->used;
	c->used += n;
	a->used += n;
	*octets = n;
	return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
	void *p = take(a, &n);
	if (p != NULL)
		memset(p, 0, n);
	return p;
}

void *arena_calloc(struct arena *a, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return arena_alloc(a, n * size);
}

void *arena_dup(struct arena *a, const void *p, size_t n)
{
	size_t room = n;
	void *q = take(a, &room);
	if (q != NULL && n > 0)
		memcpy(q, p, n);
	return q;
}

void arena_reset(struct arena *a)
{
	struct arena_chunk *c = a->head;
	while (c != NULL && c->next != NULL) {
		struct arena_chunk *next = c->next;
		free(c);
		c = next;
	}
	/* the last in the list is the first made, so of the usual size */
	a->head = c;
	a->used = 0;
	if (c != NULL)
		c->used = 0;
}

void arena_free(struct arena *a)
{
	struct arena_chunk *c = a->head;
	while (c != NULL) {
		struct arena_chunk *next = c->next;
		free(c);
		c = next;
	}
	a->head = NULL;
	a->used = 0;
}
