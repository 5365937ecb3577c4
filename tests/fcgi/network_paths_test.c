/*
 * network_paths_test.c: what each machine found of its own network, as a list.
 */
#include "tests/fcgi/hostile.h"

#include "db/live.h"
#include "fcgi/list.h"

#define PATHS "/admin/network?view=paths"

static void
say(struct site *s, int64_t node, int64_t derp, const char *net_info)
{
	const struct live l = { .node_id = node,
		.online = true,
		.home_derp = derp,
		.hostinfo =
			arena_printf(s->mem, "{\"NetInfo\":{%s}}", net_info) };

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_live_put(s->db, &l), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

/* Ann's phone, which was never there, and four with tags that are. */
static void
five(struct site *s)
{
	machine_of(s, person_without_password(s, "ann", ROLE_MEMBER), "phone");
	say(s, machine_of(s, 0, "good"), 900, "\"WorkingUDP\":true");
	say(s, machine_of(s, 0, "mute"), 7, "\"WorkingUDP\":false");
	say(s, machine_of(s, 0, "hard"), 0,
		"\"WorkingUDP\":true,\"MappingVariesByDestIP\":true");
	say(s, machine_of(s, 0, "shy"), 0, "");
}

/* The row of that machine, or all of it from there on. */
static const char *
path_of(struct site *s, const char *body, const char *name)
{
	const char *from =
		strstr(body, arena_printf(s->mem, "\">%s</a></th>", name));

	assert_non_null(from);
	return arena_printf(
		s->mem, "%.*s", (int)(strstr(from, "</tr>") - from), from);
}

static void
paths_say_what_clients_found(void **state)
{
	static const struct {
		const char *name, *now, *relay, *path;
	} cases[] = {
		{ "phone", "offline", "none", "Not known: it has not said" },
		{ "good", "online", "this server", "Direct, wherever" },
		{ "mute", "online", "region 7", "Relayed: no UDP" },
		{ "hard", "online", "none", "Direct to most" },
		{ "shy", "online", "none", "Not known: it has not said" },
	};
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	five(s);
	tab_get(&eve, PATHS);
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "<table id=\"paths\"");
	assert_lacks(eve.last.body, "id=\"matrix\"");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *row = path_of(s, eve.last.body, cases[i].name);

		assert_holds(row, arena_printf(s->mem,
					  "data-col=\"now\" "
					  "data-label=\"Now\">%s</td>",
					  cases[i].now));
		assert_holds(row, arena_printf(s->mem,
					  "data-label=\"Home relay\">%s</td>",
					  cases[i].relay));
		assert_holds(row, cases[i].path);
	}
}

static void
they_are_searched_by_machine_and_by_what_stands_in_the_row(void **state)
{
	static const char *const names[] = { "phone", "good", "mute", "hard",
		"shy" };
	static const struct {
		const char *q, *first_letters;
	} cases[] = {
		{ "mute", "m" },
		{ "ann", "p" },
		{ "tag:web", "gmhs" },
		{ "online", "gmhs" },
		{ "offline", "p" },
		{ "RELAYED", "mh" },
		{ "relayed+-nat", "m" },
		{ "direct+online", "gh" },
		{ "%22this+server%22", "g" },
		{ "%22region+7%22", "m" },
		{ "-direct+-tag:web", "p" },
		{ "%22server+this%22", "" },
	};
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	five(s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *letters = cases[i].first_letters;

		tab_get(&eve, arena_printf(s->mem, PATHS "&q=%s", cases[i].q));
		assert_sound(s->mem, eve.last.body);
		for (size_t k = 0; k < 5; k++)
			assert_int_equal(
				strstr(eve.last.body,
					arena_printf(s->mem, "\">%s</a></th>",
						names[k])) != NULL,
				strchr(letters, names[k][0]) != NULL);
		assert_holds(eve.last.body,
			arena_printf(s->mem,
				"%zu of 5 machines <a href=\"" PATHS
				"\">Clear</a>",
				strlen(letters)));
	}
	assert_holds(eve.last.body,
		"id=\"none\">Nothing matches. <a href=\"" PATHS "\">Clear<");
	assert_lacks(eve.last.body, "<table id=\"paths\"");
}

/* Of a search too, whose links keep it. */
static void
fifty_make_a_page_by_name(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	for (int i = 0; i < 2 * LIST_ROWS + 3; i++)
		machine_of(s, 0,
			arena_printf(s->mem, "%s%d", i % 2 ? "x" : "a", i));
	tab_get(&eve, PATHS);
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, ">103 machines</p>");
	assert_int_equal(
		sound_count(eve.last.body, "<tr id=\"machine-"), LIST_ROWS);
	assert_true(strstr(eve.last.body, ">a2</a>") <
		    strstr(eve.last.body, ">a10</a>"));
	assert_lacks(eve.last.body, ">x99</a>");
	assert_holds(eve.last.body, "<nav aria-label=\"Pages\">");
	assert_holds(eve.last.body,
		"<a href=\"/admin/network?view=paths&amp;page=2\" "
		"rel=\"next\">");
	assert_holds(eve.last.body, "aria-sort=\"ascending\">"
				    "<a href=\"/admin/network?view=paths&amp;"
				    "sort=-name\">Machine</a>");
	tab_get(&eve, PATHS "&page=9");
	assert_int_equal(sound_count(eve.last.body, "<tr id=\"machine-"), 3);
	assert_holds(eve.last.body, ">x101</a>");
	tab_get(&eve, PATHS "&q=x&sort=-name&page=2");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "51 of 103 machines");
	assert_int_equal(sound_count(eve.last.body, "<tr id=\"machine-"), 1);
	assert_holds(eve.last.body, ">x1</a>");
	assert_holds(eve.last.body,
		"<a href=\"/admin/network?view=paths&amp;q=x&amp;sort=-name\" "
		"rel=\"prev\">");
	assert_holds(eve.last.body,
		"<input type=\"hidden\" name=\"view\" value=\"paths\"");
	assert_holds(eve.last.body, "name=\"sort\" value=\"-name\"");
}

static void
what_is_not_understood_is_named(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	five(s);
	tab_get(&eve, PATHS "&sort=colour&page=x");
	assert_holds(eve.last.body, "Not understood and left out: sort, page.");
	assert_holds(eve.last.body, ">5 machines</p>");
}

static void
no_machine_is_said_with_the_next_step(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	tab_get(&eve, PATHS);
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, ">0 machines</p>");
	assert_holds(eve.last.body, "id=\"empty\">No machine has joined yet. ");
	assert_lacks(eve.last.body, "id=\"none\"");
	assert_lacks(eve.last.body, "<table id=\"paths\"");
}

static void
hostile_names_stay_text(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	machine_of(s, 0, HOSTILE);
	assert_harmless(s, tab_get(&eve, PATHS).body);
	assert_harmless(
		s, tab_get(&eve, arena_printf(s->mem, PATHS "&q=%s",
					 text_url_encode(s->mem, HOSTILE)))
			   .body);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(paths_say_what_clients_found),
		TEST(they_are_searched_by_machine_and_by_what_stands_in_the_row),
		TEST(fifty_make_a_page_by_name),
		TEST(what_is_not_understood_is_named),
		TEST(no_machine_is_said_with_the_next_step),
		TEST(hostile_names_stay_text),
	};

	return cmocka_run_group_tests_name(
		"fcgi/network_paths", tests, NULL, NULL);
}
