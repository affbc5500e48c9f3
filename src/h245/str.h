/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line about a message, for ladders and logs. Nothing in it is a peer's text, but for keyed characters, escaped. */
#ifndef PST_H245_STR_H
#define PST_H245_STR_H

#include "h245/msg.h"

enum { H245_STRLEN = 160 };

/* "OpenLogicalChannel 101 g711Ulaw64k session 1 rtcp 10.0.0.1:5001", "MasterSlaveDeterminationAck slave". Returns BUF. */
const char *h245_str(const h245_pdu *m, char buf[static H245_STRLEN]);
/* "g711Alaw64k 101 session 1 rtp 10.0.0.1:5000 receive": an element of fastStart. */
const char *h245_olc_str(const struct h245_open_logical_channel *olc, char buf[static H245_STRLEN]);

#endif
