/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RAS datagrams. */
#include "h225/ras.h"

int h225_ras_decode(struct h225_ras_message *m, struct pst_slice datagram, const struct asn1_limits *lim,
	struct arena *a, struct asn1_err *err)
{
	size_t used;
	return asn1_per_decode(&h225_ras_message_type, datagram, lim, a, m, &used, err);
}

int h225_ras_encode(const struct h225_ras_message *m, struct writer *w, struct asn1_err *err)
{
	return asn1_per_encode(&h225_ras_message_type, m, w, err);
}

const char *h225_ras_name(const struct h225_ras_message *m)
{
	return m->choice < h225_ras_message_type.n_fields ? h225_ras_message_type.fields[m->choice].name : "unknown";
}
