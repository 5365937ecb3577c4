/*
 * logs_page_test.c: the page of what the programs logged last.
 */
#include "tests/fcgi/hostile.h"

#include "base/log_file.h"
#include "fcgi/export.h"

#define LOGS "/admin/logs"

static void
put(struct site *s, const char *program, int second, const char *level,
	const char *text)
{
	const char *line =
		arena_printf(s->mem, "2026-02-01T09:%02d:%02dZ %s %s %s\n",
			second / 60, second % 60, level, program, text);

	log_file_open(s->home, program);
	log_file_put(line, strlen(line));
	log_file_close();
}

static void
the_newest_lines_come_first_with_time_level_and_process(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);
	const char *body;

	tab_get(&eve, LOGS);
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "Nothing was logged yet.");
	put(s, "cairn-fcgi", 1, "info", "started groups=3");
	put(s, "cairn-worker", 2, "warn", "slow ms=900");
	body = tab_get(&eve, LOGS).body;
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"logs\"");
	assert_holds(body, "<h1>Logs</h1>");
	assert_holds(body, "2 lines");
	assert_holds(body, "<time datetime=\"2026-02-01T09:00:02Z\" "
			   "data-exact=\"\">2026-02-01 09:00:02 UTC</time>");
	assert_holds(body, "started groups=3");
	assert_true(
		strstr(body, "slow ms=900") < strstr(body, "started groups=3"));
	assert_holds(body, "id=\"line-2\" data-id=\"2\" data-state=\"warn\"");
	assert_holds(body, "<span class=\"badge warn\">warn</span>");
	assert_holds(body, "data-label=\"Process\">cairn-worker</td>");
	assert_holds(body, "<span class=\"badge\">info</span>");
	assert_holds(body, "data-label=\"Process\">cairn-fcgi</td>");
	assert_holds(body, "aria-label=\"Health\"");
	assert_holds(tab_get(&eve, "/admin/health").body, "href=\"" LOGS "\"");
}

static void
they_are_filtered_by_process_level_and_words(void **state)
{
	static const struct {
		const char *query, *only, *count;
	} cases[] = {
		{ "process=cairn-relay", "alpha", "1 of 1 line " },
		{ "level=error", "beta", "1 of 3 lines" },
		{ "q=gam", "gamma", "1 of 3 lines" },
		{ "level=warn&process=cairn-fcgi", "beta", "1 of 1 line " },
	};
	static const char *const words[] = { "alpha", "beta", "gamma" };
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	put(s, "cairn-relay", 1, "info", "alpha");
	put(s, "cairn-fcgi", 2, "error", "beta");
	put(s, "cairn-worker", 3, "warn", "gamma");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&eve, arena_printf(s->mem, LOGS "?%s", cases[i].query));
		assert_sound(s->mem, eve.last.body);
		for (size_t k = 0; k < 3; k++)
			if (strcmp(words[k], cases[i].only) == 0)
				assert_holds(eve.last.body,
					arena_printf(s->mem, ">%s<", words[k]));
			else
				assert_lacks(eve.last.body,
					arena_printf(s->mem, ">%s<", words[k]));
		assert_holds(eve.last.body, cases[i].count);
	}
	tab_get(&eve, LOGS "?level=error&process=cairn-relay");
	assert_holds(eve.last.body, "0 of 1 line ");
	assert_holds(eve.last.body, "Nothing matches.");
	assert_lacks(eve.last.body, "Nothing was logged yet.");
	assert_holds(eve.last.body, "<option value=\"error\" selected=\"\">");
	assert_holds(eve.last.body, "value=\"cairn-relay\" selected=\"\"");
	tab_get(&eve, LOGS "?process=sshd&level=loud");
	assert_holds(eve.last.body, "filter-note");
	assert_holds(eve.last.body, ">alpha<");
	tab_get(&eve, LOGS "?process=../../etc/passwd");
	assert_holds(eve.last.body, "filter-note");
}

static void
fifty_lines_make_a_page_within_its_budget(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	for (int i = 0; i < 120; i++)
		put(s, "cairn-fcgi", i, "info",
			arena_printf(s->mem,
				"event n%03d outcome=\"link given\" "
				"session=12 from=192.0.2.7",
				i));
	tab_get(&eve, LOGS);
	assert_int_equal(sound_count(eve.last.body, "<tr id=\"line-"), 50);
	assert_holds(eve.last.body, "n119");
	assert_lacks(eve.last.body, "n069");
	assert_true(strlen(eve.last.body) <= 60 * 1024);
	tab_get(&eve, LOGS "?page=3");
	assert_holds(eve.last.body, "n000");
}

static void
nothing_in_a_line_becomes_markup_or_a_secret(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	put(s, "cairn-fcgi", 1, "info",
		"x a=\"" HOSTILE "\" \x1b[1m "
		"path=/reset/0123456789012345678901234567890123456789abc");
	assert_harmless(s, tab_get(&eve, LOGS).body);
	assert_holds(eve.last.body, "/reset/012345…");
	assert_lacks(eve.last.body, "6789abc");
	assert_lacks(eve.last.body, "\x1b");
}

