/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process of calls: the gateway, the relay plane and the control socket on one loop. */
#ifndef PST_DAEMON_WORKER_H
#define PST_DAEMON_WORKER_H

#include "daemon/debug.h"

/* Runs until the monitor at the other end of SOCK says stop or is gone; SOCK is the worker's. Returns the
 * process's exit status. */
int worker_main(int sock, const struct daemon_debug *debug);

#endif
