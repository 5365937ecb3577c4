/*
 * machine_ask_test.c: forms that ask a machine, and what its page says of the
 * answers.  That they reach the machine is tests/worker/ask_test.c.
 */
#include "tests/fcgi/machines.h"

#include "tailnet/ask.h"

static int64_t
connected(struct site *s)
{
	return machine(s, &(struct made){ .name = "laptop",
				  .user_id = person_without_password(
					  s, "bob", ROLE_MEMBER),
				  .online = true,
				  .last_seen = NOW,
				  .online_since = NOW - 60 });
}

static struct answer
send(struct tab *t, int64_t id, const char *form, const char *fields)
{
	const char *path = at(t->s, "/admin/machines/", id, "");

	(void)tab_get(t, path);
	tab_choose(t, arena_printf(t->s->mem, "form-%s", form));
	return tab_post(
		t, arena_printf(t->s->mem, "%s/%s", path, form), fields);
}

static struct ask_row
newest(struct site *s, int64_t id)
{
	struct ask_row *rows;
	size_t count;

	assert_int_equal(db_asks(s->db, id, 1, s->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 1);
	return rows[0];
}

/* As the machine's handler stores it. */
static void
answer_it(struct site *s, int64_t id, enum ask_state state, const char *kept)
{
	struct ask_row a = newest(s, id);

	a.state = state;
	a.ended_at = s->now;
	a.took_ms = 12;
	a.answer = kept;
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_ask_end(s->db, &a), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static const char *
page(struct tab *t, int64_t id)
{
	return tab_get(t, at(t->s, "/admin/machines/", id, "")).body;
}

static void
a_ping_is_asked_and_its_answer_stands_at_the_connection(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = connected(s);

	assert_lacks(page(&t, id), "data-fact=\"ping\"");
	assert_int_equal(send(&t, id, "ping", "").status, 303);
	assert_string_equal(
		t.last.reply.flash, at(s, "machine-asked ", id, ""));
	assert_string_equal(newest(s, id).kind, "ping");
	assert_holds(t.last.head,
		arena_printf(s->mem, "/admin/machines/%lld#asked\r\n",
			(long long)id));
	assert_holds(page(&t, id), "data-fact=\"ping\">waiting for an answer");
	assert_lacks(t.last.body, "id=\"flash\""); /* nothing is done yet */
	assert_holds(t.last.body, "id=\"wait\"");
	assert_holds(t.last.body, "the answer comes below.");
	assert_holds(strstr(t.last.body, "id=\"form-ask\""),
		"data-asked=\"ping\">Ping: waiting for an answer");
	assert_sound(s->mem, t.last.body);
	answer_it(s, id, ASK_ANSWERED, "{}");
	assert_holds(page(&t, id), "data-fact=\"ping\">answered after 12 ms");
	assert_int_equal(send(&t, id, "ping", "").status, 303);
	answer_it(s, id, ASK_SILENT, "");
	assert_holds(page(&t, id), "data-fact=\"ping\">no answer, asked ");
}

static void
a_form_that_is_sent_twice_asks_once(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = connected(s), open;
	const char *body;

	(void)page(&t, id);
	tab_choose(&t, "form-ping");
	body = tab_form(&t, "");
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			tab_ask(&t, "POST",
				at(s, "/admin/machines/", id, "/ping"), body)
				.status,
			303);
	assert_int_equal(db_ask_open_count(s->db, id, &open), ERR_OK);
	assert_int_equal(open, 1);
}

static void
answers_are_shown_to_who_may_ask_and_to_no_mere_reader(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_IT_ADMIN);
	struct tab reader = tab_of(s, "eve", ROLE_AUDITOR);
	int64_t id = connected(s);

	assert_int_equal(send(&t, id, "ask", "do=prefs").status, 303);
	assert_string_equal(audit_last(s).action, "machine.asked");
	assert_string_equal(audit_last(s).detail, "prefs");
	assert_holds(page(&t, id), "Asked, no answer yet.");
	answer_it(s, id, ASK_ANSWERED, "{\"RouteAll\":\"true\"}");
	assert_holds(strstr(page(&t, id), "id=\"form-ask\""),
		"data-fact=\"RouteAll\">true</dd>");
	assert_sound(s->mem, t.last.body);
	assert_lacks(page(&reader, id), "RouteAll");
	assert_lacks(reader.last.body, "form-ask");
}

static void
what_a_machine_answers_becomes_no_markup(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = connected(s);

	assert_int_equal(send(&t, id, "ask", "do=health").status, 303);
	answer_it(s, id, ASK_ANSWERED,
		"{\"" HOSTILE_JSON "\":\"" HOSTILE_JSON "\"}");
	assert_lacks(page(&t, id), "<script>alert");
	assert_sound(s->mem, t.last.body);
}

static void
who_is_not_connected_or_owes_answers_is_not_asked(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t away = machine(
		s, &(struct made){ .name = "away", .tags = "[\"tag:a\"]" });
	int64_t id = connected(s);

	assert_int_equal(send(&t, away, "ping", "").status, 303);
	assert_string_equal(
		t.last.reply.flash, at(s, "machine-offline ", away, ""));
	for (int i = 0; i < ASKS_OPEN_MAX; i++)
		assert_string_equal(send(&t, id, "ping", "").reply.flash,
			at(s, "machine-asked ", id, ""));
	assert_string_equal(send(&t, id, "ping", "").reply.flash,
		at(s, "machine-busy ", id, ""));
}

static void
a_page_asks_for_what_it_has_buttons_for(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = connected(s);

	assert_int_equal(send(&t, id, "ask", "do=ping").status, 400);
	assert_int_equal(send(&t, id, "ask", "do=TSMP").status, 400);
	assert_int_equal(send(&t, id, "ask", "do=netmap").status, 400);
	assert_int_equal(send(&t, id, "ask", "").status, 400);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ping_is_asked_and_its_answer_stands_at_the_connection),
		TEST(a_form_that_is_sent_twice_asks_once),
		TEST(answers_are_shown_to_who_may_ask_and_to_no_mere_reader),
		TEST(what_a_machine_answers_becomes_no_markup),
		TEST(who_is_not_connected_or_owes_answers_is_not_asked),
		TEST(a_page_asks_for_what_it_has_buttons_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
