/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.245 framing. */
#include "h245/msg.h"

#include "tpkt/stream.h"

int h245_next(struct pst_slice *rest, h245_pdu *out, const struct asn1_limits *lim, struct arena *a,
	struct asn1_err *err)
{
	size_t used = 0;
	if (rest->n == 0)
		return PST_E_NOT_FOUND;
	const int code = asn1_per_decode(&h245_multimedia_system_control_message_type, *rest, lim, a, out, &used, err);
	if (code == 0)
		*rest = slice_of(rest->p + used, rest->n - used);
	return code;
}

int h245_encode(const h245_pdu *m, struct writer *w, struct asn1_err *err)
{
	return asn1_per_encode(&h245_multimedia_system_control_message_type, m, w, err);
}

int h245_encode_tpkt(const h245_pdu *m, struct writer *w, struct asn1_err *err)
{
	const size_t at = tpkt_open(w);
	const int code = h245_encode(m, w, err);
	return code != 0 ? code : tpkt_close(w, at);
}

int h245_olc_decode(struct h245_open_logical_channel *olc, struct pst_slice octets, const struct asn1_limits *lim,
	struct arena *a, struct asn1_err *err)
{
	size_t used;
	return asn1_per_decode(&h245_open_logical_channel_type, octets, lim, a, olc, &used, err);
}

int h245_olc_encode(const struct h245_open_logical_channel *olc, struct writer *w, struct asn1_err *err)
{
	return asn1_per_encode(&h245_open_logical_channel_type, olc, w, err);
}
