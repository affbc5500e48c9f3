/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of the directory model: entry layout, indexes, sources. For model*.c, pack.c, index.c, sources.c only. */
#ifndef PST_DIRECTORY_MODEL_PRIVATE_H
#define PST_DIRECTORY_MODEL_PRIVATE_H

#include "directory/model.h"

/*
 * One allocation: the head, then the octets:
 *
 *	key | dn | uls_name | attributes | records
 *	attribute: name id (1; 0: length (1) and octets follow), values (1), each: length (2), octets
 *	record:    type 2, property 4, application 16, ttl 4, expiry 8, length 2, octets
 */
struct directory_entry {
	struct directory_entry *prev, *next; /* order of registration */
	uint64_t expiry_ms;
	uint64_t deadline_ms; /* the heap's key: first thing to run out; UINT64_MAX: nothing */
	struct directory_asker source;
	struct addr address;
	uint32_t heap_at;
	uint32_t size;        /* of the allocation */
	uint32_t token, ttl_s;
	uint16_t dn_len, uls_len, n_attrs, n_records;
	uint8_t key_len, kind, origin, flags;
	uint8_t octets[];
};

static inline struct pst_slice entry_dn(const struct directory_entry *e)
{
	return slice_of(e->octets + e->key_len, e->dn_len);
}

static inline struct pst_slice entry_uls(const struct directory_entry *e)
{
	return slice_of(e->octets + e->key_len + e->dn_len, e->uls_len);
}

/* The attributes and records. */
static inline struct pst_slice entry_body(const struct directory_entry *e)
{
	const size_t head = sizeof *e + e->key_len + e->dn_len + e->uls_len;
	return slice_of((const uint8_t *)e + head, e->size - head);
}

/* pack.c: P as one allocation, not linked anywhere. PST_E_ARG, PST_E_LIMIT, PST_E_NOMEM. */
PST_MUST_CHECK int entry_pack(struct directory_entry **out, const struct directory_person *p, const struct directory_limits *l);
/* Drops the records that have run out, in place, and sets the deadline. Returns whether anything keeps E alive. */
bool entry_settle(struct directory_entry *e, uint64_t now_ms);
/* When the last part of E ends; 0: never. */
uint64_t entry_end_ms(const struct directory_entry *e);
/* names.c: ids of well-known spellings, 1..255; 0: none of them. */
uint8_t name_id(struct pst_slice name);
struct pst_slice name_of_id(uint8_t id); /* empty: no such id */
uint8_t name_group(uint8_t id);

/* image.c: E for the store, and back. */
enum { IMAGE_HEAD_MAX = 128 };
PST_MUST_CHECK int image_write(const struct directory_entry *e, int64_t wall_offset_ms, uint8_t **out, size_t *n);
PST_MUST_CHECK int image_read(struct pst_slice image, int64_t wall_offset_ms, const struct directory_limits *l,
	struct arena *a, struct directory_person *out);

/* index.c: open addressing over items the owner compares; several items may share a hash. */
struct index_slot {
	uint32_t hash;
	void *item;
};
struct index {
	struct index_slot *slots;
	uint32_t mask; /* slots - 1; 0: none yet */
	uint32_t n;
};
PST_MUST_CHECK int index_reserve(struct index *x, uint32_t more);
void index_add(struct index *x, uint32_t hash, void *item); /* after index_reserve() */
void index_remove(struct index *x, uint32_t hash, const void *item);
void index_swap(struct index *x, uint32_t hash, const void *from, void *to);
/* The items with HASH: AT is 0 at first; NULL past the last. */
void *index_next(const struct index *x, uint32_t hash, uint32_t *at);
void index_free(struct index *x);
/* Keyed, ASCII case folded. */
uint32_t index_hash(uint64_t seed, uint8_t salt, struct pst_slice s);
bool slice_eq_nocase(struct pst_slice a, struct pst_slice b);

/* sources.c: how many entries an address has, and how fast it changes them. */
struct source {
	struct directory_asker who;
	uint32_t entries;
	uint32_t tokens_ms; /* saved up, a change costs 1000 / changes_per_source_s */
	uint64_t last_ms;
	struct source *prev, *next; /* least recently active first */
};
struct sources {
	struct index index;
	struct source *oldest, *newest;
	uint64_t seed;
};
/* The source of WHO, made where it is new. PST_E_LIMIT: too many of them at once, PST_E_NOMEM. */
PST_MUST_CHECK int sources_get(struct sources *s, const struct directory_asker *who, const struct directory_limits *l,
	uint64_t now_ms, struct source **out);
struct source *sources_find(const struct sources *s, const struct directory_asker *who);
/* Takes one change out of the bucket; false: too fast. */
bool source_may(struct source *s, const struct directory_limits *l, uint64_t now_ms);
void sources_free(struct sources *s);
bool asker_eq(const struct directory_asker *a, const struct directory_asker *b);

/* heap.c: entries by deadline. */
struct heap {
	struct directory_entry **at;
	uint32_t n, cap;
};
PST_MUST_CHECK int heap_reserve(struct heap *h, uint32_t more);
void heap_add(struct heap *h, struct directory_entry *e);
void heap_remove(struct heap *h, struct directory_entry *e);
void heap_moved(struct heap *h, struct directory_entry *e); /* its deadline changed */

struct directory {
	struct directory_config cfg;
	struct directory_stats stats;
	struct index keys;   /* by kind and key */
	struct index uls;
	struct heap heap;
	struct sources sources;
	struct directory_entry *first, *last;
	struct directory_cursor *cursors;
};

#endif
