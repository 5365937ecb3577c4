/*
 * logs_test.c: what programs log is kept within bounds, and read again by
 * program, level and words.
 */
#include "tailnet/logs.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/log_file.h"

static struct arena *mem;
static char home[] = "/tmp/cairn-logs-XXXXXX";

static int
open_home(void **state)
{
	(void)state;
	(void)snprintf(home, sizeof(home), "/tmp/cairn-logs-XXXXXX");
	mem = arena_new();
	return mkdtemp(home) ? 0 : -1;
}

static int
close_home(void **state)
{
	(void)state;
	log_file_close();
	folder_remove(arena_printf(mem, "%s/log", home));
	folder_remove(home);
	arena_free(mem);
	return 0;
}

static const char *
file_of(const char *name)
{
	return arena_printf(mem, "%s/log/%s", home, name);
}

static off_t
size_of(const char *name)
{
	struct stat st;

	return stat(file_of(name), &st) == 0 ? st.st_size : -1;
}

static void
put(const char *line)
{
	log_file_put(line, strlen(line));
}

static size_t
find(const char *program, enum log_level least, const char *q,
	struct log_line **lines)
{
	const struct logs_wish wish = {
		.program = program, .least = least, .q = q
	};
	size_t count, total;

	assert_int_equal(
		logs_read(home, &wish, mem, lines, &count, &total), ERR_OK);
	return count;
}

static void
what_a_program_logs_is_read_again(void **state)
{
	struct log_line *l;

	(void)state;
	assert_int_equal(find("", LOG_DEBUG, "", &l), 0);
	log_file_open(home, "cairn-worker");
	put("2026-02-01T09:00:00Z info cairn-worker started nodes=3\n");
	put("2026-02-01T09:00:02Z warn cairn-worker slow ms=900\n");
	log_file_open(home, "cairn-fcgi");
	put("2026-02-01T09:00:01Z error cairn-fcgi request failed why=\"a b\"\n");
	assert_int_equal(find("", LOG_DEBUG, "", &l), 3);
	assert_string_equal(l[0].text, "started nodes=3");
	assert_string_equal(l[0].program, "cairn-worker");
	assert_int_equal(l[0].at, 1769936400);
	assert_string_equal(l[1].text, "request failed why=\"a b\"");
	assert_int_equal(l[1].level, LOG_ERROR);
	assert_string_equal(l[2].text, "slow ms=900");
	assert_int_equal(find("cairn-worker", LOG_DEBUG, "", &l), 2);
	assert_int_equal(find("", LOG_WARN, "", &l), 2);
	assert_int_equal(find("", LOG_ERROR, "", &l), 1);
	assert_int_equal(find("", LOG_DEBUG, "slow -nodes", &l), 1);
	assert_int_equal(find("", LOG_DEBUG, "fcgi", &l), 1);
}

static void
lines_of_one_second_keep_their_order(void **state)
{
	struct log_line *l;

	(void)state;
	log_file_open(home, "cairn-relay");
	for (int i = 0; i < 20; i++)
		put(arena_printf(mem,
			"2026-02-01T09:00:00Z info cairn-relay number n=%d\n",
			i));
	assert_int_equal(find("", LOG_DEBUG, "", &l), 20);
	for (int i = 0; i < 20; i++)
		assert_string_equal(
			l[i].text, arena_printf(mem, "number n=%d", i));
}

