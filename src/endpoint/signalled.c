/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks every message of a call for transport addresses, through everything that is nested in octet strings.
 */
#include "endpoint/signalled.h"

#include "h225/addr.h"
#include "h225/msg.h"
#include "h245/addr.h"
#include "h245/msg.h"

enum { ARENA_MAX = 1024 * 1024, NESTING_MAX = 6 };

struct walk {
	struct signalled *s;
	enum signalled_by by;
	char where[SIGNALLED_WHERE_MAX]; /* of the octet string that is looked into, or "" */
	unsigned nesting;
};

void signalled_init(struct signalled *s)
{
	memset(s, 0, sizeof(*s));
	arena_init(&s->arena, ARENA_MAX);
}

void signalled_free(struct signalled *s)
{
	arena_free(&s->arena);
}

const char *signalled_what_name(enum signalled_what what)
{
	static const char *const NAMES[] = {"call signalling", "H.245", "RTP", "RTCP", "T.120", "other"};

	return NAMES[what];
}

static enum signalled_what what_of(const char *where)
{
	if (strstr(where, "mediaControlChannel"))
		return SIGNALLED_RTCP;
	if (strstr(where, "mediaChannel"))
		return SIGNALLED_RTP;
	if (strstr(where, "h245Address"))
		return SIGNALLED_H245;
	if (strstr(where, "CallSignalAddress") || strstr(where, "alternativeAddress"))
		return SIGNALLED_CALL;
	if (strstr(where, "localAreaAddress"))
		return SIGNALLED_T120;
	return SIGNALLED_OTHER;
}

static void add(struct walk *w, const char *where, const struct addr *addr)
{
	struct signalled *s = w->s;
	struct signalled_address *a;

	for (uint32_t i = 0; i < s->n; i++)
		if (s->v[i].by == w->by && addr_eq(&s->v[i].addr, addr) && !strcmp(s->v[i].where, where))
			return;
	if (s->n == SIGNALLED_MAX) {
		s->dropped++;
		return;
	}
	a = &s->v[s->n++];
	a->by = w->by;
	a->what = what_of(where);
	a->addr = *addr;
	snprintf(a->where, sizeof(a->where), "%s", where);
}

/* An IPv4 or IPv6 address of either protocol. */
static bool address_of(const struct asn1_node *node, struct addr *out)
{
	if (node->type == &h225_transport_address_type)
		return !h225_addr_read(out, node->value);
	return node->type == &h245_unicast_address_type && !h245_unicast_read(out, node->value);
}

/* Where something stands: OUTER is the octet string it was found in, or "". What all paths share is left out.
 */
static void place(char out[static SIGNALLED_WHERE_MAX], const char *outer, const char *path)
{
	static const char COMMON[] = "h323-uu-pdu.", BODY[] = "h323-message-body.";
	struct writer w = wr_of(out, SIGNALLED_WHERE_MAX - 1);
	size_t n = strlen(outer);

	if (!strncmp(path, COMMON, sizeof(COMMON) - 1))
		path += sizeof(COMMON) - 1;
	if (!strncmp(path, BODY, sizeof(BODY) - 1))
		path += sizeof(BODY) - 1;
	wr_bytes(&w, slice_of(outer, n));
	if (n)
		wr_u8(&w, '/');
	n = strlen(path);
	wr_bytes(&w, slice_of(path, n <= w.cap - w.n ? n : w.cap - w.n));
	out[w.n] = '\0';
}

static int visit(const struct asn1_node *node, void *arg);

/* Looks into an octet string that carries another value. */
static void nested(struct walk *w, const struct asn1_node *node, const char *where)
{
	const struct asn1_type *t = node->type->contained;
	const struct pst_slice *octets = node->value;
	struct walk inner = {.s = w->s, .by = w->by, .nesting = w->nesting + 1};
	void *value = arena_alloc(&w->s->arena, t->size);

	if (!value || inner.nesting > NESTING_MAX)
		return;
	snprintf(inner.where, sizeof(inner.where), "%s", where);
	if (asn1_per_decode(t, *octets, NULL, &w->s->arena, value, NULL, NULL))
		w->s->unreadable++;
	else
		(void)asn1_walk(t, value, visit, &inner);
}

static int visit(const struct asn1_node *node, void *arg)
{
	struct walk *w = arg;
	char path[SIGNALLED_WHERE_MAX], where[SIGNALLED_WHERE_MAX];
	struct addr addr;

	if (!node->type->contained && node->type != &h225_transport_address_type &&
	        node->type != &h245_unicast_address_type)
		return ASN1_WALK_CONTINUE;
	place(where, w->where, asn1_node_path(node, path, sizeof(path)));
	if (node->type->contained)
		nested(w, node, where);
	else if (address_of(node, &addr))
		add(w, where, &addr);
	return ASN1_WALK_CONTINUE;
}

static void to_stream(void *arg, const char *text, size_t n)
{
	fwrite(text, 1, n, arg);
}

/* Looks through one message and prints it. */
static void look(struct walk *w, const struct asn1_type *t, void *value, FILE *print)
{
	struct asn1_out out = {.write = to_stream, .arg = print, .arena = &w->s->arena, .indent = 1};

	(void)asn1_walk(t, value, visit, w);
	if (print)
		asn1_print(t, value, &out);
}

static void refused(struct signalled *s, const struct asn1_err *err, FILE *print)
{
	s->unreadable++;
	if (print)
		fprintf(print, "  does not decode: %s, bit %u: %s\n", err->path, err->bit,
		        err->what ? err->what : "?");
}

static void h225(struct walk *w, struct pst_slice payload, FILE *print)
{
	struct h225_msg *m = ARENA_NEW(&w->s->arena, struct h225_msg);
	struct asn1_err err = {0};

	if (!m)
		return;
	if (h225_decode(m, payload, NULL, &w->s->arena, &err)) {
		refused(w->s, &err, print);
		return;
	}
	if (print)
		fprintf(print, "  Q.931 %s, call reference %u%s\n", q931_type_name(m->q931.type), m->q931.crv,
		        m->q931.flag ? " (flag)" : "");
	if (m->has_uu)
		look(w, &h225_h323_user_information_type, &m->uu, print);
}

static void h245(struct walk *w, struct pst_slice payload, FILE *print)
{
	struct asn1_err err = {0};
	h245_pdu pdu;
	int rc;

	while (!(rc = h245_next(&payload, &pdu, NULL, &w->s->arena, &err)))
		look(w, &h245_multimedia_system_control_message_type, &pdu, print);
	if (rc != PST_E_NOT_FOUND)
		refused(w->s, &err, print);
}

void signalled_message(struct signalled *s, enum signalled_by by, enum signalled_on on,
        struct pst_slice payload, FILE *print)
{
	struct walk w = {.s = s, .by = by};

	if (payload.n == 0)
		return; /* a keep-alive */
	arena_reset(&s->arena);
	if (on == SIGNALLED_ON_H245)
		h245(&w, payload, print);
	else
		h225(&w, payload, print);
}
