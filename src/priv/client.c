/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/client.h"

#include <stdlib.h>
#include <unistd.h>

/* Fewer than the socket's buffer takes when the monitor is busy; more than the sockets of a configuration (120) and what is
 * asked of virtual addresses meanwhile (32): a reload must not fail for that. */
enum { OPEN_MAX_ASKS = 160 };

struct question {
	uint32_t id; /* 0: free */
	priv_reply_h *h;
	void *arg;
};

struct priv_client {
	uv_poll_t poll;
	int sock;
	uint32_t next_id;
	const struct priv_client_ops *ops;
	void *arg;
	struct question open[OPEN_MAX_ASKS];
};

static struct question *question_find(struct priv_client *c, uint32_t id)
{
	for (size_t i = 0; i < OPEN_MAX_ASKS; i++) {
		if (c->open[i].id == id)
			return &c->open[i];
	}
	return NULL;
}

/* True when M is something a monitor says. Takes FD. */
static bool take(struct priv_client *c, const struct priv_msg *m, int fd)
{
	if (m->type == PRIV_REPLY && m->id != 0) {
		struct question *q = question_find(c, m->id);
		if (q != NULL) {
			const struct question asked = *q;
			q->id = 0;
			asked.h(asked.arg, m->status, m->sys_errno, fd);
			return true;
		}
	} else if (m->type == PRIV_CONFIG && fd >= 0) {
		c->ops->config(c->arg, m->generation, fd);
		return true;
	} else if (m->type == PRIV_PEER && fd >= 0) {
		c->ops->peer(c->arg, m->peer, fd);
		return true;
	} else if (m->type == PRIV_COMMIT && fd < 0) {
		c->ops->commit(c->arg, m->generation);
		return true;
	} else if (m->type == PRIV_ABORT && fd < 0) {
		c->ops->abort(c->arg, m->generation);
		return true;
	} else if (m->type == PRIV_STOP && fd < 0) {
		c->ops->stop(c->arg);
		return true;
	}
	if (fd >= 0)
		close(fd);
	return false;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	(void)events;
	struct priv_client *c = poll->data;
	struct priv_msg m;
	int fd = -1;
	int rc = status == 0 ? priv_msg_recv(c->sock, &m, &fd) : PST_E_SYS;
	if (rc == PST_E_AGAIN)
		return;
	if (rc == PST_OK && take(c, &m, fd))
		return;
	uv_poll_stop(&c->poll);
	c->ops->lost(c->arg);
}

static void on_closed(uv_handle_t *h)
{
	struct priv_client *c = h->data;
	close(c->sock);
	free(c);
}

int priv_client_new(
        struct priv_client **out, uv_loop_t *loop, int sock, const struct priv_client_ops *ops, void *arg)
{
	struct priv_client *c = calloc(1, sizeof *c);
	if (c == NULL) {
		close(sock);
		return PST_E_NOMEM;
	}
	c->sock = sock;
	c->ops = ops;
	c->arg = arg;
	if (uv_poll_init(loop, &c->poll, sock) != 0) {
		close(sock);
		free(c);
		return PST_E_SYS;
	}
	c->poll.data = c;
	if (uv_poll_start(&c->poll, UV_READABLE, on_poll) != 0) {
		uv_close((uv_handle_t *)&c->poll, on_closed);
		return PST_E_SYS;
	}
	*out = c;
	return PST_OK;
}

int priv_client_ask(struct priv_client *c, const struct priv_msg *ask, priv_reply_h *h, void *arg)
{
	struct question *q = question_find(c, 0);
	if (q == NULL)
		return PST_E_LIMIT;
	struct priv_msg m = *ask;
	do
		m.id = ++c->next_id;
	while (m.id == 0 || question_find(c, m.id) != NULL);
	const int rc = priv_msg_send(c->sock, &m, -1);
	if (rc == PST_OK)
		*q = (struct question){m.id, h, arg};
	return rc;
}

int priv_client_tell(struct priv_client *c, const struct priv_msg *m)
{
	return priv_msg_send(c->sock, m, -1);
}

void priv_client_free(struct priv_client *c)
{
	if (c != NULL)
		uv_close((uv_handle_t *)&c->poll, on_closed);
}
