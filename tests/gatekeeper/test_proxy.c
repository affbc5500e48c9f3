/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RAS proxy between endpoints inside (10.0.0.0/8) and gatekeepers outside (198.51.100.30 and .31), on a simulated
 * clock. No datagram to the outside may hold an inside address. */
#include "gksim.h"

#include "gatekeeper/proxy.h"

enum { DATAGRAMS_MAX = 256, SOCKETS = 256 };

static struct gksim s; /* for what it builds */
static struct ras_proxy *proxy;
static struct ras_proxy_config cfg;
static struct ras_proxy_gatekeeper gatekeepers[2];
static struct addr virtual_ip;

static struct datagram {
	bool out;
	uint64_t id;
	uint32_t gatekeeper;
	struct addr to;
	size_t n;
	uint8_t octets[4096];
} sent[DATAGRAMS_MAX];
static unsigned n_sent;
static uint16_t sockets[SOCKETS]; /* by id; 0: closed */

static void keep(bool out, uint64_t id, uint32_t gatekeeper, const struct addr *to, struct pst_slice d)
{
	assert_true(n_sent < DATAGRAMS_MAX && d.n <= sizeof sent[0].octets);
	sent[n_sent] = (struct datagram){ .out = out, .id = id, .gatekeeper = gatekeeper, .to = *to, .n = d.n };
	memcpy(sent[n_sent++].octets, d.p, d.n);
}

static void on_send_out(void *arg, uint64_t id, const struct addr *to, struct pst_slice d)
{
	static const uint8_t binary[] = { 10, 0, 0 }, wide[] = { 0, '1', 0, '0', 0, '.', 0, '0' };
	(void)arg;
	assert_true(id < SOCKETS && sockets[id] != 0);
	assert_null(memmem(d.p, d.n, binary, sizeof binary));
	assert_null(memmem(d.p, d.n, "10.0.", 5));
	assert_null(memmem(d.p, d.n, wide, sizeof wide));
	keep(true, id, 0, to, d);
}

static void on_send_in(void *arg, uint32_t gatekeeper, uint32_t realm, const struct addr *to, struct pst_slice d)
{
	(void)arg;
	assert_int_equal(realm, INSIDE);
	assert_int_equal(to->ip[0], 10);
	keep(false, 0, gatekeeper, to, d);
}

static int on_open(void *arg, uint64_t id, struct addr *local)
{
	char text[ADDR_STRLEN];
	(void)arg;
	if (id >= SOCKETS)
		return PST_E_SPACE;
	assert_string_equal(addr_str(local, text), "203.0.113.1");
	local->port = sockets[id] = (uint16_t)(3000 + id);
	return 0;
}

static void on_close(void *arg, uint64_t id)
{
	(void)arg;
	assert_true(sockets[id] != 0);
	sockets[id] = 0;
}

static bool on_virtual(void *arg, uint32_t in, const struct addr *host, uint32_t out, struct addr *to)
{
	(void)arg;
	(void)host;
	assert_int_equal(in, INSIDE);
	assert_int_equal(out, OUTSIDE);
	*to = virtual_ip;
	return virtual_ip.family != ADDR_NONE;
}

/* What whoever decides about calls was told: "+name=signal -name *caller>dest /number @port=host @port-" */
static char told[512];

static void tell(const char *text)
{
	const size_t n = strlen(told);
	snprintf(told + n, sizeof told - n, "%s ", text);
}

static void on_named(void *arg, struct pst_slice name, uint32_t realm, const struct addr *signal)
{
	char text[128], a[ADDR_STRLEN];
	(void)arg;
	assert_int_equal(realm, INSIDE);
	snprintf(text, sizeof text, signal != NULL ? "+%.*s=%s" : "-%.*s", (int)name.n, (const char *)name.p,
		signal != NULL ? addr_str(signal, a) : "");
	tell(text);
}

static void on_admitted(void *arg, const struct gatekeeper_admission *adm, bool over)
{
	char text[160], a[ADDR_STRLEN], b[ADDR_STRLEN];
	(void)arg;
	assert_int_equal(adm->call_id.n, 16);
	if (over)
		snprintf(text, sizeof text, "/%u", (unsigned)adm->number);
	else
		snprintf(text, sizeof text, "*%s>%s", addr_str(&adm->caller, a), addr_str(&adm->dest, b));
	tell(text);
}

