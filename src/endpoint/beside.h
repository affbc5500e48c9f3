/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A data conference beside H.323 calls: a node (endpoint/data_node.h) that waits for T.120 connections, and
 * opens one to where a call says. One per program: all its calls share one conference.
 */
#ifndef PST_ENDPOINT_BESIDE_H
#define PST_ENDPOINT_BESIDE_H

#include "endpoint/data_node.h"
#include "endpoint/options.h"

struct beside;

/* Whether ARGV asks for one, by --with-data: then *OUT gets it (else NULL), and the options that are the
 * conference's are taken out of ARGV. PST_E_ARG: one of them is wrong, which was said; PST_E_NOMEM. */
PST_MUST_CHECK int beside_options(struct beside **out, int *argc, char **argv);
/* Says the conference's options. */
void beside_usage(FILE *to, bool answer);
/* Begins, with what O says for the calls; *PORT gets where T.120 connections are taken, 0: nowhere. */
PST_MUST_CHECK int beside_begin(struct beside *b, uv_loop_t *loop, const struct options *o, uint16_t *port);
/* A call has a data channel: the peer accepts T.120 at AT, where we CONNECT, or from where it comes. */
void beside_on(struct beside *b, const struct addr *at, bool connect);
/* It has none any more. */
void beside_off(struct beside *b);
/* Something is still to be sent. */
bool beside_busy(const struct beside *b);
/* Ends it; the loop ends when that is done. */
void beside_end(struct beside *b);
/* After the loop. Whether all went as it was asked to. B may be NULL: true. */
bool beside_free(struct beside *b);

#endif
