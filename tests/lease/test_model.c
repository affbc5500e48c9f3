/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table against a plain model: some addresses in an array, one after the other. Random events, restarts and reloads
 * among them; the seed is printed. POSTERN_SEED and POSTERN_STEPS choose.
 */
#include "common.h"

enum { N_ADDRESSES = 9, N_HOSTS = 14, STEPS = 60000 };

struct model {
	struct {
		int host; /* -1: none is remembered */
		bool bound, pinned;
		uint32_t uses;
		uint64_t used;
	} a[N_ADDRESSES];
};

static uint64_t seed;

static uint32_t pick(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static struct addr address_n(uint32_t i)
{
	const uint8_t ip[4] = { 192, 0, 2, (uint8_t)(10 + i) };
	return addr_ip4(ip, 0);
}

static int index_of(const struct addr *a)
{
	assert_in_range(a->ip[3], 10, 10 + N_ADDRESSES - 1);
	return a->ip[3] - 10;
}

static int of_host(const struct model *m, int host)
{
	for (int i = 0; i < N_ADDRESSES; i++)
		if (m->a[i].host == host)
			return i;
	return -1;
}

static bool may_take(const struct model *m, int i, int host, uint64_t now)
{
	return !m->a[i].bound && (m->a[i].host == host || m->a[i].used == 0 || m->a[i].used + QUARANTINE <= now);
}

static void expire(struct model *m, uint64_t now)
{
	for (int i = 0; i < N_ADDRESSES; i++) {
		if (m->a[i].bound && !m->a[i].pinned && m->a[i].uses == 0 && m->a[i].used + TTL <= now) {
			m->a[i].bound = false;
			m->a[i].used = now;
		}
	}
}

static void bind_to(struct model *m, int i, int host, bool pinned, uint64_t now)
{
	const int former = of_host(m, host);
	if (former >= 0 && former != i) {
		if (m->a[former].bound)
			m->a[former].used = now;
		m->a[former].bound = m->a[former].pinned = false;
		m->a[former].host = -1;
	}
	m->a[i].host = host;
	m->a[i].bound = true;
	m->a[i].pinned = pinned;
	m->a[i].uses = 0;
	m->a[i].used = now;
}

static void grant(struct world *w, struct model *m, bool pin, uint64_t now)
{
	const int host = (int)pick(N_HOSTS), has = of_host(m, host);
	const struct addr h = host_n((uint32_t)host);
	const struct lease *l;
	const int rc = pin ? lease_pin(w->t, &h, 1, ADDR_IP4, NULL, now, &l) : lease_grant(w->t, &h, 1, ADDR_IP4, now, &l);
	if (rc == PST_E_SPACE) {
		for (int i = 0; i < N_ADDRESSES; i++)
			assert_false(may_take(m, i, host, now));
		return;
	}
	assert_int_equal(rc, PST_OK);
	const int got = index_of(&l->address);
	if (has >= 0)
		assert_int_equal(got, has);
	if (has >= 0 && m->a[has].bound) {
		m->a[has].used = now;
		m->a[has].pinned = m->a[has].pinned || pin;
		return;
	}
	assert_true(may_take(m, got, host, now));
	bind_to(m, got, host, pin, now);
}

static void pin_at(struct world *w, struct model *m, uint64_t now)
{
	const int host = (int)pick(N_HOSTS), i = (int)pick(N_ADDRESSES), has = of_host(m, host);
	const struct addr h = host_n((uint32_t)host), a = address_n((uint32_t)i);
	const struct lease *l;
	const int rc = lease_pin(w->t, &h, 1, ADDR_IP4, &a, now, &l);
	if (has == i && m->a[i].bound) {
		assert_int_equal(rc, PST_OK);
		m->a[i].pinned = true;
		m->a[i].used = now;
	} else if (!may_take(m, i, host, now) || (has >= 0 && m->a[has].uses != 0)) {
		assert_int_equal(rc, PST_E_BUSY);
	} else {
		assert_int_equal(rc, PST_OK);
		bind_to(m, i, host, true, now);
	}
}

static void let_go(struct world *w, struct model *m, uint64_t now)
{
	const int i = (int)pick(N_ADDRESSES);
	const struct addr a = address_n((uint32_t)i);
	const int rc = lease_release(w->t, &a, now);
	if (!m->a[i].bound || m->a[i].uses != 0) {
		assert_int_equal(rc, m->a[i].bound ? PST_E_BUSY : PST_E_NOT_FOUND);
		return;
	}
	assert_int_equal(rc, PST_OK);
	m->a[i].bound = m->a[i].pinned = false;
	m->a[i].used = now;
}

static void hold(struct world *w, struct model *m, uint64_t now)
{
	const int host = (int)pick(N_HOSTS), i = of_host(m, host), by = pick(2) != 0 ? 1 : -1;
	const struct addr h = host_n((uint32_t)host);
	lease_hold(w->t, &h, 1, by, now);
	if (i < 0 || !m->a[i].bound || (by < 0 && m->a[i].uses == 0))
		return;
	m->a[i].used = now;
	m->a[i].uses += by > 0 ? 1U : -1U;
}

static void unanswered(struct world *w, struct model *m, uint64_t now)
{
	const int i = (int)pick(N_ADDRESSES);
	const struct addr a = address_n((uint32_t)i);
	if (pick(20) != 0)
		return;
	lease_answered(w->t, &a, false, now);
	if (!m->a[i].bound || m->a[i].pinned)
		return;
	m->a[i].bound = false;
	m->a[i].uses = 0;
	m->a[i].host = -1;
	m->a[i].used = now;
}

/* Nothing is held after a restart; what was is used until now. */
static void restart(struct model *m, uint64_t now)
{
	for (int i = 0; i < N_ADDRESSES; i++) {
		if (m->a[i].uses != 0)
			m->a[i].used = now;
		m->a[i].uses = 0;
	}
}

static void compare(const struct world *w, const struct model *m)
{
	uint32_t bound = 0, used = 0;
	struct lease_stats s;
	for (int i = 0; i < N_ADDRESSES; i++) {
		const struct addr a = address_n((uint32_t)i);
		const struct lease *l = lease_of_address(w->t, &a);
		assert_int_equal(l != NULL, m->a[i].bound);
		if (l == NULL)
			continue;
		const struct addr h = host_n((uint32_t)m->a[i].host);
		assert_true(addr_ip_eq(&l->host, &h));
		assert_ptr_equal(lease_of_host(w->t, &h, 1, ADDR_IP4), l);
		assert_int_equal(l->uses, m->a[i].uses);
		assert_int_equal(l->state == LEASE_PINNED, m->a[i].pinned);
		bound++;
		used += l->uses != 0;
	}
	lease_stats(w->t, &s);
	assert_int_equal(s.bound, bound);
	assert_int_equal(s.used, used);
}

static void against_the_model(void **state)
{
	(void)state;
	const char *chosen = getenv("POSTERN_SEED"), *steps = getenv("POSTERN_STEPS");
	seed = chosen != NULL ? strtoull(chosen, NULL, 0) : (uint64_t)(uintptr_t)&state ^ 0x9e3779b97f4a7c15;
	print_message("POSTERN_SEED=%llu\n", (unsigned long long)seed);
	const struct lease_pool p = pool(1, "192.0.2.10-192.0.2.18");
	struct lease_config cfg = config_of(&p, 1);
	struct model m = { 0 };
	uint64_t now = T0;
	for (int i = 0; i < N_ADDRESSES; i++)
		m.a[i].host = -1;
	struct world *w = world_new(&cfg);
	for (long n = steps != NULL ? strtol(steps, NULL, 0) : STEPS; n > 0; n--) {
		now += pick(8) == 0 ? pick(20 * MINUTE) : pick(2000);
		lease_tick(w->t, now);
		expire(&m, now);
		switch (pick(64)) {
		case 0:
			/* all is kept as it was used last only now and then: make it so */
			restart(&m, now);
			for (int i = 0; i < N_HOSTS; i++)
				for (const struct addr h = host_n((uint32_t)i); lease_of_host(w->t, &h, 1, ADDR_IP4) != NULL &&
					lease_of_host(w->t, &h, 1, ADDR_IP4)->uses != 0;)
					lease_hold(w->t, &h, 1, -1, now);
			for (int i = 0; i < N_ADDRESSES; i++)
				if (m.a[i].bound) {
					const struct addr h = host_n((uint32_t)m.a[i].host);
					lease_hold(w->t, &h, 1, 1, now);
					m.a[i].used = now;
				}
			w = world_again(w, &cfg, now);
			break;
		case 1: assert_int_equal(lease_table_configure(w->t, &cfg, now), PST_OK); break;
		case 2: pin_at(w, &m, now); break;
		case 3: grant(w, &m, true, now); break;
		case 4: unanswered(w, &m, now); break;
		default:
			if (pick(4) == 0)
				let_go(w, &m, now);
			else if (pick(3) == 0)
				hold(w, &m, now);
			else
				grant(w, &m, false, now);
		}
		compare(w, &m);
	}
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(against_the_model) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
