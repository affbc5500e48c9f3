/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern leases: which virtual address stands for which host, and changes of that. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/text.h"

const char cli_leases_usage[] =
        "usage: postern leases [--json] [--socket PATH]\n"
        "       postern leases grant HOST [--realm NAME] [...]\n"
        "       postern leases pin HOST [ADDRESS] [--realm NAME] [...]\n"
        "       postern leases release HOST|ADDRESS [--realm NAME] [...]\n"
        "  Lists the leases: hosts inside, the virtual addresses that stand for them, how long each has stood or rested, when it\n"
        "  ends without being used, and how many calls and registrations use it.\n"
        "  grant          a lease for HOST, or its lease renewed\n"
        "  pin            the same, and it does not end by time; with ADDRESS, that one of the pools\n"
        "  release        ends a lease that nobody uses; its address rests before another host gets it\n"
        "  --realm NAME   only in that realm (default: in each that has a pool)\n"
        "  --json         print JSON\n"
        "  --socket PATH  control socket (default: /run/postern/control.sock)\n";

struct wish {
	struct cli_options o;
	const char *act, *host, *address, *realm; /* act NULL: the list */
};

static int wrong(void)
{
	fputs(cli_leases_usage, stderr);
	return CLI_USAGE;
}

static int read_words(struct wish *w, int n, char **words)
{
	if (n == 0)
		return w->realm == NULL ? CLI_OK : wrong();
	w->act = words[0];
	const bool pin = strcmp(w->act, "pin") == 0;
	if ((!pin && strcmp(w->act, "grant") != 0 && strcmp(w->act, "release") != 0) || n < 2 || n > (pin ? 3 : 2))
		return wrong();
	w->host = words[1];
	w->address = n > 2 ? words[2] : NULL;
	return CLI_OK;
}

/* As cli_options_read(). */
static int read_wish(struct wish *w, int argc, char **argv)
{
	static const struct option options[] = {
	        {"json", no_argument, NULL, 'j'},
	        {"socket", required_argument, NULL, 's'},
	        {"realm", required_argument, NULL, 'r'},
	        {"help", no_argument, NULL, 'h'},
	        {0},
	};
	*w = (struct wish){.o = {.socket = "/run/postern/control.sock"}};
	int opt;
	while ((opt = getopt_long(argc, argv, "js:r:h", options, NULL)) != -1) {
		if (opt == 'j') {
			w->o.json = true;
		} else if (opt == 's') {
			w->o.socket = optarg;
		} else if (opt == 'r') {
			w->realm = optarg;
		} else if (opt == 'h') {
			fputs(cli_leases_usage, stdout);
			return -1;
		} else {
			return wrong();
		}
	}
	return read_words(w, argc - optind, argv + optind);
}

static json_t *request_of(const struct wish *w)
{
	if (w->act == NULL)
		return json_pack("{s:s}", "cmd", "leases");
	return json_pack("{s:s,s:s,s:s,s:s*,s:s*}", "cmd", "lease", "act", w->act, "host", w->host, "address", w->address,
	        "realm", w->realm);
}

static int by_host(const void *a, const void *b)
{
	const json_t *x = *(const json_t *const *)a, *y = *(const json_t *const *)b;
	const int order = strcmp(text_str(x, "host", ""), text_str(y, "host", ""));
	return order != 0 ? order : strcmp(text_str(x, "address", ""), text_str(y, "address", ""));
}

static void print_one(const json_t *l)
{
	char since[TEXT_SMALL], expires[TEXT_SMALL], address[80];
	const bool resting = strcmp(text_str(l, "state", ""), "resting") == 0;
	const bool silent = !resting && !json_is_true(json_object_get(l, "answered"));
	snprintf(address, sizeof address, "%s%s", text_str(l, "address", "?"), silent ? " (not up)" : "");
	text_pad(stdout, text_str(l, "host", "")[0] != '\0' ? text_str(l, "host", "") : "-", 24);
	text_pad(stdout, address, 24);
	text_pad(stdout, text_str(l, "realm", "?"), 11);
	text_pad(stdout, text_str(l, "state", "?"), 9);
	printf("%9s %9s %5lld\n", text_duration(since, text_int(l, "since_ms")),
	        text_int(l, "expires_ms") != 0 ? text_duration(expires, text_int(l, "expires_ms")) : "-",
	        (long long)text_int(l, "uses"));
}

static void print_list(const json_t *list)
{
	const size_t n = json_array_size(list);
	const json_t **sorted = calloc(n + 1, sizeof(*sorted));
	if (n == 0 || sorted == NULL) {
		puts("no leases");
		free(sorted);
		return;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = json_array_get(list, i);
	qsort(sorted, n, sizeof(*sorted), by_host);
	printf("%-23s %-23s %-10s %-8s %9s %9s %5s\n", "HOST", "ADDRESS", "REALM", "STATE", "SINCE", "EXPIRES", "USES");
	for (size_t i = 0; i < n; i++)
		print_one(sorted[i]);
	free(sorted);
}

int cli_leases_main(int argc, char **argv)
{
	struct wish w;
	json_t *answer;
	int rc = read_wish(&w, argc, argv);
	if (rc != CLI_OK)
		return rc < 0 ? CLI_OK : rc;
	rc = ask_once(w.o.socket, request_of(&w), "leases", &answer);
	if (rc != CLI_OK)
		return rc;
	if (w.o.json)
		ask_print_json(answer, true);
	else
		print_list(answer);
	json_decref(answer);
	return CLI_OK;
}
