/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A configuration, the first like each later one, is taken into use in steps:
 * read it; ask the monitor for every listening socket, for the control socket
 * and the kernel's relay (once), and for the firewall; then, all being there, change over. Until the
 * last step nothing has changed, so that a refusal leaves all as it was.
 */
#include "daemon/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/conf.h"
#include "daemon/control.h"
#include "daemon/directory.h"
#include "daemon/gatekeeper.h"
#include "daemon/log_setup.h"
#include "gateway/gateway.h"
#include "priv/client.h"
#include "priv/drop.h"
#include "priv/sandbox.h"
#include "relay/kernel.h"
#include "relay/user.h"

enum { REPORT_MS = 5000, STOP_MS = 5000 };

/* A configuration on its way into use. */
struct change {
	struct conf *conf; /* NULL: none is on its way */
	uint32_t generation;
	struct {
		int fd;
		uint32_t service, realm, interface;
	} fds[CONF_SOCKETS_MAX];
	uint32_t n_fds;
	int control_fd;
	uint32_t waiting; /* answers to come */
	int status;       /* the first error among them */
	int sys_errno;
};

struct worker {
	uv_loop_t loop;
	uv_timer_t report;
	uv_pipe_t first_stream;
	struct priv_client *priv;
	struct relay relay;
	int table_fd; /* of the kernel's relay; -1: the worker relays */
	struct gateway *gw;
	struct control *control;
	struct daemon_directory *directory; /* NULL: not served */
	struct daemon_gatekeeper *gatekeeper; /* likewise */
	struct conf *conf; /* in use */
	struct change change;
	struct daemon_debug debug;
	bool stopping;
	int exit_status;
};

static void on_calls_ended(void *arg);

/* ---- the relay plane ---- */

static struct relay_user_config user_plane(const struct conf *c)
{
	return (struct relay_user_config){.first = c->gw.media_ports.first,
	        .last = c->gw.media_ports.last,
	        .rest_ms = RELAY_USER_REST_MS};
}

static int relay_new(struct worker *w, const struct conf *c)
{
	const struct relay_user_config rc = user_plane(c);
	if (w->table_fd >= 0)
		return relay_kernel_new(&w->loop, w->table_fd, RELAY_KERNEL_REST_MS, &w->relay);
	return relay_user_new(&w->loop, &rc, &w->relay);
}

static void relay_free(struct worker *w)
{
	if (w->table_fd >= 0)
		relay_kernel_free(&w->relay);
	else
		relay_user_free(&w->relay);
}

/* What a changed configuration means for the kernel's relay, the monitor has allowed or not. */
static int relay_configure(struct worker *w, const struct conf *c)
{
	const struct relay_user_config rc = user_plane(c);
	return w->table_fd >= 0 ? PST_OK : relay_user_configure(&w->relay, &rc);
}

static void stop(struct worker *w, int exit_status)
{
	if (w->stopping)
		return;
	w->stopping = true;
	w->exit_status = exit_status;
	if (w->gw != NULL)
		gateway_stop(w->gw, STOP_MS, on_calls_ended, w);
	else
		on_calls_ended(w);
}

/* What is left goes, and the loop ends by itself. */
static void on_finish(uv_timer_t *t)
{
	struct worker *w = t->data;
	control_free(w->control);
	daemon_directory_free(w->directory);
	w->directory = NULL;
	daemon_gatekeeper_free(w->gatekeeper, false);
	w->gatekeeper = NULL;
	if (w->gw != NULL) {
		gateway_free(w->gw);
		relay_free(w);
	}
	uv_close((uv_handle_t *)&w->report, NULL);
	priv_client_free(w->priv);
}

/* On the loop's next turn: the gateway that calls this is still at work. */
static void on_calls_ended(void *arg)
{
	struct worker *w = arg;
	uv_timer_start(&w->report, on_finish, 0, 0);
}

static void report(struct worker *w)
{
	json_t *o = gateway_status_json(w->gw);
	const struct priv_msg m = {
	        .type = PRIV_REPORT,
	        .calls = (uint32_t)json_integer_value(json_object_get(json_object_get(o, "calls"), "active")),
	        .pinholes = (uint32_t)json_integer_value(json_object_get(o, "pinholes")),
	};
	json_decref(o);
	if (priv_client_tell(w->priv, &m) != PST_OK)
		log_warn("daemon", "the monitor takes no report");
}

static void on_report(uv_timer_t *t)
{
	report(t->data);
}

/* ---- a configuration into use ---- */

