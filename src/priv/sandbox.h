/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is left to a process that reads what strangers send: a list of system calls (seccomp) and a list of
 * paths (Landlock). Each process has a profile and enters it between its start and the first octet that it
 * reads from a network. No privilege is needed, and nothing leads back.
 */
#ifndef PST_PRIV_SANDBOX_H
#define PST_PRIV_SANDBOX_H

#include <stddef.h>

#include "base/err.h"

#include <stdbool.h>

enum priv_sandbox_mode {
	PRIV_SANDBOX_KILL, /* whoever leaves the profile is killed by SIGSYS, and the kernel logs it */
	PRIV_SANDBOX_LOG,  /* the call is refused with EPERM, and the kernel logs it: to find what a profile
			      lacks */
	PRIV_SANDBOX_OFF,
};

/* Besides computing, time, memory, signals to itself, its log, and reading, writing and waiting on
 * descriptors it has or is given. */
enum {
	PRIV_SANDBOX_NET = 1,	  /* TCP and UDP sockets of its own, over IPv4 and IPv6 */
	PRIV_SANDBOX_THREADS = 2, /* threads, never another process */
};

/* A file, or a folder with all below it. */
struct priv_sandbox_path {
	const char *path;
	bool write; /* also change, make, rename and remove files; else read only. Never execute. */
};

struct priv_sandbox {
	const char *name; /* for the log */
	enum priv_sandbox_mode mode;
	unsigned may;			       /* PRIV_SANDBOX_... */
	const struct priv_sandbox_path *paths; /* have to exist; all others are out of reach */
	size_t n_paths;
};

/* Enters the profile P for good; descriptors that are open already stay what they are. To be called before
 * there are threads, as Landlock holds for the calling thread and its children, and without any io_uring,
 * which passes by the list. What the kernel lacks is left out, with a line in the log; in a build with
 * sanitizers nothing is entered, with a line. PST_E_SYS: errno says why, and the process must end. */
PST_MUST_CHECK int priv_sandbox_enter(const struct priv_sandbox *p);

/* "kill", "log", "off". PST_E_NOT_FOUND. */
PST_MUST_CHECK int priv_sandbox_mode_parse(enum priv_sandbox_mode *out, const char *text);
const char *priv_sandbox_mode_name(enum priv_sandbox_mode m);

#endif
