/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Joining TPKT, Q.931 and PER, both ways. */
#include "h225/msg.h"

#include "h225/body.h"
#include "h225/build.h"
#include "q931/ie.h"
#include "tpkt/stream.h"

static const uint8_t bearer[] = { 0x88, 0xc0, 0xa5 }; /* unrestricted digital, packet mode, H.221 */

static int fail(struct asn1_err *err, int code, size_t at, const char *what)
{
	if (err != NULL)
		*err = (struct asn1_err){ .code = code, .bit = (uint32_t)at * 8, .path = "q931", .what = what };
	return code;
}

int h225_decode(struct h225_msg *m, struct pst_slice payload, const struct asn1_limits *lim, struct arena *a,
	struct asn1_err *err)
{
	struct pst_slice per;
	size_t at = 0;
	m->has_uu = false;
	int code = q931_decode(&m->q931, payload, &at);
	if (code != 0)
		return fail(err, code, at, "not a Q.931 message");
	code = q931_user_user(&m->q931, &per);
	if (code == PST_E_NOT_FOUND)
		return 0;
	if (code != 0)
		return fail(err, code, 0, "user-user element of another protocol");
	/* Octets behind the value are tolerated: some products pad. They are not sent on. */
	size_t used;
	code = asn1_per_decode(&h225_h323_user_information_type, per, lim, a, &m->uu, &used, err);
	m->has_uu = code == 0;
	return code;
}

struct encoding {
	const struct h225_msg *m;
	struct asn1_err *err;
};

static int write_uu(void *arg, struct writer *w)
{
	const struct encoding *e = arg;
	wr_u8(w, Q931_UU_PD);
	return asn1_per_encode(&h225_h323_user_information_type, &e->m->uu, w, e->err);
}

int h225_encode(const struct h225_msg *m, struct writer *w, struct asn1_err *err)
{
	struct encoding e = { m, err };
	struct asn1_err none;
	if (err == NULL)
		e.err = &none;
	const size_t at = tpkt_open(w);
	int code = q931_encode_uu(&m->q931, m->has_uu ? write_uu : NULL, &e, w);
	if (code == 0)
		code = tpkt_close(w, at);
	return code;
}

int h225_init(struct h225_msg *m, uint8_t type, uint16_t crv, bool flag, uint8_t version, struct arena *a)
{
	const struct pst_slice none = { NULL, 0 };
	q931_init(&m->q931, type, crv, flag);
	m->has_uu = true;
	m->uu = (struct h225_h323_user_information){ 0 };
	int err = h225_body_new(&m->uu.h323_uu_pdu.h323_message_body, type, version, a);
	if (err == 0 && type == Q931_SETUP)
		err = q931_append(&m->q931, Q931_IE_BEARER_CAPABILITY, slice_of(bearer, sizeof(bearer)));
	if (err == 0 && type == Q931_FACILITY)
		err = q931_append(&m->q931, Q931_IE_FACILITY, none);
	if (err == 0)
		err = q931_append(&m->q931, Q931_IE_USER_USER, none);
	return err;
}

void h225_make_empty(struct h225_msg *m)
{
	m->uu.h323_uu_pdu.h323_message_body.choice = H225_H323_UU_PDU_H323_MESSAGE_BODY_EMPTY;
}
