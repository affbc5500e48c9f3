/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * H.235 passwords, in two forms. As cryptoEPPwdHash: MD5 over the PER encoding
 * of a ClearToken with the name, the password and the time, which itself is not
 * sent; products differ in whether name and password end with a NUL character.
 * By H.235.1 (annex D): HMAC-SHA1-96 over the whole message, whose key is the
 * SHA1 of the password; then what we send is signed the same way.
 */
#include "gatekeeper/gk.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/sha1.h>
#include <stdlib.h>
#include <strings.h>

enum { SKEW_S = 600, MAC_SIZE = 12, SIGNED_MAX = 4096 };

/* 0.0.8.235.0.2.6 "U": HMAC-SHA1-96 */
const uint8_t gk_oid_hmac[7] = { 0x00, 0x08, 0x81, 0x6b, 0x00, 0x02, 0x06 };
/* "A": the token is over the whole message; "T": its ClearToken */
static const uint8_t oid_a[7] = { 0x00, 0x08, 0x81, 0x6b, 0x00, 0x02, 0x01 };
static const uint8_t oid_t[7] = { 0x00, 0x08, 0x81, 0x6b, 0x00, 0x02, 0x05 };

typedef struct h225_crypto_h323_token_crypto_ep_pwd_hash pwd_hash;
typedef struct h235_crypto_token_crypto_hashed_token hashed_token;

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

bool gk_auth_protects(const struct gatekeeper *gk, const struct h225_alias_address *alias)
{
	return password_of(gk, alias) != NULL;
}

static bool digest_is(struct gatekeeper *gk, const pwd_hash *t, const char *name, const char *password, bool name_nul, bool pwd_nul)
{
	uint8_t digest[RAS_MD5_SIZE];
	return ras_password_digest(digest, name, name_nul, password, pwd_nul, t->time_stamp, &gk->arena) &&
	       memeql_sec(digest, t->token.hash.p, sizeof digest) != 0;
}

static bool in_time(const struct gatekeeper *gk, uint64_t stamp, uint32_t last)
{
	return stamp + SKEW_S >= gk->wall_s && stamp <= gk->wall_s + SKEW_S && stamp >= last;
}

static bool pwd_hash_right(struct gatekeeper *gk, const pwd_hash *t, const char *password)
{
	char name[GK_NAME_MAX];
	if (!slice_eq(t->token.algorithm_oid, slice_of(ras_oid_md5, sizeof ras_oid_md5)) ||
		t->token.hash.n_bits != RAS_MD5_SIZE * 8 || !gk_alias_text(&t->alias, name))
		return false;
	bool right = false;
	for (int i = 0; i < 4; i++)
		right = digest_is(gk, t, name, password, (i & 1) != 0, (i & 2) != 0) || right;
	return right;
}

/* --- H.235.1 --- */

static void make_key(const char *password, uint8_t key[static SHA1_DIGEST_SIZE])
{
	struct sha1_ctx sha;
	sha1_init(&sha);
	sha1_update(&sha, strlen(password), (const uint8_t *)password);
	sha1_digest(&sha, SHA1_DIGEST_SIZE, key);
}

static void mac(const uint8_t key[static SHA1_DIGEST_SIZE], struct pst_slice octets, uint8_t out[static MAC_SIZE])
{
	struct hmac_sha1_ctx ctx;
	hmac_sha1_set_key(&ctx, SHA1_DIGEST_SIZE, key);
	hmac_sha1_update(&ctx, octets.n, octets.p);
	hmac_sha1_digest(&ctx, MAC_SIZE, out);
}

/* The MAC over OCTETS, in which that of T counts as zero. */
static bool mac_right(struct gatekeeper *gk, const hashed_token *t, struct pst_slice octets, const uint8_t key[static 20])
{
	uint8_t got[MAC_SIZE];
	const uint8_t *at = t->token.hash.p;
	if (t->token.hash.n_bits != MAC_SIZE * 8 || at < octets.p || at + MAC_SIZE > octets.p + octets.n)
		return false;
	uint8_t *copy = arena_dup(&gk->arena, octets.p, octets.n);
	if (copy == NULL)
		return false;
	memset(copy + (at - octets.p), 0, MAC_SIZE);
	mac(key, slice_of(copy, octets.n), got);
	return memeql_sec(got, at, MAC_SIZE) != 0;
}

