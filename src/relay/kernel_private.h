/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel plane's own structures, shared by its files: kernel.c (sessions and flows), kernel_table.c, kernel_range.c,
 * kernel_orphan.c, kernel_rtcp.c. */
#ifndef PST_RELAY_KERNEL_PRIVATE_H
#define PST_RELAY_KERNEL_PRIVATE_H

#include "relay/kernel.h"
#include "relay/kernel/layout.h"
#include "relay/pools.h"

/* Packets that the programs hand over (BPF_MAP_TYPE_RINGBUF, as its reader sees it). */
struct kernel_ring {
	uint64_t *read;		 /* how far we are; NULL: there is none */
	const uint64_t *written; /* how far they are */
	const uint8_t *data;	 /* twice in a row, so that nothing has to be put together */
	size_t page;
};

struct kernel_plane {
	uv_timer_t heartbeat; /* first */
	uv_poll_t poll;	      /* watches the ring */
	unsigned handles; /* not closed yet */
	uint64_t hide_key;
	struct kernel_ring ring; /* the RTCP that the worker relays itself */
	struct relay_session **by_pair; /* NULL: no session's */
	struct relay_k_header *head;
	struct relay_k_slot *slots; /* of the same memory */
	size_t bytes;
	uint32_t sessions;
	uint32_t *free; /* numbers of pairs, the next one last */
	uint32_t free_n;
	struct relay_pools pools;
	struct kernel_orphan *orphans; /* room for all */
	uint32_t orphans_n;
	uint64_t orphans_until_ms;
	uint32_t orphans_quiet_ms;
	struct relay_range *ranges[RELAY_K_RANGES]; /* by block; NULL: free */
};

/* The RTCP that arrives on a leg. */
struct kernel_rtcp {
	bool hide; /* it goes through the worker */
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

/* The table */

/* The header says how long it is. PST_E_BAD: it is none; PST_E_SYS. */
PST_MUST_CHECK int kernel_map_table(struct kernel_plane *k, int fd);
struct relay_k_slot *kernel_pair(const struct kernel_plane *k, uint32_t pair, int part);
/* Around each change: the programs use what they read between two looks at an even, equal number only. */
void kernel_write_begin(struct relay_k_slot *k);
void kernel_write_end(struct relay_k_slot *k);
/* What is learnt now is for another source than before. */
void kernel_forget_learnt(struct relay_k_slot *k);
/* Puts a slot into STATE with nothing counted and no flow, as the port PART of the pair AT, of an address of ours (NULL:
 * none). */
void kernel_slot_reset(struct relay_k_slot *k, enum relay_k_state state, int part, const struct addr *at);
void kernel_mapped(uint8_t out[16], const struct addr *a);
uint32_t kernel_ip4(const struct addr *a); /* 0: it is of IPv6 */
/* Makes PAIR found by HASH and PORT. PST_E_SPACE: none of their places is free. */
/* Also where it is found already. */
PST_MUST_CHECK int kernel_index_put(struct kernel_plane *k, uint64_t hash, uint16_t port, uint32_t pair);
void kernel_index_remove(struct kernel_plane *k, uint64_t hash, uint16_t port, uint32_t pair);
/* Clears all entries whose pair is free. */
void kernel_index_keep(const struct kernel_plane *k);
uint64_t kernel_hash(const struct addr *a);
/* The number of an address, RELAY_K_UNNUMBERED: it has none. */
uint8_t kernel_number_of(const struct kernel_plane *k, const struct addr *a);
/* Of an address without a number, whether it is the system's own at all. PST_E_SYS: it is not, or errno says why. */
PST_MUST_CHECK int kernel_check_ours(const struct addr *a);
/* When a tick was, which was not long ago, as clock_now_ms(). */
uint64_t kernel_tick_ms(uint32_t tick);

/* One of a slot's. */
static inline uint64_t kernel_counter(const __u64 *c)
{
	return __atomic_load_n(c, __ATOMIC_RELAXED);
}

/* Ranges: as struct relay_ops. */
PST_MUST_CHECK int kernel_range_open(void *plane, const struct relay_range_plan *plan, struct relay_range **out);
void kernel_range_stats(const struct relay_range *r, int from_leg, struct relay_range_stats *out);
void kernel_range_close(struct relay_range *r);

/* Makes the table K's: flows that an earlier process left and that are served still go on for ORPHAN_MS at most, or until
 * they are silent for QUIET_MS; all else is free. PST_E_NOMEM. */
PST_MUST_CHECK int kernel_take_over(struct kernel_plane *k, uint32_t orphan_ms, uint32_t quiet_ms);
/* Ends those that are silent or over their time; now and then. */
void kernel_orphans_look(struct kernel_plane *k);
void kernel_orphans_end(struct kernel_plane *k);

/* Sessions */

struct relay_k_slot *kernel_slot(const struct relay_session *s, int leg, enum relay_part part);
struct addr kernel_local(const struct relay_session *s, int leg, enum relay_part part);

/* From now on the RTCP of FROM_LEG is for kernel_rtcp_ready(). Where there is no ring it is for nobody, and is refused. */
void kernel_rtcp_hide(struct relay_session *s, int from_leg);
/* FD: the ring's map, which stays the caller's. PST_E_SYS. */
PST_MUST_CHECK int kernel_ring_map(struct kernel_ring *r, int fd);
void kernel_ring_unmap(struct kernel_ring *r);
/* Moves what has arrived; the callback of the plane's poll. */
void kernel_rtcp_ready(uv_poll_t *poll, int status, int events);

#endif
