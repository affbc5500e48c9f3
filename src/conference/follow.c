/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Following a T.120 connection: streams, MCS PDUs, and what GCC says on its channels. */
#include "conference/follow_int.h"

enum { PDU_MAX = 65528, SDU_MAX = 1 << 18 };

/* ---- out */

/* Octets that pass and lie side by side go out in one piece. */
static void flush(struct follow *f)
{
	if (f->run.n > 0)
		f->c.emit(f->c.arg, f->run_dir, f->run);
	f->run.n = 0;
}

/* OCTETS of what was fed pass. */
static void pass_fed(struct follow *f, enum follow_dir dir, struct pst_slice octets)
{
	if (f->run.n > 0 && f->run.p + f->run.n == octets.p) {
		f->run.n += octets.n;
		return;
	}
	flush(f);
	f->run_dir = dir;
	f->run = octets;
}

static void pass(struct follow *f, enum follow_dir dir, struct pst_slice payload)
{
	const bool inside = f->fed.n > 0 && payload.p >= f->fed.p + TPKT_HEADER_LEN &&
			    payload.p + payload.n <= f->fed.p + f->fed.n;
	if (inside) {
		pass_fed(f, dir, slice_of(payload.p - TPKT_HEADER_LEN, TPKT_HEADER_LEN + payload.n));
		return;
	}
	flush(f);
	uint8_t head[TPKT_HEADER_LEN];
	if (tpkt_header(head, payload.n) != 0)
		return;
	f->c.emit(f->c.arg, dir, slice_of(head, sizeof head));
	f->c.emit(f->c.arg, dir, payload);
}

/* A PDU of ours, or one put together again. */
static void put(struct follow *f, enum follow_dir dir, struct pst_slice pdu)
{
	const uint8_t dt[] = { 2, X224_DT, 0x80 };
	uint8_t head[TPKT_HEADER_LEN];
	flush(f);
	if (tpkt_header(head, sizeof dt + pdu.n) != 0)
		return;
	f->c.emit(f->c.arg, dir, slice_of(head, sizeof head));
	f->c.emit(f->c.arg, dir, slice_of(dt, sizeof dt));
	f->c.emit(f->c.arg, dir, pdu);
}

void follow_send_data(struct follow *f, enum follow_dir dir, const struct t125_data *d, struct pst_slice sdu)
{
	const size_t most =
		4000; /* less than any domain's PDUs but the smallest, which no GCC gets by with */
	struct t125_data part = *d;
	part.begin = true;
	flush(f);
	do {
		const size_t n = sdu.n < most ? sdu.n : most;
		uint8_t out[4000 + T125_DATA_OVERHEAD];
		struct writer w = wr_of(out, sizeof out);
		part.end = n == sdu.n;
		part.octets = slice_of(sdu.p, n);
		if (t125_data_encode_tpkt(&part, &w) == 0)
			f->c.emit(f->c.arg, dir, wr_slice(&w));
		sdu = slice_of(sdu.p + n, sdu.n - n);
		part.begin = false;
	} while (sdu.n > 0);
}

void follow_note(struct follow *f, enum follow_dir dir, const char *text)
{
	if (f->c.note != NULL)
		f->c.note(f->c.arg, dir, text);
}

/* ---- tables */

struct follow_user *follow_user(struct follow *f, uint16_t id, bool make)
{
	struct follow_user *u;
	HASH_FIND(hh, f->users, &id, sizeof id, u);
	if (u != NULL || !make || HASH_COUNT(f->users) >= USERS_MAX)
		return u;
	u = calloc(1, sizeof *u);
	if (u == NULL)
		return NULL;
	u->id = id;
	HASH_ADD(hh, f->users, id, sizeof u->id, u);
	return u;
}

