/*
 * policy_why.h: why one does not reach another, in words that somebody can act
 * upon: what the nearest rule lacks, and what stands in the way whatever the
 * rules say.  For the command line and the pages alike.
 */
#ifndef TAILNET_POLICY_WHY_H
#define TAILNET_POLICY_WHY_H

#include "base/json.h"
#include "tailnet/policy_ends.h"

struct policy_why {
	const char *rule; /* "grants[0]" whom the words tell of; NULL: none */
	uint32_t line;
	const char *words; /* "allows tcp 443 only"; without a rule a clause */
};

/* Of a pair that no rule lets through. */
struct policy_why policy_why(struct engine *e, const struct policy_pair *p,
	int port, int proto, struct arena *mem);

enum {
	HINDRANCES_MAX = 4, /* two of each end */
};

/* A sentence: `words`, and where a time goes into it, that and the `rest`. */
struct policy_hindrance {
	const char *words, *rest; /* "The key of web expired at", ": its …" */
	int64_t at;               /* 0: the words are all of it */
};

struct policy_hindrances {
	struct policy_hindrance at[HINDRANCES_MAX];
	size_t count;
};

/* What keeps them apart beside the rules: a key that expired, a machine that is
 * not online, an address that no approved route leads to. */
enum err policy_hindrances(struct db *db, struct engine *e,
	const struct policy_pair *p, int64_t now, struct arena *mem,
	struct policy_hindrances *out);
/* The sentence, with the time as files have it. */
const char *policy_hindrance_words(
	struct arena *mem, const struct policy_hindrance *h);

struct policy_headline {
	/* "reaches", "does not reach", "is allowed to reach" */
	const char *verb;
	const char
		*but; /* of what is allowed: "nothing leads there"; or NULL */
};

/* What is said first of a pair, by what policy_hindrances told of it. */
struct policy_headline policy_headline(struct engine *e,
	const struct policy_pair *p, const struct policy_hindrances *l);

#endif
