/*
 * policy_rows.h: a policy straight into its table, for tests of what rules do
 * with it.
 */
#ifndef TESTS_TAILNET_POLICY_ROWS_H
#define TESTS_TAILNET_POLICY_ROWS_H

#include "db/policy_text.h"

static inline int64_t
put_policy(struct db *db, const char *text)
{
	const struct policy_text row = { .text = text, .author = "cli" };
	int64_t id = 0;

	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(db_policy_add(db, &row, &id), ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	return id;
}

#endif