static void on_port(void *arg, const struct addr *local, const struct addr *signal)
{
	char text[128], a[ADDR_STRLEN];
	(void)arg;
	if (signal != NULL)
		snprintf(text, sizeof text, "@%u=%s", local->port, signal->family != ADDR_NONE ? addr_str(signal, a) : "");
	else
		snprintf(text, sizeof text, "@%u-", local->port);
	tell(text);
}

static void was_told(const char *what)
{
	assert_string_equal(told, what);
	told[0] = '\0';
}

static int setup(void **state)
{
	told[0] = '\0';
	(void)state;
	gksim_init(&s);
	n_sent = 0;
	virtual_ip.family = ADDR_NONE;
	gatekeepers[0] = (struct ras_proxy_gatekeeper){ at("198.51.100.30:1719"), 2719 };
	gatekeepers[1] = (struct ras_proxy_gatekeeper){ at("198.51.100.31:1719"), 2720 };
	cfg = (struct ras_proxy_config){ .realms = s.cfg.realms, .n_realms = s.cfg.n_realms, .gatekeepers = gatekeepers,
		.n_gatekeepers = 2, .signalling_port = 1720, .default_ttl_s = 1800, .limits = s.cfg.limits, .seed = 42 };
	return 0;
}

static void start(void)
{
	static const struct ras_proxy_ops ops = { .open = on_open, .close = on_close, .send_out = on_send_out,
		.send_in = on_send_in, .virtual_address = on_virtual, .named = on_named, .admitted = on_admitted,
		.port = on_port };
	assert_int_equal(ras_proxy_new(&proxy, &cfg, &ops, NULL), 0);
}

static int teardown(void **state)
{
	(void)state;
	ras_proxy_free(proxy);
	proxy = NULL;
	for (int i = 0; i < SOCKETS; i++)
		assert_int_equal(sockets[i], 0);
	arena_free(&s.arena);
	return 0;
}

static struct pst_slice encode(const struct h225_ras_message *m)
{
	uint8_t octets[4000];
	struct writer w = wr_of(octets, sizeof octets);
	assert_int_equal(h225_ras_encode(m, &w, NULL), 0);
	uint8_t *p = arena_dup(&s.arena, octets, w.n);
	assert_non_null(p);
	return slice_of(p, w.n);
}

static void from_inside(const char *from, struct h225_ras_message *m)
{
	const struct addr a = at(from);
	uint32_t seq;
	if (ras_seq(m, &seq) && seq == 0)
		assert_true(ras_set_seq(m, ++s.seq));
	ras_proxy_from_inside(proxy, 0, INSIDE, &a, encode(m), s.now);
}

static void from_outside(uint64_t id, const char *from, const struct h225_ras_message *m)
{
	const struct addr a = at(from);
	ras_proxy_from_outside(proxy, id, &a, encode(m), s.now);
}

/* The last datagram, decoded; it went OUT or in. */
static struct h225_ras_message last(bool out)
{
	struct h225_ras_message m;
	assert_true(n_sent > 0);
	const struct datagram *d = &sent[n_sent - 1];
	assert_int_equal(d->out, out);
	uint8_t *copy = arena_dup(&s.arena, d->octets, d->n);
	assert_non_null(copy);
	assert_int_equal(h225_ras_decode(&m, slice_of(copy, d->n), NULL, &s.arena, NULL), 0);
	return m;
}

static const char *text_of(const struct h225_transport_address *ta)
{
	static char text[ADDR_STRLEN];
	struct addr a;
	assert_int_equal(h225_addr_read(&a, ta), 0);
	return addr_str(&a, text);
}

static void pass(uint64_t ms)
{
	const uint64_t end = s.now + ms;
	uint64_t due;
	while ((due = ras_proxy_due(proxy)) != 0 && due <= end) {
		s.now = due > s.now ? due : s.now;
		ras_proxy_tick(proxy, s.now);
	}
	s.now = end;
}

static struct h225_transport_address address(const char *text)
{
	struct h225_transport_address ta;
	const struct addr a = at(text);
	assert_int_equal(h225_addr_build(&ta, &a, &s.arena), 0);
	return ta;
}

static uint32_t seq_of(const struct h225_ras_message *m)
{
	uint32_t seq = 0;
	assert_true(ras_seq(m, &seq));
	return seq;
}

