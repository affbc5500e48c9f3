/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * postern call --data and postern answer --data: a data conference with chat, a line of the
 * terminal each. Who calls asks which conference there is: it joins that, or invites the other
 * end into one of its own.
 */
#include "endpoint/data.h"
#include "endpoint/data_input.h"
#include "endpoint/dest.h"
#include "endpoint/endpoint.h"
#include "endpoint/json.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/log.h"
#include "conference/chat.h"

enum { TEXT_MAX = 1024, WAITING_MAX = 256, FLUSH_MS = 100, SAY_MAX = 32 };

struct person {
	uint16_t node;
	char name[CONFERENCE_NAME_MAX * 3 + 1];
};

struct program {
	struct data data;
	uv_loop_t loop;
	uv_signal_t signals[2];
	uv_timer_t duration, flush;
	struct data_input input;
	/* options */
	bool answer, json, trace, has_how, no_input;
	enum conference_how how;
	const char *name, *conference, *password;
	struct dest dest;
	struct addr local;
	uint32_t duration_s, timeout_s, people_wanted;
	const char *say[SAY_MAX];
	unsigned n_say;
	/* the conference */
	struct addr remote;
	bool listed, again, joined, failed, stopping, eof;
	char listed_name[CONFERENCE_NAME_MAX * 3 + 1];
	bool quiet, app_open, app_ready, follow_up, open_chat;
	enum conference_how next;
	unsigned app;
	char *waiting[WAITING_MAX]; /* lines until somebody is there to read them */
	unsigned n_waiting;
	struct person *people;
	unsigned n_people;
};

/* ---- output: a line, or an object, for each thing that happens */

/* Letters of any script stay; what may move the cursor or turn the line round is written as \xHH. TEXT is
 * UTF-8. */
static const char *safe(char buf[static TEXT_MAX], const char *text)
{
	const uint8_t *c = (const uint8_t *)text;
	size_t n = 0;
	for (size_t k; *c != '\0' && n + 13 < TEXT_MAX; c += k) {
		const bool c1 = c[0] == 0xc2 && c[1] < 0xa0;
		const bool bidi = c[0] == 0xe2 && ((c[1] == 0x80 && c[2] >= 0xa8) || c[1] == 0x81);
		k = *c < 0x80 ? 1 : *c >= 0xf0 ? 4 : *c >= 0xe0 ? 3 : 2;
		for (size_t i = 0; i < k && c[i] != '\0'; i++)
			if (*c < 0x20 || *c == 0x7f || c1 || bidi)
				n += (size_t)snprintf(buf + n, TEXT_MAX - n, "\\x%02x", c[i]);
			else
				buf[n++] = (char)c[i];
		if (strnlen((const char *)c, k) < k)
			break;
	}
	buf[n] = '\0';
	return buf;
}

/* PAIRS: names and values, NULL-terminated. */
static void tell(const struct program *p, const char *event, const char *const *pairs, const char *fmt, ...)
	PST_PRINTF(4, 5);

static void tell(const struct program *p, const char *event, const char *const *pairs, const char *fmt, ...)
{
	va_list args;
	if (p->json) {
		struct json j = json_on(stdout);
		json_open(&j, NULL, '{');
		json_str(&j, "event", event);
		for (; *pairs != NULL; pairs += 2)
			json_utf8(&j, pairs[0], pairs[1]);
		json_close(&j, '}');
		putchar('\n');
	} else {
		va_start(args, fmt);
		vprintf(fmt, args);
		va_end(args);
		putchar('\n');
	}
	fflush(stdout);
}

#define PAIRS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void end(struct program *p);

/* ---- chat */

static unsigned readers(const struct program *p)
{
	struct conference_node_info info;
	unsigned n = 0;
	for (unsigned i = 0; conference_node(p->data.conference, i, &info); i++)
		n += !info.self && (info.apps >> T124_APP_CHAT & 1) != 0;
	return n;
}

