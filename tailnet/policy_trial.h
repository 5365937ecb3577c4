/*
 * policy_trial.h: what a policy text is worth on this tailnet, before it is
 * stored.  Nothing is written.
 */
#ifndef TAILNET_POLICY_TRIAL_H
#define TAILNET_POLICY_TRIAL_H

#include "db/db.h"
#include "policy/compare.h"
#include "policy/test_rows.h"

enum {
	POLICY_ROWS_MAX = 1000,     /* of tests that are told one by one */
	POLICY_FAILURES_TOLD = 100, /* in words */
	POLICY_FLOWS_MAX = 200,     /* of what opens and closes */
	POLICY_IMPACT_MS = 1000,
};

/* What is worked out beside the verdict. */
enum policy_more {
	TRY_ROWS = 1,   /* each test by itself, those that hold too */
	TRY_IMPACT = 2, /* what it changes of the policy in force */
};

struct policy_trial {
	struct json_texts domains; /* that it was read with */
	struct policy_error error; /* why it is refused; text NULL: it is not */
	struct policy_failures failures; /* its tests that do not hold */
	struct test_rows rows;
	bool unruled;    /* it loads and has neither grants nor acls */
	bool compared;   /* what follows was worked out */
	int64_t against; /* the version in force; 0: none */
	struct compare impact;
};

/* In the caller's transaction, so that what is tried is what is stored: the
 * text loads, and its own tests hold for the machines of this moment.
 * ERR_POLICY and ERR_TOO_BIG, with the error told. */
enum err policy_try(struct db *db, const char *text, unsigned more,
	struct arena *mem, struct policy_trial *out);

/* The error with its place, as it is told in one line: "line 3, column 7: …".
 * A text that names its place itself is left as it is. */
const char *policy_error_words(
	struct arena *mem, const struct policy_error *error);
/* The same with tests that do not hold on lines of their own, and how many more
 * there are. */
const char *policy_trial_words(struct arena *mem, const struct policy_trial *t);

#endif
