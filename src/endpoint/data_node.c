/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node: the conference's events, the roster, and who of the applications hears what. */
#include "endpoint/data_node.h"

#include <stdlib.h>

#include "base/log.h"

enum { TICK_MS = 500 };

/* Chat last: it takes any line. */
const struct data_app_ops *const data_apps[] = { &data_file_ops, &data_board_ops, &data_chat_ops, NULL };

const char *data_node_person(const struct data_node *n, uint16_t node)
{
	for (unsigned i = 0; i < n->n_people; i++)
		if (n->people[i].node == node)
			return n->people[i].name;
	return "somebody";
}

unsigned data_node_others(const struct data_node *n, enum t124_app app)
{
	struct conference_node_info info;
	unsigned k = 0;
	for (unsigned i = 0; conference_node(n->data.conference, i, &info); i++)
		k += !info.self && (info.apps >> app & 1) != 0;
	return k;
}

/* ---- the roster */

static bool is_in(const struct data_person *list, unsigned n, uint16_t node)
{
	for (unsigned i = 0; i < n; i++)
		if (list[i].node == node)
			return true;
	return false;
}

static void tell_name(const struct data_node *n, const char *event, const char *name, const char *what)
{
	char who[DATA_TEXT_MAX];
	data_safe(who, name);
	data_tell(n->o.json, event, DATA_MEMBERS(DATA_STR("name", who)), "%s is %s", who, what);
}

static void roster(struct data_node *n)
{
	struct conference_node_info info;
	const unsigned count = conference_nodes(n->data.conference);
	struct data_person *now = calloc(count + 1, sizeof *now);
	unsigned k = 0;
	if (now == NULL)
		return;
	for (unsigned i = 0; i < count && conference_node(n->data.conference, i, &info); i++) {
		now[k].node = info.id;
		snprintf(
			now[k].name, sizeof now[k].name, "%s", info.name[0] != '\0' ? info.name : "somebody");
		if (!info.self && !is_in(n->people, n->n_people, info.id))
			tell_name(n, "in", now[k].name, "in");
		k++;
	}
	for (unsigned i = 0; i < n->n_people; i++)
		if (!is_in(now, k, n->people[i].node) &&
			n->people[i].node != conference_self(n->data.conference))
			tell_name(n, "out", n->people[i].name, "out");
	free(n->people);
	n->people = now;
	n->n_people = k;
	for (unsigned i = 0; i < n->n_apps; i++)
		if (n->apps[i]->ops->roster != NULL)
			n->apps[i]->ops->roster(n->apps[i]);
}

/* ---- applications */

static struct data_app *app_of(struct data_node *n, unsigned app)
{
	for (unsigned i = 0; i < n->n_apps; i++)
		if (n->apps[i]->open && n->apps[i]->app == app)
			return n->apps[i];
	return NULL;
}

static void app_left(struct data_app *a)
{
	a->open = a->ready = false;
	if (a->ops->left != NULL)
		a->ops->left(a);
}

static void app_told(struct data_node *n, const struct conference_action *what)
{
	struct data_app *a = app_of(n, what->app);
	if (a == NULL)
		return;
	switch (what->type) {
	case CONFERENCE_APP_READY:
		a->ready = true;
		a->user = what->user;
		a->channel = what->channel;
		break;
	case CONFERENCE_APP_FAILED: app_left(a); break;
	case CONFERENCE_APP_DATA:
		if (a->ops->data != NULL)
			a->ops->data(a, what);
		break;
	default:
		if (a->ops->channel != NULL)
			a->ops->channel(a, what);
		break;
	}
}

static void open_apps(struct data_node *n)
{
	for (unsigned i = 0; i < n->n_apps; i++) {
		struct data_app *a = n->apps[i];
		const struct gcc_key key = t124_app_key(a->ops->key);
		if (a->open || (a->ops->wanted != NULL && !a->ops->wanted(a)))
			continue;
		const int err = a->ops->static_channel != 0
					? conference_app_open_static(
						  n->data.conference, &key, a->ops->static_channel, &a->app)
					: conference_app_open(n->data.conference, &key, &a->app);
		a->open = err == 0;
		data_do(&n->data);
	}
}

/* ---- what the conference tells */

static void called(struct data_node *n, const struct conference_action *a)
{
	char why[DATA_TEXT_MAX];
	data_safe(why, a->text[0] != '\0' ? a->text : "no answer");
	if (a->how == CONFERENCE_QUERY && a->ok) {
		n->follow_up = true;
		n->next = n->listed ? CONFERENCE_JOIN : CONFERENCE_INVITE;
	} else if (!a->ok && a->how == CONFERENCE_INVITE && !n->o.has_how && !n->retried) {
		/* somebody else was quicker: the other end has a conference now */
		n->retried = n->follow_up = true;
		n->next = CONFERENCE_QUERY;
	} else if (!a->ok) {
		data_tell(n->o.json, "failed", DATA_MEMBERS(DATA_STR("why", why)), "not connected: %s", why);
		n->failed = true;
	}
}

