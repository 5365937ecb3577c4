/*
 * backup_stage_test.c: the folder of a backup that is being made, its file
 * before it has its name, and what is left of those that were killed or ended.
 */
#include "tailnet/backup_stage.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "tailnet/backup.h"
#include "tailnet/backup_half.h"
#include "tailnet/init.h"

#define NOW INT64_C(1800000000)

struct fixture {
	char home[64];
	struct arena *mem;
	const char *why;
	int asked, at; /* calls of the hook; the one that says yes */
};

static struct fixture the;

static const char *
in(const char *name)
{
	return arena_printf(the.mem, "%s/%s", the.home, name);
}

/* Names in the home that begin so. */
static size_t
count_of(const char *prefix)
{
	DIR *d = opendir(the.home);
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(d);
	while ((entry = readdir(d)))
		count += text_starts(entry->d_name, prefix);
	closedir(d);
	return count;
}

/* So many new folders are swept by another before they are held. */
static int swept;

int
flock(int fd, int how)
{
	char path[256] = "";

	if (swept) {
		swept--;
		(void)!readlink(arena_printf(the.mem, "/proc/self/fd/%d", fd),
			path, sizeof(path) - 1);
		assert_int_equal(rmdir(path), 0);
	}
	return (int)syscall(SYS_flock, fd, how);
}

static int
setup(void **state)
{
	the = (struct fixture){ .home = "/tmp/cairn-stage-XXXXXX" };
	the.mem = arena_new();
	*state = NULL;
	swept = 0;
	return mkdtemp(the.home) ? 0 : -1;
}

static int
teardown(void **state)
{
	int status = system(arena_printf(the.mem, "rm -rf '%s'", the.home));

	(void)state;
	arena_free(the.mem);
	return status;
}

