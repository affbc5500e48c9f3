/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The simulated network: a list of things that will happen, in the order of time. */
#include "call/sim.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONNS = 32, TIMERS = TERMINAL_TIMERS, LADDER = 1 << 16 };

enum what { W_EVENT, W_DATA, W_CONNECT, W_CONNECTED, W_REFUSED, W_CLOSED, W_TIMER, W_FLUSH, W_BREAK };

struct item {
	uint64_t ms, order;
	enum what what;
	int side;
	int conn;
	struct terminal_event event;
	uint8_t *data;
	size_t n;
	uint32_t generation; /* of a timer */
};

struct conn {
	bool used, signal, open[2]; /* open: that side has it and was not told of its end */
	int opener;
	uint64_t last_ms[2];        /* when the last thing reaches that side */
	struct frames in[2];
	uint8_t *held[2];           /* SIM_MERGED */
	size_t n_held[2];
};

struct sim {
	const struct sim_script *s;
	struct sim_result *out;
	struct item *items;
	size_t n, cap;
	uint64_t now, order, random;
	struct conn conn[CONNS];
	int n_conn;
	int signal[2], h_out[2], h_in[2], arriving[2];
	bool listening[2], lost;
	uint32_t generation[2][TIMERS];
	bool running[2][TIMERS];
	size_t n_ladder;
};

static uint32_t rnd(struct sim *m, uint32_t n)
{
	m->random = m->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return n == 0 ? 0 : (uint32_t)(m->random >> 33) % n;
}

static void PST_PRINTF(2, 3) ladder(struct sim *m, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const int n = vsnprintf(m->out->ladder + m->n_ladder, LADDER - m->n_ladder, fmt, ap);
	va_end(ap);
	if (n > 0 && m->n_ladder + (size_t)n < LADDER)
		m->n_ladder += (size_t)n;
}

static struct item *later(struct sim *m, uint64_t ms, enum what what, int side)
{
	if (m->n == m->cap) {
		m->cap = m->cap == 0 ? 256 : m->cap * 2;
		m->items = realloc(m->items, m->cap * sizeof(*m->items));
		assert(m->items != NULL);
	}
	struct item *i = &m->items[m->n++];
	*i = (struct item){ .ms = ms, .order = m->order++, .what = what, .side = side, .conn = -1 };
	return i;
}

static uint64_t delay(struct sim *m)
{
	return m->s->delay_min_ms + rnd(m, m->s->delay_max_ms - m->s->delay_min_ms + 1);
}

/* Nothing overtakes on a connection. */
static uint64_t arrival(struct sim *m, int conn, int side)
{
	uint64_t ms = m->now + delay(m);
	if (ms < m->conn[conn].last_ms[side])
		ms = m->conn[conn].last_ms[side];
	m->conn[conn].last_ms[side] = ms;
	return ms;
}

static void put_segment(struct sim *m, int conn, int to, const uint8_t *p, size_t n)
{
	struct item *i = later(m, arrival(m, conn, to), W_DATA, to);
	i->conn = conn;
	i->data = malloc(n);
	i->n = n;
	memcpy(i->data, p, n);
}

static void write_conn(struct sim *m, int conn, int from, struct pst_slice s)
{
	struct conn *c = &m->conn[conn];
	const int to = 1 - from;
	if (!c->open[from])
		return;
	if (m->s->segments == SIM_MERGED) {
		if (c->n_held[to] == 0)
			later(m, m->now + 50, W_FLUSH, to)->conn = conn;
		c->held[to] = realloc(c->held[to], c->n_held[to] + s.n);
		memcpy(c->held[to] + c->n_held[to], s.p, s.n);
		c->n_held[to] += s.n;
		return;
	}
	for (size_t at = 0; at < s.n;) {
		size_t n = s.n - at;
		if (m->s->segments == SIM_OCTETS)
			n = 1;
		else if (m->s->segments == SIM_RANDOM)
			n = 1 + rnd(m, (uint32_t)n);
		put_segment(m, conn, to, s.p + at, n);
		at += n;
	}
}

static void flush_conn(struct sim *m, int conn, int to)
{
	struct conn *c = &m->conn[conn];
	if (c->n_held[to] > 0)
		put_segment(m, conn, to, c->held[to], c->n_held[to]);
	free(c->held[to]);
	c->held[to] = NULL;
	c->n_held[to] = 0;
}

static void close_conn(struct sim *m, int conn, int side)
{
	if (conn < 0 || !m->conn[conn].open[side])
		return;
	flush_conn(m, conn, 1 - side);
	m->conn[conn].open[side] = false;
	later(m, arrival(m, conn, 1 - side), W_CLOSED, 1 - side)->conn = conn;
}

