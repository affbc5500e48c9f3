/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern.yaml(5): what is read, what is refused with which line, and that the printed form reads back as the
 * same. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/conf.h"

static const char *example_path;

#define REALMS                                                                                               \
	"realms:\n"                                                                                          \
	"  - {name: in, role: inside, address: 10.0.0.1, networks: [10.0.0.0/8]}\n"                          \
	"  - {name: out, role: outside, address: 192.0.2.1}\n"

static struct conf *must_parse(const char *text)
{
	struct conf_problems p = {.n = 0};
	struct conf *c = NULL;
	const int rc = conf_parse(&c, slice_str(text), &p);
	for (uint32_t i = 0; i < p.n; i++)
		print_error("%u: %s\n", p.list[i].line, p.list[i].text);
	assert_int_equal(rc, PST_OK);
	conf_problems_free(&p);
	return c;
}

static char *print(const struct conf *c)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	assert_non_null(f);
	conf_print(c, f);
	fclose(f);
	return text;
}

static void prints_as_it_reads(const struct conf *c)
{
	char *once = print(c);
	struct conf *again = must_parse(once);
	char *twice = print(again);
	assert_string_equal(once, twice);
	free(once);
	free(twice);
	conf_free(again);
}

static void test_defaults(void **state)
{
	(void)state;
	struct conf *c = must_parse(REALMS);
	assert_int_equal(c->gw.mode, GW_MODE_OFF);
	assert_int_equal(c->gw.n_realms, 2);
	assert_int_equal(c->gw.realms[1].role, GW_ROLE_OUTSIDE);
	assert_int_equal(c->gw.signalling_port, 1720);
	assert_int_equal(c->gw.h245_ports.first, 30000);
	assert_int_equal(c->gw.media_ports.last, 49999);
	assert_int_equal(c->gw.timers.t301_ms, 180000);
	assert_int_equal(c->gw.timers.media_idle_ms, 50000);
	assert_int_equal(c->gw.default_host.family, ADDR_NONE);
	assert_string_equal(c->user, "auto");
	assert_int_equal(c->log_level, LOG_L_INFO);
	conf_free(c);
}

static void test_values(void **state)
{
	(void)state;
	struct conf *c =
	        must_parse("mode: enforce\n"
	                   "realms:\n"
	                   "  - name: in\n"
	                   "    role: inside\n"
	                   "    interfaces: [eth1, eth2]\n"
	                   "    address: auto\n"
	                   "    networks: [10.0.0.0/8, 'fd00::/8']\n"
	                   "    media_hosts: [10.1.1.1]\n"
	                   "  - {name: out, role: outside, interfaces: [eth0], address: '2001:db8::1'}\n"
	                   "inbound: {bindings: [{name: \"Bob's\", host: 10.0.0.9}, {name: '42', host: "
	                   "'10.0.0.8:1722'}], ports: [{port: 1725, host: 10.0.0.6}], default: 10.0.0.7}\n"
	                   "h323: {port: 2720}\n"
	                   "directory: {serve: on, ils_ports: [1002, 3389], register: [in], list: [none], "
	                   "inside_servers: [10.0.0.5], servers: own, ttl: 20m, people: [{name: a@b, host: "
	                   "10.0.0.3, comment: \"it's\"}]}\n"
	                   "limits: {calls: 7}\n"
	                   "timers: {connect: 500ms, t301: 4m}\n"
	                   "log: {level: debug}\n");
	assert_true(c->address_auto[0]);
	assert_false(c->address_auto[1]);
	assert_string_equal(c->gw.realms[0].interfaces[1], "eth2");
	assert_int_equal(c->gw.realms[0].networks[1].len, 8);
	assert_int_equal(c->gw.realms[0].media_hosts[0].len, 32);
	assert_string_equal(c->gw.bindings[0].name, "Bob's");
	assert_int_equal(c->gw.bindings[0].host.port, 1720);
	assert_int_equal(c->gw.bindings[1].host.port, 1722);
	assert_int_equal(c->gw.ports[0].port, 1725);
	assert_int_equal(c->gw.ports[0].host.port, 1720);
	assert_int_equal(c->gw.timers.connect_ms, 500);
	assert_int_equal(c->gw.timers.t301_ms, 240000);
	assert_int_equal(c->gw.limits.calls, 7);

	assert_true(c->directory.on);
	assert_int_equal(c->directory.servers, CONF_SERVERS_OWN);
	assert_int_equal(c->directory.registers, 1);
	assert_int_equal(c->directory.list, 0);
	assert_int_equal(c->directory.search, UINT32_MAX);
	assert_int_equal(c->directory.ttl_ms, 1200000);
	assert_string_equal(c->directory.people[0].comment, "it's");
	assert_int_equal(conf_services(c), 5);
	uint16_t port;
	assert_true(conf_service_port(c, 2, &port));
	assert_int_equal(port, 3389);
	assert_true(conf_service_port(c, 3, &port));
	assert_int_equal(port, 522);
	assert_true(conf_service_port(c, 4, &port));
	assert_int_equal(port, 1503);
	assert_int_equal(conf_service_transport(c, 4), CONF_TCP);
	assert_false(conf_service_port(c, 5, &port));

	char *once = print(c);
	struct conf *again = must_parse(once);
	char *twice = print(again);
	assert_string_equal(once, twice);
	assert_true(again->address_auto[0]);
	assert_string_equal(again->gw.bindings[0].name, "Bob's");
	assert_null(conf_restart_key(c, again));
	free(once);
	free(twice);
	conf_free(c);
	conf_free(again);
}

