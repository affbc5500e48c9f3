/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the kernel's relay is at work: the programs at the interfaces of a configuration. The monitor's. */
#ifndef PST_DAEMON_RELAY_PLACE_H
#define PST_DAEMON_RELAY_PLACE_H

#include "daemon/conf.h"

struct relay_place;

/* Puts the programs to the interfaces of C, unless *PLACE (NULL: none yet) has them there. *TABLE_FD stays the
 * place's. Logs why it fails: PST_E_UNSUPPORTED: not on this system; PST_E_DENIED: they are elsewhere;
 * PST_E_ARG: not with this configuration; PST_E_SYS, PST_E_NOMEM. */
PST_MUST_CHECK int relay_place_get(struct relay_place **place, const struct conf *c, int *table_fd);
/* Whether C asks for what PLACE is. True where there is none. */
bool relay_place_fits(const struct relay_place *place, const struct conf *c);
/* NULL is allowed. */
void relay_place_free(struct relay_place *place);

#endif
