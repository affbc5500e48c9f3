/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The report of a call, for people and for programs. */
#include "endpoint/report.h"

#include "base/log.h"
#include "call/h225_call.h"
#include "endpoint/json.h"
#include "q931/msg.h"

#include <inttypes.h>

enum { ICMP_TOLERATED = 10 }; /* one in so many */

bool report_heard(const struct report *r)
{
	return r->received.packets > 0;
}

bool report_was_heard(const struct report *r)
{
	if (r->sent.reported)
		return true;
	return r->sent.packets > 0 &&
	       (r->sent.unreachable + r->sent.failed) * ICMP_TOLERATED < r->sent.packets;
}

bool report_good(const struct report *r)
{
	return r->info.answered && report_heard(r) && report_was_heard(r);
}

static const char *law_name(enum g711_law law)
{
	return law == G711_ULAW ? "G.711 mu-law" : "G.711 A-law";
}

static const char *how_h245(const struct report *r)
{
	static const char *const NAMES[] = {"none", "tunnelled", "separate"};

	return r->info.h245 <= TERMINAL_H245_SEPARATE ? NAMES[r->info.h245] : "?";
}

static void text_media(const struct report *r, FILE *out)
{
	const struct media_sent *s = &r->sent;
	const struct media_received *v = &r->received;

	if (s->started)
		fprintf(out, "  sent      %s, %" PRIu64 " packets, %" PRIu64 " octets", law_name(s->law),
		        s->packets, s->octets);
	else
		fprintf(out, "  sent      nothing: no channel was opened");
	if (s->reported)
		fprintf(out, "; the peer got %" PRIu32 ", lost %" PRId32 ", jitter %.1f ms", s->peer_received,
		        s->peer_lost, s->peer_jitter_ms);
	if (s->reported && s->round_trip_ms >= 0)
		fprintf(out, ", round trip %.1f ms", s->round_trip_ms);
	if (s->unreachable || s->failed)
		fprintf(out, "; unreachable %" PRIu64 ", failed %" PRIu64, s->unreachable, s->failed);
	if (v->started)
		fprintf(out,
		        "\n  received  %s, %" PRIu64 " packets, %" PRIu64 " octets; lost %" PRId64
		        ", jitter %.1f ms (most %.1f)",
		        law_name(v->law), v->packets, v->octets, v->lost, v->jitter_ms, v->max_jitter_ms);
	else
		fprintf(out, "\n  received  nothing: no channel was opened");
	if (v->other_host || v->other_port || v->other_codec || v->malformed || v->early)
		fprintf(out,
		        "\n            not as signalled: %" PRIu64 " from other hosts, %" PRIu64
		        " from other ports, %" PRIu64 " of another codec, %" PRIu64 " malformed, %" PRIu64
		        " early",
		        v->other_host, v->other_port, v->other_codec, v->malformed, v->early);
	fputc('\n', out);
	if (r->heard.silence)
		fprintf(out, "  heard     silence (%.1f dBFS)\n", r->heard.level_dbfs);
	else
		fprintf(out, "  heard     %.1f Hz, %.1f dBFS, purity %.2f\n", r->heard.hz,
		        r->heard.level_dbfs, r->heard.purity);
}

/* The place in the message, short: up to the name of the message (or the fastStart that it is in), and the
 * last name. */
static const char *short_where(char out[static SIGNALLED_WHERE_MAX + 8], const char *where)
{
	static const char UNICAST[] = ".unicastAddress";
	size_t n = strlen(where), head = strcspn(where, "/"), last;

	if (n > sizeof(UNICAST) && !strcmp(where + n - (sizeof(UNICAST) - 1), UNICAST))
		n -= sizeof(UNICAST) - 1;
	for (last = n; last > 0 && where[last - 1] != '.' && where[last - 1] != '/';)
		last--;
	if (!where[head]) { /* not in an octet string: "request.openLogicalChannel" */
		head = strcspn(where, ".");
		head += where[head] ? 1 + strcspn(where + head + 1, ".") : 0;
	}
	if (last <= head + 1)
		snprintf(out, SIGNALLED_WHERE_MAX + 8, "%.*s", (int)n, where);
	else
		snprintf(out, SIGNALLED_WHERE_MAX + 8, "%.*s ... %.*s", (int)head, where, (int)(n - last),
		        where + last);
	return out;
}

