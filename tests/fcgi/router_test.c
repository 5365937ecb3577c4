/*
 * router_test.c: what the router lets through, to whom, and what it answers
 * where it does not.
 */
#include "tests/fcgi/ask.h"

#include "db/setting.h"

static const char *seen;

static enum err
handle_ok(struct request *r)
{
	seen = r->parts[0];
	return reply_text(r, 200, "ok");
}

static enum err
handle_body(struct request *r)
{
	return reply_text(r, 200, (const char *)r->body.at);
}

static enum err
handle_write(struct request *r)
{
	enum err e = db_begin(r->db);

	if (!e)
		e = db_setting_put(r->db, "tailnet_name", "x", r->now);
	e = db_end(r->db, e);
	return e ? e : reply_text(r, 200, "written");
}

static enum err
handle_half(struct request *r)
{
	(void)reply_text(r, 200, "half a page");
	return ERR_BUSY;
}

static enum err
handle_wait(struct request *r)
{
	return reply_wait(r, "pending", 7, 99);
}

/* As if another process had written while it looked. */
static enum err
handle_late_wait(struct request *r)
{
	enum err e = handle_write(r);

	return e ? e : handle_wait(r);
}

static const struct route table[] = {
	{ METHOD_GET, "/a/*/b", handle_ok, 0, 0, 0 },
	{ METHOD_GET, "/plain", handle_ok, 0, 0, 0 },
	{ METHOD_POST, "/plain", handle_body, 0, 8, 0 },
	{ METHOD_POST, "/sneak", handle_write, 0, 0, 0 },
	{ METHOD_POST, "/write", handle_write, WRITES, 0, 0 },
	{ METHOD_GET, "/half", handle_half, 0, 0, 0 },
	{ METHOD_POST, "/machine/in", handle_ok, NOISE, 0, 0 },
	{ METHOD_POST, "/machine/write", handle_write, NOISE | WRITES, 0, 0 },
	{ METHOD_POST, "/machine/wait", handle_wait, NOISE, 0, 0 },
	{ METHOD_POST, "/machine/late", handle_late_wait, NOISE | WRITES, 0,
		0 },
};

static int
open_table(void **state)
{
	int failed = site_open(state);
	struct site *s = *state;

	s->table = table;
	s->table_count = sizeof(table) / sizeof(table[0]);
	seen = NULL;
	return failed;
}

static void
a_part_of_the_path_reaches_the_handler_decoded(void **state)
{
	assert_int_equal(
		ask(*state, GROUP_OUTER, "GET", "/a/x%20y/b?q=1", NULL).status,
		200);
	assert_string_equal(seen, "x y");
}

static void
a_star_stands_for_one_segment_only(void **state)
{
	assert_int_equal(
		ask(*state, GROUP_OUTER, "GET", "/a/x/y/b", NULL).status, 404);
	assert_int_equal(
		ask(*state, GROUP_OUTER, "GET", "/a//b", NULL).status, 400);
}

static void
hidden_slashes_are_refused(void **state)
{
	static const char *const uris[] = { "/a/x%2fy/b", "/a/x%2Fy/b",
		"/a/x%5cy/b", "/plain%00", "//plain", "/a/%zz/b", "plain", "",
		"/a/%ff/b" };

	for (size_t i = 0; i < sizeof(uris) / sizeof(*uris); i++)
		assert_int_equal(
			ask(*state, GROUP_OUTER, "GET", uris[i], NULL).status,
			400);
}

static void
a_path_past_its_limit_is_refused(void **state)
{
	char uri[PATH_MAX_BYTES + 2];

	memset(uri, 'a', sizeof(uri));
	uri[0] = '/';
	uri[PATH_MAX_BYTES + 1] = '\0';
	assert_int_equal(
		ask(*state, GROUP_OUTER, "GET", uri, NULL).status, 400);
	uri[PATH_MAX_BYTES] = '\0';
	assert_int_equal(
		ask(*state, GROUP_OUTER, "GET", uri, NULL).status, 404);
}

static void
head_is_answered_by_the_row_of_get(void **state)
{
	struct answer a = ask(*state, GROUP_OUTER, "HEAD", "/plain", NULL);

	assert_int_equal(a.status, 200);
	assert_holds(a.head, "Content-Length: 3\r\n");
}

static void
another_method_is_told_which_ones_there_are(void **state)
{
	struct answer a = ask(*state, GROUP_OUTER, "DELETE", "/plain", NULL);

	assert_int_equal(a.status, 405);
	assert_holds(a.head, "Allow: GET, HEAD, POST\r\n");
	assert_int_equal(
		ask(*state, GROUP_OUTER, "BREW", "/plain", NULL).status, 405);
}

