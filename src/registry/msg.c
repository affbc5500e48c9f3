/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One table says which fields a type has; encoding and decoding walk it. */
#include "registry/msg.h"

enum field {
	F_ID = 1 << 0,
	F_NAME = 1 << 1,  /* space, name */
	F_HOST = 1 << 2,  /* realm, host */
	F_NUMBER = 1 << 3,
	F_CALL = 1 << 4,
	F_LAST = 1 << 5,
	F_TEXT = 1 << 6,
	F_QUESTION = 1 << 7,
	F_LOCAL = 1 << 8,
	F_BEHIND = 1 << 9, /* the host of a port */
	F_LEASE = 1 << 10,
};

static const unsigned fields[] = {
	[REGISTRY_BEGIN] = F_ID,
	[REGISTRY_NAME] = F_NAME | F_HOST,
	[REGISTRY_NAME_GONE] = F_NAME,
	[REGISTRY_CALL] = F_NUMBER | F_CALL,
	[REGISTRY_CALL_GONE] = F_NUMBER,
	[REGISTRY_ALL] = 0,
	[REGISTRY_ANSWER] = F_ID | F_LAST | F_TEXT,
	[REGISTRY_ASK] = F_ID | F_QUESTION,
	[REGISTRY_PORT] = F_LOCAL | F_BEHIND,
	[REGISTRY_PORT_GONE] = F_LOCAL,
	[REGISTRY_SUMMON] = F_NUMBER | F_CALL,
	[REGISTRY_LEASE] = F_LEASE,
	[REGISTRY_LOCATE] = F_ID | F_NAME,
	[REGISTRY_LOCATED] = F_ID | F_BEHIND,
};

static bool type_known(unsigned type)
{
	return type >= REGISTRY_BEGIN && type < sizeof fields / sizeof *fields;
}

/* ---- writing ---- */

static void put_addr(struct writer *w, const struct addr *a)
{
	wr_u8(w, a->family);
	wr_bytes(w, slice_of(a->ip, addr_ip_len(a)));
	wr_u16(w, a->port);
}

static void put_text(struct writer *w, struct pst_slice s)
{
	wr_u16(w, (uint16_t)s.n);
	wr_bytes(w, s);
}

static void put_number(struct writer *w, uint64_t v)
{
	wr_u32(w, (uint32_t)(v >> 32));
	wr_u32(w, (uint32_t)v);
}

static void put_call(struct writer *w, const struct registry_call *c)
{
	put_addr(w, &c->caller);
	put_addr(w, &c->dest);
	wr_u8(w, (uint8_t)(c->has_call_id | c->has_conference_id << 1));
	if (c->has_call_id)
		wr_bytes(w, slice_of(c->call_id, sizeof c->call_id));
	if (c->has_conference_id)
		wr_bytes(w, slice_of(c->conference_id, sizeof c->conference_id));
}

static bool can_be_read(const struct registry_msg *m, unsigned f)
{
	if ((f & F_NAME) && (m->name.name.n == 0 || m->name.name.n > REGISTRY_NAME_MAX))
		return false;
	if ((f & F_LEASE) && (m->lease.key.n == 0 || m->lease.key.n > REGISTRY_LEASE_MAX || m->lease.image.n > REGISTRY_LEASE_MAX))
		return false;
	return (f & F_TEXT) == 0 || m->text.n <= REGISTRY_TEXT_MAX;
}

int registry_msg_encode(const struct registry_msg *m, struct writer *w)
{
	const struct writer before = *w;
	if (!type_known(m->type) || !can_be_read(m, fields[m->type]))
		return PST_E_ARG;
	const unsigned f = fields[m->type];
	wr_u8(w, (uint8_t)m->type);
	if (f & F_ID)
		wr_u32(w, m->id);
	if (f & F_NAME) {
		wr_u8(w, (uint8_t)m->name.space);
		put_text(w, m->name.name);
	}
	if (f & F_HOST) {
		wr_u8(w, m->name.realm);
		put_addr(w, &m->name.host);
	}
	if (f & F_NUMBER)
		put_number(w, m->call.number);
	if (f & F_CALL)
		put_call(w, &m->call);
	if (f & F_LAST)
		wr_u8(w, m->last);
	if (f & F_TEXT)
		put_text(w, m->text);
	if (f & F_QUESTION)
		wr_u8(w, (uint8_t)m->question);
	if (f & F_LOCAL)
		put_addr(w, &m->port.local);
	if (f & F_BEHIND)
		put_addr(w, &m->port.host);
	if (f & F_LEASE) {
		put_text(w, m->lease.key);
		put_text(w, m->lease.image);
		wr_u8(w, m->lease.live);
	}
	const int err = wr_done(w);
	if (err != PST_OK)
		*w = before;
	return err;
}

/* ---- reading ---- */

