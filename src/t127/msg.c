/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MBFT PDUs, and the older form of an offer. */
#include "t127/msg.h"

/* The older offer in the newer struct. */
static int from_1995(t127_pdu *m, const struct t127_mbftpdu_1995 *old, struct arena *a)
{
	const struct t127_file_offer_pdu_1995 *o = old->u.file_offer_pdu;
	struct t127_file_offer_pdu *n = ARENA_NEW(a, struct t127_file_offer_pdu);
	if (n == NULL)
		return PST_E_NOMEM;
	*n = (struct t127_file_offer_pdu){ .file_header = o->file_header,
		.data_channel_id = o->data_channel_id,
		.file_handle = o->file_handle,
		.has_roster_instance = o->has_roster_instance,
		.roster_instance = o->roster_instance,
		.has_file_transmit_token = o->has_file_transmit_token,
		.file_transmit_token = o->file_transmit_token,
		.has_file_request_token = o->has_file_request_token,
		.file_request_token = o->file_request_token,
		.compression_specifier = o->compression_specifier,
		.has_compressed_filesize = o->has_compressed_filesize,
		.compressed_filesize = o->compressed_filesize,
		.ack_flag = o->ack_flag,
		.ext = o->ext };
	*m = (t127_pdu){ .choice = T127_MBFTPDU_FILE_OFFER_PDU, .u.file_offer_pdu = n };
	return 0;
}

int t127_decode(t127_pdu *m, struct pst_slice octets, const struct asn1_limits *lim, struct arena *a,
	struct asn1_err *err)
{
	struct t127_mbftpdu_1995 old;
	const int rc = asn1_per_decode(&t127_mbftpdu_type, octets, lim, a, m, NULL, err);
	/* the first five bits are those of an offer */
	if (rc == 0 || rc == PST_E_LIMIT || octets.n == 0 || octets.p[0] >> 3 != 0)
		return rc;
	if (asn1_per_decode(&t127_mbftpdu_1995_type, octets, lim, a, &old, NULL, NULL) != 0)
		return rc;
	return from_1995(m, &old, a);
}

int t127_encode(const t127_pdu *m, struct writer *w, struct asn1_err *err)
{
	return asn1_per_encode(&t127_mbftpdu_type, m, w, err);
}
