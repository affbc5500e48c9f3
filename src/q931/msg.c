/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Q.931 messages: decode, encode, and changing elements. The typed contents of elements are in ie.c. */
#include "q931/msg.h"

#include "base/reader.h"

enum { SHIFT = 0x90, SHIFT_MASK = 0xf0, SHIFT_NON_LOCKING = 0x08, CODESET_MASK = 0x07 };

static bool single_octet(uint8_t id)
{
	return (id & 0x80) != 0;
}

static bool two_octet_length(uint8_t id, uint8_t codeset)
{
	return codeset == 0 && id == Q931_IE_USER_USER;
}

static int read_contents(struct reader *r, uint8_t id, uint8_t codeset, struct pst_slice *v)
{
	uint16_t len;
	int err;
	if (two_octet_length(id, codeset)) {
		err = rd_u16(r, &len);
	} else {
		uint8_t short_len = 0;
		err = rd_u8(r, &short_len);
		len = short_len;
	}
	return err != 0 ? err : rd_take(r, len, v);
}

static int read_elements(struct q931_msg *m, struct reader *r, size_t *at)
{
	uint8_t locked = 0, next = 0;
	while (rd_left(r) > 0) {
		uint8_t id;
		*at = r->pos;
		if (rd_u8(r, &id) != 0)
			return PST_E_SHORT;
		if (m->n == Q931_IES_MAX)
			return PST_E_LIMIT;
		struct q931_ie *ie = &m->ie[m->n];
		*ie = (struct q931_ie){ .id = id, .codeset = next };
		if ((id & SHIFT_MASK) == SHIFT) {
			next = id & CODESET_MASK;
			if ((id & SHIFT_NON_LOCKING) == 0)
				locked = next;
			m->n++;
			continue;
		}
		if (!single_octet(id)) {
			const int err = read_contents(r, id, ie->codeset, &ie->v);
			if (err != 0)
				return err;
		}
		m->n++;
		next = locked;
	}
	return 0;
}

static int read_head(struct q931_msg *m, struct reader *r, size_t *at)
{
	uint8_t len;
	uint16_t ref;
	*at = 0;
	if (rd_u8(r, &m->pd) != 0)
		return PST_E_SHORT;
	if (m->pd != Q931_PD)
		return PST_E_BAD;
	*at = 1;
	if (rd_u8(r, &len) != 0)
		return PST_E_SHORT;
	/* H.225.0 7.2.2: two octets, always. */
	if (len != 2)
		return PST_E_BAD;
	*at = 2;
	if (rd_u16(r, &ref) != 0 || rd_u8(r, &m->type) != 0)
		return PST_E_SHORT;
	m->flag = (ref & 0x8000) != 0;
	m->crv = ref & Q931_CRV_MAX;
	return 0;
}

int q931_decode(struct q931_msg *m, struct pst_slice octets, size_t *at)
{
	struct reader r = rd_of(octets);
	size_t where = 0;
	m->n = 0;
	int err = read_head(m, &r, &where);
	if (err == 0)
		err = read_elements(m, &r, &where);
	if (err != 0 && at != NULL)
		*at = where;
	return err;
}

static int write_element(const struct q931_ie *ie, struct writer *w)
{
	wr_u8(w, ie->id);
	if (single_octet(ie->id))
		return 0;
	if (two_octet_length(ie->id, ie->codeset)) {
		if (ie->v.n > 65535)
			return PST_E_RANGE;
		wr_u16(w, (uint16_t)ie->v.n);
	} else {
		if (ie->v.n > 255)
			return PST_E_RANGE;
		wr_u8(w, (uint8_t)ie->v.n);
	}
	wr_bytes(w, ie->v);
	return 0;
}

static int write_user_user(q931_contents_h *h, void *arg, struct writer *w)
{
	wr_u8(w, Q931_IE_USER_USER);
	const size_t at = wr_reserve_u16(w);
	const int err = h(arg, w);
	if (err != 0)
		return err;
	const size_t n = w->n - at - 2;
	if (n > 65535)
		return PST_E_RANGE;
	wr_patch_u16(w, at, (uint16_t)n);
	return 0;
}

int q931_encode_uu(const struct q931_msg *m, q931_contents_h *h, void *arg, struct writer *w)
{
	if (m->crv > Q931_CRV_MAX)
		return PST_E_RANGE;
	wr_u8(w, m->pd);
	wr_u8(w, 2);
	wr_u16(w, (uint16_t)(m->crv | (m->flag ? 0x8000 : 0)));
	wr_u8(w, m->type);
	for (uint16_t i = 0; i < m->n; i++) {
		const struct q931_ie *ie = &m->ie[i];
		int err;
		if (h != NULL && two_octet_length(ie->id, ie->codeset)) {
			err = write_user_user(h, arg, w);
			h = NULL;
		} else {
			err = write_element(ie, w);
		}
		if (err != 0)
			return err;
	}
	return wr_done(w);
}

int q931_encode(const struct q931_msg *m, struct writer *w)
{
	return q931_encode_uu(m, NULL, NULL, w);
}

void q931_init(struct q931_msg *m, uint8_t type, uint16_t crv, bool flag)
{
	m->pd = Q931_PD;
	m->type = type;
	m->crv = crv & Q931_CRV_MAX;
	m->flag = flag;
	m->n = 0;
}

static bool is_element(const struct q931_ie *ie, uint8_t id)
{
	return ie->id == id && ie->codeset == 0 && (id & SHIFT_MASK) != SHIFT;
}

const struct q931_ie *q931_find(const struct q931_msg *m, uint8_t id)
{
	for (uint16_t i = 0; i < m->n; i++) {
		if (is_element(&m->ie[i], id))
			return &m->ie[i];
	}
	return NULL;
}

/* The place of a new element: before the first of a greater id, and before anything of another codeset. */
static uint16_t place_of(const struct q931_msg *m, uint8_t id)
{
	uint16_t at = 0;
	while (at < m->n) {
		const struct q931_ie *ie = &m->ie[at];
		if (ie->codeset != 0 || (ie->id & SHIFT_MASK) == SHIFT)
			break;
		if (!single_octet(id) && !single_octet(ie->id) && ie->id > id)
			break;
		at++;
	}
	return at;
}

static int insert(struct q931_msg *m, uint16_t at, uint8_t id, struct pst_slice contents)
{
	if (m->n == Q931_IES_MAX)
		return PST_E_LIMIT;
	memmove(&m->ie[at + 1], &m->ie[at], (size_t)(m->n - at) * sizeof(m->ie[0]));
	m->ie[at] = (struct q931_ie){ .id = id, .v = contents };
	m->n++;
	return 0;
}

int q931_set(struct q931_msg *m, uint8_t id, struct pst_slice contents)
{
	for (uint16_t i = 0; i < m->n; i++) {
		if (is_element(&m->ie[i], id)) {
			m->ie[i].v = contents;
			return 0;
		}
	}
	return insert(m, place_of(m, id), id, contents);
}

int q931_append(struct q931_msg *m, uint8_t id, struct pst_slice contents)
{
	return insert(m, m->n, id, contents);
}

int q931_remove(struct q931_msg *m, uint8_t id)
{
	uint16_t kept = 0;
	for (uint16_t i = 0; i < m->n; i++) {
		if (!is_element(&m->ie[i], id))
			m->ie[kept++] = m->ie[i];
	}
	const int removed = m->n - kept;
	m->n = kept;
	return removed;
}
