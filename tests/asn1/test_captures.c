/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages of other people's products: each decodes, prints, and encodes to the octets it came as; the two
 * malformed ones are refused. The folder of captures is no part of the project: skipped where it is absent.
 */
#include "vectors.h"

#include <stdio.h>
#include <unistd.h>

#include "h225_asn1.h"
#include "h245_asn1.h"
#include "pcap_streams.h"
#include "q931/ie.h"
#include "q931/msg.h"
#include "tpkt/stream.h"

enum { RAS_PORT = 1719, RAS_MULTICAST_PORT = 1718, Q931_PORT = 1720, REFUSED_MAX = 8 };

struct tally {
	unsigned ras, h225, h245; /* messages that came through */
	unsigned n_refused;
	unsigned refused[REFUSED_MAX]; /* frame numbers */
	unsigned differing;
	size_t printed; /* characters */
	struct frames tpkt[PCAP_STREAMS_MAX];
	bool opened[PCAP_STREAMS_MAX];
};

static const char *folder;

static bool message(struct tally *t, const struct asn1_type *type, struct pst_slice in, unsigned frame)
{
	struct arena a;
	struct asn1_err e;
	uint8_t out[4096];
	char text[16384];
	struct writer w = wr_of(out, sizeof out);
	arena_init(&a, 1 << 20);
	void *v = malloc(type->size);
	assert_non_null(v);
	int rc = asn1_per_decode(type, in, NULL, &a, v, NULL, &e);
	if (rc == 0) {
		t->printed += asn1_print_buf(type, v, text, sizeof text);
		assert_int_equal(asn1_per_encode(type, v, &w, &e), 0);
		if (!slice_eq(wr_slice(&w), in)) {
			print_error("frame %u: %zu octets became %zu\n%s", frame, in.n, w.n, text);
			t->differing++;
		}
	} else {
		print_message("frame %u refused: bit %u, %s: %s\n", frame, e.bit, e.path, e.what);
		assert_true(t->n_refused < REFUSED_MAX);
		t->refused[t->n_refused++] = frame;
	}
	free(v);
	arena_free(&a);
	return rc == 0;
}

static void payload(struct tally *t, const struct pcap_piece *p, struct pst_slice in)
{
	struct q931_msg m;
	struct pst_slice per;
	if (in.n == 0)
		return;
	if (p->src_port != Q931_PORT && p->dst_port != Q931_PORT) {
		t->h245 += message(t, &h245_multimedia_system_control_message_type, in, p->frame);
		return;
	}
	assert_int_equal(q931_decode(&m, in, NULL), 0);
	assert_int_equal(q931_user_user(&m, &per), 0);
	t->h225 += message(t, &h225_h323_user_information_type, per, p->frame);
}

static void piece(const struct pcap_piece *p, void *arg)
{
	struct tally *t = arg;
	struct pst_slice in;
	if (!p->tcp) {
		const uint16_t ports[] = { p->src_port, p->dst_port };
		for (unsigned i = 0; i < 2; i++)
			if (ports[i] == RAS_PORT || ports[i] == RAS_MULTICAST_PORT) {
				t->ras += message(t, &h225_ras_message_type, p->octets, p->frame);
				break;
			}
		return;
	}
	struct frames *s = &t->tpkt[p->stream];
	if (!t->opened[p->stream])
		tpkt_init(s, 0);
	t->opened[p->stream] = true;
	frames_feed(s, p->octets);
	int rc;
	while ((rc = tpkt_next(s, &in)) == 0)
		payload(t, p, in);
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
			frames_reset(&t->tpkt[i]);
	print_message("%s: %u RAS, %u H.225.0, %u H.245\n", file, t->ras, t->h225, t->h245);
	assert_int_equal(t->differing, 0);
	assert_true(t->printed > 100);
}

static void test_ndpi(void **state)
{
	(void)state;
	struct tally t;
	run("ndpi-h323.pcap", &t);
	assert_int_equal(t.n_refused, 2);
	assert_int_equal(t.refused[0], 59);
	assert_int_equal(t.refused[1], 65);
	assert_int_equal(t.h225, 7);
	assert_int_equal(t.h245, 12);
	assert_int_equal(t.ras, 14);
}

static void test_rtp_example(void **state)
{
	(void)state;
	struct tally t;
	run("rtp_example.pcap", &t);
	assert_int_equal(t.n_refused, 0);
	assert_int_equal(t.h225, 4);
	assert_int_equal(t.h245, 12);
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ndpi),
		cmocka_unit_test(test_rtp_example),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