static int get_below(struct reader *r, uint8_t end, uint8_t *v)
{
	const int err = rd_u8(r, v);
	return err != PST_OK ? err : *v < end ? PST_OK : PST_E_RANGE;
}

static int get_addr(struct reader *r, struct addr *a)
{
	struct pst_slice ip;
	*a = (struct addr){ 0 };
	int err = rd_u8(r, &a->family);
	if (err == PST_OK && a->family != ADDR_NONE && a->family != ADDR_IP4 && a->family != ADDR_IP6)
		err = PST_E_RANGE;
	if (err == PST_OK)
		err = rd_take(r, addr_ip_len(a), &ip);
	if (err == PST_OK && ip.n > 0)
		memcpy(a->ip, ip.p, ip.n);
	return err == PST_OK ? rd_u16(r, &a->port) : err;
}

static int get_text(struct reader *r, size_t least, size_t most, struct pst_slice *s)
{
	uint16_t n;
	const int err = rd_u16(r, &n);
	if (err != PST_OK)
		return err;
	return n < least || n > most ? PST_E_RANGE : rd_take(r, n, s);
}

static int get_name(struct reader *r, struct registry_name *n)
{
	uint8_t space = 0;
	const int err = get_below(r, REGISTRY_SPACES, &space);
	n->space = (enum registry_space)space;
	return err == PST_OK ? get_text(r, 1, REGISTRY_NAME_MAX, &n->name) : err;
}

static int get_number(struct reader *r, uint64_t *v)
{
	uint32_t high = 0, low = 0;
	int err = rd_u32(r, &high);
	if (err == PST_OK)
		err = rd_u32(r, &low);
	*v = (uint64_t)high << 32 | low;
	return err;
}

static int get_id(struct reader *r, bool has, uint8_t id[static 16])
{
	struct pst_slice s;
	const int err = has ? rd_take(r, 16, &s) : PST_OK;
	if (has && err == PST_OK)
		memcpy(id, s.p, 16);
	return err;
}

static int get_call(struct reader *r, struct registry_call *c)
{
	uint8_t has = 0;
	int err = get_addr(r, &c->caller);
	if (err == PST_OK)
		err = get_addr(r, &c->dest);
	if (err == PST_OK)
		err = get_below(r, 4, &has);
	c->has_call_id = (has & 1) != 0;
	c->has_conference_id = (has & 2) != 0;
	if (err == PST_OK)
		err = get_id(r, c->has_call_id, c->call_id);
	return err == PST_OK ? get_id(r, c->has_conference_id, c->conference_id) : err;
}

static int get_lease(struct reader *r, struct registry_lease *l)
{
	uint8_t live = 0;
	int err = get_text(r, 1, REGISTRY_LEASE_MAX, &l->key);
	if (err == PST_OK)
		err = get_text(r, 0, REGISTRY_LEASE_MAX, &l->image);
	if (err == PST_OK)
		err = get_below(r, 2, &live);
	l->live = live != 0;
	return err;
}

static int get_fields(struct reader *r, unsigned f, struct registry_msg *m)
{
	uint8_t last = 0, question = 0;
	int err = f & F_ID ? rd_u32(r, &m->id) : PST_OK;
	if (err == PST_OK && (f & F_NAME))
		err = get_name(r, &m->name);
	if (err == PST_OK && (f & F_HOST))
		err = rd_u8(r, &m->name.realm);
	if (err == PST_OK && (f & F_HOST))
		err = get_addr(r, &m->name.host);
	if (err == PST_OK && (f & F_NUMBER))
		err = get_number(r, &m->call.number);
	if (err == PST_OK && (f & F_CALL))
		err = get_call(r, &m->call);
	if (err == PST_OK && (f & F_LAST))
		err = get_below(r, 2, &last);
	if (err == PST_OK && (f & F_TEXT))
		err = get_text(r, 0, REGISTRY_TEXT_MAX, &m->text);
	if (err == PST_OK && (f & F_QUESTION))
		err = get_below(r, REGISTRY_QUESTIONS, &question);
	if (err == PST_OK && (f & F_LOCAL))
		err = get_addr(r, &m->port.local);
	if (err == PST_OK && (f & F_BEHIND))
		err = get_addr(r, &m->port.host);
	if (err == PST_OK && (f & F_LEASE))
		err = get_lease(r, &m->lease);
	m->last = last != 0;
	m->question = (enum registry_question)question;
	return err;
}

int registry_msg_decode(struct registry_msg *m, struct reader *r)
{
	struct registry_msg out = { 0 };
	uint8_t type;
	int err = rd_u8(r, &type);
	if (err != PST_OK)
		return err;
	if (!type_known(type))
		return PST_E_BAD;
	out.type = (enum registry_type)type;
	err = get_fields(r, fields[type], &out);
	if (err == PST_OK)
		*m = out;
	return err;
}