static int new_conn(struct sim *m, int opener, bool is_signal)
{
	assert(m->n_conn < CONNS);
	struct conn *c = &m->conn[m->n_conn];
	*c = (struct conn){ .used = true, .signal = is_signal, .opener = opener };
	tpkt_init(&c->in[0], 0);
	tpkt_init(&c->in[1], 0);
	later(m, arrival(m, m->n_conn, 1 - opener), W_CONNECT, 1 - opener)->conn = m->n_conn;
	return m->n_conn++;
}

static int h245_of(const struct sim *m, int side)
{
	return m->h_in[side] >= 0 ? m->h_in[side] : m->h_out[side];
}

static void give(struct sim *m, int side, const struct terminal_event *e);

static void user_later(struct sim *m, int side, uint64_t ms, struct terminal_event e)
{
	later(m, m->now + ms, W_EVENT, side)->event = e;
}

static void stop_timer(struct sim *m, int side, uint8_t timer)
{
	assert(timer < TIMERS);
	m->generation[side][timer]++;
	m->running[side][timer] = false;
}

static void trace(struct sim *m, int side, const struct terminal_action *a)
{
	static const char *const names[] = { "signal", "h245", "tunnel", "media" };
	if (a->sent)
		ladder(m, "%s  %-6s  %s\n", side == 0 ? "A -> B" : "A <- B", names[a->channel], a->text);
}

static void start_media(struct sim *m, int side, const struct terminal_action *a)
{
	struct sim_side *s = &m->out->side[side];
	char text[ADDR_STRLEN];
	const bool tx = a->type == TERMINAL_TX_START;
	if (tx) {
		assert(s->tx_starts == s->tx_stops);
		s->tx = a->media;
		s->tx_starts++;
	} else {
		assert(s->rx_starts == s->rx_stops);
		s->rx = a->media;
		s->rx_starts++;
	}
	ladder(m, "%c %s %s %s\n", 'A' + side, tx ? "sends" : "listens for", terminal_codec_name(a->media.codec),
		tx ? addr_str(&a->media.rtp, text) : "");
}

static void start_data(struct sim *m, int side, const struct terminal_action *a)
{
	struct sim_side *s = &m->out->side[side];
	char text[ADDR_STRLEN];
	assert(s->data_starts == s->data_stops);
	s->data_starts++;
	ladder(m, "%c %s T.120 %s %s\n", 'A' + side, a->connect ? "connects to" : "waits for",
		a->connect ? "at" : "from", addr_str(&a->addr, text));
}

static void connected(struct sim *m, int side)
{
	m->out->side[side].connected++;
	if (m->s->dtmf_ms != 0)
		user_later(m, side, m->s->dtmf_ms, (struct terminal_event){ .type = TERMINAL_SEND_DTMF,
			.text = side == 0 ? "12#" : "AD*" });
	if (m->s->hangup_ms != 0 && m->s->hangup_side == side)
		user_later(m, side, m->s->hangup_ms, (struct terminal_event){ .type = TERMINAL_HANGUP });
}

static void ended(struct sim *m, int side, const struct terminal_action *a)
{
	struct sim_side *s = &m->out->side[side];
	assert(a->next == NULL && s->ended == 0);
	s->ended++;
	s->cause = a->cause;
	s->by_peer = a->by_peer;
	s->end_text = a->text;
	s->end_ms = m->now;
	ladder(m, "%c ended %u %s%s\n", 'A' + side, a->cause, a->text, a->by_peer ? " (by the peer)" : "");
	for (uint8_t i = 0; i < TIMERS; i++)
		s->timers_running += m->running[side][i];
}

static void incoming(struct sim *m, int side)
{
	m->out->side[side].incoming++;
	user_later(m, side, m->s->answer_ms,
		(struct terminal_event){ .type = m->s->reject ? TERMINAL_REJECT : TERMINAL_ANSWER });
}

