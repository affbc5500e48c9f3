/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The database: one table, its version in user_version, Postern's mark in application_id.
 * Held with an exclusive lock, which also spares the shared-memory file of WAL mode.
 */
#include "store/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { APPLICATION = 0x50535472, BUSY_MS = 2000 };

static const char SCHEMA[] =
	"CREATE TABLE item("
	" seq INTEGER PRIMARY KEY," /* the order of making */
	" kind INTEGER NOT NULL,"
	" key BLOB NOT NULL,"
	" expires_wall_ms INTEGER NOT NULL," /* 0: never */
	" octets BLOB NOT NULL,"
	" UNIQUE(kind, key));"
	"PRAGMA application_id = 0x50535472;"
	"PRAGMA user_version = 1;";

const char *store_db_error(const struct store_db *db)
{
	return sqlite3_errmsg(db->handle);
}

static int err_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return PST_E_BUSY;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return PST_E_BAD;
	case SQLITE_NOMEM:
		return PST_E_NOMEM;
	default:
		return PST_E_SYS;
	}
}

static int run(struct store_db *db, const char *sql)
{
	return err_of(sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

/* The first column of the first row: a number, or a text cut to CAP. */
static int ask(struct store_db *db, const char *sql, int64_t *number, char *text, size_t cap)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db->handle, sql, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW && number != NULL)
		*number = sqlite3_column_int64(st, 0);
	if (rc == SQLITE_ROW && text != NULL) {
		const unsigned char *s = sqlite3_column_text(st, 0);
		snprintf(text, cap, "%s", s != NULL ? (const char *)s : "");
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? PST_E_NOT_FOUND : err_of(rc);
}

/* The file, before SQLite makes it: nobody else reads who is registered. */
static int make_file(const char *path, char why[static STORE_WHY_MAX])
{
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		snprintf(why, STORE_WHY_MAX, "%s: cannot be opened: %s", path, strerror(errno));
		return PST_E_SYS;
	}
	close(fd);
	return 0;
}

/* Empty, or Postern's of a version known here. Holds the lock afterwards. */
static int check_version(struct store_db *db, const char *path, char why[static STORE_WHY_MAX])
{
	int64_t application = 0, version = 0, tables = 0;
	int err = ask(db, "PRAGMA application_id", &application, NULL, 0);
	if (err == 0)
		err = ask(db, "PRAGMA user_version", &version, NULL, 0);
	if (err == 0)
		err = ask(db, "SELECT count(*) FROM sqlite_master", &tables, NULL, 0);
	if (err != 0)
		return err;
	if (application == 0 && version == 0 && tables == 0)
		return run(db, SCHEMA);
	if (application != APPLICATION) {
		snprintf(why, STORE_WHY_MAX, "%s: is the database of another program; name another file", path);
		return PST_E_BAD;
	}
	if (version != STORE_SCHEMA) {
		snprintf(why, STORE_WHY_MAX, "%s: was written by a newer Postern (schema %lld, this one knows %d); "
			"use that version, or move the file away to start empty", path, (long long)version, STORE_SCHEMA);
		return PST_E_UNSUPPORTED;
	}
	return 0;
}

static int check_whole(struct store_db *db, const char *path, char why[static STORE_WHY_MAX])
{
	char found[128] = "";
	int err = ask(db, "PRAGMA quick_check(1)", NULL, found, sizeof(found));
	if (err != 0 || strcmp(found, "ok") == 0)
		return err;
	/* The first line says enough. */
	found[strcspn(found, "\n")] = '\0';
	snprintf(why, STORE_WHY_MAX, "%s: is damaged (%s); move it away to start empty", path, found);
	return PST_E_BAD;
}

