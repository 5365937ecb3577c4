/*
 * export_test.c: lists as files to save.
 */
#include "tests/fcgi/checks.h"
#include "tests/fcgi/machines.h"

#include "fcgi/export.h"
#include "fcgi/list.h"
#include "tailnet/policy_store.h"

static void
the_same_query_without_its_pages(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *body;

	for (int i = 0; i < LIST_ROWS + 3; i++)
		machine(s,
			&(struct made){
				.name = arena_printf(s->mem, "node-%03d", i),
				.tags = "[\"tag:a\",\"tag:b\"]",
				.hostinfo = i % 2 ? "{\"OS\":\"linux\"}"
						  : "{\"OS\":\"windows\"}" });
	body = tab_get(&t, "/admin/machines?os=linux&sort=-name").body;
	assert_holds(body, "href=\"/admin/machines.csv?os=linux&amp;"
			   "sort=-name\"");
	body = tab_get(&t, "/admin/machines.csv?os=linux&sort=-name&page=2")
		       .body;
	assert_int_equal(t.last.status, 200);
	assert_int_equal(sound_count(body, "\r\n"), (LIST_ROWS + 3) / 2 + 1);
	assert_true(text_starts(body, "id,name,hostname,owner,tags,ipv4,"));
	assert_true(strstr(body, "node-051") < strstr(body, "node-049"));
	assert_lacks(body, "node-050");
	assert_holds(body, ",tag:a tag:b,");
	assert_holds(t.last.head, "Content-Type: text/csv; charset=utf-8\r\n");
	assert_holds(t.last.head,
		"Content-Disposition: attachment; filename=\"machines.csv\"");
	assert_holds(t.last.head, "sandbox");
	assert_holds(t.last.head,
		arena_printf(s->mem, "Content-Length: %zu\r\n", strlen(body)));
	body = tab_get(&t, "/admin/machines.json?os=linux").body;
	assert_int_equal(sound_count(body, "\n{\"id\":"), (LIST_ROWS + 3) / 2);
	assert_holds(body, "\"tags\":[\"tag:a\",\"tag:b\"]");
	assert_holds(t.last.head, "Content-Type: application/json\r\n");
}

static void
every_list_has_both(void **state)
{
	static const struct {
		const char *page, *what;
		size_t rows;
	} lists[] = { { "machines", "machines", 1 }, { "users", "users", 1 },
		{ "keys", "keys", 1 }, { "routes", "routes", 1 },
		{ "registrations", "registrations", 1 },
		{ "checks", "checks", 1 },
		{ "policy/history", "policy-history", 2 } };
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *why = "";
	int64_t alpha = machine(s, &(struct made){ .name = "alpha",
					   .tags = "[\"tag:x\"]",
					   .routes = "[\"10.1.0.0/24\"]" });

	asking(s, "laptop");
	(void)check_of(s, alpha, alpha, "root");
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			tailnet_policy_set(s->db,
				i ? "{\"tagOwners\":{\"tag:a\":[]}}" : "{}",
				"cli", s->now, s->mem, &why),
			ERR_OK);
	assert_int_equal(tab_send(&t, "/admin/keys/new", "/admin/keys/new",
				 "tags=tag:a&preapproved=1")
				 .status,
		200);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const char *page =
			arena_printf(s->mem, "/admin/%s", lists[i].page);
		const char *csv = arena_printf(s->mem, "%s.csv", page);
		const char *json = arena_printf(s->mem, "%s.json", page);
		struct json_raws rows;

		assert_holds(tab_get(&t, page).body,
			arena_printf(s->mem, "href=\"%s\"", csv));
		s->now += 60;
		assert_int_equal(tab_get(&t, csv).status, 200);
		assert_int_equal(
			sound_count(t.last.body, "\r\n"), lists[i].rows + 1);
		assert_string_equal(audit_last(s).action, "list.exported");
		assert_string_equal(audit_last(s).detail,
			arena_printf(s->mem, "%s.csv", lists[i].what));
		assert_int_equal(tab_get(&t, json).status, 200);
		assert_int_equal(
			sound_count(t.last.body, "\n{"), lists[i].rows);
		assert_int_equal(t.last.error, ERR_OK);
		(void)rows;
	}
	assert_string_equal(
		tab_get(&t, "/admin/machines.json?q=nothing").body, "[]\n");
}

