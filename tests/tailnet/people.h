/*
 * people.h: what tests of people and their links begin with: a database in
 * memory with ann, its owner, and a pepper.
 */
#ifndef TESTS_TAILNET_PEOPLE_H
#define TESTS_TAILNET_PEOPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/node.h"
#include "tailnet/sign_in.h"

#define PEOPLE_NOW INT64_C(1800000000)

struct people {
	struct db *db;
	struct arena *mem;
	struct secret pepper;
	int64_t ann;
	struct actor owner;    /* ann */
	struct browser chrome; /* from 192.0.2.7 */
};

#define PEOPLE_OK(call) assert_int_equal(call, ERR_OK)

/* For cmocka: without anybody, with an owner, and the end. */
static inline int
people_setup_empty(void **state)
{
	static struct people p;

	memset(&p, 0, sizeof(p));
	memset(&p.pepper, 7, sizeof(p.pepper));
	p.chrome.address = "192.0.2.7";
	p.chrome.agent = "Chrome";
	p.mem = arena_new();
	*state = &p;
	return db_open_memory(&p.db);
}

static inline int64_t
people_add(struct people *p, const char *name, enum role role)
{
	struct user u = { .name = name, .role = role };
	int64_t id = 0;

	PEOPLE_OK(tailnet_person_add(p->db, &actor_cli, &u, PEOPLE_NOW, &id));
	return id;
}

static inline int
people_setup(void **state)
{
	struct people *p;

	if (people_setup_empty(state))
		return 1;
	p = *state;
	p->ann = people_add(p, "ann", ROLE_OWNER);
	p->owner = (struct actor){ p->ann, ROLE_OWNER };
	return 0;
}

static inline int
people_teardown(void **state)
{
	struct people *p = *state;

	db_close(p->db);
	arena_free(p->mem);
	return 0;
}

static inline struct user
people_user(struct people *p, int64_t id)
{
	struct user u;

	PEOPLE_OK(db_user_by_id(p->db, id, p->mem, &u));
	return u;
}

/* A machine of that user; `mark` makes keys and address its own. */
static inline int64_t
people_machine(struct people *p, int64_t user_id, uint8_t mark)
{
	struct node n = { .user_id = user_id,
		.name = arena_printf(
			p->mem, "m%d-%lld", mark, (long long)user_id),
		.ipv4 = arena_printf(
			p->mem, "100.64.%d.%lld", mark, (long long)user_id),
		.register_method = "cli",
		.created_at = PEOPLE_NOW };
	int64_t id = 0;

	memset(&n.machine_key, mark, sizeof(n.machine_key));
	memset(&n.node_key, mark, sizeof(n.node_key));
	n.node_key.bytes[0] = (uint8_t)user_id;
	PEOPLE_OK(db_node_add(p->db, &n, &id));
	return id;
}

static inline struct audit
people_last(struct people *p)
{
	struct audit *rows;
	size_t count;

	PEOPLE_OK(db_audits(p->db, 0, 1, p->mem, &rows, &count));
	assert_int_equal(count, 1);
	return rows[0];
}

static inline int64_t
people_sessions(struct people *p, int64_t user_id)
{
	struct web_session *rows;
	size_t count;

	PEOPLE_OK(db_web_sessions(
		p->db, user_id, PEOPLE_NOW, p->mem, &rows, &count));
	return (int64_t)count;
}

static inline void
people_open_session(struct people *p, int64_t user_id)
{
	struct session_made made;

	PEOPLE_OK(tailnet_session_begin(p->db, &p->pepper, user_id, NULL, &p->chrome,
		PEOPLE_NOW, p->mem, &made));
}

#endif
