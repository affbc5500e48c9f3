/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Logging for programs and services; pure layers do not log. A line goes to
 * standard error with its level (as "<N>" for journald when asked), its
 * category and the text. Whatever came from a peer passes log_escape() first;
 * whatever a peer can trigger is rate-limited with log_allow().
 */
#ifndef PST_BASE_LOG_H
#define PST_BASE_LOG_H

#include "base/err.h"
#include "base/slice.h"

enum log_level { LOG_L_ERROR = 3, LOG_L_WARN = 4, LOG_L_NOTICE = 5, LOG_L_INFO = 6, LOG_L_DEBUG = 7 };

/* Lines above LEVEL are dropped. JOURNAL: put <N> in front of each line. NAME stands before the category. */
void log_setup(const char *name, enum log_level level, bool journal);
enum log_level log_level(void);
/* CATEGORY is a module name. errno is kept. */
void log_line(enum log_level level, const char *category, const char *fmt, ...) PST_PRINTF(3, 4);

#define log_error(cat, ...) log_line(LOG_L_ERROR, (cat), __VA_ARGS__)
#define log_warn(cat, ...) log_line(LOG_L_WARN, (cat), __VA_ARGS__)
#define log_notice(cat, ...) log_line(LOG_L_NOTICE, (cat), __VA_ARGS__)
#define log_info(cat, ...) log_line(LOG_L_INFO, (cat), __VA_ARGS__)
#define log_debug(cat, ...) log_line(LOG_L_DEBUG, (cat), __VA_ARGS__)

/* A token bucket: BURST lines at once, then one per INTERVAL_MS. Zero-initialise, then set both. */
struct log_rate {
	uint32_t burst;
	uint32_t interval_ms;
	uint32_t tokens;     /* used internally */
	uint64_t last_ms;    /* used internally */
	uint64_t suppressed; /* lines dropped since the last one let through */
};

/* True when a line may be written now. *SUPPRESSED (may be NULL) gets how many were dropped before it. */
bool log_allow(struct log_rate *r, uint64_t now_ms, uint64_t *suppressed);

/* Writes S into BUF (always NUL-terminated, cut with "..." when long) with every octet that is not
 * printable ASCII, and backslash and quote, as \xHH. Returns BUF. */
const char *log_escape(char *buf, size_t cap, struct pst_slice s);

#endif
