/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/tell.h"

void daemon_tell_name(const struct daemon_tell *t, enum registry_space space, struct pst_slice name, uint32_t realm,
        const struct addr *host)
{
	struct registry_msg m = {.type = host != NULL ? REGISTRY_NAME : REGISTRY_NAME_GONE,
	        .name = {.space = space, .realm = (uint8_t)realm, .name = name}};
	if (host != NULL)
		m.name.host = *host;
	t->h(t->arg, &m);
}

static void take_id(struct pst_slice from, bool *has, uint8_t to[static 16])
{
	*has = from.n == 16;
	if (*has)
		memcpy(to, from.p, 16);
}

void daemon_tell_call(const struct daemon_tell *t, uint64_t number, const struct gatekeeper_admission *a, bool over)
{
	struct registry_msg m = {.type = over ? REGISTRY_CALL_GONE : REGISTRY_CALL,
	        .call = {.number = number, .caller = a->caller, .dest = a->dest}};
	take_id(a->call_id, &m.call.has_call_id, m.call.call_id);
	take_id(a->conference_id, &m.call.has_conference_id, m.call.conference_id);
	t->h(t->arg, &m);
}
