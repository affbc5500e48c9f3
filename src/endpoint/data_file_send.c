/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files on their way out: whom they are offered to, and their octets as the network takes them. */
#include "endpoint/data_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum { START_ROOM = 640, RUN_OCTETS = 1 << 20 };

int file_source_add(struct file_app *f, const char *path, const char *to)
{
	struct stat st;
	const char *slash = strrchr(path, '/');
	struct pst_slice name = slice_str(slash != NULL ? slash + 1 : path);
	struct file_source *s = f->n_sources < FILE_SOURCES_MAX ? calloc(1, sizeof *s) : NULL;
	if (s == NULL)
		return PST_E_BUSY;
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || access(path, R_OK) != 0) {
		log_error("data", "%s: %s", path, errno != 0 ? strerror(errno) : "no regular file");
		free(s);
		return PST_E_ARG;
	}
	s->path = strdup(path);
	s->to = to != NULL ? strdup(to) : NULL;
	t127_name(s->meta.name, &name, 1);
	s->meta.has_size = s->meta.has_modified = true;
	s->meta.size = (uint64_t)st.st_size;
	s->meta.modified_s = st.st_mtim.tv_sec;
	f->sources[f->n_sources++] = s;
	f->app.bad = true; /* until it has reached somebody */
	if (s->path != NULL && (to == NULL || s->to != NULL))
		return 0;
	return PST_E_NOMEM;
}

static bool was_offered(const struct file_source *s, uint16_t user)
{
	for (unsigned i = 0; i < s->n_users; i++)
		if (s->users[i] == user)
			return true;
	return false;
}

static void note_user(struct file_source *s, uint16_t user)
{
	uint16_t *more = realloc(s->users, (s->n_users + 1) * sizeof *more);
	if (more == NULL)
		return;
	s->users = more;
	s->users[s->n_users++] = user;
}

static struct file_send *send_new(struct file_app *f, struct file_source *s)
{
	for (unsigned i = 0; i < FILE_SENDS_MAX; i++)
		if (!f->sends[i].used) {
			f->sends[i] = (struct file_send){ .source = s, .fd = -1 };
			return &f->sends[i];
		}
	return NULL;
}

/* TO 0: all there are. */
static void offer(struct file_app *f, struct file_source *s, uint16_t to)
{
	struct file_send *out = send_new(f, s);
	uint16_t user, node;
	if (out == NULL || mbft_offer(f->mbft, &s->meta, to, &out->id) != 0)
		return; /* later */
	out->used = true;
	s->offered = true;
	if (to != 0)
		note_user(s, to);
	for (unsigned i = 0;
		to == 0 && conference_app_peer(f->app.node->data.conference, f->app.app, i, &user, &node);
		i++)
		note_user(s, user);
	file_carry(f);
}

/* Once to all who are there; to those who come later one by one. */
static void offers(struct file_app *f, struct file_source *s)
{
	const struct conference *c = f->app.node->data.conference;
	uint16_t user, node;
	unsigned n = 0;
	while (conference_app_peer(c, f->app.app, n, &user, &node))
		n++;
	if (!s->offered && s->to == NULL) {
		if (n >= f->receivers && n > 0)
			offer(f, s, 0);
		return;
	}
	for (unsigned i = 0; conference_app_peer(c, f->app.app, i, &user, &node); i++)
		if (!was_offered(s, user) &&
			(s->to == NULL || strcmp(s->to, data_node_person(f->app.node, node)) == 0))
			offer(f, s, user);
}

static struct file_send *send_of(struct file_app *f, unsigned id)
{
	for (unsigned i = 0; i < FILE_SENDS_MAX; i++)
		if (f->sends[i].used && f->sends[i].id == id)
			return &f->sends[i];
	return NULL;
}

void file_supply(struct file_app *f, unsigned request, const char *name)
{
	for (unsigned i = 0; i < f->n_sources; i++) {
		struct file_source *s = f->sources[i];
		struct file_send *out =
			s->to == NULL && strcmp(s->meta.name, name) == 0 ? send_new(f, s) : NULL;
		if (out == NULL || mbft_supply(f->mbft, request, &s->meta, &out->id) != 0)
			continue;
		out->used = true;
		return;
	}
	mbft_deny(f->mbft, request, T127_FILE_DENY_REASON_FILE_NOT_PRESENT);
}

void file_directory(struct file_app *f, uint16_t user)
{
	struct t127_file files[FILE_SOURCES_MAX];
	uint32_t n = 0;
	for (unsigned i = 0; i < f->n_sources; i++)
		if (f->sources[i]->to == NULL)
			files[n++] = f->sources[i]->meta;
	mbft_directory(f->mbft, user, T127_DIRECTORY_RESULT_SUCCESSFUL, files, n);
}

/* ---- how it goes */

void file_send_begun(struct file_app *f, const struct mbft_action *a)
{
	struct file_send *s = send_of(f, a->id);
	char name[DATA_TEXT_MAX];
	if (s == NULL)
		return;
	s->begun = true;
	s->begun_ms = s->shown_ms = uv_now(f->app.node->loop);
	data_safe(name, s->source->meta.name);
	data_tell(f->app.node->o.json, "file-sending",
		DATA_MEMBERS(DATA_STR("name", name), DATA_INT("size", s->source->meta.size),
			DATA_INT("to", a->sent_to)),
		"sending %s, %llu octets, to %u", name, (unsigned long long)s->source->meta.size, a->sent_to);
}