static int set_up(struct store_db *db, const struct store_config *cfg, char why[static STORE_WHY_MAX])
{
	sqlite3_busy_timeout(db->handle, cfg->busy_ms != 0 ? (int)cfg->busy_ms : BUSY_MS);
	int err = run(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;"
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE;");
	if (err == 0)
		err = check_version(db, cfg->path, why);
	if (err == 0)
		err = check_whole(db, cfg->path, why);
	if (err == 0)
		err = run(db, "COMMIT");
	static const char put[] = "INSERT INTO item(kind, key, expires_wall_ms, octets) VALUES(?1, ?2, ?3, ?4) "
		"ON CONFLICT(kind, key) DO UPDATE SET expires_wall_ms = ?3, octets = ?4";
	static const char erase[] = "DELETE FROM item WHERE kind = ?1 AND key = ?2";
	if (err == 0)
		err = err_of(sqlite3_prepare_v3(db->handle, put, -1, SQLITE_PREPARE_PERSISTENT, &db->put, NULL));
	if (err == 0)
		err = err_of(sqlite3_prepare_v3(db->handle, erase, -1, SQLITE_PREPARE_PERSISTENT, &db->erase, NULL));
	return err;
}

static void explain(const struct store_db *db, int err, const char *path, char why[static STORE_WHY_MAX])
{
	const char *text = db->handle != NULL ? sqlite3_errmsg(db->handle) : "out of memory";
	if (why[0] != '\0')
		return;
	if (err == PST_E_BUSY)
		snprintf(why, STORE_WHY_MAX, "%s: is in use by another process", path);
	else if (err == PST_E_BAD)
		snprintf(why, STORE_WHY_MAX, "%s: is damaged or no database (%s); move it away to start empty", path, text);
	else
		snprintf(why, STORE_WHY_MAX, "%s: %s", path, text);
}

int store_db_open(struct store_db *db, const struct store_config *cfg, char why[static STORE_WHY_MAX])
{
	*db = (struct store_db){ 0 };
	why[0] = '\0';
	int err = make_file(cfg->path, why);
	if (err != 0)
		return err;
	/* Used by one thread at a time; the store's own lock sees to it. */
	err = err_of(sqlite3_open_v2(cfg->path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
	if (err == 0)
		err = set_up(db, cfg, why);
	if (err != 0) {
		explain(db, err, cfg->path, why);
		store_db_close(db);
	}
	return err;
}

void store_db_close(struct store_db *db)
{
	sqlite3_finalize(db->put);
	sqlite3_finalize(db->erase);
	sqlite3_close(db->handle);
	*db = (struct store_db){ 0 };
}

static int write_one(struct store_db *db, const struct store_change *c)
{
	sqlite3_stmt *st = c->octets != NULL ? db->put : db->erase;
	sqlite3_bind_int(st, 1, c->id[0]);
	sqlite3_bind_blob64(st, 2, c->id + 1, c->n_id - 1, SQLITE_STATIC);
	if (c->octets != NULL) {
		sqlite3_bind_int64(st, 3, (int64_t)c->expires_wall_ms);
		sqlite3_bind_blob64(st, 4, c->octets, c->n_octets, SQLITE_STATIC);
	}
	const int err = err_of(sqlite3_step(st));
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return err;
}

int store_db_write(struct store_db *db, const struct store_change *changes)
{
	int err = run(db, "BEGIN IMMEDIATE");
	for (const struct store_change *c = changes; c != NULL && err == 0; c = c->hh.next)
		err = write_one(db, c);
	if (err == 0)
		err = run(db, "COMMIT");
	if (err != 0 && sqlite3_get_autocommit(db->handle) == 0)
		(void)run(db, "ROLLBACK");
	return err;
}

static int remove_ended(struct store_db *db, uint8_t first, uint8_t last, uint64_t now_wall_ms)
{
	char sql[160];
	snprintf(sql, sizeof(sql), "DELETE FROM item WHERE kind BETWEEN %u AND %u AND expires_wall_ms BETWEEN 1 AND %llu", first, last,
		(unsigned long long)now_wall_ms);
	return now_wall_ms != 0 ? run(db, sql) : 0;
}

int store_db_load(struct store_db *db, uint8_t first, uint8_t last, uint64_t now_wall_ms, store_each_h *each, void *ctx)
{
	static const char sql[] =
		"SELECT kind, key, expires_wall_ms, octets FROM item WHERE kind BETWEEN ?1 AND ?2 ORDER BY seq";
	sqlite3_stmt *st = NULL;
	int err = remove_ended(db, first, last, now_wall_ms);
	if (err == 0)
		err = err_of(sqlite3_prepare_v2(db->handle, sql, -1, &st, NULL));
	if (err != 0)
		return err;
	sqlite3_bind_int(st, 1, first);
	sqlite3_bind_int(st, 2, last);
	int rc;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		/* The blob first, then its length, as SQLite asks for. */
		const void *key = sqlite3_column_blob(st, 1), *octets = sqlite3_column_blob(st, 3);
		const struct store_item item = {
			.kind = (uint8_t)sqlite3_column_int(st, 0),
			.key = slice_of(key, (size_t)sqlite3_column_bytes(st, 1)),
			.octets = slice_of(octets, (size_t)sqlite3_column_bytes(st, 3)),
			.expires_wall_ms = (uint64_t)sqlite3_column_int64(st, 2),
		};
		each(ctx, &item);
	}
	sqlite3_finalize(st);
	return err_of(rc);
}
