/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whoever is told what directory, gatekeeper and RAS proxy know: the worker, over the link. */
#ifndef PST_DAEMON_TELL_H
#define PST_DAEMON_TELL_H

#include "gatekeeper/admission.h"
#include "registry/msg.h"

struct daemon_tell {
	void (*h)(void *arg, const struct registry_msg *m);
	void *arg;
};

/* NAME of SPACE leads to *HOST of REALM; NULL: to nobody any more. */
void daemon_tell_name(const struct daemon_tell *t, enum registry_space space, struct pst_slice name, uint32_t realm,
        const struct addr *host);
/* The call A, under NUMBER, is admitted; OVER: not any more. */
void daemon_tell_call(const struct daemon_tell *t, uint64_t number, const struct gatekeeper_admission *a, bool over);

#endif
