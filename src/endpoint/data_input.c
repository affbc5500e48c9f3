/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Standard input on the loop, cut into lines. */
#include "endpoint/data_input.h"

#include <string.h>
#include <unistd.h>

static void ended(struct data_input *in)
{
	if (in->n > 0) {
		in->line[in->n] = '\0';
		in->n = 0;
		in->on_line(in->arg, in->line);
	}
	data_input_close(in);
	in->on_line(in->arg, NULL);
}

static void octets(struct data_input *in, const char *p, size_t n)
{
	for (size_t i = 0; i < n && in->open; i++) {
		if (p[i] == '\n') {
			in->line[in->n > 0 && in->line[in->n - 1] == '\r' ? in->n - 1 : in->n] = '\0';
			in->n = 0;
			if (!in->skipping)
				in->on_line(in->arg, in->line);
			in->skipping = false;
		} else if (in->n < DATA_LINE_MAX && !in->skipping && p[i] != '\0') {
			in->line[in->n++] = p[i];
		} else if (p[i] != '\0') {
			in->skipping = true;
			in->n = 0;
		}
	}
}

static void on_idle(uv_idle_t *h)
{
	struct data_input *in = h->data;
	const ssize_t n = read(STDIN_FILENO, in->buf, sizeof in->buf);
	if (n > 0)
		octets(in, in->buf, (size_t)n);
	else
		ended(in);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	struct data_input *in = h->data;
	(void)suggested;
	*buf = uv_buf_init(in->buf, sizeof in->buf);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct data_input *in = s->data;
	if (n > 0)
		octets(in, buf->base, (size_t)n);
	else if (n < 0)
		ended(in);
}

int data_input_open(struct data_input *in, uv_loop_t *loop)
{
	int err;
	switch (uv_guess_handle(STDIN_FILENO)) {
	case UV_TTY: err = uv_tty_init(loop, &in->uv.tty, STDIN_FILENO, 1); break;
	case UV_NAMED_PIPE:
	case UV_TCP:
		err = uv_pipe_init(loop, &in->uv.pipe, 0);
		if (err == 0)
			err = uv_pipe_open(&in->uv.pipe, STDIN_FILENO);
		break;
	default:
		uv_idle_init(loop, &in->uv.idle);
		in->uv.handle.data = in;
		in->open = true;
		return uv_idle_start(&in->uv.idle, on_idle);
	}
	if (err != 0)
		return err;
	in->uv.handle.data = in;
	in->open = true;
	return uv_read_start(&in->uv.stream, on_alloc, on_read);
}

void data_input_close(struct data_input *in)
{
	if (in->open)
		uv_close(&in->uv.handle, NULL);
	in->open = false;
}
