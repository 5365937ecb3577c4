/*
 * backup_version_test.c: backups of other versions of the program, with a
 * passphrase and without: a newer one is refused before anything is touched,
 * an older one is brought to this version.
 */
#include "tailnet/backup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "db/user.h"
#include "tailnet/init.h"
#include "tailnet/lockbox.h"
#include "tests/lib/fixture.h"

#define NOW        INT64_C(1800000000)
#define PASSPHRASE "correct horse battery"

struct fixture {
	char top[64];
	const char *home, *plain, *sealed, *why;
	struct arena *mem;
	struct restore_made made;
};

static const char *
in(struct fixture *f, const char *name)
{
	return arena_printf(f->mem, "%s/%s", f->top, name);
}

/* An instance, and its backup by cairn 9.9. */
static int
setup(void **state)
{
	static struct fixture f;
	struct init_input init = { .now = NOW };
	struct backup b = { .version = "9.9", .actor = "cli", .now = NOW };
	int64_t size;

	f = (struct fixture){ .top = "/tmp/cairn-backup-XXXXXX" };
	f.mem = arena_new();
	*state = &f;
	if (!mkdtemp(f.top))
		return -1;
	f.home = init.home = b.home = in(&f, "home");
	f.plain = b.file = in(&f, "plain.backup");
	f.sealed = in(&f, "sealed.backup");
	if (tailnet_init(&init, f.mem, &f.why) || db_open(f.home, &b.db))
		return -1;
	assert_int_equal(tailnet_backup(&b, f.mem, &size, &f.why), ERR_OK);
	db_close(b.db);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	const char *command = arena_printf(f->mem, "rm -rf '%s'", f->top);
	int status = system(command); /* a folder of its own, made above */

	arena_free(f->mem);
	return status;
}

