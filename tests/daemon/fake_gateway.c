/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A gateway without H.323 for tests of the daemon around it: each TCP connection
 * to it counts as a call, is told to followers, and is closed at the end.
 */
#include "gateway/gateway.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FDS_MAX = 64, MUCH = 6 << 20 };

struct gateway_follower {
	gateway_event_h *h;
	void *arg;
	struct gateway_follower *next;
};

struct listener {
	struct gateway *gw; /* NULL: this place is free */
	int fd;
	uv_poll_t poll;
};

struct gateway {
	uv_loop_t *loop;
	const struct gw_config *cfg;
	struct listener *listeners[FDS_MAX];
	int calls[FDS_MAX];
	int n_listeners, n_calls;
	struct gateway_follower *followers;
};

int gateway_new(struct gateway **out, uv_loop_t *loop, const struct gw_config *cfg, const struct relay *relay)
{
	(void)relay;
	struct gateway *gw = calloc(1, sizeof *gw);
	if (gw == NULL)
		return PST_E_NOMEM;
	gw->loop = loop;
	gw->cfg = cfg;
	*out = gw;
	return PST_OK;
}

static void tell(struct gateway *gw, json_t *event)
{
	struct gateway_follower *next;
	for (struct gateway_follower *f = gw->followers; f != NULL; f = next) {
		next = f->next;
		f->h(event, f->arg);
	}
	json_decref(event);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	struct listener *l = poll->data;
	struct gateway *gw = l->gw;
	const int fd = accept(l->fd, NULL, NULL);
	if (fd < 0)
		return;
	if (gw->n_calls == FDS_MAX) {
		close(fd);
		return;
	}
	gw->calls[gw->n_calls++] = fd;
	tell(gw, json_pack("{s:i, s:i, s:i, s:s, s:s}", "call", gw->n_calls, "t_ms", 0, "leg", 0, "via",
	                 "h225", "text", "Setup"));
}

int gateway_listen_fd(struct gateway *gw, int fd)
{
	struct listener *l = calloc(1, sizeof *l);
	if (l == NULL || gw->n_listeners == FDS_MAX || uv_poll_init(gw->loop, &l->poll, fd) != 0) {
		free(l);
		close(fd);
		return PST_E_SYS;
	}
	l->gw = gw;
	l->fd = fd;
	l->poll.data = l;
	gw->listeners[gw->n_listeners++] = l;
	return uv_poll_start(&l->poll, UV_READABLE, on_connection) == 0 ? PST_OK : PST_E_SYS;
}

static void on_closed(uv_handle_t *h)
{
	struct listener *l = h->data;
	close(l->fd);
	free(l);
}

int gateway_port_open(struct gateway *gw, const struct addr *local)
{
	(void)gw;
	(void)local;
	return PST_E_UNSUPPORTED;
}

void gateway_port_close(struct gateway *gw, const struct addr *local)
{
	(void)gw;
	(void)local;
}

void gateway_unlisten(struct gateway *gw)
{
	while (gw->n_listeners > 0)
		uv_close((uv_handle_t *)&gw->listeners[--gw->n_listeners]->poll, on_closed);
}

int gateway_reload(struct gateway *gw, const struct gw_config *cfg)
{
	gw->cfg = cfg;
	return PST_OK;
}

void gateway_stop(struct gateway *gw, uint32_t deadline_ms, void (*done)(void *arg), void *arg)
{
	(void)deadline_ms;
	while (gw->n_calls > 0) {
		tell(gw, json_pack("{s:i, s:s}", "call", gw->n_calls, "event", "end"));
		close(gw->calls[--gw->n_calls]);
	}
	done(arg);
}

void gateway_free(struct gateway *gw)
{
	gateway_unlisten(gw);
	free(gw);
}

json_t *gateway_status_json(const struct gateway *gw)
{
	static const char *const modes[] = {"off", "intercept", "enforce"};
	return json_pack("{s:s, s:{s:i}, s:i, s:i}", "mode", modes[gw->cfg->mode], "calls", "active",
	        gw->n_calls, "pinholes", 0, "limit", (int)gw->cfg->limits.calls);
}

json_t *gateway_calls_json(const struct gateway *gw)
{
	json_t *list = json_array();
	/* as long as what ten thousand calls come to */
	char *much = calloc(1, MUCH + 1);
	if (much != NULL)
		memset(much, 'x', MUCH);
	for (int i = 0; i < gw->n_calls; i++) {
		json_t *call = gateway_call_json(gw, (uint64_t)i + 1);
		json_object_set_new(call, "much", json_string(much));
		json_array_append_new(list, call);
	}
	free(much);
	return list;
}

json_t *gateway_route_json(const struct gateway *gw, const struct gateway_route_query *q, const char **why)
{
	(void)gw;
	*why = "there is no way";
	return strcmp(q->dest, "nowhere") == 0 ? NULL : json_pack("{s:s, s:b}", "to", q->dest, "allowed", 1);
}

json_t *gateway_call_json(const struct gateway *gw, uint64_t id)
{
	if (id == 0 || id > (uint64_t)gw->n_calls)
		return NULL;
	return json_pack(
	        "{s:I, s:s, s:s}", "id", (json_int_t)id, "direction", "out", "called", "bob \x1b[31m");
}

struct gateway_follower *gateway_follow(struct gateway *gw, gateway_event_h *h, void *arg)
{
	struct gateway_follower *f = calloc(1, sizeof *f);
	if (f == NULL)
		return NULL;
	*f = (struct gateway_follower){h, arg, gw->followers};
	gw->followers = f;
	return f;
}

void gateway_unfollow(struct gateway *gw, struct gateway_follower *f)
{
	struct gateway_follower **at = &gw->followers;
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	free(f);
}
