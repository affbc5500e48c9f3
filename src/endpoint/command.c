/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The common part of the endpoint's commands. */
#include "endpoint/command.h"

#include "base/log.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

static const int NUMBERS[2] = {SIGINT, SIGTERM};

static void on_signal(uv_signal_t *h, int number)
{
	struct command *c = h->data;

	if (c->stopping)
		_Exit(128 + number);
	c->stopping = true;
	c->stop(c);
}

int command_open(struct command *c, enum options_command which, int argc, char **argv)
{
	int err = options_parse(&c->o, which, argc, argv);

	if (err)
		return err > 0 ? 0 : 2;
	log_setup(which == OPTIONS_CALL ? "postern call" : "postern answer", LOG_L_WARN, false);
	signal(SIGPIPE, SIG_IGN);
	if (uv_loop_init(&c->loop)) {
		log_error("endpoint", "no event loop");
		return 1;
	}
	for (int i = 0; i < 2; i++) {
		uv_signal_init(&c->loop, &c->signals[i]);
		c->signals[i].data = c;
		uv_signal_start(&c->signals[i], on_signal, NUMBERS[i]);
	}
	return -1;
}

void command_let_go(struct command *c)
{
	for (int i = 0; i < 2; i++) {
		if (uv_is_closing((uv_handle_t *)&c->signals[i]))
			continue;
		uv_close((uv_handle_t *)&c->signals[i], NULL);
		signal(NUMBERS[i],
		        SIG_IGN); /* it ends by itself now: the status is to be that of the calls */
	}
}

void command_run(struct command *c)
{
	uv_run(&c->loop, UV_RUN_DEFAULT);
	uv_loop_close(&c->loop);
}

void command_say(const struct command *c, const char *fmt, ...)
{
	va_list args;

	if (c->o.json)
		return;
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	fflush(stdout);
}

void command_report(const struct command *c, const struct report *r)
{
	if (c->o.json)
		report_json(r, stdout);
	else
		report_text(r, stdout);
	fflush(stdout);
}
