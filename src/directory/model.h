/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one directory model behind the ILS and the ULS front end: people, what they
 * registered, where they can be called, and until when. Entries live in memory; a
 * store behind (struct directory_store) keeps them over a restart.
 *
 * Pure of I/O: the time comes with each call, in milliseconds of any one monotonic
 * clock. One thread. A change is made in three steps: directory_unpack() an entry (or
 * start from a zeroed directory_person), alter it, directory_put() it whole.
 */
#ifndef PST_DIRECTORY_MODEL_H
#define PST_DIRECTORY_MODEL_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/err.h"

/* LEARNT: registered in somebody else's directory through the gateway. It is a binding, not listed; its names do not
 * collide with those of PERSON. */
enum directory_kind { DIRECTORY_PERSON, DIRECTORY_CONFERENCE, DIRECTORY_LEARNT, DIRECTORY_KINDS };
enum directory_origin { DIRECTORY_ILS, DIRECTORY_ULS, DIRECTORY_STATIC, DIRECTORY_PROXY };
enum { DIRECTORY_HIDDEN = 1 }; /* flags: not in listings, still found by exact name */

enum { DIRECTORY_KEY_MAX = 255, DIRECTORY_DN_MAX = 512, DIRECTORY_ATTR_NAME_MAX = 64 };

/* Who asks or changes: a realm's index and the address the connection came from. */
struct directory_asker {
	uint8_t realm;
	struct addr from; /* port unused */
};

struct directory_attr {
	struct pst_slice name; /* in the spelling of the registration; compared without case */
	const struct pst_slice *values;
	uint32_t n_values;
};

/* A ULS resource record without its name, which is the person's uls_name. */
struct directory_record {
	uint16_t type;
	uint32_t property;
	uint8_t application[16];
	uint32_t ttl_s;
	uint64_t expiry_ms;
	struct pst_slice data;
};

/* An entry laid open. What is borrowed from an entry dies with the next change of the directory. */
struct directory_person {
	enum directory_kind kind;
	enum directory_origin origin;
	struct pst_slice key;      /* e-mail or cn, compared without ASCII case; 1..DIRECTORY_KEY_MAX octets */
	struct pst_slice dn;       /* ILS: as registered; may be empty */
	struct pst_slice uls_name; /* ULS: label octets as they came, with lengths, without the final zero; may be empty */
	const struct directory_attr *attrs;
	uint32_t n_attrs;
	const struct directory_record *records;
	uint32_t n_records;
	struct addr address;       /* where the person's own realm calls them; family 0: not known */
	uint32_t flags;            /* DIRECTORY_HIDDEN */
	uint32_t token;            /* ssecurity; 0: none */
	uint32_t ttl_s;            /* lifetime last asked for */
	uint64_t expiry_ms;        /* 0: lives as long as it has records (and for ever, where origin is DIRECTORY_STATIC) */
	struct directory_asker source;
};

/* Defaults stand beside; directory_limits_default() fills them in. 0 is never "no limit". */
struct directory_limits {
	uint32_t entries;              /* 200,000 */
	uint64_t bytes;                /* 256 MiB, all entries as allocated */
	uint32_t entry_bytes;          /* 16,384 */
	uint32_t entries_per_source;   /* 64 */
	uint32_t changes_per_source_s; /* 20, with four seconds' worth saved up */
	uint32_t sources;              /* 65,536 remembered at once */
	uint32_t attrs;                /* 64 of an entry */
	uint32_t values;               /* 32 of an attribute */
	uint32_t records;              /* 64 of an entry */
	uint32_t ttl_default_s;        /* 1,800 */
	uint32_t ttl_min_s;            /* 30 */
	uint32_t ttl_max_s;            /* 86,400 */
};

/* Where entries are kept. All three may be NULL. put and erase copy what they are given and do not block (a store
 * writes behind, in batches); failures are the store's to report. */
struct directory_store {
	void *arg;
	/* KEY is folded to lower case and, with KIND (enum directory_kind), names the entry. OCTETS is the image, opaque. EXPIRES_WALL_MS: since
	 * 1970, the end of the last part of it; 0: never. */
	void (*put)(void *arg, unsigned kind, struct pst_slice key, uint64_t expires_wall_ms, struct pst_slice octets);
	void (*erase)(void *arg, unsigned kind, struct pst_slice key);
	/* Calls EACH for every entry kept, in the order of their making where it is known. */
	int (*load)(void *arg, void (*each)(void *ctx, struct pst_slice octets), void *ctx);
};

