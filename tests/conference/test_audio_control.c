/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Audio call control: UDP between the two hosts only, above 1023, as many flows as may be, each until it is
 * idle. */
#include "sim.h"

#include "conference/audio_control.h"

static struct addr at(const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(&a, text, 0), 0);
	return a;
}

static const uint8_t rtp[12] = { 0x80 };

static enum audio_control_verdict udp(struct audio_control *a, enum audio_control_dir dir, const char *src,
	const char *dst, uint64_t now_ms)
{
	const struct addr s = at(src), d = at(dst);
	return audio_control_udp(a, dir, &s, &d, slice_of(rtp, sizeof rtp), now_ms);
}

static void start(struct audio_control *a, struct audio_control_config config)
{
	const struct addr in = at("10.0.0.5:1234"), out = at("192.0.2.9:1731");
	assert_int_equal(audio_control_init(a, &config, &in, &out), 0);
}

static void test_hosts_and_ports(void **state)
{
	(void)state;
	struct audio_control a;
	start(&a, (struct audio_control_config){ 0 });
	assert_int_equal(
		udp(&a, AUDIO_CONTROL_OUTWARD, "10.0.0.5:1024", "192.0.2.9:65535", 0), AUDIO_CONTROL_NEW);
	assert_int_equal(
		udp(&a, AUDIO_CONTROL_INWARD, "192.0.2.9:65535", "10.0.0.5:1024", 1), AUDIO_CONTROL_PASS);
	assert_int_equal(
		udp(&a, AUDIO_CONTROL_INWARD, "192.0.2.9:40000", "10.0.0.5:40001", 1), AUDIO_CONTROL_NEW);
	assert_int_equal(a.n_flows, 2);
	assert_int_equal(a.flow[0].packets[AUDIO_CONTROL_INWARD], 1);
	assert_int_equal(a.flow[0].octets[AUDIO_CONTROL_OUTWARD], sizeof rtp);
	/* other hosts, the direction turned round, low ports */
	assert_int_equal(
		udp(&a, AUDIO_CONTROL_OUTWARD, "10.0.0.6:5000", "192.0.2.9:5000", 1), AUDIO_CONTROL_HOST);
	assert_int_equal(
		udp(&a, AUDIO_CONTROL_OUTWARD, "10.0.0.5:5000", "192.0.2.8:5000", 1), AUDIO_CONTROL_HOST);
	assert_int_equal(
		udp(&a, AUDIO_CONTROL_INWARD, "10.0.0.5:1024", "192.0.2.9:65535", 1), AUDIO_CONTROL_HOST);
	assert_int_equal(
		udp(&a, AUDIO_CONTROL_OUTWARD, "10.0.0.5:5000", "192.0.2.9:1023", 1), AUDIO_CONTROL_PORTS);
	assert_int_equal(
		udp(&a, AUDIO_CONTROL_INWARD, "192.0.2.9:5000", "10.0.0.5:53", 1), AUDIO_CONTROL_PORTS);
	assert_int_equal(a.refused[AUDIO_CONTROL_HOST], 3);
	assert_int_equal(a.refused[AUDIO_CONTROL_PORTS], 2);
	assert_int_equal(a.n_flows, 2);
}

static void test_flows_and_time(void **state)
{
	(void)state;
	struct audio_control a;
	struct audio_control_flow gone;
	start(&a, (struct audio_control_config){ .flows = 2, .idle_ms = 1000 });
	assert_true(audio_control_next_ms(&a) == UINT64_MAX);
	assert_int_equal(
		udp(&a, AUDIO_CONTROL_OUTWARD, "10.0.0.5:2000", "192.0.2.9:2000", 100), AUDIO_CONTROL_NEW);
	assert_int_equal(
		udp(&a, AUDIO_CONTROL_OUTWARD, "10.0.0.5:2001", "192.0.2.9:2001", 600), AUDIO_CONTROL_NEW);
	assert_int_equal(
		udp(&a, AUDIO_CONTROL_OUTWARD, "10.0.0.5:2002", "192.0.2.9:2002", 700), AUDIO_CONTROL_FULL);
	assert_true(audio_control_next_ms(&a) == 1100);
	assert_false(audio_control_expire(&a, 1099, &gone));
	assert_int_equal(
		udp(&a, AUDIO_CONTROL_OUTWARD, "10.0.0.5:2002", "192.0.2.9:2002", 1100), AUDIO_CONTROL_NEW);
	assert_true(audio_control_expire(&a, 1700, &gone));
	assert_int_equal(gone.inside, 2001);
	assert_false(audio_control_expire(&a, 1700, &gone));
	assert_false(audio_control_expire(&a, 50, &gone)); /* a clock that went back loses nothing */
}

static void test_rtp_only(void **state)
{
	(void)state;
	struct audio_control a;
	const struct addr in = at("10.0.0.5:5000"), out = at("192.0.2.9:5000");
	start(&a, (struct audio_control_config){ .rtp_only = true });
	assert_int_equal(audio_control_udp(&a, AUDIO_CONTROL_OUTWARD, &in, &out, slice_str("GET / HTTP"), 0),
		AUDIO_CONTROL_NO_RTP);
	assert_int_equal(audio_control_udp(&a, AUDIO_CONTROL_OUTWARD, &in, &out, slice_of(rtp, 7), 0),
		AUDIO_CONTROL_NO_RTP);
	assert_int_equal(audio_control_udp(&a, AUDIO_CONTROL_OUTWARD, &in, &out, slice_of(rtp, 12), 0),
		AUDIO_CONTROL_NEW);
}

static void test_capture(void **state)
{
	(void)state;
	struct audio_control a;
	start(&a, (struct audio_control_config){ .capture = 6 });
	audio_control_tcp(&a, AUDIO_CONTROL_OUTWARD, slice_str("abcd"));
	audio_control_tcp(&a, AUDIO_CONTROL_OUTWARD, slice_str("efgh"));
	audio_control_tcp(&a, AUDIO_CONTROL_INWARD, slice_str(""));
	assert_int_equal(a.n_captured[AUDIO_CONTROL_OUTWARD], 6);
	assert_memory_equal(a.captured[AUDIO_CONTROL_OUTWARD], "abcdef", 6);
	assert_true(a.tcp_octets[AUDIO_CONTROL_OUTWARD] == 8 && a.n_captured[AUDIO_CONTROL_INWARD] == 0);
	start(&a, (struct audio_control_config){ 0 });
	audio_control_tcp(&a, AUDIO_CONTROL_OUTWARD, slice_str("secret"));
	assert_int_equal(a.n_captured[AUDIO_CONTROL_OUTWARD], 0);
}

static void test_arguments(void **state)
{
	(void)state;
	struct audio_control a;
	const struct addr in = at("10.0.0.5"), six = at("2001:db8::1"), none = { 0 };
	const struct audio_control_config usual = { 0 }, many = { .flows = AUDIO_CONTROL_FLOWS_MAX + 1 };
	const struct addr out = at("192.0.2.9");
	assert_int_equal(audio_control_init(&a, &usual, &in, &six), PST_E_ARG);
	assert_int_equal(audio_control_init(&a, &usual, &none, &none), PST_E_ARG);
	assert_int_equal(audio_control_init(&a, &usual, &in, &in), PST_E_ARG);
	assert_int_equal(audio_control_init(&a, &many, &in, &out), PST_E_ARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_hosts_and_ports),
		cmocka_unit_test(test_flows_and_time), cmocka_unit_test(test_rtp_only),
		cmocka_unit_test(test_capture), cmocka_unit_test(test_arguments) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
