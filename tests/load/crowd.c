#include "tests/load/crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/own.h"

enum {
	EVENTS = 256,
	SPARE_IDS = 1024,
};

int64_t
load_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct crowd *
crowd_new(struct site *s, const struct fake_target *target, size_t count)
{
	struct crowd *c = own_alloc(sizeof(*c));

	c->site = s;
	c->target = target;
	c->count = count;
	c->id_room = count + SPARE_IDS;
	c->watched_fd = -1;
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->nodes = own_alloc(count * sizeof(*c->nodes));
	c->roams = roams_new(count);
	c->now_us = load_now_us();
	TAILQ_INIT(&c->waiting);
	if (c->epoll < 0)
		abort();
	for (size_t i = 0; i < count; i++)
		node_init(&c->nodes[i], c, i);
	return c;
}

void
crowd_free(struct crowd *c)
{
	for (size_t i = 0; i < c->count; i++)
		node_done(&c->nodes[i]);
	roams_free(c->roams);
	free(c->nodes);
	close(c->epoll);
	free(c);
}

/* Those whose back-off is over come; how long until the next is due. */
static int64_t
wake(struct crowd *c, int64_t most_us)
{
	struct node *n, *next;

	for (n = TAILQ_FIRST(&c->waiting); n; n = next) {
		next = TAILQ_NEXT(n, waiting);
		if (n->due_us <= c->now_us) {
			TAILQ_REMOVE(&c->waiting, n, waiting);
			node_come(n);
		} else if (n->due_us - c->now_us < most_us) {
			most_us = n->due_us - c->now_us;
		}
	}
	return most_us;
}

void
crowd_turn(struct crowd *c, int64_t most_us)
{
	struct epoll_event events[EVENTS];
	int count;

	c->now_us = load_now_us();
	most_us = wake(c, most_us);
	count = epoll_wait(c->epoll, events, EVENTS,
		most_us > 0 ? (int)((most_us + 999) / 1000) : 0);
	c->now_us = load_now_us();
	for (int i = 0; i < count; i++) {
		struct node *n = events[i].data.ptr;

		if (n)
			link_ready(&n->link, events[i].events);
		else
			c->watched = true;
	}
}

bool
crowd_settle(struct crowd *c, int64_t quiet_ms, int64_t cap_ms)
{
	int64_t cap = load_now_us() + cap_ms * 1000;
	int64_t since = load_now_us();
	uint64_t before = c->messages;

	while (c->now_us - since < quiet_ms * 1000) {
		if (c->now_us > cap)
			return false;
		crowd_turn(c, quiet_ms * 1000);
		if (c->messages != before) {
			before = c->messages;
			since = c->now_us;
		}
	}
	return true;
}

void
crowd_mark(struct crowd *c, const char *mark)
{
	c->mark = mark;
	c->marked = 0;
	for (size_t i = 0; i < c->count; i++)
		c->nodes[i].heard = (struct node_heard){ 0 };
}

void
crowd_watch(struct crowd *c, int fd)
{
	struct epoll_event want = { .events = EPOLLIN };

	if (c->watched_fd >= 0)
		epoll_ctl(c->epoll, EPOLL_CTL_DEL, c->watched_fd, NULL);
	c->watched_fd = fd;
	c->watched = false;
	if (fd >= 0 && epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &want))
		abort();
}

uint64_t
crowd_bytes(const struct crowd *c)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->count; i++)
		sum += c->nodes[i].link.bytes_in;
	return sum;
}

void
crowd_leave(struct crowd *c)
{
	c->leaving = true;
	c->left = 0;
	for (size_t i = 0; i < c->count; i++)
		c->nodes[i].left = false;
}

size_t
crowd_compare(struct crowd *c, size_t *viewers)
{
	struct truth *truth = own_alloc(c->count * sizeof(*truth));
	char(*endpoints)[64] = own_alloc(c->count * sizeof(*endpoints));
	size_t wrong = 0;

	*viewers = 0;
	for (size_t i = 0; i < c->count; i++)
		truth[i] = node_truth(&c->nodes[i], endpoints[i]);
	for (size_t i = 0; i < c->count; i++)
		if (c->nodes[i].model) {
			wrong += model_compare(
				c->nodes[i].model, truth, c->count, i);
			++*viewers;
		}
	free(endpoints);
	free(truth);
	return wrong;
}
