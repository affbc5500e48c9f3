/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "endpoint/find.h"

#include "base/log.h"

enum { ILS_PORT = 389, ILS_OTHER_PORT = 1002, ULS_PORT = 522, CALL_PORT = 1720 };

int find_server(struct directory_server *out, const struct options *o)
{
	const char *why = NULL;
	const struct directory_server none = {.local = addr_with_port(o->local, 0)};

	*out = none;
	if (!dest_resolve(&out->ip, &o->directory, o->local.family, &why))
		return PST_OK;
	log_error("endpoint", "%s: %s", o->directory.host, why ? why : "no usable address");
	return PST_E_NOT_FOUND;
}

static bool is_directory_port(uint16_t port)
{
	return port == ILS_PORT || port == ILS_OTHER_PORT || port == ULS_PORT;
}

bool find_is_needed(const struct options *o)
{
	return o->directory.host[0] || (o->dest.alias[0] && is_directory_port(o->dest.port));
}

bool find_instead(struct options *o)
{
	if (o->directory.host[0] || !o->dest.alias[0] || o->via.host[0] ||
	        (o->dest.port != CALL_PORT && !is_directory_port(o->dest.port)))
		return false;
	o->directory = o->dest;
	o->directory.alias[0] = '\0';
	if (o->directory.port == CALL_PORT)
		o->directory.port = 0;
	return true;
}
