/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose application's data a PDU carries, and whether it may pass. Mostly the channel or its sender tell; control of what
 * is shared, files that are too large, and NetMeeting's applications whose keys nobody knows show in the first octets.
 */
#include "conference/follow_int.h"

#include "t127/header.h"
#include "t127/msg.h"

enum {
	HEAD = 20,	    /* octets of a PDU that are looked at */
	FILES_MAX = 64,	    /* data channels of one sender */
	REJECTS_MAX = 64,   /* users in whose name one offer is rejected */
	S20_CAPS = 204,
	S20_CREATE = 0x31,
	S20_RESPOND = 0x33,
	S20_DATA = 0x37,
	S20_STREAM_INPUT = 4,
	SHARE_DATA = 7,	    /* T.128: pduType, and pduType2 of data */
	SHARE_CONTROL = 20,
	SHARE_INPUT = 28,
	SHARE_MEDIATED_CONTROL = 29,
	SHARE_REQUEST_CONTROL = 1,
	CHAT_HEAD = 8,
	MBFT_OFFER = 0,	    /* alternatives of MBFTPDU */
	MBFT_START = 7,
	MBFT_DATA_PDU = 8,
	START_MAX = 1024,   /* octets of a File-Start besides the file's */
};

/* ---- what the first octets say */

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* Packets of application sharing as NetMeeting has it (S20) that begin a share: length, type, user, their capabilities. */
static bool begins_s20(const struct t125_data *d, struct pst_slice head)
{
	/* whether the length counts itself is not known */
	if (head.n < 16 || le16(head.p) > d->octets.n || le16(head.p) + 2u < d->octets.n ||
		le16(head.p + 4) != d->initiator)
		return false;
	const uint16_t type = le16(head.p + 2);
	const size_t caps = type == S20_CREATE ? 12 : type == S20_CREATE + 1 ? 8 : type == S20_RESPOND ? 14 : 0;
	return caps != 0 && le16(head.p + caps) == S20_CAPS;
}

/* A line of NetMeeting's chat: a header that says how long it is, and nothing else, before text of 16 bits a letter. */
static bool is_chat(const struct t125_data *d, struct pst_slice head)
{
	static const uint8_t wanted[CHAT_HEAD] = { CHAT_HEAD };
	return d->end && d->octets.n % 2 == 0 && d->octets.n > CHAT_HEAD && head.n >= CHAT_HEAD &&
	       memcmp(head.p, wanted, CHAT_HEAD) == 0;
}

/* T.128 in its legacy form has its length in front; S20's data has its type there. */
static bool is_control(const struct t125_data *d, struct pst_slice head)
{
	if (head.n < 15)
		return false;
	if (le16(head.p) != d->octets.n)
		return le16(head.p) == S20_DATA && head.p[9] == S20_STREAM_INPUT;
	if ((head.p[2] & 15) != SHARE_DATA)
		return false;
	return head.p[14] == SHARE_INPUT || head.p[14] == SHARE_MEDIATED_CONTROL ||
	       (head.p[14] == SHARE_CONTROL && head.n >= HEAD && le16(head.p + 18) == SHARE_REQUEST_CONTROL);
}

static enum t124_app kind_of(
	struct follow *f, enum follow_dir dir, const struct t125_data *d, enum t124_app app, struct pst_slice head)
{
	if (app == T124_APP_UNKNOWN && begins_s20(d, head))
		app = T124_APP_SHARE;
	else if (app == T124_APP_UNKNOWN && is_chat(d, head))
		app = T124_APP_CHAT;
	if (app != f->last[dir].app) {
		follow_channel_set(f, d->channel, app);
		f->last[dir].valid = false;
	}
	return app == T124_APP_SHARE && is_control(d, head) ? T124_APP_CONTROL : app;
}

/* ---- files */

/* The data of a file that FROM sends on CHANNEL. NULL: there are too many. */
static struct follow_file *file_of(struct follow_user *from, uint16_t channel, bool make)
{
	struct follow_file *file;
	unsigned n = 0;
	LL_FOREACH (from->files, file) {
		if (file->channel == channel)
			return file;
		n++;
	}
	file = make && n < FILES_MAX ? calloc(1, sizeof *file) : NULL;
	if (file == NULL)
		return NULL;
	file->channel = channel;
	LL_PREPEND(from->files, file);
	return file;
}

/* The answer of everybody behind this connection who could have taken the file. */
static void reject(struct follow *f, enum follow_dir dir, const struct t125_data *d, uint32_t handle)
{
	struct t127_file_reject_pdu p = { .file_handle = handle, .reason = T127_FILE_REJECT_REASON_TRANSFER_LIMIT };
	const t127_pdu m = { .choice = T127_MBFTPDU_FILE_REJECT_PDU, .u.file_reject_pdu = &p };
	uint8_t out[32];
	struct writer w = wr_of(out, sizeof out);
	unsigned n = 0;
	if (t127_encode(&m, &w, NULL) != 0)
		return;
	/* a request goes up: those below this connection are known by what came up from them */
	for (const struct follow_user *u = f->users; u != NULL && n < REJECTS_MAX; u = u->hh.next) {
		if (!u->enrolled || u->app != T124_APP_FILE || u->id == d->initiator || u->below != d->indication)
			continue;
		const struct t125_data back = { .indication = !d->indication,
			.initiator = u->id,
			.channel = d->initiator,
			.priority = d->priority };
		follow_send_data(f, dir == FOLLOW_FORWARD ? FOLLOW_BACKWARD : FOLLOW_FORWARD, &back, wr_slice(&w));
		n++;
	}
}

