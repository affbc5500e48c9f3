/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the media session share. */
#ifndef PST_ENDPOINT_MEDIA_PRIVATE_H
#define PST_ENDPOINT_MEDIA_PRIVATE_H

#include "endpoint/jitter.h"
#include "endpoint/media.h"
#include "endpoint/udp.h"
#include "rtp/stats.h"

enum { MEDIA_RTP, MEDIA_RTCP, MEDIA_PARTS };

struct media {
	uv_loop_t *loop;
	struct udp_socket udp[MEDIA_PARTS];
	struct addr peer[MEDIA_PARTS]; /* family ADDR_NONE: not signalled yet */
	bool strict_source;
	struct audio_source *source;
	struct audio_sink *sink;

	int pace_fd; /* timerfd; -1: none */
	uv_poll_t pace;
	uv_timer_t report; /* RTCP */
	unsigned handles;  /* to be closed */
	void (*closed)(void *arg);
	void *closed_arg;

	uint32_t ssrc;
	char cname[25];
	uint16_t sequence, first_sequence;
	uint32_t timestamp;
	bool marker;
	struct media_sent sent;

	struct rtp_stats stats;
	struct jitter jitter;
	struct media_received received;
};

/* Fills P with random octets from the system. */
void media_random(void *p, size_t n);

/* media_rtcp.c */
void media_rtcp_init(struct media *m);
void media_rtcp_start(struct media *m);
void media_rtcp_recv(struct udp_socket *u, const struct addr *from, struct pst_slice data);
void media_rtcp_send(struct media *m, bool bye);
/* media_recv.c */
void media_recv_init(struct media *m);
void media_rtp_recv(struct udp_socket *u, const struct addr *from, struct pst_slice data);
/* False: drop it. Counts packets from hosts and ports that were not signalled. */
bool media_source_ok(struct media *m, int part, const struct addr *from);

#endif
