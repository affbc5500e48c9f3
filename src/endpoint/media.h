/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sound of one call: an RTP session with its RTCP (RFC 3550, 3551), one
 * G.711 stream each way. Sends 20 ms packets at a steady pace from an audio
 * source, receives into an audio sink, reports, and counts everything that a
 * test of a gateway wants to know.
 */
#ifndef PST_ENDPOINT_MEDIA_H
#define PST_ENDPOINT_MEDIA_H

#include "base/addr.h"
#include "endpoint/audio_sink.h"
#include "endpoint/audio_source.h"
#include "endpoint/g711.h"

#include <uv.h>

enum {
	MEDIA_PACKET_MS = 20,
	MEDIA_PACKET_SAMPLES = G711_RATE_HZ / 1000 * MEDIA_PACKET_MS,
	MEDIA_CNAME_MAX = 64
};

struct media; /* opaque */

struct media_config {
	struct addr local; /* address to bind, without port */
	uint16_t rtp_first, rtp_last;
	bool strict_source; /* drop packets from hosts that were not signalled, instead of only counting them
	                     */
	struct audio_source *source; /* taken, also on error */
	struct audio_sink *sink;     /* taken, also on error */
};

struct media_sent {
	bool started;
	enum g711_law law;
	uint64_t packets, octets; /* RTP, payload octets */
	uint64_t skipped;         /* packets that were due while the machine was busy and were left out */
	uint64_t failed;          /* not sent: the system refused */
	uint64_t unreachable;     /* ICMP errors for RTP */
	uint64_t rtcp_packets;    /* compound packets */
	/* what the peer's reports say of our stream */
	bool reported;          /* the peer has received some of it */
	uint32_t peer_received; /* packets the peer says it got */
	int32_t peer_lost;
	double peer_jitter_ms;
	double round_trip_ms; /* below 0: unknown */
};

struct media_received {
	bool started;
	enum g711_law law;
	uint64_t packets, octets; /* RTP of the agreed codec, payload octets */
	int64_t lost;
	uint64_t reordered, late;
	double jitter_ms, max_jitter_ms;
	uint64_t early;       /* came before the channel was open: not counted elsewhere */
	uint64_t other_codec; /* another payload type than agreed */
	uint64_t other_host;  /* from an address that was not signalled */
	uint64_t other_port;  /* from the signalled address, another port than the one it receives on */
	uint64_t malformed;   /* no RTP or RTCP */
	uint64_t sources;     /* different SSRCs, one after the other */
	uint64_t rtcp_packets;
	bool bye;
	struct addr from;            /* where the last RTP packet came from */
	char cname[MEDIA_CNAME_MAX]; /* of the peer, escaped */
};

/* Opens the ports. PST_E_SPACE: none is free; PST_E_SYS, PST_E_NOMEM. Sends nothing yet. */
PST_MUST_CHECK int media_open(struct media **out, uv_loop_t *loop, const struct media_config *c);
/* Where RTP and RTCP are received: addresses to signal. */
struct addr media_local_rtp(const struct media *m);
struct addr media_local_rtcp(const struct media *m);
/* Writes what is received from now on to a file: audio_sink_record(). */
PST_MUST_CHECK int media_record(struct media *m, const char *path, const char **why);
/* Where the peer wants reports: the mediaControlChannel it signalled last. */
void media_set_peer_rtcp(struct media *m, const struct addr *rtcp);
/* Starts or redirects sending: LAW to RTP (the peer's mediaChannel). */
void media_send(struct media *m, enum g711_law law, const struct addr *rtp);
void media_send_stop(struct media *m);
/* Starts to take what arrives, in LAW. */
void media_receive(struct media *m, enum g711_law law);
void media_receive_stop(struct media *m);
/* The counters so far. */
void media_stats(const struct media *m, struct media_sent *sent, struct media_received *received);
void media_measure(const struct media *m, struct tone_measure *heard);
/* Says goodbye by RTCP, stops, and closes; CLOSED is called with ARG from the loop. The memory goes then.
 * NULL is allowed as M: CLOSED is not called then. *SINK_ERR (may be NULL) gets what audio_sink_close() says.
 */
void media_close(struct media *m, void (*closed)(void *arg), void *arg, int *sink_err);

#endif
