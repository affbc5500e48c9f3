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
	int err = beside_options(&c->data, &argc, argv);

	if (err)
		return 2;
	err = options_parse(&c->o, which, argc, argv);
	if (err) {
		if (err > 0) {
			puts("with --with-data:");
			beside_usage(stdout, which == OPTIONS_ANSWER);
		}
		(void)beside_free(c->data);
		return err > 0 ? 0 : 2;
	}
	c->o.with_data = c->data != NULL;
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
	if (c->data && beside_begin(c->data, &c->loop, &c->o, &c->o.data_port))
		return 1;
	return -1;
}

void command_data(void *arg, const struct addr *at, bool connect)
{
	struct command *c = arg;

	if (c->data && at)
		beside_on(c->data, at, connect);
	else if (c->data)
		beside_off(c->data);
}

bool command_busy(void *arg)
{
	const struct command *c = arg;

	return c->data && !c->stopping && beside_busy(c->data);
}

void command_let_go(struct command *c)
{
	if (c->data)
		beside_end(c->data);
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
	c->data_good = beside_free(c->data);
	c->data = NULL;
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
