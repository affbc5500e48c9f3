/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One LDAP client for any server, over loopback, to measure directories by:
 *
 *	bench_directory PORT add FIRST N          registers N people in one step each
 *	bench_directory PORT logon FIRST N        Add and Modify for each, as NetMeeting logs on
 *	bench_directory PORT lookup FIRST N COUNT finds COUNT times one of N by name
 *	bench_directory PORT list EXPECTED COUNT  asks COUNT times for everybody
 *
 * Eight connections, each with one request under way. Prints what it came to in operations per second.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "ldap/ber.h"
#include "ldap/msg.h"
#include "loop/net.h"

enum { CONNS = 8, OUT = 4096, IN = 1 << 20 };
enum what { ADD, LOGON, LOOKUP, LIST };

struct conn {
	int fd;
	uint8_t *in;
	size_t n;
	unsigned number, step, entries;
	bool busy;
};

static struct {
	enum what what;
	unsigned first, people, count, started, done;
	uint32_t random;
} job;

#define S(text) slice_str(text)

static void fail(const char *what)
{
	fprintf(stderr, "bench_directory: %s\n", what);
	exit(1);
}

static const char *const attr_names[] = { "surname", "givenname", "comment", "location", "rfc822mailbox", "sipaddress",
	"ilsa32833566", "ilsa32964638", "ilsa26279966", "ilsa26214430", "sport", "sappid" };

static void put_search(struct ldap_msg *m, const char *name, struct ldap_filter terms[2], struct pst_slice attrs[12])
{
	m->op = LDAP_SEARCH_REQUEST;
	m->dn = S("ou=Dynamic,o=Intranet");
	m->u.search.scope = LDAP_SCOPE_SUB;
	terms[0] = (struct ldap_filter){ .kind = LDAP_FILTER_EQUAL, .attr = S("objectClass"), .value = S("rtPerson") };
	terms[1] = name == NULL ? (struct ldap_filter){ .kind = LDAP_FILTER_PRESENT, .attr = S("cn") }
				: (struct ldap_filter){ .kind = LDAP_FILTER_EQUAL, .attr = S("cn"), .value = S(name) };
	m->u.search.filter = (struct ldap_filter){ .kind = LDAP_FILTER_AND, .children = terms, .n = 2 };
	for (int i = 0; i < 12; i++)
		attrs[i] = S(attr_names[i]);
	m->u.search.attrs = attrs;
	m->u.search.n_attrs = 12;
}

static uint32_t attr(struct ldap_attr *list, uint32_t n, const char *type, const struct pst_slice *values, uint32_t n_values)
{
	list[n] = (struct ldap_attr){ S(type), values, n_values, LDAP_MOD_REPLACE };
	return n + 1;
}

static void send_request(struct conn *c)
{
	uint8_t out[OUT];
	struct writer w = wr_of(out, sizeof out);
	struct ldap_msg m = { .id = 2 };
	struct ldap_attr list[24];
	struct ldap_filter terms[2];
	struct pst_slice attrs[12];
	char name[64], dn[128];
	snprintf(name, sizeof name, "user%u@example.com", c->number);
	snprintf(dn, sizeof dn, "cn=%s,ou=Dynamic,o=Intranet", name);
	const struct pst_slice one[] = { S(name), S("Given"), S("Surname"), S("Some Town"), S("a comment of some length"), S("16777343"),
		S("1"), S("1903246"), S("0"), S("84020942"), S("ms-netmeeting"), S("text/iuls"), S("008aff194794cf118796444553540000") };
	const struct pst_slice protocols[] = { S("t120"), S("h323") }, mimes[] = { S("text/t120"), S("text/h323") },
			       ports[] = { S("1503"), S("1720") }, classes[] = { S("rtPerson") };
	uint32_t n = 0;
	if (job.what == LOOKUP || job.what == LIST) {
		put_search(&m, job.what == LOOKUP ? name : NULL, terms, attrs);
	} else {
		m.dn = S(dn);
		if (job.what == ADD || c->step == 0) {
			m.op = LDAP_ADD_REQUEST;
			n = attr(list, n, "objectClass", classes, 1);
			n = attr(list, n, "cn", &one[0], 1);
			n = attr(list, n, "givenname", &one[1], 1);
			n = attr(list, n, "surname", &one[2], 1);
			n = attr(list, n, "rfc822mailbox", &one[0], 1);
			n = attr(list, n, "location", &one[3], 1);
			n = attr(list, n, "comment", &one[4], 1);
			n = attr(list, n, "sipaddress", &one[5], 1);
			n = attr(list, n, "sflags", &one[6], 1);
			n = attr(list, n, "ssecurity", &one[7], 1);
			n = attr(list, n, "ilsA26214430", &one[8], 1);
			n = attr(list, n, "ilsA26279966", &one[9], 1);
			n = attr(list, n, "ilsA32833566", &one[6], 1);
			n = attr(list, n, "ilsA32964638", &one[6], 1);
			n = attr(list, n, "ilsA39321630", &one[6], 1);
		}
		if (job.what == ADD || c->step == 1) {
			m.op = job.what == ADD ? LDAP_ADD_REQUEST : LDAP_MODIFY_REQUEST;
			n = attr(list, n, "sappid", &one[10], 1);
			n = attr(list, n, "smimetype", &one[11], 1);
			n = attr(list, n, "sappguid", &one[12], 1);
			n = attr(list, n, "sprotid", protocols, 2);
			n = attr(list, n, "sprotmimetype", mimes, 2);
			n = attr(list, n, "sport", ports, 2);
		}
		m.u.attrs.list = list;
		m.u.attrs.n = n;
	}
	if (ldap_encode(&w, &m) || write(c->fd, out, w.n) != (ssize_t)w.n)
		fail("cannot send");
	c->busy = true;
	c->entries = 0;
}

