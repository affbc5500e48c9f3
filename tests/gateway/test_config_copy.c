/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration that outlives the one it was made from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/config_copy.h"
#include "sim.h"

static void test_copy_is_whole(void **state)
{
	static char eth[] = "eth0", name[] = "bob";
	char *interfaces[] = { eth };
	struct gw_config *cfg = sim_config();
	struct addr_prefix media = *cfg->realms[0].networks;
	struct gw_binding b = { name, cfg->realms[0].address };
	struct gw_port port = { 1725, cfg->realms[0].address };
	(void)state;
	cfg->ports = &port;
	cfg->n_ports = 1;
	cfg->realms[0].interfaces = interfaces;
	cfg->realms[0].n_interfaces = 1;
	cfg->realms[0].media_hosts = &media;
	cfg->realms[0].n_media_hosts = 1;
	cfg->bindings = &b;
	cfg->n_bindings = 1;
	struct gw_config_copy *k = gw_config_copy(cfg);
	assert_non_null(k);
	assert_ptr_equal(gw_config_hold(k), k);
	/* the original goes */
	memset(&media, 0, sizeof media);
	memset(&b, 0, sizeof b);
	memset(&port, 0, sizeof port);
	eth[0] = name[0] = 'X';
	memset(cfg->realms, 0, 2 * sizeof *cfg->realms);
	gw_config_drop(k);
	assert_string_equal(k->cfg.realms[0].name, "inside");
	assert_string_equal(k->cfg.realms[1].name, "outside");
	assert_string_equal(k->cfg.realms[0].interfaces[0], "eth0");
	assert_int_equal(k->cfg.realms[0].networks[0].len, 24);
	assert_int_equal(k->cfg.realms[0].media_hosts[0].len, 24);
	assert_string_equal(k->cfg.bindings[0].name, "bob");
	assert_int_equal(k->cfg.ports[0].port, 1725);
	assert_int_equal(k->cfg.limits.calls, 32);
	gw_config_drop(k);
	gw_config_drop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_copy_is_whole) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