static void change_forget(struct change *c)
{
	for (uint32_t i = 0; i < c->n_fds; i++)
		close(c->fds[i].fd);
	if (c->control_fd >= 0)
		close(c->control_fd);
	conf_free(c->conf);
	memset(c, 0, sizeof *c);
	c->control_fd = -1;
}

/* Tells the monitor the verdict. A worker without any configuration has no reason to stay. */
static void change_end(struct worker *w, int status, int sys_errno)
{
	const struct priv_msg done = {.type = PRIV_CONFIG_DONE,
	        .generation = w->change.generation,
	        .status = status,
	        .sys_errno = sys_errno};
	change_forget(&w->change);
	if (priv_client_tell(w->priv, &done) != PST_OK || w->conf == NULL)
		stop(w, 1);
}

/* Between the last descriptor that was asked for and the first octet from a network. */
static int enter_sandbox(struct worker *w)
{
	char folder[CONF_STATE_PATH_MAX];
	const struct priv_sandbox_path path = {conf_directory_folder(w->change.conf, folder), true};
	const struct priv_sandbox profile = {.name = "worker",
	        .mode = w->debug.sandbox,
	        .may = PRIV_SANDBOX_NET | PRIV_SANDBOX_THREADS,
	        .paths = &path,
	        .n_paths = access(folder, R_OK | W_OK | X_OK) == 0};
	json_object_seed(0); /* from a file that is out of reach afterwards */
	/* libuv holds a descriptor in reserve, on a file, from its first stream on */
	if (uv_pipe_init(&w->loop, &w->first_stream, 0) == 0)
		uv_close((uv_handle_t *)&w->first_stream, NULL);
	return priv_sandbox_enter(&profile);
}

static int first_start(struct worker *w)
{
	struct change *c = &w->change;
	int err = enter_sandbox(w);
	if (err == PST_OK)
		err = relay_new(w, c->conf);
	if (err != PST_OK)
		return err;
	err = gateway_new(&w->gw, &w->loop, &c->conf->gw, &w->relay);
	if (err != PST_OK) {
		relay_free(w);
		return err;
	}
	const int fd = c->control_fd;
	c->control_fd = -1;
	return control_new(&w->control, &w->loop, fd, w->gw, &w->directory, &w->gatekeeper);
}

/* The directory begins, goes on or ends as the configuration says. */
static int directory_over(struct worker *w)
{
	const struct conf *c = w->change.conf;
	if (c->directory.on && w->directory != NULL)
		return daemon_directory_reload(w->directory, c);
	if (c->directory.on)
		return daemon_directory_new(&w->directory, &w->loop, c);
	daemon_directory_free(w->directory);
	w->directory = NULL;
	return PST_OK;
}

/* So does the gatekeeper. */
static int gatekeeper_over(struct worker *w)
{
	const struct conf *c = w->change.conf;
	if (c->gatekeeper.on && w->gatekeeper != NULL)
		return daemon_gatekeeper_reload(w->gatekeeper, c);
	if (c->gatekeeper.on)
		return daemon_gatekeeper_new(&w->gatekeeper, &w->loop, c);
	daemon_gatekeeper_free(w->gatekeeper, true);
	w->gatekeeper = NULL;
	return PST_OK;
}

static bool find_registered(void *arg, const char *name, uint32_t realm, struct addr *host)
{
	const struct worker *w = arg;
	return daemon_gatekeeper_find(w->gatekeeper, name, realm, host) ||
	       daemon_directory_find(w->directory, name, realm, host);
}

static bool find_call(void *arg, const struct addr *caller, struct pst_slice call_id, struct pst_slice conference_id,
        struct addr *host)
{
	const struct worker *w = arg;
	return daemon_gatekeeper_find_call(w->gatekeeper, caller, call_id, conference_id, host);
}

static int listen_on(struct worker *w, uint32_t at)
{
	const struct change *c = &w->change;
	const int fd = c->fds[at].fd;
	const uint32_t service = c->fds[at].service;
	if (service >= conf_ras_service(c->conf))
		return daemon_gatekeeper_listen_fd(w->gatekeeper, service, c->fds[at].realm, c->fds[at].interface, fd);
	return service == 0 ? gateway_listen_fd(w->gw, fd) : daemon_directory_listen_fd(w->directory, service, fd);
}

