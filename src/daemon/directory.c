/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/directory.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "directory/ils_server.h"
#include "directory/keep.h"
#include "directory/uls_server.h"
#include "loop/net.h"

struct daemon_directory {
	uv_loop_t *loop;
	const struct conf *conf;
	struct directory *dir;
	struct store *store; /* NULL: memory only */
	struct directory_policy policy;
	struct ils_server *ils;
	struct uls_server *uls;
	struct daemon_tell tell;
	struct daemon_leased *leased;
	unsigned servers; /* not closed yet */
	bool freed;
};

/* Realms */

static int realm_of(void *arg, const struct addr *a)
{
	const struct daemon_directory *d = arg;
	const struct gw_config *gw = &d->conf->gw;
	int rest = -1;
	for (uint32_t i = 0; i < gw->n_realms; i++) {
		if (addr_ip_eq(&gw->realms[i].address, a))
			return (int)i;
		if (gw->realms[i].n_networks == 0)
			rest = (int)i;
	}
	for (uint32_t i = 0; i < gw->n_realms; i++) {
		for (uint32_t j = 0; j < gw->realms[i].n_networks; j++) {
			if (addr_prefix_has(&gw->realms[i].networks[j], a))
				return (int)i;
		}
	}
	return rest;
}

/* One of its own, or one that stands for a host. */
static bool is_gateway(const struct daemon_directory *d, const struct addr *a)
{
	const struct gw_config *gw = &d->conf->gw;
	struct addr host;
	for (uint32_t i = 0; i < gw->n_realms; i++) {
		if (addr_ip_eq(&gw->realms[i].address, a))
			return true;
	}
	return daemon_leased_host_of(d->leased, a, &host);
}

/* Where callers of ASKER_REALM reach somebody of another realm. Callers inside dial what they mean, and the wall takes the
 * call on its way; callers outside, and everybody where nothing is intercepted, call the gateway. */
static struct addr address_for(void *arg, uint8_t asker_realm, const struct directory_person *p)
{
	const struct daemon_directory *d = arg;
	const struct gw_config *gw = &d->conf->gw;
	if (asker_realm >= gw->n_realms || p->source.realm >= gw->n_realms)
		return (struct addr){0};
	const bool direct = gw->realms[asker_realm].role == GW_ROLE_INSIDE ? gw->mode != GW_MODE_OFF
	                                                                   : gw->realms[p->source.realm].role == GW_ROLE_OUTSIDE;
	struct addr own;
	if (direct)
		return p->address;
	/* an address of their own, where they have one */
	const bool has = gw->realms[asker_realm].role == GW_ROLE_OUTSIDE &&
	                 daemon_leased_virtual_of(d->leased, &p->address, asker_realm, gw->realms[asker_realm].address.family, &own);
	return has ? own : gw->realms[asker_realm].address;
}

/* Connections */

static bool inside_server(const struct conf_directory *c, const struct addr *a)
{
	for (uint32_t i = 0; i < c->n_inside_servers; i++) {
		if (addr_ip_eq(&c->inside_servers[i], a))
			return true;
	}
	return false;
}

/* The realm a connection came in from: by the address it ended at, else by its peer's. */
static int realm_of_connection(struct daemon_directory *d, const struct addr *local, const struct addr *peer)
{
	const struct gw_config *gw = &d->conf->gw;
	for (uint32_t i = 0; i < gw->n_realms; i++) {
		if (addr_ip_eq(&gw->realms[i].address, local))
			return (int)i;
	}
	return realm_of(d, peer);
}

/* Who called the gateway itself from another realm than that of the server it stands for is sent on to that. */
static bool forward(struct daemon_directory *d, const struct addr *local, struct directory_admission *out)
{
	const struct addr *to = &d->conf->directory.forward;
	const int target = to->family != ADDR_NONE ? realm_of(d, to) : -1;
	if (target < 0 || target == out->realm)
		return true;
	out->target = addr_with_port(*to, local->port);
	out->target_realm = (uint8_t)target;
	if (d->conf->gw.realms[target].address.family == to->family)
		out->local = addr_with_port(d->conf->gw.realms[target].address, 0);
	return true;
}

static bool admit(void *arg, int fd, const struct addr *peer, struct directory_admission *out)
{
	struct daemon_directory *d = arg;
	const struct gw_config *gw = &d->conf->gw;
	struct addr local = {0}, original = {0};
	if (fd < 0 || loop_fd_local(fd, &local) != PST_OK)
		return false;
	const int realm = realm_of_connection(d, &local, peer);
	if (realm < 0)
		return false;
	*out = (struct directory_admission){.realm = (uint8_t)realm};
	if (loop_original_dst(fd, &original) != PST_OK || is_gateway(d, &original))
		return forward(d, &local, out);
	if (d->conf->directory.servers != CONF_SERVERS_PROXY)
		return d->conf->directory.servers == CONF_SERVERS_OWN;
	const int target = realm_of(d, &original);
	if (target < 0 || (gw->realms[realm].role == GW_ROLE_OUTSIDE && !inside_server(&d->conf->directory, &original)))
		return false;
	out->target = original;
	out->target_realm = (uint8_t)target;
	out->local = addr_with_port(gw->realms[target].address, 0);
	return true;
}

