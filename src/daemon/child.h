/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What each of the daemon's processes below the monitor does alike: a loop, the sandbox, signs of life, the end,
 * and the way of a configuration into use, the first like each later one, in steps:
 *
 *	read it; the first time: enter the sandbox
 *	ask the monitor for every listening socket of this process
 *	ops.prepare: what else it needs                          (nothing has changed so far: a refusal leaves all as it was)
 *	say that all is there, and wait for the others
 *	ops.take, then ops.listen for each socket
 */
#ifndef PST_DAEMON_CHILD_H
#define PST_DAEMON_CHILD_H

#include <uv.h>

#include "daemon/conf.h"
#include "daemon/debug.h"
#include "priv/client.h"

/* Number of each process with the monitor. */
enum daemon_process { DAEMON_WORKER, DAEMON_REGISTRAR, DAEMON_PROCESSES };

struct daemon_child_ops {
	const char *name;
	/* Which of a configuration's services this process listens for. */
	bool (*serves)(const struct conf *c, uint32_t service);
	/* What the process may, for priv_sandbox_enter(): PRIV_SANDBOX_..., and the folder of the state directory that it
	 * writes in, into FOLDER; NULL: none. C is the first configuration. */
	unsigned (*may)(const struct conf *c, const char **folder, char path[static CONF_STATE_PATH_MAX]);
	/* Asks for what else daemon_child.next needs and then calls daemon_child_prepared(). NULL: nothing. */
	void (*prepare)(void *arg);
	/* What prepare() got is not used. NULL: nothing to do. */
	void (*forget)(void *arg);
	/* Takes CONF into use, in place of daemon_child.conf (NULL the first time), and closes all listening sockets. An error
	 * ends the process. */
	int (*take)(void *arg, struct conf *conf);
	/* A listening socket. Takes FD, also on error. */
	int (*listen)(void *arg, uint32_t service, uint32_t realm, uint32_t interface, int fd);
	/* FD, which is the handler's, leads to the process PEER. It may come before any configuration. */
	void (*peer)(void *arg, enum daemon_process peer, int fd);
	/* Fills in the counts of a report. NULL: none. */
	void (*report)(void *arg, struct priv_msg *m);
	/* Begins to end, and calls daemon_child_ended() when that is done. NULL: there is nothing to wait for. */
	void (*stop)(void *arg);
	/* The monitor is gone; ops.stop is next, if it returns. NULL: nothing to do. */
	void (*lost)(void *arg);
	/* Lets go of everything, so that the loop ends by itself. */
	void (*finish)(void *arg);
};

/* A configuration on its way into use. */
struct daemon_change {
	uint32_t generation;
	struct {
		int fd;
		uint32_t service, realm, interface;
	} fds[CONF_SOCKETS_MAX];
	uint32_t n_fds;
	uint32_t waiting; /* answers to come */
	int status;       /* the first error among them */
	int sys_errno;
	bool prepared;
};

/* Zero, but for what is marked; in order to be read by its owner only. */
struct daemon_child {
	const struct daemon_child_ops *ops; /* set by the owner */
	void *arg;                          /* likewise */
	struct daemon_debug debug;          /* likewise */
	uv_loop_t loop;
	struct priv_client *priv;
	struct conf *conf; /* in use; NULL: none yet */
	struct conf *next; /* on its way; NULL: none is */
	bool stopping;
	/* its own */
	struct daemon_change change;
	uv_timer_t report;
	uv_pipe_t first_stream;
	bool confined;
	int exit_status;
};

/* Runs until the monitor at the other end of SOCK says stop or is gone, and all is let go. Returns the process's exit
 * status. */
int daemon_child_run(struct daemon_child *c, int sock);
/* The verdict of ops.prepare on daemon_child.next; an error has been logged. */
void daemon_child_prepared(struct daemon_child *c, int status, int sys_errno);
/* ops.stop is through. */
void daemon_child_ended(struct daemon_child *c);

#endif