/* By SQLite alone, as anybody may. */
static void
change(const char *path, const char *sql)
{
	char *words = NULL;
	sqlite3 *raw;

	assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
	if (sqlite3_exec(raw, sql, NULL, NULL, &words) != SQLITE_OK)
		fail_msg("%s", words);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

static void
seal(struct fixture *f)
{
	int from = open(f->plain, O_RDONLY);
	int to = open(f->sealed, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(lockbox_close(from, to, PASSPHRASE), ERR_OK);
	close(from);
	close(to);
}

static enum err
put_back(struct fixture *f, bool sealed)
{
	const struct restore r = { .home = f->home,
		.file = sealed ? f->sealed : f->plain,
		.passphrase = sealed ? PASSPHRASE : NULL,
		.replace = true,
		.now = NOW + 100 };

	return tailnet_restore(&r, f->mem, &f->made, &f->why);
}

/* What makes the instance one, to the byte, and no folder more. */
static const char *
state_of(struct fixture *f)
{
	const char *command = arena_printf(f->mem,
		"cd '%s' && ls -A && cat cairn.db keys/* | sha256sum", f->home);
	FILE *p = popen(command, "re");
	char *text = arena_alloc(f->mem, 4096);
	size_t n = fread(text, 1, 4095, p);

	text[n] = '\0';
	assert_int_equal(pclose(p), 0);
	return text;
}

static void
assert_refused(struct fixture *f, bool sealed, enum err with, const char *words)
{
	const char *before = state_of(f);

	assert_int_equal(put_back(f, sealed), with);
	if (!strstr(f->why, words))
		fail_msg("no \"%s\" in: %s", words, f->why);
	assert_string_equal(state_of(f), before);
}

static void
a_newer_schema_is_refused_before_anything_is_touched(void **state)
{
	struct fixture *f = *state;

	change(f->plain, arena_printf(f->mem, "PRAGMA user_version = %d",
				 DB_VERSION + 1));
	seal(f);
	for (int sealed = 0; sealed < 2; sealed++)
		assert_refused(f, sealed, ERR_SCHEMA_NEW,
			arena_printf(f->mem,
				"the backup has schema version %d, and this "
				"program knows those up to %d: a newer cairn "
				"made it, which says that it is 9.9. Install "
				"that one",
				DB_VERSION + 1, DB_VERSION));
}

/* Nothing else of it need be as this program has it. */
static void
a_newer_schema_is_refused_whatever_else_it_has(void **state)
{
	struct fixture *f = *state;

	change(f->plain, "ALTER TABLE bundle RENAME COLUMN url TO address;"
			 "PRAGMA user_version = 9999");
	assert_refused(f, false, ERR_SCHEMA_NEW,
		"a newer cairn made it. Install that one");
}

/* Both open, and are of the right schema. */
static void
pages_or_rows_that_do_not_fit_are_refused(void **state)
{
	static const struct {
		const char *sql, *words;
	} cases[] = {
		{ "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET "
		  "rootpage = (SELECT rootpage FROM sqlite_schema WHERE name "
		  "= 'user' AND type = 'table') WHERE name = 'audit' AND "
		  "type = 'table'",
			"the backup is damaged: " },
		{ "INSERT INTO node_live (node_id) VALUES (99)",
			"the backup is damaged: a row of node_live refers to "
			"one that is not there" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)!system(arena_printf(
			f->mem, "cp '%s' '%s.whole'", f->plain, f->plain));
		change(f->plain, cases[i].sql);
		assert_refused(f, false, ERR_DB, cases[i].words);
		assert_int_equal(
			rename(arena_printf(f->mem, "%s.whole", f->plain),
				f->plain),
			0);
	}
	assert_int_equal(put_back(f, false), ERR_OK);
}

static void
no_version_is_no_backup(void **state)
{
	struct fixture *f = *state;

	change(f->plain, "PRAGMA user_version = 0");
	assert_refused(
		f, false, ERR_BAD_INPUT, "says no version of its schema");
	change(f->plain, "PRAGMA user_version = -1");
	assert_refused(
		f, false, ERR_BAD_INPUT, "says no version of its schema");
}

static void
a_version_that_it_is_not_of_is_refused(void **state)
{
	struct fixture *f = *state;

	change(f->plain, "PRAGMA user_version = 5");
	assert_refused(f, false, ERR_DB,
		"the backup says that it has schema version 5, but the ");
}

/* The last second of the years that are told, and the ones past them. */
static void
a_time_that_no_calendar_has_is_refused(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = { "9223372036854775807",
		"-9223372036854775808", "-1", "253402300800" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		change(f->plain,
			arena_printf(f->mem, "UPDATE bundle SET made_at = %s",
				bad[i]));
		assert_refused(f, false, ERR_DB,
			"the backup is damaged: it says that it was made at a "
			"time that no calendar has");
	}
	change(f->plain, "UPDATE bundle SET made_at = 253402300799");
	assert_int_equal(put_back(f, false), ERR_OK);
}

/* The database of an older version with the files of the backup. */
static void
make_older(struct fixture *f, int version)
{
	const char *old = in(f, "old.db");
	struct bytes sql = fixture_bytes(f->mem,
		arena_printf(f->mem, "tests/db/fixtures/v%d.sql", version));

	change(old, arena_printf(f->mem, "%.*s", (int)sql.len,
			    (const char *)sql.at));
	change(old, arena_printf(f->mem,
			    "ATTACH '%s' AS b;"
			    "CREATE TABLE bundle (made_at INTEGER NOT NULL, "
			    "version TEXT NOT NULL, url TEXT NOT NULL) STRICT;"
			    "CREATE TABLE bundle_file (name TEXT PRIMARY KEY, "
			    "content BLOB NOT NULL) STRICT;"
			    "INSERT INTO bundle SELECT * FROM b.bundle;"
			    "INSERT INTO bundle_file "
			    "SELECT * FROM b.bundle_file;"
			    "PRAGMA user_version = %d",
			    f->plain, version));
	assert_int_equal(rename(old, f->plain), 0);
}

static void
an_older_schema_is_brought_to_this_version(void **state)
{
	struct fixture *f = *state;

	make_older(f, 14);
	seal(f);
	for (int sealed = 0; sealed < 2; sealed++) {
		struct user u;
		struct db *db;

		if (put_back(f, sealed))
			fail_msg("%s", f->why);
		assert_int_equal(db_open(f->home, &db), ERR_OK);
		assert_int_equal(
			db_user_by_name(db, "admin-anna", f->mem, &u), ERR_OK);
		db_close(db);
		assert_int_equal(rename(f->made.replaced,
					 in(f, sealed ? "second" : "first")),
			0);
	}
}

static void
a_backup_of_any_version_is_brought_to_this_one(void **state)
{
	static const int versions[] = { 1, 2, 3, 8 };
	struct fixture *f = *state;
	const char *now = in(f, "now.backup");

	assert_int_equal(rename(f->plain, now), 0);
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		struct db *db;

		assert_int_equal(link(now, f->plain), 0);
		make_older(f, versions[i]);
		if (put_back(f, false))
			fail_msg("version %d: %s", versions[i], f->why);
		assert_int_equal(db_open(f->home, &db), ERR_OK);
		db_close(db);
		assert_int_equal(rename(f->made.replaced,
					 in(f, arena_printf(f->mem, "was-%d",
						       versions[i]))),
			0);
		assert_int_equal(unlink(f->plain), 0);
	}
}

/* Nothing of it runs: each would go on for ever, or change what was. */
#define ENDLESS                                                             \
	"WITH RECURSIVE r (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) " \
	"SELECT count(*) FROM r"

static void
a_schema_that_is_not_of_its_version_is_refused(void **state)
{
	static const struct {
		const char *sql, *words;
	} cases[] = {
		{ "CREATE TRIGGER evil AFTER INSERT ON audit BEGIN " ENDLESS
		  "; END",
			"the trigger \"evil\" does not belong there" },
		{ "CREATE TRIGGER evil AFTER DELETE ON web_session BEGIN "
		  "DELETE FROM user; END",
			"the trigger \"evil\" does not belong there" },
		{ "CREATE TRIGGER evil AFTER DELETE ON bundle BEGIN "
		  "DELETE FROM user; END",
			"the trigger \"evil\" does not belong there" },
		{ "CREATE VIEW evil AS " ENDLESS,
			"the view \"evil\" does not belong there" },
		{ "DROP TABLE bundle; CREATE VIEW bundle AS " ENDLESS,
			"the file is no backup of cairn" },
		{ "ALTER TABLE bundle ADD COLUMN evil TEXT",
			"the table \"bundle\" is another one" },
		{ "DROP INDEX policy_text_of",
			"the index \"policy_text_of\" is missing" },
		{ "DROP TABLE job", "the table \"job\" is missing" },
		{ "ALTER TABLE job RENAME COLUMN tries TO trials",
			"the table \"job\" is another one" },
	};
	struct fixture *f = *state;
	const char *good = in(f, "good.backup");

	assert_int_equal(rename(f->plain, good), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(system(arena_printf(f->mem, "cp '%s' '%s'",
					 good, f->plain)),
			0);
		change(f->plain, cases[i].sql);
		(void)alarm(60);
		assert_refused(f, false, i == 4 ? ERR_NOT_FOUND : ERR_DB,
			cases[i].words);
		(void)alarm(0);
	}
}

/* Its steps write into tables that the trigger watches. */
static void
a_trigger_of_somebody_does_not_run_while_a_backup_is_upgraded(void **state)
{
	struct fixture *f = *state;

	make_older(f, 14);
	change(f->plain, "CREATE TRIGGER evil AFTER UPDATE ON node "
			 "BEGIN " ENDLESS "; END");
	(void)alarm(60);
	assert_refused(f, false, ERR_DB,
		"schema version 14, but the trigger \"evil\" does not belong");
	(void)alarm(0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_newer_schema_is_refused_before_anything_is_touched),
		TEST(a_newer_schema_is_refused_whatever_else_it_has),
		TEST(no_version_is_no_backup),
		TEST(pages_or_rows_that_do_not_fit_are_refused),
		TEST(a_version_that_it_is_not_of_is_refused),
		TEST(a_time_that_no_calendar_has_is_refused),
		TEST(an_older_schema_is_brought_to_this_version),
		TEST(a_backup_of_any_version_is_brought_to_this_one),
		TEST(a_schema_that_is_not_of_its_version_is_refused),
		TEST(a_trigger_of_somebody_does_not_run_while_a_backup_is_upgraded),
	};

	return cmocka_run_group_tests_name(
		"tailnet/backup_version", tests, NULL, NULL);
}
