/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Transcripts of the ULS front end, octet by octet. A file of directory/uls holds lines:
 *
 *	as inside 10.0.0.5     who speaks from here on: realm inside or outside, and the address
 *	at 60                  the time, in seconds
 *	limit 40               most octets of an answer
 *	deny ask | deny register | allow
 *	person ann@example.org 10.0.0.7    somebody who came through ILS from that inside address, for 600 s
 *	> 12 34 00 30 'text' 00*16         a message: octets, text, and octets many times
 *	< 12 34 80 30                      its whole answer; nothing: "< none"; a peer to hang up on: "< bad"
 *
 * Inside people are seen outside at 192.0.2.1.
 */
#include "directory/uls.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { INSIDE, OUTSIDE };

struct script {
	struct directory *d;
	struct uls_session s;
	struct uls_stats stats;
	uint64_t now_ms;
	uint8_t got[65536];
	size_t n_got;
	int err;
	const char *file;
	unsigned line, failures;
	bool answered; /* the last message's answer was compared */
};

static struct addr address_for(void *arg, uint8_t realm, const struct directory_person *p)
{
	static const uint8_t outside[4] = { 192, 0, 2, 1 };
	(void)arg;
	return realm == OUTSIDE && p->source.realm == INSIDE ? addr_ip4(outside, 1720) : (struct addr){ 0 };
}

static size_t put_many(uint8_t *out, size_t n, size_t cap, uint8_t v, unsigned long times)
{
	while (times-- > 0 && n < cap)
		out[n++] = v;
	return n;
}

/* Reads the octets of a line. */
static size_t octets(const char *text, uint8_t *out, size_t cap)
{
	size_t n = 0;
	while (*text != '\0' && *text != '#' && n < cap) {
		char *end;
		if (isspace((unsigned char)*text)) {
			text++;
		} else if (*text == '\'') {
			for (text++; *text != '\0' && *text != '\'' && n < cap; text++)
				out[n++] = (uint8_t)*text;
			text += *text == '\'';
		} else {
			const uint8_t v = (uint8_t)strtoul(text, &end, 16);
			if (end == text)
				break;
			const unsigned long times = *end == '*' ? strtoul(end + 1, &end, 10) : 1;
			n = put_many(out, n, cap, v, times);
			text = end;
		}
	}
	return n;
}

static void complain(struct script *s, const char *what)
{
	s->failures++;
	fprintf(stderr, "%s:%u: %s; got", s->file, s->line, what);
	for (size_t i = 0; i < s->n_got; i++)
		fprintf(stderr, " %02x", s->got[i]);
	fprintf(stderr, " (%s)\n", pst_strerror(s->err));
}

static void say(struct script *s, const char *text)
{
	static uint8_t buf[8192];
	const size_t n = octets(text, buf, sizeof(buf));
	/* A copy of its own: a read past the end is seen by the sanitizer. */
	uint8_t *msg = malloc(n > 0 ? n : 1);
	struct arena a;
	struct writer w = wr_of(s->got, sizeof(s->got));
	memcpy(msg, buf, n);
	arena_init(&a, 8 << 20);
	(void)directory_expire(s->d, s->now_ms);
	s->err = uls_answer(s->d, &s->s, slice_of(msg, n), s->now_ms, &a, &w, &s->stats);
	s->n_got = w.n;
	arena_free(&a);
	free(msg);
	s->answered = false;
}

static void hear(struct script *s, const char *text)
{
	static uint8_t want[65536];
	s->answered = true;
	if (strncmp(text, "bad", 3) == 0) {
		if (s->err != PST_E_BAD)
			complain(s, "not hung up on");
		return;
	}
	const size_t n = strncmp(text, "none", 4) == 0 ? 0 : octets(text, want, sizeof(want));
	if (s->err != 0 || n != s->n_got || memcmp(want, s->got, n) != 0)
		complain(s, "another answer");
}

static void speak_as(struct script *s, const char *realm, const char *address)
{
	s->s.asker.realm = strcmp(realm, "inside") == 0 ? INSIDE : OUTSIDE;
	if (addr_parse(&s->s.asker.from, address, 0) != 0)
		complain(s, "no address");
}

static void add_person(struct script *s, const char *key, const char *address)
{
	const struct pst_slice guid = slice_str("008aff194794cf118796444553540000"), given = slice_str("Ann");
	const struct directory_attr attrs[] = { { slice_str("sappguid"), &guid, 1 }, { slice_str("givenname"), &given, 1 } };
	struct directory_person p = {
		.kind = DIRECTORY_PERSON, .origin = DIRECTORY_ILS, .key = slice_str(key), .attrs = attrs, .n_attrs = 2,
		.source.realm = INSIDE, .expiry_ms = s->now_ms + 600000,
	};
	if (addr_parse(&p.address, address, 1720) != 0 || addr_parse(&p.source.from, address, 0) != 0 ||
	    directory_put(s->d, &p, NULL, 0, s->now_ms, NULL) != 0)
		complain(s, "no person");
}

static void run_line(struct script *s, char *line)
{
	char a[64], b[64];
	unsigned v;
	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '>') {
		if (!s->answered)
			complain(s, "nothing said what the message before should give");
		say(s, line + 1);
	} else if (line[0] == '<') {
		hear(s, line + 1 + strspn(line + 1, " "));
	} else if (sscanf(line, "as %63s %63s", a, b) == 2) {
		speak_as(s, a, b);
	} else if (sscanf(line, "person %63s %63s", a, b) == 2) {
		add_person(s, a, b);
	} else if (sscanf(line, "at %u", &v) == 1) {
		s->now_ms = 1000ull * v;
	} else if (sscanf(line, "limit %u", &v) == 1) {
		s->s.out_max = v;
	} else if (sscanf(line, "deny %63s", a) == 1) {
		s->s.may_ask = s->s.may_list = strcmp(a, "ask") != 0;
		s->s.may_register = strcmp(a, "register") != 0;
	} else if (strcmp(line, "allow") == 0) {
		s->s.may_ask = s->s.may_list = s->s.may_register = true;
	} else if (line[0] != '\0' && line[0] != '#') {
		complain(s, "not understood");
	}
}

static unsigned run_file(const char *path)
{
	static struct script s;
	char line[16384];
	struct directory_config cfg = { .seed = 1, .address_for = address_for };
	FILE *f = fopen(path, "r");
	directory_limits_default(&cfg.limits);
	if (f == NULL || directory_new(&s.d, &cfg) != 0) {
		perror(path);
		return 1;
	}
	const char *slash = strrchr(path, '/');
	s.file = slash != NULL ? slash + 1 : path;
	s.s = (struct uls_session){ .may_ask = true, .may_list = true, .may_register = true, .list_max = 65535, .out_max = 65535 };
	speak_as(&s, "inside", "10.0.0.5");
	s.now_ms = s.line = s.failures = 0;
	s.answered = true;
	while (fgets(line, sizeof(line), f) != NULL) {
		s.line++;
		run_line(&s, line);
	}
	if (!s.answered)
		complain(&s, "nothing said what the last message should give");
	fclose(f);
	directory_free(s.d);
	return s.failures;
}

int main(int argc, char **argv)
{
	unsigned failures = 0;
	for (int i = 1; i < argc; i++)
		failures += run_file(argv[i]);
	printf("%d transcripts, %u failures\n", argc - 1, failures);
	return failures == 0 && argc > 1 ? 0 : 1;
}
