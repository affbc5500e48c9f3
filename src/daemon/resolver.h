/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who takes calls for a domain (H.323 Annex O): SRV _h323ls._udp, a gatekeeper that is asked; else _h323cs._tcp, whom to
 * call; else the domain's own address. UDP to the name servers that it is given: a process in the sandbox reads no file.
 * What was found is kept for its time. One thread, one loop.
 */
#ifndef PST_DAEMON_RESOLVER_H
#define PST_DAEMON_RESOLVER_H

#include <uv.h>

#include "base/addr.h"

struct resolver;

/* AT: with port, a gatekeeper's where LOCATES; family 0: nobody was found. Never from inside resolver_find(). */
typedef void resolver_done_h(void *arg, uint64_t ticket, const struct addr *at, bool locates);

/* SERVERS (with port) are copied. PST_E_ARG: none, or too many; PST_E_NOMEM. */
PST_MUST_CHECK int resolver_new(struct resolver **out, uv_loop_t *loop, const struct addr *servers, uint32_t n,
        resolver_done_h *done, void *arg);
/* False: too many are looked up, or that is no domain; nothing comes. */
bool resolver_find(struct resolver *r, uint64_t ticket, const char *domain);
/* Ends what is being looked up: it is said, now, that nobody was found. */
void resolver_end(struct resolver *r);
/* Nothing comes any more. The loop must run once more. NULL is allowed. */
void resolver_free(struct resolver *r);

#endif
