/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern call --data and postern answer --data: a data conference without H.323. */
#include "endpoint/data_options.h"
#include "endpoint/endpoint.h"

#include <signal.h>

#include "base/log.h"

struct program {
	struct data_node node; /* first */
	uv_loop_t loop;
	uv_signal_t signals[2];
};

static void over(struct data_node *n)
{
	struct program *p = (struct program *)n;
	for (unsigned i = 0; i < 2; i++)
		if (!uv_is_closing((uv_handle_t *)&p->signals[i]))
			uv_close((uv_handle_t *)&p->signals[i], NULL);
	data_node_end(n);
}

static void on_signal(uv_signal_t *h, int number)
{
	(void)number;
	over(h->data);
}

static void catch (struct program *p)
{
	static const int numbers[2] = { SIGINT, SIGTERM };
	for (unsigned i = 0; i < 2; i++) {
		uv_signal_init(&p->loop, &p->signals[i]);
		p->signals[i].data = p;
		uv_signal_start(&p->signals[i], on_signal, numbers[i]);
	}
}

bool endpoint_is_data(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--data") == 0)
			return true;
	return false;
}

static int resolve(struct addr *out, const struct dest *dest, const struct addr *local)
{
	const char *why = NULL;
	const int err = dest_resolve(out, dest, local->family, &why);
	if (err != 0)
		log_error("data", "%s: %s", dest->host, why != NULL ? why : pst_strerror(err));
	return err;
}

static int run(struct program *p, const struct addr *remote)
{
	struct data_node *n = &p->node;
	if (uv_loop_init(&p->loop) != 0)
		return 1;
	catch (p);
	n->over = over;
	const int err = data_node_begin(n, &p->loop, remote);
	if (err != 0 && n->data.conference == NULL)
		for (unsigned i = 0; i < 2; i++)
			uv_close((uv_handle_t *)&p->signals[i], NULL);
	else if (err != 0)
		over(n);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	uv_loop_close(&p->loop);
	return err == 0 && data_node_good(n) ? 0 : 1;
}

int endpoint_data_main(int argc, char **argv)
{
	static struct program p;
	struct dest dest = { 0 };
	struct addr remote = { 0 };
	p = (struct program){ .node.o = { .answer = strcmp(argv[0], "answer") == 0, .name = "postern" } };
	p.node.o.local.port = p.node.o.answer ? DATA_PORT : 0;
	log_setup(p.node.o.answer ? "postern answer" : "postern call", LOG_L_WARN, false);
	int status = data_node_new(&p.node) != 0 ? 1 : data_options(&p.node, &dest, argc, argv);
	if (status < 0 && !p.node.o.answer && resolve(&remote, &dest, &p.node.o.local) != 0)
		status = 1;
	signal(SIGPIPE, SIG_IGN);
	if (status < 0)
		status = run(&p, &remote);
	data_node_free(&p.node);
	return status;
}
