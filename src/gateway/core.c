/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of calls, and what holds for all of them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/call.h"
#include "gateway/gw.h"
#include "gateway/permit.h"

int gw_core_init(struct gateway *gw, const struct gw_config *cfg, const struct relay *relay,
	const struct gw_io_ops *io, void *io_arg)
{
	*gw = (struct gateway){ .relay = *relay, .io = io, .io_arg = io_arg, .next_id = 1 };
	gw->conf = gw_config_copy(cfg);
	gw->out = malloc(GW_OUT_MAX);
	if (gw->conf == NULL || gw->out == NULL) {
		gw_config_drop(gw->conf);
		free(gw->out);
		return PST_E_NOMEM;
	}
	gw->start_ms = io->now(io_arg);
	gw->complain = (struct log_rate){ .burst = 20, .interval_ms = 500 };
	arena_init(&gw->arena, cfg->limits.arena_bytes);
	return 0;
}

void gw_release_all(struct gateway *gw, uint32_t reason, const char *why)
{
	struct gw_call *call, *tmp;
	HASH_ITER (hh, gw->calls, call, tmp)
		gw_call_release(call, reason, why);
}

void gw_core_done(struct gateway *gw)
{
	struct gw_call *call, *tmp;
	gw_release_all(gw, H225_RELEASE_COMPLETE_REASON_GATEWAY_RESOURCES, "the gateway stops");
	DL_FOREACH_SAFE (gw->ended, call, tmp) {
		DL_DELETE(gw->ended, call);
		gw_call_free(call);
	}
	gw_source_free_all(&gw->sources);
	gw_permit_free_all(&gw->rule_uses);
	arena_free(&gw->arena);
	gw_config_drop(gw->conf);
	free(gw->out);
	gw->conf = NULL;
	gw->out = NULL;
}

int gw_core_reload(struct gateway *gw, const struct gw_config *cfg)
{
	struct gw_config_copy *k = gw_config_copy(cfg);
	if (k == NULL)
		return PST_E_NOMEM;
	gw_config_drop(gw->conf);
	gw->conf = k;
	gw->arena.cap = cfg->limits.arena_bytes;
	return 0;
}

uint64_t gw_now(const struct gateway *gw)
{
	return gw->io->now(gw->io_arg);
}

void gw_complain(struct gw_call *call, const char *fmt, ...)
{
	struct gateway *gw = call->gw;
	uint64_t missed = 0;
	char text[400], more[48] = "";
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	gw_note(call, -1, GW_VIA_GATEWAY, text, NULL, 0);
	if (!log_allow(&gw->complain, gw_now(gw), &missed))
		return;
	if (missed > 0)
		snprintf(more, sizeof more, " (%llu such lines left out)", (unsigned long long)missed);
	log_warn("gateway", "call %llu: %s%s", (unsigned long long)call->id, text, more);
}

void gw_notef(struct gw_call *call, const char *fmt, ...)
{
	char text[400];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	gw_note(call, -1, GW_VIA_GATEWAY, text, NULL, 0);
}
