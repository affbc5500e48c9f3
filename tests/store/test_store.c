/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store: what is put comes back after a restart, in order; what is wrong with a database is said in words. */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

struct place {
	char dir[64], path[80];
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	snprintf(p->dir, sizeof(p->dir), "/tmp/postern-store-XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		return -1;
	snprintf(p->path, sizeof(p->path), "%s/state.db", p->dir);
	*state = p;
	return 0;
}

static int leave_place(void **state)
{
	static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
	struct place *p = *state;
	char name[100];
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", p->path, endings[i]);
		unlink(name);
	}
	rmdir(p->dir);
	free(p);
	return 0;
}

static struct store *must_open(const char *path)
{
	const struct store_config cfg = { .path = path, .busy_ms = 50 };
	char why[STORE_WHY_MAX];
	struct store *s = NULL;
	const int err = store_open(&s, &cfg, why);
	if (err != 0)
		fail_msg("%s", why);
	return s;
}

static void must_refuse(const char *path, int want, const char *word)
{
	const struct store_config cfg = { .path = path, .busy_ms = 50 };
	char why[STORE_WHY_MAX];
	struct store *s = NULL;
	assert_int_equal(store_open(&s, &cfg, why), want);
	assert_null(s);
	if (strstr(why, path) == NULL || strstr(why, word) == NULL)
		fail_msg("said \"%s\", not \"%s\"", why, word);
}

struct seen {
	uint32_t n, ended;
	uint64_t last_expiry;
	char last[64];
	bool in_order;
	struct store *s;
};

static void each(void *ctx, const struct store_item *item)
{
	struct seen *v = ctx;
	char want[64];
	snprintf(want, sizeof(want), "octets of %u", v->n);
	v->in_order = v->in_order && slice_eq(item->octets, slice_str(want));
	v->last_expiry = item->expires_wall_ms;
	snprintf(v->last, sizeof(v->last), "%.*s", (int)item->octets.n, (const char *)item->octets.p);
	v->n++;
	/* Allowed while it loads. */
	if (v->s != NULL)
		store_erase(v->s, item->kind, item->key);
}

static struct seen load(struct store *s, uint8_t first, uint8_t last, uint64_t now)
{
	struct seen v = { .in_order = true };
	assert_int_equal(store_load(s, first, last, now, each, &v), 0);
	return v;
}

static void put_text(struct store *s, uint8_t kind, const char *key, uint64_t expires, const char *text)
{
	store_put(s, kind, slice_str(key), expires, slice_str(text));
}

static void test_ten_thousand_come_back(void **state)
{
	const struct place *p = *state;
	struct store *s = must_open(p->path);
	for (unsigned i = 0; i < 10000; i++) {
		char key[32], text[64];
		snprintf(key, sizeof(key), "person%u@example.org", i);
		snprintf(text, sizeof(text), "octets of %u", i);
		put_text(s, 0, key, 1000000 + i, text);
	}
	store_close(s);
	s = must_open(p->path);
	const struct seen v = load(s, 0, 0, 999999);
	assert_int_equal(v.n, 10000);
	assert_true(v.in_order);
	assert_int_equal(v.last_expiry, 1009999);
	/* What has ended does not come back, and is gone from the file too. */
	assert_int_equal(load(s, 0, 0, 1000000 + 4999).n, 5000);
	assert_int_equal(load(s, 0, 0, 0).n, 5000);
	store_close(s);
}

static void test_last_change_wins(void **state)
{
	const struct place *p = *state;
	struct store *s = must_open(p->path);
	struct store_stats st;
	put_text(s, 1, "a", 0, "first");
	put_text(s, 1, "a", 7, "second");
	put_text(s, 2, "a", 0, "of another kind");
	put_text(s, 1, "gone", 0, "x");
	assert_int_equal(store_flush(s, 5000), 0);
	store_erase(s, 1, slice_str("gone"));
	store_erase(s, 1, slice_str("never there"));
	store_put(s, 3, slice_of("\0\1", 2), 0, slice_of(NULL, 0));
	assert_int_equal(load(s, 1, 1, 0).n, 1);
	assert_string_equal(load(s, 1, 1, 0).last, "second");
	assert_int_equal(load(s, 1, 1, 0).last_expiry, 7);
	assert_string_equal(load(s, 2, 2, 0).last, "of another kind");
	assert_int_equal(load(s, 3, 3, 0).n, 1);
	assert_int_equal(load(s, 0, 255, 0).n, 3);
	store_stats(s, &st);
	assert_int_equal(st.pending, 0);
	assert_int_equal(st.pending_bytes, 0);
	assert_int_equal(st.lost, 0);
	assert_true(st.merged <= 1);
	assert_true(st.written + st.merged == 7);
	store_close(s);
}

