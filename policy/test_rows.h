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
	/* What was seen instead: "accept", "check", "deny"; "" where it holds,
	 * and where the entry itself is wrong.  By which rule, "grants[0]",
	 * "ssh[2]", "no rule"; between which machines, 0: of no machine, or of
	 * several. */
	const char *got;
	const char *rule;
	struct policy_place rule_place;
	int64_t from_id, to_id;
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
