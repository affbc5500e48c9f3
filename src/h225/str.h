/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line about a message, for ladders and logs. Nothing in it is a peer's text. */
#ifndef PST_H225_STR_H
#define PST_H225_STR_H

#include "h225/msg.h"

enum { H225_STRLEN = 160 };

/* "Connect h245 10.0.0.2:3000 fastStart 2 tunnelling", "ReleaseComplete cause 17 inConf". Returns BUF. */
const char *h225_str(const struct h225_msg *m, char buf[static H225_STRLEN]);

#endif
