/*
 * with_db.h: an empty database in memory for each test of a file.
 */
#ifndef TESTS_LIB_WITH_DB_H
#define TESTS_LIB_WITH_DB_H

#include "base/arena.h"
#include "db/db.h"

struct fixture {
	struct db *db;
	struct arena *mem;
};

static inline int
setup(void **state)
{
	static struct fixture f;

	f.mem = arena_new();
	*state = &f;
	return db_open_memory(&f.db);
}

static inline int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

#endif
