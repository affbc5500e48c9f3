/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/route.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/address.h"
#include "h225/addr.h"
#include "q931/ie.h"

enum { NAME_MAX_LEN = 300 };

static struct gw_route refuse(uint32_t reason, const char *why)
{
	return (struct gw_route){ .reason = reason, .why = why };
}

static struct gw_route go(const struct gw_config *cfg, const struct addr *dest, const char *why)
{
	if (!gw_address_dialable(cfg, dest))
		return refuse(H225_RELEASE_COMPLETE_REASON_BAD_FORMAT_ADDRESS,
			"the called address is none that a call can go to");
	const struct gw_realm *r = gw_realm_of(cfg, dest);
	if (r == NULL)
		return refuse(H225_RELEASE_COMPLETE_REASON_UNREACHABLE_DESTINATION,
			"no realm holds the called address");
	return (struct gw_route){ .dest = *dest, .realm = r, .why = why };
}

/* --- names --- */

/* The alias as text. False: it has none. A character outside ASCII becomes '?', which no binding's name
 * holds. */
static bool alias_text(const struct h225_alias_address *a, char out[static NAME_MAX_LEN])
{
	struct pst_slice s;
	size_t step = 1;
	switch (a->choice) {
	case H225_ALIAS_ADDRESS_DIALED_DIGITS: s = a->u.dialed_digits; break;
	case H225_ALIAS_ADDRESS_H323_ID:
		s = a->u.h323_id;
		step = 2;
		break;
	case H225_ALIAS_ADDRESS_URL_ID: s = a->u.url_id; break;
	case H225_ALIAS_ADDRESS_EMAIL_ID: s = a->u.email_id; break;
	case H225_ALIAS_ADDRESS_PARTY_NUMBER:
		if (a->u.party_number->choice != H225_PARTY_NUMBER_E164_NUMBER)
			return false;
		s = a->u.party_number->u.e164_number->public_number_digits;
		break;
	default: return false;
	}
	size_t n = 0;
	for (size_t i = 0; i + step <= s.n && n < NAME_MAX_LEN - 1; i += step) {
		const uint8_t c = s.p[i + step - 1];
		const bool ascii = (step == 1 || s.p[i] == 0) && c >= 0x20 && c < 0x7f;
		if (c == 0 && (step == 1 || s.p[i] == 0))
			break; /* some peers pad with NULs */
		out[n++] = ascii ? (char)c : '?';
	}
	out[n] = '\0';
	return n > 0;
}

static const char *strip_scheme(const char *name)
{
	return strncasecmp(name, "h323:", 5) == 0 ? name + 5 : name;
}

/* The whole name, or its part before the '@'. */
static bool same_name(const char *bound, const char *called)
{
	called = strip_scheme(called);
	if (strcasecmp(bound, called) == 0)
		return true;
	const char *at = strchr(called, '@');
	const size_t n = at != NULL ? (size_t)(at - called) : 0;
	return n > 0 && strlen(bound) == n && strncasecmp(bound, called, n) == 0;
}

static const struct gw_binding *bound_to(const struct gw_config *cfg, const char *called)
{
	for (uint32_t i = 0; i < cfg->n_bindings; i++)
		if (same_name(cfg->bindings[i].name, called))
			return &cfg->bindings[i];
	return NULL;
}

/* "name@192.0.2.1", an address alone, or what some stacks make of one: "ip$192.0.2.1:1720" */
static bool named_address(const char *name, struct addr *out)
{
	name = strip_scheme(name);
	const char *at = strrchr(name, '@');
	if (at != NULL)
		name = at + 1;
	if (strncasecmp(name, "ip$", 3) == 0)
		name += 3;
	return addr_parse(out, name, 1720) == 0;
}

/* --- the called party of a Setup --- */

struct called {
	const struct gw_binding *binding;
	struct addr registered; /* who a directory or gatekeeper says it is; family 0: nobody */
	uint32_t realm;         /* of the caller, by index */
	struct addr address; /* an address that is not ours */
};

static void look_at_name(struct called *c, const struct gw_config *cfg, const char *name)
{
	struct addr a;
	if (c->binding == NULL)
		c->binding = bound_to(cfg, name);
	if (c->binding == NULL && c->registered.family == ADDR_NONE && cfg->lookup.find != NULL)
		(void)cfg->lookup.find(cfg->lookup.arg, strip_scheme(name), c->realm, &c->registered);
	if (c->address.family == ADDR_NONE && named_address(name, &a) && !gw_address_is_gateway(cfg, &a))
		c->address = a;
}

