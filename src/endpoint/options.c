/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of `postern call` and `postern answer`: a table of options, and one reader per kind of
 * value. */
#include "endpoint/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	O_VIA = 256,
	O_SLOW,
	O_FAST,
	O_TUNNEL,
	O_NO_TUNNEL,
	O_EARLY,
	O_CODEC,
	O_ALIAS,
	O_NUMBER,
	O_WAV,
	O_TONE,
	O_SILENCE,
	O_RECORD,
	O_DURATION,
	O_DTMF,
	O_LOCAL,
	O_PORT,
	O_H245_PORT,
	O_RTP_PORTS,
	O_ONCE,
	O_MAX_CALLS,
	O_TIMEOUT,
	O_TRACE,
	O_JSON,
	O_STRICT,
	O_DIRECTORY,
	O_NAME,
	O_WITH_DATA,
	O_DATA_PORT,
	O_GATEKEEPER,
	O_PASSWORD,
};

#define OWN_ALIAS "postern"

enum { IN_CALL = 1, IN_ANSWER = 2, IN_BOTH = 3 };

static const struct row {
	int id;
	int where;
	const char *name, *arg, *help;
} ROWS[] = {
        {O_VIA, IN_CALL, "via", "HOST[:PORT]", "connect to a gateway there; the call still names DEST"},
        {O_SLOW, IN_BOTH, "slow", NULL, "no fast connect (call: the default)"},
        {O_FAST, IN_BOTH, "fast", NULL, "fast connect: offer it; accept it (answer: the default)"},
        {O_TUNNEL, IN_BOTH, "tunnel", NULL,
                "H.245 inside the call signalling: offer; accept (answer: the default)"},
        {O_NO_TUNNEL, IN_BOTH, "no-tunnel", NULL, "H.245 on a connection of its own (call: the default)"},
        {O_EARLY, IN_BOTH, "early-h245", NULL, "start H.245 before the call is answered"},
        {O_CODEC, IN_BOTH, "codec", "ulaw|alaw",
                "a codec, the preferred one first; may stand more than once"},
        {O_DIRECTORY, IN_BOTH, "directory", "HOST[:PORT]",
                "an ILS or ULS: call NAME as found there; be found there"},
        {O_GATEKEEPER, IN_BOTH, "gatekeeper", "HOST[:PORT]", "register there, and ask it for each call (RAS)"},
        {O_NAME, IN_BOTH, "name", "NAME", "what to be found by there (answer: default our alias)"},
        {O_PASSWORD, IN_BOTH, "password", "TEXT", "the password of that name at the gatekeeper"},
        {O_ALIAS, IN_BOTH, "alias", "NAME", "our name (default: postern)"},
        {O_NUMBER, IN_BOTH, "number", "DIGITS", "our number"},
        {O_WAV, IN_BOTH, "wav", "FILE", "send this sound file, then silence"},
        {O_TONE, IN_BOTH, "tone", "HZ", "send a tone (default: 440; answer: 880)"},
        {O_SILENCE, IN_BOTH, "silence", NULL, "send silence"},
        {O_RECORD, IN_BOTH, "record", "FILE", "write what is heard to a WAV file"},
        {O_DURATION, IN_BOTH, "duration", "SECONDS", "hang up so long after the call was answered (call: 5)"},
        {O_DTMF, IN_BOTH, "dtmf", "DIGITS", "send these digits once the call is answered"},
        {O_LOCAL, IN_BOTH, "local", "ADDR", "local address to use"},
        {O_PORT, IN_ANSWER, "port", "PORT", "port to listen on (default 1720; 0: any free one)"},
        {O_H245_PORT, IN_BOTH, "h245-port", "PORT", "local port for H.245 (default: any)"},
        {O_RTP_PORTS, IN_BOTH, "rtp-ports", "FIRST-LAST", "local ports for RTP and RTCP (default 5000-5999)"},
        {O_STRICT, IN_BOTH, "strict-source", NULL, "drop media that comes from elsewhere than signalled"},
        {O_WITH_DATA, IN_BOTH, "with-data", NULL, "chat and files beside the sound (T.120): see below"},
        {O_DATA_PORT, IN_BOTH, "data-port", "PORT", "local port for T.120 (default 1503; 0: any free one)"},
        {O_ONCE, IN_ANSWER, "once", "N", "end after N calls"},
        {O_MAX_CALLS, IN_ANSWER, "max-calls", "N", "calls at once; more are told we are busy (default 16)"},
        {O_TIMEOUT, IN_BOTH, "timeout", "SECONDS", "how long the other end may take (default 20)"},
        {O_TRACE, IN_BOTH, "trace", NULL, "print a line for each message (-vv: all of it)"},
        {O_JSON, IN_BOTH, "json", NULL, "report as JSON, one line per call"},
};

