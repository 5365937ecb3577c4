/* restore_test.c: cairn restore and backup as they are typed, and cut off. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "tests/cli/run.h"

/* A sealed backup: its key takes long enough to be met while it is made. */
static int
setup(void **state)
{
	return home_set_up(state) ||
			       run_typed("correct horse battery\n",
				       arena_printf(mem,
					       "backup %s/sealed --passphrase-file -",
					       home))
				       .status ||
			       run(arena_printf(mem, "backup %s/plain", home))
				       .status
		       ? -1
		       : 0;
}

static struct ran
put_back_sealed(void)
{
	return run_typed("correct horse battery\n",
		arena_printf(mem,
			"restore %s/sealed --passphrase-file - --replace",
			home));
}

static struct ran
back_up_sealed(void)
{
	return run_typed("correct horse battery\n",
		arena_printf(mem, "backup %s/new --passphrase-file -", home));
}

static void
change(const char *sql)
{
	char *words = NULL;
	sqlite3 *raw;

	assert_int_equal(
		sqlite3_open(arena_printf(mem, "%s/plain", home), &raw),
		SQLITE_OK);
	if (sqlite3_exec(raw, sql, NULL, NULL, &words) != SQLITE_OK)
		fail_msg("%s", words);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

/* How many folders of a restore or backup lie in the home, and of new backups
 * also halves. */
static int
leftovers(void)
{
	FILE *p = popen(
		arena_printf(mem,
			"ls -A '%s' | grep -Ec '^[.](restore|backup)-|^new'",
			home),
		"re");
	int count = -1;

	assert_int_equal(fscanf(p, "%d", &count), 1);
	(void)pclose(p);
	return count;
}

enum {
	STAGE_MS = 20000, /* until a restore has begun */
};

static void
await_stage(int watch, const char *prefix)
{
	char room[4096]
		__attribute__((aligned(__alignof__(struct inotify_event))));

	for (;;) {
		struct pollfd ready = { .fd = watch, .events = POLLIN };
		ssize_t n;

		assert_int_equal(poll(&ready, 1, STAGE_MS), 1);
		n = read(watch, room, sizeof(room));
		assert_true(n > 0);
		for (char *at = room; at < room + n;) {
			const struct inotify_event *e = (void *)at;

			if (strstr(e->name, prefix))
				return;
			at += sizeof(*e) + e->len;
		}
	}
}

/* What is cut off, where its secrets lie meanwhile, and its last words. */
struct cut {
	struct ran (*run)(void);
	const char *stage, *said;
};

static const struct cut restore = { put_back_sealed, ".restore-",
	"it was ended before anything was moved" };
static const struct cut backup = { back_up_sealed, ".backup-",
	"no backup was made: it was ended" };

/* Sends it as soon as the secrets may lie there; returns how it ended. */
static int
cut_off(const struct cut *c, int number)
{
	int watch = inotify_init1(IN_CLOEXEC), status;
	pid_t child;

	assert_true(inotify_add_watch(watch, home, IN_CREATE) >= 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct ran ran;

		/* nohup has SIGHUP ignored; SIGKILL cannot be. */
		(void)signal(number, SIG_DFL);
		ran = c->run();
		(void)fprintf(stderr, "%s", ran.err);
		_exit(ran.status == 1 && strstr(ran.err, c->said) ? 0 : 2);
	}
	await_stage(watch, c->stage);
	close(watch);
	assert_int_equal(kill(child, number), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void
a_signal_ends_a_restore_and_no_secret_stays(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		int status = cut_off(&restore, signals[i]);

		assert_int_equal(leftovers(), 0);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static void
a_signal_ends_a_backup_and_no_secret_stays(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		int status = cut_off(&backup, signals[i]);

		assert_int_equal(leftovers(), 0);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static void
what_a_killed_backup_left_goes_with_the_next(void **state)
{
	(void)state;
	assert_true(WIFSIGNALED(cut_off(&backup, SIGKILL)));
	assert_int_equal(leftovers(), 1);
	assert_int_equal(
		run(arena_printf(mem, "backup %s/plain", home)).status, 0);
	assert_int_equal(leftovers(), 0);
}

static void
signals_are_what_they_were_afterwards(void **state)
{
	struct sigaction now;

	(void)state;
	assert_int_equal(put_back_sealed().status, 0);
	assert_int_equal(sigaction(SIGTERM, NULL, &now), 0);
	assert_true(now.sa_handler == SIG_DFL);
	assert_int_equal(back_up_sealed().status, 0);
	assert_int_equal(sigaction(SIGTERM, NULL, &now), 0);
	assert_true(now.sa_handler == SIG_DFL);
}

static void
what_a_killed_restore_left_goes_with_the_next(void **state)
{
	const char *kept = arena_printf(mem, "%s/kept", home);
	int fd;

	(void)state;
	assert_true(WIFSIGNALED(cut_off(&restore, SIGKILL)));
	assert_int_equal(leftovers(), 1);
	assert_int_equal(mkdir(kept, 0700), 0);
	fd = open(arena_printf(mem, "%s/file", kept), O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(
		symlink(kept, arena_printf(mem, "%s/.restore-link", home)), 0);
	assert_int_equal(put_back_sealed().status, 0);
	assert_int_equal(leftovers(), 1); /* the link, which is nobody's */
	assert_int_equal(access(arena_printf(mem, "%s/file", kept), F_OK), 0);
}

static void
what_a_backup_says_of_itself_makes_no_line(void **state)
{
	struct ran ran;

	(void)state;
	change("UPDATE bundle SET version = '1' || char(10) || 'All is well' "
	       "|| char(27) || '[2J'; PRAGMA user_version = 9999");
	ran = run(arena_printf(mem, "restore %s/plain --replace", home));
	assert_int_equal(ran.status, 1);
	assert_has(ran.err, "which says that it is 1?All is well?[2J. Install");
	assert_null(strchr(strchr(ran.err, '\n') + 1, '\n'));
	change(arena_printf(mem,
		"PRAGMA user_version = %d; "
		"CREATE VIEW \"a\nAll is well\" AS SELECT 1",
		DB_VERSION));
	ran = run(arena_printf(mem, "restore %s/plain --replace", home));
	assert_has(ran.err, "the view \"a?All is well\" does not belong");
}

static void
the_version_of_a_backup_is_shown_up_to_its_limit(void **state)
{
	const char *at = "1234567890123456789012345678901234567890";
	struct ran ran;

	(void)state;
	change(arena_printf(mem,
		"UPDATE bundle SET version = '%s'; PRAGMA user_version = 9999",
		at));
	ran = run(arena_printf(mem, "restore %s/plain --replace", home));
	assert_has(ran.err, arena_printf(mem, "that it is %s. Install", at));
	change(arena_printf(mem, "UPDATE bundle SET version = '%sX'", at));
	ran = run(arena_printf(mem, "restore %s/plain --replace", home));
	assert_has(ran.err, arena_printf(mem, "that it is %s. Install", at));
}

static void
one_is_told_in_the_singular(void **state)
{
	struct ran ran;

	(void)state;
	run("users create ann");
	run("preauthkeys create -u ann");
	run(arena_printf(mem, "backup %s/plain", home));
	ran = run(arena_printf(mem, "restore %s/plain --replace", home));
	assert_int_equal(ran.status, 0);
	assert_has(ran.out, "\n1 key for machines, 0 browsers, ");
	assert_has(ran.out, " 0 requests to join, 0 SSH approvals.\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, home_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_signal_ends_a_restore_and_no_secret_stays),
		TEST(a_signal_ends_a_backup_and_no_secret_stays),
		TEST(what_a_killed_backup_left_goes_with_the_next),
		TEST(signals_are_what_they_were_afterwards),
		TEST(what_a_killed_restore_left_goes_with_the_next),
		TEST(what_a_backup_says_of_itself_makes_no_line),
		TEST(the_version_of_a_backup_is_shown_up_to_its_limit),
		TEST(one_is_told_in_the_singular),
	};

	return cmocka_run_group_tests_name("cli/restore", tests, NULL, NULL);
}
