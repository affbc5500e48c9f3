/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the files of the store: what waits (store.c), and the database itself (sqlite.c), used by one thread at a time. */
#ifndef PST_STORE_PRIVATE_H
#define PST_STORE_PRIVATE_H

#include "store/store.h"

#include <sqlite3.h>

/* The default falls through its cases in a way that clang warns of. */
#define HASH_FUNCTION HASH_FNV
#include <uthash.h>

/* One change that waits, the last one of its key. */
struct store_change {
	UT_hash_handle hh;
	uint64_t expires_wall_ms;
	uint8_t *octets; /* owned; NULL: erase */
	size_t n_octets;
	size_t n_id;
	uint8_t id[];    /* the kind, then the key */
};

struct store_db {
	sqlite3 *handle;
	sqlite3_stmt *put, *erase;
};

PST_MUST_CHECK int store_db_open(struct store_db *db, const struct store_config *cfg, char why[static STORE_WHY_MAX]);
void store_db_close(struct store_db *db);
/* All of CHANGES or none. On PST_E_SYS store_db_error() says why. */
PST_MUST_CHECK int store_db_write(struct store_db *db, const struct store_change *changes);
PST_MUST_CHECK int store_db_load(struct store_db *db, uint8_t first, uint8_t last, uint64_t now_wall_ms, store_each_h *each,
	void *ctx);
const char *store_db_error(const struct store_db *db);

#endif
