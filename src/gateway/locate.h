/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A call to a name of another domain: who takes calls for it is looked up, and the call waits for that, for a bounded time. */
#ifndef PST_GATEWAY_LOCATE_H
#define PST_GATEWAY_LOCATE_H

#include "gateway/gw.h"

/* The route of CALL says what to look up. True: CALL waits (gateway/wait.h). False: call->located is all that is known. Asks
 * once per call. */
bool gw_locate_wait(struct gw_call *call);

#endif
