/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Summaries of MBFT PDUs, and what their numbers are called. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "t127/header.h"
#include "t127/msg.h"

struct line {
	char *p;
	size_t n;
};

static void PST_PRINTF(2, 3) add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const int n = vsnprintf(l->p + l->n, T127_STRLEN - l->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->n = l->n + (size_t)n < T127_STRLEN ? l->n + (size_t)n : T127_STRLEN - 1;
}

static void add_file(struct line *l, const struct t127_file_header *h)
{
	if (h->has_filename && h->filename.n > 0) {
		const struct pst_slice s = h->filename.v[h->filename.n - 1];
		add(l, " \"");
		for (size_t i = 0; i < s.n && i < 64; i++)
			add(l, "%c",
				s.p[i] >= 0x20 && s.p[i] < 0x7f && s.p[i] != '"' && s.p[i] != '\\' ? s.p[i]
												   : '.');
		add(l, "\"");
	}
	if (h->has_filesize)
		add(l, " %" PRId64 " octets", h->filesize.v);
}

static const char *item(const struct asn1_type *t, uint32_t v)
{
	return v < t->n_fields ? t->names[v] : "unknown";
}

const char *t127_reject_str(uint32_t reason)
{
	return item(&t127_file_reject_reason_type, reason);
}

const char *t127_deny_str(uint32_t reason)
{
	return item(&t127_file_deny_reason_type, reason);
}

const char *t127_abort_str(uint32_t reason)
{
	return item(&t127_file_abort_reason_type, reason);
}

const char *t127_directory_str(uint32_t result)
{
	return item(&t127_directory_result_type, result);
}

const char *t127_error_str(const struct asn1_integer *id)
{
	static const struct {
		uint16_t id;
		const char *name;
	} errors[] = { { 0, "no-reason" }, { 1, "responder-error" }, { 2, "system-shutdown" },
		{ 3, "bft-management-problem" }, { 4, "bft-management-bad-account" },
		{ 5, "bft-management-security-not-passed" }, { 6, "delay-may-be-encountered" },
		{ 7, "initiator-error" }, { 8, "subsequent-error" },
		{ 9, "temporal-insufficiency-of-resources" }, { 10, "access-request-violates-VFS-security" },
		{ 11, "access-request-violates-local-security" }, { 1000, "conflicting-parameter-values" },
		{ 1001, "unsupported-parameter-values" }, { 1002, "mandatory-parameter-not-set" },
		{ 1003, "unsupported-parameter" }, { 1004, "duplicated-parameter" },
		{ 1005, "illegal-parameter-type" }, { 1006, "unsupported-parameter-types" },
		{ 1007, "bft-protocol-error" }, { 1008, "bft-protocol-error-procedure-error" },
		{ 1009, "bft-protocol-error-functional-unit-error" },
		{ 1010, "bft-protocol-error-corruption-error" }, { 1011, "lower-layer-failure" },
		{ 1013, "timeout" }, { 2020, "invalid-filestore-password" }, { 3000, "filename-not-found" },
		{ 3002, "initial-attributes-not-possible" }, { 3004, "non-existent-file" },
		{ 3005, "file-already-exists" }, { 3006, "file-cannot-be-created" }, { 3012, "file-busy" },
		{ 3013, "file-not-available" }, { 3017, "filename-truncated" },
		{ 3018, "initial-attributes-altered" }, { 3019, "bad-account" },
		{ 3024, "ambiguous-file-specification" }, { 4000, "attribute-non-existent" },
		{ 4003, "attribute-not-supported" }, { 4004, "bad-attribute-name" },
		{ 4005, "bad-attribute-value" }, { 4006, "attribute-partially-supported" },
		{ 5014, "bad-data-element-type" }, { 5015, "operation-not-available" },
		{ 5016, "operation-not-supported" }, { 5017, "operation-inconsistent" },
		{ 5026, "bad-write" }, { 5027, "bad-read" }, { 5028, "local-failure" },
		{ 5029, "local-failure-filespace-exhausted" }, { 5030, "local-failure-data-corrupted" },
		{ 5031, "local-failure-device-failure" }, { 5032, "future-filesize-exceeded" },
		{ 5034, "future-filesize-increased" } };
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (id->big.n == 0 && id->v == errors[i].id)
			return errors[i].name;
	return "unknown";
}

