/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Summaries: the message's own name, then the few things one looks for. */
#include "h245/str.h"

#include <ctype.h>

#include "base/text.h"
#include "h245/addr.h"
#include "h245/channel.h"

static const char *name_of(const struct asn1_type *t, uint32_t choice)
{
	return choice < t->n_fields ? t->fields[choice].name : "unknown";
}

static void add_addr(struct text *l, const char *what, const struct addr *addr)
{
	char text[ADDR_STRLEN];
	if (addr->family != ADDR_NONE)
		text_add(l, " %s %s", what, addr_str(addr, text));
}

static void add_channel(struct text *l, const struct h245_channel *ch)
{
	if (ch->audio != NULL)
		text_add(l, " %s", name_of(&h245_audio_capability_type, ch->audio->choice));
	else if (ch->data != NULL)
		text_add(l, " %s", name_of(&h245_data_application_capability_application_type, ch->data->application.choice));
	if (ch->has_h2250)
		text_add(l, " session %u", ch->session);
	add_addr(l, "rtp", &ch->media);
	add_addr(l, "rtcp", &ch->control);
}

static void add_stack(struct text *l, const struct h245_network_access_parameters *s)
{
	struct addr addr;
	if (s != NULL && s->network_address.choice == H245_NETWORK_ACCESS_PARAMETERS_NETWORK_ADDRESS_LOCAL_AREA_ADDRESS &&
		h245_addr_read(&addr, s->network_address.u.local_area_address) == 0)
		add_addr(l, "stack", &addr);
}

static void add_olc(struct text *l, const struct h245_open_logical_channel *olc)
{
	struct h245_channel ch;
	h245_channel_read(&ch, olc);
	text_add(l, " %u", ch.number);
	if (ch.audio == NULL && ch.data == NULL)
		text_add(l, " %s", name_of(&h245_data_type_type, ch.data_type));
	add_channel(l, &ch);
	if (ch.reverse)
		text_add(l, " receive");
	if (ch.bidirectional)
		text_add(l, " both ways");
	add_stack(l, olc->separate_stack);
}

static void add_request(struct text *l, const struct h245_request_message *r)
{
	switch (r->choice) {
	case H245_REQUEST_MESSAGE_MASTER_SLAVE_DETERMINATION:
		text_add(l, " type %u number %u", r->u.master_slave_determination->terminal_type,
			r->u.master_slave_determination->status_determination_number);
		break;
	case H245_REQUEST_MESSAGE_TERMINAL_CAPABILITY_SET:
		text_add(l, " %u: %u capabilities", r->u.terminal_capability_set->sequence_number,
			r->u.terminal_capability_set->has_capability_table ?
				r->u.terminal_capability_set->capability_table.n : 0);
		break;
	case H245_REQUEST_MESSAGE_OPEN_LOGICAL_CHANNEL: add_olc(l, r->u.open_logical_channel); break;
	case H245_REQUEST_MESSAGE_CLOSE_LOGICAL_CHANNEL:
		text_add(l, " %u", r->u.close_logical_channel->forward_logical_channel_number);
		break;
	case H245_REQUEST_MESSAGE_REQUEST_CHANNEL_CLOSE:
		text_add(l, " %u", r->u.request_channel_close->forward_logical_channel_number);
		break;
	case H245_REQUEST_MESSAGE_ROUND_TRIP_DELAY_REQUEST:
		text_add(l, " %u", r->u.round_trip_delay_request->sequence_number);
		break;
	default: break;
	}
}

static void add_ack(struct text *l, const struct h245_open_logical_channel_ack *ack)
{
	struct h245_channel ch;
	h245_channel_ack_read(&ch, ack);
	text_add(l, " %u", ch.number);
	add_channel(l, &ch);
	add_stack(l, ack->separate_stack);
}

