/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dns/msg.h"

#include <strings.h>

#include "base/reader.h"

enum {
	LABEL_MAX = 63,
	POINTER = 0xc0,
	JUMPS_MAX = 32,
	RECORDS_MAX = 256,
	CLASS_IN = 1,
	FLAG_RESPONSE = 0x8000,
	FLAG_CUT = 0x0200,
	FLAG_WANTED = 0x0100, /* recursion */
	RCODE = 0x000f,
	NO_SUCH_NAME = 3,
};

/* --- names --- */

static int put_name(struct writer *w, const char *name)
{
	const size_t all = strlen(name);
	if (all == 0 || all >= DNS_NAME_MAX - 2)
		return PST_E_BAD;
	while (*name != '\0') {
		const size_t n = strcspn(name, ".");
		if (n == 0 || n > LABEL_MAX)
			return PST_E_BAD;
		for (size_t i = 0; i < n; i++)
			if (name[i] <= ' ' || name[i] > '~')
				return PST_E_BAD;
		wr_u8(w, (uint8_t)n);
		wr_bytes(w, slice_of(name, n));
		name += n;
		if (*name == '.')
			name++;
	}
	wr_u8(w, 0);
	return 0;
}

/* One label of R, appended to OUT. */
static int get_label(struct reader *r, uint8_t n, char out[static DNS_NAME_MAX], size_t *len)
{
	struct pst_slice label;
	const int err = rd_take(r, n, &label);
	if (err != 0)
		return err;
	if (*len + n + 2 > DNS_NAME_MAX)
		return PST_E_BAD;
	if (*len > 0)
		out[(*len)++] = '.';
	for (size_t i = 0; i < n; i++) {
		const char c = (char)label.p[i];
		/* what would be read otherwise than it is written */
		if (c <= ' ' || c > '~' || c == '.' || c == '\\')
			return PST_E_BAD;
		out[(*len)++] = c;
	}
	return 0;
}

/* The name at R, with what it points back to in ALL. */
static int get_name(struct pst_slice all, struct reader *r, char out[static DNS_NAME_MAX])
{
	struct reader at = *r;
	size_t len = 0;
	bool jumped = false;
	for (int jumps = 0; jumps < JUMPS_MAX;) {
		uint8_t n, low;
		int err = rd_u8(&at, &n);
		if (err != 0)
			return err;
		if ((n & POINTER) == POINTER) {
			err = rd_u8(&at, &low);
			if (err != 0)
				return err;
			if (!jumped)
				*r = at;
			jumped = true;
			jumps++;
			const size_t to = (size_t)(n & ~POINTER) << 8 | low;
			if (to >= all.n)
				return PST_E_BAD;
			at = rd_of(slice_of(all.p + to, all.n - to));
			continue;
		}
		if ((n & POINTER) != 0)
			return PST_E_BAD;
		if (n == 0) {
			if (!jumped)
				*r = at;
			out[len] = '\0';
			return 0;
		}
		err = get_label(&at, n, out, &len);
		if (err != 0)
			return err;
	}
	return PST_E_BAD;
}

/* --- questions --- */

int dns_query_encode(struct writer *w, uint16_t id, const char *name, enum dns_type type)
{
	const struct writer before = *w;
	wr_u16(w, id);
	wr_u16(w, FLAG_WANTED);
	wr_u16(w, 1);
	for (int i = 0; i < 3; i++)
		wr_u16(w, 0);
	int err = put_name(w, name);
	wr_u16(w, (uint16_t)type);
	wr_u16(w, CLASS_IN);
	if (err == 0)
		err = wr_done(w);
	if (err != 0)
		*w = before;
	return err;
}

/* --- answers --- */

static int get_addr(struct pst_slice data, enum dns_type type, struct addr *out)
{
	if (data.n != (type == DNS_A ? 4U : 16U))
		return PST_E_BAD;
	*out = type == DNS_A ? addr_ip4(data.p, 0) : addr_ip6(data.p, 0);
	return 0;
}

