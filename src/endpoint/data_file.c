/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File transfer as an application: options, commands, and between the machine and the conference. */
#include "endpoint/data_file.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

enum { OPT_SEND, OPT_SEND_TO, OPT_DIR, OPT_MAX, OPT_ASK, OPT_RECEIVERS };
enum { SHOW_MS = 1000 };

static const uint64_t max_default = UINT64_C(1) << 32;

/* ---- the machine's wishes */

static void op_add(struct file_app *f, const struct mbft_action *a)
{
	struct file_op *op = malloc(sizeof *op + a->octets.n);
	if (op == NULL)
		return;
	op->next = NULL;
	op->type = a->type;
	op->channel = a->channel;
	op->user = a->user;
	op->priority = a->priority;
	op->n = a->octets.n;
	if (a->octets.n > 0)
		memcpy(op->octets, a->octets.p, a->octets.n);
	*f->last_op = op;
	f->last_op = &op->next;
}

static void ops_free(struct file_app *f)
{
	for (struct file_op *op = f->ops, *next; op != NULL; op = next) {
		next = op->next;
		free(op);
	}
	f->ops = NULL;
	f->last_op = &f->ops;
}

static void op_do(struct file_app *f, const struct file_op *op)
{
	struct conference *c = f->app.node->data.conference;
	const unsigned app = f->app.app;
	switch (op->type) {
	case MBFT_SEND:
		conference_app_send(c, app, op->channel, op->priority, false, slice_of(op->octets, op->n));
		break;
	case MBFT_JOIN: conference_app_join(c, app, op->channel); break;
	case MBFT_LEAVE: conference_app_leave(c, app, op->channel); break;
	case MBFT_CONVENE: conference_app_convene(c, app); break;
	case MBFT_ADMIT: conference_app_admit(c, app, op->channel, op->user); break;
	default: conference_app_disband(c, app, op->channel); break;
	}
	data_do(&f->app.node->data);
}

void file_flush(struct file_app *f)
{
	while (f->ops != NULL && f->app.ready) {
		struct file_op *op = f->ops;
		f->ops = op->next;
		if (f->ops == NULL)
			f->last_op = &f->ops;
		op_do(f, op);
		free(op);
	}
}

const char *file_person(const struct file_app *f, uint16_t user)
{
	const uint16_t node = conference_user_node(f->app.node->data.conference, user);
	return data_node_person(f->app.node, node);
}

static void denied(const struct file_app *f, const char *why)
{
	data_tell(f->app.node->o.json, "file-denied", DATA_MEMBERS(DATA_STR("why", why)),
		"nobody has that file: %s", why);
}

static void directory(const struct file_app *f, const struct mbft_action *a)
{
	char name[DATA_TEXT_MAX], who[DATA_TEXT_MAX];
	const bool json = f->app.node->o.json;
	data_safe(who, file_person(f, a->user));
	if (!a->ok)
		data_tell(json, "directory", DATA_MEMBERS(DATA_STR("from", who), DATA_STR("why", a->why)),
			"%s lists no files: %s", who, a->why);
	for (uint32_t i = 0; i < a->n_files; i++) {
		const struct t127_file *file = &a->files[i];
		data_safe(name, file->name);
		data_tell(json, "directory",
			DATA_MEMBERS(DATA_STR("from", who), DATA_STR("name", name),
				DATA_INT("size", file->has_size ? (int64_t)file->size : -1)),
			"%s has %s, %llu octets", who, name, (unsigned long long)file->size);
	}
}

/* What is to be said to the machine after its actions. */
struct answer {
	enum { ANSWER_NOTHING, ANSWER_ACCEPT, ANSWER_REJECT, ANSWER_STORED, ANSWER_SUPPLY, ANSWER_LIST } what;
	unsigned id;
	uint16_t user;
	bool ok;
	char name[T127_NAME_MAX + 1];
};

static void offered(struct file_app *f, const struct mbft_action *a, struct answer *answer)
{
	file_store_offered(f, a);
	answer->id = a->id;
	if (f->dir_fd < 0)
		answer->what = ANSWER_REJECT;
	else if (!f->ask || a->ok)
		answer->what = ANSWER_ACCEPT;
}