static void listed(struct data_node *n, const char *name)
{
	if (n->listed || (n->o.conference != NULL && strcmp(n->o.conference, name) != 0))
		return;
	n->listed = true;
	snprintf(n->listed_name, sizeof n->listed_name, "%s", name);
}

static void ended(struct data_node *n, const char *why)
{
	char text[DATA_TEXT_MAX];
	n->n_people = n->conductor = 0;
	if (n->quiet)
		return;
	data_safe(text, why);
	data_tell(n->o.json, "ended", DATA_MEMBERS(DATA_STR("why", text)), "conference ended: %s", text);
	n->failed = n->failed || (!n->o.answer && !n->stopping);
}

static void told(struct data *d, const struct conference_action *a)
{
	struct data_node *n = (struct data_node *)d;
	char text[DATA_TEXT_MAX], who[DATA_TEXT_MAX];
	switch (a->type) {
	case CONFERENCE_LISTED: listed(n, a->name); break;
	case CONFERENCE_CALLED: called(n, a); break;
	case CONFERENCE_JOINED:
		n->joined = n->open_apps = true;
		data_safe(text, a->name);
		data_tell(n->o.json, "conference", DATA_MEMBERS(DATA_STR("name", text)), "in conference %s",
			text);
		break;
	case CONFERENCE_APP_READY:
	case CONFERENCE_APP_FAILED:
	case CONFERENCE_APP_CHANNEL:
	case CONFERENCE_APP_HANDLES:
	case CONFERENCE_APP_TOKEN:
	case CONFERENCE_APP_CONVENED:
	case CONFERENCE_APP_LOST:
	case CONFERENCE_APP_DATA: app_told(n, a); break;
	case CONFERENCE_TEXT:
		data_safe(text, a->text);
		data_safe(who, data_node_person(n, a->node));
		data_tell(n->o.json, "text", DATA_MEMBERS(DATA_STR("from", who), DATA_STR("text", text)),
			"%s: %s", who, text);
		break;
	case CONFERENCE_ROSTER: roster(n); break;
	case CONFERENCE_CONDUCTED:
		n->conductor = a->node;
		roster(n);
		break;
	case CONFERENCE_ENDED: ended(n, a->text); break;
	case CONFERENCE_TRACE: fprintf(stderr, "%s %u %s\n", a->sent ? ">" : "<", a->link, a->text); break;
	default: break;
	}
}

/* ---- what told() could not do: it is called while actions are carried out */

static void follow_up(struct data_node *n)
{
	int err = 0;
	n->follow_up = false;
	if (n->next == CONFERENCE_INVITE && !conference_in(n->data.conference)) {
		err = conference_create(n->data.conference, n->o.conference != NULL ? n->o.conference : "1");
		data_do(&n->data);
	}
	if (n->next == CONFERENCE_QUERY && conference_in(n->data.conference)) {
		n->quiet = true; /* ours was for nobody */
		conference_leave(n->data.conference);
		data_do(&n->data);
		n->quiet = n->joined = false;
	}
	if (err == 0)
		err = data_call(&n->data, &n->remote, n->next,
			n->next == CONFERENCE_JOIN && n->listed ? n->listed_name : n->o.conference);
	if (err == 0)
		return;
	log_error("data", "cannot call: %s", pst_strerror(err));
	n->failed = true;
}

bool data_node_busy(const struct data_node *n)
{
	for (unsigned i = 0; i < n->n_apps; i++)
		if (n->apps[i]->ops->busy != NULL && n->apps[i]->ops->busy(n->apps[i]))
			return true;
	return data_queued(&n->data) > 0;
}

static void settle(struct data *d)
{
	struct data_node *n = (struct data_node *)d;
	if (n->stopping)
		return;
	if (n->open_apps) {
		n->open_apps = false;
		open_apps(n);
	}
	if (n->follow_up)
		follow_up(n);
	for (unsigned i = 0; i < n->n_apps; i++)
		if (n->apps[i]->ops->run != NULL)
			n->apps[i]->ops->run(n->apps[i]);
	if (n->failed || (n->eof && n->joined && !n->o.answer && n->o.duration_s == 0 && !data_node_busy(n)))
		n->over(n);
}