static int get_srv(struct pst_slice all, struct reader r, struct dns_record *out)
{
	int err = rd_u16(&r, &out->priority);
	if (err == 0)
		err = rd_u16(&r, &out->weight);
	if (err == 0)
		err = rd_u16(&r, &out->port);
	return err == 0 ? get_name(all, &r, out->target) : err;
}

struct head {
	char owner[DNS_NAME_MAX];
	uint16_t type, class;
	uint32_t ttl_s;
	struct pst_slice data;
	struct reader at; /* of the data, which names in it are read from */
};

static int get_head(struct pst_slice all, struct reader *r, struct head *h)
{
	uint16_t n = 0;
	int err = get_name(all, r, h->owner);
	if (err == 0)
		err = rd_u16(r, &h->type);
	if (err == 0)
		err = rd_u16(r, &h->class);
	if (err == 0)
		err = rd_u32(r, &h->ttl_s);
	if (err == 0)
		err = rd_u16(r, &n);
	h->at = *r;
	if (err == 0)
		err = rd_take(r, n, &h->data);
	if (err == 0)
		h->at = rd_of(h->data);
	return err;
}

/* The question in the answer has to be ours. */
static int check_question(struct pst_slice all, struct reader *r, const char *name, enum dns_type type)
{
	char got[DNS_NAME_MAX];
	uint16_t got_type = 0, class = 0;
	int err = get_name(all, r, got);
	if (err == 0)
		err = rd_u16(r, &got_type);
	if (err == 0)
		err = rd_u16(r, &class);
	if (err != 0)
		return err;
	return strcasecmp(got, name) == 0 && got_type == type && class == CLASS_IN ? 0 : PST_E_NOT_FOUND;
}

static int take_record(struct pst_slice all, const struct head *h, char want[static DNS_NAME_MAX], enum dns_type type,
	struct dns_record *out, uint32_t max, uint32_t *n)
{
	struct reader at = h->at;
	if (h->class != CLASS_IN || strcasecmp(h->owner, want) != 0)
		return 0;
	if (h->type == DNS_CNAME)
		return get_name(all, &at, want);
	if (h->type != type || *n >= max)
		return 0;
	struct dns_record *rec = &out[*n];
	*rec = (struct dns_record){ .ttl_s = h->ttl_s > INT32_MAX ? 0 : h->ttl_s };
	const int err = type == DNS_SRV ? get_srv(all, at, rec) : get_addr(h->data, type, &rec->addr);
	*n += err == 0;
	return err;
}

int dns_answer_decode(struct pst_slice octets, uint16_t id, const char *name, enum dns_type type,
	struct dns_record *out, uint32_t max, uint32_t *n)
{
	struct reader r = rd_of(octets);
	uint16_t got_id = 0, flags = 0, counts[4] = { 0 };
	char want[DNS_NAME_MAX];
	*n = 0;
	if (strlen(name) >= sizeof want)
		return PST_E_BAD;
	int err = rd_u16(&r, &got_id);
	if (err == 0)
		err = rd_u16(&r, &flags);
	for (int i = 0; i < 4 && err == 0; i++)
		err = rd_u16(&r, &counts[i]);
	if (err != 0)
		return err;
	if (got_id != id || (flags & FLAG_RESPONSE) == 0 || counts[0] != 1)
		return PST_E_NOT_FOUND;
	err = check_question(octets, &r, name, type);
	if (err != 0)
		return err;
	if ((flags & RCODE) == NO_SUCH_NAME)
		return 0;
	if ((flags & RCODE) != 0)
		return PST_E_DENIED;
	strcpy(want, name);
	for (uint32_t i = 0; i < counts[1] && i < RECORDS_MAX && err == 0; i++) {
		struct head h;
		err = get_head(octets, &r, &h);
		if (err == 0)
			err = take_record(octets, &h, want, type, out, max, n);
	}
	if ((flags & FLAG_CUT) != 0)
		return *n > 0 ? 0 : PST_E_LIMIT;
	return err;
}
