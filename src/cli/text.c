/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/text.h"

#include <time.h>

int text_put(FILE *out, const char *s)
{
	int columns = 0;
	for (; *s != '\0'; s++) {
		const unsigned char c = (unsigned char)*s;
		if (c >= 0x20 && c < 0x7f) {
			fputc(c, out);
			columns++;
		} else {
			fprintf(out, "\\x%02x", c);
			columns += 4;
		}
	}
	return columns;
}

void text_pad(FILE *out, const char *s, int width)
{
	for (int n = text_put(out, s); n < width; n++)
		fputc(' ', out);
}

const char *text_str(const json_t *o, const char *member, const char *other)
{
	const char *s = json_string_value(json_object_get(o, member));
	return s != NULL ? s : other;
}

json_int_t text_int(const json_t *o, const char *member)
{
	return json_integer_value(json_object_get(o, member));
}

const char *text_duration(char buf[static TEXT_SMALL], json_int_t ms)
{
	const json_int_t s = ms / 1000;
	if (s >= 3600)
		snprintf(buf, TEXT_SMALL, "%lld:%02d:%02d", (long long)(s / 3600), (int)(s / 60 % 60),
		        (int)(s % 60));
	else
		snprintf(buf, TEXT_SMALL, "%d:%02d", (int)(s / 60), (int)(s % 60));
	return buf;
}

const char *text_bytes(char buf[static TEXT_SMALL], json_int_t bytes)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB"};
	if (bytes < 1000) {
		snprintf(buf, TEXT_SMALL, "%lld octets", (long long)bytes);
		return buf;
	}
	double v = (double)bytes / 1000;
	size_t u = 0;
	for (; v >= 1000 && u + 1 < sizeof units / sizeof *units; u++)
		v /= 1000;
	snprintf(buf, TEXT_SMALL, "%.1f %s", v, units[u]);
	return buf;
}

const char *text_time(char buf[static TEXT_SMALL], double seconds)
{
	const time_t t = (time_t)seconds;
	struct tm tm;
	if (localtime_r(&t, &tm) == NULL || strftime(buf, TEXT_SMALL, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(buf, TEXT_SMALL, "?");
	return buf;
}