enum { N_ROWS = sizeof(ROWS) / sizeof(ROWS[0]) };

static const char *program(const struct options *o)
{
	return o->command == OPTIONS_CALL ? "postern call" : "postern answer";
}

static int complain(const struct options *o, const char *name, const char *value, const char *want)
{
	fprintf(stderr, "%s: --%s %s: %s\n", program(o), name, value, want);
	return PST_E_ARG;
}

static void usage(const struct options *o, FILE *to)
{
	int here = o->command == OPTIONS_CALL ? IN_CALL : IN_ANSWER;

	if (o->command == OPTIONS_CALL)
		fputs("usage: postern call [options] [h323:][ALIAS@]HOST[:PORT]\n"
		      "       postern call [options] NAME@SERVER[:PORT]\n"
		      "       postern call [options] --directory SERVER[:PORT] NAME\n"
		      "       postern call [options] --gatekeeper HOST[:PORT] NAME|ADDRESS\n",
		        to);
	else
		fputs("usage: postern answer [options]\n", to);
	for (size_t i = 0; i < N_ROWS; i++) {
		char left[64];

		if (!(ROWS[i].where & here))
			continue;
		snprintf(left, sizeof(left), "--%s %s", ROWS[i].name, ROWS[i].arg ? ROWS[i].arg : "");
		fprintf(to, "  %-26s %s\n", left, ROWS[i].help);
	}
}

static int number(const char *text, double lowest, double highest, double *out)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !(v >= lowest && v <= highest))
		return PST_E_ARG;
	*out = v;
	return PST_OK;
}

static int whole(const char *text, uint32_t lowest, uint32_t highest, uint32_t *out)
{
	unsigned long v;
	char *end;

	if (*text < '0' || *text > '9')
		return PST_E_ARG;
	v = strtoul(text, &end, 10);
	if (*end || v < lowest || v > highest)
		return PST_E_ARG;
	*out = (uint32_t)v;
	return PST_OK;
}

static int port(const char *text, uint16_t *out)
{
	uint32_t v;
	int err = whole(text, 0, 65535, &v);

	if (!err)
		*out = (uint16_t)v;
	return err;
}

static int port_range(struct options *o, const char *text)
{
	unsigned first, last;
	char rest;

	if (sscanf(text, "%5u-%5u%c", &first, &last, &rest) != 2 || first < 1024 || last > 65535 ||
	        last <= first || (first % 2 && last - first < 2))
		return PST_E_ARG;
	o->rtp_first = (uint16_t)first;
	o->rtp_last = (uint16_t)last;
	return PST_OK;
}

static int codec(struct options *o, const char *text)
{
	enum g711_law law = !strcmp(text, "alaw") ? G711_ALAW : G711_ULAW;

	if ((law == G711_ULAW && strcmp(text, "ulaw")) || o->n_codecs == OPTIONS_CODECS_MAX ||
	        (o->n_codecs && o->codecs[0] == law))
		return PST_E_ARG;
	o->codecs[o->n_codecs++] = law;
	return PST_OK;
}

