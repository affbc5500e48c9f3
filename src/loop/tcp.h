/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * TCP connections and listeners on a libuv loop. Owners embed the structures and
 * find themselves again from the pointer the callbacks get (or through uv.data, which
 * is theirs). A connection costs no buffer while it is idle: all connections of a
 * thread read into one. One thread per loop; callbacks come from the loop only, never
 * from inside a call made here. The program ignores SIGPIPE.
 *
 *	connect/accept -> on_connect -> on_data ... -> on_close -> loop_tcp_close() -> closed
 *
 * Nothing is closed behind the owner's back: after on_close or a failed on_connect the
 * owner still calls loop_tcp_close(), and the memory is the loop's until `closed` comes.
 */
#ifndef PST_LOOP_TCP_H
#define PST_LOOP_TCP_H

#include "base/addr.h"

#include <uv.h>

struct loop_tcp;
struct loop_listener;

enum {
	LOOP_TCP_QUEUE_MAX = 64 * 1024, /* octets */
	LOOP_TCP_READ = 64 * 1024,
	LOOP_TCP_READ_LARGE = 512 * 1024, /* for what is passed on in bulk */
	LOOP_TCP_LINGER_MS = 900,
};

struct loop_tcp_ops {
	/* STATUS 0, or a negative UV_ code. Only after loop_tcp_connect(). */
	void (*on_connect)(struct loop_tcp *t, int status);
	/* DATA is borrowed for the call. */
	void (*on_data)(struct loop_tcp *t, struct pst_slice data);
	/* Once, nothing more will come. REASON 0: the peer ended properly (it may still read); else a UV_
	 * code. */
	void (*on_close)(struct loop_tcp *t, int reason);
	/* All that was queued has gone out. May be NULL. */
	void (*on_drained)(struct loop_tcp *t);
};

struct loop_tcp {
	uv_tcp_t uv; /* first; uv.data is the owner's */
	const struct loop_tcp_ops *ops;
	struct loop_tcp_aux *aux;	   /* internal */
	void (*closed)(struct loop_tcp *); /* internal */
	uint32_t queued;		   /* octets waiting to be sent */
	uint32_t queue_max; /* LOOP_TCP_QUEUE_MAX unless the owner sets another after connect or accept */
	uint32_t read_max;  /* octets read at once: LOOP_TCP_READ unless the owner sets another, up to LOOP_TCP_READ_LARGE */
	uint8_t state;	    /* internal; 0: not open */
	bool ended;	    /* internal: on_close was called */
};

/* Connects to REMOTE, from LOCAL where it is not NULL (port 0: any). T is zeroed or closed. on_connect comes
 * later, also when it fails; a time limit is the owner's: close it. Messages may be sent at once, they are
 * queued. PST_E_SYS (errno), PST_E_BUSY (local port), PST_E_ARG, PST_E_NOMEM: T is not open, nothing will
 * come. */
PST_MUST_CHECK int loop_tcp_connect(uv_loop_t *loop, struct loop_tcp *t, const struct loop_tcp_ops *ops,
	const struct addr *local, const struct addr *remote);

/* Takes over FD, a connected socket from on_accept, and starts reading. On error FD is closed and T is not
 * open. */
PST_MUST_CHECK int loop_tcp_accept(
	uv_loop_t *loop, struct loop_tcp *t, const struct loop_tcp_ops *ops, int fd);

/* Sends the N parts as one run of octets, copying what the system does not take at once. After an error the
 * stream is torn and must be closed. PST_E_LIMIT: the peer does not read and queue_max is reached; PST_E_SYS
 * (errno); PST_E_NOMEM; PST_E_STATE: closed or broken. At most 16 parts. */
PST_MUST_CHECK int loop_tcp_send(struct loop_tcp *t, const struct pst_slice *parts, unsigned n);

/* Stops and resumes reading, for an owner whose other side is not keeping up. */
void loop_tcp_pause(struct loop_tcp *t, bool pause);

/* Ends the connection. GRACEFUL: the queue goes out first, then FIN, and the peer has LOOP_TCP_LINGER_MS to
 * end its side; what it sends meanwhile is discarded. Otherwise at once; a second call hastens the first. No
 * ops callback comes any more, only CLOSED (may be NULL), from the loop, when T may be reused or freed.
 * Returns false where T was not open: CLOSED will not come. */
bool loop_tcp_close(struct loop_tcp *t, bool graceful, void (*closed)(struct loop_tcp *t));

/* Connected or connecting, and loop_tcp_close() not called. */
bool loop_tcp_is_open(const struct loop_tcp *t);
/* The descriptor, for loop_fd_local(), loop_fd_peer(), loop_original_dst(); -1 where it is not open. */
int loop_tcp_fd(const struct loop_tcp *t);

struct loop_listener {
	uv_poll_t uv; /* first; uv.data is the owner's */
	/* A connection from PEER. FD is the owner's: loop_tcp_accept() or close() it. The listener may be
	 * closed here. */
	void (*on_accept)(struct loop_listener *l, int fd, const struct addr *peer);
	void (*closed)(struct loop_listener *); /* internal */
	int fd;
	uint8_t state; /* internal */
};

/* Starts accepting from FD, a listening socket (loop_listen(), or passed by the monitor); takes it over, also
 * on error (closed then). L is zeroed or closed. */
PST_MUST_CHECK int loop_listener_open(uv_loop_t *loop, struct loop_listener *l, int fd,
	void (*on_accept)(struct loop_listener *l, int fd, const struct addr *peer));
/* Closes the socket at once; CLOSED (may be NULL) comes from the loop when L may be reused or freed. False:
 * was not open. */
bool loop_listener_close(struct loop_listener *l, void (*closed)(struct loop_listener *l));

#endif
