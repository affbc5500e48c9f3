/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern status: how the gateway is. */
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/text.h"

const char cli_status_usage[] = "usage: postern status [--json] [--socket PATH]\n"
                                "  Says how posternd is: calls, pinholes, media, counters.\n"
                                "  --json         print JSON\n"
                                "  --socket PATH  control socket (default: /run/postern/control.sock)\n";

/* "name 3, other 4" of the numbers in an object; nothing where there is none. */
static void print_counters(const char *title, const json_t *o)
{
	if (o == NULL)
		return;
	const char *key;
	json_t *value;
	bool first = true;
	printf("%-10s", title);
	/* jansson's iterators do not change what they walk, but take it as if they could */
	json_t *copy = json_deep_copy(o);
	json_object_foreach(copy, key, value)
	{
		if (!json_is_integer(value))
			continue;
		fputs(first ? "  " : ", ", stdout);
		for (const char *p = key; *p != '\0'; p++)
			fputc(*p == '_' ? ' ' : *p, stdout);
		printf(" %lld", (long long)json_integer_value(value));
		first = false;
	}
	json_decref(copy);
	fputc('\n', stdout);
}

static void print_media(const json_t *m)
{
	char bytes[TEXT_SMALL];
	printf("media       relay ");
	text_put(stdout, text_str(m, "relay", "user"));
	printf(", %lld sessions of %lld, %lld packets, %s, %lld packets refused",
	        (long long)text_int(m, "sessions"), (long long)text_int(m, "sessions_max"),
	        (long long)text_int(m, "packets"), text_bytes(bytes, text_int(m, "bytes")),
	        (long long)text_int(m, "refused"));
	if (text_int(m, "orphans") > 0)
		printf("; %lld pairs of ports go on for a worker that died", (long long)text_int(m, "orphans"));
	putchar('\n');
}

static void print_realms(const json_t *realms)
{
	size_t i;
	json_t *r;
	json_array_foreach(realms, i, r)
	{
		fputs(i == 0 ? "realms      " : "            ", stdout);
		text_put(stdout, text_str(r, "name", ""));
		fputs(" (", stdout);
		text_put(stdout, text_str(r, "role", ""));
		fputs("), ", stdout);
		text_put(stdout, text_str(r, "address", "no address"));
		fputc('\n', stdout);
	}
}

static void print_rules(const json_t *rules)
{
	size_t i;
	json_t *r;
	json_array_foreach(rules, i, r)
	{
		fputs(i == 0 ? "rules       " : "            ", stdout);
		text_put(stdout, text_str(r, "name", ""));
		if (json_is_true(json_object_get(r, "allow")))
			printf(": %lld calls, %lld kbit/s\n", (long long)text_int(r, "calls"), (long long)text_int(r, "kbit"));
		else
			fputs(": refuses\n", stdout);
	}
}

static void print_processes(const json_t *processes)
{
	size_t i;
	json_t *p;
	json_array_foreach(processes, i, p)
	{
		fputs(i == 0 ? "processes   " : ", ", stdout);
		text_put(stdout, text_str(p, "name", "?"));
		if (text_int(p, "pid") != 0)
			printf(" %lld", (long long)text_int(p, "pid"));
		else
			fputs(" is not there", stdout);
	}
	if (i > 0)
		fputc('\n', stdout);
}

static void print_text(const json_t *s)
{
	char up[TEXT_SMALL];
	fputs("posternd ", stdout);
	text_put(stdout, text_str(s, "version", "?"));
	fputs(", mode ", stdout);
	text_put(stdout, text_str(s, "mode", "?"));
	printf(", up %s\n", text_duration(up, text_int(s, "uptime_s") * 1000));
	print_processes(json_object_get(s, "processes"));
	print_realms(json_object_get(s, "realms"));
	print_counters("calls", json_object_get(s, "calls"));
	printf("pinholes    open %lld\n", (long long)text_int(s, "pinholes"));
	print_media(json_object_get(s, "media"));
	print_rules(json_object_get(s, "rules"));
	print_counters("leases", json_object_get(s, "leases"));
	print_counters("directory", json_object_get(s, "directory"));
	print_counters("gatekeeper", json_object_get(s, "gatekeeper"));
	print_counters("ras proxy", json_object_get(s, "ras_proxy"));
	print_counters("messages", json_object_get(s, "messages"));
	print_counters("errors", json_object_get(s, "errors"));
}

int cli_status_main(int argc, char **argv)
{
	struct cli_options o;
	json_t *s;
	int rc = cli_options_read(&o, argc, argv, false, cli_status_usage);
	if (rc != CLI_OK)
		return rc < 0 ? CLI_OK : rc;
	rc = ask_once(o.socket, json_pack("{s:s}", "cmd", "status"), "status", &s);
	if (rc != CLI_OK)
		return rc;
	if (o.json)
		ask_print_json(s, true);
	else
		print_text(s);
	json_decref(s);
	return CLI_OK;
}
