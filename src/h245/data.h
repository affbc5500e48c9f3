/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The channel for T.120 beside an H.323 call (H.323 6.2.7): bidirectional, and nothing of it in H.245 but where
 * its own stack is, in separateStack.
 */
#ifndef PST_H245_DATA_H
#define PST_H245_DATA_H

#include "base/addr.h"
#include "h245/msg.h"

/* The capability: T.120 over separateLANStack. NULL when A is exhausted, as of all that is built here. */
struct h245_data_application_capability *h245_t120_build(struct arena *a);
/* Whether a capability is that. */
bool h245_is_t120(const struct h245_data_application_capability *c);

/* OpenLogicalChannel NUMBER, with AT, where we accept T.120 connections (family 0: not said). */
h245_pdu *h245_t120_olc_build(struct arena *a, uint16_t number, const struct addr *at);
/* Its ack: REVERSE is our number of it. */
h245_pdu *h245_t120_ack_build(struct arena *a, uint16_t number, uint16_t reverse, const struct addr *at);
/* Where the peer accepts them; family 0: it did not say, or no address of a kind we can use. */
void h245_t120_at(struct addr *out, const struct h245_network_access_parameters *separate_stack);

#endif
