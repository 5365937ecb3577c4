/*
 * access_page_test.c: who reaches what by the policy in force, with the rule.
 */
#include "tests/fcgi/hostile.h"

#include "db/policy_text.h"

#define PAGE "/admin/access"

static const char policy[] =
	"{\"tagOwners\": {\"tag:web\": []},\n"
	"\"groups\": {\"group:dev\": [\"bob@\"]},\n"
	"\"grants\": [\n"
	"{\"src\": [\"ann@\"], \"dst\": [\"tag:web\"], \"ip\": "
	"[\"tcp:443\", \"tcp:80-90\"]},\n"
	"{\"src\": [\"group:dev\"], \"dst\": [\"*\"], \"ip\": [\"*\"]}]}";

/* Whatever is enforced so far: straight into the table. */
static void
begin(struct site *s, struct tab *eve)
{
	struct policy_text p = { .text = policy, .author = "cli" };

	*eve = tab_of(s, "eve", ROLE_AUDITOR);
	machine_of(s, person_without_password(s, "ann", ROLE_MEMBER), "laptop");
	machine_of(s, person_without_password(s, "bob", ROLE_MEMBER), "desk");
	machine_of(s, 0, "web");
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_policy_add(s->db, &p, &p.id), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static void
what_one_reaches_is_listed_with_its_rule(void **state)
{
	struct site *s = *state;
	struct tab eve;

	begin(s, &eve);
	tab_get(&eve, PAGE);
	assert_int_equal(eve.last.status, 200);
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "<h1>Who reaches what</h1>");
	assert_lacks(eve.last.body, "id=\"reach\"");
	tab_get(&eve, PAGE "?src=laptop");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "What laptop reaches");
	assert_holds(eve.last.body, ">tcp 443, 80-90</td>");
	assert_holds(eve.last.body, "href=\"/admin/policy?line=4\">line 4</a>");
	assert_lacks(eve.last.body, ">desk</a></td>");
	tab_get(&eve, PAGE "?dst=web");
	assert_holds(eve.last.body, "Who reaches web");
	assert_holds(eve.last.body, ">laptop</a></th>");
	assert_holds(eve.last.body, ">desk</a></th>");
	assert_holds(eve.last.body, ">all ports</td>");
	assert_holds(eve.last.body, "<option value=\"tag:web\"");
	assert_holds(eve.last.body, "<option value=\"group:dev\"");
}