struct refusal {
	const char *text;
	uint32_t line;
	const char *reason; /* part of it */
};

static const struct refusal refusals[] = {
        {"", 1, "empty"},
        {"- a\n", 1, "keys and values"},
        {"realms: [\n", 2, "no valid YAML"},
        {"\xff\xfe\xff", 1, ""},
        {"mode: off\nmode: off\n" REALMS, 2, "mode is given twice"},
        {"mode: off\na: &x 1\nb: *x\n", 3, "aliases"},
        {REALMS "colour: red\n", 4, "unknown key 'colour'"},
        {REALMS "h323:\n  port: 1720\n  prot: 1\n", 6, "unknown key 'prot'"},
        {"realms:\n  - name: a\n    role: inside\n    foo: 1\n", 4, "unknown key 'foo'"},
        {"realms: 3\n", 1, "a list is expected"},
        {"realms:\n  - name: a\n    interfaces: eth0\n", 3, "a list is expected"},
        {REALMS "h323: 3\n", 4, "keys and values"},
        {REALMS "mode: [off]\n", 4, "a single value"},
        {REALMS "mode: maybe\n", 4, "mode: 'maybe' has to be off or intercept or enforce"},
        {REALMS "mode: enforce\n", 2, "realms.0.interfaces is missing"},
        {REALMS "h323:\n  port: 0\n", 5, "h323.port: '0' has to be a number from 1 to 65535"},
        {REALMS "h323:\n  port: 1720x\n", 5, "h323.port"},
        {REALMS "h323:\n  port: 99999999999999999999\n", 5, "h323.port"},
        {REALMS "h323:\n  h245_ports: 2000-1999\n", 5, "FIRST-LAST"},
        {REALMS "h323:\n  h245_ports: 1023-1999\n", 5, "within 1024 to 65535"},
        {REALMS "h323:\n  h245_ports: 1700-1999\n", 5, "contains h323.port"},
        {REALMS "media:\n  ports: 40001-40005\n", 5, "even port"},
        {REALMS "media:\n  relay: socket\n", 5, "has to be auto or kernel or user"},
        {REALMS "timers:\n  connect: 10\n", 5, "has to be a duration"},
        {REALMS "timers:\n  connect: 0s\n", 5, "has to be a duration"},
        {REALMS "timers:\n  connect: 301s\n", 5, "has to be a duration"},
        {REALMS "control:\n  socket: run/x\n", 5, "absolute path"},
        {REALMS "user: '-x'\n", 4, "name of a user"},
        {REALMS "directory:\n  serve: maybe\n", 5, "has to be off or on"},
        {REALMS "directory:\n  ils_ports: [0]\n", 5, "directory.ils_ports.0: '0' has to be a port"},
        {REALMS "directory:\n  serve: on\n  ils_ports: [522]\n", 4, "port 522 is used twice"},
        {REALMS "directory:\n  search: [inn]\n", 5, "'inn' is no realm"},
        {REALMS "directory:\n  people: [{name: a}]\n", 5, "directory.people.0.host is missing"},
        {REALMS "directory:\n  people: [{name: a, host: 10.0.0.2}, {name: A, host: 10.0.0.2}]\n", 5,
                "listed already"},
        {REALMS "directory:\n  ttl: 30m\n  ttl_max: 20m\n", 5, "more than directory.ttl_max"},
        {REALMS "log:\n  level: loud\n", 5, "log.level"},
        {REALMS "inbound:\n  default: localhost\n", 5, "inbound.default: 'localhost'"},
        {REALMS "inbound:\n  default: 0.0.0.0\n", 5, "address of a host"},
        {REALMS "inbound:\n  bindings:\n    - name: a\n", 6, "inbound.bindings.0.host is missing"},
        {REALMS "inbound:\n  bindings:\n    - {name: a, host: 10.0.0.2}\n    - {name: A, host: 10.0.0.3}\n",
                7, "bound already"},
        {REALMS "inbound:\n  bindings:\n    - {name: \"a\\e[2J\", host: 10.0.0.2}\n", 6,
                "'a\\x1b[2J' has to be an alias"},
        {REALMS "inbound:\n  ports:\n    - {port: 1725}\n", 6, "inbound.ports.0.host is missing"},
        {REALMS "inbound:\n  ports:\n    - {port: 80, host: 10.0.0.2}\n", 6, "from 1024 to 65535"},
        {REALMS "inbound:\n  ports:\n    - {port: 1720, host: 10.0.0.2}\n", 6, "is h323.port"},
        {REALMS "inbound:\n  ports:\n    - {port: 30005, host: 10.0.0.2}\n", 6, "h323.h245_ports"},
        {REALMS "inbound:\n  ports:\n    - {port: 1725, host: 10.0.0.2}\n    - {port: 1725, host: 10.0.0.3}\n", 7,
                "another host's already"},
        {"realms:\n  - {name: a, role: inside, address: 10.0.0.1}\n", 1, "two are needed"},
        {"realms:\n  - {name: a, role: inside, address: 10.0.0.1}\n  - {name: a, role: outside, address: "
         "10.0.0.2, networks: [10.0.0.0/8]}\n",
                3, "'a' is the name of another realm"},
        {"realms:\n  - {name: a, role: inside, address: 10.0.0.1}\n  - {name: b, role: outside, address: "
         "10.0.0.1, networks: [10.0.0.0/8]}\n",
                3, "same address"},
        {"realms:\n  - {name: a, role: inside, address: 10.0.0.1}\n  - {name: b, role: outside, address: "
         "10.0.0.2}\n",
                3, "only one realm can go without networks"},
        {"realms:\n  - {name: a, role: aside, address: 10.0.0.1}\n  - {name: b, role: outside, address: "
         "10.0.0.2, networks: [10.0.0.0/8]}\n",
                2, "has to be inside or outside"},
        {"realms:\n  - {name: a, role: inside, address: auto}\n  - {name: b, role: outside, address: "
         "10.0.0.2, networks: [10.0.0.0/8]}\n",
                2, "auto needs an interface"},
        {"realms:\n  - {name: a, role: inside, address: 10.0.0.1}\n  - {name: b, role: outside, address: "
         "10.0.0.2, networks: [10.0.0.1/8]}\n",
                3, "without host bits"},
        {"realms:\n  - {name: a, role: inside, address: 10.0.0.1, interfaces: ['a\" accept']}\n"
         "  - {name: b, role: outside, address: 10.0.0.2, networks: [10.0.0.0/8]}\n",
                2, "is no interface name"},
        {"realms:\n  - {name: a, role: inside, address: 10.0.0.1, interfaces: [x]}\n"
         "  - {name: b, role: outside, address: 10.0.0.2, interfaces: [x], networks: [10.0.0.0/8]}\n",
                3, "belongs to another realm"},
        {REALMS "policy:\n  rules: [{action: allow}]\n", 5, "name is missing"},
        {REALMS "policy:\n  rules: [{name: x}]\n", 5, "action is missing"},
        {REALMS "policy:\n  rules: [{name: x, action: maybe}]\n", 5, "allow or refuse"},
        {REALMS "policy:\n  rules:\n    - {name: x, action: allow}\n    - {name: x, action: allow}\n", 7, "another rule"},
        {REALMS "policy:\n  rules: [{name: x, action: allow, from: [dmz]}]\n", 5, "'dmz' is no realm"},
        {REALMS "policy:\n  rules: [{name: x, action: allow, media: [audio, smell]}]\n", 5, "audio or video or data"},
        {REALMS "policy:\n  rules: [{name: x, action: allow, duration: 1y}]\n", 5, "has to be a time"},
        {REALMS "policy:\n  rules: [{name: x, action: allow, sources: [10.0.0.1/8]}]\n", 5, "without host bits"},
        {REALMS "gatekeeper:\n  identifier: 'a b'\n", 5, "has to be 1 to 64 of"},
        {REALMS "gatekeeper:\n  neighbours: [x]\n", 5, "has to be the address of a gatekeeper"},
        {REALMS "gatekeeper:\n  nameservers: [dns.example.org]\n", 5, "has to be the address of a name server"},
        {REALMS "gatekeeper:\n  domains: ['a@b']\n", 5, "has to be a domain name"},
        {REALMS "gatekeeper:\n  passwords: [{alias: x}]\n", 5, "password is missing"},
        {REALMS "gatekeeper: {serve: on, port: 1718}\n", 4, "is used twice"},
        {REALMS "ras_proxy:\n  gatekeepers: [{address: x, port: 2719}]\n", 5, "has to be the address of a gatekeeper"},
        {REALMS "ras_proxy:\n  gatekeepers: [{address: 10.0.0.9, port: 2719}]\n", 5, "has to be in a realm outside"},
        {REALMS "ras_proxy:\n  gatekeepers: [{port: 2719}]\n", 5, "address is missing"},
        {REALMS "ras_proxy:\n  gatekeepers: [{address: 192.0.2.9}]\n", 5, "port is missing"},
        {REALMS "ras_proxy:\n  gatekeepers: [{address: 192.0.2.9, port: 70000}]\n", 5, "has to be 1 to 65535"},
        {REALMS "ras_proxy:\n  gatekeepers: [{address: 192.0.2.9, port: 7}, {address: 192.0.2.8, port: 7}]\n", 5,
                "UDP port 7 is used twice"},
};

