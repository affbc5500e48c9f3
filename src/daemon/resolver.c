/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/resolver.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>
#include <utlist.h>

#include "base/clock.h"
#include "dns/msg.h"
#include "loop/net.h"

enum {
	SERVERS_MAX = 4,
	LOOKUPS_MAX = 128,
	KEPT_MAX = 1024,
	ROUNDS = 2,     /* each server is asked so often */
	WAIT_MS = 1500, /* for an answer */
	TTL_LEAST_S = 5,
	TTL_MOST_S = 3600,
	TTL_NOBODY_S = 30,
	RECORDS = 16,
	ANSWER_MAX = 4096,
	CALL_PORT = 1720,
};

enum step { STEP_GATEKEEPER, STEP_HOST, STEP_IP4, STEP_IP6, STEP_DONE };

struct lookup {
	struct lookup *prev, *next;
	struct resolver *r;
	uv_timer_t timer;
	uv_poll_t poll;
	int fd; /* -1: none */
	unsigned handles;
	uint64_t ticket;
	enum step step;
	uint16_t id;
	uint32_t tries;
	bool locates, failed, gone;
	uint16_t port;
	uint32_t ttl_s;
	struct addr at;
	char domain[DNS_NAME_MAX];
	char host[DNS_NAME_MAX]; /* whose address is looked up */
};

struct kept {
	UT_hash_handle hh;
	char domain[DNS_NAME_MAX]; /* in lower case */
	struct addr at;
	bool locates;
	uint64_t until_ms;
};

struct resolver {
	uv_loop_t *loop;
	struct addr servers[SERVERS_MAX];
	uint32_t n_servers, n_lookups;
	resolver_done_h *done;
	void *arg;
	struct lookup *lookups;
	struct kept *kept; /* the oldest first */
	uint8_t in[ANSWER_MAX];
};

static const struct {
	const char *prefix;
	enum dns_type type;
} steps[] = {{"_h323ls._udp.", DNS_SRV}, {"_h323cs._tcp.", DNS_SRV}, {"", DNS_A}, {"", DNS_AAAA}};

/* ---- what was found ---- */

static struct kept *kept_find(struct resolver *r, const char *domain)
{
	struct kept *k = NULL;
	HASH_FIND_STR(r->kept, domain, k);
	if (k == NULL || k->until_ms > clock_now_ms())
		return k;
	HASH_DEL(r->kept, k);
	free(k);
	return NULL;
}

static void keep(struct resolver *r, const struct lookup *l)
{
	const uint32_t most = l->ttl_s < TTL_MOST_S ? l->ttl_s : TTL_MOST_S;
	struct kept *k = kept_find(r, l->domain);
	if (k == NULL && HASH_COUNT(r->kept) >= KEPT_MAX) {
		struct kept *oldest = r->kept;
		HASH_DEL(r->kept, oldest);
		free(oldest);
	}
	if (k != NULL || (k = calloc(1, sizeof *k)) == NULL)
		return;
	strcpy(k->domain, l->domain);
	k->at = l->at;
	k->locates = l->locates;
	k->until_ms = clock_now_ms() + (l->at.family == ADDR_NONE ? TTL_NOBODY_S : most > TTL_LEAST_S ? most : TTL_LEAST_S) * 1000;
	HASH_ADD_STR(r->kept, domain, k);
}

/* ---- one lookup ---- */

static void on_closed(uv_handle_t *h)
{
	struct lookup *l = h->data;
	if (--l->handles == 0 && l->gone)
		free(l);
}

static void socket_close(struct lookup *l)
{
	if (l->fd < 0)
		return;
	uv_poll_stop(&l->poll);
	close(l->fd);
	l->fd = -1;
	uv_close((uv_handle_t *)&l->poll, on_closed);
}

static void lookup_free(struct lookup *l)
{
	DL_DELETE(l->r->lookups, l);
	l->r->n_lookups--;
	l->gone = true;
	socket_close(l);
	uv_close((uv_handle_t *)&l->timer, on_closed);
}

static void end(struct lookup *l)
{
	struct resolver *r = l->r;
	const uint64_t ticket = l->ticket;
	const struct addr at = l->at;
	const bool locates = l->locates;
	if (!l->failed)
		keep(r, l);
	lookup_free(l);
	r->done(r->arg, ticket, &at, locates);
}

static void on_timer(uv_timer_t *t);
static void on_readable(uv_poll_t *poll, int status, int events);

static int open_socket(const struct addr *server)
{
	struct sockaddr_storage ss;
	const socklen_t n = loop_sockaddr(&ss, server);
	const int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&ss, n) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static const char *question(const struct lookup *l, char name[static DNS_NAME_MAX])
{
	snprintf(name, DNS_NAME_MAX, "%s%s", steps[l->step].prefix, l->step < STEP_IP4 ? l->domain : l->host);
	return name;
}

