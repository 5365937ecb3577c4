/*
 * node.h: one simulated node: its keys, where it stands on its way in, what it
 * has seen of the others.
 *
 * It behaves as the real client does: register, map stream, then an update with
 * its endpoints; when the tunnel ends it comes back by itself after
 * n² · 10 ms · U(0.5, 1.5), at most 30 s, n being its failures in a row.
 */
#ifndef TESTS_LOAD_NODE_H
#define TESTS_LOAD_NODE_H

#include <sys/queue.h>

#include "tests/load/link.h"
#include "tests/load/model.h"
#include "tests/load/roams.h"

struct crowd;

enum {
	NODE_ENDPOINTS = 4,
	NODE_BACKOFF_MS = 10,
	NODE_BACKOFF_MOST_MS = 30 * 1000,
	NODE_SAMPLED = 50, /* every so many-th has a model */
};

enum node_state {
	NODE_OUT,     /* not begun */
	NODE_WAITING, /* for the end of its back-off */
	NODE_COMING,  /* tunnel, registration, first map */
	NODE_MAPPED,  /* has a map on its present stream */
};

/* Since the last crowd_mark; keep-alives do not count. */
struct node_heard {
	uint64_t messages, bytes;
	int64_t marked_us; /* 0: the mark has not come */
};

struct node {
	struct crowd *crowd;
	size_t place; /* in the crowd, from 0 */
	enum node_state state;
	struct key machine, key, key_public, disco_public;
	struct link link;
	unsigned failures;
	int64_t due_us;
	bool registered, told, left;
	int64_t id; /* the server's, from its own map */
	char address[64], label[24];
	char *hostinfo;                /* JSON */
	char roam[ROAM_ENDPOINT_SIZE]; /* "" before its first move */
	uint64_t *seen;                /* ids, a bit each */
	size_t seen_count;
	int64_t registered_us, mapped_us, converged_us;
	struct node_heard heard;
	struct model *model; /* NULL: one of the mass */
	TAILQ_ENTRY(node) waiting;
};

TAILQ_HEAD(node_list, node);

void node_init(struct node *n, struct crowd *c, size_t place);
void node_done(struct node *n);

/* Opens the tunnel: for a join, and when a back-off is over. */
void node_come(struct node *n);
/* Its update with the endpoints as they are; false while one is under way. */
bool node_tell(struct node *n);

/* How others must see it. */
struct truth node_truth(const struct node *n, char endpoint[64]);

#endif
