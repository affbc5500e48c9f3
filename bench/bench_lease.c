/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What it costs to find the virtual address of a host, the host of a virtual
 * address, to renew a lease and to grant one, with 10 leases and with up to
 * 100,000: the times per operation should be the same, but for what a
 * processor's caches do not hold. Prints `name value unit`.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "lease/lease.h"

enum { ROUNDS = 1000000, MOST = 100000, T0 = 1000000 };

struct result {
	double lookup, host, renewal, grant;
};

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_lease: %s\n", what);
	exit(1);
}

static struct addr host(uint32_t i)
{
	const uint8_t ip[4] = { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
	return addr_ip4(ip, 0);
}

static void on_address(void *arg, const struct lease *l, bool up)
{
	(void)arg;
	(void)l;
	(void)up;
}

static double each(uint64_t from_ns, uint32_t n)
{
	return (double)(clock_now_ns() - from_ns) / n;
}

static struct result run(const char *addresses, uint8_t family, uint32_t n)
{
	static const struct lease_ops ops = { on_address, NULL, NULL };
	static struct addr granted[MOST];
	struct lease_pool pool = { .realm = 1 };
	struct lease_config cfg = { .pools = &pool, .n_pools = 1, .ttl_ms = 3600000, .max = MOST, .seed = { 1, 2 } };
	struct lease_table *t;
	struct result r;
	const struct lease *l;
	need(lease_pool_parse(&pool, addresses) == 0, "no pool");
	need(lease_table_new(&t, &cfg, &ops, NULL, T0) == 0, "no table");
	uint64_t from = clock_now_ns();
	for (uint32_t i = 0; i < n; i++) {
		const struct addr h = host(i);
		need(lease_grant(t, &h, 1, family, T0, &l) == 0, "no lease");
		granted[i] = l->address;
	}
	r.grant = each(from, n);
	from = clock_now_ns();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		const struct addr h = host((uint32_t)(i * UINT64_C(7919) % n));
		need(lease_of_host(t, &h, 1, family) != NULL, "a lease is lost");
	}
	r.lookup = each(from, ROUNDS);
	from = clock_now_ns();
	for (uint32_t i = 0; i < ROUNDS; i++)
		need(lease_of_address(t, &granted[i * UINT64_C(7919) % n]) != NULL, "an address is lost");
	r.host = each(from, ROUNDS);
	from = clock_now_ns();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		const struct addr h = host((uint32_t)(i * UINT64_C(7919) % n));
		need(lease_grant(t, &h, 1, family, T0 + 1, &l) == 0, "a lease is lost");
	}
	r.renewal = each(from, ROUNDS);
	lease_table_free(t);
	return r;
}

int main(void)
{
	static const uint32_t sizes[] = { 10, 100, 1000, 10000, 100000 };
	enum { SIZES = sizeof sizes / sizeof *sizes, TEN_THOUSAND = 3 };
	struct result v4[SIZES], v6[SIZES];
	(void)run("100.64.0.0/10", ADDR_IP4, 10); /* warm */
	for (size_t i = 0; i < SIZES; i++) {
		v4[i] = run("100.64.0.0/10", ADDR_IP4, sizes[i]);
		v6[i] = run("2001:db8:5::/64", ADDR_IP6, sizes[i]);
	}
	for (size_t i = 0; i < SIZES; i++)
		printf("lease_lookup_%u %.1f ns\n", sizes[i], v4[i].lookup);
	for (size_t i = 0; i < SIZES; i++)
		printf("lease_host_%u %.1f ns\n", sizes[i], v4[i].host);
	for (size_t i = 0; i < SIZES; i++)
		printf("lease_renewal_%u %.1f ns\n", sizes[i], v4[i].renewal);
	printf("lease_lookup_ratio %.2f x\n", v4[TEN_THOUSAND].lookup / v4[0].lookup);
	printf("lease_host_ratio %.2f x\n", v4[TEN_THOUSAND].host / v4[0].host);
	printf("lease_lookup_ipv6_ratio %.2f x\n", v6[TEN_THOUSAND].lookup / v6[0].lookup);
	printf("lease_grant_%u %.1f ns\n", sizes[TEN_THOUSAND], v4[TEN_THOUSAND].grant);
	printf("lease_grant_ipv6_%u %.1f ns\n", sizes[TEN_THOUSAND], v6[TEN_THOUSAND].grant);
	return 0;
}
