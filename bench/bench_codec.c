/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How fast messages are decoded and encoded, on one core: lines "name value unit", or with --json a JSON list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "samples.h"

enum { ROUNDS = 2000 };

static const uint64_t ENOUGH_NS = 200000000;

struct report {
	bool json;
	unsigned n;
};

static void report(struct report *r, const char *sample, const char *what, double value, const char *unit)
{
	const char *dot = sample[0] != '\0' ? "." : "";
	if (r->json)
		printf("%s{\"name\": \"codec%s%s.%s\", \"value\": %.0f, \"unit\": \"%s\"}", r->n > 0 ? ",\n " : "[", dot, sample,
			what, value, unit);
	else
		printf("codec%s%s.%s %.0f %s\n", dot, sample, what, value, unit);
	r->n++;
}

struct work {
	const struct asn1_type *type;
	struct pst_slice octets;
	struct arena arena;
	void *value;
	size_t used; /* arena octets of one message */
};

static void decode(struct work *w)
{
	arena_reset(&w->arena);
	if (asn1_per_decode(w->type, w->octets, NULL, &w->arena, w->value, NULL, NULL) != 0)
		abort();
}

static void encode(struct work *w)
{
	static uint8_t out[4096];
	struct writer wr = wr_of(out, sizeof out);
	if (asn1_per_encode(w->type, w->value, &wr, NULL) != 0 || wr.n != w->octets.n)
		abort();
}

/* Calls STEP in rounds until it was enough; per second. */
static double rate(void (*step)(struct work *), struct work *w)
{
	const uint64_t start = clock_now_ns();
	uint64_t now, n = 0;
	do {
		for (unsigned i = 0; i < ROUNDS; i++)
			step(w);
		n += ROUNDS;
		now = clock_now_ns();
	} while (now - start < ENOUGH_NS);
	return (double)n * 1e9 / (double)(now - start);
}

int main(int argc, char **argv)
{
	struct report r = { .json = argc > 1 && strcmp(argv[1], "--json") == 0 };
	double decode_ns = 0, encode_ns = 0;
	for (size_t i = 0; i < n_samples; i++) {
		const struct sample *s = &samples[i];
		struct arena built;
		uint8_t octets[4096];
		struct writer wr = wr_of(octets, sizeof octets);
		arena_init(&built, 0);
		if (asn1_per_encode(s->type, s->build(&built), &wr, NULL) != 0)
			return 1;
		struct work w = { .type = s->type, .octets = wr_slice(&wr), .value = malloc(s->type->size) };
		if (w.value == NULL)
			return 1;
		arena_init(&w.arena, 0);
		const double d = rate(decode, &w), e = rate(encode, &w);
		report(&r, s->name, "size", (double)wr.n, "octets");
		report(&r, s->name, "memory", (double)w.arena.used, "octets");
		report(&r, s->name, "decode", d, "messages/s");
		report(&r, s->name, "encode", e, "messages/s");
		decode_ns += 1e9 / d;
		encode_ns += 1e9 / e;
		free(w.value);
		arena_free(&w.arena);
		arena_free(&built);
	}
	report(&r, "", "decode", (double)n_samples * 1e9 / decode_ns, "messages/s");
	report(&r, "", "encode", (double)n_samples * 1e9 / encode_ns, "messages/s");
	if (r.json)
		printf("]\n");
	return 0;
}
