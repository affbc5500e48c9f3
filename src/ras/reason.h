/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a gatekeeper said no, in words (H.225.0 7.8, 7.9, 7.11). */
#ifndef PST_RAS_REASON_H
#define PST_RAS_REASON_H

#include "h225/ras.h"

/* Of a GatekeeperReject, RegistrationReject, UnregistrationRequest or AdmissionReject; never NULL, also for reasons that are
 * not known and messages that are none of these. A literal. */
const char *ras_reason(const struct h225_ras_message *m);

#endif
