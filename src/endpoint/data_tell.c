/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines and objects of a data conference. */
#include "endpoint/data_tell.h"

#include <stdarg.h>
#include <string.h>

#include "endpoint/json.h"

const char *data_safe(char buf[static DATA_TEXT_MAX], const char *text)
{
	const uint8_t *c = (const uint8_t *)text;
	size_t n = 0;
	for (size_t k; *c != '\0' && n + 13 < DATA_TEXT_MAX; c += k) {
		const bool c1 = c[0] == 0xc2 && c[1] < 0xa0;
		const bool bidi = c[0] == 0xe2 && ((c[1] == 0x80 && c[2] >= 0xa8) || c[1] == 0x81);
		k = *c < 0x80 ? 1 : *c >= 0xf0 ? 4 : *c >= 0xe0 ? 3 : 2;
		for (size_t i = 0; i < k && c[i] != '\0'; i++)
			if (*c < 0x20 || *c == 0x7f || c1 || bidi)
				n += (size_t)snprintf(buf + n, DATA_TEXT_MAX - n, "\\x%02x", c[i]);
			else
				buf[n++] = (char)c[i];
		if (strnlen((const char *)c, k) < k)
			break;
	}
	buf[n] = '\0';
	return buf;
}

static void object(const char *event, const struct data_member *members)
{
	struct json j = json_on(stdout);
	json_open(&j, NULL, '{');
	json_str(&j, "event", event);
	for (; members->name != NULL; members++)
		if (members->text != NULL)
			json_utf8(&j, members->name, members->text);
		else
			json_int(&j, members->name, members->number);
	json_close(&j, '}');
}

void data_tell(bool json, const char *event, const struct data_member *members, const char *fmt, ...)
{
	va_list args;
	if (json) {
		object(event, members);
	} else {
		va_start(args, fmt);
		vprintf(fmt, args);
		va_end(args);
	}
	putchar('\n');
	fflush(stdout);
}
