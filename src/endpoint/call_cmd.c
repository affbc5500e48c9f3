/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern call: one call to somebody, and what came of it. */
#include "endpoint/command.h"
#include "endpoint/endpoint.h"
#include "endpoint/find.h"
#include "endpoint/gate.h"

#include "base/log.h"

#include "h225/build.h"
#include "loop/net.h"
#include "loop/tcp.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

struct caller {
	struct command c; /* first */
	struct line *line;
	struct directory_lookup *lookup;
	struct gate gate;
	struct loop_listener listener; /* at the address that the gatekeeper has of us */
	struct ras_call *admission;
	struct line_ids ids;
	bool asked;    /* the gatekeeper */
	bool over;     /* so it ends */
	bool good;
	bool instead;  /* the call did not get anywhere: a directory there may know the name */
	char *no_call; /* and the report of that call, to be freed */
	size_t n_no_call;
};

static void look_up(struct caller *caller);

static void leave(struct caller *caller);

static void stop(struct command *c)
{
	struct caller *caller = (struct caller *)c;

	if (caller->lookup) {
		directory_lookup_cancel(caller->lookup);
		caller->lookup = NULL;
		command_let_go(c);
	}
	if (caller->line)
		line_hangup(caller->line);
	else if (caller->gate.open)
		leave(caller);
}

static void ringing(void *arg, const struct report *r)
{
	struct caller *caller = arg;

	(void)r;
	command_say(&caller->c, "ringing\n");
}

static void connected(void *arg, const struct report *r)
{
	struct caller *caller = arg;
	char text[ADDR_STRLEN];

	command_say(&caller->c, "connected to %s\n", addr_str(&r->remote, text));
}

/* Keeps the report until it is known whether there is a directory instead. */
static void keep_report(struct caller *caller, const struct report *r)
{
	FILE *f = open_memstream(&caller->no_call, &caller->n_no_call);

	if (!f)
		return;
	if (caller->c.o.json)
		report_json(r, f);
	else
		report_text(r, f);
	fclose(f);
}

static void ended(void *arg, const struct report *r)
{
	struct caller *caller = arg;

	caller->good = report_good(r) && !r->recording_failed;
	caller->instead = r->local.family == ADDR_NONE && !caller->c.stopping && find_instead(&caller->c.o);
	if (caller->instead)
		keep_report(caller, r);
	else
		command_report(&caller->c, r);
}

static void gone(void *arg, struct line *l)
{
	struct caller *caller = arg;

	(void)l;
	caller->line = NULL;
	if (caller->instead)
		look_up(caller);
	else
		leave(caller);
}

static int resolve(struct addr *out, const struct options *o, const struct dest *d)
{
	const char *why = NULL;
	int err = dest_resolve(out, d, o->local.family, &why);

	if (err)
		log_error("endpoint", "%s: %s", d->host, why ? why : pst_strerror(err));
	return err;
}

static int dial(struct caller *caller, const struct addr *dest)
{
	const struct line_hooks hooks = {
	        .ringing = ringing, .connected = connected, .ended = ended, .gone = gone, .data = command_data, .busy = command_busy, .arg = caller};
	struct options *o = &caller->c.o;
	struct addr connect_to = *dest;
	int err = o->via.host[0] ? resolve(&connect_to, o, &o->via) : PST_OK;

	caller->instead = false;
	if (err)
		return err;
	err = line_dial(&caller->line, &caller->c.loop, o, &connect_to, dest, caller->gate.open ? &caller->ids : NULL, &hooks);
	if (err)
		log_error("endpoint", "cannot call: %s", pst_strerror(err));
	return err;
}

/* --- by a gatekeeper --- */

static void listener_closed(struct loop_listener *l)
{
	struct caller *caller = l->uv.data;

	leave(caller);
}

/* Nothing is left to be done: first the gatekeeper hears of it. */
static void leave(struct caller *caller)
{
	if (!caller->over)
		gate_over(&caller->gate, caller->admission);
	caller->over = true;
	if (caller->gate.open)
		gate_close(&caller->gate);
	else if (!loop_listener_close(&caller->listener, listener_closed))
		command_let_go(&caller->c);
}

static void gate_closed(void *arg)
{
	leave(arg);
}

static void ask(struct caller *caller)
{
	struct options *o = &caller->c.o;
	struct ras_wish wish = {.called = o->dest.host[0] ? NULL : o->dest.alias};
	uint8_t random[2][16];
	int err = PST_OK;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random) ||
	        getrandom(&caller->ids.crv, sizeof(caller->ids.crv), 0) != (ssize_t)sizeof(caller->ids.crv))
		err = PST_E_SYS;
	caller->ids.crv = (uint16_t)(caller->ids.crv % Q931_CRV_MAX + 1);
	h225_guid_build(caller->ids.call_id, random[0]);
	h225_guid_build(caller->ids.conference_id, random[1]);
	wish.call_id = caller->ids.call_id;
	wish.conference_id = caller->ids.conference_id;
	wish.crv = caller->ids.crv;
	if (!err && o->dest.host[0])
		err = resolve(&wish.dest, o, &o->dest);
	if (!err)
		err = gate_ask(&caller->gate, &caller->admission, &wish, caller);
	if (!err)
		return;
	log_error("endpoint", "the gatekeeper cannot be asked: %s", pst_strerror(err));
	leave(caller);
}

