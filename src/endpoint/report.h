/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said at the end of a call: everything that was signalled, sent and received, and whether it was
 * good. */
#ifndef PST_ENDPOINT_REPORT_H
#define PST_ENDPOINT_REPORT_H

#include "call/terminal.h"
#include "endpoint/media.h"
#include "endpoint/signalled.h"

#include <stdio.h>

enum { REPORT_TEXT_MAX = 160 };

struct report {
	uint32_t number; /* of the call in this run, from 1; 0: it did not get that far */
	bool set_up;     /* there was a Setup */
	bool outgoing;   /* we called */
	bool refused;    /* by us: busy */
	bool timed_out;
	double seconds;            /* from Connect to the end */
	struct addr local, remote; /* of the call signalling connection */
	bool has_h245;             /* H.245 had a connection of its own */
	struct addr h245_local, h245_remote;
	char caller[REPORT_TEXT_MAX], called[REPORT_TEXT_MAX]; /* incoming calls: who and whom */
	char dtmf_sent[REPORT_TEXT_MAX], dtmf_heard[REPORT_TEXT_MAX];
	uint8_t cause; /* Q.850 */
	bool by_peer;
	char why[REPORT_TEXT_MAX];
	struct terminal_info info;
	struct media_sent sent;
	struct media_received received;
	struct tone_measure heard;
	const char *recording; /* file name, or NULL */
	bool recording_failed;
	struct signalled signalled;
};

/* Sound came to us: RTP of the agreed codec. */
bool report_heard(const struct report *r);
/* Ours arrived: the peer's RTCP said so, or (where it sent no report) we sent and less than a tenth met an
 * ICMP error. */
bool report_was_heard(const struct report *r);
/* The call was answered and audio came both ways. */
bool report_good(const struct report *r);
void report_text(const struct report *r, FILE *out);
/* One object on one line. */
void report_json(const struct report *r, FILE *out);

#endif