static void start(struct conn *c)
{
	if (job.started == job.count)
		return;
	job.random = job.random * 1664525 + 1013904223;
	c->number = job.first + (job.what == LOOKUP ? (job.random >> 4) % job.people : job.started);
	c->step = 0;
	job.started++;
	send_request(c);
}

static void answered(struct conn *c, const struct ldap_msg *m)
{
	if (m->op == LDAP_SEARCH_ENTRY) {
		c->entries++;
		return;
	}
	if (m->u.result.code != LDAP_SUCCESS)
		fail(ldap_result_str(m->u.result.code));
	if ((job.what == LOOKUP && c->entries != 1) || (job.what == LIST && c->entries != job.people))
		fail("not the entries expected");
	if (job.what == LOGON && c->step == 0) {
		c->step = 1;
		send_request(c);
		return;
	}
	job.done++;
	c->busy = false;
	start(c);
}

static void receive(struct conn *c, struct arena *a)
{
	const ssize_t got = read(c->fd, c->in + c->n, IN - c->n);
	size_t used = 0, n;
	if (got <= 0)
		fail("the server is gone");
	c->n += (size_t)got;
	while (ber_length(slice_of(c->in + used, c->n - used), &n) == 0 && n <= c->n - used) {
		struct ldap_msg m;
		arena_reset(a);
		if (ldap_decode(&m, slice_of(c->in + used, n), &ldap_limits_default, a))
			fail("no LDAP");
		used += n;
		answered(c, &m);
	}
	memmove(c->in, c->in + used, c->n - used);
	c->n -= used;
}

static void connect_to(struct conn *c, uint16_t port)
{
	static const uint8_t bind[] = { 0x30, 0x0c, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0 };
	struct addr server = addr_ip4((const uint8_t[]){ 127, 0, 0, 1 }, port);
	struct sockaddr_storage ss;
	uint8_t answer[64];
	c->in = malloc(IN);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->in == NULL || connect(c->fd, (struct sockaddr *)&ss, loop_sockaddr(&ss, &server)) ||
	    write(c->fd, bind, sizeof bind) != sizeof bind || read(c->fd, answer, sizeof answer) != 14)
		fail("cannot connect and bind");
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "add", "logon", "lookup", "list" };
	struct conn conns[CONNS] = { 0 };
	struct pollfd polled[CONNS];
	struct arena a;
	if (argc < 5)
		fail("usage: PORT add|logon|lookup|list FIRST N [COUNT]");
	while (job.what < LIST && strcmp(argv[2], names[job.what]) != 0)
		job.what++;
	job.first = (unsigned)atoi(argv[3]);
	job.people = job.count = (unsigned)atoi(argv[4]);
	if (job.what == LOOKUP)
		job.count = (unsigned)atoi(argv[argc - 1]);
	else if (job.what == LIST)
		job.people = job.first;
	arena_init(&a, 0);
	for (int i = 0; i < CONNS; i++)
		connect_to(&conns[i], (uint16_t)atoi(argv[1]));
	const uint64_t from = clock_now_ns();
	for (int i = 0; i < CONNS; i++)
		start(&conns[i]);
	while (job.done < job.count) {
		for (int i = 0; i < CONNS; i++)
			polled[i] = (struct pollfd){ .fd = conns[i].busy ? conns[i].fd : -1, .events = POLLIN };
		if (poll(polled, CONNS, 20000) <= 0)
			fail("no answer");
		for (int i = 0; i < CONNS; i++)
			if (polled[i].revents)
				receive(&conns[i], &a);
	}
	printf("%.1f\n", job.count / ((double)(clock_now_ns() - from) / 1e9));
	return 0;
}