static void
a_slash_too_many_is_sent_on_with_its_query(void **state)
{
	struct answer a = ask(*state, GROUP_OUTER, "GET", "/plain/?q=1", NULL);

	assert_int_equal(a.status, 301);
	assert_string_equal(a.reply.location, "/plain?q=1");
	assert_holds(ask(*state, GROUP_OUTER, "GET", "/no%3Cb%3E", NULL).body,
		"There is no page /no&lt;b&gt;.");
	assert_int_equal(
		ask(*state, GROUP_OUTER, "GET", "/nothing/", NULL).status, 404);
}

/* Found by the fuzzer: a long header was lost, and those behind it. */
static void
a_long_address_is_sent_on_whole(void **state)
{
	struct site *s = *state;
	char part[301];
	struct answer a;

	memset(part, 'x', sizeof(part) - 1);
	part[sizeof(part) - 1] = '\0';
	a = ask(s, GROUP_OUTER, "GET", arena_printf(s->mem, "/a/%s/b/", part),
		NULL);
	assert_int_equal(a.status, 301);
	assert_holds(a.head,
		arena_printf(s->mem, "\r\nLocation: /a/%s/b\r\n", part));
	assert_holds(a.head, "\r\nContent-Length: 0\r\n\r\n");
}

static void
a_body_is_read_up_to_the_limit_of_the_row(void **state)
{
	struct answer more =
		ask(*state, GROUP_OUTER, "POST", "/plain", "123456789");

	assert_string_equal(
		ask(*state, GROUP_OUTER, "POST", "/plain", "12345678").body,
		"12345678\n");
	assert_int_equal(more.status, 413);
	assert_holds(
		more.body, "hese are 9 bytes, and at most 8 are taken here");
}

static void
a_body_that_lies_about_itself_is_refused(void **state)
{
	struct ask a = { .method = "POST",
		.uri = "/plain",
		.more = { "CONTENT_LENGTH=5" } };

	assert_int_equal(ask_with(*state, &a).status, 400);
	a.more[0] = "CONTENT_LENGTH=-1";
	assert_int_equal(ask_with(*state, &a).status, 400);
	a.more[0] = "CONTENT_LENGTH=99999999999999999999";
	assert_int_equal(ask_with(*state, &a).status, 400);
	assert_int_equal(
		ask(*state, GROUP_OUTER, "POST", "/plain", "\xff").status, 400);
}

static void
a_packed_body_is_refused(void **state)
{
	struct ask a = { .method = "POST",
		.uri = "/plain",
		.body = "x",
		.more = { "HTTP_CONTENT_ENCODING=gzip" } };

	assert_int_equal(ask_with(*state, &a).status, 415);
}

static void
a_row_without_writes_cannot_write(void **state)
{
	struct answer a = ask(*state, GROUP_OUTER, "POST", "/sneak", NULL);

	assert_true(a.status >= 400);
	assert_int_equal(
		ask(*state, GROUP_OUTER, "POST", "/write", NULL).status, 200);
	assert_true(
		ask(*state, GROUP_OUTER, "POST", "/sneak", NULL).status >= 400);
}

static void
a_half_page_does_not_leave(void **state)
{
	struct answer a = ask(*state, GROUP_OUTER, "GET", "/half", NULL);

	assert_int_equal(a.status, 503);
	assert_int_equal(a.error, ERR_BUSY);
	assert_holds(a.head, "Retry-After: 5\r\n");
	assert_lacks(a.body, "half");
}

static void
rows_for_machines_are_not_there_for_strangers(void **state)
{
	assert_int_equal(
		ask(*state, GROUP_OUTER, "POST", "/machine/in", NULL).status,
		404);
	assert_int_equal(
		ask(*state, GROUP_OUTER, "POST", "/%6dachine/in", NULL).status,
		404);
	assert_int_equal(
		ask(*state, GROUP_INNER, "POST", "/machine/in", NULL).status,
		200);
	assert_int_equal(
		ask(*state, GROUP_INNER, "GET", "/plain", NULL).status, 404);
}

static void
a_stranger_forges_nothing(void **state)
{
	struct ask a = { .method = "POST",
		.uri = "/machine/in",
		.more = { "CAIRN_MACHINE_KEY=" MKEY_A, "CAIRN_CAPVER=142",
			"CAIRN_SESSION=1", "CAIRN_WAIT=over",
			"HTTP_CAIRN_MACHINE_KEY=" MKEY_A,
			"HTTP_X_ORIGINAL_URI=/machine/in",
			"DOCUMENT_URI=/machine/in" } };

	assert_int_equal(ask_with(*state, &a).status, 404);
	a.uri = "/plain";
	a.method = "GET";
	assert_int_equal(ask_with(*state, &a).status, 200);
	assert_lacks(ask_with(*state, &a).head, "Cairn-");
}

