/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/control.h"

#include <stdlib.h>
#include <unistd.h>
#include <utlist.h>

#include "base/log.h"
#include "daemon/control_request.h"

enum {
	CLIENTS_MAX = 32,
	BACKLOG = 16,
	QUEUE_MAX = 4 << 20,   /* octets a client may leave unread before the next answer, or it is dropped */
	ANSWER_MAX = 64 << 20, /* octets of one line: the list of all calls that can be */
};

struct client {
	uv_pipe_t pipe;
	struct control *control;
	struct gateway_follower *follower;
	uint32_t question; /* asked of the registrar, which is waited for; 0: none */
	bool closing, reading;
	size_t have;
	char line[CONTROL_LINE_MAX + 2]; /* with line feed, and one to see that it is too long */
	struct client *prev, *next;
};

struct control {
	uv_pipe_t listener;
	struct gateway *gw;
	struct daemon_registered *registered;
	struct daemon_leases *leases;
	struct client *clients;
	unsigned n_clients;
	bool freed;
	unsigned handles; /* the listener and the clients not closed yet: the memory goes with the last */
};

struct line_write {
	uv_write_t req;
	char *text;
};

static void control_put(struct control *c)
{
	if (--c->handles == 0)
		free(c);
}

static void on_client_closed(uv_handle_t *h)
{
	struct client *cl = h->data;
	control_put(cl->control);
	free(cl);
}

static void client_drop(struct client *cl)
{
	if (cl->closing)
		return;
	cl->closing = true;
	if (cl->follower != NULL)
		gateway_unfollow(cl->control->gw, cl->follower);
	cl->follower = NULL;
	if (cl->question != 0)
		daemon_registered_forget(cl->control->registered, cl->question);
	DL_DELETE(cl->control->clients, cl);
	cl->control->n_clients--;
	uv_close((uv_handle_t *)&cl->pipe, on_client_closed);
}

static void on_written(uv_write_t *req, int status)
{
	struct line_write *w = req->data;
	struct client *cl = req->handle->data;
	free(w->text);
	free(w);
	if (status != 0 && status != UV_ECANCELED)
		client_drop(cl);
}

/* Takes O, which may be NULL when memory is short. */
static void client_send(struct client *cl, json_t *o)
{
	struct line_write *w = calloc(1, sizeof *w);
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(o);
	const size_t n = text != NULL ? strlen(text) : 0;
	if (w == NULL || text == NULL || n > ANSWER_MAX ||
	        uv_stream_get_write_queue_size((uv_stream_t *)&cl->pipe) > QUEUE_MAX)
		goto drop;
	text[n] = '\n'; /* in place of the NUL: the length goes along */
	w->text = text;
	w->req.data = w;
	const uv_buf_t buf = uv_buf_init(text, (unsigned)n + 1);
	if (uv_write(&w->req, (uv_stream_t *)&cl->pipe, &buf, 1, on_written) == 0)
		return;
drop:
	free(text);
	free(w);
	client_drop(cl);
}

static void on_event(json_t *event, void *arg)
{
	client_send(arg, json_pack("{s:O}", "event", event));
}

static json_t *follow(struct client *cl)
{
	if (cl->follower == NULL)
		cl->follower = gateway_follow(cl->control->gw, on_event, cl);
	return cl->follower != NULL ? json_pack("{s:b}", "follow", 1)
	                            : json_pack("{s:s}", "error", "out of memory");
}

static json_t *route(const struct gateway *gw, const struct control_request *r)
{
	const struct gateway_route_query q = {
	        r->dest, r->from[0] != '\0' ? r->from : NULL, r->name[0] != '\0' ? r->name : NULL};
	const char *why = NULL;
	json_t *o = gateway_route_json(gw, &q, &why);
	return o != NULL ? json_pack("{s:o}", "route", o) : json_pack("{s:s}", "error", why);
}

static json_t *call(const struct gateway *gw, uint64_t id)
{
	json_t *o = gateway_call_json(gw, id);
	return o != NULL ? json_pack("{s:o}", "call", o) : json_pack("{s:s}", "error", "no such call; postern calls lists those that stand and the last that ended");
}

static json_t *lease(struct daemon_leases *l, const struct control_request *r)
{
	static const enum daemon_leases_act acts[] = {[CONTROL_GRANT] = DAEMON_LEASES_GRANT, [CONTROL_PIN] = DAEMON_LEASES_PIN,
	        [CONTROL_RELEASE] = DAEMON_LEASES_RELEASE};
	const char *why = NULL;
	json_t *list =
	        daemon_leases_act(l, acts[r->act], &r->host, &r->address, r->realm[0] != '\0' ? r->realm : NULL, &why);
	return list != NULL ? json_pack("{s:o}", "leases", list) : json_pack("{s:s}", "error", why);
}

/* ---- what needs the registrar ---- */

static void client_lines(struct client *cl);

static json_t *processes(const struct control *c)
{
	return json_pack("[{s:s,s:I},{s:s,s:I},o]", "name", "monitor", "pid", (json_int_t)getppid(), "name", "worker", "pid",
	        (json_int_t)getpid(), daemon_registered_process_json(c->registered));
}

/* It is there where it is served. */
static void take_member(json_t *o, const json_t *answer, const char *name)
{
	json_t *member = json_object_get(answer, name);
	if (member != NULL)
		json_object_set(o, name, member);
}

