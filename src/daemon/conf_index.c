/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One pass over libyaml's events with a stack of where we are. */
#include "daemon/conf_index.h"

#include <stdlib.h>
#include <yaml.h>

enum { DEPTH_MAX = 8, PATH_LEN_MAX = 256, ENTRIES_MAX = 65536 };

struct entry {
	char *path;
	uint32_t line;
};

struct conf_index {
	struct entry *entries;
	size_t n, cap;
};

struct level {
	bool mapping;
	bool have_key;   /* mapping: the next event is the value of a key */
	uint32_t next;   /* sequence: number of the next entry */
	size_t path_len; /* of what this level is the value of */
};

struct scan {
	struct conf_index *ix;
	struct conf_problems *problems;
	struct level stack[DEPTH_MAX];
	int depth;
	char path[PATH_LEN_MAX];
	size_t path_len;
};

static int entry_add(struct conf_index *ix, const char *path, uint32_t line)
{
	if (ix->n == ENTRIES_MAX)
		return PST_E_LIMIT;
	if (ix->n == ix->cap) {
		const size_t cap = ix->cap != 0 ? ix->cap * 2 : 64;
		struct entry *e = realloc(ix->entries, cap * sizeof *e);
		if (e == NULL)
			return PST_E_NOMEM;
		ix->entries = e;
		ix->cap = cap;
	}
	char *copy = strdup(path);
	if (copy == NULL)
		return PST_E_NOMEM;
	ix->entries[ix->n++] = (struct entry){copy, line};
	return PST_OK;
}

static const struct entry *entry_find(const struct conf_index *ix, const char *path, size_t len)
{
	for (size_t i = 0; i < ix->n; i++) {
		if (strncmp(ix->entries[i].path, path, len) == 0 && ix->entries[i].path[len] == '\0')
			return &ix->entries[i];
	}
	return NULL;
}

static int path_push(struct scan *s, const char *component)
{
	const int n = snprintf(s->path + s->path_len, PATH_LEN_MAX - s->path_len, "%s%s",
	        s->path_len != 0 ? "." : "", component);
	if (n < 0 || (size_t)n >= PATH_LEN_MAX - s->path_len)
		return PST_E_LIMIT;
	s->path_len += (size_t)n;
	return PST_OK;
}

static void path_cut(struct scan *s, size_t len)
{
	s->path_len = len;
	s->path[len] = '\0';
}

/* Whether the mapping we are in, whose path is LEN long, has the key of s->path already. What belongs to a
 * mapping stands together at the end of the index. */
static bool key_seen(const struct scan *s, size_t len)
{
	for (size_t i = s->ix->n; i-- > 0;) {
		const char *path = s->ix->entries[i].path;
		if (strcmp(path, s->path) == 0)
			return true;
		if (len != 0 && (strncmp(path, s->path, len) != 0 || path[len] != '.'))
			return false;
	}
	return false;
}

/* A key of the mapping we are in. */
static int on_key(struct scan *s, const yaml_event_t *ev, uint32_t line)
{
	struct level *top = &s->stack[s->depth - 1];
	if (ev->type != YAML_SCALAR_EVENT) {
		conf_problem_add(s->problems, line, "a key has to be a plain word");
		return PST_E_BAD;
	}
	char key[64];
	log_escape(key, sizeof key, slice_of(ev->data.scalar.value, ev->data.scalar.length));
	int rc = path_push(s, key);
	if (rc != PST_OK)
		return rc;
	if (key_seen(s, top->path_len)) {
		conf_problem_add(s->problems, line, "%s is given twice", s->path);
		return PST_E_BAD;
	}
	top->have_key = true;
	return entry_add(s->ix, s->path, line);
}

/* Before a value: an entry of a sequence gets its number as a path. */
static int value_begin(struct scan *s, uint32_t line)
{
	if (s->depth == 0)
		return PST_OK;
	struct level *top = &s->stack[s->depth - 1];
	if (top->mapping)
		return PST_OK;
	char number[16];
	snprintf(number, sizeof number, "%u", top->next++);
	const int rc = path_push(s, number);
	return rc != PST_OK ? rc : entry_add(s->ix, s->path, line);
}

