/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/child.h"
#include "daemon/control.h"
#include "daemon/leases.h"
#include "daemon/locating.h"
#include "daemon/registered.h"
#include "gateway/gateway.h"
#include "relay/kernel.h"
#include "relay/user.h"

enum { STOP_MS = 5000 };

struct worker {
	struct daemon_child child;
	struct relay relay;
	int table_fd, ring_fd; /* of the kernel's relay; -1: the worker relays */
	int control_fd; /* got, not in use yet; -1 */
	int peer_fd;    /* likewise */
	struct gateway *gw; /* NULL: before the first configuration */
	struct control *control;
	struct daemon_leases *leases; /* NULL: before the first configuration */
	struct daemon_registered *registered; /* NULL: before the first configuration */
	struct daemon_locating *locating;     /* likewise */
};

/* ---- the relay plane ---- */

static struct relay_user_config user_plane(const struct conf *c)
{
	return (struct relay_user_config){.first = c->gw.media_ports.first,
	        .last = c->gw.media_ports.last,
	        .rest_ms = RELAY_USER_REST_MS};
}

static struct relay_kernel_config kernel_plane(const struct conf *c)
{
	return (struct relay_kernel_config){.first = c->gw.media_ports.first,
	        .last = c->gw.media_ports.last,
	        .rest_ms = RELAY_KERNEL_REST_MS,
	        .orphan_ms = c->media_orphan_ms,
	        .orphan_quiet_ms = RELAY_KERNEL_QUIET_MS};
}

static int relay_new(struct worker *w, const struct conf *c)
{
	const struct relay_user_config user = user_plane(c);
	const struct relay_kernel_config kernel = kernel_plane(c);
	if (w->table_fd >= 0)
		return relay_kernel_new(&w->child.loop, w->table_fd, w->ring_fd, &kernel, &w->relay);
	return relay_user_new(&user, &w->relay);
}

static void relay_free(struct worker *w)
{
	if (w->table_fd >= 0)
		relay_kernel_free(&w->relay);
	else
		relay_user_free(&w->relay);
}

static int relay_configure(struct worker *w, const struct conf *c)
{
	const struct relay_user_config user = user_plane(c);
	const struct relay_kernel_config kernel = kernel_plane(c);
	return w->table_fd >= 0 ? relay_kernel_configure(&w->relay, &kernel) : relay_user_configure(&w->relay, &user);
}

/* ---- the end ---- */

static void on_calls_ended(void *arg)
{
	struct worker *w = arg;
	daemon_child_ended(&w->child);
}

static void on_stop(void *arg)
{
	struct worker *w = arg;
	if (w->gw != NULL)
		gateway_stop(w->gw, STOP_MS, on_calls_ended, w);
	else
		on_calls_ended(w);
}

/* Killed with the monitor or left alone, it is the same: what the kernel relays goes on for whoever comes next, where a
 * proper end of the calls would end it. */
static void on_lost(void *arg)
{
	const struct worker *w = arg;
	if (w->table_fd >= 0 && relay_kernel_outlives(&w->relay))
		_exit(1);
}

static void on_finish(void *arg)
{
	struct worker *w = arg;
	control_free(w->control);
	if (w->gw != NULL) {
		gateway_free(w->gw);
		relay_free(w);
	}
	daemon_locating_free(w->locating);
	w->locating = NULL;
	daemon_registered_free(w->registered);
	w->registered = NULL;
	daemon_leases_free(w->leases);
	w->leases = NULL;
}

static void on_report(void *arg, struct priv_msg *m)
{
	const struct worker *w = arg;
	json_t *o = gateway_status_json(w->gw);
	m->calls = (uint32_t)json_integer_value(json_object_get(json_object_get(o, "calls"), "active"));
	m->pinholes = (uint32_t)json_integer_value(json_object_get(o, "pinholes"));
	json_decref(o);
}

/* ---- what a configuration needs besides sockets ---- */

