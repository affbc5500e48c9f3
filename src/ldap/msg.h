/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LDAPMessage, versions 2 and 3 (RFC 1777, RFC 2251, RFC 4511 4.1.1): octets to
 * structures and back. Pure. Slices are borrowed from the octets, arrays are in the
 * arena; the limits say how much of either a message may ask for.
 */
#ifndef PST_LDAP_MSG_H
#define PST_LDAP_MSG_H

#include "base/arena.h"
#include "base/writer.h"

/* Operations by their tags. */
enum ldap_op {
	LDAP_BIND_REQUEST = 0x60,
	LDAP_BIND_RESPONSE = 0x61,
	LDAP_UNBIND_REQUEST = 0x42,
	LDAP_SEARCH_REQUEST = 0x63,
	LDAP_SEARCH_ENTRY = 0x64,
	LDAP_SEARCH_DONE = 0x65,
	LDAP_SEARCH_REFERENCE = 0x73,
	LDAP_MODIFY_REQUEST = 0x66,
	LDAP_MODIFY_RESPONSE = 0x67,
	LDAP_ADD_REQUEST = 0x68,
	LDAP_ADD_RESPONSE = 0x69,
	LDAP_DELETE_REQUEST = 0x4a,
	LDAP_DELETE_RESPONSE = 0x6b,
	LDAP_MODIFY_DN_REQUEST = 0x6c,
	LDAP_MODIFY_DN_RESPONSE = 0x6d,
	LDAP_COMPARE_REQUEST = 0x6e,
	LDAP_COMPARE_RESPONSE = 0x6f,
	LDAP_ABANDON_REQUEST = 0x50,
	LDAP_EXTENDED_REQUEST = 0x77,
	LDAP_EXTENDED_RESPONSE = 0x78,
	LDAP_INTERMEDIATE_RESPONSE = 0x79,
};

enum ldap_result_code {
	LDAP_SUCCESS = 0,
	LDAP_OPERATIONS_ERROR = 1,
	LDAP_PROTOCOL_ERROR = 2,
	LDAP_TIME_LIMIT_EXCEEDED = 3,
	LDAP_SIZE_LIMIT_EXCEEDED = 4,
	LDAP_COMPARE_FALSE = 5,
	LDAP_COMPARE_TRUE = 6,
	LDAP_AUTH_METHOD_NOT_SUPPORTED = 7,
	LDAP_UNAVAILABLE_CRITICAL_EXTENSION = 12,
	LDAP_NO_SUCH_ATTRIBUTE = 16,
	LDAP_ATTRIBUTE_OR_VALUE_EXISTS = 20,
	LDAP_NO_SUCH_OBJECT = 32,
	LDAP_INVALID_DN_SYNTAX = 34,
	LDAP_INVALID_CREDENTIALS = 49,
	LDAP_INSUFFICIENT_ACCESS = 50,
	LDAP_BUSY = 51,
	LDAP_UNAVAILABLE = 52,
	LDAP_UNWILLING_TO_PERFORM = 53,
	LDAP_OBJECT_CLASS_VIOLATION = 65,
	LDAP_ENTRY_ALREADY_EXISTS = 68,
	LDAP_OTHER = 80,
};

enum ldap_scope { LDAP_SCOPE_BASE, LDAP_SCOPE_ONE, LDAP_SCOPE_SUB };
enum ldap_mod_op { LDAP_MOD_ADD, LDAP_MOD_DELETE, LDAP_MOD_REPLACE };
enum { LDAP_AUTH_SIMPLE = 0x80, LDAP_AUTH_SASL = 0xa3 };

enum ldap_filter_kind {
	LDAP_FILTER_AND = 0xa0,
	LDAP_FILTER_OR = 0xa1,
	LDAP_FILTER_NOT = 0xa2,
	LDAP_FILTER_EQUAL = 0xa3,
	LDAP_FILTER_SUBSTRINGS = 0xa4,
	LDAP_FILTER_GREATER = 0xa5,
	LDAP_FILTER_LESS = 0xa6,
	LDAP_FILTER_PRESENT = 0x87,
	LDAP_FILTER_APPROX = 0xa8,
	LDAP_FILTER_EXTENSIBLE = 0xa9,
};
enum { LDAP_SUB_INITIAL = 0x80, LDAP_SUB_ANY = 0x81, LDAP_SUB_FINAL = 0x82 };

