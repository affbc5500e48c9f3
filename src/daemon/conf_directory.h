/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The section `directory` of postern.yaml(5), and what its check shares with the other checks. Inside daemon/ only. */
#ifndef PST_DAEMON_CONF_DIRECTORY_H
#define PST_DAEMON_CONF_DIRECTORY_H

#include "daemon/conf_raw.h"

struct conf_checking {
	struct conf *c;
	const struct conf_raw *raw;
	const struct conf_index *ix;
	struct conf_problems *problems;
	bool bad;
};

void conf_check_problem(struct conf_checking *k, const char *path, const char *fmt, ...) PST_PRINTF(3, 4);
/* As conf_check_problem(), with the offending VALUE, made printable, in front. */
void conf_check_bad_value(struct conf_checking *k, const char *path, const char *value, const char *why);
/* Prefixes of the list at PATH. PST_E_NOMEM. */
PST_MUST_CHECK int conf_check_prefixes(struct conf_checking *k, const char *path, char *const *raw, uint32_t n,
        struct addr_prefix **out, uint32_t *n_out);
void conf_check_host(struct conf_checking *k, const char *path, const char *text, struct addr *out);

/* After the realms. PST_E_NOMEM. */
PST_MUST_CHECK int conf_directory_check(struct conf_checking *k);
/* The keys that are lists. */
void conf_directory_print(const struct conf *c, FILE *out);
void conf_directory_free(struct conf_directory *d);

#endif
