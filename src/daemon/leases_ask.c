/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The monitor is asked to answer for addresses, in the order in which the table says so, some at a time. It counts what a
 * worker asks for; so do we, below its count.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "daemon/leases_private.h"

enum {
	OPEN_MAX = 32,
	PACE_BURST = 16384,
	PACE_MS = 10,    /* of one more */
	RETRY_MS = 250,  /* the monitor was busy, or has another configuration by now */
	TRIES = 8,
	WAITS_MAX = 65536,
};

static void send_some(struct daemon_leases *l);

static void on_retry(uv_timer_t *t)
{
	send_some(t->data);
}

/* ---- who waits ---- */

static void wake(struct daemon_leases *l, const struct addr *address, bool granted)
{
	struct leases_wait *w, *next, *mine = NULL;
	DL_FOREACH_SAFE(l->waits, w, next)
	{
		if (!addr_ip_eq(&w->address, address))
			continue;
		DL_DELETE(l->waits, w);
		l->n_waits--;
		DL_APPEND(mine, w);
	}
	DL_FOREACH_SAFE(mine, w, next)
	{
		w->done(w->arg, granted);
		free(w);
	}
}

void leases_wait(struct daemon_leases *l, const struct addr *address, void (*done)(void *arg, bool granted), void *arg)
{
	struct leases_wait *w = l->n_waits < WAITS_MAX ? calloc(1, sizeof *w) : NULL;
	if (w == NULL) {
		done(arg, false);
		return;
	}
	w->address = *address;
	w->done = done;
	w->arg = arg;
	DL_APPEND(l->waits, w);
	l->n_waits++;
}

/* ---- answers ---- */

static void answered(struct daemon_leases *l, const struct addr *address, bool ok)
{
	const struct lease *lease = lease_of_address(l->table, address);
	if (lease != NULL) {
		lease_answered(l->table, address, ok, leases_now(l));
		lease = lease_of_address(l->table, address);
	}
	if (lease != NULL)
		leases_tell(l, lease);
	wake(l, address, ok && lease != NULL);
	leases_schedule(l);
}

static void on_reply(void *arg, int status, int sys_errno, int fd)
{
	struct leases_ask *a = arg;
	struct daemon_leases *l = a->l;
	(void)sys_errno; /* the monitor has said what is wrong */
	(void)fd;
	DL_DELETE(l->open, a);
	l->n_open--;
	if (l->freed) {
		free(a);
		return;
	}
	if (status == PST_E_DENIED && a->type == PRIV_ADDRESS_ON && ++a->tries < TRIES) {
		DL_PREPEND(l->queue, a);
		uv_timer_start(&l->retry, on_retry, RETRY_MS, 0);
		return;
	}
	const struct leases_ask said = *a;
	free(a);
	if (said.type == PRIV_ADDRESS_ON)
		answered(l, &said.address, status == PST_OK);
	send_some(l);
}

/* ---- questions ---- */

static bool pool_of(const struct conf *c, const struct addr *a, struct priv_msg *m)
{
	for (uint32_t i = 0; i < c->leases.n_pools; i++) {
		if (!lease_pool_has(&c->leases.pools[i], a))
			continue;
		m->pool = (uint16_t)i;
		m->realm = (uint16_t)c->leases.pools[i].realm;
		return true;
	}
	return false;
}

/* PST_E_NOT_FOUND: it is of no use any more. */
static int send_one(struct daemon_leases *l, struct leases_ask *a)
{
	struct priv_msg m = {.type = a->type, .generation = l->generation, .address = a->address};
	if (a->type == PRIV_ADDRESS_ON && (!pool_of(l->conf, &a->address, &m) || lease_of_address(l->table, &a->address) == NULL))
		return PST_E_NOT_FOUND;
	return priv_client_ask(l->priv, &m, on_reply, a);
}

static void send_some(struct daemon_leases *l)
{
	struct leases_ask *a;
	while (l->conf != NULL && l->table != NULL && (a = l->queue) != NULL && l->n_open < OPEN_MAX) {
		if (!log_allow(&l->pace, clock_now_ms(), NULL)) {
			uv_timer_start(&l->retry, on_retry, PACE_MS, 0);
			return;
		}
		const int rc = send_one(l, a);
		if (rc == PST_E_BUSY || rc == PST_E_LIMIT) {
			uv_timer_start(&l->retry, on_retry, RETRY_MS, 0);
			return;
		}
		DL_DELETE(l->queue, a);
		if (rc == PST_OK) {
			DL_APPEND(l->open, a);
			l->n_open++;
			continue;
		}
		/* the monitor is gone, and so will we be; or nobody wants it */
		wake(l, &a->address, false);
		free(a);
	}
}

static void enqueue(struct daemon_leases *l, enum priv_type type, const struct addr *address)
{
	struct leases_ask *a = calloc(1, sizeof *a);
	if (a == NULL) {
		if (address != NULL)
			wake(l, address, false);
		return;
	}
	*a = (struct leases_ask){.l = l, .type = type};
	if (address != NULL)
		a->address = *address;
	DL_APPEND(l->queue, a);
	/* from the loop: the table that says so is at work */
	if (!uv_is_active((const uv_handle_t *)&l->retry))
		uv_timer_start(&l->retry, on_retry, 0, 0);
}

void leases_on_address(void *arg, const struct lease *lease, bool up)
{
	enqueue(arg, up ? PRIV_ADDRESS_ON : PRIV_ADDRESS_OFF, &lease->address);
}

void leases_sync_begin(struct daemon_leases *l)
{
	enqueue(l, PRIV_ADDRESS_BEGIN, NULL);
}

void leases_sync_end(struct daemon_leases *l)
{
	if (!l->synced)
		enqueue(l, PRIV_ADDRESS_END, NULL);
	l->synced = true;
}

void leases_asks_init(struct daemon_leases *l)
{
	l->pace = (struct log_rate){.burst = PACE_BURST, .interval_ms = PACE_MS};
}

void leases_asks_stop(struct daemon_leases *l)
{
	while (l->waits != NULL)
		wake(l, &l->waits->address, false);
}

void leases_asks_free(struct daemon_leases *l)
{
	struct leases_ask *a, *next;
	DL_FOREACH_SAFE(l->queue, a, next)
	free(a);
	DL_FOREACH_SAFE(l->open, a, next)
	free(a);
}
