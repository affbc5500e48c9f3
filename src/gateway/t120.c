/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/t120.h"

#include <stdio.h>

#include "conference/follow.h"
#include "gateway/secondary.h"

enum { NODES_SHOWN = 64 /* of a connection */ };

_Static_assert((int)T124_APP_N == GW_DATA_APPS, "the policy has a row for each application");

static struct gw_conn *end_of(struct gw_pair *p, enum follow_dir dir)
{
	/* forward: from the side that opened the connection */
	return &p->conn[dir == FOLLOW_FORWARD ? 1 - p->opener : p->opener];
}

static void on_emit(void *arg, enum follow_dir dir, struct pst_slice octets)
{
	struct gw_pair *p = arg;
	struct gw_conn *to = end_of(p, dir);
	gw_pair_pass(&p->conn[1 - to->leg], to, octets);
}

static void on_note(void *arg, enum follow_dir dir, const char *text)
{
	struct gw_pair *p = arg;
	struct gw_call *call = p->conn[0].call;
	char line[200], safe[160];
	snprintf(line, sizeof line, "T.120: %s", log_escape(safe, sizeof safe, slice_str(text)));
	gw_note(call, 1 - end_of(p, dir)->leg, GW_VIA_T120, line, NULL, 0);
}

/* What may go from leg FROM to the other: outwards from an inside realm, inwards from an outside one. */
static uint32_t allowed(const struct gw_call *call, int from)
{
	const enum gw_role a = call->leg[from].realm->role, b = call->leg[1 - from].realm->role;
	uint32_t bits = 0;
	for (int app = 0; app < GW_DATA_APPS; app++) {
		const uint8_t ways = call->cfg->data.allow[app];
		const uint8_t needed = a == b ? 0 : a == GW_ROLE_INSIDE ? GW_DATA_OUT : GW_DATA_IN;
		if ((ways & needed) == needed)
			bits |= 1u << app;
	}
	return bits;
}

static int begin(struct gw_pair *p)
{
	const struct gw_call *call = p->conn[0].call;
	const uint32_t forward = allowed(call, p->opener), backward = allowed(call, 1 - p->opener);
	const struct follow_config conf = {
		.allow = { [FOLLOW_FORWARD] = forward, [FOLLOW_BACKWARD] = backward },
		.file_limit = (uint64_t)call->cfg->data.file_limit_mib << 20,
		.pass_opaque = (forward & backward & 1u << T124_APP_UNKNOWN) != 0,
		.emit = on_emit,
		.note = on_note,
		.arg = p,
	};
	return follow_new(&p->follow, &conf);
}

int gw_t120_octets(struct gw_conn *c, struct pst_slice octets)
{
	struct gw_pair *p = c->pair;
	const int err = p->follow == NULL ? begin(p) : 0;
	if (err != 0)
		return err;
	return follow_octets(p->follow, c->leg == p->opener ? FOLLOW_FORWARD : FOLLOW_BACKWARD, octets);
}

/* Adds those of P's conference. */
static void add_nodes(json_t *list, const struct gw_pair *p)
{
	struct follow_node n;
	for (unsigned i = 0; p->follow != NULL && i < NODES_SHOWN && follow_node(p->follow, i, &n); i++) {
		char safe[4 * FOLLOW_NAME_MAX];
		log_escape(safe, sizeof safe, slice_str(n.name));
		json_array_append_new(list, json_pack("{s:i, s:s}", "node", (int)n.id, "name", safe));
	}
}

/* Adds what application APP of F moved, by the leg it came from. */
static void account(struct gw_data_account *to, const struct gw_pair *p, enum t124_app app)
{
	struct follow_app a;
	follow_app(p->follow, app, &a);
	to->octets[p->opener] += a.octets[FOLLOW_FORWARD];
	to->octets[1 - p->opener] += a.octets[FOLLOW_BACKWARD];
	to->refused += a.refused;
}

void gw_t120_end(struct gw_pair *p)
{
	if (p->follow == NULL)
		return;
	struct gw_call *call = p->conn[0].call;
	for (int app = 0; app < GW_DATA_APPS; app++)
		account(&call->data[app], p, (enum t124_app)app);
	json_t *nodes = json_array();
	add_nodes(nodes, p);
	if (json_array_size(nodes) > 0) {
		json_decref(call->data_nodes);
		call->data_nodes = nodes;
	} else {
		json_decref(nodes);
	}
	follow_free(p->follow);
	p->follow = NULL;
}

/* Who is there now, else who was. */
static json_t *nodes_json(const struct gw_call *call)
{
	json_t *list = json_array();
	const struct gw_pair *p;
	DL_FOREACH (call->pairs, p)
		add_nodes(list, p);
	if (json_array_size(list) > 0 || call->data_nodes == NULL)
		return list;
	json_decref(list);
	return json_incref(call->data_nodes);
}

json_t *gw_t120_json(const struct gw_call *call)
{
	json_t *apps = json_object();
	const struct gw_pair *p;
	for (int app = 0; app < GW_DATA_APPS; app++) {
		struct gw_data_account sum = call->data[app];
		DL_FOREACH (call->pairs, p)
			if (p->follow != NULL)
				account(&sum, p, (enum t124_app)app);
		if (sum.octets[0] + sum.octets[1] + sum.refused == 0)
			continue;
		json_object_set_new(apps, t124_app_str((enum t124_app)app),
			json_pack("{s:I, s:I, s:I}", "from_caller", (json_int_t)sum.octets[0], "from_callee",
				(json_int_t)sum.octets[1], "refused", (json_int_t)sum.refused));
	}
	json_t *nodes = nodes_json(call);
	if (json_object_size(apps) == 0 && json_array_size(nodes) == 0) {
		json_decref(apps);
		json_decref(nodes);
		return NULL;
	}
	return json_pack("{s:o, s:o}", "nodes", nodes, "applications", apps);
}
