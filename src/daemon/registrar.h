/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The process of directory and gatekeeper: who is registered, what was admitted, and the store behind. It tells the worker
 * all that calls are decided by (registry/msg.h), before it answers whoever asked for the change; either may die, and the
 * other goes on.
 *
 * What else concerns names and not calls belongs here: questions to other gatekeepers and look-ups in the DNS (_h323ls,
 * _h323cs), by sockets of its own. There is no resolver of the system's in the sandbox.
 */
#ifndef PST_DAEMON_REGISTRAR_H
#define PST_DAEMON_REGISTRAR_H

#include "daemon/debug.h"

/* Runs until the monitor at the other end of SOCK says stop or is gone; SOCK is the registrar's. Returns the process's
 * exit status. */
int registrar_main(int sock, const struct daemon_debug *debug);

#endif
