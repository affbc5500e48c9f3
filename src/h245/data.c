/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The T.120 channel: what H.245 says of it. */
#include "h245/data.h"

#include "h245/addr.h"
#include "h245/build.h"

#define FWD(x) H245_OPEN_LOGICAL_CHANNEL_FORWARD_LOGICAL_CHANNEL_PARAMETERS_MULTIPLEX_PARAMETERS_##x

/* Of the data in 100 bit/s: a figure to budget with, which TCP knows nothing of. */
enum { SESSION_DATA = 3, BIT_RATE = 10000 };

struct h245_data_application_capability *h245_t120_build(struct arena *a)
{
	struct h245_data_application_capability *c = ARENA_NEW(a, struct h245_data_application_capability);
	struct h245_data_protocol_capability *lan = ARENA_NEW(a, struct h245_data_protocol_capability);
	if (c == NULL || lan == NULL)
		return NULL;
	lan->choice = H245_DATA_PROTOCOL_CAPABILITY_SEPARATE_LAN_STACK;
	c->application.choice = H245_DATA_APPLICATION_CAPABILITY_APPLICATION_T120;
	c->application.u.t120 = lan;
	c->max_bit_rate = BIT_RATE;
	return c;
}

bool h245_is_t120(const struct h245_data_application_capability *c)
{
	return c != NULL && c->application.choice == H245_DATA_APPLICATION_CAPABILITY_APPLICATION_T120 &&
		c->application.u.t120->choice == H245_DATA_PROTOCOL_CAPABILITY_SEPARATE_LAN_STACK;
}

/* False when A is exhausted. */
static bool stack_build(struct h245_network_access_parameters **out, const struct addr *at, struct arena *a)
{
	*out = NULL;
	if (at->family == ADDR_NONE)
		return true;
	struct h245_network_access_parameters *n = ARENA_NEW(a, struct h245_network_access_parameters);
	struct h245_transport_address *ta = h245_addr_new(at, a);
	struct h245_network_access_parameters_distribution *unicast =
		ARENA_NEW(a, struct h245_network_access_parameters_distribution);
	if (n == NULL || ta == NULL || unicast == NULL)
		return false;
	unicast->choice = H245_NETWORK_ACCESS_PARAMETERS_DISTRIBUTION_UNICAST;
	n->distribution = unicast;
	n->network_address.choice = H245_NETWORK_ACCESS_PARAMETERS_NETWORK_ADDRESS_LOCAL_AREA_ADDRESS;
	n->network_address.u.local_area_address = ta;
	*out = n;
	return true;
}

void h245_t120_at(struct addr *out, const struct h245_network_access_parameters *n)
{
	if (n == NULL ||
		n->network_address.choice != H245_NETWORK_ACCESS_PARAMETERS_NETWORK_ADDRESS_LOCAL_AREA_ADDRESS ||
		h245_addr_read(out, n->network_address.u.local_area_address) != 0)
		*out = (struct addr){ 0 };
}

h245_pdu *h245_t120_olc_build(struct arena *a, uint16_t number, const struct addr *at)
{
	struct h245_open_logical_channel *olc = ARENA_NEW(a, struct h245_open_logical_channel);
	struct h245_h2250_logical_channel_parameters *p = ARENA_NEW(a, struct h245_h2250_logical_channel_parameters);
	struct h245_open_logical_channel_reverse_logical_channel_parameters *r =
		ARENA_NEW(a, struct h245_open_logical_channel_reverse_logical_channel_parameters);
	struct h245_data_application_capability *c = h245_t120_build(a);
	if (olc == NULL || p == NULL || r == NULL || c == NULL || !stack_build(&olc->separate_stack, at, a))
		return NULL;
	p->session_id = SESSION_DATA;
	olc->forward_logical_channel_number = number;
	olc->forward_logical_channel_parameters.data_type.choice = H245_DATA_TYPE_DATA;
	olc->forward_logical_channel_parameters.data_type.u.data = c;
	olc->forward_logical_channel_parameters.multiplex_parameters.choice = FWD(H2250_LOGICAL_CHANNEL_PARAMETERS);
	olc->forward_logical_channel_parameters.multiplex_parameters.u.h2250_logical_channel_parameters = p;
	r->data_type.choice = H245_DATA_TYPE_DATA;
	r->data_type.u.data = c;
	olc->reverse_logical_channel_parameters = r;
	return h245_olc_build(a, olc);
}

h245_pdu *h245_t120_ack_build(struct arena *a, uint16_t number, uint16_t reverse, const struct addr *at)
{
	struct h245_open_logical_channel_ack *ack = ARENA_NEW(a, struct h245_open_logical_channel_ack);
	struct h245_open_logical_channel_ack_reverse_logical_channel_parameters *r =
		ARENA_NEW(a, struct h245_open_logical_channel_ack_reverse_logical_channel_parameters);
	if (ack == NULL || r == NULL || !stack_build(&ack->separate_stack, at, a))
		return NULL;
	ack->forward_logical_channel_number = number;
	r->reverse_logical_channel_number = reverse;
	ack->reverse_logical_channel_parameters = r;
	return h245_response(a, H245_RESPONSE_MESSAGE_OPEN_LOGICAL_CHANNEL_ACK, ack);
}