/* CSV where a spreadsheet would reckon, and what breaks a line or a quote. */
static void
no_cell_is_a_formula_or_breaks_its_row(void **state)
{
	static const struct {
		const char *hostname, *csv;
	} cases[] = {
		{ "=1+1", ",'=1+1," },
		{ "+x", ",'+x," },
		{ "-x", ",'-x," },
		{ "@x", ",'@x," },
		{ "\tx", ",'?x," },
		{ "a,b", ",\"a,b\"," },
		{ "a\"b", ",\"a\"\"b\"," },
		{ "=\"a\",b", ",\"'=\"\"a\"\",b\"," },
		{ "a\r\nb", ",\"a\r\nb\"," },
		/* In East Asia they are typed wide, and reckoned with. */
		{ "\xef\xbc\x9d"
		  "1+1",
			",'\xef\xbc\x9d"
			"1+1," },
		{ "\xef\xbc\xa0x", ",'\xef\xbc\xa0x," },
		/* Half of the world parts cells by semicolons. */
		{ "a;=1+1", ",a;'=1+1," },
		{ "a;b", ",a;b," },
		{ "a\xe2\x80\xae"
		  "b",
			",a?b," },
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		machine(s,
			&(struct made){ .name = arena_printf(s->mem, "m%zu", i),
				.hostname = cases[i].hostname,
				.tags = "[\"tag:x\"]" });
	tab_get(&t, "/admin/machines.csv");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_holds(t.last.body, cases[i].csv);
	tab_get(&t, "/admin/machines.json");
	assert_holds(t.last.body, "\"hostname\":\"=\\\"a\\\",b\"");
}

static void
ten_a_minute_are_made_for_one_session(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct tab other = tab_of(s, "bob", ROLE_OWNER);

	s->rate = rate_new();
	s->now = NOW / 60 * 60;
	for (int i = 0; i < EXPORTS_PER_MINUTE; i++)
		assert_int_equal(tab_get(&t, "/admin/users.csv").status, 200);
	assert_int_equal(tab_get(&t, "/admin/users.json").status, 429);
	assert_holds(t.last.head, "Retry-After: 60\r\n");
	assert_int_equal(tab_get(&other, "/admin/users.csv").status, 200);
	s->now += 60;
	assert_int_equal(tab_get(&t, "/admin/users.csv").status, 200);
}

static enum err
refuse(void *arg, const void *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return ERR_IO;
}

static enum err
long_rows(struct export *x, void *arg)
{
	size_t *len = arg;
	char *text = arena_alloc(x->mem, *len + 1);
	enum err e = ERR_OK;

	memset(text, 'x', *len);
	text[*len] = '\0';
	export_text(x, text);
	e = export_row(x);
	return e;
}

/* Nobody shall take a file of everything for the filtered one. */
static void
what_is_not_understood_makes_no_file(void **state)
{
	static const struct {
		const char *file, *told;
	} cases[] = {
		{ "machines.csv?os=beos", "os=beos" },
		{ "machines.json?owner=ann", "owner=ann" },
		{ "machines.csv?owner=0", "owner=0" },
		{ "machines.csv?version=new", "version=new" },
		{ "machines.csv?expires=3651", "expires=3651" },
		{ "machines.csv?tag=a+b", "tag=a b" },
		{ "machines.csv?status=%FF", "status, which is no text" },
		{ "machines.json?sort=colour", "sort=colour" },
		{ "machines.csv?os=linux&status=odd&sort=-x",
			"sort=-x, status=odd" },
		{ "users.csv?role=king", "role=king" },
		{ "users.json?status=odd", "status=odd" },
		{ "keys.csv?owner=x", "owner=x" },
		{ "keys.json?status=odd", "status=odd" },
		{ "routes.csv?state=odd", "state=odd" },
		{ "registrations.json?sort=odd", "sort=odd" },
		{ "checks.csv?status=odd", "status=odd" },
		{ "policy/history.csv?sort=odd", "sort=odd" },
		{ "logs.csv?process=sshd", "process=sshd" },
		{ "logs.json?level=loud", "level=loud" },
		{ "logs.csv?sort=time", "sort=time" },
		{ "audit.csv?event=odd", "event=odd" },
		{ "audit.json?via=post", "via=post" },
		{ "audit.csv?since=today", "since=today" },
		{ "audit.csv?until=today", "until=today" },
		{ "audit.csv?before=1", "before=1" },
		{ "audit.json?sort=who", "sort=who" },
		{ "audit.csv?via=%3Cb%3E", "via=&lt;b&gt;" },
		{ "keys.csv?ownr=1", "ownr=1" },
		{ "keys.csv?%6fwner=1x", "%6fwner=1x" },
		{ "keys.csv?owner=1&owner=x", "owner, which is there twice" },
		{ "keys.csv?owner=&owner=1", "owner, which is there twice" },
		{ "keys.csv?q=a&q=b", "q, which is there twice" },
		{ "keys.json?view=all", "view=all" },
		{ "keys.json?Owner=1", "Owner=1" },
		{ "logs.csv?ownr", "ownr" },
		{ "logs.csv?=1", "=1" },
		{ "policy/history.csv?status=odd", "status=odd" },
		{ "registrations.csv?os=beos&sort=odd", "sort=odd, os=beos" },
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t before = audit_last(s).id;

	s->rate = rate_new();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&t, arena_printf(s->mem, "/admin/%s", cases[i].file));
		assert_int_equal(t.last.status, 400);
		assert_sound(s->mem, t.last.body);
		assert_holds(t.last.body,
			arena_printf(s->mem,
				"Not understood: %s. No file was made, for it "
				"would not hold what was asked for.",
				cases[i].told));
		assert_lacks(t.last.head, "attachment");
	}
	assert_int_equal(audit_last(s).id, before);
}

