/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The contents of the Q.931 elements that H.323 uses: views of what was
 * decoded, and builders into a caller's buffer. Views borrow.
 */
#ifndef PST_Q931_IE_H
#define PST_Q931_IE_H

#include "q931/msg.h"

/* Q.931 4.5.12, values of Q.850 */
enum q931_cause {
	Q931_CAUSE_UNALLOCATED = 1,
	Q931_CAUSE_NO_ROUTE = 3,
	Q931_CAUSE_NORMAL = 16,
	Q931_CAUSE_BUSY = 17,
	Q931_CAUSE_NO_RESPONSE = 18,
	Q931_CAUSE_NO_ANSWER = 19,
	Q931_CAUSE_SUBSCRIBER_ABSENT = 20,
	Q931_CAUSE_REJECTED = 21,
	Q931_CAUSE_OUT_OF_ORDER = 27,
	Q931_CAUSE_INVALID_NUMBER = 28,
	Q931_CAUSE_STATUS_RESPONSE = 30,
	Q931_CAUSE_UNSPECIFIED = 31,
	Q931_CAUSE_NO_CIRCUIT = 34,
	Q931_CAUSE_NETWORK_OUT_OF_ORDER = 38,
	Q931_CAUSE_TEMPORARY = 41,
	Q931_CAUSE_CONGESTION = 42,
	Q931_CAUSE_RESOURCE = 47,
	Q931_CAUSE_NOT_AUTHORISED = 57,
	Q931_CAUSE_INCOMPATIBLE = 88,
	Q931_CAUSE_INVALID_MESSAGE = 95,
	Q931_CAUSE_MISSING_ELEMENT = 96,
	Q931_CAUSE_MESSAGE_STATE = 101,
	Q931_CAUSE_TIMER = 102,
	Q931_CAUSE_PROTOCOL = 111,
	Q931_CAUSE_INTERWORKING = 127,
};

struct q931_cause_view {
	uint8_t location; /* 0: user */
	uint8_t value;    /* enum q931_cause, or any other */
	struct pst_slice diagnostics;
};

PST_MUST_CHECK int q931_cause_read(struct q931_cause_view *v, struct pst_slice contents);
/* Contents for location "user"; returns them, in BUF. */
struct pst_slice q931_cause_build(uint8_t buf[static 2], uint8_t value);

/* Q.931 4.5.5. Only what H.225.0 7.2.2.1 speaks of. */
struct q931_bearer_view {
	uint8_t capability;      /* 0 speech, 8 unrestricted digital */
	uint8_t mode;            /* 0 circuit, 2 packet */
	uint8_t rate;            /* 0 packet, 0x10 64 kbit/s, 0x18 multirate */
	uint8_t rate_multiplier; /* with multirate only */
	uint8_t layer1;          /* 5: H.221 and H.242; 0: not said */
};

PST_MUST_CHECK int q931_bearer_read(struct q931_bearer_view *v, struct pst_slice contents);
/* Unrestricted digital, packet mode, H.221 (what H.323 terminals send); returns the contents, in BUF. */
struct pst_slice q931_bearer_build(uint8_t buf[static 3]);

/* Calling, called, connected and redirecting number, Q.931 4.5.8 and 4.5.10 */
struct q931_number_view {
	uint8_t type; /* 0 unknown, 1 international, 2 national */
	uint8_t plan; /* 0 unknown, 1 E.164 */
	bool has_presentation;
	uint8_t presentation; /* 0 allowed, 1 restricted */
	uint8_t screening;
	struct pst_slice digits;
};

PST_MUST_CHECK int q931_number_read(struct q931_number_view *v, struct pst_slice contents);
/* Type and plan octet and, with has_presentation, octet 3a, then the digits. PST_E_SPACE. */
PST_MUST_CHECK int q931_number_build(const struct q931_number_view *v, struct writer *w);

/* Display text up to a NUL that some peers send with it. */
struct pst_slice q931_display_text(struct pst_slice contents);

struct q931_progress_view {
	uint8_t location;
	uint8_t description; /* 8: in-band information */
};

PST_MUST_CHECK int q931_progress_read(struct q931_progress_view *v, struct pst_slice contents);
struct pst_slice q931_progress_build(uint8_t buf[static 2], uint8_t description);

/* The PER octets of a user-user element, behind the protocol discriminator 5 (H.225.0 7.2.2.31). PST_E_NOT_FOUND:
 * no such element; PST_E_BAD: another discriminator. */
enum { Q931_UU_PD = 0x05 };
PST_MUST_CHECK int q931_user_user(const struct q931_msg *m, struct pst_slice *per);

#endif
