/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration file: its text and what it means, together. */
#ifndef PST_DAEMON_CONF_FILE_H
#define PST_DAEMON_CONF_FILE_H

#include "daemon/conf.h"

struct conf_file {
	char *text; /* as read, or, where what was read is not what is, as it was understood */
	size_t len;
	struct conf *conf;
};

/* Called for each problem, with the line as "FILE:LINE: reason". */
typedef void conf_file_h(const char *line);

/* Reads PATH whole, parses and resolves it. Any error has been told through H. */
PST_MUST_CHECK int conf_file_load(struct conf_file *out, const char *path, conf_file_h *h);
/* Where there can be no firewall, the mode is off. PST_E_NOMEM, PST_E_LIMIT. */
PST_MUST_CHECK int conf_file_without_firewall(struct conf_file *f);
void conf_file_free(struct conf_file *f);

#endif
