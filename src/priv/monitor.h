/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The monitor: starts the worker as a fresh image of the same program without
 * any privilege, carries out its few requests, starts it again when it dies.
 * Nothing that came from a network reaches this process; what comes from the
 * worker is a message of msg.h or the worker's end. What the verbs do is the
 * caller's, who checks each request against its own configuration.
 */
#ifndef PST_PRIV_MONITOR_H
#define PST_PRIV_MONITOR_H

#include "priv/drop.h"
#include "priv/msg.h"

enum { PRIV_WORKER_FD = 3 /* where the worker finds its end of the pair */ };

enum priv_notice {
	PRIV_READY, /* the first worker uses the configuration */
	PRIV_RELOADING,
	PRIV_RELOADED, /* or refused: it runs on in any case */
	PRIV_STOPPING,
	PRIV_ALIVE, /* the worker has reported: calls and pinholes */
	PRIV_DOWN,  /* the worker is gone, another will be started */
};

/* Descriptors handed out through FD are the monitor's to close. Errors are enum pst_err, with errno for
 * PST_E_SYS. */
struct priv_monitor_ops {
	int (*bind)(void *arg, uint32_t generation, uint16_t realm, uint16_t interface, uint8_t service, int *fd);
	int (*fw_apply)(void *arg, uint32_t generation);
	int (*fw_remove)(void *arg);
	int (*relay)(void *arg, uint32_t generation, int *fd);
	int (*control)(void *arg, int *fd);
	int (*open_state)(void *arg, enum priv_file file, int *fd);
	/* The configuration in use, for a new worker. */
	int (*config)(void *arg, uint32_t *generation, int *fd);
	/* SIGHUP: reads and checks a new one. An error leaves all as it was; the function has logged why. */
	int (*reload)(void *arg, uint32_t *generation, int *fd);
	/* What became of the configuration GENERATION: in use (PST_OK) or not. */
	void (*config_done)(void *arg, uint32_t generation, int status);
	void (*notify)(void *arg, enum priv_notice n, uint32_t calls, uint32_t pinholes);
};

struct priv_monitor_conf {
	char *const *worker_argv; /* of this program's image; NULL-terminated */
	struct priv_identity identity;
	uint32_t stop_ms;    /* how long a worker may take to end its calls */
	uint32_t silence_ms; /* a worker that says nothing for so long hangs and is killed; 0: for ever */
	uint32_t delay_ms;   /* unit of the growing delay between restarts: 0, 1, 2, 4 ... 30 units */
};

/* Runs until SIGTERM or SIGINT. PST_E_STATE: the first worker could not start; it has logged why. PST_E_SYS,
 * PST_E_NOMEM. */
PST_MUST_CHECK int priv_monitor_run(
        const struct priv_monitor_conf *conf, const struct priv_monitor_ops *ops, void *arg);

#endif
