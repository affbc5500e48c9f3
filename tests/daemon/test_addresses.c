/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor's book of virtual addresses, on a machine that the test plays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/log.h"
#include "daemon/addresses.h"

/* The machine: what is where, one line each. */
static struct {
	char up[64][80];
	uint32_t n, announced, guarded;
	int add_status, guard_status;
} machine;

static const char *line(char buf[static 80], const char *interface, const struct addr *a)
{
	char text[ADDR_STRLEN];
	snprintf(buf, 80, "%s %s", interface, addr_str(a, text));
	return buf;
}

static bool has(const char *want)
{
	for (uint32_t i = 0; i < machine.n; i++) {
		if (strcmp(machine.up[i], want) == 0)
			return true;
	}
	return false;
}

static int add(const char *interface, const struct addr *a)
{
	if (machine.add_status != PST_OK)
		return machine.add_status;
	line(machine.up[machine.n++], interface, a);
	assert_true(machine.n < 64);
	return PST_OK;
}

static int take(const char *interface, const struct addr *a)
{
	char want[80];
	line(want, interface, a);
	for (uint32_t i = 0; i < machine.n; i++) {
		if (strcmp(machine.up[i], want) != 0)
			continue;
		memmove(machine.up[i], machine.up[--machine.n], sizeof want);
		return PST_OK;
	}
	return PST_E_NOT_FOUND;
}

static int each(fw_address_h *h, void *ctx)
{
	for (uint32_t i = 0; i < machine.n; i++) {
		char interface[80];
		struct addr a;
		snprintf(interface, sizeof interface, "%s", machine.up[i]);
		*strchr(interface, ' ') = '\0';
		assert_int_equal(addr_parse(&a, strchr(machine.up[i], ' ') + 1, 0), PST_OK);
		h(ctx, interface, &a);
	}
	return PST_OK;
}

static int announce(const char *interface, const struct addr *a)
{
	(void)interface;
	(void)a;
	machine.announced++;
	return PST_E_DENIED;
}

static int guard(const struct addr *a, bool on, char err[static FW_NFT_ERR_MAX])
{
	(void)a;
	snprintf(err, FW_NFT_ERR_MAX, "no table");
	if (machine.guard_status == PST_OK)
		machine.guarded += on ? 1U : -1U;
	return machine.guard_status;
}

static const struct addresses_ops ops = {add, take, each, announce, guard};

#define CONFIG                                                                                               \
	"mode: intercept\nrealms:\n"                                                                         \
	"  - {name: in, role: inside, address: 10.0.0.1, interfaces: [a], networks: [10.0.0.0/8]}\n"         \
	"  - {name: out, role: outside, address: 192.0.2.1, interfaces: [b], networks: [192.0.2.0/24]}\n"    \
	"  - {name: far, role: outside, address: 198.51.100.1, interfaces: [c]}\n"                           \
	"leases:\n  pools: [{realm: out, addresses: 192.0.2.0/25}, {realm: far, addresses: 198.51.100.9}]\n"

static struct conf *parse(const char *text)
{
	struct conf_problems p = {.n = 0};
	struct conf *c = NULL;
	assert_int_equal(conf_parse(&c, slice_str(text), &p), PST_OK);
	conf_problems_free(&p);
	return c;
}

static struct addr at(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), PST_OK);
	return a;
}

static struct addresses *book(void)
{
	struct addresses *b = NULL;
	memset(&machine, 0, sizeof machine);
	assert_int_equal(addresses_new(&b, &ops), PST_OK);
	return b;
}

static int on(struct addresses *b, const struct conf *c, uint16_t realm, uint16_t pool, const char *text)
{
	const struct addr a = at(text);
	return addresses_on(b, c, realm, pool, &a);
}

static int off(struct addresses *b, const char *text)
{
	const struct addr a = at(text);
	return addresses_off(b, &a);
}

static void test_up_and_down(void **state)
{
	(void)state;
	struct conf *c = parse(CONFIG);
	struct addresses *b = book();
	addresses_set_guarded(b, true);
	assert_int_equal(on(b, c, 1, 0, "192.0.2.9"), PST_OK);
	assert_int_equal(on(b, c, 1, 0, "192.0.2.9"), PST_OK);
	assert_int_equal(on(b, c, 2, 1, "198.51.100.9"), PST_OK);
	assert_int_equal(machine.n, 2);
	assert_int_equal(machine.announced, 2);
	assert_int_equal(machine.guarded, 2);
	assert_true(has("b 192.0.2.9") && has("c 198.51.100.9"));
	uint32_t n;
	struct addr *list = addresses_list(b, &n);
	assert_int_equal(n, 2);
	free(list);
	assert_int_equal(off(b, "192.0.2.9"), PST_OK);
	assert_int_equal(off(b, "192.0.2.9"), PST_E_NOT_FOUND);
	assert_int_equal(off(b, "192.0.2.10"), PST_E_NOT_FOUND);
	assert_int_equal(machine.guarded, 1);
	addresses_clear(b);
	assert_int_equal(machine.n, 0);
	assert_int_equal(machine.guarded, 0);
	addresses_free(b);
	conf_free(c);
}

