/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tokens, at the top provider (T.125 11.29 to 11.42): in use only while somebody attached has something of
 * them. */
#include "conference/mcs_int.h"

static struct token *find(const struct mcs *m, uint32_t id)
{
	const uint16_t key = (uint16_t)id;
	struct token *t;
	HASH_FIND(hh, m->tokens, &key, sizeof key, t);
	return t;
}

void mcs_token_free(struct mcs *m, struct token *t)
{
	HASH_DEL(m->tokens, t);
	free(t->inhibitors);
	free(t);
}

unsigned mcs_top_tokens(const struct mcs *m)
{
	return HASH_COUNT(m->tokens);
}

static struct token *make(struct mcs *m, uint32_t id, enum token_state state)
{
	struct token *t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	t->id = (uint16_t)id;
	t->state = (uint8_t)state;
	HASH_ADD(hh, m->tokens, id, sizeof t->id, t);
	return t;
}

struct token *mcs_token_merge(struct mcs *m, uint16_t id, uint8_t state, uint16_t grabber, uint16_t recipient)
{
	if (find(m, id) != NULL || HASH_COUNT(m->tokens) >= m->offer.target.tokens)
		return NULL;
	if ((grabber != 0 && mcs_user(m, grabber) == NULL) ||
		(recipient != 0 && mcs_user(m, recipient) == NULL))
		return NULL;
	struct token *t = make(m, id, state);
	if (t != NULL) {
		t->grabber = grabber;
		t->recipient = recipient;
	}
	return t;
}

static int inhibitor(const struct token *t, uint32_t user)
{
	for (unsigned i = 0; i < t->n_inhibitors; i++)
		if (t->inhibitors[i] == user)
			return (int)i;
	return -1;
}

void mcs_token_inhibit(struct mcs *m, struct token *t, uint16_t user)
{
	(void)m;
	uint16_t *all =
		inhibitor(t, user) < 0 ? realloc(t->inhibitors, (t->n_inhibitors + 1) * sizeof *all) : NULL;
	if (all == NULL)
		return;
	t->inhibitors = all;
	all[t->n_inhibitors++] = user;
}

/* How USER sees the token. */
static uint32_t status(const struct token *t, uint32_t user)
{
	if (t == NULL)
		return MCS_TOKEN_STATUS_NOT_IN_USE;
	switch (t->state) {
	case TOKEN_GRABBED:
		return t->grabber == user ? MCS_TOKEN_STATUS_SELF_GRABBED : MCS_TOKEN_STATUS_OTHER_GRABBED;
	case TOKEN_INHIBITED:
		return inhibitor(t, user) >= 0 ? MCS_TOKEN_STATUS_SELF_INHIBITED
					       : MCS_TOKEN_STATUS_OTHER_INHIBITED;
	default:
		if (t->recipient == user)
			return MCS_TOKEN_STATUS_SELF_RECIPIENT;
		return t->grabber == user ? MCS_TOKEN_STATUS_SELF_GIVING : MCS_TOKEN_STATUS_OTHER_GIVING;
	}
}

static void grab(struct mcs *m, const struct mcs_token_grab_request *p)
{
	struct token *t = find(m, p->token_id);
	uint32_t result = MCS_RESULT_RT_TOKEN_NOT_AVAILABLE;
	if (t == NULL) {
		t = HASH_COUNT(m->tokens) < m->offer.target.tokens ? make(m, p->token_id, TOKEN_GRABBED)
								   : NULL;
		result = t != NULL ? MCS_RESULT_RT_SUCCESSFUL : MCS_RESULT_RT_TOO_MANY_TOKENS;
	} else if (t->state == TOKEN_INHIBITED && t->n_inhibitors == 1 && t->inhibitors[0] == p->initiator) {
		t->state = TOKEN_GRABBED;
		t->n_inhibitors = 0;
		result = MCS_RESULT_RT_SUCCESSFUL;
	} else if (t->state == TOKEN_GRABBED && t->grabber == p->initiator) {
		result = MCS_RESULT_RT_SUCCESSFUL;
	}
	if (result == MCS_RESULT_RT_SUCCESSFUL)
		t->grabber = (uint16_t)p->initiator;
	mcs_from_above(m, PDU(token_grab_confirm, TOKEN_GRAB_CONFIRM, result, p->initiator, p->token_id,
				  status(t, p->initiator)));
}

static void inhibit(struct mcs *m, const struct mcs_token_inhibit_request *p)
{
	struct token *t = find(m, p->token_id);
	uint32_t result = MCS_RESULT_RT_SUCCESSFUL;
	if (t == NULL) {
		t = HASH_COUNT(m->tokens) < m->offer.target.tokens ? make(m, p->token_id, TOKEN_INHIBITED)
								   : NULL;
		result = t != NULL ? MCS_RESULT_RT_SUCCESSFUL : MCS_RESULT_RT_TOO_MANY_TOKENS;
	} else if (t->state == TOKEN_GRABBED && t->grabber == p->initiator) {
		t->state = TOKEN_INHIBITED;
		t->grabber = 0;
	} else if (t->state != TOKEN_INHIBITED) {
		result = MCS_RESULT_RT_TOKEN_NOT_AVAILABLE;
	}
	if (result == MCS_RESULT_RT_SUCCESSFUL)
		mcs_token_inhibit(m, t, (uint16_t)p->initiator);
	mcs_from_above(m, PDU(token_inhibit_confirm, TOKEN_INHIBIT_CONFIRM, result, p->initiator, p->token_id,
				  status(t, p->initiator)));
}