static void act(struct sim *m, int side, const struct terminal_action *a)
{
	struct sim_side *s = &m->out->side[side];
	switch (a->type) {
	case TERMINAL_CONNECT_SIGNAL: m->signal[side] = new_conn(m, side, true); break;
	case TERMINAL_SEND_SIGNAL: write_conn(m, m->signal[side], side, a->octets); break;
	case TERMINAL_CLOSE_SIGNAL: close_conn(m, m->signal[side], side); break;
	case TERMINAL_LISTEN_H245: m->listening[side] = true; break;
	case TERMINAL_UNLISTEN_H245: m->listening[side] = false; break;
	case TERMINAL_CONNECT_H245: m->h_out[side] = new_conn(m, side, false); break;
	case TERMINAL_H245_REFUSE:
		s->refusals++;
		close_conn(m, m->arriving[side], side);
		m->arriving[side] = -1;
		break;
	case TERMINAL_H245_ABANDON:
		close_conn(m, m->h_out[side], side);
		m->h_out[side] = -1;
		break;
	case TERMINAL_SEND_H245: write_conn(m, h245_of(m, side), side, a->octets); break;
	case TERMINAL_CLOSE_H245:
		close_conn(m, h245_of(m, side), side);
		m->h_in[side] = m->h_out[side] = -1;
		break;
	case TERMINAL_TX_START:
	case TERMINAL_RX_START: start_media(m, side, a); break;
	case TERMINAL_DATA_START: start_data(m, side, a); break;
	case TERMINAL_DATA_STOP: s->data_stops++; break;
	case TERMINAL_TX_STOP: s->tx_stops++; break;
	case TERMINAL_RX_STOP: s->rx_stops++; break;
	case TERMINAL_TIMER_START:
		stop_timer(m, side, a->timer);
		m->running[side][a->timer] = true;
		struct item *i = later(m, m->now + a->ms, W_TIMER, side);
		i->event.timer = a->timer;
		i->generation = m->generation[side][a->timer];
		break;
	case TERMINAL_TIMER_STOP: stop_timer(m, side, a->timer); break;
	case TERMINAL_INCOMING: incoming(m, side); break;
	case TERMINAL_RINGING: s->ringing++; break;
	case TERMINAL_CONNECTED: connected(m, side); break;
	case TERMINAL_DTMF:
		if (strlen(s->dtmf) + strlen(a->text) < sizeof(s->dtmf))
			strcat(s->dtmf, a->text);
		break;
	case TERMINAL_TRACE: trace(m, side, a); break;
	case TERMINAL_ENDED: ended(m, side, a); break;
	default: assert(false);
	}
}

static void give(struct sim *m, int side, const struct terminal_event *e)
{
	struct sim_side *s = &m->out->side[side];
	struct terminal_info info;
	terminal_info(s->terminal, &info);
	const int err = terminal_event(s->terminal, e);
	assert(err == 0);
	if (info.call_state != 0 && !terminal_ended(s->terminal))
		terminal_info(s->terminal, &s->info);
	m->out->events++;
	/* The incoming connection is the terminal's unless it refuses it. */
	if (e->type == TERMINAL_H245_INCOMING) {
		const struct terminal_action *a = terminal_actions(s->terminal);
		bool refused = terminal_ended(s->terminal);
		for (; a != NULL; a = a->next)
			refused = refused || a->type == TERMINAL_H245_REFUSE;
		if (!refused) {
			m->h_in[side] = m->arriving[side];
			m->arriving[side] = -1;
		}
	}
	for (const struct terminal_action *a = terminal_actions(s->terminal); a != NULL; a = a->next)
		act(m, side, a);
}

static struct terminal_event net_event(const struct sim *m, enum terminal_event_type type, int side)
{
	const struct terminal_config *own = &m->s->config[side], *peer = &m->s->config[1 - side];
	return (struct terminal_event){ .type = type, .local = addr_with_port(own->rtp, 1720),
		.addr = addr_with_port(peer->rtp, 1720) };
}

static void do_connect(struct sim *m, int side, int conn)
{
	struct conn *c = &m->conn[conn];
	const bool ok = !m->lost && (c->signal || (m->listening[side] && !m->s->no_h245));
	if (m->lost || (!c->signal && m->s->no_h245))
		return;
	later(m, arrival(m, conn, 1 - side), ok ? W_CONNECTED : W_REFUSED, 1 - side)->conn = conn;
	if (!ok)
		return;
	c->open[0] = c->open[1] = true;
	if (c->signal)
		m->signal[side] = conn;
	else
		m->arriving[side] = conn;
	const struct terminal_event e = net_event(m, c->signal ? TERMINAL_SIGNAL_INCOMING : TERMINAL_H245_INCOMING, side);
	give(m, side, &e);
}

static void do_data(struct sim *m, int side, int conn, struct pst_slice octets)
{
	struct conn *c = &m->conn[conn];
	struct pst_slice payload;
	if (!c->open[side])
		return;
	if (!c->signal && conn != h245_of(m, side))
		return;
	frames_feed(&c->in[side], octets);
	int err;
	while ((err = tpkt_next(&c->in[side], &payload)) == 0) {
		const struct terminal_event e = {
			.type = c->signal ? TERMINAL_SIGNAL_MESSAGE : TERMINAL_H245_MESSAGE, .octets = payload };
		give(m, side, &e);
	}
	assert(err == PST_E_AGAIN);
}

