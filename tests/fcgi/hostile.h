/*
 * hostile.h: what strangers write into names, and how to put a machine into the
 * database that is called so.
 */
#ifndef TESTS_FCGI_HOSTILE_H
#define TESTS_FCGI_HOSTILE_H

#include "db/node.h"
#include "tests/fcgi/sound.h"

#define HOSTILE "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&lt;"

/* None of it became markup. */
static inline void
assert_harmless(struct site *s, const char *body)
{
	assert_sound(s->mem, body);
	assert_lacks(body, "<script>");
	assert_lacks(body, "<img");
	assert_lacks(body, "'><");
}

/* A machine of that user (0: tags) with that host name, straight into the
 * table. */
static inline int64_t
machine_of(struct site *s, int64_t user_id, const char *name)
{
	struct node n = { .user_id = user_id,
		.tags = user_id ? "[]" : "[\"tag:web\"]",
		.name = name,
		.hostname = name,
		.hostinfo = "{}",
		.routes = "[\"10.1.0.0/24\"]",
		.approved_routes = "[]",
		.requested_tags = "[]",
		.register_method = "authkey",
		.created_at = s->now };
	static int made;
	int64_t id;

	made++;
	memset(n.node_key.bytes, 1, sizeof(n.node_key.bytes));
	memcpy(n.machine_key.bytes, &made, sizeof(made));
	memcpy(n.node_key.bytes, &made, sizeof(made));
	n.ipv4 = arena_printf(
		s->mem, "100.64.%d.%d", 1 + made / 250, 1 + made % 250);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_node_add(s->db, &n, &id), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	return id;
}

#endif