static bool is_us(const struct gatekeeper *gk, struct pst_slice bmp_name)
{
	char text[GK_NAME_MAX];
	return strcmp(h225_bmp_text(bmp_name, text, sizeof text), gk->cfg.identifier) == 0;
}

static bool hashed_right(struct gatekeeper *gk, const hashed_token *t, struct pst_slice octets, const uint8_t key[static 20])
{
	return slice_eq(t->hashed_vals.token_oid, slice_of(oid_t, sizeof oid_t)) &&
	       slice_eq(t->token.algorithm_oid, slice_of(gk_oid_hmac, sizeof gk_oid_hmac)) && t->hashed_vals.has_time_stamp &&
	       (!t->hashed_vals.has_general_id || is_us(gk, t->hashed_vals.general_id)) && mac_right(gk, t, octets, key);
}

void gk_auth_sign_for(struct gatekeeper *gk, const struct gk_endpoint *ep)
{
	gk->sign = ep != NULL ? ep->key : (struct gk_key){ 0 };
}

/* Twice, with two different hashes: where the octets differ first, the hash stands. */
int gk_auth_encode(struct gatekeeper *gk, struct h225_ras_message *m, struct writer *w)
{
	uint8_t hash[MAC_SIZE] = { 0 }, ones[SIGNED_MAX];
	hashed_token t = { .token_oid = slice_of(oid_a, sizeof oid_a) };
	struct h235_crypto_token nested = { .choice = H235_CRYPTO_TOKEN_CRYPTO_HASHED_TOKEN, .u.crypto_hashed_token = &t };
	struct h225_crypto_h323_token token = { .choice = H225_CRYPTO_H323_TOKEN_NESTEDCRYPTO_TOKEN, .u.nestedcrypto_token = &nested };
	struct writer second = wr_of(ones, sizeof ones);
	if (!gk->sign.on || !ras_set_crypto_tokens(m, &token, 1))
		return h225_ras_encode(m, w, NULL);
	t.hashed_vals.token_oid = slice_of(oid_t, sizeof oid_t);
	t.hashed_vals.has_time_stamp = t.hashed_vals.has_random = true;
	t.hashed_vals.time_stamp = (uint32_t)gk->wall_s;
	t.hashed_vals.random.v = gk->random = (gk->random + 1) & INT32_MAX;
	/* who is registered goes by that identifier (H.235.1 14) */
	t.hashed_vals.has_general_id = true;
	t.hashed_vals.general_id = gk_endpoint_id(gk, gk->sign.endpoint);
	t.hashed_vals.has_senders_id = true;
	t.hashed_vals.senders_id = gk_identifier(gk);
	t.token.algorithm_oid = slice_of(gk_oid_hmac, sizeof gk_oid_hmac);
	t.token.hash = (struct asn1_bits){ hash, MAC_SIZE * 8 };
	int err = h225_ras_encode(m, w, NULL);
	memset(hash, 0xff, sizeof hash);
	if (err == 0)
		err = h225_ras_encode(m, &second, NULL);
	(void)ras_set_crypto_tokens(m, NULL, 0);
	if (err != 0)
		return err;
	size_t at = 0;
	while (at < w->n && w->p[at] == ones[at])
		at++;
	if (at + MAC_SIZE > w->n)
		return PST_E_BAD;
	mac(gk->sign.octets, wr_slice(w), hash);
	memcpy(w->p + at, hash, MAC_SIZE);
	return 0;
}

/* --- who proves what --- */

struct token {
	const pwd_hash *md5;
	const hashed_token *hashed;
};

static struct token find_token(const struct h225_ras_message *m)
{
	struct token out = { NULL, NULL };
	uint32_t n;
	const struct h225_crypto_h323_token *t = ras_crypto_tokens(m, &n);
	for (uint32_t i = 0; i < n; i++) {
		if (t[i].choice == H225_CRYPTO_H323_TOKEN_CRYPTO_EP_PWD_HASH)
			out.md5 = t[i].u.crypto_ep_pwd_hash;
		if (t[i].choice == H225_CRYPTO_H323_TOKEN_NESTEDCRYPTO_TOKEN &&
			t[i].u.nestedcrypto_token->choice == H235_CRYPTO_TOKEN_CRYPTO_HASHED_TOKEN &&
			slice_eq(t[i].u.nestedcrypto_token->u.crypto_hashed_token->token_oid, slice_of(oid_a, sizeof oid_a)))
			out.hashed = t[i].u.nestedcrypto_token->u.crypto_hashed_token;
	}
	return out;
}