static struct pst_slice endpoint_id(void)
{
	struct pst_slice id;
	assert_int_equal(h225_bmp_from_utf8(&id, "ep-1", &s.arena), 0);
	return id;
}

/* The gatekeeper's answer to the last request that went out. */
static void confirm_registration(uint32_t ttl_s)
{
	struct h225_ras_message rrq = last(true);
	struct h225_registration_confirm rcf = { .request_seq_num = seq_of(&rrq) };
	struct h225_transport_address gk = address("198.51.100.30:1721");
	const struct h225_ras_message m = {
		.choice = H225_RAS_MESSAGE_REGISTRATION_CONFIRM, .u.registration_confirm = &rcf };
	rcf.protocol_identifier = h225_protocol_identifier(5, &s.arena);
	rcf.call_signal_address.n = 1;
	rcf.call_signal_address.v = &gk;
	rcf.endpoint_identifier = endpoint_id();
	rcf.has_time_to_live = ttl_s != 0;
	rcf.time_to_live = ttl_s;
	from_outside(sent[n_sent - 1].id, "198.51.100.30:1719", &m);
}

static void register_as(const char *from, const char *alias, uint32_t ttl_s)
{
	struct h225_ras_message m = gksim_rrq(&s, from, &(struct gksim_rrq){ .alias = { alias }, .ttl_s = ttl_s });
	from_inside(from, &m);
	confirm_registration(ttl_s);
}

static void confirm_admission(const char *dest)
{
	struct h225_ras_message arq = last(true);
	struct h225_admission_confirm acf = { .request_seq_num = seq_of(&arq), .band_width = 1280 };
	const struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_ADMISSION_CONFIRM, .u.admission_confirm = &acf };
	acf.dest_call_signal_address = address(dest);
	from_outside(sent[n_sent - 1].id, "198.51.100.30:1719", &m);
}

static bool admitted(const char *caller, uint8_t call, char text[static ADDR_STRLEN])
{
	uint8_t id[16];
	struct addr dest;
	const struct addr a = at(caller);
	memset(id, call, sizeof id);
	if (!ras_proxy_admitted(proxy, &a, slice_of(id, 16), slice_of(NULL, 0), s.now, &dest))
		return false;
	addr_str(&dest, text);
	return true;
}

/* --- tests --- */

static void registration(void **state)
{
	struct addr at_host;
	char text[ADDR_STRLEN];
	(void)state;
	start();
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.5:2000", &(struct gksim_rrq){ .alias = { "alice", "h323:alice@10.0.0.5" } });
	from_inside("10.0.0.5:2000", &m);
	m = last(true);
	const struct h225_registration_request *rrq = m.u.registration_request;
	assert_string_equal(addr_str(&sent[0].to, text), "198.51.100.30:1719");
	assert_string_equal(text_of(&rrq->call_signal_address.v[0]), "203.0.113.1:3001");
	assert_string_equal(text_of(&rrq->ras_address.v[0]), "203.0.113.1:3001");
	assert_false(ras_proxy_find(proxy, "alice", &at_host));
	confirm_registration(0);
	m = last(false);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_REGISTRATION_CONFIRM);
	assert_string_equal(addr_str(&sent[1].to, text), "10.0.0.5:2000");
	assert_string_equal(text_of(&m.u.registration_confirm->call_signal_address.v[0]), "10.0.0.1:1720");
	assert_true(ras_proxy_find(proxy, "Alice", &at_host));
	assert_string_equal(addr_str(&at_host, text), "10.0.0.5:1720");
	assert_true(ras_proxy_find(proxy, "alice@203.0.113.1", &at_host));
	assert_true(ras_proxy_find(proxy, "h323:alice@203.0.113.1", &at_host));
	assert_false(ras_proxy_find(proxy, "bob", &at_host));
	const struct addr host = at("10.0.0.5"), other = at("10.0.0.6");
	assert_true(ras_proxy_is_registered(proxy, &host));
	assert_false(ras_proxy_is_registered(proxy, &other));
}

static void with_a_virtual_address(void **state)
{
	(void)state;
	virtual_ip = at("203.0.113.77");
	start();
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.5:2000", &(struct gksim_rrq){ .alias = { "alice" } });
	from_inside("10.0.0.5:2000", &m);
	m = last(true);
	assert_string_equal(text_of(&m.u.registration_request->call_signal_address.v[0]), "203.0.113.77:1720");
	/* what calls that address is found without a name, by whoever gave it */
}

