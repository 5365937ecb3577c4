/*
 * backup_page_test.c: backups on the pages.
 */
#include "tests/fcgi/hostile.h"

#include <sys/stat.h>

#include "tailnet/backup.h"

#define PAGE "/admin/settings/backup"

static struct backup_row *
listed(struct site *s, size_t count)
{
	struct backup_row *rows;
	size_t n;

	assert_int_equal(backup_list(s->home, s->mem, &rows, &n), ERR_OK);
	assert_int_equal(n, count);
	return rows;
}

static const char *
path_of(struct site *s, const char *name)
{
	return arena_printf(s->mem, PAGE "/%s", name);
}

static void
an_owner_backs_up_and_takes_the_file_home(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct backup_row *rows;

	tab_get(&ann, PAGE);
	assert_holds(ann.last.body, "No backup lies on the server yet");
	assert_int_equal(
		tab_send(&ann, PAGE, PAGE, "passphrase=&passphrase_again=")
			.status,
		303);
	rows = listed(s, 1);
	assert_false(rows[0].sealed);
	tab_get(&ann, PAGE);
	assert_holds(ann.last.body, rows[0].name);
	assert_holds(ann.last.body, "for anybody");
	assert_int_equal(tab_get(&ann, path_of(s, rows[0].name)).status, 200);
	assert_string_equal(ann.last.reply.attachment, rows[0].name);
	assert_memory_equal(ann.last.body, "SQLite format 3", 16);
	assert_holds(ann.last.head,
		arena_printf(s->mem, "Content-Length: %zu\r\n",
			ann.last.reply.body.len - 1)); /* and a NUL */
}

static void
a_passphrase_is_long_enough_and_the_same_twice(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_get(&ann, PAGE);
	assert_int_equal(tab_send(&ann, PAGE, PAGE,
				 "passphrase=elevenbytes&"
				 "passphrase_again=elevenbytes")
				 .status,
		422);
	assert_int_equal(tab_send(&ann, PAGE, PAGE,
				 "passphrase=twelve+bytes&"
				 "passphrase_again=twelve+bites")
				 .status,
		422);
	assert_holds(ann.last.body, "The two passphrases differ.");
	/* Twelve bytes, six characters. */
	assert_int_equal(tab_send(&ann, PAGE, PAGE,
				 "passphrase=%C3%A4%C3%B6%C3%BC%C3%A4%C3%B6%C3"
				 "%BC&passphrase_again=%C3%A4%C3%B6%C3%BC%C3%A4"
				 "%C3%B6%C3%BC")
				 .status,
		422);
	assert_holds(ann.last.body, "Use at least 12 characters.");
	listed(s, 0);
	assert_int_equal(tab_send(&ann, PAGE, PAGE,
				 "passphrase=twelve+bytes&"
				 "passphrase_again=twelve+bytes")
				 .status,
		303);
	assert_true(listed(s, 1)[0].sealed);
}

static void
no_name_leads_out_of_the_folder(void **state)
{
	static const char *const names[] = {
		"cairn.db",
		"..",
		"cairn-20260101-000000.backup",
		"cairn-20260101-000000.backup.half-1",
		"..%5Ccairn.db",
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	assert_false(backup_is_name("../cairn.db"));
	assert_false(backup_is_name(""));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int status = tab_get(&ann, path_of(s, names[i])).status;

		assert_true(status == 404 || status == 400);
	}
}

static void
a_link_in_the_folder_is_not_followed(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *name = "cairn-20260101-000000.backup";

	mkdir(arena_printf(s->mem, "%s/backups", s->home), 0700);
	assert_int_equal(
		symlink("/etc/passwd",
			arena_printf(s->mem, "%s/backups/%s", s->home, name)),
		0);
	listed(s, 0);
	assert_int_equal(tab_get(&ann, path_of(s, name)).status, 404);
}

static void
others_neither_see_nor_get_one(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_ADMIN);

	tab_get(&ann, PAGE);
	tab_send(&ann, PAGE, PAGE, "passphrase=&passphrase_again=");
	tab_get(&bob, "/admin/settings/general");
	assert_lacks(bob.last.body, PAGE);
	assert_int_equal(
		tab_get(&bob, path_of(s, listed(s, 1)[0].name)).status, 403);
	ann.last.status = 0;
	s->now += 11 * 60; /* no longer fresh */
	assert_int_equal(
		tab_get(&ann, path_of(s, listed(s, 1)[0].name)).status, 303);
	assert_holds(ann.last.reply.location, "/login/confirm");
}

static void
a_passphrase_is_kept_on_no_page(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_get(&ann, PAGE);
	s->now += 11 * 60; /* no longer fresh */
	tab_post(&ann, PAGE,
		"passphrase=sw0rdfish+sw0rdfish&"
		"passphrase_again=sw0rdfish+sw0rdfish");
	assert_int_equal(ann.last.status, 403);
	assert_holds(ann.last.body, "data-page=\"fresh\"");
	assert_lacks(ann.last.body, "sw0rdfish");
	assert_holds(ann.last.body, "Secrets are not kept");
	listed(s, 0);
}

static void
the_newest_ten_stay(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *first, *newest;

	tab_get(&ann, PAGE);
	tab_send(&ann, PAGE, PAGE, "passphrase=&passphrase_again=");
	first = listed(s, 1)[0].name;
	for (int i = 0; i < BACKUPS_KEPT; i++) {
		s->now++;
		tab_get(&ann, PAGE);
		tab_send(&ann, PAGE, PAGE, "passphrase=&passphrase_again=");
	}
	newest = listed(s, BACKUPS_KEPT)[0].name;
	assert_true(strcmp(newest, first) > 0);
	assert_int_equal(tab_get(&ann, path_of(s, first)).status, 404);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_owner_backs_up_and_takes_the_file_home),
		TEST(a_passphrase_is_long_enough_and_the_same_twice),
		TEST(no_name_leads_out_of_the_folder),
		TEST(a_link_in_the_folder_is_not_followed),
		TEST(others_neither_see_nor_get_one),
		TEST(a_passphrase_is_kept_on_no_page),
		TEST(the_newest_ten_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
