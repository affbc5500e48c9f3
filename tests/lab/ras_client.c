/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An endpoint's RAS, one question a run, for the lab:
 *	ras_client register GATEKEEPER LOCAL NAME     -> registered ID
 *	ras_client ask GATEKEEPER LOCAL ID NAME       -> ADDRESS:PORT
 *	ras_client leave GATEKEEPER LOCAL ID          -> left
 * or the name of the answer that says no, with status 1. Requests are repeated as H.225.0 7.20 has it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "h225/addr.h"
#include "h225/build.h"
#include "loop/net.h"
#include "ras/request.h"

enum { SEQ = 1 };

static struct arena arena;
static struct addr local;

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "ras_client: %s\n", what);
	exit(2);
}

static void need(bool ok, const char *what)
{
	if (!ok)
		give_up(what);
}

static int open_socket(const struct addr *gatekeeper)
{
	struct sockaddr_storage ss;
	const int fd = socket(gatekeeper->family == ADDR_IP4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
	socklen_t n = loop_sockaddr(&ss, &local);
	need(fd >= 0 && bind(fd, (struct sockaddr *)&ss, n) == 0, "no socket");
	n = loop_sockaddr(&ss, gatekeeper);
	need(connect(fd, (struct sockaddr *)&ss, n) == 0 && loop_fd_local(fd, &local) == 0, "the gatekeeper can not be reached");
	return fd;
}

/* The answer, or NULL when none came. */
static struct h225_ras_message *exchange(int fd, enum ras_kind kind, struct h225_ras_message *m)
{
	static uint8_t out[1500], in[4096];
	static struct h225_ras_message answer;
	struct writer w = wr_of(out, sizeof out);
	struct ras_request r;
	struct ras_request_step step;
	enum ras_request_event e = RAS_REQUEST_START;
	uint32_t delay_ms = 0;
	ras_request_init(&r, kind, SEQ);
	need(ras_set_seq(m, SEQ) && h225_ras_encode(m, &w, NULL) == 0, "the request does not encode");
	for (;;) {
		need(ras_request_event(&r, e, delay_ms, &step) == 0, "an event at the wrong time");
		if (step.outcome != RAS_PENDING)
			return step.outcome == RAS_UNANSWERED ? NULL : &answer;
		if (step.send)
			(void)!send(fd, out, w.n, 0);
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const uint32_t ms = step.timer_ms != 0 ? step.timer_ms : call_timer_info(step.timer)->default_ms;
		const ssize_t n = poll(&p, 1, (int)ms) > 0 ? recv(fd, in, sizeof in, 0) : -1;
		e = RAS_REQUEST_TIMEOUT;
		if (n > 0 && h225_ras_decode(&answer, slice_of(in, (size_t)n), NULL, &arena, NULL) == 0)
			need(ras_request_match(&r, &answer, &e, &delay_ms), "an answer to something else");
	}
}

static struct h225_alias_address *alias(const char *name)
{
	struct h225_alias_address *a = ARENA_NEW(&arena, struct h225_alias_address);
	need(a != NULL && h225_alias_build(a, name, &arena) == 0, "no such name");
	return a;
}

static struct pst_slice identifier(const char *id)
{
	struct pst_slice s;
	need(h225_bmp_from_utf8(&s, id, &arena) == 0, "no such identifier");
	return s;
}

static struct h225_ras_message *enter(int fd, const char *name)
{
	struct h225_registration_request q = { .has_terminal_alias = true };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_REGISTRATION_REQUEST, .u.registration_request = &q };
	const struct addr signal = addr_with_port(local, 1720);
	q.protocol_identifier = h225_protocol_identifier(4, &arena);
	q.call_signal_address.n = q.ras_address.n = 1;
	q.call_signal_address.v = h225_addr_new(&signal, &arena);
	q.ras_address.v = h225_addr_new(&local, &arena);
	need(h225_terminal_build(&q.terminal_type, "ras_client", "1", &arena) == 0, "memory");
	h225_vendor_build(&q.endpoint_vendor, "ras_client", "1");
	q.terminal_alias.n = 1;
	q.terminal_alias.v = alias(name);
	return exchange(fd, RAS_RRQ, &m);
}

static struct h225_ras_message *ask(int fd, const char *id, const char *name)
{
	static const uint8_t guid[16] = { 1 };
	struct h225_call_identifier call = { .guid = slice_of(guid, 16) };
	struct h225_admission_request q = { .has_destination_info = true, .band_width = 1280, .call_reference_value = 1 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_ADMISSION_REQUEST, .u.admission_request = &q };
	q.endpoint_identifier = identifier(id);
	q.destination_info.n = 1;
	q.destination_info.v = alias(name);
	q.conference_id = call.guid;
	q.call_identifier = &call;
	return exchange(fd, RAS_ARQ, &m);
}

static struct h225_ras_message *leave(int fd, const char *id)
{
	struct h225_unregistration_request q = { .has_endpoint_identifier = true };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_UNREGISTRATION_REQUEST, .u.unregistration_request = &q };
	const struct addr signal = addr_with_port(local, 1720);
	q.endpoint_identifier = identifier(id);
	q.call_signal_address.n = 1;
	q.call_signal_address.v = h225_addr_new(&signal, &arena);
	return exchange(fd, RAS_URQ, &m);
}

static int report(const struct h225_ras_message *m)
{
	struct addr a;
	char text[256];
	if (m == NULL)
		give_up("no answer");
	if (m->choice == H225_RAS_MESSAGE_REGISTRATION_CONFIRM) {
		printf("registered %s\n", h225_bmp_text(m->u.registration_confirm->endpoint_identifier, text, sizeof text));
	} else if (m->choice == H225_RAS_MESSAGE_ADMISSION_CONFIRM) {
		need(h225_addr_read(&a, &m->u.admission_confirm->dest_call_signal_address) == 0, "no address");
		puts(addr_str(&a, text));
	} else if (m->choice == H225_RAS_MESSAGE_UNREGISTRATION_CONFIRM) {
		puts("left");
	} else {
		puts(h225_ras_name(m));
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct addr gatekeeper;
	need(argc >= 5 && addr_parse(&gatekeeper, argv[2], 1719) == 0 && addr_parse(&local, argv[3], 0) == 0,
		"register|ask|leave GATEKEEPER LOCAL ...");
	arena_init(&arena, 0);
	const int fd = open_socket(&gatekeeper);
	if (strcmp(argv[1], "register") == 0)
		return report(enter(fd, argv[4]));
	if (strcmp(argv[1], "leave") == 0)
		return report(leave(fd, argv[4]));
	need(argc == 6, "ask GATEKEEPER LOCAL ID NAME");
	return report(ask(fd, argv[4], argv[5]));
}
