/*
 * test_rows.h: the tests of a policy, one destination at a time, for who wants
 * to see each of them: what fails, and by which rule.
 */
#ifndef POLICY_TEST_ROWS_H
#define POLICY_TEST_ROWS_H

#include "policy/tests.h"

struct test_row {
	const char *section; /* "tests", "sshTests" */
	size_t number;       /* of the entry, from 0 */
	struct policy_place place;
	const char *src;
	const char *wants; /* "accept", "check", "deny"; "" if it has none */
	const char *to;    /* "tag:a:22", "root on tag:a" */
	const char *error; /* NULL: it holds */
	/* Of a network test: what lets it through, "grants[0]"; "no rule". */
	const char *rule;
	struct policy_place rule_place;
};

struct test_rows {
	const struct test_row *at;
	size_t count;
	size_t left; /* beyond `most` */
};

/* All in `mem`: nothing points into the policy. */
struct test_rows policy_test_rows(
	struct engine *e, struct arena *mem, size_t most);

#endif
