/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RDP carries the same layers: each MCS PDU of its captures, and each GCC PDU in their user data, decodes and
 * encodes to the octets it came as. The folder of captures is no part of the project: skipped where it is
 * absent.
 */
#include "../asn1/vectors.h"

#include <stdio.h>
#include <unistd.h>

#include "pcap_streams.h"
#include "t124/msg.h"
#include "t125/str.h"
#include "t125/stream.h"

enum { RDP_PORT = 3389 };

struct tally {
	unsigned tpdus, connects, pdus, data, gcc;
	struct t125_stream in[PCAP_STREAMS_MAX];
	bool opened[PCAP_STREAMS_MAX], ended[PCAP_STREAMS_MAX];
};

static const char *folder;
static uint8_t out[1 << 16];

static void same(const char *what, const struct writer *w, struct pst_slice in, unsigned frame)
{
	if (!slice_eq(wr_slice(w), in))
		fail_msg("frame %u: %s of %zu octets became %zu", frame, what, in.n, w->n);
}

static void gcc(struct tally *t, struct pst_slice in, struct arena *a, unsigned frame)
{
	struct writer w = wr_of(out, sizeof out);
	struct gcc_connect_data data;
	t124_connect m;
	size_t used;
	assert_int_equal(t124_connect_decode(&m, in, NULL, a, NULL), 0);
	assert_int_equal(asn1_per_decode(&gcc_connect_data_type, in, NULL, a, &data, &used, NULL), 0);
	assert_int_equal(asn1_per_encode(&gcc_connect_data_type, &data, &w, NULL), 0);
	same("ConnectData", &w, slice_of(in.p, used), frame);
	data.connect_pdu.n += in.n - used; /* the server's length is wrong */
	w = wr_of(out, sizeof out);
	assert_int_equal(
	        asn1_per_decode(&gcc_connect_gccpdu_type, data.connect_pdu, NULL, a, &m, &used, NULL), 0);
	assert_int_equal(asn1_per_encode(&gcc_connect_gccpdu_type, &m, &w, NULL), 0);
	same("ConnectGCCPDU", &w, slice_of(data.connect_pdu.p, used), frame);
	char text[T124_STRLEN];
	print_message("frame %u: %s, %zu octets behind it\n", frame, t124_connect_str(&m, text),
	        data.connect_pdu.n - used);
	t->gcc++;
}

static void connect_pdu(struct tally *t, struct pst_slice in, struct arena *a, unsigned frame)
{
	struct writer w = wr_of(out, sizeof out);
	struct asn1_err e = {0};
	t125_connect m;
	if (t125_connect_decode(&m, in, NULL, a, &e) != 0)
		fail_msg("frame %u: bit %u, %s: %s", frame, e.bit, e.path, e.what);
	assert_int_equal(t125_connect_encode(&m, &w, NULL), 0);
	same("connect PDU", &w, in, frame);
	if (m.choice == MCS_CONNECT_MCSPDU_CONNECT_INITIAL)
		gcc(t, m.u.connect_initial->user_data, a, frame);
	else if (m.choice == MCS_CONNECT_MCSPDU_CONNECT_RESPONSE)
		gcc(t, m.u.connect_response->user_data, a, frame);
	t->connects++;
}

static void pdu(struct tally *t, struct pst_slice in, unsigned frame)
{
	struct arena a;
	struct asn1_err e = {0};
	struct writer w = wr_of(out, sizeof out);
	t125_pdu m;
	arena_init(&a, 1 << 20);
	if (t125_is_connect(in)) {
		connect_pdu(t, in, &a, frame);
	} else {
		struct t125_data d, peek;
		if (t125_decode(&m, in, NULL, &a, &e) != 0)
			fail_msg("frame %u: bit %u, %s: %s", frame, e.bit, e.path, e.what);
		assert_int_equal(t125_encode(&m, &w, NULL), 0);
		same("domain PDU", &w, in, frame);
		t->pdus++;
		if (t125_data_read(&d, &m)) {
			t->data++;
			assert_int_equal(t125_data_peek(&peek, in), 0);
			assert_true(peek.channel == d.channel && slice_eq(peek.octets, d.octets));
			w = wr_of(out, sizeof out);
			assert_int_equal(t125_data_encode_tpkt(&d, &w), 0);
			same("data PDU", &(struct writer){.p = out + 7, .n = w.n - 7}, in, frame);
		}
	}
	arena_free(&a);
}

static void piece(const struct pcap_piece *p, void *arg)
{
	struct tally *t = arg;
	struct t125_unit u;
	int rc;
	if (!p->tcp || (p->src_port != RDP_PORT && p->dst_port != RDP_PORT) || t->ended[p->stream])
		return;
	struct t125_stream *s = &t->in[p->stream];
	if (!t->opened[p->stream])
		t125_stream_init(s, 0);
	t->opened[p->stream] = true;
	t125_stream_feed(s, p->octets);
	while ((rc = t125_stream_next(s, &u)) == 0) {
		struct writer w = wr_of(out, sizeof out);
		if (u.is_pdu) {
			pdu(t, u.pdu, p->frame);
			continue;
		}
		assert_int_equal(x224_encode(&u.tpdu, &w), 0);
		same("TPDU", &w, u.whole, p->frame);
		t->tpdus++;
	}
	if (rc == PST_E_BAD) /* RDP goes on without TPKT after its set-up ("fast path") */
		t->ended[p->stream] = true;
	else
		assert_int_equal(rc, PST_E_AGAIN);
}

static void run(const char *file, struct tally *t)
{
	char path[1024];
	snprintf(path, sizeof path, "%s/%s", folder, file);
	memset(t, 0, sizeof *t);
	assert_int_equal(pcap_pieces(path, piece, t), 0);
	for (unsigned i = 0; i < PCAP_STREAMS_MAX; i++)
		if (t->opened[i])
			t125_stream_reset(&t->in[i]);
	print_message("%s: %u TPDUs, %u connect PDUs, %u domain PDUs, %u with data, %u GCC\n", file, t->tpdus,
	        t->connects, t->pdus, t->data, t->gcc);
}

static void test_rdp(void **state)
{
	(void)state;
	static struct tally t;
	run("suri-RDP-003.pcap", &t);
	assert_int_equal(t.tpdus, 2);
	assert_int_equal(t.connects, 2);
	assert_int_equal(t.gcc, 2);
	assert_true(t.pdus > 12 && t.data > 2);
	run("ndpi-rdp3.pcap", &t);
	assert_int_equal(t.tpdus, 2);
	assert_int_equal(t.gcc, 2);
	assert_true(t.pdus > 12);
}

int main(int argc, char **argv)
{
	folder = getenv("PST_CAPTURES");
	if (folder == NULL && argc > 1)
		folder = argv[1];
	if (folder == NULL || access(folder, R_OK) != 0) {
		printf("# skipped: no captures at %s\n", folder != NULL ? folder : "(no folder given)");
		return 77;
	}
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rdp)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
