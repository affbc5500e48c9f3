/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ILS session: binds, what is answered to what, extended operations, and everything malformed. */
#include "directory/ils.h"

#include "directory/ils_private.h"
#include "ldap/ber.h"

/* RFC 2589 4, RFC 4511 4.4.1 */
static const char refresh_oid[] = "1.3.6.1.4.1.1466.101.119.1", disconnection_oid[] = "1.3.6.1.4.1.1466.20036";

void ils_session_init(struct ils_session *s, struct ils *ils, const struct directory_asker *asker)
{
	*s = (struct ils_session){ ils, *asker, 2, NULL };
}

int32_t ils_code_of(int err)
{
	switch (err) {
	case 0: return LDAP_SUCCESS;
	case PST_E_DENIED: return LDAP_INSUFFICIENT_ACCESS;
	case PST_E_NOT_FOUND: return LDAP_NO_SUCH_OBJECT;
	case PST_E_LIMIT: return LDAP_UNWILLING_TO_PERFORM;
	case PST_E_BAD:
	case PST_E_ARG: return LDAP_INVALID_DN_SYNTAX;
	default: return LDAP_OTHER;
	}
}

void ils_result(struct writer *w, int32_t id, uint8_t op, int32_t code, const char *text)
{
	const struct ldap_msg m = { .id = id, .op = op, .u.result = { .code = code, .text = slice_str(text) } };
	const int err = ldap_encode(w, &m);
	(void)err; /* the writer remembers */
}

void ils_goodbye(struct ils_session *s, struct writer *w)
{
	const struct ldap_msg m = { .op = LDAP_EXTENDED_RESPONSE, .u.result = { .code = LDAP_PROTOCOL_ERROR,
		.has_oid = true, .oid = slice_str(disconnection_oid) } };
	s->ils->stats.malformed++;
	if (s->version < 3)
		return;
	const int err = ldap_encode(w, &m);
	(void)err;
}

static void bind(struct ils_ctx *c)
{
	const struct ldap_msg *m = c->m;
	int32_t code = LDAP_SUCCESS;
	c->s->ils->stats.binds++;
	if (m->u.bind.version != 2 && m->u.bind.version != 3)
		code = LDAP_PROTOCOL_ERROR;
	else if (m->u.bind.auth != LDAP_AUTH_SIMPLE)
		code = LDAP_AUTH_METHOD_NOT_SUPPORTED;
	else
		c->s->version = (uint8_t)m->u.bind.version;
	ils_result(c->w, m->id, LDAP_BIND_RESPONSE, code, "");
}

/* RefreshRequest ::= SEQUENCE { [0] entryName, [1] requestTtl } */
static int32_t refresh(struct ils_ctx *c, uint32_t *granted_s)
{
	struct reader r = rd_of(c->m->u.extended.value), seq;
	struct ils_target t;
	struct pst_slice name;
	int32_t ttl_s;
	enum { TTL_MAX = 31557600 };
	if (!c->m->u.extended.has_value || ber_expect(&r, BER_SEQUENCE, &seq) || ber_octets(&seq, 0x80, &name) ||
	    ber_int(&seq, 0x81, &ttl_s) || ttl_s < 1 || ttl_s > TTL_MAX)
		return LDAP_PROTOCOL_ERROR;
	const int err = ils_target(&t, name, c->a);
	if (err)
		return ils_code_of(err);
	if (!t.known)
		return LDAP_NO_SUCH_OBJECT;
	const int done = directory_refresh(c->s->ils->dir, t.kind, t.key, &c->s->asker, 0, (uint32_t)ttl_s, c->now_ms, granted_s);
	c->s->ils->stats.refreshes += done == 0;
	return ils_code_of(done);
}

