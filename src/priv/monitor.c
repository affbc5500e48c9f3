/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One poll loop over the signals and the children's sockets. */
#include "priv/monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "priv/monitor_private.h"
#include "priv/spawn.h"

enum {
	DELAY_UNITS_MAX = 30,
	HEALTHY_UNITS = 60,       /* a child that lived so long has made up for earlier deaths */
	REQUESTS_BURST = 1024,    /* requests at once, then */
	REQUESTS_PER_SECOND = 64, /* as many: a gateway that starts or reloads needs a few per interface */
	ADDRESSES_BURST = 32768,  /* of those on virtual addresses: a worker that begins asks for all it has, then */
	ADDRESSES_PER_SECOND = 200,
	MEETINGS_BURST = 8,       /* ways to another child at once, then one in so long: each costs that other one work too */
	MEETING_MS = 1000,
	PEER_BUFFER = 1 << 20     /* octets between two children that one has not read yet, where the kernel lets us */
};

void monitor_kill(struct child *c, const char *why)
{
	log_error("priv", "%s %d killed: %s", c->what->name, (int)c->pid, why);
	if (kill(c->pid, SIGKILL) != 0)
		log_error("priv", "%s %d: %s", c->what->name, (int)c->pid, strerror(errno));
}

void monitor_tell(struct child *c, const struct priv_msg *m, int fd)
{
	if (c->sock < 0 || priv_msg_send(c->sock, m, fd) != PST_OK)
		monitor_kill(c, "it takes no message");
}

/* ---- a child's life ---- */

static void close_end(struct child *c)
{
	if (c->sock >= 0)
		close(c->sock);
	c->sock = -1;
}

/* A new pair between A and B, an end for each. Where there can be none, they stay apart until one of them begins anew. */
static void introduce(struct monitor *m, struct child *a, struct child *b)
{
	int pair[2];
	const int size = PEER_BUFFER;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
		log_error("priv", "%s and %s have no way to each other: %s", a->what->name, b->what->name, strerror(errno));
		return;
	}
	struct child *const ends[2] = {a, b};
	for (int i = 0; i < 2; i++) {
		const struct priv_msg msg = {.type = PRIV_PEER, .peer = (uint8_t)(ends[1 - i] - m->children)};
		if (setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
			(void)setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
		monitor_tell(ends[i], &msg, pair[i]);
		close(pair[i]);
	}
}

static void child_start(struct monitor *m, struct child *c)
{
	uint32_t generation = 0;
	int fd = -1;
	c->deadline_ms = 0;
	int rc = m->ops->config(m->arg, &generation, &fd);
	if (rc == PST_OK)
		rc = priv_spawn(c->what->argv, &m->conf->identity, &c->pid, &c->sock);
	if (rc == PST_OK) {
		c->state = CHILD_STARTING;
		c->calls = c->pinholes = 0;
		c->started_ms = c->heard_ms = clock_now_ms();
		c->quota =
		        (struct log_rate){.burst = REQUESTS_BURST, .interval_ms = 1000 / REQUESTS_PER_SECOND};
		c->address_quota =
		        (struct log_rate){.burst = ADDRESSES_BURST, .interval_ms = 1000 / ADDRESSES_PER_SECOND};
		c->meetings = (struct log_rate){.burst = MEETINGS_BURST, .interval_ms = MEETING_MS};
		monitor_give(m, c, generation, fd);
		FOR_CHILDREN(m, other)
		{
			if (other != c && other->state != CHILD_NONE && other->sock >= 0)
				introduce(m, c, other);
		}
	} else {
		log_error("priv", "no %s can be started: %s (%s)", c->what->name, pst_strerror(rc), strerror(errno));
		m->done = true;
		m->result = rc;
	}
	if (fd >= 0)
		close(fd);
}

static void restart_later(struct monitor *m, struct child *c)
{
	const uint64_t now = clock_now_ms();
	if (now - c->started_ms >= (uint64_t)HEALTHY_UNITS * m->conf->delay_ms)
		c->delay_units = 0;
	c->deadline_ms = now + (uint64_t)c->delay_units * m->conf->delay_ms;
	if (c->deadline_ms == 0)
		c->deadline_ms = 1;
	log_notice("priv", "next %s in %u ms", c->what->name, c->delay_units * m->conf->delay_ms);
	c->delay_units = c->delay_units == 0 ? 1 : c->delay_units * 2;
	if (c->delay_units > DELAY_UNITS_MAX)
		c->delay_units = DELAY_UNITS_MAX;
}

