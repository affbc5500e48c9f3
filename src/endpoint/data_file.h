/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside file transfer of the endpoint: what its files share. The machine is conference/mbft.h. */
#ifndef PST_ENDPOINT_DATA_FILE_H
#define PST_ENDPOINT_DATA_FILE_H

#include "conference/mbft.h"
#include "endpoint/data_node.h"

enum { FILE_SOURCES_MAX = 64, FILE_SENDS_MAX = MBFT_OUT_MAX, FILE_STORES_MAX = MBFT_IN_MAX };

/* A file to be sent to all, and who was offered it. */
struct file_source {
	char *path; /* owned */
	char *to;   /* owned; NULL: all, who come later too; else the one of that name */
	struct t127_file meta;
	uint16_t *users; /* owned: offered to these */
	unsigned n_users;
	bool offered, sent; /* ever */
};

/* One sending of it. */
struct file_send {
	bool used;
	unsigned id; /* the machine's */
	struct file_source *source;
	int fd;
	uint64_t offset, begun_ms, shown_ms;
	bool begun;
};

/* An offer to us, then the file coming in. */
struct file_store {
	bool used, asked, begun;
	unsigned id, number;
	uint16_t user;
	struct t127_file meta;
	int fd; /* -1: not open */
	char part[32];
	uint64_t got, begun_ms, shown_ms;
	bool broken; /* could not be written */
};

/* What the machine wants of the conference, until it may be called. */
struct file_op {
	struct file_op *next;
	enum mbft_action_type type;
	uint16_t channel, user;
	uint8_t priority;
	size_t n;
	uint8_t octets[];
};

struct file_app {
	struct data_app app; /* first */
	struct mbft *mbft;
	const char *dir; /* or NULL: offers are refused */
	int dir_fd;
	bool ask;
	uint32_t receivers;
	uint64_t max_size;
	struct file_source *sources[FILE_SOURCES_MAX];
	unsigned n_sources;
	struct file_send sends[FILE_SENDS_MAX];
	struct file_store stores[FILE_STORES_MAX];
	unsigned next_number, next_part;
	struct file_op *ops, **last_op;
	bool peers_changed, started;
	uint16_t conductor; /* user, as the machine knows it */
	uint64_t sent_octets, got_octets;
	unsigned n_sent, n_got;
};

/* data_file.c */
/* After each call of an mbft_ function: does what concerns files, keeps the rest for later. */
void file_carry(struct file_app *f);
/* Outside of the conference's actions: what was kept is done. */
void file_flush(struct file_app *f);
const char *file_person(const struct file_app *f, uint16_t user);
/* Where a file under way is; at most once a second. */
void file_progress(struct file_app *f, bool out, const char *name, uint64_t octets,
	const struct t127_file *meta, uint64_t *shown_ms);

/* data_file_send.c */
int file_source_add(struct file_app *f, const char *path, const char *to);
void file_send_run(struct file_app *f);
void file_send_begun(struct file_app *f, const struct mbft_action *a);
void file_send_answered(struct file_app *f, const struct mbft_action *a);
void file_send_ended(struct file_app *f, const struct mbft_action *a);
bool file_send_busy(const struct file_app *f);
/* Somebody asks for a file by name: one of those that go to all. */
void file_supply(struct file_app *f, unsigned request, const char *name);
void file_directory(struct file_app *f, uint16_t user);
void file_send_free(struct file_app *f);

/* data_file_store.c */
int file_store_open(struct file_app *f);
void file_store_offered(struct file_app *f, const struct mbft_action *a);
void file_store_begun(struct file_app *f, const struct mbft_action *a);
void file_store_data(struct file_app *f, const struct mbft_action *a);
/* Gives the file its name; false: it cannot be had. */
bool file_store_complete(struct file_app *f, unsigned id);
void file_store_ended(struct file_app *f, const struct mbft_action *a);
struct file_store *file_store_of(struct file_app *f, unsigned id);
struct file_store *file_store_number(struct file_app *f, unsigned number);
void file_store_free(struct file_app *f);

#endif