static void say(struct program *p, const char *text)
{
	uint8_t out[CHAT_PDU_MAX];
	struct writer w = wr_of(out, sizeof out);
	if (chat_encode(text, &w) != 0) {
		log_error("data", "a line is too long, or no UTF-8");
		return;
	}
	conference_app_send(p->data.conference, p->app, 0, MCS_DATA_PRIORITY_MEDIUM, false, wr_slice(&w));
	data_do(&p->data);
}

static void send_waiting(struct program *p)
{
	if (!p->app_ready || readers(p) < p->people_wanted)
		return;
	for (unsigned i = 0; i < p->n_waiting; i++) {
		say(p, p->waiting[i]);
		free(p->waiting[i]);
	}
	p->n_waiting = 0;
}

static void line(struct program *p, const char *text)
{
	char *copy = p->n_waiting < WAITING_MAX ? strdup(text) : NULL;
	if (copy == NULL) {
		log_error("data", "nobody reads: a line is lost");
		return;
	}
	p->waiting[p->n_waiting++] = copy;
}

static void on_line(void *arg, const char *text)
{
	struct program *p = arg;
	if (text == NULL)
		p->eof = true;
	else if (text[0] != '\0')
		line(p, text);
	send_waiting(p);
}

static const char *person(const struct program *p, uint16_t node)
{
	for (unsigned i = 0; i < p->n_people; i++)
		if (p->people[i].node == node)
			return p->people[i].name;
	return "somebody";
}

static void heard(struct program *p, const struct conference_action *a)
{
	char text[CHAT_TEXT_MAX + 1], t[TEXT_MAX], who[TEXT_MAX];
	const char *name = person(p, a->node);
	if (chat_decode(a->octets, text, sizeof text) != 0)
		return;
	safe(t, text);
	safe(who, name);
	tell(p, "chat", PAIRS("from", who, "text", t), "%s: %s", who, t);
}

/* ---- the roster */

static bool is_in(const struct person *list, unsigned n, uint16_t node)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i].node == node)
			return true;
	return false;
}

static void roster(struct program *p)
{
	struct conference_node_info info;
	const unsigned n = conference_nodes(p->data.conference);
	struct person *now = calloc(n + 1, sizeof *now);
	char who[TEXT_MAX];
	unsigned k = 0;
	if (now == NULL)
		return;
	for (unsigned i = 0; i < n && conference_node(p->data.conference, i, &info); i++) {
		now[k].node = info.id;
		snprintf(
			now[k].name, sizeof now[k].name, "%s", info.name[0] != '\0' ? info.name : "somebody");
		safe(who, now[k].name);
		if (!info.self && !is_in(p->people, p->n_people, info.id))
			tell(p, "in", PAIRS("name", who), "%s is in", who);
		k++;
	}
	for (unsigned i = 0; i < p->n_people; i++) {
		safe(who, p->people[i].name);
		if (!is_in(now, k, p->people[i].node) &&
			p->people[i].node != conference_self(p->data.conference))
			tell(p, "out", PAIRS("name", who), "%s is out", who);
	}
	free(p->people);
	p->people = now;
	p->n_people = k;
}

/* ---- what the conference tells */

static void called(struct program *p, const struct conference_action *a)
{
	char why[TEXT_MAX];
	safe(why, a->text[0] != '\0' ? a->text : "no answer");
	if (a->how == CONFERENCE_QUERY && a->ok) {
		p->follow_up = true;
		p->next = p->listed ? CONFERENCE_JOIN : CONFERENCE_INVITE;
	} else if (!a->ok && a->how == CONFERENCE_INVITE && !p->has_how && !p->again) {
		p->again = p->follow_up =
			true; /* somebody else was quicker: the other end has a conference now */
		p->next = CONFERENCE_QUERY;
	} else if (!a->ok) {
		tell(p, "failed", PAIRS("why", why), "not connected: %s", why);
		p->failed = true;
	}
}

