/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A gateway on a simulated network: connections are buffers, time is a number, media ports are the fake
 * relay's. Tests and the fuzzer drive the gateway's whole message path through it without a socket.
 */
#ifndef PST_TESTS_GATEWAY_SIM_H
#define PST_TESTS_GATEWAY_SIM_H

#include <stdio.h>

#include "gateway/gw.h"
#include "relay/fake.h"

enum { SIM_CONNS = 256, SIM_LISTENERS = 32, SIM_TIMERS = 64 };

/* One TCP connection between the gateway and somebody. */
struct sim_conn {
	struct sim *sim;
	struct gw_conn *c; /* the gateway's end; NULL: the gateway has let go of it */
	bool used, connecting, open, closed_by_gateway, aborted, paused;
	struct addr local, remote; /* local: the gateway's */
	uint8_t *out;		   /* what the gateway sent; owned */
	size_t n_out, taken;
	uint8_t *waiting; /* what the peer sent while the gateway did not read; owned */
	size_t n_waiting;
};

/* What can happen in a simulated network, as the fuzzer reads it and a test may write it down: the octet of
 * the kind, then DATA: connection, length (2), octets. CONNECTED, FAILED, HANG_UP: connection. ACCEPT:
 * listener. TIME: milliseconds (2), in tenths of a second. DIAL: which of sim_dials. PACKET: what of the
 * newest session's four flows. Connections and listeners are counted from 0, as they were made. */
enum sim_event {
	SIM_DATA,
	SIM_CONNECTED,
	SIM_FAILED,
	SIM_HANG_UP,
	SIM_ACCEPT,
	SIM_TIME,
	SIM_DIAL,
	SIM_PACKET,
	SIM_SLOW,
	SIM_EVENT_N
};

/* Peer, gateway's address, where it wanted to go. */
extern const char *const sim_dials[][3];
enum { SIM_DIALS = 10 };

struct sim_listener {
	struct gw_secondary *s; /* NULL: free */
	struct addr local;
};

struct sim {
	struct gateway gw;
	struct relay relay;
	uint64_t now_ms;
	uint16_t next_port;
	FILE *record;	   /* where to write down what happens; NULL: nowhere */
	bool refuse_sends; /* every send fails with PST_E_LIMIT */
	struct sim_conn conns[SIM_CONNS];
	struct sim_listener listeners[SIM_LISTENERS];
	struct {
		struct gw_call *call;
		uint64_t at;
	} timers[SIM_TIMERS];
};

/* inside 10.0.0.0/24 at 10.0.0.1, outside (all the rest) at 203.0.113.1; nobody is bound; generous limits,
 * standard timers. */
struct gw_config *sim_config(void);

/* CFG is copied by the gateway. Aborts the test on failure. */
void sim_init(struct sim *sim, const struct gw_config *cfg);
/* Ends all calls; returns how many media sessions the gateway forgot to close. */
uint32_t sim_done(struct sim *sim);

/* Somebody connects to the gateway at LOCAL, its signalling port or T.120's, having dialled ORIGINAL. NULL: refused. Addresses as
 * text. */
struct sim_conn *sim_dial(struct sim *sim, const char *peer, const char *local, const char *original);
/* The connection the gateway is making to REMOTE (ip:port); NULL: none. */
struct sim_conn *sim_connecting(struct sim *sim, const char *remote);
void sim_connected(struct sim_conn *sc);
void sim_connect_failed(struct sim_conn *sc);
/* Somebody connects to LOCAL, an address the gateway announced. NULL: nobody listens there, or the gateway
 * refused. */
struct sim_conn *sim_connect_to(struct sim *sim, const struct addr *local, const char *peer);
/* The peer sends, or closes. After feeding, SC->c may be NULL. */
void sim_feed(struct sim_conn *sc, struct pst_slice octets);
void sim_hang_up(struct sim_conn *sc);
/* The payload of the next TPKT the gateway sent on SC; empty when there is none. Valid until the gateway
 * sends again. */
struct pst_slice sim_take(struct sim_conn *sc);
/* Time passes; what falls due happens on the way. */
void sim_advance(struct sim *sim, uint64_t ms);
/* Do the octets of address IP (text) occur in what the gateway sent on SC, in binary or as text? */
bool sim_sent_address(const struct sim_conn *sc, const char *ip);
/* Open pinholes of all kinds: flows set in the relay, and listeners. */
unsigned sim_flows(const struct sim *sim);
unsigned sim_listening(const struct sim *sim);

#endif
