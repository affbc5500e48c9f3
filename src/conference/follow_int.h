/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the follower: what its two files share. */
#ifndef PST_CONFERENCE_FOLLOW_INT_H
#define PST_CONFERENCE_FOLLOW_INT_H

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

#include "conference/follow.h"
#include "t124/msg.h"
#include "t124/text.h"
#include "t125/params.h"
#include "t125/str.h"
#include "t125/stream.h"

enum { USERS_MAX = 4096, CHANNELS_MAX = 4096, HOLDS = 8 };

/* What came on a channel for one file's data, since it was offered. */
struct follow_file {
	struct follow_file *next;
	uint16_t channel;
	uint64_t octets;
};

/* An MCS user: a node's, or an application's. */
struct follow_user {
	uint16_t id;
	bool is_node, enrolled;
	bool below;	   /* on the side whose data goes up as requests */
	enum t124_app app; /* when enrolled */
	enum t124_app segments[T125_PRIORITIES]; /* what it sends is in the middle of */
	char name[FOLLOW_NAME_MAX];
	struct follow_file *files; /* owned */
	UT_hash_handle hh;
};

struct follow_channel {
	uint16_t id;
	enum t124_app app;
	UT_hash_handle hh;
};

/* Segments of one SDU of GCC. n 0: free. */
struct hold {
	uint16_t initiator, channel;
	uint8_t priority;
	uint8_t *p;
	size_t n;
};

struct follow {
	struct follow_config c;
	struct arena arena;
	struct t125_stream in[FOLLOW_DIRS];
	struct pst_slice fed, run; /* RUN: of FED, passing, not emitted yet */
	enum follow_dir run_dir;
	/* of an application's PDU whose header has been looked at: octets that are still to come, and whether they pass */
	uint32_t ahead[FOLLOW_DIRS];
	bool ahead_passes[FOLLOW_DIRS];
	/* whose data it was and of which application: the next is mostly the same. Forgotten with every PDU of another kind */
	struct {
		uint16_t initiator, channel;
		bool valid;
		enum t124_app app;
		struct follow_user *from;
	} last[FOLLOW_DIRS];
	bool started, opaque;
	uint16_t top_node;
	unsigned feeds; /* 0, 1, more */
	struct follow_user *users;
	struct follow_channel *channels;
	struct hold holds[FOLLOW_DIRS][HOLDS];
	struct follow_app apps[T124_APP_N];
	char conference[256];
};

enum follow_verdict { FOLLOW_PASS, FOLLOW_DONE };

/* follow.c */
void follow_send_data(struct follow *f, enum follow_dir dir, const struct t125_data *d, struct pst_slice sdu);
void follow_note(struct follow *f, enum follow_dir dir, const char *text);
struct follow_user *follow_user(struct follow *f, uint16_t id, bool make);
void follow_channel_set(struct follow *f, uint16_t id, enum t124_app app);
bool follow_may(const struct follow *f, enum follow_dir dir, enum t124_app app);

/* follow_app.c: an application's PDU, of whose octets HERE have come. Are they enough to judge it? */
bool follow_app_enough(struct follow *f, enum follow_dir dir, const struct t125_data *d, size_t here);
/* Counts it, and says whether it may go on. */
bool follow_app_data(struct follow *f, enum follow_dir dir, const struct t125_data *d, size_t here);
/* The same user on the same channel as just before. */
static inline bool follow_is_last(const struct follow *f, enum follow_dir dir, const struct t125_data *d)
{
	return f->last[dir].valid && f->last[dir].initiator == d->initiator && f->last[dir].channel == d->channel;
}

/* follow_gcc.c: one whole GCC PDU. DONE: it must not go on as it is; what goes instead was sent. */
enum follow_verdict follow_gcc(
	struct follow *f, enum follow_dir dir, const struct t125_data *d, struct pst_slice sdu);

#endif