static void told(struct data *d, const struct conference_action *a)
{
	struct program *p = d->arg;
	char text[TEXT_MAX], who[TEXT_MAX];
	switch (a->type) {
	case CONFERENCE_LISTED:
		if (!p->listed && (p->conference == NULL || strcmp(p->conference, a->name) == 0)) {
			p->listed = true;
			snprintf(p->listed_name, sizeof p->listed_name, "%s", a->name);
		}
		break;
	case CONFERENCE_CALLED: called(p, a); break;
	case CONFERENCE_JOINED:
		p->joined = p->open_chat = true;
		safe(text, a->name);
		tell(p, "conference", PAIRS("name", text), "in conference %s", text);
		break;
	case CONFERENCE_APP_READY: p->app_ready = true; break;
	case CONFERENCE_APP_FAILED: p->app_open = p->app_ready = false; break;
	case CONFERENCE_APP_DATA: heard(p, a); break;
	case CONFERENCE_TEXT:
		safe(text, a->text);
		safe(who, person(p, a->node));
		tell(p, "text", PAIRS("from", who, "text", text), "%s: %s", who, text);
		break;
	case CONFERENCE_ROSTER: roster(p); break;
	case CONFERENCE_ENDED:
		p->n_people = 0;
		if (p->quiet)
			break;
		safe(text, a->text);
		tell(p, "ended", PAIRS("why", text), "conference ended: %s", text);
		p->failed = p->failed || !p->answer;
		break;
	case CONFERENCE_TRACE: fprintf(stderr, "%s %u %s\n", a->sent ? ">" : "<", a->link, a->text); break;
	default: break;
	}
}

/* What told() could not do: it is called while actions are carried out. */
static void later(struct program *p)
{
	const struct gcc_key key = t124_app_key(T124_APP_CHAT);
	int err = 0;
	if (p->stopping)
		return;
	if (p->open_chat && !p->app_open) {
		p->open_chat = false;
		p->app_open = conference_app_open(p->data.conference, &key, &p->app) == 0;
		data_do(&p->data);
	}
	if (p->follow_up) {
		p->follow_up = false;
		if (p->next == CONFERENCE_INVITE && !conference_in(p->data.conference)) {
			err = conference_create(
				p->data.conference, p->conference != NULL ? p->conference : "1");
			data_do(&p->data);
		}
		if (p->next == CONFERENCE_QUERY && conference_in(p->data.conference)) {
			p->quiet = true; /* ours was for nobody */
			conference_leave(p->data.conference);
			data_do(&p->data);
			p->quiet = p->joined = false;
		}
		if (err == 0)
			err = data_call(&p->data, &p->remote, p->next,
				p->next == CONFERENCE_JOIN && p->listed ? p->listed_name : p->conference);
		if (err != 0) {
			log_error("data", "cannot call: %s", pst_strerror(err));
			p->failed = true;
		}
	}
	send_waiting(p);
	const bool said = p->eof && p->n_waiting == 0 && p->joined && data_queued(&p->data) == 0;
	if (p->failed || (said && !p->answer && p->duration_s == 0))
		end(p);
}

static void on_flush(uv_timer_t *t)
{
	later(t->data);
}

/* ---- beginning and end */

static void closed(struct data *d)
{
	(void)d;
}

static void end(struct program *p)
{
	if (p->stopping)
		return;
	p->stopping = true;
	data_input_close(&p->input);
	uv_close((uv_handle_t *)&p->flush, NULL);
	uv_close((uv_handle_t *)&p->duration, NULL);
	for (unsigned i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&p->signals[i], NULL);
	p->answer = true; /* our own end is no failure */
	data_close(&p->data);
}

static void on_signal(uv_signal_t *h, int number)
{
	(void)number;
	end(h->data);
}

static void on_duration(uv_timer_t *t)
{
	end(t->data);
}

