/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A data conference on sockets: links by number, deadlines, actions carried out until none is left. */
#include "endpoint/data.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "loop/net.h"

enum { BACKLOG = 16, TICK_MS = 250, QUEUE_MAX = 16 << 20, ASKED_MAX = 32 };
enum { QUEUE_HIGH = 1 << 20, QUEUE_LOW = 256 << 10, STUCK_MS = 30000, UNSENT_MAX = 256 << 10 };

static void nothing_left(struct data *d)
{
	if (d->n_open > 0 || !d->timer_gone || d->done)
		return;
	d->done = true;
	d->closed(d);
}

static void link_closed(struct loop_tcp *t)
{
	struct data_link *l = (struct data_link *)t;
	struct data *d = l->data;
	free(l);
	d->n_open--;
	nothing_left(d);
}

/* Takes link NUMBER out of the table. */
static void drop(struct data *d, unsigned number, bool graceful)
{
	struct data_link *l = d->links[number];
	d->links[number] = NULL;
	d->broken &= ~(UINT64_C(1) << number);
	if (l != NULL && !loop_tcp_close(&l->tcp, graceful, link_closed))
		link_closed(&l->tcp);
}

static void act(struct data *d, const struct conference_action *a)
{
	struct data_link *l = d->links[a->link];
	switch (a->type) {
	case CONFERENCE_SEND:
		if (l != NULL && loop_tcp_send(&l->tcp, &a->octets, 1) != 0)
			d->broken |= UINT64_C(1) << a->link;
		break;
	case CONFERENCE_CLOSE: drop(d, a->link, true); break;
	case CONFERENCE_TIMER_START:
		if (l != NULL)
			l->deadline_ms = uv_now(d->loop) + a->ms;
		break;
	case CONFERENCE_TIMER_STOP:
		if (l != NULL)
			l->deadline_ms = 0;
		break;
	default: d->told(d, a); break;
	}
}

/* ---- flow control */

bool data_has_room(const struct data *d)
{
	for (unsigned i = 0; i < CONFERENCE_LINKS; i++)
		if (d->links[i] != NULL && d->links[i]->tcp.queued > QUEUE_LOW)
			return false;
	return true;
}

/* Reads from a connection when no other one has too much to send. */
static void regulate(struct data *d)
{
	unsigned full = 0, which = 0;
	for (unsigned i = 0; i < CONFERENCE_LINKS; i++) {
		struct data_link *l = d->links[i];
		if (l == NULL)
			continue;
		if (l->tcp.queued > QUEUE_HIGH || (l->stuck_ms != 0 && l->tcp.queued > QUEUE_LOW)) {
			full++;
			which = i;
			if (l->stuck_ms == 0 || l->tcp.queued < l->was_queued)
				l->stuck_ms = uv_now(d->loop);
			l->was_queued = l->tcp.queued;
		} else {
			l->stuck_ms = 0;
		}
	}
	for (unsigned i = 0; i < CONFERENCE_LINKS; i++) {
		struct data_link *l = d->links[i];
		const bool pause = full > 1 || (full == 1 && which != i);
		if (l != NULL && l->paused != pause) {
			l->paused = pause;
			loop_tcp_pause(&l->tcp, pause);
		}
	}
}

void data_settle(struct data *d)
{
	d->again = true;
	if (d->settling || d->settled == NULL)
		return;
	d->settling = true;
	while (d->again) {
		d->again = false;
		d->settled(d);
	}
	d->settling = false;
}

void data_do(struct data *d)
{
	bool any = false;
	for (;;) {
		unsigned asked[ASKED_MAX], n = 0;
		for (const struct conference_action *a = conference_actions(d->conference); a != NULL;
			a = a->next, any = true)
			if (a->type != CONFERENCE_ASKED)
				act(d, a);
			else if (n < ASKED_MAX)
				asked[n++] = a->conn;
		if (n > 0) { /* one event asks once */
			conference_answer(d->conference, asked[0], !d->closing);
		} else if (d->broken != 0) {
			unsigned number = 0;
			while ((d->broken >> number & 1) == 0)
				number++;
			drop(d, number, false);
			conference_closed(d->conference, number);
		} else {
			break;
		}
	}
	regulate(d);
	if (any)
		data_settle(d);
}

/* What the system holds of ours beyond what is on its way, nobody can see, nor put a line of chat before it.
 */