static void one(struct file_app *f, const struct mbft_action *a, struct answer *answer)
{
	switch (a->type) {
	case MBFT_OFFERED: offered(f, a, answer); break;
	case MBFT_BEGUN: (a->out ? file_send_begun : file_store_begun)(f, a); break;
	case MBFT_DATA: file_store_data(f, a); break;
	case MBFT_COMPLETE:
		answer->what = ANSWER_STORED;
		answer->id = a->id;
		answer->ok = file_store_complete(f, a->id);
		break;
	case MBFT_ANSWERED: file_send_answered(f, a); break;
	case MBFT_ENDED: (a->out ? file_send_ended : file_store_ended)(f, a); break;
	case MBFT_REQUESTED:
		answer->what = ANSWER_SUPPLY;
		answer->id = a->id;
		memcpy(answer->name, a->file->name, sizeof answer->name);
		break;
	case MBFT_DENIED: denied(f, a->why); break;
	case MBFT_DIRECTORY_ASKED:
		answer->what = ANSWER_LIST;
		answer->user = a->user;
		break;
	case MBFT_DIRECTORY: directory(f, a); break;
	case MBFT_NOTICE: log_warn("data", "file transfer: %s", a->why); break;
	default: op_add(f, a); break;
	}
}

void file_carry(struct file_app *f)
{
	struct answer answer = { .what = ANSWER_NOTHING }; /* one event asks for one thing at most */
	for (const struct mbft_action *a = mbft_actions(f->mbft); a != NULL; a = a->next)
		one(f, a, &answer);
	switch (answer.what) {
	case ANSWER_ACCEPT: mbft_accept(f->mbft, answer.id); break;
	case ANSWER_REJECT: mbft_reject(f->mbft, answer.id, T127_FILE_REJECT_REASON_FILE_NOT_REQUIRED); break;
	case ANSWER_STORED: mbft_stored(f->mbft, answer.id, answer.ok); break;
	case ANSWER_SUPPLY: file_supply(f, answer.id, answer.name); break;
	case ANSWER_LIST: file_directory(f, answer.user); break;
	default: return;
	}
	file_carry(f);
}

void file_progress(struct file_app *f, bool out, const char *name, uint64_t octets,
	const struct t127_file *meta, uint64_t *shown_ms)
{
	const uint64_t now_ms = uv_now(f->app.node->loop);
	char text[DATA_TEXT_MAX];
	if (now_ms - *shown_ms < SHOW_MS)
		return;
	*shown_ms = now_ms;
	data_safe(text, name);
	const unsigned percent = meta->has_size && meta->size > 0 ? (unsigned)(octets * 100 / meta->size) : 0;
	data_tell(f->app.node->o.json, "file-progress",
		DATA_MEMBERS(DATA_STR("direction", out ? "out" : "in"), DATA_STR("name", text),
			DATA_INT("octets", octets),
			DATA_INT("size", meta->has_size ? (int64_t)meta->size : -1)),
		"%s: %llu octets, %u %%", text, (unsigned long long)octets, percent);
}

/* ---- the application */

static int new (struct data_app **a)
{
	struct file_app *f = calloc(1, sizeof *f);
	if (f == NULL)
		return PST_E_NOMEM;
	f->dir_fd = -1;
	f->receivers = 1;
	f->max_size = max_default;
	f->last_op = &f->ops;
	*a = &f->app;
	return 0;
}

static void tell_peers(struct file_app *f)
{
	uint16_t users[MBFT_PEERS_MAX], node, conductor = f->app.node->conductor;
	unsigned n = 0;
	f->peers_changed = false;
	for (; n < MBFT_PEERS_MAX &&
		conference_app_peer(f->app.node->data.conference, f->app.app, n, &users[n], &node);
		n++)
		if (node != 0 && node == f->app.node->conductor)
			conductor = users[n]; /* else a node without file transfer, which grants nothing */
	mbft_peers(f->mbft, users, n);
	file_carry(f);
	if (conductor == f->conductor)
		return;
	f->conductor = conductor;
	mbft_conducted(f->mbft, conductor);
	file_carry(f);
}

static bool start(struct file_app *f)
{
	const struct mbft_config config = { .max_size = f->max_size };
	if (f->mbft == NULL && mbft_new(&f->mbft, &config) != 0)
		return false;
	mbft_start(f->mbft, f->app.user, f->app.channel, uv_now(f->app.node->loop));
	f->started = f->peers_changed = true;
	f->conductor = 0;
	op_add(f, &(struct mbft_action){ .type = MBFT_JOIN, .channel = T127_CHANNEL_DATA });
	return true;
}

