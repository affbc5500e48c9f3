/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The message bodies of H323-UU-PDU have much in common but no common type:
 * one table says where each has its h245Address, fastStart and the like, so
 * that nobody else needs a switch over thirteen bodies.
 */
#ifndef PST_H225_BODY_H
#define PST_H225_BODY_H

#include "h225/msg.h"

/* The body that belongs to a Q.931 message type (H.225.0 7.3 to 7.6), an H225_H323_UU_PDU_H323_MESSAGE_BODY_
 * constant; ASN1_UNKNOWN where there is none. */
uint32_t h225_body_of_type(uint8_t q931_type);
/* The reverse; 0 for none. "empty" goes with Facility. */
uint8_t h225_type_of_body(uint32_t choice);

/* A zeroed body for the message type, allocated in A, its mandatory protocolIdentifier and callIdentifier valid.
 * PST_E_ARG: the type has none; PST_E_NOMEM. */
PST_MUST_CHECK int h225_body_new(struct h225_h323_uu_pdu_h323_message_body *body, uint8_t q931_type, uint8_t version,
	struct arena *a);

/* What bodies have in common; absent members are NULL, empty, false. Borrows from the message. */
struct h225_common {
	struct pst_slice protocol_identifier;
	struct pst_slice call_id; /* 16 octets, or none */
	const struct h225_transport_address *h245_address;
	const struct h225_endpoint_type *endpoint; /* sourceInfo, destinationInfo */
	bool has_fast_start;
	uint32_t n_fast_start;
	struct pst_slice *fast_start;
	bool fast_connect_refused;
};

void h225_common_read(const struct h225_h323_uu_pdu_h323_message_body *body, struct h225_common *out);
/* Setters return PST_E_UNSUPPORTED where the body has no such component. What is pointed to is borrowed. */
PST_MUST_CHECK int h225_set_h245_address(struct h225_h323_uu_pdu_h323_message_body *body,
	struct h225_transport_address *ta);
/* N 0 removes it. */
PST_MUST_CHECK int h225_set_fast_start(struct h225_h323_uu_pdu_h323_message_body *body, uint32_t n,
	struct pst_slice *octets);
PST_MUST_CHECK int h225_set_fast_connect_refused(struct h225_h323_uu_pdu_h323_message_body *body, bool refused);
/* ID: 16 octets. Allocates in A. */
PST_MUST_CHECK int h225_set_call_id(struct h225_h323_uu_pdu_h323_message_body *body, struct pst_slice id,
	struct arena *a);
/* The version of a protocolIdentifier { 0 0 8 2250 0 v }; 0 where it is no such thing. */
uint8_t h225_version(struct pst_slice protocol_identifier);

#endif
