/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/ladder.h"

#include <stdbool.h>
#include <string.h>

#include "cli/text.h"

enum { SIDE = 12 /* columns of an arrow */, HEAD = 24 /* of a column's heading */ };

int ladder_left(const json_t *call)
{
	return strcmp(text_str(call, "direction", "out"), "in") == 0 ? 1 : 0;
}

void ladder_print_parties(FILE *out, const json_t *call)
{
	const char *called = text_str(call, "called", NULL), *caller = text_str(call, "caller", NULL);
	fputs("from ", out);
	if (caller != NULL) {
		text_put(out, caller);
		fputs(" at ", out);
	}
	text_put(out, text_str(call, "from", "?"));
	const char *to = text_str(call, "to", NULL);
	fputs(" to ", out);
	if (called != NULL)
		text_put(out, called);
	if (to != NULL) {
		fputs(called != NULL ? " at " : "", out);
		text_put(out, to);
	} else if (called == NULL) {
		fputs("nobody yet", out);
	}
}

/* "--- h225 -->" or "<-- h225 ---" */
static void put_arrow(FILE *out, const char *via, bool to_right)
{
	const int blanks = 2, n = (int)strlen(via);
	int dashes = SIDE - blanks - n - 1;
	if (dashes < 2)
		dashes = 2;
	const int before = dashes / 2 + (to_right ? 0 : dashes % 2), after = dashes - before;
	if (!to_right)
		fputc('<', out);
	for (int i = 0; i < before; i++)
		fputc('-', out);
	fputc(' ', out);
	text_put(out, via);
	fputc(' ', out);
	for (int i = 0; i < after; i++)
		fputc('-', out);
	if (to_right)
		fputc('>', out);
}

static void put_address(FILE *out, const char *indent, const json_t *a)
{
	fprintf(out, "%s%*s", indent, 10 + 2 * SIDE + 6, "");
	text_put(out, text_str(a, "what", "address"));
	fputs("  ", out);
	text_put(out, text_str(a, "before", "none"));
	const char *after = text_str(a, "after", NULL), *note = text_str(a, "note", NULL);
	if (after != NULL) {
		fputs(" -> ", out);
		text_put(out, after);
	}
	if (note != NULL) {
		fputs("  (", out);
		text_put(out, note);
		fputc(')', out);
	}
	fputc('\n', out);
}

void ladder_print_entry(FILE *out, const char *indent, const json_t *entry, int left)
{
	const json_t *leg = json_object_get(entry, "leg");
	const char *via = text_str(entry, "via", "");
	const json_int_t t = text_int(entry, "t_ms");
	fprintf(out, "%s%5lld.%03d  |", indent, (long long)(t / 1000), (int)(t % 1000));
	if (!json_is_integer(leg)) {
		fprintf(out, "%*s*%*s", SIDE, "", SIDE, "");
	} else if (json_integer_value(leg) == left) {
		put_arrow(out, via, true);
		fprintf(out, "|%*s", SIDE, "");
	} else {
		fprintf(out, "%*s|", SIDE, "");
		put_arrow(out, via, false);
	}
	fputs("|  ", out);
	text_put(out, text_str(entry, "text", ""));
	fputc('\n', out);
	size_t i;
	json_t *a;
	json_array_foreach(json_object_get(entry, "addresses"), i, a) put_address(out, indent, a);
}

