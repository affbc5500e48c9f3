/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp: the list of system calls. A call that is not here kills the process. A few are answered with an
 * error instead: those that libraries try before they do without. Where a call does several things, the
 * arguments are looked at; pointers can not be.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "priv/sandbox_private.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

#define N_OF(a) (sizeof(a) / sizeof *(a))
#define CALL(name) SCMP_SYS(name)

/* Numbers of calls that this machine does not have are negative, and libseccomp passes them over. */
static const int always[] = {
	/* descriptors that are there */
	CALL(read),
	CALL(readv),
	CALL(pread64),
	CALL(preadv),
	CALL(write),
	CALL(writev),
	CALL(pwrite64),
	CALL(pwritev),
	CALL(close),
	CALL(lseek),
	CALL(_llseek),
	CALL(fstat),
	CALL(fstat64),
	CALL(dup),
	CALL(dup3),
	CALL(pipe2),
	CALL(eventfd2),
	/* sockets that are there */
	CALL(accept),
	CALL(accept4),
	CALL(listen),
	CALL(shutdown),
	CALL(getsockname),
	CALL(getpeername),
	CALL(getsockopt),
	CALL(send),
	CALL(sendto),
	CALL(sendmsg),
	CALL(sendmmsg),
	CALL(recv),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(recvmmsg),
	CALL(recvmmsg_time64),
	/* waiting */
	CALL(epoll_create1),
	CALL(epoll_ctl),
	CALL(epoll_wait),
	CALL(epoll_pwait),
	CALL(epoll_pwait2),
	CALL(poll),
	CALL(ppoll),
	CALL(ppoll_time64),
	CALL(select),
	CALL(_newselect),
	CALL(pselect6),
	CALL(pselect6_time64),
	CALL(timerfd_create),
	CALL(timerfd_settime),
	CALL(timerfd_settime64),
	CALL(nanosleep),
	CALL(clock_nanosleep),
	CALL(clock_nanosleep_time64),
	CALL(restart_syscall),
	/* time */
	CALL(clock_gettime),
	CALL(clock_gettime64),
	CALL(clock_getres),
	CALL(clock_getres_time64),
	CALL(gettimeofday),
	CALL(time),
	/* memory */
	CALL(brk),
	CALL(munmap),
	CALL(mremap),
	CALL(madvise),
	CALL(membarrier),
	/* locks and threads that are there */
	CALL(futex),
	CALL(futex_time64),
	CALL(set_robust_list),
	CALL(rseq),
	CALL(sched_yield),
	CALL(sched_getaffinity),
	CALL(getcpu),
	/* about itself */
	CALL(getpid),
	CALL(gettid),
	CALL(getppid),
	CALL(getuid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getegid),
	CALL(getuid32),
	CALL(geteuid32),
	CALL(getgid32),
	CALL(getegid32),
	CALL(getrusage),
	CALL(getrlimit),
	CALL(ugetrlimit),
	CALL(sysinfo),
	CALL(uname),
	CALL(getrandom),
	/* signals and the end */
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(sigreturn),
	CALL(sigaltstack),
	CALL(exit),
	CALL(exit_group),
};

/* Only where the profile has paths; which paths is Landlock's. What changes an owner, a mode or a time by
 * path is not here, as Landlock does not look at it. */
static const int with_paths[] = {
	CALL(open),
	CALL(openat),
	CALL(newfstatat),
	CALL(fstatat64),
	CALL(stat),
	CALL(stat64),
	CALL(lstat),
	CALL(lstat64),
	CALL(statx),
	CALL(access),
	CALL(faccessat),
	CALL(faccessat2),
	CALL(readlink),
	CALL(readlinkat),
	CALL(getcwd),
	CALL(getdents64),
	CALL(unlink),
	CALL(unlinkat),
	CALL(rename),
	CALL(renameat),
	CALL(renameat2),
	CALL(ftruncate),
	CALL(ftruncate64),
	CALL(fallocate),
	CALL(fsync),
	CALL(fdatasync),
	CALL(fchmod),
	CALL(fchown),
	CALL(fchown32),
	CALL(flock),
	CALL(fstatfs),
	CALL(fstatfs64),
	CALL(umask),
};

