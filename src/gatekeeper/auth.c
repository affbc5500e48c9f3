/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.235 passwords as cryptoEPPwdHash: MD5 over the PER encoding of a ClearToken
 * with the name, the password and the time, which itself is not sent. Products
 * differ in whether name and password end with a NUL character.
 */
#include "gatekeeper/gk.h"

#include <nettle/md5.h>
#include <nettle/memops.h>
#include <stdlib.h>
#include <strings.h>

enum { SKEW_S = 600, TOKEN_MAX = 2048 };

/* 1.2.840.113549.2.5 */
const uint8_t gk_oid_md5[8] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05 };

typedef struct h225_crypto_h323_token_crypto_ep_pwd_hash pwd_hash;

bool gk_auth_wanted(const struct gatekeeper *gk)
{
	return gk->cfg.n_passwords > 0 || gk->cfg.password_required;
}

static const char *password_of(const struct gatekeeper *gk, const struct h225_alias_address *alias)
{
	char text[GK_NAME_MAX];
	if (!gk_alias_text(alias, text))
		return NULL;
	const char *name = strncasecmp(text, "h323:", 5) == 0 ? text + 5 : text;
	for (uint32_t i = 0; i < gk->cfg.n_passwords; i++)
		if (strcasecmp(gk->cfg.passwords[i].alias, name) == 0)
			return gk->cfg.passwords[i].password;
	return NULL;
}

static const pwd_hash *find_token(const struct h225_ras_message *m)
{
	uint32_t n;
	const struct h225_crypto_h323_token *t = ras_crypto_tokens(m, &n);
	for (uint32_t i = 0; i < n; i++)
		if (t[i].choice == H225_CRYPTO_H323_TOKEN_CRYPTO_EP_PWD_HASH)
			return t[i].u.crypto_ep_pwd_hash;
	return NULL;
}

/* The BMP string of TEXT, ended with a NUL character where NUL. */
static bool bmp(struct gatekeeper *gk, const char *text, bool nul, struct pst_slice *out)
{
	struct pst_slice s;
	if (h225_bmp_from_utf8(&s, text, &gk->arena) != 0)
		return false;
	uint8_t *p = arena_alloc(&gk->arena, s.n + 2);
	if (p == NULL)
		return false;
	memcpy(p, s.p, s.n);
	*out = slice_of(p, s.n + (nul ? 2 : 0));
	return true;
}

static bool digest_is(struct gatekeeper *gk, const pwd_hash *t, const char *name, const char *password, bool name_nul, bool pwd_nul)
{
	static const uint8_t oid_none[1] = { 0 }; /* 0.0 */
	uint8_t octets[TOKEN_MAX], digest[MD5_DIGEST_SIZE];
	struct writer w = wr_of(octets, sizeof octets);
	struct h235_clear_token clear = { .token_oid = slice_of(oid_none, 1), .has_time_stamp = true,
		.time_stamp = t->time_stamp, .has_password = true, .has_general_id = true };
	struct md5_ctx md5;
	if (!bmp(gk, name, name_nul, &clear.general_id) || !bmp(gk, password, pwd_nul, &clear.password) ||
		asn1_per_encode(&h235_clear_token_type, &clear, &w, NULL) != 0)
		return false;
	md5_init(&md5);
	md5_update(&md5, w.n, octets);
	md5_digest(&md5, sizeof digest, digest);
	return memeql_sec(digest, t->token.hash.p, sizeof digest) != 0;
}

/* LAST: the stamp of the last right one; a recording does not come from the future and not from before that. */
static bool token_right(struct gatekeeper *gk, const pwd_hash *t, const char *password, uint32_t last)
{
	char name[GK_NAME_MAX];
	const uint64_t stamp = t->time_stamp;
	if (stamp + SKEW_S < gk->wall_s || stamp > gk->wall_s + SKEW_S || stamp < last)
		return false;
	if (!slice_eq(t->token.algorithm_oid, slice_of(gk_oid_md5, sizeof gk_oid_md5)) ||
		t->token.hash.n_bits != MD5_DIGEST_SIZE * 8 || !gk_alias_text(&t->alias, name))
		return false;
	bool right = false;
	for (int i = 0; i < 4; i++)
		right = digest_is(gk, t, name, password, (i & 1) != 0, (i & 2) != 0) || right;
	return right;
}

bool gk_auth_registration(struct gatekeeper *gk, const struct h225_registration_request *rrq, uint32_t last, uint32_t *stamp)
{
	struct h225_registration_request *r = arena_dup(&gk->arena, rrq, sizeof *rrq);
	const struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_REGISTRATION_REQUEST, .u.registration_request = r };
	*stamp = 0;
	if (!gk_auth_wanted(gk))
		return true;
	const pwd_hash *t = r != NULL ? find_token(&m) : NULL;
	bool needed = false;
	for (uint32_t i = 0; rrq->has_terminal_alias && i < rrq->terminal_alias.n; i++) {
		const char *password = password_of(gk, &rrq->terminal_alias.v[i]);
		if (password == NULL)
			continue;
		needed = true;
		if (t == NULL || !token_right(gk, t, password, last))
			return false;
	}
	if (!needed && gk->cfg.password_required) {
		const char *password = t != NULL ? password_of(gk, &t->alias) : NULL;
		needed = true;
		if (password == NULL || !token_right(gk, t, password, last))
			return false;
	}
	*stamp = needed ? t->time_stamp : 0;
	return true;
}

bool gk_auth_message(struct gatekeeper *gk, struct gk_endpoint *ep, const struct h225_ras_message *m)
{
	const pwd_hash *t = ep->stamp != 0 ? find_token(m) : NULL;
	if (t == NULL)
		return true;
	const char *password = password_of(gk, &t->alias);
	if (password == NULL || !token_right(gk, t, password, ep->stamp))
		return false;
	ep->stamp = t->time_stamp;
	return true;
}
