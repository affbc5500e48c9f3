/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/text.h"

enum { ANSWER_MAX = 64 << 20 /* octets of one line */ };

int ask_open(struct ask *a, const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	*a = (struct ask){.fd = -1};
	if (strlen(path) >= sizeof un.sun_path) {
		fprintf(stderr, "postern: %s: the path is too long for a socket\n", path);
		return CLI_NO_DAEMON;
	}
	memcpy(un.sun_path, path, strlen(path) + 1);
	a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (a->fd >= 0 && connect(a->fd, (struct sockaddr *)&un, sizeof un) == 0)
		return CLI_OK;
	const int err = errno;
	const char *hint = err == ENOENT || err == ECONNREFUSED
	                           ? ": posternd does not run, or has another control.socket"
	                   : err == EACCES ? ": you have to be root or of the group postern"
	                                   : "";
	fprintf(stderr, "postern: %s: %s%s\n", path, strerror(err), hint);
	ask_close(a);
	return CLI_NO_DAEMON;
}

void ask_close(struct ask *a)
{
	if (a->fd >= 0)
		close(a->fd);
	free(a->buf);
	*a = (struct ask){.fd = -1};
}

static int lost(const char *why)
{
	fprintf(stderr, "postern: %s\n", why);
	return CLI_NO_DAEMON;
}

int ask_send(struct ask *a, json_t *request)
{
	char *text = request != NULL ? json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(request);
	if (text == NULL)
		return lost("out of memory");
	const size_t n = strlen(text);
	text[n] = '\n';
	size_t sent = 0;
	while (sent < n + 1) {
		const ssize_t w = send(a->fd, text + sent, n + 1 - sent, MSG_NOSIGNAL);
		if (w < 0 && errno != EINTR)
			break;
		sent += w > 0 ? (size_t)w : 0;
	}
	free(text);
	return sent == n + 1 ? CLI_OK : lost("posternd has closed the connection");
}

/* Reads more into the buffer. */
static int fill(struct ask *a)
{
	if (a->taken > 0) {
		a->have -= a->taken;
		memmove(a->buf, a->buf + a->taken, a->have);
		a->taken = 0;
	}
	if (a->have == a->cap) {
		const size_t cap = a->cap != 0 ? a->cap * 2 : 65536;
		char *buf = cap <= ANSWER_MAX ? realloc(a->buf, cap) : NULL;
		if (buf == NULL)
			return lost("the answer is too long");
		a->buf = buf;
		a->cap = cap;
	}
	ssize_t n;
	do
		n = recv(a->fd, a->buf + a->have, a->cap - a->have, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return lost(n == 0 ? "posternd has closed the connection" : strerror(errno));
	a->have += (size_t)n;
	return CLI_OK;
}

static int next_line(struct ask *a, const char **line, size_t *len)
{
	size_t seen = 0;
	for (;;) {
		const char *lf = NULL;
		if (a->have > a->taken + seen)
			lf = memchr(a->buf + a->taken + seen, '\n', a->have - a->taken - seen);
		if (lf != NULL) {
			*line = a->buf + a->taken;
			*len = (size_t)(lf - *line);
			a->taken += *len + 1;
			return CLI_OK;
		}
		seen = a->have - a->taken;
		const int rc = fill(a);
		if (rc != CLI_OK)
			return rc;
	}
}

int ask_next(struct ask *a, const char *member, json_t **out)
{
	const char *line;
	size_t n;
	const int rc = next_line(a, &line, &n);
	if (rc != CLI_OK)
		return rc;
	json_t *answer = json_loadb(line, n, 0, NULL);
	json_t *value = json_object_get(answer, member);
	if (value != NULL) {
		*out = json_incref(value);
		json_decref(answer);
		return CLI_OK;
	}
	const char *error = json_string_value(json_object_get(answer, "error"));
	fputs("postern: ", stderr);
	text_put(stderr, error != NULL ? error : "posternd gives an answer that is none");
	fputc('\n', stderr);
	json_decref(answer);
	return error != NULL ? CLI_FAILED : CLI_NO_DAEMON;
}

int ask_once(const char *path, json_t *request, const char *member, json_t **out)
{
	struct ask a;
	int rc = ask_open(&a, path);
	if (rc != CLI_OK) {
		json_decref(request);
		return rc;
	}
	rc = ask_send(&a, request);
	if (rc == CLI_OK)
		rc = ask_next(&a, member, out);
	ask_close(&a);
	return rc;
}

void ask_print_json(const json_t *o, int pretty)
{
	json_dumpf(o, stdout, JSON_ENSURE_ASCII | JSON_ENCODE_ANY | (pretty ? JSON_INDENT(2) : JSON_COMPACT));
	fputc('\n', stdout);
	fflush(stdout);
}
