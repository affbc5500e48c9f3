/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user plane's own structures, shared by user.c (sessions) and user_move.c (packets). */
#ifndef PST_RELAY_USER_PRIVATE_H
#define PST_RELAY_USER_PRIVATE_H

#include "relay/pools.h"
#include "relay/quality.h"
#include "relay/user.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum {
	USER_BATCH = 64,    /* packets per system call, and sockets per look at what is ready */
	USER_PACKET = 4096, /* octets; no RTP packet that crossed a network is longer */
};

union user_sockaddr {
	sa_family_t family;
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* One socket, and the flow of the packets that arrive on it. 10,000 calls have 80,000 of these: keep it
 * small. */
struct user_port {
	union user_sockaddr from, to;
	uint64_t packets, bytes, failed, refused, last_ms;
	int fd;
	uint32_t round;	   /* when it was last ready */
	uint16_t number;   /* the local port */
	uint8_t leg, part; /* where in its session it stands */
	bool open;	   /* the flow is set */
	bool learnt;	   /* from's port came with the first packet */
	bool busy;	   /* is worth a batch */
	bool hide;	   /* addresses in its packets */
	struct relay_rtp rtp;
};

struct relay_session {
	struct user_port ports[RELAY_LEGS][RELAY_PARTS];
	struct user_plane *plane;
	struct relay_pool *pools[RELAY_LEGS];
};

struct user_plane {
	uv_poll_t poll; /* first; watches epoll, which watches all sockets: cheaper than a handle each */
	int epoll;
	uint32_t sessions;
	uint32_t round; /* of looking at what is ready */
	uint64_t hide_key; /* chance: what stands for a hidden address cannot be looked up */
	struct relay_pools pools;
	struct mmsghdr in[USER_BATCH], out[USER_BATCH];
	struct iovec in_iov[USER_BATCH], out_iov[USER_BATCH];
	union user_sockaddr names[USER_BATCH];
	uint8_t packets[USER_BATCH][USER_PACKET];
};

static inline struct relay_session *user_session_of(struct user_port *p)
{
	return (struct relay_session *)(void *)(p - (p->leg * RELAY_PARTS + p->part));
}

/* Readies the batch, once. */
void user_move_init(struct user_plane *u);
/* Moves what has arrived; the callback of u->poll. */
void user_move_ready(uv_poll_t *poll, int status, int events);

#endif
