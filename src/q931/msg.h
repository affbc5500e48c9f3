/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Q.931 messages as H.225.0 clause 7 uses them on TCP:
 *
 *     08 | 02 | flag and call reference (2) | type | information elements
 *
 * Elements keep their order and their contents, so that encoding what was
 * decoded gives the same octets. Elements are "id length contents", single
 * octets (bit 8 set), or user-user with a length of two octets. The slices of a
 * decoded message borrow from the message.
 */
#ifndef PST_Q931_MSG_H
#define PST_Q931_MSG_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

enum { Q931_PD = 0x08, Q931_CRV_MAX = 0x7fff, Q931_IES_MAX = 48 };

/* Q.931 table 4-2, H.225.0 table 1 */
enum q931_type {
	Q931_ALERTING = 0x01,
	Q931_CALL_PROCEEDING = 0x02,
	Q931_PROGRESS = 0x03,
	Q931_SETUP = 0x05,
	Q931_CONNECT = 0x07,
	Q931_SETUP_ACKNOWLEDGE = 0x0d,
	Q931_CONNECT_ACKNOWLEDGE = 0x0f,
	Q931_USER_INFORMATION = 0x20,
	Q931_DISCONNECT = 0x45,
	Q931_RELEASE = 0x4d,
	Q931_RELEASE_COMPLETE = 0x5a,
	Q931_FACILITY = 0x62,
	Q931_NOTIFY = 0x6e,
	Q931_STATUS_INQUIRY = 0x75,
	Q931_INFORMATION = 0x7b,
	Q931_STATUS = 0x7d,
};

/* Q.931 table 4-3 */
enum q931_ie_id {
	Q931_IE_BEARER_CAPABILITY = 0x04,
	Q931_IE_CAUSE = 0x08,
	Q931_IE_CALL_STATE = 0x14,
	Q931_IE_FACILITY = 0x1c,
	Q931_IE_PROGRESS = 0x1e,
	Q931_IE_NOTIFICATION = 0x27,
	Q931_IE_DISPLAY = 0x28,
	Q931_IE_DATE_TIME = 0x29,
	Q931_IE_KEYPAD = 0x2c,
	Q931_IE_SIGNAL = 0x34,
	Q931_IE_CONNECTED_NUMBER = 0x4c,
	Q931_IE_CALLING_NUMBER = 0x6c,
	Q931_IE_CALLING_SUBADDRESS = 0x6d,
	Q931_IE_CALLED_NUMBER = 0x70,
	Q931_IE_CALLED_SUBADDRESS = 0x71,
	Q931_IE_REDIRECTING_NUMBER = 0x74,
	Q931_IE_USER_USER = 0x7e,
	Q931_IE_SENDING_COMPLETE = 0xa1,
};

struct q931_ie {
	uint8_t id;         /* a single-octet element: the whole octet, bit 8 set */
	uint8_t codeset;    /* in force at this element, 0 unless it was shifted */
	struct pst_slice v; /* contents; empty for a single octet */
};

struct q931_msg {
	uint8_t pd;
	uint8_t type; /* enum q931_type, or any other */
	bool flag;    /* false: sent by the side that chose the reference */
	uint16_t crv; /* call reference, 0: global */
	uint16_t n;
	struct q931_ie ie[Q931_IES_MAX];
};

/* Decodes one message, the payload of a TPKT. PST_E_SHORT; PST_E_BAD: another protocol discriminator or a call
 * reference that is not two octets long; PST_E_LIMIT: more than Q931_IES_MAX elements. On an error *AT (may be
 * NULL) is the offset of what is wrong. */
PST_MUST_CHECK int q931_decode(struct q931_msg *m, struct pst_slice octets, size_t *at);
/* Writes the message, elements in their order. PST_E_SPACE; PST_E_RANGE: contents too long for their length field. */
PST_MUST_CHECK int q931_encode(const struct q931_msg *m, struct writer *w);
/* Writes contents of an element; the return is the encoder's. */
typedef int(q931_contents_h)(void *arg, struct writer *w);
/* The same, but the contents of the first user-user element are written by H instead of those it has. */
PST_MUST_CHECK int q931_encode_uu(const struct q931_msg *m, q931_contents_h *h, void *arg, struct writer *w);

/* An empty message. FLAG: see struct q931_msg. */
void q931_init(struct q931_msg *m, uint8_t type, uint16_t crv, bool flag);
/* The first element of codeset 0 with this id, or NULL. */
const struct q931_ie *q931_find(const struct q931_msg *m, uint8_t id);
/* Replaces the contents of the first such element in its place; where there is none, adds it in ascending order
 * of ids (Q.931 4.5.1). Contents are borrowed. PST_E_LIMIT: no room for another element. */
PST_MUST_CHECK int q931_set(struct q931_msg *m, uint8_t id, struct pst_slice contents);
/* Adds an element of codeset 0 at the end, whatever the order. PST_E_LIMIT. */
PST_MUST_CHECK int q931_append(struct q931_msg *m, uint8_t id, struct pst_slice contents);
/* Removes all elements of codeset 0 with this id; returns how many. */
int q931_remove(struct q931_msg *m, uint8_t id);

/* "Setup", "CallProceeding"...; "?" for others. */
const char *q931_type_name(uint8_t type);
/* A short English phrase for a cause of Q.850 ("user busy" for 17), never NULL. */
const char *q931_cause_name(uint8_t cause);

#endif
