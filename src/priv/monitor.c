/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One poll loop over the signals and the worker's socket.
 *
 *	         spawn            config_done(ok)
 *	(none) ---------> STARTING --------------> RUNNING --- died ---> (none), later STARTING again
 *	                      |                       |
 *	                      | first one failed      | SIGTERM
 *	                      v                       v
 *	                    end, error             STOPPING --- died or too slow ---> end
 */
#include "priv/monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "priv/spawn.h"

enum state { NONE, STARTING, RUNNING, STOPPING };

enum {
	DELAY_UNITS_MAX = 30,
	HEALTHY_UNITS = 60,      /* a worker that lived so long has made up for earlier deaths */
	REQUESTS_BURST = 1024,   /* requests at once, then */
	REQUESTS_PER_SECOND = 64 /* as many: a gateway that starts or reloads needs a few per interface */
};

struct monitor {
	const struct priv_monitor_conf *conf;
	const struct priv_monitor_ops *ops;
	void *arg;
	enum state state;
	pid_t pid;
	int sock;
	int signals;
	bool done;
	bool was_ready;      /* some worker has run */
	bool reload_asked;   /* SIGHUP came while it could not be acted on */
	bool reloading;      /* the worker has been given a new configuration */
	uint32_t generation; /* what it has been given */
	uint64_t started_ms;
	uint64_t heard_ms;
	uint64_t deadline_ms; /* NONE: restart; STOPPING: kill; 0: none */
	uint32_t delay_units;
	struct log_rate quota;
	int result;
};

static void worker_kill(struct monitor *m, const char *why)
{
	log_error("priv", "worker %d killed: %s", (int)m->pid, why);
	if (kill(m->pid, SIGKILL) != 0)
		log_error("priv", "worker %d: %s", (int)m->pid, strerror(errno));
}

static void worker_start(struct monitor *m)
{
	uint32_t generation = 0;
	int fd = -1;
	m->deadline_ms = 0;
	int rc = m->ops->config(m->arg, &generation, &fd);
	if (rc == PST_OK)
		rc = priv_spawn(m->conf->worker_argv, &m->conf->identity, &m->pid, &m->sock);
	if (rc == PST_OK) {
		m->state = STARTING;
		m->generation = generation;
		m->started_ms = m->heard_ms = clock_now_ms();
		m->quota =
		        (struct log_rate){.burst = REQUESTS_BURST, .interval_ms = 1000 / REQUESTS_PER_SECOND};
		const struct priv_msg config = {.type = PRIV_CONFIG, .generation = generation};
		if (priv_msg_send(m->sock, &config, fd) != PST_OK)
			worker_kill(m, "it takes no message");
	} else {
		log_error("priv", "no worker can be started: %s (%s)", pst_strerror(rc), strerror(errno));
		m->done = true;
		m->result = rc;
	}
	if (fd >= 0)
		close(fd);
}

static void reload(struct monitor *m)
{
	uint32_t generation = 0;
	int fd = -1;
	m->reload_asked = false;
	m->ops->notify(m->arg, PRIV_RELOADING, 0, 0);
	if (m->ops->reload(m->arg, &generation, &fd) != PST_OK) {
		m->ops->notify(m->arg, PRIV_RELOADED, 0, 0);
		return;
	}
	const struct priv_msg config = {.type = PRIV_CONFIG, .generation = generation};
	m->reloading = true;
	m->generation = generation;
	if (priv_msg_send(m->sock, &config, fd) != PST_OK)
		worker_kill(m, "it takes no message");
	close(fd);
}

static void reload_end(struct monitor *m, int status)
{
	m->reloading = false;
	m->ops->config_done(m->arg, m->generation, status);
	m->ops->notify(m->arg, PRIV_RELOADED, 0, 0);
}

/* The worker's verdict on a configuration. False: it gave none that was asked for. */
static bool on_config_done(struct monitor *m, const struct priv_msg *msg)
{
	if (msg->generation != m->generation || (m->state != STARTING && !m->reloading))
		return false;
	if (m->reloading) {
		reload_end(m, msg->status);
		return true;
	}
	m->ops->config_done(m->arg, msg->generation, msg->status);
	if (msg->status != PST_OK)
		return true; /* it ends by itself, and that is what counts */
	m->state = RUNNING;
	if (!m->was_ready)
		m->ops->notify(m->arg, PRIV_READY, 0, 0);
	else
		log_notice("priv", "worker %d has taken over", (int)m->pid);
	m->was_ready = true;
	return true;
}

