/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A line: how it begins, the events it lives on, and how it ends. */
#include "endpoint/line_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "q931/ie.h"

#include <stdlib.h>
#include <unistd.h>

enum { FORCED_END_MS = 5000 };

void line_free(struct line *l)
{
	terminal_free(l->terminal);
	signalled_free(&l->report.signalled);
	if (l->listen_fd >= 0)
		close(l->listen_fd);
	free(l);
}

void line_handle_closed(struct line *l)
{
	struct line_hooks hooks = l->hooks;

	if (--l->handles)
		return;
	line_free(l);
	if (hooks.gone)
		hooks.gone(hooks.arg, l);
}

static void uv_closed(uv_handle_t *h)
{
	line_handle_closed(h->data);
}

static void media_closed(void *arg)
{
	line_handle_closed(arg);
}

/* The call is over: the last counters, the report, and everything closed. */
static void finish(struct line *l)
{
	struct report *r = &l->report;
	int sink_err = 0;

	terminal_info(l->terminal, &r->info);
	if (l->connected_ms)
		r->seconds = (double)(clock_now_ms() - l->connected_ms) / 1000;
	media_send_stop(l->media);
	media_receive_stop(l->media);
	media_stats(l->media, &r->sent, &r->received);
	media_measure(l->media, &r->heard);
	l->handles++;
	media_close(l->media, media_closed, l, &sink_err);
	l->media = NULL;
	r->recording_failed = r->recording_failed || sink_err;
	l->hooks.ended(l->hooks.arg, r);
	line_net_unlisten(l);
	for (int id = 0; id < CONNS; id++)
		line_net_close(l, (enum line_conn_id)id, true);
	for (int i = 0; i < LINE_TIMERS; i++)
		uv_close((uv_handle_t *)&l->timers[i], uv_closed);
}

void line_give_up(struct line *l, const char *why)
{
	if (l->data && l->hooks.data)
		l->hooks.data(l->hooks.arg, NULL, false);
	l->data = false;
	l->report.cause = Q931_CAUSE_TEMPORARY;
	snprintf(l->report.why, sizeof(l->report.why), "%s", why);
	l->ended = true;
	finish(l);
}

/* "name.wav" for the first call, "name-2.wav" for the second. */
static const char *record_name(struct line *l)
{
	const char *path = l->o->record, *dot;

	if (!path || l->report.number < 2)
		return path;
	dot = strrchr(path, '.');
	if (!dot || strchr(dot, '/'))
		dot = path + strlen(path);
	snprintf(l->record_name, sizeof(l->record_name), "%.*s-%u%s", (int)(dot - path), path,
	        l->report.number, dot);
	return l->record_name;
}

int line_begin(struct line *l, uint32_t number)
{
	const char *why = NULL;

	l->report.number = number;
	l->report.recording = record_name(l);
	if (!l->report.recording || !media_record(l->media, l->report.recording, &why))
		return PST_OK;
	log_error("endpoint", "%s: %s", l->report.recording, why ? why : "cannot be written");
	l->report.recording_failed = true;
	return PST_E_NOT_FOUND;
}

/* What failed while actions were carried out becomes an event of its own. */
static bool next_broken(struct line *l, struct terminal_event *e)
{
	for (int id = 0; id < CONNS; id++) {
		struct line_conn *c = &l->conn[id];

		if (!c->broken)
			continue;
		c->broken = false;
		line_net_close(l, (enum line_conn_id)id, false);
		*e = (struct terminal_event){
		        .type = id == CONN_SIGNAL ? TERMINAL_SIGNAL_CLOSED : TERMINAL_H245_CLOSED,
		        .text = c->broken_why};
		return true;
	}
	return false;
}

/* What the user wants next. */
static bool next_wish(struct line *l, struct terminal_event *e)
{
	struct terminal_info info;

	if (l->asked && l->hooks.admit && !l->admitting) {
		l->admitting = true;
		l->asked = !l->hooks.admit(l->hooks.arg, l, &l->report) || l->admitted || l->not_admitted;
	}
	if (l->asked && l->not_admitted) {
		l->asked = false;
		*e = (struct terminal_event){.type = TERMINAL_REJECT, .cause = Q931_CAUSE_TEMPORARY};
		return true;
	}
	if (l->asked && l->hooks.admit && !l->alerted) {
		l->alerted = true;
		*e = (struct terminal_event){.type = TERMINAL_ALERT};
		return true;
	}
	if (l->asked) {
		uint32_t number = l->hooks.incoming(l->hooks.arg, &l->report);

		l->asked = false;
		l->report.refused = !number || line_begin(l, number);
		*e = (struct terminal_event){.type = l->report.refused ? TERMINAL_REJECT : TERMINAL_ANSWER};
		return true;
	}
	if (l->dtmf_done || !l->o->dtmf || !l->connected_ms)
		return false;
	terminal_info(l->terminal, &info);
	if (info.h245 == TERMINAL_NO_H245 || !info.master_slave_done)
		return false;
	l->dtmf_done = true;
	snprintf(l->report.dtmf_sent, sizeof(l->report.dtmf_sent), "%s", l->o->dtmf);
	*e = (struct terminal_event){.type = TERMINAL_SEND_DTMF, .text = l->o->dtmf};
	return true;
}

void line_event(struct line *l, const struct terminal_event *e)
{
	struct terminal_event next = *e;

	if (l->ended)
		return;
	l->busy = true;
	do {
		int err = terminal_event(l->terminal, &next);

		if (err) { /* only what is ours can be wrong here: out of memory, or a bug */
			log_error("endpoint", "%s: %s", terminal_event_name(next.type), pst_strerror(err));
			line_give_up(l, pst_strerror(err));
			return;
		}
		line_actions(l);
	} while (!l->ended && (next_broken(l, &next) || next_wish(l, &next)));
	l->busy = false;
	if (l->ended)
		finish(l);
}

void line_admitted(struct line *l, const char *why)
{
	struct terminal_event e;

	l->admitted = !why;
	l->not_admitted = why;
	if (l->busy || l->ended)
		return;
	l->asked = true;
	if (next_wish(l, &e))
		line_event(l, &e);
}

void line_info(const struct line *l, struct terminal_info *out)
{
	terminal_info(l->terminal, out);
}

/* The machine did not come to an end by itself. */
static void force_end(uv_timer_t *h)
{
	struct line *l = h->data;

	if (!l->ended)
		line_give_up(l, "the call did not end properly");
}

void line_hangup(struct line *l)
{
	struct terminal_event e = {.type = TERMINAL_HANGUP};

	if (l->ended || l->hung_up)
		return;
	l->hung_up = true;
	uv_timer_start(&l->timers[LINE_TIMER_GUARD], force_end, FORCED_END_MS, 0);
	line_event(l, &e);
}

void line_took_too_long(uv_timer_t *h)
{
	struct terminal_event e = {.type = TERMINAL_HANGUP, .cause = Q931_CAUSE_TIMER};
	struct line *l = h->data;

	l->report.timed_out = true;
	l->hung_up = true;
	uv_timer_start(h, force_end, FORCED_END_MS, 0);
	line_event(l, &e);
}
