/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and admissions: what is found, in which order, and what is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "registry/table.h"

enum { INSIDE = 0, OUTSIDE = 1 };

static struct addr at(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), PST_OK);
	return a;
}

static struct registry *table(uint32_t names, uint32_t calls)
{
	struct registry *r;
	const struct registry_limits limits = { names, calls, 2 };
	assert_int_equal(registry_new(&r, &limits, 0x1234567890abcdef), PST_OK);
	return r;
}

static int put(struct registry *r, enum registry_space space, const char *name, const char *host)
{
	struct registry_msg m = { .type = REGISTRY_NAME, .name = { .space = space, .realm = INSIDE, .name = slice_str(name) } };
	if (host != NULL)
		m.name.host = at(host);
	return registry_apply(r, &m);
}

static void gone(struct registry *r, enum registry_space space, const char *name)
{
	const struct registry_msg m = { .type = REGISTRY_NAME_GONE, .name = { .space = space, .name = slice_str(name) } };
	assert_int_equal(registry_apply(r, &m), PST_OK);
}

static void leads(const struct registry *r, const char *name, uint8_t asker, const char *host)
{
	struct addr got;
	const bool found = registry_find_person(r, slice_str(name), asker, &got);
	assert_int_equal(found, host != NULL);
	if (host != NULL) {
		const struct addr want = at(host);
		assert_true(addr_eq(&got, &want));
	}
}

static void test_people(void **state)
{
	(void)state;
	struct registry *r = table(100, 100);
	assert_int_equal(put(r, REGISTRY_PERSON, "Anna@example.org", "10.0.0.1:1720"), PST_OK);
	assert_int_equal(put(r, REGISTRY_LEARNT, "anna@elsewhere.net", "10.0.0.2"), PST_OK);
	leads(r, "anna@EXAMPLE.org", OUTSIDE, "10.0.0.1:1720");
	leads(r, "anna@elsewhere.net", OUTSIDE, "10.0.0.2");
	leads(r, "anna", OUTSIDE, "10.0.0.1:1720");         /* people before what was learnt */
	leads(r, "anna@example.org", INSIDE, NULL);         /* they are together */
	leads(r, "ann", OUTSIDE, NULL);
	leads(r, "", OUTSIDE, NULL);
	/* two share the part before '@', and neither is meant by it; then one of them goes */
	assert_int_equal(put(r, REGISTRY_PERSON, "anna@example.net", "10.0.0.3"), PST_OK);
	leads(r, "anna", OUTSIDE, "10.0.0.2");
	gone(r, REGISTRY_PERSON, "ANNA@EXAMPLE.ORG");
	leads(r, "anna", OUTSIDE, "10.0.0.3");
	leads(r, "anna@example.org", OUTSIDE, NULL);
	/* a name without '@' is its own first part */
	assert_int_equal(put(r, REGISTRY_PERSON, "Anna", "10.0.0.4"), PST_OK);
	leads(r, "anna", OUTSIDE, "10.0.0.4");
	/* registered anew, from another host, and from none */
	assert_int_equal(put(r, REGISTRY_PERSON, "anna", "10.0.0.5"), PST_OK);
	leads(r, "anna", OUTSIDE, "10.0.0.5");
	assert_int_equal(put(r, REGISTRY_PERSON, "anna", NULL), PST_OK);
	leads(r, "anna", OUTSIDE, NULL);
	assert_int_equal(registry_names(r), 3);
	gone(r, REGISTRY_PERSON, "nobody");
	registry_free(r);
}

static void test_aliases(void **state)
{
	(void)state;
	struct registry *r = table(2, 2);
	struct addr got;
	const struct addr want = at("10.0.0.1:1720");
	assert_int_equal(put(r, REGISTRY_ALIAS, "5551000", "10.0.0.1:1720"), PST_OK);
	assert_int_equal(put(r, REGISTRY_PERSON, "anna", "10.0.0.2:1720"), PST_OK);
	assert_true(registry_find_name(r, REGISTRY_ALIAS, slice_str("5551000"), &got) && addr_eq(&got, &want));
	assert_false(registry_find_name(r, REGISTRY_ALIAS, slice_str("anna"), &got));
	leads(r, "5551000", OUTSIDE, NULL);
	/* no more than there may be; one that is there may change */
	assert_int_equal(put(r, REGISTRY_ALIAS, "5551001", "10.0.0.3:1720"), PST_E_LIMIT);
	assert_int_equal(put(r, REGISTRY_ALIAS, "5551000", "10.0.0.4:1720"), PST_OK);
	gone(r, REGISTRY_ALIAS, "5551000");
	assert_int_equal(put(r, REGISTRY_ALIAS, "5551001", "10.0.0.3:1720"), PST_OK);
	registry_free(r);
}

