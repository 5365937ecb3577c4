/*
 * checks.h: logins by SSH that wait to be allowed, for tests of pages.
 */
#ifndef TESTS_FCGI_CHECKS_H
#define TESTS_FCGI_CHECKS_H

#include "tests/fcgi/browser.h"

#include "db/node.h"
#include "tailnet/ssh_check.h"

/* From the one machine to the other, as if it had been asked for just now. */
static inline struct ssh_check
check_of(struct site *s, int64_t src, int64_t dst, const char *login)
{
	struct node from, to;
	struct ssh_check c;

	assert_int_equal(db_node_by_id(s->db, src, s->mem, &from), ERR_OK);
	assert_int_equal(db_node_by_id(s->db, dst, s->mem, &to), ERR_OK);
	c = (struct ssh_check){ .code = text_random(s->mem, 6),
		.src_id = src,
		.dst_id = dst,
		.src_key = from.node_key,
		.user_id = from.user_id,
		.login = login,
		.src_name = from.name,
		.dst_name = to.name,
		.user_name = from.user_id ? db_audit_name(s->db, s->mem,
						    "user", from.user_id)
					  : "",
		.period = 3600,
		.created_at = s->now,
		.expires_at = s->now + CHECK_LIFE_SECONDS };
	pepper_hash(&s->pepper, tailnet_check_id(s->mem, &s->pepper, &c),
		c.auth_hash);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_ssh_check_add(s->db, &c, &c.id), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	return c;
}

static inline const char *
check_path(struct site *s, const struct ssh_check *c)
{
	return arena_printf(s->mem, "/auth/%s",
		tailnet_check_id(s->mem, &s->pepper, c));
}

#endif
