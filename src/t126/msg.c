/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SIPDUs: into and out of octets. */
#include "t126/msg.h"

int t126_decode(t126_pdu *m, struct pst_slice octets, const struct asn1_limits *lim, struct arena *a,
	struct asn1_err *err)
{
	size_t used;
	return asn1_per_decode(&t126_sipdu_type, octets, lim, a, m, &used, err);
}

int t126_encode(const t126_pdu *m, struct writer *w, struct asn1_err *err)
{
	return asn1_per_encode(&t126_sipdu_type, m, w, err);
}

bool t126_workspace_handle(const struct t126_workspace_identifier *workspace, uint32_t *handle)
{
	if (workspace->choice != T126_WORKSPACE_IDENTIFIER_ACTIVE_WORKSPACE)
		return false;
	*handle = workspace->u.active_workspace;
	return true;
}
