/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which datagrams belong to a connection of NetMeeting 1's audio call control. */
#include "conference/audio_control.h"

int audio_control_init(struct audio_control *a, const struct audio_control_config *config,
	const struct addr *inside, const struct addr *outside)
{
	if (inside->family == ADDR_NONE || inside->family != outside->family ||
		config->flows > AUDIO_CONTROL_FLOWS_MAX || config->capture > AUDIO_CONTROL_CAPTURE_MAX ||
		addr_ip_eq(inside, outside))
		return PST_E_ARG;
	*a = (struct audio_control){ .config = *config, .inside = *inside, .outside = *outside };
	if (config->flows == 0)
		a->config.flows = AUDIO_CONTROL_FLOWS;
	if (config->idle_ms == 0)
		a->config.idle_ms = AUDIO_CONTROL_IDLE_MS;
	return 0;
}

void audio_control_tcp(struct audio_control *a, enum audio_control_dir dir, struct pst_slice octets)
{
	const size_t room = a->config.capture - a->n_captured[dir];
	const size_t n = octets.n < room ? octets.n : room;
	if (n > 0)
		memcpy(a->captured[dir] + a->n_captured[dir], octets.p, n);
	a->n_captured[dir] += (uint32_t)n;
	a->tcp_octets[dir] += octets.n;
}

/* RFC 3550 5.1, 6.4: two bits of version, and no less than the smallest header. */
static bool is_rtp(struct pst_slice payload)
{
	return payload.n >= 8 && (payload.p[0] >> 6) == 2;
}

static struct audio_control_flow *find(struct audio_control *a, uint16_t inside, uint16_t outside)
{
	for (uint32_t i = 0; i < a->n_flows; i++)
		if (a->flow[i].inside == inside && a->flow[i].outside == outside)
			return &a->flow[i];
	return NULL;
}

static bool is_idle(const struct audio_control *a, const struct audio_control_flow *f, uint64_t now_ms)
{
	return now_ms >= f->last_ms && now_ms - f->last_ms >= a->config.idle_ms;
}

static enum audio_control_verdict decide(struct audio_control *a, enum audio_control_dir dir,
	const struct addr *src, const struct addr *dst, struct pst_slice payload, uint64_t now_ms,
	struct audio_control_flow **flow)
{
	const struct addr *in = dir == AUDIO_CONTROL_OUTWARD ? src : dst,
			  *out = dir == AUDIO_CONTROL_OUTWARD ? dst : src;
	struct audio_control_flow idle;
	if (!addr_ip_eq(in, &a->inside) || !addr_ip_eq(out, &a->outside))
		return AUDIO_CONTROL_HOST;
	if (in->port < AUDIO_CONTROL_PORT_MIN || out->port < AUDIO_CONTROL_PORT_MIN)
		return AUDIO_CONTROL_PORTS;
	if (a->config.rtp_only && !is_rtp(payload))
		return AUDIO_CONTROL_NO_RTP;
	*flow = find(a, in->port, out->port);
	if (*flow != NULL)
		return AUDIO_CONTROL_PASS;
	if (a->n_flows == a->config.flows && !audio_control_expire(a, now_ms, &idle))
		return AUDIO_CONTROL_FULL;
	*flow = &a->flow[a->n_flows++];
	**flow = (struct audio_control_flow){ .inside = in->port, .outside = out->port };
	return AUDIO_CONTROL_NEW;
}

enum audio_control_verdict audio_control_udp(struct audio_control *a, enum audio_control_dir dir,
	const struct addr *src, const struct addr *dst, struct pst_slice payload, uint64_t now_ms)
{
	struct audio_control_flow *flow = NULL;
	const enum audio_control_verdict verdict = decide(a, dir, src, dst, payload, now_ms, &flow);
	if (flow == NULL) {
		a->refused[verdict]++;
		return verdict;
	}
	flow->last_ms = now_ms;
	flow->packets[dir]++;
	flow->octets[dir] += payload.n;
	return verdict;
}

bool audio_control_expire(struct audio_control *a, uint64_t now_ms, struct audio_control_flow *gone)
{
	for (uint32_t i = 0; i < a->n_flows; i++) {
		if (!is_idle(a, &a->flow[i], now_ms))
			continue;
		*gone = a->flow[i];
		a->flow[i] = a->flow[--a->n_flows];
		return true;
	}
	return false;
}

uint64_t audio_control_next_ms(const struct audio_control *a)
{
	uint64_t next = UINT64_MAX;
	for (uint32_t i = 0; i < a->n_flows; i++)
		if (a->flow[i].last_ms + a->config.idle_ms < next)
			next = a->flow[i].last_ms + a->config.idle_ms;
	return next;
}
