/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pcap_streams.h"

#include <pcap/pcap.h>

#include "base/reader.h"

struct stream {
	uint32_t src, dst;
	uint16_t src_port, dst_port;
	uint32_t next; /* sequence number expected */
};

struct capture {
	struct stream streams[PCAP_STREAMS_MAX];
	unsigned n_streams;
	pcap_piece_h *h;
	void *arg;
};

enum { ETHERTYPE_IPV4 = 0x0800, PROTO_TCP = 6, PROTO_UDP = 17, FLAG_SYN = 0x02 };

/* The stream of this direction, made when it is new; NULL when there are too many. */
static struct stream *stream_of(struct capture *c, struct pcap_piece *p, uint32_t seq)
{
	for (unsigned i = 0; i < c->n_streams; i++) {
		struct stream *s = &c->streams[i];
		if (s->src == p->src && s->dst == p->dst && s->src_port == p->src_port && s->dst_port == p->dst_port) {
			p->stream = i;
			return s;
		}
	}
	if (c->n_streams == PCAP_STREAMS_MAX)
		return NULL;
	p->stream = c->n_streams++;
	c->streams[p->stream] = (struct stream){ p->src, p->dst, p->src_port, p->dst_port, seq };
	return &c->streams[p->stream];
}

static int read_tcp(struct capture *c, struct pcap_piece *p, struct reader *r)
{
	uint32_t seq, ack;
	uint16_t offset_flags;
	if (rd_u16(r, &p->src_port) || rd_u16(r, &p->dst_port) || rd_u32(r, &seq) || rd_u32(r, &ack) ||
		rd_u16(r, &offset_flags))
		return -1;
	const size_t header = (size_t)(offset_flags >> 12) * 4;
	if (header < 20 || rd_skip(r, header - 14) || rd_take(r, rd_left(r), &p->octets))
		return -1;
	p->tcp = true;
	struct stream *s = stream_of(c, p, seq);
	if (s == NULL)
		return -1;
	if ((offset_flags & FLAG_SYN) != 0) {
		s->next = seq + 1;
		return 0;
	}
	const uint32_t old = s->next - seq; /* octets we have had, when not past the end */
	if (p->octets.n == 0 || old >= p->octets.n)
		return 0;
	p->octets = slice_of(p->octets.p + old, p->octets.n - old);
	s->next += (uint32_t)p->octets.n;
	c->h(p, c->arg);
	return 0;
}

static int read_udp(struct capture *c, struct pcap_piece *p, struct reader *r)
{
	uint16_t length, sum;
	if (rd_u16(r, &p->src_port) || rd_u16(r, &p->dst_port) || rd_u16(r, &length) || rd_u16(r, &sum) || length < 8 ||
		rd_take(r, length - 8u, &p->octets))
		return -1;
	c->h(p, c->arg);
	return 0;
}

static int read_frame(struct capture *c, unsigned frame, struct pst_slice octets)
{
	struct pcap_piece p = { .frame = frame };
	struct reader r = rd_of(octets), ip;
	uint16_t type, total, skip16;
	uint32_t skip32;
	uint8_t version, tos, ttl, proto;
	if (rd_skip(&r, 12) || rd_u16(&r, &type) || type != ETHERTYPE_IPV4)
		return 0;
	if (rd_u8(&r, &version) || rd_u8(&r, &tos) || rd_u16(&r, &total) || total < 20 || rd_sub(&r, total - 4u, &ip))
		return 0;
	if (rd_u32(&ip, &skip32) || rd_u8(&ip, &ttl) || rd_u8(&ip, &proto) || rd_u16(&ip, &skip16) ||
		rd_u32(&ip, &p.src) || rd_u32(&ip, &p.dst) || rd_skip(&ip, (version & 15u) * 4 - 20u))
		return 0;
	return proto == PROTO_TCP ? read_tcp(c, &p, &ip) : proto == PROTO_UDP ? read_udp(c, &p, &ip) : 0;
}

int pcap_pieces(const char *path, pcap_piece_h *h, void *arg)
{
	char why[PCAP_ERRBUF_SIZE];
	struct capture c = { .h = h, .arg = arg };
	pcap_t *pcap = pcap_open_offline(path, why);
	struct pcap_pkthdr *head;
	const u_char *octets;
	if (pcap == NULL || pcap_datalink(pcap) != DLT_EN10MB)
		return -1;
	int rc = 0;
	for (unsigned frame = 1; rc == 0 && pcap_next_ex(pcap, &head, &octets) == 1; frame++)
		(void)read_frame(&c, frame, slice_of(octets, head->caplen));
	pcap_close(pcap);
	return rc;
}