static void do_closed(struct sim *m, int side, int conn)
{
	struct conn *c = &m->conn[conn];
	if (!c->open[side])
		return;
	c->open[side] = false;
	if (!c->signal && conn != h245_of(m, side) && conn != m->h_out[side])
		return;
	if (!c->signal) {
		m->h_in[side] = m->h_in[side] == conn ? -1 : m->h_in[side];
		m->h_out[side] = m->h_out[side] == conn ? -1 : m->h_out[side];
	}
	const struct terminal_event e = { .type = c->signal ? TERMINAL_SIGNAL_CLOSED : TERMINAL_H245_CLOSED };
	give(m, side, &e);
}

static void break_all(struct sim *m)
{
	for (int i = 0; i < m->n_conn; i++) {
		for (int side = 0; side < 2; side++)
			do_closed(m, side, i);
	}
}

static void happen(struct sim *m, const struct item *i)
{
	struct terminal_event e;
	switch (i->what) {
	case W_EVENT: give(m, i->side, &i->event); break;
	case W_DATA:
		if (!m->lost)
			do_data(m, i->side, i->conn, slice_of(i->data, i->n));
		break;
	case W_CONNECT: do_connect(m, i->side, i->conn); break;
	case W_CONNECTED:
		if (m->lost || !m->conn[i->conn].open[i->side])
			break;
		if (!m->conn[i->conn].signal && m->h_out[i->side] != i->conn)
			break;
		e = net_event(m, m->conn[i->conn].signal ? TERMINAL_SIGNAL_CONNECTED : TERMINAL_H245_CONNECTED, i->side);
		give(m, i->side, &e);
		break;
	case W_REFUSED:
		if (m->h_out[i->side] == i->conn)
			m->h_out[i->side] = -1;
		e = (struct terminal_event){ .type = TERMINAL_H245_CLOSED };
		give(m, i->side, &e);
		break;
	case W_CLOSED:
		if (!m->lost)
			do_closed(m, i->side, i->conn);
		break;
	case W_TIMER:
		if (m->generation[i->side][i->event.timer] != i->generation)
			break;
		m->running[i->side][i->event.timer] = false;
		e = (struct terminal_event){ .type = TERMINAL_TIMER, .timer = i->event.timer };
		give(m, i->side, &e);
		break;
	case W_FLUSH: flush_conn(m, i->conn, i->side); break;
	case W_BREAK: break_all(m); break;
	}
}

static size_t next_item(const struct sim *m)
{
	size_t best = 0;
	for (size_t i = 1; i < m->n; i++) {
		const struct item *a = &m->items[i], *b = &m->items[best];
		if (a->ms < b->ms || (a->ms == b->ms && a->order < b->order))
			best = i;
	}
	return best;
}

static void begin(struct sim *m)
{
	struct terminal_event dial = net_event(m, TERMINAL_DIAL, 0);
	dial.text = "bob";
	for (int i = 0; i < 2; i++) {
		m->signal[i] = m->h_out[i] = m->h_in[i] = m->arriving[i] = -1;
		const int err = terminal_new(&m->out->side[i].terminal, &m->s->config[i]);
		assert(err == 0);
	}
	user_later(m, 0, 0, dial);
	if (m->s->broken_ms != 0)
		later(m, m->s->broken_ms, W_BREAK, 0);
}

static void finish(struct sim *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->items[i].data);
	free(m->items);
	for (int i = 0; i < m->n_conn; i++) {
		for (int side = 0; side < 2; side++) {
			m->out->open_connections += m->conn[i].open[side];
			frames_reset(&m->conn[i].in[side]);
			free(m->conn[i].held[side]);
		}
	}
	for (int side = 0; side < 2; side++) {
		terminal_free(m->out->side[side].terminal);
		m->out->side[side].terminal = NULL;
	}
	m->out->ms = m->now;
}

void sim_run(const struct sim_script *script, uint64_t limit_ms, struct sim_result *out)
{
	struct sim m = { .s = script, .out = out, .random = script->seed };
	*out = (struct sim_result){ .ladder = calloc(1, LADDER) };
	assert(out->ladder != NULL);
	begin(&m);
	while (m.n > 0) {
		const size_t at = next_item(&m);
		const struct item i = m.items[at];
		if (i.ms > limit_ms)
			break;
		m.items[at] = m.items[--m.n];
		m.now = i.ms;
		if (script->lost_ms != 0 && m.now >= script->lost_ms)
			m.lost = true;
		happen(&m, &i);
		free(i.data);
	}
	finish(&m);
}
