/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker's questions to the registrar who takes calls for a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/locating.h"

enum { PLACES = 64 };

struct fixture {
	uv_loop_t loop;
	struct daemon_locating *l;
	uint32_t asked, last_id;
	char name[64];
	int told;
	struct addr at; /* told last */
};

static void on_tell(void *arg, const struct registry_msg *m)
{
	struct fixture *f = arg;
	assert_int_equal(m->type, REGISTRY_LOCATE);
	f->asked++;
	f->last_id = m->id;
	snprintf(f->name, sizeof f->name, "%.*s", (int)m->name.name.n, (const char *)m->name.name.p);
}

static void on_done(void *arg, const struct addr *at)
{
	struct fixture *f = arg;
	f->told++;
	f->at = *at;
}

static void begin(struct fixture *f)
{
	memset(f, 0, sizeof *f);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(daemon_locating_new(&f->l, &f->loop, on_tell, f), PST_OK);
}

static void end(struct fixture *f)
{
	daemon_locating_free(f->l);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
}

static void answered(void **state)
{
	struct fixture f;
	struct addr host;
	(void)state;
	begin(&f);
	assert_int_equal(addr_parse(&host, "192.0.2.1:1799", 0), 0);
	assert_true(daemon_locating_ask(f.l, "bob@host.example", on_done, &f));
	assert_string_equal(f.name, "bob@host.example");
	daemon_locating_answer(f.l, f.last_id + 1, &host); /* to no question */
	daemon_locating_answer(f.l, f.last_id, &host);
	assert_int_equal(f.told, 0); /* whoever takes messages may be at work with another call */
	uv_run(&f.loop, UV_RUN_ONCE);
	assert_int_equal(f.told, 1);
	assert_true(addr_eq(&f.at, &host));
	daemon_locating_answer(f.l, f.last_id, &host); /* twice */
	uv_run(&f.loop, UV_RUN_DEFAULT);
	assert_int_equal(f.told, 1);
	end(&f);
}

static void bounded(void **state)
{
	struct fixture f;
	static char long_name[REGISTRY_NAME_MAX + 2];
	(void)state;
	begin(&f);
	memset(long_name, 'x', sizeof long_name - 1);
	assert_false(daemon_locating_ask(f.l, long_name, on_done, &f));
	assert_false(daemon_locating_ask(f.l, "", on_done, &f));
	for (int i = 0; i < PLACES; i++)
		assert_true(daemon_locating_ask(f.l, "bob@host.example", on_done, &f));
	assert_false(daemon_locating_ask(f.l, "bob@host.example", on_done, &f));
	assert_int_equal(f.asked, PLACES);
	end(&f);
	assert_int_equal(f.told, PLACES); /* nobody waits for ever */
	assert_int_equal(f.at.family, ADDR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(answered),
	        cmocka_unit_test(bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
