/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/open.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "loop/net.h"

enum { LISTEN_BACKLOG = 512, CONTROL_BACKLOG = 16 };

static const char *const file_names[PRIV_N_FILES] = {[PRIV_FILE_LEASES] = "leases"};

/* Closes FD with errno kept, and says which error errno is. */
static int give_up(int fd)
{
	const int saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
	return saved == EADDRINUSE ? PST_E_BUSY : PST_E_SYS;
}

int priv_open_listener(const struct addr *addr, const char *interface, int *out)
{
	struct sockaddr_storage ss;
	const socklen_t len = loop_sockaddr(&ss, addr);
	const int one = 1;
	if (len == 0)
		return PST_E_ARG;
	const int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return PST_E_SYS;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0)
		return give_up(fd);
	if (ss.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) != 0)
		return give_up(fd);
	/* A host answers on any of its addresses wherever a packet comes in. A connection to the inside
	 * address that comes in outside must not pass for an inside caller. */
	if (interface != NULL &&
	        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1) != 0)
		return give_up(fd);
	if (bind(fd, (struct sockaddr *)&ss, len) != 0 || listen(fd, LISTEN_BACKLOG) != 0)
		return give_up(fd);
	*out = fd;
	return PST_OK;
}

/* Only what comes in where ADDR is: without that, a socket gets what any other of this host has joined. */
static int join_group(int fd, const struct addr *addr, const struct addr *group)
{
	const int no = 0, one = 1;
	struct ip_mreqn m = {.imr_ifindex = 0};
	memcpy(&m.imr_multiaddr, group->ip, 4);
	memcpy(&m.imr_address, addr->ip, 4);
	/* several realms, and other gatekeepers of this host, have the same group and port */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0)
		return PST_E_SYS;
	if (!addr_is_multicast(group))
		return PST_OK;
	if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &no, sizeof no) != 0 ||
	        setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m) != 0)
		return PST_E_SYS;
	return PST_OK;
}

int priv_open_datagram(const struct addr *addr, const struct addr *group, const char *interface, int *out)
{
	struct sockaddr_storage ss;
	const socklen_t len = loop_sockaddr(&ss, group != NULL ? group : addr);
	const int one = 1;
	if (len == 0 || (group != NULL && (group->family != ADDR_IP4 || addr->family != ADDR_IP4)))
		return PST_E_ARG;
	const int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return PST_E_SYS;
	if (ss.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) != 0)
		return give_up(fd);
	if (interface != NULL &&
	        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1) != 0)
		return give_up(fd);
	if ((group != NULL && join_group(fd, addr, group) != PST_OK) || bind(fd, (struct sockaddr *)&ss, len) != 0)
		return give_up(fd);
	*out = fd;
	return PST_OK;
}

/* The folder that PATH is in, made where missing. */
static int make_folder(const char *path)
{
	char dir[sizeof((struct sockaddr_un *)0)->sun_path];
	const char *slash = strrchr(path, '/');
	if (slash == NULL || slash == path)
		return PST_OK;
	snprintf(dir, sizeof dir, "%.*s", (int)(slash - path), path);
	return mkdir(dir, 0755) == 0 || errno == EEXIST ? PST_OK : PST_E_SYS;
}

/* Removes a socket left behind by a process that is gone. Anything else at that place stays. */
static int clear_stale(const struct sockaddr_un *un)
{
	struct stat st;
	if (lstat(un->sun_path, &st) != 0)
		return errno == ENOENT ? PST_OK : PST_E_SYS;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return PST_E_SYS;
	}
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return PST_E_SYS;
	const bool dead = connect(fd, (const struct sockaddr *)un, sizeof *un) != 0 && errno == ECONNREFUSED;
	close(fd);
	if (!dead) {
		errno = EADDRINUSE;
		return PST_E_BUSY;
	}
	return unlink(un->sun_path) == 0 ? PST_OK : PST_E_SYS;
}

int priv_open_control(const char *path, gid_t gid, int *out)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof un.sun_path)
		return PST_E_ARG;
	memcpy(un.sun_path, path, strlen(path) + 1);
	int rc = make_folder(path);
	if (rc == PST_OK)
		rc = clear_stale(&un);
	if (rc != PST_OK)
		return rc;
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return PST_E_SYS;
	const mode_t mask = umask(0117);
	const int bound = bind(fd, (struct sockaddr *)&un, sizeof un);
	umask(mask);
	if (bound != 0)
		return give_up(fd);
	if ((gid != (gid_t)-1 && lchown(path, (uid_t)-1, gid) != 0) || listen(fd, CONTROL_BACKLOG) != 0) {
		const int saved = errno;
		unlink(path);
		errno = saved;
		return give_up(fd);
	}
	*out = fd;
	return PST_OK;
}

int priv_open_state(const char *dir, enum priv_file file, int *out)
{
	if ((unsigned)file >= PRIV_N_FILES)
		return PST_E_ARG;
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return PST_E_SYS;
	const int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return PST_E_SYS;
	const int fd = openat(at, file_names[file], O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	const int saved = errno;
	close(at);
	errno = saved;
	if (fd < 0)
		return PST_E_SYS;
	*out = fd;
	return PST_OK;
}

int priv_make_state_folder(const char *dir, const char *name, bool change, uid_t uid, gid_t gid)
{
	if (mkdir(dir, 0711) != 0 && errno != EEXIST)
		return PST_E_SYS;
	const int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return PST_E_SYS;
	struct stat st;
	int err = mkdirat(at, name, 0700) == 0 || errno == EEXIST ? PST_OK : PST_E_SYS;
	if (err == PST_OK && change && (fstat(at, &st) != 0 || fchmod(at, (st.st_mode & 07777) | 0111) != 0 ||
	                                       fchownat(at, name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0))
		err = PST_E_SYS;
	const int saved = errno;
	close(at);
	errno = saved;
	return err;
}

int priv_open_text(struct pst_slice text, int *out)
{
	const int fd = memfd_create("postern-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return PST_E_SYS;
	for (size_t n = 0; n < text.n;) {
		const ssize_t w = write(fd, text.p + n, text.n - n);
		if (w < 0 && errno != EINTR)
			return give_up(fd);
		n += w > 0 ? (size_t)w : 0;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
		return give_up(fd);
	*out = fd;
	return PST_OK;
}
