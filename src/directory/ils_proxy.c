/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pump between a client and somebody else's server. Neither side is read faster than the other takes. */
#include <stdlib.h>

#include "base/clock.h"
#include "directory/ils_server_private.h"
#include "ldap/ber.h"

static struct loop_tcp *other(struct ils_conn *c, bool from_client)
{
	return from_client ? &c->half->target : &c->client;
}

static void pass_on(struct ils_conn *c, bool from_client, struct pst_slice octets)
{
	if (octets.n > 0 && loop_tcp_send(other(c, from_client), &octets, 1))
		ils_conn_close(c, false);
}

static bool on_message(struct ils_conn *c, bool from_client, struct pst_slice msg)
{
	struct ils_server *s = c->s;
	struct writer w = wr_of(s->out, sizeof s->out);
	const uint64_t before = c->half->rw.rewritten;
	char peer[ADDR_STRLEN], target[ADDR_STRLEN];
	if (ils_rewrite(&c->half->rw, from_client, msg, clock_now_ms(), &w)) {
		s->stats.broken++;
		ils_conn_close(c, false);
		return false;
	}
	pass_on(c, from_client, wr_slice(&w));
	if (c->half->rw.rewritten != before && log_allow(&s->rate, clock_now_ms(), NULL))
		log_info("ils", "%s and %s: %s %llu addresses translated", addr_str(&c->peer, peer), addr_str(&c->adm.target, target),
			from_client ? "registered," : "found,", (unsigned long long)(c->half->rw.rewritten - before));
	return !c->closing && !c->half->rw.opaque;
}

/* Nothing more is looked at. */
static void become_pipe(struct ils_conn *c, struct ils_input *in, bool from_client)
{
	if (!c->half->rw.opaque) {
		c->half->rw.opaque = true;
		c->s->stats.opaque++;
	}
	pass_on(c, from_client, slice_of(in->p, in->n));
	ils_input_free(in);
}

/* A message too large to look into goes by as it comes. Returns what is left of DATA. */
static struct pst_slice pass_large(struct ils_conn *c, struct ils_input *in, bool from_client, struct pst_slice data)
{
	const size_t n = in->pass < data.n ? in->pass : data.n;
	in->pass -= n;
	pass_on(c, from_client, slice_of(data.p, n));
	return slice_of(data.p + n, data.n - n);
}

static void take(struct ils_conn *c, struct ils_input *in, bool from_client, struct pst_slice data)
{
	int err = 0;
	size_t n;
	while (!c->closing && !c->half->rw.opaque) {
		data = pass_large(c, in, from_client, data);
		if (c->closing || (data.n == 0 && in->n == 0))
			return;
		err = ils_take(c, in, from_client, data, ILS_REWRITE_MAX, on_message);
		data = slice_of(NULL, 0);
		if (err != PST_E_LIMIT || ber_length(slice_of(in->p, in->n), &n))
			break;
		/* what is kept begins with the large one */
		in->pass = n;
		struct ils_input kept = *in;
		in->p = NULL;
		in->n = 0;
		data = pass_large(c, in, from_client, slice_of(kept.p, kept.n));
		if (data.n > 0 && !c->closing) {
			err = ils_take(c, in, from_client, data, ILS_REWRITE_MAX, on_message);
			data = slice_of(NULL, 0);
		}
		free(kept.p);
		if (err != PST_E_LIMIT)
			break;
	}
	if (!c->closing && (c->half->rw.opaque || err)) {
		become_pipe(c, in, from_client);
		pass_on(c, from_client, data);
	}
}

/* Reading one side goes on as long as the other takes it. */
static void balance(struct ils_conn *c)
{
	if (c->closing)
		return;
	loop_tcp_pause(&c->client, c->half->target.queued > 0);
	loop_tcp_pause(&c->half->target, c->client.queued > 0);
}

void ils_proxy_data(struct ils_conn *c, struct pst_slice data)
{
	ils_conn_heard(c);
	take(c, &c->in, true, data);
	balance(c);
}

static void target_data(struct loop_tcp *t, struct pst_slice data)
{
	struct ils_half *h = (struct ils_half *)t;
	ils_conn_heard(h->c);
	take(h->c, &h->in, false, data);
	balance(h->c);
}

void ils_proxy_drained(struct ils_conn *c)
{
	balance(c);
}

static void target_drained(struct loop_tcp *t)
{
	balance(((struct ils_half *)t)->c);
}

static void target_connected(struct loop_tcp *t, int status)
{
	struct ils_half *h = (struct ils_half *)t;
	char to[ADDR_STRLEN];
	h->connected = true;
	if (status == 0)
		return;
	log_info("ils", "%s cannot be reached: %s", addr_str(&h->c->adm.target, to), uv_strerror(status));
	ils_conn_close(h->c, true);
}

static void target_ended(struct loop_tcp *t, int reason)
{
	ils_conn_close(((struct ils_half *)t)->c, reason == 0);
}

static const struct loop_tcp_ops ops = { .on_connect = target_connected, .on_data = target_data, .on_close = target_ended,
	.on_drained = target_drained };

int ils_proxy_start(struct ils_conn *c)
{
	const struct addr *local = c->adm.local.family != ADDR_NONE ? &c->adm.local : NULL;
	struct ils_half *h = calloc(1, sizeof *h);
	if (h == NULL)
		return PST_E_NOMEM;
	h->c = c;
	ils_rewriter_init(&h->rw, c->s->cfg.dir, &c->session.asker, c->adm.target_realm, c->s->cfg.realm_of, c->s->cfg.arg);
	const int err = loop_tcp_connect(c->s->loop, &h->target, &ops, local, &c->adm.target);
	if (err) {
		free(h);
		return err;
	}
	h->target.queue_max = 2 * ILS_OUT;
	c->half = h;
	c->parts++;
	c->s->stats.proxied++;
	return 0;
}
