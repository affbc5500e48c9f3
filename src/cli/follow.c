/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Ladders of all calls, interleaved, each line with its call's number. Which side
 * of a call stands on the left is remembered from its start; calls that stood
 * before are asked for first.
 */
#include "cli/follow.h"

#include <stdio.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/ladder.h"
#include "cli/text.h"

enum { REMEMBERED = 4096 };

/* The low bits of a call's number are its place: an entry overwritten by a much later call is not missed. */
struct sides {
	struct {
		json_int_t call;
		int left;
	} of[REMEMBERED];
	json_t *realms; /* as in the status */
};

static void remember(struct sides *s, json_int_t call, int left)
{
	const size_t i = (size_t)((unsigned long long)call % REMEMBERED);
	s->of[i].call = call;
	s->of[i].left = left;
}

static int left_of(const struct sides *s, json_int_t call)
{
	const size_t i = (size_t)((unsigned long long)call % REMEMBERED);
	return s->of[i].call == call ? s->of[i].left : 0;
}

/* At its start a call does not know yet where it goes, but where it comes from. */
static int left_at_start(const struct sides *s, const json_t *event)
{
	const char *realm = text_str(json_array_get(json_object_get(event, "legs"), 0), "realm", "");
	size_t i;
	json_t *r;
	json_array_foreach(s->realms, i, r)
	{
		if (strcmp(text_str(r, "name", ""), realm) == 0)
			return strcmp(text_str(r, "role", ""), "outside") == 0 ? 1 : 0;
	}
	return 0;
}

static void print_event(struct sides *s, const json_t *e)
{
	const json_int_t call = text_int(e, "call");
	const char *edge = text_str(e, "event", NULL);
	char indent[TEXT_SMALL], text[TEXT_SMALL];
	snprintf(indent, sizeof indent, "[%lld] ", (long long)call);
	if (edge == NULL) {
		ladder_print_entry(stdout, indent, e, left_of(s, call));
	} else if (strcmp(edge, "start") == 0) {
		remember(s, call, left_at_start(s, e));
		printf("%scall ", indent);
		ladder_print_parties(stdout, e);
		fputc('\n', stdout);
	} else {
		printf("%send after %s", indent, text_duration(text, text_int(e, "duration_ms")));
		const char *why = text_str(e, "ended", NULL);
		fputs(why != NULL ? ": " : "", stdout);
		text_put(stdout, why != NULL ? why : "");
		printf(", %lld media packets\n", (long long)text_int(e, "packets"));
	}
	fflush(stdout);
}

static void remember_all(struct sides *s, const json_t *calls)
{
	size_t i;
	json_t *c;
	json_array_foreach(calls, i, c) remember(s, text_int(c, "id"), ladder_left(c));
}

static int question(struct ask *a, const char *cmd, const char *member, json_t **out)
{
	const int rc = ask_send(a, json_pack("{s:s}", "cmd", cmd));
	return rc == CLI_OK ? ask_next(a, member, out) : rc;
}

/* What stands, then the stream. */
static int subscribe(struct ask *a, struct sides *s)
{
	json_t *o;
	int rc = question(a, "status", "status", &o);
	if (rc != CLI_OK)
		return rc;
	s->realms = json_incref(json_object_get(o, "realms"));
	json_decref(o);
	rc = question(a, "calls", "calls", &o);
	if (rc != CLI_OK)
		return rc;
	remember_all(s, o);
	json_decref(o);
	rc = question(a, "follow", "follow", &o);
	if (rc == CLI_OK)
		json_decref(o);
	return rc;
}

int follow_run(const struct cli_options *o)
{
	static struct sides sides;
	struct ask a;
	json_t *e;
	int rc = ask_open(&a, o->socket);
	if (rc != CLI_OK)
		return rc;
	sides.realms = NULL;
	rc = subscribe(&a, &sides);
	while (rc == CLI_OK && (rc = ask_next(&a, "event", &e)) == CLI_OK) {
		if (o->json)
			ask_print_json(e, false);
		else
			print_event(&sides, e);
		json_decref(e);
	}
	json_decref(sides.realms);
	ask_close(&a);
	return rc;
}
