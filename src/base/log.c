/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static struct {
	const char *name;
	enum log_level level;
	bool journal;
} conf = { "postern", LOG_L_INFO, false };

void log_setup(const char *name, enum log_level level, bool journal)
{
	conf.name = name;
	conf.level = level;
	conf.journal = journal;
}

enum log_level log_level(void)
{
	return conf.level;
}

void log_line(enum log_level level, const char *category, const char *fmt, ...)
{
	if (level > conf.level)
		return;
	const int saved = errno;
	char line[1024];
	int n = conf.journal ? snprintf(line, sizeof line, "<%d>%s: ", level, category)
			     : snprintf(line, sizeof line, "%s[%d] %s: ", conf.name, (int)getpid(), category);
	if (n < 0)
		n = 0;
	va_list ap;
	va_start(ap, fmt);
	const int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
	va_end(ap);
	size_t len = (size_t)n + (m > 0 ? (size_t)m : 0);
	if (len > sizeof line - 2)
		len = sizeof line - 2;
	line[len++] = '\n';
	/* one write, so that lines of two processes do not mix; nothing to do when it fails */
	ssize_t unused = write(STDERR_FILENO, line, len);
	(void)unused;
	errno = saved;
}

bool log_allow(struct log_rate *r, uint64_t now_ms, uint64_t *suppressed)
{
	if (r->last_ms == 0) {
		r->tokens = r->burst;
		r->last_ms = now_ms;
	}
	const uint64_t earned = r->interval_ms != 0 ? (now_ms - r->last_ms) / r->interval_ms : r->burst;
	if (earned > 0) {
		r->tokens = earned > r->burst - r->tokens ? r->burst : r->tokens + (uint32_t)earned;
		r->last_ms += earned * r->interval_ms;
	}
	if (r->tokens == 0) {
		r->suppressed++;
		return false;
	}
	r->tokens--;
	if (suppressed != NULL)
		*suppressed = r->suppressed;
	r->suppressed = 0;
	return true;
}

const char *log_escape(char *buf, size_t cap, struct pst_slice s)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;
	if (cap == 0)
		return buf;
	for (size_t i = 0; i < s.n; i++) {
		const uint8_t c = s.p[i];
		const bool plain = c >= 0x20 && c < 0x7f && c != '\\' && c != '"';
		if (n + (plain ? 1 : 4) + 4 > cap) {
			if (cap - n >= 4) {
				memcpy(buf + n, "...", 3);
				n += 3;
			}
			break;
		}
		if (plain) {
			buf[n++] = (char)c;
		} else {
			buf[n++] = '\\';
			buf[n++] = 'x';
			buf[n++] = hex[c >> 4];
			buf[n++] = hex[c & 15];
		}
	}
	buf[n] = '\0';
	return buf;
}