static void say_how(const struct child *c, int status)
{
	const char *name = c->what->name;
	const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		log_error("priv",
		        "%s %d was killed by its sandbox: it made a system call that a %s never makes "
		        "(the kernel's log has its number)",
		        name, (int)c->pid, name);
	else if (WIFSIGNALED(status))
		log_error("priv", "%s %d died of signal %d", name, (int)c->pid, WTERMSIG(status));
	else if (!clean || c->state != CHILD_STOPPING)
		log_error("priv", "%s %d ended with status %d", name, (int)c->pid, WEXITSTATUS(status));
}

static bool any_left(struct monitor *m)
{
	FOR_CHILDREN(m, c)
	{
		if (c->state != CHILD_NONE)
			return true;
	}
	return false;
}

static void child_gone(struct monitor *m, struct child *c, int status)
{
	close_end(c);
	say_how(c, status);
	c->state = CHILD_NONE;
	c->deadline_ms = 0;
	monitor_change_without(m, c);
	if (m->stopping) {
		m->done = !any_left(m);
	} else if (!m->was_ready) {
		m->done = true;
		m->result = m->verdict != PST_OK ? m->verdict : PST_E_STATE;
	} else {
		m->ops->notify(m->arg, PRIV_DOWN, 0, 0);
		restart_later(m, c);
	}
}

static void stop_child(struct monitor *m, struct child *c)
{
	const struct priv_msg msg = {.type = PRIV_STOP};
	c->step = STEP_NONE;
	c->deadline_ms = 0;
	if (c->state == CHILD_NONE)
		return;
	c->state = CHILD_STOPPING;
	c->deadline_ms = clock_now_ms() + m->conf->stop_ms;
	monitor_tell(c, &msg, -1);
}

static void stop(struct monitor *m)
{
	if (!m->stopping)
		m->ops->notify(m->arg, PRIV_STOPPING, 0, 0);
	FOR_CHILDREN(m, c)
	{
		if (!m->stopping)
			stop_child(m, c);
		else if (c->state != CHILD_NONE)
			monitor_kill(c, "asked to stop twice");
	}
	m->stopping = true;
	if (m->reloading)
		m->verdict = PST_E_STATE;
	m->done = !any_left(m);
}

/* ---- what a child says ---- */

/* PST_E_NOT_FOUND: the other is not there; a way to it comes when it begins. PST_E_BUSY: it was just asked for. */
static int meet(struct monitor *m, struct child *c, uint8_t peer)
{
	struct child *other = &m->children[peer];
	if (peer >= m->conf->n_children || other == c)
		return PST_E_DENIED;
	if (other->state == CHILD_NONE || other->sock < 0)
		return PST_E_NOT_FOUND;
	if (!log_allow(&c->meetings, c->heard_ms, NULL))
		return PST_E_BUSY;
	introduce(m, c, other);
	return PST_OK;
}

static int carry_out(struct monitor *m, struct child *c, const struct priv_msg *msg, int *fd)
{
	const uint32_t child = (uint32_t)(c - m->children);
	switch (msg->type) {
	case PRIV_BIND:
		return m->ops->bind(m->arg, child, msg->generation, msg->realm, msg->interface, msg->service, fd);
	case PRIV_FW_APPLY: return m->ops->fw_apply(m->arg, msg->generation);
	case PRIV_FW_REMOVE: return m->ops->fw_remove(m->arg);
	case PRIV_RELAY: return m->ops->relay(m->arg, msg->generation, msg->service, fd);
	case PRIV_CONTROL: return m->ops->control(m->arg, fd);
	case PRIV_OPEN_STATE: return m->ops->open_state(m->arg, (enum priv_file)msg->file, fd);
	case PRIV_ADDRESS_ON: return m->ops->address_on(m->arg, msg->generation, msg->realm, msg->pool, &msg->address);
	case PRIV_ADDRESS_OFF: return m->ops->address_off(m->arg, &msg->address);
	case PRIV_ADDRESS_BEGIN: return m->ops->address_begin(m->arg);
	case PRIV_ADDRESS_END: return m->ops->address_end(m->arg);
	case PRIV_MEET: return meet(m, c, msg->peer);
	default: return PST_E_UNSUPPORTED;
	}
}