struct ldap_substring {
	uint8_t kind;
	struct pst_slice text;
};

struct ldap_filter {
	uint8_t kind; /* enum ldap_filter_kind */
	struct pst_slice attr;
	struct pst_slice value;               /* the kinds that compare; extensible */
	const struct ldap_substring *parts;   /* substrings */
	const struct ldap_filter *children;   /* and, or, not */
	uint32_t n;                           /* parts or children */
	struct pst_slice rule;                /* extensible */
	bool dn_attrs;                        /* extensible */
};

struct ldap_attr {
	struct pst_slice type;
	const struct pst_slice *values;
	uint32_t n_values;
	uint8_t op; /* enum ldap_mod_op, in a modify request */
};

struct ldap_control {
	struct pst_slice oid;
	bool critical;
	bool has_value;
	struct pst_slice value;
};

struct ldap_msg {
	int32_t id; /* 0..2^31-1 */
	uint8_t op; /* enum ldap_op, or another tag: then only BODY is set */
	struct pst_slice body; /* the operation's content */
	/* bind request: name, version, auth tag and credentials. search: base. add, modify, modify DN, delete, compare,
	 * search entry: the entry. */
	struct pst_slice dn;
	union {
		struct {
			int32_t version;
			uint8_t auth; /* LDAP_AUTH_SIMPLE: the credentials are the password; else the method's content */
			struct pst_slice credentials;
		} bind;
		struct {
			int32_t scope, deref, size_limit, time_limit;
			bool types_only;
			struct ldap_filter filter;
			const struct pst_slice *attrs;
			uint32_t n_attrs;
		} search;
		struct {
			const struct ldap_attr *list; /* add, modify, search entry; compare: one with one value */
			uint32_t n;
		} attrs;
		struct {
			struct pst_slice new_rdn, new_superior;
			bool delete_old, has_superior;
		} modify_dn;
		int32_t abandon;
		struct {
			struct pst_slice oid, value;
			bool has_value;
		} extended; /* request */
		struct {
			int32_t code;
			struct pst_slice matched, text;
			struct pst_slice referral;   /* content of [3], empty: none */
			struct pst_slice sasl_creds; /* bind; empty: none */
			struct pst_slice oid, value; /* extended */
			bool has_oid, has_value;
		} result;
		struct {
			const struct pst_slice *urls;
			uint32_t n;
		} reference;
	} u;
	const struct ldap_control *controls;
	uint32_t n_controls;
};

struct ldap_limits {
	uint32_t filter_depth; /* 16 */
	uint32_t filter_terms; /* 128, of all levels */
	uint32_t attrs;        /* 128 in a message */
	uint32_t values;       /* 1024 in a message */
};
extern const struct ldap_limits ldap_limits_default;

/* Reads one whole message. PST_E_SHORT, PST_E_BAD; PST_E_LIMIT; PST_E_NOMEM (the arena's cap). What could be read before
 * the error stands in OUT: id and op are set (0 where they were not reached), so that the error can be answered. */
PST_MUST_CHECK int ldap_decode(struct ldap_msg *out, struct pst_slice octets, const struct ldap_limits *l, struct arena *a);
/* Writes it, every length in its shortest form. PST_E_SPACE; PST_E_ARG: an operation there is none of. */
PST_MUST_CHECK int ldap_encode(struct writer *w, const struct ldap_msg *m);

/* The tag that answers OP; 0: nothing answers it. */
uint8_t ldap_response_to(uint8_t op);
const char *ldap_op_str(uint8_t op);
const char *ldap_result_str(int32_t code);

/* filter.c: the parts of decode and encode. */
PST_MUST_CHECK int ldap_filter_decode(struct ldap_filter *out, struct pst_slice octets, const struct ldap_limits *l,
	struct arena *a);
void ldap_filter_encode(struct writer *w, const struct ldap_filter *f);
/* As text (RFC 4515), for logs and tests; cut where BUF ends. Returns BUF. */
const char *ldap_filter_str(const struct ldap_filter *f, char *buf, size_t cap);

/* Whether TEXT matches PATTERN, where each octet of WILDCARDS stands for any run of octets; without ASCII case. */
bool ldap_match(struct pst_slice text, struct pst_slice pattern, const char *wildcards);
bool ldap_eq(struct pst_slice a, struct pst_slice b);

#endif