static void tune(struct data_link *l)
{
	const int unsent = UNSENT_MAX;
	l->tcp.queue_max = QUEUE_MAX;
	(void)setsockopt(loop_tcp_fd(&l->tcp), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
}

/* ---- connections */

static void on_connect(struct loop_tcp *t, int status)
{
	struct data_link *l = (struct data_link *)t;
	struct data *d = l->data;
	const unsigned number = l->number;
	if (d->links[number] != l)
		return;
	if (status == 0) {
		tune(l);
		conference_connected(d->conference, number);
	} else {
		log_error("data", "no connection: %s", uv_strerror(status));
		drop(d, number, false);
		conference_closed(d->conference, number);
	}
	data_do(d);
}

static void on_data(struct loop_tcp *t, struct pst_slice octets)
{
	struct data_link *l = (struct data_link *)t;
	if (l->data->links[l->number] != l)
		return;
	conference_received(l->data->conference, l->number, octets);
	data_do(l->data);
}

static void on_close(struct loop_tcp *t, int reason)
{
	struct data_link *l = (struct data_link *)t;
	struct data *d = l->data;
	const unsigned number = l->number;
	(void)reason;
	if (d->links[number] != l)
		return;
	drop(d, number, false);
	conference_closed(d->conference, number);
	data_do(d);
}

static void on_drained(struct loop_tcp *t)
{
	struct data *d = ((struct data_link *)t)->data;
	regulate(d);
	data_settle(d);
}

static const struct loop_tcp_ops ops = {
	.on_connect = on_connect, .on_data = on_data, .on_close = on_close, .on_drained = on_drained
};

static struct data_link *link_new(struct data *d)
{
	unsigned i = 0;
	while (i < CONFERENCE_LINKS && d->links[i] != NULL)
		i++;
	struct data_link *l = i < CONFERENCE_LINKS ? calloc(1, sizeof *l) : NULL;
	if (l == NULL)
		return NULL;
	l->data = d;
	l->number = i;
	d->links[i] = l;
	d->n_open++;
	return l;
}

/* One that was never opened. */
static void link_never(struct data_link *l)
{
	l->data->links[l->number] = NULL;
	l->data->n_open--;
	free(l);
}

int data_call(struct data *d, const struct addr *remote, enum conference_how how, const char *name)
{
	const struct addr from = d->local;
	struct data_link *l = link_new(d);
	if (l == NULL)
		return PST_E_BUSY;
	int err = conference_call(d->conference, l->number, how, name, NULL);
	if (err != 0) {
		link_never(l);
		return err;
	}
	const unsigned number = l->number;
	err = loop_tcp_connect(d->loop, &l->tcp, &ops, from.family != ADDR_NONE ? &from : NULL, remote);
	data_do(d); /* its timer */
	if (err == 0)
		return 0;
	link_never(l);
	conference_closed(d->conference, number);
	data_do(d);
	return 0; /* CALLED said so */
}

static void on_accept(struct loop_listener *listener, int fd, const struct addr *peer)
{
	struct data *d = listener->uv.data;
	struct data_link *l = link_new(d);
	(void)peer;
	if (l == NULL) {
		close(fd);
		return;
	}
	const unsigned number = l->number;
	if (loop_tcp_accept(d->loop, &l->tcp, &ops, fd) != 0) {
		link_never(l);
		return;
	}
	tune(l);
	if (conference_incoming(d->conference, number) != 0)
		drop(d, number, false);
	data_do(d);
}

int data_listen(struct data *d, const struct addr *local, struct addr *bound)
{
	int fd;
	int err = loop_listen(&fd, local, BACKLOG);
	if (err != 0)
		return err;
	err = loop_fd_local(fd, bound);
	if (err != 0) {
		close(fd);
		return err;
	}
	err = loop_listener_open(d->loop, &d->listener, fd, on_accept);
	d->listener.uv.data = d;
	return err;
}

static void tick(uv_timer_t *t)
{
	struct data *d = t->data;
	for (unsigned i = 0; i < CONFERENCE_LINKS; i++) {
		struct data_link *l = d->links[i];
		if (l != NULL && l->stuck_ms != 0 && uv_now(d->loop) - l->stuck_ms > STUCK_MS) {
			log_error("data", "a connection takes nothing: it is cut off");
			d->broken |= UINT64_C(1) << i;
			data_do(d);
			continue;
		}
		if (l == NULL || l->deadline_ms == 0 || l->deadline_ms > uv_now(d->loop))
			continue;
		l->deadline_ms = 0;
		conference_timeout(d->conference, i);
		data_do(d);
	}
	regulate(d);
}

int data_open(struct data *d, const struct conference_config *config)
{
	const int err = conference_new(&d->conference, config);
	if (err != 0)
		return err;
	uv_timer_init(d->loop, &d->timer);
	d->timer.data = d;
	uv_timer_start(&d->timer, tick, TICK_MS, TICK_MS);
	return 0;
}

size_t data_queued(const struct data *d)
{
	size_t n = 0;
	for (unsigned i = 0; i < CONFERENCE_LINKS; i++)
		n += d->links[i] != NULL ? d->links[i]->tcp.queued : 0;
	return n;
}

static void timer_closed(uv_handle_t *h)
{
	struct data *d = h->data;
	d->timer_gone = true;
	nothing_left(d);
}

static void listener_closed(struct loop_listener *l)
{
	struct data *d = l->uv.data;
	uv_close((uv_handle_t *)&d->timer, timer_closed);
}

void data_close(struct data *d)
{
	if (d->closing)
		return;
	d->closing = true;
	conference_leave(d->conference);
	data_do(d);
	for (unsigned i = 0; i < CONFERENCE_LINKS; i++)
		if (d->links[i] != NULL) {
			drop(d, i, true);
			conference_closed(d->conference, i);
			data_do(d);
		}
	if (!loop_listener_close(&d->listener, listener_closed))
		uv_close((uv_handle_t *)&d->timer, timer_closed);
}
