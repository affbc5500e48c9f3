/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/registrar.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/child.h"
#include "daemon/directory.h"
#include "daemon/gatekeeper.h"
#include "daemon/leased.h"
#include "daemon/link.h"
#include "daemon/ras_proxy.h"

struct registrar {
	struct daemon_child child;
	struct daemon_directory *directory;   /* NULL: not served */
	struct daemon_gatekeeper *gatekeeper; /* likewise */
	struct daemon_ras_proxy *ras_proxy;   /* likewise */
	struct daemon_leased *leased;         /* NULL: before the first configuration */
	struct daemon_link *worker;           /* NULL: there is none */
	bool begun; /* it is told of changes, as it is or will be told what was before */
};

/* ---- what the worker is told ---- */

static void tell(void *arg, const struct registry_msg *m)
{
	const struct registrar *r = arg;
	if (r->worker != NULL && r->begun)
		daemon_link_send(r->worker, m);
}

static void tell_all(struct registrar *r)
{
	if (r->worker == NULL)
		return;
	daemon_link_bulk_begin(r->worker);
	r->begun = true;
	tell(r, &(struct registry_msg){.type = REGISTRY_BEGIN, .id = (uint32_t)getpid()});
	daemon_leased_tell_all(r->leased, &(struct daemon_tell){tell, r});
	if (r->gatekeeper != NULL)
		daemon_gatekeeper_tell_all(r->gatekeeper);
	if (r->directory != NULL)
		daemon_directory_tell_all(r->directory);
	if (r->ras_proxy != NULL)
		daemon_ras_proxy_tell_all(r->ras_proxy);
	tell(r, &(struct registry_msg){.type = REGISTRY_ALL});
	daemon_link_bulk_end(r->worker);
}

/* ---- what it asks ---- */

static void answer_text(struct registrar *r, uint32_t id, struct pst_slice text)
{
	struct registry_msg m = {.type = REGISTRY_ANSWER, .id = id};
	daemon_link_bulk_begin(r->worker);
	do {
		const size_t n = text.n < REGISTRY_TEXT_MAX ? text.n : REGISTRY_TEXT_MAX;
		m.text = slice_of(text.p, n);
		text = slice_of(text.p + n, text.n - n);
		m.last = text.n == 0;
		daemon_link_send(r->worker, &m);
	} while (text.n > 0);
	daemon_link_bulk_end(r->worker);
}

static json_t *status(const struct registrar *r)
{
	json_t *o = json_object();
	if (r->directory != NULL)
		json_object_set_new(o, "directory", daemon_directory_status_json(r->directory));
	if (r->gatekeeper != NULL)
		json_object_set_new(o, "gatekeeper", daemon_gatekeeper_status_json(r->gatekeeper));
	if (r->ras_proxy != NULL)
		json_object_set_new(o, "ras_proxy", daemon_ras_proxy_status_json(r->ras_proxy));
	return o;
}

static json_t *registrations(const struct registrar *r)
{
	if (r->gatekeeper == NULL && r->ras_proxy == NULL)
		return json_pack("{s:s}", "error", "there is no gatekeeper; gatekeeper.serve is off");
	json_t *list = r->gatekeeper != NULL ? daemon_gatekeeper_registrations_json(r->gatekeeper) : json_array();
	daemon_ras_proxy_registrations(r->ras_proxy, list);
	return json_pack("{s:o}", "registrations", list);
}

static void answer(struct registrar *r, const struct registry_msg *ask)
{
	static const char too_much[] = "{\"error\": \"that is too much to list\"}";
	json_t *o = ask->question == REGISTRY_Q_STATUS ? status(r) : registrations(r);
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(o);
	const bool fits = text != NULL && strlen(text) <= REGISTRY_ANSWER_MAX;
	answer_text(r, ask->id, slice_str(fits ? text : too_much));
	free(text);
}

static int on_message(void *arg, const struct registry_msg *m)
{
	struct registrar *r = arg;
	switch (m->type) {
	case REGISTRY_ASK: answer(r, m); return PST_OK;
	case REGISTRY_SUMMON:
		if (!m->call.has_call_id)
			return PST_E_BAD;
		if (r->gatekeeper != NULL)
			daemon_gatekeeper_summon(r->gatekeeper, &m->call.dest, m->call.call_id, &m->call.caller);
		return PST_OK;
	case REGISTRY_LOCATE:
		if (r->gatekeeper != NULL)
			daemon_gatekeeper_locate(r->gatekeeper, m->id, m->name.name);
		else
			tell(r, &(struct registry_msg){.type = REGISTRY_LOCATED, .id = m->id});
		return PST_OK;
	case REGISTRY_LEASE:
		/* it tells again of all when we have told it of all */
		if (r->leased != NULL)
			daemon_leased_keep(r->leased, &m->lease);
		return PST_OK;
	default: return PST_E_BAD;
	}
}

static void on_lost(void *arg)
{
	struct registrar *r = arg;
	daemon_link_free(r->worker);
	r->worker = NULL;
}

