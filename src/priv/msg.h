/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages between the monitor and a child over a SOCK_SEQPACKET pair: one message
 * per packet, fixed fields per type, at most one descriptor beside it. No text
 * crosses: realms, interfaces, pools and files are named by their number in a
 * configuration that both sides hold (its generation is sent along). Of addresses
 * only virtual ones do, which have to be of a pool.
 *
 *	 0      1 .. 4      then, as the type says, each in network order
 *	+------+----------+-----------------------------------------------+
 *	| type | id       | generation, realm, interface, file, status .. |
 *	+------+----------+-----------------------------------------------+
 */
#ifndef PST_PRIV_MSG_H
#define PST_PRIV_MSG_H

#include "base/addr.h"
#include "base/err.h"
#include "base/reader.h"
#include "base/writer.h"

enum { PRIV_MSG_MAX = 64, PRIV_NO_INTERFACE = 0xffff, PRIV_CHILDREN_MAX = 4 };

enum priv_type {
	/* a child asks; each is answered by one PRIV_REPLY with the same id */
	PRIV_BIND = 1, /* generation, realm, interface (or PRIV_NO_INTERFACE), service -> listening TCP socket */
	PRIV_FW_APPLY, /* generation: make the firewall what that configuration says */
	PRIV_FW_REMOVE,
	PRIV_CONTROL,    /* -> listening control socket */
	/* generation: put the relay's programs to that configuration's interfaces -> as service says, their flow table or
	 * the ring of what they hand over */
	PRIV_RELAY,
	PRIV_OPEN_STATE, /* file -> a file of the state directory, for reading and writing */
	/* a child tells */
	PRIV_CONFIG_DONE, /* generation, status: it is in use, or why not and this process ends */
	PRIV_REPORT,      /* calls, pinholes; also the sign of life */
	/* the monitor tells */
	PRIV_REPLY,  /* id, status (enum pst_err), errno; a descriptor where the verb gives one */
	PRIV_CONFIG, /* generation; with a descriptor of the text */
	PRIV_STOP,   /* end the calls, then the process */
	/* and what came later */
	PRIV_PREPARED, /* a child tells: generation, status: all that it needs for the configuration is there, or why not */
	PRIV_COMMIT,   /* the monitor tells: generation; take into use what is prepared */
	PRIV_ABORT,    /* generation; forget it, another could not */
	PRIV_PEER,     /* peer; with a socket that leads to that child. The one before it, if any, leads nowhere any more */
	/* virtual addresses: a child asks */
	PRIV_ADDRESS_ON,    /* generation, realm, pool, address: answer for it; fine where it is so already */
	PRIV_ADDRESS_OFF,   /* address: not any more */
	PRIV_ADDRESS_BEGIN, /* it will ask for all that it wants now, and say PRIV_ADDRESS_END: */
	PRIV_ADDRESS_END,   /* what was not asked for since goes */
	PRIV_MEET, /* a child asks: peer: a new way to it, as the one there was has ended; PRIV_PEER brings it */
};

/* What of the kernel's relay. */
enum priv_relay { PRIV_RELAY_TABLE, PRIV_RELAY_RING };

/* Files of the state directory. */
enum priv_file { PRIV_FILE_LEASES, PRIV_N_FILES };

struct priv_msg {
	enum priv_type type;
	uint32_t id;
	uint32_t generation;
	uint16_t realm;
	uint16_t interface;
	uint8_t service; /* 0: call signalling; then the ports of the directory, as the configuration lists them. Of PRIV_RELAY: enum priv_relay */
	uint8_t file; /* enum priv_file */
	uint16_t pool; /* by the number of the configuration */
	struct addr address; /* without port */
	uint8_t peer; /* below PRIV_CHILDREN_MAX: who is at the other end */
	int32_t status;
	int32_t sys_errno;
	uint32_t calls;
	uint32_t pinholes;
};

/* Whether a message of TYPE comes from a child. */
bool priv_msg_from_child(enum priv_type type);
const char *priv_msg_name(enum priv_type type);

/* PST_E_SPACE, PST_E_ARG (unknown type). */
PST_MUST_CHECK int priv_msg_encode(const struct priv_msg *m, struct writer *w);
/* PST_E_BAD: unknown type, or anything left over; PST_E_SHORT; PST_E_RANGE: a field outside what it can be.
 */
PST_MUST_CHECK int priv_msg_decode(struct priv_msg *m, struct pst_slice data);

/* Sends M, with FD beside it unless that is -1 (FD stays the caller's). PST_E_BUSY: the other side does not
 * read; PST_E_SYS. */
PST_MUST_CHECK int priv_msg_send(int sock, const struct priv_msg *m, int fd);
/* Takes the next message. *FD is -1 or a descriptor that is the caller's now. PST_E_AGAIN: nothing there (a
 * non-blocking socket); PST_E_NOT_FOUND: the other side is gone; PST_E_SYS; all else: it sent what is no
 * message. */
PST_MUST_CHECK int priv_msg_recv(int sock, struct priv_msg *m, int *fd);

#endif