static int digits(const char *text)
{
	return *text && strspn(text, "0123456789*#ABCD!") == strlen(text) ? PST_OK : PST_E_ARG;
}

/* The options that carry a value. */
static int set_value(struct options *o, int id, const char *name, const char *value)
{
	switch (id) {
	case O_VIA:
		return dest_parse(&o->via, value, 1720) || o->via.alias[0]
		               ? complain(o, name, value, "HOST or HOST:PORT")
		               : 0;
	case O_CODEC: return codec(o, value) ? complain(o, name, value, "ulaw or alaw, each once") : 0;
	case O_DIRECTORY:
		return dest_parse(&o->directory, value, 0) || o->directory.alias[0]
		               ? complain(o, name, value, "HOST or HOST:PORT")
		               : 0;
	case O_GATEKEEPER:
		return dest_parse(&o->gatekeeper, value, 1719) || o->gatekeeper.alias[0]
		               ? complain(o, name, value, "HOST or HOST:PORT")
		               : 0;
	case O_PASSWORD: o->password = value; return 0;
	case O_NAME: o->name = value; return 0;
	case O_ALIAS: o->alias = value; return 0;
	case O_NUMBER:
		o->number = value;
		return dest_is_number(value) ? 0 : complain(o, name, value, "digits");
	case O_WAV:
		o->sound = SOUND_FILE;
		o->wav = value;
		return 0;
	case O_TONE:
		o->sound = SOUND_TONE;
		return number(value, 1, 4000, &o->tone_hz) ? complain(o, name, value, "1 to 4000 Hz") : 0;
	case O_RECORD: o->record = value; return 0;
	case O_DURATION:
		o->has_duration = true;
		return number(value, 0, 1e6, &o->duration_s) ? complain(o, name, value, "seconds") : 0;
	case O_DTMF:
		o->dtmf = value;
		return digits(value) ? complain(o, name, value, "0-9 * # A-D and ! for hook flash") : 0;
	case O_LOCAL: {
		uint16_t keep = o->local.port;

		if (addr_parse(&o->local, value, 0) || o->local.port)
			return complain(o, name, value, "an address");
		o->local.port = keep;
		return 0;
	}
	case O_PORT: return port(value, &o->local.port) ? complain(o, name, value, "0 to 65535") : 0;
	case O_H245_PORT: return port(value, &o->h245_port) ? complain(o, name, value, "0 to 65535") : 0;
	case O_DATA_PORT: return port(value, &o->data_port) ? complain(o, name, value, "0 to 65535") : 0;
	case O_RTP_PORTS:
		return port_range(o, value) ? complain(o, name, value, "FIRST-LAST, 1024 or more") : 0;
	case O_ONCE: return whole(value, 1, 1000000, &o->once) ? complain(o, name, value, "1 or more") : 0;
	case O_MAX_CALLS:
		return whole(value, 1, 10000, &o->max_calls) ? complain(o, name, value, "1 to 10000") : 0;
	case O_TIMEOUT:
		return whole(value, 1, 3600, &o->timeout_s) ? complain(o, name, value, "1 to 3600 s") : 0;
	default: return PST_E_ARG;
	}
}

/* The options that stand alone; false when ID is none of them. */
static bool set_flag(struct options *o, int id)
{
	switch (id) {
	case O_SLOW: o->fast = false; return true;
	case O_FAST: o->fast = true; return true;
	case O_TUNNEL: o->tunnel = true; return true;
	case O_NO_TUNNEL: o->tunnel = false; return true;
	case O_EARLY: o->early_h245 = true; return true;
	case O_SILENCE: o->sound = SOUND_SILENCE; return true;
	case O_WITH_DATA: o->with_data = true; return true;
	case O_STRICT: o->strict_source = true; return true;
	case O_JSON: o->json = true; return true;
	case O_TRACE:
	case 'v':
		if (o->trace < TRACE_WHOLE)
			o->trace++;
		return true;
	default: return false;
	}
}

