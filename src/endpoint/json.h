/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * JSON written member by member onto a stream, on one line. Commas come by
 * themselves. NAME is NULL inside arrays and at the top.
 */
#ifndef PST_ENDPOINT_JSON_H
#define PST_ENDPOINT_JSON_H

#include "base/slice.h"

#include <stdio.h>

struct json {
	FILE *out;
	bool comma; /* something stands before on this level */
};

static inline struct json json_on(FILE *out)
{
	return (struct json){out, false};
}

void json_open(struct json *j, const char *name, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);                  /* '}' or ']' */
/* Each octet is one character: what is not ASCII is written as the Latin-1 character of that number. */
void json_slice(struct json *j, const char *name, struct pst_slice s);
/* S is UTF-8, and is written so. */
void json_utf8(struct json *j, const char *name, const char *s);
/* S NULL: null. */
void json_str(struct json *j, const char *name, const char *s);
void json_int(struct json *j, const char *name, int64_t v);
/* Three digits behind the point; what is no finite number becomes null. */
void json_num(struct json *j, const char *name, double v);
void json_bool(struct json *j, const char *name, bool v);

#endif