/* Pages are none of a file. */
static void
a_page_past_the_end_and_empty_filters_make_a_file_all_the_same(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	assert_int_equal(
		tab_get(&t, "/admin/users.csv?page=x&role=owner&").status, 200);
	assert_int_equal(sound_count(t.last.body, "\r\n"), 2);
	assert_int_equal(
		tab_get(&t, "/admin/users.csv?role=&sort=&q&&").status, 200);
}

static const char *
told_of_search(struct site *s, struct tab *t, size_t len, const char *letter)
{
	struct buf b;

	buf_init(&b, s->mem, SIZE_MAX);
	buf_puts(&b, "/admin/users.csv?role=");
	for (size_t i = 0; i < len; i++)
		buf_puts(&b, letter);
	buf_put(&b, "", 1);
	assert_int_equal(tab_get(t, (const char *)b.bytes).status, 400);
	return t->last.body;
}

/* Those of sixty bytes are told whole, and longer ones between letters. */
static void
a_long_value_is_cut_where_it_is_told(void **state)
{
	static const char whole[] = "=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
				    "xxxxxxxxxxxxxxxxxxxx";
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	assert_int_equal(strlen(whole), LIST_TOLD + 1);
	assert_holds(told_of_search(s, &t, LIST_TOLD, "x"),
		arena_printf(s->mem, "%s. No file", whole));
	assert_holds(told_of_search(s, &t, LIST_TOLD + 1, "x"),
		arena_printf(s->mem, "%s…. No file", whole));
	assert_sound(s->mem, told_of_search(s, &t, LIST_TOLD, "%E2%82%AC"));
	assert_holds(t.last.body, "€€…");
	assert_lacks(t.last.body, "…€");
	assert_sound(s->mem,
		told_of_search(s, &t, LIST_TOLD, "%E2%82%AC%E2%82%ACx"));
	assert_holds(t.last.body, "€€x€…");
}

static enum err
export_of_size(struct site *s, size_t len,
	enum err (*put)(void *arg, const void *bytes, size_t bytes_len))
{
	static const char *const fields[] = { "f" };
	struct request r = { .db = s->db,
		.mem = s->mem,
		.now = s->now,
		.path = "/x.csv",
		.query = "",
		.home = s->home,
		.method = METHOD_GET };
	struct reply_sink to = { put ? put : ask_put, NULL };
	struct list l = { .q = "" };
	struct buf b;

	enum err e;

	buf_init(&b, s->mem, 4 * EXPORT_ROW_MAX);
	to.arg = &b;
	e = export_reply(&r, &(struct export_of){ .what = "x",
				     .list = &l,
				     .fields = fields,
				     .count = 1,
				     .rows = long_rows,
				     .arg = &len });
	if (!e)
		e = r.reply.stream(&r, r.reply.stream_arg, &to);
	assert_true(e || (int64_t)b.len == r.reply.stream_len);
	request_done(&r);
	db_read_only(s->db, false);
	return e;
}

static void
a_row_past_its_limit_makes_no_file(void **state)
{
	struct site *s = *state;

	assert_int_equal(export_of_size(s, EXPORT_ROW_MAX, NULL), ERR_OK);
	assert_int_equal(
		export_of_size(s, EXPORT_CHUNK + EXPORT_ROW_MAX + 1, NULL),
		ERR_TOO_BIG);
	assert_int_equal(export_of_size(s, 10, refuse), ERR_IO);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_query_without_its_pages),
		TEST(every_list_has_both),
		TEST(no_cell_is_a_formula_or_breaks_its_row),
		TEST(what_is_not_understood_makes_no_file),
		TEST(a_page_past_the_end_and_empty_filters_make_a_file_all_the_same),
		TEST(a_long_value_is_cut_where_it_is_told),
		TEST(ten_a_minute_are_made_for_one_session),
		TEST(a_row_past_its_limit_makes_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