static void
what_the_worker_does_not_say_is_not_made_up(void **state)
{
	struct ask a = { .group = GROUP_INNER,
		.method = "POST",
		.uri = "/machine/in",
		.machine = "mkey:12" };

	assert_int_equal(ask_with(*state, &a).status, 400);
}

static void
an_answer_to_the_worker_carries_the_last_change(void **state)
{
	struct answer before =
		ask(*state, GROUP_INNER, "POST", "/machine/in", NULL);
	struct answer after =
		ask(*state, GROUP_INNER, "POST", "/machine/write", NULL);

	assert_int_equal(after.status, 200);
	assert_int_equal(after.reply.seq, before.reply.seq + 1);
	assert_holds(after.head, "Cairn-Seq: ");
}

static void
a_wait_names_row_and_deadline_and_has_no_body(void **state)
{
	struct answer a =
		ask(*state, GROUP_INNER, "POST", "/machine/wait", NULL);

	assert_int_equal(a.status, 202);
	assert_holds(a.head, "Cairn-Wait: pending 7 99\r\n");
	assert_holds(a.head, "Content-Length: 0\r\n");
}

static void
a_wait_misses_no_change_that_came_while_it_looked(void **state)
{
	struct answer before =
		ask(*state, GROUP_INNER, "POST", "/machine/in", NULL);
	struct answer late =
		ask(*state, GROUP_INNER, "POST", "/machine/late", NULL);

	assert_int_equal(late.status, 202);
	assert_int_equal(late.reply.seq, before.reply.seq);
}

static void
security_headers_stand_on_every_answer(void **state)
{
	static const struct {
		const char *method, *uri;
	} asks[] = { { "GET", "/plain" }, { "GET", "/none" },
		{ "PUT", "/plain" }, { "GET", "//" }, { "GET", "/half" },
		{ "GET", "/plain/" } };

	for (size_t i = 0; i < sizeof(asks) / sizeof(*asks); i++) {
		struct answer a = ask(
			*state, GROUP_OUTER, asks[i].method, asks[i].uri, NULL);

		assert_holds(a.head, "\r\nX-Content-Type-Options: nosniff\r\n");
		assert_holds(a.head, "\r\nX-Frame-Options: DENY\r\n");
		assert_holds(a.head, "frame-ancestors 'none'");
		assert_holds(a.head, "\r\nCache-Control: no-store\r\n");
		assert_holds(a.head, "\r\nReferrer-Policy: ");
	}
}

static void
an_address_has_its_minutes_share_and_no_more(void **state)
{
	struct rate *rate = rate_new();

	(void)state;
	assert_non_null(rate);
	for (int i = 0; i < 3; i++)
		assert_true(
			rate_take(rate, RATE_AUDIT_LOG, "192.0.2.1", 600, 3));
	assert_false(rate_take(rate, RATE_AUDIT_LOG, "192.0.2.1", 659, 3));
	assert_true(rate_take(rate, RATE_AUDIT_LOG, "192.0.2.1", 660, 3));
	for (int i = 0; i < 3; i++)
		assert_true(
			rate_take(rate, RATE_AUDIT_LOG, "2001:db8::1", 600, 3));
	assert_false(rate_take(rate, RATE_AUDIT_LOG, "2001:db8::ffff", 600, 3));
	rate_free(rate);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_table, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_part_of_the_path_reaches_the_handler_decoded),
		TEST(a_star_stands_for_one_segment_only),
		TEST(hidden_slashes_are_refused),
		TEST(a_path_past_its_limit_is_refused),
		TEST(head_is_answered_by_the_row_of_get),
		TEST(another_method_is_told_which_ones_there_are),
		TEST(a_slash_too_many_is_sent_on_with_its_query),
		TEST(a_long_address_is_sent_on_whole),
		TEST(a_body_is_read_up_to_the_limit_of_the_row),
		TEST(a_body_that_lies_about_itself_is_refused),
		TEST(a_packed_body_is_refused),
		TEST(a_row_without_writes_cannot_write),
		TEST(a_half_page_does_not_leave),
		TEST(rows_for_machines_are_not_there_for_strangers),
		TEST(a_stranger_forges_nothing),
		TEST(what_the_worker_does_not_say_is_not_made_up),
		TEST(an_answer_to_the_worker_carries_the_last_change),
		TEST(a_wait_names_row_and_deadline_and_has_no_body),
		TEST(a_wait_misses_no_change_that_came_while_it_looked),
		TEST(security_headers_stand_on_every_answer),
		TEST(an_address_has_its_minutes_share_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
