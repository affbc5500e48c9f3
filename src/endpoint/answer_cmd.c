/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern answer: answers calls until it has had enough of them. */
#include "endpoint/command.h"
#include "endpoint/endpoint.h"
#include "endpoint/find.h"
#include "endpoint/gate.h"

#include "base/log.h"
#include "loop/net.h"
#include "loop/tcp.h"

#include <stdlib.h>
#include <unistd.h>
#include <utlist.h>

enum {
	BACKLOG = 64,
	SPARE_CONNECTIONS = 16
}; /* above max_calls: for callers who are told that we are busy */

enum { RETRY_S = 30 };

struct held {
	struct line *line;
	struct ras_call *admission; /* or NULL */
	struct held *prev, *next;
};

struct answerer {
	struct command c; /* first */
	struct loop_listener listener;
	struct held *lines;
	uint32_t n_lines;
	uint32_t calls;  /* answered, in all */
	uint32_t active; /* answered, at present */
	uint32_t bad;
	struct directory_registration *entry; /* NULL: none, or gone */
	struct gate gate;
	bool no_entry;                        /* it is being taken away */
};

static void let_go(struct answerer *a)
{
	if (a->listener.state || a->lines)
		return;
	if (a->entry) {
		if (!a->no_entry)
			directory_registration_end(a->entry);
		a->no_entry = true;
		return;
	}
	if (a->gate.open) {
		gate_close(&a->gate);
		return;
	}
	command_let_go(&a->c);
}

static void entry_state(void *arg, int err, const char *why, const struct directory_server *used)
{
	struct answerer *a = arg;
	char text[ADDR_STRLEN];

	if (err)
		log_error("endpoint", "directory %s: %s; trying again", a->c.o.directory.host, why);
	else
		command_say(&a->c, "registered with the %s at %s\n",
		        used->protocol == DIRECTORY_BY_ULS ? "ULS" : "ILS", addr_str(&used->ip, text));
}

static void entry_gone(void *arg)
{
	struct answerer *a = arg;

	a->entry = NULL;
	let_go(a);
}

/* Be found in the directory, at the address we listen on. */
static int be_found(struct answerer *a, uint16_t port)
{
	const struct directory_registration_hooks hooks = {.state = entry_state, .gone = entry_gone, .arg = a};
	struct options *o = &a->c.o;
	struct directory_self self = {
	        .name = o->name ? o->name : o->alias, .given = o->alias, .address = o->local};
	struct directory_server server;
	int err;

	if (!o->directory.host[0])
		return PST_OK;
	if (addr_is_unspecified(&self.address))
		self.address = (struct addr){0};
	self.address.port = port;
	err = find_server(&server, o);
	if (addr_is_unspecified(&server.local))
		server.local = (struct addr){0};
	if (!err)
		err = directory_register(&a->entry, &a->c.loop, &server, &self, &hooks);
	if (err)
		log_error("endpoint", "cannot be registered: %s", pst_strerror(err));
	return err;
}

static void listener_closed(struct loop_listener *l)
{
	let_go(l->uv.data);
}

static void no_more(struct answerer *a)
{
	if (!loop_listener_close(&a->listener, listener_closed))
		let_go(a);
}

static void stop(struct command *c)
{
	struct answerer *a = (struct answerer *)c;
	struct held *h, *next;

	no_more(a);
	DL_FOREACH_SAFE(a->lines, h, next)
	line_hangup(h->line);
}

static uint32_t incoming(void *arg, const struct report *r)
{
	struct answerer *a = arg;
	char text[ADDR_STRLEN];

	if (a->c.stopping || a->active >= a->c.o.max_calls || (a->c.o.once && a->calls >= a->c.o.once))
		return 0;
	a->active++;
	a->calls++;
	command_say(&a->c, "call %u from %s (%s)%s%s\n", a->calls, addr_str(&r->remote, text), r->caller,
	        r->called[0] ? " for " : "", r->called);
	if (a->c.o.once && a->calls == a->c.o.once)
		no_more(a);
	return a->calls;
}

static void ended(void *arg, const struct report *r)
{
	struct answerer *a = arg;

	if (!r->set_up) /* somebody looked whether the door is there */
		return;
	command_report(&a->c, r);
	if (!r->number)
		return;
	a->active--;
	if (!report_good(r) || r->recording_failed)
		a->bad++;
}

static void gone(void *arg, struct line *l)
{
	struct answerer *a = arg;
	struct held *h, *next;

	DL_FOREACH_SAFE(a->lines, h, next)
	{
		if (h->line != l)
			continue;
		gate_over(&a->gate, h->admission);
		DL_DELETE(a->lines, h);
		a->n_lines--;
		free(h);
	}
	if (!a->listener.state)
		let_go(a);
}

static void gate_state(void *arg, const char *why)
{
	struct answerer *a = arg;

	if (why)
		log_error("endpoint", "gatekeeper %s: not registered: %s; trying again", a->c.o.gatekeeper.host, why);
	else
		command_say(&a->c, "registered with the gatekeeper %s\n", a->c.o.gatekeeper.host);
}

