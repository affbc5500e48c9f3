/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two ends of a simulated call say: messages built, sent, and read back, in one line each. */
#ifndef PST_TESTS_GATEWAY_TALK_H
#define PST_TESTS_GATEWAY_TALK_H

#include "h245/build.h"
#include "h245/channel.h"
#include "sim.h"

enum { TALK_CRV = 0x1234 };

/* One arena for a test's messages; reset by talk_init(). */
extern struct arena talk_arena;
void talk_init(void);
void talk_done(void);

struct addr talk_addr(const char *text);

/* What a message of H.225.0 carries; what is NULL or 0 is left out. */
struct talk {
	uint8_t type;			       /* enum q931_type */
	const char *h245;		       /* h245Address */
	const char *source, *dest;	       /* Setup: sourceCallSignalAddress, destCallSignalAddress */
	const char *source_alias, *dest_alias; /* as h225_alias_build() takes them */
	const char *dest_transport;	       /* destinationAddress: transportID */
	const char *alternative;	       /* Facility: alternativeAddress */
	const char *display;
	struct pst_slice fast[8];
	uint32_t n_fast;
	bool fast_refused;
	bool tunnelling;
	h245_pdu *tunnelled[4];
	uint32_t n_tunnelled;
	bool empty; /* Facility with the body "empty" */
	bool from_callee;
	void (*edit)(struct h225_msg *m); /* may be NULL: what else there is to say */
};

/* The TPKT of it, in the arena. */
struct pst_slice talk_octets(const struct talk *t);
/* Feeds it. */
void talk_say(struct sim_conn *sc, const struct talk *t);
/* Decodes the next message the gateway sent on SC; fails the test when there is none, or it is no message. */
void talk_hear(struct sim_conn *sc, struct h225_msg *m);
/* Takes it and looks only whether it is of TYPE. */
void talk_expect(struct sim_conn *sc, uint8_t type);
bool talk_silent(const struct sim_conn *sc);

/* The same for H.245 on a connection of its own. */
struct pst_slice talk_h245_octets(const h245_pdu *m);
void talk_h245(struct sim_conn *sc, const h245_pdu *m);
h245_pdu *talk_hear_h245(struct sim_conn *sc);

/* OpenLogicalChannel for G.711 u-law: MEDIA and CONTROL as text or NULL. REVERSE: as fast connect proposes to
 * receive. */
struct h245_open_logical_channel *talk_olc(
	uint16_t lcn, bool reverse, uint8_t session, const char *media, const char *control);
struct pst_slice talk_fast(struct h245_open_logical_channel *olc);
h245_pdu *talk_ack(uint16_t lcn, uint8_t session, const char *media, const char *control);
/* A T.120 channel with separateStack (none when ADDRESS is NULL). */
h245_pdu *talk_t120_olc(uint16_t lcn, const char *address);
h245_pdu *talk_t120_ack(uint16_t lcn, const char *address);

#endif
