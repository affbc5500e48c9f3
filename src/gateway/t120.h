/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* T.120 connections of a call: followed while they are passed on, and held to the policy by application. */
#ifndef PST_GATEWAY_T120_H
#define PST_GATEWAY_T120_H

#include "gateway/gw.h"

/* Octets that came on C. PST_E_BAD, PST_E_LIMIT, PST_E_NOMEM: the connection has to be closed. */
PST_MUST_CHECK int gw_t120_octets(struct gw_conn *c, struct pst_slice octets);
/* The connection is over: what its applications moved goes into the call's account, and its memory is free. */
void gw_t120_end(struct gw_pair *p);
/* Who is there and what each application has moved, as an object; NULL when the call has had no T.120. */
json_t *gw_t120_json(const struct gw_call *call);

#endif
