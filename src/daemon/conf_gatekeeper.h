/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lists of the sections `gatekeeper` and `ras_proxy` of postern.yaml(5). Inside daemon/ only. */
#ifndef PST_DAEMON_CONF_GATEKEEPER_H
#define PST_DAEMON_CONF_GATEKEEPER_H

#include "daemon/conf_directory.h"

/* Problems are noted in K; PST_E_NOMEM. */
PST_MUST_CHECK int conf_gatekeeper_check(struct conf_checking *k);
void conf_gatekeeper_print(const struct conf *c, FILE *out);
void conf_ras_proxy_print(const struct conf *c, FILE *out);
void conf_gatekeeper_free(struct conf_gatekeeper *g);

#endif
