/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where each key of a YAML text stands. libcyaml gives values without their
 * lines, so problems found in values look their line up here, by path:
 * "h323.port", "realms.0.address", "realms.1.networks.2" (entries count from 0).
 */
#ifndef PST_DAEMON_CONF_INDEX_H
#define PST_DAEMON_CONF_INDEX_H

#include "daemon/conf.h"

struct conf_index;

/* Scans TEXT. What is no YAML at all, nests too deep, uses aliases or names a key twice becomes a problem and
 * PST_E_BAD. PST_E_NOMEM. */
PST_MUST_CHECK int conf_index_new(
        struct conf_index **out, struct pst_slice text, struct conf_problems *problems);
/* The line of PATH, or of the longest part of it that is there; 1 where nothing of it is. */
uint32_t conf_index_line(const struct conf_index *ix, const char *path);
/* The first line from LINE on where KEY is a key, else LINE. */
uint32_t conf_index_key_line(const struct conf_index *ix, const char *key, uint32_t line);
void conf_index_free(struct conf_index *ix);

#endif
