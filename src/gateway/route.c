/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/route.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "gateway/address.h"
#include "h225/addr.h"
#include "q931/ie.h"

enum { NAME_MAX_LEN = GW_ROUTE_NAME_MAX, STEP_MAX = 500 };

static struct gw_route refuse(uint32_t reason, const char *why)
{
	return (struct gw_route){ .reason = reason, .why = why };
}

/* The route that is looked for, and by whom. */
struct search {
	const struct gw_config *cfg;
	const struct gw_route_ask *ask;
};

static void step(const struct search *s, const char *fmt, ...) PST_PRINTF(2, 3);

static void step(const struct search *s, const char *fmt, ...)
{
	char text[STEP_MAX];
	va_list ap;
	if (s->ask->step == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	s->ask->step(s->ask->arg, text);
}

/* To the service that is asked for, at HOST. */
static struct gw_route go(const struct search *s, const struct addr *host, enum gw_route_by by, const char *why)
{
	const struct addr dest = s->ask->port != 0 ? addr_with_port(*host, s->ask->port) : *host;
	if (!gw_address_dialable(s->cfg, &dest))
		return refuse(H225_RELEASE_COMPLETE_REASON_BAD_FORMAT_ADDRESS,
			"the called address is none that a call can go to");
	const struct gw_realm *r = gw_realm_of(s->cfg, &dest);
	if (r == NULL)
		return refuse(H225_RELEASE_COMPLETE_REASON_UNREACHABLE_DESTINATION,
			"no realm holds the called address");
	return (struct gw_route){ .dest = dest, .realm = r, .why = why, .by = by };
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

bool gw_route_same_name(const char *bound, const char *called)
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
		if (gw_route_same_name(cfg->bindings[i].name, called))
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

/* --- the called party --- */

struct called {
	const struct gw_binding *binding;
	struct addr registered; /* who a directory or gatekeeper says it is; family 0: nobody */
	struct addr host;	/* behind a virtual address that was named */
	struct addr address;	/* an address that is not ours */
	char elsewhere[NAME_MAX_LEN]; /* a name of a domain that can be looked up; "": none */
};

static void look_at_address(struct called *c, const struct search *s, const struct addr *a)
{
	struct addr host;
	if (gw_address_host(s->cfg, a, &host)) {
		if (c->host.family == ADDR_NONE)
			c->host = addr_with_port(host, s->cfg->signalling_port);
	} else if (c->address.family == ADDR_NONE && !gw_address_is_gateway(s->cfg, a)) {
		c->address = *a;
	}
}

/* Nobody outside has names looked up; a name that fills its place may have been cut short. */
static bool may_look_up(const struct search *s, const char *name)
{
	const struct gw_lookup *ask = &s->cfg->lookup;
	return s->ask->from->role == GW_ROLE_INSIDE && ask->is_elsewhere != NULL && strlen(name) < NAME_MAX_LEN - 1 &&
	       ask->is_elsewhere(ask->arg, name);
}

static void look_at_name(struct called *c, const struct search *s, const char *name)
{
	const struct gw_lookup *ask = &s->cfg->lookup;
	char safe[NAME_MAX_LEN], text[ADDR_STRLEN];
	struct addr a;
	log_escape(safe, sizeof safe, slice_str(name));
	if (c->binding == NULL) {
		c->binding = bound_to(s->cfg, name);
		if (c->binding != NULL)
			step(s, "\"%s\" is bound to %s", safe, addr_str(&c->binding->host, text));
		else
			step(s, "\"%s\" is no bound name", safe);
	}
	if (c->binding == NULL && c->registered.family == ADDR_NONE && ask->find != NULL) {
		if (ask->find(ask->arg, strip_scheme(name), (uint32_t)(s->ask->from - s->cfg->realms), &c->registered))
			step(s, "\"%s\" is registered at %s", safe, addr_str(&c->registered, text));
		else
			step(s, "\"%s\" is registered with nobody", safe);
	}
	if (named_address(name, &a))
		look_at_address(c, s, &a);
	else if (c->elsewhere[0] == '\0' && may_look_up(s, strip_scheme(name)))
		strcpy(c->elsewhere, strip_scheme(name));
}

static void look_at_alias(struct called *c, const struct search *s, const struct h225_alias_address *alias)
{
	char name[NAME_MAX_LEN];
	struct addr a;
	if (alias->choice == H225_ALIAS_ADDRESS_TRANSPORT_ID) {
		if (h225_addr_read(&a, alias->u.transport_id) == 0)
			look_at_address(c, s, &a);
	} else if (alias_text(alias, name)) {
		look_at_name(c, s, name);
	}
}

static void look_at_number(struct called *c, const struct search *s, const struct q931_msg *m)
{
	const struct q931_ie *ie = q931_find(m, Q931_IE_CALLED_NUMBER);
	struct q931_number_view v;
	char digits[64];
	if (ie == NULL || q931_number_read(&v, ie->v) != 0 || v.digits.n == 0 || v.digits.n >= sizeof digits)
		return;
	memcpy(digits, v.digits.p, v.digits.n);
	digits[v.digits.n] = '\0';
	look_at_name(c, s, digits);
}

static const struct h225_setup_uuie *setup_of(const struct h225_msg *m)
{
	return m->uu.h323_uu_pdu.h323_message_body.u.setup;
}

static void look_at_setup(struct called *c, const struct search *s, const struct h225_msg *m)
{
	const struct h225_setup_uuie *setup = setup_of(m);
	struct addr a;
	for (uint32_t i = 0; setup->has_destination_address && i < setup->destination_address.n; i++)
		look_at_alias(c, s, &setup->destination_address.v[i]);
	if (setup->remote_extension_address != NULL)
		look_at_alias(c, s, setup->remote_extension_address);
	look_at_number(c, s, &m->q931);
	/* what it is said to be for goes before addresses that names hold */
	if (setup->dest_call_signal_address == NULL || h225_addr_read(&a, setup->dest_call_signal_address) != 0 ||
		gw_address_is_gateway(s->cfg, &a))
		return;
	c->address = a;
}

static struct called called_party(const struct search *s)
{
	struct called c = { 0 };
	if (s->ask->name != NULL)
		look_at_name(&c, s, s->ask->name);
	if (s->ask->setup != NULL)
		look_at_setup(&c, s, s->ask->setup);
	if (s->ask->name == NULL && s->ask->setup == NULL)
		step(s, "nobody is called by name");
	return c;
}

/* --- the steps --- */

/* Where a gatekeeper admitted the call to. Who is outside is led to nobody outside. */
static bool admitted(const struct search *s, struct addr *out)
{
	const struct gw_lookup *ask = &s->cfg->lookup;
	const struct pst_slice none = { NULL, 0 };
	if (ask->find_call == NULL || s->ask->caller.family == ADDR_NONE || s->ask->setup == NULL)
		return false;
	const struct h225_setup_uuie *setup = setup_of(s->ask->setup);
	if (!ask->find_call(ask->arg, &s->ask->caller,
		    setup->call_identifier != NULL ? setup->call_identifier->guid : none, setup->conference_id, out))
		return false;
	const struct gw_realm *to = gw_realm_of(s->cfg, out);
	return s->ask->from->role == GW_ROLE_INSIDE || (to != NULL && to->role == GW_ROLE_INSIDE);
}

static bool is_inbound_target(const struct gw_config *cfg, const struct addr *a)
{
	for (uint32_t i = 0; i < cfg->n_bindings; i++)
		if (addr_ip_eq(&cfg->bindings[i].host, a))
			return true;
	for (uint32_t i = 0; i < cfg->n_ports; i++)
		if (addr_ip_eq(&cfg->ports[i].host, a))
			return true;
	return addr_ip_eq(&cfg->default_host, a);
}

/* Intercepted: the caller meant that address. */
static struct gw_route by_address(const struct search *s)
{
	const struct addr *original = &s->ask->original;
	char text[ADDR_STRLEN];
	addr_str(original, text);
	if (s->ask->from->role == GW_ROLE_INSIDE) {
		step(s, "%s was dialled: who is inside may call any address", text);
		return go(s, original, GW_BY_ADDRESS, "dialled by address");
	}
	if (is_inbound_target(s->cfg, original)) {
		step(s, "%s was dialled: a host that is bound to a name or port, or the default host", text);
		return go(s, original, GW_BY_ADDRESS, "dialled by the address of a host that may be called");
	}
	const struct gw_realm *of = gw_realm_of(s->cfg, original);
	if (of == NULL || of->role == GW_ROLE_OUTSIDE) {
		step(s, "%s was dialled: it leads to the gateway, and is no host's", text);
		return refuse(H225_RELEASE_COMPLETE_REASON_UNREACHABLE_DESTINATION, "no host has the called address");
	}
	step(s, "%s was dialled: a host inside, but none that may be called so", text);
	return refuse(H225_RELEASE_COMPLETE_REASON_NO_PERMISSION,
		"callers outside reach bindings and the default host only");
}

static const struct gw_port *by_port(const struct search *s)
{
	for (uint32_t i = 0; i < s->cfg->n_ports; i++)
		if (s->cfg->ports[i].port == s->ask->original.port)
			return &s->cfg->ports[i];
	return NULL;
}

/* Of a domain elsewhere. What was found there leads neither inside nor to the gateway. False: it leads nowhere. */
static bool by_domain(const struct search *s, const char *name, struct gw_route *out)
{
	const struct addr *at = s->ask->located;
	char safe[NAME_MAX_LEN], text[ADDR_STRLEN];
	log_escape(safe, sizeof safe, slice_str(name));
	if (at == NULL) {
		step(s, "\"%s\" is of a domain elsewhere, which is looked up", safe);
		*out = refuse(H225_RELEASE_COMPLETE_REASON_CALLED_PARTY_NOT_REGISTERED, "the called name has to be looked up");
		strcpy(out->look_up, name);
		return true;
	}
	if (at->family == ADDR_NONE) {
		step(s, "nobody takes calls for \"%s\"", safe);
		return false;
	}
	const struct gw_realm *to = gw_realm_of(s->cfg, at);
	if (to == NULL || to->role != GW_ROLE_OUTSIDE || gw_address_is_gateway(s->cfg, at)) {
		step(s, "\"%s\" is looked up as %s, which is no host outside", safe, addr_str(at, text));
		return false;
	}
	step(s, "%s takes calls for \"%s\"", addr_str(at, text), safe);
	*out = go(s, at, GW_BY_ADDRESS, "looked up by its domain");
	return true;
}

/* What is left where no name led to anybody. */
static struct gw_route by_the_rest(const struct search *s)
{
	const struct gw_port *p = by_port(s);
	char text[ADDR_STRLEN];
	if (p != NULL) {
		step(s, "port %u is that of %s", p->port, addr_str(&p->host, text));
		return go(s, &p->host, GW_BY_PORT, "called by its port");
	}
	step(s, "port %u is no host's", s->ask->original.port);
	if (s->cfg->default_host.family != ADDR_NONE) {
		step(s, "%s is the default host", addr_str(&s->cfg->default_host, text));
		return go(s, &s->cfg->default_host, GW_BY_DEFAULT, "the default host");
	}
	step(s, "there is no default host");
	return refuse(H225_RELEASE_COMPLETE_REASON_CALLED_PARTY_NOT_REGISTERED,
		"nobody is bound to the called name, and there is no default host");
}

/* The gateway itself was called. */
static struct gw_route by_called_party(const struct search *s)
{
	const struct called c = called_party(s);
	struct gw_route looked_up;
	struct addr by_gatekeeper;
	char text[ADDR_STRLEN];
	if (c.binding != NULL)
		return go(s, &c.binding->host, GW_BY_NAME, "called by a bound name");
	/* the same name may be another's with another gatekeeper: the one that was asked knows whom it meant */
	if (admitted(s, &by_gatekeeper)) {
		step(s, "the gatekeeper admitted the call to %s", addr_str(&by_gatekeeper, text));
		return go(s, &by_gatekeeper, GW_BY_NAME, "as the gatekeeper admitted it");
	}
	if (c.registered.family != ADDR_NONE)
		return go(s, &c.registered, GW_BY_NAME, "called by a registered name");
	if (c.host.family != ADDR_NONE) {
		step(s, "a virtual address of %s is named", addr_ip_str(&c.host, text));
		return go(s, &c.host, GW_BY_VIRTUAL, "named by its virtual address");
	}
	if (c.address.family != ADDR_NONE && s->ask->from->role == GW_ROLE_INSIDE) {
		step(s, "%s is named: who is inside may call any address", addr_str(&c.address, text));
		return go(s, &c.address, GW_BY_ADDRESS, "dialled through the gateway");
	}
	if (c.elsewhere[0] != '\0' && by_domain(s, c.elsewhere, &looked_up))
		return looked_up;
	return by_the_rest(s);
}

void gw_route_find(struct gw_route *r, const struct gw_config *cfg, const struct gw_route_ask *ask)
{
	const struct search s = { cfg, ask };
	struct addr host;
	char a[ADDR_STRLEN], b[ADDR_STRLEN];
	if (gw_address_host(cfg, &ask->original, &host)) {
		step(&s, "%s is the virtual address of %s", addr_ip_str(&ask->original, a), addr_ip_str(&host, b));
		host.port = cfg->signalling_port;
		*r = go(&s, &host, GW_BY_VIRTUAL, "called by its virtual address");
	} else if (cfg->lookup.find_port != NULL && cfg->lookup.find_port(cfg->lookup.arg, &ask->original, &host)) {
		step(&s, "port %u is that of the registration of %s", ask->original.port, addr_str(&host, b));
		*r = go(&s, &host, GW_BY_PORT, "called by the port it registered with");
	} else if (!gw_address_is_gateway(cfg, &ask->original)) {
		*r = by_address(&s);
	} else {
		step(&s, "%s is the gateway's own address", addr_ip_str(&ask->original, a));
		*r = by_called_party(&s);
	}
	if (r->look_up[0] != '\0')
		return;
	if (r->dest.family == ADDR_NONE)
		step(&s, "refused: %s", r->why);
	else
		step(&s, "to %s in realm %s: %s", addr_str(&r->dest, a), r->realm->name, r->why);
}
