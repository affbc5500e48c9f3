/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a line comes to be: its media session, its port for H.245, its machine, and its first event. */
#include "endpoint/line_private.h"
#include "endpoint/udp.h"

#include "base/log.h"
#include "loop/net.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

static int open_source(const struct options *o, struct audio_source **out)
{
	const char *why = NULL;
	int err;

	if (o->sound == SOUND_TONE)
		return audio_source_tone(out, o->tone_hz);
	if (o->sound == SOUND_SILENCE)
		return audio_source_silence(out);
	err = audio_source_file(out, o->wav, &why);
	if (err == PST_E_NOT_FOUND)
		log_error("endpoint", "%s: %s", o->wav, why);
	return err;
}

static int open_media(struct line *l)
{
	struct media_config c = {.local = l->local,
	        .rtp_first = l->o->rtp_first,
	        .rtp_last = l->o->rtp_last,
	        .strict_source = l->o->strict_source};
	int err = open_source(l->o, &c.source);

	if (err)
		return err;
	err = audio_sink_new(&c.sink);
	if (err) {
		audio_source_free(c.source);
		return err;
	}
	err = media_open(&l->media, l->loop, &c);
	if (err == PST_E_SPACE)
		log_error("endpoint", "no free pair of ports in %u-%u", c.rtp_first, c.rtp_last);
	return err;
}

/* A port for H.245; another one where that which was asked for is taken by a call before. */
static int open_h245(struct line *l, struct addr *out)
{
	struct addr want = addr_with_port(l->local, l->o->h245_port);
	int err = loop_listen(&l->listen_fd, &want, 4);

	if (err == PST_E_BUSY) {
		log_warn("endpoint", "port %u for H.245 is taken: using another", want.port);
		want.port = 0;
		err = loop_listen(&l->listen_fd, &want, 4);
	}
	return err ? err : loop_fd_local(l->listen_fd, out);
}

static int open_terminal(struct line *l, const struct addr *h245)
{
	const struct options *o = l->o;
	uint32_t limit_ms = (o->timeout_s + 1) * 1000; /* our own limit comes first and says so */
	struct terminal_config c = {.aliases = l->aliases,
	        .n_aliases = o->number ? 2 : 1,
	        .fast_start = o->fast,
	        .tunnelling = o->tunnel,
	        .early_h245 = o->early_h245,
	        .proceeding = true,
	        .give_way = true,
	        .trace = o->trace != TRACE_NONE,
	        .n_codecs = (uint8_t)o->n_codecs,
	        .frames_per_packet = MEDIA_PACKET_MS,
	        .h245 = *h245,
	        .manual_alerting = l->hooks.admit != NULL,
	        .data = o->with_data,
	        .t120 = addr_with_port(l->local, o->with_data ? o->data_port : 0),
	        .rtp = media_local_rtp(l->media),
	        .rtcp = media_local_rtcp(l->media)};

	if (l->ids) {
		c.given_ids = true;
		c.traversal = l->ids->traversal;
		memcpy(c.call_id, l->ids->call_id, sizeof(c.call_id));
		memcpy(c.conference_id, l->ids->conference_id, sizeof(c.conference_id));
		c.crv = l->ids->crv;
	}
	for (unsigned i = 0; i < o->n_codecs; i++)
		c.codecs[i] = o->codecs[i] == G711_ALAW ? TERMINAL_G711A : TERMINAL_G711U;
	c.timer_ms[TIMER_CONNECT] = c.timer_ms[TIMER_T301] = c.timer_ms[TIMER_T303] = c.timer_ms[TIMER_T310] =
	        limit_ms;
	if (getrandom(c.seed, sizeof(c.seed), 0) != (ssize_t)sizeof(c.seed))
		return PST_E_SYS;
	l->aliases[0] = o->alias;
	l->aliases[1] = o->number;
	return terminal_new(&l->terminal, &c);
}

/* A line with everything but its first event. On error all is undone, as far as the loop lets it at once. */
static int open_line(struct line **out, uv_loop_t *loop, const struct options *o, const struct addr *local,
        const struct line_ids *ids, const struct line_hooks *hooks)
{
	struct line *l = calloc(1, sizeof(*l));
	struct addr h245;
	int err;

	if (!l)
		return PST_E_NOMEM;
	l->loop = loop;
	l->o = o;
	l->hooks = *hooks;
	l->ids = ids;
	l->listen_fd = -1;
	l->local = addr_with_port(*local, 0);
	signalled_init(&l->report.signalled);
	for (int id = 0; id < CONNS; id++)
		l->conn[id].line = l;
	err = open_media(l);
	if (!err)
		err = open_h245(l, &h245);
	if (!err)
		err = open_terminal(l, &h245);
	if (err) {
		media_close(l->media, NULL, NULL, NULL);
		line_free(l);
		return err;
	}
	for (int i = 0; i < LINE_TIMERS; i++) {
		uv_timer_init(loop, &l->timers[i]);
		l->timers[i].data = l;
		l->handles++;
	}
	uv_timer_start(&l->timers[LINE_TIMER_GUARD], line_took_too_long, (uint64_t)o->timeout_s * 1000, 0);
	*out = l;
	return PST_OK;
}

int line_dial(struct line **out, uv_loop_t *loop, const struct options *o, const struct addr *connect_to,
        const struct addr *dest, const struct line_ids *ids, const struct line_hooks *hooks)
{
	struct terminal_event e = {
	        .type = TERMINAL_DIAL, .addr = *dest, .text = o->dest.alias[0] ? o->dest.alias : NULL};
	struct addr local = o->local;
	struct line *l;
	int err = local.family == ADDR_NONE ? udp_route_local(connect_to, &local) : 0;

	if (!err)
		err = open_line(&l, loop, o, &local, ids, hooks);
	if (err)
		return err;
	l->dest = *dest;
	l->connect_to = *connect_to;
	l->report.outgoing = true;
	l->report.remote = *connect_to;
	*out = l;
	if (line_begin(l, 1))
		line_give_up(l, "no recording");
	line_event(l, &e);
	return PST_OK;
}

int line_accept(
        struct line **out, uv_loop_t *loop, const struct options *o, int fd, const struct line_hooks *hooks)
{
	struct addr local;
	struct line *l;
	int err = loop_fd_local(fd, &local);

	if (!err)
		err = open_line(&l, loop, o, &local, NULL, hooks);
	if (err) {
		close(fd);
		return err;
	}
	*out = l;
	err = line_net_accept(l, CONN_SIGNAL, fd);
	if (err)
		line_give_up(l, pst_strerror(err));
	return PST_OK;
}

int line_summon(struct line **out, uv_loop_t *loop, const struct options *o, const struct addr *to,
        const uint8_t call_id[static 16], const struct line_hooks *hooks)
{
	struct addr local = o->local;
	struct line *l;
	int err = addr_is_unspecified(&local) || local.family != to->family ? udp_route_local(to, &local) : 0;

	if (!err)
		err = open_line(&l, loop, o, &local, NULL, hooks);
	if (err)
		return err;
	l->summoned = true;
	memcpy(l->summoned_for, call_id, sizeof(l->summoned_for));
	*out = l;
	line_net_connect(l, CONN_SIGNAL, to);
	if (l->conn[CONN_SIGNAL].broken)
		line_give_up(l, l->conn[CONN_SIGNAL].broken_why);
	return PST_OK;
}
