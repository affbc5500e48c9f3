/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The conference beside calls: when it is joined, and when it is left. */
#include "endpoint/beside.h"

#include <stdlib.h>

#include "base/log.h"
#include "endpoint/data_options.h"

/* Who calls ends the conference with the call; who answers gives it so long to do so. */
enum { LEAVE_MS = 2000 };

struct beside {
	struct data_node node; /* first */
	uv_timer_t leave;
	unsigned calls; /* with a data channel, now */
	bool began, connects, ever;
};

static bool is_asked_for(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--with-data") == 0)
			return true;
	return false;
}

int beside_options(struct beside **out, int *argc, char **argv)
{
	*out = NULL;
	if (!is_asked_for(*argc, argv))
		return 0;
	struct beside *b = calloc(1, sizeof *b);
	if (b == NULL)
		return PST_E_NOMEM;
	b->node.o.answer = b->node.o.beside = true;
	int err = data_node_new(&b->node);
	if (err == 0)
		err = data_options_take(&b->node, argc, argv);
	if (err != 0)
		(void)beside_free(b);
	else
		*out = b;
	return err;
}

void beside_usage(FILE *to, bool answer)
{
	for (unsigned i = 0; data_apps[i] != NULL; i++)
		if (data_apps[i]->usage != NULL)
			data_apps[i]->usage(to, answer);
}

/* It never ends before its calls. */
static void over(struct data_node *n)
{
	(void)n;
}

int beside_begin(struct beside *b, uv_loop_t *loop, const struct options *o, uint16_t *port)
{
	struct data_node *n = &b->node;
	n->o.json = o->json;
	n->o.trace = o->trace != TRACE_NONE;
	n->o.name = o->alias;
	n->o.local = o->local;
	n->o.local.port = o->data_port;
	n->o.timeout_s = o->timeout_s;
	n->over = over;
	const int err = data_node_begin(n, loop, NULL);
	*port = n->bound.port;
	if (err != 0)
		return err;
	b->began = true;
	uv_timer_init(loop, &b->leave);
	b->leave.data = b;
	return 0;
}

void beside_on(struct beside *b, const struct addr *at, bool connect)
{
	b->calls++;
	b->ever = true;
	uv_timer_stop(&b->leave);
	if (!connect)
		return;
	b->connects = true;
	if (data_node_dial(&b->node, at) != 0)
		b->node.failed = true;
}

static void leave(struct beside *b)
{
	conference_leave(b->node.data.conference);
	data_do(&b->node.data);
}

static void on_leave(uv_timer_t *t)
{
	leave(t->data);
}

void beside_off(struct beside *b)
{
	if (b->calls == 0 || --b->calls > 0)
		return;
	if (b->connects)
		leave(b);
	else
		uv_timer_start(&b->leave, on_leave, LEAVE_MS, 0);
}

bool beside_busy(const struct beside *b)
{
	return b->calls > 0 && data_node_busy(&b->node);
}

void beside_end(struct beside *b)
{
	if (!b->began || b->node.stopping)
		return;
	uv_close((uv_handle_t *)&b->leave, NULL);
	data_node_end(&b->node);
}

bool beside_free(struct beside *b)
{
	if (b == NULL)
		return true;
	/* who connects was to be in a conference; who waits could not know */
	const bool good = data_node_good(&b->node) && (!b->connects || b->node.joined);
	data_node_free(&b->node);
	free(b);
	return good;
}
