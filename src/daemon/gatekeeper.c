/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/gatekeeper.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/resolver.h"
#include "gatekeeper/server.h"
#include "store/store.h"

enum { UNITS_PER_KBIT = 10 /* H.225.0 counts in 100 bit/s */, IRR_MAX_S = 65535, KIND = 16, KIND_CALL = 17, KEY_SIZE = 8 };

struct daemon_gatekeeper {
	const struct conf *conf;
	uv_loop_t *loop;
	struct gatekeeper_server *server;
	struct resolver *resolver; /* NULL: no name is looked up in the DNS */
	struct store *store; /* NULL: memory only */
	uint64_t seed;
	struct daemon_tell tell;
	struct daemon_leased *leased;
	uint32_t askers; /* workers that there have been */
};

/* The names that the configuration binds. */
static bool bound(void *arg, const char *name, struct addr *host)
{
	const struct daemon_gatekeeper *g = arg;
	const struct gw_config *gw = &g->conf->gw;
	for (uint32_t i = 0; i < gw->n_bindings; i++) {
		if (strcasecmp(gw->bindings[i].name, name) != 0)
			continue;
		*host = gw->bindings[i].host;
		return true;
	}
	return false;
}

static bool virtual_of(void *arg, const struct addr *host, uint32_t realm, uint8_t family, struct addr *out)
{
	const struct daemon_gatekeeper *g = arg;
	return daemon_leased_virtual_of(g->leased, host, realm, family, out);
}

static void keep_as(const struct daemon_gatekeeper *g, unsigned kind, uint64_t id, struct pst_slice image)
{
	const struct pst_slice key = slice_of(&id, sizeof id);
	if (g->store != NULL && image.n > 0)
		store_put(g->store, kind, key, 0, image);
	else if (g->store != NULL)
		store_erase(g->store, kind, key);
}

static void keep(void *arg, uint64_t id, struct pst_slice image)
{
	keep_as(arg, KIND, id, image);
}

static void keep_call(void *arg, uint64_t number, struct pst_slice image)
{
	keep_as(arg, KIND_CALL, number, image);
}

static void named(void *arg, struct pst_slice name, uint32_t realm, const struct addr *signal)
{
	const struct daemon_gatekeeper *g = arg;
	daemon_tell_name(&g->tell, REGISTRY_ALIAS, name, realm, signal);
}

static void admitted(void *arg, const struct gatekeeper_admission *a, bool over)
{
	const struct daemon_gatekeeper *g = arg;
	daemon_tell_call(&g->tell, a->number, a, over);
}

static bool resolve(void *arg, uint64_t ticket, const char *domain)
{
	const struct daemon_gatekeeper *g = arg;
	return g->resolver != NULL && resolver_find(g->resolver, ticket, domain);
}

static void resolved(void *arg, uint64_t ticket, const struct addr *at, bool locates)
{
	const struct daemon_gatekeeper *g = arg;
	gatekeeper_server_resolved(g->server, ticket, at, locates);
}

static void answer_locate(const struct daemon_gatekeeper *g, uint32_t id, const struct addr *at)
{
	const struct registry_msg m = {.type = REGISTRY_LOCATED, .id = id, .port.host = *at};
	g->tell.h(g->tell.arg, &m);
}

static void located(void *arg, uint64_t asker, const struct addr *at)
{
	const struct daemon_gatekeeper *g = arg;
	if (asker >> 32 == g->askers) /* else a worker asked that is not there any more */
		answer_locate(g, (uint32_t)asker, at);
}

void daemon_gatekeeper_locate(struct daemon_gatekeeper *g, uint32_t id, struct pst_slice name)
{
	static const struct addr nobody;
	char text[REGISTRY_NAME_MAX + 1];
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	if (memchr(name.p, 0, name.n) != NULL || !gatekeeper_server_locate(g->server, (uint64_t)g->askers << 32 | id, text))
		answer_locate(g, id, &nobody);
}

void daemon_gatekeeper_new_asker(struct daemon_gatekeeper *g)
{
	g->askers++;
}

