/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ULP for people: names of the codes, and a message as text, one line an entry. */
#ifndef PST_ULP_STR_H
#define PST_ULP_STR_H

#include "ulp/msg.h"

/* Never NULL. */
const char *ulp_opcode_str(uint8_t opcode);
const char *ulp_retcode_str(uint8_t retcode);
const char *ulp_type_str(uint16_t type);

/* Appends M as text to W, octets of a peer escaped. PST_E_SPACE: cut. */
PST_MUST_CHECK int ulp_print(const struct ulp_msg *m, struct writer *w);

#endif
