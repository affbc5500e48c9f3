/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of the section `policy` of postern.yaml(5). Inside daemon/ only. */
#ifndef PST_DAEMON_CONF_POLICY_H
#define PST_DAEMON_CONF_POLICY_H

#include "daemon/conf_directory.h"

/* After the realms. Problems are noted in K; PST_E_NOMEM. */
PST_MUST_CHECK int conf_policy_check(struct conf_checking *k);
void conf_policy_print(const struct gw_config *gw, FILE *out);
void conf_policy_free(struct gw_config *gw);

#endif
