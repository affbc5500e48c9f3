/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where H.245 goes: into the tunnel, or over a connection of its own that one
 * side announces and the other opens, early or with Connect (H.323 8.2). When
 * both announced and both connect, the connection of the side with the greater
 * address stays (H.323 8.2.4).
 */
#include "call/terminal_int.h"

#include "q931/ie.h"

bool terminal_h245_usable(const struct terminal *t)
{
	return t->link.connected || t->tunnel.state == TUNNEL_ON;
}

const struct addr *terminal_link_announce(struct terminal *t)
{
	struct terminal_link *l = &t->link;
	if (t->config.h245.port == 0 || l->connected)
		return NULL;
	if (!l->listening) {
		terminal_act(t, TERMINAL_LISTEN_H245)->addr = t->config.h245;
		l->listening = true;
		l->own = t->config.h245;
	}
	return &l->own;
}

static void unlisten(struct terminal *t)
{
	if (t->link.listening)
		terminal_act(t, TERMINAL_UNLISTEN_H245);
	t->link.listening = false;
}

void terminal_link_connect(struct terminal *t)
{
	struct terminal_link *l = &t->link;
	if (l->connected || l->connecting || l->peer.family == ADDR_NONE)
		return;
	l->connecting = true;
	terminal_act(t, TERMINAL_CONNECT_H245)->addr = l->peer;
	terminal_timer_start(t, TT_H245_CONNECT);
}

void terminal_link_peer(struct terminal *t, const struct addr *addr)
{
	if (addr->port == 0 || addr->family == ADDR_NONE || t->link.connected)
		return;
	t->link.peer = *addr;
}

void terminal_link_tunnelled(struct terminal *t)
{
	if (!t->link.connected)
		unlisten(t);
}

static void up(struct terminal *t, bool ours)
{
	t->link.connected = true;
	t->link.connecting = false;
	t->link.ours = ours;
	terminal_timer_stop(t, TT_H245_CONNECT);
	t->info.h245 = TERMINAL_H245_SEPARATE;
	terminal_h245_start(t);
	terminal_h245_progress(t);
}

/* By address, then port; IPv4 before IPv6. */
static bool less(const struct addr *a, const struct addr *b)
{
	const size_t na = addr_ip_len(a), nb = addr_ip_len(b);
	if (na != nb)
		return na < nb;
	const int order = memcmp(a->ip, b->ip, na);
	return order != 0 ? order < 0 : a->port < b->port;
}

void terminal_link_incoming(struct terminal *t)
{
	struct terminal_link *l = &t->link;
	const bool glare = l->connecting || (l->connected && l->ours);
	if (!l->listening || t->ending || (l->connected && !l->ours) || (glare && !less(&l->own, &l->peer))) {
		terminal_act(t, TERMINAL_H245_REFUSE);
		return;
	}
	if (glare) {
		terminal_act(t, TERMINAL_H245_ABANDON);
		/* What went out on it is lost, so the procedures begin again. */
		if (l->connected)
			terminal_h245_reset(t);
		l->connected = l->connecting = false;
	}
	unlisten(t);
	up(t, false);
}

void terminal_link_connected(struct terminal *t)
{
	if (!t->link.connecting || t->ending) {
		terminal_act(t, TERMINAL_H245_ABANDON);
		return;
	}
	up(t, true);
}

/* Without H.245 there are no channels, unless fast connect made them. */
static void failed(struct terminal *t, const char *text)
{
	if (t->fast_state == FAST_ACCEPTED || terminal_h245_usable(t)) {
		terminal_trace(t, false, TERMINAL_H245, text);
		return;
	}
	/* Before the answer there is still another chance. */
	if (t->answered)
		terminal_release(t, Q931_CAUSE_TEMPORARY, text);
}

void terminal_link_closed(struct terminal *t)
{
	struct terminal_link *l = &t->link;
	if (l->connecting) {
		l->connecting = false;
		l->peer = (struct addr){ 0 };
		if (l->listening)
			return;
		terminal_timer_stop(t, TT_H245_CONNECT);
		if (t->answered)
			terminal_link_due(t);
		return;
	}
	if (!l->connected)
		return;
	l->connected = false;
	l->peer = (struct addr){ 0 };
	if (t->ending) {
		/* Where the peer clears, its ReleaseComplete says why: wait for it. */
		if (!t->end_by_peer)
			terminal_release_now(t);
		return;
	}
	const bool said_goodbye = t->h245.end_got;
	terminal_h245_reset(t);
	if (!said_goodbye)
		failed(t, "the H.245 connection was lost");
}

void terminal_link_expired(struct terminal *t)
{
	if (t->link.connecting)
		terminal_act(t, TERMINAL_H245_ABANDON);
	t->link.connecting = false;
	t->link.peer = (struct addr){ 0 };
	unlisten(t);
	failed(t, "no H.245 connection in time");
}

void terminal_link_due(struct terminal *t)
{
	struct terminal_link *l = &t->link;
	if (terminal_h245_usable(t)) {
		terminal_h245_start(t);
		terminal_h245_progress(t);
		return;
	}
	if (l->peer.family != ADDR_NONE) {
		terminal_link_connect(t);
		return;
	}
	if (!l->listening && t->config.h245.port != 0)
		terminal_send_start_h245(t);
	/* The peer connects, or nobody can. */
	if (l->listening)
		terminal_timer_start(t, TT_H245_CONNECT);
	else
		failed(t, "neither side has an address for H.245");
}

void terminal_link_down(struct terminal *t)
{
	unlisten(t);
	if (t->link.connecting)
		terminal_act(t, TERMINAL_H245_ABANDON);
	if (t->link.connected)
		terminal_act(t, TERMINAL_CLOSE_H245);
	t->link = (struct terminal_link){ 0 };
}