static void time_goes(struct file_app *f)
{
	mbft_time(f->mbft, uv_now(f->app.node->loop));
	file_carry(f);
}

static void run(struct data_app *a)
{
	struct file_app *f = (struct file_app *)a;
	if (!a->ready || (!f->started && !start(f)))
		return;
	time_goes(f);
	if (f->peers_changed)
		tell_peers(f);
	file_flush(f);
	if (a->ready)
		file_send_run(f);
	file_flush(f);
}

static void data(struct data_app *a, const struct conference_action *what)
{
	struct file_app *f = (struct file_app *)a;
	if (!f->started)
		return;
	time_goes(f);
	mbft_received(f->mbft, what->user, what->channel, what->octets);
	file_carry(f);
}

static void channel(struct data_app *a, const struct conference_action *what)
{
	struct file_app *f = (struct file_app *)a;
	if (!f->started)
		return;
	if (what->type == CONFERENCE_APP_LOST)
		mbft_lost(f->mbft, what->channel);
	else if (what->type == CONFERENCE_APP_CONVENED)
		mbft_convened(f->mbft, what->channel, what->ok);
	else if (what->type == CONFERENCE_APP_CHANNEL)
		mbft_joined(f->mbft, what->requested, what->channel, what->ok);
	file_carry(f);
}

static void roster(struct data_app *a)
{
	((struct file_app *)a)->peers_changed = true;
}

static void left(struct data_app *a)
{
	struct file_app *f = (struct file_app *)a;
	if (f->started) {
		mbft_stop(f->mbft);
		file_carry(f);
	}
	f->started = false;
	ops_free(f);
}

static bool busy(const struct data_app *a)
{
	const struct file_app *f = (const struct file_app *)a;
	bool storing = false;
	for (unsigned i = 0; i < FILE_STORES_MAX; i++)
		storing = storing || (f->stores[i].used && !f->stores[i].asked);
	return file_send_busy(f) || storing || f->ops != NULL;
}

static void file_free(struct data_app *a)
{
	struct file_app *f = (struct file_app *)a;
	if (f->n_sent + f->n_got > 0)
		data_tell(a->node->o.json, "files",
			DATA_MEMBERS(DATA_INT("sent", f->n_sent), DATA_INT("sent_octets", f->sent_octets),
				DATA_INT("received", f->n_got), DATA_INT("received_octets", f->got_octets)),
			"files: %u sent (%llu octets), %u received (%llu octets)", f->n_sent,
			(unsigned long long)f->sent_octets, f->n_got, (unsigned long long)f->got_octets);
	ops_free(f);
	file_send_free(f);
	file_store_free(f);
	mbft_free(f->mbft);
	free(f);
}

/* ---- commands */

static void unknown(const char *what)
{
	fprintf(stderr, "%s\n", what);
}

/* The user of who is called NAME; 0: nobody. */
static uint16_t user_named(const struct file_app *f, const char *name)
{
	uint16_t user, node;
	for (unsigned i = 0;
		f->started && conference_app_peer(f->app.node->data.conference, f->app.app, i, &user, &node);
		i++)
		if (strcmp(data_node_person(f->app.node, node), name) == 0)
			return user;
	return 0;
}

static void decide(struct file_app *f, const char *text, bool accept)
{
	const struct file_store *s = file_store_number(f, (unsigned)strtoul(text, NULL, 10));
	if (s == NULL || !f->started) {
		unknown("there is no such file");
		return;
	}
	if (!s->asked)
		mbft_abort(f->mbft, s->id, accept ? "" : "refused");
	else if (accept && f->dir_fd >= 0)
		mbft_accept(f->mbft, s->id);
	else
		mbft_reject(f->mbft, s->id, T127_FILE_REJECT_REASON_FILE_NOT_REQUIRED);
	if (s->asked && accept)
		file_store_number(f, s->number)->asked = false;
	file_carry(f);
}

static void list(struct file_app *f, const char *name)
{
	const uint16_t user = user_named(f, name);
	if (user == 0 || mbft_list(f->mbft, user) != 0)
		unknown("nobody of that name shares files");
	else
		file_carry(f);
}

