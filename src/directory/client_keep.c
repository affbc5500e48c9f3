/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What takes several jobs of the directory client: a name to an address, and an entry that is kept. */
#include "directory/client.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME_MAX_LEN = 255, TEXT_MAX = 256, CALL_PORT = 1720, RETRY_MS = 15000 };

/* Looking up */

struct directory_lookup {
	uv_loop_t *loop;
	struct directory_server server;
	struct directory_client *job;
	directory_lookup_h *done;
	void *arg;
	char name[NAME_MAX_LEN + 3];
	struct addr address;
	uint32_t n;
	bool by_local_part;
};

static int ask_again(struct directory_lookup *l, const struct directory_server *used);

static void lookup_found(void *arg, const struct directory_found *f)
{
	struct directory_lookup *l = arg;
	if (l->n++ == 0)
		l->address = f->address;
}

static void lookup_end(struct directory_lookup *l, int err, const char *why)
{
	const struct addr none = { 0 };
	if (l->address.port == 0)
		l->address.port = CALL_PORT;
	l->done(l->arg, err, why, err == 0 ? &l->address : &none);
	free(l);
}

static void lookup_done(void *arg, int err, const char *why, const struct directory_server *used)
{
	struct directory_lookup *l = arg;
	l->job = NULL;
	if ((err == 0 || err == PST_E_NOT_FOUND) && l->n == 0 && !l->by_local_part && strchr(l->name, '@') == NULL &&
	    ask_again(l, used) == 0)
		return;
	if (err != 0 && err != PST_E_LIMIT)
		lookup_end(l, err, why);
	else if (l->n == 0)
		lookup_end(l, PST_E_NOT_FOUND, "nobody of that name");
	else if (l->n > 1)
		lookup_end(l, PST_E_BUSY, "several people have that name; give the whole of it");
	else if (l->address.family == ADDR_NONE)
		lookup_end(l, PST_E_NOT_FOUND, "the directory has no address for that name");
	else
		lookup_end(l, 0, "");
}

static int search(struct directory_lookup *l, const char *pattern)
{
	const struct directory_client_hooks hooks = { .found = lookup_found, .done = lookup_done, .arg = l };
	return directory_search(&l->job, l->loop, &l->server, pattern, &hooks);
}

/* "ann" stands for ann@example.org where that is the only Ann. */
static int ask_again(struct directory_lookup *l, const struct directory_server *used)
{
	char pattern[sizeof(l->name) + 2];
	l->by_local_part = true;
	l->server = *used;
	snprintf(pattern, sizeof(pattern), "%s@*", l->name);
	return search(l, pattern);
}

int directory_lookup(struct directory_lookup **out, uv_loop_t *loop, const struct directory_server *server, const char *name,
	directory_lookup_h *done, void *arg)
{
	struct directory_lookup *l = calloc(1, sizeof(*l));
	if (l == NULL)
		return PST_E_NOMEM;
	*l = (struct directory_lookup){ .loop = loop, .server = *server, .done = done, .arg = arg };
	int err = strlen(name) > NAME_MAX_LEN - 2 || name[strcspn(name, "*%")] != '\0' ? PST_E_ARG : 0;
	snprintf(l->name, sizeof(l->name), "%s", name);
	if (err == 0)
		err = search(l, l->name);
	if (err != 0) {
		free(l);
		return err;
	}
	*out = l;
	return 0;
}

void directory_lookup_cancel(struct directory_lookup *l)
{
	if (l->job != NULL)
		directory_client_cancel(l->job);
	free(l);
}

/* Registering */

struct directory_registration {
	uv_loop_t *loop;
	struct directory_server wanted, used; /* used: where the entry is */
	struct directory_self self;           /* its strings are below */
	char name[NAME_MAX_LEN + 1], text[4][TEXT_MAX];
	struct directory_registration_hooks hooks;
	struct directory_client *job;
	uv_timer_t timer;
	bool registered, ending;
};

static void add(struct directory_registration *r);
static void keep_on(struct directory_registration *r);

static void when(uv_timer_t *t)
{
	struct directory_registration *r = t->data;
	if (r->registered)
		keep_on(r);
	else
		add(r);
}