static void value_end(struct scan *s)
{
	if (s->depth == 0)
		return;
	s->stack[s->depth - 1].have_key = false;
	path_cut(s, s->stack[s->depth - 1].path_len);
}

static int on_event(struct scan *s, const yaml_event_t *ev)
{
	const uint32_t line = (uint32_t)ev->start_mark.line + 1;
	if (ev->type == YAML_MAPPING_END_EVENT || ev->type == YAML_SEQUENCE_END_EVENT) {
		s->depth--;
		value_end(s);
		return PST_OK;
	}
	if (ev->type == YAML_ALIAS_EVENT) {
		conf_problem_add(s->problems, line, "aliases are not used here");
		return PST_E_BAD;
	}
	const bool scalar = ev->type == YAML_SCALAR_EVENT;
	if (!scalar && ev->type != YAML_MAPPING_START_EVENT && ev->type != YAML_SEQUENCE_START_EVENT)
		return PST_OK;
	if (s->depth > 0 && s->stack[s->depth - 1].mapping && !s->stack[s->depth - 1].have_key)
		return on_key(s, ev, line);
	const int rc = value_begin(s, line);
	if (rc != PST_OK)
		return rc;
	if (scalar) {
		value_end(s);
		return PST_OK;
	}
	if (s->depth == DEPTH_MAX)
		return PST_E_LIMIT;
	s->stack[s->depth++] = (struct level){ev->type == YAML_MAPPING_START_EVENT, false, 0, s->path_len};
	return PST_OK;
}

static void syntax_problem(const yaml_parser_t *parser, struct conf_problems *problems)
{
	const uint32_t line = (uint32_t)parser->problem_mark.line + 1;
	char text[128];
	log_escape(text, sizeof text, slice_str(parser->problem != NULL ? parser->problem : "not readable"));
	conf_problem_add(problems, line, "no valid YAML: %s", text);
}

static int scan_all(struct scan *s, yaml_parser_t *parser)
{
	for (bool end = false; !end;) {
		yaml_event_t ev;
		if (!yaml_parser_parse(parser, &ev)) {
			syntax_problem(parser, s->problems);
			return PST_E_BAD;
		}
		end = ev.type == YAML_STREAM_END_EVENT;
		const uint32_t line = (uint32_t)ev.start_mark.line + 1;
		const int rc = on_event(s, &ev);
		yaml_event_delete(&ev);
		if (rc == PST_E_LIMIT) {
			conf_problem_add(
			        s->problems, line, "too deep, too long or too many for a configuration");
			return PST_E_BAD;
		}
		if (rc != PST_OK)
			return rc;
	}
	return PST_OK;
}

int conf_index_new(struct conf_index **out, struct pst_slice text, struct conf_problems *problems)
{
	yaml_parser_t parser;
	struct conf_index *ix = calloc(1, sizeof *ix);
	if (ix == NULL || !yaml_parser_initialize(&parser)) {
		free(ix);
		return PST_E_NOMEM;
	}
	yaml_parser_set_input_string(&parser, text.p, text.n);
	struct scan s = {.ix = ix, .problems = problems};
	const int rc = scan_all(&s, &parser);
	yaml_parser_delete(&parser);
	if (rc != PST_OK)
		conf_index_free(ix);
	else
		*out = ix;
	return rc;
}

uint32_t conf_index_line(const struct conf_index *ix, const char *path)
{
	for (size_t len = strlen(path); len > 0;) {
		const struct entry *e = entry_find(ix, path, len);
		if (e != NULL)
			return e->line;
		do
			len--;
		while (len > 0 && path[len] != '.');
	}
	return 1;
}

uint32_t conf_index_key_line(const struct conf_index *ix, const char *key, uint32_t line)
{
	for (size_t i = 0; i < ix->n; i++) {
		const char *dot = strrchr(ix->entries[i].path, '.');
		if (ix->entries[i].line >= line &&
		        strcmp(dot != NULL ? dot + 1 : ix->entries[i].path, key) == 0)
			return ix->entries[i].line;
	}
	return line;
}

void conf_index_free(struct conf_index *ix)
{
	if (ix == NULL)
		return;
	for (size_t i = 0; i < ix->n; i++)
		free(ix->entries[i].path);
	free(ix->entries);
	free(ix);
}
