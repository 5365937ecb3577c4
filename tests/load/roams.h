/*
 * roams.h: the moves of nodes, and when each viewer heard of them.
 *
 * Move k makes its node tell an extra endpoint, 10.A.B.C:41641, whose three
 * numbers are k: that is the mark which viewers look for.  A viewer that hears
 * of a later move of the same node has heard of the earlier ones: the latest
 * state is all that counts.
 */
#ifndef TESTS_LOAD_ROAMS_H
#define TESTS_LOAD_ROAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
	ROAMS_MAX = 20000,
	ROAM_ENDPOINT_SIZE = sizeof("10.255.255.255:41641"),
	ROAMS_LATE = 50, /* so many moves later everybody must have heard */
};

struct roam {
	size_t node, before; /* the node's move before this one; 0: none */
	int64_t sent_us;
	uint32_t *heard_us; /* a viewer each, from sent on; 0: not yet */
	size_t heard;
	int64_t first_us, last_us;
};

struct roams {
	size_t viewers, count; /* move 0 is none */
	size_t pending;        /* deliveries that are due */
	struct roam at[ROAMS_MAX + 1];
	size_t *of_node; /* the last move of each */
	size_t checked;  /* moves up to here were all heard of in time … */
	size_t late;     /* … but for so many */
};

struct roams *roams_new(size_t viewers);
void roams_free(struct roams *r);

/* The number of the move that begins now. */
size_t roams_begin(struct roams *r, size_t node, int64_t now_us,
	char endpoint[ROAM_ENDPOINT_SIZE]);
/* What a viewer has read. */
void roams_read(
	struct roams *r, size_t viewer, struct bytes text, int64_t now_us);
bool roams_all_heard(const struct roams *r, size_t from);

/* Of moves from `from` on, in milliseconds: what share (0 to 1) of all
 * deliveries, or of the moves' first or last ones, took no longer. */
struct roam_times {
	double first_p50, p50, p99, last_p50, last_p99, last_max;
	size_t moves, deliveries;
};
struct roam_times roams_times(const struct roams *r, size_t from);

#endif