static void
set_policy(struct site *s, struct buf *text)
{
	struct policy_text p = { .author = "cli" };

	buf_put(text, "", 1);
	p.text = (const char *)text->bytes;
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_policy_add(s->db, &p, &p.id), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static void
long_lists_are_cut_and_say_so(void **state)
{
	struct site *s = *state;
	struct tab eve;
	struct buf b;

	begin(s, &eve);
	buf_init(&b, s->mem, SIZE_MAX);
	buf_puts(&b, "{\"acls\":[{\"action\":\"accept\",\"src\":[\"*\"],"
		     "\"dst\":[\"*:1");
	for (int i = 1; i < 150; i++)
		buf_putf(&b, ",%d", 2 * i + 1);
	buf_puts(&b, "\"]}");
	for (int i = 1; i < 600; i++)
		buf_puts(&b, ",{\"action\":\"accept\",\"src\":[\"*\"],"
			     "\"dst\":[\"*:22\"]}");
	buf_puts(&b, "]}");
	set_policy(s, &b);
	tab_get(&eve, PAGE "?src=laptop&dst=desk");
	assert_int_equal(eve.last.status, 200);
	assert_holds(eve.last.body, "197, 199, and 50 more</td>");
	assert_holds(eve.last.body, "<p id=\"reach-left\">These are the first "
				    "100 rows of more. Ask for fewer");
	assert_true(strstr(eve.last.body, "id=\"reach-left\"") <
		    strstr(eve.last.body, "id=\"reach\""));
}

static size_t
rows_in(const char *body)
{
	size_t count = 0;

	while ((body = strstr(body, "<tr data-kind"))) {
		body++;
		count++;
	}
	return count;
}

/* Machines that no rule tells apart are one, however many they are. */
static void
machines_of_one_kind_are_one_on_both_sides(void **state)
{
	static const char own[] = "{\"tagOwners\": {\"tag:web\": []},\n"
				  "\"grants\": [\n"
				  "{\"src\": [\"autogroup:member\"], \"dst\": "
				  "[\"autogroup:self\"], \"ip\": [\"*\"]},\n"
				  "{\"src\": [\"autogroup:member\"], \"dst\": "
				  "[\"tag:web\"], \"ip\": [\"tcp:443\"]}]}";
	struct site *s = *state;
	int64_t cem, ann;
	struct tab eve;
	struct user u;
	struct buf b;

	begin(s, &eve);
	assert_int_equal(db_user_by_name(s->db, "ann", s->mem, &u), ERR_OK);
	ann = u.id;
	cem = person_without_password(s, "cem", ROLE_MEMBER);
	for (int i = 0; i < 60; i++)
		machine_of(
			s, i % 2 ? ann : cem, arena_printf(s->mem, "box%d", i));
	buf_init(&b, s->mem, SIZE_MAX);
	buf_puts(&b, own);
	set_policy(s, &b);
	/* All to the web, and to their own but for bob, who has one alone. */
	tab_get(&eve, PAGE "?src=autogroup:member");
	assert_sound(s->mem, eve.last.body);
	assert_lacks(eve.last.body, "reach-left");
	assert_int_equal(rows_in(eve.last.body), 2);
	assert_holds(eve.last.body, " and 58 more</th>");
	assert_holds(eve.last.body, " and 57 more</th>");
	assert_holds(eve.last.body, ">other machines of the same user</td>");
	tab_get(&eve, PAGE "?src=ann@");
	assert_int_equal(rows_in(eve.last.body), 2);
	assert_holds(eve.last.body, " and 27 more</th>");
	assert_holds(eve.last.body, " and 27 more</td>");
	/* One alone does not reach itself. */
	tab_get(&eve, PAGE "?src=bob@");
	assert_int_equal(rows_in(eve.last.body), 1);
	tab_get(&eve, PAGE "?src=laptop&dst=ann@");
	assert_lacks(strstr(eve.last.body, "id=\"reach\""), "laptop</a>,");
	assert_holds(eve.last.body, " and 26 more</td>");
}

/* A row for all that have the same ways, from either side. */
static void
those_with_the_same_ways_share_a_row(void **state)
{
	struct site *s = *state;
	struct tab eve;
	const char *row;
	struct buf b;

	begin(s, &eve);
	for (int i = 0; i < 9; i++)
		machine_of(s, 0, arena_printf(s->mem, "web%d", i));
	tab_get(&eve, PAGE "?src=laptop&dst=tag:web");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, ">web2</a> and 6 more</td>");
	row = strstr(eve.last.body, "<tr data-kind");
	assert_non_null(row);
	assert_null(strstr(row + 1, "<tr data-kind"));
	tab_get(&eve, PAGE "?src=group:dev&dst=tag:web");
	assert_holds(eve.last.body, ">desk</a></th>");
	assert_holds(eve.last.body, ">web2</a> and 6 more</td>");
	buf_init(&b, s->mem, SIZE_MAX);
	buf_puts(&b, "{}");
	set_policy(s, &b);
	tab_get(&eve, PAGE "?src=tag:web&dst=laptop");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, ">web2</a> and 6 more</th>");
}

static void
the_verdict_names_the_rule_or_the_nearest_miss(void **state)
{
	static const char *const cases[][3] = {
		{ "?src=laptop&dst=tag:web&port=443", "yes", "line 4" },
		{ "?src=ann@&dst=web&port=85&proto=tcp", "yes", "line 4" },
		{ "?src=ann&dst=web&port=22", "no",
			" allows tcp 443, 80-90 only." },
		{ "?src=laptop&dst=desk", "no",
			"line 5</a> is for group:dev, and laptop is not in "
			"group:dev." },
		{ "?src=group:dev&dst=laptop&port=53&proto=udp", "yes",
			"line 5" },
		{ "?src=desk&dst=192.0.2.1&port=80", "yes", "line 5" },
		{ "?src=web&dst=laptop", "no",
			"line 5</a> is for group:dev, and web is not in "
			"group:dev." },
		{ "?src=desk&dst=192.0.2.1&port=80", "yes",
			"No machine has 192.0.2.1 or advertises a route to "
			"it." },
		{ "?src=laptop&dst=web&port=443", "yes",
			"data-hindrance=\"\">web is not online.</div>" },
	};
	struct site *s = *state;
	struct tab eve;

	begin(s, &eve);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&eve, arena_printf(s->mem, PAGE "%s", cases[i][0]));
		assert_int_equal(eve.last.status, 200);
		assert_sound(s->mem, eve.last.body);
		assert_holds(eve.last.body,
			arena_printf(s->mem,
				"id=\"verdict\" data-allowed=\"%s\"",
				cases[i][1]));
		assert_holds(eve.last.body, cases[i][2]);
	}
}