/* A recording does not come from the future, nor from before the LAST that was right. */
static bool right(struct gatekeeper *gk, const struct token *t, struct pst_slice octets, const char *password,
	const struct gk_endpoint *last, struct gk_proof *proof)
{
	const uint32_t since = last != NULL ? last->stamp : 0;
	if (t->hashed != NULL) {
		const struct h235_clear_token *c = &t->hashed->hashed_vals;
		make_key(password, proof->key);
		proof->sign = true;
		proof->stamp = c->time_stamp;
		proof->random = c->has_random ? c->random.v : 0;
		const bool again = last != NULL && last->stamp == proof->stamp && last->random == proof->random;
		return !again && in_time(gk, proof->stamp, since) && hashed_right(gk, t->hashed, octets, proof->key);
	}
	if (t->md5 == NULL)
		return false;
	proof->stamp = t->md5->time_stamp;
	return in_time(gk, proof->stamp, since) && pwd_hash_right(gk, t->md5, password);
}

/* The password that the token's own name has. */
static const char *password_by_token(const struct gatekeeper *gk, const struct token *t)
{
	if (t->hashed != NULL && t->hashed->hashed_vals.has_senders_id) {
		const struct h225_alias_address a = { .choice = H225_ALIAS_ADDRESS_H323_ID, .u.h323_id = t->hashed->hashed_vals.senders_id };
		return password_of(gk, &a);
	}
	return t->md5 != NULL ? password_of(gk, &t->md5->alias) : NULL;
}

bool gk_auth_registration(struct gatekeeper *gk, const struct gk_ask *ask, const struct gk_endpoint *ep, struct gk_proof *proof)
{
	const struct h225_registration_request *rrq = ask->m->u.registration_request;
	*proof = (struct gk_proof){ 0 };
	if (!gk_auth_wanted(gk))
		return true;
	const struct token t = find_token(ask->m);
	bool needed = false;
	for (uint32_t i = 0; rrq->has_terminal_alias && i < rrq->terminal_alias.n; i++) {
		const char *password = password_of(gk, &rrq->terminal_alias.v[i]);
		if (password == NULL)
			continue;
		needed = true;
		if (!right(gk, &t, ask->octets, password, ep, proof))
			return false;
	}
	if (needed || !gk->cfg.password_required)
		return true;
	const char *password = password_by_token(gk, &t);
	return password != NULL && right(gk, &t, ask->octets, password, ep, proof);
}

void gk_auth_keep(struct gk_endpoint *ep, const struct gk_proof *proof)
{
	ep->key = (struct gk_key){ .on = proof->sign, .endpoint = ep->id };
	memcpy(ep->key.octets, proof->key, sizeof ep->key.octets);
	ep->stamp = proof->stamp;
	ep->random = proof->random;
}

static bool signed_right(struct gatekeeper *gk, struct gk_endpoint *ep, const struct gk_ask *ask, const hashed_token *t)
{
	const struct h235_clear_token *c = &t->hashed_vals;
	const int64_t random = c->has_random ? c->random.v : 0;
	if ((c->time_stamp == ep->stamp && random == ep->random) || !in_time(gk, c->time_stamp, ep->stamp) ||
		!hashed_right(gk, t, ask->octets, ep->key.octets))
		return false;
	ep->stamp = c->time_stamp;
	ep->random = random;
	return true;
}

bool gk_auth_message(struct gatekeeper *gk, struct gk_endpoint *ep, const struct gk_ask *ask)
{
	if (ep->stamp == 0)
		return true;
	const struct token t = find_token(ask->m);
	if (ep->key.on) {
		/* who signs, signs all */
		if (t.hashed == NULL || !signed_right(gk, ep, ask, t.hashed))
			return false;
		gk_auth_sign_for(gk, ep);
		return true;
	}
	if (t.md5 == NULL)
		return true;
	const char *password = password_of(gk, &t.md5->alias);
	if (password == NULL || !in_time(gk, t.md5->time_stamp, ep->stamp) || !pwd_hash_right(gk, t.md5, password))
		return false;
	ep->stamp = t.md5->time_stamp;
	return true;
}
