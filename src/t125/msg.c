/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MCS PDUs: the two encodings, and data PDUs by hand where speed asks for it. */
#include "t125/msg.h"

#include "base/reader.h"
#include "tpkt/stream.h"
#include "x224/tpdu.h"

enum {
	CONNECT_TAG = 0x7f,
	INDEX_SEND_DATA_REQUEST = MCS_DOMAIN_MCSPDU_SEND_DATA_REQUEST,
	INDEX_UNIFORM_INDICATION = MCS_DOMAIN_MCSPDU_UNIFORM_SEND_DATA_INDICATION,
	FRAGMENT = 16384,
};

bool t125_is_connect(struct pst_slice octets)
{
	return octets.n > 0 && octets.p[0] == CONNECT_TAG;
}

int t125_connect_decode(t125_connect *m, struct pst_slice octets, const struct asn1_limits *lim,
        struct arena *a, struct asn1_err *err)
{
	return asn1_ber_decode(&mcs_connect_mcspdu_type, octets, lim, a, m, NULL, err);
}

int t125_connect_encode(const t125_connect *m, struct writer *w, struct asn1_err *err)
{
	return asn1_ber_encode(&mcs_connect_mcspdu_type, m, w, err);
}

int t125_decode(t125_pdu *m, struct pst_slice octets, const struct asn1_limits *lim, struct arena *a,
        struct asn1_err *err)
{
	return asn1_per_decode(&mcs_domain_mcspdu_type, octets, lim, a, m, NULL, err);
}

int t125_encode(const t125_pdu *m, struct writer *w, struct asn1_err *err)
{
	return asn1_per_encode(&mcs_domain_mcspdu_type, m, w, err);
}

static int data_header(struct writer *w)
{
	return x224_encode(&(struct x224_tpdu){.type = X224_DT, .eot = true}, w);
}

int t125_connect_encode_tpkt(const t125_connect *m, struct writer *w, struct asn1_err *err)
{
	const size_t at = tpkt_open(w);
	int code = data_header(w);
	if (code == 0)
		code = t125_connect_encode(m, w, err);
	return code != 0 ? code : tpkt_close(w, at);
}

int t125_encode_tpkt(const t125_pdu *m, struct writer *w, struct asn1_err *err)
{
	const size_t at = tpkt_open(w);
	int code = data_header(w);
	if (code == 0)
		code = t125_encode(m, w, err);
	return code != 0 ? code : tpkt_close(w, at);
}

static void read_fields(struct t125_data *d, bool uniform, bool indication, uint32_t initiator,
        uint32_t channel, uint32_t priority, struct asn1_bits segmentation, struct pst_slice octets)
{
	const uint8_t s = segmentation.n_bits > 0 ? segmentation.p[0] : 0;
	*d = (struct t125_data){uniform, indication, (uint16_t)initiator, (uint16_t)channel,
	        (uint8_t)priority, (s & 0x80) != 0, (s & 0x40) != 0, octets};
}

#define READ(uniform, indication, m)                                                                         \
	read_fields(d, uniform, indication, (m)->initiator, (m)->channel_id, (m)->data_priority,             \
	        (m)->segmentation, (m)->user_data)

bool t125_data_read(struct t125_data *d, const t125_pdu *m)
{
	switch (m->choice) {
	case MCS_DOMAIN_MCSPDU_SEND_DATA_REQUEST: READ(false, false, m->u.send_data_request); return true;
	case MCS_DOMAIN_MCSPDU_SEND_DATA_INDICATION:
		READ(false, true, m->u.send_data_indication);
		return true;
	case MCS_DOMAIN_MCSPDU_UNIFORM_SEND_DATA_REQUEST:
		READ(true, false, m->u.uniform_send_data_request);
		return true;
	case MCS_DOMAIN_MCSPDU_UNIFORM_SEND_DATA_INDICATION:
		READ(true, true, m->u.uniform_send_data_indication);
		return true;
	default: return false;
	}
}

#undef READ

/*
 * The layout PER gives these four: 6 bits of index, 2 of padding; initiator - 1001 and channelId in two
 * octets each; priority 2 bits, begin, end, 4 of padding; the general length; octets.
 */
int t125_data_peek(struct t125_data *d, struct pst_slice octets)
{
	return t125_data_ahead(d, octets, octets.n);
}

int t125_data_ahead(struct t125_data *d, struct pst_slice octets, size_t len)
{
	/* choice, initiator 2, channel 2, priority and segmentation, length: a relay does this for each PDU */
	enum { HEADER = 7 };
	struct reader r = rd_of(octets);
	struct pst_slice h;
	uint8_t low;
	const unsigned index = octets.n > 0 ? octets.p[0] >> 2 : 0;
	if (octets.n > 0 && (index < INDEX_SEND_DATA_REQUEST || index > INDEX_UNIFORM_INDICATION))
		return PST_E_UNSUPPORTED;
	if (rd_take(&r, HEADER, &h) != 0)
		return PST_E_SHORT;
	const uint16_t initiator = (uint16_t)(h.p[1] << 8 | h.p[2]);
	const uint8_t flags = h.p[5];
	if (initiator > T125_CHANNEL_MAX - T125_CHANNEL_DYNAMIC_MIN)
		return PST_E_BAD;
	size_t n = h.p[6];
	if (n >= 0xc0)
		return PST_E_UNSUPPORTED;
	if (n >= 0x80) {
		if (rd_u8(&r, &low) != 0)
			return PST_E_SHORT;
		n = (n & 0x3f) << 8 | low;
	}
	if (n > len - r.pos)
		return PST_E_SHORT;
	if (n < len - r.pos)
		return PST_E_BAD;
	*d = (struct t125_data){index >= INDEX_SEND_DATA_REQUEST + 2,
	        (index - INDEX_SEND_DATA_REQUEST) % 2 == 1, (uint16_t)(initiator + T125_CHANNEL_DYNAMIC_MIN),
	        (uint16_t)(h.p[3] << 8 | h.p[4]), flags >> 6, (flags & 0x20) != 0, (flags & 0x10) != 0,
	        slice_of(r.p + r.pos, n)};
	return 0;
}

int t125_data_encode_tpkt(const struct t125_data *d, struct writer *w)
{
	if (d->initiator < T125_CHANNEL_DYNAMIC_MIN || d->priority >= T125_PRIORITIES ||
	        d->octets.n >= FRAGMENT)
		return PST_E_RANGE;
	const size_t at = tpkt_open(w);
	const int err = data_header(w);
	if (err != 0)
		return err;
	wr_u8(w, (uint8_t)((INDEX_SEND_DATA_REQUEST + (d->uniform ? 2 : 0) + (d->indication ? 1 : 0)) << 2));
	wr_u16(w, (uint16_t)(d->initiator - T125_CHANNEL_DYNAMIC_MIN));
	wr_u16(w, d->channel);
	wr_u8(w, (uint8_t)(d->priority << 6 | (d->begin ? 0x20 : 0) | (d->end ? 0x10 : 0)));
	if (d->octets.n < 0x80)
		wr_u8(w, (uint8_t)d->octets.n);
	else
		wr_u16(w, (uint16_t)(0x8000 | d->octets.n));
	wr_bytes(w, d->octets);
	return tpkt_close(w, at);
}