static void test_ras_proxy(void **state)
{
	(void)state;
	struct conf *c = must_parse(REALMS "gatekeeper: {serve: on}\n"
	                                   "ras_proxy: {gatekeepers: [{address: 192.0.2.9, port: 2719}, {address: '192.0.2.8:1819', port: 2720}]}\n");
	uint16_t port;
	const uint32_t first = conf_ras_proxy_service(c);
	assert_int_equal(c->ras_proxy.gatekeepers[0].address.port, 1719);
	assert_int_equal(c->ras_proxy.gatekeepers[1].address.port, 1819);
	assert_int_equal(conf_data_service(c), first + 2);
	assert_true(conf_service_port(c, first + 1, &port));
	assert_int_equal(port, 2720);
	assert_int_equal(conf_service_transport(c, first), CONF_UDP);
	for (uint32_t i = 0; i < c->gw.n_realms; i++)
		assert_int_equal(conf_service_in(c, first, &c->gw.realms[i]), c->gw.realms[i].role == GW_ROLE_INSIDE);
	for (uint32_t i = 0; i < c->gw.n_realms; i++) {
		const struct gw_realm *r = &c->gw.realms[i];
		const struct addr in = addr_with_port(r->address, 29000), below = addr_with_port(r->address, 28999);
		assert_int_equal(conf_ras_proxy_has_port(c, &in), r->role == GW_ROLE_OUTSIDE);
		assert_false(conf_ras_proxy_has_port(c, &below));
	}
	conf_free(c);
}

