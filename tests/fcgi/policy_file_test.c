/*
 * policy_file_test.c: the policy as a file: the job that reads it, and what
 * pages and the command line's rule say of a policy that is one.
 */
#include "tests/fcgi/machines.h"

#include <sys/stat.h>

#include "db/job.h"
#include "db/policy_text.h"
#include "policy/policy.h"
#include "tailnet/policy_file.h"
#include "tailnet/policy_store.h"

#define PAGE   "/admin/policy"
#define OPEN   "{\"grants\":[{\"src\":[\"*\"],\"dst\":[\"*\"],\"ip\":[\"*\"]}]}\n"
#define CLOSED "// Nothing yet.\r\n{\"grants\": []}\n"

static const char *
path_of(struct site *s)
{
	return arena_printf(s->mem, "%s/policy.hujson", s->home);
}

static void
write_bytes(struct site *s, const void *bytes, size_t len)
{
	FILE *f = fopen(path_of(s), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void
write_text(struct site *s, const char *text)
{
	write_bytes(s, text, strlen(text));
}

static void
name_file(struct site *s, const char *path)
{
	const char *why = "";

	if (settings_put(
		    s->db, "policy_path", path, "cli", s->now, s->mem, &why))
		fail_msg("%s: %s", path, why);
}

static struct job
job_of(struct site *s)
{
	struct job j;

	assert_int_equal(
		db_job_of(s->db, POLICY_FILE_JOB, 0, s->mem, &j), ERR_OK);
	return j;
}

/* The job, as soon as it is due. */
static struct answer
look(struct site *s)
{
	struct job j = job_of(s);

	s->now = j.due_at > s->now ? j.due_at : s->now;
	return ask(s, GROUP_JOBS, "POST",
		arena_printf(s->mem, "/job/%lld", (long long)j.id), NULL);
}

static struct policy_text
newest(struct site *s)
{
	struct policy_text p = { .text = "", .hash = "" };
	enum err e = db_policy_current(s->db, s->mem, &p);

	assert_true(!e || e == ERR_NOT_FOUND);
	return p;
}

/* A policy that is the file, with OPEN in it. */
static void
begin(struct site *s)
{
	write_text(s, OPEN);
	name_file(s, path_of(s));
	assert_int_equal(look(s).status, 200);
	assert_string_equal(newest(s).text, OPEN);
}

static void
what_stands_in_the_file_becomes_the_policy_byte_for_byte(void **state)
{
	struct site *s = *state;

	begin(s);
	assert_int_equal(newest(s).id, 1);
	assert_string_equal(newest(s).author, "system");
	assert_string_equal(newest(s).note, "of the file");
	assert_string_equal(audit_last(s).action, "policy.saved");
	assert_int_equal(job_of(s).due_at, s->now + POLICY_FILE_SECONDS);
	look(s);
	assert_int_equal(newest(s).id, 1);
	write_text(s, CLOSED);
	look(s);
	assert_int_equal(newest(s).id, 2);
	assert_string_equal(newest(s).text, CLOSED);
}

static void
what_cannot_be_taken_changes_nothing_and_is_told(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *words;
	} cases[] = {
		{ "", 0, "policy.hujson is empty" },
		{ " \r\n\t", 4, "policy.hujson is empty" },
		{ "{}\0{}", 5, "policy.hujson is not text in UTF-8" },
		{ "{}\xff", 3, "policy.hujson is not text in UTF-8" },
		{ "{\"grants\":[", 11, "policy.hujson: " },
		{ "{\"grantz\":[]}", 13, "grantz" },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	begin(s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_bytes(s, cases[i].bytes, cases[i].len);
		look(s);
		assert_holds(job_of(s).last_error, cases[i].words);
		assert_int_equal(job_of(s).due_at, s->now + POLICY_FILE_AGAIN);
		assert_int_equal(newest(s).id, 1);
		tab_get(&ann, "/admin/machines");
		assert_holds(
			ann.last.body, "The newest policy is not in force");
		assert_holds(ann.last.body, cases[i].words);
	}
	unlink(path_of(s));
	look(s);
	assert_holds(job_of(s).last_error, "policy.hujson cannot be read");
	write_text(s, OPEN);
	look(s);
	assert_string_equal(job_of(s).last_error, "");
	assert_lacks(tab_get(&ann, "/admin/machines").body, "not in force");
}

static void
a_file_of_a_policys_size_is_taken_and_no_larger_one(void **state)
{
	struct site *s = *state;
	char *text = arena_alloc(s->mem, POLICY_TEXT_MAX + 2);

	begin(s);
	memset(text, ' ', POLICY_TEXT_MAX + 1);
	text[POLICY_TEXT_MAX + 1] = '\0';
	memcpy(text, "{}", 2);
	write_bytes(s, text, POLICY_TEXT_MAX + 1);
	look(s);
	assert_holds(job_of(s).last_error, "is larger than 1048576 bytes");
	write_bytes(s, text, POLICY_TEXT_MAX);
	look(s);
	assert_string_equal(job_of(s).last_error, "");
	assert_int_equal(strlen(newest(s).text), POLICY_TEXT_MAX);
}

static void
nobody_saves_another_policy_than_the_file(void **state)
{
	struct site *s = *state;
	const char *why = "";

	assert_int_equal(
		tailnet_policy_set(s->db, CLOSED, "cli", s->now, s->mem, &why),
		ERR_OK);
	begin(s);
	assert_int_equal(
		tailnet_policy_set(s->db, CLOSED, "cli", s->now, s->mem, &why),
		ERR_POLICY_FILE);
	assert_holds(why, "policy_path");
	assert_string_equal(newest(s).text, OPEN);
	name_file(s, "");
	assert_int_equal(
		tailnet_policy_set(s->db, CLOSED, "cli", s->now, s->mem, &why),
		ERR_OK);
}

static void
a_file_that_is_named_no_more_is_read_no_more(void **state)
{
	struct site *s = *state;
	struct job j;

	begin(s);
	name_file(s, "");
	assert_int_equal(db_job_of(s->db, POLICY_FILE_JOB, 0, s->mem, &j),
		ERR_NOT_FOUND);
	write_text(s, CLOSED);
	name_file(s, path_of(s));
	assert_int_equal(job_of(s).due_at, s->now);
}

static void
the_editor_shows_the_file_and_checks_it_but_does_not_save(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct answer a;

	a = tab_get(&ann, PAGE "?template=open");
	assert_lacks(a.body, "data-mode");
	assert_holds(a.body, "value=\"save\"");
	begin(s);
	a = tab_get(&ann, PAGE "?template=closed");
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "data-mode=\"file\"");
	assert_holds(
		a.body, arena_printf(s->mem, "<code>%s</code>", path_of(s)));
	assert_holds(a.body, "readonly=\"\"");
	assert_holds(a.body, "value=\"check\"");
	assert_lacks(a.body, "value=\"save\"");
	assert_lacks(a.body, "data-guard");
	assert_lacks(a.body, "Nothing until");
	a = tab_post(&ann, PAGE, "text=%7B%7D&note=&do=check");
	assert_int_equal(a.status, 200);
	assert_holds(a.body, "id=\"check\" data-result=\"ok\"");
	assert_lacks(a.body, "value=\"save\"");
	a = tab_post(&ann, PAGE, "text=%7B%7D&note=&do=save");
	assert_int_equal(a.status, 409);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "id=\"conflict\"");
	assert_string_equal(newest(s).text, OPEN);
}