/* What calls are decided by */

static void tell(const struct daemon_directory *d, const struct directory_entry *e, bool gone)
{
	static const enum registry_space spaces[DIRECTORY_KINDS] = {
	        [DIRECTORY_PERSON] = REGISTRY_PERSON, [DIRECTORY_LEARNT] = REGISTRY_LEARNT};
	struct directory_person p;
	directory_head(e, &p);
	if (p.kind == DIRECTORY_CONFERENCE)
		return;
	const struct addr host = directory_entry_host(e);
	daemon_tell_name(&d->tell, spaces[p.kind], p.key, p.source.realm, gone ? NULL : &host);
}

static void on_changed(void *arg, const struct directory_entry *e, bool gone)
{
	tell(arg, e, gone);
}

void daemon_directory_tell_all(struct daemon_directory *d)
{
	struct directory_cursor cursor;
	const struct directory_entry *e;
	directory_cursor_open(d->dir, &cursor);
	while ((e = directory_cursor_next(d->dir, &cursor)) != NULL)
		tell(d, e, false);
	directory_cursor_close(d->dir, &cursor);
}

/* Configuration */

static void take_policy(struct daemon_directory *d)
{
	const struct conf_directory *c = &d->conf->directory;
	struct directory_limits l;
	directory_limits_default(&l);
	l.entries = c->entries;
	l.entries_per_source = c->entries_per_source;
	l.changes_per_source_s = c->changes_per_source;
	l.bytes = (uint64_t)c->entries * 4096;
	l.ttl_default_s = c->ttl_ms / 1000;
	l.ttl_max_s = c->ttl_max_ms / 1000;
	directory_set_limits(d->dir, &l);
	d->policy = directory_policy_default();
	d->policy.may_search = c->search;
	d->policy.may_list = c->list;
	d->policy.may_register = c->registers;
	d->policy.list_max = c->list_max;
	d->policy.source_address = c->source_address;
}

static bool listed(const struct conf_directory *c, struct pst_slice key)
{
	for (uint32_t i = 0; i < c->n_people; i++) {
		if (strlen(c->people[i].name) == key.n && strncasecmp(c->people[i].name, (const char *)key.p, key.n) == 0)
			return true;
	}
	return false;
}

static void drop_unlisted(struct daemon_directory *d)
{
	struct directory_cursor cursor;
	struct directory_person head;
	const struct directory_entry *e;
	directory_cursor_open(d->dir, &cursor);
	while ((e = directory_cursor_next(d->dir, &cursor)) != NULL) {
		directory_head(e, &head);
		if (head.origin == DIRECTORY_STATIC && !listed(&d->conf->directory, head.key))
			(void)!directory_remove(d->dir, head.kind, head.key, NULL, 0, clock_now_ms());
	}
	directory_cursor_close(d->dir, &cursor);
}

static int put_listed(struct daemon_directory *d, const struct conf_person *c)
{
	const struct pst_slice comment = slice_str(c->comment != NULL ? c->comment : "");
	const struct directory_attr attr = {slice_str("comment"), &comment, 1};
	const int realm = realm_of(d, &c->host);
	const struct directory_person p = {
	        .origin = DIRECTORY_STATIC,
	        .key = slice_str(c->name),
	        .attrs = &attr,
	        .n_attrs = c->comment != NULL,
	        .address = c->host,
	        .source = {(uint8_t)(realm < 0 ? 0 : realm), addr_with_port(c->host, 0)},
	};
	/* the configuration goes before whoever took the name meanwhile */
	(void)!directory_remove(d->dir, DIRECTORY_PERSON, p.key, NULL, 0, clock_now_ms());
	return directory_put(d->dir, &p, NULL, 0, clock_now_ms(), NULL);
}

static int take_people(struct daemon_directory *d)
{
	const struct conf_directory *c = &d->conf->directory;
	drop_unlisted(d);
	for (uint32_t i = 0; i < c->n_people; i++) {
		const int err = put_listed(d, &c->people[i]);
		if (err != PST_OK)
			return err;
	}
	return PST_OK;
}

static int open_uls(struct daemon_directory *d)
{
	const struct uls_server_config c = {.dir = d->dir, .policy = &d->policy, .arg = d, .admit = admit, .realm_of = realm_of};
	const int err = uls_server_new(&d->uls, d->loop, &c);
	d->servers += err == PST_OK;
	return err;
}

static void let_go(void *arg)
{
	struct daemon_directory *d = arg;
	if (--d->servers > 0 || !d->freed)
		return;
	directory_free(d->dir);
	store_close(d->store);
	free(d);
}

