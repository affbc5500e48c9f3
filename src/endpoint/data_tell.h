/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a data conference prints: a line, or a JSON object, for each thing that happens. */
#ifndef PST_ENDPOINT_DATA_TELL_H
#define PST_ENDPOINT_DATA_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { DATA_TEXT_MAX = 1024 };

/* TEXT is UTF-8. Letters of any script stay; what may move the cursor or turn the line round is written as
 * \xHH. Returns BUF. */
const char *data_safe(char buf[static DATA_TEXT_MAX], const char *text);

struct data_member {
	const char *name; /* NULL ends a list */
	const char *text; /* NULL: a number */
	int64_t number;
};

#define DATA_STR(n, t)                                                                                       \
	{                                                                                                    \
		.name = (n), .text = (t)                                                                     \
	}
#define DATA_INT(n, v)                                                                                       \
	{                                                                                                    \
		.name = (n), .number = (int64_t)(v)                                                          \
	}
#define DATA_MEMBERS(...) ((const struct data_member[]){ __VA_ARGS__, { .name = NULL } })

/* With JSON an object of EVENT and MEMBERS, else the line FMT. Standard output, flushed. */
void data_tell(bool json, const char *event, const struct data_member *members, const char *fmt, ...)
	PST_PRINTF(4, 5);

#endif