void ils_extended(struct ils_ctx *c)
{
	uint8_t value[16];
	struct writer v = wr_of(value, sizeof value);
	uint32_t granted_s = 0;
	if (!slice_eq(c->m->u.extended.oid, slice_str(refresh_oid))) {
		ils_result(c->w, c->m->id, LDAP_EXTENDED_RESPONSE, LDAP_PROTOCOL_ERROR, "");
		return;
	}
	const int32_t code = refresh(c, &granted_s);
	/* RFC 2589 4.2: a SEQUENCE with the lifetime, 0 on error */
	const size_t seq = ber_begin(&v, BER_SEQUENCE);
	ber_put_int(&v, 0x81, code == LDAP_SUCCESS ? (int32_t)granted_s : 0);
	ber_end(&v, seq);
	const struct ldap_msg m = { .id = c->m->id, .op = LDAP_EXTENDED_RESPONSE,
		.u.result = { .code = code, .has_oid = true, .oid = slice_str(refresh_oid), .has_value = true, .value = wr_slice(&v) } };
	const int err = ldap_encode(c->w, &m);
	(void)err;
}

static bool has_critical_control(const struct ldap_msg *m)
{
	for (uint32_t i = 0; i < m->n_controls; i++)
		if (m->controls[i].critical)
			return true;
	return false;
}

/* What is answered with one result. */
static int32_t change(struct ils_ctx *c)
{
	switch (c->m->op) {
	case LDAP_ADD_REQUEST: return ils_add(c);
	case LDAP_MODIFY_REQUEST: return ils_modify(c);
	case LDAP_DELETE_REQUEST: return ils_delete(c);
	case LDAP_COMPARE_REQUEST: return ils_compare(c);
	default: c->s->ils->stats.others++; return LDAP_UNWILLING_TO_PERFORM; /* modify DN */
	}
}

static int dispatch(struct ils_ctx *c, struct pst_slice octets)
{
	const struct ldap_msg *m = c->m;
	const uint8_t response = ldap_response_to(m->op);
	if (m->op == LDAP_UNBIND_REQUEST)
		return ILS_CLOSE;
	if (m->op == LDAP_ABANDON_REQUEST)
		return ILS_DONE;
	if (response == 0) { /* no request: an extended response is the only one that fits any */
		c->s->ils->stats.others++;
		ils_result(c->w, m->id, LDAP_EXTENDED_RESPONSE, LDAP_PROTOCOL_ERROR, "");
		return ILS_DONE;
	}
	if (has_critical_control(m)) {
		ils_result(c->w, m->id, response, LDAP_UNAVAILABLE_CRITICAL_EXTENSION, "");
		return ILS_DONE;
	}
	switch (m->op) {
	case LDAP_BIND_REQUEST: bind(c); break;
	case LDAP_SEARCH_REQUEST: return ils_search(c, octets);
	case LDAP_EXTENDED_REQUEST: ils_extended(c); break;
	default: {
		const int32_t code = change(c);
		ils_result(c->w, m->id, response, code, "");
	}
	}
	return ILS_DONE;
}

int ils_handle(struct ils_session *s, struct pst_slice octets, uint64_t now_ms, struct writer *w)
{
	struct ldap_msg m;
	struct arena a;
	int done;
	arena_init(&a, ILS_ARENA_MAX);
	const int err = ldap_decode(&m, octets, &ldap_limits_default, &a);
	if (!err) {
		struct ils_ctx c = { s, &m, &a, now_ms, w };
		done = dispatch(&c, octets);
	} else if (m.op == 0) { /* not even an operation */
		ils_goodbye(s, w);
		done = ILS_CLOSE;
	} else {
		const uint8_t response = ldap_response_to(m.op);
		s->ils->stats.malformed++;
		ils_result(w, m.id, response ? response : LDAP_EXTENDED_RESPONSE,
			err == PST_E_LIMIT || err == PST_E_NOMEM ? LDAP_UNWILLING_TO_PERFORM : LDAP_PROTOCOL_ERROR, "");
		done = m.op == LDAP_UNBIND_REQUEST ? ILS_CLOSE : ILS_DONE;
	}
	arena_free(&a);
	return done;
}
