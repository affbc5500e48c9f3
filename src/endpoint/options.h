/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user asked of `postern call` and `postern answer`: one structure, read from the command line. */
#ifndef PST_ENDPOINT_OPTIONS_H
#define PST_ENDPOINT_OPTIONS_H

#include "endpoint/dest.h"
#include "endpoint/g711.h"

enum options_command { OPTIONS_CALL, OPTIONS_ANSWER };
enum options_sound { SOUND_TONE, SOUND_FILE, SOUND_SILENCE };
enum options_trace { TRACE_NONE, TRACE_LINES, TRACE_WHOLE };

enum { OPTIONS_CODECS_MAX = 2 };

/* Strings point into the argument vector. */
struct options {
	enum options_command command;
	struct dest dest;  /* call */
	struct dest via;   /* call: where the TCP connection goes instead; host "": to dest */
	struct dest directory; /* the ILS or ULS: where to look dest's alias up; answer: where to be found. Host "": none;
	                        * port 0: the well-known ones */
	const char *name;      /* what to be found by; NULL: answer: the alias; call: nothing */
	struct dest gatekeeper; /* who is asked for calls; host "": nobody. Then DEST's host may be "": by its alias alone */
	const char *password;   /* of the name there; or NULL */
	struct addr local; /* address to bind; port: what `answer` listens on; family ADDR_NONE: any */
	bool fast, tunnel, early_h245;
	enum g711_law codecs[OPTIONS_CODECS_MAX];
	unsigned n_codecs;
	const char *alias;  /* own name */
	const char *number; /* own number, or NULL */
	enum options_sound sound;
	double tone_hz;
	const char *wav;
	const char *record; /* or NULL */
	bool has_duration;
	double duration_s;  /* from connect until we hang up */
	const char *dtmf;   /* or NULL */
	uint16_t h245_port; /* 0: any */
	uint16_t rtp_first, rtp_last;
	bool strict_source;
	bool with_data;      /* a data channel beside the sound */
	uint16_t data_port;  /* where its connections are taken; 0: any free one. Once begun: where they are, 0: nowhere */
	uint32_t timeout_s; /* until the other end has answered */
	uint32_t once;      /* answer: end after so many calls; 0: never */
	uint32_t max_calls; /* answer: at once */
	enum options_trace trace;
	bool json;
};

/* Reads ARGV. Returns 0, or 1 when help was asked for and printed, or PST_E_ARG after saying what is wrong on
 * standard error. */
PST_MUST_CHECK int options_parse(struct options *o, enum options_command command, int argc, char **argv);

#endif
