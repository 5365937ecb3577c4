/*
 * spool_test.c: answers that are written to the disk before they are sent.
 */
#include "tests/fcgi/ask.h"

#include <dirent.h>
#include <fcntl.h>

#include "fcgi/spool.h"

static size_t
files_in(const char *folder)
{
	DIR *d = opendir(folder);
	size_t count = 0;

	assert_non_null(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

static void
what_was_put_is_sent_whole_and_leaves_no_file(void **state)
{
	struct site *s = *state;
	struct request r = { .home = s->home, .mem = s->mem };
	size_t before = files_in(s->home);
	struct spool spool;
	struct buf got;

	buf_init(&got, s->mem, SIZE_MAX);
	assert_int_equal(spool_open(&r, 1000 * 1000, &spool), ERR_OK);
	assert_int_equal(files_in(s->home), before);
	for (int i = 0; i < 100 * 1000; i++)
		assert_int_equal(spool_put(&spool, "0123456789", 10), ERR_OK);
	assert_int_equal(spool.len, 1000 * 1000);
	assert_int_equal(
		spool_send(&r, &spool, &(struct reply_sink){ ask_put, &got }),
		ERR_OK);
	assert_int_equal(got.len, 1000 * 1000);
	assert_memory_equal(got.bytes + got.len - 12, "890123456789", 12);
	request_done(&r);
	assert_int_equal(fcntl(spool.fd, F_GETFD), -1);
}

static void
more_than_its_limit_is_refused(void **state)
{
	struct site *s = *state;
	struct request r = { .home = s->home, .mem = s->mem };
	struct spool spool;

	assert_int_equal(spool_open(&r, 10, &spool), ERR_OK);
	assert_int_equal(spool_put(&spool, "0123456789", 10), ERR_OK);
	assert_false(spool.full);
	assert_int_equal(spool_put(&spool, "0", 1), ERR_TOO_BIG);
	assert_true(spool.full);
	request_done(&r);
}

static void
a_disk_without_room_is_told_from_one_that_broke(void **state)
{
	struct site *s = *state;
	struct request r = { .home = s->home, .mem = s->mem };
	struct spool spool = { .fd = open("/dev/full", O_WRONLY), .most = 10 };

	assert_int_equal(spool_put(&spool, "0", 1), ERR_IO);
	assert_true(spool.full);
	close(spool.fd);
	spool = (struct spool){ .fd = -1, .most = 10 };
	assert_int_equal(spool_put(&spool, "0", 1), ERR_IO);
	assert_false(spool.full);
	r.home = "/nowhere";
	assert_int_equal(spool_open(&r, 10, &spool), ERR_IO);
	request_done(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_put_is_sent_whole_and_leaves_no_file),
		TEST(more_than_its_limit_is_refused),
		TEST(a_disk_without_room_is_told_from_one_that_broke),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