static void test_policy(void **state)
{
	(void)state;
	struct conf *c = must_parse(REALMS "policy:\n  allow_rest: off\n  rules:\n"
	                                   "    - {name: lan out, action: allow, direction: out, from: [in], sources: [10.0.0.0/8], "
	                                   "media: [audio, data], calls: 3, bandwidth: 1000, call_bandwidth: 200, duration: 90m}\n"
	                                   "    - {name: x, action: refuse, to: [in], destinations: [10.1.0.0/16], callers: ['a*', \"o'b\"], "
	                                   "called: [berta], known_caller: off, known_called: on}\n");
	const struct gw_rule *r = c->gw.rules;
	assert_int_equal(c->gw.n_rules, 2);
	assert_false(c->gw.allow_rest);
	assert_true(r[0].allow && !r[1].allow);
	assert_int_equal(r[0].direction, GW_DIRECTION_OUT);
	assert_int_equal(r[1].direction, GW_DIRECTION_ALL);
	assert_int_equal(r[0].from, 1);
	assert_int_equal(r[0].media, GW_MEDIA_AUDIO | GW_MEDIA_DATA);
	assert_int_equal(r[1].media, GW_MEDIA_ALL);
	assert_int_equal(r[0].calls, 3);
	assert_int_equal(r[0].bandwidth_kbit, 1000);
	assert_int_equal(r[0].call_bandwidth_kbit, 200);
	assert_int_equal(r[0].duration_ms, 5400000);
	assert_int_equal(r[1].known_caller, GW_ASKED_NO);
	assert_int_equal(r[1].known_called, GW_ASKED_YES);
	assert_string_equal(r[1].callers[1], "o'b");
	prints_as_it_reads(c);
	conf_free(c);
}

