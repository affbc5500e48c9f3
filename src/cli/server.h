/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `who`, `register` and `unregister` have in common: which server, and what peers wrote, made fit to be shown. */
#ifndef PST_CLI_SERVER_H
#define PST_CLI_SERVER_H

#include <jansson.h>

#include "directory/client.h"

struct server_options {
	struct directory_server server;
	const char *name; /* as it was given */
};

/* getopt_long values of the options below; the caller's table has SERVER_LONG_OPTIONS. */
enum { SERVER_OPT_ILS = 0x100, SERVER_OPT_ULS, SERVER_OPT_TIMEOUT, SERVER_OPT_LOCAL, SERVER_OPT_LAST };
#define SERVER_LONG_OPTIONS \
	{ "ils", no_argument, NULL, SERVER_OPT_ILS }, { "uls", no_argument, NULL, SERVER_OPT_ULS }, \
	{ "timeout", required_argument, NULL, SERVER_OPT_TIMEOUT }, { "local", required_argument, NULL, SERVER_OPT_LOCAL }
#define SERVER_USAGE \
	"  --ils, --uls          this protocol only (default: by the port; without one 389, 1002, then 522)\n" \
	"  --timeout SECONDS     how long one try may take (default 5)\n" \
	"  --local ADDR          connect from this address\n"

/* Takes option OPT; false: what is wrong has been said on standard error. */
bool server_option(struct server_options *o, int opt, const char *value);
/* HOST, HOST:PORT, ADDR, ADDR:PORT, [ADDR6]:PORT; asks the resolver. False: said on standard error. */
bool server_resolve(struct server_options *o, const char *text);
/* "ILS at 192.0.2.1:389". Returns BUF. */
enum { SERVER_STRLEN = 80 };
const char *server_str(char buf[static SERVER_STRLEN], const struct directory_server *used);

/* Octets of a peer as printable ASCII, to be freed. NULL: out of memory. */
char *server_text(struct pst_slice s);
/* The same as JSON: UTF-8 where it is, else read as ISO 8859-1, as NetMeeting writes. */
json_t *server_json(struct pst_slice s);

#endif
