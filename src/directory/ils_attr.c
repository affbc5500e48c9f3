/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Attributes: each has a name on the wire and a name as the original server stored it;
 * clients use either. Some values are not stored but made for who asks: the address at
 * which they can call, the time that is left, what a person from elsewhere lacks.
 */
#include "directory/ils_private.h"

#include <stdio.h>

bool ils_attr_is(const struct ils_attr_ref *ref, struct pst_slice name)
{
	return ref->group != DIRECTORY_A_OTHER ? ref->group == directory_attr_group(name) : ldap_eq(ref->name, name);
}

const char *ils_sipaddress(char buf[static ILS_SIPADDRESS_MAX], const struct addr *a)
{
	const uint32_t v = (uint32_t)a->ip[0] | (uint32_t)a->ip[1] << 8 | (uint32_t)a->ip[2] << 16 | (uint32_t)a->ip[3] << 24;
	snprintf(buf, ILS_SIPADDRESS_MAX, "%u", v);
	return buf;
}

int ils_number(struct pst_slice text, uint32_t *out)
{
	uint64_t v = 0;
	if (text.n == 0 || text.n > 10)
		return PST_E_BAD;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return PST_E_BAD;
		v = v * 10 + (text.p[i] - '0');
	}
	*out = (uint32_t)v;
	return v > UINT32_MAX ? PST_E_RANGE : 0;
}

int ils_sipaddress_parse(struct addr *out, struct pst_slice text)
{
	uint32_t v = 0;
	const int err = ils_number(text, &v);
	if (err)
		return err;
	*out = addr_ip4((const uint8_t[]){ (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) }, 0);
	return 0;
}

/* Values */

void ils_view_init(struct ils_view *v, const struct directory *dir, const struct directory_entry *e,
	const struct directory_asker *asker, uint64_t now_ms)
{
	v->dir = dir;
	v->e = e;
	v->asker = asker;
	v->now_ms = now_ms;
	directory_head(e, &v->head);
	v->n_attrs = directory_attrs(e, v->attrs, ILS_ATTRS);
}

static bool stored(const struct ils_view *v, const struct ils_attr_ref *ref, uint32_t i, struct pst_slice *value)
{
	for (uint32_t n = 0; n < v->n_attrs; n++) {
		const struct directory_attr_at *a = &v->attrs[n];
		if (a->group != ref->group || (ref->group == DIRECTORY_A_OTHER && !ldap_eq(a->name, ref->name)))
			continue;
		if (i >= a->n_values)
			return false;
		*value = directory_attr_at_value(a, i);
		return true;
	}
	return false;
}

static bool made(const char *const *list, uint32_t n, uint32_t i, struct pst_slice *value)
{
	if (i >= n)
		return false;
	*value = slice_str(list[i]);
	return true;
}

static bool number(struct ils_view *v, uint64_t n, struct pst_slice *value)
{
	*value = slice_of(v->text, (size_t)snprintf(v->text, sizeof v->text, "%u", (uint32_t)(n > UINT32_MAX ? UINT32_MAX : n)));
	return true;
}

/* Ends well, so that a client which refreshes just in time is not told 0. */
static bool time_left(struct ils_view *v, uint32_t unit_ms, struct pst_slice *value)
{
	const uint64_t left = v->head.expiry_ms > v->now_ms ? v->head.expiry_ms - v->now_ms : 0;
	return v->head.expiry_ms != 0 && number(v, (left + unit_ms - 1) / unit_ms, value);
}

static bool object_class(const struct ils_view *v, uint32_t i, struct pst_slice *value)
{
	static const char *const person[] = { "rtPerson", "dynamicObject" }, *const conference[] = { "rtConference", "dynamicObject" };
	return made(v->head.kind == DIRECTORY_CONFERENCE ? conference : person, 2, i, value);
}

static bool address(struct ils_view *v, uint32_t i, struct pst_slice *value)
{
	const struct addr a = directory_view(v->dir, v->e, v->asker->realm);
	if (i > 0 || a.family != ADDR_IP4 || v->head.kind == DIRECTORY_CONFERENCE)
		return false;
	*value = slice_str(ils_sipaddress(v->text, &a));
	return true;
}

/* What NetMeeting expects of a person who did not register through it. */
static bool supplied(struct ils_view *v, uint8_t group, uint32_t i, struct pst_slice *value)
{
	static const char *const application[] = { "ms-netmeeting" }, *const protocols[] = { "t120", "h323" },
		*const mime[] = { "text/iuls" }, *const protocol_mimes[] = { "text/t120", "text/h323" },
		*const ports[] = { "1503", "1720" }, *const country[] = { "-" };
	switch (group) {
	case DIRECTORY_A_MAIL:
		*value = v->head.key;
		return i == 0 && memchr(v->head.key.p, '@', v->head.key.n) != NULL;
	case DIRECTORY_A_APPLICATION: return made(application, 1, i, value);
	case DIRECTORY_A_PROTOCOL: return made(protocols, 2, i, value);
	case DIRECTORY_A_MIME: return made(mime, 1, i, value);
	case DIRECTORY_A_PROTOCOL_MIME: return made(protocol_mimes, 2, i, value);
	case DIRECTORY_A_PORT: return made(ports, 2, i, value);
	case DIRECTORY_A_C: return made(country, 1, i, value);
	default: return false;
	}
}

bool ils_view_value(struct ils_view *v, const struct ils_attr_ref *ref, uint32_t i, struct pst_slice *value)
{
	const bool conference = v->head.kind == DIRECTORY_CONFERENCE;
	switch (ref->group) {
	case DIRECTORY_A_CLASS: return object_class(v, i, value);
	case DIRECTORY_A_ADDRESS: return address(v, i, value);
	case DIRECTORY_A_STTL: return i == 0 && time_left(v, 60000, value);
	case DIRECTORY_A_ENTRY_TTL: return i == 0 && time_left(v, 1000, value);
	case DIRECTORY_A_SMODOP: return false;
	case DIRECTORY_A_TOKEN: /* it is what proves whose the entry is: for its owner only */
		return i == 0 && v->head.token != 0 && directory_may_change(v->e, v->asker, 0) && number(v, v->head.token, value);
	case DIRECTORY_A_FLAGS: return i == 0 && !conference && number(v, v->head.flags & DIRECTORY_HIDDEN ? 0 : 1, value);
	case DIRECTORY_A_CN:
	case DIRECTORY_A_UID: /* what it is found by */
		*value = v->head.key;
		return conference == (ref->group == DIRECTORY_A_UID) ? i == 0 : stored(v, ref, i, value);
	default: break;
	}
	if (stored(v, ref, i, value))
		return true;
	/* past the last of its own values is past the last */
	struct pst_slice own;
	return !conference && v->head.origin != DIRECTORY_ILS && !(i > 0 && stored(v, ref, 0, &own)) &&
	       supplied(v, ref->group, i, value);
}
