/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user plane's threads: each waits for its own sockets, and shares nothing with the others. */
#include "base/clock.h"
#include "relay/user_private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A mutex alone goes to whoever runs, which is the thread that has just let it go: under load nobody else would get it. */
void user_shard_lock(struct user_shard *h)
{
	pthread_mutex_lock(&h->turn);
	pthread_mutex_lock(&h->lock);
	pthread_mutex_unlock(&h->turn);
}

void user_shard_unlock(struct user_shard *h)
{
	pthread_mutex_unlock(&h->lock);
}

static void wake(struct user_shard *h)
{
	const uint64_t one = 1;
	/* fails only where 2^64 wait already */
	(void)!write(h->wake, &one, sizeof one);
}

static void woken(struct user_shard *h)
{
	uint64_t n;
	(void)!read(h->wake, &n, sizeof n);
}

/* Sockets that are closed are not reported any more, and what was reported before has been looked at. */
static struct relay_session *bury(struct relay_session *s)
{
	while (s != NULL) {
		struct relay_session *next = s->next;
		free(s);
		s = next;
	}
	return NULL;
}

static void *run(void *arg)
{
	struct user_shard *h = arg;
	struct epoll_event ready[USER_BATCH];
	bool stop = false;
	pthread_setname_np(pthread_self(), "media"); /* for those who look at threads */
	while (!stop) {
		const int n = epoll_wait(h->epoll, ready, USER_BATCH, -1);
		const uint64_t now_us = clock_now_ns() / 1000;
		bool told = false;
		user_move_begin(h);
		for (int i = 0; i < n; i++) {
			if (ready[i].data.ptr == NULL) {
				told = true;
				continue;
			}
			user_shard_lock(h);
			user_move(h, ready[i].data.ptr, now_us);
			user_shard_unlock(h);
		}
		if (!told)
			continue;
		woken(h);
		user_shard_lock(h);
		h->closed = bury(h->closed);
		stop = h->stop;
		user_shard_unlock(h);
	}
	return NULL;
}

int user_shard_add(struct user_shard *h, struct relay_session *s)
{
	for (int i = 0; i < RELAY_LEGS * RELAY_PARTS; i++) {
		struct user_port *p = &s->ports[i / RELAY_PARTS][i % RELAY_PARTS];
		struct epoll_event ev = { .events = EPOLLIN, .data.ptr = p };
		if (epoll_ctl(h->epoll, EPOLL_CTL_ADD, p->fd, &ev))
			return PST_E_SYS;
	}
	return 0;
}

void user_shard_close(struct user_shard *h, struct relay_session *s)
{
	const int saved = errno;
	user_shard_lock(h);
	for (int i = 0; i < RELAY_LEGS * RELAY_PARTS; i++) {
		struct user_port *p = &s->ports[i / RELAY_PARTS][i % RELAY_PARTS];
		close(p->fd);
		p->fd = -1;
	}
	const bool first = h->closed == NULL;
	s->next = h->closed;
	h->closed = s;
	user_shard_unlock(h);
	if (first)
		wake(h);
	errno = saved;
}

/* Signals are for the thread that has the loop. */
static int thread_start(struct user_shard *h)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	const int err = pthread_create(&h->thread, NULL, run, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = err;
	return err ? PST_E_SYS : 0;
}

static void shard_close(struct user_shard *h)
{
	const int saved = errno;
	if (h->epoll >= 0)
		close(h->epoll);
	if (h->wake >= 0)
		close(h->wake);
	pthread_mutex_destroy(&h->lock);
	pthread_mutex_destroy(&h->turn);
	free(h);
	errno = saved;
}

int user_shard_new(struct user_shard **out, uint64_t hide_key)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct user_shard *h = calloc(1, sizeof *h);
	if (h == NULL)
		return PST_E_NOMEM;
	/* with no attributes they cannot fail */
	pthread_mutex_init(&h->lock, NULL);
	pthread_mutex_init(&h->turn, NULL);
	h->hide_key = hide_key;
	user_move_init(h);
	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	h->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int err = h->epoll < 0 || h->wake < 0 || epoll_ctl(h->epoll, EPOLL_CTL_ADD, h->wake, &ev) ? PST_E_SYS : 0;
	if (!err)
		err = thread_start(h);
	if (err) {
		shard_close(h);
		return err;
	}
	*out = h;
	return 0;
}

void user_shard_free(struct user_shard *h)
{
	user_shard_lock(h);
	h->stop = true;
	user_shard_unlock(h);
	wake(h);
	pthread_join(h->thread, NULL);
	shard_close(h);
}