static void on_status(void *arg, json_t *answer)
{
	struct client *cl = arg;
	json_t *o = gateway_status_json(cl->control->gw);
	cl->question = 0;
	if (o != NULL) {
		json_object_set_new(o, "version", json_string(PST_VERSION));
		json_object_set_new(o, "processes", processes(cl->control));
		take_member(o, answer, "directory");
		take_member(o, answer, "gatekeeper");
		take_member(o, answer, "ras_proxy");
		json_t *leases = daemon_leases_status_json(cl->control->leases);
		if (leases != NULL)
			json_object_set_new(o, "leases", leases);
	}
	json_decref(answer);
	client_send(cl, o != NULL ? json_pack("{s:o}", "status", o) : NULL);
	client_lines(cl);
}

static void on_registrations(void *arg, json_t *answer)
{
	struct client *cl = arg;
	cl->question = 0;
	client_send(cl, answer != NULL ? answer : json_pack("{s:s}", "error", "the registrar does not answer"));
	client_lines(cl);
}

static void ask(struct client *cl, enum registry_question question, daemon_answer_h *h)
{
	if (daemon_registered_ask(cl->control->registered, question, h, cl, &cl->question) != PST_OK)
		client_send(cl, json_pack("{s:s}", "error", "too many questions at once"));
}

/* ---- lines ---- */

static void answer(struct client *cl, struct pst_slice line)
{
	struct control_request r;
	const char *why;
	const struct gateway *gw = cl->control->gw;
	if (control_request_parse(&r, line, &why) != PST_OK) {
		client_send(cl, json_pack("{s:s}", "error", why));
		return;
	}
	switch (r.cmd) {
	case CONTROL_STATUS: ask(cl, REGISTRY_Q_STATUS, on_status); break;
	case CONTROL_CALLS: client_send(cl, json_pack("{s:o}", "calls", gateway_calls_json(gw))); break;
	case CONTROL_CALL: client_send(cl, call(gw, r.id)); break;
	case CONTROL_REGISTRATIONS: ask(cl, REGISTRY_Q_REGISTRATIONS, on_registrations); break;
	case CONTROL_ROUTE: client_send(cl, route(gw, &r)); break;
	case CONTROL_FOLLOW: client_send(cl, follow(cl)); break;
	case CONTROL_LEASES:
		client_send(cl, json_pack("{s:o}", "leases", daemon_leases_json(cl->control->leases)));
		break;
	case CONTROL_LEASE: client_send(cl, lease(cl->control->leases, &r)); break;
	}
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	(void)suggested;
	struct client *cl = h->data;
	*buf = uv_buf_init(cl->line + cl->have, (unsigned)(sizeof cl->line - cl->have));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	(void)buf;
	struct client *cl = s->data;
	if (n < 0) {
		client_drop(cl);
		return;
	}
	cl->have += (size_t)n;
	client_lines(cl);
}

/* Reads as long as there is room for what comes. */
static void client_read(struct client *cl)
{
	const bool room = cl->question == 0 || cl->have < sizeof cl->line;
	if (!room)
		uv_read_stop((uv_stream_t *)&cl->pipe);
	else if (!cl->reading && uv_read_start((uv_stream_t *)&cl->pipe, on_alloc, on_read) != 0)
		client_drop(cl);
	cl->reading = room;
}

/* Answers one whole line after the other and keeps the rest. While one waits for its answer, the next ones wait too, and
 * nothing more is read than there is room for. */
static void client_lines(struct client *cl)
{
	char *lf;
	while (!cl->closing && cl->question == 0 && (lf = memchr(cl->line, '\n', cl->have)) != NULL) {
		const size_t n = (size_t)(lf - cl->line);
		answer(cl, slice_of(cl->line, n));
		cl->have -= n + 1;
		memmove(cl->line, lf + 1, cl->have);
	}
	if (cl->closing)
		return;
	if (cl->question == 0 && cl->have == sizeof cl->line)
		client_drop(cl);
	else
		client_read(cl);
}

static void on_connection(uv_stream_t *s, int status_)
{
	struct control *c = s->data;
	struct client *cl = status_ == 0 ? calloc(1, sizeof *cl) : NULL;
	if (cl == NULL || uv_pipe_init(s->loop, &cl->pipe, 0) != 0) {
		free(cl);
		return;
	}
	cl->control = c;
	cl->pipe.data = cl;
	c->handles++;
	c->n_clients++;
	DL_APPEND(c->clients, cl);
	if (uv_accept(s, (uv_stream_t *)&cl->pipe) != 0 || c->n_clients > CLIENTS_MAX)
		client_drop(cl);
	else
		client_read(cl);
}

static void on_listener_closed(uv_handle_t *h)
{
	control_put(h->data);
}

int control_new(
        struct control **out, uv_loop_t *loop, int fd, struct gateway *gw, struct daemon_registered *registered,
        struct daemon_leases *leases)
{
	struct control *c = calloc(1, sizeof *c);
	if (c == NULL || uv_pipe_init(loop, &c->listener, 0) != 0) {
		close(fd);
		free(c);
		return PST_E_NOMEM;
	}
	c->gw = gw;
	c->registered = registered;
	c->leases = leases;
	c->handles = 1;
	c->listener.data = c;
	if (uv_pipe_open(&c->listener, fd) != 0) {
		close(fd);
		control_free(c);
		return PST_E_SYS;
	}
	if (uv_listen((uv_stream_t *)&c->listener, BACKLOG, on_connection) != 0) {
		control_free(c);
		return PST_E_SYS;
	}
	*out = c;
	return PST_OK;
}

void control_free(struct control *c)
{
	if (c == NULL || c->freed)
		return;
	c->freed = true;
	struct client *cl, *tmp;
	DL_FOREACH_SAFE(c->clients, cl, tmp)
	client_drop(cl);
	uv_close((uv_handle_t *)&c->listener, on_listener_closed);
}
