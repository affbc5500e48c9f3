/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policy: whether a call that has a way may go it, and what it may carry. Rules in order, the first that matches decides.
 * Besides them, one thing always holds: who is outside and known to nobody is led to nobody outside, whatever names and
 * defaults say. Pure; it says which rule matched and why the ones before did not.
 */
#ifndef PST_GATEWAY_POLICY_H
#define PST_GATEWAY_POLICY_H

#include "gateway/route.h"

struct gw_policy_ask {
	const struct gw_realm *from;
	struct addr caller;
	const struct gw_route *route; /* one that leads somewhere */
	const struct h225_msg *setup; /* names of both; NULL: there are none */
	const char *caller_name, *called_name; /* besides the Setup's; NULL: none */
	/* Told of each step in turn, as printable text; NULL: nobody is. */
	void (*step)(void *arg, const char *text);
	void *arg;
};

struct gw_policy {
	bool allow;
	const struct gw_rule *rule; /* that decided; NULL: none matched, or no rule was asked */
	const char *why;	    /* static text, when it is refused */
	uint8_t media;		    /* GW_MEDIA_ bits it may carry */
};

void gw_policy_find(struct gw_policy *p, const struct gw_config *cfg, const struct gw_policy_ask *ask);

/* Whether NAME matches PATTERN: '*' any number of characters, '?' one, without case. */
bool gw_policy_matches(const char *pattern, const char *name);

#endif