static void give_confirm(struct mcs *m, uint32_t result, uint32_t giver, uint32_t token)
{
	mcs_from_above(m, PDU(token_give_confirm, TOKEN_GIVE_CONFIRM, result, giver, token,
				  status(find(m, token), giver)));
}

static void give(struct mcs *m, const struct mcs_token_give_request *p)
{
	struct token *t = find(m, p->token_id);
	if (t == NULL || t->state != TOKEN_GRABBED || t->grabber != p->initiator) {
		give_confirm(m, MCS_RESULT_RT_TOKEN_NOT_POSSESSED, p->initiator, p->token_id);
		return;
	}
	if (mcs_user(m, (uint16_t)p->recipient) == NULL) {
		give_confirm(m, MCS_RESULT_RT_NO_SUCH_USER, p->initiator, p->token_id);
		return;
	}
	t->state = TOKEN_GIVING;
	t->recipient = (uint16_t)p->recipient;
	mcs_from_above(m,
		PDU(token_give_indication, TOKEN_GIVE_INDICATION, p->initiator, p->token_id, p->recipient));
}

static void give_answered(struct mcs *m, const struct mcs_token_give_response *p)
{
	struct token *t = find(m, p->token_id);
	const bool taken = p->result == MCS_RESULT_RT_SUCCESSFUL;
	if (t == NULL || (t->state != TOKEN_GIVING && t->state != TOKEN_GIVEN) ||
		t->recipient != p->recipient)
		return;
	const uint16_t giver = t->grabber;
	t->recipient = 0;
	t->state = TOKEN_GRABBED;
	if (taken)
		t->grabber = (uint16_t)p->recipient;
	else if (giver == 0)
		mcs_token_free(m, t); /* its giver has released it or gone */
	if (giver != 0)
		give_confirm(m, p->result, giver, p->token_id);
}

static void release(struct mcs *m, const struct mcs_token_release_request *p)
{
	struct token *t = find(m, p->token_id);
	uint32_t result = MCS_RESULT_RT_SUCCESSFUL;
	const int at = t != NULL && t->state == TOKEN_INHIBITED ? inhibitor(t, p->initiator) : -1;
	if (at >= 0) {
		t->inhibitors[at] = t->inhibitors[--t->n_inhibitors];
		if (t->n_inhibitors == 0) {
			mcs_token_free(m, t);
			t = NULL;
		}
	} else if (t != NULL && t->grabber == p->initiator && t->state == TOKEN_GIVING) {
		t->grabber = 0;
		t->state = TOKEN_GIVEN;
	} else if (t != NULL && t->grabber == p->initiator && t->state == TOKEN_GRABBED) {
		mcs_token_free(m, t);
		t = NULL;
	} else {
		result = MCS_RESULT_RT_TOKEN_NOT_POSSESSED;
	}
	mcs_from_above(m, PDU(token_release_confirm, TOKEN_RELEASE_CONFIRM, result, p->initiator, p->token_id,
				  status(t, p->initiator)));
}

/* A user that is no more holds nothing; what it was being given goes back. */
void mcs_top_token_detached(struct mcs *m, uint16_t user)
{
	struct token *t = NULL, *t2 = NULL;
	HASH_ITER (hh, m->tokens, t, t2) {
		const int at = inhibitor(t, user);
		if (at >= 0)
			t->inhibitors[at] = t->inhibitors[--t->n_inhibitors];
		if (t->recipient == user) {
			const uint16_t giver = t->grabber;
			t->recipient = 0;
			t->state = TOKEN_GRABBED;
			if (giver != 0 && giver != user)
				give_confirm(m, MCS_RESULT_RT_NO_SUCH_USER, giver, t->id);
		}
		if (t->grabber == user) {
			t->grabber = 0;
			if (t->state == TOKEN_GIVING)
				t->state = TOKEN_GIVEN;
		}
		if (t->grabber == 0 && t->recipient == 0 && t->n_inhibitors == 0)
			mcs_token_free(m, t);
	}
}

bool mcs_top_token(struct mcs *m, const t125_pdu *pdu)
{
	switch (pdu->choice) {
	case MCS_DOMAIN_MCSPDU_TOKEN_GRAB_REQUEST: grab(m, pdu->u.token_grab_request); return true;
	case MCS_DOMAIN_MCSPDU_TOKEN_INHIBIT_REQUEST: inhibit(m, pdu->u.token_inhibit_request); return true;
	case MCS_DOMAIN_MCSPDU_TOKEN_GIVE_REQUEST: give(m, pdu->u.token_give_request); return true;
	case MCS_DOMAIN_MCSPDU_TOKEN_GIVE_RESPONSE: give_answered(m, pdu->u.token_give_response); return true;
	case MCS_DOMAIN_MCSPDU_TOKEN_RELEASE_REQUEST: release(m, pdu->u.token_release_request); return true;
	case MCS_DOMAIN_MCSPDU_TOKEN_PLEASE_REQUEST:
		if (find(m, pdu->u.token_please_request->token_id) != NULL)
			mcs_from_above(m, PDU(token_please_indication, TOKEN_PLEASE_INDICATION,
						  pdu->u.token_please_request->initiator,
						  pdu->u.token_please_request->token_id));
		return true;
	case MCS_DOMAIN_MCSPDU_TOKEN_TEST_REQUEST: {
		const struct mcs_token_test_request *p = pdu->u.token_test_request;
		mcs_from_above(m, PDU(token_test_confirm, TOKEN_TEST_CONFIRM, p->initiator, p->token_id,
					  status(find(m, p->token_id), p->initiator)));
		return true;
	}
	default: return false;
	}
}
