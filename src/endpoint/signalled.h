/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The addresses that the messages of a call name, each with who said it and
 * where it stood. They are read from the messages themselves, whatever the call
 * machine made of them: that is how a test sees what a gateway has changed.
 * The same decoding prints messages whole.
 */
#ifndef PST_ENDPOINT_SIGNALLED_H
#define PST_ENDPOINT_SIGNALLED_H

#include "asn1/asn1.h"
#include "base/addr.h"

#include <stdio.h>

enum signalled_by { SIGNALLED_BY_US, SIGNALLED_BY_PEER };
enum signalled_what { SIGNALLED_CALL, SIGNALLED_H245, SIGNALLED_RTP, SIGNALLED_RTCP, SIGNALLED_T120, SIGNALLED_OTHER };
enum signalled_on { SIGNALLED_ON_CALL_SIGNALLING, SIGNALLED_ON_H245 };

enum { SIGNALLED_MAX = 64, SIGNALLED_WHERE_MAX = 192 };

struct signalled_address {
	enum signalled_by by;
	enum signalled_what what;
	struct addr addr;
	char where[SIGNALLED_WHERE_MAX]; /* the path in the message, cut when longer */
};

struct signalled {
	struct arena arena;
	uint32_t n;
	uint32_t dropped;    /* more than SIGNALLED_MAX different ones */
	uint32_t unreadable; /* messages that did not decode */
	struct signalled_address v[SIGNALLED_MAX];
};

void signalled_init(struct signalled *s);
void signalled_free(struct signalled *s);
/* Takes the payload of one TPKT. Prints the message on PRINT unless that is NULL. */
void signalled_message(struct signalled *s, enum signalled_by by, enum signalled_on on,
        struct pst_slice payload, FILE *print);
/* "call signalling", "H.245", "RTP", "RTCP", "other". */
const char *signalled_what_name(enum signalled_what what);

#endif
