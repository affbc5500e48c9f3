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
        {"follow", CONTROL_FOLLOW},
};

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
	out->cmd = commands[i].cmd;
	const json_t *id = json_object_get(o, "id");
	if (out->cmd == CONTROL_CALL && (!json_is_integer(id) || json_integer_value(id) < 0)) {
		*why = "call needs the id of a call, a number";
		return PST_E_BAD;
	}
	out->id = out->cmd == CONTROL_CALL ? (uint64_t)json_integer_value(id) : 0;
	if (json_object_size(o) != (out->cmd == CONTROL_CALL ? 2 : 1)) {
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
