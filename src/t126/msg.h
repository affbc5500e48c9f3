/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SIPDUs (T.126), aligned PER: the whiteboard's messages, each one piece of data of the session's
 * channel.
 */
#ifndef PST_T126_MSG_H
#define PST_T126_MSG_H

#include "asn1/asn1.h"
#include "t126_asn1.h"

typedef struct t126_sipdu t126_pdu;

enum {
	T126_COORDINATE_MIN = -21845, /* the workspace's own are from 0 to its size */
	T126_COORDINATE_MAX = 43690,
	T126_POINTS_MAX = 255,	/* of one PointList */
	T126_DATA_MAX = 8192,	/* octets of one BitmapData */
	T126_PDU_MAX = 1 << 17, /* octets that any SIPDU made here takes */
};

/* Octets may follow: some nodes pad. Errors as of the engine; *M lives in A and borrows from OCTETS. */
PST_MUST_CHECK int t126_decode(t126_pdu *m, struct pst_slice octets, const struct asn1_limits *lim,
	struct arena *a, struct asn1_err *err);
PST_MUST_CHECK int t126_encode(const t126_pdu *m, struct writer *w, struct asn1_err *err);

enum { T126_STRLEN = 160 };
/* One line: "drawingCreatePDU 7 ellipse on 1/0 points 1". Returns BUF. */
const char *t126_str(const t126_pdu *m, char buf[static T126_STRLEN]);

/* The handle that WORKSPACE names; false: one of an archive's. */
bool t126_workspace_handle(const struct t126_workspace_identifier *workspace, uint32_t *handle);

#endif
