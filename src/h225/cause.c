/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of H.225.0 7.2.2.8, and the way back. */
#include "h225/cause.h"

#include "h225_asn1.h"
#include "q931/ie.h"

#define REASON(x) H225_RELEASE_COMPLETE_REASON_##x

static const struct {
	uint8_t cause;
	const char *name;
} reasons[REASON(N)] = {
	[REASON(NO_BANDWIDTH)] = { 34, "noBandwidth" },
	[REASON(GATEKEEPER_RESOURCES)] = { 47, "gatekeeperResources" },
	[REASON(UNREACHABLE_DESTINATION)] = { 3, "unreachableDestination" },
	[REASON(DESTINATION_REJECTION)] = { 16, "destinationRejection" },
	[REASON(INVALID_REVISION)] = { 88, "invalidRevision" },
	[REASON(NO_PERMISSION)] = { 127, "noPermission" },
	[REASON(UNREACHABLE_GATEKEEPER)] = { 38, "unreachableGatekeeper" },
	[REASON(GATEWAY_RESOURCES)] = { 42, "gatewayResources" },
	[REASON(BAD_FORMAT_ADDRESS)] = { 28, "badFormatAddress" },
	[REASON(ADAPTIVE_BUSY)] = { 41, "adaptiveBusy" },
	[REASON(IN_CONF)] = { 17, "inConf" },
	[REASON(UNDEFINED_REASON)] = { 31, "undefinedReason" },
	[REASON(FACILITY_CALL_DEFLECTION)] = { 16, "facilityCallDeflection" },
	[REASON(SECURITY_DENIED)] = { 31, "securityDenied" },
	[REASON(CALLED_PARTY_NOT_REGISTERED)] = { 20, "calledPartyNotRegistered" },
	[REASON(CALLER_NOT_REGISTERED)] = { 31, "callerNotRegistered" },
	[REASON(NEW_CONNECTION_NEEDED)] = { 47, "newConnectionNeeded" },
	[REASON(NON_STANDARD_REASON)] = { 127, "nonStandardReason" },
	[REASON(REPLACE_WITH_CONFERENCE_INVITE)] = { 31, "replaceWithConferenceInvite" },
	[REASON(GENERIC_DATA_REASON)] = { 31, "genericDataReason" },
	[REASON(NEEDED_FEATURE_NOT_SUPPORTED)] = { 31, "neededFeatureNotSupported" },
	[REASON(TUNNELLED_SIGNALLING_REJECTED)] = { 127, "tunnelledSignallingRejected" },
	[REASON(INVALID_CID)] = { 3, "invalidCID" },
	[REASON(SECURITY_ERROR)] = { 31, "securityError" },
	[REASON(HOP_COUNT_EXCEEDED)] = { 25, "hopCountExceeded" },
};

uint8_t h225_cause_of_reason(uint32_t reason)
{
	return reason < REASON(N) ? reasons[reason].cause : Q931_CAUSE_UNSPECIFIED;
}

uint32_t h225_reason_of_cause(uint8_t cause)
{
	switch (cause) {
	case Q931_CAUSE_UNALLOCATED:
	case Q931_CAUSE_NO_ROUTE: return REASON(UNREACHABLE_DESTINATION);
	case Q931_CAUSE_NORMAL:
	case Q931_CAUSE_REJECTED: return REASON(DESTINATION_REJECTION);
	case Q931_CAUSE_BUSY: return REASON(IN_CONF);
	case Q931_CAUSE_SUBSCRIBER_ABSENT: return REASON(CALLED_PARTY_NOT_REGISTERED);
	case 25: return REASON(HOP_COUNT_EXCEEDED);
	case Q931_CAUSE_INVALID_NUMBER: return REASON(BAD_FORMAT_ADDRESS);
	case Q931_CAUSE_NO_CIRCUIT: return REASON(NO_BANDWIDTH);
	case Q931_CAUSE_NETWORK_OUT_OF_ORDER: return REASON(UNREACHABLE_GATEKEEPER);
	case Q931_CAUSE_TEMPORARY: return REASON(ADAPTIVE_BUSY);
	case Q931_CAUSE_CONGESTION:
	case Q931_CAUSE_RESOURCE: return REASON(GATEWAY_RESOURCES);
	case Q931_CAUSE_NOT_AUTHORISED:
	case Q931_CAUSE_INTERWORKING: return REASON(NO_PERMISSION);
	case Q931_CAUSE_INCOMPATIBLE: return REASON(INVALID_REVISION);
	default: return REASON(UNDEFINED_REASON);
	}
}

const char *h225_reason_name(uint32_t reason)
{
	return reason < REASON(N) ? reasons[reason].name : "unknown";
}
