/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine's own name servers, out of resolv.conf(5): lines "nameserver ADDRESS", and nothing else of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/conf.h"

enum { FILE_MAX = 16384 /* octets of the file that are looked at */, LINE_MAX = 256, DNS_PORT = 53 };

/* False: no name server can be asked there. An address with a zone ("fe80::1%eth0") is none that we could name. */
static bool server_of(char *line, struct addr *out)
{
	static const char key[] = "nameserver", blank[] = " \t\r";
	if (strncmp(line, key, sizeof key - 1) != 0)
		return false;
	char *word = line + sizeof key - 1;
	const size_t gap = strspn(word, blank);
	word += gap;
	word[strcspn(word, blank)] = '\0';
	return gap > 0 && addr_parse(out, word, 0) == PST_OK && out->port == 0 && !addr_is_unspecified(out) &&
	       !addr_is_multicast(out);
}

static bool is_known(const struct conf_gatekeeper *g, const struct addr *a)
{
	for (uint32_t i = 0; i < g->n_nameservers; i++) {
		if (addr_ip_eq(&g->nameservers[i], a))
			return true;
	}
	return false;
}

static void take_lines(struct conf_gatekeeper *g, struct pst_slice text)
{
	char line[LINE_MAX];
	while (text.n > 0 && g->n_nameservers < CONF_NAMESERVERS_MAX) {
		const uint8_t *nl = memchr(text.p, '\n', text.n);
		const size_t n = nl != NULL ? (size_t)(nl - text.p) : text.n;
		const bool whole = n < sizeof line && memchr(text.p, 0, n) == NULL;
		struct addr a;
		if (whole) {
			memcpy(line, text.p, n);
			line[n] = '\0';
			if (server_of(line, &a) && !is_known(g, &a))
				g->nameservers[g->n_nameservers++] = addr_with_port(a, DNS_PORT);
		}
		text = nl != NULL ? slice_of(nl + 1, text.n - n - 1) : slice_of(NULL, 0);
	}
}

/* The file's beginning, up to FILE_MAX; 0 where there is none, or it is no file. */
static size_t read_file(const char *path, uint8_t text[static FILE_MAX])
{
	struct stat st;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t n = 0;
	ssize_t got = 0;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		do {
			got = read(fd, text + n, FILE_MAX - n);
			n += got > 0 ? (size_t)got : 0;
		} while (n < FILE_MAX && (got > 0 || (got < 0 && errno == EINTR)));
	}
	if (fd >= 0)
		close(fd);
	return n;
}

int conf_find_nameservers(struct conf *c, const char *path)
{
	struct conf_gatekeeper *g = &c->gatekeeper;
	uint8_t text[FILE_MAX];
	if (!g->on || !g->nameservers_auto)
		return PST_OK;
	if (g->nameservers == NULL)
		g->nameservers = calloc(CONF_NAMESERVERS_MAX, sizeof *g->nameservers);
	if (g->nameservers == NULL)
		return PST_E_NOMEM;
	g->n_nameservers = 0;
	take_lines(g, slice_of(text, read_file(path, text)));
	return PST_OK;
}
