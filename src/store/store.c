/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What waits to be written, and the thread that writes it. */
#include "store/store_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

enum { DELAY_MS = 200, RETRY_MS = 1000, CLOSE_MS = 5000, CHANGE_COST = 128 };

struct store {
	struct store_db db;           /* the writer's; the caller's while `loading` */
	struct store_change *waiting; /* by id; lock */
	struct store_change *taken;   /* the writer's, until they are written */
	uint64_t bytes;              /* of what waits and what is taken; lock */
	uint64_t pending_max;
	uint32_t delay_ms;
	struct store_stats stats;    /* lock */
	struct log_rate rate;
	pthread_mutex_t lock;
	pthread_cond_t wake, written;
	pthread_t writer;
	bool writing, loading, urgent, stop; /* lock */
	bool has_thread;
};

static uint64_t cost(const struct store_change *c)
{
	return CHANGE_COST + c->n_id + c->n_octets;
}

static void free_changes(struct store_change **all)
{
	struct store_change *c, *next;
	HASH_ITER(hh, *all, c, next) {
		HASH_DEL(*all, c);
		free(c->octets);
		free(c);
	}
}

static void wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t until_ms)
{
	const struct timespec ts = { (time_t)(until_ms / 1000), (long)(until_ms % 1000) * 1000000 };
	pthread_cond_timedwait(cond, lock, &ts);
}

/* Puts back what could not be written; a newer change of the same key stays. */
static void put_back(struct store *s)
{
	struct store_change *c, *next, *newer;
	HASH_ITER(hh, s->taken, c, next) {
		HASH_DEL(s->taken, c);
		HASH_FIND(hh, s->waiting, c->id, c->n_id, newer);
		if (newer != NULL) {
			s->bytes -= cost(c);
			s->stats.merged++;
			free(c->octets);
			free(c);
		} else {
			HASH_ADD_KEYPTR(hh, s->waiting, c->id, c->n_id, c);
		}
	}
}

/* One transaction with all that waits. Called and left with the lock held, which is free while it writes. */
static int write_all(struct store *s)
{
	s->taken = s->waiting;
	s->waiting = NULL;
	s->writing = true;
	pthread_mutex_unlock(&s->lock);
	const int err = store_db_write(&s->db, s->taken);
	uint64_t dropped = 0;
	if (err != 0 && log_allow(&s->rate, clock_now_ms(), &dropped))
		log_warn("store", "cannot write: %s; trying again", store_db_error(&s->db));
	pthread_mutex_lock(&s->lock);
	s->writing = false;
	if (err != 0) {
		s->stats.failures++;
		put_back(s);
		return err;
	}
	const struct store_change *c;
	for (c = s->taken; c != NULL; c = c->hh.next)
		s->bytes -= cost(c);
	s->stats.written += HASH_COUNT(s->taken);
	s->stats.transactions++;
	free_changes(&s->taken);
	return 0;
}

static void *writer(void *arg)
{
	struct store *s = arg;
	pthread_mutex_lock(&s->lock);
	while (true) {
		while (s->waiting == NULL && !s->stop)
			pthread_cond_wait(&s->wake, &s->lock);
		if (s->waiting == NULL)
			break;
		/* Others come meanwhile and go with it. */
		const uint64_t until_ms = clock_now_ms() + s->delay_ms;
		while (!s->stop && !s->urgent && clock_now_ms() < until_ms)
			wait_until(&s->wake, &s->lock, until_ms);
		while (s->loading)
			pthread_cond_wait(&s->wake, &s->lock);
		s->urgent = false;
		const int err = write_all(s);
		pthread_cond_broadcast(&s->written);
		if (err != 0 && s->stop)
			break;
		const uint64_t retry_ms = clock_now_ms() + RETRY_MS;
		while (err != 0 && !s->stop && clock_now_ms() < retry_ms)
			wait_until(&s->wake, &s->lock, retry_ms);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static int start_writer(struct store *s)
{
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &monotonic);
	pthread_cond_init(&s->written, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&s->lock, NULL);
	s->has_thread = pthread_create(&s->writer, NULL, writer, s) == 0;
	return s->has_thread ? 0 : PST_E_NOMEM;
}

int store_open(struct store **out, const struct store_config *cfg, char why[static STORE_WHY_MAX])
{
	struct store *s = calloc(1, sizeof(*s));
	why[0] = '\0';
	if (s == NULL)
		return PST_E_NOMEM;
	s->delay_ms = cfg->delay_ms != 0 ? cfg->delay_ms : DELAY_MS;
	s->pending_max = cfg->pending_bytes != 0 ? cfg->pending_bytes : 64u << 20;
	s->rate = (struct log_rate){ .burst = 3, .interval_ms = 60000 };
	int err = store_db_open(&s->db, cfg, why);
	if (err == 0)
		err = start_writer(s);
	if (err != 0) {
		store_close(s);
		return err;
	}
	*out = s;
	return 0;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->has_thread) {
		(void)!store_flush(s, CLOSE_MS);
		pthread_mutex_lock(&s->lock);
		s->stop = true;
		pthread_cond_broadcast(&s->wake);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->writer, NULL);
		pthread_mutex_destroy(&s->lock);
		pthread_cond_destroy(&s->wake);
		pthread_cond_destroy(&s->written);
	}
	free_changes(&s->waiting);
	store_db_close(&s->db);
	free(s);
}

