/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How to look at a daemon at work: given on the command line, and by the monitor to the others. */
#ifndef PST_DAEMON_DEBUG_H
#define PST_DAEMON_DEBUG_H

#include "priv/sandbox.h"

struct daemon_debug {
	bool verbose; /* debug lines whatever the configuration says */
	enum priv_sandbox_mode sandbox;
};

#endif
