/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of bodies: offsets are stored plus one, 0 is "has none". */
#include "h225/body.h"

#include "h225/build.h"

#define BODY(x) H225_H323_UU_PDU_H323_MESSAGE_BODY_##x
#define AT(type, member) (offsetof(struct h225_##type, member) + 1)

struct row {
	uint8_t q931_type;
	bool call_id_by_value;
	uint16_t size;
	uint16_t call_id, h245, endpoint, has_fast_start, fast_start, refused;
	bool endpoint_by_pointer;
};

#define FAST(type) .has_fast_start = AT(type, has_fast_start), .fast_start = AT(type, fast_start)

static const struct row rows[BODY(N)] = {
	[BODY(SETUP)] = { Q931_SETUP, .size = sizeof(struct h225_setup_uuie),
		.call_id = AT(setup_uuie, call_identifier), .h245 = AT(setup_uuie, h245_address),
		.endpoint = AT(setup_uuie, source_info), FAST(setup_uuie) },
	[BODY(CALL_PROCEEDING)] = { Q931_CALL_PROCEEDING, .size = sizeof(struct h225_call_proceeding_uuie),
		.call_id = AT(call_proceeding_uuie, call_identifier), .h245 = AT(call_proceeding_uuie, h245_address),
		.endpoint = AT(call_proceeding_uuie, destination_info), FAST(call_proceeding_uuie),
		.refused = AT(call_proceeding_uuie, has_fast_connect_refused) },
	[BODY(CONNECT)] = { Q931_CONNECT, .size = sizeof(struct h225_connect_uuie),
		.call_id = AT(connect_uuie, call_identifier), .h245 = AT(connect_uuie, h245_address),
		.endpoint = AT(connect_uuie, destination_info), FAST(connect_uuie),
		.refused = AT(connect_uuie, has_fast_connect_refused) },
	[BODY(ALERTING)] = { Q931_ALERTING, .size = sizeof(struct h225_alerting_uuie),
		.call_id = AT(alerting_uuie, call_identifier), .h245 = AT(alerting_uuie, h245_address),
		.endpoint = AT(alerting_uuie, destination_info), FAST(alerting_uuie),
		.refused = AT(alerting_uuie, has_fast_connect_refused) },
	[BODY(INFORMATION)] = { Q931_INFORMATION, .size = sizeof(struct h225_information_uuie),
		.call_id = AT(information_uuie, call_identifier), FAST(information_uuie),
		.refused = AT(information_uuie, has_fast_connect_refused) },
	[BODY(RELEASE_COMPLETE)] = { Q931_RELEASE_COMPLETE, .size = sizeof(struct h225_release_complete_uuie),
		.call_id = AT(release_complete_uuie, call_identifier),
		.endpoint = AT(release_complete_uuie, destination_info), .endpoint_by_pointer = true },
	[BODY(FACILITY)] = { Q931_FACILITY, .size = sizeof(struct h225_facility_uuie),
		.call_id = AT(facility_uuie, call_identifier), .h245 = AT(facility_uuie, h245_address),
		.endpoint = AT(facility_uuie, destination_info), .endpoint_by_pointer = true, FAST(facility_uuie),
		.refused = AT(facility_uuie, has_fast_connect_refused) },
	[BODY(PROGRESS)] = { Q931_PROGRESS, true, .size = sizeof(struct h225_progress_uuie),
		.call_id = AT(progress_uuie, call_identifier), .h245 = AT(progress_uuie, h245_address),
		.endpoint = AT(progress_uuie, destination_info), FAST(progress_uuie),
		.refused = AT(progress_uuie, has_fast_connect_refused) },
	[BODY(EMPTY)] = { Q931_FACILITY, false, 0, 0, 0, 0, 0, 0, 0, false },
	[BODY(STATUS)] = { Q931_STATUS, true, .size = sizeof(struct h225_status_uuie),
		.call_id = AT(status_uuie, call_identifier) },
	[BODY(STATUS_INQUIRY)] = { Q931_STATUS_INQUIRY, true, .size = sizeof(struct h225_status_inquiry_uuie),
		.call_id = AT(status_inquiry_uuie, call_identifier) },
	[BODY(SETUP_ACKNOWLEDGE)] = { Q931_SETUP_ACKNOWLEDGE, true, .size = sizeof(struct h225_setup_acknowledge_uuie),
		.call_id = AT(setup_acknowledge_uuie, call_identifier) },
	[BODY(NOTIFY)] = { Q931_NOTIFY, true, .size = sizeof(struct h225_notify_uuie),
		.call_id = AT(notify_uuie, call_identifier), .endpoint = AT(notify_uuie, destination_info),
		.endpoint_by_pointer = true },
};

