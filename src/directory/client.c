/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection of a job: one server port after the other until one of them is a directory. */
#include "directory/client_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "ldap/msg.h"
#include "loop/net.h"

enum { TIMEOUT_MS = 5000, CALL_PORT = 1720, ARENA_MAX = 4 << 20 };
enum { ILS_PORT = 389, ILS_OTHER_PORT = 1002, ULS_PORT = 522 };

static void begin_try(struct directory_client *c);

bool client_has_wildcard(const char *pattern)
{
	return pattern[strcspn(pattern, "*%")] != '\0';
}

void client_found(struct directory_client *c, const struct directory_found *f)
{
	if (!ldap_match(f->name, slice_str(c->pattern), "*%") && !ldap_match(f->email, slice_str(c->pattern), "*%"))
		return;
	if (c->n_found == DIRECTORY_FOUND_MAX) {
		c->cut = true;
		return;
	}
	c->n_found++;
	if (c->hooks.found != NULL && !c->over)
		c->hooks.found(c->hooks.arg, f);
}

struct addr client_address(struct directory_client *c)
{
	struct addr a = c->address, local;
	if (a.family == ADDR_NONE && loop_fd_local(loop_tcp_fd(&c->tcp), &local) == 0)
		a = addr_with_port(local, a.port);
	return addr_with_port(a, a.port != 0 ? a.port : CALL_PORT);
}

static void free_client(struct directory_client *c)
{
	free(c->in);
	free(c->names);
	free(c);
}

static void part_closed(struct directory_client *c)
{
	if (--c->parts == 0)
		free_client(c);
}

static void tcp_closed(struct loop_tcp *t)
{
	part_closed(t->uv.data);
}

static void timer_closed(uv_handle_t *h)
{
	part_closed(h->data);
}

/* No hook after this. */
static void shut(struct directory_client *c)
{
	c->over = true;
	uv_timer_stop(&c->timer);
	c->parts = 1;
	uv_close((uv_handle_t *)&c->timer, timer_closed);
	c->parts += loop_tcp_close(&c->tcp, true, tcp_closed);
}

static void finish(struct directory_client *c, int err)
{
	if (c->over)
		return;
	const struct client_try *t = &c->tries[c->at < c->n_tries ? c->at : c->n_tries - 1];
	struct directory_server used = c->server;
	char why[DIRECTORY_WHY_MAX];
	used.ip.port = t->port;
	used.protocol = t->protocol->id;
	if (err == 0 && c->cut)
		err = PST_E_LIMIT;
	snprintf(why, sizeof(why), "%s", err == 0 ? "" : c->why[0] != '\0' ? c->why : pst_strerror(err));
	const struct directory_client_hooks hooks = c->hooks;
	if (c->connected && t->protocol->bye.n > 0)
		(void)!loop_tcp_send(&c->tcp, &t->protocol->bye, 1);
	shut(c);
	hooks.done(hooks.arg, err, why, &used);
}

static void next_try(struct loop_tcp *t)
{
	struct directory_client *c = t->uv.data;
	if (!c->over)
		begin_try(c);
	else
		part_closed(c);
}

/* This port is no good: the next, or the end with ERR. */
static void give_up_try(struct directory_client *c, int err)
{
	uv_timer_stop(&c->timer);
	if (c->at + 1 >= c->n_tries) {
		finish(c, err);
		return;
	}
	c->at++;
	if (!loop_tcp_close(&c->tcp, false, next_try))
		begin_try(c);
}

static int send_step(struct directory_client *c)
{
	uint8_t out[CLIENT_OUT_MAX];
	struct writer w = wr_of(out, sizeof(out));
	int err = c->tries[c->at].protocol->ask(c, &w);
	if (err == 0)
		err = wr_done(&w);
	const struct pst_slice part = wr_slice(&w);
	if (err == 0 && w.n > 0)
		err = loop_tcp_send(&c->tcp, &part, 1);
	return err;
}

