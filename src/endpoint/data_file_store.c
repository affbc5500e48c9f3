/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files coming in: into a part of its own in the folder given, under a plain name when whole (t127/header.h).
 * What is there is never written over.
 */
#include "endpoint/data_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum { NUMBERS_MAX = 1000 };

int file_store_open(struct file_app *f)
{
	if (f->dir_fd >= 0)
		close(f->dir_fd);
	f->dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir_fd >= 0)
		return 0;
	log_error("data", "%s: %s", f->dir, strerror(errno));
	return PST_E_ARG;
}

struct file_store *file_store_of(struct file_app *f, unsigned id)
{
	for (unsigned i = 0; i < FILE_STORES_MAX; i++)
		if (f->stores[i].used && f->stores[i].id == id)
			return &f->stores[i];
	return NULL;
}

struct file_store *file_store_number(struct file_app *f, unsigned number)
{
	for (unsigned i = 0; i < FILE_STORES_MAX; i++)
		if (f->stores[i].used && f->stores[i].number == number)
			return &f->stores[i];
	return NULL;
}

void file_store_offered(struct file_app *f, const struct mbft_action *a)
{
	char name[DATA_TEXT_MAX], who[DATA_TEXT_MAX];
	unsigned i = 0;
	while (i < FILE_STORES_MAX && f->stores[i].used)
		i++;
	if (i == FILE_STORES_MAX)
		return; /* as many as the machine has: does not happen */
	struct file_store *s = &f->stores[i];
	*s = (struct file_store){ .used = true,
		.asked = f->ask && f->dir_fd >= 0 && !a->ok,
		.id = a->id,
		.number = ++f->next_number,
		.user = a->user,
		.meta = *a->file,
		.fd = -1 };
	data_safe(name, s->meta.name);
	data_safe(who, file_person(f, a->user));
	data_tell(f->app.node->o.json, "file-offered",
		DATA_MEMBERS(DATA_INT("number", s->number), DATA_STR("name", name), DATA_STR("from", who),
			DATA_INT("size", s->meta.has_size ? (int64_t)s->meta.size : -1)),
		"%s offers %s, %llu octets%s%u", who, name, (unsigned long long)s->meta.size,
		s->asked ? ": /accept " : "; file ", s->number);
}

void file_store_begun(struct file_app *f, const struct mbft_action *a)
{
	struct file_store *s = file_store_of(f, a->id);
	if (s == NULL)
		return;
	s->meta.size = a->file->size;
	s->meta.has_size = a->file->has_size;
	s->begun_ms = s->shown_ms = uv_now(f->app.node->loop);
	for (unsigned i = 0; s->fd < 0 && i < NUMBERS_MAX; i++) {
		snprintf(s->part, sizeof s->part, ".part-%u-%u", (unsigned)getpid(), ++f->next_part);
		s->fd = openat(
			f->dir_fd, s->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
		if (s->fd < 0 && errno != EEXIST)
			break;
	}
	if (s->fd < 0) {
		log_error("data", "%s: %s", f->dir, strerror(errno));
		s->broken = true;
	}
}

void file_store_data(struct file_app *f, const struct mbft_action *a)
{
	struct file_store *s = file_store_of(f, a->id);
	if (s == NULL || s->broken)
		return;
	for (size_t at = 0; at < a->octets.n && !s->broken;) {
		const ssize_t n = write(s->fd, a->octets.p + at, a->octets.n - at);
		if (n > 0)
			at += (size_t)n;
		else if (n == 0 || errno != EINTR)
			s->broken = true;
	}
	if (s->broken)
		log_error("data", "%s: %s", f->dir, strerror(errno));
	s->got += a->octets.n;
	file_progress(f, false, s->meta.name, s->got, &s->meta, &s->shown_ms);
}

/* NAME, or NAME with a number before its extension, whichever is free. */
static bool give_name(const struct file_app *f, const struct file_store *s, char out[static DATA_TEXT_MAX])
{
	const char *name = s->meta.name, *dot = strrchr(name, '.');
	const size_t stem = dot != NULL && dot != name ? (size_t)(dot - name) : strlen(name);
	for (unsigned i = 1; i <= NUMBERS_MAX; i++) {
		if (i == 1)
			snprintf(out, DATA_TEXT_MAX, "%s", name);
		else
			snprintf(out, DATA_TEXT_MAX, "%.*s (%u)%s", (int)stem, name, i, name + stem);
		if (linkat(f->dir_fd, s->part, f->dir_fd, out, 0) == 0)
			return true;
		if (errno != EEXIST)
			return false;
	}
	return false;
}

/* File systems without links: a name that is free is taken first. */
static bool take_name(const struct file_app *f, const struct file_store *s, char out[static DATA_TEXT_MAX])
{
	if (give_name(f, s, out)) {
		unlinkat(f->dir_fd, s->part, 0);
		return true;
	}
	return (errno == EPERM || errno == EOPNOTSUPP) &&
	       renameat2(f->dir_fd, s->part, f->dir_fd, s->meta.name, RENAME_NOREPLACE) == 0;
}

bool file_store_complete(struct file_app *f, unsigned id)
{
	struct file_store *s = file_store_of(f, id);
	char name[DATA_TEXT_MAX], text[DATA_TEXT_MAX], who[DATA_TEXT_MAX];
	if (s == NULL || s->broken || s->fd < 0)
		return false;
	const struct timespec times[] = { { .tv_nsec = UTIME_NOW }, { .tv_sec = s->meta.modified_s } };
	if (s->meta.has_modified)
		(void)futimens(s->fd, times);
	const bool closed = close(s->fd) == 0;
	s->fd = -1;
	if (!closed || !take_name(f, s, name)) {
		log_error("data", "%s: %s", f->dir, strerror(errno));
		unlinkat(f->dir_fd, s->part, 0);
		return false;
	}
	f->n_got++;
	f->got_octets += s->got;
	data_safe(text, name);
	data_safe(who, file_person(f, s->user));
	data_tell(f->app.node->o.json, "file-received",
		DATA_MEMBERS(DATA_STR("name", text), DATA_STR("from", who), DATA_INT("size", s->got),
			DATA_INT("ms", uv_now(f->app.node->loop) - s->begun_ms)),
		"received %s, %llu octets, from %s", text, (unsigned long long)s->got, who);
	return true;
}

static void discard(struct file_app *f, struct file_store *s)
{
	if (s->fd < 0)
		return;
	close(s->fd);
	s->fd = -1;
	unlinkat(f->dir_fd, s->part, 0);
}

void file_store_ended(struct file_app *f, const struct mbft_action *a)
{
	struct file_store *s = file_store_of(f, a->id);
	char name[DATA_TEXT_MAX];
	if (s == NULL)
		return;
	discard(f, s);
	if (!a->ok) {
		data_safe(name, s->meta.name);
		data_tell(f->app.node->o.json, "file-failed",
			DATA_MEMBERS(
				DATA_STR("direction", "in"), DATA_STR("name", name), DATA_STR("why", a->why)),
			"%s did not arrive: %s", name, a->why);
	}
	s->used = false;
}

void file_store_free(struct file_app *f)
{
	for (unsigned i = 0; i < FILE_STORES_MAX; i++)
		if (f->stores[i].used)
			discard(f, &f->stores[i]);
	if (f->dir_fd >= 0)
		close(f->dir_fd);
}
