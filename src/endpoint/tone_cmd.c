/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* postern tone: the strongest frequency and the level of a recording, as a telephone hears it. */
#include "endpoint/audio_source.h"
#include "endpoint/endpoint.h"
#include "endpoint/g711.h"
#include "endpoint/goertzel.h"
#include "endpoint/json.h"

#include <getopt.h>
#include <stdlib.h>

enum { SECONDS_MAX = 120 };

static const char USAGE[] = "usage: postern tone [--json] FILE\n"
                            "  Prints the strongest frequency in a sound file and how loud it is.\n";

/* The whole file, at most SECONDS_MAX of it, as 8 kHz samples; *OUT is the caller's to free. */
static int read_all(const char *path, int16_t **out, size_t *n, const char **why)
{
	struct audio_source *s;
	int err = audio_source_file(&s, path, why);

	if (err)
		return err;
	*n = (size_t)(audio_source_seconds(s) * G711_RATE_HZ);
	if (*n > SECONDS_MAX * G711_RATE_HZ)
		*n = SECONDS_MAX * G711_RATE_HZ;
	*out = calloc(*n + 1, sizeof(**out));
	if (*out)
		audio_source_read(s, *out, *n);
	audio_source_free(s);
	return *out ? PST_OK : PST_E_NOMEM;
}

static void print_json(const struct tone_measure *m)
{
	struct json j = json_on(stdout);

	json_open(&j, NULL, '{');
	json_bool(&j, "silence", m->silence);
	json_num(&j, "hz", m->hz);
	json_num(&j, "level_dbfs", m->level_dbfs);
	json_num(&j, "purity", m->purity);
	json_num(&j, "seconds", m->seconds);
	json_close(&j, '}');
	fputc('\n', stdout);
}

static void print_text(const struct tone_measure *m)
{
	if (m->silence)
		printf("silence (%.1f dBFS)\n", m->level_dbfs);
	else
		printf("%.1f Hz, %.1f dBFS, purity %.2f, %.1f s of sound\n", m->hz, m->level_dbfs, m->purity,
		        m->seconds);
}

int endpoint_tone_main(int argc, char **argv)
{
	static const struct option OPTIONS[] = {
	        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
	struct tone_measure measure;
	const char *why = NULL;
	int16_t *pcm;
	bool json = false;
	size_t n;
	int c;

	optind = 0;
	while ((c = getopt_long(argc, argv, "h", OPTIONS, NULL)) != -1) {
		if (c == 'j') {
			json = true;
			continue;
		}
		fputs(USAGE, c == 'h' ? stdout : stderr);
		return c == 'h' ? 0 : 2;
	}
	if (optind + 1 != argc) {
		fputs(USAGE, stderr);
		return 2;
	}
	int err = read_all(argv[optind], &pcm, &n, &why);
	if (err) {
		fprintf(stderr, "postern tone: %s: %s\n", argv[optind], why ? why : pst_strerror(err));
		return 1;
	}
	tone_measure(pcm, n, G711_RATE_HZ, &measure);
	free(pcm);
	if (json)
		print_json(&measure);
	else
		print_text(&measure);
	return 0;
}
