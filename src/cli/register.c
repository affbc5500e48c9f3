/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern register and unregister: an entry in an ILS or ULS, kept until the program is ended; and taking one away. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/server.h"

const char cli_register_usage[] =
	"usage: postern register [OPTIONS] SERVER[:PORT] NAME\n\n"
	"Registers NAME, as a telephone program does, and keeps the entry until it is interrupted; then takes it away.\n\n"
	"  --address ADDR[:PORT] where to be called (default: the address the server is reached from, port 1720)\n"
	"  --given TEXT, --surname TEXT, --location TEXT, --comment TEXT\n"
	"                        what is shown besides\n"
	"  --hidden              not in listings\n" SERVER_USAGE;

const char cli_unregister_usage[] =
	"usage: postern unregister [OPTIONS] SERVER[:PORT] NAME\n\n"
	"Takes the entry of NAME away; servers allow that where it was made.\n\n" SERVER_USAGE;

enum { OPT_ADDRESS = SERVER_OPT_LAST, OPT_GIVEN, OPT_SURNAME, OPT_LOCATION, OPT_COMMENT, OPT_HIDDEN };

struct keeper {
	struct server_options o;
	struct directory_self self;
	uv_loop_t loop;
	uv_signal_t signals[2];
	struct directory_registration *reg;
	bool was_in, failed;
};

static bool own_option(struct keeper *k, int opt, const char *value)
{
	switch (opt) {
	case OPT_GIVEN: k->self.given = value; return true;
	case OPT_SURNAME: k->self.surname = value; return true;
	case OPT_LOCATION: k->self.location = value; return true;
	case OPT_COMMENT: k->self.comment = value; return true;
	case OPT_HIDDEN: k->self.hidden = true; return true;
	case OPT_ADDRESS:
		if (addr_parse(&k->self.address, value, 0) == 0)
			return true;
		fprintf(stderr, "--address %s: ADDR or ADDR:PORT\n", value);
		return false;
	default: return false;
	}
}

static const struct option register_options[] = {
	{ "help", no_argument, NULL, 'h' }, { "address", required_argument, NULL, OPT_ADDRESS },
	{ "given", required_argument, NULL, OPT_GIVEN }, { "surname", required_argument, NULL, OPT_SURNAME },
	{ "location", required_argument, NULL, OPT_LOCATION }, { "comment", required_argument, NULL, OPT_COMMENT },
	{ "hidden", no_argument, NULL, OPT_HIDDEN }, SERVER_LONG_OPTIONS, { 0 },
};
static const struct option unregister_options[] = { { "help", no_argument, NULL, 'h' }, SERVER_LONG_OPTIONS, { 0 } };

/* CLI_OK: go on. -1: help was given. */
static int read_options(struct keeper *k, int argc, char **argv, const struct option *options, const char *usage)
{
	int opt;
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		const bool of_server = opt >= SERVER_OPT_ILS && opt < SERVER_OPT_LAST;
		if (opt == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		if (!(of_server ? server_option(&k->o, opt, optarg) : own_option(k, opt, optarg))) {
			fputs(usage, stderr);
			return CLI_USAGE;
		}
	}
	if (argc - optind != 2) {
		fputs(usage, stderr);
		return CLI_USAGE;
	}
	k->self.name = argv[optind + 1];
	return server_resolve(&k->o, argv[optind]) ? CLI_OK : CLI_FAILED;
}

static void close_signals(struct keeper *k)
{
	for (unsigned i = 0; i < 2; i++)
		if (!uv_is_closing((uv_handle_t *)&k->signals[i]))
			uv_close((uv_handle_t *)&k->signals[i], NULL);
}

static void gone(void *arg)
{
	struct keeper *k = arg;
	k->reg = NULL;
	close_signals(k);
}

static void state(void *arg, int err, const char *why, const struct directory_server *used)
{
	struct keeper *k = arg;
	char text[SERVER_STRLEN];
	if (err == 0) {
		k->was_in = true;
		printf("registered %s with %s\n", k->self.name, server_str(text, used));
		fflush(stdout);
		return;
	}
	fprintf(stderr, "postern register: %s: %s%s\n", k->o.name, why, k->was_in ? "; trying again" : "");
	/* What does not work the first time will not the second; what worked is kept up. */
	if (!k->was_in) {
		k->failed = true;
		directory_registration_end(k->reg);
	}
}

static void interrupted(uv_signal_t *s, int signum)
{
	struct keeper *k = s->data;
	(void)signum;
	if (k->reg != NULL)
		directory_registration_end(k->reg);
}

static void watch_signals(struct keeper *k)
{
	static const int numbers[2] = { SIGINT, SIGTERM };
	for (unsigned i = 0; i < 2; i++) {
		uv_signal_init(&k->loop, &k->signals[i]);
		k->signals[i].data = k;
		uv_signal_start(&k->signals[i], interrupted, numbers[i]);
	}
}

int cli_register_main(int argc, char **argv)
{
	struct keeper k = { .was_in = false };
	const struct directory_registration_hooks hooks = { .state = state, .gone = gone, .arg = &k };
	const int rc = read_options(&k, argc, argv, register_options, cli_register_usage);
	if (rc != CLI_OK || uv_loop_init(&k.loop) != 0)
		return rc < 0 ? CLI_OK : rc != CLI_OK ? rc : CLI_FAILED;
	watch_signals(&k);
	const int err = directory_register(&k.reg, &k.loop, &k.o.server, &k.self, &hooks);
	if (err != 0) {
		fprintf(stderr, "postern register: %s\n", pst_strerror(err));
		k.failed = true;
		close_signals(&k);
	}
	uv_run(&k.loop, UV_RUN_DEFAULT);
	uv_loop_close(&k.loop);
	return k.failed ? CLI_FAILED : CLI_OK;
}

static void taken_away(void *arg, int err, const char *why, const struct directory_server *used)
{
	struct keeper *k = arg;
	(void)used;
	k->failed = err != 0;
	if (err != 0)
		fprintf(stderr, "postern unregister: %s: %s\n", k->o.name, why);
}

int cli_unregister_main(int argc, char **argv)
{
	struct keeper k = { .was_in = false };
	const struct directory_client_hooks hooks = { .done = taken_away, .arg = &k };
	struct directory_client *job;
	const int rc = read_options(&k, argc, argv, unregister_options, cli_unregister_usage);
	if (rc != CLI_OK || uv_loop_init(&k.loop) != 0)
		return rc < 0 ? CLI_OK : rc != CLI_OK ? rc : CLI_FAILED;
	const int err = directory_take_away(&job, &k.loop, &k.o.server, k.self.name, &hooks);
	if (err != 0)
		fprintf(stderr, "postern unregister: %s\n", pst_strerror(err));
	k.failed = err != 0;
	uv_run(&k.loop, UV_RUN_DEFAULT);
	uv_loop_close(&k.loop);
	return k.failed ? CLI_FAILED : CLI_OK;
}
