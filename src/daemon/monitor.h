/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What posternd's monitor does for the other processes, with its own reading of the configuration as the measure. */
#ifndef PST_DAEMON_MONITOR_H
#define PST_DAEMON_MONITOR_H

#include <stdbool.h>

#include "daemon/debug.h"

/* Runs the daemon on the configuration file PATH until it is told to end. Returns the process's exit status.
 */
int monitor_main(const char *path, const struct daemon_debug *debug);

/* Reads and checks the file PATH, and prints what is wrong with it to standard error as FILE:LINE: reason.
 * Returns 0, or 1 when anything is. PRINT: prints it to standard output as it was understood; else "FILE:
 * ok". */
int monitor_check(const char *path, bool print);

#endif
