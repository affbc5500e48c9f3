/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ras/reason.h"

#define N(a) (sizeof(a) / sizeof *(a))

static const char *const discovery[H225_GATEKEEPER_REJECT_REASON_N] = {
	[H225_GATEKEEPER_REJECT_REASON_RESOURCE_UNAVAILABLE] = "it has no room for more",
	[H225_GATEKEEPER_REJECT_REASON_TERMINAL_EXCLUDED] = "it is not there for us",
	[H225_GATEKEEPER_REJECT_REASON_INVALID_REVISION] = "it does not know our version of H.225.0",
	[H225_GATEKEEPER_REJECT_REASON_SECURITY_DENIAL] = "it wants a password, or another one",
	[H225_GATEKEEPER_REJECT_REASON_NEEDED_FEATURE_NOT_SUPPORTED] = "it needs a feature that we do not have",
	[H225_GATEKEEPER_REJECT_REASON_SECURITY_ERROR] = "it wants a password, or another one",
};

static const char *const registration[H225_REGISTRATION_REJECT_REASON_N] = {
	[H225_REGISTRATION_REJECT_REASON_DISCOVERY_REQUIRED] = "it wants to be discovered first",
	[H225_REGISTRATION_REJECT_REASON_INVALID_REVISION] = "it does not know our version of H.225.0",
	[H225_REGISTRATION_REJECT_REASON_INVALID_CALL_SIGNAL_ADDRESS] = "it can not use our address for calls",
	[H225_REGISTRATION_REJECT_REASON_INVALID_RAS_ADDRESS] = "it can not use our address for RAS",
	[H225_REGISTRATION_REJECT_REASON_DUPLICATE_ALIAS] = "somebody else is registered under that name",
	[H225_REGISTRATION_REJECT_REASON_INVALID_TERMINAL_TYPE] = "it takes no terminals",
	[H225_REGISTRATION_REJECT_REASON_TRANSPORT_NOT_SUPPORTED] = "it does not support our transport",
	[H225_REGISTRATION_REJECT_REASON_RESOURCE_UNAVAILABLE] = "it has no room for more",
	[H225_REGISTRATION_REJECT_REASON_INVALID_ALIAS] = "that name is not permitted",
	[H225_REGISTRATION_REJECT_REASON_SECURITY_DENIAL] = "it wants a password, or another one",
	[H225_REGISTRATION_REJECT_REASON_FULL_REGISTRATION_REQUIRED] = "it does not know us any more",
	[H225_REGISTRATION_REJECT_REASON_INVALID_TERMINAL_ALIASES] = "that name is not permitted",
	[H225_REGISTRATION_REJECT_REASON_NEEDED_FEATURE_NOT_SUPPORTED] = "it needs a feature that we do not have",
	[H225_REGISTRATION_REJECT_REASON_SECURITY_ERROR] = "it wants a password, or another one",
};

static const char *const admission[H225_ADMISSION_REJECT_REASON_N] = {
	[H225_ADMISSION_REJECT_REASON_CALLED_PARTY_NOT_REGISTERED] = "nobody is registered under that name",
	[H225_ADMISSION_REJECT_REASON_INVALID_PERMISSION] = "the call is not permitted",
	[H225_ADMISSION_REJECT_REASON_REQUEST_DENIED] = "there is no bandwidth left",
	[H225_ADMISSION_REJECT_REASON_CALLER_NOT_REGISTERED] = "we are not registered",
	[H225_ADMISSION_REJECT_REASON_ROUTE_CALL_TO_GATEKEEPER] = "the call is to go through the gatekeeper",
	[H225_ADMISSION_REJECT_REASON_INVALID_ENDPOINT_IDENTIFIER] = "we are not registered",
	[H225_ADMISSION_REJECT_REASON_RESOURCE_UNAVAILABLE] = "it has no room for more calls",
	[H225_ADMISSION_REJECT_REASON_SECURITY_DENIAL] = "it wants a password, or another one",
	[H225_ADMISSION_REJECT_REASON_QOS_CONTROL_NOT_SUPPORTED] = "it can not reserve what the call needs",
	[H225_ADMISSION_REJECT_REASON_INCOMPLETE_ADDRESS] = "the number is not complete",
	[H225_ADMISSION_REJECT_REASON_ALIASES_INCONSISTENT] = "the names called are not of one party",
	[H225_ADMISSION_REJECT_REASON_EXCEEDS_CALL_CAPACITY] = "the called party has no room for more calls",
	[H225_ADMISSION_REJECT_REASON_NEEDED_FEATURE_NOT_SUPPORTED] = "it needs a feature that we do not have",
	[H225_ADMISSION_REJECT_REASON_SECURITY_ERROR] = "it wants a password, or another one",
	[H225_ADMISSION_REJECT_REASON_NO_ROUTE_TO_DESTINATION] = "it knows no way there",
	[H225_ADMISSION_REJECT_REASON_UNALLOCATED_NUMBER] = "nobody has that number",
};

static const char *const unregistration[H225_UNREG_REQUEST_REASON_N] = {
	[H225_UNREG_REQUEST_REASON_REREGISTRATION_REQUIRED] = "it wants a new registration",
	[H225_UNREG_REQUEST_REASON_TTL_EXPIRED] = "it had not heard of us in time",
	[H225_UNREG_REQUEST_REASON_SECURITY_DENIAL] = "it wants a password, or another one",
	[H225_UNREG_REQUEST_REASON_MAINTENANCE] = "it is being looked after",
	[H225_UNREG_REQUEST_REASON_SECURITY_ERROR] = "it wants a password, or another one",
};

static const char *word(const char *const *words, size_t n, uint32_t choice)
{
	return choice < n && words[choice] != NULL ? words[choice] : "it gave no reason";
}

const char *ras_reason(const struct h225_ras_message *m)
{
	switch (m->choice) {
	case H225_RAS_MESSAGE_GATEKEEPER_REJECT:
		return word(discovery, N(discovery), m->u.gatekeeper_reject->reject_reason.choice);
	case H225_RAS_MESSAGE_REGISTRATION_REJECT:
		return word(registration, N(registration), m->u.registration_reject->reject_reason.choice);
	case H225_RAS_MESSAGE_ADMISSION_REJECT:
		return word(admission, N(admission), m->u.admission_reject->reject_reason.choice);
	case H225_RAS_MESSAGE_UNREGISTRATION_REQUEST:
		return m->u.unregistration_request->reason != NULL
			       ? word(unregistration, N(unregistration), m->u.unregistration_request->reason->choice)
			       : word(NULL, 0, 0);
	case H225_RAS_MESSAGE_UNKNOWN_MESSAGE_RESPONSE: return "it does not know the message";
	default: return word(NULL, 0, 0);
	}
}
