/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/child.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/log_setup.h"
#include "priv/drop.h"

enum { REPORT_MS = 5000 };

/* ---- the end ---- */

static void on_finish(uv_timer_t *t)
{
	struct daemon_child *c = t->data;
	c->ops->finish(c->arg);
	uv_close((uv_handle_t *)&c->report, NULL);
	priv_client_free(c->priv);
}

/* On the loop's next turn: whoever calls this is still at work. */
void daemon_child_ended(struct daemon_child *c)
{
	uv_timer_start(&c->report, on_finish, 0, 0);
}

static void stop(struct daemon_child *c, int exit_status)
{
	if (c->stopping)
		return;
	c->stopping = true;
	c->exit_status = exit_status;
	if (c->ops->stop != NULL)
		c->ops->stop(c->arg);
	else
		daemon_child_ended(c);
}

static void on_report(uv_timer_t *t)
{
	struct daemon_child *c = t->data;
	struct priv_msg m = {.type = PRIV_REPORT};
	if (c->ops->report != NULL)
		c->ops->report(c->arg, &m);
	if (priv_client_tell(c->priv, &m) != PST_OK)
		log_warn("daemon", "the monitor takes no report");
}

/* ---- a configuration into use ---- */

static void change_forget(struct daemon_child *c)
{
	for (uint32_t i = 0; i < c->change.n_fds; i++)
		close(c->change.fds[i].fd);
	if (c->next != NULL && c->ops->forget != NULL)
		c->ops->forget(c->arg);
	conf_free(c->next);
	c->next = NULL;
	memset(&c->change, 0, sizeof c->change);
}

static void tell_verdict(struct daemon_child *c, enum priv_type type, int status, int sys_errno)
{
	const struct priv_msg m = {
	        .type = type, .generation = c->change.generation, .status = status, .sys_errno = sys_errno};
	/* a process without any configuration has no reason to stay */
	if (priv_client_tell(c->priv, &m) != PST_OK || (status != PST_OK && c->conf == NULL))
		stop(c, 1);
}

void daemon_child_prepared(struct daemon_child *c, int status, int sys_errno)
{
	c->change.prepared = status == PST_OK;
	if (!c->stopping)
		tell_verdict(c, PRIV_PREPARED, status, sys_errno);
	if (status != PST_OK)
		change_forget(c);
}

static int change_over(struct daemon_child *c)
{
	struct daemon_change *change = &c->change;
	int err = c->ops->take(c->arg, c->next);
	for (; err == PST_OK && change->n_fds > 0; change->n_fds--) {
		const uint32_t at = change->n_fds - 1;
		err = c->ops->listen(c->arg, change->fds[at].service, change->fds[at].realm,
		        change->fds[at].interface, change->fds[at].fd);
	}
	return err;
}

static void on_commit(void *arg, uint32_t generation)
{
	struct daemon_child *c = arg;
	const bool first = c->conf == NULL;
	if (c->stopping || c->next == NULL || !c->change.prepared || generation != c->change.generation)
		return;
	const int err = change_over(c);
	if (err != PST_OK) {
		log_error("daemon", "the configuration can not be used: %s", pst_strerror(err));
		tell_verdict(c, PRIV_CONFIG_DONE, err, errno);
		/* a part of it may be in use: begin again */
		stop(c, 1);
		return;
	}
	conf_free(c->conf);
	c->conf = c->next;
	c->next = NULL;
	log_setup_daemon(c->debug.verbose ? LOG_L_DEBUG : c->conf->log_level);
	tell_verdict(c, PRIV_CONFIG_DONE, PST_OK, 0);
	change_forget(c);
	if (first && !c->stopping)
		uv_timer_start(&c->report, on_report, 0, REPORT_MS);
}

static void on_abort(void *arg, uint32_t generation)
{
	struct daemon_child *c = arg;
	if (c->next != NULL && c->change.prepared && generation == c->change.generation)
		change_forget(c);
}

static void sockets_done(struct daemon_child *c)
{
	if (c->change.status != PST_OK || c->ops->prepare == NULL)
		daemon_child_prepared(c, c->change.status, c->change.sys_errno);
	else
		c->ops->prepare(c->arg);
}

/* What was asked for: answers come one by one, in any order. */
struct socket_ask {
	struct daemon_child *c;
	uint32_t service, realm, interface;
};

static void on_listener(void *arg, int status, int sys_errno, int fd)
{
	struct socket_ask *ask = arg;
	struct daemon_child *c = ask->c;
	struct daemon_change *change = &c->change;
	if (status == PST_OK && fd < 0)
		status = PST_E_BAD;
	if (fd >= 0) {
		change->fds[change->n_fds].fd = fd;
		change->fds[change->n_fds].realm = ask->realm;
		change->fds[change->n_fds].interface = ask->interface;
		change->fds[change->n_fds++].service = ask->service;
	}
	free(ask);
	if (status != PST_OK) {
		log_error("daemon", "listening socket: %s",
		        status == PST_E_SYS ? strerror(sys_errno) : pst_strerror(status));
		if (change->status == PST_OK) {
			change->status = status;
			change->sys_errno = sys_errno;
		}
	}
	if (--change->waiting == 0 && !c->stopping)
		sockets_done(c);
}

static int ask_listener(struct daemon_child *c, const struct priv_msg *ask)
{
	struct socket_ask *a = malloc(sizeof *a);
	if (a == NULL)
		return PST_E_NOMEM;
	*a = (struct socket_ask){c, ask->service, ask->realm, ask->interface};
	const int err = priv_client_ask(c->priv, ask, on_listener, a);
	if (err != PST_OK)
		free(a);
	else
		c->change.waiting++;
	return err;
}