static void prepared(struct worker *w, const char *what, int status, int sys_errno)
{
	if (status != PST_OK)
		log_error("daemon", "%s: %s", what, status == PST_E_SYS ? strerror(sys_errno) : pst_strerror(status));
	daemon_child_prepared(&w->child, status, sys_errno);
}

static void ask(struct worker *w, enum priv_type what, priv_reply_h *h)
{
	const struct priv_msg m = {.type = what, .generation = w->child.change.generation};
	const int err = priv_client_ask(w->child.priv, &m, h, w);
	if (err != PST_OK)
		prepared(w, priv_msg_name(what), err, errno);
}

/* Where the kernel can not, and need not, we do; the monitor has said why. */
static void ask_of_relay(struct worker *w, enum priv_relay which, priv_reply_h *h)
{
	const struct priv_msg m = {.type = PRIV_RELAY, .generation = w->child.change.generation, .service = (uint8_t)which};
	const int err = priv_client_ask(w->child.priv, &m, h, w);
	if (err != PST_OK)
		prepared(w, priv_msg_name(PRIV_RELAY), err, errno);
}

static void on_ring(void *arg, int status, int sys_errno, int fd)
{
	struct worker *w = arg;
	w->ring_fd = fd;
	prepared(w, "relay", status == PST_OK && fd < 0 ? PST_E_BAD : status, sys_errno);
}

static void on_relay(void *arg, int status, int sys_errno, int fd)
{
	struct worker *w = arg;
	if (status == PST_OK && fd < 0)
		status = PST_E_BAD;
	if (w->gw == NULL) {
		w->table_fd = fd;
		if (status == PST_OK) {
			ask_of_relay(w, PRIV_RELAY_RING, on_ring);
			return;
		}
		if (status != PST_OK && w->child.next->relay == CONF_RELAY_AUTO)
			status = PST_OK;
	} else if (fd >= 0) {
		close(fd); /* the one that is in use */
	}
	prepared(w, "relay", status, sys_errno);
}

/* Which plane it is, is settled for this process with its first configuration; to which interfaces the kernel's
 * programs are put is not. */
static void ask_relay(struct worker *w)
{
	const bool user = w->gw != NULL ? w->table_fd < 0 : w->child.next->relay == CONF_RELAY_USER;
	if (user)
		prepared(w, "relay", PST_OK, 0);
	else
		ask_of_relay(w, PRIV_RELAY_TABLE, on_relay);
}

static void on_firewall(void *arg, int status, int sys_errno, int fd)
{
	struct worker *w = arg;
	(void)fd;
	if (status != PST_OK)
		prepared(w, "firewall", status, sys_errno);
	else
		ask_relay(w);
}

static void on_control(void *arg, int status, int sys_errno, int fd)
{
	struct worker *w = arg;
	if (status == PST_OK && fd < 0)
		status = PST_E_BAD;
	w->control_fd = fd;
	if (status != PST_OK)
		prepared(w, "control socket", status, sys_errno);
	else
		ask(w, PRIV_FW_APPLY, on_firewall);
}

/* ---- leases and the registrar ---- */

static void on_host(void *arg, const struct addr *host, int by)
{
	const struct worker *w = arg;
	daemon_leases_registered(w->leases, host, by);
}

static void on_lease(void *arg, struct pst_slice key, struct pst_slice image)
{
	const struct worker *w = arg;
	daemon_leases_restore(w->leases, key, image);
}

static void on_whole(void *arg)
{
	const struct worker *w = arg;
	daemon_leases_tell_all(w->leases);
}

static void keep_lease(void *arg, struct pst_slice key, struct pst_slice image, bool live)
{
	const struct worker *w = arg;
	if (w->registered != NULL)
		daemon_registered_tell(
		        w->registered, &(struct registry_msg){.type = REGISTRY_LEASE, .lease = {key, image, live}});
}

static void on_met(void *arg, int status, int sys_errno, int fd)
{
	(void)arg;
	(void)status;
	(void)sys_errno;
	if (fd >= 0)
		close(fd);
}

