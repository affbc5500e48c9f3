/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/leases_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"

enum { TICK_MIN_MS = 10, TICK_MAX_MS = 3600000, KEPT_MAX = 1 << 21 /* more than leases.max can be, twice */ };

uint64_t leases_now(const struct daemon_leases *l)
{
	return (uint64_t)((int64_t)clock_now_ms() + l->wall_offset_ms);
}

void leases_schedule(struct daemon_leases *l)
{
	const uint64_t due = l->table != NULL ? lease_due(l->table) : 0, now = leases_now(l);
	uint64_t in = due > now ? due - now : 0;
	if (due == 0 || l->freed) {
		uv_timer_stop(&l->timer);
		return;
	}
	in = in < TICK_MIN_MS ? TICK_MIN_MS : in > TICK_MAX_MS ? TICK_MAX_MS : in;
	uv_timer_start(&l->timer, leases_on_timer, in, 0);
}

void leases_on_timer(uv_timer_t *t)
{
	struct daemon_leases *l = t->data;
	lease_tick(l->table, leases_now(l));
	leases_schedule(l);
}

/* ---- what the table says ---- */

/* Also what changes at the same time: whether it is answered for comes later, and is told then. */
static void on_keep(void *arg, struct pst_slice key, struct pst_slice image)
{
	const struct daemon_leases *l = arg;
	struct lease said;
	const struct lease *now = NULL;
	if (image.n != 0 && l->table != NULL && lease_read(key, image, &said) == PST_OK)
		now = lease_of_address(l->table, &said.address);
	l->keeper.keep(l->keeper.arg, key, image, now != NULL && now->answered);
}

static void on_dropped(void *arg, const struct lease *lease, const char *why)
{
	struct daemon_leases *l = arg;
	char host[ADDR_STRLEN], address[ADDR_STRLEN];
	uint64_t before = 0;
	if (log_allow(&l->drop_rate, clock_now_ms(), &before))
		log_warn("leases", "%s no longer stands for %s: %s", addr_ip_str(&lease->address, address),
		        addr_ip_str(&lease->host, host), why);
}

/* ---- a configuration ---- */

static uint32_t realm_addresses(const struct conf *c, struct addr out[static CONF_REALMS_MAX])
{
	for (uint32_t i = 0; i < c->gw.n_realms; i++)
		out[i] = c->gw.realms[i].address;
	return c->gw.n_realms;
}

static int make_table(struct daemon_leases *l, struct lease_config *cfg)
{
	static const struct lease_ops ops = {leases_on_address, on_keep, on_dropped};
	if (getrandom(cfg->seed, sizeof cfg->seed, 0) != sizeof cfg->seed)
		return PST_E_SYS;
	return lease_table_new(&l->table, cfg, &ops, l, leases_now(l));
}

static void restore_one(struct daemon_leases *l, struct pst_slice key, struct pst_slice image)
{
	struct addr a = {0};
	char text[ADDR_STRLEN];
	uint64_t before = 0;
	struct lease said;
	int rc = lease_read(key, image, &said);
	if (rc == PST_OK && said.host.family != ADDR_NONE && !leases_is_inside(&l->conf->gw, &said.host))
		rc = PST_E_DENIED;
	if (rc == PST_OK)
		rc = lease_restore(l->table, key, image, leases_now(l));
	if (rc == PST_OK || lease_read_key(key, &a) != PST_OK)
		return;
	if (lease_of_address(l->table, &a) == NULL)
		l->keeper.keep(l->keeper.arg, key, slice_of(NULL, 0), false);
	if (log_allow(&l->drop_rate, clock_now_ms(), &before))
		log_notice("leases", "%s is not given back to who had it: %s", addr_ip_str(&a, text),
		        rc == PST_E_NOT_FOUND ? "no pool has it any more"
		        : rc == PST_E_BUSY    ? "it is another's now"
		        : rc == PST_E_DENIED  ? "that is no host inside"
		                              : pst_strerror(rc));
}

static void restore_all(struct daemon_leases *l)
{
	struct leases_kept *k, *next;
	LL_FOREACH_SAFE(l->kept, k, next)
	{
		if (l->table != NULL)
			restore_one(l, slice_of(k->key, k->n_key), slice_of(k->image, k->n_image));
		free(k);
	}
	l->kept = NULL;
	l->n_kept = 0;
}

