/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lists of the section `leases` of postern.yaml(5). Inside daemon/ only. */
#ifndef PST_DAEMON_CONF_LEASES_H
#define PST_DAEMON_CONF_LEASES_H

#include "daemon/conf_directory.h"

/* After the realms. Problems are noted in K; PST_E_NOMEM. */
PST_MUST_CHECK int conf_leases_check(struct conf_checking *k);
void conf_leases_print(const struct conf *c, FILE *out);
void conf_leases_free(struct conf_leases *l);

#endif
