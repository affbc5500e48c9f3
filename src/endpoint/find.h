/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Directories for `postern call` and `postern answer`: whom to call, and being found. NAME@HOST means NAME as
 * HOST's H.323 knows it, where HOST takes calls; else NAME in the directory there.
 */
#ifndef PST_ENDPOINT_FIND_H
#define PST_ENDPOINT_FIND_H

#include "directory/client.h"
#include "endpoint/options.h"

/* The directory server that O names. PST_E_NOT_FOUND after saying why on standard error. */
PST_MUST_CHECK int find_server(struct directory_server *out, const struct options *o);
/* True where the destination can only be meant for a directory: one is named, or the port is one of theirs. */
bool find_is_needed(const struct options *o);
/* True where NAME@HOST may still be found in a directory at HOST after the call did not reach it. Then O has that. */
bool find_instead(struct options *o);

#endif