static void gate_state(void *arg, const char *why)
{
	struct caller *caller = arg;

	if (caller->over)
		return;
	if (why)
		log_error("endpoint", "gatekeeper %s: not registered: %s", caller->c.o.gatekeeper.host, why);
	if (why && !caller->asked)
		leave(caller);
	if (why || caller->asked)
		return;
	caller->asked = true;
	command_say(&caller->c, "registered with the gatekeeper %s\n", caller->c.o.gatekeeper.host);
	ask(caller);
}

static void gate_admitted(void *arg, void *user, const char *refused, const struct addr *to)
{
	struct caller *caller = arg;
	char text[ADDR_STRLEN];

	(void)user;
	if (refused)
		log_error("endpoint", "the gatekeeper does not admit the call: %s", refused);
	else
		command_say(&caller->c, "admitted to %s\n", addr_str(to, text));
	caller->ids.traversal = gate_traverses(&caller->gate);
	if (refused || dial(caller, to))
		leave(caller);
}

static void gate_clear(void *arg, void *user)
{
	struct caller *caller = user;

	(void)arg;
	if (caller->line)
		line_hangup(caller->line);
}

/* We only call: who calls us meanwhile finds nobody. */
static void turn_away(struct loop_listener *listener, int fd, const struct addr *peer)
{
	(void)listener;
	(void)peer;
	close(fd);
}

static int by_gatekeeper(struct caller *caller)
{
	static const uint8_t ANY[4] = {0};
	const struct gate_hooks hooks = {gate_state, gate_admitted, gate_clear, NULL, gate_closed};
	struct options *o = &caller->c.o;
	struct addr at = o->local.family == ADDR_NONE ? addr_ip4(ANY, 0) : addr_with_port(o->local, 0);
	int fd, err = loop_listen(&fd, &at, 4);

	if (!err)
		err = loop_fd_local(fd, &at);
	if (!err)
		err = loop_listener_open(&caller->c.loop, &caller->listener, fd, turn_away);
	if (err) {
		log_error("endpoint", "cannot listen: %s", pst_strerror(err));
		return err;
	}
	caller->listener.uv.data = caller;
	err = gate_open(&caller->gate, &caller->c.loop, o, &at, 0, &hooks, caller);
	if (err && !caller->gate.open)
		(void)loop_listener_close(&caller->listener, listener_closed);
	return err;
}

/* --- by a directory --- */

/* No directory there: what is left to say is how the call went. */
static void give_up(struct caller *caller)
{
	if (caller->no_call)
		fwrite(caller->no_call, 1, caller->n_no_call, stdout);
	command_let_go(&caller->c);
}

static void found(void *arg, int err, const char *why, const struct addr *address)
{
	struct caller *caller = arg;
	struct options *o = &caller->c.o;
	char text[ADDR_STRLEN], name[REPORT_TEXT_MAX];

	caller->lookup = NULL;
	if (err) {
		log_error("endpoint", "%s: not found in a directory at %s: %s",
		        log_escape(name, sizeof(name), slice_str(o->dest.alias)), o->directory.host, why);
		give_up(caller);
		return;
	}
	command_say(&caller->c, "found at %s\n", addr_str(address, text));
	if (dial(caller, address))
		give_up(caller);
}

static void look_up(struct caller *caller)
{
	struct options *o = &caller->c.o;
	struct directory_server server;
	int err = find_server(&server, o);

	if (!err) {
		err = directory_lookup(
		        &caller->lookup, &caller->c.loop, &server, o->dest.alias, found, caller);
		if (err)
			log_error("endpoint", "the name cannot be looked up: %s", pst_strerror(err));
	}
	if (err)
		give_up(caller);
}

int endpoint_call_main(int argc, char **argv)
{
	static struct caller caller;
	struct options *o = &caller.c.o;
	struct addr dest;
	int err = PST_OK, status;

	if (endpoint_is_data(argc, argv))
		return endpoint_data_main(argc, argv);
	caller = (struct caller){.c.stop = stop};
	status = command_open(&caller.c, OPTIONS_CALL, argc, argv);
	if (status >= 0)
		return status;
	if (o->gatekeeper.host[0]) {
		err = by_gatekeeper(&caller);
	} else if (find_is_needed(o)) {
		if (!o->directory.host[0])
			(void)find_instead(o);
		look_up(&caller);
	} else {
		err = resolve(&dest, o, &o->dest);
		if (!err)
			err = dial(&caller, &dest);
	}
	if (err)
		command_let_go(&caller.c);
	command_run(&caller.c);
	free(caller.no_call);
	return !err && caller.good && caller.c.data_good ? 0 : 1;
}
