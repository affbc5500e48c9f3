/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GCC PDUs: ConnectData around those of connecting. */
#include "t124/msg.h"

#include <assert.h>

#include "gcc_wide_asn1.h"
#include "t124/key.h"

enum { CONNECT_PDU_MAX = 16384 };

int t124_connect_decode(t124_connect *m, struct pst_slice user_data, const struct asn1_limits *lim,
	struct arena *a, struct asn1_err *err)
{
	struct gcc_connect_data data;
	size_t used;
	const int code = asn1_per_decode(&gcc_connect_data_type, user_data, lim, a, &data, &used, err);
	if (code != 0)
		return code;
	if (data.t124_identifier.choice != GCC_KEY_OBJECT ||
		!slice_eq(data.t124_identifier.u.object, t124_protocol))
		return PST_E_UNSUPPORTED;
	/* RDP servers announce a length that is too short, and T.120 has nothing that could follow: it goes
	 * on to the end */
	struct pst_slice pdu = data.connect_pdu;
	if (used < user_data.n && pdu.p + pdu.n == user_data.p + used)
		pdu.n += user_data.n - used;
	const int rc = asn1_per_decode(&gcc_connect_gccpdu_type, pdu, lim, a, m, &used, err);
	if (rc == 0 && used == pdu.n)
		return 0;
	/*
	 * T.124 restricts SimpleTextString to Latin-1, so to an octet a character; some nodes may not know
	 * and send two. What makes no sense in one way and does in the other is taken so. The structs are the
	 * same, made by one compiler.
	 */
	static_assert(sizeof(struct gcc_wide_connect_gccpdu) == sizeof *m, "one layout");
	t124_connect other;
	size_t other_used = 0;
	if (asn1_per_decode(&gcc_wide_connect_gccpdu_type, pdu, lim, a, &other, &other_used, NULL) == 0 &&
		other_used == pdu.n) {
		*m = other;
		return 0;
	}
	return rc;
}

int t124_connect_encode(const t124_connect *m, struct writer *w, struct asn1_err *err)
{
	uint8_t octets[CONNECT_PDU_MAX];
	struct writer inner = wr_of(octets, sizeof octets);
	const int code = asn1_per_encode(&gcc_connect_gccpdu_type, m, &inner, err);
	if (code != 0)
		return code;
	const struct gcc_connect_data data = {
		.t124_identifier = { .choice = GCC_KEY_OBJECT, .u.object = t124_protocol },
		.connect_pdu = wr_slice(&inner),
	};
	return asn1_per_encode(&gcc_connect_data_type, &data, w, err);
}

int t124_decode(t124_pdu *m, struct pst_slice octets, const struct asn1_limits *lim, struct arena *a,
	struct asn1_err *err)
{
	return asn1_per_decode(&gcc_gccpdu_type, octets, lim, a, m, NULL, err);
}

int t124_encode(const t124_pdu *m, struct writer *w, struct asn1_err *err)
{
	return asn1_per_encode(&gcc_gccpdu_type, m, w, err);
}