struct directory_entry;

struct directory_config {
	struct directory_limits limits;
	uint64_t seed;            /* random; keeps strangers from choosing names that collide */
	int64_t wall_offset_ms;   /* wall clock minus the clock of now_ms, for what is stored */
	/* The address at which ASKER_REALM calls an entry of another realm. NULL, or family 0: it cannot. */
	struct addr (*address_for)(void *arg, uint8_t asker_realm, const struct directory_person *p);
	void *address_arg;
	struct directory_store store;
	/* E is there, in place of the one of its kind and key, or it is about to go. May be NULL; must not call back. */
	void (*changed)(void *arg, const struct directory_entry *e, bool gone);
	void *changed_arg;
};

struct directory_stats {
	uint64_t puts, removed, expired, refreshed;
	uint64_t denied;  /* not the owner's */
	uint64_t limited; /* by number, size or rate */
	uint64_t loaded, load_failed;
	uint64_t bytes;   /* of the entries */
	uint32_t entries, sources;
};

struct directory;

void directory_limits_default(struct directory_limits *l);
/* CFG is copied; what it points to is borrowed. PST_E_NOMEM. */
PST_MUST_CHECK int directory_new(struct directory **out, const struct directory_config *cfg);
void directory_free(struct directory *d);
/* New limits and address_for; entries stay. */
void directory_set_limits(struct directory *d, const struct directory_limits *l);
const struct directory_limits *directory_limits(const struct directory *d);
/* Takes everything out of the store; what has expired is erased there. The store's own error, else 0. */
PST_MUST_CHECK int directory_load(struct directory *d, uint64_t now_ms);

/* Look-up. NULL where there is none. Entries are valid until the next change. */
const struct directory_entry *directory_find(const struct directory *d, enum directory_kind kind, struct pst_slice key);
/* By ULS label octets (struct directory_person, uls_name), without case. */
const struct directory_entry *directory_find_uls(const struct directory *d, struct pst_slice uls_name);

/* All entries, oldest registration first. A cursor survives changes: it stands on the entry that comes next. */
struct directory_cursor {
	const struct directory_entry *next;
	struct directory_cursor *link; /* internal */
};
void directory_cursor_open(struct directory *d, struct directory_cursor *c);
const struct directory_entry *directory_cursor_next(struct directory *d, struct directory_cursor *c);
/* Must be called before C's memory goes; harmless when it is closed already. */
void directory_cursor_close(struct directory *d, struct directory_cursor *c);

/* Lays E open; arrays are in A, octets borrowed from E. PST_E_NOMEM, PST_E_LIMIT from the arena. */
PST_MUST_CHECK int directory_unpack(const struct directory_entry *e, struct arena *a, struct directory_person *out);
/* Without an arena: everything but attrs and records. */
void directory_head(const struct directory_entry *e, struct directory_person *out);
enum directory_kind directory_entry_kind(const struct directory_entry *e);
struct pst_slice directory_entry_key(const struct directory_entry *e);
bool directory_entry_hidden(const struct directory_entry *e);

/* Reads one attribute in place: I counts values from 0. False when there is no such value. */
bool directory_attr_value(const struct directory_entry *e, struct pst_slice name, uint32_t i, struct pst_slice *value);
/* The Ith attribute's name, in the order of registration. False past the end. */
bool directory_attr_name(const struct directory_entry *e, uint32_t i, struct pst_slice *name);

/* Attributes with names of their own here. Names that mean the same have one number: sipaddress and ipAddress. */
enum directory_attr_group {
	DIRECTORY_A_OTHER, DIRECTORY_A_CN, DIRECTORY_A_GIVENNAME, DIRECTORY_A_SURNAME, DIRECTORY_A_MAIL, DIRECTORY_A_LOCATION,
	DIRECTORY_A_COMMENT, DIRECTORY_A_C, DIRECTORY_A_O, DIRECTORY_A_ADDRESS, DIRECTORY_A_PORT, DIRECTORY_A_FLAGS,
	DIRECTORY_A_STTL, DIRECTORY_A_TOKEN, DIRECTORY_A_APPLICATION, DIRECTORY_A_GUID, DIRECTORY_A_PROTOCOL,
	DIRECTORY_A_PROTOCOL_GUID, DIRECTORY_A_MIME, DIRECTORY_A_PROTOCOL_MIME, DIRECTORY_A_APPLICATION_NAME,
	DIRECTORY_A_IN_CALL, DIRECTORY_A_VERSION, DIRECTORY_A_AUDIO, DIRECTORY_A_VIDEO, DIRECTORY_A_CATEGORY, DIRECTORY_A_CLASS,
	DIRECTORY_A_UID, DIRECTORY_A_ENTRY_TTL, DIRECTORY_A_SMODOP, DIRECTORY_A_BLOB, DIRECTORY_A_DESCRIPTOR,
};
/* Without case. DIRECTORY_A_OTHER: none of them, compare the name. */
uint8_t directory_attr_group(struct pst_slice name);

