/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NetMeeting's chat ([MS-MNPR]): a line is one piece of data in the session's channel,
 *
 *     octet 0   octets 1-7   then
 *     8         0            UTF-16, little-endian, ended by a zero
 */
#ifndef PST_CONFERENCE_CHAT_H
#define PST_CONFERENCE_CHAT_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

enum { CHAT_TEXT_MAX = 4096 /* octets of UTF-8 in one line */, CHAT_PDU_MAX = 8 + 2 * CHAT_TEXT_MAX + 2 };

/* Appends TEXT (UTF-8). PST_E_BAD: no UTF-8; PST_E_RANGE: too long; PST_E_SPACE. */
PST_MUST_CHECK int chat_encode(const char *text, struct writer *w);
/* Reads a line into BUF as UTF-8, NUL-terminated, cut where it is too long; what is no character becomes "?".
 * Control characters are kept: escape before printing. PST_E_BAD: not this format. */
PST_MUST_CHECK int chat_decode(struct pst_slice pdu, char *buf, size_t cap);

#endif
