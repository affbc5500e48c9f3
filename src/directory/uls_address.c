/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "directory/uls_address.h"

enum { NETWORK_INTERNET = 1, HEAD_LEN = 4 };

size_t uls_address_write(uint8_t out[static ULS_ADDRESS_MAX], const struct addr *a)
{
	struct writer w = wr_of(out, ULS_ADDRESS_MAX);
	wr_u16(&w, NETWORK_INTERNET);
	wr_u16(&w, a->family);
	wr_bytes(&w, slice_of(a->ip, addr_ip_len(a)));
	wr_u16(&w, a->port);
	return w.n;
}

int uls_address_read(struct pst_slice data, struct addr *out)
{
	if (data.n != HEAD_LEN + 4 + 2 && data.n != HEAD_LEN + 16 + 2)
		return PST_E_BAD;
	const uint8_t family = data.n == HEAD_LEN + 4 + 2 ? ADDR_IP4 : ADDR_IP6;
	const uint8_t head[HEAD_LEN] = { 0, NETWORK_INTERNET, 0, family };
	if (memcmp(data.p, head, sizeof(head)) != 0)
		return PST_E_BAD;
	const uint16_t port = (uint16_t)(data.p[data.n - 2] << 8 | data.p[data.n - 1]);
	*out = family == ADDR_IP4 ? addr_ip4(data.p + HEAD_LEN, port) : addr_ip6(data.p + HEAD_LEN, port);
	return 0;
}

bool uls_type_has_address(uint16_t type)
{
	return type == ULP_ADDRESS || type == ULP_URL;
}

/* The forms an address has in octets of unknown layout. */
struct forms {
	struct pst_slice octets, reversed, text; /* reversed: IPv4 only */
	uint8_t reversed_buf[4];
	char text_buf[ADDR_STRLEN];
};

static void forms_of(struct forms *f, const struct addr *a)
{
	*f = (struct forms){ .octets = slice_of(a->ip, addr_ip_len(a)) };
	if (a->family == ADDR_IP4) {
		for (unsigned i = 0; i < 4; i++)
			f->reversed_buf[i] = a->ip[3 - i];
		f->reversed = slice_of(f->reversed_buf, 4);
	}
	if (a->family != ADDR_NONE)
		f->text = slice_str(addr_ip_str(a, f->text_buf));
}

static bool has_at(struct pst_slice data, size_t at, struct pst_slice what)
{
	return what.n > 0 && data.n - at >= what.n && memcmp(data.p + at, what.p, what.n) == 0;
}

/* Octets that could belong to a longer address as text. */
static bool address_char(uint8_t c, bool ip6)
{
	const bool hex = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
	return (c >= '0' && c <= '9') || (ip6 && (hex || c == ':'));
}

/* "10.0.0.5" is not in "110.0.0.5", "10.0.0.55" or "10.0.0.5.1". */
static bool text_stands_alone(struct pst_slice data, size_t at, size_t n, bool ip6)
{
	const size_t end = at + n;
	if (at > 0 && (address_char(data.p[at - 1], ip6) ||
		       (data.p[at - 1] == '.' && at > 1 && address_char(data.p[at - 2], ip6))))
		return false;
	if (end < data.n && address_char(data.p[end], ip6))
		return false;
	return !(end + 1 < data.n && data.p[end] == '.' && address_char(data.p[end + 1], ip6));
}

/* What stands at AT: its length, and what takes its place. 0: nothing of the kind. */
static size_t match(struct pst_slice data, size_t at, const struct forms *from, const struct forms *to, struct pst_slice *by)
{
	if (has_at(data, at, from->octets)) {
		*by = to->octets;
		return from->octets.n;
	}
	if (has_at(data, at, from->reversed)) {
		*by = to->reversed;
		return from->reversed.n;
	}
	if (has_at(data, at, from->text) && text_stands_alone(data, at, from->text.n, from->octets.n == 16)) {
		*by = to->text;
		return from->text.n;
	}
	return 0;
}

static unsigned count(struct pst_slice data, const struct forms *from, const struct forms *to, size_t *len, bool *fits)
{
	unsigned n = 0;
	*len = data.n;
	*fits = true;
	for (size_t at = 0; at < data.n;) {
		struct pst_slice by = { NULL, 0 };
		const size_t was = match(data, at, from, to, &by);
		at += was > 0 ? was : 1;
		if (was == 0)
			continue;
		n++;
		*len = *len - was + by.n;
		/* Text may change its length; a field of octets may not. */
		const bool is_text = by.n > 0 && by.p == to->text.p;
		*fits = *fits && by.n > 0 && (is_text || by.n == was);
	}
	return n;
}

int uls_address_replace(struct pst_slice data, const struct addr *from, const struct addr *to, struct arena *a,
	struct pst_slice *out, unsigned *found)
{
	struct forms f, t;
	struct addr ours;
	size_t len;
	bool fits;
	forms_of(&f, from);
	forms_of(&t, to);
	const unsigned n = count(data, &f, &t, &len, &fits);
	if (found != NULL)
		*found = n;
	*out = data;
	if (n == 0)
		return 0;
	uint8_t *copy = fits ? arena_alloc(a, len) : NULL;
	if (copy == NULL)
		return fits ? PST_E_NOMEM : PST_E_RANGE;
	struct writer w = wr_of(copy, len);
	for (size_t at = 0; at < data.n;) {
		struct pst_slice by = slice_of(data.p + at, 1);
		const size_t was = match(data, at, &f, &t, &by);
		wr_bytes(&w, by);
		at += was > 0 ? was : 1;
	}
	if (to->port != 0 && uls_address_read(data, &ours) == 0 && addr_eq(&ours, from)) {
		copy[len - 2] = (uint8_t)(to->port >> 8);
		copy[len - 1] = (uint8_t)to->port;
	}
	*out = slice_of(copy, len);
	return 0;
}