static void on_peer(void *arg, enum daemon_process peer, int fd)
{
	static const struct daemon_link_ops ops = {on_message, on_lost};
	struct registrar *r = arg;
	if (peer != DAEMON_WORKER) {
		close(fd);
		return;
	}
	daemon_link_free(r->worker);
	r->worker = NULL;
	r->begun = false;
	if (r->gatekeeper != NULL)
		daemon_gatekeeper_new_asker(r->gatekeeper);
	if (daemon_link_new(&r->worker, &r->child.loop, fd, &ops, r) != PST_OK) {
		log_error("daemon", "no way to the worker: out of memory");
		r->worker = NULL;
	} else if (r->child.conf != NULL) {
		tell_all(r);
	}
}

/* ---- a configuration into use ---- */

static bool serves(const struct conf *c, uint32_t service)
{
	return conf_service_of_registrar(c, service);
}

static unsigned may(const struct conf *c, const char **folder, char path[static CONF_STATE_PATH_MAX])
{
	*folder = conf_directory_folder(c, path);
	return PRIV_SANDBOX_NET | PRIV_SANDBOX_THREADS; /* a thread writes the store */
}

/* The directory begins, goes on or ends as the configuration says. */
static int directory_over(struct registrar *r, const struct conf *c)
{
	const struct daemon_tell to = {tell, r};
	if (c->directory.on && r->directory != NULL)
		return daemon_directory_reload(r->directory, c);
	if (c->directory.on)
		return daemon_directory_new(&r->directory, &r->child.loop, c, &to, r->leased);
	daemon_directory_free(r->directory);
	r->directory = NULL;
	return PST_OK;
}

/* So does the gatekeeper. */
static int gatekeeper_over(struct registrar *r, const struct conf *c)
{
	const struct daemon_tell to = {tell, r};
	if (c->gatekeeper.on && r->gatekeeper != NULL)
		return daemon_gatekeeper_reload(r->gatekeeper, c);
	if (c->gatekeeper.on)
		return daemon_gatekeeper_new(&r->gatekeeper, &r->child.loop, c, &to, r->leased);
	daemon_gatekeeper_free(r->gatekeeper, true);
	r->gatekeeper = NULL;
	return PST_OK;
}

/* And the endpoints of gatekeepers outside. */
static int ras_proxy_over(struct registrar *r, const struct conf *c)
{
	const struct daemon_tell to = {tell, r};
	if (c->ras_proxy.n_gatekeepers > 0 && r->ras_proxy != NULL)
		return daemon_ras_proxy_reload(r->ras_proxy, c);
	if (c->ras_proxy.n_gatekeepers > 0)
		return daemon_ras_proxy_new(&r->ras_proxy, &r->child.loop, c, &to);
	daemon_ras_proxy_free(r->ras_proxy);
	r->ras_proxy = NULL;
	return PST_OK;
}

static int on_take(void *arg, struct conf *c)
{
	struct registrar *r = arg;
	int err = r->leased == NULL ? daemon_leased_new(&r->leased) : PST_OK;
	if (err == PST_OK)
		err = daemon_leased_take(r->leased, c);
	if (err == PST_OK)
		err = directory_over(r, c);
	if (err == PST_OK)
		err = gatekeeper_over(r, c);
	if (err == PST_OK)
		err = ras_proxy_over(r, c);
	/* before anybody can register: whoever does is told of after what was there */
	if (err == PST_OK)
		tell_all(r);
	return err;
}

static int on_listen(void *arg, uint32_t service, uint32_t realm, uint32_t interface, int fd)
{
	struct registrar *r = arg;
	if (service >= conf_ras_proxy_service(r->child.next))
		return daemon_ras_proxy_listen_fd(r->ras_proxy, service, realm, fd);
	if (service >= conf_ras_service(r->child.next))
		return daemon_gatekeeper_listen_fd(r->gatekeeper, service, realm, interface, fd);
	return daemon_directory_listen_fd(r->directory, service, fd);
}

static void on_finish(void *arg)
{
	struct registrar *r = arg;
	daemon_directory_free(r->directory);
	daemon_gatekeeper_free(r->gatekeeper, false);
	daemon_ras_proxy_free(r->ras_proxy);
	daemon_link_free(r->worker);
	r->directory = NULL;
	r->gatekeeper = NULL;
	r->ras_proxy = NULL;
	r->worker = NULL;
}

int registrar_main(int sock, const struct daemon_debug *debug)
{
	static const struct daemon_child_ops ops = {
	        .name = "registrar",
	        .serves = serves,
	        .may = may,
	        .take = on_take,
	        .listen = on_listen,
	        .peer = on_peer,
	        .finish = on_finish,
	};
	struct registrar r = {.worker = NULL};
	r.child = (struct daemon_child){.ops = &ops, .arg = &r, .debug = *debug};
	const int status = daemon_child_run(&r.child, sock);
	daemon_leased_free(r.leased); /* the directory lets go of it while its connections end */
	return status;
}
