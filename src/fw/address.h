/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Virtual addresses on interfaces of this machine: added, removed, and told to
 * the neighbours. Each is of full length (/32, /128), never a source that the
 * system chooses by itself, and marked as ours (Linux 5.18 and later), so that
 * nobody else's is touched. Used by the monitor only; needs CAP_NET_ADMIN.
 */
#ifndef PST_FW_ADDRESS_H
#define PST_FW_ADDRESS_H

#include "base/addr.h"
#include "base/err.h"

enum { FW_ADDRESS_MARK = 0x70 /* IFA_PROTO */ };

/* ADDR (port aside) on INTERFACE. PST_OK also where it is there already and ours. PST_E_BUSY: it is there, and another's;
 * PST_E_NOT_FOUND: no such interface; PST_E_SYS. */
PST_MUST_CHECK int fw_address_add(const char *interface, const struct addr *addr);
/* PST_E_NOT_FOUND: it is not there, or not ours; PST_E_SYS. */
PST_MUST_CHECK int fw_address_remove(const char *interface, const struct addr *addr);

/* Every address of this machine that is ours. EACH must not add or remove. PST_E_SYS. */
typedef void fw_address_h(void *ctx, const char *interface, const struct addr *addr);
PST_MUST_CHECK int fw_address_each(fw_address_h *each, void *ctx);

/* Tells the hosts on INTERFACE that ADDR is here: an ARP announcement (RFC 5227 2.3), or an unsolicited neighbour
 * advertisement (RFC 4861 7.2.6). Needs CAP_NET_RAW. PST_E_DENIED without; PST_E_UNSUPPORTED: no interface with neighbours;
 * PST_E_SYS. */
PST_MUST_CHECK int fw_address_announce(const char *interface, const struct addr *addr);

#endif