static struct store_change *new_change(uint8_t kind, struct pst_slice key, const struct pst_slice *octets)
{
	struct store_change *c = malloc(sizeof(*c) + 1 + key.n);
	if (c == NULL)
		return NULL;
	*c = (struct store_change){ .n_id = 1 + key.n };
	c->id[0] = kind;
	if (key.n > 0)
		memcpy(c->id + 1, key.p, key.n);
	if (octets == NULL)
		return c;
	/* Never NULL, which means to erase. */
	c->octets = malloc(octets->n > 0 ? octets->n : 1);
	if (c->octets == NULL) {
		free(c);
		return NULL;
	}
	if (octets->n > 0)
		memcpy(c->octets, octets->p, octets->n);
	c->n_octets = octets->n;
	return c;
}

static void add(struct store *s, struct store_change *c)
{
	struct store_change *old = NULL;
	pthread_mutex_lock(&s->lock);
	if (c != NULL)
		HASH_FIND(hh, s->waiting, c->id, c->n_id, old);
	if (old != NULL) {
		HASH_DEL(s->waiting, old);
		s->bytes -= cost(old);
		s->stats.merged++;
		free(old->octets);
		free(old);
	}
	if (c == NULL || s->bytes + cost(c) > s->pending_max) {
		s->stats.lost++;
		if (c != NULL)
			free(c->octets);
		free(c);
	} else {
		s->bytes += cost(c);
		HASH_ADD_KEYPTR(hh, s->waiting, c->id, c->n_id, c);
		if (HASH_COUNT(s->waiting) == 1)
			pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
}

void store_put(struct store *s, uint8_t kind, struct pst_slice key, uint64_t expires_wall_ms, struct pst_slice octets)
{
	struct store_change *c = NULL;
	if (key.n <= STORE_KEY_MAX && octets.n <= STORE_IMAGE_MAX)
		c = new_change(kind, key, &octets);
	if (c != NULL)
		c->expires_wall_ms = expires_wall_ms > INT64_MAX ? INT64_MAX : expires_wall_ms;
	add(s, c);
}

void store_erase(struct store *s, uint8_t kind, struct pst_slice key)
{
	add(s, key.n <= STORE_KEY_MAX ? new_change(kind, key, NULL) : NULL);
}

int store_flush(struct store *s, uint32_t wait_ms)
{
	const uint64_t until_ms = clock_now_ms() + wait_ms;
	pthread_mutex_lock(&s->lock);
	while ((s->waiting != NULL || s->writing) && clock_now_ms() < until_ms) {
		s->urgent = true;
		pthread_cond_broadcast(&s->wake);
		wait_until(&s->written, &s->lock, until_ms);
	}
	const bool done = s->waiting == NULL && !s->writing;
	s->urgent = false;
	pthread_mutex_unlock(&s->lock);
	return done ? 0 : PST_E_BUSY;
}

/* EACH runs without the lock, so that it may put and erase; `loading` keeps the writer away from the database. */
int store_load(struct store *s, uint8_t first, uint8_t last, uint64_t now_wall_ms, store_each_h *each, void *ctx)
{
	if (store_flush(s, CLOSE_MS) != 0)
		return PST_E_SYS;
	pthread_mutex_lock(&s->lock);
	s->loading = true;
	pthread_mutex_unlock(&s->lock);
	const int err = store_db_load(&s->db, first, last, now_wall_ms, each, ctx);
	pthread_mutex_lock(&s->lock);
	s->loading = false;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
	return err;
}

void store_stats(struct store *s, struct store_stats *out)
{
	pthread_mutex_lock(&s->lock);
	*out = s->stats;
	out->pending = HASH_COUNT(s->waiting);
	out->pending_bytes = s->bytes;
	pthread_mutex_unlock(&s->lock);
}