static void put_head(FILE *out, const json_t *call, int left)
{
	const json_t *legs = json_object_get(call, "legs");
	static const struct {
		const char *title, *member;
	} rows[] = {{"realm", "realm"}, {"host", "peer"}, {"gateway", "local"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		fprintf(out, "  %-8s  ", rows[i].title);
		text_pad(out, text_str(json_array_get(legs, (size_t)left), rows[i].member, "-"), HEAD);
		text_put(out, text_str(json_array_get(legs, (size_t)(1 - left)), rows[i].member, "-"));
		fputc('\n', out);
	}
}

static void put_pinhole(FILE *out, const json_t *p, const json_t *legs)
{
	char bytes[TEXT_SMALL];
	const json_int_t leg = text_int(p, "from_leg") == 1 ? 1 : 0;
	fputs("  ", out);
	text_pad(out, text_str(p, "kind", "?"), 6);
	text_pad(out, text_str(json_array_get(legs, (size_t)leg), "realm", "-"), 9);
	text_put(out, text_str(p, "from", "?"));
	fprintf(out, " -> [%lld | %lld] -> ", (long long)text_int(p, "local_in"),
	        (long long)text_int(p, "local_out"));
	text_put(out, text_str(p, "to", "?"));
	fprintf(out, "  %lld packets, %s", (long long)text_int(p, "packets"),
	        text_bytes(bytes, text_int(p, "bytes")));
	if (text_int(p, "refused") != 0)
		fprintf(out, ", %lld refused", (long long)text_int(p, "refused"));
	if (text_int(p, "packets") != 0 && json_is_integer(json_object_get(p, "lost"))) {
		const long long us = (long long)text_int(p, "jitter_us");
		fprintf(out, ", %lld lost, jitter %lld.%lld ms", (long long)text_int(p, "lost"), us / 1000,
		        us % 1000 / 100);
	}
	if (text_int(p, "session") != 0)
		fprintf(out, ", session %lld", (long long)text_int(p, "session"));
	if (text_int(p, "channel") != 0)
		fprintf(out, ", channel %lld", (long long)text_int(p, "channel"));
	fputs(json_is_true(json_object_get(p, "open")) ? ", open\n" : ", closed\n", out);
}

/* Who is in the data conference, and what its applications moved. */
static void put_data(FILE *out, json_t *data)
{
	const char *name;
	size_t i;
	json_t *o;
	if (data == NULL)
		return;
	fputs("\ndata conference (octets from the caller, from the callee)\n", out);
	json_array_foreach(json_object_get(data, "nodes"), i, o)
	{
		fprintf(out, "  node %lld  ", (long long)text_int(o, "node"));
		text_put(out, text_str(o, "name", ""));
		fputc('\n', out);
	}
	json_object_foreach(json_object_get(data, "applications"), name, o)
	{
		fputs("  ", out);
		text_put(out, name);
		fprintf(out, "  %lld, %lld", (long long)text_int(o, "from_caller"),
		        (long long)text_int(o, "from_callee"));
		if (text_int(o, "refused") != 0)
			fprintf(out, "; %lld refused", (long long)text_int(o, "refused"));
		fputc('\n', out);
	}
}

void ladder_print_call(FILE *out, const json_t *call)
{
	char text[TEXT_SMALL];
	const int left = ladder_left(call);
	fprintf(out, "call %lld, ", (long long)text_int(call, "id"));
	if (strcmp(text_str(call, "kind", ""), "data") == 0)
		fputs("T.120 alone, ", out);
	else if (strcmp(text_str(call, "kind", ""), "audio") == 0)
		fputs("audio call control, ", out);
	text_put(out, text_str(call, "state", "?"));
	fputs(", ", out);
	ladder_print_parties(out, call);
	fprintf(out, "\nstarted %s, ", text_time(text, json_number_value(json_object_get(call, "started"))));
	fprintf(out, "lasted %s", text_duration(text, text_int(call, "duration_ms")));
	const char *why = text_str(call, "ended", NULL);
	if (why != NULL) {
		fputs(", ended: ", out);
		text_put(out, why);
	}
	fputs("\n\n", out);
	put_head(out, call, left);
	fputc('\n', out);
	size_t i;
	json_t *o;
	json_array_foreach(json_object_get(call, "ladder"), i, o) ladder_print_entry(out, "", o, left);
	if (text_int(call, "ladder_dropped") != 0)
		fprintf(out, "  ... and %lld more\n", (long long)text_int(call, "ladder_dropped"));
	fputs("\npinholes (host -> [gateway's port in | out] -> host)\n", out);
	json_array_foreach(json_object_get(call, "pinholes"), i, o)
	        put_pinhole(out, o, json_object_get(call, "legs"));
	if (json_array_size(json_object_get(call, "pinholes")) == 0)
		fputs("  none\n", out);
	put_data(out, json_object_get(call, "data"));
}