int daemon_directory_reload(struct daemon_directory *d, const struct conf *conf)
{
	d->conf = conf;
	take_policy(d);
	ils_server_unlisten(d->ils);
	uls_server_unlisten(d->uls);
	return take_people(d);
}

static struct directory_store open_store(struct daemon_directory *d)
{
	char folder[CONF_STATE_PATH_MAX], path[CONF_STATE_PATH_MAX + 16], why[STORE_WHY_MAX];
	const struct store_config c = {.path = path};
	snprintf(path, sizeof path, "%s/entries", conf_directory_folder(d->conf, folder));
	if (store_open(&d->store, &c, why) == PST_OK)
		return directory_keep(d->store);
	log_warn("daemon", "the directory is not kept over a restart: %s", why);
	d->store = NULL;
	return (struct directory_store){0};
}

int daemon_directory_new(struct daemon_directory **out, uv_loop_t *loop, const struct conf *conf,
        const struct daemon_tell *to, struct daemon_leased *leased)
{
	struct daemon_directory *d = calloc(1, sizeof *d);
	if (d == NULL)
		return PST_E_NOMEM;
	d->loop = loop;
	d->conf = conf;
	d->tell = *to;
	d->leased = leased;
	struct directory_config c = {.wall_offset_ms = (int64_t)(clock_wall_ms() - clock_now_ms()),
	        .address_for = address_for,
	        .address_arg = d,
	        .store = open_store(d),
	        .changed = on_changed,
	        .changed_arg = d};
	const struct ils_server_config ic = {.policy = &d->policy, .arg = d, .admit = admit, .realm_of = realm_of};
	struct ils_server_config with_dir = ic;
	directory_limits_default(&c.limits);
	if (getrandom(&c.seed, sizeof c.seed, 0) != sizeof c.seed)
		c.seed = clock_now_ns();
	int err = directory_new(&d->dir, &c);
	if (err != PST_OK)
		goto fail;
	take_policy(d);
	if (directory_load(d->dir, clock_now_ms()) != PST_OK)
		log_warn("daemon", "the kept entries of the directory cannot be read");
	with_dir.dir = d->dir;
	err = ils_server_new(&d->ils, loop, &with_dir);
	if (err != PST_OK)
		goto fail;
	d->servers = 1;
	err = open_uls(d);
	if (err == PST_OK)
		err = take_people(d);
	if (err != PST_OK) {
		daemon_directory_free(d);
		return err;
	}
	*out = d;
	return PST_OK;
fail:
	directory_free(d->dir);
	store_close(d->store);
	free(d);
	return err;
}

int daemon_directory_listen_fd(struct daemon_directory *d, uint32_t service, int fd)
{
	if (service >= conf_udp_service(d->conf))
		return uls_server_udp_fd(d->uls, fd);
	return service <= d->conf->directory.n_ils_ports ? ils_server_listen_fd(d->ils, fd) : uls_server_listen_fd(d->uls, fd);
}

void daemon_directory_free(struct daemon_directory *d)
{
	if (d == NULL)
		return;
	d->freed = true;
	if (d->uls != NULL)
		uls_server_close(d->uls, let_go, d);
	ils_server_close(d->ils, let_go, d);
}

/* Questions */

json_t *daemon_directory_status_json(const struct daemon_directory *d)
{
	struct ils_server_stats ils;
	struct uls_server_stats uls;
	if (d == NULL)
		return NULL;
	const struct directory_stats *s = directory_stats(d->dir);
	ils_server_stats(d->ils, &ils);
	uls_server_stats(d->uls, &uls);
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I},s:{s:I,s:I,s:I,s:I,s:I}}",
	        "entries", (json_int_t)s->entries, "bytes", (json_int_t)s->bytes, "expired", (json_int_t)s->expired, "denied",
	        (json_int_t)s->denied, "limited", (json_int_t)s->limited, "sources", (json_int_t)s->sources, "loaded",
	        (json_int_t)s->loaded, "kept", d->store != NULL, "ils", "open", (json_int_t)ils.open, "connections",
	        (json_int_t)ils.connections, "refused", (json_int_t)(ils.refused + ils.ils.refused), "searches",
	        (json_int_t)ils.ils.searches, "adds", (json_int_t)ils.ils.adds, "refreshes", (json_int_t)ils.ils.refreshes,
	        "malformed", (json_int_t)ils.broken + (json_int_t)ils.ils.malformed, "timeouts", (json_int_t)ils.timeouts, "proxied",
	        (json_int_t)ils.proxied, "rewritten", (json_int_t)ils.rewritten, "opaque", (json_int_t)ils.opaque, "uls", "open",
	        (json_int_t)uls.open, "connections", (json_int_t)uls.connections, "refused", (json_int_t)uls.refused, "proxied",
	        (json_int_t)uls.proxied, "rewritten", (json_int_t)uls.rewritten);
}
