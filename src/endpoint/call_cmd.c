/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern call: one call to somebody, and what came of it. */
#include "endpoint/command.h"
#include "endpoint/endpoint.h"

#include "base/log.h"

struct caller {
	struct command c; /* first */
	struct line *line;
	bool good;
};

static void stop(struct command *c)
{
	struct caller *caller = (struct caller *)c;

	if (caller->line)
		line_hangup(caller->line);
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

static void ended(void *arg, const struct report *r)
{
	struct caller *caller = arg;

	caller->good = report_good(r) && !r->recording_failed;
	command_report(&caller->c, r);
}

static void gone(void *arg, struct line *l)
{
	struct caller *caller = arg;

	(void)l;
	caller->line = NULL;
	command_let_go(&caller->c);
}

static int resolve(struct addr *out, const struct options *o, const struct dest *d)
{
	const char *why = NULL;
	int err = dest_resolve(out, d, o->local.family, &why);

	if (err)
		log_error("endpoint", "%s: %s", d->host, why ? why : pst_strerror(err));
	return err;
}

int endpoint_call_main(int argc, char **argv)
{
	static struct caller caller;
	const struct line_hooks hooks = {
	        .ringing = ringing, .connected = connected, .ended = ended, .gone = gone, .arg = &caller};
	struct options *o = &caller.c.o;
	struct addr dest, connect_to;
	int err, status;

	caller = (struct caller){.c.stop = stop};
	status = command_open(&caller.c, OPTIONS_CALL, argc, argv);
	if (status >= 0)
		return status;
	err = resolve(&dest, o, &o->dest);
	connect_to = dest;
	if (!err && o->via.host[0])
		err = resolve(&connect_to, o, &o->via);
	if (!err) {
		err = line_dial(&caller.line, &caller.c.loop, o, &connect_to, &dest, &hooks);
		if (err)
			log_error("endpoint", "cannot call: %s", pst_strerror(err));
	}
	if (err)
		command_let_go(&caller.c);
	command_run(&caller.c);
	return !err && caller.good ? 0 : 1;
}
