#include "db/db.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/migrate.h"
#include "db/setting.h"
#include "db/user.h"

/* A folder of its own under /tmp, removed at the end. */
static int
setup(void **state)
{
	char *home = strdup("/tmp/cairn-db-XXXXXX");

	*state = home;
	return mkdtemp(home) ? 0 : -1;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "cairn.db", "cairn.db-wal",
		"cairn.db-shm", "cairn.lock" };
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(
			path, sizeof(path), "%s/%s", (char *)*state, names[i]);
		(void)unlink(path);
	}
	rmdir(*state);
	free(*state);
	return 0;
}

static void
assert_setting(const char *home, const char *expected)
{
	struct arena *mem = arena_new();
	const char *value = NULL;
	struct db *db;

	assert_int_equal(db_open(home, &db), ERR_OK);
	assert_int_equal(db_setting_get(db, "url", mem, &value), ERR_OK);
	assert_string_equal(value, expected);
	db_close(db);
	arena_free(mem);
}

static void
without_a_database_it_is_not_found(void **state)
{
	struct db *db;

	assert_int_equal(db_open(*state, &db), ERR_NOT_FOUND);
}

static void
migrating_makes_it_and_again_changes_nothing(void **state)
{
	struct db *db;
	int64_t from = -1;

	assert_int_equal(db_migrate(*state, &from), ERR_OK);
	assert_int_equal(from, 0);
	assert_int_equal(db_migrate(*state, &from), ERR_OK);
	assert_int_equal(from, DB_VERSION);
	assert_int_equal(db_open(*state, &db), ERR_OK);
	assert_int_equal(db_user_version(db), DB_VERSION);
	db_close(db);
}

