/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The directory over a restart of the daemon: every entry comes back with what is left of its lifetime by the wall
 * clock, wherever the monotonic clock of the new process begins; what ended meanwhile does not.
 */
#include "directory/keep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { PEOPLE = 10000 };
/* The first process' monotonic clock begins at 5 s, the second's at 900 s; between the two pass ten minutes. */
static const uint64_t WALL_MS = 1700000000000ull, FIRST_MS = 5000, SECOND_MS = 900000, AWAY_MS = 600000;

struct process {
	struct store *store;
	struct directory *dir;
};

static struct process start(const char *path, uint64_t wall_ms, uint64_t now_ms)
{
	const struct store_config cfg = { .path = path };
	struct directory_config dc = { .seed = 7, .wall_offset_ms = (int64_t)(wall_ms - now_ms) };
	char why[STORE_WHY_MAX];
	struct process p = { 0 };
	if (store_open(&p.store, &cfg, why) != 0)
		fail_msg("%s", why);
	directory_limits_default(&dc.limits);
	dc.limits.entries_per_source = dc.limits.changes_per_source_s = PEOPLE + 1;
	dc.store = directory_keep(p.store);
	assert_int_equal(directory_new(&p.dir, &dc), 0);
	assert_int_equal(directory_load(p.dir, now_ms), 0);
	(void)directory_expire(p.dir, now_ms);
	return p;
}

static void end(struct process *p)
{
	directory_free(p->dir);
	store_close(p->store);
}

static const char *name_of(char buf[static 48], unsigned i)
{
	snprintf(buf, 48, "person%05u@example.org", i);
	return buf;
}

/* 601 s, 602 s ... and a record that lives twice as long; everybody from one host. */
static void add(struct process *p, unsigned i)
{
	static const uint8_t host[4] = { 10, 0, 0, 5 };
	char key[48], uls[16];
	const struct pst_slice comment = slice_str("ISO 8859-1: \xe9, and a zero:"), data = slice_of("\0\1\2", 3);
	const struct directory_attr attr = { slice_str("comment"), &comment, 1 };
	const uint32_t ttl_s = 601 + i;
	const struct directory_record record = { .type = 5, .property = i, .ttl_s = 2 * ttl_s, .data = data,
		.expiry_ms = FIRST_MS + 2000ull * ttl_s };
	const int n = snprintf(uls, sizeof(uls), "\6p%05u", i);
	const struct directory_person who = {
		.origin = DIRECTORY_ILS, .key = slice_str(name_of(key, i)), .uls_name = slice_of(uls, (size_t)n), .attrs = &attr,
		.n_attrs = 1, .records = &record, .n_records = 1, .address = addr_ip4(host, 1720), .ttl_s = ttl_s, .token = i,
		.expiry_ms = FIRST_MS + 1000ull * ttl_s, .source = { 0, addr_ip4(host, 0) },
	};
	assert_int_equal(directory_put(p->dir, &who, NULL, 0, FIRST_MS, NULL), 0);
}

static void check(const struct process *p, unsigned i)
{
	char key[48];
	struct arena a;
	struct directory_person who;
	const struct directory_entry *e = directory_find(p->dir, DIRECTORY_PERSON, slice_str(name_of(key, i)));
	assert_non_null(e);
	arena_init(&a, 0);
	assert_int_equal(directory_unpack(e, &a, &who), 0);
	/* What is left, to the millisecond, on the new clock. */
	assert_true(who.expiry_ms == SECOND_MS + 1000ull * (601 + i) - AWAY_MS);
	assert_true(who.records[0].expiry_ms == SECOND_MS + 2000ull * (601 + i) - AWAY_MS);
	assert_int_equal(who.token, i);
	assert_int_equal(who.address.port, 1720);
	assert_int_equal(who.source.from.ip[3], 5);
	assert_int_equal(who.records[0].data.n, 3);
	assert_true(slice_eq(who.attrs[0].values[0], slice_str("ISO 8859-1: \xe9, and a zero:")));
	arena_free(&a);
}

static void test_ten_thousand(void **state)
{
	const char *path = *state;
	struct process p = start(path, WALL_MS, FIRST_MS);
	for (unsigned i = 0; i < PEOPLE; i++)
		add(&p, i);
	end(&p);
	p = start(path, WALL_MS + AWAY_MS, SECOND_MS);
	assert_int_equal(directory_stats(p.dir)->loaded, PEOPLE);
	assert_int_equal(directory_stats(p.dir)->entries, PEOPLE);
	for (unsigned i = 0; i < PEOPLE; i++)
		check(&p, i);
	/* In the order of their making. */
	struct directory_cursor c;
	char key[48];
	directory_cursor_open(p.dir, &c);
	assert_true(slice_eq(directory_entry_key(directory_cursor_next(p.dir, &c)), slice_str(name_of(key, 0))));
	assert_true(slice_eq(directory_entry_key(directory_cursor_next(p.dir, &c)), slice_str(name_of(key, 1))));
	directory_cursor_close(p.dir, &c);
	/* The first ends, with its record, to the second. */
	const uint64_t last_ms = SECOND_MS + 2000ull * 601 - AWAY_MS;
	assert_int_equal(directory_expire(p.dir, last_ms - 1), 0);
	assert_int_equal(directory_expire(p.dir, last_ms), 1);
	end(&p);
	/* Long after, nothing is left, in the file neither. */
	p = start(path, WALL_MS + AWAY_MS * 1000, 1);
	assert_int_equal(directory_stats(p.dir)->entries, 0);
	end(&p);
}

static void test_taken_away_stays_away(void **state)
{
	const char *path = *state;
	char key[48];
	struct process p = start(path, WALL_MS, FIRST_MS);
	add(&p, 1);
	add(&p, 2);
	assert_int_equal(directory_remove(p.dir, DIRECTORY_PERSON, slice_str(name_of(key, 1)), NULL, 0, FIRST_MS), 0);
	end(&p);
	p = start(path, WALL_MS + 1000, SECOND_MS);
	assert_int_equal(directory_stats(p.dir)->entries, 1);
	assert_null(directory_find(p.dir, DIRECTORY_PERSON, slice_str(name_of(key, 1))));
	end(&p);
}

static int make_path(void **state)
{
	char dir[] = "/tmp/postern-keep-XXXXXX", *path = NULL;
	if (mkdtemp(dir) == NULL || asprintf(&path, "%s/entries", dir) < 0)
		return -1;
	*state = path;
	return 0;
}

static int remove_path(void **state)
{
	char *path = *state, *wal = NULL;
	if (asprintf(&wal, "%s-wal", path) < 0)
		return -1;
	unlink(path);
	unlink(wal);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	free(wal);
	free(path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ten_thousand, make_path, remove_path),
		cmocka_unit_test_setup_teardown(test_taken_away_stays_away, make_path, remove_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
