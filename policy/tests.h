/*
 * tests.h: the `tests` and `sshTests` that a policy brings along
 * (spec/policy.md 18 and 19).  One entry that does not hold refuses the policy.
 *
 * They are run over an engine that has that policy and the machines of the
 * moment.  What is wrong with an entry makes it fail.
 */
#ifndef POLICY_TESTS_H
#define POLICY_TESTS_H

#include "policy/engine.h"

/* An entry that does not hold. */
struct policy_failure {
	const char *section; /* "tests", "sshTests" */
	size_t number;       /* from 0 */
	struct policy_place place;
	const char *src;          /* as the entry has it; "" if it has none */
	struct json_texts errors; /* one at least */
};

struct policy_failures {
	const struct policy_failure *at;
	size_t count;
};

/* ERR_POLICY with *error ("test(s) failed", at the first of them) and *all, in
 * `mem`. */
enum err policy_tests(struct engine *e, struct arena *mem,
	struct policy_error *error, struct policy_failures *all);

#endif