static void
eight_inits_at_once_all_succeed(void **state)
{
	pid_t children[8];
	int64_t from;

	for (size_t i = 0; i < 8; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(db_migrate(*state, &from) == ERR_OK ? 0 : 1);
	}
	for (size_t i = 0; i < 8; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static void
another_version_is_told(void **state)
{
	struct db *db;
	int64_t from;

	assert_int_equal(db_open_any(*state, true, &db), ERR_OK);
	db_close(db);
	assert_int_equal(db_open(*state, &db), ERR_SCHEMA_OLD);
	assert_int_equal(db_open_any(*state, true, &db), ERR_OK);
	assert_int_equal(db_exec(db, "PRAGMA user_version=999"), ERR_OK);
	db_close(db);
	assert_int_equal(db_open(*state, &db), ERR_SCHEMA_NEW);
	assert_int_equal(db_migrate(*state, &from), ERR_SCHEMA_NEW);
}

static bool
is_there(const char *home, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", home, name);
	return access(path, F_OK) == 0;
}

static void
who_closes_last_leaves_all_of_it_in_one_file(void **state)
{
	struct db *db;
	int64_t from;

	assert_int_equal(db_migrate(*state, &from), ERR_OK);
	assert_int_equal(db_open(*state, &db), ERR_OK);
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(db_setting_put(db, "url", "kept", 1), ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	assert_true(is_there(*state, "cairn.db-wal"));
	db_close_last(db);
	assert_false(is_there(*state, "cairn.db-wal"));
	assert_false(is_there(*state, "cairn.db-shm"));
	assert_setting(*state, "kept");
}

static void
what_another_has_open_stays_as_it_is(void **state)
{
	struct db *one, *two;
	int64_t from;

	assert_int_equal(db_migrate(*state, &from), ERR_OK);
	assert_int_equal(db_open(*state, &one), ERR_OK);
	assert_int_equal(db_open(*state, &two), ERR_OK);
	assert_int_equal(db_begin(two), ERR_OK);
	assert_int_equal(db_setting_put(two, "url", "kept", 1), ERR_OK);
	assert_int_equal(db_commit(two), ERR_OK);
	db_close_last(one);
	assert_true(is_there(*state, "cairn.db-wal"));
	assert_int_equal(db_begin(two), ERR_OK);
	assert_int_equal(db_setting_put(two, "url", "later", 2), ERR_OK);
	assert_int_equal(db_commit(two), ERR_OK);
	db_close(two);
	assert_setting(*state, "later");
}

static void
a_connection_sees_that_another_has_written(void **state)
{
	struct db *one, *two;
	int64_t from, before;

	assert_int_equal(db_migrate(*state, &from), ERR_OK);
	assert_int_equal(db_open(*state, &one), ERR_OK);
	assert_int_equal(db_open(*state, &two), ERR_OK);
	before = db_data_version(one);
	assert_int_equal(db_begin(two), ERR_OK);
	assert_int_equal(db_setting_put(two, "url", "x", 1), ERR_OK);
	assert_int_equal(db_data_version(one), before);
	assert_int_equal(db_commit(two), ERR_OK);
	assert_int_not_equal(db_data_version(one), before);
	db_close(one);
	db_close(two);
}

/* Whether the kernel has that process in the queue of a flock. */
static bool
is_queued(pid_t pid)
{
	char line[256], kind[16];
	FILE *f = fopen("/proc/locks", "re");
	bool found = false;
	int who;

	assert_non_null(f);
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*d: -> %15s %*s %*s %d", kind, &who) ==
				2 &&
			strcmp(kind, "FLOCK") == 0 && who == pid;
	(void)fclose(f);
	return found;
}

/* Another process, since a connection is never carried over a fork: it begins
 * when it is told so. */
static int
begin_and_commit(const char *home, int told)
{
	struct db *db;
	enum err e;
	char c;

	if (read(told, &c, 1) != 1)
		return -1;
	e = db_open(home, &db);
	if (!e)
		e = db_begin(db);
	if (!e)
		e = db_end(db, db_setting_put(db, "url", "x", 1));
	return e;
}

static void
a_writer_waits_in_the_queue_of_the_kernel(void **state)
{
	time_t begun = time(NULL);
	int status, tell[2];
	struct db *db;
	int64_t from;
	pid_t pid;

	assert_int_equal(pipe(tell), 0);
	pid = fork();
	if (pid == 0)
		_exit(begin_and_commit(*state, tell[0]));
	assert_int_equal(db_migrate(*state, &from), ERR_OK);
	assert_int_equal(db_open(*state, &db), ERR_OK);
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(write(tell[1], "!", 1), 1);
	while (!is_queued(pid) && time(NULL) < begun + 4)
		sched_yield();
	assert_true(is_queued(pid));
	assert_int_equal(db_commit(db), ERR_OK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	db_close(db);
	close(tell[0]);
	close(tell[1]);
}

static void
a_writer_does_not_wait_for_ever(void **state)
{
	struct db *one, *two;
	int64_t from;

	assert_int_equal(db_migrate(*state, &from), ERR_OK);
	assert_int_equal(db_open(*state, &one), ERR_OK);
	assert_int_equal(db_open(*state, &two), ERR_OK);
	assert_int_equal(db_begin(one), ERR_OK);
	assert_int_equal(db_checkpoint(two), ERR_BUSY);
	assert_int_equal(db_commit(one), ERR_OK);
	assert_int_equal(db_begin(two), ERR_OK);
	assert_int_equal(db_commit(two), ERR_OK);
	db_close(one);
	db_close(two);
}

static void
a_rollback_leaves_nothing(void **state)
{
	struct arena *mem = arena_new();
	const char *value;
	struct db *db;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(db_setting_put(db, "url", "x", 1), ERR_OK);
	assert_int_equal(db_end(db, ERR_FULL), ERR_FULL);
	assert_int_equal(db_setting_get(db, "url", mem, &value), ERR_NOT_FOUND);
	db_close(db);
	arena_free(mem);
}

static void
read_only_refuses_writes(void **state)
{
	struct db *db;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	db_read_only(db, true);
	assert_int_equal(db_setting_put(db, "url", "x", 1), ERR_DENIED);
	db_read_only(db, false);
	assert_int_equal(db_setting_put(db, "url", "x", 1), ERR_OK);
	db_close(db);
}

static void
a_full_disk_is_told_and_undone(void **state)
{
	struct arena *mem = arena_new();
	char *large = arena_alloc(mem, 1 << 20);
	const char *value = NULL;
	struct db *db;
	int64_t from;

	memset(large, 'x', (1 << 20) - 1);
	assert_int_equal(db_migrate(*state, &from), ERR_OK);
	assert_int_equal(db_open(*state, &db), ERR_OK);
	assert_int_equal(db_exec(db, "PRAGMA max_page_count=1"), ERR_OK);
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(
		db_end(db, db_setting_put(db, "url", large, 1)), ERR_DISK_FULL);
	assert_int_equal(db_setting_get(db, "url", mem, &value), ERR_NOT_FOUND);
	assert_int_equal(db_begin(db), ERR_OK);
	db_rollback(db);
	db_close(db);
	arena_free(mem);
}

static void
a_database_that_was_replaced_is_not_written(void **state)
{
	char path[256], aside[300];
	struct db *db;
	int64_t from;

	assert_int_equal(db_migrate(*state, &from), ERR_OK);
	assert_int_equal(db_open(*state, &db), ERR_OK);
	(void)snprintf(path, sizeof(path), "%s/cairn.db", (char *)*state);
	(void)snprintf(aside, sizeof(aside), "%s.aside", path);
	assert_int_equal(rename(path, aside), 0);
	assert_true(db_is_replaced(db));
	assert_int_equal(db_begin(db), ERR_REPLACED);
	assert_int_equal(rename(aside, path), 0);
	assert_false(db_is_replaced(db));
	assert_int_equal(db_begin(db), ERR_OK);
	db_rollback(db);
	db_close(db);
}

static void
a_list_longer_than_its_first_room_is_whole(void **state)
{
	struct arena *mem = arena_new();
	struct user *users;
	struct db *db;
	size_t count;
	int64_t id;

	(void)state;
	assert_int_equal(db_open_memory(&db), ERR_OK);
	for (int i = 0; i < 100; i++) {
		struct user u = { .name = arena_printf(mem, "user%03d", i),
			.created_at = 5 };

		assert_int_equal(db_user_add(db, &u, &id), ERR_OK);
	}
	assert_int_equal(db_users(db, mem, &users, &count), ERR_OK);
	assert_int_equal(count, 100);
	assert_string_equal(users[99].name, "user099");
	assert_string_equal(users[99].email, "");
	db_close(db);
	arena_free(mem);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_database_it_is_not_found),
		TEST(migrating_makes_it_and_again_changes_nothing),
		TEST(eight_inits_at_once_all_succeed),
		TEST(another_version_is_told),
		TEST(who_closes_last_leaves_all_of_it_in_one_file),
		TEST(what_another_has_open_stays_as_it_is),
		TEST(a_connection_sees_that_another_has_written),
		TEST(a_writer_waits_in_the_queue_of_the_kernel),
		TEST(a_writer_does_not_wait_for_ever),
		TEST(a_rollback_leaves_nothing),
		TEST(read_only_refuses_writes),
		TEST(a_full_disk_is_told_and_undone),
		TEST(a_database_that_was_replaced_is_not_written),
		TEST(a_list_longer_than_its_first_room_is_whole),
	};

	return cmocka_run_group_tests_name("db/db", tests, NULL, NULL);
}
