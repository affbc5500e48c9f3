/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How posternd's processes log. */
#ifndef PST_DAEMON_LOG_SETUP_H
#define PST_DAEMON_LOG_SETUP_H

#include "base/log.h"

/* Lines for the journal where standard error is connected to it, else for people. */
void log_setup_daemon(enum log_level level);

#endif
