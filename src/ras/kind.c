/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ras/kind.h"

#include <assert.h>

#define MESSAGE(x) H225_RAS_MESSAGE_##x

static const struct ras_kind_info kinds[RAS_KINDS] = {
	[RAS_GRQ] = { "GRQ", MESSAGE(GATEKEEPER_REQUEST), MESSAGE(GATEKEEPER_CONFIRM), MESSAGE(GATEKEEPER_REJECT), TIMER_GRQ },
	[RAS_RRQ] = { "RRQ", MESSAGE(REGISTRATION_REQUEST), MESSAGE(REGISTRATION_CONFIRM), MESSAGE(REGISTRATION_REJECT),
		TIMER_RRQ },
	[RAS_URQ] = { "URQ", MESSAGE(UNREGISTRATION_REQUEST), MESSAGE(UNREGISTRATION_CONFIRM), MESSAGE(UNREGISTRATION_REJECT),
		TIMER_URQ },
	[RAS_ARQ] = { "ARQ", MESSAGE(ADMISSION_REQUEST), MESSAGE(ADMISSION_CONFIRM), MESSAGE(ADMISSION_REJECT), TIMER_ARQ },
	[RAS_BRQ] = { "BRQ", MESSAGE(BANDWIDTH_REQUEST), MESSAGE(BANDWIDTH_CONFIRM), MESSAGE(BANDWIDTH_REJECT), TIMER_BRQ },
	[RAS_DRQ] = { "DRQ", MESSAGE(DISENGAGE_REQUEST), MESSAGE(DISENGAGE_CONFIRM), MESSAGE(DISENGAGE_REJECT), TIMER_DRQ },
	[RAS_LRQ] = { "LRQ", MESSAGE(LOCATION_REQUEST), MESSAGE(LOCATION_CONFIRM), MESSAGE(LOCATION_REJECT), TIMER_LRQ },
	[RAS_IRQ] = { "IRQ", MESSAGE(INFO_REQUEST), MESSAGE(INFO_REQUEST_RESPONSE), ASN1_UNKNOWN, TIMER_IRQ },
	[RAS_IRR] = { "IRR", MESSAGE(INFO_REQUEST_RESPONSE), MESSAGE(INFO_REQUEST_ACK), MESSAGE(INFO_REQUEST_NAK), TIMER_IRR },
	[RAS_RAI] = { "RAI", MESSAGE(RESOURCES_AVAILABLE_INDICATE), MESSAGE(RESOURCES_AVAILABLE_CONFIRM), ASN1_UNKNOWN,
		TIMER_RAI },
	[RAS_SCI] = { "SCI", MESSAGE(SERVICE_CONTROL_INDICATION), MESSAGE(SERVICE_CONTROL_RESPONSE), ASN1_UNKNOWN, TIMER_SCI },
};

const struct ras_kind_info *ras_kind_info(enum ras_kind k)
{
	assert((unsigned)k < RAS_KINDS);
	return &kinds[k];
}

enum ras_role ras_role_of(uint32_t choice, enum ras_kind *kind)
{
	if (choice == ASN1_UNKNOWN)
		return RAS_IS_OTHER;
	if (choice == MESSAGE(REQUEST_IN_PROGRESS))
		return RAS_IS_PROGRESS;
	for (unsigned k = 0; k < RAS_KINDS; k++) {
		*kind = (enum ras_kind)k;
		if (choice == kinds[k].confirm)
			return RAS_IS_CONFIRM;
		if (choice == kinds[k].reject)
			return RAS_IS_REJECT;
		if (choice == kinds[k].request)
			return RAS_IS_REQUEST;
	}
	return RAS_IS_OTHER;
}

/* The component NAME of the message's body and the body itself; NULL where there is none. */
static const struct asn1_field *component(const struct h225_ras_message *m, const char *name, uint8_t **body)
{
	const struct asn1_type *all = &h225_ras_message_type;
	if (m->choice >= all->n_fields || all->fields[m->choice].type->kind != ASN1_SEQUENCE)
		return NULL;
	const struct asn1_type *t = all->fields[m->choice].type;
	/* every alternative is a pointer to its SEQUENCE */
	memcpy(body, &m->u, sizeof *body);
	for (uint16_t i = 0; *body != NULL && i < t->n_fields; i++)
		if (strcmp(t->fields[i].name, name) == 0)
			return &t->fields[i];
	return NULL;
}

static bool present(const struct asn1_field *f, const uint8_t *body)
{
	bool has = true;
	if ((f->flags & ASN1_F_OPTIONAL) != 0 && (f->flags & ASN1_F_POINTER) == 0)
		memcpy(&has, body + f->has_offset, sizeof has);
	return has;
}

bool ras_seq(const struct h225_ras_message *m, uint32_t *seq)
{
	uint8_t *body;
	const struct asn1_field *f = component(m, "requestSeqNum", &body);
	if (f == NULL)
		return false;
	memcpy(seq, body + f->offset, sizeof *seq);
	return true;
}

bool ras_set_seq(struct h225_ras_message *m, uint32_t seq)
{
	uint8_t *body;
	const struct asn1_field *f = component(m, "requestSeqNum", &body);
	if (f == NULL)
		return false;
	memcpy(body + f->offset, &seq, sizeof seq);
	return true;
}

struct pst_slice ras_endpoint_identifier(const struct h225_ras_message *m)
{
	uint8_t *body;
	struct pst_slice s = { NULL, 0 };
	const struct asn1_field *f = component(m, "endpointIdentifier", &body);
	if (f != NULL && present(f, body))
		memcpy(&s, body + f->offset, sizeof s);
	return s;
}

const struct h225_crypto_h323_token *ras_crypto_tokens(const struct h225_ras_message *m, uint32_t *n)
{
	uint8_t *body;
	struct asn1_list list = { 0, NULL };
	const struct asn1_field *f = component(m, "cryptoTokens", &body);
	if (f != NULL && present(f, body))
		memcpy(&list, body + f->offset, sizeof list);
	*n = list.n;
	return list.n > 0 ? list.v : NULL;
}

bool ras_set_crypto_tokens(struct h225_ras_message *m, struct h225_crypto_h323_token *v, uint32_t n)
{
	uint8_t *body;
	const struct asn1_list list = { n, v };
	const bool has = n > 0;
	const struct asn1_field *f = component(m, "cryptoTokens", &body);
	if (f == NULL)
		return false;
	memcpy(body + f->has_offset, &has, sizeof has);
	memcpy(body + f->offset, &list, sizeof list);
	return true;
}
