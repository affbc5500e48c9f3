/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses that endpoints write into RTCP: "user@10.0.0.5" is a usual CNAME (RFC 3550 6.5.1). Pure. */
#ifndef PST_RELAY_HIDE_H
#define PST_RELAY_HIDE_H

#include "base/slice.h"

/* Overwrites each address written as text in the SDES items and BYE reasons of the RTCP datagram of N octets at P by as many
 * letters: the same address and KEY give the same letters, so that a CNAME still ties the sessions of a call together. What is
 * no RTCP from end to end (an encrypted one) is left alone. True: something was overwritten. */
bool relay_hide_addresses(uint8_t *p, size_t n, uint64_t key);

#endif
