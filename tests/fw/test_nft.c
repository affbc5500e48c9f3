/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table's text, and the table in a kernel: in a network namespace made here. */
#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "fw/nft.h"

enum { SKIP = 77 };

static const char *const inside_ifs[] = {"eth1", "eth2.7"};
static const char *const outside_ifs[] = {"wan-0"};
static const char *const v6_ifs[] = {"six"};

static struct fw_nft_realm realms[3];

static struct fw_nft_set make_set(uint32_t n, bool enforce)
{
	realms[0] = (struct fw_nft_realm){inside_ifs, 2, {0}, true};
	realms[1] = (struct fw_nft_realm){outside_ifs, 1, {0}, false};
	realms[2] = (struct fw_nft_realm){v6_ifs, 1, {0}, true};
	assert_int_equal(addr_parse(&realms[0].address, "10.0.0.1", 0), PST_OK);
	assert_int_equal(addr_parse(&realms[1].address, "192.0.2.1", 0), PST_OK);
	assert_int_equal(addr_parse(&realms[2].address, "2001:db8::1", 0), PST_OK);
	return (struct fw_nft_set){.realms = realms, .n_realms = n, .port = 1720, .enforce = enforce};
}

static void test_ifname(void **state)
{
	(void)state;
	static const char *const good[] = {
	        "e", "eth0", "eth0.100", "wg-home", "veth0@if3", "abcdefghijklmno"};
	static const char *const bad[] = {
	        "", ".", "..", "abcdefghijklmnop", "a b", "a/b", "a\"b", "a*", "a;b", "a\nb", "a{", "é"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(fw_ifname_valid(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(fw_ifname_valid(bad[i]));
}

static void test_text(void **state)
{
	(void)state;
	static const char want[] = "add table inet postern\n"
	                           "delete table inet postern\n"
	                           "table inet postern {\n"
	                           "\tchain intercept {\n"
	                           "\t\ttype nat hook prerouting priority dstnat; policy accept;\n"
	                           "\t\tiifname { \"eth1\", \"eth2.7\" } ip daddr != 10.0.0.1 tcp dport 1720 "
	                           "counter dnat ip to 10.0.0.1:1720\n"
	                           "\t\tiifname { \"wan-0\" } ip daddr != 192.0.2.1 tcp dport 1720 counter "
	                           "dnat ip to 192.0.2.1:1720\n"
	                           "\t}\n"
	                           "\tchain wall {\n"
	                           "\t\ttype filter hook forward priority filter; policy accept;\n"
	                           "\t\tiifname { \"eth1\", \"eth2.7\" } oifname { \"wan-0\" } counter drop\n"
	                           "\t\tiifname { \"wan-0\" } oifname { \"eth1\", \"eth2.7\" } counter drop\n"
	                           "\t}\n"
	                           "}\n";
	char text[2048];
	struct fw_nft_set set = make_set(2, true);
	assert_int_equal(fw_nft_text(&set, text, sizeof text), PST_OK);
	assert_string_equal(text, want);
	assert_int_equal(fw_nft_text(&set, text, sizeof want), PST_OK);
	assert_int_equal(fw_nft_text(&set, text, sizeof want - 1), PST_E_SPACE);
	static const uint16_t ports[] = {389, 1002, 522};
	set.kept_ports = ports;
	set.n_kept_ports = 3;
	assert_int_equal(fw_nft_text(&set, text, sizeof text), PST_OK);
	assert_non_null(strstr(text, "\t\tiifname { \"wan-0\" } ip daddr != 192.0.2.1 tcp dport { 389, 1002, 522 } "
	                             "counter dnat ip to 192.0.2.1\n"));
	set.refused_port = 1731;
	assert_int_equal(fw_nft_text(&set, text, sizeof text), PST_OK);
	assert_non_null(strstr(text, "policy accept;\n\t\tiifname { \"eth1\", \"eth2.7\" } tcp dport 1731 counter reject with tcp reset\n"
	                             "\t\tiifname { \"wan-0\" } tcp dport 1731 counter reject with tcp reset\n"
	                             "\t\tiifname { \"eth1\", \"eth2.7\" } oifname"));
	set.enforce = false;
	assert_int_equal(fw_nft_text(&set, text, sizeof text), PST_OK);
	assert_null(strstr(text, "forward"));
}

static void test_gatekeepers(void **state)
{
	(void)state;
	char text[4096];
	struct fw_nft_gatekeeper list[3] = {{.port = 2719}, {.port = 2720}, {.port = 2721}};
	struct fw_nft_set set = make_set(3, false);
	assert_int_equal(addr_parse(&list[0].address, "198.51.100.30", 1719), PST_OK);
	assert_int_equal(addr_parse(&list[1].address, "198.51.100.31:1819", 0), PST_OK);
	assert_int_equal(addr_parse(&list[2].address, "[2001:db8:1::7]:1719", 0), PST_OK);
	set.gatekeepers = list;
	set.n_gatekeepers = 3;
	assert_int_equal(fw_nft_text(&set, text, sizeof text), PST_OK);
	assert_non_null(strstr(text, "\t\tiifname { \"eth1\", \"eth2.7\" } ip daddr 198.51.100.30 udp dport { 1718, 1719 } "
	                             "counter dnat ip to 10.0.0.1:2719\n"));
	assert_non_null(strstr(text, "ip daddr 198.51.100.31 udp dport { 1718, 1719, 1819 } counter dnat ip to 10.0.0.1:2720\n"));
	assert_non_null(strstr(text, "iifname { \"six\" } ip6 daddr 2001:db8:1::7 udp dport { 1718, 1719 } "
	                             "counter dnat ip6 to [2001:db8::1]:2721\n"));
	/* nobody outside is led to them */
	assert_null(strstr(text, "\"wan-0\" } ip daddr 198"));
	list[1].address.port = 0;
	assert_int_equal(fw_nft_text(&set, text, sizeof text), PST_E_ARG);
}

static void test_text_refused(void **state)
{
	(void)state;
	char text[2048];
	static const char *const evil[] = {"a\" accept; #"};
	struct fw_nft_set set = make_set(2, true);
	realms[1].interfaces = evil;
	assert_int_equal(fw_nft_text(&set, text, sizeof text), PST_E_ARG);
	set = make_set(2, true);
	realms[0].n_interfaces = 0;
	assert_int_equal(fw_nft_text(&set, text, sizeof text), PST_E_ARG);
	set = make_set(2, true);
	set.port = 0;
	assert_int_equal(fw_nft_text(&set, text, sizeof text), PST_E_ARG);
	set = make_set(2, true);
	realms[0].address.family = ADDR_NONE;
	assert_int_equal(fw_nft_text(&set, text, sizeof text), PST_E_ARG);
}

/* What `nft list ruleset` would print; the caller frees it. */
static char *ruleset(void)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	assert_non_null(ctx);
	assert_int_equal(nft_ctx_buffer_output(ctx), 0);
	assert_int_equal(nft_run_cmd_from_buffer(ctx, "list ruleset"), 0);
	char *text = strdup(nft_ctx_get_output_buffer(ctx));
	assert_non_null(text);
	nft_ctx_free(ctx);
	return text;
}

static void test_kernel(void **state)
{
	(void)state;
	char err[FW_NFT_ERR_MAX];
	struct fw_nft_set set = make_set(3, true);
	struct fw_nft_gatekeeper gatekeeper = {.port = 2719};
	assert_int_equal(addr_parse(&gatekeeper.address, "198.51.100.30:1819", 0), PST_OK);
	set.gatekeepers = &gatekeeper;
	set.n_gatekeepers = 1;
	assert_int_equal(fw_nft_apply(&set, err), PST_OK);
	char *once = ruleset();
	assert_non_null(strstr(once, "table inet postern"));
	assert_non_null(
	        strstr(once, "tcp dport 1720 counter packets 0 bytes 0 dnat ip6 to [2001:db8::1]:1720"));
	assert_non_null(strstr(once, "iifname \"wan-0\" oifname \"six\" counter packets 0 bytes 0 drop"));
	assert_null(strstr(once, "established"));
	assert_non_null(strstr(once, "udp dport { 1718, 1719, 1819 } counter packets 0 bytes 0 dnat ip to 10.0.0.1:2719"));

	/* applying again changes nothing: no rule twice */
	assert_int_equal(fw_nft_apply(&set, err), PST_OK);
	char *twice = ruleset();
	assert_string_equal(once, twice);

	/* other people's rules stay, and the wall goes with the mode */
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	assert_int_equal(nft_run_cmd_from_buffer(ctx, "add table inet other"), 0);
	nft_ctx_free(ctx);
	set.enforce = false;
	assert_int_equal(fw_nft_apply(&set, err), PST_OK);
	char *intercept = ruleset();
	assert_null(strstr(intercept, "hook forward"));
	assert_non_null(strstr(intercept, "hook prerouting"));

	assert_int_equal(fw_nft_remove(err), PST_OK);
	assert_int_equal(fw_nft_remove(err), PST_OK);
	char *gone = ruleset();
	assert_null(strstr(gone, "postern"));
	assert_non_null(strstr(gone, "table inet other"));
	free(once);
	free(twice);
	free(intercept);
	free(gone);
}

static struct addr at(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), PST_OK);
	return a;
}