/* Every body begins with its protocolIdentifier; reading it through any of them is the same. */
_Static_assert(offsetof(struct h225_setup_uuie, protocol_identifier) == 0, "first member");
_Static_assert(offsetof(struct h225_notify_uuie, protocol_identifier) == 0, "first member");
_Static_assert(offsetof(struct h225_release_complete_uuie, protocol_identifier) == 0, "first member");

uint32_t h225_body_of_type(uint8_t q931_type)
{
	for (uint32_t i = 0; i < BODY(N); i++) {
		if (rows[i].size != 0 && rows[i].q931_type == q931_type)
			return i;
	}
	return ASN1_UNKNOWN;
}

uint8_t h225_type_of_body(uint32_t choice)
{
	return choice < BODY(N) ? rows[choice].q931_type : 0;
}

/* All constructed alternatives are pointers, so any of them is the pointer. */
static uint8_t *body_of(const struct h225_h323_uu_pdu_h323_message_body *body, const struct row **row)
{
	if (body->choice >= BODY(N) || rows[body->choice].size == 0)
		return NULL;
	*row = &rows[body->choice];
	uint8_t *p;
	memcpy(&p, &body->u, sizeof(p));
	return p;
}

static void *pointer_at(const uint8_t *p, uint16_t at)
{
	void *v = NULL;
	if (at != 0)
		memcpy(&v, p + at - 1, sizeof(v));
	return v;
}

static bool bool_at(const uint8_t *p, uint16_t at)
{
	bool v = false;
	if (at != 0)
		memcpy(&v, p + at - 1, sizeof(v));
	return v;
}

/* As few presence bits as there are additions to announce, as a message of an early version has them: Linux's helper for
 * H.323 takes each bit beyond those that it knows for an addition, set or not, and gives the message up. */
static void few_additions(uint32_t choice, uint8_t *body)
{
	const struct asn1_ext ext = { .received = 1 };
	const struct asn1_type *t = h225_h323_uu_pdu_h323_message_body_type.fields[choice].type;
	if (t->extensible)
		memcpy(body + t->ext_offset, &ext, sizeof ext);
}

int h225_body_new(struct h225_h323_uu_pdu_h323_message_body *body, uint8_t q931_type, uint8_t version, struct arena *a)
{
	static const uint8_t zero_id[16];
	const uint32_t choice = h225_body_of_type(q931_type);
	if (choice == ASN1_UNKNOWN)
		return PST_E_ARG;
	const struct row *row = &rows[choice];
	uint8_t *p = arena_alloc(a, row->size);
	const struct pst_slice oid = h225_protocol_identifier(version, a);
	if (p == NULL || oid.n == 0)
		return PST_E_NOMEM;
	memcpy(p, &oid, sizeof(oid));
	few_additions(choice, p);
	if (row->call_id_by_value) {
		const struct h225_call_identifier id = { .guid = slice_of(zero_id, 16) };
		memcpy(p + row->call_id - 1, &id, sizeof(id));
	}
	body->choice = choice;
	memcpy(&body->u, &p, sizeof(p));
	return 0;
}