void follow_channel_set(struct follow *f, uint16_t id, enum t124_app app)
{
	struct follow_channel *c;
	HASH_FIND(hh, f->channels, &id, sizeof id, c);
	if (c == NULL && HASH_COUNT(f->channels) < CHANNELS_MAX) {
		c = calloc(1, sizeof *c);
		if (c == NULL)
			return;
		c->id = id;
		HASH_ADD(hh, f->channels, id, sizeof c->id, c);
	}
	if (c != NULL)
		c->app = app;
}

enum t124_app follow_channel_app(const struct follow *f, uint16_t channel)
{
	const struct follow_channel *c;
	HASH_FIND(hh, f->channels, &channel, sizeof channel, c);
	return c != NULL ? c->app : T124_APP_UNKNOWN;
}

static void user_free(struct follow *f, struct follow_user *u)
{
	struct follow_file *file, *tmp;
	LL_FOREACH_SAFE (u->files, file, tmp)
		free(file);
	HASH_DEL(f->users, u);
	free(u);
}

static void users_gone(struct follow *f, const uint32_t *ids, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct follow_user *u = follow_user(f, (uint16_t)ids[i], false);
		struct follow_channel *c;
		const uint16_t id = (uint16_t)ids[i];
		HASH_FIND(hh, f->channels, &id, sizeof id, c);
		if (c != NULL) {
			HASH_DEL(f->channels, c);
			free(c);
		}
		if (u != NULL)
			user_free(f, u);
	}
}

/* ---- data */

bool follow_may(const struct follow *f, enum follow_dir dir, enum t124_app app)
{
	return (f->c.allow[dir] >> app & 1) != 0;
}

/* GCC's own: broadcast, convener, and between nodes. */
static bool is_gcc(struct follow *f, const struct t125_data *d)
{
	if (d->channel == T124_CHANNEL_BROADCAST || d->channel == T124_CHANNEL_CONVENER)
		return true;
	const struct follow_user *from = follow_user(f, d->initiator, false),
				 *to = follow_user(f, d->channel, false);
	if (from != NULL && from->is_node)
		return true;
	/* a node is in no roster yet when it first speaks to its superior */
	return to != NULL && to->is_node && (from == NULL || !from->enrolled);
}

static struct hold *hold_of(struct follow *f, enum follow_dir dir, const struct t125_data *d)
{
	for (unsigned i = 0; i < HOLDS; i++) {
		struct hold *h = &f->holds[dir][i];
		if (h->n > 0 && h->initiator == d->initiator && h->channel == d->channel &&
			h->priority == d->priority)
			return h;
	}
	return NULL;
}

/* Segments of GCC are kept until they are whole: a roster may have to be written anew. */
static int gcc_segment(struct follow *f, enum follow_dir dir, const struct t125_data *d)
{
	struct hold *h = hold_of(f, dir, d);
	if (h == NULL && !d->begin)
		return 0; /* the rest of what we never saw: nobody can use it */
	for (unsigned i = 0; h == NULL && i < HOLDS; i++)
		if (f->holds[dir][i].n == 0)
			h = &f->holds[dir][i];
	if (h == NULL)
		return PST_E_LIMIT;
	if (d->begin) {
		h->n = 0;
		h->initiator = d->initiator;
		h->channel = d->channel;
		h->priority = d->priority;
	}
	if (h->n + d->octets.n > SDU_MAX)
		return PST_E_LIMIT;
	uint8_t *more = realloc(h->p, h->n + d->octets.n + 1);
	if (more == NULL)
		return PST_E_NOMEM;
	h->p = more;
	if (d->octets.n > 0)
		memcpy(h->p + h->n, d->octets.p, d->octets.n);
	h->n += d->octets.n;
	if (!d->end)
		return 0;
	const struct pst_slice sdu = slice_of(h->p, h->n);
	if (follow_gcc(f, dir, d, sdu) == FOLLOW_PASS)
		follow_send_data(f, dir, d, sdu);
	h->n = 0;
	return 0;
}

