/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* H.235 passwords with registration. */
#include "gksim.h"

#include "h225/traversal.h"

#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/sha1.h>

static struct gksim s;
static const struct gatekeeper_password passwords[] = { { "alice", "secret" } };
static const uint8_t md5_oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05 };

static int setup(void **state)
{
	(void)state;
	gksim_init(&s);
	s.cfg.passwords = passwords;
	s.cfg.n_passwords = 1;
	s.cfg.outside_registration = true;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gksim_stop(&s);
	return 0;
}

static struct pst_slice wide(const char *text, bool nul)
{
	struct pst_slice b;
	assert_int_equal(h225_bmp_from_utf8(&b, text, &s.arena), 0);
	uint8_t *p = arena_alloc(&s.arena, b.n + 2);
	assert_non_null(p);
	memcpy(p, b.p, b.n);
	return slice_of(p, b.n + (nul ? 2 : 0));
}

static struct h225_crypto_h323_token *token(const char *name, const char *password, bool nul, uint32_t stamp)
{
	uint8_t octets[512], *digest = arena_alloc(&s.arena, 16);
	struct writer w = wr_of(octets, sizeof octets);
	struct h225_crypto_h323_token *t = arena_alloc(&s.arena, sizeof *t);
	struct h225_crypto_h323_token_crypto_ep_pwd_hash *h = arena_alloc(&s.arena, sizeof *h);
	const struct h235_clear_token clear = { .token_oid = slice_of("\0", 1), .has_time_stamp = true, .time_stamp = stamp,
		.has_password = true, .password = wide(password, nul), .has_general_id = true, .general_id = wide(name, nul) };
	struct md5_ctx md5;
	assert_non_null(h);
	assert_int_equal(asn1_per_encode(&h235_clear_token_type, &clear, &w, NULL), 0);
	md5_init(&md5);
	md5_update(&md5, w.n, octets);
	md5_digest(&md5, 16, digest);
	assert_int_equal(h225_alias_build(&h->alias, name, &s.arena), 0);
	h->time_stamp = stamp;
	h->token.algorithm_oid = slice_of(md5_oid, sizeof md5_oid);
	h->token.hash = (struct asn1_bits){ digest, 128 };
	t->choice = H225_CRYPTO_H323_TOKEN_CRYPTO_EP_PWD_HASH;
	t->u.crypto_ep_pwd_hash = h;
	return t;
}

static uint32_t now_s(void)
{
	return (uint32_t)(s.wall + s.now / 1000);
}

static uint32_t try(const char *from, const char *alias, struct h225_crypto_h323_token *t)
{
	struct h225_ras_message m = gksim_rrq(&s, from, &(struct gksim_rrq){ .alias = { alias }, .token = t });
	return gksim_ask(&s, from, &m).choice;
}

static void passwords_are_wanted(void **state)
{
	const uint32_t yes = H225_RAS_MESSAGE_REGISTRATION_CONFIRM, no = H225_RAS_MESSAGE_REGISTRATION_REJECT;
	(void)state;
	gksim_start(&s);
	assert_int_equal(try("10.0.0.2", "alice", NULL), no);
	assert_int_equal(try("10.0.0.2", "ALICE", NULL), no);
	assert_int_equal(try("10.0.0.2", "alice", token("alice", "wrong", false, now_s())), no);
	assert_int_equal(try("10.0.0.2", "alice", token("bob", "secret", false, now_s() - 601)), no);
	assert_int_equal(try("10.0.0.2", "alice", token("alice", "secret", false, now_s() + 601)), no);
	assert_int_equal(try("10.0.0.2", "alice", token("alice", "secret", false, now_s() - 10)), yes);
	assert_int_equal(try("10.0.0.2", "alice", token("alice", "secret", true, now_s())), yes);
	/* a recording */
	assert_int_equal(try("10.0.0.2", "alice", token("alice", "secret", false, now_s() - 10)), no);
	/* others need none */
	const struct pst_slice bob = gksim_register(&s, "10.0.0.3", &(struct gksim_rrq){ .alias = { "bob" }, .ttl_s = 60 });
	s.cfg.password_required = true;
	assert_int_equal(gatekeeper_reload(s.gk, &s.cfg, s.now), 0);
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.3", &(struct gksim_rrq){ .light = true, .id = bob });
	m = gksim_ask(&s, "10.0.0.3", &m);
	assert_int_equal(m.choice, no);
	assert_int_equal(m.u.registration_reject->reject_reason.choice,
		H225_REGISTRATION_REJECT_REASON_FULL_REGISTRATION_REQUIRED);
	assert_int_equal(try("10.0.0.3", "bob", NULL), no);
	assert_int_equal(try("10.0.0.3", "carol", token("carol", "secret", false, now_s())), no);
	assert_int_equal(try("10.0.0.3", "alice2", token("alice", "secret", false, now_s())), yes);
}

