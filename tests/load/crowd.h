/*
 * crowd.h: all simulated nodes of one generator, on one epoll, against one
 * cairn.
 */
#ifndef TESTS_LOAD_CROWD_H
#define TESTS_LOAD_CROWD_H

#include "tests/lib/site.h"
#include "tests/load/node.h"

struct crowd {
	struct site *site;
	const struct fake_target *target; /* through nginx, or straight */
	const char *const *auth_keys;     /* handed out in turns */
	size_t key_count;
	int epoll;
	int watched_fd; /* of a scenario, -1: none */
	bool watched;   /* it became readable */
	struct node *nodes;
	size_t count;
	size_t id_room; /* ids are below */
	struct node_list waiting;
	struct roams *roams;
	int64_t now_us;
	bool leaving; /* the first end of each tunnel is wanted: no drop */
	/* How many stand where. */
	size_t registered, told, mapped, converged;
	size_t left; /* since leaving was set */
	/* What happened, from the beginning on. */
	uint64_t messages, map_bytes;
	uint64_t drops, refusals, failures; /* tunnels lost, 429s, dials */
	const char *last_why;               /* of a drop or failure */
	const char *mark; /* a text to look for in messages; NULL: none */
	size_t marked;    /* nodes that have read it */
};

int64_t load_now_us(void); /* monotonic */

struct crowd *crowd_new(
	struct site *s, const struct fake_target *target, size_t count);
void crowd_free(struct crowd *c);

/* Waits for at most so long, and handles what came. */
void crowd_turn(struct crowd *c, int64_t most_us);
/* Turns until nothing has come for `quiet_ms`; false after `cap_ms`. */
bool crowd_settle(struct crowd *c, int64_t quiet_ms, int64_t cap_ms);
/* From now on looks for the mark, and counts messages of each node anew. */
void crowd_mark(struct crowd *c, const char *mark);
/* Tells `watched` when the fd is readable; -1 ends that. */
void crowd_watch(struct crowd *c, int fd);

uint64_t crowd_bytes(const struct crowd *c); /* as they came from sockets */
/* From now on each tunnel may end once. */
void crowd_leave(struct crowd *c);
/* How much the sampled viewers' models differ from the truth. */
size_t crowd_compare(struct crowd *c, size_t *viewers);

#endif
