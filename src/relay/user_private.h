/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The user plane's own structures, shared by user.c (sessions), user_shard.c (threads) and user_move.c (packets).
 *
 * A session belongs to one shard for life, and only the shard's thread moves its packets. What the owner of the plane
 * and the thread both touch is written under the shard's lock; what the thread counts is atomic, written by it alone,
 * and read at any time. Memory of a closed session is given back by the thread, which may hold a pointer to it.
 */
#ifndef PST_RELAY_USER_PRIVATE_H
#define PST_RELAY_USER_PRIVATE_H

#include "relay/pools.h"
#include "relay/quality.h"
#include "relay/user.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum {
	USER_BATCH = 64,    /* packets per system call, and sockets per look at what is ready */
	USER_PACKET = 4096, /* octets; no RTP packet that crossed a network is longer */
	USER_LINE = 64,	    /* octets that a processor fetches at once */
};

union user_sockaddr {
	sa_family_t family;
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Written by the thread alone. */
struct user_counts {
	_Atomic uint64_t packets, bytes, failed, refused, last_ms;
	_Atomic uint32_t lost, ssrc_changes, jitter_us;
};

/* One socket, and the flow of the packets that arrive on it. 10,000 calls have 80,000 of these: keep it
 * small. */
struct user_port {
	union user_sockaddr from, to; /* as set; the lock's, and changed by the owner alone */
	struct user_counts counts;
	int fd;		   /* -1: closed; the lock's */
	uint32_t round;	   /* when it was last ready; the thread's */
	_Atomic in_port_t learnt; /* from's port, where the first packet decides it: 0: none came yet; the lock's */
	uint16_t number;   /* the local port */
	uint8_t leg, part; /* where in its session it stands */
	bool open;	   /* the flow is set; the lock's */
	bool busy;	   /* is worth a batch; the thread's */
	bool hide;	   /* addresses in its packets; the lock's */
	struct relay_rtp rtp; /* the thread's */
};

struct relay_session {
	struct user_port ports[RELAY_LEGS][RELAY_PARTS];
	struct user_plane *plane;
	struct user_shard *shard;
	struct relay_session *next; /* of those that are closed */
	struct relay_pool *pools[RELAY_LEGS];
};

struct user_shard {
	pthread_mutex_t turn, lock; /* user_shard_lock() */
	pthread_t thread;
	int epoll;
	int wake;	       /* eventfd: something is closed, or the end */
	uint32_t sessions;     /* the owner's */
	struct relay_session *closed; /* the lock's */
	bool stop;	       /* the lock's */
	uint64_t hide_key;     /* chance: what stands for a hidden address cannot be looked up */
	/* the thread's */
	uint32_t round;	       /* of looking at what is ready */
	struct mmsghdr in[USER_BATCH], out[USER_BATCH];
	struct iovec in_iov[USER_BATCH], out_iov[USER_BATCH];
	union user_sockaddr names[USER_BATCH];
	uint8_t packets[USER_BATCH][USER_PACKET];
};

struct user_plane {
	struct relay_pools pools;
	uint32_t sessions;
	uint32_t shards_n;
	struct user_shard *shards[RELAY_USER_SHARDS_MAX];
};

static inline struct relay_session *user_session_of(struct user_port *p)
{
	return (struct relay_session *)(void *)(p - (p->leg * RELAY_PARTS + p->part));
}

/* Starts a thread with no sessions. PST_E_NOMEM; PST_E_SYS. */
PST_MUST_CHECK int user_shard_new(struct user_shard **out, uint64_t hide_key);
/* Ends the thread, whose sessions are all closed, and frees. */
void user_shard_free(struct user_shard *h);
/* While it is held not a packet moves. The thread lets it go after each socket, and whoever asks for it comes next. */
void user_shard_lock(struct user_shard *h);
void user_shard_unlock(struct user_shard *h);
/* From now on the thread looks after the sockets of S, which are open. PST_E_SYS: not after all of them. */
PST_MUST_CHECK int user_shard_add(struct user_shard *h, struct relay_session *s);
/* Closes the sockets of S: not one more packet when it returns. S is freed. */
void user_shard_close(struct user_shard *h, struct relay_session *s);

/* Readies the batch, once. */
void user_move_init(struct user_shard *h);
/* Begins a round of looking at what is ready. */
void user_move_begin(struct user_shard *h);
/* Moves what has arrived at P, which may have been closed since it was ready. The lock is held. */
void user_move(struct user_shard *h, struct user_port *p, uint64_t now_us);

#endif