static uint32_t try_behind(const char *from, const char *alias, struct h225_crypto_h323_token *t)
{
	static struct h225_generic_data feature[1];
	static struct h225_feature_set features;
	struct h225_ras_message m = gksim_rrq(&s, "192.168.1.5:1719", &(struct gksim_rrq){ .alias = { alias }, .token = t });
	h225_feature_build(&feature[0], H225_FEATURE_SIGNALLING_TRAVERSAL);
	h225_features_build(&features, feature, 1);
	m.u.registration_request->feature_set = &features;
	return gksim_ask(&s, from, &m).choice;
}

/* An endpoint behind a NAT that was started anew comes from another port: by its password it is the same at once. */
static void started_anew_behind_a_nat(void **state)
{
	const uint32_t yes = H225_RAS_MESSAGE_REGISTRATION_CONFIRM, no = H225_RAS_MESSAGE_REGISTRATION_REJECT;
	struct addr found;
	(void)state;
	gksim_start(&s);
	assert_int_equal(try_behind("198.51.100.7:40001", "alice", token("alice", "secret", false, now_s() - 20)), yes);
	/* a token that was seen, a wrong one, another host, a name without a password */
	assert_int_equal(try_behind("198.51.100.7:40002", "alice", token("alice", "secret", false, now_s() - 20)), no);
	assert_int_equal(try_behind("198.51.100.7:40002", "alice", token("alice", "wrong", false, now_s())), no);
	assert_int_equal(try_behind("198.51.100.8:40002", "alice", token("alice", "secret", false, now_s())), no);
	assert_int_equal(try_behind("198.51.100.7:40003", "bob", NULL), yes);
	assert_int_equal(try_behind("198.51.100.7:40004", "bob", NULL), no);
	assert_int_equal(try_behind("198.51.100.7:40002", "alice", token("alice", "secret", false, now_s() - 10)), yes);
	assert_true(gatekeeper_find(s.gk, "alice", &found));
	assert_int_equal(found.port, 40001);
}

static void a_wrong_token_later(void **state)
{
	(void)state;
	gksim_start(&s);
	const struct pst_slice id = gksim_register(&s, "10.0.0.2",
		&(struct gksim_rrq){ .alias = { "alice" }, .token = token("alice", "secret", false, now_s()) });
	struct h225_ras_message m = gksim_arq(&s, id, "alice", NULL, 1);
	struct h225_admission_request *arq = m.u.admission_request;
	arq->has_crypto_tokens = true;
	arq->crypto_tokens.n = 1;
	arq->crypto_tokens.v = token("alice", "guess", false, now_s());
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).u.admission_reject->reject_reason.choice,
		H225_ADMISSION_REJECT_REASON_SECURITY_DENIAL);
	arq->request_seq_num = 0;
	arq->crypto_tokens.v = token("alice", "secret", false, now_s());
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_ADMISSION_CONFIRM);
	m = gksim_rrq(&s, "10.0.0.2",
		&(struct gksim_rrq){ .light = true, .id = id, .token = token("alice", "guess", false, now_s()) });
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_REGISTRATION_REJECT);
}

/* --- H.235.1 --- */

static const uint8_t oid_a[] = { 0, 8, 0x81, 0x6b, 0, 2, 1 }, oid_t[] = { 0, 8, 0x81, 0x6b, 0, 2, 5 },
		     oid_u[] = { 0, 8, 0x81, 0x6b, 0, 2, 6 };

static void hmac_of(const char *password, struct pst_slice octets, uint8_t out[static 12])
{
	uint8_t key[20];
	struct sha1_ctx sha;
	struct hmac_sha1_ctx mac;
	sha1_init(&sha);
	sha1_update(&sha, strlen(password), (const uint8_t *)password);
	sha1_digest(&sha, sizeof key, key);
	hmac_sha1_set_key(&mac, sizeof key, key);
	hmac_sha1_update(&mac, octets.n, octets.p);
	hmac_sha1_digest(&mac, 12, out);
}

