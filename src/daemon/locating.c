/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/locating.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"

enum { OPEN_MAX = 64, ANSWER_MS = 5000 /* past the time that a call waits */ };

struct question {
	struct question *prev, *next;
	uint32_t id;
	uint64_t end_ms; /* 0: answered */
	struct addr at;
	void (*done)(void *darg, const struct addr *at);
	void *darg;
};

struct daemon_locating {
	uv_timer_t timer;
	void (*tell)(void *arg, const struct registry_msg *m);
	void *arg;
	struct question *open; /* the oldest first */
	uint32_t n_open, last_id;
};

static void end(struct daemon_locating *l, struct question *q)
{
	void (*const done)(void *darg, const struct addr *at) = q->done;
	void *const darg = q->darg;
	const struct addr at = q->at;
	DL_DELETE(l->open, q);
	l->n_open--;
	free(q);
	done(darg, &at);
}

static struct question *first_over(const struct daemon_locating *l, uint64_t now)
{
	struct question *q;
	DL_FOREACH(l->open, q)
	{
		if (q->end_ms <= now)
			return q;
	}
	return NULL;
}

/* Whoever is told may ask again. */
static void on_timer(uv_timer_t *t)
{
	struct daemon_locating *l = t->data;
	const uint64_t now = clock_now_ms();
	struct question *q;
	for (unsigned i = 0; i < OPEN_MAX && (q = first_over(l, now)) != NULL; i++)
		end(l, q);
	if (l->open != NULL)
		uv_timer_start(t, on_timer, first_over(l, now) != NULL ? 0 : l->open->end_ms - now, 0);
}

int daemon_locating_new(struct daemon_locating **out, uv_loop_t *loop,
        void (*tell)(void *arg, const struct registry_msg *m), void *arg)
{
	struct daemon_locating *l = calloc(1, sizeof *l);
	if (l == NULL)
		return PST_E_NOMEM;
	l->tell = tell;
	l->arg = arg;
	uv_timer_init(loop, &l->timer);
	l->timer.data = l;
	*out = l;
	return PST_OK;
}

bool daemon_locating_ask(
        struct daemon_locating *l, const char *name, void (*done)(void *darg, const struct addr *at), void *darg)
{
	const struct pst_slice text = slice_str(name);
	struct question *q = l->n_open < OPEN_MAX && text.n > 0 && text.n <= REGISTRY_NAME_MAX ? calloc(1, sizeof *q) : NULL;
	if (q == NULL)
		return false;
	*q = (struct question){.id = ++l->last_id, .end_ms = clock_now_ms() + ANSWER_MS, .done = done, .darg = darg};
	DL_APPEND(l->open, q);
	l->n_open++;
	if (!uv_is_active((uv_handle_t *)&l->timer))
		uv_timer_start(&l->timer, on_timer, ANSWER_MS, 0);
	l->tell(l->arg, &(struct registry_msg){.type = REGISTRY_LOCATE, .id = q->id, .name.name = text});
	return true;
}

/* Not at once: whoever drains the link may be at work with another call. */
void daemon_locating_answer(struct daemon_locating *l, uint32_t id, const struct addr *at)
{
	struct question *q;
	DL_SEARCH_SCALAR(l->open, q, id, id);
	if (q == NULL)
		return;
	q->at = *at;
	q->end_ms = 0;
	uv_timer_start(&l->timer, on_timer, 0, 0);
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void daemon_locating_free(struct daemon_locating *l)
{
	if (l == NULL)
		return;
	while (l->open != NULL)
		end(l, l->open);
	uv_close((uv_handle_t *)&l->timer, on_closed);
}