static void discovery(void **state)
{
	struct h225_gatekeeper_request grq = { 0 };
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_GATEKEEPER_REQUEST, .u.gatekeeper_request = &grq };
	char text[ADDR_STRLEN];
	(void)state;
	start();
	grq.protocol_identifier = h225_protocol_identifier(2, &s.arena);
	grq.ras_address = address("10.0.0.5:2000");
	assert_int_equal(h225_terminal_build(&grq.endpoint_type, "test", "1", &s.arena), 0);
	from_inside("10.0.0.5:2000", &m);
	m = last(true);
	assert_string_equal(text_of(&m.u.gatekeeper_request->ras_address), "203.0.113.1:3001");
	struct h225_gatekeeper_confirm gcf = { .request_seq_num = seq_of(&m) };
	struct h225_alternate_gk alternates[3] = { { .ras_address = address("198.51.100.31:1719") },
		{ .ras_address = address("198.51.100.99:1719") }, { .ras_address = address("10.0.0.9:1719") } };
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_GATEKEEPER_CONFIRM, .u.gatekeeper_confirm = &gcf };
	gcf.protocol_identifier = grq.protocol_identifier;
	gcf.ras_address = address("198.51.100.30:1819");
	gcf.has_alternate_gatekeeper = true;
	gcf.alternate_gatekeeper.n = 3;
	gcf.alternate_gatekeeper.v = alternates;
	from_outside(1, "198.51.100.30:1719", &m);
	m = last(false);
	assert_string_equal(text_of(&m.u.gatekeeper_confirm->ras_address), "10.0.0.1:2719");
	/* of the others, only one is a gatekeeper that may be gone to */
	assert_int_equal(m.u.gatekeeper_confirm->alternate_gatekeeper.n, 1);
	assert_string_equal(text_of(&m.u.gatekeeper_confirm->alternate_gatekeeper.v[0].ras_address), "10.0.0.1:2720");
	/* registered where it was told to, on the socket that it was found with */
	m = gksim_rrq(&s, "10.0.0.5:2000", &(struct gksim_rrq){ .alias = { "alice" } });
	from_inside("10.0.0.5:2000", &m);
	assert_string_equal(addr_str(&sent[n_sent - 1].to, text), "198.51.100.30:1819");
	assert_int_equal(sent[n_sent - 1].id, 1);
}

static void admission(void **state)
{
	char text[ADDR_STRLEN];
	(void)state;
	start();
	register_as("10.0.0.5:2000", "alice", 0);
	struct h225_ras_message m = gksim_arq(&s, endpoint_id(), "bob", NULL, 7);
	const struct addr own = at("10.0.0.5:1720");
	m.u.admission_request->src_call_signal_address = h225_addr_new(&own, &s.arena);
	from_inside("10.0.0.5:2000", &m);
	m = last(true);
	assert_string_equal(text_of(m.u.admission_request->src_call_signal_address), "203.0.113.1:3001");
	assert_false(admitted("10.0.0.5", 7, text));
	confirm_admission("192.0.2.9:1732");
	m = last(false);
	assert_string_equal(text_of(&m.u.admission_confirm->dest_call_signal_address), "10.0.0.1:1720");
	assert_true(admitted("10.0.0.5:40000", 7, text));
	assert_string_equal(text, "192.0.2.9:1732");
	/* nobody else's */
	assert_false(admitted("10.0.0.6", 7, text));
	assert_false(admitted("10.0.0.5", 8, text));
	/* not for ever, and not past its end */
	pass(61000);
	assert_false(admitted("10.0.0.5", 7, text));
	m = gksim_arq(&s, endpoint_id(), "bob", NULL, 9);
	from_inside("10.0.0.5:2000", &m);
	confirm_admission("192.0.2.9:1732");
	assert_true(admitted("10.0.0.5", 9, text));
	uint8_t id[16];
	memset(id, 9, sizeof id);
	struct h225_disengage_request drq = { .endpoint_identifier = endpoint_id(), .call_reference_value = 9 };
	drq.conference_id = slice_of(id, 16);
	drq.disengage_reason.choice = H225_DISENGAGE_REASON_NORMAL_DROP;
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_DISENGAGE_REQUEST, .u.disengage_request = &drq };
	from_inside("10.0.0.5:2000", &m);
	assert_false(admitted("10.0.0.5", 9, text));
}

