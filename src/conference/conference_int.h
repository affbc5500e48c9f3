/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside a conference node: what conference.c and the gcc_*.c share. */
#ifndef PST_CONFERENCE_CONFERENCE_INT_H
#define PST_CONFERENCE_CONFERENCE_INT_H

#include <stdlib.h>
#include <uthash.h>

#include "conference/conference.h"
#include "conference/mcs.h"
#include "t124/msg.h"
#include "t124/text.h"

enum {
	DIGITS_MAX = 255,
	REGISTRY_KEY_MAX = 400,
	PARAMETER_MAX = 64,
	PARTIALS_MAX = 256,  /* pieces of data under way */
	PARTIALS_SDUS = 8,   /* what they may take together, in largest pieces */
	ENTITIES_MAX = 4096, /* in the roster of applications */
};

struct conf_name {
	char numeric[DIGITS_MAX + 1]; /* digits */
	char text[CONFERENCE_NAME_MAX * 3 + 1];
};

/* A call under way, either direction, and what is known of the connection afterwards. */
struct call {
	bool used, ours, open;
	enum conference_how how;
	struct conf_name name;
	int32_t tag;
	uint16_t node, top; /* INVITE: the inviting node and the top */
	bool wrong_password;
	bool waiting; /* for the top's word on a join */
};

struct node {
	uint16_t id, superior;
	uint32_t type;
	char name[CONFERENCE_NAME_MAX * 3 + 1];
	UT_hash_handle hh;
};

/* An application somewhere, as rosters tell. */
struct entity {
	uint16_t node, entity, user;
	bool active;
	uint8_t app; /* enum t124_app */
	bool object; /* which alternative of Key */
	uint16_t n_key;
	uint8_t key[256];
};

/* Of the registry, at the top. */
struct entry {
	uint8_t key[REGISTRY_KEY_MAX]; /* RegistryKey in PER */
	size_t n_key;
	uint32_t item;	 /* enum gcc_registry_item_choice */
	uint16_t number; /* channel or token */
	uint8_t parameter[PARAMETER_MAX];
	size_t n_parameter;
	uint16_t owner, owner_entity; /* owner 0: none */
	uint32_t rights;
	bool has_rights, monitored;
	struct entry *next;
};

enum app_state { APP_FREE, APP_ATTACHING, APP_CHANNEL, APP_REGISTERING, APP_JOINING, APP_READY };

struct app {
	enum app_state state;
	unsigned local;
	uint16_t channel, own; /* the session's; the one assigned to us while it is looked up */
	bool is_static;	       /* the session's is known from the beginning */
	uint8_t key[256];
	uint16_t n_key;
	bool object;
	uint8_t tries;
};

enum gcc_state { GCC_NONE, GCC_ATTACHING, GCC_JOIN_OWN, GCC_JOIN_BROADCAST, GCC_IN };

/* A confirm or indication that waits for its turn. */
struct queued {
	struct queued *next;
	unsigned local;
	t125_pdu pdu;
};

/* Segments of data, by who sent them where. */
struct partial {
	struct partial_key {
		uint16_t local, user, channel, priority;
	} key;
	uint8_t *p;
	size_t n, cap;
	UT_hash_handle hh;
};

struct conference {
	struct mcs *mcs;
	struct arena arena;
	struct conference_action *first, *last;
	struct queued *queue, *queue_last;
	char *node_name, *password, *call_password;
	uint32_t max_nodes, max_entries, max_sdu, setup_ms;
	bool mcu, tracing;
	struct call calls[MCS_CONNS];
	/* the conference */
	enum gcc_state state;
	bool top, locked;
	unsigned local; /* the GCC's own user */
	int up;		/* the connection above, while there is one */
	uint16_t node, top_node, superior, conductor; /* conductor 0: none */
	int32_t tag, next_tag;
	struct conf_name name;
	struct node *nodes;
	struct entity *entities;
	unsigned n_entities, cap_entities;
	uint16_t instance;
	bool roster_changed;
	struct entry *registry;
	unsigned n_registry;
	uint16_t next_token;
	uint32_t next_handle;
	struct app apps[CONFERENCE_APPS];
	struct partial *partials;
	size_t n_partial; /* octets in them */
};

/* conference.c */
struct conference_action *conference_act(struct conference *c, enum conference_action_type type);
const char *conference_dup(struct conference *c, const char *text);
void conference_begin(struct conference *c); /* of an event: actions before are gone */
void conference_run(struct conference *c);   /* its end: what is queued */
/* Forgets what USER began to send and cannot end; 0: what anybody did. */
void conference_partials_drop(struct conference *c, uint16_t user);
void conference_data(struct conference *c, unsigned local, const struct t125_data *d);

/* gcc.c */
void gcc_start(struct conference *c, bool top);
void gcc_end(struct conference *c, const char *why);
void gcc_conducted(struct conference *c, uint16_t node); /* 0: by nobody any more */
void gcc_local(struct conference *c, const t125_pdu *pdu);
void gcc_received(struct conference *c, uint16_t user, uint16_t channel, struct pst_slice octets);
void gcc_send(struct conference *c, uint16_t channel, bool uniform, const t124_pdu *pdu);
void gcc_request(struct conference *c, uint32_t choice, const void *request);
void gcc_respond(struct conference *c, uint16_t node, uint32_t choice, const void *response);
void gcc_indicate(
	struct conference *c, uint16_t channel, bool uniform, uint32_t choice, const void *indication);

/* gcc_connect.c */
void gcc_asked(struct conference *c, unsigned conn, const struct mcs_connect_initial *m);
void gcc_answered(struct conference *c, unsigned conn, uint32_t result, struct pst_slice user_data);
void gcc_answer(struct conference *c, unsigned conn, bool accept);
struct pst_slice gcc_call_data(struct conference *c, struct call *call);
bool gcc_name_parse(struct conf_name *out, const char *text);
const char *gcc_name_text(const struct conf_name *name);
void gcc_join_asked(struct conference *c, uint16_t user, const struct gcc_conference_join_request *p);
void gcc_join_answered(struct conference *c, const struct gcc_conference_join_response *p);

/* gcc_roster.c */
void gcc_roster_announce(struct conference *c); /* ours changed */
void gcc_roster_received(struct conference *c, uint16_t user, uint16_t channel, struct pst_slice octets,
	const struct gcc_roster_update_indication *p);
void gcc_roster_user_gone(struct conference *c, uint16_t user);
void gcc_roster_free(struct conference *c);
struct node *gcc_node(const struct conference *c, uint16_t id);
bool gcc_key_fits(const struct gcc_key *key);

/* gcc_registry.c */
void gcc_registry_request(struct conference *c, uint16_t node, const struct gcc_request_pdu *p);
void gcc_registry_user_gone(struct conference *c, uint16_t user);
void gcc_registry_free(struct conference *c);

/* app.c */
void app_local(struct conference *c, unsigned app, const t125_pdu *pdu);
void app_registered(struct conference *c, const struct gcc_registry_response *p);
void app_handles(struct conference *c, const struct gcc_registry_allocate_handle_response *p);
void app_end_all(struct conference *c);
struct gcc_key app_key(const struct app *a);

#endif
