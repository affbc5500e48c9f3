/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An admission, for whoever decides where calls go. */
#ifndef PST_GATEKEEPER_ADMISSION_H
#define PST_GATEKEEPER_ADMISSION_H

#include "base/addr.h"

/* A caller's call to where it goes, under a number of its own. */
struct gatekeeper_admission {
	uint64_t number;
	struct addr caller, dest; /* the host that asked; the called party itself, whatever the caller was told */
	struct pst_slice call_id, conference_id; /* 16 octets, or none */
};

#endif