static void test_changes_while_loading(void **state)
{
	const struct place *p = *state;
	struct store *s = must_open(p->path);
	for (unsigned i = 0; i < 100; i++) {
		char key[16];
		snprintf(key, sizeof(key), "%u", i);
		put_text(s, 0, key, 0, "x");
	}
	struct seen v = { .s = s };
	assert_int_equal(store_load(s, 0, 0, 0, each, &v), 0);
	assert_int_equal(v.n, 100);
	assert_int_equal(load(s, 0, 0, 0).n, 0);
	store_close(s);
}

static void test_limits(void **state)
{
	const struct place *p = *state;
	const struct store_config cfg = { .path = p->path, .pending_bytes = 1000, .delay_ms = 600000 };
	static uint8_t big[STORE_IMAGE_MAX + 1];
	char why[STORE_WHY_MAX];
	struct store *s;
	struct store_stats st;
	assert_int_equal(store_open(&s, &cfg, why), 0);
	store_put(s, 0, slice_str("k"), 0, slice_of(big, sizeof(big)));
	store_put(s, 0, slice_of(big, STORE_KEY_MAX + 1), 0, slice_str("x"));
	store_erase(s, 0, slice_of(big, STORE_KEY_MAX + 1));
	store_put(s, 0, slice_str("a"), 0, slice_of(big, 700));
	store_put(s, 0, slice_str("b"), 0, slice_of(big, 700));
	/* Takes the place of what waits under its key. */
	store_put(s, 0, slice_str("a"), 0, slice_of(big, 800));
	store_stats(s, &st);
	assert_int_equal(st.lost, 4);
	assert_int_equal(st.pending, 1);
	assert_true(st.pending_bytes <= 1000);
	assert_int_equal(load(s, 0, 0, 0).n, 1);
	store_close(s);
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void test_what_is_wrong(void **state)
{
	const struct place *p = *state;
	char missing[100];
	/* Held by another process (another connection of ours does as well). */
	struct store *s = must_open(p->path);
	put_text(s, 0, "a", 0, "x");
	must_refuse(p->path, PST_E_BUSY, "in use by another process");
	store_close(s);
	run_sql(p->path, "PRAGMA user_version = 99");
	must_refuse(p->path, PST_E_UNSUPPORTED, "newer Postern");
	run_sql(p->path, "PRAGMA user_version = 1; PRAGMA application_id = 5");
	must_refuse(p->path, PST_E_BAD, "another program");
	snprintf(missing, sizeof(missing), "%s/no/such/place", p->dir);
	must_refuse(missing, PST_E_SYS, "No such file");
	must_refuse(p->dir, PST_E_SYS, "Is a directory");
}

static void test_damaged(void **state)
{
	const struct place *p = *state;
	struct store *s = must_open(p->path);
	char text[200];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (unsigned i = 0; i < 500; i++) {
		char key[16];
		snprintf(key, sizeof(key), "%u", i);
		put_text(s, 0, key, 0, text);
	}
	store_close(s);
	/* Pages in the middle are overwritten. */
	FILE *f = fopen(p->path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, 8192, SEEK_SET), 0);
	for (unsigned i = 0; i < 3 * 4096; i++)
		fputc(0xa5, f);
	fclose(f);
	must_refuse(p->path, PST_E_BAD, "damaged");
	/* No database at all. */
	f = fopen(p->path, "wb");
	assert_non_null(f);
	for (unsigned i = 0; i < 8192; i++)
		fputc('z', f);
	fclose(f);
	must_refuse(p->path, PST_E_BAD, "damaged or no database");
	f = fopen(p->path, "wb");
	fclose(f);
	/* An empty file is an empty database. */
	store_close(must_open(p->path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ten_thousand_come_back, make_place, leave_place),
		cmocka_unit_test_setup_teardown(test_last_change_wins, make_place, leave_place),
		cmocka_unit_test_setup_teardown(test_changes_while_loading, make_place, leave_place),
		cmocka_unit_test_setup_teardown(test_limits, make_place, leave_place),
		cmocka_unit_test_setup_teardown(test_what_is_wrong, make_place, leave_place),
		cmocka_unit_test_setup_teardown(test_damaged, make_place, leave_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
