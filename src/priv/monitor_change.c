/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration on its way into use. */
#include "priv/monitor_private.h"

#include <unistd.h>

#include "base/clock.h"

/* Who is prepared waits for the others, and has all the time that they have. */
static void step(struct monitor *m, struct child *c, enum change_step to)
{
	const bool asked = to == STEP_ASKED || to == STEP_COMMITTED;
	c->step = to;
	c->deadline_ms = asked && m->conf->change_ms != 0 ? clock_now_ms() + m->conf->change_ms : 0;
}

static void commit(struct monitor *m, struct child *c)
{
	const struct priv_msg msg = {.type = PRIV_COMMIT, .generation = c->generation};
	step(m, c, STEP_COMMITTED);
	monitor_tell(c, &msg, -1);
}

static bool any_at(struct monitor *m, enum change_step at)
{
	FOR_CHILDREN(m, c)
	{
		if (c->step == at)
			return true;
	}
	return false;
}

static void reload_end(struct monitor *m)
{
	m->reloading = false;
	m->ops->config_done(m->arg, m->generation, m->verdict);
	m->ops->notify(m->arg, PRIV_RELOADED, 0, 0);
}

/* All have answered: all change over, or none. */
static void decide(struct monitor *m)
{
	FOR_CHILDREN(m, c)
	{
		if (c->step == STEP_PREPARED && m->verdict == PST_OK) {
			commit(m, c);
		} else if (c->step == STEP_PREPARED) {
			const struct priv_msg msg = {.type = PRIV_ABORT, .generation = m->generation};
			step(m, c, STEP_NONE);
			monitor_tell(c, &msg, -1);
		}
	}
}

/* Goes on with a reload when nobody has still to answer. */
static void go_on(struct monitor *m)
{
	if (m->reloading && !any_at(m, STEP_ASKED))
		decide(m);
	if (m->reloading && !any_at(m, STEP_ASKED) && !any_at(m, STEP_COMMITTED))
		reload_end(m);
}

void monitor_give(struct monitor *m, struct child *c, uint32_t generation, int fd)
{
	const struct priv_msg msg = {.type = PRIV_CONFIG, .generation = generation};
	c->generation = generation;
	step(m, c, STEP_ASKED);
	monitor_tell(c, &msg, fd);
}

void monitor_reload(struct monitor *m)
{
	uint32_t generation = 0;
	int fd = -1;
	m->reload_asked = false;
	m->ops->notify(m->arg, PRIV_RELOADING, 0, 0);
	if (m->ops->reload(m->arg, &generation, &fd) != PST_OK) {
		m->ops->notify(m->arg, PRIV_RELOADED, 0, 0);
		return;
	}
	m->reloading = true;
	m->verdict = PST_OK;
	m->generation = generation;
	FOR_CHILDREN(m, c)
	{
		if (c->state == CHILD_RUNNING)
			monitor_give(m, c, generation, fd);
	}
	close(fd);
}

bool monitor_on_prepared(struct monitor *m, struct child *c, const struct priv_msg *msg)
{
	if (c->step != STEP_ASKED || msg->generation != c->generation)
		return false;
	if (msg->status != PST_OK) {
		step(m, c, STEP_NONE);
		if (m->verdict == PST_OK)
			m->verdict = msg->status;
	} else if (m->reloading) {
		step(m, c, STEP_PREPARED);
	} else {
		commit(m, c);
	}
	go_on(m);
	return true;
}

bool monitor_on_config_done(struct monitor *m, struct child *c, const struct priv_msg *msg)
{
	if (c->step != STEP_COMMITTED || msg->generation != c->generation)
		return false;
	step(m, c, STEP_NONE);
	/* one that fails now ends by itself, and that is what counts; of the first ones the reason is told as well */
	if (!m->was_ready && m->verdict == PST_OK)
		m->verdict = msg->status;
	if (c->state == CHILD_STARTING && msg->status == PST_OK) {
		c->state = CHILD_RUNNING;
		if (m->was_ready)
			log_notice("priv", "%s %d has taken over", c->what->name, (int)c->pid);
	}
	go_on(m);
	return true;
}

void monitor_change_without(struct monitor *m, struct child *c)
{
	if (m->reloading && (c->step == STEP_ASKED || c->step == STEP_PREPARED) && m->verdict == PST_OK)
		m->verdict = PST_E_STATE;
	c->step = STEP_NONE;
	go_on(m);
}
