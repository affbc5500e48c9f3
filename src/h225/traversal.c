/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "h225/traversal.h"

#include "h225/addr.h"
#include "h225/body.h"
#include "h225/msg.h"
#include "h46018_asn1.h"

enum { INCOMING_CALL = 1 /* the parameter of H.460.18 that is an IncomingCallIndication */, OCTETS_MAX = 128 };
enum { MEDIA_TRAVERSAL_SERVER = 2 /* a parameter of H.460.19, without a value */ };

static bool is_standard(const struct h225_generic_identifier *id, int64_t number)
{
	return id->choice == H225_GENERIC_IDENTIFIER_STANDARD && id->u.standard == number;
}

static bool in_list(const struct h225_generic_data *v, uint32_t n, int64_t id)
{
	for (uint32_t i = 0; i < n; i++)
		if (is_standard(&v[i].id, id))
			return true;
	return false;
}

bool h225_feature_has(const struct h225_feature_set *fs, int64_t id)
{
	return fs != NULL &&
	       ((fs->has_needed_features && in_list(fs->needed_features.v, fs->needed_features.n, id)) ||
		       (fs->has_desired_features && in_list(fs->desired_features.v, fs->desired_features.n, id)) ||
		       (fs->has_supported_features && in_list(fs->supported_features.v, fs->supported_features.n, id)));
}

void h225_feature_build(struct h225_generic_data *d, int64_t id)
{
	*d = (struct h225_generic_data){ .id = { .choice = H225_GENERIC_IDENTIFIER_STANDARD, .u.standard = id } };
}

void h225_features_build(struct h225_feature_set *fs, struct h225_generic_data *list, uint32_t n)
{
	*fs = (struct h225_feature_set){ .has_supported_features = true };
	fs->supported_features.n = n;
	fs->supported_features.v = list;
}

int h225_media_server_build(struct h225_generic_data *d, struct arena *a)
{
	struct h225_enumerated_parameter *p = ARENA_NEW(a, struct h225_enumerated_parameter);
	if (p == NULL)
		return PST_E_NOMEM;
	p->id = (struct h225_generic_identifier){ .choice = H225_GENERIC_IDENTIFIER_STANDARD,
		.u.standard = MEDIA_TRAVERSAL_SERVER };
	h225_feature_build(d, H225_FEATURE_MEDIA_TRAVERSAL);
	d->has_parameters = true;
	d->parameters.n = 1;
	d->parameters.v = p;
	return 0;
}

bool h225_media_client_is(const struct h225_generic_data *d)
{
	for (uint32_t i = 0; d->has_parameters && i < d->parameters.n; i++)
		if (is_standard(&d->parameters.v[i].id, MEDIA_TRAVERSAL_SERVER))
			return false;
	return is_standard(&d->id, H225_FEATURE_MEDIA_TRAVERSAL);
}

int h225_feature_add(bool *has, struct h225_generic_data **v, uint32_t *n, const struct h225_generic_data *f, struct arena *a)
{
	const uint32_t had = *has ? *n : 0;
	struct h225_generic_data *all = arena_calloc(a, (size_t)had + 1, sizeof *all);
	if (all == NULL)
		return PST_E_NOMEM;
	for (uint32_t i = 0; i < had; i++)
		all[i] = (*v)[i];
	all[had] = *f;
	*has = true;
	*v = all;
	*n = had + 1;
	return 0;
}

int h225_incoming_call_build(
	struct h225_generic_data *d, const struct addr *to, const uint8_t call_id[static 16], struct arena *a)
{
	struct h46018_incoming_call_indication ici = { .call_id.guid = slice_of(call_id, 16) };
	struct h225_enumerated_parameter *p = ARENA_NEW(a, struct h225_enumerated_parameter);
	struct h225_content *c = ARENA_NEW(a, struct h225_content);
	struct writer w = wr_of(arena_alloc(a, OCTETS_MAX), OCTETS_MAX);
	if (p == NULL || c == NULL || w.p == NULL)
		return PST_E_NOMEM;
	int err = h225_addr_build(&ici.call_signalling_address, to, a);
	if (err == 0)
		err = asn1_per_encode(&h46018_incoming_call_indication_type, &ici, &w, NULL);
	if (err != 0)
		return err;
	c->choice = H225_CONTENT_RAW;
	c->u.raw = wr_slice(&w);
	p->id = (struct h225_generic_identifier){ .choice = H225_GENERIC_IDENTIFIER_STANDARD, .u.standard = INCOMING_CALL };
	p->content = c;
	h225_feature_build(d, H225_FEATURE_SIGNALLING_TRAVERSAL);
	d->has_parameters = true;
	d->parameters.n = 1;
	d->parameters.v = p;
	return 0;
}

static const struct pst_slice *raw_parameter(const struct h225_generic_data *d, int64_t id)
{
	for (uint32_t i = 0; d->has_parameters && i < d->parameters.n; i++) {
		const struct h225_enumerated_parameter *p = &d->parameters.v[i];
		if (is_standard(&p->id, id) && p->content != NULL && p->content->choice == H225_CONTENT_RAW)
			return &p->content->u.raw;
	}
	return NULL;
}

int h225_incoming_call_read(const struct h225_generic_data *list, uint32_t n, struct arena *a, struct addr *to,
	uint8_t call_id[static 16])
{
	for (uint32_t i = 0; i < n; i++) {
		struct h46018_incoming_call_indication ici;
		const struct pst_slice *raw = is_standard(&list[i].id, H225_FEATURE_SIGNALLING_TRAVERSAL)
						      ? raw_parameter(&list[i], INCOMING_CALL)
						      : NULL;
		size_t used;
		if (raw == NULL)
			continue;
		int err = asn1_per_decode(&h46018_incoming_call_indication_type, *raw, NULL, a, &ici, &used, NULL);
		if (err == 0)
			err = h225_addr_read(to, &ici.call_signalling_address);
		if (err == 0 && ici.call_id.guid.n != 16)
			err = PST_E_BAD;
		if (err == 0)
			memcpy(call_id, ici.call_id.guid.p, 16);
		return err;
	}
	return PST_E_NOT_FOUND;
}

int h225_summoned_build(struct writer *w, const uint8_t call_id[static 16], struct arena *a)
{
	struct h225_msg m;
	/* there is no call reference before the Setup */
	int err = h225_init(&m, Q931_FACILITY, 0, false, 4, a);
	if (err != 0)
		return err;
	struct h225_h323_uu_pdu_h323_message_body *body = &m.uu.h323_uu_pdu.h323_message_body;
	body->u.facility->reason.choice = H225_FACILITY_REASON_UNDEFINED_REASON;
	err = h225_set_call_id(body, slice_of(call_id, 16), a);
	return err != 0 ? err : h225_encode(&m, w, NULL);
}
