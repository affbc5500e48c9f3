/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The profiles of worker and registrar from inside: each attempt in a child of its own that has entered it, run with whatever
 * privilege the test has, so that it is the sandbox that refuses. Then all that a worker needs.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "base/log.h"
#include "loop/net.h"
#include "priv/msg.h"
#include "priv/open.h"
#include "priv/sandbox.h"
#include "store/store.h"

static char dir[] = "/tmp/postern-test-XXXXXX";
static char kept[64], secret[64]; /* folders in it: one for a profile's path, one beside it */

static const struct priv_sandbox worker = {
	.name = "worker", .mode = PRIV_SANDBOX_KILL, .may = PRIV_SANDBOX_NET | PRIV_SANDBOX_THREADS
};

/* Ends: 0 for success, an errno for a failure; or by a signal. */
static int in_child(const struct priv_sandbox *profile, long (*attempt)(void))
{
	const pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		log_setup("test", LOG_L_ERROR, false);
		signal(SIGSYS, SIG_IGN); /* makes no difference, and must not */
		if (profile != NULL && priv_sandbox_enter(profile) != PST_OK)
			_exit(255);
		const long rc = attempt();
		_exit(rc >= 0 ? 0 : errno);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* ---- what is refused ---- */

static long try_execve(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };
	return execve("/bin/true", argv, NULL);
}
static long try_execveat(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };
	return syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL, 0);
}
static long try_fork(void)
{
	const pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid;
}
static long try_clone_process(void)
{
	const long pid = syscall(SYS_clone, (long)SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		_exit(0);
	return pid;
}
static long try_clone_namespace(void)
{
	const long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWUSER;
	return syscall(SYS_clone, flags, 0, 0, 0, 0);
}
static long try_clone3(void)
{
	struct clone_args a = { .exit_signal = SIGCHLD };
	const long pid = syscall(SYS_clone3, &a, sizeof a);
	if (pid == 0)
		_exit(0);
	return pid;
}
static long try_unshare(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET);
}
static long try_setns(void)
{
	return setns(0, 0);
}
static long try_ptrace(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}
static long try_ptrace_me(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
static long try_vm_read(void)
{
	return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}
static long try_kill(void)
{
	return kill(getppid(), 0);
}
static long try_kill_group(void)
{
	return kill(0, 0);
}
static long try_tgkill(void)
{
	return syscall(SYS_tgkill, getppid(), getppid(), 0);
}
static long try_tkill(void)
{
	return syscall(SYS_tkill, getppid(), 0);
}
static long try_pidfd(void)
{
	return syscall(SYS_pidfd_open, getppid(), 0);
}
static long try_sigqueue(void)
{
	return sigqueue(getppid(), 0, (union sigval){ 0 });
}
static long try_own_signals(void)
{
	return fcntl(STDERR_FILENO, F_SETOWN, getppid());
}
static long try_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}
static long try_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
}
static long try_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}
static long try_raw(void)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}
static long try_ping(void)
{
	return socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}
static long try_sctp(void)
{
	return socket(AF_INET6, SOCK_STREAM, IPPROTO_SCTP);
}
static long try_vsock(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0);
}
static long try_alg(void)
{
	return socket(AF_ALG, SOCK_SEQPACKET, 0);
}
static long try_family_in_high_bits(void)
{
	return syscall(SYS_socket, (uint64_t)AF_INET << 32 | AF_NETLINK, SOCK_RAW, 0);
}
static long try_socketpair(void)
{
	int pair[2];
	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}
