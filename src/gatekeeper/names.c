/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names that endpoints register and callers use. Whatever its kind of alias, a name is its text without case, so that a
 * number that somebody typed as a name is found. */
#include "gatekeeper/gk.h"

#include <stdlib.h>
#include <strings.h>

static const char *strip_scheme(const char *name)
{
	return strncasecmp(name, "h323:", 5) == 0 ? name + 5 : name;
}

/* Seed and folded text; returns its length. */
static size_t make_key(const struct gatekeeper *gk, const char *text, size_t n, uint8_t key[static GK_SEED_KEY + GK_NAME_MAX])
{
	memcpy(key, &gk->cfg.seed, GK_SEED_KEY);
	for (size_t i = 0; i < n; i++)
		key[GK_SEED_KEY + i] = (uint8_t)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
	return GK_SEED_KEY + n;
}

static struct gk_alias *lookup(const struct gatekeeper *gk, const char *text, size_t n)
{
	uint8_t key[GK_SEED_KEY + GK_NAME_MAX];
	struct gk_alias *found = NULL;
	if (n == 0 || n >= GK_NAME_MAX)
		return NULL;
	const size_t n_key = make_key(gk, text, n, key);
	HASH_FIND(hh, gk->aliases, key, n_key, found);
	return found;
}

bool gk_alias_text(const struct h225_alias_address *alias, char text[static GK_NAME_MAX])
{
	switch (alias->choice) {
	case H225_ALIAS_ADDRESS_DIALED_DIGITS:
	case H225_ALIAS_ADDRESS_H323_ID:
	case H225_ALIAS_ADDRESS_URL_ID:
	case H225_ALIAS_ADDRESS_EMAIL_ID:
		break;
	case H225_ALIAS_ADDRESS_PARTY_NUMBER:
		if (alias->u.party_number->choice != H225_PARTY_NUMBER_E164_NUMBER)
			return false;
		break;
	default: return false;
	}
	h225_alias_text(alias, text, GK_NAME_MAX);
	return *strip_scheme(text) != '\0';
}

/* The octets to give back. A party number comes back as its digits. */
static struct pst_slice raw_of(const struct h225_alias_address *alias, uint32_t *choice)
{
	*choice = alias->choice;
	switch (alias->choice) {
	case H225_ALIAS_ADDRESS_DIALED_DIGITS: return alias->u.dialed_digits;
	case H225_ALIAS_ADDRESS_H323_ID: return alias->u.h323_id;
	case H225_ALIAS_ADDRESS_URL_ID: return alias->u.url_id;
	case H225_ALIAS_ADDRESS_EMAIL_ID: return alias->u.email_id;
	default: break;
	}
	*choice = H225_ALIAS_ADDRESS_DIALED_DIGITS;
	return alias->u.party_number->u.e164_number->public_number_digits;
}

struct gk_endpoint *gk_alias_holder(const struct gatekeeper *gk, const struct h225_alias_address *alias)
{
	char text[GK_NAME_MAX];
	if (!gk_alias_text(alias, text))
		return NULL;
	const char *name = strip_scheme(text);
	const struct gk_alias *a = lookup(gk, name, strlen(name));
	return a != NULL ? a->ep : NULL;
}

int gk_alias_add(
	struct gatekeeper *gk, struct gk_endpoint *ep, const struct h225_alias_address *alias, struct gk_endpoint **holder)
{
	char text[GK_NAME_MAX];
	uint8_t key[GK_SEED_KEY + GK_NAME_MAX];
	uint32_t choice;
	if (!gk_alias_text(alias, text))
		return PST_E_UNSUPPORTED;
	const char *name = strip_scheme(text);
	const struct gk_alias *there = lookup(gk, name, strlen(name));
	if (there != NULL) {
		*holder = there->ep;
		return there->ep == ep ? 0 : PST_E_BUSY;
	}
	const struct pst_slice raw = raw_of(alias, &choice);
	const size_t n_key = make_key(gk, name, strlen(name), key);
	struct gk_alias *a = malloc(sizeof *a + n_key + raw.n);
	if (a == NULL)
		return PST_E_NOMEM;
	*a = (struct gk_alias){ .ep = ep, .choice = choice, .n_key = n_key, .n_raw = raw.n };
	memcpy(a->data, key, n_key);
	if (raw.n > 0)
		memcpy(a->data + n_key, raw.p, raw.n);
	HASH_ADD_KEYPTR(hh, gk->aliases, a->data, a->n_key, a);
	LL_APPEND(ep->aliases, a);
	gk_tell_name(gk, a, false);
	return 0;
}

void gk_alias_remove(struct gatekeeper *gk, struct gk_endpoint *ep, struct gk_alias *alias)
{
	gk_tell_name(gk, alias, true);
	HASH_DEL(gk->aliases, alias);
	LL_DELETE(ep->aliases, alias);
	free(alias);
}

bool gk_name_address(const char *name, struct addr *out)
{
	name = strip_scheme(name);
	const char *at = strrchr(name, '@');
	if (at != NULL)
		name = at + 1;
	/* as some stacks write it */
	if (strncasecmp(name, "ip$", 3) == 0)
		name += 3;
	return addr_parse(out, name, 1720) == 0;
}

static bool leads_here(const struct gatekeeper *gk, const char *host)
{
	struct addr a;
	if (addr_parse(&a, host, 1720) == 0)
		return gk_is_gateway(gk, &a);
	for (uint32_t i = 0; i < gk->cfg.n_domains; i++)
		if (strcasecmp(gk->cfg.domains[i], host) == 0)
			return true;
	return false;
}

const char *gk_name_domain(const struct gatekeeper *gk, const char *name)
{
	const char *at = strrchr(name, '@');
	struct addr a;
	if (at == NULL || at[1] == '\0' || gk_name_address(name, &a) || leads_here(gk, at + 1))
		return NULL;
	return at + 1;
}

struct gk_endpoint *gk_name_find(const struct gatekeeper *gk, const char *name)
{
	name = strip_scheme(name);
	const struct gk_alias *a = lookup(gk, name, strlen(name));
	const char *at = strrchr(name, '@');
	if (a == NULL && at != NULL && leads_here(gk, at + 1))
		a = lookup(gk, name, (size_t)(at - name));
	return a != NULL ? a->ep : NULL;
}

struct h225_alias_address *gk_alias_list(struct gatekeeper *gk, const struct gk_endpoint *ep, uint32_t *n)
{
	const struct gk_alias *a;
	uint32_t count = 0;
	LL_COUNT(ep->aliases, a, count);
	struct h225_alias_address *list = arena_calloc(&gk->arena, count, sizeof *list);
	*n = 0;
	if (list == NULL)
		return NULL;
	LL_FOREACH(ep->aliases, a)
	{
		const struct pst_slice raw = slice_of(a->data + a->n_key, a->n_raw);
		struct h225_alias_address *to = &list[(*n)++];
		to->choice = a->choice;
		switch (a->choice) {
		case H225_ALIAS_ADDRESS_H323_ID: to->u.h323_id = raw; break;
		case H225_ALIAS_ADDRESS_URL_ID: to->u.url_id = raw; break;
		case H225_ALIAS_ADDRESS_EMAIL_ID: to->u.email_id = raw; break;
		default: to->u.dialed_digits = raw; break;
		}
	}
	return list;
}
