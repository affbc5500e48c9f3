/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Call signalling, RAS and H.245 of other people's products, through the whole chain of framing: each TPKT decodes to a
 * message and encodes to the same TPKT. The folder of captures is no part of the project: skipped where it is absent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "h225/msg.h"
#include "h225/ras.h"
#include "h225/str.h"
#include "h245/msg.h"
#include "h245/str.h"
#include "pcap_streams.h"
#include "tpkt/stream.h"

enum { SIGNAL_PORT = 1720, RAS_PORT = 1719 };

struct tally {
	unsigned signal, h245, ras, refused[8], n_refused;
	struct frames tpkt[PCAP_STREAMS_MAX];
	bool opened[PCAP_STREAMS_MAX];
};

static const char *folder;

static bool signal_message(struct pst_slice in, struct arena *a)
{
	struct h225_msg m;
	uint8_t out[4096];
	char text[H225_STRLEN];
	struct writer w = wr_of(out, sizeof(out));
	if (h225_decode(&m, in, NULL, a, NULL) != 0)
		return false;
	print_message("%s\n", h225_str(&m, text));
	assert_int_equal(h225_encode(&m, &w, NULL), 0);
	assert_true(slice_eq(slice_of(out + TPKT_HEADER_LEN, w.n - TPKT_HEADER_LEN), in));
	return true;
}

static bool h245_message(struct pst_slice in, struct arena *a)
{
	h245_pdu m;
	uint8_t out[4096];
	char text[H245_STRLEN];
	struct writer w = wr_of(out, sizeof(out));
	struct pst_slice rest = in;
	if (h245_next(&rest, &m, NULL, a, NULL) != 0 || rest.n != 0)
		return false;
	print_message("%s\n", h245_str(&m, text));
	assert_int_equal(h245_encode_tpkt(&m, &w, NULL), 0);
	assert_true(slice_eq(slice_of(out + TPKT_HEADER_LEN, w.n - TPKT_HEADER_LEN), in));
	return true;
}

static bool ras_message(struct pst_slice in, struct arena *a)
{
	struct h225_ras_message m;
	uint8_t out[4096];
	struct writer w = wr_of(out, sizeof(out));
	if (h225_ras_decode(&m, in, NULL, a, NULL) != 0)
		return false;
	print_message("%s\n", h225_ras_name(&m));
	assert_int_equal(h225_ras_encode(&m, &w, NULL), 0);
	assert_true(slice_eq(wr_slice(&w), in));
	return true;
}

static void count(struct tally *t, unsigned *what, bool ok, unsigned frame)
{
	if (ok)
		++*what;
	else if (t->n_refused < 8)
		t->refused[t->n_refused++] = frame;
}

static void piece(const struct pcap_piece *p, void *arg)
{
	struct tally *t = arg;
	struct arena a;
	struct pst_slice in;
	int err;
	arena_init(&a, 1 << 20);
	if (!p->tcp && (p->src_port == RAS_PORT || p->dst_port == RAS_PORT || p->dst_port == 1718 || p->src_port == 1718))
		count(t, &t->ras, ras_message(p->octets, &a), p->frame);
	if (p->tcp) {
		struct frames *s = &t->tpkt[p->stream];
		const bool is_signal = p->src_port == SIGNAL_PORT || p->dst_port == SIGNAL_PORT;
		if (!t->opened[p->stream])
			tpkt_init(s, 0);
		t->opened[p->stream] = true;
		frames_feed(s, p->octets);
		while ((err = tpkt_next(s, &in)) == 0) {
			if (is_signal && in.n > 0)
				count(t, &t->signal, signal_message(in, &a), p->frame);
			else if (in.n > 0)
				count(t, &t->h245, h245_message(in, &a), p->frame);
		}
		assert_int_equal(err, PST_E_AGAIN);
	}
	arena_free(&a);
}

static void run(const char *file, struct tally *t)
{
	char path[1024];
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	memset(t, 0, sizeof(*t));
	assert_int_equal(pcap_pieces(path, piece, t), 0);
	for (unsigned i = 0; i < PCAP_STREAMS_MAX; i++) {
		if (t->opened[i])
			frames_reset(&t->tpkt[i]);
	}
}

static void every_message_comes_back(void **state)
{
	(void)state;
	static struct tally t;
	run("ndpi-h323.pcap", &t);
	assert_int_equal(t.signal, 7);
	assert_int_equal(t.h245, 12);
	assert_int_equal(t.ras, 14);
	assert_int_equal(t.n_refused, 2); /* the malformed ones */
	assert_int_equal(t.refused[0], 59);
	assert_int_equal(t.refused[1], 65);
	run("rtp_example.pcap", &t);
	assert_int_equal(t.signal, 4);
	assert_int_equal(t.h245, 12);
	assert_int_equal(t.n_refused, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_message_comes_back) };
	folder = getenv("PST_CAPTURES");
	if (folder == NULL && argc > 1)
		folder = argv[1];
	if (folder == NULL || access(folder, R_OK) != 0) {
		printf("no captures: skipped\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
