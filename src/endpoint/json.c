/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON (RFC 8259) onto a stream. */
#include "endpoint/json.h"

#include <inttypes.h>
#include <math.h>

static void chars(struct json *j, struct pst_slice s)
{
	fputc('"', j->out);
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == '"' || c == '\\')
			fprintf(j->out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(j->out, "\\u%04x", c);
		else
			fputc(c, j->out);
	}
	fputc('"', j->out);
}

static void begin(struct json *j, const char *name)
{
	if (j->comma)
		fputc(',', j->out);
	j->comma = true;
	if (name) {
		chars(j, slice_str(name));
		fputc(':', j->out);
	}
}

void json_open(struct json *j, const char *name, char bracket)
{
	begin(j, name);
	fputc(bracket, j->out);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	fputc(bracket, j->out);
	j->comma = true;
}

void json_slice(struct json *j, const char *name, struct pst_slice s)
{
	begin(j, name);
	chars(j, s);
}

void json_utf8(struct json *j, const char *name, const char *s)
{
	begin(j, name);
	fputc('"', j->out);
	for (; *s != '\0'; s++) {
		const uint8_t c = (uint8_t)*s;

		if (c == '"' || c == '\\')
			fprintf(j->out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(j->out, "\\u%04x", c);
		else
			fputc(c, j->out);
	}
	fputc('"', j->out);
}

void json_str(struct json *j, const char *name, const char *s)
{
	begin(j, name);
	if (s)
		chars(j, slice_str(s));
	else
		fputs("null", j->out);
}

void json_int(struct json *j, const char *name, int64_t v)
{
	begin(j, name);
	fprintf(j->out, "%" PRId64, v);
}

void json_num(struct json *j, const char *name, double v)
{
	begin(j, name);
	if (isfinite(v))
		fprintf(j->out, "%.3f", v);
	else
		fputs("null", j->out);
}

void json_bool(struct json *j, const char *name, bool v)
{
	begin(j, name);
	fputs(v ? "true" : "false", j->out);
}
