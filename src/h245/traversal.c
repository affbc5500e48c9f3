/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "h245/traversal.h"

#include "h245/addr.h"
#include "h46019_asn1.h"

enum { OCTETS_MAX = 128, TRAVERSAL_PARAMETERS = 1 /* the parameter that they are the octets of */ };

/* {itu-t(0) recommendation(0) h(8) 460}; of H.460.19: {... 19 0 1} */
static const uint8_t h460[] = { 0x00, 0x08, 0x83, 0x4c }, h46019[] = { 0x00, 0x08, 0x83, 0x4c, 19, 0, 1 };

bool h245_h460_read(const struct h245_generic_message *g, uint8_t *n)
{
	if (g->message_identifier.choice != H245_CAPABILITY_IDENTIFIER_STANDARD)
		return false;
	const struct pst_slice oid = g->message_identifier.u.standard;
	if (oid.n <= sizeof h460 || memcmp(oid.p, h460, sizeof h460) != 0)
		return false;
	*n = oid.p[sizeof h460];
	return true;
}

static int parameters_encode(struct pst_slice *out, const struct addr *keep_alive, uint32_t interval_s, struct arena *a)
{
	struct h46019_traversal_parameters p = { .has_keep_alive_interval = true, .keep_alive_interval = interval_s };
	struct writer w = wr_of(arena_alloc(a, OCTETS_MAX), OCTETS_MAX);
	p.keep_alive_channel = h245_addr_new(keep_alive, a);
	if (w.p == NULL || p.keep_alive_channel == NULL)
		return PST_E_NOMEM;
	const int err = asn1_per_encode(&h46019_traversal_parameters_type, &p, &w, NULL);
	*out = wr_slice(&w);
	return err;
}

int h245_traversal_add(struct h245_generic_message **v, uint32_t *n, const struct addr *keep_alive, uint32_t interval_s,
	struct arena *a)
{
	struct h245_generic_message *all = arena_calloc(a, (size_t)*n + 1, sizeof *all);
	struct h245_generic_parameter *p = ARENA_NEW(a, struct h245_generic_parameter);
	if (all == NULL || p == NULL)
		return PST_E_NOMEM;
	const int err = parameters_encode(&p->parameter_value.u.octet_string, keep_alive, interval_s, a);
	if (err != 0)
		return err;
	p->parameter_identifier.choice = H245_PARAMETER_IDENTIFIER_STANDARD;
	p->parameter_identifier.u.standard = TRAVERSAL_PARAMETERS;
	p->parameter_value.choice = H245_PARAMETER_VALUE_OCTET_STRING;
	all->message_identifier.choice = H245_CAPABILITY_IDENTIFIER_STANDARD;
	all->message_identifier.u.standard = slice_of(h46019, sizeof h46019);
	all->has_message_content = true;
	all->message_content.n = 1;
	all->message_content.v = p;
	for (uint32_t i = 0; i < *n; i++)
		all[i + 1] = (*v)[i];
	*v = all;
	(*n)++;
	return 0;
}
