/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of the terminal's events and actions, for tests and traces. */
#include "call/terminal.h"

static const char *const actions[TERMINAL_ACTIONS] = {
	[TERMINAL_CONNECT_SIGNAL] = "connect-signal", [TERMINAL_SEND_SIGNAL] = "send-signal",
	[TERMINAL_CLOSE_SIGNAL] = "close-signal", [TERMINAL_LISTEN_H245] = "listen-h245",
	[TERMINAL_UNLISTEN_H245] = "unlisten-h245", [TERMINAL_CONNECT_H245] = "connect-h245",
	[TERMINAL_H245_REFUSE] = "refuse-h245", [TERMINAL_H245_ABANDON] = "abandon-h245",
	[TERMINAL_SEND_H245] = "send-h245", [TERMINAL_CLOSE_H245] = "close-h245", [TERMINAL_TX_START] = "tx-start",
	[TERMINAL_TX_STOP] = "tx-stop", [TERMINAL_RX_START] = "rx-start", [TERMINAL_RX_STOP] = "rx-stop",
	[TERMINAL_DATA_START] = "data-start", [TERMINAL_DATA_STOP] = "data-stop",
	[TERMINAL_TIMER_START] = "timer-start", [TERMINAL_TIMER_STOP] = "timer-stop", [TERMINAL_INCOMING] = "incoming",
	[TERMINAL_RINGING] = "ringing", [TERMINAL_CONNECTED] = "connected", [TERMINAL_DTMF] = "dtmf",
	[TERMINAL_TRACE] = "trace", [TERMINAL_ENDED] = "ended",
};

static const char *const events[TERMINAL_EVENTS] = {
	[TERMINAL_DIAL] = "dial", [TERMINAL_ALERT] = "alert", [TERMINAL_ANSWER] = "answer", [TERMINAL_REJECT] = "reject",
	[TERMINAL_HANGUP] = "hangup", [TERMINAL_SEND_DTMF] = "send-dtmf", [TERMINAL_SIGNAL_INCOMING] = "signal-incoming",
	[TERMINAL_SIGNAL_CONNECTED] = "signal-connected", [TERMINAL_SIGNAL_MESSAGE] = "signal-message",
	[TERMINAL_SIGNAL_CLOSED] = "signal-closed", [TERMINAL_H245_INCOMING] = "h245-incoming",
	[TERMINAL_H245_CONNECTED] = "h245-connected", [TERMINAL_H245_MESSAGE] = "h245-message",
	[TERMINAL_H245_CLOSED] = "h245-closed", [TERMINAL_TIMER] = "timer",
};

const char *terminal_action_name(enum terminal_action_type type)
{
	return (unsigned)type < TERMINAL_ACTIONS ? actions[type] : "?";
}

const char *terminal_event_name(enum terminal_event_type type)
{
	return (unsigned)type < TERMINAL_EVENTS ? events[type] : "?";
}

const char *terminal_codec_name(uint8_t codec)
{
	return codec == TERMINAL_G711U ? "G.711 mu-law" : codec == TERMINAL_G711A ? "G.711 A-law" : "?";
}