static void text_addresses(const struct report *r, FILE *out)
{
	char text[ADDR_STRLEN], where[SIGNALLED_WHERE_MAX + 8];

	for (uint32_t i = 0; i < r->signalled.n; i++) {
		const struct signalled_address *a = &r->signalled.v[i];

		fprintf(out, "  %-9s %-15s %-21s %s\n", a->by == SIGNALLED_BY_PEER ? "peer said" : "we said",
		        signalled_what_name(a->what), addr_str(&a->addr, text), short_where(where, a->where));
	}
}

void report_text(const struct report *r, FILE *out)
{
	char peer[ADDR_STRLEN], local[ADDR_STRLEN], name[300], product[150];

	fprintf(out, "call %" PRIu32 " %s %s", r->number, r->outgoing ? "to" : "from",
	        addr_str(&r->remote, peer));
	if (r->info.peer_name[0])
		fprintf(out, " (%s)", log_escape(name, sizeof(name), slice_str(r->info.peer_name)));
	fprintf(out, ", %s: %s\n", addr_str(&r->local, local), report_good(r) ? "audio both ways" : "FAILED");
	if (r->info.peer_product[0])
		fprintf(out, "  product   %s\n",
		        log_escape(product, sizeof(product), slice_str(r->info.peer_product)));
	if (r->called[0])
		fprintf(out, "  called    %s\n", r->called);
	fprintf(out, "  H.323     %s start, H.245 %s%s\n", r->info.fast_start ? "fast" : "slow", how_h245(r),
	        r->info.master_slave_done ? (r->info.master ? ", master" : ", slave") : "");
	if (r->info.data_at.family != ADDR_NONE)
		fprintf(out, "  data      T.120, the peer's at %s\n", addr_str(&r->info.data_at, local));
	text_media(r, out);
	if (r->dtmf_sent[0] || r->dtmf_heard[0])
		fprintf(out, "  DTMF      sent \"%s\", received \"%s\"\n", r->dtmf_sent, r->dtmf_heard);
	text_addresses(r, out);
	if (r->recording)
		fprintf(out, "  recording %s%s\n", r->recording, r->recording_failed ? " (FAILED)" : "");
	fprintf(out, "  cleared   by %s after %.1f s: cause %u, %s%s%s%s\n", r->by_peer ? "the peer" : "us",
	        r->seconds, r->cause, q931_cause_name(r->cause), r->why[0] ? " (" : "", r->why,
	        r->why[0] ? ")" : "");
}

static void json_addr(struct json *j, const char *name, const struct addr *a)
{
	char text[ADDR_STRLEN];

	json_str(j, name, a->family == ADDR_NONE ? NULL : addr_str(a, text));
}

static void json_sent(struct json *j, const struct media_sent *s)
{
	json_open(j, "sent", '{');
	json_str(j, "codec", s->started ? law_name(s->law) : NULL);
	json_int(j, "packets", (int64_t)s->packets);
	json_int(j, "octets", (int64_t)s->octets);
	json_int(j, "skipped", (int64_t)s->skipped);
	json_int(j, "failed", (int64_t)s->failed);
	json_int(j, "unreachable", (int64_t)s->unreachable);
	json_int(j, "rtcp_packets", (int64_t)s->rtcp_packets);
	json_bool(j, "reported", s->reported);
	json_int(j, "peer_received", s->peer_received);
	json_int(j, "peer_lost", s->peer_lost);
	json_num(j, "peer_jitter_ms", s->peer_jitter_ms);
	json_num(j, "round_trip_ms", s->round_trip_ms);
	json_close(j, '}');
}

