/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells the service manager how we are (sd_notify(3)'s protocol; nothing happens where there is no manager).
 */
#ifndef PST_DAEMON_NOTIFY_H
#define PST_DAEMON_NOTIFY_H

#include "base/err.h"

/* Sends lines of VARIABLE=value. Errors are not told: there is nobody to tell. */
void notify_send(const char *fmt, ...) PST_PRINTF(1, 2);

#endif