static void test_gatekeeper(void **state)
{
	(void)state;
	struct conf *c = must_parse(REALMS "gatekeeper: {serve: on, identifier: gk-1, routed: on, neighbours: [192.0.2.9, '192.0.2.8:2719'], "
	                                   "domains: [example.org], bandwidth: 1000, irr: 0s,\n"
	                                   "  passwords: [{alias: \"it's\", password: secret}]}\n");
	uint16_t port;
	assert_true(c->gatekeeper.on && c->gatekeeper.routed && c->gatekeeper.discovery && !c->gatekeeper.outside);
	assert_string_equal(c->gatekeeper.identifier, "gk-1");
	assert_int_equal(c->gatekeeper.neighbours[0].port, 1719);
	assert_int_equal(c->gatekeeper.neighbours[1].port, 2719);
	assert_string_equal(c->gatekeeper.passwords[0].alias, "it's");
	assert_int_equal(c->gatekeeper.irr_ms, 0);
	assert_int_equal(conf_services(c), 6);
	assert_true(conf_service_port(c, 1, &port));
	assert_int_equal(port, 1719);
	assert_int_equal(conf_service_transport(c, 0), CONF_TCP);
	assert_int_equal(conf_service_transport(c, 1), CONF_UDP);
	assert_int_equal(conf_service_transport(c, 3), CONF_GROUP);
	assert_int_equal(conf_service_transport(c, 4), CONF_BROADCAST);
	assert_true(conf_service_port(c, 4, &port));
	assert_int_equal(port, 1718);
	assert_int_equal(conf_data_service(c), 5);
	assert_int_equal(conf_service_transport(c, 5), CONF_TCP);
	assert_false(conf_service_port(c, 6, &port));
	prints_as_it_reads(c);
	conf_free(c);
}

