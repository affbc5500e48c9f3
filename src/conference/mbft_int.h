/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the file transfer machine: its tables, and what its files share. */
#ifndef PST_CONFERENCE_MBFT_INT_H
#define PST_CONFERENCE_MBFT_INT_H

#include "conference/mbft.h"

#include <stdlib.h>

/* OPENING: channels are being got; INVITING: the one it is for is being brought into them. */
enum mbft_out_state { OUT_FREE, OUT_OPENING, OUT_INVITING, OUT_OFFERED, OUT_SENDING, OUT_CONFIRMING };
enum mbft_in_state { IN_FREE, IN_OFFERED, IN_JOINING, IN_ACCEPTED, IN_RECEIVING, IN_STORING };
enum mbft_answer { ANSWER_NONE, ANSWER_ACCEPTED, ANSWER_REJECTED, ANSWER_ARRIVED, ANSWER_GONE };

struct mbft_recipient {
	uint16_t user;
	uint8_t answer; /* enum mbft_answer */
};

struct mbft_out {
	enum mbft_out_state state;
	uint16_t handle, control, data; /* channels; 0: not there yet */
	bool private_, begun, supplied; /* supplied: the channel is the requester's */
	uint16_t request_handle;
	struct t127_file file;
	struct mbft_recipient *to; /* owned */
	unsigned n_to;
	uint64_t offset, deadline_ms;
	char why[MBFT_WHY_MAX];
};

struct mbft_in {
	enum mbft_in_state state;
	uint16_t user, handle, data;
	bool ack, wanted; /* wanted: we asked for it */
	struct t127_file file;
	uint64_t offset, deadline_ms;
};

enum mbft_channel_state { CHANNEL_FREE, CHANNEL_JOINING, CHANNEL_JOINED };

/* Channels besides our own and the control channel. */
struct mbft_channel {
	enum mbft_channel_state state;
	uint16_t id;
	unsigned uses;
};

/* A pair that somebody invited us into. */
struct mbft_private {
	uint16_t user, control, data; /* user 0: free */
	bool has_control, has_data, answered;
	uint64_t deadline_ms;
};

/* A request of ours, or of somebody else. */
struct mbft_request {
	bool used, ours, answered;
	uint16_t user, handle, data;
	unsigned denied;
	char name[T127_NAME_MAX + 1], why[MBFT_WHY_MAX];
	uint64_t deadline_ms;
};

/* What asked for a channel that has no number yet: they come in the order they were asked for. */
enum mbft_wait { WAIT_OUT, WAIT_REQUEST };

enum { MBFT_WAITING_MAX = 256 };

struct mbft_waiting {
	enum mbft_wait what;
	unsigned index; /* MBFT_OUT_MAX: nobody any more */
};

struct mbft {
	struct mbft_config c;
	struct arena arena;
	struct mbft_action *first, *last;
	struct mbft_action lost; /* what no memory was left for: written, never read */
	bool started;
	uint16_t user, control, conductor;
	uint32_t privileges; /* bits of enum t127_mbft_privilege */
	bool asked;	     /* the conductor for them */
	uint64_t now_ms;
	uint16_t next_handle;
	uint16_t peers[MBFT_PEERS_MAX];
	unsigned n_peers;
	struct mbft_out out[MBFT_OUT_MAX];
	struct mbft_in in[MBFT_IN_MAX];
	struct mbft_channel channels[MBFT_CHANNELS_MAX];
	struct mbft_private privates[MBFT_PRIVATE_MAX];
	struct mbft_request requests[MBFT_REQUESTS_MAX];
	struct mbft_waiting joins[MBFT_WAITING_MAX]; /* MBFT_JOIN of 0 */
	unsigned n_joins;
	unsigned convenes[MBFT_WAITING_MAX]; /* indexes of OUT */
	unsigned n_convenes;
	uint16_t listing; /* user whose directory was asked for; 0: nobody's */
	uint64_t listing_ms;
};

/* Ids of the two directions are one space. */
enum { IN_BASE = MBFT_OUT_MAX };

