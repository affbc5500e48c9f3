/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The beginning of a call: who came, whom they called, where it goes. */
#ifndef PST_GATEWAY_BEGIN_H
#define PST_GATEWAY_BEGIN_H

#include "gateway/gw.h"

/* M is the caller's Setup: finds where the call goes and starts connecting. True: the call goes on, and M with it. False: it
 * is over, or waits (call->wait), and is to be given M once more when it no longer does. */
bool gw_begin(struct gw_call *call, struct h225_msg *m);

#endif