static void
the_editor_shows_the_lines_of_a_file_that_was_refused(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct answer a;

	begin(s);
	write_text(s, "{\n\"grantz\": []}\n");
	look(s);
	a = tab_get(&ann, PAGE);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "id=\"policy-file\"");
	assert_holds(a.body, "What stands there now was not taken: ");
	assert_holds(a.body, "<li data-line=\"2\"");
	assert_holds(a.body, "grantz");
}

static void
neither_rules_nor_older_versions_change_a_file(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *why = "";

	assert_int_equal(
		tailnet_policy_set(s->db, CLOSED, "cli", s->now, s->mem, &why),
		ERR_OK);
	assert_holds(tab_get(&ann, PAGE "/rules").body, "id=\"form-rule\"");
	begin(s);
	assert_lacks(tab_get(&ann, PAGE "/rules").body, "id=\"form-rule\"");
	assert_lacks(tab_get(&ann, PAGE "/history/1").body, "form-restore");
	tab_get(&ann, PAGE);
	assert_int_equal(
		tab_post(&ann, PAGE "/history/1/restore", "x=").status, 409);
	assert_holds(ann.last.body, "data-page=\"policy\"");
	assert_int_equal(newest(s).id, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_stands_in_the_file_becomes_the_policy_byte_for_byte),
		TEST(what_cannot_be_taken_changes_nothing_and_is_told),
		TEST(a_file_of_a_policys_size_is_taken_and_no_larger_one),
		TEST(nobody_saves_another_policy_than_the_file),
		TEST(a_file_that_is_named_no_more_is_read_no_more),
		TEST(the_editor_shows_the_file_and_checks_it_but_does_not_save),
		TEST(the_editor_shows_the_lines_of_a_file_that_was_refused),
		TEST(neither_rules_nor_older_versions_change_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