static int data(struct follow *f, enum follow_dir dir, const struct t125_unit *u, const struct t125_data *d)
{
	const bool gcc = is_gcc(f, d);
	if (gcc && !(d->begin && d->end))
		return gcc_segment(f, dir, d);
	if (gcc ? follow_gcc(f, dir, d, d->octets) != FOLLOW_PASS : !follow_app_data(f, dir, d, d->octets.n))
		return 0;
	if (u->segmented)
		put(f, dir, u->pdu);
	else
		pass(f, dir, u->whole);
	return 0;
}

/* ---- MCS */

static void name_set(struct follow *f, struct pst_slice numeric, bool has_text, struct pst_slice text)
{
	if (has_text)
		t124_text_read(text, f->conference, sizeof f->conference);
	else
		snprintf(f->conference, sizeof f->conference, "%.*s", (int)(numeric.n < 64 ? numeric.n : 64),
			(const char *)numeric.p);
}

static void node_is(struct follow *f, uint32_t id)
{
	struct follow_user *u = follow_user(f, (uint16_t)id, true);
	if (u != NULL)
		u->is_node = true;
}

static void connect_gcc(struct follow *f, enum follow_dir dir, struct pst_slice user_data)
{
	char text[T124_STRLEN];
	t124_connect m;
	if (t124_connect_decode(&m, user_data, NULL, &f->arena, NULL) != 0)
		return;
	follow_note(f, dir, t124_connect_str(&m, text));
	switch (m.choice) {
	case GCC_CONNECT_GCCPDU_CONFERENCE_CREATE_REQUEST: {
		const struct gcc_conference_name *n = &m.u.conference_create_request->conference_name;
		name_set(f, n->numeric, n->has_text, n->text);
		break;
	}
	case GCC_CONNECT_GCCPDU_CONFERENCE_JOIN_REQUEST: {
		const struct gcc_conference_name_selector *s = m.u.conference_join_request->conference_name;
		if (s != NULL && s->choice != GCC_CONFERENCE_NAME_SELECTOR_UNKNOWN)
			name_set(f, s->u.numeric, s->choice != GCC_CONFERENCE_NAME_SELECTOR_NUMERIC,
				s->u.text);
		break;
	}
	case GCC_CONNECT_GCCPDU_CONFERENCE_INVITE_REQUEST: {
		const struct gcc_conference_invite_request *p = m.u.conference_invite_request;
		name_set(f, p->conference_name.numeric, p->conference_name.has_text, p->conference_name.text);
		node_is(f, p->node_id);
		node_is(f, p->top_node_id);
		f->top_node = (uint16_t)p->top_node_id;
		break;
	}
	case GCC_CONNECT_GCCPDU_CONFERENCE_CREATE_RESPONSE:
		node_is(f, m.u.conference_create_response->node_id);
		f->top_node = (uint16_t)m.u.conference_create_response->node_id;
		break;
	case GCC_CONNECT_GCCPDU_CONFERENCE_JOIN_RESPONSE:
		if (m.u.conference_join_response->has_node_id)
			node_is(f, m.u.conference_join_response->node_id);
		node_is(f, m.u.conference_join_response->top_node_id);
		f->top_node = (uint16_t)m.u.conference_join_response->top_node_id;
		break;
	default: break;
	}
}

/* A domain that nobody could keep to, whatever it was meant for. */
static bool is_absurd(const struct mcs_connect_initial *p)
{
	const struct t125_offer any = { .min = { 1, 1, 0, 1, 0, 1, T125_PDU_SIZE_MIN, 1 },
		.max = { UINT32_MAX, UINT32_MAX, UINT32_MAX, T125_PRIORITIES, UINT32_MAX, UINT32_MAX, UINT32_MAX,
			UINT32_MAX } };
	struct t125_offer theirs;
	struct t125_params agreed;
	t125_params_read(&theirs.target, &p->target_parameters);
	t125_params_read(&theirs.min, &p->minimum_parameters);
	t125_params_read(&theirs.max, &p->maximum_parameters);
	return t125_params_agree(&agreed, &theirs, &any) != 0;
}

