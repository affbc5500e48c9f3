/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/control_request.h"

#include <jansson.h>

static const struct {
	const char *name;
	enum control_cmd cmd;
} commands[] = {
        {"status", CONTROL_STATUS},
        {"calls", CONTROL_CALLS},
        {"call", CONTROL_CALL},
        {"registrations", CONTROL_REGISTRATIONS},
        {"route", CONTROL_ROUTE},
        {"follow", CONTROL_FOLLOW},
        {"leases", CONTROL_LEASES},
        {"lease", CONTROL_LEASE},
};

/* Copies the text KEY of O, where it is there. False: it is none, or too long. */
static bool read_text(char out[static CONTROL_TEXT_MAX + 1], const json_t *o, const char *key, size_t *members)
{
	const json_t *v = json_object_get(o, key);
	out[0] = '\0';
	if (v == NULL)
		return true;
	if (!json_is_string(v) || json_string_length(v) > CONTROL_TEXT_MAX)
		return false;
	memcpy(out, json_string_value(v), json_string_length(v) + 1);
	++*members;
	return true;
}

static bool read_address(struct addr *out, const json_t *value)
{
	const char *text = json_string_value(value);
	return text != NULL && addr_parse(out, text, 0) == PST_OK && out->port == 0;
}

static bool read_act(enum control_act *out, const json_t *value)
{
	static const char *const acts[] = {[CONTROL_GRANT] = "grant", [CONTROL_PIN] = "pin", [CONTROL_RELEASE] = "release"};
	const char *text = json_string_value(value);
	for (unsigned i = 0; text != NULL && i < sizeof acts / sizeof *acts; i++) {
		if (strcmp(acts[i], text) != 0)
			continue;
		*out = (enum control_act)i;
		return true;
	}
	return false;
}

static int read_lease(struct control_request *out, const json_t *o, const char **why)
{
	const json_t *address = json_object_get(o, "address"), *realm = json_object_get(o, "realm");
	const char *name = json_string_value(realm);
	*why = "lease needs the act (grant, pin or release) and the host, an address; a realm is a name";
	if (!read_act(&out->act, json_object_get(o, "act")) || !read_address(&out->host, json_object_get(o, "host")) ||
	        (realm != NULL && (name == NULL || name[0] == '\0' || strlen(name) > CONTROL_REALM_MAX)))
		return PST_E_BAD;
	if (name != NULL)
		memcpy(out->realm, name, strlen(name) + 1);
	*why = "only pin takes an address";
	if (address != NULL && (out->act != CONTROL_PIN || !read_address(&out->address, address)))
		return PST_E_BAD;
	*why = "unknown member";
	return json_object_size(o) == 3U + (address != NULL) + (realm != NULL) ? PST_OK : PST_E_BAD;
}

static int read_object(struct control_request *out, const json_t *o, const char **why)
{
	const char *name = json_string_value(json_object_get(o, "cmd"));
	if (name == NULL) {
		*why = "an object with the text cmd is expected";
		return PST_E_BAD;
	}
	size_t i = 0;
	const size_t n = sizeof commands / sizeof *commands;
	while (i < n && strcmp(commands[i].name, name) != 0)
		i++;
	if (i == n) {
		*why = "unknown cmd";
		return PST_E_BAD;
	}
	*out = (struct control_request){.cmd = commands[i].cmd};
	if (out->cmd == CONTROL_LEASE)
		return read_lease(out, o, why);
	const json_t *id = json_object_get(o, "id");
	if (out->cmd == CONTROL_CALL && (!json_is_integer(id) || json_integer_value(id) < 0)) {
		*why = "call needs the id of a call, a number";
		return PST_E_BAD;
	}
	out->id = out->cmd == CONTROL_CALL ? (uint64_t)json_integer_value(id) : 0;
	size_t members = out->cmd == CONTROL_CALL ? 2 : 1;
	if (out->cmd == CONTROL_ROUTE &&
	        (!read_text(out->dest, o, "dest", &members) || !read_text(out->from, o, "from", &members) ||
	                !read_text(out->name, o, "name", &members) || out->dest[0] == '\0')) {
		*why = "route needs dest, and may have from and name, texts of at most 255 octets";
		return PST_E_BAD;
	}
	if (json_object_size(o) != members) {
		*why = "unknown member";
		return PST_E_BAD;
	}
	return PST_OK;
}

int control_request_parse(struct control_request *out, struct pst_slice line, const char **why)
{
	*why = "the line is too long";
	if (line.n > CONTROL_LINE_MAX)
		return PST_E_LIMIT;
	*why = "the line is no JSON";
	json_t *o = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
	if (o == NULL)
		return PST_E_BAD;
	struct control_request got;
	const int rc = read_object(&got, o, why);
	json_decref(o);
	if (rc == PST_OK)
		*out = got;
	return rc;
}
