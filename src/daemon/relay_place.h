/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the kernel's relay is at work: the programs at the interfaces of a configuration. The monitor's. */
#ifndef PST_DAEMON_RELAY_PLACE_H
#define PST_DAEMON_RELAY_PLACE_H

#include "daemon/conf.h"

struct relay_place;

/* What the worker's plane needs; the place's. */
struct relay_place_fds {
	int table, ring;
};

/* Makes *PLACE (NULL: none yet) what C says: puts the programs to its interfaces, and takes them from others. Logs why it fails, and then nothing has changed: PST_E_UNSUPPORTED: not on this system; PST_E_ARG:
 * not with this configuration; PST_E_SYS, PST_E_NOMEM. */
PST_MUST_CHECK int relay_place_get(struct relay_place **place, const struct conf *c, struct relay_place_fds *fds);
/* NULL is allowed. */
void relay_place_free(struct relay_place *place);

#endif
