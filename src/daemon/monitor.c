/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verbs, each checked against the configuration of the generation that the
 * request names: the one in use, or the one they are about to take.
 */
#include "daemon/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/addresses.h"
#include "daemon/child.h"
#include "daemon/conf_file.h"
#include "daemon/log_setup.h"
#include "daemon/notify.h"
#include "daemon/relay_place.h"
#include "fw/nft.h"
#include "priv/monitor.h"
#include "priv/open.h"

enum { STOP_MS = 6000, CHANGE_MS = 30000, SILENCE_MS = 30000, DELAY_MS = 1000 };

/* What each process may ask for; what none has use for, none may. */
#define WORKER_VERBS                                                                                                 \
	(PRIV_VERB(PRIV_BIND) | PRIV_VERB(PRIV_FW_APPLY) | PRIV_VERB(PRIV_CONTROL) | PRIV_VERB(PRIV_RELAY) |         \
	        PRIV_VERB(PRIV_ADDRESS_ON) | PRIV_VERB(PRIV_ADDRESS_OFF) | PRIV_VERB(PRIV_ADDRESS_BEGIN) |           \
	        PRIV_VERB(PRIV_ADDRESS_END) | PRIV_VERB(PRIV_MEET))
#define REGISTRAR_VERBS PRIV_VERB(PRIV_BIND)

/* A listening socket lives here, so that one that stays the same over a reload or a process's death is never
 * closed. */
struct listener {
	struct addr addr; /* with port */
	char *interface;  /* NULL: any */
	enum conf_transport transport;
	int fd;
	struct listener *prev, *next;
};

struct daemon {
	const char *path;
	struct daemon_debug debug;
	bool net_admin;
	bool fw_applied; /* the table may be there */
	bool warned;
	bool ready; /* all processes have begun */
	bool ours;  /* table and virtual addresses: before that they may be those of a posternd that runs */
	struct priv_identity identity;
	struct conf_file cur, next; /* next: given to the processes, not in use yet */
	uint32_t cur_gen, next_gen; /* next_gen 0: none */
	struct listener *listeners;
	int control_fd; /* -1: not made yet */
	struct relay_place *relay; /* NULL: none */
	struct addresses *addresses;
};

static const struct conf *conf_of(const struct daemon *d, uint32_t generation)
{
	if (generation != 0 && generation == d->cur_gen)
		return d->cur.conf;
	return generation != 0 && generation == d->next_gen ? d->next.conf : NULL;
}

/* ---- listening sockets ---- */

