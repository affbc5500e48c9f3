/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The monitor's own: its children, and the configuration on its way into use. For monitor*.c only.
 *
 *	       spawn             config_done(ok)
 *	NONE ---------> STARTING ---------------> RUNNING --- died ---> NONE, later STARTING again
 *	                    |                        |
 *	                    | first one failed       | SIGTERM
 *	                    v                        v
 *	                  end, error             STOPPING --- died or too slow ---> end, with the last of them
 *
 * A configuration is taken into use in two steps, so that all of them do, or none:
 *
 *	STEP_NONE --- CONFIG ---> ASKED --- prepared(ok) ---> PREPARED --- COMMIT ---> COMMITTED --- config_done ---> NONE
 *	                            |                             | ABORT: another could not
 *	                            | prepared(why not)           v
 *	                            +--------------------------> NONE
 */
#ifndef PST_PRIV_MONITOR_PRIVATE_H
#define PST_PRIV_MONITOR_PRIVATE_H

#include "base/log.h"
#include "priv/monitor.h"

enum child_state { CHILD_NONE, CHILD_STARTING, CHILD_RUNNING, CHILD_STOPPING };
enum change_step { STEP_NONE, STEP_ASKED, STEP_PREPARED, STEP_COMMITTED };

struct child {
	const struct priv_child *what;
	enum child_state state;
	enum change_step step;
	pid_t pid;
	int sock; /* -1: it has closed its end */
	uint64_t started_ms;
	uint64_t heard_ms;
	uint64_t deadline_ms; /* NONE: restart; STOPPING, or ASKED or COMMITTED: kill; 0: none */
	uint32_t delay_units;
	uint32_t calls, pinholes; /* of its last report */
	uint32_t generation;      /* of the configuration it has been given last */
	struct log_rate quota, address_quota, meetings;
};

struct monitor {
	const struct priv_monitor_conf *conf;
	const struct priv_monitor_ops *ops;
	void *arg;
	struct child children[PRIV_CHILDREN_MAX];
	int signals;
	bool done;
	bool stopping;
	bool was_ready;      /* all have run */
	bool reload_asked;   /* SIGHUP came while it could not be acted on */
	bool reloading;      /* they have been given a new configuration */
	int verdict;         /* the first refusal */
	uint32_t generation; /* what they have been given */
	int result;
};

#define FOR_CHILDREN(m, c) for (struct child *c = (m)->children; c < (m)->children + (m)->conf->n_children; c++)

/* monitor.c */
void monitor_kill(struct child *c, const char *why);
/* Sends M with FD (-1: none) beside it; who does not take it is killed. */
void monitor_tell(struct child *c, const struct priv_msg *m, int fd);

/* monitor_change.c */

/* Gives a child that has just been started the configuration GENERATION, in FD. */
void monitor_give(struct monitor *m, struct child *c, uint32_t generation, int fd);
/* SIGHUP: all that run are to change over. Whoever does not run gets it at its start. */
void monitor_reload(struct monitor *m);
/* What C says of a configuration. False: it was not asked for. */
PST_MUST_CHECK bool monitor_on_prepared(struct monitor *m, struct child *c, const struct priv_msg *msg);
PST_MUST_CHECK bool monitor_on_config_done(struct monitor *m, struct child *c, const struct priv_msg *msg);
/* C is gone, and with it what it had still to say. */
void monitor_change_without(struct monitor *m, struct child *c);

#endif