/* Anew with each configuration. Who waits is told of nobody, and asks again: a search that nobody ends keeps its place. */
static int resolver_over(struct daemon_gatekeeper *g)
{
	const struct conf_gatekeeper *k = &g->conf->gatekeeper;
	struct resolver *before = g->resolver;
	g->resolver = NULL; /* nothing more is looked up by it meanwhile */
	if (before != NULL)
		resolver_end(before);
	resolver_free(before);
	return k->n_nameservers > 0
	               ? resolver_new(&g->resolver, g->loop, k->nameservers, k->n_nameservers, resolved, g)
	               : PST_OK;
}

static void behind(void *arg, const struct addr *signal, bool gone)
{
	const struct daemon_gatekeeper *g = arg;
	char text[ADDR_STRLEN];
	const struct registry_msg m = {.type = gone ? REGISTRY_NAME_GONE : REGISTRY_NAME,
	        .name = {.space = REGISTRY_BEHIND, .host = *signal, .name = slice_str(addr_str(signal, text))}};
	g->tell.h(g->tell.arg, &m);
}

static const struct gatekeeper_ops ops = {.bound = bound, .keep = keep, .keep_call = keep_call, .named = named,
        .admitted = admitted, .behind = behind, .virtual_of = virtual_of, .resolve = resolve, .located = located};

static void bring_back(void *arg, const struct store_item *item)
{
	const struct daemon_gatekeeper *g = arg;
	uint64_t id;
	if (item->key.n != KEY_SIZE)
		return;
	memcpy(&id, item->key.p, sizeof id);
	if (gatekeeper_server_restore(g->server, id, item->octets) != PST_OK)
		store_erase(g->store, KIND, item->key);
}

static void bring_call_back(void *arg, const struct store_item *item)
{
	const struct daemon_gatekeeper *g = arg;
	uint64_t number;
	if (item->key.n != KEY_SIZE)
		return;
	memcpy(&number, item->key.p, sizeof number);
	if (gatekeeper_server_restore_call(g->server, number, item->octets) != PST_OK)
		store_erase(g->store, KIND_CALL, item->key);
}

static void open_store(struct daemon_gatekeeper *g)
{
	char folder[CONF_STATE_PATH_MAX], path[CONF_STATE_PATH_MAX + 16], why[STORE_WHY_MAX];
	const struct store_config c = {.path = path};
	snprintf(path, sizeof path, "%s/registrations", conf_directory_folder(g->conf, folder));
	if (store_open(&g->store, &c, why) != PST_OK) {
		log_warn("daemon", "registrations are not kept over a restart: %s", why);
		g->store = NULL;
	} else if (store_load(g->store, KIND, KIND, 0, bring_back, g) != PST_OK ||
	           store_load(g->store, KIND_CALL, KIND_CALL, 0, bring_call_back, g) != PST_OK) {
		log_warn("daemon", "the kept registrations cannot be read");
	}
}