static bool same_interface(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static int open_socket(const struct listener *l, int *fd)
{
	/* H.225.0, appendix IV; some endpoints broadcast instead, which a socket on an address of ours does not see */
	const uint8_t discovery[4] = {224, 0, 1, 41}, broadcast[4] = {255, 255, 255, 255};
	const struct addr group = addr_ip4(l->transport == CONF_GROUP ? discovery : broadcast, l->addr.port);
	if (l->transport == CONF_TCP)
		return priv_open_listener(&l->addr, l->interface, fd);
	return priv_open_datagram(&l->addr, l->transport >= CONF_GROUP ? &group : NULL, l->interface, fd);
}

/* What is wrong with listening, and what can be done about it. */
static const char *listen_why(int sys_errno)
{
	switch (sys_errno) {
	case EADDRINUSE:
		return "another program has that port; ss -lntup says which: end it, or give one of the two another port";
	case EADDRNOTAVAIL: return "this machine has no such address; ip addr says which it has";
	case EACCES: return "not without privilege; start as root or as the service, or give it a port from 1024 on";
	default: return strerror(sys_errno);
	}
}

static int listener_get(struct daemon *d, const struct addr *addr, const char *interface, enum conf_transport transport,
        struct listener **out)
{
	struct listener *l = NULL;
	DL_FOREACH(d->listeners, l)
	{
		if (addr_eq(&l->addr, addr) && l->transport == transport && same_interface(l->interface, interface)) {
			*out = l;
			return PST_OK;
		}
	}
	l = calloc(1, sizeof *l);
	if (l == NULL || (interface != NULL && (l->interface = strdup(interface)) == NULL)) {
		free(l);
		return PST_E_NOMEM;
	}
	l->addr = *addr;
	l->transport = transport;
	const int rc = open_socket(l, &l->fd);
	if (rc != PST_OK) {
		const int saved = errno;
		char text[ADDR_STRLEN];
		log_error("daemon", "can not listen on %s%s%s: %s", addr_str(addr, text),
		        interface != NULL ? " of " : "", interface != NULL ? interface : "", listen_why(saved));
		free(l->interface);
		free(l);
		errno = saved;
		return rc;
	}
	DL_APPEND(d->listeners, l);
	*out = l;
	return PST_OK;
}

static bool port_configured(const struct conf *c, uint16_t port, enum conf_transport transport)
{
	uint16_t p;
	for (uint32_t i = 0; conf_service_port(c, i, &p); i++) {
		if (p == port && conf_service_transport(c, i) == transport)
			return true;
	}
	return false;
}

static bool listener_configured(const struct listener *l, const struct conf *c)
{
	for (uint32_t i = 0; i < c->gw.n_realms && port_configured(c, l->addr.port, l->transport); i++) {
		const struct gw_realm *r = &c->gw.realms[i];
		if (!addr_ip_eq(&r->address, &l->addr))
			continue;
		if (r->n_interfaces == 0 && l->interface == NULL)
			return true;
		for (uint32_t j = 0; j < r->n_interfaces; j++) {
			if (same_interface(l->interface, r->interfaces[j]))
				return true;
		}
	}
	return false;
}

/* Closes what C does not name; all where it is NULL. */
static void listeners_prune(struct daemon *d, const struct conf *c)
{
	struct listener *l = NULL, *tmp = NULL;
	DL_FOREACH_SAFE(d->listeners, l, tmp)
	{
		if (c != NULL && listener_configured(l, c))
			continue;
		DL_DELETE(d->listeners, l);
		close(l->fd);
		free(l->interface);
		free(l);
	}
}

static int duplicate(int fd, int *out)
{
	*out = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return *out >= 0 ? PST_OK : PST_E_SYS;
}

static int op_bind(void *arg, uint32_t child, uint32_t generation, uint16_t realm, uint16_t interface, uint8_t service,
        int *fd)
{

	uint16_t port;
	struct daemon *d = arg;
	const struct conf *c = conf_of(d, generation);
	if (c == NULL || realm >= c->gw.n_realms || !conf_service_port(c, service, &port))
		return PST_E_DENIED;
	const struct gw_realm *r = &c->gw.realms[realm];
	if (r->n_interfaces == 0 ? interface != PRIV_NO_INTERFACE : interface >= r->n_interfaces)
		return PST_E_DENIED;
	if (!conf_service_in(c, service, r) || conf_service_of_registrar(c, service) != (child == DAEMON_REGISTRAR))
		return PST_E_DENIED;
	const struct addr a = addr_with_port(r->address, port);
	struct listener *l;
	const int rc = listener_get(d, &a, r->n_interfaces != 0 ? r->interfaces[interface] : NULL,
	        conf_service_transport(c, service), &l);
	return rc == PST_OK ? duplicate(l->fd, fd) : rc;
}

/* ---- firewall ---- */

static int fw_remove(struct daemon *d)
{
	char err[FW_NFT_ERR_MAX];
	if (!d->fw_applied)
		return PST_OK;
	const int rc = fw_nft_remove(err);
	if (rc != PST_OK)
		log_error("daemon", "firewall: the table is still there: %s",
		        err[0] != '\0' ? err : pst_strerror(rc));
	else
		d->fw_applied = false;
	if (rc == PST_OK)
		addresses_set_guarded(d->addresses, false);
	return rc;
}

static int fw_apply(struct daemon *d, const struct conf *c)
{
	const struct gw_config *gw = &c->gw;
	uint16_t ports[2 * CONF_DIRECTORY_PORTS_MAX + 2];
	uint32_t n = 0;
	struct fw_nft_realm realms[CONF_REALMS_MAX];
	uint32_t n_virtuals = 0;
	struct fw_nft_gatekeeper gatekeepers[CONF_OUTSIDE_GATEKEEPERS_MAX];
	char err[FW_NFT_ERR_MAX];
	for (uint32_t i = 0; i < gw->n_realms; i++) {
		const struct gw_realm *r = &gw->realms[i];
		realms[i] = (struct fw_nft_realm){
		        (const char *const *)r->interfaces, r->n_interfaces, r->address, r->role == GW_ROLE_INSIDE};
	}
	for (uint32_t i = 0; i < c->ras_proxy.n_gatekeepers; i++)
		gatekeepers[i] = (struct fw_nft_gatekeeper){
		        c->ras_proxy.gatekeepers[i].address, c->ras_proxy.gatekeepers[i].port};
	while (c->directory.servers != CONF_SERVERS_PASS && n + 1 < conf_udp_service(c) && conf_service_port(c, n + 1, &ports[n]))
		n++;
	if (gw->data.port != 0)
		ports[n++] = gw->data.port;
	if (gw->audio.calls != 0)
		ports[n++] = gw->audio.port;
	struct addr *virtuals = addresses_list(d->addresses, &n_virtuals);
	const struct fw_nft_set set = {.realms = realms,
	        .n_realms = gw->n_realms,
	        .port = gw->signalling_port,
	        .kept_ports = ports,
	        .n_kept_ports = n,
	        .gatekeepers = gatekeepers,
	        .n_gatekeepers = c->ras_proxy.n_gatekeepers,
	        .enforce = gw->mode == GW_MODE_ENFORCE,
	        .refused_port = gw->audio.calls == 0 ? gw->audio.port : 0,
	        .leases = c->leases.n_pools != 0 || n_virtuals != 0,
	        .virtuals = virtuals,
	        .n_virtuals = n_virtuals,
	        .tcp_ports = {gw->h245_ports.first, gw->h245_ports.last},
	        .udp_ports = {gw->media_ports.first, gw->media_ports.last}};
	const int rc = virtuals != NULL ? fw_nft_apply(&set, err) : PST_E_NOMEM;
	free(virtuals);
	if (rc != PST_OK)
		log_error("daemon", "firewall: %s", err[0] != '\0' ? err : pst_strerror(rc));
	else
		d->fw_applied = true;
	if (rc == PST_OK)
		addresses_set_guarded(d->addresses, set.leases);
	return rc;
}

static int op_fw_apply(void *arg, uint32_t generation)
{
	struct daemon *d = arg;
	const struct conf *c = conf_of(d, generation);
	if (c == NULL)
		return PST_E_DENIED;
	d->ours = true; /* the worker asks when it has the ports */
	if (c->gw.mode == GW_MODE_OFF)
		return d->net_admin ? fw_remove(d) : PST_OK;
	return d->net_admin ? fw_apply(d, c) : PST_E_UNSUPPORTED;
}

static int op_fw_remove(void *arg)
{
	return fw_remove(arg);
}

/* ---- virtual addresses ---- */

static int op_address_on(void *arg, uint32_t generation, uint16_t realm, uint16_t pool, const struct addr *address)
{
	struct daemon *d = arg;
	const struct conf *c = conf_of(d, generation);
	if (c == NULL || c->gw.mode == GW_MODE_OFF)
		return PST_E_DENIED;
	return d->net_admin ? addresses_on(d->addresses, c, realm, pool, address) : PST_E_UNSUPPORTED;
}

static int op_address_off(void *arg, const struct addr *address)
{
	const struct daemon *d = arg;
	return addresses_off(d->addresses, address);
}

static int op_address_begin(void *arg)
{
	const struct daemon *d = arg;
	addresses_begin(d->addresses);
	return PST_OK;
}

static int op_address_end(void *arg)
{
	const struct daemon *d = arg;
	addresses_end(d->addresses);
	return PST_OK;
}

/* ---- relay ---- */

static int op_relay(void *arg, uint32_t generation, uint8_t which, int *fd)
{
	struct daemon *d = arg;
	const struct conf *c = conf_of(d, generation);
	struct relay_place_fds fds;
	if (c == NULL || c->relay == CONF_RELAY_USER || which > PRIV_RELAY_RING)
		return PST_E_DENIED;
	const int rc = relay_place_get(&d->relay, c, &fds);
	return rc == PST_OK ? duplicate(which == PRIV_RELAY_TABLE ? fds.table : fds.ring, fd) : rc;
}

/* ---- files ---- */

static int op_control(void *arg, int *fd)
{
	struct daemon *d = arg;
	const char *path = d->cur.conf->control_socket;
	if (d->control_fd < 0) {
		/* a group of our own may ask; the one that all of nobody's services share may not */
		const bool own_group = d->identity.change && strcmp(d->identity.name, "nobody") != 0;
		const int rc =
		        priv_open_control(path, own_group ? d->identity.gid : (gid_t)-1, &d->control_fd);
		if (rc != PST_OK) {
			const int saved = errno;
			log_error("daemon", "control socket %s: %s", path,
			        rc == PST_E_BUSY ? "another posternd uses it" : strerror(saved));
			errno = saved;
			return rc;
		}
	}
	return duplicate(d->control_fd, fd);
}

static int op_open_state(void *arg, enum priv_file file, int *fd)
{
	const struct daemon *d = arg;
	return priv_open_state(d->cur.conf->state_dir, file, fd);
}

/* Where the registrar keeps who is registered. Without it that lives in memory, which the registrar says. Made also where
 * nobody can register yet: a process can not be let into a folder later. */
static void make_directory_folder(const struct daemon *d, const struct conf *c)
{
	const struct priv_identity *id = &d->identity;
	if (priv_make_state_folder(c->state_dir, "directory", id->change, id->uid, id->gid) != PST_OK &&
	        c->directory.on)
		log_warn("daemon", "%s/directory: %s", c->state_dir, strerror(errno));
}

/* ---- configuration ---- */

static void tell_log(const char *line)
{
	log_error("daemon", "%s", line);
}

static void tell_stderr(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

/* Reads the file; without privilege there is no interception. */
static int load(struct daemon *d, struct conf_file *f)
{
	int rc = conf_file_load(f, d->path, tell_log);
	if (rc != PST_OK || d->net_admin || f->conf->gw.mode == GW_MODE_OFF)
		return rc;
	if (!d->warned)
		log_warn("daemon", "no CAP_NET_ADMIN: nothing is intercepted and nothing enforced, calls "
		                   "have to be made to the gateway "
		                   "itself; start as root or as the service, or set mode: off");
	d->warned = true;
	rc = conf_file_without_firewall(f);
	if (rc != PST_OK)
		conf_file_free(f);
	return rc;
}

static int op_config(void *arg, uint32_t *generation, int *fd)
{
	const struct daemon *d = arg;
	*generation = d->cur_gen;
	return priv_open_text(slice_of(d->cur.text, d->cur.len), fd);
}

static int op_reload(void *arg, uint32_t *generation, int *fd)
{
	struct daemon *d = arg;
	struct conf_file f;
	int rc = load(d, &f);
	if (rc != PST_OK) {
		log_error("daemon", "%s is not used, all stays as it was", d->path);
		return rc;
	}
	const char *key = conf_restart_key(d->cur.conf, f.conf);
	if (key != NULL) {
		log_error("daemon", "%s is not used, all stays as it was: a change of %s needs a restart",
		        d->path, key);
		rc = PST_E_UNSUPPORTED;
	} else {
		rc = priv_open_text(slice_of(f.text, f.len), fd);
	}
	if (rc != PST_OK) {
		conf_file_free(&f);
		return rc;
	}
	make_directory_folder(d, f.conf);
	d->next = f;
	d->next_gen = *generation = d->cur_gen + 1;
	return PST_OK;
}

static void op_config_done(void *arg, uint32_t generation, int status)
{
	struct daemon *d = arg;
	if (generation != d->next_gen || d->next_gen == 0)
		return;
	if (status == PST_OK) {
		conf_file_free(&d->cur);
		d->cur = d->next;
		d->next = (struct conf_file){0};
		log_notice("daemon", "%s is in use now", d->path);
	} else {
		log_error("daemon", "%s is not used, all stays as it was: %s", d->path, pst_strerror(status));
		conf_file_free(&d->next);
		if (d->net_admin)
			(void)op_fw_apply(d, d->cur_gen); /* it has logged what is wrong */
		struct relay_place_fds fds;
		if (d->relay != NULL && relay_place_get(&d->relay, d->cur.conf, &fds) != PST_OK)
			log_error("daemon", "the kernel's relay is not what it was");
	}
	/* numbers are used once, also those of a configuration that was refused */
	d->cur_gen = generation;
	d->next_gen = 0;
	listeners_prune(d, d->cur.conf);
	addresses_settle(d->addresses, d->cur.conf);
}

static void op_notify(void *arg, enum priv_notice n, uint32_t calls, uint32_t pinholes)
{
	struct daemon *d = arg;
	switch (n) {
	case PRIV_READY:
		d->ready = d->ours = true;
		log_notice("daemon", "ready, all but the monitor runs as %s", d->identity.name);
		notify_send("READY=1\nSTATUS=Ready");
		break;
	case PRIV_RELOADING:
		notify_send("RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)(clock_now_ns() / 1000));
		break;
	case PRIV_RELOADED: notify_send("READY=1"); break;
	case PRIV_STOPPING: notify_send("STOPPING=1\nSTATUS=Ending calls"); break;
	case PRIV_ALIVE: notify_send("WATCHDOG=1\nSTATUS=%u calls, %u pinholes", calls, pinholes); break;
	case PRIV_DOWN: notify_send("WATCHDOG=1\nSTATUS=A process died, another is started"); break;
	}
}

/* ---- the process ---- */

static int begin(struct daemon *d)
{
	if (geteuid() == 0 && priv_monitor_limit() != PST_OK) {
		log_error("daemon", "capabilities: %s", strerror(errno));
		return PST_E_SYS;
	}
	d->net_admin = priv_can_net_admin();
	int rc = addresses_new(&d->addresses, &addresses_kernel);
	if (rc == PST_OK)
		rc = load(d, &d->cur);
	if (rc != PST_OK)
		return rc;
	d->cur_gen = 1;
	log_setup_daemon(d->debug.verbose ? LOG_L_DEBUG : d->cur.conf->log_level);
	rc = priv_identity_find(&d->identity, d->cur.conf->user);
	if (rc != PST_OK)
		log_error("daemon", "user %s: %s", d->cur.conf->user,
		        rc == PST_E_DENIED ? "it must not be root" : "there is none of that name; make it, or name another (key user)");
	else
		make_directory_folder(d, d->cur.conf);
	/* a table that an earlier daemon left behind is ours as well */
	d->fw_applied = d->net_admin;
	if (d->net_admin)
		addresses_adopt(d->addresses, d->cur.conf);
	return rc;
}

static void end(struct daemon *d)
{
	if (d->addresses != NULL && d->net_admin && d->ours) {
		addresses_set_guarded(d->addresses, false); /* the table goes whole */
		addresses_clear(d->addresses);
	}
	if (d->net_admin && d->ours)
		(void)fw_remove(d);
	if (d->control_fd >= 0) {
		close(d->control_fd);
		unlink(d->cur.conf->control_socket);
	}
	listeners_prune(d, NULL);
	relay_place_free(d->relay);
	addresses_free(d->addresses);
	conf_file_free(&d->cur);
	conf_file_free(&d->next);
}

int monitor_main(const char *path, const struct daemon_debug *debug)
{
	static const struct priv_monitor_ops ops = {
	        .bind = op_bind,
	        .fw_apply = op_fw_apply,
	        .fw_remove = op_fw_remove,
	        .relay = op_relay,
	        .control = op_control,
	        .open_state = op_open_state,
	        .address_on = op_address_on,
	        .address_off = op_address_off,
	        .address_begin = op_address_begin,
	        .address_end = op_address_end,
	        .config = op_config,
	        .reload = op_reload,
	        .config_done = op_config_done,
	        .notify = op_notify,
	};
	char name[] = "posternd", kinds[DAEMON_PROCESSES][16] = {"--worker", "--registrar"}, verbosely[] = "-v", sandbox[32];
	snprintf(sandbox, sizeof sandbox, "--sandbox=%s", priv_sandbox_mode_name(debug->sandbox));
	char *last = debug->verbose ? verbosely : NULL;
	char *worker[] = {name, kinds[DAEMON_WORKER], sandbox, last, NULL};
	char *registrar[] = {name, kinds[DAEMON_REGISTRAR], sandbox, last, NULL};
	struct daemon d = {.path = path, .debug = *debug, .control_fd = -1};
	log_setup_daemon(debug->verbose ? LOG_L_DEBUG : LOG_L_INFO);
	int rc = begin(&d);
	if (rc == PST_OK) {
		const struct priv_child children[DAEMON_PROCESSES] = {
		        [DAEMON_WORKER] = {"worker", worker, WORKER_VERBS},
		        [DAEMON_REGISTRAR] = {"registrar", registrar, REGISTRAR_VERBS},
		};
		const struct priv_monitor_conf conf = {
		        .children = children,
		        .n_children = DAEMON_PROCESSES,
		        .identity = d.identity,
		        .stop_ms = STOP_MS,
		        .change_ms = CHANGE_MS,
		        .silence_ms = SILENCE_MS,
		        .delay_ms = DELAY_MS,
		};
		rc = priv_monitor_run(&conf, &ops, &d);
		if (rc != PST_OK && d.ready)
			log_error("daemon", "ended: %s", pst_strerror(rc));
		else if (rc != PST_OK)
			log_error("daemon", "posternd has not started: what is wrong stands in the lines above; posternd --check "
			                    "looks at %s alone", path);
	}
	end(&d);
	return rc == PST_OK ? 0 : 1;
}

int monitor_check(const char *path, bool print)
{
	struct conf_file f;
	if (conf_file_load(&f, path, tell_stderr) != PST_OK)
		return 1;
	if (print)
		conf_print(f.conf, stdout);
	else
		printf("%s: ok\n", path);
	conf_file_free(&f);
	return fflush(stdout) == 0 ? 0 : 1;
}