static void on_line(void *arg, const char *text)
{
	struct data_node *n = arg;
	bool taken = false;
	if (text == NULL)
		n->eof = true;
	for (unsigned i = 0; text != NULL && text[0] != '\0' && i < n->n_apps && !taken; i++)
		taken = n->apps[i]->ops->line != NULL && n->apps[i]->ops->line(n->apps[i], text);
	data_settle(&n->data);
}

static void on_tick(uv_timer_t *t)
{
	data_settle(t->data);
}

static void on_again(uv_idle_t *h)
{
	uv_idle_stop(h);
	data_settle(h->data);
}

void data_node_again(struct data_node *n)
{
	uv_idle_start(&n->again, on_again);
}

static void on_duration(uv_timer_t *t)
{
	struct data_node *n = t->data;
	n->over(n);
}

/* ---- beginning and end */

int data_node_new(struct data_node *n)
{
	for (unsigned i = 0; data_apps[i] != NULL; i++) {
		const int err = data_apps[i]->new (&n->apps[i]);
		if (err != 0)
			return err;
		n->apps[i]->ops = data_apps[i];
		n->apps[i]->node = n;
		n->n_apps++;
	}
	return 0;
}

static int begin_answer(struct data_node *n)
{
	static const uint8_t any[4] = { 0 };
	char text[ADDR_STRLEN];
	if (n->o.local.family == ADDR_NONE)
		n->o.local = addr_ip4(any, n->o.local.port);
	int err = data_listen(&n->data, &n->o.local, &n->bound);
	if (err != 0) {
		n->bound = (struct addr){ 0 };
		log_error("data", "cannot listen on %s: %s", addr_str(&n->o.local, text), pst_strerror(err));
		return n->o.beside ? 0 : err;
	}
	addr_str(&n->bound, text);
	if (!n->o.beside)
		data_tell(n->o.json, "listening", DATA_MEMBERS(DATA_STR("address", text)), "listening on %s",
			text);
	if (n->o.conference != NULL) {
		err = conference_create(n->data.conference, n->o.conference);
		data_do(&n->data);
	}
	return err;
}

int data_node_dial(struct data_node *n, const struct addr *remote)
{
	n->remote = *remote;
	n->data.local = n->o.local;
	n->data.local.port = 0;
	if (addr_is_unspecified(&n->data.local))
		n->data.local = (struct addr){ 0 };
	n->listed = n->retried = false;
	if (!n->o.has_how)
		return data_call(&n->data, &n->remote, CONFERENCE_QUERY, NULL);
	n->next = n->o.how;
	n->follow_up = true;
	data_settle(&n->data);
	return 0;
}

static void closed(struct data *d)
{
	(void)d;
}

int data_node_begin(struct data_node *n, uv_loop_t *loop, const struct addr *remote)
{
	const struct conference_config config = { .node_name = n->o.name,
		.password = n->o.answer ? n->o.password : NULL,
		.call_password = n->o.password,
		.setup_ms = n->o.timeout_s * 1000,
		.trace = n->o.trace };
	n->loop = loop;
	n->data = (struct data){ .loop = loop, .told = told, .settled = settle, .closed = closed };
	const int err = data_open(&n->data, &config);
	if (err != 0) {
		log_error("data", "--alias: %s", pst_strerror(err));
		return err;
	}
	uv_timer_init(loop, &n->duration);
	uv_timer_init(loop, &n->tick);
	uv_idle_init(loop, &n->again);
	n->duration.data = n->tick.data = n->again.data = n;
	uv_timer_start(&n->tick, on_tick, TICK_MS, TICK_MS);
	if (n->o.duration_s > 0)
		uv_timer_start(&n->duration, on_duration, (uint64_t)n->o.duration_s * 1000, 0);
	n->input.arg = n;
	n->input.on_line = on_line;
	n->eof = n->o.no_input || data_input_open(&n->input, loop) != 0;
	return n->o.answer ? begin_answer(n) : data_node_dial(n, remote);
}

bool data_node_good(const struct data_node *n)
{
	bool good = !n->failed && (n->o.answer || n->joined);
	for (unsigned i = 0; i < n->n_apps; i++)
		good = good && !n->apps[i]->bad;
	return good;
}

void data_node_end(struct data_node *n)
{
	if (n->stopping)
		return;
	n->stopping = true;
	data_input_close(&n->input);
	uv_close((uv_handle_t *)&n->tick, NULL);
	uv_close((uv_handle_t *)&n->again, NULL);
	uv_close((uv_handle_t *)&n->duration, NULL);
	data_close(&n->data);
}

void data_node_free(struct data_node *n)
{
	conference_free(n->data.conference);
	for (unsigned i = 0; i < n->n_apps; i++)
		n->apps[i]->ops->free(n->apps[i]);
	free(n->people);
}