#define WALL                                                                                                 \
	"mode: intercept\nrealms:\n"                                                                         \
	"  - {name: in, role: inside, address: 10.0.0.1, interfaces: [a], networks: [10.0.0.0/8]}\n"         \
	"  - {name: out, role: outside, address: 192.0.2.1, interfaces: [b]}\nleases:\n"

static void test_leases(void **state)
{
	(void)state;
	struct conf *none = must_parse(REALMS);
	assert_int_equal(none->leases.n_pools, 0);
	assert_int_equal(none->leases.ttl_ms, 86400000);
	assert_int_equal(none->leases.quarantine_ms, 1800000);
	assert_true(none->leases.on_call && none->leases.on_registration);
	assert_int_equal(none->leases.answer, CONF_ANSWER_ARP);
	conf_free(none);
	struct conf *c = must_parse(WALL "  pools: [{realm: out, addresses: 192.0.2.10-192.0.2.19}, {realm: out, addresses: 198.51.100.7}]\n"
	                                 "  static: [{host: 10.1.2.3, address: 192.0.2.15}]\n"
	                                 "  ttl: 60m\n  quarantine: 0s\n  max: 7\n  on_call: off\n  answer: routed\n");
	assert_int_equal(c->leases.n_pools, 2);
	assert_int_equal(c->leases.pools[1].realm, 1);
	assert_int_equal(c->leases.n_statics, 1);
	assert_int_equal(c->leases.statics[0].address.ip[3], 15);
	assert_int_equal(c->leases.max, 7);
	assert_int_equal(c->leases.quarantine_ms, 0);
	assert_true(!c->leases.on_call && c->leases.on_registration);
	assert_int_equal(c->leases.answer, CONF_ANSWER_ROUTED);
	prints_as_it_reads(c);
	conf_free(c);
}

static const struct refusal lease_refusals[] = {
        {REALMS "leases: {pools: [{realm: out, addresses: 192.0.2.9}]}\n", 4, "need mode intercept or enforce"},
        {WALL "  pools:\n    - {realm: out}\n", 7, "addresses is missing"},
        {WALL "  pools:\n    - {addresses: 192.0.2.9}\n", 7, "realm is missing"},
        {WALL "  pools:\n    - {realm: nowhere, addresses: 192.0.2.9}\n", 7, "is no realm"},
        {WALL "  pools:\n    - {realm: in, addresses: 192.0.2.9}\n", 7, "is not outside"},
        {WALL "  pools:\n    - {realm: out, addresses: 192.0.2.9-192.0.2.8}\n", 7, "has to be an address, a range"},
        {WALL "  pools:\n    - {realm: out, addresses: 224.0.0.1}\n", 7, "has to be an address, a range"},
        {WALL "  pools:\n    - {realm: out, addresses: '2001:db8::/64'}\n", 7, "not of the family"},
        {WALL "  pools:\n    - {realm: out, addresses: 10.9.0.1}\n", 7, "are addresses of realm in"},
        {WALL "  pools:\n    - {realm: out, addresses: 192.0.2.0/25}\n    - {realm: out, addresses: 192.0.2.9}\n", 8,
                "has addresses of leases.pools.0"},
        {WALL "  static:\n    - {host: 10.0.0.5, address: 192.0.2.9}\n", 7, "has to be an address of one of leases.pools"},
        {WALL "  pools: [{realm: out, addresses: 192.0.2.0/25}]\n  static:\n    - {host: 10.0.0.5, address: 192.0.2.1}\n", 8,
                "has to be an address of one of leases.pools"},
        {WALL "  pools: [{realm: out, addresses: 192.0.2.0/25}]\n  static:\n    - {host: 198.51.100.5, address: 192.0.2.9}\n", 8,
                "has to be the address of a host inside"},
        {WALL "  pools: [{realm: out, addresses: 192.0.2.0/25}]\n  static:\n    - {host: 10.0.0.5, address: 192.0.2.9}\n"
              "    - {host: 10.0.0.6, address: 192.0.2.9}\n",
                9, "has the same address, or host"},
        {WALL "  pools: [{realm: out, addresses: 192.0.2.0/25}]\n  static:\n    - {host: 10.0.0.5, address: 192.0.2.8}\n"
              "    - {host: 10.0.0.5, address: 192.0.2.9}\n",
                9, "has the same address, or host"},
        {WALL "  answer: loudly\n", 6, "has to be arp or routed"},
};

