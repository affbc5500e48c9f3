/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by tcp.c and tcp_listen.c only. */
#ifndef PST_LOOP_TCP_PRIVATE_H
#define PST_LOOP_TCP_PRIVATE_H

#include "base/err.h"

/* No delay; keepalive after 60 s idle, dead after another minute. Accepted sockets have it from their
 * listener. */
PST_MUST_CHECK int loop_tcp_tune(int fd);

#endif
