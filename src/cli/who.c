/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern who: the people in a directory, as a table or as JSON. Everything in it was written by peers. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/server.h"

const char cli_who_usage[] =
	"usage: postern who [OPTIONS] [SERVER[:PORT] [PATTERN]]\n\n"
	"Lists the people in an ILS or ULS directory. PATTERN: a name; \"*\" stands for anything.\n"
	"SERVER is this machine (127.0.0.1) where it is not given.\n\n"
	"  --json                as JSON\n" SERVER_USAGE
	"\nEnds with status 0 where somebody was found, 1 where nobody was or the server did not answer.\n";

enum { NAME, PERSON, ADDRESS, LOCATION, COMMENT, COLUMNS };

struct row {
	char *cells[COLUMNS];
};

struct who {
	struct server_options o;
	bool json;
	struct row *rows;
	size_t n, cap;
	json_t *list;
	bool done, failed, no_memory;
};

static struct row *new_row(struct who *w)
{
	if (w->n == w->cap) {
		const size_t cap = w->cap == 0 ? 64 : 2 * w->cap;
		struct row *rows = realloc(w->rows, cap * sizeof(*rows));
		if (rows == NULL)
			return NULL;
		w->rows = rows;
		w->cap = cap;
	}
	w->rows[w->n] = (struct row){ { NULL } };
	return &w->rows[w->n++];
}

static char *full_name(const struct directory_found *f)
{
	char *given = server_text(f->given), *surname = server_text(f->surname), *both = NULL;
	if (given != NULL && surname != NULL &&
	    asprintf(&both, "%s%s%s", given, given[0] != '\0' && surname[0] != '\0' ? " " : "", surname) < 0)
		both = NULL;
	free(given);
	free(surname);
	return both;
}

static char *address_text(const struct directory_found *f)
{
	char buf[ADDR_STRLEN];
	return strdup(f->address.family == ADDR_NONE ? "-" : addr_str(&f->address, buf));
}

static void add_row(struct who *w, const struct directory_found *f)
{
	struct row *r = new_row(w);
	if (r == NULL) {
		w->no_memory = true;
		return;
	}
	r->cells[NAME] = server_text(f->name);
	r->cells[PERSON] = full_name(f);
	r->cells[ADDRESS] = address_text(f);
	r->cells[LOCATION] = server_text(f->location);
	r->cells[COMMENT] = server_text(f->comment);
	for (unsigned i = 0; i < COLUMNS; i++)
		w->no_memory = w->no_memory || r->cells[i] == NULL;
}

static void add_json(struct who *w, const struct directory_found *f)
{
	char buf[ADDR_STRLEN];
	json_t *o = json_pack("{s:o?, s:o?, s:o?, s:o?, s:o?, s:o?, s:b}", "name", server_json(f->name), "email", server_json(f->email),
		"given", server_json(f->given), "surname", server_json(f->surname), "location", server_json(f->location),
		"comment", server_json(f->comment), "in_call", f->in_call);
	if (o != NULL && f->address.family != ADDR_NONE) {
		json_object_set_new(o, "address", json_string(addr_ip_str(&f->address, buf)));
		if (f->address.port != 0)
			json_object_set_new(o, "port", json_integer(f->address.port));
	}
	w->no_memory = w->no_memory || json_array_append_new(w->list, o) != 0;
	w->n++;
}

static void found(void *arg, const struct directory_found *f)
{
	struct who *w = arg;
	if (w->json)
		add_json(w, f);
	else
		add_row(w, f);
}

