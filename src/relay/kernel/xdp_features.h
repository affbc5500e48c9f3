/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What interfaces say of themselves about XDP (the system's netlink family "netdev", Linux 6.3). */
#ifndef PST_RELAY_KERNEL_FEATURES_H
#define PST_RELAY_KERNEL_FEATURES_H

#include "base/err.h"

#include <stdint.h>

enum {
	XDP_CAN_RUN = 1 << 0,	   /* programs run, and pass, drop and send back */
	XDP_CAN_REDIRECT = 1 << 1, /* frames from here can be sent elsewhere */
	XDP_CAN_SEND = 1 << 2,	   /* frames from elsewhere can be sent here */
};

/* PST_E_UNSUPPORTED: this system does not say; PST_E_SYS. */
PST_MUST_CHECK int xdp_features(uint32_t ifindex, uint64_t *out);

#endif
