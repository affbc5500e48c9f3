/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The five operations: who may, the answer's form, and how much of it fits. */
#include "directory/uls.h"

#include "directory/uls_private.h"
#include "ulp/name.h"

/* An answer that is being put together. */
struct answer {
	struct ulp_msg msg;
	struct ulp_entry *entries;
	uint32_t room; /* entries */
	size_t len;    /* octets so far */
};

/* Adds E; false: it does not fit, the answer is cut here. */
static bool add(struct answer *ans, const struct ulp_entry *e, uint32_t out_max)
{
	const size_t len = ulp_entry_len(e, ulp_form(ans->msg.opcode, true));
	if (ans->msg.rcount == ans->room || ans->len + len > out_max) {
		ans->msg.truncated = true;
		return false;
	}
	ans->len += len;
	ans->entries[ans->msg.rcount++] = *e;
	return true;
}

static int answer_query(struct directory *d, const struct uls_session *s, const struct ulp_msg *m, uint64_t now_ms, struct arena *a,
	struct answer *ans)
{
	for (uint16_t i = 0; i < m->qcount; i++) {
		const struct ulp_label *asked = &m->requests[i].label;
		const struct directory_entry *e = uls_find(d, asked->name);
		struct uls_view v;
		if (e == NULL)
			continue;
		const int err = uls_view(d, e, s->asker.realm, asked->application, now_ms, a, &v);
		if (err == PST_E_NOMEM)
			return err;
		for (uint32_t r = 0; err == 0 && r < v.n; r++) {
			/* Under the name that was asked for, by which the asker will look for it. */
			v.records[r].label.name = asked->name;
			if (uls_label_matches(asked, &v.records[r].label) && !add(ans, &v.records[r], s->out_max))
				return 0;
		}
	}
	return 0;
}

/* True when a label before INDEX asks for the same and has given L already. */
static bool listed(const struct ulp_msg *m, uint16_t index, const struct ulp_label *l)
{
	for (uint16_t i = 0; i < index; i++)
		if (uls_label_matches(&m->requests[i].label, l))
			return true;
	return false;
}

/* The labels of one person; false: the answer is full. */
static int list_person(struct directory *d, const struct directory_entry *e, const struct uls_session *s, const struct ulp_msg *m,
	uint64_t now_ms, struct arena *scratch, struct arena *a, struct answer *ans)
{
	struct uls_view v;
	for (uint16_t i = 0; i < m->qcount; i++) {
		const struct ulp_label *asked = &m->requests[i].label;
		const int err = uls_view(d, e, s->asker.realm, asked->application, now_ms, scratch, &v);
		if (err != 0)
			return err == PST_E_NOT_FOUND ? 0 : err;
		for (uint32_t r = 0; r < v.n; r++) {
			struct ulp_entry found = v.records[r];
			if (!uls_label_matches(asked, &found.label) || listed(m, i, &found.label))
				continue;
			const uint8_t *name = arena_dup(a, v.name.p, v.name.n);
			if (name == NULL)
				return PST_E_NOMEM;
			found.label.name = slice_of(name, v.name.n);
			if (!add(ans, &found, s->out_max))
				return PST_E_SPACE;
		}
	}
	return 0;
}

static int answer_directory(struct directory *d, const struct uls_session *s, const struct ulp_msg *m, uint64_t now_ms,
	struct arena *a, struct answer *ans)
{
	struct directory_cursor c;
	struct arena scratch;
	const struct directory_entry *e;
	int err = 0;
	arena_init(&scratch, 1 << 20);
	directory_cursor_open(d, &c);
	while (err == 0 && (e = directory_cursor_next(d, &c)) != NULL) {
		if (directory_entry_kind(e) != DIRECTORY_PERSON || directory_entry_hidden(e))
			continue;
		err = list_person(d, e, s, m, now_ms, &scratch, a, ans);
		arena_reset(&scratch);
	}
	directory_cursor_close(d, &c);
	arena_free(&scratch);
	return err == PST_E_SPACE ? 0 : err;
}

static int find_out(struct directory *d, const struct uls_session *s, const struct ulp_msg *m, uint64_t now_ms, struct arena *a,
	struct answer *ans)
{
	/* No more entries than the smallest labels would fill the answer with. */
	ans->room = s->out_max / ULP_LABEL_MIN;
	if (ans->room > s->list_max)
		ans->room = s->list_max;
	ans->entries = arena_calloc(a, ans->room, sizeof(*ans->entries));
	ans->msg.replies = ans->entries;
	if (ans->entries == NULL)
		return PST_E_NOMEM;
	return m->opcode == ULP_QUERY ? answer_query(d, s, m, now_ms, a, ans) : answer_directory(d, s, m, now_ms, a, ans);
}

static enum ulp_retcode act(struct directory *d, const struct uls_session *s, const struct ulp_msg *m, uint64_t now_ms,
	struct arena *a, struct answer *ans)
{
	const bool ask = m->opcode == ULP_QUERY || m->opcode == ULP_DIRECTORY;
	const bool may = m->opcode == ULP_QUERY ? s->may_ask : m->opcode == ULP_DIRECTORY ? s->may_list : s->may_register;
	if (m->opcode > ULP_REFRESH || m->qcount == 0)
		return ULP_FORMAT_ERROR;
	if (!may)
		return ULP_REFUSED;
	if (!ask)
		return uls_change(d, s, m, now_ms, a);
	if (find_out(d, s, m, now_ms, a, ans) == 0)
		return ULP_NO_ERROR;
	ans->msg.rcount = 0;
	ans->msg.truncated = false;
	return ULP_SERVER_FAILURE;
}

int uls_answer(struct directory *d, const struct uls_session *s, struct pst_slice request, uint64_t now_ms, struct arena *a,
	struct writer *out, struct uls_stats *stats)
{
	struct ulp_msg m;
	const int bad = ulp_decode(&m, a, request, NULL);
	if (request.n < ULP_HEADER_LEN || m.reply) {
		stats->ignored++;
		return PST_E_BAD;
	}
	struct answer ans = { .msg = { .id = m.id, .reply = true, .opcode = m.opcode }, .len = ULP_HEADER_LEN };
	if (m.opcode <= ULP_REFRESH)
		stats->requests[m.opcode]++;
	const enum ulp_retcode rc = bad == PST_E_NOMEM ? ULP_SERVER_FAILURE : bad != 0 ? ULP_FORMAT_ERROR
											: act(d, s, &m, now_ms, a, &ans);
	/* Section 3.2.6: a refresh that worked has no answer. */
	if (rc == ULP_NO_ERROR && m.opcode == ULP_REFRESH)
		return 0;
	ans.msg.retcode = rc;
	stats->answers[rc]++;
	stats->truncated += ans.msg.truncated;
	return ulp_encode(&ans.msg, out);
}
