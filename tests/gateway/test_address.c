/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose address may open something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/address.h"
#include "sim.h"

static struct addr at(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), 0);
	return a;
}

static void test_judge(void **state)
{
	static const struct {
		const char *addr;
		enum gw_verdict verdict;
	} cases[] = {
		{ "198.51.100.7:5000", GW_ADDR_OWN },
		{ "198.51.100.7:1503", GW_ADDR_OWN },
		{ "198.51.100.7:1720", GW_ADDR_OWN },
		{ "198.51.100.7:1023", GW_ADDR_LOW_PORT },
		{ "198.51.100.7", GW_ADDR_LOW_PORT },
		{ "198.51.100.8:5000", GW_ADDR_FOREIGN },
		{ "198.51.100.9:5000", GW_ADDR_OWN }, /* its media host */
		{ "10.0.0.10:5000", GW_ADDR_FOREIGN },
		{ "10.0.0.1:5000", GW_ADDR_GATEWAY },
		{ "203.0.113.1:5000", GW_ADDR_GATEWAY },
		{ "127.0.0.1:5000", GW_ADDR_LOOPBACK },
		{ "[::1]:5000", GW_ADDR_LOOPBACK },
		{ "[::ffff:127.0.0.1]:5000", GW_ADDR_LOOPBACK },
		{ "224.0.1.41:5000", GW_ADDR_MULTICAST },
		{ "[ff02::1]:5000", GW_ADDR_MULTICAST },
		{ "255.255.255.255:5000", GW_ADDR_MULTICAST },
		{ "0.0.0.0:5000", GW_ADDR_UNUSABLE },
		{ "169.254.1.1:5000", GW_ADDR_UNUSABLE },
		{ "[fe80::1]:5000", GW_ADDR_UNUSABLE },
		{ "[::ffff:198.51.100.7]:5000", GW_ADDR_UNUSABLE },
		{ "[2001:db8::7]:5000", GW_ADDR_FOREIGN },
	};
	struct gw_config *cfg = sim_config();
	struct addr_prefix media = { at("198.51.100.9"), 32 };
	const struct addr peer = at("198.51.100.7");
	(void)state;
	cfg->realms[1].media_hosts = &media;
	cfg->realms[1].n_media_hosts = 1;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct addr a = at(cases[i].addr);
		const enum gw_verdict v = gw_address_judge(cfg, &cfg->realms[1], &peer, &a);
		if (v != cases[i].verdict)
			fail_msg("%s is judged %s", cases[i].addr, gw_verdict_str(v));
	}
}

static void test_dialable(void **state)
{
	static const char *const no[] = { "10.0.0.1:1720", "198.51.100.7:80", "127.0.0.1:1720",
		"0.0.0.0:1720", "224.0.0.1:1720", "[::ffff:10.0.0.10]:1720", "198.51.100.7" };
	static const char *const yes[] = { "198.51.100.7:1720", "10.0.0.10:1720", "[2001:db8::7]:1720" };
	const struct gw_config *cfg = sim_config();
	(void)state;
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
		const struct addr a = at(no[i]);
		assert_false(gw_address_dialable(cfg, &a));
	}
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
		const struct addr a = at(yes[i]);
		assert_true(gw_address_dialable(cfg, &a));
	}
}

static void test_realm_of(void **state)
{
	struct gw_config *cfg = sim_config();
	struct gw_realm three[3] = { cfg->realms[0], cfg->realms[1], cfg->realms[1] };
	const struct addr in = at("10.0.0.10"), out = at("198.51.100.7"), v6 = at("2001:db8::7");
	(void)state;
	assert_string_equal(gw_realm_of(cfg, &in)->name, "inside");
	assert_string_equal(gw_realm_of(cfg, &out)->name, "outside");
	/* of two realms for all the rest, the one that has an address of the family */
	three[1].address = at("2001:db8::1");
	cfg->realms = three;
	cfg->n_realms = 3;
	assert_ptr_equal(gw_realm_of(cfg, &v6), &three[1]);
	assert_ptr_equal(gw_realm_of(cfg, &out), &three[2]);
	cfg->n_realms = 1;
	assert_null(gw_realm_of(cfg, &out));
}

/* A gatekeeper that routes calls speaks for others outside, and for nobody else. */
static void test_gatekeeper(void **state)
{
	struct gw_config *cfg = sim_config();
	struct addr gatekeeper = at("198.51.100.30:1719");
	const struct addr peer = at("198.51.100.30:0"), other = at("198.51.100.31:0"),
			  host = at("192.0.2.7:5000"), inside = at("10.0.0.20:5000"), low = at("192.0.2.7:53");
	(void)state;
	cfg->gatekeepers = &gatekeeper;
	cfg->n_gatekeepers = 1;
	assert_int_equal(gw_address_judge(cfg, &cfg->realms[1], &peer, &host), GW_ADDR_OWN);
	assert_int_equal(gw_address_judge(cfg, &cfg->realms[1], &peer, &inside), GW_ADDR_FOREIGN);
	assert_int_equal(gw_address_judge(cfg, &cfg->realms[1], &peer, &low), GW_ADDR_LOW_PORT);
	assert_int_equal(gw_address_judge(cfg, &cfg->realms[1], &other, &host), GW_ADDR_FOREIGN);
	assert_int_equal(gw_address_judge(cfg, &cfg->realms[0], &peer, &inside), GW_ADDR_FOREIGN);
	cfg->n_gatekeepers = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_gatekeeper),
		cmocka_unit_test(test_dialable),
		cmocka_unit_test(test_realm_of),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
