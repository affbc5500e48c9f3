/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plays a conference of six nodes and writes all they send as a packet capture, for tshark to read: record
 * FILE. */
#include <stdio.h>

#include "sim.h"

static FILE *out;
static uint32_t seq[SIM_NODES][SIM_NODES];
static unsigned frames;

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/* IPv4 and TCP; the called side is port 1503. Which side that is, is who sends first a CC: here, the lower
 * port rule. */
static void packet(const struct sim *s, int from, int to, struct pst_slice octets)
{
	(void)s;
	for (size_t at = 0; at < octets.n;) {
		const size_t n = octets.n - at < 1400 ? octets.n - at : 1400;
		uint8_t head[16 + 40] = { 0 }, *ip = head + 16, *tcp = ip + 20;
		const uint32_t len = (uint32_t)(40 + n), time = ++frames;
		memcpy(head, &time, 4);
		memcpy(head + 8, &len, 4);
		memcpy(head + 12, &len, 4);
		ip[0] = 0x45;
		put16(ip + 2, len);
		ip[8] = 64;
		ip[9] = 6;
		put32(ip + 12, 0x0a000001 + (uint32_t)from);
		put32(ip + 16, 0x0a000001 + (uint32_t)to);
		/* one connection for each pair; the node of the smaller number has 1503 */
		put16(tcp, from < to ? 1503 : 40000 + (unsigned)from * 10 + (unsigned)to);
		put16(tcp + 2, from < to ? 40000 + (unsigned)to * 10 + (unsigned)from : 1503);
		put32(tcp + 4, 1 + seq[from][to]);
		put32(tcp + 8, 1 + seq[to][from]);
		tcp[12] = 0x50;
		tcp[13] = 0x18;
		put16(tcp + 14, 65535);
		assert_int_equal(fwrite(head, 1, sizeof head, out), sizeof head);
		assert_int_equal(fwrite(octets.p + at, 1, n, out), n);
		seq[from][to] += (uint32_t)n;
		at += n;
	}
}

static void play(void **state)
{
	(void)state;
	struct sim s;
	static uint8_t big[20000];
	const struct conference_config named = { .node_name = "Änne", .password = "99" };
	const struct conference_config guest = { .node_name = "guest", .call_password = "99" };
	sim_init(&s, 7);
	s.tap = packet;
	sim_node(&s, 0, &named);
	for (unsigned i = 1; i < SIM_NODES; i++)
		sim_node(&s, i, i == 1 ? &guest : NULL);
	assert_int_equal(conference_create(s.nodes[0].c, "2718"), 0);
	sim_do(&s, 0);
	assert_true(sim_call(&s, 1, 0, CONFERENCE_JOIN, "2718"));
	assert_true(sim_call(&s, 1, 2, CONFERENCE_INVITE, NULL));
	assert_true(sim_call(&s, 3, 2, CONFERENCE_JOIN, "2718"));
	assert_true(sim_call(&s, 5, 4, CONFERENCE_CREATE, "12"));
	const unsigned a = sim_app_open(&s, 0, T124_APP_CHAT);
	sim_run(&s);
	const unsigned b = sim_app_open(&s, 3, T124_APP_CHAT);
	const unsigned f = sim_app_open(&s, 3, T124_APP_FILE);
	sim_run(&s);
	sim_app_say(&s, 0, a, "hello", false);
	sim_app_say(&s, 3, b, "hello", true);
	conference_app_send(s.nodes[3].c, f, s.nodes[0].apps[a].user, MCS_DATA_PRIORITY_LOW, false,
		slice_of(big, sizeof big));
	sim_do(&s, 3);
	assert_int_equal(conference_text(s.nodes[2].c, "text"), 0);
	sim_do(&s, 2);
	sim_run(&s);
	conference_terminate(s.nodes[3].c);
	sim_do(&s, 3);
	conference_eject(s.nodes[2].c, conference_self(s.nodes[3].c));
	sim_do(&s, 2);
	sim_run(&s);
	conference_lock(s.nodes[0].c, true);
	sim_do(&s, 0);
	sim_run(&s);
	conference_leave(s.nodes[0].c);
	sim_do(&s, 0);
	sim_run(&s);
	sim_free(&s);
}

int main(int argc, char **argv)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 101 /* raw IP */ };
	const struct CMUnitTest tests[] = { cmocka_unit_test(play) };
	if (argc != 2 || (out = fopen(argv[1], "wb")) == NULL)
		return 1;
	if (fwrite(head, 1, sizeof head, out) != sizeof head)
		return 1;
	const int rc = cmocka_run_group_tests(tests, NULL, NULL);
	return fclose(out) == 0 ? rc : 1;
}
