/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern calls --follow. */
#ifndef PST_CLI_FOLLOW_H
#define PST_CLI_FOLLOW_H

#include "cli/cli.h"

/* Shows events until the daemon goes. Returns the exit status. */
int follow_run(const struct cli_options *o);

#endif