static void on_connect(struct loop_tcp *t, int status)
{
	struct directory_client *c = t->uv.data;
	if (status != 0) {
		/* The port that was reached, if any, has more to say than one that was not. */
		if (!c->reached)
			snprintf(c->why, sizeof(c->why), "cannot connect: %s", uv_strerror(status));
		give_up_try(c, PST_E_SYS);
		return;
	}
	c->reached = true;
	c->connected = true;
	c->step = 0;
	const int err = send_step(c);
	if (err != 0) {
		if (err == PST_E_BAD)
			snprintf(c->why, sizeof(c->why), "the name cannot be written in this protocol");
		give_up_try(c, err);
	}
}

/* Takes whole messages out of the buffer. */
static int take_all(struct directory_client *c)
{
	const struct client_protocol *p = c->tries[c->at].protocol;
	size_t used = 0, n;
	int rc = CLIENT_WAIT;
	while (rc == CLIENT_WAIT || rc == CLIENT_NEXT) {
		const struct pst_slice rest = { c->in + used, c->n_in - used };
		const int err = p->length(rest, &n);
		if (err == PST_E_BAD || (err == 0 && n > CLIENT_IN_MAX))
			return PST_E_UNSUPPORTED;
		if (err != 0 || n > rest.n)
			break;
		struct arena a;
		arena_init(&a, ARENA_MAX);
		rc = p->take(c, slice_of(rest.p, n), &a);
		arena_free(&a);
		used += n;
		if (rc == CLIENT_NEXT) {
			c->step++;
			const int sent = send_step(c);
			rc = sent != 0 ? sent : CLIENT_NEXT;
		}
	}
	memmove(c->in, c->in + used, c->n_in - used);
	c->n_in -= used;
	return rc;
}

static void on_data(struct loop_tcp *t, struct pst_slice data)
{
	struct directory_client *c = t->uv.data;
	int rc = CLIENT_WAIT;
	uv_timer_again(&c->timer);
	while (rc >= 0 && rc != CLIENT_DONE && data.n > 0) {
		const size_t room = CLIENT_IN_MAX - c->n_in, n = data.n < room ? data.n : room;
		if (n == 0)
			rc = PST_E_UNSUPPORTED;
		memcpy(c->in + c->n_in, data.p, n);
		c->n_in += n;
		data = slice_of(data.p + n, data.n - n);
		if (rc >= 0)
			rc = take_all(c);
	}
	if (rc == PST_E_UNSUPPORTED) {
		if (c->why[0] == '\0')
			snprintf(c->why, sizeof(c->why), "there is no directory");
		give_up_try(c, PST_E_BAD);
	} else if (rc < 0 || rc == CLIENT_DONE) {
		finish(c, rc < 0 ? rc : 0);
	}
}

static void on_close(struct loop_tcp *t, int reason)
{
	struct directory_client *c = t->uv.data;
	(void)reason;
	/* A server that hangs up at what it does not understand. */
	snprintf(c->why, sizeof(c->why), "the server ended the connection");
	give_up_try(c, PST_E_BAD);
}

static void timed_out(uv_timer_t *timer)
{
	struct directory_client *c = timer->data;
	if (c->at == c->n_tries) {
		finish(c, PST_E_SYS);
		return;
	}
	snprintf(c->why, sizeof(c->why), "%s", c->connected ? "the server does not answer" : "no answer to the connection");
	give_up_try(c, c->connected ? PST_E_AGAIN : PST_E_SYS);
}

static const struct loop_tcp_ops ops = { .on_connect = on_connect, .on_data = on_data, .on_close = on_close };

static void begin_try(struct directory_client *c)
{
	const uint32_t ms = c->server.timeout_ms != 0 ? c->server.timeout_ms : TIMEOUT_MS;
	const struct addr remote = addr_with_port(c->server.ip, c->tries[c->at].port);
	const struct addr *local = c->server.local.family != ADDR_NONE ? &c->server.local : NULL;
	c->n_in = 0;
	c->connected = false;
	uv_timer_start(&c->timer, timed_out, ms, ms);
	const int err = loop_tcp_connect(c->loop, &c->tcp, &ops, local, &remote);
	c->tcp.uv.data = c;
	if (err != 0) {
		/* From the loop, as every end of a job. */
		snprintf(c->why, sizeof(c->why), "cannot connect: %s", pst_strerror(err));
		c->at = c->n_tries;
		uv_timer_start(&c->timer, timed_out, 0, 0);
	}
}