static long try_packet_option(void)
{
	int one = 1;
	return setsockopt(0, SOL_PACKET, 1, &one, sizeof one);
}
static long try_terminal(void)
{
	return ioctl(0, TIOCSTI, "x");
}
static long try_mount(void)
{
	return mount("none", dir, "tmpfs", 0, NULL);
}
static long try_umount(void)
{
	return umount2(dir, MNT_DETACH);
}
static long try_open_tree(void)
{
	return syscall(SYS_open_tree, AT_FDCWD, dir, 1 /* a copy */);
}
static long try_pivot_root(void)
{
	return syscall(SYS_pivot_root, dir, dir);
}
static long try_chroot(void)
{
	return chroot(dir);
}
static long try_setuid(void)
{
	return syscall(SYS_setuid, getuid());
}
static long try_setresuid(void)
{
	return syscall(SYS_setresuid, getuid(), getuid(), getuid());
}
static long try_setgid(void)
{
	return syscall(SYS_setgid, getgid());
}
static long try_setgroups(void)
{
	return syscall(SYS_setgroups, 0, NULL);
}
static long try_capset(void)
{
	return syscall(SYS_capset, NULL, NULL);
}
static long try_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0);
}
static long try_perf(void)
{
	return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0);
}
static long try_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}
static long try_io_uring_enter(void)
{
	return syscall(SYS_io_uring_enter, 0, 0, 0, 0, NULL, 0);
}
static long try_userfaultfd(void)
{
	return syscall(SYS_userfaultfd, O_CLOEXEC);
}
static long try_keyctl(void)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
}
static long try_handle(void)
{
	return syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, O_RDONLY);
}
static long try_module(void)
{
	return syscall(SYS_init_module, NULL, 0, "");
}
static long try_kexec(void)
{
	return syscall(SYS_kexec_load, 0, 0, NULL, 0);
}
static long try_clock(void)
{
	return syscall(SYS_clock_settime, CLOCK_REALTIME, NULL);
}
static long try_personality(void)
{
	return syscall(SYS_personality, 0xffffffff);
}
static long try_seccomp(void)
{
	return syscall(SYS_seccomp, 0, 0, NULL);
}
static long try_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
static long try_rlimit(void)
{
	const struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };
	return setrlimit(RLIMIT_CORE, &r);
}
static long try_rlimit_of_another(void)
{
	struct rlimit r;
	return prlimit(getppid(), RLIMIT_NOFILE, NULL, &r);
}
static long try_map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1
													 : 0;
}
static long try_make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? 0 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}
static long try_memfd(void)
{
	return memfd_create("x", MFD_CLOEXEC);
}
static long try_inotify(void)
{
	return syscall(SYS_inotify_init1, 0);
}
static long try_shm(void)
{
	return syscall(SYS_shmget, 0, 4096, 0600);
}
static long try_open(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}
static long try_create(void)
{
	return open("/tmp/postern-test-created", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}
static long try_stat(void)
{
	struct stat st;
	return stat("/etc/passwd", &st);
}
static long try_access(void)
{
	return access("/etc/passwd", R_OK);
}
static long try_readlink(void)
{
	char text[64];
	return readlink("/proc/self/exe", text, sizeof text);
}
static long try_unlink(void)
{
	return unlink("/tmp/postern-test-none");
}
static long try_rename(void)
{
	return rename("/tmp/postern-test-none", "/tmp/postern-test-other");
}
static long try_link(void)
{
	return link("/etc/passwd", "/tmp/postern-test-link");
}
static long try_symlink(void)
{
	return symlink("/etc/passwd", "/tmp/postern-test-link");
}
static long try_mkdir(void)
{
	return mkdir("/tmp/postern-test-folder", 0700);
}
static long try_mknod(void)
{
	return mknod("/tmp/postern-test-node", S_IFIFO | 0600, 0);
}
static long try_chmod(void)
{
	return chmod(dir, 0700);
}
static long try_chown(void)
{
	return chown(dir, getuid(), getgid());
}
#ifdef __x86_64__
/* The calls of 32-bit programs have other numbers. */
static long try_other_abi(void)
{
	long nr = 20 /* getpid() there */;
	__asm__ volatile("int $0x80" : "+a"(nr) : : "memory");
	return nr;
}
static long try_x32(void)
{
	return syscall(0x40000000 | SYS_getpid);
}
#endif

/* ERROR: refused with it; 0: killed for it. */
static const struct attempt {
	const char *name;
	long (*run)(void);
	int error;
} attempts[] = {
	{ "execve", try_execve, 0 },
	{ "execveat", try_execveat, 0 },
	{ "fork", try_fork, 0 },
	{ "clone of a process", try_clone_process, 0 },
	{ "clone into a namespace", try_clone_namespace, 0 },
	{ "clone3", try_clone3, ENOSYS },
	{ "unshare", try_unshare, 0 },
	{ "setns", try_setns, 0 },
	{ "ptrace", try_ptrace, 0 },
	{ "ptrace of itself", try_ptrace_me, 0 },
	{ "process_vm_readv", try_vm_read, 0 },
	{ "kill", try_kill, 0 },
	{ "kill of its group", try_kill_group, 0 },
	{ "tgkill of another", try_tgkill, 0 },
	{ "tkill", try_tkill, 0 },
	{ "pidfd_open", try_pidfd, 0 },
	{ "sigqueue", try_sigqueue, 0 },
	{ "F_SETOWN", try_own_signals, 0 },
	{ "AF_PACKET", try_packet, 0 },
	{ "AF_NETLINK", try_netlink, 0 },
	{ "AF_UNIX", try_unix, 0 },
	{ "SOCK_RAW", try_raw, 0 },
	{ "ICMP", try_ping, 0 },
	{ "SCTP", try_sctp, 0 },
	{ "AF_VSOCK", try_vsock, 0 },
	{ "AF_ALG", try_alg, 0 },
	{ "AF_NETLINK below AF_INET", try_family_in_high_bits, 0 },
	{ "socketpair", try_socketpair, 0 },
	{ "SOL_PACKET", try_packet_option, 0 },
	{ "TIOCSTI", try_terminal, 0 },
	{ "mount", try_mount, 0 },
	{ "umount2", try_umount, 0 },
	{ "open_tree", try_open_tree, 0 },
	{ "pivot_root", try_pivot_root, 0 },
	{ "chroot", try_chroot, 0 },
	{ "setuid", try_setuid, 0 },
	{ "setresuid", try_setresuid, 0 },
	{ "setgid", try_setgid, 0 },
	{ "setgroups", try_setgroups, 0 },
	{ "capset", try_capset, 0 },
	{ "bpf", try_bpf, 0 },
	{ "perf_event_open", try_perf, 0 },
	{ "io_uring_setup", try_io_uring, ENOSYS },
	{ "io_uring_enter", try_io_uring_enter, 0 },
	{ "userfaultfd", try_userfaultfd, 0 },
	{ "keyctl", try_keyctl, 0 },
	{ "open_by_handle_at", try_handle, 0 },
	{ "init_module", try_module, 0 },
	{ "kexec_load", try_kexec, 0 },
	{ "clock_settime", try_clock, 0 },
	{ "personality", try_personality, 0 },
	{ "seccomp", try_seccomp, 0 },
	{ "PR_SET_DUMPABLE", try_dumpable, 0 },
	{ "setrlimit", try_rlimit, 0 },
	{ "prlimit of another", try_rlimit_of_another, 0 },
	{ "executable memory", try_map_code, 0 },
	{ "memory made executable", try_make_code, 0 },
	{ "memfd_create", try_memfd, 0 },
	{ "inotify_init1", try_inotify, 0 },
	{ "shmget", try_shm, 0 },
	{ "open", try_open, EACCES },
	{ "open of a new file", try_create, EACCES },
	{ "stat", try_stat, EACCES },
	{ "access", try_access, EACCES },
	{ "readlink", try_readlink, EACCES },
	{ "unlink", try_unlink, 0 },
	{ "rename", try_rename, 0 },
	{ "link", try_link, 0 },
	{ "symlink", try_symlink, 0 },
	{ "mkdir", try_mkdir, 0 },
	{ "mknod", try_mknod, 0 },
	{ "chmod", try_chmod, 0 },
	{ "chown", try_chown, 0 },
#ifdef __x86_64__
	{ "calls of another ABI", try_other_abi, 0 },
	{ "calls of x32", try_x32, 0 },
#endif
};

static const char *outcome(int status, char text[static 64])
{
	if (WIFSIGNALED(status))
		snprintf(text, 64, "killed by signal %d", WTERMSIG(status));
	else
		snprintf(
			text, 64, "%s", WEXITSTATUS(status) == 0 ? "allowed" : strerror(WEXITSTATUS(status)));
	return text;
}

/* A kernel without 32-bit programs kills them its own way. */
static bool killed(int status)
{
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV);
}