/* There is no way to the registrar: if it lives, the monitor makes another; if not, the next one brings it. */
static void on_alone(void *arg)
{
	const struct worker *w = arg;
	const struct priv_msg m = {.type = PRIV_MEET, .peer = DAEMON_REGISTRAR};
	if (priv_client_ask(w->child.priv, &m, on_met, NULL) != PST_OK)
		log_warn("daemon", "the monitor takes no requests");
}

static void on_located(void *arg, uint32_t id, const struct addr *at)
{
	const struct worker *w = arg;
	daemon_locating_answer(w->locating, id, at);
}

static void tell_registrar(void *arg, const struct registry_msg *m)
{
	const struct worker *w = arg;
	daemon_registered_tell(w->registered, m);
}

static int know(struct worker *w)
{
	static const struct daemon_registered_ops ops = {on_host, on_lease, on_located, on_whole, on_alone};
	const struct daemon_leases_keeper keeper = {keep_lease, w};
	int err = PST_OK;
	if (w->leases == NULL)
		err = daemon_leases_new(&w->leases, &w->child.loop, w->child.priv, &keeper);
	if (err == PST_OK && w->registered == NULL)
		err = daemon_registered_new(&w->registered, &w->child.loop, &ops, w);
	if (err == PST_OK && w->locating == NULL)
		err = daemon_locating_new(&w->locating, &w->child.loop, tell_registrar, w);
	return err;
}

static void meet_registrar(struct worker *w)
{
	if (w->peer_fd < 0 || w->registered == NULL)
		return;
	daemon_registered_connect(w->registered, w->peer_fd);
	w->peer_fd = -1;
}

static void on_registrar(void *arg)
{
	ask(arg, PRIV_CONTROL, on_control);
}

/* The firewall comes last of what the others see: it is the monitor's to take back. A worker that has only just begun knows
 * nobody before the registrar has told it. */
static void on_prepare(void *arg)
{
	struct worker *w = arg;
	const int err = know(w);
	meet_registrar(w);
	if (err != PST_OK)
		prepared(w, "registrar", err, errno);
	else if (w->gw == NULL)
		daemon_registered_await(w->registered, on_registrar, w);
	else
		ask(w, PRIV_FW_APPLY, on_firewall);
}

/* What comes from there is not read before the sandbox is entered, and there is somebody to read it. */
static void on_peer(void *arg, enum daemon_process peer, int fd)
{
	struct worker *w = arg;
	if (peer != DAEMON_REGISTRAR) {
		close(fd);
		return;
	}
	if (w->peer_fd >= 0)
		close(w->peer_fd);
	w->peer_fd = fd;
	meet_registrar(w);
}

static void on_forget(void *arg)
{
	struct worker *w = arg;
	if (w->control_fd >= 0)
		close(w->control_fd);
	w->control_fd = -1;
	/* the configuration in use has the number of the one that is not taken */
	if (w->leases != NULL)
		daemon_leases_generation(w->leases, w->child.change.generation);
}

/* ---- a configuration into use ---- */

static unsigned may(const struct conf *c, const char **folder, char path[static CONF_STATE_PATH_MAX])
{
	(void)path;
	*folder = NULL;
	/* the user plane's, which starts them in there */
	return PRIV_SANDBOX_NET | (c->relay != CONF_RELAY_KERNEL ? PRIV_SANDBOX_THREADS : 0U);
}

/* Where it can not be, calls still find the endpoint by name. */
static void on_port_open(void *arg, const struct addr *local)
{
	const struct worker *w = arg;
	const struct conf *now = w->child.conf, *next = w->child.next; /* the registrar may have changed over already */
	char text[ADDR_STRLEN];
	if (!(now != NULL && conf_ras_proxy_has_port(now, local)) && !(next != NULL && conf_ras_proxy_has_port(next, local)))
		log_warn("daemon", "the registrar names a port that is none of ras_proxy.ports: %s", addr_str(local, text));
	else if (gateway_port_open(w->gw, local) != PST_OK)
		log_warn("daemon", "no calls can be taken on %s", addr_str(local, text));
}

