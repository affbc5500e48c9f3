/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two halves of a sandbox. Inside priv/ only. */
#ifndef PST_PRIV_SANDBOX_PRIVATE_H
#define PST_PRIV_SANDBOX_PRIVATE_H

#include "priv/sandbox.h"

/* Each: PST_E_UNSUPPORTED where this kernel has no such thing; PST_E_SYS, with errno. no_new_privs is set. */
PST_MUST_CHECK int sandbox_landlock(const struct priv_sandbox *p);
PST_MUST_CHECK int sandbox_seccomp(const struct priv_sandbox *p);

#endif
