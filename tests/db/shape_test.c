#include "db/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "db/migrate.h"
#include "tests/lib/fixture.h"

struct fixture {
	struct arena *mem;
	char home[32];
};

static int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .home = "/tmp/cairn-shape-XXXXXX" };
	f.mem = arena_new();
	*state = &f;
	return mkdtemp(f.home) ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	int status = system(arena_printf(f->mem, "rm -rf '%s'", f->home));

	arena_free(f->mem);
	return status;
}

/* By SQLite alone, as anybody may. */
static void
change(struct fixture *f, const char *sql)
{
	char *words = NULL;
	sqlite3 *raw;

	assert_int_equal(
		sqlite3_open(
			arena_printf(f->mem, "%s/cairn.db", f->home), &raw),
		SQLITE_OK);
	if (sqlite3_exec(raw, sql, NULL, NULL, &words) != SQLITE_OK)
		fail_msg("%s", words);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

/* How the database of the home differs from one of `version`; NULL: it does
 * not. */
static const char *
differs(struct fixture *f, int64_t version)
{
	const char *words = NULL;
	struct db *db, *as;

	assert_int_equal(db_open_any(f->home, false, &db), ERR_OK);
	assert_int_equal(db_open_memory_of(version, &as), ERR_OK);
	assert_int_equal(db_user_version(as), version);
	assert_int_equal(db_shape_differs(db, as, f->mem, &words), ERR_OK);
	db_close(as);
	db_close(db);
	return words;
}

/* What programs of these versions left. */
static void
a_database_of_any_version_is_as_one_made_by_the_same_steps(void **state)
{
	static const int versions[] = { 1, 2, 3, 8, 14 };
	struct fixture *f = *state;
	int64_t from;

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		struct bytes sql = fixture_bytes(f->mem,
			arena_printf(f->mem, "tests/db/fixtures/v%d.sql",
				versions[i]));
		const char *words;

		change(f, arena_printf(f->mem, "%.*s", (int)sql.len,
				  (const char *)sql.at));
		words = differs(f, versions[i]);
		if (words)
			fail_msg("version %d: %s", versions[i], words);
		assert_int_equal(db_migrate(f->home, &from), ERR_OK);
		assert_int_equal(from, versions[i]);
		words = differs(f, DB_VERSION);
		if (words)
			fail_msg("from version %d: %s", versions[i], words);
		assert_int_equal(
			system(arena_printf(f->mem, "rm '%s'/*", f->home)), 0);
	}
}

/* "" where nothing differs. */
static void
whatever_differs_is_named(void **state)
{
	static const struct {
		const char *sql, *words;
	} cases[] = {
		{ "DROP INDEX policy_text_of",
			"the index \"policy_text_of\" is missing" },
		{ "DROP TRIGGER audit_stays",
			"the trigger \"audit_stays\" is missing" },
		{ "DROP TABLE spent_form",
			"the table \"spent_form\" is missing" },
		{ "ALTER TABLE job ADD COLUMN evil TEXT",
			"the table \"job\" is another one" },
		{ "CREATE TABLE zzz (a)",
			"the table \"zzz\" does not belong there" },
		{ "CREATE TABLE aaa (a)",
			"the table \"aaa\" does not belong there" },
		{ "CREATE VIEW evil AS SELECT 1",
			"the view \"evil\" does not belong there" },
		{ "CREATE TRIGGER evil AFTER INSERT ON job BEGIN "
		  "DELETE FROM user; END",
			"the trigger \"evil\" does not belong there" },
		{ "DROP INDEX policy_text_of;"
		  "CREATE INDEX policy_text_of ON policy (author)",
			"the index \"policy_text_of\" is another one" },
		{ "ANALYZE", "" },
	};
	struct fixture *f = *state;
	int64_t from;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *words;

		assert_int_equal(db_migrate(f->home, &from), ERR_OK);
		change(f, cases[i].sql);
		words = differs(f, DB_VERSION);
		assert_string_equal(words ? words : "", cases[i].words);
		assert_int_equal(
			system(arena_printf(f->mem, "rm '%s'/*", f->home)), 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_database_of_any_version_is_as_one_made_by_the_same_steps),
		TEST(whatever_differs_is_named),
	};

	return cmocka_run_group_tests_name("db/shape", tests, NULL, NULL);
}