static void usage(FILE *to, bool answer)
{
	fprintf(to, "usage: postern %s --data [options]%s\n", answer ? "answer" : "call",
		answer ? "" : " HOST[:PORT]");
	fputs("  --conference NAME    its name (call: joined where it exists, else created)\n"
	      "  --alias NAME         our name (default: postern)\n"
	      "  --password DIGITS    of the conference\n"
	      "  --say TEXT           a line of chat; may stand more than once. Then no input is read\n"
	      "  --readers N          hold lines back until N others read chat (default 1)\n"
	      "  --duration SECONDS   leave after so long\n"
	      "  --timeout SECONDS    how long a connection may take to be set up (default 20)\n"
	      "  --local ADDR         local address to use\n"
	      "  --trace              a line for each PDU, on standard error\n"
	      "  --json               an object a line for each event\n",
		to);
	fputs(answer ? "  --port PORT          to listen on (default 1503; 0: any free one)\n"
		     : "  --how WHICH          create, join or invite, without asking first\n",
		to);
}

static int how(struct program *p, const char *text)
{
	static const char *const names[] = { "create", "join", "invite" };
	for (unsigned i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0) {
			p->how = (enum conference_how)i;
			p->has_how = true;
			return 0;
		}
	return PST_E_ARG;
}

static int seconds(const char *text, uint32_t *out)
{
	char *rest;
	const unsigned long v = strtoul(text, &rest, 10);
	if (rest == text || *rest != '\0' || v > 1000000)
		return PST_E_ARG;
	*out = (uint32_t)v;
	return 0;
}

static int option(struct program *p, int c, const char *value)
{
	uint32_t v = 0;
	switch (c) {
	case 'c': p->conference = value; return value[0] != '\0' ? 0 : PST_E_ARG;
	case 'a': p->name = value; return 0;
	case 'p': p->password = value; return strspn(value, "0123456789") == strlen(value) ? 0 : PST_E_ARG;
	case 's':
		if (p->n_say == SAY_MAX)
			return PST_E_ARG;
		p->say[p->n_say++] = value;
		return 0;
	case 'r': return seconds(value, &p->people_wanted);
	case 'd': return seconds(value, &p->duration_s);
	case 't': return seconds(value, &p->timeout_s);
	case 'l': {
		const uint16_t port = p->local.port;
		const int err = addr_parse(&p->local, value, 0);
		p->local.port = port;
		return err;
	}
	case 'P':
		if (seconds(value, &v) != 0 || v > UINT16_MAX)
			return PST_E_ARG;
		p->local.port = (uint16_t)v;
		return 0;
	case 'w': return how(p, value);
	case 'v': p->trace = true; return 0;
	case 'j': p->json = true; return 0;
	default: return 0; /* --data itself */
	}
}

