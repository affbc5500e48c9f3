/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the machine asks for, done. One row per kind of action. */
#include "endpoint/line_private.h"

#include "base/clock.h"
#include "base/log.h"

#include <assert.h>

enum { BUSY_MS = 200 }; /* how often what holds a call up is looked at */

typedef void action_h(struct line *l, const struct terminal_action *a);

static void connect_signal(struct line *l, const struct terminal_action *a)
{
	(void)a; /* where it leads is what we dialled */
	line_net_connect(l, CONN_SIGNAL, &l->connect_to);
}

static void send_signal(struct line *l, const struct terminal_action *a)
{
	line_net_send(l, CONN_SIGNAL, a->octets);
}

static void close_signal(struct line *l, const struct terminal_action *a)
{
	(void)a;
	line_net_close(l, CONN_SIGNAL, true);
}

static void listen_h245(struct line *l, const struct terminal_action *a)
{
	(void)a;
	line_net_listen(l);
}

static void unlisten_h245(struct line *l, const struct terminal_action *a)
{
	(void)a;
	line_net_unlisten(l);
}

static void connect_h245(struct line *l, const struct terminal_action *a)
{
	line_net_connect(l, CONN_H245_OUT, &a->addr);
}

static void refuse_h245(struct line *l, const struct terminal_action *a)
{
	(void)a;
	line_net_close(l, CONN_H245_IN, true);
}

static void abandon_h245(struct line *l, const struct terminal_action *a)
{
	(void)a;
	line_net_close(l, CONN_H245_OUT, false);
}

static void send_h245(struct line *l, const struct terminal_action *a)
{
	line_net_send(l, line_net_h245(l), a->octets);
}

static void close_h245(struct line *l, const struct terminal_action *a)
{
	(void)a;
	line_net_close(l, line_net_h245(l), true);
}

static enum g711_law law_of(uint8_t codec)
{
	return codec == TERMINAL_G711A ? G711_ALAW : G711_ULAW;
}

static void set_rtcp(struct line *l, const struct terminal_action *a)
{
	if (a->media.rtcp.family != ADDR_NONE)
		media_set_peer_rtcp(l->media, &a->media.rtcp);
}

static void tx_start(struct line *l, const struct terminal_action *a)
{
	set_rtcp(l, a);
	media_send(l->media, law_of(a->media.codec), &a->media.rtp);
}

static void tx_stop(struct line *l, const struct terminal_action *a)
{
	(void)a;
	media_send_stop(l->media);
}

static void rx_start(struct line *l, const struct terminal_action *a)
{
	set_rtcp(l, a);
	media_receive(l->media, law_of(a->media.codec));
}

static void rx_stop(struct line *l, const struct terminal_action *a)
{
	(void)a;
	media_receive_stop(l->media);
}

static void timer_ran_out(uv_timer_t *h)
{
	struct line *l = h->data;
	struct terminal_event e = {.type = TERMINAL_TIMER, .timer = (uint8_t)(h - l->timers)};

	line_event(l, &e);
}

static void timer_start(struct line *l, const struct terminal_action *a)
{
	assert(a->timer < TERMINAL_TIMERS);
	uv_timer_start(&l->timers[a->timer], timer_ran_out, a->ms, 0);
}

static void timer_stop(struct line *l, const struct terminal_action *a)
{
	assert(a->timer < TERMINAL_TIMERS);
	uv_timer_stop(&l->timers[a->timer]);
}

static void note(char out[static REPORT_TEXT_MAX], const char *text)
{
	log_escape(out, REPORT_TEXT_MAX, slice_str(text ? text : ""));
}

static void incoming(struct line *l, const struct terminal_action *a)
{
	l->report.set_up = true;
	note(l->report.caller, a->text);
	note(l->report.called, a->text2);
	l->asked = true;
}

static void ringing(struct line *l, const struct terminal_action *a)
{
	(void)a;
	if (l->hooks.ringing)
		l->hooks.ringing(l->hooks.arg, &l->report);
}

static void data_start(struct line *l, const struct terminal_action *a)
{
	if (l->hooks.data)
		l->hooks.data(l->hooks.arg, &a->addr, a->connect);
	l->data = true;
}

