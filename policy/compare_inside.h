/*
 * compare_inside.h: what the files of compare.h share.
 */
#ifndef POLICY_COMPARE_INSIDE_H
#define POLICY_COMPARE_INSIDE_H

#include <uthash.h>

#include "policy/compare.h"
#include "policy/places.h"
#include "policy/reach.h"

/* Ports of one protocol that are open. */
struct span {
	int proto, first, last;
	struct policy_place rule;
	bool beside; /* pings, by a rule that opens other things */
};

enum {
	TCP = 6,
	UDP = 17,
	SPANS_MAX = 4096, /* of one pair; what is beyond is left out */
	SPANS_TOLD = 100, /* in words */
};

/* With room for SPANS_MAX. */
struct spans {
	struct span *at;
	size_t count;
};

struct group {
	uint32_t number;
	size_t count;
	const struct machine *first, *other; /* of another person */
	UT_hash_handle hh;
	size_t key_len;
	unsigned char key[];
};

struct own;

/* A device of the person at hand. */
struct device {
	uint32_t group;
	size_t place;
};

/* Those of one group. */
struct run {
	const struct device *at;
	size_t count;
};

struct runs {
	struct device *devices;
	struct run *at;
	size_t count;
};

/* What a group reaches: by group, then by place. */
struct reached {
	uint64_t *before, *after, *differs; /* NULL: nothing */
};

struct work {
	struct engine *e[2]; /* before, after */
	struct arena *mem;
	size_t machine_count;
	struct group *groups, **by_number;
	struct own *owns;
	uint32_t *group_of;   /* by place of the machine */
	bool *open[2];        /* by group: something is, not counting own */
	bool *own_open[2];    /* by place of the machine */
	struct place *places; /* of both policies */
	size_t place_count;
	struct reached *reached;  /* by group */
	bool (*go_on)(void *arg); /* asked now and then */
	void *go_on_arg;
	struct compare_flow *flows;
	size_t flow_most;
	struct compare *out;
};

struct both {
	struct spans open[2], diff;
	struct spans cover; /* for spans_subtract */
};

/* ---- compare_spans.c ---- */
void spans_init(struct spans *s, struct arena *mem);
/* Into `out`: sorted, and none meets the next. */
void spans_join(const struct spans *s, struct spans *out);
/* What of `a` none of `b` covers, into `out`, in the order of `a`; `cover` is
 * written over. */
void spans_subtract(const struct spans *a, const struct spans *b,
	struct spans *cover, struct spans *out);
/* "tcp 22, udp 53"; sorts them.  Pings that come with ports are told where
 * nothing else is. */
const char *spans_words(struct arena *mem, struct spans *s);

/* ---- compare.c ---- */
/* Asked before each pair: the time is over. */
bool compare_stops(struct work *w);
/* What is open between the two goes to `b`, and what differs to the flows;
 * whether anything does. */
bool compare_look(struct work *w, struct both *b, const struct machine *from,
	const struct machine *to, const struct compare_flow *like);

/* All that is open for that question, into `spans`. */
void compare_open(
	struct engine *e, const struct reach_ask *ask, struct spans *spans);
/* What is open in the one and not in the other, as a flow like that; whether
 * anything is. */
bool compare_note(struct work *w, struct both *b, bool added,
	const struct compare_flow *like);
/* Counts it, and keeps it while there is room. */
void compare_keep(struct work *w, const struct compare_flow *f);
/* Two machines of these groups that are not of one person. */
bool compare_strangers(const struct group *g, const struct group *h,
	const struct machine **from, const struct machine **to);
/* How many pairs of them there are. */
size_t compare_pairs(
	const struct work *w, const struct group *g, const struct group *h);

/* ---- compare_rest.c: what lies behind routers, SSH logins, apps ---- */
void compare_places(struct work *w, struct both *b);
void compare_logins_and_apps(struct work *w);

/* ---- compare_people.c: what it comes to for people ---- */
void people_begin(struct work *w);
/* What a group reaches of another, or of a place, which come behind groups. */
void people_note(struct work *w, const struct both *b, uint32_t from, size_t to,
	bool differs);
void people_tell(struct work *w);

/* ---- compare_own.c: devices of one person ---- */
void owns_find(struct work *w);
/* Each who has some, with the groups that they are in. */
void owns_each_person(struct work *w,
	void (*visit)(void *arg, const struct person *p, const struct runs *r),
	void *arg);
/* What is open from the one group to the other between them, before and
 * after, and whether it differs. */
void owns_open(const struct work *w, uint32_t from, uint32_t to, bool open[3]);
/* How many pairs of them, the one in this group, the other in that. */
size_t owns_pairs(const struct work *w, uint32_t from, uint32_t to);
/* Their flows, and own_open. */
void owns_look(struct work *w, struct both *b);
/* Each two groups of them, by one pair; `like` has all but what differs. */
void owns_each(const struct work *w,
	void (*visit)(void *arg, const struct machine *from,
		const struct machine *to, const struct compare_flow *like),
	void *arg);
void owns_end(struct work *w);

#endif
