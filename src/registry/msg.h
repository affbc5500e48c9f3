/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages between the registrar, which knows who is registered and what calls were admitted, and the worker, which
 * decides by it where a call goes. A packet of a SOCK_SEQPACKET pair holds one message after the other:
 *
 *	registrar: BEGIN, all that there is as LEASE, NAME, CALL and PORT, ALL; from then on each change of the last three,
 *	           before whoever asked for it is answered
 *	worker:    ASK, answered by as many ANSWERs as the text needs; LOCATE, answered by one LOCATED; SUMMON; each change
 *	           of a LEASE, and all of them after ALL, for the registrar to keep
 *
 * Each side reads them as what a stranger sends. Pure.
 */
#ifndef PST_REGISTRY_MSG_H
#define PST_REGISTRY_MSG_H

#include "base/addr.h"
#include "base/reader.h"
#include "base/writer.h"

enum {
	REGISTRY_PACKET_MAX = 16384, /* octets */
	REGISTRY_MSG_MAX = 4096,     /* of one message, encoded */
	REGISTRY_NAME_MAX = 1023,
	REGISTRY_LEASE_MAX = 64,     /* of what is kept of a lease, and of its key */
	REGISTRY_TEXT_MAX = 4000,    /* of an ANSWER's part of the text */
	REGISTRY_ANSWER_MAX = 4 << 20, /* of the whole text */
};

enum registry_type {
	REGISTRY_BEGIN = 1, /* id: the registrar's process; forget what was before, with the ALL that follows */
	REGISTRY_NAME,      /* name: registered, in place of what that name was */
	REGISTRY_NAME_GONE, /* name: space and name */
	REGISTRY_CALL,      /* call: admitted, in place of what had that number */
	REGISTRY_CALL_GONE, /* call: number */
	REGISTRY_ALL,       /* now all is there */
	REGISTRY_ANSWER,    /* id, last, text */
	REGISTRY_ASK,       /* id, question */
	REGISTRY_PORT,      /* port: calls to it are for that host */
	REGISTRY_PORT_GONE, /* port: local */
	REGISTRY_SUMMON,    /* call: who is at dest shall connect to caller, for the call of that callIdentifier */
	REGISTRY_LEASE,     /* lease */
	REGISTRY_LOCATE,    /* id, name: who takes calls for it, of a domain elsewhere? */
	REGISTRY_LOCATED,   /* id, port: host, family 0: nobody */
};

/* Names of different spaces do not collide: aliases of the gatekeeper, people of the directory, who registered in somebody
 * else's directory through the gateway, aliases that a gatekeeper outside gave to who is inside; and, by their addresses,
 * endpoints that nobody can connect to (H.460.18). */
enum registry_space {
	REGISTRY_ALIAS,
	REGISTRY_PERSON,
	REGISTRY_LEARNT,
	REGISTRY_OUTSIDE,
	REGISTRY_BEHIND,
	REGISTRY_SPACES
};

/* The worker's questions; the answer is JSON. */
enum registry_question { REGISTRY_Q_STATUS, REGISTRY_Q_REGISTRATIONS, REGISTRY_QUESTIONS };

struct registry_name {
	enum registry_space space;
	uint8_t realm;         /* of who registered it */
	struct addr host;      /* where calls for it go; family 0: nowhere */
	struct pst_slice name; /* 1..REGISTRY_NAME_MAX octets, compared without ASCII case */
};

struct registry_call {
	uint64_t number;
	struct addr caller, dest; /* caller: port unused */
	bool has_call_id, has_conference_id;
	uint8_t call_id[16], conference_id[16];
};

/* A port of the gateway's own that stands for a host. */
struct registry_port {
	struct addr local; /* with port */
	struct addr host;  /* family 0: for nobody yet */
};

/* Opaque here: see lease/lease.h. */
struct registry_lease {
	struct pst_slice key, image; /* 1..REGISTRY_LEASE_MAX octets; 0: forget it, up to the same */
	bool live;                   /* callers reach its address */
};

struct registry_msg {
	enum registry_type type;
	uint32_t id;
	bool last;
	enum registry_question question;
	struct registry_name name;
	struct registry_call call;
	struct registry_port port;
	struct registry_lease lease;
	struct pst_slice text; /* 0..REGISTRY_TEXT_MAX octets */
};

/* PST_E_SPACE; PST_E_ARG: not a message that could be read. W is as it was. */
PST_MUST_CHECK int registry_msg_encode(const struct registry_msg *m, struct writer *w);
/* Takes the next message. What it points to is the reader's. PST_E_BAD: unknown type; PST_E_SHORT; PST_E_RANGE: a field
 * outside what it can be. */
PST_MUST_CHECK int registry_msg_decode(struct registry_msg *m, struct reader *r);

#endif