static struct registry_msg call(uint64_t number, const char *caller, const char *dest, uint8_t id, uint8_t conference)
{
	struct registry_msg m = { .type = REGISTRY_CALL,
		.call = { .number = number, .caller = at(caller), .dest = at(dest), .has_call_id = id != 0,
			.call_id = { [15] = id }, .has_conference_id = conference != 0, .conference_id = { [15] = conference } } };
	return m;
}

static void goes(const struct registry *r, const char *caller, uint8_t id, uint8_t conference, const char *dest)
{
	const struct addr from = at(caller);
	const uint8_t ids[2][16] = { { [15] = id }, { [15] = conference } };
	struct addr got;
	const bool found = registry_find_call(r, &from, slice_of(ids[0], id != 0 ? 16 : 0),
		slice_of(ids[1], conference != 0 ? 16 : 0), &got);
	assert_int_equal(found, dest != NULL);
	if (dest != NULL) {
		const struct addr want = at(dest);
		assert_true(addr_eq(&got, &want));
	}
}

static void test_calls(void **state)
{
	(void)state;
	struct registry *r = table(10, 3);
	const struct registry_msg calls[] = { call(1, "10.0.0.1", "10.1.0.1:1720", 1, 9), call(2, "10.0.0.1", "10.1.0.2:1720", 2, 9),
		call(3, "10.0.0.2", "10.1.0.3:1720", 0, 9), call(4, "10.0.0.3", "10.1.0.4:1720", 1, 0) };
	for (int i = 0; i < 3; i++)
		assert_int_equal(registry_apply(r, &calls[i]), PST_OK);
	assert_int_equal(registry_apply(r, &calls[3]), PST_E_LIMIT);
	goes(r, "10.0.0.1", 1, 9, "10.1.0.1:1720");
	goes(r, "10.0.0.1", 2, 9, "10.1.0.2:1720");
	goes(r, "10.0.0.1", 7, 9, "10.1.0.2:1720"); /* the last of the conference */
	goes(r, "10.0.0.1", 1, 0, "10.1.0.1:1720");
	goes(r, "10.0.0.1", 7, 7, NULL);
	goes(r, "10.0.0.1", 0, 0, NULL);
	goes(r, "10.0.0.2", 1, 9, "10.1.0.3:1720");
	goes(r, "10.0.0.2", 1, 0, NULL); /* another caller's */
	/* admitted again, to another place */
	const struct registry_msg again = call(1, "10.0.0.1", "10.1.0.9:1720", 1, 9);
	assert_int_equal(registry_apply(r, &again), PST_OK);
	goes(r, "10.0.0.1", 1, 9, "10.1.0.9:1720");
	const struct registry_msg over = { .type = REGISTRY_CALL_GONE, .call.number = 1 };
	assert_int_equal(registry_apply(r, &over), PST_OK);
	assert_int_equal(registry_apply(r, &over), PST_OK);
	goes(r, "10.0.0.1", 1, 0, NULL);
	assert_int_equal(registry_calls(r), 2);
	registry_free(r);
}

static int put_port(struct registry *r, enum registry_type type, const char *local, const char *host)
{
	struct registry_msg m = { .type = type, .port.local = at(local) };
	if (host != NULL)
		m.port.host = at(host);
	return registry_apply(r, &m);
}

static void count_port(void *ctx, const struct addr *local)
{
	*(int *)ctx += local->port;
}