static void add_offer(struct line *l, const struct t127_file_offer_pdu *p)
{
	add(l, " handle %u", (unsigned)p->file_handle);
	add_file(l, &p->file_header);
	add(l, " channel %u%s", (unsigned)p->data_channel_id, p->ack_flag ? " ack" : "");
	if (p->has_file_request_handle)
		add(l, " for request %u", (unsigned)p->file_request_handle);
}

static void add_key(struct line *l, const struct gcc_key *key)
{
	const struct pst_slice s = key->u.object;
	if (key->choice == GCC_KEY_OBJECT)
		return;
	add(l, " \"");
	for (size_t i = s.n > 4 && s.p[0] == 0xb5 ? 4 : 0; i < s.n && i < 64; i++)
		add(l, "%c", s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '.');
	add(l, "\"");
}

static void add_body(struct line *l, const t127_pdu *m)
{
	switch (m->choice) {
	case T127_MBFTPDU_FILE_OFFER_PDU: add_offer(l, m->u.file_offer_pdu); break;
	case T127_MBFTPDU_FILE_ACCEPT_PDU:
		add(l, " handle %u", (unsigned)m->u.file_accept_pdu->file_handle);
		break;
	case T127_MBFTPDU_FILE_REJECT_PDU:
		add(l, " handle %u %s", (unsigned)m->u.file_reject_pdu->file_handle,
			t127_reject_str(m->u.file_reject_pdu->reason));
		break;
	case T127_MBFTPDU_FILE_REQUEST_PDU:
		add(l, " handle %u", (unsigned)m->u.file_request_pdu->request_handle);
		add_file(l, &m->u.file_request_pdu->file_header);
		break;
	case T127_MBFTPDU_FILE_DENY_PDU:
		add(l, " handle %u %s", (unsigned)m->u.file_deny_pdu->request_handle,
			t127_deny_str(m->u.file_deny_pdu->reason));
		break;
	case T127_MBFTPDU_FILE_ERROR_PDU:
		if (m->u.file_error_pdu->has_file_handle)
			add(l, " handle %u", (unsigned)m->u.file_error_pdu->file_handle);
		add(l, " %s", t127_error_str(&m->u.file_error_pdu->error_id));
		break;
	case T127_MBFTPDU_FILE_ABORT_PDU: add(l, " %s", t127_abort_str(m->u.file_abort_pdu->reason)); break;
	case T127_MBFTPDU_FILE_START_PDU:
		add(l, " handle %u", (unsigned)m->u.file_start_pdu->file_handle);
		add_file(l, &m->u.file_start_pdu->file_header);
		add(l, " data %zu%s", m->u.file_start_pdu->data.n,
			m->u.file_start_pdu->eof_flag ? " eof" : "");
		break;
	case T127_MBFTPDU_FILE_DATA_PDU:
		add(l, " handle %u data %zu%s%s", (unsigned)m->u.file_data_pdu->file_handle,
			m->u.file_data_pdu->data.n, m->u.file_data_pdu->eof_flag ? " eof" : "",
			m->u.file_data_pdu->abort_flag ? " abort" : "");
		break;
	case T127_MBFTPDU_DIRECTORY_RESPONSE_PDU:
		add(l, " %s entries %u", t127_directory_str(m->u.directory_response_pdu->result),
			(unsigned)m->u.directory_response_pdu->directory_list.n);
		break;
	case T127_MBFTPDU_MBFT_NON_STANDARD_PDU: add_key(l, &m->u.mbft_non_standard_pdu->data.key); break;
	default: break;
	}
}

const char *t127_str(const t127_pdu *m, char buf[static T127_STRLEN])
{
	struct line l = { buf, 0 };
	buf[0] = '\0';
	add(&l, "%s",
		m->choice < t127_mbftpdu_type.n_fields ? t127_mbftpdu_type.fields[m->choice].name
						       : "unknown");
	add_body(&l, m);
	return buf;
}
