/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a child process. Inside priv/ only. */
#ifndef PST_PRIV_SPAWN_H
#define PST_PRIV_SPAWN_H

#include <sys/types.h>

#include "priv/drop.h"

/* Runs this program's image again with ARGV, without privilege, as ID. *SOCK is our end of the pair,
 * non-blocking. PST_E_SYS. */
PST_MUST_CHECK int priv_spawn(char *const *argv, const struct priv_identity *id, pid_t *pid, int *sock);

#endif