static void print_rows(const struct who *w)
{
	static const char *const heads[COLUMNS] = { "NAME", "PERSON", "ADDRESS", "LOCATION", "COMMENT" };
	int width[COLUMNS];
	for (unsigned c = 0; c < COLUMNS; c++) {
		width[c] = (int)strlen(heads[c]);
		for (size_t i = 0; i < w->n; i++)
			if ((int)strlen(w->rows[i].cells[c]) > width[c])
				width[c] = (int)strlen(w->rows[i].cells[c]);
		/* One long comment does not push the others off the screen. */
		width[c] = width[c] > 40 ? 40 : width[c];
	}
	for (size_t i = 0; w->n > 0 && i <= w->n; i++) {
		for (unsigned c = 0; c < COLUMNS; c++) {
			const char *cell = i == 0 ? heads[c] : w->rows[i - 1].cells[c];
			if (c + 1 < COLUMNS)
				printf("%-*s  ", width[c], cell);
			else
				puts(cell);
		}
	}
}

static void print_json(struct who *w, int err, const char *why, const struct directory_server *used)
{
	char text[ADDR_STRLEN];
	json_t *all = json_pack("{s:s, s:s, s:O}", "server", addr_str(&used->ip, text), "protocol",
		used->protocol == DIRECTORY_BY_ULS ? "uls" : "ils", "people", w->list);
	if (all == NULL)
		return;
	if (err != 0)
		json_object_set_new(all, "error", json_string(why));
	json_dumpf(all, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(all);
}

static void done(void *arg, int err, const char *why, const struct directory_server *used)
{
	struct who *w = arg;
	w->failed = (err != 0 && err != PST_E_LIMIT) || w->no_memory;
	if (w->json)
		print_json(w, err, why, used);
	else if (!w->no_memory)
		print_rows(w);
	if (w->no_memory)
		fputs("postern who: out of memory\n", stderr);
	else if (err == PST_E_LIMIT)
		fputs("postern who: there are more; the server's answer was cut\n", stderr);
	else if (err != 0)
		fprintf(stderr, "postern who: %s: %s\n", w->o.name, why);
	else if (w->n == 0 && !w->json)
		fputs("postern who: nobody\n", stderr);
}

static void free_who(struct who *w)
{
	for (size_t i = 0; i < w->n && w->rows != NULL; i++)
		for (unsigned c = 0; c < COLUMNS; c++)
			free(w->rows[i].cells[c]);
	free(w->rows);
	json_decref(w->list);
}

/* CLI_OK: go on. -1: help was given. */
static int read_options(struct who *w, int argc, char **argv, const char **pattern)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' }, SERVER_LONG_OPTIONS, { 0 },
	};
	int opt;
	while ((opt = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		if (opt == 'j') {
			w->json = true;
		} else if (opt == 'h') {
			fputs(cli_who_usage, stdout);
			return -1;
		} else if (opt < SERVER_OPT_ILS || opt >= SERVER_OPT_LAST || !server_option(&w->o, opt, optarg)) {
			fputs(cli_who_usage, stderr);
			return CLI_USAGE;
		}
	}
	if (argc - optind > 2) {
		fputs(cli_who_usage, stderr);
		return CLI_USAGE;
	}
	*pattern = argc - optind == 2 ? argv[optind + 1] : NULL;
	return server_resolve(&w->o, argc - optind > 0 ? argv[optind] : "127.0.0.1") ? CLI_OK : CLI_FAILED;
}

int cli_who_main(int argc, char **argv)
{
	struct who w = { .list = json_array() };
	const struct directory_client_hooks hooks = { .found = found, .done = done, .arg = &w };
	struct directory_client *job;
	const char *pattern = NULL;
	uv_loop_t loop;
	int rc = read_options(&w, argc, argv, &pattern);
	if (rc == CLI_OK && uv_loop_init(&loop) == 0) {
		const int err = directory_search(&job, &loop, &w.o.server, pattern, &hooks);
		if (err != 0)
			fprintf(stderr, "postern who: %s\n", pst_strerror(err));
		w.failed = err != 0;
		uv_run(&loop, UV_RUN_DEFAULT);
		uv_loop_close(&loop);
		rc = w.failed || w.n == 0 ? CLI_FAILED : CLI_OK;
	}
	free_who(&w);
	return rc < 0 ? CLI_OK : rc;
}
