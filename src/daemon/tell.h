/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whoever is told what directory and gatekeeper know: the worker, over the link. */
#ifndef PST_DAEMON_TELL_H
#define PST_DAEMON_TELL_H

#include "registry/msg.h"

struct daemon_tell {
	void (*h)(void *arg, const struct registry_msg *m);
	void *arg;
};

#endif
