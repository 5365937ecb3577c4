/*
 * audit_rows.h: rows of the audit log, for tests of its pages.
 */
#ifndef TESTS_FCGI_AUDIT_ROWS_H
#define TESTS_FCGI_AUDIT_ROWS_H

#include "tests/fcgi/browser.h"

/* `count` rows at once. */
static inline void
add_many(struct site *s, int count)
{
	struct audit a = { .at = s->now,
		.actor = "user:1",
		.action = "machine.renamed",
		.subject = "node:7",
		.actor_name = "ann",
		.via = "page",
		.subject_name = "laptop",
		.address = "192.0.2.9" };

	assert_int_equal(db_begin(s->db), ERR_OK);
	for (int i = 0; i < count; i++) {
		a.detail = arena_printf(s->mem, "change %d", i);
		assert_int_equal(db_audit_add(s->db, &a), ERR_OK);
	}
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static inline int64_t
newest(struct site *s)
{
	return audit_last(s).id;
}

#endif