/* What a process with a folder of its own may try: there Landlock decides, see test_paths(). */
static bool is_of_paths(const struct attempt *a)
{
	static long (*const of_paths[])(void) = { try_stat, try_access, try_readlink, try_unlink, try_rename };
	for (size_t i = 0; i < sizeof of_paths / sizeof *of_paths; i++)
		if (a->run == of_paths[i])
			return true;
	return false;
}

/* How many attempts end otherwise than they should. */
static int wrong_of(const struct priv_sandbox *p)
{
	int wrong = 0;
	for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
		const struct attempt *a = &attempts[i];
		char text[64];
		if (p->n_paths != 0 && is_of_paths(a))
			continue;
		const int status = in_child(p, a->run);
		if (a->error == 0 ? killed(status) : WIFEXITED(status) && WEXITSTATUS(status) == a->error)
			continue;
		print_error("%s: %s: %s\n", p->name, a->name, outcome(status, text));
		wrong++;
	}
	return wrong;
}

static bool have_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

static void test_refused(void **state)
{
	(void)state;
	assert_int_equal(wrong_of(&worker), 0);
}

/* The registrar has the network and its folder, and nothing more. */
static void test_registrar_refused(void **state)
{
	(void)state;
	if (!have_landlock())
		skip();
	const struct priv_sandbox_path rw = { kept, true };
	const struct priv_sandbox registrar = {
		.name = "registrar", .may = PRIV_SANDBOX_NET | PRIV_SANDBOX_THREADS, .paths = &rw, .n_paths = 1
	};
	assert_int_equal(wrong_of(&registrar), 0);
}

