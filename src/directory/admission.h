/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who a connection to a directory is from and where it goes: asked of the daemon for each one. */
#ifndef PST_DIRECTORY_ADMISSION_H
#define PST_DIRECTORY_ADMISSION_H

#include "base/addr.h"

struct directory_admission {
	uint8_t realm;        /* of the client */
	struct addr target;   /* somebody else's server, with port; family 0: the directory itself */
	struct addr local;    /* what to connect to it from; family 0: any */
	uint8_t target_realm;
};

/* FD was accepted from PEER (FD -1: a datagram, which is never proxied). False: closed unheard. */
typedef bool directory_admit_h(void *arg, int fd, const struct addr *peer, struct directory_admission *out);
/* The realm an address belongs to; negative: none. */
typedef int directory_realm_h(void *arg, const struct addr *a);

#endif
