/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NetMeeting 1's audio call control on TCP 1731: its payload is not documented, so nothing is read of
 * it. While such a connection between an inside and an outside host stands, UDP may pass between exactly
 * those two, ports 1024 to 65535, each flow until it has been idle, and no more flows than a cap. This
 * machine decides that; its owner relays the TCP octets and the datagrams, and ends it with the
 * connection. Pure: the time is an argument, in milliseconds of any steady clock.
 */
#ifndef PST_CONFERENCE_AUDIO_CONTROL_H
#define PST_CONFERENCE_AUDIO_CONTROL_H

#include "base/addr.h"
#include "base/err.h"
#include "base/slice.h"

enum {
	AUDIO_CONTROL_PORT = 1731,
	AUDIO_CONTROL_PORT_MIN = 1024,
	AUDIO_CONTROL_FLOWS = 16, /* usual cap */
	AUDIO_CONTROL_FLOWS_MAX = 64,
	AUDIO_CONTROL_IDLE_MS = 90000,	 /* usual */
	AUDIO_CONTROL_CAPTURE_MAX = 256, /* octets kept of each direction */
};

enum audio_control_dir { AUDIO_CONTROL_OUTWARD, AUDIO_CONTROL_INWARD, AUDIO_CONTROL_DIRS };

enum audio_control_verdict {
	AUDIO_CONTROL_PASS,
	AUDIO_CONTROL_NEW,    /* passes, and is the first of its flow */
	AUDIO_CONTROL_HOST,   /* dropped: of or to another host */
	AUDIO_CONTROL_PORTS,  /* dropped: a port below 1024 */
	AUDIO_CONTROL_FULL,   /* dropped: as many flows as may be */
	AUDIO_CONTROL_NO_RTP, /* dropped: rtp_only, and it is neither RTP nor RTCP */
	AUDIO_CONTROL_VERDICTS,
};

struct audio_control_config {
	uint32_t flows;	  /* at most AUDIO_CONTROL_FLOWS_MAX; 0: AUDIO_CONTROL_FLOWS */
	uint32_t idle_ms; /* 0: AUDIO_CONTROL_IDLE_MS */
	uint32_t capture; /* octets of TCP to keep of each direction, for evidence; 0: none */
	bool rtp_only;	  /* datagrams must look like RTP or RTCP version 2 */
};

struct audio_control_flow {
	uint16_t inside, outside; /* ports */
	uint64_t last_ms;
	uint64_t packets[AUDIO_CONTROL_DIRS], octets[AUDIO_CONTROL_DIRS];
};

/* Large enough to be embedded; members are for reading. */
struct audio_control {
	struct audio_control_config config;
	struct addr inside, outside; /* hosts; ports unused */
	struct audio_control_flow flow[AUDIO_CONTROL_FLOWS_MAX];
	uint32_t n_flows;
	uint64_t tcp_octets[AUDIO_CONTROL_DIRS];
	uint64_t refused[AUDIO_CONTROL_VERDICTS]; /* datagrams, by verdict */
	uint8_t captured[AUDIO_CONTROL_DIRS][AUDIO_CONTROL_CAPTURE_MAX];
	uint32_t n_captured[AUDIO_CONTROL_DIRS];
};

/* A connection between these hosts stands. PST_E_ARG: no addresses, of different families, or too many flows.
 */
PST_MUST_CHECK int audio_control_init(struct audio_control *a, const struct audio_control_config *config,
	const struct addr *inside, const struct addr *outside);
/* Octets relayed on the connection: counted, and the first of them kept. */
void audio_control_tcp(struct audio_control *a, enum audio_control_dir dir, struct pst_slice octets);
/* What is to be done with a datagram from SRC to DST, as the hosts themselves name each other. */
enum audio_control_verdict audio_control_udp(struct audio_control *a, enum audio_control_dir dir,
	const struct addr *src, const struct addr *dst, struct pst_slice payload, uint64_t now_ms);
/* Takes one flow that has been idle too long out of the table; false when there is none (call until then). */
bool audio_control_expire(struct audio_control *a, uint64_t now_ms, struct audio_control_flow *gone);
/* When the next flow becomes idle; UINT64_MAX without flows. */
uint64_t audio_control_next_ms(const struct audio_control *a);

#endif