/* Another process hears of everything, in time, and of all of it again when it begins anew. */
static void tells(void **state)
{
	(void)state;
	start();
	register_as("10.0.0.5:2000", "Alice", 0);
	was_told("@3001= @3001=10.0.0.5:1720 +alice=10.0.0.5:1720 ");
	struct h225_ras_message m = gksim_arq(&s, endpoint_id(), "bob", NULL, 7);
	from_inside("10.0.0.5:2000", &m);
	was_told("");
	confirm_admission("192.0.2.9:1732");
	was_told("*10.0.0.5>192.0.2.9:1732 ");
	ras_proxy_tell_all(proxy);
	was_told("@3001=10.0.0.5:1720 +alice=10.0.0.5:1720 *10.0.0.5>192.0.2.9:1732 ");
	pass(59000);
	was_told("");
	pass(2000);
	was_told("/1 ");
	register_as("10.0.0.5:2000", "alan", 0);
	was_told("-alice @3001=10.0.0.5:1720 +alan=10.0.0.5:1720 ");
	pass(4000000); /* it is silent for too long */
	was_told("@3001- -alan ");
}

/* Nobody outside leads a caller inside to somebody inside, or to the gateway itself. */
static void admitted_to_nowhere(void **state)
{
	char text[ADDR_STRLEN];
	static const char *const bad[] = { "10.0.0.9:1720", "203.0.113.1:1720", "203.0.113.1:3002" };
	(void)state;
	start();
	register_as("10.0.0.5:2000", "alice", 0);
	for (uint8_t i = 0; i < 3; i++) {
		struct h225_ras_message m = gksim_arq(&s, endpoint_id(), "bob", NULL, (uint8_t)(i + 1));
		from_inside("10.0.0.5:2000", &m);
		confirm_admission(bad[i]);
		assert_false(admitted("10.0.0.5", (uint8_t)(i + 1), text));
	}
}

static void two_at_one_gatekeeper(void **state)
{
	struct addr host;
	char text[ADDR_STRLEN];
	(void)state;
	start();
	register_as("10.0.0.5:2000", "alice", 0);
	register_as("10.0.0.6:2000", "bob", 0);
	assert_int_equal(sent[0].id, 1);
	assert_int_equal(sent[2].id, 2);
	assert_true(ras_proxy_find(proxy, "bob", &host));
	assert_string_equal(addr_str(&host, text), "10.0.0.6:1720");
	/* the gatekeeper gave the name to another */
	register_as("10.0.0.6:2000", "alice", 0);
	assert_true(ras_proxy_find(proxy, "alice", &host));
	assert_string_equal(addr_str(&host, text), "10.0.0.6:1720");
	assert_false(ras_proxy_find(proxy, "bob", &host));
}

/* Both are inside: the gatekeeper outside leads one to the other. */
static void admitted_to_each_other(void **state)
{
	char text[ADDR_STRLEN];
	(void)state;
	start();
	register_as("10.0.0.5:2000", "alice", 0);
	register_as("10.0.0.6:2000", "bob", 0);
	struct h225_ras_message m = gksim_arq(&s, endpoint_id(), "bob", NULL, 7);
	from_inside("10.0.0.5:2000", &m);
	confirm_admission("203.0.113.1:3002");
	assert_true(admitted("10.0.0.5", 7, text));
	assert_string_equal(text, "10.0.0.6:1720");
}

static void called_by_port(void **state)
{
	struct addr host, local = at("203.0.113.1:3001");
	char text[ADDR_STRLEN];
	(void)state;
	start();
	assert_false(ras_proxy_find_port(proxy, &local, &host));
	register_as("10.0.0.5:2000", "alice", 60);
	assert_true(ras_proxy_find_port(proxy, &local, &host));
	assert_string_equal(addr_str(&host, text), "10.0.0.5:1720");
	pass(70000);
	assert_false(ras_proxy_find_port(proxy, &local, &host));
}

static void one_name_at_two_gatekeepers(void **state)
{
	struct addr host;
	char text[ADDR_STRLEN];
	const struct addr mallory = at("10.0.0.66:2000");
	(void)state;
	start();
	register_as("10.0.0.5:2000", "alice", 0);
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.66:2000", &(struct gksim_rrq){ .alias = { "alice" } });
	assert_true(ras_set_seq(&m, 77));
	ras_proxy_from_inside(proxy, 1, INSIDE, &mallory, encode(&m), s.now);
	struct h225_registration_confirm rcf = { .request_seq_num = 77, .endpoint_identifier = endpoint_id() };
	rcf.protocol_identifier = h225_protocol_identifier(5, &s.arena);
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_REGISTRATION_CONFIRM, .u.registration_confirm = &rcf };
	from_outside(2, "198.51.100.31:1719", &m);
	assert_true(ras_proxy_find(proxy, "alice", &host));
	assert_string_equal(addr_str(&host, text), "10.0.0.5:1720");
}

