/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses in text: see the header. */
#include "base/addr_find.h"

enum { V6_MAX = 45, V6_COLONS = 2 };

struct text {
	struct pst_slice s;
	unsigned step;
	size_t n; /* characters */
};

/* The character at I, 0 for what is outside ASCII or the text. */
static uint8_t at(const struct text *t, size_t i)
{
	if (i >= t->n)
		return 0;
	if (t->step == 1)
		return t->s.p[i];
	return t->s.p[2 * i] == 0 ? t->s.p[2 * i + 1] : 0;
}

static bool digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool v6_char(uint8_t c)
{
	return digit(c) || c == ':' || c == '.' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Up to three digits at *I that make an octet; *I is then behind them. */
static bool octet(const struct text *t, size_t *i, uint8_t *out)
{
	unsigned v = 0, n = 0;
	while (digit(at(t, *i)) && n < 4) {
		v = v * 10 + at(t, *i) - '0';
		(*i)++;
		n++;
	}
	*out = (uint8_t)v;
	return n > 0 && n < 4 && v <= 255;
}

static bool find_v4(struct addr_found *out, const struct text *t, size_t from)
{
	uint8_t ip[4];
	size_t i = from;
	if (from > 0 && digit(at(t, from - 1)))
		return false;
	for (int k = 0; k < 4; k++) {
		if (k > 0 && at(t, i++) != '.')
			return false;
		if (!octet(t, &i, &ip[k]))
			return false;
	}
	*out = (struct addr_found){ .at = from, .n = i - from, .addr = addr_ip4(ip, 0) };
	return true;
}

static bool find_v6(struct addr_found *out, const struct text *t, size_t from)
{
	char word[V6_MAX + 1];
	size_t n = 0;
	unsigned colons = 0;
	if (from > 0 && v6_char(at(t, from - 1)))
		return false;
	while (n < V6_MAX && v6_char(at(t, from + n))) {
		word[n] = (char)at(t, from + n);
		colons += word[n++] == ':';
	}
	if (colons < V6_COLONS)
		return false;
	/* what ends a sentence is no part of it */
	for (; n > 0; n--) {
		struct addr a;
		word[n] = '\0';
		if (addr_parse(&a, word, 0) == 0 && a.family == ADDR_IP6) {
			*out = (struct addr_found){ .at = from, .n = n, .addr = addr_unmapped(&a) };
			return true;
		}
		if (word[n - 1] != '.' && word[n - 1] != ':')
			return false;
	}
	return false;
}

bool addr_find(struct addr_found *out, struct pst_slice s, unsigned step, size_t from)
{
	const struct text t = { s, step, s.n / step };
	for (size_t i = from; i < t.n; i++) {
		const uint8_t c = at(&t, i);
		if (!v6_char(c))
			continue;
		if (find_v6(out, &t, i) || (digit(c) && find_v4(out, &t, i)))
			return true;
	}
	return false;
}