/* All attributes of an entry where they stand, for who reads many. */
struct directory_attr_at {
	const uint8_t *values; /* each: length (2), octets */
	struct pst_slice name;
	uint8_t group; /* enum directory_attr_group */
	uint8_t n_values;
};
/* Fills in at most MAX; returns how many. */
uint32_t directory_attrs(const struct directory_entry *e, struct directory_attr_at *out, uint32_t max);
static inline struct pst_slice directory_attr_at_value(const struct directory_attr_at *a, uint32_t i)
{
	const uint8_t *p = a->values;
	for (; i > 0; i--)
		p += 2 + (p[0] << 8 | p[1]);
	return slice_of(p + 2, (size_t)(p[0] << 8 | p[1]));
}

/* Whether ASKER (with TOKEN, 0: none) may change E: it was made by the same address of the same realm, or TOKEN is
 * E's. Static entries are never changed from the network. */
bool directory_may_change(const struct directory_entry *e, const struct directory_asker *asker, uint32_t token);

/* Makes or replaces the entry of P's kind and key. BY: who changes; NULL: the configuration, without limits of source.
 * TOKEN is what they showed (P->token is what is kept). P's source is kept as given. expiry_ms is taken as it is: see
 * directory_expiry().
 * P may borrow from the entry that it replaces. *OUT may be NULL.
 * PST_E_DENIED: not theirs; PST_E_LIMIT: a limit, or too fast; PST_E_ARG: no key, too long; PST_E_BUSY: the ULS name
 * belongs to another entry; PST_E_NOMEM. Nothing has changed then. */
PST_MUST_CHECK int directory_put(struct directory *d, const struct directory_person *p, const struct directory_asker *by,
	uint32_t token, uint64_t now_ms, const struct directory_entry **out);
/* PST_E_DENIED, PST_E_NOT_FOUND; PST_E_LIMIT: too fast. */
PST_MUST_CHECK int directory_remove(struct directory *d, enum directory_kind kind, struct pst_slice key,
	const struct directory_asker *by, uint32_t token, uint64_t now_ms);
/* Only the lifetime: TTL_S from now, clamped to the limits; *GRANTED_S (may be NULL) tells. Costs no unpacking.
 * PST_E_DENIED, PST_E_NOT_FOUND. Not counted against the rate. */
PST_MUST_CHECK int directory_refresh(struct directory *d, enum directory_kind kind, struct pst_slice key,
	const struct directory_asker *by, uint32_t token, uint32_t ttl_s, uint64_t now_ms, uint32_t *granted_s);

/* now + TTL_S clamped to the limits (0: the default); *GRANTED_S (may be NULL) is the clamped lifetime. */
uint64_t directory_expiry(const struct directory *d, uint32_t ttl_s, uint64_t now_ms, uint32_t *granted_s);
/* Drops what has run out at NOW_MS: records, and entries with neither records nor lifetime. Returns how many entries
 * ended. */
uint32_t directory_expire(struct directory *d, uint64_t now_ms);
/* When directory_expire() has something to do next; UINT64_MAX: nothing. */
uint64_t directory_next_ms(const struct directory *d);

/* Split horizon: where ASKER_REALM calls E. Its own realm: as registered; another: what address_for says. Family 0:
 * nowhere. */
struct addr directory_view(const struct directory *d, const struct directory_entry *e, uint8_t asker_realm);
/* The same for P, which need not be in the directory. */
struct addr directory_address_in(const struct directory *d, uint8_t asker_realm, const struct directory_person *p);
/* Where calls for E go: to who registered it, never to a third host that they named. Family 0: nowhere. */
struct addr directory_entry_host(const struct directory_entry *e);

const struct directory_stats *directory_stats(const struct directory *d);

#endif
