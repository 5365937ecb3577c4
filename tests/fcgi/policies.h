/*
 * policies.h: the policy that is stored, for tests of the pages that change it.
 */
#ifndef TESTS_FCGI_POLICIES_H
#define TESTS_FCGI_POLICIES_H

#include "db/policy_text.h"
#include "tailnet/policy_store.h"
#include "tests/fcgi/browser.h"

/* Empty texts where there is none. */
static inline struct policy_text
newest(struct site *s)
{
	struct policy_text p = { .text = "", .hash = "" };
	enum err e = db_policy_current(s->db, s->mem, &p);

	assert_true(!e || e == ERR_NOT_FOUND);
	return p;
}

/* As by the command line. */
static inline void
store(struct site *s, const char *text)
{
	const char *why = "";

	if (tailnet_policy_set(s->db, text, "cli", s->now, s->mem, &why))
		fail_msg("%s: %s", text, why);
}

#endif
