/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ReleaseComplete: Q.850 cause and H.225.0 reason say the same thing (H.225.0 table 5). */
#ifndef PST_H225_CAUSE_H
#define PST_H225_CAUSE_H

#include <stdint.h>

/* REASON: an H225_RELEASE_COMPLETE_REASON_ constant; unknown ones are 31. */
uint8_t h225_cause_of_reason(uint32_t reason);
/* The reason that fits a cause best; undefinedReason where none does. */
uint32_t h225_reason_of_cause(uint8_t cause);
/* ASN.1's name of a reason, "unknown" where there is none. */
const char *h225_reason_name(uint32_t reason);

#endif