static int carry_out(struct monitor *m, const struct priv_msg *msg, int *fd)
{
	switch (msg->type) {
	case PRIV_BIND: return m->ops->bind(m->arg, msg->generation, msg->realm, msg->interface, msg->service, fd);
	case PRIV_FW_APPLY: return m->ops->fw_apply(m->arg, msg->generation);
	case PRIV_FW_REMOVE: return m->ops->fw_remove(m->arg);
	case PRIV_RELAY: return m->ops->relay(m->arg, msg->generation, fd);
	case PRIV_CONTROL: return m->ops->control(m->arg, fd);
	case PRIV_OPEN_STATE: return m->ops->open_state(m->arg, (enum priv_file)msg->file, fd);
	default: return PST_E_UNSUPPORTED;
	}
}

static void on_request(struct monitor *m, const struct priv_msg *msg)
{
	int fd = -1;
	errno = 0;
	const int rc = carry_out(m, msg, &fd);
	const struct priv_msg reply = {
	        .type = PRIV_REPLY, .id = msg->id, .status = rc, .sys_errno = rc == PST_E_SYS ? errno : 0};
	if (rc == PST_E_DENIED)
		log_warn("priv", "worker %d asked for %s of what is not configured", (int)m->pid,
		        priv_msg_name(msg->type));
	if (priv_msg_send(m->sock, &reply, fd) != PST_OK)
		worker_kill(m, "it does not take its answers");
	if (fd >= 0)
		close(fd);
}

/* Any odd message is fatal for the worker: it is either broken or somebody else's by now. */
static void on_message(struct monitor *m, const struct priv_msg *msg)
{
	m->heard_ms = clock_now_ms();
	if (!priv_msg_from_worker(msg->type)) {
		worker_kill(m, "it sent what only a monitor says");
	} else if (!log_allow(&m->quota, m->heard_ms, NULL)) {
		worker_kill(m, "it asks too much");
	} else if (msg->type == PRIV_REPORT) {
		m->ops->notify(m->arg, PRIV_ALIVE, msg->calls, msg->pinholes);
	} else if (msg->type == PRIV_CONFIG_DONE) {
		if (m->state != STOPPING && !on_config_done(m, msg))
			worker_kill(m, "it answered what was not asked");
	} else if (msg->id == 0) {
		worker_kill(m, "it asked without a number");
	} else {
		on_request(m, msg);
	}
}

static void on_socket(struct monitor *m)
{
	struct priv_msg msg;
	int fd = -1;
	const int rc = priv_msg_recv(m->sock, &msg, &fd);
	if (rc == PST_E_AGAIN)
		return;
	if (rc == PST_OK && fd < 0) {
		on_message(m, &msg);
		return;
	}
	if (fd >= 0)
		close(fd);
	if (rc != PST_E_NOT_FOUND) {
		char why[96];
		snprintf(why, sizeof why, "it sent what is no message: %s",
		        rc == PST_OK ? "a descriptor" : pst_strerror(rc));
		worker_kill(m, why);
	}
	/* A closed end means that it is about to die; SIGCHLD says how. One that lives on all the same is
	 * caught by its silence. */
	close(m->sock);
	m->sock = -1;
}

static void restart_later(struct monitor *m)
{
	const uint64_t now = clock_now_ms();
	if (now - m->started_ms >= (uint64_t)HEALTHY_UNITS * m->conf->delay_ms)
		m->delay_units = 0;
	m->deadline_ms = now + (uint64_t)m->delay_units * m->conf->delay_ms;
	if (m->deadline_ms == 0)
		m->deadline_ms = 1;
	log_notice("priv", "next worker in %u ms", m->delay_units * m->conf->delay_ms);
	m->delay_units = m->delay_units == 0 ? 1 : m->delay_units * 2;
	if (m->delay_units > DELAY_UNITS_MAX)
		m->delay_units = DELAY_UNITS_MAX;
}

