/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drawings as lines of text: a verb, points, and what is said by name. */
#include "endpoint/data_draw.h"

#include <ctype.h>
#include <stdlib.h>

static const struct {
	const char *name;
	enum whiteboard_shape_type type;
	uint32_t least, most; /* points */
} verbs[] = {
	{ "line", WHITEBOARD_LINE, 2, 1 + T126_POINTS_MAX },
	{ "polygon", WHITEBOARD_POLYGON, 2, 1 + T126_POINTS_MAX },
	{ "rect", WHITEBOARD_RECTANGLE, 2, 2 },
	{ "ellipse", WHITEBOARD_ELLIPSE, 2, 2 },
	{ "point", WHITEBOARD_POINTS, 1, 1 + T126_POINTS_MAX },
	{ "text", WHITEBOARD_TEXT, 1, 1 },
	{ "pointer", WHITEBOARD_POINTER, 1, 1 },
	{ "page", WHITEBOARD_PAGE, 0, 0 },
	{ "clear", WHITEBOARD_CLEAR, 0, 0 },
};

static void blanks(const char **p)
{
	while (isspace((unsigned char)**p))
		(*p)++;
}

static bool sign_is(const char **p, char sign)
{
	if (**p != sign)
		return false;
	(*p)++;
	return true;
}

static bool word_is(const char **p, const char *word)
{
	const size_t n = strlen(word);
	if (strncmp(*p, word, n) != 0 || (isalnum((unsigned char)(*p)[n])))
		return false;
	*p += n;
	return true;
}

static bool number(const char **p, long least, long most, long *out)
{
	char *rest;
	if (!isdigit((unsigned char)**p) && **p != '-')
		return false;
	*out = strtol(*p, &rest, 10);
	if (rest == *p || *out < least || *out > most)
		return false;
	*p = rest;
	return true;
}

/* "#rrggbb". */
static bool color(const char **p, uint32_t *rgb)
{
	char *rest;
	if (**p != '#')
		return false;
	const unsigned long v = strtoul(*p + 1, &rest, 16);
	if (rest != *p + 7)
		return false;
	*rgb = (uint32_t)v;
	*p = rest;
	return true;
}

static bool style(const char **p, uint32_t *out)
{
	static const char *const names[] = { "solid", "dashed", "dotted", "dash-dot-dot", "dash-dot",
		"two-tone" };
	static const uint32_t styles[] = { T126_LINE_STYLE_SOLID, T126_LINE_STYLE_DASHED,
		T126_LINE_STYLE_DOTTED, T126_LINE_STYLE_DASH_DOT_DOT, T126_LINE_STYLE_DASH_DOT,
		T126_LINE_STYLE_TWO_TONE };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (word_is(p, names[i])) {
			*out = styles[i];
			return true;
		}
	return false;
}

static bool quoted(const char **p, char text[static DRAW_TEXT_MAX])
{
	size_t n = 0;
	if (!sign_is(p, '"'))
		return false;
	for (; **p != '"'; (*p)++) {
		if (**p == '\\')
			(*p)++;
		if (**p == '\0' || n + 1 == DRAW_TEXT_MAX)
			return false;
		text[n++] = **p;
	}
	text[n] = '\0';
	(*p)++;
	return true;
}

static bool point(const char **p, struct whiteboard_shape *s)
{
	long x, y;
	if (!number(p, T126_COORDINATE_MIN, T126_COORDINATE_MAX, &x) || !sign_is(p, ',') ||
		!number(p, T126_COORDINATE_MIN, T126_COORDINATE_MAX, &y))
		return false;
	s->points[s->n_points++] = (struct board_point){ (int32_t)x, (int32_t)y };
	return true;
}

/* What is said by name. */
static const char *named(const char **p, struct whiteboard_shape *s)
{
	long v;
	if (word_is(p, "color"))
		return sign_is(p, '=') && color(p, &s->pen_rgb) ? NULL : "color=#rrggbb";
	if (word_is(p, "fill")) {
		s->fill = true;
		return sign_is(p, '=') && color(p, &s->fill_rgb) ? NULL : "fill=#rrggbb";
	}
	if (word_is(p, "width")) {
		if (!sign_is(p, '=') || !number(p, 1, 255, &v))
			return "width=1 to 255";
		s->width = (uint8_t)v;
		return NULL;
	}
	if (word_is(p, "size")) {
		if (!sign_is(p, '=') || !number(p, 4, 500, &v))
			return "size=4 to 500";
		s->size = (uint32_t)v;
		return NULL;
	}
	if (word_is(p, "style"))
		return sign_is(p, '=') && style(p, &s->style)
			       ? NULL
			       : "style=solid, dashed, dotted, dash-dot, dash-dot-dot or two-tone";
	if (word_is(p, "highlight")) {
		s->highlight = true;
		return NULL;
	}
	return "there is no such word";
}

/* One thing behind the verb. */
static const char *part(const char **p, struct draw *d, uint32_t most)
{
	struct whiteboard_shape *s = &d->shape;
	long v;
	if (s->type == WHITEBOARD_PAGE) {
		if (s->page != 0 || !number(p, 1, 256, &v))
			return "page 1 to 256";
		s->page = (uint32_t)v;
		return NULL;
	}
	if (s->type == WHITEBOARD_TEXT && **p == '"')
		return s->text == NULL && quoted(p, d->text) ? (s->text = d->text, NULL)
							     : "text X,Y \"words\"";
	if (**p == '-' || isdigit((unsigned char)**p)) {
		if (s->n_points == most)
			return "too many points";
		return point(p, s) ? NULL : "a point is X,Y, from -21845 to 43690";
	}
	return named(p, s);
}

const char *draw_parse(struct draw *d, const char *line)
{
	size_t verb = 0;
	const char *wrong = NULL;
	*d = (struct draw){ .shape = { .width = 1 } };
	blanks(&line);
	if (*line == '\0' || *line == '#')
		return NULL;
	while (verb < sizeof verbs / sizeof verbs[0] && !word_is(&line, verbs[verb].name))
		verb++;
	if (verb == sizeof verbs / sizeof verbs[0])
		return "there is no such shape";
	d->shape.type = verbs[verb].type;
	for (blanks(&line); *line != '\0' && wrong == NULL; blanks(&line)) {
		wrong = part(&line, d, verbs[verb].most);
		if (wrong == NULL && *line != '\0' && !isspace((unsigned char)*line))
			wrong = "there is no such word";
	}
	if (wrong == NULL && d->shape.n_points < verbs[verb].least)
		wrong = "too few points";
	if (wrong == NULL && d->shape.type == WHITEBOARD_PAGE && d->shape.page == 0)
		wrong = "page 1 to 256";
	if (wrong == NULL && d->shape.type == WHITEBOARD_TEXT && d->shape.text == NULL)
		wrong = "text X,Y \"words\"";
	d->any = wrong == NULL;
	return wrong;
}
