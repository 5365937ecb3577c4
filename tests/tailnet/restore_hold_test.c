/*
 * restore_hold_test.c: a restore has the home to itself: nothing that runs
 * there, starts there meanwhile or is stopped loses its database under it.
 */
#include "tailnet/backup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tailnet/init.h"

#define NOW INT64_C(1800000000)

struct fixture {
	char top[64];
	const char *home, *file, *why;
	struct arena *mem;
	struct restore_made made;
	int asked; /* calls of a hook */
	int at;    /* the call that it acts in */
	pid_t child;
	int free; /* locks that somebody else could take */
};

static const char *
in(struct fixture *f, const char *name)
{
	return arena_printf(f->mem, "%s/%s", f->home, name);
}

static int
setup(void **state)
{
	static struct fixture f;
	struct init_input init = { .now = NOW };
	struct backup b = { .version = "9.9", .actor = "cli", .now = NOW };
	int64_t size;

	f = (struct fixture){ .top = "/tmp/cairn-hold-XXXXXX" };
	f.mem = arena_new();
	*state = &f;
	if (!mkdtemp(f.top))
		return -1;
	f.home = init.home = b.home = arena_printf(f.mem, "%s/home", f.top);
	f.file = b.file = arena_printf(f.mem, "%s/cairn.backup", f.top);
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
	int status = system(arena_printf(f->mem, "rm -rf '%s'", f->top));

	arena_free(f->mem);
	return status;
}

static enum err
put_back(struct fixture *f, bool (*hook)(void *arg))
{
	const struct restore r = { .home = f->home,
		.file = f->file,
		.replace = true,
		.ended = hook,
		.arg = f,
		.now = NOW + 100 };

	f->why = NULL;
	return tailnet_restore(&r, f->mem, &f->made, &f->why);
}

/* Nothing was moved, and nothing of the try is left. */
static void
assert_as_before(struct fixture *f)
{
	assert_null(f->made.replaced);
	assert_int_equal(access(in(f, "cairn.db"), F_OK), 0);
	assert_int_equal(system(arena_printf(f->mem,
				 "test -z \"$(ls -A '%s' | grep -E "
				 "'^(.restore|replaced)')\"",
				 f->home)),
		0);
}

static void
assert_says(struct fixture *f, const char *words)
{
	if (!f->why || !strstr(f->why, words))
		fail_msg("no \"%s\" in: %s", words, f->why ? f->why : "");
}

static void
a_home_whose_keeper_runs_is_refused(void **state)
{
	struct fixture *f = *state;
	int fd = open(in(f, "keeper.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(write(fd, "4711", 4), 4);
	assert_int_equal(put_back(f, NULL), ERR_BUSY);
	assert_says(f, "cairn runs there");
	assert_says(f, "(process 4711): stop it first");
	assert_as_before(f);
	assert_int_equal(access(in(f, "keeper.lock"), F_OK), 0);
	close(fd); /* as when a keeper is killed: its file stays */
	assert_int_equal(put_back(f, NULL), ERR_OK);
	assert_int_not_equal(access(in(f, "keeper.lock"), F_OK), 0);
}

static void
try_lock(struct fixture *f, const char *name)
{
	int fd = open(in(f, name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	f->free += flock(fd, LOCK_EX | LOCK_NB) == 0;
	close(fd);
}

/* But for the first call, which comes before all. */
static bool
try_both(void *arg)
{
	struct fixture *f = arg;

	if (f->asked++ > 0) {
		try_lock(f, "keeper.lock");
		try_lock(f, "cairn.lock");
	}
	return false;
}

static void
nobody_else_starts_or_writes_meanwhile(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put_back(f, try_both), ERR_OK);
	assert_true(f->asked > 5);
	assert_int_equal(f->free, 0);
	try_both(f);
	assert_int_equal(f->free, 2);
}

/* A process that has opened the database, and is stopped then. */
static pid_t
begin_stopped(struct fixture *f)
{
	pid_t child = fork();
	struct db *db;
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		if (!db_open(f->home, &db))
			raise(SIGSTOP);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(WIFSTOPPED(status));
	return child;
}

static void
end_child(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void
a_stopped_process_that_has_the_database_open_is_seen(void **state)
{
	struct fixture *f = *state;
	pid_t child = begin_stopped(f);

	assert_int_equal(put_back(f, NULL), ERR_BUSY);
	assert_says(f, arena_printf(f->mem, "process %d has the database of ",
			       (int)child));
	assert_as_before(f);
	end_child(child);
	assert_int_equal(put_back(f, NULL), ERR_OK);
}

static bool
begin_at(void *arg)
{
	struct fixture *f = arg;

	if (f->asked++ == f->at)
		f->child = begin_stopped(f);
	return false;
}

static void
one_that_began_meanwhile_is_seen_before_anything_is_moved(void **state)
{
	struct fixture *f = *state;

	f->at = 5; /* before the backup is brought to this version */
	assert_int_equal(put_back(f, begin_at), ERR_BUSY);
	assert_true(f->child > 0);
	assert_says(f, "has the database of ");
	assert_as_before(f);
	end_child(f->child);
}

static bool
end_at(void *arg)
{
	struct fixture *f = arg;

	return f->asked++ == f->at;
}

static void
a_restore_that_is_ended_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	for (f->at = 0; f->at < 7; f->at++) {
		f->asked = 0;
		assert_int_equal(put_back(f, end_at), ERR_BUSY);
		assert_says(f, "it was ended before anything was moved");
		assert_as_before(f);
		assert_int_not_equal(access(in(f, "keeper.lock"), F_OK), 0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_home_whose_keeper_runs_is_refused),
		TEST(nobody_else_starts_or_writes_meanwhile),
		TEST(a_stopped_process_that_has_the_database_open_is_seen),
		TEST(one_that_began_meanwhile_is_seen_before_anything_is_moved),
		TEST(a_restore_that_is_ended_leaves_nothing),
	};

	return cmocka_run_group_tests_name(
		"tailnet/restore_hold", tests, NULL, NULL);
}