static void
a_draft_is_asked_and_not_saved(void **state)
{
	static const char draft[] =
		"src=laptop&dst=web&port=22&text=%7B%22tagOwners%22%3A%7B%22"
		"tag%3Aweb%22%3A%5B%5D%7D%2C%0D%0A%22grants%22%3A%5B%7B%22src"
		"%22%3A%5B%22ann%40%22%5D%2C%22dst%22%3A%5B%22tag%3Aweb%22%5D"
		"%2C%22ip%22%3A%5B%22tcp%3A22%22%5D%7D%5D%7D";
	struct site *s = *state;
	struct policy_text p;
	struct tab eve;

	begin(s, &eve);
	tab_send(&eve, PAGE, PAGE, draft);
	assert_int_equal(eve.last.status, 200);
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "id=\"verdict\" data-allowed=\"yes\"");
	assert_holds(eve.last.body,
		"<a href=\"#policy-text\" data-line=\"2\">line 2</a>");
	assert_holds(eve.last.body, "id=\"draft-note\"");
	assert_holds(eve.last.body, "tcp:22&quot;]}]}</textarea>");
	tab_post(&eve, PAGE, "src=laptop&text=%7B%22grants%22%3A1%7D");
	assert_int_equal(eve.last.status, 422);
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "id=\"check\" data-result=\"error\"");
	assert_holds(eve.last.body, "<li data-line=\"1\"");
	assert_lacks(eve.last.body, "id=\"reach\"");
	assert_int_equal(db_policy_current(s->db, s->mem, &p), ERR_OK);
	assert_string_equal(p.text, policy);
	tab_get(&eve, PAGE "?src=laptop&dst=web&port=22");
	assert_holds(eve.last.body, "id=\"verdict\" data-allowed=\"no\"");
}

static void
what_is_nobody_is_said(void **state)
{
	static const char *const cases[][2] = {
		{ "?src=nobody",
			"is no machine, address, user, tag, group or host" },
		{ "?dst=tag:none", "names no machine" },
		{ "?src=laptop&port=x", "Enter a port from 0 to 65535" },
		{ "?src=laptop&port=1&proto=bogus", "Enter a port" },
		{ "?src=nobody&dst=else&port=x",
			"like tcp or udp. &quot;nobody&quot; is no machine" },
		{ "?src=nobody&dst=else&port=x",
			"host. &quot;else&quot; is no machine" },
	};
	struct site *s = *state;
	struct tab eve;

	begin(s, &eve);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&eve, arena_printf(s->mem, PAGE "%s", cases[i][0]));
		assert_int_equal(eve.last.status, 200);
		assert_sound(s->mem, eve.last.body);
		assert_holds(eve.last.body, "id=\"filter-note\"");
		assert_holds(eve.last.body, cases[i][1]);
	}
}

static void
hostile_words_stay_text(void **state)
{
	struct site *s = *state;
	struct tab eve;

	begin(s, &eve);
	tab_get(&eve, arena_printf(s->mem, PAGE "?src=%s&dst=%s",
			      text_url_encode(s->mem, HOSTILE),
			      text_url_encode(s->mem, HOSTILE)));
	assert_harmless(s, eve.last.body);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_one_reaches_is_listed_with_its_rule),
		TEST(those_with_the_same_ways_share_a_row),
		TEST(machines_of_one_kind_are_one_on_both_sides),
		TEST(long_lists_are_cut_and_say_so),
		TEST(the_verdict_names_the_rule_or_the_nearest_miss),
		TEST(a_draft_is_asked_and_not_saved),
		TEST(what_is_nobody_is_said),
		TEST(hostile_words_stay_text),
	};

	return cmocka_run_group_tests_name(
		"fcgi/access_page", tests, NULL, NULL);
}