static void refuse(const struct refusal *list, size_t n)

{
	for (size_t i = 0; i < n; i++) {
		const struct refusal *r = &list[i];
		struct conf_problems p = {.n = 0};
		struct conf *c = NULL;
		assert_int_equal(conf_parse(&c, slice_str(r->text), &p), PST_E_BAD);
		assert_null(c);
		assert_true(p.n > 0);
		if (p.list[0].line != r->line || strstr(p.list[0].text, r->reason) == NULL)
			fail_msg("%s\n-> %u: %s, expected %u: %s", r->text, p.list[0].line, p.list[0].text,
			        r->line, r->reason);
		conf_problems_free(&p);
	}
}

static void test_refusals(void **state)
{
	(void)state;
	refuse(refusals, sizeof refusals / sizeof *refusals);
	refuse(lease_refusals, sizeof lease_refusals / sizeof *lease_refusals);
}

/* All problems of values come in one run, in the order of lines. */
static void test_all_problems(void **state)
{
	(void)state;
	struct conf_problems p = {.n = 0};
	struct conf *c = NULL;
	assert_int_equal(
	        conf_parse(&c, slice_str("mode: x\n" REALMS "limits:\n  calls: -1\nuser: 'a b'\n"), &p),
	        PST_E_BAD);
	assert_int_equal(p.n, 3);
	assert_int_equal(p.list[0].line, 1);
	assert_int_equal(p.list[1].line, 6);
	assert_int_equal(p.list[2].line, 7);
	conf_problems_free(&p);
}

static void test_restart_key(void **state)
{
	(void)state;
	struct conf *a = must_parse(REALMS);
	struct conf *b = must_parse(REALMS "control: {socket: /run/other.sock}\nlimits: {calls: 3}\n");
	struct conf *c = must_parse(REALMS "limits: {calls: 3}\n");
	assert_string_equal(conf_restart_key(a, b), "control.socket");
	assert_null(conf_restart_key(a, c));
	conf_free(a);
	conf_free(b);
	conf_free(c);
}

static void test_resolve(void **state)
{
	(void)state;
	struct conf_problems p = {.n = 0};
	struct conf *c = must_parse(
	        "realms:\n"
	        "  - {name: a, role: inside, address: auto, interfaces: [nowhere9], networks: [10.0.0.0/8]}\n"
	        "  - {name: b, role: outside, address: 10.0.0.2}\n");
	assert_int_equal(conf_resolve(c, &p), PST_E_BAD);
	assert_non_null(strstr(p.list[0].text, "nowhere9"));
	conf_problems_free(&p);
	conf_free(c);
}

