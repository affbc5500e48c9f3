/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Giving privilege up: a child keeps nothing, the monitor what its verbs need. */
#ifndef PST_PRIV_DROP_H
#define PST_PRIV_DROP_H

#include <sys/types.h>

#include "base/err.h"

#include <stdbool.h>

/* Who the children run as. */
struct priv_identity {
	bool change; /* false: who we are already, as we are not root */
	uid_t uid;
	gid_t gid;
	char name[33];
};

/* Finds the user NAME ("auto": postern where it exists, else nobody). PST_E_NOT_FOUND: no such user;
 * PST_E_DENIED: it is root. */
PST_MUST_CHECK int priv_identity_find(struct priv_identity *out, const char *name);

/* Becomes ID for good: no supplementary group, no capability in any set, and none to be had by an exec. In a
 * user namespace that does not know the user, the uid stays and all the rest goes. Where a service manager
 * forbids capset(), the sets of an ordinary user go with the exec that has to follow; the new image asks
 * priv_check_dropped(). PST_E_SYS: something stayed; the process must end. */
PST_MUST_CHECK int priv_drop(const struct priv_identity *id);

/* PST_E_STATE unless this process has no capability and can get none. */
PST_MUST_CHECK int priv_check_dropped(void);

/* Leaves a monitor that runs with privilege only what its verbs and the drop need. PST_E_SYS. */
PST_MUST_CHECK int priv_monitor_limit(void);

/* Whether firewall tables can be changed (CAP_NET_ADMIN). */
bool priv_can_net_admin(void);

#endif