/* Without the network, not even what the worker may. */
static long try_tcp(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}
static void *nothing(void *arg)
{
	return arg;
}
static long try_thread(void)
{
	pthread_t t;
	errno = pthread_create(&t, NULL, nothing, NULL);
	return errno == 0 ? 0 : -1;
}

static void test_least(void **state)
{
	(void)state;
	const struct priv_sandbox least = { .name = "least" };
	assert_true(killed(in_child(&least, try_tcp)));
	assert_true(killed(in_child(&least, try_thread)));
	assert_int_equal(in_child(&worker, try_tcp), 0);
	assert_int_equal(in_child(&worker, try_thread), 0);
}

static void test_modes(void **state)
{
	(void)state;
	struct priv_sandbox p = worker;
	p.mode = PRIV_SANDBOX_LOG;
	int status = in_child(&p, try_netlink);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EPERM);
	p.mode = PRIV_SANDBOX_OFF;
	assert_int_equal(in_child(&p, try_netlink), 0);
	enum priv_sandbox_mode m;
	for (int i = PRIV_SANDBOX_KILL; i <= PRIV_SANDBOX_OFF; i++) {
		assert_int_equal(
			priv_sandbox_mode_parse(&m, priv_sandbox_mode_name((enum priv_sandbox_mode)i)),
			PST_OK);
		assert_int_equal(m, i);
	}
	assert_int_equal(priv_sandbox_mode_parse(&m, "on"), PST_E_NOT_FOUND);
}

/* ---- what is needed ---- */

