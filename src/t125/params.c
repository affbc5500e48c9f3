/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Domain parameters: eight numbers, each within the bounds of both sides. */
#include "t125/params.h"

enum { N = 8 };

static void to_array(uint32_t v[static N], const struct t125_params *p)
{
	const uint32_t all[N] = {p->channels, p->users, p->tokens, p->priorities, p->throughput, p->height,
	        p->pdu_size, p->version};
	memcpy(v, all, sizeof all);
}

static void from_array(struct t125_params *p, const uint32_t v[static N])
{
	*p = (struct t125_params){v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]};
}

struct t125_offer t125_offer_default(void)
{
	return (struct t125_offer){
	        .target = {1024, 512, 1024, 1, 0, 16, 8192, T125_VERSION},
	        .min = {8, 2, 0, 1, 0, 1, T125_PDU_SIZE_MIN, T125_VERSION},
	        .max = {65535, 64535, 65535, 4, UINT32_MAX, 100, T125_PDU_SIZE_MAX, T125_VERSION},
	};
}

static uint32_t number(const struct asn1_integer *i)
{
	if (i->big.n > 0 && i->v == 0)
		return UINT32_MAX;
	return i->v > UINT32_MAX ? UINT32_MAX : (uint32_t)i->v;
}

void t125_params_read(struct t125_params *p, const struct mcs_domain_parameters *m)
{
	*p = (struct t125_params){number(&m->max_channel_ids), number(&m->max_user_ids),
	        number(&m->max_token_ids), number(&m->num_priorities), number(&m->min_throughput),
	        number(&m->max_height), number(&m->max_mcspdu_size), number(&m->protocol_version)};
}

void t125_params_write(struct mcs_domain_parameters *m, const struct t125_params *p)
{
	*m = (struct mcs_domain_parameters){{.v = p->channels}, {.v = p->users}, {.v = p->tokens},
	        {.v = p->priorities}, {.v = p->throughput}, {.v = p->height}, {.v = p->pdu_size},
	        {.v = p->version}};
}

int t125_params_agree(struct t125_params *out, const struct t125_offer *caller, const struct t125_offer *own)
{
	uint32_t target[N], cmin[N], cmax[N], omin[N], omax[N], v[N];
	to_array(target, &caller->target);
	to_array(cmin, &caller->min);
	to_array(cmax, &caller->max);
	to_array(omin, &own->min);
	to_array(omax, &own->max);
	for (unsigned i = 0; i < N; i++) {
		const uint32_t low = cmin[i] > omin[i] ? cmin[i] : omin[i];
		const uint32_t high = cmax[i] < omax[i] ? cmax[i] : omax[i];
		if (low > high)
			return PST_E_RANGE;
		v[i] = target[i] < low ? low : target[i] > high ? high : target[i];
	}
	from_array(out, v);
	if (out->users == 0 || out->channels == 0 || out->priorities == 0 ||
	        out->priorities > T125_PRIORITIES || out->pdu_size < T125_PDU_SIZE_MIN || out->height == 0)
		return PST_E_RANGE;
	return 0;
}

bool t125_params_within(const struct t125_params *p, const struct t125_offer *offer)
{
	uint32_t v[N], low[N], high[N];
	to_array(v, p);
	to_array(low, &offer->min);
	to_array(high, &offer->max);
	for (unsigned i = 0; i < N; i++)
		if (v[i] < low[i] || v[i] > high[i])
			return false;
	return true;
}
