/*
 * lock_file_test.c: a file that one process holds at a time, whoever comes and
 * goes meanwhile.
 */
#include "base/lock_file.h"

#include <errno.h>
#include <fcntl.h>
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

static char folder[64], path[96], by[LOCK_FILE_BY];

/* Whoever held the file takes it away, and goes, so often between the opening
 * of the file and the lock. */
static int gone;

int
flock(int fd, int how)
{
	if (gone) {
		gone--;
		unlink(path);
	}
	return (int)syscall(SYS_flock, fd, how);
}

static int
setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/cairn-lock-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/keeper.lock", folder);
	gone = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static int
take(void)
{
	int fd = -1;

	assert_int_equal(lock_file_take(path, &fd, by), ERR_OK);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	return fd;
}

static void
assert_taken(void)
{
	int fd = -1;
	char own[LOCK_FILE_BY];

	assert_int_equal(lock_file_take(path, &fd, by), ERR_BUSY);
	assert_int_equal(fd, -1);
	snprintf(own, sizeof(own), "%d", (int)getpid());
	assert_string_equal(by, own);
}

static void
one_has_it_and_another_is_told_who(void **state)
{
	int fd = take();
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_taken();
	lock_file_drop(path, fd);
	assert_int_not_equal(access(path, F_OK), 0);
	fd = take();
	lock_file_drop(path, fd);
}

static void
a_file_that_went_before_it_was_held_is_no_lock(void **state)
{
	int fd;

	(void)state;
	for (int times = 1; times < 4; times++) {
		gone = times;
		fd = take();
		assert_int_equal(gone, 0);
		assert_taken();
		lock_file_drop(path, fd);
	}
}

static void
what_a_killed_process_left_keeps_nobody_out(void **state)
{
	int fd, status;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		if (!lock_file_take(path, &fd, by))
			raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(access(path, F_OK), 0);
	fd = take();
	assert_taken(); /* with the number of now, and nothing behind it */
	lock_file_drop(path, fd);
}

static void
a_link_and_a_folder_that_is_not_there_are_refused(void **state)
{
	char aim[96];
	int fd = -1;

	(void)state;
	snprintf(aim, sizeof(aim), "%s/aim", folder);
	assert_int_equal(symlink(aim, path), 0);
	assert_int_equal(lock_file_take(path, &fd, by), ERR_IO);
	assert_int_equal(errno, ELOOP);
	assert_int_not_equal(access(aim, F_OK), 0);
	assert_int_equal(
		lock_file_take("/nowhere/keeper.lock", &fd, by), ERR_IO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(fd, -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_has_it_and_another_is_told_who),
		TEST(a_file_that_went_before_it_was_held_is_no_lock),
		TEST(what_a_killed_process_left_keeps_nobody_out),
		TEST(a_link_and_a_folder_that_is_not_there_are_refused),
	};

	return cmocka_run_group_tests_name("base/lock_file", tests, NULL, NULL);
}
