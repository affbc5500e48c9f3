/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which ports of a range are free on one local address. Ports are handed out in
 * turn from a random start, and one that was just given back rests for a while, so
 * that late packets of its last user do not reach the next. Bookkeeping only: it
 * binds nothing. Memory grows with the ports that were used: there may be a set for
 * each of thousands of addresses.
 */
#ifndef PST_LOOP_PORTS_H
#define PST_LOOP_PORTS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct loop_ports {
	uint32_t **blocks; /* of slots: in use, free, or when it was given back; NULL: free, all of it */
	uint32_t n;	   /* slots */
	uint32_t used;
	uint32_t next;	  /* where the search goes on */
	uint32_t rest_ms; /* how long a port rests */
	uint16_t first;
	uint8_t step;
};

/* Ports FIRST..LAST; STEP 1: single ports; 2: pairs, an even port and the one above it, both inside the
 * range. Zero P before the first use; release with loop_ports_free(). PST_E_ARG: not one port; PST_E_NOMEM.
 */
PST_MUST_CHECK int loop_ports_init(
	struct loop_ports *p, uint16_t first, uint16_t last, uint8_t step, uint32_t rest_ms);
void loop_ports_free(struct loop_ports *p);

/* Changes the range; what is in use inside both stays in use, what falls outside is forgotten when given
 * back. PST_E_ARG, PST_E_NOMEM: nothing has changed. */
PST_MUST_CHECK int loop_ports_set_range(struct loop_ports *p, uint16_t first, uint16_t last);

/* Takes the next free port (pairs: the even one). When all free ones rest, the one that rests longest is
 * taken. PST_E_SPACE: all are in use; PST_E_NOMEM. */
PST_MUST_CHECK int loop_ports_take(struct loop_ports *p, uint64_t now_ms, uint16_t *port);
/* Takes PORT itself. PST_E_ARG: it is none of these; PST_E_BUSY: it is in use; PST_E_NOMEM. */
PST_MUST_CHECK int loop_ports_take_port(struct loop_ports *p, uint16_t port);
void loop_ports_give(struct loop_ports *p, uint64_t now_ms, uint16_t port);

#endif
