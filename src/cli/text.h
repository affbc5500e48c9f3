/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text for a terminal. Whatever a peer may have chosen goes through text_put(). */
#ifndef PST_CLI_TEXT_H
#define PST_CLI_TEXT_H

#include <jansson.h>
#include <stdio.h>

/* Writes S with every octet that is not printable ASCII as \xHH; returns the columns used. */
int text_put(FILE *out, const char *s);
/* The same, with blanks up to WIDTH columns. */
void text_pad(FILE *out, const char *s, int width);

/* A member of O: text, or ELSE; a number, or 0. */
const char *text_str(const json_t *o, const char *member, const char *other);
json_int_t text_int(const json_t *o, const char *member);

enum { TEXT_SMALL = 40 };

/* "0:07", "1:02:03" from milliseconds; "12.3 MB" from octets; "2026-11-22 18:00:01" (local) from seconds
 * since 1970. Return BUF. */
const char *text_duration(char buf[static TEXT_SMALL], json_int_t ms);
const char *text_bytes(char buf[static TEXT_SMALL], json_int_t bytes);
const char *text_time(char buf[static TEXT_SMALL], double seconds);

#endif