static void only_what_was_asked_for(void **state)
{
	struct addr host;
	(void)state;
	start();
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.5:2000", &(struct gksim_rrq){ .alias = { "alice" } });
	from_inside("10.0.0.5:2000", &m);
	assert_int_equal(n_sent, 1);
	struct h225_registration_confirm rcf = { .request_seq_num = s.seq, .endpoint_identifier = endpoint_id() };
	rcf.protocol_identifier = h225_protocol_identifier(5, &s.arena);
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_REGISTRATION_CONFIRM, .u.registration_confirm = &rcf };
	from_outside(1, "198.51.100.66:1719", &m); /* from a stranger */
	rcf.request_seq_num++;
	from_outside(1, "198.51.100.30:1719", &m); /* of another number */
	rcf.request_seq_num--;
	from_outside(2, "198.51.100.30:1719", &m); /* on a socket of nobody */
	struct h225_unregistration_confirm ucf = { .request_seq_num = s.seq };
	const struct h225_ras_message wrong = {
		.choice = H225_RAS_MESSAGE_UNREGISTRATION_CONFIRM, .u.unregistration_confirm = &ucf };
	from_outside(1, "198.51.100.30:1719", &wrong); /* of another kind */
	assert_int_equal(n_sent, 1);
	assert_false(ras_proxy_find(proxy, "alice", &host));
	from_outside(1, "198.51.100.30:1719", &m);
	assert_int_equal(n_sent, 2);
	assert_true(ras_proxy_find(proxy, "alice", &host));
	from_outside(1, "198.51.100.30:1719", &m); /* and once */
	assert_int_equal(n_sent, 2);
	/* a gatekeeper registers nobody itself, and no gateway's address asks */
	m = gksim_rrq(&s, "198.51.100.30:1719", &(struct gksim_rrq){ .alias = { "x" } });
	assert_true(ras_set_seq(&m, 5));
	from_outside(1, "198.51.100.30:1719", &m);
	from_inside("198.51.100.30:1719", &m);
	from_inside("10.0.0.1:2719", &m);
	assert_int_equal(n_sent, 2);
}

static void the_gatekeeper_asks(void **state)
{
	struct addr host;
	(void)state;
	start();
	register_as("10.0.0.5:2000", "alice", 0);
	struct h225_info_request irq = { .request_seq_num = 900 };
	struct h225_transport_address reply = address("198.51.100.30:1719");
	struct h225_ras_message m = { .choice = H225_RAS_MESSAGE_INFO_REQUEST, .u.info_request = &irq };
	irq.reply_address = &reply;
	from_outside(1, "198.51.100.30:1719", &m);
	m = last(false);
	assert_string_equal(text_of(m.u.info_request->reply_address), "10.0.0.1:2719");
	struct h225_info_request_response irr = { .request_seq_num = 900, .endpoint_identifier = endpoint_id() };
	struct h225_transport_address own = address("10.0.0.5:1720");
	irr.ras_address = address("10.0.0.5:2000");
	irr.call_signal_address.n = 1;
	irr.call_signal_address.v = &own;
	assert_int_equal(h225_terminal_build(&irr.endpoint_type, "test", "1", &s.arena), 0);
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_INFO_REQUEST_RESPONSE, .u.info_request_response = &irr };
	from_inside("10.0.0.5:2000", &m);
	m = last(true);
	assert_string_equal(text_of(&m.u.info_request_response->ras_address), "203.0.113.1:3001");
	assert_string_equal(text_of(&m.u.info_request_response->call_signal_address.v[0]), "203.0.113.1:3001");
	/* and ends it */
	struct h225_unregistration_request urq = { .request_seq_num = 901 };
	struct h225_transport_address seen = address("203.0.113.1:3001");
	urq.call_signal_address.n = 1;
	urq.call_signal_address.v = &seen;
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_UNREGISTRATION_REQUEST, .u.unregistration_request = &urq };
	from_outside(1, "198.51.100.30:1719", &m);
	m = last(false);
	assert_string_equal(text_of(&m.u.unregistration_request->call_signal_address.v[0]), "10.0.0.5:1720");
	assert_false(ras_proxy_find(proxy, "alice", &host));
	struct h225_unregistration_confirm ucf = { .request_seq_num = 901 };
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_UNREGISTRATION_CONFIRM, .u.unregistration_confirm = &ucf };
	from_inside("10.0.0.5:2000", &m);
	assert_true(sent[n_sent - 1].out);
	const unsigned n = n_sent;
	from_inside("10.0.0.5:2000", &m); /* nobody asks any more */
	assert_int_equal(n_sent, n);
}