/* What is borrowed of CONF, and what has to be made for the moment. */
static int with_config(struct daemon_gatekeeper *g, uv_loop_t *loop)
{
	const struct conf *conf = g->conf;
	const struct conf_gatekeeper *k = &conf->gatekeeper;
	struct gatekeeper_realm realms[CONF_REALMS_MAX];
	struct gatekeeper_password *passwords = calloc(k->n_passwords + 1, sizeof *passwords);
	struct gatekeeper_config c = gatekeeper_config_default();
	if (passwords == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < conf->gw.n_realms; i++) {
		const struct gw_realm *r = &conf->gw.realms[i];
		realms[i] = (struct gatekeeper_realm){
		        r->name, r->role == GW_ROLE_INSIDE, r->address, r->networks, r->n_networks};
	}
	for (uint32_t i = 0; i < k->n_passwords; i++)
		passwords[i] = (struct gatekeeper_password){k->passwords[i].alias, k->passwords[i].password};
	c.realms = realms;
	c.n_realms = conf->gw.n_realms;
	c.identifier = k->identifier;
	c.routed = k->routed;
	c.outside_registration = k->outside;
	c.ras_port = k->port;
	c.signalling_port = conf->gw.signalling_port;
	c.default_ttl_s = k->ttl_ms / 1000;
	c.max_ttl_s = k->ttl_max_ms / 1000;
	c.irr_s = k->irr_ms / 1000 > IRR_MAX_S ? IRR_MAX_S : k->irr_ms / 1000;
	c.bandwidth = k->bandwidth_kbit * UNITS_PER_KBIT;
	c.least_bandwidth = k->least_bandwidth_kbit * UNITS_PER_KBIT;
	c.neighbours = k->neighbours;
	c.n_neighbours = k->n_neighbours;
	c.hops = k->hops;
	c.domains = (const char *const *)k->domains;
	c.n_domains = k->n_domains;
	c.passwords = passwords;
	c.n_passwords = k->n_passwords;
	c.password_required = k->password_required;
	c.limits.registrations = k->registrations;
	c.limits.registrations_per_source = k->registrations_per_source;
	c.limits.requests_per_source_s = k->requests_per_source;
	c.limits.aliases = k->aliases;
	c.limits.calls = 2 * k->registrations;
	c.seed = g->seed;
	const int err = loop != NULL ? gatekeeper_server_new(&g->server, loop, &c, &ops, g)
	                             : gatekeeper_server_reload(g->server, &c);
	free(passwords);
	return err;
}

int daemon_gatekeeper_new(
        struct daemon_gatekeeper **out, uv_loop_t *loop, const struct conf *conf, const struct daemon_tell *to,
        struct daemon_leased *leased)
{
	struct daemon_gatekeeper *g = calloc(1, sizeof *g);
	if (g == NULL)
		return PST_E_NOMEM;
	g->conf = conf;
	g->loop = loop;
	g->tell = *to;
	g->leased = leased;
	g->askers = 1;
	if (getrandom(&g->seed, sizeof g->seed, 0) != sizeof g->seed)
		g->seed = clock_now_ns();
	int err = with_config(g, loop);
	if (err == PST_OK) {
		err = resolver_over(g);
		if (err != PST_OK)
			gatekeeper_server_free(g->server, false);
	}
	if (err != PST_OK) {
		free(g);
		return err;
	}
	open_store(g);
	*out = g;
	return PST_OK;
}

int daemon_gatekeeper_reload(struct daemon_gatekeeper *g, const struct conf *conf)
{
	g->conf = conf;
	gatekeeper_server_unlisten(g->server);
	const int err = with_config(g, NULL);
	return err == PST_OK ? resolver_over(g) : err;
}

int daemon_gatekeeper_listen_fd(struct daemon_gatekeeper *g, uint32_t service, uint32_t realm, uint32_t interface, int fd)
{
	return gatekeeper_server_listen_fd(g->server, fd, realm, interface, service > conf_ras_service(g->conf));
}

void daemon_gatekeeper_tell_all(struct daemon_gatekeeper *g)
{
	gatekeeper_tell_all(gatekeeper_server_gk(g->server));
}

void daemon_gatekeeper_summon(
        struct daemon_gatekeeper *g, const struct addr *host, const uint8_t call_id[static 16], const struct addr *to)
{
	(void)gatekeeper_server_summon(g->server, host, call_id, to);
}

json_t *daemon_gatekeeper_status_json(struct daemon_gatekeeper *g)
{
	return g != NULL ? gatekeeper_status_json(gatekeeper_server_gk(g->server)) : NULL;
}

json_t *daemon_gatekeeper_registrations_json(struct daemon_gatekeeper *g)
{
	return g != NULL ? gatekeeper_registrations_json(gatekeeper_server_gk(g->server), clock_now_ms()) : NULL;
}

void daemon_gatekeeper_free(struct daemon_gatekeeper *g, bool for_good)
{
	if (g == NULL)
		return;
	resolver_free(g->resolver);
	gatekeeper_server_free(g->server, for_good || g->store == NULL);
	store_close(g->store);
	free(g);
}