static void test_virtual(void **state)
{
	(void)state;
	char err[FW_NFT_ERR_MAX];
	const struct addr there[] = {at("192.0.2.50"), at("2001:db8:5::50"), at("192.0.2.51")};
	const struct addr four = at("192.0.2.60"), six = at("2001:db8:5::60");
	struct fw_nft_set set = make_set(3, true);
	set.leases = true;
	assert_int_equal(fw_nft_apply(&set, err), PST_E_ARG); /* no ports */
	set.tcp_ports = (struct fw_nft_ports){30000, 30999};
	set.udp_ports = (struct fw_nft_ports){40000, 49999};
	assert_int_equal(fw_nft_apply(&set, err), PST_OK);
	char *none = ruleset();
	assert_non_null(strstr(none, "ip daddr @virtual4 jump virtual_ports"));
	assert_non_null(strstr(none, "udp dport 40000-49999 accept"));
	assert_null(strstr(none, "elements"));

	set.virtuals = there;
	set.n_virtuals = 3;
	assert_int_equal(fw_nft_apply(&set, err), PST_OK);
	assert_int_equal(fw_nft_virtual(&four, true, err), PST_OK);
	assert_int_equal(fw_nft_virtual(&six, true, err), PST_OK);
	char *more = ruleset();
	assert_non_null(strstr(more, "elements = { 192.0.2.50, 192.0.2.51,"));
	assert_non_null(strstr(more, "192.0.2.60"));
	assert_non_null(strstr(more, "2001:db8:5::60"));
	assert_int_equal(fw_nft_virtual(&four, false, err), PST_OK);
	assert_int_equal(fw_nft_virtual(&six, false, err), PST_OK);
	assert_int_equal(fw_nft_virtual(&six, false, err), PST_E_SYS);
	assert_true(strlen(err) > 0);
	char *less = ruleset();
	assert_null(strstr(less, "192.0.2.60"));
	assert_int_equal(fw_nft_remove(err), PST_OK);
	free(none);
	free(more);
	free(less);
}