static void look_at_alias(
	struct called *c, const struct gw_config *cfg, const struct h225_alias_address *alias)
{
	char name[NAME_MAX_LEN];
	struct addr a;
	if (alias->choice == H225_ALIAS_ADDRESS_TRANSPORT_ID) {
		if (c->address.family == ADDR_NONE && h225_addr_read(&a, alias->u.transport_id) == 0 &&
			!gw_address_is_gateway(cfg, &a))
			c->address = a;
	} else if (alias_text(alias, name)) {
		look_at_name(c, cfg, name);
	}
}

static void look_at_number(struct called *c, const struct gw_config *cfg, const struct q931_msg *m)
{
	const struct q931_ie *ie = q931_find(m, Q931_IE_CALLED_NUMBER);
	struct q931_number_view v;
	char digits[64];
	if (ie == NULL || q931_number_read(&v, ie->v) != 0 || v.digits.n == 0 || v.digits.n >= sizeof digits)
		return;
	memcpy(digits, v.digits.p, v.digits.n);
	digits[v.digits.n] = '\0';
	look_at_name(c, cfg, digits);
}

static struct called called_party(
	const struct gw_config *cfg, const struct gw_realm *from, const struct h225_msg *m)
{
	const struct h225_setup_uuie *s = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	struct called c = { .realm = (uint32_t)(from - cfg->realms) };
	struct addr a;
	for (uint32_t i = 0; s->has_destination_address && i < s->destination_address.n; i++)
		look_at_alias(&c, cfg, &s->destination_address.v[i]);
	if (s->remote_extension_address != NULL)
		look_at_alias(&c, cfg, s->remote_extension_address);
	look_at_number(&c, cfg, &m->q931);
	if (s->dest_call_signal_address != NULL && h225_addr_read(&a, s->dest_call_signal_address) == 0 &&
		!gw_address_is_gateway(cfg, &a))
		c.address = a;
	return c;
}

/* Where a gatekeeper admitted the call to. Who is outside is led to nobody outside. */
static bool admitted(struct addr *out, const struct gw_config *cfg, const struct gw_realm *from,
	const struct addr *caller, const struct h225_msg *m)
{
	const struct h225_setup_uuie *s = m->uu.h323_uu_pdu.h323_message_body.u.setup;
	const struct pst_slice none = { NULL, 0 };
	if (cfg->lookup.find_call == NULL || caller == NULL ||
		!cfg->lookup.find_call(cfg->lookup.arg, caller,
			s->call_identifier != NULL ? s->call_identifier->guid : none, s->conference_id, out))
		return false;
	const struct gw_realm *to = gw_realm_of(cfg, out);
	return from->role == GW_ROLE_INSIDE || (to != NULL && to->role == GW_ROLE_INSIDE);
}

static bool is_inbound_target(const struct gw_config *cfg, const struct addr *a)
{
	for (uint32_t i = 0; i < cfg->n_bindings; i++)
		if (addr_ip_eq(&cfg->bindings[i].host, a))
			return true;
	return addr_ip_eq(&cfg->default_host, a);
}

void gw_route_find(struct gw_route *r, const struct gw_config *cfg, const struct gw_realm *from,
	const struct addr *original, const struct addr *caller, const struct h225_msg *setup)
{
	const struct called c = called_party(cfg, from, setup);
	struct addr by_gatekeeper;
	const bool inside = from->role == GW_ROLE_INSIDE;

	if (!gw_address_is_gateway(cfg, original)) {
		/* intercepted: the caller meant that address */
		if (inside)
			*r = go(cfg, original, "dialled by address");
		else if (is_inbound_target(cfg, original))
			*r = go(cfg, original, "dialled by the address of a host that may be called");
		else
			*r = refuse(H225_RELEASE_COMPLETE_REASON_NO_PERMISSION,
				"callers outside reach bindings and the default host only");
	} else if (c.binding != NULL) {
		*r = go(cfg, &c.binding->host, "called by a bound name");
	} else if (c.registered.family != ADDR_NONE) {
		*r = go(cfg, &c.registered, "called by a registered name");
	} else if (admitted(&by_gatekeeper, cfg, from, caller, setup)) {
		*r = go(cfg, &by_gatekeeper, "as the gatekeeper admitted it");
	} else if (inside && c.address.family != ADDR_NONE) {
		*r = go(cfg, &c.address, "dialled through the gateway");
	} else if (cfg->default_host.family != ADDR_NONE) {
		*r = go(cfg, &cfg->default_host, "the default host");
	} else {
		*r = refuse(H225_RELEASE_COMPLETE_REASON_CALLED_PARTY_NOT_REGISTERED,
			"nobody is bound to the called name, and there is no default host");
	}
}
