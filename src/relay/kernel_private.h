/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel plane's own structures, shared by kernel.c (sessions and flows) and kernel_rtcp.c. */
#ifndef PST_RELAY_KERNEL_PRIVATE_H
#define PST_RELAY_KERNEL_PRIVATE_H

#include "relay/kernel.h"
#include "relay/kernel/layout.h"
#include "relay/pools.h"

struct kernel_plane {
	uv_timer_t heartbeat; /* first */
	uv_poll_t poll;	      /* watches epoll, which watches the RTCP that the worker relays itself */
	int epoll;
	unsigned handles; /* not closed yet */
	uint64_t hide_key;
	struct relay_k_header *head;
	struct relay_k_slot *slots; /* of the same memory */
	size_t bytes;
	uint32_t sessions;
	uint32_t *free; /* numbers of pairs, the next one last */
	uint32_t free_n;
	struct relay_pools pools;
};

/* The RTCP of a leg whose addresses are hidden, or the way out for the other's. */
struct kernel_rtcp {
	int fd; /* -1: none */
	uint8_t leg;
	bool hide; /* what arrives here goes through the worker */
	struct addr to;
};

struct relay_session {
	struct kernel_plane *plane;
	struct {
		struct addr ip;
		struct relay_pool *pool;
		uint32_t pair;
		uint16_t port; /* the even one */
		uint8_t via;   /* the number of its address */
		struct {
			bool open;
			struct addr from;
		} flows[RELAY_PARTS];
	} legs[RELAY_LEGS];
	struct kernel_rtcp rtcp[RELAY_LEGS];
};

struct relay_k_slot *kernel_slot(const struct relay_session *s, int leg, enum relay_part part);
struct addr kernel_local(const struct relay_session *s, int leg, enum relay_part part);

/* From now on the RTCP of FROM_LEG is for kernel_rtcp_ready(). Where that fails it is for nobody, and is refused. */
void kernel_rtcp_hide(struct relay_session *s, int from_leg);
void kernel_rtcp_close(struct relay_session *s);
/* Moves what has arrived; the callback of the plane's poll. */
void kernel_rtcp_ready(uv_poll_t *poll, int status, int events);

#endif