/* As many as a large gateway has. */
static void test_many_virtual(void **state)
{
	(void)state;
	enum { N = 5000 };
	char err[FW_NFT_ERR_MAX];
	struct addr *all = calloc(N, sizeof *all);
	struct fw_nft_set set = make_set(2, true);
	assert_non_null(all);
	for (uint32_t i = 0; i < N; i++) {
		const uint8_t ip[4] = {100, 64, (uint8_t)(i >> 8), (uint8_t)i};
		all[i] = addr_ip4(ip, 0);
	}
	set.leases = true;
	set.tcp_ports = (struct fw_nft_ports){30000, 30999};
	set.udp_ports = (struct fw_nft_ports){40000, 49999};
	set.virtuals = all;
	set.n_virtuals = N;
	assert_int_equal(fw_nft_apply(&set, err), PST_OK);
	assert_int_equal(fw_nft_virtual(&all[N - 1], false, err), PST_OK);
	assert_int_equal(fw_nft_remove(err), PST_OK);
	free(all);
}

static bool write_text(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY);
	if (fd < 0)
		return false;
	const bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

/* A network namespace of our own, by way of a user namespace where we are not root. */
static bool enter_namespace(void)
{
	if (unshare(CLONE_NEWNET) == 0)
		return true;
	char map[64];
	snprintf(map, sizeof map, "0 %u 1", (unsigned)geteuid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return false;
	return write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/uid_map", map);
}

int main(void)
{
	static const struct CMUnitTest pure[] = {
	        cmocka_unit_test(test_ifname),
	        cmocka_unit_test(test_text),
	        cmocka_unit_test(test_gatekeepers),
	        cmocka_unit_test(test_text_refused),
	};
	static const struct CMUnitTest kernel[] = {cmocka_unit_test(test_kernel), cmocka_unit_test(test_virtual),
	        cmocka_unit_test(test_many_virtual)};
	int failed = cmocka_run_group_tests_name("nft text", pure, NULL, NULL);
	if (!enter_namespace()) {
		fprintf(stderr, "no network namespace here (%s): the kernel's part is skipped\n",
		        strerror(errno));
		return failed != 0 ? failed : SKIP;
	}
	failed += cmocka_run_group_tests_name("nft kernel", kernel, NULL, NULL);
	return failed;
}
