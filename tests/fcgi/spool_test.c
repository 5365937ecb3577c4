/*
 * spool_test.c: answers that are written to the disk before they are sent.
 */
#include "tests/fcgi/ask.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "fcgi/export.h"
#include "fcgi/spool.h"

/* What the next file in the home fails with; 0: it does not. */
static int refused;

int
mkostemp(char *path, int flags)
{
	char *end = path + strlen(path) - 6;

	if (refused) {
		errno = refused;
		return -1;
	}
	for (int i = 0; i < 1000; i++) {
		int fd;

		(void)snprintf(end, 7, "%06d", i);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | flags, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

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

static void
a_disk_without_room_for_one_more_file_is_told_too(void **state)
{
	static const struct {
		int why;
		bool full;
	} cases[] = { { ENOSPC, true }, { EDQUOT, true }, { EACCES, false },
		{ EROFS, false } };
	struct site *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request r = { .home = s->home, .mem = s->mem };
		struct spool spool;

		refused = cases[i].why;
		assert_int_equal(spool_open(&r, 10, &spool), ERR_IO);
		assert_int_equal(spool.full, cases[i].full);
		request_done(&r);
	}
	refused = 0;
}

/* ---- by an export ---- */

struct made {
	int64_t left; /* bytes of room */
	int fd;       /* of a disk without room, or -1 */
};

/* As if all but so much had been written. */
static enum err
one_row(struct export *x, void *arg)
{
	struct made *m = arg;
	struct spool *s = x->to->arg;

	s->len = EXPORT_FILE_MAX - m->left;
	if (m->fd >= 0)
		dup2(m->fd, s->fd);
	export_text(x, "0123456789");
	return export_row(x);
}

static struct reply
export_with(struct site *s, struct made *m)
{
	static const char *const fields[] = { "f" };
	struct list l = { .q = "" };
	struct request r = { .group = GROUP_JOBS,
		.db = s->db,
		.mem = s->mem,
		.now = s->now,
		.home = s->home,
		.path = "/x.csv",
		.query = "" };

	assert_int_equal(export_reply(&r, &(struct export_of){ .what = "x",
						  .list = &l,
						  .fields = fields,
						  .count = 1,
						  .rows = one_row,
						  .arg = m }),
		ERR_OK);
	buf_put(&r.reply.body, "", 1);
	request_done(&r);
	db_read_only(s->db, false);
	return r.reply;
}

static void
a_list_past_the_limit_of_a_file_is_refused(void **state)
{
	static const char file[] = "f\r\n0123456789\r\n";
	struct site *s = *state;
	struct reply reply = export_with(
		s, &(struct made){ .left = sizeof(file) - 1, .fd = -1 });

	assert_int_equal(reply.status, 200);
	assert_int_equal(reply.stream_len, EXPORT_FILE_MAX);
	reply = export_with(
		s, &(struct made){ .left = sizeof(file) - 2, .fd = -1 });
	assert_int_equal(reply.status, 413);
	assert_holds((const char *)reply.body.bytes,
		"The file would be larger than 512 MiB. Ask for less of the "
		"list by its filters.");
}

static void
a_disk_without_room_is_said(void **state)
{
	struct made m = { .left = 1000, .fd = open("/dev/full", O_WRONLY) };
	struct reply reply = export_with(*state, &m);

	assert_int_equal(reply.status, 503);
	assert_string_equal(reply.retry_after, "60");
	assert_holds((const char *)reply.body.bytes, "no room");
	close(m.fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_put_is_sent_whole_and_leaves_no_file),
		TEST(more_than_its_limit_is_refused),
		TEST(a_disk_without_room_is_told_from_one_that_broke),
		TEST(a_disk_without_room_for_one_more_file_is_told_too),
		TEST(a_list_past_the_limit_of_a_file_is_refused),
		TEST(a_disk_without_room_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