static void get(struct file_app *f, const char *name)
{
	unsigned request;
	if (!f->started || f->dir_fd < 0 || mbft_get(f->mbft, name, &request) != 0)
		unknown("no file can be asked for now");
	else
		file_carry(f);
}

static void send_to(struct file_app *f, const char *rest)
{
	char name[DATA_LINE_MAX + 1];
	const char *space = strchr(rest, ' ');
	if (space == NULL || space[1] == '\0') {
		unknown("usage: /send-to NAME PATH");
		return;
	}
	snprintf(name, sizeof name, "%.*s", (int)(space - rest), rest);
	(void)file_source_add(f, space + 1, name);
}

static bool line(struct data_app *a, const char *text)
{
	struct file_app *f = (struct file_app *)a;
	static const char *const names[] = { "/send ", "/send-to ", "/accept ", "/refuse ", "/get ",
		"/files " };
	unsigned i = 0;
	while (i < 6 && strncmp(text, names[i], strlen(names[i])) != 0)
		i++;
	if (i == 6)
		return false;
	const char *rest = text + strlen(names[i]);
	switch (i) {
	case 0: (void)file_source_add(f, rest, NULL); break;
	case 1: send_to(f, rest); break;
	case 2: decide(f, rest, true); break;
	case 3: decide(f, rest, false); break;
	case 4: get(f, rest); break;
	default: list(f, rest); break;
	}
	return true;
}

/* ---- options */

static int size(const char *value, uint64_t *out)
{
	static const char units[] = "KMGT";
	char *rest;
	const unsigned long long v = strtoull(value, &rest, 10);
	const char *unit = *rest != '\0' ? strchr(units, *rest) : NULL;
	const unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
	if (rest == value || *value == '-' || (*rest != '\0' && (unit == NULL || rest[1] != '\0')) ||
		v > UINT64_MAX >> shift)
		return PST_E_ARG;
	*out = (uint64_t)v << shift;
	return 0;
}

static int option(struct data_app *a, int val, const char *value)
{
	struct file_app *f = (struct file_app *)a;
	uint64_t v = 0;
	int err = 0;
	switch (val) {
	case OPT_SEND: a->node->o.no_input = true; return file_source_add(f, value, NULL);
	case OPT_SEND_TO: /* the last file goes to that one only */
		if (f->n_sources == 0 || f->sources[f->n_sources - 1]->to != NULL)
			return PST_E_ARG;
		f->sources[f->n_sources - 1]->to = strdup(value);
		return f->sources[f->n_sources - 1]->to != NULL ? 0 : PST_E_NOMEM;
	case OPT_DIR: f->dir = value; return file_store_open(f);
	case OPT_MAX: return size(value, &f->max_size);
	case OPT_ASK: f->ask = true; return 0;
	default:
		err = size(value, &v);
		f->receivers = (uint32_t)(v < UINT32_MAX ? v : UINT32_MAX);
		return err;
	}
}

static void usage(FILE *to, bool answer)
{
	(void)answer;
	fputs("  --send-file PATH     send it to all; may stand more than once. Then no input is read\n"
	      "  --to NAME            the file before goes to the one of that name only\n"
	      "  --receivers N        hold files back until N others take files (default 1)\n"
	      "  --receive-dir DIR    take files, and put them there (without: they are refused)\n"
	      "  --receive-max SIZE   of one file, in octets or with K, M, G (default 4G; 0: any)\n"
	      "  --ask                take none until /accept says so\n",
		to);
}

static const struct option options[] = { { "send-file", required_argument, NULL, OPT_SEND },
	{ "to", required_argument, NULL, OPT_SEND_TO },
	{ "receivers", required_argument, NULL, OPT_RECEIVERS },
	{ "receive-dir", required_argument, NULL, OPT_DIR },
	{ "receive-max", required_argument, NULL, OPT_MAX }, { "ask", no_argument, NULL, OPT_ASK },
	{ NULL, 0, NULL, 0 } };

const struct data_app_ops data_file_ops = {
	.key = T124_APP_FILE,
	.static_channel = T127_CHANNEL_CONTROL,
	.name = "file",
	.options = options,
	.usage = usage,
	.option = option,
	.new = new,
	.channel = channel,
	.data = data,
	.left = left,
	.roster = roster,
	.run = run,
	.line = line,
	.busy = busy,
	.free = file_free,
};
