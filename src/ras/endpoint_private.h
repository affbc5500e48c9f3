/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of an endpoint's RAS share. */
#ifndef PST_RAS_ENDPOINT_PRIVATE_H
#define PST_RAS_ENDPOINT_PRIVATE_H

#include "ras/answers.h"
#include "ras/endpoint.h"
#include "ras/request.h"

enum { RAS_ID_MAX = 256, RAS_DATAGRAM_MAX = 4096, RAS_VERSION = 4 };

struct ras_pending {
	struct ras_request request;
	struct ras_call *call; /* of an ARQ or DRQ */
	uint64_t due_ms;
	struct ras_pending *prev, *next;
	size_t n;
	uint8_t octets[];
};

struct ras_endpoint {
	struct ras_endpoint_config cfg;
	struct ras_endpoint_ops ops;
	void *arg;
	struct arena in, out;
	struct ras_client client;
	struct ras_answers answers;
	struct ras_pending *pending;
	struct ras_call *calls;
	uint32_t n_calls;
	uint16_t seq;
	uint64_t now_ms, wall_s;
	uint64_t refresh_due, retry_due; /* 0: not */
	bool traverses, answers_granted; /* calls in need no admission */
	size_t n_id, n_gatekeeper_id;
	uint8_t id[RAS_ID_MAX], gatekeeper_id[RAS_ID_MAX]; /* as BMP strings */
};

/* The names that are ours. *N is their number. NULL: memory is out. */
struct h225_alias_address *ras_endpoint_aliases(struct ras_endpoint *e, uint32_t *n);
/* The list of one address of ours. */
struct h225_transport_address *ras_endpoint_address(struct ras_endpoint *e, const struct addr *a);
/* endpoint_build.c: sends the request, which is repeated until it is answered. PST_E_NOMEM, and as of the encoder. */
PST_MUST_CHECK int ras_endpoint_send_grq(struct ras_endpoint *e);
PST_MUST_CHECK int ras_endpoint_send_rrq(struct ras_endpoint *e, bool light);
PST_MUST_CHECK int ras_endpoint_send_urq(struct ras_endpoint *e);
PST_MUST_CHECK int ras_endpoint_send_arq(struct ras_endpoint *e, struct ras_call *call, const struct ras_wish *wish);
PST_MUST_CHECK int ras_endpoint_send_drq(struct ras_endpoint *e, struct ras_call *call);
/* endpoint.c */
PST_MUST_CHECK int ras_endpoint_start(
	struct ras_endpoint *e, enum ras_kind kind, struct h225_ras_message *m, struct ras_call *call);
void ras_endpoint_client(struct ras_endpoint *e, enum ras_client_event event, uint32_t ttl_s, const char *why);
/* endpoint_asked.c: M, which OCTETS are, is a request of the gatekeeper. */
void ras_endpoint_asked(struct ras_endpoint *e, enum ras_kind kind, const struct h225_ras_message *m, struct pst_slice octets);
/* Reports CALL, unasked. */
void ras_endpoint_report(struct ras_endpoint *e, struct ras_call *call);

#endif
