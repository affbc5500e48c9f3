/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tunnelling: see the header. */
#include "call/tunnel.h"

void tunnel_init(struct tunnel *t, bool want, bool caller)
{
	*t = (struct tunnel){ .state = want ? TUNNEL_UNDECIDED : TUNNEL_OFF, .caller = caller };
}

bool tunnel_received(struct tunnel *t, const struct h225_msg *m)
{
	/* A message without H.225.0 contents (a bare Status, ReleaseComplete) says nothing. */
	if (!m->has_uu || t->state == TUNNEL_OFF || m->q931.type == Q931_RELEASE_COMPLETE)
		return false;
	const struct h225_h323_uu_pdu *pdu = &m->uu.h323_uu_pdu;
	const bool on = pdu->has_h245_tunneling && pdu->h245_tunneling;
	/* H.323 8.2.1: the flag of such a provisional message is no answer yet. */
	if (t->state == TUNNEL_UNDECIDED && t->caller && pdu->has_provisional_resp_to_h245_tunneling)
		return false;
	const uint8_t before = t->state;
	t->state = on ? TUNNEL_ON : TUNNEL_OFF;
	return t->state != before;
}

void tunnel_mark(const struct tunnel *t, struct h225_h323_uu_pdu *pdu)
{
	pdu->has_h245_tunneling = true;
	pdu->h245_tunneling = t->state != TUNNEL_OFF;
}

void tunnel_attach(struct h225_h323_uu_pdu *pdu, uint32_t n, struct pst_slice *messages)
{
	pdu->has_h245_control = n > 0;
	pdu->h245_control.n = n;
	pdu->h245_control.v = messages;
}