/* Returns -1 to go on, or an exit status. */
static int options(struct program *p, int argc, char **argv)
{
	static const struct option table[] = { { "data", no_argument, NULL, 'D' },
		{ "conference", required_argument, NULL, 'c' }, { "alias", required_argument, NULL, 'a' },
		{ "password", required_argument, NULL, 'p' }, { "say", required_argument, NULL, 's' },
		{ "readers", required_argument, NULL, 'r' }, { "duration", required_argument, NULL, 'd' },
		{ "timeout", required_argument, NULL, 't' }, { "local", required_argument, NULL, 'l' },
		{ "port", required_argument, NULL, 'P' }, { "how", required_argument, NULL, 'w' },
		{ "trace", no_argument, NULL, 'v' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	int c, index = 0;
	optind = 0;
	while ((c = getopt_long(argc, argv, "hv", table, &index)) != -1) {
		if (c == 'h') {
			usage(stdout, p->answer);
			return 0;
		}
		if (c == '?' || (p->answer ? c == 'w' : c == 'P'))
			return 2;
		if (option(p, c, optarg) != 0) {
			fprintf(stderr, "postern %s: --%s %s: wrong\n", argv[0], table[index].name, optarg);
			return 2;
		}
	}
	if (argc - optind != (p->answer ? 0 : 1) ||
		(!p->answer && dest_parse(&p->dest, argv[optind], DATA_PORT) != 0)) {
		usage(stderr, p->answer);
		return 2;
	}
	if (p->has_how && p->how != CONFERENCE_INVITE && p->conference == NULL)
		p->conference = "1";
	return -1;
}

static int begin_answer(struct program *p)
{
	static const uint8_t any[4] = { 0 };
	char text[ADDR_STRLEN];
	struct addr bound;
	if (p->local.family == ADDR_NONE)
		p->local = addr_ip4(any, p->local.port);
	int err = data_listen(&p->data, &p->local, &bound);
	if (err != 0) {
		log_error("data", "cannot listen on %s: %s", addr_str(&p->local, text), pst_strerror(err));
		return err;
	}
	addr_str(&bound, text);
	tell(p, "listening", PAIRS("address", text), "listening on %s", text);
	if (p->conference != NULL) {
		err = conference_create(p->data.conference, p->conference);
		data_do(&p->data);
	}
	return err;
}

static int begin_call(struct program *p)
{
	const char *why = NULL;
	const int err = dest_resolve(&p->remote, &p->dest, p->local.family, &why);
	if (err != 0) {
		log_error("data", "%s: %s", p->dest.host, why != NULL ? why : pst_strerror(err));
		return err;
	}
	p->data.local = p->local;
	if (!p->has_how)
		return data_call(&p->data, &p->remote, CONFERENCE_QUERY, NULL);
	p->follow_up = true;
	p->next = p->how;
	return 0;
}

static int begin(struct program *p)
{
	const struct conference_config config = { .node_name = p->name,
		.password = p->answer ? p->password : NULL,
		.call_password = p->password,
		.setup_ms = p->timeout_s * 1000,
		.trace = p->trace };
	p->data = (struct data){ .loop = &p->loop, .arg = p, .told = told, .closed = closed };
	const int err = data_open(&p->data, &config);
	if (err != 0)
		log_error("data", "--alias: %s", pst_strerror(err));
	return err != 0 ? err : p->answer ? begin_answer(p) : begin_call(p);
}

static void prepare(struct program *p)
{
	static const int numbers[2] = { SIGINT, SIGTERM };
	for (unsigned i = 0; i < 2; i++) {
		uv_signal_init(&p->loop, &p->signals[i]);
		p->signals[i].data = p;
		uv_signal_start(&p->signals[i], on_signal, numbers[i]);
	}
	uv_timer_init(&p->loop, &p->duration);
	uv_timer_init(&p->loop, &p->flush);
	p->duration.data = p->flush.data = p;
	uv_timer_start(&p->flush, on_flush, FLUSH_MS, FLUSH_MS);
	if (p->duration_s > 0)
		uv_timer_start(&p->duration, on_duration, (uint64_t)p->duration_s * 1000, 0);
	p->input.arg = p;
	p->input.on_line = on_line;
	for (unsigned i = 0; i < p->n_say; i++)
		line(p, p->say[i]);
	p->eof = p->n_say > 0 || data_input_open(&p->input, &p->loop) != 0;
}

bool endpoint_is_data(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--data") == 0)
			return true;
	return false;
}

int endpoint_data_main(int argc, char **argv)
{
	static struct program p;
	p = (struct program){
		.answer = strcmp(argv[0], "answer") == 0, .name = "postern", .people_wanted = 1
	};
	p.local.port = p.answer ? DATA_PORT : 0;
	const int status = options(&p, argc, argv);
	if (status >= 0)
		return status;
	log_setup(p.answer ? "postern answer" : "postern call", LOG_L_WARN, false);
	signal(SIGPIPE, SIG_IGN);
	if (uv_loop_init(&p.loop) != 0)
		return 1;
	const bool answer = p.answer;
	const int err = begin(&p);
	if (p.data.conference == NULL)
		return 1;
	prepare(&p);
	if (err != 0)
		end(&p);
	uv_run(&p.loop, UV_RUN_DEFAULT);
	uv_loop_close(&p.loop);
	conference_free(p.data.conference);
	for (unsigned i = 0; i < p.n_waiting; i++)
		free(p.waiting[i]);
	free(p.people);
	return err != 0 || p.failed || (!answer && !p.joined) ? 1 : 0;
}
