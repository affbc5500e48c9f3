/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "priv/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "priv/monitor.h"

enum { HIGH_FD = 10 };

static void environment_clean(void)
{
	static const char *const ours[] = {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_PID",
	        "LISTEN_FDS", "LISTEN_FDNAMES"};
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		unsetenv(ours[i]);
}

/* Each call holds some ten descriptors, so the soft limit is of no use to a child. */
static void raise_files_limit(void)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

/* In the child, from here to the new image nothing of the parent's is used but its text. */
static void become_child(char *const *argv, const struct priv_identity *id, int image, int sock)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_IGN);
	environment_clean();
	raise_files_limit();
	/* dup2() leaves the copy open across exec; all else is marked to be closed */
	if (dup2(sock, PRIV_CHILD_FD) < 0 ||
	        close_range(PRIV_CHILD_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
		log_error("priv", "%s: descriptors: %s", argv[0], strerror(errno));
		return;
	}
	if (priv_drop(id) != PST_OK) {
		log_error("priv", "%s: could not give up privilege: %s", argv[0], strerror(errno));
		return;
	}
	/* The image is opened already: the child's user may not be able to reach its path. */
	fexecve(image, argv, environ);
	log_error("priv", "%s: could not be run: %s", argv[0], strerror(errno));
}

int priv_spawn(char *const *argv, const struct priv_identity *id, pid_t *out_pid, int *out_sock)
{
	int pair[2] = {-1, -1};
	int theirs = -1;
	int rc = PST_E_SYS;
	const int opened = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const int image = opened >= 0 ? fcntl(opened, F_DUPFD_CLOEXEC, HIGH_FD) : -1;
	if (image < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		goto out;
	theirs = fcntl(pair[1], F_DUPFD_CLOEXEC, HIGH_FD);
	if (theirs < 0)
		goto out;
	const pid_t pid = fork();
	if (pid == 0) {
		become_child(argv, id, image, theirs);
		_exit(127);
	}
	if (pid < 0)
		goto out;
	*out_pid = pid;
	*out_sock = pair[0];
	pair[0] = -1;
	rc = PST_OK;
out:;
	const int fds[] = {opened, image, pair[0], pair[1], theirs};
	const int saved = errno;
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	errno = saved;
	return rc;
}