/* Signs M, which gets a requestSeqNum, as the one called NAME. */
static void sign(struct h225_ras_message *m, const char *name, const char *password, uint32_t stamp, int64_t random)
{
	struct h235_crypto_token_crypto_hashed_token *t = arena_alloc(&s.arena, sizeof *t);
	struct h235_crypto_token *nested = arena_alloc(&s.arena, sizeof *nested);
	struct h225_crypto_h323_token *token_ = arena_alloc(&s.arena, sizeof *token_);
	uint8_t *hash = arena_alloc(&s.arena, 12), octets[1500];
	struct writer w = wr_of(octets, sizeof octets);
	assert_non_null(hash);
	t->token_oid = slice_of(oid_a, sizeof oid_a);
	t->hashed_vals.token_oid = slice_of(oid_t, sizeof oid_t);
	t->hashed_vals.has_time_stamp = t->hashed_vals.has_random = t->hashed_vals.has_senders_id = true;
	t->hashed_vals.time_stamp = stamp;
	t->hashed_vals.random.v = random;
	t->hashed_vals.senders_id = wide(name, false);
	t->hashed_vals.has_general_id = true;
	t->hashed_vals.general_id = wide("postern", false);
	t->token.algorithm_oid = slice_of(oid_u, sizeof oid_u);
	t->token.hash = (struct asn1_bits){ hash, 96 };
	nested->choice = H235_CRYPTO_TOKEN_CRYPTO_HASHED_TOKEN;
	nested->u.crypto_hashed_token = t;
	token_->choice = H225_CRYPTO_H323_TOKEN_NESTEDCRYPTO_TOKEN;
	token_->u.nestedcrypto_token = nested;
	assert_true(ras_set_crypto_tokens(m, token_, 1));
	assert_true(ras_set_seq(m, ++s.seq));
	assert_int_equal(h225_ras_encode(m, &w, NULL), 0);
	hmac_of(password, wr_slice(&w), hash);
}

/* What was sent last is signed with PASSWORD. */
static bool is_signed(const char *password)
{
	struct sent *x = &s.sent[s.n_sent - 1];
	struct h225_ras_message m;
	uint8_t got[12], want[12];
	uint32_t n;
	assert_int_equal(h225_ras_decode(&m, slice_of(x->octets, x->n), NULL, &s.arena, NULL), 0);
	const struct h225_crypto_h323_token *t = ras_crypto_tokens(&m, &n);
	if (n != 1 || t->choice != H225_CRYPTO_H323_TOKEN_NESTEDCRYPTO_TOKEN)
		return false;
	const uint8_t *at_ = t->u.nestedcrypto_token->u.crypto_hashed_token->token.hash.p;
	const size_t offset = (size_t)(at_ - x->octets);
	assert_true(offset + 12 <= x->n);
	memcpy(got, at_, 12);
	memset(x->octets + offset, 0, 12);
	hmac_of(password, slice_of(x->octets, x->n), want);
	return memcmp(got, want, 12) == 0;
}

static void whole_messages_are_signed(void **state)
{
	(void)state;
	gksim_start(&s);
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.2", &(struct gksim_rrq){ .alias = { "alice" } }), got;
	sign(&m, "alice", "wrong", now_s(), 1);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_REGISTRATION_REJECT);
	sign(&m, "alice", "secret", now_s(), 1);
	m.u.registration_request->discovery_complete = false; /* changed on its way */
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_REGISTRATION_REJECT);
	sign(&m, "alice", "secret", now_s(), 1);
	got = gksim_ask(&s, "10.0.0.2", &m);
	assert_int_equal(got.choice, H225_RAS_MESSAGE_REGISTRATION_CONFIRM);
	const struct pst_slice id = got.u.registration_confirm->endpoint_identifier;
	assert_true(is_signed("secret"));
	/* a recording, when its answer is not kept any more */
	gksim_pass(&s, 30000);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_REGISTRATION_REJECT);
	/* who signs, signs all */
	m = gksim_arq(&s, id, "alice", NULL, 1);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).u.admission_reject->reject_reason.choice,
		H225_ADMISSION_REJECT_REASON_SECURITY_DENIAL);
	sign(&m, "alice", "secret", now_s(), 2);
	assert_int_equal(gksim_ask(&s, "10.0.0.2", &m).choice, H225_RAS_MESSAGE_ADMISSION_CONFIRM);
	assert_true(is_signed("secret"));
	/* what is sent unasked is signed as well, with the time that it is then */
	gksim_clear(&s);
	gksim_pass(&s, 1800000);
	got = gksim_sent(&s, s.n_sent - 1);
	assert_int_equal(got.choice, H225_RAS_MESSAGE_INFO_REQUEST);
	assert_int_equal(got.u.info_request->crypto_tokens.v->u.nestedcrypto_token->u.crypto_hashed_token->hashed_vals.time_stamp,
		now_s());
	assert_true(is_signed("secret"));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { T(passwords_are_wanted), T(a_wrong_token_later), T(started_anew_behind_a_nat),
		T(whole_messages_are_signed) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