static void wait_for(struct directory_registration *r, uint64_t ms)
{
	uv_timer_start(&r->timer, when, ms, 0);
}

static void say(struct directory_registration *r, int err, const char *why, const struct directory_server *used)
{
	if (r->hooks.state != NULL)
		r->hooks.state(r->hooks.arg, err, why, used);
}

static void added(void *arg, int err, const char *why, const struct directory_server *used)
{
	struct directory_registration *r = arg;
	r->job = NULL;
	r->registered = err == 0;
	r->used = err == 0 ? *used : r->wanted;
	wait_for(r, err == 0 ? DIRECTORY_TTL_S * 1000 / 2 : RETRY_MS);
	say(r, err, why, used);
}

static void kept(void *arg, int err, const char *why, const struct directory_server *used)
{
	struct directory_registration *r = arg;
	r->job = NULL;
	if (err == 0) {
		wait_for(r, DIRECTORY_TTL_S * 1000 / 2);
		return;
	}
	r->registered = false;
	if (err == PST_E_NOT_FOUND) {
		add(r);
		return;
	}
	wait_for(r, RETRY_MS);
	say(r, err, why, used);
}

static void add(struct directory_registration *r)
{
	const struct directory_client_hooks hooks = { .done = added, .arg = r };
	const int err = directory_add(&r->job, r->loop, &r->wanted, &r->self, &hooks);
	if (err != 0)
		added(r, err, pst_strerror(err), &r->wanted);
}

static void keep_on(struct directory_registration *r)
{
	const struct directory_client_hooks hooks = { .done = kept, .arg = r };
	const int err = directory_keep_alive(&r->job, r->loop, &r->used, r->name, &hooks);
	if (err != 0)
		kept(r, err, pst_strerror(err), &r->used);
}

static const char *copy(char to[static TEXT_MAX], const char *from)
{
	snprintf(to, TEXT_MAX, "%s", from != NULL ? from : "");
	return to;
}

int directory_register(struct directory_registration **out, uv_loop_t *loop, const struct directory_server *server,
	const struct directory_self *self, const struct directory_registration_hooks *hooks)
{
	if (self->name == NULL || self->name[0] == '\0' || strlen(self->name) > NAME_MAX_LEN)
		return PST_E_ARG;
	struct directory_registration *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return PST_E_NOMEM;
	r->loop = loop;
	r->wanted = r->used = *server;
	r->hooks = *hooks;
	strcpy(r->name, self->name);
	r->self = (struct directory_self){
		.name = r->name, .given = copy(r->text[0], self->given), .surname = copy(r->text[1], self->surname),
		.location = copy(r->text[2], self->location), .comment = copy(r->text[3], self->comment),
		.address = self->address, .hidden = self->hidden,
	};
	uv_timer_init(loop, &r->timer);
	r->timer.data = r;
	/* From the loop, as everything else. */
	wait_for(r, 0);
	*out = r;
	return 0;
}

static void timer_closed(uv_handle_t *h)
{
	struct directory_registration *r = h->data;
	const struct directory_registration_hooks hooks = r->hooks;
	free(r);
	if (hooks.gone != NULL)
		hooks.gone(hooks.arg);
}

static void taken_away(void *arg, int err, const char *why, const struct directory_server *used)
{
	struct directory_registration *r = arg;
	(void)err;
	(void)why;
	(void)used;
	r->job = NULL;
	uv_close((uv_handle_t *)&r->timer, timer_closed);
}

void directory_registration_end(struct directory_registration *r)
{
	const struct directory_client_hooks hooks = { .done = taken_away, .arg = r };
	const bool again = r->ending, was_adding = r->job != NULL;
	if (uv_is_closing((uv_handle_t *)&r->timer))
		return;
	if (r->job != NULL)
		directory_client_cancel(r->job);
	r->job = NULL;
	r->ending = true;
	uv_timer_stop(&r->timer);
	/* An Add that was under way may have arrived. */
	if (again || (!r->registered && !was_adding) ||
	    directory_take_away(&r->job, r->loop, &r->used, r->name, &hooks) != 0)
		taken_away(r, 0, "", &r->used);
}
