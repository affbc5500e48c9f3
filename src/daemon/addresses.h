/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The monitor's book of virtual addresses: which ones this machine answers for on
 * the worker's request. Each request is held against the configuration: the
 * address has to be of the pool it names, that pool of the realm it names, and no
 * more are put up than leases may be. Only what is in the book is taken down.
 */
#ifndef PST_DAEMON_ADDRESSES_H
#define PST_DAEMON_ADDRESSES_H

#include "daemon/conf.h"
#include "fw/address.h"
#include "fw/nft.h"

/* What it does to the machine: fw/address.h and fw_nft_virtual(), or a test's. */
struct addresses_ops {
	int (*add)(const char *interface, const struct addr *a);
	int (*remove)(const char *interface, const struct addr *a);
	int (*each)(fw_address_h *each, void *ctx);
	int (*announce)(const char *interface, const struct addr *a);
	int (*guard)(const struct addr *a, bool add, char err[static FW_NFT_ERR_MAX]); /* in the firewall's sets */
};

extern const struct addresses_ops addresses_kernel;

struct addresses;

/* OPS are borrowed. PST_E_NOMEM. */
PST_MUST_CHECK int addresses_new(struct addresses **out, const struct addresses_ops *ops);
/* Forgets the book; what is up stays so. */
void addresses_free(struct addresses *b);

/* What an earlier daemon left behind on the interfaces of C, and on the loopback interface, where a pool of C has it: in the book
 * from now on where C would have it there, until addresses_end(); else it goes. */
void addresses_adopt(struct addresses *b, const struct conf *c);

/* ADDRESS of POOL of REALM (indices of C) is answered for from now on. PST_OK also where it is already. PST_E_DENIED: not what C
 * says; PST_E_LIMIT: too many; PST_E_BUSY: it is up and somebody else's; PST_E_NOT_FOUND: no such interface; PST_E_SYS,
 * PST_E_NOMEM. */
PST_MUST_CHECK int addresses_on(
        struct addresses *b, const struct conf *c, uint16_t realm, uint16_t pool, const struct addr *address);
/* PST_E_NOT_FOUND: it is not in the book; PST_E_SYS. */
PST_MUST_CHECK int addresses_off(struct addresses *b, const struct addr *address);
/* Between the two, a worker asks for what it wants to keep; the rest goes with the end. */
void addresses_begin(struct addresses *b);
void addresses_end(struct addresses *b);
/* C is in use: what is up moves to the interface that C names for it, and what is not there any more, as an interface was made anew,
 * is put up again. */
void addresses_settle(struct addresses *b, const struct conf *c);
/* All of them go. */
void addresses_clear(struct addresses *b);

/* All in the book, an array that is the caller's to free; NULL: none, or out of memory. */
struct addr *addresses_list(const struct addresses *b, uint32_t *n);
/* Whether the firewall's sets are there to be kept up: they are, with all that is in the book, after the table was made. */
void addresses_set_guarded(struct addresses *b, bool guarded);

#endif