static struct backup_stage
make(void)
{
	struct backup_stage s;
	struct stat st;

	assert_int_equal(
		backup_stage_make(&s, the.home, the.mem, &the.why), ERR_OK);
	assert_int_equal(stat(s.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	return s;
}

static const struct bytes secret = { (const uint8_t *)"secret", 6 };

static void
leave_one(const char *name)
{
	assert_int_equal(mkdir(in(name), 0700), 0);
	assert_int_equal(
		file_write(arena_printf(the.mem, "%s/cairn.db", in(name)),
			secret, 0600),
		ERR_OK);
}

static void
what_a_killed_one_left_goes_with_the_next(void **state)
{
	struct backup_stage s;

	(void)state;
	leave_one(".backup-aaaaaa");
	leave_one(".backup-bbbbbb");
	leave_one("backup-of-mine");
	s = make();
	assert_int_equal(count_of(".backup-"), 1);
	assert_int_equal(access(in("backup-of-mine/cairn.db"), F_OK), 0);
	backup_stage_drop(&s);
	assert_int_equal(count_of(".backup-"), 0);
	backup_stage_drop(&s);
}

static void
one_that_is_being_made_stays(void **state)
{
	struct backup_stage first, second;
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		if (!backup_stage_make(&first, the.home, the.mem, &the.why))
			raise(SIGSTOP);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	first = make();
	second = make();
	assert_int_equal(count_of(".backup-"), 3);
	backup_stage_drop(&first);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	assert_int_equal(count_of(".backup-"), 2);
	first = make();
	assert_int_equal(count_of(".backup-"), 2);
	backup_stage_drop(&first);
	backup_stage_drop(&second);
	assert_int_equal(count_of(".backup-"), 0);
}

static void
no_link_is_followed(void **state)
{
	struct backup_stage s;

	(void)state;
	leave_one("mine");
	assert_int_equal(symlink(in("mine"), in(".backup-link")), 0);
	s = make();
	backup_stage_drop(&s);
	assert_int_equal(access(in("mine/cairn.db"), F_OK), 0);
}

static void
a_folder_that_is_swept_before_it_is_held_is_made_anew(void **state)
{
	struct backup_stage s;

	(void)state;
	swept = 2;
	s = make();
	assert_int_equal(swept, 0);
	assert_int_equal(count_of(".backup-"), 1);
	backup_stage_drop(&s);
	swept = 100; /* it does not try for ever */
	assert_int_equal(
		backup_stage_make(&s, the.home, the.mem, &the.why), ERR_IO);
	assert_non_null(strstr(the.why, "making a folder in "));
	swept = 0;
	assert_int_equal(
		backup_stage_make(&s, "/nowhere", the.mem, &the.why), ERR_IO);
	assert_non_null(strstr(the.why, "No such file"));
}

static void
leave_file(const char *name)
{
	assert_int_equal(file_write(in(name), secret, 0600), ERR_OK);
}

static bool
is_there(const char *name)
{
	struct stat st;

	return lstat(in(name), &st) == 0;
}

static void
a_half_that_a_killed_one_left_goes_with_the_next_of_its_file(void **state)
{
	static const char *const others[] = { "b.half-1", "a.half-", "a.half-x",
		"a.half-1x", "a.half", "aa.half-1",
		"cairn-20260101-000000.backup.half-1" };
	struct backup_half h;

	(void)state;
	leave_file("a.half-1");
	leave_file("a.half-4194304");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		leave_file(others[i]);
	assert_int_equal(symlink(in("b.half-1"), in("a.half-7")), 0);
	assert_int_equal(backup_half_open(&h, in("a"), the.mem), ERR_OK);
	assert_false(is_there("a.half-1"));
	assert_false(is_there("a.half-4194304"));
	assert_true(is_there("a.half-7"));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!is_there(others[i]))
			fail_msg("%s", others[i]);
	assert_int_equal(write(h.fd, "new", 3), 3);
	assert_int_equal(backup_half_name(&h, the.mem), ERR_OK);
	backup_half_drop(&h);
	assert_true(is_there("a"));
	assert_int_equal(count_of("a.half-"), 4); /* the others, and the link */
}

static void
one_that_is_named_by_its_time_takes_all_such_halves_along(void **state)
{
	struct backup_half h;

	(void)state;
	leave_file("cairn-20260101-000000.backup.half-1");
	leave_file("cairn-20260101-000000.backup");
	leave_file("a.half-1");
	assert_int_equal(backup_half_open(&h,
				 in("cairn-20260202-000000.backup"), the.mem),
		ERR_OK);
	assert_false(is_there("cairn-20260101-000000.backup.half-1"));
	assert_true(is_there("cairn-20260101-000000.backup"));
	assert_true(is_there("a.half-1"));
	backup_half_drop(&h);
	assert_int_equal(count_of("cairn-2026"), 1);
	backup_half_drop(&h);
}

static void
a_half_that_is_being_written_stays(void **state)
{
	struct backup_half mine, other;
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		if (!backup_half_open(&other, in("a"), the.mem))
			raise(SIGSTOP);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_int_equal(backup_half_open(&mine, in("a"), the.mem), ERR_OK);
	assert_int_equal(count_of("a.half-"), 2);
	/* This process has one there already, which stays too. */
	assert_int_equal(backup_half_open(&other, in("a"), the.mem), ERR_IO);
	backup_half_drop(&other);
	assert_int_equal(count_of("a.half-"), 2);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	backup_half_drop(&mine);
	assert_int_equal(backup_half_open(&mine, in("a"), the.mem), ERR_OK);
	assert_int_equal(count_of("a.half-"), 1);
	backup_half_drop(&mine);
}

static bool
end_at(void *arg)
{
	(void)arg;
	return the.asked++ == the.at;
}

static enum err
back_up(struct db *db)
{
	struct backup b = { .db = db,
		.home = the.home,
		.file = in("cairn.backup"),
		.version = "9.9",
		.actor = "cli",
		.now = NOW,
		.ended = end_at };
	int64_t size;

	the.asked = 0;
	return tailnet_backup(&b, the.mem, &size, &the.why);
}

static void
what_is_no_file_is_not_replaced(void **state)
{
	struct init_input init = { .home = the.home, .now = NOW };
	struct stat before, after;
	struct db *db;

	(void)state;
	assert_int_equal(tailnet_init(&init, the.mem, &the.why), ERR_OK);
	assert_int_equal(db_open(the.home, &db), ERR_OK);
	the.at = -1;
	for (int kind = 0; kind < 3; kind++) {
		const char *path = in("cairn.backup");

		leave_file("aim");
		assert_int_equal(kind == 0   ? mkdir(path, 0700)
				 : kind == 1 ? mkfifo(path, 0600)
					     : symlink(in("aim"), path),
			0);
		assert_int_equal(lstat(path, &before), 0);
		assert_int_equal(back_up(db), ERR_EXISTS);
		assert_non_null(strstr(the.why, "is there and is no file"));
		assert_int_equal(lstat(path, &after), 0);
		assert_int_equal(before.st_ino, after.st_ino);
		assert_int_equal(count_of("cairn.backup"), 1);
		assert_int_equal(kind ? unlink(path) : rmdir(path), 0);
		assert_int_equal(unlink(in("aim")), 0);
	}
	/* An older backup is one. */
	leave_file("cairn.backup");
	assert_int_equal(back_up(db), ERR_OK);
	db_close(db);
}

static void
a_backup_that_is_ended_leaves_nothing(void **state)
{
	struct init_input init = { .home = the.home, .now = NOW };
	struct db *db;

	(void)state;
	assert_int_equal(tailnet_init(&init, the.mem, &the.why), ERR_OK);
	assert_int_equal(db_open(the.home, &db), ERR_OK);
	for (the.at = 0; back_up(db) != ERR_OK; the.at++) {
		assert_non_null(strstr(the.why, "it was ended"));
		assert_int_equal(count_of(".backup-"), 0);
		assert_int_equal(count_of("cairn.backup"), 0);
	}
	assert_true(the.at >= 4); /* before each step there was */
	assert_int_equal(count_of("cairn.backup"), 1);
	db_close(db);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_killed_one_left_goes_with_the_next),
		TEST(one_that_is_being_made_stays),
		TEST(no_link_is_followed),
		TEST(a_folder_that_is_swept_before_it_is_held_is_made_anew),
		TEST(a_half_that_a_killed_one_left_goes_with_the_next_of_its_file),
		TEST(one_that_is_named_by_its_time_takes_all_such_halves_along),
		TEST(a_half_that_is_being_written_stays),
		TEST(what_is_no_file_is_not_replaced),
		TEST(a_backup_that_is_ended_leaves_nothing),
	};

	return cmocka_run_group_tests_name(
		"tailnet/backup_stage", tests, NULL, NULL);
}