static void test_ports(void **state)
{
	(void)state;
	struct registry *r = table(10, 10);
	const struct addr local = at("192.0.2.254:29000"), other = at("192.0.2.254:29001"), want = at("10.0.0.1:1720");
	struct addr got;
	int sum = 0;
	assert_int_equal(put_port(r, REGISTRY_PORT, "192.0.2.254:29000", NULL), PST_OK);
	assert_false(registry_find_port(r, &local, &got));
	assert_true(registry_has_port(r, &local));
	assert_int_equal(put_port(r, REGISTRY_PORT, "192.0.2.254:29000", "10.0.0.1:1720"), PST_OK);
	assert_true(registry_find_port(r, &local, &got) && addr_eq(&got, &want));
	assert_false(registry_has_port(r, &other));
	assert_int_equal(put_port(r, REGISTRY_PORT, "192.0.2.254:29001", "10.0.0.2:1720"), PST_OK);
	assert_int_equal(put_port(r, REGISTRY_PORT, "192.0.2.254:29002", "10.0.0.2:1720"), PST_E_LIMIT);
	registry_each_port(r, count_port, &sum);
	assert_int_equal(sum, 29000 + 29001);
	assert_int_equal(put_port(r, REGISTRY_PORT_GONE, "192.0.2.254:29000", NULL), PST_OK);
	assert_int_equal(put_port(r, REGISTRY_PORT_GONE, "192.0.2.254:29000", NULL), PST_OK);
	assert_false(registry_has_port(r, &local));
	registry_free(r);
}

static void test_other_messages(void **state)
{
	(void)state;
	struct registry *r = table(10, 10);
	const struct registry_msg ask = { .type = REGISTRY_ASK }, all = { .type = REGISTRY_ALL };
	assert_int_equal(registry_apply(r, &ask), PST_E_ARG);
	assert_int_equal(registry_apply(r, &all), PST_E_ARG);
	registry_free(r);
}

/* As many as a full directory, and all of them gone again. */
static void test_many(void **state)
{
	enum { MANY = 20000 };
	(void)state;
	struct registry *r = table(MANY, 10);
	char name[32], host[32];
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "user%d@example.org", i);
		snprintf(host, sizeof host, "10.1.%d.%d", i / 256, i % 256);
		assert_int_equal(put(r, REGISTRY_PERSON, name, host), PST_OK);
	}
	leads(r, "user19999", OUTSIDE, host);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "user%d@example.org", i);
		gone(r, REGISTRY_PERSON, name);
	}
	assert_int_equal(registry_names(r), 0);
	leads(r, "user19999", OUTSIDE, NULL);
	registry_free(r);
}

static void test_behind(void **state)
{
	(void)state;
	struct registry *r = table(100, 100);
	const struct addr here = at("192.0.2.1:4000"), there = at("192.0.2.1:4001");
	assert_int_equal(put(r, REGISTRY_BEHIND, "192.0.2.1:4000", "192.0.2.1:4000"), PST_OK);
	assert_true(registry_is_behind(r, &here));
	assert_false(registry_is_behind(r, &there));
	leads(r, "192.0.2.1:4000", OUTSIDE, NULL);
	gone(r, REGISTRY_BEHIND, "192.0.2.1:4000");
	assert_false(registry_is_behind(r, &here));
	registry_free(r);
}

static void count(void *arg, const struct addr *host, int by)
{
	int *counts = arg;
	counts[host->ip[3]] += by;
}

static void test_hosts(void **state)
{
	(void)state;
	int counts[256] = { 0 };
	struct registry *r = table(100, 100);
	registry_watch_hosts(r, count, counts);
	assert_int_equal(put(r, REGISTRY_PERSON, "anna@example.org", "10.0.0.1:1720"), PST_OK);
	assert_int_equal(put(r, REGISTRY_ALIAS, "anna", "10.0.0.1:1720"), PST_OK);
	assert_int_equal(put(r, REGISTRY_ALIAS, "nowhere", NULL), PST_OK);
	assert_int_equal(counts[1], 2);
	assert_int_equal(put(r, REGISTRY_ALIAS, "anna", "10.0.0.1:1720"), PST_OK);
	assert_int_equal(counts[1], 2);
	assert_int_equal(put(r, REGISTRY_ALIAS, "anna", "10.0.0.2:1720"), PST_OK);
	assert_int_equal(counts[1], 1);
	assert_int_equal(counts[2], 1);
	gone(r, REGISTRY_ALIAS, "anna");
	gone(r, REGISTRY_ALIAS, "nowhere");
	assert_int_equal(counts[2], 0);
	registry_free(r);
	assert_int_equal(counts[1], 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_people), cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_other_messages),
		cmocka_unit_test(test_behind),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests_name("registry table", tests, NULL, NULL);
}
