/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The endpoint at a gatekeeper: the socket and the timer that its RAS (ras/endpoint.h) lives on. The structure is the
 * owner's and must stay until `closed` comes.
 */
#ifndef PST_ENDPOINT_GATE_H
#define PST_ENDPOINT_GATE_H

#include "call/terminal.h"
#include "endpoint/options.h"
#include "endpoint/udp.h"
#include "ras/endpoint.h"

/* ARG is the owner's; texts are literals. */
struct gate_hooks {
	/* We are registered; or WHY not. */
	void (*state)(void *arg, const char *why);
	/* The answer to gate_ask(): REFUSED NULL: admitted, a call out goes TO there. */
	void (*admitted)(void *arg, void *user, const char *refused, const struct addr *to);
	/* The gatekeeper ends the call. */
	void (*clear)(void *arg, void *user);
	/* Somebody calls and waits at TO. False: not now. */
	bool (*summoned)(void *arg, const struct addr *to, const uint8_t call_id[static 16]);
	void (*closed)(void *arg);
};

struct gate {
	uv_timer_t timer;
	struct udp_socket udp;
	struct ras_endpoint *ras;
	const char *aliases[2];
	struct gate_hooks hooks;
	void *arg;
	unsigned handles; /* to be closed */
	bool open, closing;
};

/* Registers with the gatekeeper that O names, as to be called at SIGNAL (unspecified: at the address we have towards the
 * gatekeeper), trying again every RETRY_S (0: not). Errors are said on standard error: PST_E_NOT_FOUND, PST_E_SYS, PST_E_NOMEM. */
PST_MUST_CHECK int gate_open(struct gate *g, uv_loop_t *loop, const struct options *o, const struct addr *signal,
        uint32_t retry_s, const struct gate_hooks *hooks, void *arg);
/* Ends the registration and closes; `closed` follows. Nothing happens to one that is not open. */
void gate_close(struct gate *g);
/* Asks for a call; see ras_endpoint_admit(). */
PST_MUST_CHECK int gate_ask(struct gate *g, struct ras_call **out, const struct ras_wish *wish, void *user);
/* The call, which may be NULL, is over. */
void gate_over(struct gate *g, struct ras_call *call);
/* Whether it helps through NATs (H.460.18). */
bool gate_traverses(const struct gate *g);

#endif
