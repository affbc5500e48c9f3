/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Landlock: whatever the kernel's version of it can refuse is refused, but for the profile's paths. The
 * system calls have no wrappers in the C library, and its headers may be older than the kernel; numbers and
 * structures are the kernel's documented interface (userspace-api/landlock).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "priv/sandbox_private.h"

/* The attribute as of version 6; an older kernel is given the part it knows. */
struct ruleset {
	uint64_t fs, net, scoped;
};

#define FS_EXECUTE LANDLOCK_ACCESS_FS_EXECUTE
#define FS_WRITE_FILE LANDLOCK_ACCESS_FS_WRITE_FILE
#define FS_READ_FILE LANDLOCK_ACCESS_FS_READ_FILE
#define FS_READ_DIR LANDLOCK_ACCESS_FS_READ_DIR
#define FS_REMOVE_FILE LANDLOCK_ACCESS_FS_REMOVE_FILE
#define FS_MAKE_REG LANDLOCK_ACCESS_FS_MAKE_REG

enum {
	FS_ALL_1 = (1 << 13) - 1,    /* EXECUTE to MAKE_SYM */
	FS_REFER = 1 << 13,	     /* version 2: rename into another folder */
	FS_TRUNCATE = 1 << 14,	     /* version 3 */
	FS_IOCTL_DEV = 1 << 15,	     /* version 5 */
	NET_TCP = 1 << 0 | 1 << 1,   /* version 4: bind, connect */
	SCOPE_ALL = 1 << 0 | 1 << 1, /* version 6: abstract unix sockets and signals, to others */
};

enum {
	READ_ALL = FS_READ_FILE | FS_READ_DIR,
	CHANGE_ALL = READ_ALL | FS_WRITE_FILE | FS_REMOVE_FILE | FS_MAKE_REG | FS_TRUNCATE,
	/* what makes sense for a file */
	FILE_ALL = FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE | FS_EXECUTE | FS_IOCTL_DEV,
};

static int path_add(int ruleset, const struct ruleset *handled, const struct priv_sandbox_path *path)
{
	const int fd = open(path->path, O_PATH | O_CLOEXEC);
	struct stat st;
	if (fd < 0)
		return PST_E_SYS;
	int rc = PST_E_SYS;
	if (fstat(fd, &st) == 0) {
		uint64_t access = (path->write ? CHANGE_ALL : READ_ALL) & handled->fs;
		if (!S_ISDIR(st.st_mode))
			access &= FILE_ALL;
		const struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = fd };
		if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
			rc = PST_OK;
	}
	const int saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

/* All that version ABI can refuse; returns the size of the attribute it knows. TCP ports are given out as
 * calls need them: who may use the network may use any. */
static size_t handle_all(struct ruleset *r, long abi, unsigned may)
{
	*r = (struct ruleset){ .fs = FS_ALL_1 };
	if (abi >= 2)
		r->fs |= FS_REFER;
	if (abi >= 3)
		r->fs |= FS_TRUNCATE;
	if (abi >= 5)
		r->fs |= FS_IOCTL_DEV;
	if (abi >= 4 && (may & PRIV_SANDBOX_NET) == 0)
		r->net = NET_TCP;
	if (abi >= 6)
		r->scoped = SCOPE_ALL;
	return abi >= 6	  ? sizeof *r
	       : abi >= 4 ? offsetof(struct ruleset, scoped)
			  : offsetof(struct ruleset, net);
}

int sandbox_landlock(const struct priv_sandbox *p)
{
	const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	/* not built in, or built in and not turned on */
	if (abi < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? PST_E_UNSUPPORTED : PST_E_SYS;
	struct ruleset r;
	const size_t size = handle_all(&r, abi, p->may);
	const int ruleset = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
	if (ruleset < 0)
		return PST_E_SYS;
	int rc = PST_OK;
	for (size_t i = 0; rc == PST_OK && i < p->n_paths; i++)
		rc = path_add(ruleset, &r, &p->paths[i]);
	if (rc == PST_OK && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		rc = PST_E_SYS;
	const int saved = errno;
	close(ruleset);
	errno = saved;
	return rc;
}