#define MBFT_PDU(alternative, Alternative, ...)                                                              \
	(&(t127_pdu){ .choice = T127_MBFTPDU_##Alternative,                                                  \
		.u.alternative = &(struct t127_##alternative){ __VA_ARGS__ } })

/* mbft.c */
void mbft_begin(struct mbft *m); /* of an event: actions before are gone */
struct mbft_action *mbft_act(struct mbft *m, enum mbft_action_type type);
void mbft_send(struct mbft *m, uint16_t channel, const t127_pdu *pdu);
void mbft_non_standard(
	struct mbft *m, uint16_t channel, const char *key, uint16_t handle, uint16_t transmitter);
bool mbft_is_peer(const struct mbft *m, uint16_t user);
bool mbft_may(const struct mbft *m, uint32_t privilege);
const char *mbft_text(struct mbft *m, const char *text);
/* One that our owner is in for us: it is there, and is not left. */
bool mbft_channel_is_own(const struct mbft *m, uint16_t id);
/* Joins a channel, or uses it once more. False: too many. */
bool mbft_channel_use(struct mbft *m, uint16_t id);
void mbft_channel_drop(struct mbft *m, uint16_t id);
bool mbft_channel_is_joined(const struct mbft *m, uint16_t id);
void mbft_wait_forget(struct mbft *m, enum mbft_wait what, unsigned index);

/* mbft_out.c */
void mbft_out_end(struct mbft *m, unsigned i, bool ok, const char *why);
void mbft_out_tick(struct mbft *m);
void mbft_out_channel(struct mbft *m, unsigned i, uint16_t channel, bool ok);
void mbft_out_convened(struct mbft *m, unsigned i, uint16_t channel, bool ok);
void mbft_out_answer(
	struct mbft *m, uint16_t user, uint16_t handle, enum mbft_answer answer, const char *why);
void mbft_out_joined_private(struct mbft *m, uint16_t user, uint16_t control, bool ok);
void mbft_out_user_gone(struct mbft *m, uint16_t user);

/* mbft_in.c */
void mbft_in_offer(struct mbft *m, uint16_t user, const struct t127_file_offer_pdu *p);
void mbft_in_start(struct mbft *m, uint16_t user, const struct t127_file_start_pdu *p);
void mbft_in_data(struct mbft *m, uint16_t user, const struct t127_file_data_pdu *p);
void mbft_in_end(struct mbft *m, unsigned i, const char *why, bool tell);
void mbft_in_tick(struct mbft *m);
void mbft_in_joined(struct mbft *m, uint16_t channel, bool ok);
void mbft_in_user_gone(struct mbft *m, uint16_t user);
struct mbft_in *mbft_in_of(struct mbft *m, uint16_t user, uint16_t handle);

/* mbft_request.c: requests, directories, private pairs of others, privileges */
void mbft_request_channel(struct mbft *m, unsigned i, uint16_t channel, bool ok);
void mbft_request_in(struct mbft *m, uint16_t user, const struct t127_file_request_pdu *p);
void mbft_request_denied(struct mbft *m, uint16_t user, const struct t127_file_deny_pdu *p);
bool mbft_request_answered(struct mbft *m, const struct t127_file_offer_pdu *p, const struct t127_file *file);
void mbft_request_end(struct mbft *m, unsigned i);
void mbft_request_tick(struct mbft *m);
void mbft_request_user_gone(struct mbft *m, uint16_t user);
void mbft_listed(struct mbft *m, uint16_t user, const struct t127_directory_response_pdu *p);
void mbft_invited(struct mbft *m, uint16_t user, const struct t127_private_channel_join_invite_pdu *p);
void mbft_private_joined(struct mbft *m, uint16_t channel, bool ok);
void mbft_private_lost(struct mbft *m, uint16_t channel, uint16_t user);
void mbft_private_used(struct mbft *m, uint16_t channel);
void mbft_assigned(struct mbft *m, uint16_t user, const struct t127_mbft_privilege_assign_pdu *p);

#endif