static void time_to_live(void **state)
{
	struct addr host;
	(void)state;
	start();
	register_as("10.0.0.5:2000", "alice", 60);
	pass(50000);
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.5:2000", &(struct gksim_rrq){ .ttl_s = 60, .light = true, .id = endpoint_id() });
	from_inside("10.0.0.5:2000", &m);
	confirm_registration(60);
	pass(60000);
	assert_true(ras_proxy_find(proxy, "alice", &host));
	pass(10000);
	/* the gatekeeper hears of it, and all is gone */
	m = last(true);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_UNREGISTRATION_REQUEST);
	assert_true(slice_eq(m.u.unregistration_request->endpoint_identifier, endpoint_id()));
	assert_false(ras_proxy_find(proxy, "alice", &host));
	assert_int_equal(sockets[1], 0);
	assert_int_equal(ras_proxy_due(proxy), 0);
}

static void no_time_to_live(void **state)
{
	struct addr host;
	(void)state;
	start();
	register_as("10.0.0.5:2000", "alice", 0);
	pass(1801 * 1000);
	struct h225_ras_message m = last(false);
	assert_int_equal(m.choice, H225_RAS_MESSAGE_INFO_REQUEST);
	/* its answer is the proxy's own affair */
	const unsigned n = n_sent;
	struct h225_info_request_response irr = { .request_seq_num = seq_of(&m), .endpoint_identifier = endpoint_id() };
	irr.ras_address = address("10.0.0.5:2000");
	assert_int_equal(h225_terminal_build(&irr.endpoint_type, "test", "1", &s.arena), 0);
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_INFO_REQUEST_RESPONSE, .u.info_request_response = &irr };
	from_inside("10.0.0.5:2000", &m);
	assert_int_equal(n_sent, n);
	pass(1799 * 1000);
	assert_true(ras_proxy_find(proxy, "alice", &host));
	/* silent: asked three times, then let go */
	pass(20000);
	assert_false(ras_proxy_find(proxy, "alice", &host));
	assert_int_equal(last(true).choice, H225_RAS_MESSAGE_UNREGISTRATION_REQUEST);
	assert_int_equal(n_sent, n + 4);
}

static void after_a_restart(void **state)
{
	(void)state;
	start();
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.5:2000", &(struct gksim_rrq){ .ttl_s = 60, .light = true, .id = endpoint_id() });
	from_inside("10.0.0.5:2000", &m);
	m = last(false);
	assert_int_equal(m.u.registration_reject->reject_reason.choice,
		H225_REGISTRATION_REJECT_REASON_FULL_REGISTRATION_REQUIRED);
	pass(60001);
	assert_int_equal(sockets[1], 0);
}

static void a_flood(void **state)
{
	(void)state;
	cfg.limits.registrations = 8;
	cfg.limits.registrations_per_source = 2;
	start();
	register_as("10.0.0.5:2000", "alice", 0);
	/* many ports of one host */
	for (int i = 0; i < 20; i++) {
		char from[40];
		snprintf(from, sizeof from, "10.0.0.6:%d", 3000 + i);
		struct h225_ras_message m = gksim_rrq(&s, from, &(struct gksim_rrq){ .alias = { "x" } });
		from_inside(from, &m);
	}
	assert_int_equal(n_sent, 2 + 2);
	/* many hosts: who did not register gives way, who did stays */
	for (int i = 0; i < 20; i++) {
		char from[40];
		snprintf(from, sizeof from, "10.0.1.%d:3000", i + 1);
		struct h225_ras_message m = gksim_rrq(&s, from, &(struct gksim_rrq){ .alias = { "x" } });
		from_inside(from, &m);
	}
	unsigned open = 0;
	for (int i = 0; i < SOCKETS; i++)
		open += sockets[i] != 0;
	assert_int_equal(open, 8);
	struct addr host;
	assert_true(ras_proxy_find(proxy, "alice", &host));
	/* many messages of one endpoint */
	n_sent = 0;
	for (int i = 0; i < 200; i++) {
		struct h225_ras_message m = gksim_arq(&s, endpoint_id(), "bob", NULL, 1);
		from_inside("10.0.0.5:2000", &m);
	}
	assert_in_range(n_sent, 60, 4 * cfg.limits.requests_per_source_s);
}