static struct pst_slice call_id_of(const struct row *row, const uint8_t *p)
{
	struct h225_call_identifier id;
	const void *at = row->call_id_by_value ? p + row->call_id - 1 : pointer_at(p, row->call_id);
	if (row->call_id == 0 || at == NULL)
		return slice_of(NULL, 0);
	memcpy(&id, at, sizeof(id));
	return id.guid;
}

void h225_common_read(const struct h225_h323_uu_pdu_h323_message_body *body, struct h225_common *out)
{
	const struct row *row;
	const uint8_t *p = body_of(body, &row);
	*out = (struct h225_common){ 0 };
	if (p == NULL)
		return;
	memcpy(&out->protocol_identifier, p, sizeof(out->protocol_identifier));
	out->call_id = call_id_of(row, p);
	out->h245_address = pointer_at(p, row->h245);
	if (row->endpoint != 0)
		out->endpoint = row->endpoint_by_pointer ? pointer_at(p, row->endpoint) :
			(const struct h225_endpoint_type *)(const void *)(p + row->endpoint - 1);
	out->has_fast_start = bool_at(p, row->has_fast_start);
	if (out->has_fast_start) {
		struct { uint32_t n; struct pst_slice *v; } list;
		memcpy(&list, p + row->fast_start - 1, sizeof(list));
		out->n_fast_start = list.n;
		out->fast_start = list.v;
	}
	out->fast_connect_refused = bool_at(p, row->refused);
}

int h225_set_h245_address(struct h225_h323_uu_pdu_h323_message_body *body, struct h225_transport_address *ta)
{
	const struct row *row;
	uint8_t *p = body_of(body, &row);
	if (p == NULL || row->h245 == 0)
		return PST_E_UNSUPPORTED;
	memcpy(p + row->h245 - 1, &ta, sizeof(ta));
	return 0;
}

int h225_set_fast_start(struct h225_h323_uu_pdu_h323_message_body *body, uint32_t n, struct pst_slice *octets)
{
	const struct row *row;
	uint8_t *p = body_of(body, &row);
	if (p == NULL || row->fast_start == 0)
		return PST_E_UNSUPPORTED;
	const bool has = n > 0;
	const struct { uint32_t n; struct pst_slice *v; } list = { n, octets };
	memcpy(p + row->has_fast_start - 1, &has, sizeof(has));
	memcpy(p + row->fast_start - 1, &list, sizeof(list));
	return 0;
}

int h225_set_fast_connect_refused(struct h225_h323_uu_pdu_h323_message_body *body, bool refused)
{
	const struct row *row;
	uint8_t *p = body_of(body, &row);
	if (p == NULL || row->refused == 0)
		return PST_E_UNSUPPORTED;
	memcpy(p + row->refused - 1, &refused, sizeof(refused));
	return 0;
}

int h225_set_call_id(struct h225_h323_uu_pdu_h323_message_body *body, struct pst_slice id, struct arena *a)
{
	const struct row *row;
	uint8_t *p = body_of(body, &row);
	if (p == NULL || row->call_id == 0)
		return PST_E_UNSUPPORTED;
	struct h225_call_identifier value = { .guid = id };
	if (row->call_id_by_value) {
		memcpy(p + row->call_id - 1, &value, sizeof(value));
		return 0;
	}
	struct h225_call_identifier *copy = arena_dup(a, &value, sizeof(value));
	if (copy == NULL)
		return PST_E_NOMEM;
	memcpy(p + row->call_id - 1, &copy, sizeof(copy));
	return 0;
}

uint8_t h225_version(struct pst_slice protocol_identifier)
{
	static const uint8_t prefix[] = { 0x00, 0x08, 0x91, 0x4a, 0x00 };
	if (protocol_identifier.n != 6 || memcmp(protocol_identifier.p, prefix, 5) != 0)
		return 0;
	return protocol_identifier.p[5] & 0x80 ? 0 : protocol_identifier.p[5];
}