void file_send_answered(struct file_app *f, const struct mbft_action *a)
{
	const struct file_send *s = send_of(f, a->id);
	char name[DATA_TEXT_MAX], who[DATA_TEXT_MAX];
	if (s == NULL || a->ok)
		return;
	data_safe(name, s->source->meta.name);
	data_safe(who, file_person(f, a->user));
	data_tell(f->app.node->o.json, "file-refused",
		DATA_MEMBERS(DATA_STR("name", name), DATA_STR("from", who), DATA_STR("why", a->why)),
		"%s does not take %s: %s", who, name, a->why);
}

void file_send_ended(struct file_app *f, const struct mbft_action *a)
{
	struct file_send *s = send_of(f, a->id);
	struct data_node *n = f->app.node;
	char name[DATA_TEXT_MAX];
	if (s == NULL)
		return;
	data_safe(name, s->source->meta.name);
	if (a->ok) {
		s->source->sent = true;
		f->n_sent++;
		f->sent_octets += s->offset;
		data_tell(n->o.json, "file-sent",
			DATA_MEMBERS(DATA_STR("name", name), DATA_INT("size", s->offset),
				DATA_INT("to", a->sent_to), DATA_INT("arrived", a->arrived_at),
				DATA_INT("ms", uv_now(n->loop) - s->begun_ms)),
			"sent %s, %llu octets, to %u; %u have it whole", name, (unsigned long long)s->offset,
			a->sent_to, a->arrived_at);
	} else {
		data_tell(n->o.json, "file-failed",
			DATA_MEMBERS(DATA_STR("direction", "out"), DATA_STR("name", name),
				DATA_STR("why", a->why)),
			"%s was not sent: %s", name, a->why);
	}
	if (s->fd >= 0)
		close(s->fd);
	s->used = false;
	f->app.bad = false;
	for (unsigned i = 0; i < f->n_sources; i++)
		f->app.bad = f->app.bad || !f->sources[i]->sent;
}

static void give_up(struct file_app *f, const struct file_send *s, const char *why)
{
	log_error("data", "%s: %s", s->source->path, why);
	mbft_abort(f->mbft, s->id, why);
	file_carry(f);
}

/* The next octets. Returns how many; 0: no more for now. */
static size_t chunk(struct file_app *f, struct file_send *s)
{
	uint8_t octets[16384];
	const struct data_node *n = f->app.node;
	size_t most = conference_data_max(n->data.conference) - T127_DATA_OVERHEAD;
	const uint64_t rest = s->source->meta.size - s->offset;
	if (s->fd < 0)
		s->fd = open(s->source->path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0) {
		give_up(f, s, "it cannot be read");
		return 0;
	}
	if (s->offset == 0)
		most = most > START_ROOM + 64 ? most - START_ROOM : 64;
	if (most > sizeof octets)
		most = sizeof octets;
	if (most > rest)
		most = (size_t)rest;
	const ssize_t got = most > 0 ? read(s->fd, octets, most) : 0;
	if (got < 0 || (got == 0 && rest > 0)) {
		give_up(f, s, got < 0 ? "it cannot be read" : "it became shorter");
		return 0;
	}
	s->offset += (size_t)got;
	mbft_data(f->mbft, s->id, slice_of(octets, (size_t)got), s->offset == s->source->meta.size);
	file_carry(f);
	return (size_t)got + 1;
}

/* As long as the connections take it, and not so long that nothing else is done. */
static void octets_out(struct file_app *f)
{
	size_t total = 0;
	for (bool any = true; any;) {
		any = false;
		for (unsigned i = 0; i < FILE_SENDS_MAX; i++) {
			struct file_send *s = &f->sends[i];
			if (!s->used || !s->begun || !mbft_wants(f->mbft, s->id))
				continue;
			if (!data_has_room(&f->app.node->data) || f->ops != NULL)
				return; /* told when there is room again */
			if (total > RUN_OCTETS) {
				data_node_again(f->app.node);
				return;
			}
			total += chunk(f, s);
			any = true;
			if (s->used)
				file_progress(f, true, s->source->meta.name, s->offset, &s->source->meta,
					&s->shown_ms);
			file_flush(f);
		}
	}
}

void file_send_run(struct file_app *f)
{
	for (unsigned i = 0; i < f->n_sources; i++)
		offers(f, f->sources[i]);
	octets_out(f);
}

bool file_send_busy(const struct file_app *f)
{
	for (unsigned i = 0; i < f->n_sources; i++)
		if (!f->sources[i]->offered)
			return true;
	for (unsigned i = 0; i < FILE_SENDS_MAX; i++)
		if (f->sends[i].used)
			return true;
	return false;
}

void file_send_free(struct file_app *f)
{
	for (unsigned i = 0; i < FILE_SENDS_MAX; i++)
		if (f->sends[i].used && f->sends[i].fd >= 0)
			close(f->sends[i].fd);
	for (unsigned i = 0; i < f->n_sources; i++) {
		free(f->sources[i]->path);
		free(f->sources[i]->to);
		free(f->sources[i]->users);
		free(f->sources[i]);
	}
}