static int ask_realm(struct daemon_child *c, uint32_t at)
{
	const struct gw_realm *r = &c->next->gw.realms[at];
	struct priv_msg ask = {.type = PRIV_BIND,
	        .generation = c->change.generation,
	        .realm = (uint16_t)at,
	        .interface = PRIV_NO_INTERFACE};
	uint32_t i = 0;
	do {
		if (r->n_interfaces != 0)
			ask.interface = (uint16_t)i;
		for (ask.service = 0; ask.service < conf_services(c->next); ask.service++) {
			if (!c->ops->serves(c->next, ask.service) || !conf_service_in(c->next, ask.service, r))
				continue;
			const int err = ask_listener(c, &ask);
			if (err != PST_OK)
				return err;
		}
	} while (++i < r->n_interfaces);
	return PST_OK;
}

static int ask_sockets(struct daemon_child *c)
{
	for (uint32_t i = 0; i < c->next->gw.n_realms; i++) {
		const int err = ask_realm(c, i);
		if (err != PST_OK)
			return err;
	}
	if (c->change.waiting == 0)
		sockets_done(c);
	return PST_OK;
}

static int read_conf(struct conf **out, int fd)
{
	struct conf_problems problems = {.n = 0};
	char *text = NULL;
	size_t n = 0;
	int err = conf_read_fd(fd, &text, &n);
	if (err == PST_OK)
		err = conf_parse(out, slice_of(text, n), &problems);
	/* the monitor has found no problem a moment ago */
	for (uint32_t i = 0; i < problems.n; i++)
		log_error(
		        "daemon", "configuration, line %u: %s", problems.list[i].line, problems.list[i].text);
	conf_problems_free(&problems);
	free(text);
	return err;
}

/* Before the first octet that any other process sends. */
static int confine(struct daemon_child *c)
{
	char folder[CONF_STATE_PATH_MAX];
	struct priv_sandbox_path path = {NULL, true};
	struct priv_sandbox profile = {.name = c->ops->name, .mode = c->debug.sandbox, .paths = &path};
	if (c->confined)
		return PST_OK;
	profile.may = c->ops->may(c->next, &path.path, folder);
	profile.n_paths = path.path != NULL && access(path.path, R_OK | W_OK | X_OK) == 0;
	c->confined = true;
	json_object_seed(0); /* from a file that is out of reach afterwards */
	/* libuv holds a descriptor in reserve, on a file, from its first stream on */
	if (uv_pipe_init(&c->loop, &c->first_stream, 0) == 0)
		uv_close((uv_handle_t *)&c->first_stream, NULL);
	return priv_sandbox_enter(&profile);
}

static void on_config(void *arg, uint32_t generation, int fd)
{
	struct daemon_child *c = arg;
	if (c->stopping || c->next != NULL) {
		close(fd);
		return;
	}
	c->change.generation = generation;
	int err = read_conf(&c->next, fd);
	close(fd);
	if (err == PST_OK)
		err = confine(c);
	if (err != PST_OK) {
		daemon_child_prepared(c, err, errno);
	} else if (ask_sockets(c) != PST_OK) {
		log_error("daemon", "the monitor takes no requests");
		stop(c, 1);
	}
}

/* ---- the process ---- */

static void on_peer(void *arg, uint32_t peer, int fd)
{
	struct daemon_child *c = arg;
	if (peer < DAEMON_PROCESSES && c->ops->peer != NULL && !c->stopping)
		c->ops->peer(c->arg, (enum daemon_process)peer, fd);
	else
		close(fd);
}

static void on_stop(void *arg)
{
	stop(arg, 0);
}

static void on_lost(void *arg)
{
	struct daemon_child *c = arg;
	log_error("daemon", "the monitor is gone");
	if (c->ops->lost != NULL && c->conf != NULL)
		c->ops->lost(c->arg);
	stop(c, 1);
}

static void name_process(const char *name)
{
	char full[16]; /* as much as the kernel keeps */
	snprintf(full, sizeof full, "posternd-%s", name);
	(void)prctl(PR_SET_NAME, full, 0, 0, 0);
}

int daemon_child_run(struct daemon_child *c, int sock)
{
	static const struct priv_client_ops ops = {on_config, on_commit, on_abort, on_peer, on_stop, on_lost};
	log_setup_daemon(c->debug.verbose ? LOG_L_DEBUG : LOG_L_INFO);
	if (priv_check_dropped() != PST_OK) {
		log_error("daemon", "a %s runs without privilege and is started by its monitor only", c->ops->name);
		return 1;
	}
	/* The monitor alone is told to end, also where a terminal tells all. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	name_process(c->ops->name);
	/* Some versions of libuv (1.45 to 1.48) would make a ring here, through which calls pass by the sandbox, and
	 * which it could not use afterwards. */
	if (setenv("UV_USE_IO_URING", "0", 1) != 0 || uv_loop_init(&c->loop) != 0)
		return 1;
	uv_timer_init(&c->loop, &c->report);
	c->report.data = c;
	if (priv_client_new(&c->priv, &c->loop, sock, &ops, c) != PST_OK) {
		log_error("daemon", "there is no monitor to talk to");
		return 1;
	}
	uv_run(&c->loop, UV_RUN_DEFAULT);
	change_forget(c);
	conf_free(c->conf);
	if (uv_loop_close(&c->loop) != 0)
		log_warn("daemon", "something was left open at the end");
	return c->exit_status;
}
