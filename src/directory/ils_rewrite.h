/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Somebody else's ILS, reached through the gateway. What a client registers there goes
 * out with the address at which the server's realm can call it; what comes back has,
 * for people the client could not call so, the address at which it can. Each change is
 * made in the decoded message and every length around it is written anew; a message in
 * which nothing changes is passed on to the octet. What is registered so becomes a
 * binding (DIRECTORY_LEARNT) as soon as the server says success.
 *
 * What is not understood passes: after StartTLS, or under a SASL layer, this is a pipe.
 */
#ifndef PST_DIRECTORY_ILS_REWRITE_H
#define PST_DIRECTORY_ILS_REWRITE_H

#include "base/writer.h"
#include "directory/admission.h"
#include "directory/model.h"

enum {
	ILS_REWRITE_MAX = 65536, /* octets of a message that is looked into; larger ones pass as they are */
	ILS_PENDING = 4,         /* changes of one connection that wait for their answer */
};

struct ils_pending {
	int32_t id;
	uint8_t op; /* of the request; 0: free */
	uint8_t key_len;
	struct addr address; /* family 0: none was in it */
	uint8_t key[DIRECTORY_KEY_MAX];
};

struct ils_rewriter {
	struct directory *dir;
	struct directory_asker client;
	uint8_t server_realm;
	directory_realm_h *realm_of;
	void *arg;
	/* inside */
	int32_t tls_id; /* of a StartTLS request; -1: none */
	bool opaque;    /* a pipe from here on */
	uint8_t next;
	struct ils_pending pending[ILS_PENDING];
	uint64_t rewritten; /* values changed */
};

void ils_rewriter_init(struct ils_rewriter *x, struct directory *dir, const struct directory_asker *client,
	uint8_t server_realm, directory_realm_h *realm_of, void *arg);

/* MSG, one whole element from the client or from the server, to W as it is to go on. PST_E_SPACE: it does not fit, and must
 * not be sent; PST_E_NOMEM. */
PST_MUST_CHECK int ils_rewrite(struct ils_rewriter *x, bool from_client, struct pst_slice msg, uint64_t now_ms, struct writer *w);

#endif