/* False: the offer is of a file that is too large, and was answered. */
static bool offer(struct follow *f, enum follow_dir dir, const struct t125_data *d, struct follow_user *from,
	const t127_pdu *m)
{
	const struct t127_file_offer_pdu *p = m->u.file_offer_pdu;
	struct t127_file file;
	char line[T127_STRLEN];
	t127_header_read(&file, &p->file_header);
	struct follow_file *data = file_of(from, (uint16_t)p->data_channel_id, true);
	follow_note(f, dir, t127_str(m, line));
	if (data != NULL)
		*data = (struct follow_file){ .next = data->next, .channel = data->channel };
	if (f->c.file_limit == 0 || !file.has_size || file.size <= f->c.file_limit)
		return true;
	follow_note(f, dir, "the file is larger than is allowed: rejected");
	if (data != NULL)
		data->octets = f->c.file_limit + START_MAX; /* nor may its data pass that comes nevertheless */
	reject(f, dir, d, p->file_handle);
	return false;
}

static bool file_may(
	struct follow *f, enum follow_dir dir, const struct t125_data *d, struct follow_user *from, struct pst_slice head)
{
	if (f->c.file_limit == 0 || from == NULL)
		return true;
	/* one bit that is no extension, four for the alternative */
	const int what = d->begin && head.n > 0 && head.p[0] < 0x80 ? head.p[0] >> 3 : MBFT_DATA_PDU;
	t127_pdu m;
	if (what == MBFT_OFFER && d->end && head.n == d->octets.n &&
		t127_decode(&m, d->octets, NULL, &f->arena, NULL) == 0 && m.choice == T127_MBFTPDU_FILE_OFFER_PDU)
		return offer(f, dir, d, from, &m);
	if (what != MBFT_OFFER && what != MBFT_START && what != MBFT_DATA_PDU)
		return true;
	struct follow_file *file = file_of(from, d->channel, true);
	if (file == NULL)
		return false;
	/* the file's own, about: a start has its header once more */
	file->octets += d->begin && d->octets.n > T127_DATA_OVERHEAD ? d->octets.n - T127_DATA_OVERHEAD : 0;
	file->octets += d->begin ? 0 : d->octets.n;
	return file->octets <= f->c.file_limit + START_MAX;
}

/* ---- the whole */

static void look_up(struct follow *f, enum follow_dir dir, const struct t125_data *d)
{
	if (follow_is_last(f, dir, d))
		return;
	struct follow_user *from = follow_user(f, d->initiator, true);
	enum t124_app app = follow_channel_app(f, d->channel);
	if (app == T124_APP_UNKNOWN && from != NULL)
		app = from->app;
	f->last[dir].initiator = d->initiator;
	f->last[dir].channel = d->channel;
	f->last[dir].app = app;
	f->last[dir].from = from;
	f->last[dir].valid = true;
}

bool follow_app_enough(struct follow *f, enum follow_dir dir, const struct t125_data *d, size_t here)
{
	if (here >= d->octets.n || !d->begin)
		return true;
	look_up(f, dir, d);
	if (f->last[dir].app != T124_APP_FILE || f->c.file_limit == 0 || here == 0)
		return here >= HEAD || f->last[dir].app == T124_APP_WHITEBOARD || f->last[dir].app == T124_APP_CHAT;
	return d->octets.p[0] >> 3 != MBFT_OFFER;
}

bool follow_app_data(struct follow *f, enum follow_dir dir, const struct t125_data *d, size_t here)
{
	look_up(f, dir, d);
	struct follow_user *from = f->last[dir].from;
	const struct pst_slice head = slice_of(d->octets.p, here < d->octets.n ? here : d->octets.n);
	enum t124_app app = f->last[dir].app;
	/* what follows in segments is what it began as */
	if (d->begin)
		app = kind_of(f, dir, d, app, head);
	else if (from != NULL && from->segments[d->priority & 3] != T124_APP_UNKNOWN)
		app = from->segments[d->priority & 3];
	if (from != NULL)
		from->segments[d->priority & 3] = d->end ? T124_APP_UNKNOWN : app;
	if (from != NULL && !d->indication)
		from->below = true;
	if (!follow_may(f, dir, app) || (app == T124_APP_FILE && !file_may(f, dir, d, from, head))) {
		f->apps[app].refused++;
		return false;
	}
	f->apps[app].octets[dir] += d->octets.n;
	f->apps[app].pdus[dir]++;
	return true;
}
