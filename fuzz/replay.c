/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Feeds every file of the folders named as arguments to a fuzz target, so that the
 * corpora run in the normal tests, under any compiler. No files: skipped (status 77).
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The octets are handed over in memory of exactly their size, so that every overrun shows. */
static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	long n = -1;
	uint8_t *data = NULL;
	int rc = -1;
	if (f == NULL)
		return -1;
	if (fseek(f, 0, SEEK_END) == 0)
		n = ftell(f);
	if (n >= 0 && fseek(f, 0, SEEK_SET) == 0)
		data = malloc(n > 0 ? (size_t)n : 1);
	if (data != NULL && fread(data, 1, (size_t)n, f) == (size_t)n) {
		(void)LLVMFuzzerTestOneInput(data, (size_t)n);
		rc = 0;
	}
	free(data);
	(void)fclose(f);
	return rc;
}

static int replay_folder(const char *folder, unsigned *count)
{
	DIR *dir = opendir(folder);
	int rc = 0;
	if (dir == NULL)
		return 0;
	for (const struct dirent *e = readdir(dir); e != NULL && rc == 0; e = readdir(dir)) {
		char path[4096];
		if (e->d_name[0] == '.')
			continue;
		const int n = snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		rc = n > 0 && (size_t)n < sizeof path ? replay_file(path) : -1;
		if (rc != 0)
			fprintf(stderr, "%s: cannot be read\n", path);
		(*count)++;
	}
	(void)closedir(dir);
	return rc;
}

int main(int argc, char **argv)
{
	unsigned count = 0;
	for (int i = 1; i < argc; i++)
		if (replay_folder(argv[i], &count) != 0)
			return 1;
	printf("%u inputs replayed\n", count);
	return count > 0 ? 0 : 77;
}
