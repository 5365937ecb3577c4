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
		"bringing the backup from schema version 5 to ");
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
make_older(struct fixture *f)
{
	const char *old = in(f, "old.db");
	struct bytes sql = fixture_bytes(f->mem, "tests/db/fixtures/v14.sql");

	change(old, arena_printf(f->mem, "%.*s", (int)sql.len,
			    (const char *)sql.at));
	change(old, arena_printf(f->mem,
			    "ATTACH '%s' AS b;"
			    "CREATE TABLE bundle AS SELECT * FROM b.bundle;"
			    "CREATE TABLE bundle_file AS "
			    "SELECT * FROM b.bundle_file;"
			    "PRAGMA user_version = 14",
			    f->plain));
	assert_int_equal(rename(old, f->plain), 0);
}

static void
an_older_schema_is_brought_to_this_version(void **state)
{
	struct fixture *f = *state;

	make_older(f);
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_newer_schema_is_refused_before_anything_is_touched),
		TEST(a_newer_schema_is_refused_whatever_else_it_has),
		TEST(no_version_is_no_backup),
		TEST(a_version_that_it_is_not_of_is_refused),
		TEST(a_time_that_no_calendar_has_is_refused),
		TEST(an_older_schema_is_brought_to_this_version),
	};

	return cmocka_run_group_tests_name(
		"tailnet/backup_version", tests, NULL, NULL);
}