/* The called provider's answer in its place. */
static void refuse_domain(struct follow *f, enum follow_dir dir, const struct mcs_connect_initial *p)
{
	struct mcs_connect_response r = { .result = MCS_RESULT_RT_PARAMETERS_UNACCEPTABLE,
		.domain_parameters = p->target_parameters };
	uint8_t out[256];
	struct writer w = wr_of(out, sizeof out);
	const t125_connect m = { .choice = MCS_CONNECT_MCSPDU_CONNECT_RESPONSE, .u.connect_response = &r };
	follow_note(f, dir, "its domain parameters contradict each other: refused");
	flush(f);
	if (t125_connect_encode_tpkt(&m, &w, NULL) == 0)
		f->c.emit(f->c.arg, dir == FOLLOW_FORWARD ? FOLLOW_BACKWARD : FOLLOW_FORWARD, wr_slice(&w));
}

static int pdu(struct follow *f, enum follow_dir dir, const struct t125_unit *u)
{
	struct t125_data d;
	t125_pdu m;
	t125_connect c;
	char text[T125_STRLEN];
	f->last[FOLLOW_FORWARD].valid = f->last[FOLLOW_BACKWARD].valid = false;
	if (t125_is_connect(u->pdu)) {
		if (t125_connect_decode(&c, u->pdu, NULL, &f->arena, NULL) != 0)
			return PST_E_BAD;
		follow_note(f, dir, t125_connect_str(&c, text));
		if (c.choice == MCS_CONNECT_MCSPDU_CONNECT_INITIAL && is_absurd(c.u.connect_initial)) {
			refuse_domain(f, dir, c.u.connect_initial);
			return 0;
		}
		if (c.choice == MCS_CONNECT_MCSPDU_CONNECT_INITIAL)
			connect_gcc(f, dir, c.u.connect_initial->user_data);
		else if (c.choice == MCS_CONNECT_MCSPDU_CONNECT_RESPONSE)
			connect_gcc(f, dir, c.u.connect_response->user_data);
	} else if (t125_data_peek(&d, u->pdu) == 0) {
		return data(f, dir, u, &d);
	} else {
		if (t125_decode(&m, u->pdu, NULL, &f->arena, NULL) != 0)
			return PST_E_BAD;
		if (t125_data_read(&d, &m))
			return data(f, dir, u, &d);
		follow_note(f, dir, t125_str(&m, text));
		if (m.choice == MCS_DOMAIN_MCSPDU_DETACH_USER_INDICATION)
			users_gone(f, m.u.detach_user_indication->user_ids.v,
				m.u.detach_user_indication->user_ids.n);
	}
	if (u->segmented)
		put(f, dir, u->pdu);
	else
		pass(f, dir, u->whole);
	return 0;
}

/* ---- life */

int follow_new(struct follow **out, const struct follow_config *config)
{
	struct follow *f = calloc(1, sizeof *f);
	if (f == NULL)
		return PST_E_NOMEM;
	f->c = *config;
	arena_init(&f->arena, 4 << 20);
	for (unsigned i = 0; i < FOLLOW_DIRS; i++)
		t125_stream_init(&f->in[i], PDU_MAX);
	*out = f;
	return 0;
}

void follow_free(struct follow *f)
{
	struct follow_user *u, *u2;
	struct follow_channel *c, *c2;
	if (f == NULL)
		return;
	HASH_ITER (hh, f->users, u, u2)
		user_free(f, u);
	HASH_ITER (hh, f->channels, c, c2) {
		HASH_DEL(f->channels, c);
		free(c);
	}
	for (unsigned i = 0; i < FOLLOW_DIRS; i++) {
		t125_stream_reset(&f->in[i]);
		for (unsigned k = 0; k < HOLDS; k++)
			free(f->holds[i][k].p);
	}
	arena_free(&f->arena);
	free(f);
}

