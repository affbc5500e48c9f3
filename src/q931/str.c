/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of Q.931 messages and Q.850 causes for people. */
#include "q931/ie.h"
#include "q931/msg.h"

struct name {
	uint8_t value;
	const char *name;
};

static const struct name types[] = {
	{ Q931_ALERTING, "Alerting" },
	{ Q931_CALL_PROCEEDING, "CallProceeding" },
	{ Q931_PROGRESS, "Progress" },
	{ Q931_SETUP, "Setup" },
	{ Q931_CONNECT, "Connect" },
	{ Q931_SETUP_ACKNOWLEDGE, "SetupAcknowledge" },
	{ Q931_CONNECT_ACKNOWLEDGE, "ConnectAcknowledge" },
	{ Q931_USER_INFORMATION, "UserInformation" },
	{ Q931_DISCONNECT, "Disconnect" },
	{ Q931_RELEASE, "Release" },
	{ Q931_RELEASE_COMPLETE, "ReleaseComplete" },
	{ Q931_FACILITY, "Facility" },
	{ Q931_NOTIFY, "Notify" },
	{ Q931_STATUS_INQUIRY, "StatusInquiry" },
	{ Q931_INFORMATION, "Information" },
	{ Q931_STATUS, "Status" },
};

static const struct name causes[] = {
	{ Q931_CAUSE_UNALLOCATED, "unallocated number" },
	{ Q931_CAUSE_NO_ROUTE, "no route to destination" },
	{ Q931_CAUSE_NORMAL, "normal call clearing" },
	{ Q931_CAUSE_BUSY, "user busy" },
	{ Q931_CAUSE_NO_RESPONSE, "no user responding" },
	{ Q931_CAUSE_NO_ANSWER, "no answer from user" },
	{ Q931_CAUSE_SUBSCRIBER_ABSENT, "subscriber absent" },
	{ Q931_CAUSE_REJECTED, "call rejected" },
	{ Q931_CAUSE_OUT_OF_ORDER, "destination out of order" },
	{ Q931_CAUSE_INVALID_NUMBER, "invalid number format" },
	{ Q931_CAUSE_STATUS_RESPONSE, "response to status enquiry" },
	{ Q931_CAUSE_UNSPECIFIED, "normal, unspecified" },
	{ Q931_CAUSE_NO_CIRCUIT, "no circuit available" },
	{ Q931_CAUSE_NETWORK_OUT_OF_ORDER, "network out of order" },
	{ Q931_CAUSE_TEMPORARY, "temporary failure" },
	{ Q931_CAUSE_CONGESTION, "switching equipment congestion" },
	{ Q931_CAUSE_RESOURCE, "resource unavailable" },
	{ Q931_CAUSE_NOT_AUTHORISED, "bearer capability not authorised" },
	{ Q931_CAUSE_INCOMPATIBLE, "incompatible destination" },
	{ Q931_CAUSE_INVALID_MESSAGE, "invalid message" },
	{ Q931_CAUSE_MISSING_ELEMENT, "mandatory element missing" },
	{ Q931_CAUSE_MESSAGE_STATE, "message not compatible with call state" },
	{ Q931_CAUSE_TIMER, "recovery on timer expiry" },
	{ Q931_CAUSE_PROTOCOL, "protocol error" },
	{ Q931_CAUSE_INTERWORKING, "interworking" },
};

static const char *look_up(const struct name *names, size_t n, uint8_t value, const char *otherwise)
{
	for (size_t i = 0; i < n; i++) {
		if (names[i].value == value)
			return names[i].name;
	}
	return otherwise;
}

const char *q931_type_name(uint8_t type)
{
	return look_up(types, sizeof(types) / sizeof(types[0]), type, "?");
}

const char *q931_cause_name(uint8_t cause)
{
	return look_up(causes, sizeof(causes) / sizeof(causes[0]), cause, "other cause");
}