static void add_try(struct directory_client *c, const struct client_protocol *p, uint16_t port)
{
	c->tries[c->n_tries++] = (struct client_try){ p, port };
}

static void plan_tries(struct directory_client *c)
{
	const uint16_t port = c->server.ip.port;
	const enum directory_protocol p = c->server.protocol;
	if (p != DIRECTORY_BY_ULS && port != ULS_PORT) {
		add_try(c, &client_ils, port != 0 ? port : ILS_PORT);
		if (port == 0)
			add_try(c, &client_ils, ILS_OTHER_PORT);
	}
	if (p == DIRECTORY_BY_ILS && c->n_tries == 0)
		add_try(c, &client_ils, port);
	if (p != DIRECTORY_BY_ILS && port != ILS_PORT && port != ILS_OTHER_PORT)
		add_try(c, &client_uls, port != 0 ? port : ULS_PORT);
	if (c->n_tries == 0)
		add_try(c, &client_uls, port);
}

static int new_client(struct directory_client **out, uv_loop_t *loop, enum client_job job, const struct directory_server *server,
	const char *name, const struct directory_client_hooks *hooks)
{
	if (strlen(name) > CLIENT_NAME_MAX || name[0] == '\0' || server->ip.family == ADDR_NONE)
		return PST_E_ARG;
	struct directory_client *c = calloc(1, sizeof(*c));
	uint8_t *in = malloc(CLIENT_IN_MAX);
	if (c == NULL || in == NULL) {
		free(in);
		free(c);
		return PST_E_NOMEM;
	}
	*c = (struct directory_client){ .loop = loop, .job = job, .server = *server, .hooks = *hooks, .in = in };
	strcpy(c->pattern, name);
	plan_tries(c);
	uv_timer_init(loop, &c->timer);
	c->timer.data = c;
	*out = c;
	return 0;
}

int directory_search(struct directory_client **out, uv_loop_t *loop, const struct directory_server *server, const char *pattern,
	const struct directory_client_hooks *hooks)
{
	const int err = new_client(out, loop, CLIENT_SEARCH, server, pattern != NULL && pattern[0] != '\0' ? pattern : "*", hooks);
	if (err == 0)
		begin_try(*out);
	return err;
}

static void copy_text(char out[static CLIENT_TEXT_MAX], const char *text)
{
	snprintf(out, CLIENT_TEXT_MAX, "%s", text != NULL ? text : "");
}

int directory_add(struct directory_client **out, uv_loop_t *loop, const struct directory_server *server,
	const struct directory_self *self, const struct directory_client_hooks *hooks)
{
	const int err = new_client(out, loop, CLIENT_ADD, server, self->name, hooks);
	if (err != 0)
		return err;
	copy_text((*out)->given, self->given);
	copy_text((*out)->surname, self->surname);
	copy_text((*out)->location, self->location);
	copy_text((*out)->comment, self->comment);
	(*out)->address = self->address;
	(*out)->hidden = self->hidden;
	begin_try(*out);
	return 0;
}

int directory_keep_alive(struct directory_client **out, uv_loop_t *loop, const struct directory_server *server, const char *name,
	const struct directory_client_hooks *hooks)
{
	const int err = new_client(out, loop, CLIENT_KEEP, server, name, hooks);
	if (err == 0)
		begin_try(*out);
	return err;
}

int directory_take_away(struct directory_client **out, uv_loop_t *loop, const struct directory_server *server, const char *name,
	const struct directory_client_hooks *hooks)
{
	const int err = new_client(out, loop, CLIENT_REMOVE, server, name, hooks);
	if (err == 0)
		begin_try(*out);
	return err;
}

void directory_client_cancel(struct directory_client *c)
{
	if (!c->over)
		shut(c);
}
