/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The worker's side of the registrar: what it knows of who is registered, kept as the registrar tells it, and questions that
 * only the registrar can answer. While there is no registrar, what it said last still holds.
 */
#ifndef PST_DAEMON_REGISTERED_H
#define PST_DAEMON_REGISTERED_H

#include <jansson.h>
#include <uv.h>

#include "daemon/conf.h"
#include "registry/msg.h"

struct daemon_registered;

/* Told from inside of the functions below, and from the loop. */
struct daemon_registered_ops {
	/* A name begins (BY 1), or ceases (-1), to lead to HOST. */
	void (*host)(void *arg, const struct addr *host, int by);
	/* What the registrar has kept of a lease. */
	void (*lease)(void *arg, struct pst_slice key, struct pst_slice image);
	/* The answer to a REGISTRY_LOCATE. */
	void (*located)(void *arg, uint32_t id, const struct addr *at);
	/* The registrar has told all that it knows; it forgets nothing of leases that it is told now. */
	void (*whole)(void *arg);
	/* The way to the registrar has ended some time ago, and there is no other yet. */
	void (*lost)(void *arg);
};

/* OPS and ARG are borrowed. PST_E_NOMEM. */
PST_MUST_CHECK int daemon_registered_new(
        struct daemon_registered **out, uv_loop_t *loop, const struct daemon_registered_ops *ops, void *arg);

/* Ports of the gateway's own that stand for somebody. */
struct daemon_registered_ports {
	void (*open)(void *arg, const struct addr *local);
	void (*close)(void *arg, const struct addr *local);
	void *arg;
};
/* From now on PORTS is told which there are, first of those that there are already. */
void daemon_registered_watch_ports(struct daemon_registered *r, const struct daemon_registered_ports *ports);
/* Tells the registrar, if there is one. */
void daemon_registered_tell(struct daemon_registered *r, const struct registry_msg *m);
/* The registrar is at the other end of FD, which is taken, from now on. */
void daemon_registered_connect(struct daemon_registered *r, int fd);
/* Calls READY once, when the registrar has told all that it knows, or was waited for long enough. */
void daemon_registered_await(struct daemon_registered *r, void (*ready)(void *arg), void *arg);
/* The loop must run once more. Open questions are forgotten. NULL is allowed. */
void daemon_registered_free(struct daemon_registered *r);

/* For the gateway: struct gw_lookup, under CONF. What the registrar has told anybody is known here. A caller outside finds
 * nobody who is outside too. */
bool daemon_registered_find(
        struct daemon_registered *r, const struct conf *conf, const char *name, uint32_t realm, struct addr *host);
bool daemon_registered_find_call(struct daemon_registered *r, const struct addr *caller, struct pst_slice call_id,
        struct pst_slice conference_id, struct addr *host);

/* Whether NAME is of a domain elsewhere, and the gatekeeper has somebody to ask for it. */
bool daemon_registered_is_elsewhere(const struct conf *conf, const char *name);
bool daemon_registered_find_port(struct daemon_registered *r, const struct addr *local, struct addr *host);
bool daemon_registered_summon(struct daemon_registered *r, const struct addr *host, const uint8_t call_id[static 16],
        const struct addr *to);

/* ANSWER is the handler's, an object; NULL: the registrar does not answer. */
typedef void daemon_answer_h(void *arg, json_t *answer);
/* Calls H once, from the loop. *ID, not 0, is for daemon_registered_forget(). PST_E_LIMIT: too many questions are open;
 * PST_E_NOMEM. */
PST_MUST_CHECK int daemon_registered_ask(
        struct daemon_registered *r, enum registry_question question, daemon_answer_h *h, void *arg, uint32_t *id);
/* H is not called any more. Harmless when it was. */
void daemon_registered_forget(struct daemon_registered *r, uint32_t id);

/* {"name": "registrar", "pid" (0: it is not there), "names", "calls"}: how many it has told of. */
json_t *daemon_registered_process_json(const struct daemon_registered *r);

#endif