static void too_many_names(void **state)
{
	struct h225_alias_address list[200];
	(void)state;
	start();
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.5:2000", &(struct gksim_rrq){ .alias = { "x" } });
	for (int i = 0; i < 200; i++) {
		char name[20];
		snprintf(name, sizeof name, "name%d", i);
		assert_int_equal(h225_alias_build(&list[i], arena_dup(&s.arena, name, 20), &s.arena), 0);
	}
	m.u.registration_request->terminal_alias.n = 200;
	m.u.registration_request->terminal_alias.v = list;
	from_inside("10.0.0.5:2000", &m);
	m = last(false);
	assert_int_equal(m.u.registration_reject->reject_reason.choice, H225_REGISTRATION_REJECT_REASON_RESOURCE_UNAVAILABLE);
	/* nor does a gatekeeper make them so many */
	m = gksim_rrq(&s, "10.0.0.5:2000", &(struct gksim_rrq){ .alias = { "x" } });
	from_inside("10.0.0.5:2000", &m);
	struct h225_registration_confirm rcf = { .request_seq_num = s.seq, .endpoint_identifier = endpoint_id() };
	rcf.protocol_identifier = h225_protocol_identifier(5, &s.arena);
	rcf.has_terminal_alias = true;
	rcf.terminal_alias.n = 200;
	rcf.terminal_alias.v = list;
	m = (struct h225_ras_message){ .choice = H225_RAS_MESSAGE_REGISTRATION_CONFIRM, .u.registration_confirm = &rcf };
	from_outside(1, "198.51.100.30:1719", &m);
	json_t *o = ras_proxy_registrations_json(proxy, s.now);
	assert_int_equal(json_array_size(json_object_get(json_array_get(o, 0), "aliases")), cfg.limits.aliases);
	json_decref(o);
}

static void traversal_is_not_offered(void **state)
{
	static const int64_t ids[] = { 18, 9, 19, 24 };
	struct h225_feature_set features = { .has_supported_features = true };
	struct h225_generic_data list[4];
	(void)state;
	start();
	memset(list, 0, sizeof list);
	for (int i = 0; i < 4; i++) {
		list[i].id.choice = H225_GENERIC_IDENTIFIER_STANDARD;
		list[i].id.u.standard = ids[i];
	}
	features.supported_features.n = 4;
	features.supported_features.v = (void *)list;
	struct h225_ras_message m = gksim_rrq(&s, "10.0.0.5:2000", &(struct gksim_rrq){ .alias = { "x" } });
	m.u.registration_request->feature_set = &features;
	from_inside("10.0.0.5:2000", &m);
	m = last(true);
	assert_int_equal(m.u.registration_request->feature_set->supported_features.n, 1);
}

static void no_gatekeeper_inside(void **state)
{
	static const struct ras_proxy_ops ops = { .open = on_open, .close = on_close, .send_out = on_send_out,
		.send_in = on_send_in, .virtual_address = on_virtual };
	(void)state;
	gatekeepers[1].address = at("10.0.0.9:1719");
	assert_int_equal(ras_proxy_new(&proxy, &cfg, &ops, NULL), PST_E_ARG);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(registration), T(with_a_virtual_address), T(discovery), T(admission), T(tells), T(admitted_to_nowhere),
		T(two_at_one_gatekeeper), T(admitted_to_each_other), T(called_by_port),
		T(one_name_at_two_gatekeepers), T(only_what_was_asked_for), T(the_gatekeeper_asks),
		T(time_to_live), T(no_time_to_live), T(after_a_restart), T(a_flood), T(too_many_names),
		T(traversal_is_not_offered), T(no_gatekeeper_inside),
	};
	return cmocka_run_group_tests_name("gatekeeper/proxy", tests, NULL, NULL);
}