void daemon_leases_restore(struct daemon_leases *l, struct pst_slice key, struct pst_slice image)
{
	if (key.n > LEASE_KEY_MAX || image.n > LEASE_IMAGE_MAX)
		return;
	if (l->table != NULL) {
		restore_one(l, key, image);
		leases_schedule(l);
		return;
	}
	struct leases_kept *k = l->n_kept < KEPT_MAX ? calloc(1, sizeof *k) : NULL;
	if (k == NULL || l->conf != NULL) { /* there are no pools */
		free(k);
		return;
	}
	l->n_kept++;
	memcpy(k->key, key.p, key.n);
	memcpy(k->image, image.p, image.n);
	k->n_key = key.n;
	k->n_image = image.n;
	LL_PREPEND(l->kept, k);
}

int daemon_leases_take(struct daemon_leases *l, const struct conf *conf, uint32_t generation)
{
	struct addr own[CONF_REALMS_MAX];
	const struct conf_leases *c = &conf->leases;
	struct lease_config cfg = {.pools = c->pools, .n_pools = c->n_pools, .statics = c->statics, .n_statics = c->n_statics,
	        .excluded = own, .ttl_ms = c->ttl_ms, .quarantine_ms = c->quarantine_ms, .max = c->max};
	cfg.n_excluded = realm_addresses(conf, own);
	leases_hosts_before(l, conf);
	l->conf = conf;
	l->generation = generation;
	int rc = PST_OK;
	if (l->table != NULL) {
		rc = lease_table_configure(l->table, &cfg, leases_now(l));
	} else if (c->n_pools != 0) {
		leases_sync_begin(l);
		rc = make_table(l, &cfg);
	}
	if (rc != PST_OK)
		return rc;
	restore_all(l);
	if (l->table == NULL)
		return PST_OK;
	lease_tick(l->table, leases_now(l));
	leases_sync_end(l);
	leases_hosts_after(l);
	leases_schedule(l);
	return PST_OK;
}

void daemon_leases_generation(struct daemon_leases *l, uint32_t generation)
{
	l->generation = generation;
}

static void tell_one(void *ctx, const struct lease *lease)
{
	const struct daemon_leases *l = ctx;
	uint8_t key[LEASE_KEY_MAX], image[LEASE_IMAGE_MAX];
	const size_t n_key = lease_key(key, &lease->address), n = lease_image(lease, image);
	l->keeper.keep(l->keeper.arg, slice_of(key, n_key), slice_of(image, n), lease->answered);
}

void leases_tell(struct daemon_leases *l, const struct lease *lease)
{
	tell_one(l, lease);
}

void daemon_leases_tell_all(struct daemon_leases *l)
{
	if (l->table != NULL)
		lease_each(l->table, tell_one, l);
}

/* ---- its life ---- */

int daemon_leases_new(struct daemon_leases **out, uv_loop_t *loop, struct priv_client *priv,
        const struct daemon_leases_keeper *keeper)
{
	struct daemon_leases *l = calloc(1, sizeof *l);
	if (l == NULL)
		return PST_E_NOMEM;
	l->priv = priv;
	l->keeper = *keeper;
	l->wall_offset_ms = (int64_t)(clock_wall_ms() - clock_now_ms());
	l->drop_rate = (struct log_rate){.burst = 20, .interval_ms = 3000};
	l->empty_rate = (struct log_rate){.burst = 1, .interval_ms = 60000};
	leases_asks_init(l);
	uv_timer_init(loop, &l->timer);
	uv_timer_init(loop, &l->retry);
	l->timer.data = l->retry.data = l;
	l->handles = 2;
	*out = l;
	return PST_OK;
}

static void on_closed(uv_handle_t *h)
{
	struct daemon_leases *l = h->data;
	if (--l->handles > 0)
		return;
	leases_asks_free(l);
	lease_table_free(l->table);
	free(l);
}

void daemon_leases_free(struct daemon_leases *l)
{
	struct leases_kept *k, *next;
	if (l == NULL)
		return;
	l->freed = true;
	LL_FOREACH_SAFE(l->kept, k, next)
	free(k);
	leases_asks_stop(l);
	leases_hosts_free(l);
	uv_close((uv_handle_t *)&l->timer, on_closed);
	uv_close((uv_handle_t *)&l->retry, on_closed);
}
