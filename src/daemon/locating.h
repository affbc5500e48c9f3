/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The worker's questions who takes calls for a name of another domain, which the registrar looks up. Who asks waits for a
 * time of its own; a question that is answered late, or never, takes a place for a while longer. One thread.
 */
#ifndef PST_DAEMON_LOCATING_H
#define PST_DAEMON_LOCATING_H

#include <uv.h>

#include "base/err.h"
#include "registry/msg.h"

struct daemon_locating;

/* TELL brings messages to the registrar. PST_E_NOMEM. */
PST_MUST_CHECK int daemon_locating_new(
        struct daemon_locating **out, uv_loop_t *loop, void (*tell)(void *arg, const struct registry_msg *m), void *arg);
/* DONE comes once, from the loop: AT with family 0: nobody, or not known. False: too many questions are open, or that is
 * no name; nothing comes. */
bool daemon_locating_ask(
        struct daemon_locating *l, const char *name, void (*done)(void *darg, const struct addr *at), void *darg);
/* The registrar's answer; one to no question of ours is nothing. */
void daemon_locating_answer(struct daemon_locating *l, uint32_t id, const struct addr *at);
/* Answers what is open: nobody. The loop must run once more. NULL is allowed. */
void daemon_locating_free(struct daemon_locating *l);

#endif