static void on_request(struct monitor *m, struct child *c, const struct priv_msg *msg)
{
	int fd = -1;
	errno = 0;
	const int rc = carry_out(m, c, msg, &fd);
	const struct priv_msg reply = {
	        .type = PRIV_REPLY, .id = msg->id, .status = rc, .sys_errno = rc == PST_E_SYS ? errno : 0};
	if (rc == PST_E_DENIED)
		log_warn("priv", "%s %d asked for %s of what is not configured", c->what->name, (int)c->pid,
		        priv_msg_name(msg->type));
	if (priv_msg_send(c->sock, &reply, fd) != PST_OK)
		monitor_kill(c, "it does not take its answers");
	if (fd >= 0)
		close(fd);
}

static void on_report(struct monitor *m, struct child *c, const struct priv_msg *msg)
{
	uint32_t calls = 0, pinholes = 0;
	c->calls = msg->calls;
	c->pinholes = msg->pinholes;
	FOR_CHILDREN(m, each)
	{
		calls += each->calls;
		pinholes += each->pinholes;
	}
	if (m->was_ready)
		m->ops->notify(m->arg, PRIV_ALIVE, calls, pinholes);
}

static void note_ready(struct monitor *m)
{
	FOR_CHILDREN(m, c)
	{
		if (c->state != CHILD_RUNNING)
			return;
	}
	if (!m->was_ready)
		m->ops->notify(m->arg, PRIV_READY, 0, 0);
	m->was_ready = true;
}

static bool within_quota(struct child *c, const struct priv_msg *msg)
{
	const bool address = msg->type == PRIV_ADDRESS_ON || msg->type == PRIV_ADDRESS_OFF;
	return log_allow(address ? &c->address_quota : &c->quota, c->heard_ms, NULL);
}

/* Any odd message is fatal for a child: it is either broken or somebody else's by now. */
static void on_message(struct monitor *m, struct child *c, const struct priv_msg *msg)
{
	c->heard_ms = clock_now_ms();
	if (!priv_msg_from_child(msg->type)) {
		monitor_kill(c, "it sent what only a monitor says");
	} else if (!within_quota(c, msg)) {
		monitor_kill(c, "it asks too much");
	} else if (msg->type == PRIV_REPORT) {
		on_report(m, c, msg);
	} else if (msg->type == PRIV_PREPARED || msg->type == PRIV_CONFIG_DONE) {
		const bool done = msg->type == PRIV_CONFIG_DONE;
		if (c->state != CHILD_STOPPING && !(done ? monitor_on_config_done : monitor_on_prepared)(m, c, msg))
			monitor_kill(c, "it answered what was not asked");
		note_ready(m);
	} else if (msg->id == 0) {
		monitor_kill(c, "it asked without a number");
	} else if ((c->what->verbs & PRIV_VERB(msg->type)) == 0) {
		monitor_kill(c, "it asked for what is another's");
	} else {
		on_request(m, c, msg);
	}
}

/* False: it says nothing more for now. */
static bool on_socket(struct monitor *m, struct child *c)
{
	struct priv_msg msg;
	int fd = -1;
	const int rc = priv_msg_recv(c->sock, &msg, &fd);
	if (rc == PST_E_AGAIN)
		return false;
	if (rc == PST_OK && fd < 0) {
		on_message(m, c, &msg);
		return true;
	}
	if (fd >= 0)
		close(fd);
	if (rc != PST_E_NOT_FOUND) {
		char why[96];
		snprintf(why, sizeof why, "it sent what is no message: %s",
		        rc == PST_OK ? "a descriptor" : pst_strerror(rc));
		monitor_kill(c, why);
	}
	/* A closed end means that it is about to die; SIGCHLD says how. One that lives on all the same is
	 * caught by its silence. */
	close_end(c);
	return false;
}

/* What a child still said comes before its death, also where it said it just now. */
static void hear_out(struct monitor *m, struct child *c)
{
	for (int i = 0; i < REQUESTS_BURST && c->sock >= 0 && on_socket(m, c); i++)
		;
}

/* ---- the loop ---- */

static void on_signals(struct monitor *m)
{
	struct signalfd_siginfo si;
	while (read(m->signals, &si, sizeof si) == (ssize_t)sizeof si) {
		if (si.ssi_signo == SIGHUP)
			m->reload_asked = true;
		else if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT)
			stop(m);
	}
	siginfo_t dead = {0};
	while (waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) == 0 && dead.si_pid != 0) {
		struct child *gone = NULL;
		int status = 0;
		FOR_CHILDREN(m, c)
		{
			if (c->state != CHILD_NONE && c->pid == dead.si_pid)
				gone = c;
		}
		/* as long as it is not reaped, nobody else has its number */
		if (gone != NULL)
			hear_out(m, gone);
		if (waitpid(dead.si_pid, &status, 0) > 0 && gone != NULL)
			child_gone(m, gone, status);
		dead.si_pid = 0;
	}
}

