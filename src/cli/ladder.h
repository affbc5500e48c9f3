/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ladder of a call as text for people: the inside on the left, the gateway in the middle, the outside on
 * the right. */
#ifndef PST_CLI_LADDER_H
#define PST_CLI_LADDER_H

#include <jansson.h>
#include <stdio.h>

/* Which leg stands on the left: the caller's (0), or the called side's (1) where the call comes in from
 * outside. CALL as in the control socket's answers. */
int ladder_left(const json_t *call);

/* One entry: when, from where, what, and below it each address before and after. INDENT goes in front of each
 * line. */
void ladder_print_entry(FILE *out, const char *indent, const json_t *entry, int left);

/* A call whole. */
void ladder_print_call(FILE *out, const json_t *call);

/* "from 10.0.0.10:1025 to 192.0.2.1:1720, called bob" */
void ladder_print_parties(FILE *out, const json_t *call);

#endif
