/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chat: each line of input is said to all, and what others say is printed. */
#include <stdlib.h>

#include "base/log.h"
#include "conference/chat.h"
#include "endpoint/data_node.h"

enum { WAITING_MAX = 256, SAY_MAX = 32, HEARD_MAX = 64, HEARD_MS = 2000 };
enum { OPT_SAY, OPT_READERS };

/* A line heard before the roster says who USER is: data may overtake it at a node on the way. */
struct heard {
	uint16_t user, node; /* node 0: not known yet */
	uint64_t since_ms;
	char text[CHAT_TEXT_MAX + 1];
};

struct chat {
	struct data_app app; /* first */
	uint32_t readers;
	char *waiting[WAITING_MAX]; /* lines until somebody is there to read them */
	unsigned n_waiting, n_say;
	struct heard *heard[HEARD_MAX];
	unsigned n_heard;
};

static int new (struct data_app **a)
{
	struct chat *c = calloc(1, sizeof *c);
	if (c == NULL)
		return PST_E_NOMEM;
	c->readers = 1;
	*a = &c->app;
	return 0;
}

static void say(struct chat *c, const char *text)
{
	struct data_node *n = c->app.node;
	uint8_t out[CHAT_PDU_MAX];
	struct writer w = wr_of(out, sizeof out);
	if (chat_encode(text, &w) != 0) {
		log_error("data", "a line is too long, or no UTF-8");
		return;
	}
	conference_app_send(n->data.conference, c->app.app, 0, MCS_DATA_PRIORITY_MEDIUM, false, wr_slice(&w));
	data_do(&n->data);
}

static void tell(const struct chat *c, const struct heard *h)
{
	char text[DATA_TEXT_MAX], who[DATA_TEXT_MAX];
	data_safe(text, h->text);
	data_safe(who, data_node_person(c->app.node, h->node));
	data_tell(c->app.node->o.json, "chat", DATA_MEMBERS(DATA_STR("from", who), DATA_STR("text", text)),
		"%s: %s", who, text);
}

/* In their order: who is not known yet holds up the others. */
static void tell_heard(struct chat *c, bool all)
{
	const uint64_t now_ms = uv_now(c->app.node->loop);
	unsigned k = 0;
	for (; k < c->n_heard; k++) {
		struct heard *h = c->heard[k];
		if (h->node == 0)
			h->node = conference_user_node(c->app.node->data.conference, h->user);
		if (h->node == 0 && now_ms - h->since_ms < HEARD_MS && !all)
			break;
		tell(c, h);
		free(h);
	}
	c->n_heard -= k;
	memmove(c->heard, c->heard + k, c->n_heard * sizeof c->heard[0]);
}

static void data(struct data_app *a, const struct conference_action *what)
{
	struct chat *c = (struct chat *)a;
	struct heard *h = calloc(1, sizeof *h);
	if (h == NULL || chat_decode(what->octets, h->text, sizeof h->text) != 0) {
		free(h);
		return;
	}
	h->user = what->user;
	h->node = what->node;
	h->since_ms = uv_now(a->node->loop);
	if (c->n_heard == HEARD_MAX)
		tell_heard(c, true);
	c->heard[c->n_heard++] = h;
	tell_heard(c, false);
}

static void left(struct data_app *a)
{
	tell_heard((struct chat *)a, true);
}

static void run(struct data_app *a)
{
	struct chat *c = (struct chat *)a;
	tell_heard(c, false);
	if (!a->ready || c->n_waiting == 0 || data_node_others(a->node, T124_APP_CHAT) < c->readers)
		return;
	for (unsigned i = 0; i < c->n_waiting; i++) {
		say(c, c->waiting[i]);
		free(c->waiting[i]);
	}
	c->n_waiting = 0;
}

static bool line(struct data_app *a, const char *text)
{
	struct chat *c = (struct chat *)a;
	char *copy = c->n_waiting < WAITING_MAX ? strdup(text) : NULL;
	if (copy == NULL)
		log_error("data", "nobody reads: a line is lost");
	else
		c->waiting[c->n_waiting++] = copy;
	return true;
}

static int option(struct data_app *a, int val, const char *value)
{
	struct chat *c = (struct chat *)a;
	char *rest;
	if (val == OPT_SAY) {
		a->node->o.no_input = true;
		return c->n_say++ < SAY_MAX && line(a, value) ? 0 : PST_E_ARG;
	}
	const unsigned long v = strtoul(value, &rest, 10);
	if (rest == value || *rest != '\0' || v > 1000000)
		return PST_E_ARG;
	c->readers = (uint32_t)v;
	return 0;
}

static bool busy(const struct data_app *a)
{
	return ((const struct chat *)a)->n_waiting > 0;
}

static void chat_free(struct data_app *a)
{
	struct chat *c = (struct chat *)a;
	for (unsigned i = 0; i < c->n_waiting; i++)
		free(c->waiting[i]);
	for (unsigned i = 0; i < c->n_heard; i++)
		free(c->heard[i]);
	free(c);
}

static void usage(FILE *to, bool answer)
{
	(void)answer;
	fputs("  --say TEXT           a line of chat; may stand more than once. Then no input is read\n"
	      "  --readers N          hold lines back until N others read chat (default 1)\n",
		to);
}

static const struct option options[] = { { "say", required_argument, NULL, OPT_SAY },
	{ "readers", required_argument, NULL, OPT_READERS }, { NULL, 0, NULL, 0 } };

const struct data_app_ops data_chat_ops = {
	.key = T124_APP_CHAT,
	.name = "chat",
	.options = options,
	.usage = usage,
	.option = option,
	.new = new,
	.data = data,
	.left = left,
	.run = run,
	.line = line,
	.busy = busy,
	.free = chat_free,
};
