/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Follows one T.120 connection as a relay sees it, both ways: who is in the conference, which
 * applications, which channel carries what, octets per application. What a policy refuses is
 * refused in the protocol, so that the rest of the conference goes on: its registration is answered
 * with "invalidRequester", it is left out of rosters and invitations, its data goes no further.
 * Pure: octets in, octets out by a callback. What passes is handed on where it lies.
 *
 * Control of what an application shares is told from sharing by its PDUs, in T.128's legacy form and in NetMeeting's (S20).
 * S20 and NetMeeting's chat are known by what they say, as their keys are not published.
 *
 * It sees one connection, not the domain: applications are known from the rosters and registry
 * answers that pass here, so their first data may belong to nobody yet (T124_APP_UNKNOWN).
 */
#ifndef PST_CONFERENCE_FOLLOW_H
#define PST_CONFERENCE_FOLLOW_H

#include "t124/key.h"

/* Directions: from the side that opened the connection, and to it. */
enum follow_dir { FOLLOW_FORWARD, FOLLOW_BACKWARD, FOLLOW_DIRS };

enum { FOLLOW_NAME_MAX = 96 };

struct follow_config {
	/* Bits of enum t124_app: what may be offered and may send in each direction. T124_APP_UNKNOWN is what
	 * cannot be told apart. */
	uint32_t allow[FOLLOW_DIRS];
	/* Octets of one file; 0: no limit. The offer of a larger one is rejected, what is sent past it goes no further. */
	uint64_t file_limit;
	/* What is no T.120 (TLS, RDP) is passed as it is; else it is an error. */
	bool pass_opaque;
	/* Octets to send on in direction DIR; borrowed. May be called several times for one feed. */
	void (*emit)(void *arg, enum follow_dir dir, struct pst_slice octets);
	/* A line for a ladder, like "conferenceJoinRequest \"1\"". May be NULL. */
	void (*note)(void *arg, enum follow_dir dir, const char *text);
	void *arg;
};

struct follow_node {
	uint16_t id;
	char name[FOLLOW_NAME_MAX]; /* UTF-8 as sent: escape before printing */
};

struct follow_app {
	enum t124_app app;
	unsigned users; /* enrolled now */
	uint64_t octets[FOLLOW_DIRS];
	uint64_t pdus[FOLLOW_DIRS];
	uint64_t refused; /* PDUs not sent on */
};

struct follow;

#define FOLLOW_ALL UINT32_MAX

/* PST_E_NOMEM. */
PST_MUST_CHECK int follow_new(struct follow **out, const struct follow_config *config);
void follow_free(struct follow *f);
/* What arrived from one side. PST_E_BAD: no T.120, and opaque octets may not pass; PST_E_LIMIT, PST_E_NOMEM:
 * close the connection. */
PST_MUST_CHECK int follow_octets(struct follow *f, enum follow_dir dir, struct pst_slice octets);

/* The conference's name, "" when not known. */
const char *follow_conference(const struct follow *f);
/* Node I, from 0; false behind the last. */
bool follow_node(const struct follow *f, unsigned i, struct follow_node *out);
/* What is known of one application. */
void follow_app(const struct follow *f, enum t124_app app, struct follow_app *out);
/* The application that a channel carries. */
enum t124_app follow_channel_app(const struct follow *f, uint16_t channel);
/* True when it is not T.120 and passes unread. */
bool follow_is_opaque(const struct follow *f);

#endif