static void worker_gone(struct monitor *m, int status)
{
	if (m->sock >= 0)
		close(m->sock);
	m->sock = -1;
	const enum state was = m->state;
	m->state = NONE;
	const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		log_error("priv",
		        "worker %d was killed by its sandbox: it made a system call that a worker never makes "
		        "(the kernel's log has its number)",
		        (int)m->pid);
	else if (WIFSIGNALED(status))
		log_error("priv", "worker %d died of signal %d", (int)m->pid, WTERMSIG(status));
	else if (!clean || was != STOPPING)
		log_error("priv", "worker %d ended with status %d", (int)m->pid, WEXITSTATUS(status));
	if (m->reloading)
		reload_end(m, PST_E_STATE);
	if (was == STOPPING) {
		m->done = true;
	} else if (!m->was_ready) {
		m->done = true;
		m->result = PST_E_STATE;
	} else {
		m->ops->notify(m->arg, PRIV_DOWN, 0, 0);
		restart_later(m);
	}
}

static void stop(struct monitor *m)
{
	if (m->state == STOPPING) {
		worker_kill(m, "asked to stop twice");
		return;
	}
	m->ops->notify(m->arg, PRIV_STOPPING, 0, 0);
	if (m->state == NONE) {
		m->done = true;
		return;
	}
	m->state = STOPPING;
	m->deadline_ms = clock_now_ms() + m->conf->stop_ms;
	const struct priv_msg msg = {.type = PRIV_STOP};
	if (m->sock < 0 || priv_msg_send(m->sock, &msg, -1) != PST_OK)
		worker_kill(m, "it takes no message");
}

static void on_signals(struct monitor *m)
{
	struct signalfd_siginfo si;
	while (read(m->signals, &si, sizeof si) == (ssize_t)sizeof si) {
		if (si.ssi_signo == SIGHUP)
			m->reload_asked = true;
		else if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT)
			stop(m);
	}
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (m->state != NONE && pid == m->pid)
			worker_gone(m, status);
	}
}

static uint64_t next_deadline(const struct monitor *m)
{
	uint64_t at = m->deadline_ms;
	if (m->conf->silence_ms != 0 && (m->state == STARTING || m->state == RUNNING)) {
		const uint64_t hang = m->heard_ms + m->conf->silence_ms;
		at = at == 0 || hang < at ? hang : at;
	}
	return at;
}

static void on_time(struct monitor *m)
{
	const uint64_t now = clock_now_ms();
	if (m->deadline_ms != 0 && now >= m->deadline_ms) {
		m->deadline_ms = 0;
		if (m->state == NONE)
			worker_start(m);
		else
			worker_kill(m, "it took too long to end its calls");
	}
	if (m->conf->silence_ms != 0 && (m->state == STARTING || m->state == RUNNING) &&
	        now >= m->heard_ms + m->conf->silence_ms) {
		worker_kill(m, "it hangs");
		m->heard_ms = now;
	}
	/* while there is no worker, or one that has not got its first configuration, the request waits */
	if (m->reload_asked && m->state == RUNNING && !m->reloading && m->sock >= 0)
		reload(m);
}

static void run(struct monitor *m)
{
	while (!m->done) {
		struct pollfd p[2] = {
		        {.fd = m->signals, .events = POLLIN}, {.fd = m->sock, .events = POLLIN}};
		const uint64_t at = next_deadline(m), now = clock_now_ms();
		const int wait_ms = at == 0 ? -1 : at <= now ? 0 : at - now > 60000 ? 60000 : (int)(at - now);
		if (poll(p, 2, wait_ms) < 0 && errno != EINTR) {
			log_error("priv", "poll: %s", strerror(errno));
			m->result = PST_E_SYS;
			return;
		}
		/* what the worker still said comes before its death */
		if (p[1].revents != 0 && m->sock >= 0)
			on_socket(m);
		if (p[0].revents != 0)
			on_signals(m);
		if (!m->done)
			on_time(m);
	}
}

/* However it comes to an end, no worker stays. */
static void reap(struct monitor *m)
{
	if (m->state == NONE)
		return;
	(void)kill(m->pid, SIGKILL);
	while (waitpid(m->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int priv_monitor_run(const struct priv_monitor_conf *conf, const struct priv_monitor_ops *ops, void *arg)
{
	sigset_t set, before;
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	struct monitor m = {.conf = conf, .ops = ops, .arg = arg, .sock = -1};
	if (sigprocmask(SIG_BLOCK, &set, &before) != 0)
		return PST_E_SYS;
	m.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m.signals < 0)
		return PST_E_SYS;
	worker_start(&m);
	run(&m);
	reap(&m);
	if (m.sock >= 0)
		close(m.sock);
	close(m.signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return m.result;
}