/* Tried by the C library and others, who do without: time zones, random seeds, the number of processors. */
static const int out_of_reach[] = {
	CALL(open),
	CALL(openat),
	CALL(stat),
	CALL(stat64),
	CALL(lstat),
	CALL(lstat64),
	CALL(statx),
	CALL(access),
	CALL(faccessat),
	CALL(faccessat2),
	CALL(readlink),
	CALL(readlinkat),
	CALL(getcwd),
};

static const int fcntls[] = { F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC };
static const int fcntls_with_paths[] = { F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW };
/* SQLite, as some build it, asks a file system whether it writes in one piece; F2FS_IOC_GET_FEATURES. */
static const unsigned long ioctls_with_paths[] = { _IOR(0xf5, 12, uint32_t) };
static const unsigned long ioctls[] = { FIONBIO, FIOCLEX, FIONREAD, SIOCOUTQ, TCGETS };
static const int option_levels[] = { SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP };

/* The first error wins, as errno. */
struct filter {
	scmp_filter_ctx ctx;
	int err;
};

static void note(struct filter *f, int rc)
{
	if (rc < 0 && f->err == 0)
		f->err = -rc;
}

#define ALLOW(f, name, ...)                                                                                  \
	note((f), seccomp_rule_add((f)->ctx, SCMP_ACT_ALLOW, CALL(name),                                     \
			  N_OF(((const struct scmp_arg_cmp[]){ __VA_ARGS__ })), __VA_ARGS__))

static void add_list(struct filter *f, uint32_t action, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		note(f, seccomp_rule_add(f->ctx, action, calls[i], 0));
}

/* Registers are wider than an int: what is compared is what the kernel looks at. */
#define INT_IS(arg, value) SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, UINT32_MAX, (uint32_t)(value))
#define BITS_ARE(arg, mask, value) SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, (uint32_t)(mask), (uint32_t)(value))

static void add_common(struct filter *f)
{
	add_list(f, SCMP_ACT_ALLOW, always, N_OF(always));
	ALLOW(f, mmap, BITS_ARE(2, PROT_EXEC, 0));
	ALLOW(f, mmap2, BITS_ARE(2, PROT_EXEC, 0));
	ALLOW(f, mprotect, BITS_ARE(2, PROT_EXEC, 0));
	for (size_t i = 0; i < N_OF(fcntls); i++) {
		ALLOW(f, fcntl, INT_IS(1, fcntls[i]));
		ALLOW(f, fcntl64, INT_IS(1, fcntls[i]));
	}
	for (size_t i = 0; i < N_OF(ioctls); i++)
		ALLOW(f, ioctl, INT_IS(1, ioctls[i]));
	for (size_t i = 0; i < N_OF(option_levels); i++)
		ALLOW(f, setsockopt, INT_IS(1, option_levels[i]));
	ALLOW(f, prctl, INT_IS(0, PR_SET_NAME));
	ALLOW(f, prctl, INT_IS(0, PR_SET_VMA));
	ALLOW(f, prlimit64, INT_IS(0, 0), SCMP_CMP(2, SCMP_CMP_EQ, 0, 0)); /* ask, its own */
	ALLOW(f, tgkill, INT_IS(0, getpid()));				   /* abort() */
	note(f, seccomp_rule_add(f->ctx, SCMP_ACT_ERRNO(ENOSYS), CALL(io_uring_setup), 0));
}

