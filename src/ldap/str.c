/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of operations and results, and which response answers which request. */
#include "ldap/msg.h"

static const struct {
	uint8_t op, response;
	const char *name;
} ops[] = {
	{ LDAP_BIND_REQUEST, LDAP_BIND_RESPONSE, "bindRequest" },
	{ LDAP_BIND_RESPONSE, 0, "bindResponse" },
	{ LDAP_UNBIND_REQUEST, 0, "unbindRequest" },
	{ LDAP_SEARCH_REQUEST, LDAP_SEARCH_DONE, "searchRequest" },
	{ LDAP_SEARCH_ENTRY, 0, "searchResultEntry" },
	{ LDAP_SEARCH_DONE, 0, "searchResultDone" },
	{ LDAP_SEARCH_REFERENCE, 0, "searchResultReference" },
	{ LDAP_MODIFY_REQUEST, LDAP_MODIFY_RESPONSE, "modifyRequest" },
	{ LDAP_MODIFY_RESPONSE, 0, "modifyResponse" },
	{ LDAP_ADD_REQUEST, LDAP_ADD_RESPONSE, "addRequest" },
	{ LDAP_ADD_RESPONSE, 0, "addResponse" },
	{ LDAP_DELETE_REQUEST, LDAP_DELETE_RESPONSE, "delRequest" },
	{ LDAP_DELETE_RESPONSE, 0, "delResponse" },
	{ LDAP_MODIFY_DN_REQUEST, LDAP_MODIFY_DN_RESPONSE, "modDNRequest" },
	{ LDAP_MODIFY_DN_RESPONSE, 0, "modDNResponse" },
	{ LDAP_COMPARE_REQUEST, LDAP_COMPARE_RESPONSE, "compareRequest" },
	{ LDAP_COMPARE_RESPONSE, 0, "compareResponse" },
	{ LDAP_ABANDON_REQUEST, 0, "abandonRequest" },
	{ LDAP_EXTENDED_REQUEST, LDAP_EXTENDED_RESPONSE, "extendedRequest" },
	{ LDAP_EXTENDED_RESPONSE, 0, "extendedResponse" },
	{ LDAP_INTERMEDIATE_RESPONSE, 0, "intermediateResponse" },
};

uint8_t ldap_response_to(uint8_t op)
{
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (ops[i].op == op)
			return ops[i].response;
	return 0;
}

const char *ldap_op_str(uint8_t op)
{
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (ops[i].op == op)
			return ops[i].name;
	return "unknown operation";
}

const char *ldap_result_str(int32_t code)
{
	switch (code) {
	case LDAP_SUCCESS: return "success";
	case LDAP_OPERATIONS_ERROR: return "operationsError";
	case LDAP_PROTOCOL_ERROR: return "protocolError";
	case LDAP_TIME_LIMIT_EXCEEDED: return "timeLimitExceeded";
	case LDAP_SIZE_LIMIT_EXCEEDED: return "sizeLimitExceeded";
	case LDAP_COMPARE_FALSE: return "compareFalse";
	case LDAP_COMPARE_TRUE: return "compareTrue";
	case LDAP_AUTH_METHOD_NOT_SUPPORTED: return "authMethodNotSupported";
	case LDAP_UNAVAILABLE_CRITICAL_EXTENSION: return "unavailableCriticalExtension";
	case LDAP_NO_SUCH_ATTRIBUTE: return "noSuchAttribute";
	case LDAP_ATTRIBUTE_OR_VALUE_EXISTS: return "attributeOrValueExists";
	case LDAP_NO_SUCH_OBJECT: return "noSuchObject";
	case LDAP_INVALID_DN_SYNTAX: return "invalidDNSyntax";
	case LDAP_INVALID_CREDENTIALS: return "invalidCredentials";
	case LDAP_INSUFFICIENT_ACCESS: return "insufficientAccessRights";
	case LDAP_BUSY: return "busy";
	case LDAP_UNAVAILABLE: return "unavailable";
	case LDAP_UNWILLING_TO_PERFORM: return "unwillingToPerform";
	case LDAP_OBJECT_CLASS_VIOLATION: return "objectClassViolation";
	case LDAP_ENTRY_ALREADY_EXISTS: return "entryAlreadyExists";
	case LDAP_OTHER: return "other";
	default: return "unknown result";
	}
}
