/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Durations where the standards leave them open (H.245) are what deployed endpoints use. */
#include "call/timers.h"

#include <assert.h>

static const struct call_timer_info table[TIMER_N] = {
	[TIMER_T301] = { "T301", "Q.931 9.6", 180000, 0, "Alerting received, until Connect" },
	[TIMER_T302] = { "T302", "Q.931 9.6", 15000, 0, "SetupAcknowledge sent, until the number is complete" },
	[TIMER_T303] = { "T303", "Q.931 9.6", 4000, 0, "Setup sent, until any answer" },
	[TIMER_T304] = { "T304", "Q.931 9.6", 30000, 0, "SetupAcknowledge received, until CallProceeding" },
	[TIMER_T310] = { "T310", "Q.931 9.6", 10000, 0, "CallProceeding received, until Alerting or Connect" },
	[TIMER_T322] = { "T322", "Q.931 9.6", 4000, 1, "StatusInquiry sent, until Status" },
	[TIMER_T101] = { "T101", "H.245 8.3", 10000, 0, "terminalCapabilitySet sent, until acknowledged" },
	[TIMER_T102] = { "T102", "H.245 8.11", 10000, 0, "maintenanceLoopRequest sent, until acknowledged" },
	[TIMER_T103] = { "T103", "H.245 8.4, 8.5", 10000, 0, "openLogicalChannel or closeLogicalChannel sent, until acknowledged" },
	[TIMER_T104] = { "T104", "H.245 8.7", 10000, 0, "multiplexEntrySend sent, until acknowledged" },
	[TIMER_T105] = { "T105", "H.245 8.10", 10000, 0, "roundTripDelayRequest sent, until the response" },
	[TIMER_T106] = { "T106", "H.245 8.2", 10000, 0, "masterSlaveDetermination sent, until acknowledged" },
	[TIMER_T107] = { "T107", "H.245 8.8", 10000, 0, "requestMultiplexEntry sent, until acknowledged" },
	[TIMER_T108] = { "T108", "H.245 8.6", 10000, 0, "requestChannelClose sent, until acknowledged" },
	[TIMER_T109] = { "T109", "H.245 8.9", 10000, 0, "requestMode sent, until acknowledged" },
	[TIMER_GRQ] = { "GRQ", "H.225.0 7.20", 5000, CALL_RAS_RETRIES, "GatekeeperRequest" },
	[TIMER_RRQ] = { "RRQ", "H.225.0 7.20", 3000, CALL_RAS_RETRIES, "RegistrationRequest" },
	[TIMER_URQ] = { "URQ", "H.225.0 7.20", 3000, 1, "UnregistrationRequest" },
	[TIMER_ARQ] = { "ARQ", "H.225.0 7.20", 5000, CALL_RAS_RETRIES, "AdmissionRequest" },
	[TIMER_BRQ] = { "BRQ", "H.225.0 7.20", 3000, CALL_RAS_RETRIES, "BandwidthRequest" },
	[TIMER_IRQ] = { "IRQ", "H.225.0 7.20", 3000, 1, "InfoRequest" },
	[TIMER_IRR] = { "IRR", "H.225.0 7.20", 5000, CALL_RAS_RETRIES, "InfoRequestResponse that asks for an acknowledgement" },
	[TIMER_DRQ] = { "DRQ", "H.225.0 7.20", 3000, CALL_RAS_RETRIES, "DisengageRequest" },
	[TIMER_LRQ] = { "LRQ", "H.225.0 7.20", 5000, CALL_RAS_RETRIES, "LocationRequest" },
	[TIMER_RAI] = { "RAI", "H.225.0 7.20", 3000, CALL_RAS_RETRIES, "ResourcesAvailableIndicate" },
	[TIMER_SCI] = { "SCI", "H.225.0 7.20", 3000, CALL_RAS_RETRIES, "ServiceControlIndication" },
	[TIMER_CONNECT] = { "connect", "local", 20000, 0, "TCP connection for call signalling" },
	[TIMER_H245_CONNECT] = { "h245-connect", "local", 20000, 0, "H.245 address announced or dialled, until connected" },
	[TIMER_END_SESSION] = { "end-session", "local", 2000, 0, "endSessionCommand sent, until the peer's" },
	[TIMER_ROUND_TRIP] = { "round-trip", "local", 30000, 0, "from one roundTripDelayRequest to the next" },
};

const struct call_timer_info *call_timer_info(enum call_timer t)
{
	assert((unsigned)t < TIMER_N);
	return &table[t];
}