static int change_over(struct worker *w)
{
	struct change *c = &w->change;
	int err;
	c->conf->gw.lookup = (struct gw_lookup){find_registered, find_call, w};
	if (w->gw == NULL) {
		err = first_start(w);
	} else {
		err = relay_configure(w, c->conf);
		if (err == PST_OK)
			err = gateway_reload(w->gw, &c->conf->gw);
		if (err == PST_OK)
			gateway_unlisten(w->gw);
	}
	if (err == PST_OK)
		err = directory_over(w);
	if (err == PST_OK)
		err = gatekeeper_over(w);
	for (; err == PST_OK && c->n_fds > 0; c->n_fds--)
		err = listen_on(w, c->n_fds - 1);
	return err;
}

static void change_commit(struct worker *w)
{
	const bool first = w->gw == NULL;
	const int err = change_over(w);
	struct conf *old = w->conf;
	if (err != PST_OK) {
		log_error("daemon", "the configuration can not be used: %s", pst_strerror(err));
		change_end(w, err, errno);
		/* a part of it may be in use: begin again */
		stop(w, 1);
		return;
	}
	w->conf = w->change.conf;
	w->change.conf = NULL;
	conf_free(old);
	log_setup_daemon(w->debug.verbose ? LOG_L_DEBUG : w->conf->log_level);
	change_end(w, PST_OK, 0);
	if (first && !w->stopping)
		uv_timer_start(&w->report, on_report, 0, REPORT_MS);
}

static bool answer_failed(struct change *c, const char *what, int status, int sys_errno)
{
	c->waiting--;
	if (status == PST_OK)
		return false;
	log_error("daemon", "%s: %s", what, status == PST_E_SYS ? strerror(sys_errno) : pst_strerror(status));
	if (c->status == PST_OK) {
		c->status = status;
		c->sys_errno = sys_errno;
	}
	return true;
}

/* Where the kernel can not, and need not, we do; the monitor has said why. */
static void on_relay(void *arg, int status, int sys_errno, int fd)
{
	struct worker *w = arg;
	if (status == PST_OK && fd < 0)
		status = PST_E_BAD;
	w->table_fd = fd;
	if (status != PST_OK && w->change.conf->relay == CONF_RELAY_AUTO)
		status = PST_OK;
	if (status != PST_OK && answer_failed(&w->change, "relay", status, sys_errno)) {
		change_end(w, status, sys_errno);
		return;
	}
	if (!w->stopping)
		change_commit(w);
}

/* Which plane it is, is settled for this process with its first configuration. */
static void ask_relay(struct worker *w)
{
	const struct priv_msg ask = {.type = PRIV_RELAY, .generation = w->change.generation};
	if (w->gw != NULL || w->change.conf->relay == CONF_RELAY_USER) {
		change_commit(w);
		return;
	}
	w->change.waiting = 1;
	const int err = priv_client_ask(w->priv, &ask, on_relay, w);
	if (err != PST_OK)
		change_end(w, err, errno);
}

static void on_firewall(void *arg, int status, int sys_errno, int fd)
{
	struct worker *w = arg;
	(void)fd;
	/* without privilege there is no interception, and the monitor has said so */
	if (status == PST_E_UNSUPPORTED)
		w->change.conf->gw.mode = GW_MODE_OFF;
	else if (answer_failed(&w->change, "firewall", status, sys_errno)) {
		change_end(w, status, sys_errno);
		return;
	}
	if (!w->stopping)
		ask_relay(w);
}

static void ask_firewall(struct worker *w)
{
	const struct priv_msg ask = {.type = PRIV_FW_APPLY, .generation = w->change.generation};
	w->change.waiting = 1;
	const int err = priv_client_ask(w->priv, &ask, on_firewall, w);
	if (err != PST_OK)
		change_end(w, err, errno);
}

static void on_socket(struct worker *w, const char *what, int status, int sys_errno)
{
	answer_failed(&w->change, what, status, sys_errno);
	if (w->change.waiting != 0 || w->stopping)
		return;
	if (w->change.status != PST_OK)
		change_end(w, w->change.status, w->change.sys_errno);
	else
		ask_firewall(w);
}

/* What was asked for: answers come one by one, in any order. */
struct socket_ask {
	struct worker *w;
	uint32_t service, realm, interface;
};

static void on_listener(void *arg, int status, int sys_errno, int fd)
{
	struct socket_ask *ask = arg;
	struct worker *w = ask->w;
	if (status == PST_OK && fd < 0)
		status = PST_E_BAD;
	if (fd >= 0) {
		w->change.fds[w->change.n_fds].fd = fd;
		w->change.fds[w->change.n_fds].realm = ask->realm;
		w->change.fds[w->change.n_fds].interface = ask->interface;
		w->change.fds[w->change.n_fds++].service = ask->service;
	}
	free(ask);
	on_socket(w, "listening socket", status, sys_errno);
}