static void
what_is_kept_is_nobody_elses_and_holds_no_secret(void **state)
{
	struct log_line *l;
	struct bytes all;
	struct stat st;

	(void)state;
	log_file_open(home, "cairn-fcgi");
	put("2026-02-01T09:00:00Z info cairn-fcgi asked "
	    "path=/setup/0123456789012345678901234567890123456789abc\n");
	assert_int_equal(stat(file_of("cairn-fcgi.log"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(file_of(""), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(
		file_read(file_of("cairn-fcgi.log"), LOG_FILE_MAX, mem, &all),
		ERR_OK);
	assert_null(memmem(all.at, all.len, "6789abc", 7));
	assert_int_equal(find("", LOG_DEBUG, "", &l), 1);
	assert_string_equal(l[0].text, "asked path=/setup/012345…");
}

/* By an older program, or by hand: it is cut when it is read. */
static void
a_secret_in_the_file_is_not_read(void **state)
{
	struct log_line *l;
	int fd;

	(void)state;
	log_file_open(home, "cairn-fcgi");
	fd = open(file_of("cairn-fcgi.log"), O_WRONLY | O_APPEND);
	dprintf(fd, "2026-02-01T09:00:00Z info cairn-fcgi x password=hunter2\n"
		    "half a line\n"
		    "2026-02-01T09:00:00Z info cairn-fcgi \xff\xfe\n"
		    "2026-02-01T09:00:00Z loud cairn-fcgi y\n"
		    "2026-02-01T09:00:00Z info cairn-fcgi\n\n\n"
		    "2026-02-01T09:00:01Z info cairn-fcgi cut of");
	close(fd);
	assert_int_equal(find("", LOG_DEBUG, "", &l), 2);
	assert_string_equal(l[0].text, "x password=…");
	assert_string_equal(l[1].text, "cut of");
}

static void
a_full_file_is_moved_aside_and_the_older_one_goes(void **state)
{
	char line[1024];
	struct log_line *l;
	size_t lines = LOG_FILE_MAX / (sizeof(line) - 1);

	(void)state;
	(void)snprintf(line, sizeof(line),
		"2026-02-01T09:00:00Z info cairn-worker filled %0*d\n", 20, 0);
	memset(line + strlen(line) - 1, ' ', sizeof(line) - strlen(line) - 1);
	line[sizeof(line) - 2] = '\n';
	line[sizeof(line) - 1] = '\0';
	log_file_open(home, "cairn-worker");
	for (size_t i = 0; i < 3 * lines + 5; i++)
		put(line);
	assert_true(size_of("cairn-worker.log") > 0);
	assert_true(size_of("cairn-worker.log") <= LOG_FILE_MAX + LOG_LINE_MAX);
	assert_true(size_of("cairn-worker.log.old") >= LOG_FILE_MAX);
	assert_true(
		size_of("cairn-worker.log.old") <= LOG_FILE_MAX + LOG_LINE_MAX);
	assert_int_equal(size_of("cairn-worker.log.old.old"), -1);
	assert_int_equal(find("", LOG_DEBUG, "", &l), LOGS_LINES);
}

static void
of_each_program_the_newest_lines_are_read(void **state)
{
	struct log_line *l;

	(void)state;
	log_file_open(home, "cairn-worker");
	for (int i = 0; i < LOGS_LINES + 1; i++)
		put(arena_printf(mem,
			"2026-02-01T09:%02d:%02dZ info cairn-worker n=%d\n",
			i / 60, i % 60, i));
	assert_int_equal(find("", LOG_DEBUG, "", &l), LOGS_LINES);
	assert_string_equal(l[0].text, "n=1");
	assert_string_equal(l[LOGS_LINES - 1].text, "n=500");
}

static void
several_processes_write_to_one_file(void **state)
{
	enum {
		CHILDREN = 4,
		EACH = 1500
	};
	char line[512];
	struct bytes now, old;
	size_t count = 0;

	(void)state;
	memset(line, '.', sizeof(line));
	memcpy(line, "2026-02-01T09:00:00Z info cairn-fcgi x ", 39);
	line[sizeof(line) - 1] = '\n';
	log_file_open(home, "cairn-fcgi");
	for (int i = 0; i < CHILDREN; i++)
		if (fork() == 0) {
			for (int k = 0; k < EACH; k++)
				log_file_put(line, sizeof(line));
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	/* 3 MiB went in: nothing is torn, and the bounds hold. */
	assert_int_equal(
		file_read(file_of("cairn-fcgi.log"),
			LOG_FILE_MAX + CHILDREN * sizeof(line), mem, &now),
		ERR_OK);
	assert_int_equal(
		file_read(file_of("cairn-fcgi.log.old"),
			LOG_FILE_MAX + CHILDREN * sizeof(line), mem, &old),
		ERR_OK);
	for (size_t i = 0; i < now.len; i += sizeof(line), count++)
		assert_memory_equal(now.at + i, line, sizeof(line));
	for (size_t i = 0; i < old.len; i += sizeof(line), count++)
		assert_memory_equal(old.at + i, line, sizeof(line));
	assert_true(count >= LOG_FILE_MAX / sizeof(line));
}

/* Whoever can plant a link there reads and writes nothing else by it. */
static void
a_link_is_not_followed(void **state)
{
	struct log_line *l;
	struct stat st;
	const char *target = arena_printf(mem, "%s/target", home);
	const struct logs_wish wish = { .program = "", .q = "" };
	size_t count, total;
	int fd = open(target, O_CREAT | O_WRONLY, 0600);

	(void)state;
	close(fd);
	assert_int_equal(mkdir(file_of(""), 0700), 0);
	assert_int_equal(symlink(target, file_of("cairn-fcgi.log")), 0);
	log_file_open(home, "cairn-fcgi");
	put("2026-02-01T09:00:00Z info cairn-fcgi x\n");
	assert_int_equal(stat(target, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(
		logs_read(home, &wish, mem, &l, &count, &total), ERR_IO);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_home, close_home)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_program_logs_is_read_again),
		TEST(lines_of_one_second_keep_their_order),
		TEST(what_is_kept_is_nobody_elses_and_holds_no_secret),
		TEST(a_secret_in_the_file_is_not_read),
		TEST(a_full_file_is_moved_aside_and_the_older_one_goes),
		TEST(of_each_program_the_newest_lines_are_read),
		TEST(several_processes_write_to_one_file),
		TEST(a_link_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