static void json_received(struct json *j, const struct media_received *v)
{
	json_open(j, "received", '{');
	json_str(j, "codec", v->started ? law_name(v->law) : NULL);
	json_int(j, "packets", (int64_t)v->packets);
	json_int(j, "octets", (int64_t)v->octets);
	json_int(j, "lost", v->lost);
	json_num(j, "jitter_ms", v->jitter_ms);
	json_num(j, "max_jitter_ms", v->max_jitter_ms);
	json_int(j, "reordered", (int64_t)v->reordered);
	json_int(j, "late", (int64_t)v->late);
	json_int(j, "early", (int64_t)v->early);
	json_int(j, "other_codec", (int64_t)v->other_codec);
	json_int(j, "other_host", (int64_t)v->other_host);
	json_int(j, "other_port", (int64_t)v->other_port);
	json_int(j, "malformed", (int64_t)v->malformed);
	json_int(j, "sources", (int64_t)v->sources);
	json_int(j, "rtcp_packets", (int64_t)v->rtcp_packets);
	json_bool(j, "bye", v->bye);
	json_addr(j, "from", &v->from);
	json_str(j, "cname", v->cname);
	json_close(j, '}');
}

static void json_heard(struct json *j, const struct tone_measure *m)
{
	json_open(j, "heard", '{');
	json_bool(j, "silence", m->silence);
	json_num(j, "hz", m->hz);
	json_num(j, "level_dbfs", m->level_dbfs);
	json_num(j, "purity", m->purity);
	json_num(j, "seconds", m->seconds);
	json_close(j, '}');
}

static void json_signalled(struct json *j, const struct signalled *s)
{
	json_open(j, "signalled", '[');
	for (uint32_t i = 0; i < s->n; i++) {
		json_open(j, NULL, '{');
		json_str(j, "by", s->v[i].by == SIGNALLED_BY_PEER ? "peer" : "us");
		json_str(j, "what", signalled_what_name(s->v[i].what));
		json_addr(j, "address", &s->v[i].addr);
		json_str(j, "where", s->v[i].where);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_int(j, "unreadable", s->unreadable);
}

static void json_call(struct json *j, const struct report *r)
{
	char id[33];

	for (size_t i = 0; i < sizeof(r->info.call_id); i++)
		snprintf(id + 2 * i, sizeof(id) - 2 * i, "%02x", r->info.call_id[i]);
	json_str(j, "direction", r->outgoing ? "out" : "in");
	json_addr(j, "peer", &r->remote);
	json_addr(j, "local", &r->local);
	json_str(j, "peer_name", r->info.peer_name);
	json_str(j, "peer_product", r->info.peer_product);
	json_str(j, "caller", r->caller);
	json_str(j, "called", r->called);
	json_str(j, "call_id", id);
	json_bool(j, "answered", r->info.answered);
	json_bool(j, "refused", r->refused);
	json_bool(j, "timed_out", r->timed_out);
	json_bool(j, "fast_start", r->info.fast_start);
	json_str(j, "h245", how_h245(r));
	json_addr(j, "h245_local", &r->h245_local);
	json_addr(j, "h245_peer", &r->h245_remote);
	json_addr(j, "data", &r->info.data_at);
	json_str(j, "role", !r->info.master_slave_done ? NULL : r->info.master ? "master" : "slave");
	json_str(j, "state", h225_call_state_name(r->info.call_state));
}

void report_json(const struct report *r, FILE *out)
{
	struct json j = json_on(out);

	json_open(&j, NULL, '{');
	json_int(&j, "call", r->number);
	json_bool(&j, "good", report_good(r));
	json_bool(&j, "audio_in", report_heard(r));
	json_bool(&j, "audio_out", report_was_heard(r));
	json_call(&j, r);
	json_sent(&j, &r->sent);
	json_received(&j, &r->received);
	json_heard(&j, &r->heard);
	json_str(&j, "dtmf_sent", r->dtmf_sent);
	json_str(&j, "dtmf_received", r->dtmf_heard);
	json_signalled(&j, &r->signalled);
	json_str(&j, "recording", r->recording);
	json_open(&j, "cleared", '{');
	json_str(&j, "by", r->by_peer ? "peer" : "us");
	json_int(&j, "cause", r->cause);
	json_str(&j, "cause_name", q931_cause_name(r->cause));
	json_str(&j, "why", r->why);
	json_num(&j, "seconds", r->seconds);
	json_close(&j, '}');
	json_close(&j, '}');
	fputc('\n', out);
	fflush(out);
}
