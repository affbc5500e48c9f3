/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of standard input, whatever that is: a terminal, a pipe or a file. */
#ifndef PST_ENDPOINT_DATA_INPUT_H
#define PST_ENDPOINT_DATA_INPUT_H

#include <stdbool.h>
#include <uv.h>

enum { DATA_LINE_MAX = 4096 };

struct data_input {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_pipe_t pipe;
		uv_tty_t tty;
		uv_idle_t idle; /* a file: read when nothing else is to be done */
	} uv;
	char line[DATA_LINE_MAX + 1];
	size_t n;
	bool open, skipping; /* the rest of a line that is too long */
	char buf[DATA_LINE_MAX];
	void *arg;
	void (*on_line)(void *arg, const char *line); /* without its end; NULL: no more come */
};

/* Starts reading. A uv_ error: nothing will come. */
int data_input_open(struct data_input *in, uv_loop_t *loop);
void data_input_close(struct data_input *in);

#endif
