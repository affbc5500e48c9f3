/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Exchanges with the ILS as text: each request and each answer with its octets. The golden file is compared with it;
 * POSTERN_GOLDEN_UPDATE=1 writes it anew.
 */
#ifndef PST_TESTS_DIRECTORY_TRANSCRIPT_H
#define PST_TESTS_DIRECTORY_TRANSCRIPT_H

#include <stdio.h>

#include "directory/ils.h"

struct transcript {
	FILE *out;
	char *text;
	size_t n;
	struct directory *dir;
	struct directory_policy policy;
	struct ils ils;
	struct ils_session session;
	uint64_t now_ms;
	int32_t id;
};

void transcript_open(struct transcript *t, const struct directory_config *cfg);
void transcript_close(struct transcript *t);
void say(struct transcript *t, const char *text);
/* A new connection from ADDRESS in REALM. */
void connect_from(struct transcript *t, uint8_t realm, const char *address);
/* Sends M (its id is given here) and writes down what comes back. Returns the last answer's code. */
int32_t ask(struct transcript *t, struct ldap_msg *m);
int32_t ask_octets(struct transcript *t, struct pst_slice octets);

int32_t bind_as(struct transcript *t, int32_t version);
int32_t search(struct transcript *t, const char *base, enum ldap_scope scope, const struct ldap_filter *f, const char *attrs);
/* ATTRS: "name=value" each, several of one name beside each other become its values; NULL ends. */
int32_t add(struct transcript *t, const char *dn, const char *const *attrs);
int32_t modify(struct transcript *t, const char *dn, enum ldap_mod_op op, const char *const *attrs);
int32_t delete_entry(struct transcript *t, const char *dn);
int32_t unbind(struct transcript *t);

struct ldap_filter equals(const char *attr, const char *value);
/* The NetMeeting log-on, the 15 attributes of MS-TAIL 4.1 and the application. */
int32_t log_on(struct transcript *t, const char *mail, const char *sipaddress);

#endif