/* All of them by the same query, not fifty. */
static void
a_file_holds_the_lines_of_the_page_without_its_pages(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);
	const char *body;

	for (int i = 0; i < 60; i++)
		put(s, i % 2 ? "cairn-fcgi" : "cairn-relay", i,
			i % 3 ? "info" : "warn",
			arena_printf(s->mem, "event n%03d", i));
	body = tab_get(&eve, LOGS "?process=cairn-fcgi&level=warn&q=-n003")
		       .body;
	assert_holds(body, "Save this list: <a href=\"" LOGS
			   ".csv?q=-n003&amp;process=cairn-fcgi&amp;"
			   "level=warn\">CSV</a>");
	assert_holds(body, "<a href=\"" LOGS ".json?");
	body = tab_get(&eve, LOGS ".csv?process=cairn-fcgi&level=warn&q=-n003")
		       .body;
	assert_int_equal(eve.last.status, 200);
	assert_holds(
		eve.last.head, "Content-Type: text/csv; charset=utf-8\r\n");
	assert_holds(eve.last.head, "filename=\"logs.csv\"");
	assert_true(text_starts(body, "time,level,process,what\r\n"
				      "2026-02-01T09:00:57Z,warn,cairn-fcgi,"
				      "event n057\r\n"
				      "2026-02-01T09:00:51Z,warn,cairn-fcgi,"
				      "event n051\r\n"));
	assert_int_equal(sound_count(body, "\r\n"), 1 + 9);
	assert_lacks(body, "n003");
	assert_int_equal(
		sound_count(tab_get(&eve, LOGS ".csv?page=2").body, "\r\n"),
		1 + 60);
	body = tab_get(&eve, LOGS ".json?q=n057").body;
	assert_string_equal(body,
		"[\n{\"time\":\"2026-02-01T09:00:57Z\",\"level\":\"warn\","
		"\"process\":\"cairn-fcgi\",\"what\":\"event n057\"}\n]\n");
}

static void
a_file_has_no_secret_and_no_formula(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	put(s, "cairn-fcgi", 1, "info",
		"=1+1 a=\"b,c\" "
		"path=/reset/0123456789012345678901234567890123456789abc");
	put(s, "cairn-fcgi", 2, "info", "x password=hunter2 \x1b[1m");
	tab_get(&eve, LOGS ".csv");
	assert_holds(eve.last.body,
		",\"'=1+1 a=\"\"b,c\"\" path=/reset/012345…\"\r\n");
	assert_lacks(eve.last.body, "6789abc");
	assert_lacks(eve.last.body, "hunter2");
	assert_lacks(eve.last.body, "\x1b");
	tab_get(&eve, LOGS ".json");
	assert_lacks(eve.last.body, "6789abc");
	assert_lacks(eve.last.body, "hunter2");
	assert_lacks(eve.last.body, "\x1b");
}

static void
a_file_stands_in_the_audit_log_and_ten_a_minute_are_made(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	s->rate = rate_new();
	s->now = NOW / 60 * 60;
	assert_string_equal(tab_get(&eve, LOGS ".json").body, "[]\n");
	tab_get(&eve, LOGS ".csv?level=error");
	assert_string_equal(audit_last(s).action, "list.exported");
	assert_string_equal(audit_last(s).detail, "logs.csv?level=error");
	assert_string_equal(audit_last(s).actor_name, "eve");
	for (int i = 2; i < EXPORTS_PER_MINUTE; i++)
		assert_int_equal(tab_get(&eve, LOGS ".csv").status, 200);
	assert_int_equal(tab_get(&eve, LOGS ".csv").status, 429);
	assert_int_equal(tab_get(&eve, LOGS).status, 200);
}

static void
under_systemd_it_names_the_command_of_the_journal(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	unsetenv("JOURNAL_STREAM");
	assert_lacks(tab_get(&eve, LOGS).body, "journalctl");
	setenv("JOURNAL_STREAM", "8:12345", 1);
	assert_holds(
		tab_get(&eve, LOGS).body, "journalctl -u 'cairn-*' -n 500");
	assert_holds(tab_get(&eve, LOGS "?process=cairn-relay").body,
		"journalctl -u 'cairn-relay' -n 500");
	unsetenv("JOURNAL_STREAM");
}

/* Each level takes itself and what is worse, and looks like it. */
static void
each_level_leaves_out_what_is_less(void **state)
{
	static const struct {
		const char *level, *badge;
	} levels[] = {
		{ "debug", "<span class=\"badge\">debug</span>" },
		{ "info", "<span class=\"badge\">info</span>" },
		{ "warn", "<span class=\"badge warn\">warn</span>" },
		{ "error", "<span class=\"badge bad\">error</span>" },
	};
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	for (int i = 0; i < 4; i++)
		put(s, "cairn-fcgi", i, levels[i].level, "something");
	tab_get(&eve, LOGS);
	for (size_t i = 0; i < 4; i++)
		assert_holds(eve.last.body, levels[i].badge);
	for (size_t i = 0; i < 4; i++) {
		tab_get(&eve, arena_printf(s->mem, LOGS "?level=%s",
				      levels[i].level));
		assert_lacks(eve.last.body, "Not understood");
		for (size_t k = 0; k < 4; k++)
			if (k < i)
				assert_lacks(eve.last.body, levels[k].badge);
			else
				assert_holds(eve.last.body, levels[k].badge);
	}
}

static void
it_stands_under_health(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	tab_get(&eve, LOGS);
	assert_holds(eve.last.body,
		"<a href=\"/admin/health\" aria-current=\"page\">");
	assert_holds(
		eve.last.body, "<a href=\"" LOGS "\" aria-current=\"page\">");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_newest_lines_come_first_with_time_level_and_process),
		TEST(they_are_filtered_by_process_level_and_words),
		TEST(each_level_leaves_out_what_is_less),
		TEST(it_stands_under_health),
		TEST(fifty_lines_make_a_page_within_its_budget),
		TEST(nothing_in_a_line_becomes_markup_or_a_secret),
		TEST(a_file_holds_the_lines_of_the_page_without_its_pages),
		TEST(a_file_has_no_secret_and_no_formula),
		TEST(a_file_stands_in_the_audit_log_and_ten_a_minute_are_made),
		TEST(under_systemd_it_names_the_command_of_the_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