/* Each time from another port, under another number. */
static bool send_question(struct lookup *l)
{
	uint8_t octets[DNS_QUERY_MAX];
	char name[DNS_NAME_MAX];
	struct writer w = wr_of(octets, sizeof octets);
	if (getrandom(&l->id, sizeof l->id, 0) != sizeof l->id ||
	        dns_query_encode(&w, l->id, question(l, name), steps[l->step].type) != PST_OK)
		return false;
	l->fd = open_socket(&l->r->servers[l->tries % l->r->n_servers]);
	if (l->fd < 0)
		return true; /* the next server may do */
	if (uv_poll_init(l->r->loop, &l->poll, l->fd) != 0) {
		close(l->fd);
		l->fd = -1;
		return true;
	}
	l->poll.data = l;
	l->handles++;
	(void)uv_poll_start(&l->poll, UV_READABLE, on_readable);
	(void)!send(l->fd, octets, w.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	return true;
}

/* What is next is said by the timer: a closed poll handle is not used again in the same turn. */
static void go_on(struct lookup *l, enum step step)
{
	l->step = step;
	l->tries = 0;
	socket_close(l);
	uv_timer_start(&l->timer, on_timer, 0, 0);
}

static void give_up(struct lookup *l)
{
	l->failed = true;
	l->at.family = ADDR_NONE;
	go_on(l, STEP_DONE);
}

static void on_timer(uv_timer_t *t)
{
	struct lookup *l = t->data;
	socket_close(l);
	if (l->handles > 1) /* until that is closed */
		uv_timer_start(t, on_timer, 1, 0);
	else if (l->step == STEP_DONE)
		end(l);
	else if (l->tries >= ROUNDS * l->r->n_servers || !send_question(l))
		give_up(l);
	else {
		l->tries++;
		uv_timer_start(t, on_timer, WAIT_MS, 0);
	}
}

/* RFC 2782: the lowest priority; of those the one that carries most. */
static const struct dns_record *best(const struct dns_record *list, uint32_t n)
{
	const struct dns_record *b = NULL;
	for (uint32_t i = 0; i < n; i++) {
		const struct dns_record *x = &list[i];
		if (x->target[0] == '\0' || x->port == 0)
			continue;
		if (b == NULL || x->priority < b->priority || (x->priority == b->priority && x->weight > b->weight))
			b = x;
	}
	return b;
}

static void shorten(struct lookup *l, uint32_t ttl_s)
{
	if (ttl_s < l->ttl_s)
		l->ttl_s = ttl_s;
}

static void take_service(struct lookup *l, const struct dns_record *list, uint32_t n)
{
	const struct dns_record *b = best(list, n);
	if (b == NULL && l->step == STEP_GATEKEEPER) {
		go_on(l, STEP_HOST);
		return;
	}
	l->locates = b != NULL && l->step == STEP_GATEKEEPER;
	l->port = b != NULL ? b->port : CALL_PORT;
	strcpy(l->host, b != NULL ? b->target : l->domain);
	if (b != NULL)
		shorten(l, b->ttl_s);
	go_on(l, STEP_IP4);
}

static void take_answer(struct lookup *l, const struct dns_record *list, uint32_t n)
{
	if (l->step < STEP_IP4) {
		take_service(l, list, n);
	} else if (n == 0) {
		go_on(l, l->step == STEP_IP4 ? STEP_IP6 : STEP_DONE);
	} else {
		l->at = addr_with_port(list[0].addr, l->port);
		shorten(l, list[0].ttl_s);
		go_on(l, STEP_DONE);
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct lookup *l = poll->data;
	struct dns_record list[RECORDS];
	char name[DNS_NAME_MAX];
	uint32_t found = 0;
	(void)status;
	(void)events;
	const ssize_t n = recv(l->fd, l->r->in, sizeof l->r->in, MSG_DONTWAIT);
	if (n < 0)
		return; /* nobody is there: the timer says what is next */
	const int err = dns_answer_decode(
	        slice_of(l->r->in, (size_t)n), l->id, question(l, name), steps[l->step].type, list, RECORDS, &found);
	if (err == PST_OK)
		take_answer(l, list, found);
	else if (err != PST_E_NOT_FOUND) /* a server that can not, or what is no message: another may */
		uv_timer_start(&l->timer, on_timer, 0, 0);
}

/* ---- all of them ---- */

int resolver_new(struct resolver **out, uv_loop_t *loop, const struct addr *servers, uint32_t n, resolver_done_h *done,
        void *arg)
{
	if (n == 0 || n > SERVERS_MAX)
		return PST_E_ARG;
	struct resolver *r = calloc(1, sizeof *r);
	if (r == NULL)
		return PST_E_NOMEM;
	r->loop = loop;
	memcpy(r->servers, servers, n * sizeof *servers);
	r->n_servers = n;
	r->done = done;
	r->arg = arg;
	*out = r;
	return PST_OK;
}

bool resolver_find(struct resolver *r, uint64_t ticket, const char *domain)
{
	const size_t n = strlen(domain);
	struct lookup *l = n > 0 && n + sizeof "_h323ls._udp." < DNS_NAME_MAX && r->n_lookups < LOOKUPS_MAX ? calloc(1, sizeof *l)
	                                                                                                  : NULL;
	if (l == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		l->domain[i] = (char)(domain[i] >= 'A' && domain[i] <= 'Z' ? domain[i] + 32 : domain[i]);
	l->r = r;
	l->fd = -1;
	l->ticket = ticket;
	l->ttl_s = TTL_MOST_S;
	uv_timer_init(r->loop, &l->timer);
	l->timer.data = l;
	l->handles = 1;
	DL_APPEND(r->lookups, l);
	r->n_lookups++;
	const struct kept *k = kept_find(r, l->domain);
	if (k != NULL) {
		l->at = k->at;
		l->locates = k->locates;
	}
	go_on(l, k != NULL ? STEP_DONE : STEP_GATEKEEPER);
	return true;
}

void resolver_end(struct resolver *r)
{
	static const struct addr nobody;
	while (r->lookups != NULL) {
		const uint64_t ticket = r->lookups->ticket;
		lookup_free(r->lookups);
		r->done(r->arg, ticket, &nobody, false);
	}
}

void resolver_free(struct resolver *r)
{
	struct kept *k, *tmp;
	if (r == NULL)
		return;
	while (r->lookups != NULL)
		lookup_free(r->lookups);
	HASH_ITER(hh, r->kept, k, tmp)
	{
		HASH_DEL(r->kept, k);
		free(k);
	}
	free(r);
}
