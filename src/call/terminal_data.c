/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The terminal's channel for T.120 (H.323 6.2.7): one, which whoever called opens, or accepts if the peer was
 * quicker. H.245 says where the other's T.120 stack listens; who called connects there, as NetMeeting does.
 */
#include "call/terminal_int.h"

#include "h245/build.h"
#include "h245/data.h"

#define REJECT(x) H245_OPEN_LOGICAL_CHANNEL_REJECT_CAUSE_##x

enum { T120_PORT = 1503 };

static void start(struct terminal *t, const struct addr *at)
{
	struct addr addr = *at;
	if (addr.family == ADDR_NONE)
		addr = addr_with_port(t->peer, T120_PORT);
	else if (addr.port == 0)
		addr.port = T120_PORT;
	struct terminal_action *a = terminal_act(t, TERMINAL_DATA_START);
	a->addr = addr;
	a->connect = t->call.originator;
	t->info.data = true;
	t->info.data_at = addr;
}

void terminal_data_stop(struct terminal *t)
{
	if (t->info.data)
		terminal_act(t, TERMINAL_DATA_STOP)->addr = t->info.data_at;
	t->info.data = false;
}

static void acts(struct terminal *t, const struct proc_out *out)
{
	const struct lcse *d = &t->h245.data;
	for (uint8_t i = 0; i < out->n; i++) {
		switch (out->act[i]) {
		case PROC_SEND_REQUEST:
			terminal_h245_send(t, h245_t120_olc_build(&t->arena, d->channel, &t->config.t120));
			break;
		case PROC_SEND_CONFIRM:
			terminal_h245_send(t, h245_olc_confirm_build(&t->arena, d->channel));
			break;
		case PROC_SEND_CLOSE:
			terminal_h245_send(t, h245_clc_build(&t->arena, d->channel, true));
			break;
		case PROC_START: terminal_timer_start(t, TT_T103_DATA); break;
		case PROC_STOP: terminal_timer_stop(t, TT_T103_DATA); break;
		case PROC_RELEASED: terminal_data_stop(t); break;
		default: break;
		}
	}
}

static uint16_t next_channel(struct terminal *t)
{
	const uint16_t n = t->h245.next_channel++;
	if (t->h245.next_channel == 0)
		t->h245.next_channel = FIRST_CHANNEL;
	return n;
}

void terminal_data_progress(struct terminal *t)
{
	struct terminal_h245 *h = &t->h245;
	struct proc_out out;
	if (!t->config.data || !t->call.originator || !h->peer_t120 || h->data_tried || h->paused ||
		h->data.state != LCSE_RELEASED)
		return;
	h->data_tried = true;
	h->data = (struct lcse){ .outgoing = true, .bidirectional = true, .channel = next_channel(t) };
	if (lcse_step(&h->data, LCSE_OPEN, &out) == 0)
		acts(t, &out);
}

/* Of two that cross the master's stays (H.245 8.5). */
static uint32_t objection(const struct terminal *t)
{
	const struct lcse *d = &t->h245.data;
	if (!t->config.data)
		return REJECT(DATA_TYPE_NOT_SUPPORTED);
	if (d->outgoing && (d->state == LCSE_ESTABLISHED ||
		(d->state == LCSE_AWAITING_ESTABLISHMENT && t->h245.msd.status == MSD_MASTER)))
		return REJECT(MASTER_SLAVE_CONFLICT);
	return REJECT(N);
}

bool terminal_data_got_open(struct terminal *t, const struct h245_open_logical_channel *olc)
{
	const struct h245_data_type *type = &olc->forward_logical_channel_parameters.data_type;
	const uint16_t number = (uint16_t)olc->forward_logical_channel_number;
	struct lcse *d = &t->h245.data;
	struct proc_out out;
	struct addr at;
	if (type->choice != H245_DATA_TYPE_DATA || !h245_is_t120(type->u.data))
		return false;
	uint32_t cause = objection(t);
	if (cause == REJECT(N) && olc->reverse_logical_channel_parameters == NULL)
		cause = REJECT(UNSUITABLE_REVERSE_PARAMETERS);
	if (cause != REJECT(N)) {
		terminal_h245_send(t, h245_olc_reject_build(&t->arena, number, cause));
		return true;
	}
	terminal_timer_stop(t, TT_T103_DATA);
	terminal_data_stop(t);
	t->h245.data_tried = true;
	*d = (struct lcse){ .bidirectional = true, .channel = number };
	if (lcse_step(d, LCSE_GOT_OPEN, &out) != 0 || lcse_step(d, LCSE_ACCEPT, &out) != 0)
		return true;
	terminal_h245_send(t, h245_t120_ack_build(&t->arena, number, next_channel(t), &t->config.t120));
	acts(t, &out);
	h245_t120_at(&at, olc->separate_stack);
	start(t, &at); /* the connection may come before the confirm */
	return true;
}

bool terminal_data_got_ack(struct terminal *t, const struct h245_open_logical_channel_ack *ack)
{
	struct lcse *d = &t->h245.data;
	struct proc_out out;
	struct addr at;
	if (!d->outgoing || d->channel != ack->forward_logical_channel_number)
		return false;
	const bool opening = d->state == LCSE_AWAITING_ESTABLISHMENT;
	if (lcse_step(d, LCSE_GOT_ACK, &out) != 0)
		return true;
	acts(t, &out);
	h245_t120_at(&at, ack->separate_stack);
	if (opening && d->state == LCSE_ESTABLISHED)
		start(t, &at);
	return true;
}

bool terminal_data_got(struct terminal *t, enum lcse_event event, uint16_t channel)
{
	struct lcse *d = &t->h245.data;
	struct proc_out out;
	if (d->state == LCSE_RELEASED || d->channel != channel ||
		d->outgoing != (event == LCSE_GOT_REJECT || event == LCSE_GOT_CLOSE_ACK))
		return false;
	if (lcse_step(d, event, &out) == 0)
		acts(t, &out);
	return true;
}

bool terminal_data_is_open(const struct terminal *t, uint16_t channel)
{
	const struct lcse *d = &t->h245.data;
	return d->outgoing && d->channel == channel && d->state == LCSE_ESTABLISHED;
}

void terminal_data_close(struct terminal *t)
{
	struct proc_out out;
	if (t->h245.data.outgoing && lcse_step(&t->h245.data, LCSE_CLOSE, &out) == 0)
		acts(t, &out);
	terminal_data_stop(t);
}

void terminal_data_expiry(struct terminal *t)
{
	struct lcse *d = &t->h245.data;
	struct proc_out out;
	if (d->state == LCSE_AWAITING_CONFIRMATION) {
		/* It never confirms; what it needs it has. */
		terminal_trace(t, false, TERMINAL_H245, "no openLogicalChannelConfirm");
		d->state = LCSE_ESTABLISHED;
	} else if (lcse_step(d, LCSE_EXPIRY, &out) == 0) {
		acts(t, &out);
	}
}
