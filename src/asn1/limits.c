/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the decoder allows where the caller names no limits. */
#include "asn1/asn1.h"

const struct asn1_limits asn1_limits_default = { .depth = 40, .elements = 65536 };