static void add_net(struct filter *f)
{
	static const int domains[] = { AF_INET, AF_INET6 };
	static const struct {
		int type, protocol;
	} kinds[] = { { SOCK_STREAM, 0 }, { SOCK_STREAM, IPPROTO_TCP }, { SOCK_DGRAM, 0 },
		{ SOCK_DGRAM, IPPROTO_UDP } };
	for (size_t i = 0; i < N_OF(domains) * N_OF(kinds); i++) {
		const int domain = domains[i % 2], type = kinds[i / 2].type, protocol = kinds[i / 2].protocol;
		ALLOW(f, socket, INT_IS(0, domain), BITS_ARE(1, ~(SOCK_CLOEXEC | SOCK_NONBLOCK), type),
			INT_IS(2, protocol));
	}
	static const int calls[] = { CALL(bind), CALL(connect) };
	add_list(f, SCMP_ACT_ALLOW, calls, N_OF(calls));
}

static void add_paths(struct filter *f)
{
	add_list(f, SCMP_ACT_ALLOW, with_paths, N_OF(with_paths));
	for (size_t i = 0; i < N_OF(fcntls_with_paths); i++) {
		ALLOW(f, fcntl, INT_IS(1, fcntls_with_paths[i]));
		ALLOW(f, fcntl64, INT_IS(1, fcntls_with_paths[i]));
	}
	for (size_t i = 0; i < N_OF(ioctls_with_paths); i++)
		ALLOW(f, ioctl, INT_IS(1, ioctls_with_paths[i]));
}

static void add_no_paths(struct filter *f)
{
	add_list(f, SCMP_ACT_ERRNO(EACCES), out_of_reach, N_OF(out_of_reach));
	/* of a descriptor, which is how the C library asks now */
	ALLOW(f, newfstatat, BITS_ARE(3, AT_EMPTY_PATH, AT_EMPTY_PATH));
	ALLOW(f, fstatat64, BITS_ARE(3, AT_EMPTY_PATH, AT_EMPTY_PATH));
	note(f, seccomp_rule_add(
			f->ctx, SCMP_ACT_ERRNO(EACCES), CALL(newfstatat), 1, BITS_ARE(3, AT_EMPTY_PATH, 0)));
	note(f, seccomp_rule_add(
			f->ctx, SCMP_ACT_ERRNO(EACCES), CALL(fstatat64), 1, BITS_ARE(3, AT_EMPTY_PATH, 0)));
}

/* The C library tries clone3(), whose flags are behind a pointer, and goes back to clone(). */
static void add_threads(struct filter *f)
{
	const int thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
	const int other = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
			  CLONE_NEWPID | CLONE_NEWNET;
	note(f, seccomp_rule_add(f->ctx, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0));
	ALLOW(f, clone, BITS_ARE(0, thread | other, thread));
}

static void set(struct filter *f, enum scmp_filter_attr attr, uint32_t value)
{
	note(f, seccomp_attr_set(f->ctx, attr, value));
}

static int errno_of(const struct filter *f)
{
	errno = f->err;
	/* what a kernel without it, or without what we ask of it, says */
	return f->err == 0 ? PST_OK : f->err == ENOSYS || f->err == EINVAL ? PST_E_UNSUPPORTED : PST_E_SYS;
}

int sandbox_seccomp(const struct priv_sandbox *p)
{
	const bool kill = p->mode == PRIV_SANDBOX_KILL;
	struct filter f = { .ctx = seccomp_init(kill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM)) };
	if (f.ctx == NULL) {
		errno = ENOMEM;
		return PST_E_SYS;
	}
	set(&f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	set(&f, SCMP_FLTATR_CTL_TSYNC, 1);
	set(&f, SCMP_FLTATR_CTL_LOG, kill ? 0 : 1);
	set(&f, SCMP_FLTATR_API_SYSRAWRC, 1);
	add_common(&f);
	if (p->may & PRIV_SANDBOX_NET)
		add_net(&f);
	if (p->may & PRIV_SANDBOX_THREADS)
		add_threads(&f);
	if (p->n_paths != 0)
		add_paths(&f);
	else
		add_no_paths(&f);
	/* what goes wrong up to here is ours, not the kernel's */
	if (f.err == EINVAL)
		f.err = EFAULT;
	if (f.err == 0)
		note(&f, seccomp_load(f.ctx));
	seccomp_release(f.ctx);
	return errno_of(&f);
}
