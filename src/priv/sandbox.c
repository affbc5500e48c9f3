/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entering a profile: paths first, as the system calls for that are not in the list that follows. */
#include "priv/sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "priv/sandbox_private.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) ||     \
	__has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
enum { SANITIZERS = 1 }; /* they read /proc, run helpers and trace the process at its end */
#else
enum { SANITIZERS = 0 };
#endif

static const char *const mode_names[] = {
	[PRIV_SANDBOX_KILL] = "kill", [PRIV_SANDBOX_LOG] = "log", [PRIV_SANDBOX_OFF] = "off"
};
enum { N_MODES = sizeof mode_names / sizeof mode_names[0] };

int priv_sandbox_mode_parse(enum priv_sandbox_mode *out, const char *text)
{
	for (int m = 0; m < N_MODES; m++) {
		if (strcmp(mode_names[m], text) == 0) {
			*out = (enum priv_sandbox_mode)m;
			return PST_OK;
		}
	}
	return PST_E_NOT_FOUND;
}

const char *priv_sandbox_mode_name(enum priv_sandbox_mode m)
{
	return mode_names[m];
}

/* What of the two this kernel has not got is one line; everything else that goes wrong ends the process. */
static int verdict(const struct priv_sandbox *p, const char *what, int rc)
{
	const int saved = errno;
	if (rc == PST_E_UNSUPPORTED) {
		log_notice("priv", "%s: this kernel has no %s, the %s runs without", p->name, what, p->name);
		return PST_OK;
	}
	if (rc != PST_OK)
		log_error("priv", "%s: %s: %s", p->name, what, strerror(saved));
	errno = saved;
	return rc;
}

int priv_sandbox_enter(const struct priv_sandbox *p)
{
	if (p->mode == PRIV_SANDBOX_OFF || SANITIZERS) {
		log_notice("priv", "%s: not in a sandbox%s", p->name,
			SANITIZERS ? ": built with sanitizers, which need what it forbids" : "");
		return PST_OK;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return verdict(p, "no_new_privs", PST_E_SYS);
	const int rc = verdict(p, "Landlock", sandbox_landlock(p));
	return rc == PST_OK ? verdict(p, "seccomp", sandbox_seccomp(p)) : rc;
}