static void defaults(struct options *o, enum options_command command)
{
	bool answer = command == OPTIONS_ANSWER;

	*o = (struct options){.command = command,
	        .fast = answer,
	        .tunnel = answer,
	        .alias = OWN_ALIAS,
	        .tone_hz = answer ? 880 : 440,
	        .duration_s = 5,
	        .has_duration = !answer,
	        .rtp_first = 5000,
	        .rtp_last = 5999,
	        .timeout_s = 20,
	        .data_port = 1503,
	        .max_calls = 16};
	o->local.port = answer ? 1720 : 0;
}

static int table(struct option *out, enum options_command command)
{
	int n = 0, here = command == OPTIONS_CALL ? IN_CALL : IN_ANSWER;

	for (size_t i = 0; i < N_ROWS; i++)
		if (ROWS[i].where & here)
			out[n++] = (struct option){ROWS[i].name,
			        ROWS[i].arg ? required_argument : no_argument, NULL, ROWS[i].id};
	out[n++] = (struct option){"help", no_argument, NULL, 'h'};
	out[n] = (struct option){0};
	return n;
}

/* The NAME to be found in the directory, as far as it is a name. */
static int take_name(struct options *o, const char *text)
{
	if (!*text || strlen(text) >= sizeof(o->dest.alias))
		return PST_E_BAD;
	strcpy(o->dest.alias, text);
	o->dest.port = 1720;
	return PST_OK;
}

static int finish(struct options *o, int argc, char **argv)
{
	struct addr address;
	bool by_gatekeeper = o->command == OPTIONS_CALL && o->gatekeeper.host[0] && optind < argc &&
	                     addr_parse(&address, argv[optind], 1720);
	bool by_name = by_gatekeeper || (o->command == OPTIONS_CALL && o->directory.host[0]);

	if (o->gatekeeper.host[0] && (o->directory.host[0] || o->via.host[0])) {
		fprintf(stderr, "%s: --gatekeeper says where calls go: no --directory, no --via\n", program(o));
		return PST_E_ARG;
	}
	if (o->gatekeeper.host[0] && o->name && !strcmp(o->alias, OWN_ALIAS))
		o->alias = o->name;
	if (o->password && !(o->gatekeeper.host[0] && (o->name || o->command == OPTIONS_ANSWER))) {
		fprintf(stderr, "%s: --password goes with --gatekeeper and --name\n", program(o));
		return PST_E_ARG;
	}

	if (!o->n_codecs) {
		o->codecs[o->n_codecs++] = G711_ULAW;
		o->codecs[o->n_codecs++] = G711_ALAW;
	}
	if (argc - optind != (o->command == OPTIONS_CALL ? 1 : 0)) {
		usage(o, stderr);
		return PST_E_ARG;
	}
	if (by_name ? take_name(o, argv[optind])
	            : o->command == OPTIONS_CALL && dest_parse(&o->dest, argv[optind], 1720)) {
		fprintf(stderr, "%s: %s: no destination: %s\n", program(o), argv[optind],
		        by_name ? "NAME" : "[h323:][ALIAS@]HOST[:PORT]");
		return PST_E_ARG;
	}
	return PST_OK;
}

int options_parse(struct options *o, enum options_command command, int argc, char **argv)
{
	struct option long_options[N_ROWS + 2];
	int c, err;

	defaults(o, command);
	table(long_options, command);
	optind = 0;
	while ((c = getopt_long(argc, argv, "hv", long_options, NULL)) != -1) {
		if (c == 'h') {
			usage(o, stdout);
			return 1;
		}
		if (c == '?')
			return PST_E_ARG;
		if (set_flag(o, c))
			continue;
		const char *name = "";

		for (size_t i = 0; i < N_ROWS; i++)
			if (ROWS[i].id == c)
				name = ROWS[i].name;
		err = set_value(o, c, name, optarg);
		if (err)
			return err;
	}
	return finish(o, argc, argv);
}
