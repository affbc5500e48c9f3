/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* FileHeader. Times are GeneralizedTime (X.680 46) in UTC. */
#include "t127/header.h"

#include <stdio.h>
#include <string.h>

enum { TIME_LEN = 15 }; /* YYYYMMDDHHMMSSZ */

/* Days since 1970 of a day of the Gregorian calendar. */
static int64_t days_of(int64_t y, unsigned m, unsigned d)
{
	y -= m <= 2;
	const int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	const int64_t doy = (153 * (int64_t)(m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_of(int64_t days, int64_t *y, unsigned *m, unsigned *d)
{
	days += 719468;
	const int64_t era = (days >= 0 ? days : days - 146096) / 146097, doe = days - era * 146097;
	const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	*d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*y = yoe + era * 400 + (*m <= 2);
}

static bool time_write(char out[static 32], int64_t s)
{
	int64_t y;
	unsigned m, d;
	const int64_t days = (s >= 0 ? s : s - 86399) / 86400;
	const unsigned rest = (unsigned)(s - days * 86400);
	date_of(days, &y, &m, &d);
	if (y < 1 || y > 9999)
		return false;
	snprintf(out, 32, "%04u%02u%02u%02u%02u%02uZ", (unsigned)y, m, d, rest / 3600, rest / 60 % 60,
		rest % 60);
	return true;
}

static bool digits(const uint8_t *p, unsigned n, unsigned *out)
{
	unsigned v = 0;
	for (unsigned i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (p[i] - '0');
	}
	*out = v;
	return true;
}

/* Whole seconds in UTC, or as if it were: what stands behind them, fractions and a zone, is left out. */
static bool time_read(int64_t *s, struct pst_slice t)
{
	unsigned y, m, d, hour, minute, second = 0;
	if (t.n < 12 || !digits(t.p, 4, &y) || !digits(t.p + 4, 2, &m) || !digits(t.p + 6, 2, &d) ||
		!digits(t.p + 8, 2, &hour) || !digits(t.p + 10, 2, &minute))
		return false;
	if (t.n >= 14 && !digits(t.p + 12, 2, &second))
		second = 0;
	if (y == 0 || m < 1 || m > 12 || d < 1 || d > 31 || hour > 23 || minute > 59 || second > 60)
		return false;
	*s = days_of(y, m, d) * 86400 + hour * 3600 + minute * 60 + second;
	return true;
}

int t127_header_write(struct t127_file_header *h, const struct t127_file *f, struct arena *a)
{
	char when[32];
	struct pst_slice *name = ARENA_NEW(a, struct pst_slice);
	const uint8_t *octets = arena_dup(a, f->name, strlen(f->name));
	*h = (struct t127_file_header){ 0 };
	if (name == NULL || octets == NULL)
		return PST_E_NOMEM;
	*name = slice_of(octets, strlen(f->name));
	h->has_filename = true;
	h->filename.n = 1;
	h->filename.v = name;
	h->has_filesize = f->has_size;
	h->filesize.v = (int64_t)f->size;
	if (!f->has_modified || !time_write(when, f->modified_s))
		return 0;
	const uint8_t *time = arena_dup(a, when, TIME_LEN);
	if (time == NULL)
		return PST_E_NOMEM;
	h->has_date_and_time_of_last_modification = true;
	h->date_and_time_of_last_modification = slice_of(time, TIME_LEN);
	return 0;
}

void t127_header_read(struct t127_file *f, const struct t127_file_header *h)
{
	*f = (struct t127_file){ 0 };
	t127_name(f->name, h->filename.v, h->has_filename ? h->filename.n : 0);
	if (h->has_filesize && h->filesize.big.n == 0 && h->filesize.v >= 0) {
		f->has_size = true;
		f->size = (uint64_t)h->filesize.v;
	}
	f->has_modified = h->has_date_and_time_of_last_modification &&
			  time_read(&f->modified_s, h->date_and_time_of_last_modification);
}
