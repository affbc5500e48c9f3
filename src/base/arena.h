/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Arena: everything that belongs to one message (or one event) is allocated
 * here and freed by one call. The cap bounds what a peer can make us allocate.
 * Memory comes back zeroed and aligned for any object.
 */
#ifndef PST_BASE_ARENA_H
#define PST_BASE_ARENA_H

#include "base/err.h"
#include "base/slice.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *head; /* the chunk allocations come from */
	size_t used;              /* octets handed out since the last reset */
	size_t cap;               /* most octets to hand out; 0: no bound */
};

/* An empty arena that hands out at most CAP octets (0: no bound). Allocates nothing yet. */
void arena_init(struct arena *a, size_t cap);
/* N zeroed octets, or NULL at the cap or out of memory. N may be 0. */
void *arena_alloc(struct arena *a, size_t n) PST_MUST_CHECK;
/* N items of SIZE octets, overflow checked. */
void *arena_calloc(struct arena *a, size_t n, size_t size) PST_MUST_CHECK;
/* A copy of N octets at P. */
void *arena_dup(struct arena *a, const void *p, size_t n) PST_MUST_CHECK;
/* Forgets everything handed out; keeps one chunk for the next message. */
void arena_reset(struct arena *a);
/* Gives all memory back. The arena can be used again. */
void arena_free(struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

#endif