/* The name servers that are found in a file of TEXT, as they go to the processes that look up. */
static void names_found(const char *key, const char *text, const char *want)
{
	char path[] = "/tmp/postern-test-names-XXXXXX", yaml[256], *out = NULL;
	size_t len = 0;
	const int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	snprintf(yaml, sizeof yaml, REALMS "gatekeeper: {serve: on%s}\n", key);
	struct conf *c = must_parse(yaml);
	assert_int_equal(conf_find_nameservers(c, path), PST_OK);
	unlink(path);
	c->gatekeeper.nameservers_auto = false;
	FILE *f = open_memstream(&out, &len);
	conf_print(c, f);
	fclose(f);
	assert_non_null(strstr(out, want));
	free(out);
	conf_free(c);
}

static void test_nameservers(void **state)
{
	static const char five[] = "nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n"
				   "nameserver 10.0.0.5\n";
	static char big[40000];
	(void)state;
	names_found("", "search a.example\n# nameserver 10.0.0.9\nnameserver 127.0.0.53\noptions edns0\nnameserver\t2001:db8::1",
	        "nameservers: ['127.0.0.53:53', '[2001:db8::1]:53']");
	names_found("", five, "nameservers: ['10.0.0.1:53', '10.0.0.2:53', '10.0.0.3:53', '10.0.0.4:53']");
	names_found("", "nameserver 10.0.0.1\nnameserver 10.0.0.1\n", "nameservers: ['10.0.0.1:53']");
	names_found("", "nameserver dns.example\nnameserver 0.0.0.0\nnameserver 224.0.0.1\nnameserver fe80::1%eth0\n"
	                "nameserver 10.0.0.1:80\nnameserver10.0.0.1\nnameserver\n", "nameservers: ['off']");
	names_found("", "", "nameservers: ['off']");
	names_found(", nameservers: ['off']", five, "nameservers: ['off']");
	names_found(", nameservers: [192.0.2.53]", five, "nameservers: ['192.0.2.53:53']");
	memset(big, 'x', sizeof big - 1);
	memcpy(big + sizeof big - 30, "\nnameserver 10.0.0.1\n", 21); /* past what is read */
	names_found("", big, "nameservers: ['off']");
	struct conf *c = must_parse(REALMS "gatekeeper: {serve: on}\n");
	assert_int_equal(conf_find_nameservers(c, "/nowhere/resolv.conf"), PST_OK);
	assert_int_equal(c->gatekeeper.n_nameservers, 0);
	assert_int_equal(conf_find_nameservers(c, "/dev/zero"), PST_OK);
	assert_int_equal(c->gatekeeper.n_nameservers, 0);
	conf_free(c);
}

static void test_example(void **state)
{
	(void)state;
	const int fd = open(example_path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	char *text = NULL;
	size_t n = 0;
	/* whoever has the same file open elsewhere reads it as well, neither by the other's offset */
	assert_int_equal(lseek(fd, 10, SEEK_SET), 10);
	assert_int_equal(conf_read_fd(fd, &text, &n), PST_OK);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 10);
	assert_int_equal(lseek(fd, 0, SEEK_END), n);
	close(fd);
	text[n] = '\0';
	struct conf *c = must_parse(text);
	assert_int_equal(c->gw.mode, GW_MODE_INTERCEPT);
	conf_free(c);
	free(text);
}

int main(int argc, char **argv)
{
	example_path = argc > 1 ? argv[1] : "daemon/postern.yaml.example";
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_defaults),
	        cmocka_unit_test(test_values),
	        cmocka_unit_test(test_policy),
	        cmocka_unit_test(test_gatekeeper),
	        cmocka_unit_test(test_leases),
	        cmocka_unit_test(test_ras_proxy),
	        cmocka_unit_test(test_refusals),
	        cmocka_unit_test(test_all_problems),
	        cmocka_unit_test(test_restart_key),
	        cmocka_unit_test(test_resolve),
	        cmocka_unit_test(test_nameservers),
	        cmocka_unit_test(test_example),
	};
	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
