/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/ras_proxy.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "gatekeeper/proxy_server.h"

struct daemon_ras_proxy {
	uv_loop_t *loop;
	struct daemon_tell tell;
	const struct conf *conf;
	struct ras_proxy_server *server;
	uint64_t seed;
};

/* Beside the gatekeeper's own. */
#define CALL_NUMBERS (UINT64_C(1) << 63)

static void on_named(void *arg, struct pst_slice name, uint32_t realm, const struct addr *signal)
{
	const struct daemon_ras_proxy *p = arg;
	daemon_tell_name(&p->tell, REGISTRY_OUTSIDE, name, realm, signal);
}

static void on_admitted(void *arg, const struct gatekeeper_admission *a, bool over)
{
	const struct daemon_ras_proxy *p = arg;
	daemon_tell_call(&p->tell, CALL_NUMBERS | a->number, a, over);
}

static void on_port(void *arg, const struct addr *local, const struct addr *signal)
{
	const struct daemon_ras_proxy *p = arg;
	struct registry_msg m = {.type = signal != NULL ? REGISTRY_PORT : REGISTRY_PORT_GONE, .port.local = *local};
	if (signal != NULL)
		m.port.host = *signal;
	p->tell.h(p->tell.arg, &m);
}

static int server_new(struct daemon_ras_proxy *p, struct ras_proxy_server **out)
{
	static const struct ras_proxy_server_hooks hooks = {
	        .named = on_named, .admitted = on_admitted, .port = on_port};
	const struct conf *conf = p->conf;
	const struct conf_gatekeeper *k = &conf->gatekeeper;
	struct gatekeeper_realm realms[CONF_REALMS_MAX];
	struct ras_proxy_gatekeeper list[CONF_OUTSIDE_GATEKEEPERS_MAX];
	for (uint32_t i = 0; i < conf->gw.n_realms; i++) {
		const struct gw_realm *r = &conf->gw.realms[i];
		realms[i] = (struct gatekeeper_realm){
		        r->name, r->role == GW_ROLE_INSIDE, r->address, r->networks, r->n_networks};
	}
	for (uint32_t i = 0; i < conf->ras_proxy.n_gatekeepers; i++)
		list[i] = (struct ras_proxy_gatekeeper){
		        conf->ras_proxy.gatekeepers[i].address, conf->ras_proxy.gatekeepers[i].port};
	const struct ras_proxy_config c = {.realms = realms,
	        .n_realms = conf->gw.n_realms,
	        .gatekeepers = list,
	        .n_gatekeepers = conf->ras_proxy.n_gatekeepers,
	        .signalling_port = conf->gw.signalling_port,
	        .default_ttl_s = k->ttl_ms / 1000,
	        .limits = {.registrations = k->registrations,
	                .registrations_per_source = k->registrations_per_source,
	                .requests_per_source_s = k->requests_per_source,
	                .aliases = k->aliases},
	        .seed = p->seed};
	return ras_proxy_server_new(
	        out, p->loop, &c, conf->ras_proxy.ports.first, conf->ras_proxy.ports.last, &hooks, p);
}

int daemon_ras_proxy_new(
        struct daemon_ras_proxy **out, uv_loop_t *loop, const struct conf *conf, const struct daemon_tell *tell)
{
	struct daemon_ras_proxy *p = calloc(1, sizeof *p);
	if (p == NULL)
		return PST_E_NOMEM;
	p->loop = loop;
	p->tell = *tell;
	p->conf = conf;
	if (getrandom(&p->seed, sizeof p->seed, 0) != sizeof p->seed)
		p->seed = clock_now_ns();
	const int err = server_new(p, &p->server);
	if (err != PST_OK) {
		free(p);
		return err;
	}
	*out = p;
	return PST_OK;
}

int daemon_ras_proxy_reload(struct daemon_ras_proxy *p, const struct conf *conf)
{
	struct ras_proxy_server *fresh;
	p->conf = conf;
	const int err = server_new(p, &fresh);
	if (err != PST_OK)
		return err;
	ras_proxy_server_free(p->server);
	p->server = fresh;
	return PST_OK;
}

int daemon_ras_proxy_listen_fd(struct daemon_ras_proxy *p, uint32_t service, uint32_t realm, int fd)
{
	return ras_proxy_server_listen_fd(p->server, fd, service - conf_ras_proxy_service(p->conf), realm);
}

void daemon_ras_proxy_tell_all(const struct daemon_ras_proxy *p)
{
	ras_proxy_tell_all(ras_proxy_server_proxy(p->server));
}

json_t *daemon_ras_proxy_status_json(struct daemon_ras_proxy *p)
{
	return p != NULL ? ras_proxy_status_json(ras_proxy_server_proxy(p->server)) : NULL;
}

void daemon_ras_proxy_registrations(struct daemon_ras_proxy *p, json_t *list)
{
	json_t *own = p != NULL ? ras_proxy_registrations_json(ras_proxy_server_proxy(p->server), clock_now_ms()) : NULL;
	if (own != NULL)
		json_array_extend(list, own);
	json_decref(own);
}

void daemon_ras_proxy_free(struct daemon_ras_proxy *p)
{
	if (p == NULL)
		return;
	ras_proxy_server_free(p->server);
	free(p);
}
