/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/log_setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* JOURNAL_STREAM names the device and inode of the journal's end (systemd.exec(5)); standard error may go
 * elsewhere by now. */
static bool to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;
	return stream != NULL && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

void log_setup_daemon(enum log_level level)
{
	log_setup("posternd", level, to_journal());
}