static void data_stop(struct line *l, const struct terminal_action *a)
{
	(void)a;
	if (l->hooks.data && l->data)
		l->hooks.data(l->hooks.arg, NULL, false);
	l->data = false;
}

static void hang_up_now(uv_timer_t *h)
{
	struct line *l = h->data;

	if (l->hooks.busy && l->hooks.busy(l->hooks.arg))
		uv_timer_start(h, hang_up_now, BUSY_MS, 0);
	else
		line_hangup(l);
}

static void connected(struct line *l, const struct terminal_action *a)
{
	(void)a;
	l->connected_ms = clock_now_ms();
	uv_timer_stop(&l->timers[LINE_TIMER_GUARD]);
	if (l->o->has_duration)
		uv_timer_start(
		        &l->timers[LINE_TIMER_DURATION], hang_up_now, (uint64_t)(l->o->duration_s * 1000), 0);
	if (l->hooks.connected)
		l->hooks.connected(l->hooks.arg, &l->report);
}

static void dtmf(struct line *l, const struct terminal_action *a)
{
	char text[REPORT_TEXT_MAX];
	size_t n = strlen(l->report.dtmf_heard);

	note(text, a->text);
	snprintf(l->report.dtmf_heard + n, REPORT_TEXT_MAX - n, "%s", text);
}

static void trace(struct line *l, const struct terminal_action *a)
{
	static const char *const CHANNELS[] = {"H.225", "H.245", "tunnel", "media"};
	char text[512];

	if (l->o->trace != TRACE_NONE)
		fprintf(stderr, "%u %s %-6s %s\n", l->report.number, a->sent ? ">" : "<",
		        CHANNELS[a->channel & 3],
		        log_escape(text, sizeof(text), slice_str(a->text ? a->text : "")));
}

static void ended(struct line *l, const struct terminal_action *a)
{
	char why[REPORT_TEXT_MAX];

	l->report.cause = a->cause;
	l->report.by_peer = a->by_peer;
	snprintf(why, sizeof(why), "%s%s%s", a->text ? a->text : "", a->text && l->lost_why ? ": " : "",
	        l->lost_why ? l->lost_why : "");
	note(l->report.why, why);
	l->ended = true;
}

static action_h *const ACTIONS[TERMINAL_ACTIONS] = {
        [TERMINAL_CONNECT_SIGNAL] = connect_signal,
        [TERMINAL_SEND_SIGNAL] = send_signal,
        [TERMINAL_CLOSE_SIGNAL] = close_signal,
        [TERMINAL_LISTEN_H245] = listen_h245,
        [TERMINAL_UNLISTEN_H245] = unlisten_h245,
        [TERMINAL_CONNECT_H245] = connect_h245,
        [TERMINAL_H245_REFUSE] = refuse_h245,
        [TERMINAL_H245_ABANDON] = abandon_h245,
        [TERMINAL_SEND_H245] = send_h245,
        [TERMINAL_CLOSE_H245] = close_h245,
        [TERMINAL_TX_START] = tx_start,
        [TERMINAL_TX_STOP] = tx_stop,
        [TERMINAL_RX_START] = rx_start,
        [TERMINAL_RX_STOP] = rx_stop,
        [TERMINAL_DATA_START] = data_start,
        [TERMINAL_DATA_STOP] = data_stop,
        [TERMINAL_TIMER_START] = timer_start,
        [TERMINAL_TIMER_STOP] = timer_stop,
        [TERMINAL_INCOMING] = incoming,
        [TERMINAL_RINGING] = ringing,
        [TERMINAL_CONNECTED] = connected,
        [TERMINAL_DTMF] = dtmf,
        [TERMINAL_TRACE] = trace,
        [TERMINAL_ENDED] = ended,
};

void line_actions(struct line *l)
{
	for (const struct terminal_action *a = terminal_actions(l->terminal); a; a = a->next)
		if (a->type < TERMINAL_ACTIONS && ACTIONS[a->type])
			ACTIONS[a->type](l, a);
}
