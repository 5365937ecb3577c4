/*
 * export_ask_test.c: lists as files: what their addresses may hold, who may ask
 * for them, and what of it the audit log has.
 */
#include "tests/fcgi/checks.h"
#include "tests/fcgi/machines.h"

#include "base/json.h"
#include "base/text.h"
#include "fcgi/export.h"
#include "tailnet/audit.h"

static const char *
repeated(struct site *s, const char *begin, const char *letter, size_t count)
{
	struct buf b;

	buf_init(&b, s->mem, SIZE_MAX);
	buf_puts(&b, begin);
	for (size_t i = 0; i < count; i++)
		buf_puts(&b, letter);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static void
the_log_has_the_query_as_text_whatever_was_sent(void **state)
{
	static const size_t prefix = sizeof("users.csv?") - 1;
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *detail;

	tab_get(&t, repeated(s, "/admin/users.csv?q=x", "é", 100));
	assert_string_equal(
		audit_last(s).detail, repeated(s, "users.csv?q=x", "é", 100));
	tab_get(&t, repeated(s, "/admin/users.csv?page=xx", "é", 400));
	detail = audit_last(s).detail;
	assert_true(text_is_utf8(detail, strlen(detail)));
	assert_int_equal(strlen(detail), prefix + EXPORT_QUERY_TOLD - 1);
	tab_get(&t, repeated(s, "/admin/users.csv?page=x", "é", 400));
	assert_int_equal(
		strlen(audit_last(s).detail), prefix + EXPORT_QUERY_TOLD);
	tab_get(&t, "/admin/users.csv?page=a\xff\xc3x\xe2\x82");
	assert_string_equal(audit_last(s).detail, "users.csv?page=a??x??");
}

/* Such rows were written by earlier versions. */
static void
rows_that_are_no_text_are_text_in_their_file(void **state)
{
	static const char odd[] = "a\xc3";
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(audit_row(s->db, "list", 0,
				 &(struct audit){ .at = s->now,
					 .actor = "cli",
					 .action = "list.exported",
					 .detail = odd,
					 .before = "{\"name\":\"b\xff\"}",
					 .after = "" }),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	tab_get(&t, "/admin/audit.json");
	assert_true(text_is_utf8(t.last.body, strlen(t.last.body)));
	assert_holds(t.last.body, "\"details\":\"a?\"");
	assert_holds(t.last.body, "\"before\":{\"name\":\"b?\"}");
	tab_get(&t, "/admin/audit.csv");
	assert_true(text_is_utf8(t.last.body, strlen(t.last.body)));
	assert_holds(t.last.body, ",a?,");
}

static void
no_other_site_has_a_file_made(void **state)
{
	static const struct {
		const char *site;
		int status;
	} cases[] = { { "HTTP_SEC_FETCH_SITE=cross-site", 403 },
		{ "HTTP_SEC_FETCH_SITE=Cross-Site", 403 },
		{ "HTTP_SEC_FETCH_SITE=same-site", 200 },
		{ "HTTP_SEC_FETCH_SITE=same-origin", 200 },
		{ "HTTP_SEC_FETCH_SITE=none", 200 },
		{ "HTTP_SEC_FETCH_SITE=", 200 } };
	static const char *const methods[] = { "GET", "HEAD" };
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	s->rate = rate_new();
	s->now = NOW / 60 * 60;
	for (size_t m = 0; m < 2; m++)
		for (int i = 0; i <= EXPORTS_PER_MINUTE; i++) {
			int64_t before = audit_last(s).id;

			t.more[0] = cases[0].site;
			tab_ask(&t, methods[m], "/admin/users.csv", NULL);
			assert_int_equal(t.last.status, 403);
			assert_lacks(t.last.head, "attachment");
			assert_holds(t.last.body,
				"Open the list and save it from there.");
			assert_int_equal(audit_last(s).id, before);
		}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		t.more[0] = cases[i].site;
		assert_int_equal(tab_get(&t, "/admin/audit.json").status,
			cases[i].status);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_log_has_the_query_as_text_whatever_was_sent),
		TEST(no_other_site_has_a_file_made),
		TEST(rows_that_are_no_text_are_text_in_their_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