#define NEED(what)                                                                                           \
	do {                                                                                                 \
		if (!(what)) {                                                                               \
			fprintf(stderr, "line %d: %s: %s\n", __LINE__, #what, strerror(errno));              \
			_exit(254);                                                                          \
		}                                                                                            \
	} while (0)

static int text_fd, sockets[2];

static long use_monitor(void)
{
	/* a configuration from the monitor, as at a reload */
	struct priv_msg m;
	int fd = -1;
	char text[8] = { 0 };
	struct stat st;
	NEED(priv_msg_recv(sockets[0], &m, &fd) == PST_OK && fd >= 0);
	NEED(lseek(fd, 0, SEEK_SET) == 0 && read(fd, text, sizeof text) == 5 && strcmp(text, "hello") == 0);
	NEED(fstat(fd, &st) == 0 && st.st_size == 5);
	close(fd);
	const struct priv_msg done = { .type = PRIV_CONFIG_DONE, .generation = 1 };
	NEED(priv_msg_send(sockets[0], &done, -1) == PST_OK);
	return 0;
}

static int bound(int domain, int type, struct sockaddr_storage *ss, socklen_t *n)
{
	struct addr a;
	const int fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	NEED(fd >= 0 && addr_parse(&a, "127.0.0.1", 0) == PST_OK);
	*n = loop_sockaddr(ss, &a);
	NEED(bind(fd, (struct sockaddr *)ss, *n) == 0);
	NEED(getsockname(fd, (struct sockaddr *)ss, n) == 0);
	return fd;
}

static long use_tcp(void)
{
	struct sockaddr_storage ss;
	socklen_t n;
	int one = 1, error = -1;
	char octet;
	const int listener = bound(AF_INET, SOCK_STREAM, &ss, &n);
	NEED(listen(listener, 8) == 0);
	const int from = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	NEED(setsockopt(from, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof one) == 0);
	NEED(setsockopt(from, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) == 0);
	NEED(connect(from, (struct sockaddr *)&ss, n) == 0 || errno == EINPROGRESS);
	const int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = { .events = EPOLLIN };
	NEED(ep >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, listener, &ev) == 0 &&
		epoll_wait(ep, &ev, 1, 5000) == 1);
	n = sizeof ss;
	const int to = accept4(listener, (struct sockaddr *)&ss, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
	NEED(to >= 0);
	n = sizeof error;
	NEED(getsockopt(from, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error == 0);
	NEED(send(from, "x", 1, MSG_NOSIGNAL) == 1 && shutdown(from, SHUT_WR) == 0);
	struct pollfd p = { .fd = to, .events = POLLIN };
	NEED(poll(&p, 1, 5000) == 1 && recv(to, &octet, 1, 0) == 1);
	n = sizeof ss;
	NEED(getpeername(to, (struct sockaddr *)&ss, &n) == 0);
	close(from), close(to), close(listener), close(ep);
	NEED(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 || errno == EAFNOSUPPORT);
	return 0;
}

static long use_udp(void)
{
	struct sockaddr_storage ss;
	socklen_t n;
	char in[2][4] = { { 0 } }, out[2][4] = { "one", "two" };
	struct iovec iov[4] = { { in[0], 4 }, { in[1], 4 }, { out[0], 4 }, { out[1], 4 } };
	struct mmsghdr m[4] = { { { .msg_iov = &iov[0], .msg_iovlen = 1 }, 0 },
		{ { .msg_iov = &iov[1], .msg_iovlen = 1 }, 0 },
		{ { .msg_iov = &iov[2], .msg_iovlen = 1 }, 0 },
		{ { .msg_iov = &iov[3], .msg_iovlen = 1 }, 0 } };
	const int fd = bound(AF_INET, SOCK_DGRAM, &ss, &n), tos = 0xb8;
	NEED(setsockopt(fd, IPPROTO_IP, 1 /* IP_TOS */, &tos, sizeof tos) == 0);
	NEED(connect(fd, (struct sockaddr *)&ss, n) == 0);
	NEED(sendmmsg(fd, m + 2, 2, 0) == 2);
	NEED(recvmmsg(fd, m, 2, 0, NULL) == 2 && strcmp(in[0], "one") == 0 && strcmp(in[1], "two") == 0);
	close(fd);
	return 0;
}

static void on_timer(uv_timer_t *t)
{
	uv_close((uv_handle_t *)t, NULL);
}

static long use_loop(void)
{
	uv_loop_t loop;
	uv_timer_t t;
	NEED(uv_loop_init(&loop) == 0 && uv_timer_init(&loop, &t) == 0 &&
		uv_timer_start(&t, on_timer, 1, 0) == 0);
	NEED(uv_run(&loop, UV_RUN_DEFAULT) == 0 && uv_loop_close(&loop) == 0);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static long use_library(void)
{
	enum { MANY = 1 << 20 };
	char text[64];
	struct tm tm;
	const time_t now = time(NULL);
	int *list = calloc(MANY, sizeof *list);
	NEED(list != NULL);
	for (int i = 0; i < MANY; i++)
		list[i] = MANY - i;
	qsort(list, MANY, sizeof *list, by_value);
	NEED(list[0] == 1);
	int *more = realloc(list, 4 * MANY * sizeof *list);
	NEED(more != NULL);
	free(more);
	NEED(localtime_r(&now, &tm) != NULL); /* its file is out of reach */
	NEED(snprintf(text, sizeof text, "%.17g", 0.1) > 0);
	NEED(sysconf(_SC_NPROCESSORS_ONLN) > 0 && getrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0 }) == 0);
	log_error("priv", "a line in the log");
	return 0;
}

static void *wait_a_little(void *arg)
{
	struct timespec until;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t never = PTHREAD_COND_INITIALIZER;
	void *memory = malloc(1 << 16);
	clock_gettime(CLOCK_REALTIME, &until);
	pthread_mutex_lock(&lock);
	while (memory != NULL && pthread_cond_timedwait(&never, &lock, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&lock);
	free(memory);
	return arg;
}

static long use_threads(void)
{
	pthread_t t[4];
	for (int i = 0; i < 4; i++)
		NEED(pthread_create(&t[i], NULL, wait_a_little, NULL) == 0);
	for (int i = 0; i < 4; i++)
		NEED(pthread_join(t[i], NULL) == 0);
	return 0;
}

static void test_needed(void **state)
{
	(void)state;
	const struct priv_msg config = { .type = PRIV_CONFIG, .generation = 1 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets), 0);
	assert_int_equal(priv_open_text(slice_str("hello"), &text_fd), PST_OK);
	assert_int_equal(priv_msg_send(sockets[1], &config, text_fd), PST_OK);
	assert_int_equal(in_child(&worker, use_monitor), 0);
	close(text_fd), close(sockets[0]), close(sockets[1]);
	assert_int_equal(in_child(&worker, use_tcp), 0);
	assert_int_equal(in_child(&worker, use_udp), 0);
	assert_int_equal(in_child(&worker, use_loop), 0);
	assert_int_equal(in_child(&worker, use_library), 0);
	assert_int_equal(in_child(&worker, use_threads), 0);
}

static long fail_assertion(void)
{
	abort();
}

static void test_abort(void **state)
{
	(void)state;
	const int status = in_child(&worker, fail_assertion);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* ---- paths ---- */

static char path_text[160];

static const char *in_dir(const char *folder, const char *name)
{
	snprintf(path_text, sizeof path_text, "%s/%s", folder, name);
	return path_text;
}

static long path_read_outside(void)
{
	return open(in_dir(secret, "file"), O_RDONLY | O_CLOEXEC);
}
static long path_read_through_link(void)
{
	return open(in_dir(kept, "link"), O_RDONLY | O_CLOEXEC);
}
static long path_write_outside(void)
{
	return open(in_dir(secret, "new"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}
static long path_list_above(void)
{
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}
static long path_move_out(void)
{
	char to[160];
	snprintf(to, sizeof to, "%s/moved", secret);
	return rename(in_dir(kept, "file"), to);
}
static long path_execute(void)
{
	return try_execve();
}
static long path_write(void)
{
	return open(in_dir(kept, "file"), O_RDWR | O_CLOEXEC);
}
static long path_create(void)
{
	NEED(open(in_dir(kept, "made"), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) >= 0);
	return unlink(path_text);
}
static long path_make_folder(void)
{
	return mkdir(in_dir(kept, "folder"), 0700);
}

static bool refused(const struct priv_sandbox *p, long (*attempt)(void))
{
	const int status = in_child(p, attempt);
	return WIFEXITED(status) && (WEXITSTATUS(status) == EACCES || WEXITSTATUS(status) == EXDEV);
}

static void test_paths(void **state)
{
	(void)state;
	if (!have_landlock())
		skip();
	const struct priv_sandbox_path rw = { kept, true }, ro = { kept, false },
				       none = { "/nonexistent", false };
	struct priv_sandbox p = { .name = "keeper", .may = PRIV_SANDBOX_THREADS, .paths = &rw, .n_paths = 1 };
	assert_int_equal(in_child(NULL, path_read_outside), 0); /* whom nothing holds back can */
	assert_int_equal(in_child(NULL, path_read_through_link), 0);
	assert_true(refused(&p, path_read_outside));
	assert_true(refused(&p, path_read_through_link));
	assert_true(refused(&p, path_write_outside));
	assert_true(refused(&p, path_list_above));
	assert_true(refused(&p, path_move_out));
	assert_true(killed(in_child(&p, path_execute)));
	assert_true(killed(in_child(&p, path_make_folder)));
	assert_true(killed(in_child(&p, try_tcp)));
	assert_int_equal(in_child(&p, path_write), 0);
	assert_int_equal(in_child(&p, path_create), 0);
	p.paths = &ro;
	assert_true(refused(&p, path_write));
	p.paths = &none;
	assert_int_equal(priv_sandbox_enter(&p), PST_E_SYS);
	assert_int_equal(errno, ENOENT);
}

static long use_store(void)
{
	char why[STORE_WHY_MAX] = "";
	struct store *s = NULL;
	struct store_config cfg = { .path = in_dir(kept, "store.db"), .delay_ms = 1 };
	for (int i = 0; i < 2; i++) { /* made, then found */
		NEED(store_open(&s, &cfg, why) == PST_OK);
		store_put(s, 1, slice_str("key"), 0, slice_str("octets"));
		NEED(store_flush(s, 5000) == PST_OK);
		store_close(s);
	}
	return 0;
}

static void test_store(void **state)
{
	(void)state;
	const struct priv_sandbox_path rw = { kept, true };
	const struct priv_sandbox p = {
		.name = "keeper", .may = PRIV_SANDBOX_NET | PRIV_SANDBOX_THREADS, .paths = &rw, .n_paths = 1
	};
	assert_int_equal(in_child(&p, use_store), 0);
}

/* ---- the program ---- */

static void put_file(const char *folder, const char *name)
{
	const int fd = open(in_dir(folder, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static int make_dirs(void **state)
{
	(void)state;
	char to[128];
	assert_non_null(mkdtemp(dir));
	snprintf(kept, sizeof kept, "%s/kept", dir);
	snprintf(secret, sizeof secret, "%s/secret", dir);
	snprintf(to, sizeof to, "%s/file", secret);
	assert_int_equal(mkdir(kept, 0700) | mkdir(secret, 0700), 0);
	put_file(kept, "file");
	put_file(secret, "file");
	return symlink(to, in_dir(kept, "link"));
}

static int remove_dirs(void **state)
{
	(void)state;
	static const char *const names[] = { "file", "link", "new", "moved", "store.db", "store.db-wal" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		unlink(in_dir(kept, names[i]));
		unlink(in_dir(secret, names[i]));
	}
	return rmdir(kept) | rmdir(secret) | rmdir(dir);
}

static long nothing_at_all(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_registrar_refused),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_needed),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_store),
	};
	if (in_child(&worker, nothing_at_all) == 0) {
		fputs("no sandbox in this build, or on this kernel\n", stderr);
		return 77;
	}
	return cmocka_run_group_tests_name("priv sandbox", tests, make_dirs, remove_dirs);
}
