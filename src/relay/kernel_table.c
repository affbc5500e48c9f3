/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel plane's table: its memory, its slots and its index. */
#include "relay/kernel_private.h"

#include "base/clock.h"
#include "loop/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

void kernel_mapped(uint8_t out[16], const struct addr *a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };
	memcpy(out, a->family == ADDR_IP4 ? prefix : a->ip, 12);
	memcpy(out + 12, a->family == ADDR_IP4 ? a->ip : a->ip + 12, 4);
}

uint32_t kernel_ip4(const struct addr *a)
{
	uint32_t ip = 0;
	if (a->family == ADDR_IP4)
		memcpy(&ip, a->ip, sizeof ip);
	return ip;
}

struct relay_k_slot *kernel_pair(const struct kernel_plane *k, uint32_t pair, int part)
{
	return &k->slots[k->head->pairs + 2 * pair + (uint32_t)part];
}

void kernel_write_begin(struct relay_k_slot *k)
{
	__atomic_store_n(&k->seq, k->seq + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void kernel_write_end(struct relay_k_slot *k)
{
	__atomic_store_n(&k->seq, k->seq + 1, __ATOMIC_RELEASE);
}

void kernel_forget_learnt(struct relay_k_slot *k)
{
	__atomic_store_n(&k->learnt, ((k->learnt >> 16) + 1) << 16, __ATOMIC_SEQ_CST);
}

void kernel_slot_reset(struct relay_k_slot *k, enum relay_k_state state, int part, const struct addr *at)
{
	struct relay_k_slot fresh = { .state = (uint8_t)state, .part = (uint8_t)part };
	const size_t body = offsetof(struct relay_k_slot, state);
	if (at != NULL) {
		kernel_mapped(fresh.own, at);
		fresh.own4 = kernel_ip4(at);
		fresh.own_port = htons((uint16_t)(at->port + part));
	}
	kernel_write_begin(k);
	fresh.learnt = ((k->learnt >> 16) + 1) << 16;
	memcpy((uint8_t *)k + body, (const uint8_t *)&fresh + body, sizeof fresh - body);
	kernel_write_end(k);
}

/* The index */

uint64_t kernel_hash(const struct addr *a)
{
	uint64_t words[2];
	uint8_t ip[16];
	kernel_mapped(ip, a);
	memcpy(words, ip, sizeof words);
	return relay_k_hash(words[0], words[1]);
}

static uint32_t *index_at(const struct kernel_plane *k, uint64_t hash, uint16_t port, uint32_t n)
{
	uint32_t *words = (uint32_t *)&k->slots[k->head->index];
	return &words[relay_k_place(hash, port, n) & k->head->index_mask];
}

int kernel_index_put(struct kernel_plane *k, uint64_t hash, uint16_t port, uint32_t pair)
{
	uint32_t *vacant = NULL;
	for (uint32_t n = RELAY_K_PLACES; n-- > 0;) {
		uint32_t *place = index_at(k, hash, port, n);
		if (*place == relay_k_entry(hash, pair))
			return 0;
		if (*place == 0)
			vacant = place;
	}
	if (vacant == NULL)
		return PST_E_SPACE;
	__atomic_store_n(vacant, relay_k_entry(hash, pair), __ATOMIC_RELEASE);
	return 0;
}

void kernel_index_keep(const struct kernel_plane *k)
{
	uint32_t *words = (uint32_t *)&k->slots[k->head->index];
	for (uint32_t i = 0; i <= k->head->index_mask; i++) {
		const uint32_t pair = (words[i] & RELAY_K_PAIR_MASK) - 1;
		if (words[i] != 0 &&
			(pair >= k->head->pairs_n || kernel_pair(k, pair, RELAY_RTP)->state == RELAY_K_FREE))
			__atomic_store_n(&words[i], 0, __ATOMIC_RELEASE);
	}
}

void kernel_index_remove(struct kernel_plane *k, uint64_t hash, uint16_t port, uint32_t pair)
{
	for (uint32_t n = 0; n < RELAY_K_PLACES; n++) {
		uint32_t *place = index_at(k, hash, port, n);
		if (*place == relay_k_entry(hash, pair))
			__atomic_store_n(place, 0, __ATOMIC_RELEASE);
	}
}

/* Addresses */

uint8_t kernel_number_of(const struct kernel_plane *k, const struct addr *a)
{
	uint8_t ip[16];
	kernel_mapped(ip, a);
	for (uint32_t i = 0; i < k->head->locals_n; i++)
		if (memcmp(k->head->locals[i].ip, ip, sizeof ip) == 0)
			return (uint8_t)i;
	return RELAY_K_UNNUMBERED;
}

int kernel_check_ours(const struct addr *a)
{
	const struct addr any_port = addr_with_port(*a, 0);
	const int fd = socket(a->family == ADDR_IP4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return PST_E_SYS;
	const int err = loop_bind(fd, &any_port);
	const int saved = errno;
	close(fd);
	errno = saved;
	return err;
}

uint64_t kernel_tick_ms(uint32_t tick)
{
	const uint64_t now = clock_now_ns() >> RELAY_K_TICK_SHIFT;
	return ((now - (uint32_t)((uint32_t)now - tick)) << RELAY_K_TICK_SHIFT) / 1000000u;
}

/* The whole */

static bool header_good(const struct relay_k_header *h)
{
	return h->magic == RELAY_K_MAGIC && h->slot_size == RELAY_K_SLOT && h->locals_n <= RELAY_K_LOCALS &&
	       h->slots > RELAY_K_HEADER_SLOTS && h->index >= RELAY_K_HEADER_SLOTS && h->index < h->slots &&
	       (h->index_mask & (h->index_mask + 1)) == 0 && h->index_mask / RELAY_K_WORDS < h->slots - h->index &&
	       h->pairs < h->slots && h->pairs_n > 0 && h->pairs_n < RELAY_K_PAIR_MASK &&
	       h->pairs_n <= (h->slots - h->pairs) / 2 && h->ranges < h->slots &&
	       h->slots - h->ranges >= RELAY_K_RANGES * RELAY_K_RANGE_ROWS;
}

int kernel_map_table(struct kernel_plane *k, int fd)
{
	size_t bytes = (size_t)RELAY_K_HEADER_SLOTS * RELAY_K_SLOT;
	for (int i = 0; i < 2; i++) {
		void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (p == MAP_FAILED)
			return PST_E_SYS;
		k->head = p;
		k->slots = p;
		k->bytes = bytes;
		if (!header_good(k->head)) {
			munmap(p, bytes);
			return PST_E_BAD;
		}
		bytes = (size_t)k->head->slots * RELAY_K_SLOT;
		if (i == 0)
			munmap(p, k->bytes);
	}
	return 0;
}