/* What a worker that is somebody else's by now might try. */
static void test_denied(void **state)
{
	(void)state;
	struct conf *c = parse(CONFIG "  max: 2\n");
	struct addresses *b = book();
	static const struct {
		uint16_t realm, pool;
		const char *text;
	} tries[] = {
	        {1, 0, "192.0.2.200"},      /* of the realm, but of no pool */
	        {1, 0, "192.0.2.1"},        /* the gateway's own */
	        {1, 0, "192.0.2.0"},        /* the network's */
	        {2, 0, "192.0.2.9"},        /* of another realm */
	        {1, 1, "192.0.2.9"},        /* of another pool */
	        {0, 0, "10.0.0.7"},         /* a host inside */
	        {1, 0, "2001:db8::9"},      /* another family */
	        {1, 0, "192.0.2.9:80"},     /* with a port */
	        {1, 2, "192.0.2.9"}, {9, 0, "192.0.2.9"}, {0xffff, 0xffff, "192.0.2.9"}, {1, 0, "127.0.0.1"},
	};
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
		assert_int_equal(on(b, c, tries[i].realm, tries[i].pool, tries[i].text), PST_E_DENIED);
	assert_int_equal(machine.n, 0);
	for (uint32_t i = 10; i < 14; i++) {
		char text[32];
		snprintf(text, sizeof text, "192.0.2.%u", i);
		assert_int_equal(on(b, c, 1, 0, text), PST_OK);
	}
	assert_int_equal(on(b, c, 1, 0, "192.0.2.14"), PST_E_LIMIT);
	addresses_free(b);
	conf_free(c);
}

/* Nothing stays half done. */
static void test_failures(void **state)
{
	(void)state;
	struct conf *c = parse(CONFIG);
	struct addresses *b = book();
	addresses_set_guarded(b, true);
	machine.add_status = PST_E_BUSY;
	assert_int_equal(on(b, c, 1, 0, "192.0.2.9"), PST_E_BUSY);
	assert_int_equal(machine.guarded, 0);
	assert_int_equal(off(b, "192.0.2.9"), PST_E_NOT_FOUND);
	machine.add_status = PST_OK;
	machine.guard_status = PST_E_SYS;
	assert_int_equal(on(b, c, 1, 0, "192.0.2.9"), PST_E_SYS);
	assert_int_equal(machine.n, 0);
	addresses_free(b);
	conf_free(c);
}

/* A worker after another one: what it does not want any more goes. */
static void test_begin_and_end(void **state)
{
	(void)state;
	struct conf *c = parse(CONFIG);
	struct addresses *b = book();
	assert_int_equal(on(b, c, 1, 0, "192.0.2.9"), PST_OK);
	assert_int_equal(on(b, c, 1, 0, "192.0.2.10"), PST_OK);
	addresses_begin(b);
	assert_int_equal(machine.n, 2);
	assert_int_equal(on(b, c, 1, 0, "192.0.2.10"), PST_OK);
	assert_int_equal(on(b, c, 1, 0, "192.0.2.11"), PST_OK);
	addresses_end(b);
	assert_int_equal(machine.n, 2);
	assert_true(has("b 192.0.2.10") && has("b 192.0.2.11"));
	addresses_free(b);
	conf_free(c);
}

static void test_moved(void **state)
{
	(void)state;
	struct conf *c = parse(CONFIG), *routed = parse(CONFIG "  answer: routed\n");
	struct addresses *b = book();
	assert_int_equal(on(b, c, 1, 0, "192.0.2.9"), PST_OK);
	addresses_settle(b, routed);
	assert_int_equal(machine.n, 1);
	assert_true(has("lo 192.0.2.9"));
	assert_int_equal(machine.announced, 1);
	assert_int_equal(on(b, routed, 1, 0, "192.0.2.10"), PST_OK);
	assert_true(has("lo 192.0.2.10"));
	assert_int_equal(machine.announced, 1);
	addresses_settle(b, c);
	assert_true(has("b 192.0.2.9") && has("b 192.0.2.10"));
	assert_int_equal(machine.n, 2);
	/* the interface has lost them */
	machine.n = 0;
	addresses_settle(b, c);
	assert_true(has("b 192.0.2.9") && has("b 192.0.2.10"));
	addresses_settle(b, c);
	assert_int_equal(machine.n, 2);
	addresses_free(b);
	conf_free(c);
	conf_free(routed);
}

/* Those that would be there anyway stay until a worker has said what it wants. */
static void test_adopted(void **state)
{
	(void)state;
	struct conf *c = parse(CONFIG);
	struct addresses *b = book();
	static const char *const left[] = {"b 192.0.2.9", "c 203.0.113.77", "lo 192.0.2.11", "lo 203.0.113.5", "z 192.0.2.12"};
	for (size_t i = 0; i < 5; i++)
		snprintf(machine.up[machine.n++], sizeof machine.up[0], "%s", left[i]);
	addresses_adopt(b, c);
	assert_int_equal(machine.n, 3);
	assert_true(has("b 192.0.2.9") && has("lo 203.0.113.5") && has("z 192.0.2.12"));
	assert_int_equal(machine.announced, 0);
	addresses_begin(b);
	assert_int_equal(on(b, c, 1, 0, "192.0.2.13"), PST_OK);
	addresses_end(b);
	assert_true(has("b 192.0.2.13") && !has("b 192.0.2.9"));
	/* asked for: it stays */
	snprintf(machine.up[machine.n++], sizeof machine.up[0], "b 192.0.2.14");
	addresses_adopt(b, c);
	addresses_begin(b);
	assert_int_equal(on(b, c, 1, 0, "192.0.2.13"), PST_OK);
	assert_int_equal(on(b, c, 1, 0, "192.0.2.14"), PST_OK);
	addresses_end(b);
	assert_true(has("b 192.0.2.13") && has("b 192.0.2.14"));
	addresses_free(b);
	conf_free(c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_up_and_down),
	        cmocka_unit_test(test_denied),
	        cmocka_unit_test(test_failures),
	        cmocka_unit_test(test_begin_and_end),
	        cmocka_unit_test(test_moved),
	        cmocka_unit_test(test_adopted),
	};
	log_setup("test", LOG_L_ERROR, false);
	return cmocka_run_group_tests_name("addresses", tests, NULL, NULL);
}
