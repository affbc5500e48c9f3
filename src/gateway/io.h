/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the calls of the gateway need of the outside world. The calls themselves
 * (call.c and below) know no socket and no clock: gateway/net.c carries these
 * operations out on libuv, the tests and the fuzzer on a simulated network.
 *
 * Each operation may be called from inside any upcall. After close() or
 * unlisten() no upcall follows for that object, and it may be freed.
 */
#ifndef PST_GATEWAY_IO_H
#define PST_GATEWAY_IO_H

#include "base/addr.h"
#include "base/slice.h"

struct gw_call;
struct gw_conn;
struct gw_secondary;

struct gw_io_ops {
	/* Starts a TCP connection from LOCAL (port 0: any). Answered by gw_conn_opened() or gw_conn_closed().
	 * Sets c->handle. */
	int (*connect)(void *io, struct gw_conn *c, const struct addr *local, const struct addr *remote);
	/* Adopts an accepted connection: from now on its upcalls come for C. Sets c->handle. */
	void (*adopt)(void *io, struct gw_conn *c, void *accepted);
	/* Copies what cannot be sent at once; PST_E_LIMIT when the peer reads too slowly to keep it. */
	int (*send)(void *io, struct gw_conn *c, struct pst_slice octets);
	/* Octets that wait to be sent; gw_conn_drained() comes when there are none left. */
	uint32_t (*queued)(void *io, const struct gw_conn *c);
	/* Stops and resumes reading, for a splice whose other side is slow. */
	void (*pause)(void *io, struct gw_conn *c, bool paused);
	/* ABORT: at once; else after what was sent has left. */
	void (*close)(void *io, struct gw_conn *c, bool abort);
	/* Listens on LOCAL; its port is tried first where it is not 0, then one of the range for secondaries.
	 * Sets s->handle and s->local. */
	int (*listen)(void *io, struct gw_secondary *s, const struct addr *local);
	void (*unlisten)(void *io, struct gw_secondary *s);
	/* Calls gw_call_tick() at DEADLINE_MS of now(); 0: not at all. Replaces the one before. Sets
	 * call->timer. */
	void (*timer)(void *io, struct gw_call *call, uint64_t deadline_ms);
	uint64_t (*now)(void *io);
};

#endif
