/*
 * flows_inside.h: what two machines have open, and what parts have together,
 * in words: for policy/flows.c.
 */
#ifndef POLICY_FLOWS_INSIDE_H
#define POLICY_FLOWS_INSIDE_H

#include "policy/compare_inside.h"
#include "policy/flows.h"

enum {
	FLOW_LOGINS_MAX = 8, /* words of SSH, of one flow; the rest is not told
			      */
	FLOW_ANSWERS_MAX = 16, /* different ones that are told together */
};

struct flow_answer {
	struct arena *mem;
	struct span *spans; /* sorted, none meets the next; no pings that go
			       without saying */
	size_t count;
	const char *ssh[FLOW_LOGINS_MAX]; /* each once */
	size_t ssh_count;
	uint32_t lines[FLOW_LINES_MAX + 1]; /* growing, each once */
	size_t line_count;
};

void flow_add_ssh(struct flow_answer *a, const char *words, uint32_t line);
/* Takes what is open; `joined` is written over. */
void flow_take(struct flow_answer *a, struct spans *open, struct spans *joined);
bool flow_answers_equal(
	const struct flow_answer *a, const struct flow_answer *b);

/* What all the machines of two parts have open, answer by answer. */
struct flow_sum {
	const struct flow_answer *at[FLOW_ANSWERS_MAX];
	size_t count;
	bool empty;     /* nothing is open between some of them */
	bool strangers; /* something is between machines of two persons */
};

void flow_sum_init(struct flow_sum *s);
void flow_add(struct flow_sum *s, const struct flow_answer *a, bool own);
/* False: nothing is open. */
bool flow_told(const struct flow_sum *s, struct arena *mem, struct spans *all,
	struct spans *joined, struct flow *out);

#endif