static void gate_admitted(void *arg, void *user, const char *refused, const struct addr *to)
{
	struct held *h = user;

	(void)arg;
	(void)to;
	if (refused)
		log_error("endpoint", "the gatekeeper does not let the call in: %s", refused);
	line_admitted(h->line, refused);
}

static void gate_clear(void *arg, void *user)
{
	struct held *h = user;

	(void)arg;
	line_hangup(h->line);
}

static void gate_closed(void *arg)
{
	let_go(arg);
}

/* The gatekeeper is asked whether the call may be answered; where there is none, it may. */
static bool admit(void *arg, struct line *l, const struct report *r)
{
	struct answerer *a = arg;
	struct terminal_info info;
	struct ras_wish wish = {.answer = true, .dest = r->remote, .called = r->called[0] ? r->called : NULL,
	        .caller = r->caller[0] ? r->caller : NULL};
	struct held *h;

	DL_FOREACH(a->lines, h)
	if (h->line == l)
		break;
	if (!h)
		return false;
	line_info(l, &info);
	wish.call_id = info.call_id;
	wish.conference_id = info.conference_id;
	wish.crv = info.crv;
	return !gate_ask(&a->gate, &h->admission, &wish, h);
}

static struct line_hooks hooks_of(struct answerer *a)
{
	return (struct line_hooks){.incoming = incoming, .ended = ended, .gone = gone, .data = command_data, .busy = command_busy,
	        .admit = a->c.o.gatekeeper.host[0] ? admit : NULL, .arg = a};
}

/* Behind somebody else's NAT we connect to who calls. */
static bool summoned(void *arg, const struct addr *to, const uint8_t call_id[static 16])
{
	struct answerer *a = arg;
	const struct line_hooks hooks = hooks_of(a);
	struct held *h = a->listener.state && a->n_lines < a->c.o.max_calls + SPARE_CONNECTIONS ? calloc(1, sizeof(*h)) : NULL;

	if (!h)
		return false;
	DL_APPEND(a->lines, h);
	a->n_lines++;
	if (!line_summon(&h->line, &a->c.loop, &a->c.o, to, call_id, &hooks))
		return true;
	DL_DELETE(a->lines, h);
	a->n_lines--;
	free(h);
	return false;
}

/* Be called by name: through the gatekeeper. */
static int be_called(struct answerer *a, const struct addr *bound)
{
	const struct gate_hooks hooks = {gate_state, gate_admitted, gate_clear, summoned, gate_closed};

	if (!a->c.o.gatekeeper.host[0])
		return PST_OK;
	return gate_open(&a->gate, &a->c.loop, &a->c.o, bound, RETRY_S, &hooks, a);
}

static void on_accept(struct loop_listener *listener, int fd, const struct addr *peer)
{
	struct answerer *a = listener->uv.data;
	const struct line_hooks hooks = hooks_of(a);
	struct held *h = a->n_lines < a->c.o.max_calls + SPARE_CONNECTIONS ? calloc(1, sizeof(*h)) : NULL;
	char text[ADDR_STRLEN];
	int err;

	if (!h) {
		close(fd);
		return;
	}
	DL_APPEND(a->lines, h);
	a->n_lines++;
	err = line_accept(&h->line, &a->c.loop, &a->c.o, fd, &hooks);
	if (err) {
		log_error("endpoint", "call from %s: %s", addr_str(peer, text), pst_strerror(err));
		DL_DELETE(a->lines, h);
		a->n_lines--;
		free(h);
	}
}

static int start(struct answerer *a)
{
	static const uint8_t ANY[4] = {0};
	struct options *o = &a->c.o;
	char text[ADDR_STRLEN];
	struct addr bound;
	int fd, err;

	if (o->local.family == ADDR_NONE)
		o->local = addr_ip4(ANY, o->local.port);
	err = loop_listen(&fd, &o->local, BACKLOG);
	if (!err)
		err = loop_fd_local(fd, &bound);
	if (!err)
		err = loop_listener_open(&a->c.loop, &a->listener, fd, on_accept);
	if (err) {
		log_error(
		        "endpoint", "cannot listen on %s: %s", addr_str(&o->local, text), pst_strerror(err));
		return err;
	}
	a->listener.uv.data = a;
	printf("listening on %s\n", addr_str(&bound, text));
	fflush(stdout);
	err = be_found(a, bound.port);
	if (!err)
		err = be_called(a, &bound);
	if (err)
		no_more(a);
	return err;
}

int endpoint_answer_main(int argc, char **argv)
{
	static struct answerer answerer;
	int err, status;

	if (endpoint_is_data(argc, argv))
		return endpoint_data_main(argc, argv);
	answerer = (struct answerer){.c.stop = stop};
	status = command_open(&answerer.c, OPTIONS_ANSWER, argc, argv);
	if (status >= 0)
		return status;
	err = start(&answerer);
	if (err)
		command_let_go(&answerer.c);
	command_run(&answerer.c);
	return err || answerer.bad || !answerer.c.data_good || answerer.calls < answerer.c.o.once ? 1 : 0;
}
