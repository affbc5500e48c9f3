/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What must outlive the daemon: small images by kind and key, each with its end by the
 * wall clock, in one SQLite database. Changes are taken at once and written behind by a
 * thread of the store's own, many in one transaction; several changes of one key before
 * it gets to them are one write. The database is in WAL mode and held alone: a second
 * process is told so. What the last moments before a power cut changed may be lost,
 * never what was written before.
 *
 * All calls come from one thread. Nothing but store_open(), store_load(), store_flush()
 * and store_close() waits for the disk.
 */
#ifndef PST_STORE_STORE_H
#define PST_STORE_STORE_H

#include "base/err.h"
#include "base/slice.h"

enum {
	STORE_SCHEMA = 1,         /* the version this code writes and reads */
	STORE_KEY_MAX = 1024,     /* octets */
	STORE_IMAGE_MAX = 1 << 20,
	STORE_WHY_MAX = 512,
};

struct store;

struct store_config {
	const char *path;         /* created, readable by its owner only, where it does not exist */
	uint32_t delay_ms;        /* how long a change may wait for others; 0: 200 */
	uint64_t pending_bytes;   /* most memory of what waits; 0: 64 MiB */
	uint32_t busy_ms;         /* how long store_open() waits for another process to let go; 0: 2,000 */
};

struct store_stats {
	uint64_t written;      /* puts and erasures carried out */
	uint64_t merged;       /* replaced by a later change before they were written */
	uint64_t lost;         /* dropped because pending_bytes was reached */
	uint64_t transactions;
	uint64_t failures;     /* transactions that failed; they are tried again */
	uint64_t pending, pending_bytes;
};

/* Opens the database. WHY gets one line for people, with the path, on every error but PST_E_ARG:
 * PST_E_BAD: damaged, or not Postern's; PST_E_BUSY: in use by another process; PST_E_UNSUPPORTED: written by a newer
 * version; PST_E_SYS: cannot be opened or created; PST_E_NOMEM. *OUT is the caller's, for store_close(). */
PST_MUST_CHECK int store_open(struct store **out, const struct store_config *cfg, char why[static STORE_WHY_MAX]);

/* Takes a copy of KEY and OCTETS; replaces what was under KIND and KEY. EXPIRES_WALL_MS: since 1970, 0: never. Who uses
 * which KIND is an agreement among the users. What is too large is counted as lost. */
void store_put(struct store *s, uint8_t kind, struct pst_slice key, uint64_t expires_wall_ms, struct pst_slice octets);
void store_erase(struct store *s, uint8_t kind, struct pst_slice key);

struct store_item {
	uint8_t kind;
	struct pst_slice key, octets; /* borrowed for the call */
	uint64_t expires_wall_ms;
};
typedef void store_each_h(void *ctx, const struct store_item *item);
/* Calls EACH for every item of kinds FIRST..LAST that has not ended at NOW_WALL_MS (0: all), in the order of their making,
 * and removes those that have. What was put before is written first. EACH may put and erase. PST_E_SYS, PST_E_BAD. */
PST_MUST_CHECK int store_load(struct store *s, uint8_t first, uint8_t last, uint64_t now_wall_ms, store_each_h *each, void *ctx);

/* Waits until all that was put so far is on its way to the disk, WAIT_MS at most. PST_E_BUSY: it is not; the store goes on trying. */
PST_MUST_CHECK int store_flush(struct store *s, uint32_t wait_ms);
void store_stats(struct store *s, struct store_stats *out);
/* Writes what is pending (for five seconds at most) and closes. NULL is allowed. */
void store_close(struct store *s);

#endif