static void add_response(struct text *l, const struct h245_response_message *r)
{
	switch (r->choice) {
	case H245_RESPONSE_MESSAGE_MASTER_SLAVE_DETERMINATION_ACK:
		text_add(l, " %s", name_of(&h245_master_slave_determination_ack_decision_type,
			r->u.master_slave_determination_ack->decision.choice));
		break;
	case H245_RESPONSE_MESSAGE_TERMINAL_CAPABILITY_SET_ACK:
		text_add(l, " %u", r->u.terminal_capability_set_ack->sequence_number);
		break;
	case H245_RESPONSE_MESSAGE_TERMINAL_CAPABILITY_SET_REJECT:
		text_add(l, " %u %s", r->u.terminal_capability_set_reject->sequence_number,
			name_of(&h245_terminal_capability_set_reject_cause_type,
				r->u.terminal_capability_set_reject->cause.choice));
		break;
	case H245_RESPONSE_MESSAGE_OPEN_LOGICAL_CHANNEL_ACK: add_ack(l, r->u.open_logical_channel_ack); break;
	case H245_RESPONSE_MESSAGE_OPEN_LOGICAL_CHANNEL_REJECT:
		text_add(l, " %u %s", r->u.open_logical_channel_reject->forward_logical_channel_number,
			name_of(&h245_open_logical_channel_reject_cause_type,
				r->u.open_logical_channel_reject->cause.choice));
		break;
	case H245_RESPONSE_MESSAGE_CLOSE_LOGICAL_CHANNEL_ACK:
		text_add(l, " %u", r->u.close_logical_channel_ack->forward_logical_channel_number);
		break;
	case H245_RESPONSE_MESSAGE_REQUEST_CHANNEL_CLOSE_ACK:
		text_add(l, " %u", r->u.request_channel_close_ack->forward_logical_channel_number);
		break;
	case H245_RESPONSE_MESSAGE_REQUEST_CHANNEL_CLOSE_REJECT:
		text_add(l, " %u", r->u.request_channel_close_reject->forward_logical_channel_number);
		break;
	case H245_RESPONSE_MESSAGE_ROUND_TRIP_DELAY_RESPONSE:
		text_add(l, " %u", r->u.round_trip_delay_response->sequence_number);
		break;
	default: break;
	}
}

static void add_user_input(struct text *l, const struct h245_user_input_indication *u)
{
	struct pst_slice s = { NULL, 0 };
	if (u->choice == H245_USER_INPUT_INDICATION_ALPHANUMERIC)
		s = u->u.alphanumeric;
	else if (u->choice == H245_USER_INPUT_INDICATION_SIGNAL)
		s = u->u.signal->signal_type;
	text_add(l, " %s '", name_of(&h245_user_input_indication_type, u->choice));
	for (size_t i = 0; i < s.n && i < 32; i++)
		text_add(l, isalnum(s.p[i]) || s.p[i] == '*' || s.p[i] == '#' ? "%c" : "\\x%02x", s.p[i]);
	text_add(l, "'");
}

static void add_indication(struct text *l, const struct h245_indication_message *i)
{
	if (i->choice == H245_INDICATION_MESSAGE_USER_INPUT)
		add_user_input(l, i->u.user_input);
	else if (i->choice == H245_INDICATION_MESSAGE_OPEN_LOGICAL_CHANNEL_CONFIRM)
		text_add(l, " %u", i->u.open_logical_channel_confirm->forward_logical_channel_number);
	else if (i->choice == H245_INDICATION_MESSAGE_MISCELLANEOUS_INDICATION)
		text_add(l, " %u", i->u.miscellaneous_indication->logical_channel_number);
}

/* The four groups begin alike. */
static void add_name(struct text *l, const struct asn1_type *t, uint32_t choice)
{
	const char *name = name_of(t, choice);
	text_add(l, "%c%s", toupper((unsigned char)name[0]), name + 1);
}

const char *h245_str(const h245_pdu *m, char buf[static H245_STRLEN])
{
	struct text l = text_in(buf, H245_STRLEN);
	switch (m->choice) {
	case H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_REQUEST:
		add_name(&l, &h245_request_message_type, m->u.request->choice);
		add_request(&l, m->u.request);
		break;
	case H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_RESPONSE:
		add_name(&l, &h245_response_message_type, m->u.response->choice);
		add_response(&l, m->u.response);
		break;
	case H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_COMMAND:
		add_name(&l, &h245_command_message_type, m->u.command->choice);
		break;
	case H245_MULTIMEDIA_SYSTEM_CONTROL_MESSAGE_INDICATION:
		add_name(&l, &h245_indication_message_type, m->u.indication->choice);
		add_indication(&l, m->u.indication);
		break;
	default: text_add(&l, "Unknown"); break;
	}
	return buf;
}

const char *h245_olc_str(const struct h245_open_logical_channel *olc, char buf[static H245_STRLEN])
{
	struct text l = text_in(buf, H245_STRLEN);
	add_olc(&l, olc);
	if (l.n > 0) /* without the leading blank */
		memmove(buf, buf + 1, l.n);
	return buf;
}