static bool watched(const struct monitor *m, const struct child *c)
{
	return m->conf->silence_ms != 0 && (c->state == CHILD_STARTING || c->state == CHILD_RUNNING);
}

/* Nobody begins while the others change over: with which configuration is not known yet. */
static bool waits(const struct monitor *m, const struct child *c)
{
	return c->state == CHILD_NONE && m->reloading;
}

static uint64_t next_deadline(struct monitor *m)
{
	uint64_t at = 0;
	FOR_CHILDREN(m, c)
	{
		const uint64_t own = waits(m, c) ? 0 : c->deadline_ms;
		const uint64_t hang = watched(m, c) ? c->heard_ms + m->conf->silence_ms : 0;
		if (own != 0 && (at == 0 || own < at))
			at = own;
		if (hang != 0 && (at == 0 || hang < at))
			at = hang;
	}
	return at;
}

static void on_child_time(struct monitor *m, struct child *c, uint64_t now)
{
	if (c->deadline_ms != 0 && now >= c->deadline_ms && !waits(m, c)) {
		c->deadline_ms = 0;
		if (c->state == CHILD_NONE)
			child_start(m, c);
		else
			monitor_kill(c, c->state == CHILD_STOPPING ? "it took too long to end"
			                                           : "it took too long over a configuration");
	}
	if (watched(m, c) && now >= c->heard_ms + m->conf->silence_ms) {
		monitor_kill(c, "it hangs");
		c->heard_ms = now;
	}
}

/* A reload waits while somebody begins, and needs somebody who runs. */
static bool may_reload(struct monitor *m)
{
	bool any = false;
	FOR_CHILDREN(m, c)
	{
		if (c->state == CHILD_STARTING || (c->state == CHILD_RUNNING && c->sock < 0))
			return false;
		any |= c->state == CHILD_RUNNING;
	}
	return any && m->was_ready && !m->reloading && !m->stopping;
}

static void on_time(struct monitor *m)
{
	const uint64_t now = clock_now_ms();
	FOR_CHILDREN(m, c)
	on_child_time(m, c, now);
	if (m->reload_asked && may_reload(m))
		monitor_reload(m);
}

static void run(struct monitor *m)
{
	struct pollfd p[1 + PRIV_CHILDREN_MAX];
	const nfds_t n = 1 + m->conf->n_children;
	while (!m->done) {
		p[0] = (struct pollfd){.fd = m->signals, .events = POLLIN};
		for (nfds_t i = 1; i < n; i++)
			p[i] = (struct pollfd){.fd = m->children[i - 1].sock, .events = POLLIN};
		const uint64_t at = next_deadline(m), now = clock_now_ms();
		const int wait_ms = at == 0 ? -1 : at <= now ? 0 : at - now > 60000 ? 60000 : (int)(at - now);
		if (poll(p, n, wait_ms) < 0 && errno != EINTR) {
			log_error("priv", "poll: %s", strerror(errno));
			m->result = PST_E_SYS;
			return;
		}
		for (nfds_t i = 1; i < n; i++) {
			if (p[i].revents != 0 && m->children[i - 1].sock >= 0)
				(void)on_socket(m, &m->children[i - 1]);
		}
		if (p[0].revents != 0)
			on_signals(m);
		if (!m->done)
			on_time(m);
	}
}

/* However it comes to an end, no child stays. */
static void reap(struct monitor *m)
{
	FOR_CHILDREN(m, c)
	{
		close_end(c);
		if (c->state == CHILD_NONE)
			continue;
		(void)kill(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
}

int priv_monitor_run(const struct priv_monitor_conf *conf, const struct priv_monitor_ops *ops, void *arg)
{
	sigset_t set, before;
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	struct monitor m = {.conf = conf, .ops = ops, .arg = arg};
	if (sigprocmask(SIG_BLOCK, &set, &before) != 0)
		return PST_E_SYS;
	m.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m.signals < 0)
		return PST_E_SYS;
	for (uint32_t i = 0; i < conf->n_children; i++)
		m.children[i] = (struct child){.what = &conf->children[i], .sock = -1};
	for (uint32_t i = 0; i < conf->n_children && !m.done; i++)
		child_start(&m, &m.children[i]);
	run(&m);
	reap(&m);
	close(m.signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return m.result;
}