static void on_port_close(void *arg, const struct addr *local)
{
	const struct worker *w = arg;
	gateway_port_close(w->gw, local);
}

static int first_start(struct worker *w, struct conf *c)
{
	int err = relay_new(w, c);
	if (err != PST_OK)
		return err;
	err = gateway_new(&w->gw, &w->child.loop, &c->gw, &w->relay);
	if (err != PST_OK) {
		relay_free(w);
		return err;
	}
	const struct daemon_registered_ports ports = {on_port_open, on_port_close, w};
	daemon_registered_watch_ports(w->registered, &ports);
	const int fd = w->control_fd;
	w->control_fd = -1;
	return control_new(&w->control, &w->child.loop, fd, w->gw, w->registered, w->leases);
}

static bool find_registered(void *arg, const char *name, uint32_t realm, struct addr *host)
{
	const struct worker *w = arg;
	return daemon_registered_find(w->registered, w->child.conf, name, realm, host);
}

static bool find_call(void *arg, const struct addr *caller, struct pst_slice call_id, struct pst_slice conference_id,
        struct addr *host)
{
	const struct worker *w = arg;
	return daemon_registered_find_call(w->registered, caller, call_id, conference_id, host);
}

static bool find_port(void *arg, const struct addr *local, struct addr *host)
{
	const struct worker *w = arg;
	return daemon_registered_find_port(w->registered, local, host);
}

static bool summon(void *arg, const struct addr *host, const uint8_t call_id[static 16], const struct addr *to)
{
	const struct worker *w = arg;
	return daemon_registered_summon(w->registered, host, call_id, to);
}

static bool is_elsewhere(void *arg, const char *name)
{
	const struct worker *w = arg;
	return daemon_registered_is_elsewhere(w->child.conf, name);
}

static bool locate(void *arg, const char *name, void (*done)(void *darg, const struct addr *at), void *darg)
{
	const struct worker *w = arg;
	return daemon_locating_ask(w->locating, name, done, darg);
}

static bool serves(const struct conf *c, uint32_t service)
{
	return !conf_service_of_registrar(c, service);
}

static int on_listen(void *arg, uint32_t service, uint32_t realm, uint32_t interface, int fd)
{
	struct worker *w = arg;
	(void)service;
	(void)realm;
	(void)interface;
	return gateway_listen_fd(w->gw, fd);
}

static int on_take(void *arg, struct conf *c)
{
	struct worker *w = arg;
	int err;
	c->gw.lookup = (struct gw_lookup){find_registered, find_call, find_port, summon, is_elsewhere, locate, w};
	c->gw.leases = daemon_leases_gateway(w->leases);
	err = daemon_leases_take(w->leases, c, w->child.change.generation);
	if (err != PST_OK)
		return err;
	if (w->gw == NULL) {
		err = first_start(w, c);
	} else {
		err = relay_configure(w, c);
		if (err == PST_OK)
			err = gateway_reload(w->gw, &c->gw);
		if (err == PST_OK)
			gateway_unlisten(w->gw);
	}
	return err;
}

int worker_main(int sock, const struct daemon_debug *debug)
{
	static const struct daemon_child_ops ops = {
	        .name = "worker",
	        .serves = serves,
	        .may = may,
	        .prepare = on_prepare,
	        .forget = on_forget,
	        .take = on_take,
	        .listen = on_listen,
	        .peer = on_peer,
	        .report = on_report,
	        .lost = on_lost,
	        .stop = on_stop,
	        .finish = on_finish,
	};
	struct worker w = {.table_fd = -1, .ring_fd = -1, .control_fd = -1, .peer_fd = -1};
	w.child = (struct daemon_child){.ops = &ops, .arg = &w, .debug = *debug};
	const int status = daemon_child_run(&w.child, sock);
	if (w.table_fd >= 0)
		close(w.table_fd);
	if (w.ring_fd >= 0)
		close(w.ring_fd);
	if (w.peer_fd >= 0)
		close(w.peer_fd);
	return status;
}