static int ask_listener(struct worker *w, const struct priv_msg *ask)
{
	struct socket_ask *a = malloc(sizeof *a);
	if (a == NULL)
		return PST_E_NOMEM;
	*a = (struct socket_ask){w, ask->service, ask->realm, ask->interface};
	const int err = priv_client_ask(w->priv, ask, on_listener, a);
	if (err != PST_OK)
		free(a);
	else
		w->change.waiting++;
	return err;
}

static void on_control(void *arg, int status, int sys_errno, int fd)
{
	struct worker *w = arg;
	if (status == PST_OK && fd < 0)
		status = PST_E_BAD;
	w->change.control_fd = fd;
	on_socket(w, "control socket", status, sys_errno);
}

static int ask_realm(struct worker *w, uint32_t at)
{
	const struct gw_realm *r = &w->change.conf->gw.realms[at];
	struct priv_msg ask = {.type = PRIV_BIND,
	        .generation = w->change.generation,
	        .realm = (uint16_t)at,
	        .interface = PRIV_NO_INTERFACE};
	uint32_t i = 0;
	do {
		if (r->n_interfaces != 0)
			ask.interface = (uint16_t)i;
		for (ask.service = 0; ask.service < conf_services(w->change.conf); ask.service++) {
			const int err = conf_service_in(w->change.conf, ask.service, r) ? ask_listener(w, &ask) : PST_OK;
			if (err != PST_OK)
				return err;
		}
	} while (++i < r->n_interfaces);
	return PST_OK;
}

static int ask_sockets(struct worker *w)
{
	for (uint32_t i = 0; i < w->change.conf->gw.n_realms; i++) {
		const int err = ask_realm(w, i);
		if (err != PST_OK)
			return err;
	}
	if (w->control != NULL)
		return PST_OK;
	const struct priv_msg ask = {.type = PRIV_CONTROL};
	const int err = priv_client_ask(w->priv, &ask, on_control, w);
	if (err == PST_OK)
		w->change.waiting++;
	return err;
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

static void on_config(void *arg, uint32_t generation, int fd)
{
	struct worker *w = arg;
	if (w->stopping || w->change.conf != NULL) {
		close(fd);
		return;
	}
	w->change.generation = generation;
	const int err = read_conf(&w->change.conf, fd);
	close(fd);
	if (err != PST_OK) {
		change_end(w, err, errno);
	} else if (ask_sockets(w) != PST_OK) {
		log_error("daemon", "the monitor takes no requests");
		stop(w, 1);
	}
}

/* ---- the process ---- */

static void on_stop(void *arg)
{
	stop(arg, 0);
}

static void on_lost(void *arg)
{
	log_error("daemon", "the monitor is gone");
	stop(arg, 1);
}

int worker_main(int sock, const struct daemon_debug *debug)
{
	static const struct priv_client_ops ops = {on_config, on_stop, on_lost};
	struct worker w = {.table_fd = -1, .debug = *debug, .change = {.control_fd = -1}};
	log_setup_daemon(debug->verbose ? LOG_L_DEBUG : LOG_L_INFO);
	if (priv_check_dropped() != PST_OK) {
		log_error("daemon", "a worker runs without privilege and is started by its monitor only");
		return 1;
	}
	/* The monitor alone is told to end, also where a terminal tells all. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	(void)prctl(PR_SET_NAME, "posternd-worker", 0, 0, 0);
	/* Some versions of libuv (1.45 to 1.48) would make a ring here, through which calls pass by the sandbox, and
	 * which it could not use afterwards. */
	if (setenv("UV_USE_IO_URING", "0", 1) != 0 || uv_loop_init(&w.loop) != 0)
		return 1;
	uv_timer_init(&w.loop, &w.report);
	w.report.data = &w;
	if (priv_client_new(&w.priv, &w.loop, sock, &ops, &w) != PST_OK) {
		log_error("daemon", "there is no monitor to talk to");
		return 1;
	}
	uv_run(&w.loop, UV_RUN_DEFAULT);
	change_forget(&w.change);
	conf_free(w.conf);
	if (w.table_fd >= 0)
		close(w.table_fd);
	if (uv_loop_close(&w.loop) != 0)
		log_warn("daemon", "something was left open at the end");
	return w.exit_status;
}