/* Only the very beginning may turn out to be something else: T.120 that breaks off is not passed on unread.
 */
static int not_t120(struct follow *f, enum follow_dir dir, int err)
{
	if (f->feeds > 1 || !f->c.pass_opaque || err != PST_E_BAD)
		return err;
	f->opaque = true;
	f->run.n = 0;
	f->c.emit(f->c.arg, dir, f->fed);
	return 0;
}

/* A connection request of RDP, and everything after it. */
static int rdp(struct follow *f, enum follow_dir dir, struct pst_slice payload)
{
	if (f->started || !f->c.pass_opaque)
		return PST_E_BAD;
	f->opaque = true;
	pass(f, dir, payload);
	flush(f);
	if (f->in[dir].tpkt.in.n > 0)
		f->c.emit(f->c.arg, dir, f->in[dir].tpkt.in);
	return 0;
}

/* An application's data goes on, or not, by its header and first octets, without waiting for the rest of it. */
static bool app_ahead(struct follow *f, enum follow_dir dir)
{
	struct t125_data d;
	uint32_t len;
	if (f->ahead[dir] == 0) {
		const struct pst_slice in = f->in[dir].tpkt.in;
		if (!t125_stream_ahead(&f->in[dir], &d, &len) || (!follow_is_last(f, dir, &d) && is_gcc(f, &d)))
			return false;
		const size_t here = in.n - (size_t)(d.octets.p - in.p);
		if (!follow_app_enough(f, dir, &d, here))
			return false;
		f->ahead[dir] = len;
		f->ahead_passes[dir] = follow_app_data(f, dir, &d, here < d.octets.n ? here : d.octets.n);
	}
	const struct pst_slice here = t125_stream_skip(&f->in[dir], f->ahead[dir]);
	if (here.n == 0)
		return false;
	f->ahead[dir] -= (uint32_t)here.n;
	if (f->ahead_passes[dir])
		pass_fed(f, dir, here);
	return true;
}

int follow_octets(struct follow *f, enum follow_dir dir, struct pst_slice octets)
{
	struct t125_unit u;
	int err;
	if (f->opaque) {
		f->c.emit(f->c.arg, dir, octets);
		return 0;
	}
	arena_reset(&f->arena);
	f->fed = octets;
	f->feeds += f->feeds < 2;
	t125_stream_feed(&f->in[dir], octets);
	for (;;) {
		if (app_ahead(f, dir))
			continue;
		err = t125_stream_next(&f->in[dir], &u);
		if (err != 0)
			break;
		if (u.is_pdu) {
			err = pdu(f, dir, &u);
			if (err != 0)
				break;
			continue;
		}
		if (x224_is_rdp(&u.tpdu))
			return rdp(f, dir, u.whole);
		f->started = true;
		follow_note(f, dir, x224_type_str(u.tpdu.type));
		pass(f, dir, u.whole);
	}
	if (err != PST_E_AGAIN)
		return not_t120(f, dir, err);
	flush(f);
	f->fed.n = 0;
	return 0;
}

/* ---- looking in */

const char *follow_conference(const struct follow *f)
{
	return f->conference;
}

bool follow_is_opaque(const struct follow *f)
{
	return f->opaque;
}

bool follow_node(const struct follow *f, unsigned i, struct follow_node *out)
{
	for (const struct follow_user *u = f->users; u != NULL; u = u->hh.next) {
		if (!u->is_node || u->name[0] == '\0' || i-- > 0)
			continue;
		out->id = u->id;
		memcpy(out->name, u->name, sizeof out->name);
		return true;
	}
	return false;
}

void follow_app(const struct follow *f, enum t124_app app, struct follow_app *out)
{
	*out = f->apps[app];
	out->app = app;
	out->users = 0;
	for (const struct follow_user *u = f->users; u != NULL; u = u->hh.next)
		out->users += u->enrolled && u->app == app;
}
