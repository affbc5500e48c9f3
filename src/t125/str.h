/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line about an MCS PDU, for ladders and logs. Nothing in it is a peer's text. */
#ifndef PST_T125_STR_H
#define PST_T125_STR_H

#include "t125/msg.h"

enum { T125_STRLEN = 120 };

/* "channelJoinRequest user 1007 channel 1". Returns BUF. */
const char *t125_str(const t125_pdu *m, char buf[static T125_STRLEN]);
/* "connect-initial upward". */
const char *t125_connect_str(const t125_connect *m, char buf[static T125_STRLEN]);
/* The names of the Recommendation without their prefix: "successful", "user-requested". Never NULL. */
const char *t125_result_str(uint32_t result);
const char *t125_reason_str(uint32_t reason);

#endif
