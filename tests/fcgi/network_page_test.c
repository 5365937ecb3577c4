/*
 * network_page_test.c: the tailnet as a table in words and as a picture.
 */
#include "tests/fcgi/hostile.h"

#include "db/policy_text.h"
#include "tailnet/network.h"

#define PAGE    "/admin/network"
#define PICTURE "/admin/network.svg"

static const char policy[] =
	"{\"tagOwners\": {\"tag:web\": []},\n"
	"\"grants\": [\n"
	"{\"src\": [\"ann@\"], \"dst\": [\"tag:web\"], \"ip\": [\"443\"]},\n"
	"{\"src\": [\"bob@\"], \"dst\": [\"tag:web\"], \"ip\": [\"tcp:22\"]},\n"
	"{\"src\": [\"ann@\"], \"dst\": [\"bob@\"], \"ip\": [\"*\"]},\n"
	"{\"src\": [\"bob@\"], \"dst\": [\"ann@\"], \"ip\": [\"*\"]},\n"
	"{\"src\": [\"autogroup:member\"], \"dst\": [\"autogroup:self\"], "
	"\"ip\": [\"tcp:7777\"]}],\n"
	"\"ssh\": [{\"action\": \"accept\", \"src\": [\"bob@\"], \"dst\": "
	"[\"tag:web\"], \"users\": [\"root\"]}]}";

static void
set_policy(struct site *s, const char *text)
{
	struct policy_text p = { .text = text, .author = "cli" };

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_policy_add(s->db, &p, &p.id), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static void
begin(struct site *s, struct tab *eve, int64_t people[2])
{
	*eve = tab_of(s, "eve", ROLE_AUDITOR);
	people[0] = person_without_password(s, "ann", ROLE_MEMBER);
	people[1] = person_without_password(s, "bob", ROLE_MEMBER);
	machine_of(s, people[0], "phone");
	machine_of(s, people[1], "desk");
	machine_of(s, 0, "nas");
	set_policy(s, policy);
}

/* From <tr>, whose first cell is that, to its end; the first that holds the
 * word. */
static const char *
row_of(struct site *s, const char *body, const char *from, const char *word)
{
	const char *head = arena_printf(s->mem, "\">%s</a>", from);

	for (const char *at = body; (at = strstr(at, "<tr><th"));) {
		const char *end = strstr(at, "</tr>");
		const char *row =
			arena_printf(s->mem, "%.*s", (int)(end - at), at);
		const char *first = strstr(row, head);

		if (first && first < strstr(row, "</th>") && strstr(row, word))
			return row;
		at = end;
	}
	fail_msg("no row of %s with %s in %s", from, word, body);
	return NULL;
}

static void
the_matrix_says_in_words_what_is_open(void **state)
{
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];
	const char *row;

	begin(s, &eve, people);
	tab_get(&eve, PAGE);
	assert_int_equal(eve.last.status, 200);
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "data-page=\"network\"");
	assert_holds(eve.last.body, "<table id=\"matrix\" class=\"grid\">");
	row = row_of(s, eve.last.body, "phone", "To nas");
	assert_holds(row,
		"<td data-label=\"To nas\"><div><a href=\"/admin/access?src="
		"phone&amp;dst=nas\">443</a>");
	assert_holds(row, "href=\"/admin/policy?line=3\">line 3</a>");
	/* Nobody is said to reach itself. */
	assert_holds(row, "<td></td>");
	row = row_of(s, eve.last.body, "desk", "To nas");
	assert_holds(row, ">tcp 22 (SSH); SSH as root</a>");
	assert_holds(row, "data-label=\"To phone\"");
	assert_holds(row, ">all ports</a>");
	assert_lacks(eve.last.body, "7777");
}

static void
the_picture_has_a_pattern_for_each_direction(void **state)
{
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];

	begin(s, &eve, people);
	tab_get(&eve, PAGE);
	assert_holds(eve.last.body, "<svg id=\"network\" role=\"img\"");
	assert_holds(eve.last.body, "<title>phone → nas: 443</title>");
	assert_holds(eve.last.body, "data-line=\"one\"");
	assert_holds(eve.last.body, "stroke-dasharray=\"7 4\"");
	assert_holds(eve.last.body, "<title>desk → nas: tcp 22 (SSH)</title>");
	assert_holds(eve.last.body, "data-line=\"ssh\"");
	assert_holds(eve.last.body, "<title>desk ↔ phone: all ports</title>");
	assert_holds(eve.last.body, "data-line=\"both\"");
}

static void
the_same_state_is_the_same_bytes_and_a_file(void **state)
{
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];
	const char *first;

	begin(s, &eve, people);
	tab_get(&eve, PICTURE);
	assert_int_equal(eve.last.status, 200);
	assert_holds(eve.last.head, "image/svg+xml");
	assert_holds(eve.last.head, "no-referrer"); /* as of any file */
	assert_holds(eve.last.body, "xmlns=\"http://www.w3.org/2000/svg\"");
	assert_null(strstr(eve.last.body, "<!DOCTYPE"));
	first = arena_strdup(s->mem, eve.last.body);
	tab_get(&eve, PICTURE);
	assert_string_equal(eve.last.body, first);
}

static void
one_node_alone_is_looked_at_by_focus(void **state)
{
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];

	begin(s, &eve, people);
	tab_get(&eve, arena_printf(s->mem, PAGE "?by=user&focus=user:%d",
			      (int)people[0]));
	assert_sound(s->mem, eve.last.body);
	(void)row_of(s, eve.last.body, "ann", ">443</a>");
	assert_lacks(eve.last.body, "tcp 22 (SSH)");
	tab_get(&eve, PAGE "?by=user&focus=user:999");
	assert_holds(eve.last.body, "id=\"filter-note\"");
	assert_holds(eve.last.body, "tcp 22 (SSH)");
}

static void
own_machines_are_told_from_those_of_others(void **state)
{
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];
	const char *row;

	begin(s, &eve, people);
	machine_of(s, people[0], "tablet");
	tab_get(&eve, PAGE "?by=machine");
	row = row_of(s, eve.last.body, "phone", "To tablet");
	assert_holds(row, "tcp 7777");
	tab_get(&eve, PAGE "?by=tag");
	row = row_of(s, eve.last.body, "people's machines", "all ports");
	assert_holds(row, "not the same for all of them");
}

/* Those of each column, from one that is asked for alone. */
static void
every_cell_leads_to_why(void **state)
{
	static const char *const by[] = { "machine", "user", "tag" };
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];

	begin(s, &eve, people);
	machine_of(s, people[0], "tablet");
	set_policy(s,
		"{\"tagOwners\": {\"tag:web\": []}, \"grants\": [{\"src\": "
		"[\"*\"], \"dst\": [\"*\"], \"ip\": [\"tcp:22\"]}]}");
	for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
		size_t links = 0;
		const char *page;

		tab_get(&eve, arena_printf(s->mem, PAGE "?by=%s", by[i]));
		page = eve.last.body;
		assert_holds(page, "class=\"grid\"");
		while ((page = strstr(page, "href=\"/admin/access?src="))) {
			const char *end = strchr(page += 6, '"');

			tab_get(&eve, browser_text(s->mem, page, end));
			assert_int_equal(eve.last.status, 200);
			assert_holds(eve.last.body, "data-allowed=\"yes\"");
			links++;
		}
		assert_true(links >= 3);
	}
}

/* Of columns twelve, of cells sixty, and of what is larger a list. */
static void
what_is_too_large_for_a_grid_is_a_list(void **state)
{
	static const struct {
		int sources, targets;
		bool grid;
	} cases[] = { { 1, 12, true }, { 1, 13, false }, { 5, 12, true },
		{ 6, 11, false }, { 6, 10, true } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct site *s = *state;
		struct tab eve;
		struct buf b;

		(void)site_close(state);
		assert_int_equal(site_open(state), 0);
		s = *state;
		eve = tab_of(s, "eve", ROLE_AUDITOR);
		buf_init(&b, s->mem, SIZE_MAX);
		buf_puts(&b, "{\"tagOwners\": {\"tag:web\": []}, \"grants\": "
			     "[{\"src\": [");
		for (int k = 0; k < cases[i].sources; k++)
			buf_putf(&b, "%s\"s%d@\"", k ? ", " : "", k);
		buf_puts(&b, "], \"dst\": [\"tag:web\"], \"ip\": [\"443\"]}]}");
		buf_put(&b, "", 1);
		for (int k = 0; k < cases[i].sources; k++)
			machine_of(s,
				person_without_password(s,
					arena_printf(s->mem, "s%d", k),
					ROLE_MEMBER),
				arena_printf(s->mem, "from%d", k));
		for (int k = 0; k < cases[i].targets; k++)
			machine_of(s, 0, arena_printf(s->mem, "to%d", k));
		set_policy(s, (const char *)b.bytes);
		tab_get(&eve, PAGE "?by=machine");
		assert_sound(s->mem, eve.last.body);
		assert_holds(eve.last.body, "<table id=\"matrix\"");
		if (cases[i].grid)
			assert_holds(eve.last.body, "class=\"grid\"");
		else
			assert_lacks(eve.last.body, "class=\"grid\"");
	}
}

static void
make_machines(struct site *s, int64_t user, int count)
{
	for (int i = 0; i < count; i++)
		machine_of(s, user, arena_printf(s->mem, "m%03d", i));
}

static void
forty_machines_are_drawn_and_one_more_is_grouped(void **state)
{
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];
	char *focus;

	begin(s, &eve, people);
	make_machines(s, people[0], NETWORK_NODES - 3);
	tab_get(&eve, PAGE "?by=machine");
	assert_sound(s->mem, eve.last.body);
	assert_lacks(eve.last.body, "id=\"grouped\"");
	assert_holds(eve.last.body, ">m000</");
	machine_of(s, people[1], "last");
	tab_get(&eve, PAGE "?by=machine");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "id=\"grouped\"");
	assert_holds(eve.last.body, "41 machines are too many");
	assert_lacks(eve.last.body, ">m000</");
	assert_holds(eve.last.body, "ann (38)");
	/* One of them alone, by its id. */
	focus = arena_printf(s->mem, PAGE "?focus=machine:%d",
		(int)machine_of(s, people[0], "alone"));
	tab_get(&eve, focus);
	(void)row_of(s, eve.last.body, "alone", ">443<");
}

static void
few_machines_are_shown_one_by_one_and_more_by_user(void **state)
{
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];

	begin(s, &eve, people);
	make_machines(s, people[0], NETWORK_FEW - 3);
	tab_get(&eve, PAGE);
	assert_holds(eve.last.body, "aria-current=\"true\">Machines</a>");
	assert_holds(eve.last.body, ">m000</");
	machine_of(s, people[1], "last");
	tab_get(&eve, PAGE);
	assert_holds(eve.last.body, "aria-current=\"true\">Users</a>");
	assert_lacks(eve.last.body, ">m000</");
	assert_lacks(eve.last.body, "id=\"grouped\"");
}

static void
who_reach_each_other_have_a_loop(void **state)
{
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];

	begin(s, &eve, people);
	machine_of(s, people[0], "tablet");
	machine_of(s, 0, "web");
	set_policy(s,
		"{\"tagOwners\": {\"tag:web\": []}, \"grants\": [{\"src\": "
		"[\"tag:web\"], \"dst\": [\"tag:web\"], \"ip\": [\"tcp:22\"]"
		"}, {\"src\": [\"autogroup:member\"], \"dst\": "
		"[\"autogroup:self\"], \"ip\": [\"443\"]}]}");
	tab_get(&eve, PAGE "?by=user");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "<path data-line=\"each\"");
	assert_holds(eve.last.body,
		"<title>tag:web (2) ↔ each other: tcp 22</title>");
	assert_holds(eve.last.body, "<title>ann (2) ↔ each other: 443</title>");
	tab_get(&eve, PAGE "?by=tag");
	assert_holds(eve.last.body, "↔ each their own: 443</title>");
	assert_holds(eve.last.body, ">each their own: 443</a>");
	assert_lacks(eve.last.body, "data-line=\"both\"");
}

static size_t
count_of(const char *body, const char *words)
{
	size_t n = 0;

	for (; (body = strstr(body, words)); body++)
		n++;
	return n;
}

/* Three lines that lead to one, and one that says something else. */
static void
what_all_lines_of_one_say_is_said_once(void **state)
{
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];

	begin(s, &eve, people);
	machine_of(s, people[0], "tablet");
	machine_of(s, people[0], "pad");
	set_policy(s,
		"{\"tagOwners\": {\"tag:web\": []}, \"grants\": [{\"src\": "
		"[\"ann@\"], \"dst\": [\"tag:web\"], \"ip\": [\"443\"]}, "
		"{\"src\": [\"ann@\"], \"dst\": [\"bob@\"], \"ip\": "
		"[\"tcp:22\"]}]}");
	tab_get(&eve, PICTURE);
	assert_int_equal(count_of(eve.last.body, ": 443</title>"), 3);
	assert_int_equal(count_of(eve.last.body, ">443</text>"), 1);
	assert_int_equal(count_of(eve.last.body, ">tcp 22</text>"), 1);
}

static void
owners_beyond_the_limit_are_the_rest(void **state)
{
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];

	begin(s, &eve, people);
	for (int i = 0; i < NETWORK_NODES; i++)
		machine_of(s,
			person_without_password(s,
				arena_printf(s->mem, "user%02d", i),
				ROLE_MEMBER),
			arena_printf(s->mem, "of%02d", i));
	tab_get(&eve, PAGE "?by=user");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, ">4 others</");
}

static void
owners_are_counted_and_each_has_their_own(void **state)
{
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];
	const char *row;

	begin(s, &eve, people);
	machine_of(s, people[0], "tablet");
	tab_get(&eve, PAGE "?by=user");
	row = row_of(s, eve.last.body, "ann", "tcp 7777");
	assert_holds(row, "</a> (2)");
	assert_holds(row, ">each other: tcp 7777</a>");
	set_policy(s,
		"{\"grants\": [{\"src\": [\"autogroup:member\"], \"dst\": "
		"[\"autogroup:self\"], \"ip\": [\"*\"]}]}");
	tab_get(&eve, PAGE "?by=tag");
	(void)row_of(s, eve.last.body, "people's machines",
		">each their own: all ports</a>");
	set_policy(s, "{}");
	tab_get(&eve, PAGE "?by=user");
	(void)row_of(s, eve.last.body, "ann", ">each other: all ports</a>");
}

static void
a_long_name_is_cut_between_letters_and_whole_beside_it(void **state)
{
	/* 23 letters fit, of however many bytes. */
	static const char fits[] = "äääääääääääääääääääääää",
			  longer[] = "aaaaaaaaaaaaöööööööööööö";
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);
	int64_t user = person_without_password(s, "ann", ROLE_MEMBER);

	machine_of(s, user, fits);
	machine_of(s, user, longer);
	tab_get(&eve, PICTURE);
	assert_holds(eve.last.body, ">äääääääääääääääääääääää</text>");
	assert_holds(eve.last.body, ">aaaaaaaaaaaaööööööööööö…</text>");
	assert_holds(eve.last.body,
		arena_printf(s->mem, "<title>%s</title>", longer));
	assert_lacks(
		eve.last.body, arena_printf(s->mem, "<title>%s</title>", fits));
	assert_holds(eve.last.body, "<title id=\"network-title\">");
	assert_lacks(eve.last.body, "network-title\"></title>");
}

static void
the_view_that_is_shown_is_marked(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	tab_get(&eve, PAGE "?by=tag");
	assert_holds(eve.last.body, "id=\"empty\">No machine has joined yet. ");
	assert_holds(eve.last.body,
		"<a href=\"" PAGE "?by=tag\" aria-current=\"true\">");
	assert_holds(eve.last.body, "<a href=\"" PAGE "?by=user\">");
	assert_holds(eve.last.body, "<a href=\"" PAGE "?view=paths\">");
	tab_get(&eve, PAGE "?view=paths");
	assert_holds(eve.last.body, "?view=paths\" aria-current=\"true\">");
	assert_lacks(eve.last.body, "?by=machine\" aria-current");
}

static void
hostile_names_stay_text_in_the_picture(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);
	int64_t user = person_without_password(s, "ann", ROLE_MEMBER);

	machine_of(s, user, HOSTILE);
	machine_of(s, user, "</text></svg><script>alert(1)</script>");
	tab_get(&eve, PAGE);
	assert_harmless(s, eve.last.body);
	assert_holds(eve.last.body, "&lt;/text&gt;");
	tab_get(&eve, PICTURE);
	assert_lacks(eve.last.body, "<script>");
	tab_get(&eve, arena_printf(s->mem, PAGE "?by=%s&focus=%s&view=%s",
			      text_url_encode(s->mem, HOSTILE),
			      text_url_encode(s->mem, HOSTILE),
			      text_url_encode(s->mem, HOSTILE)));
	assert_harmless(s, eve.last.body);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_matrix_says_in_words_what_is_open),
		TEST(the_picture_has_a_pattern_for_each_direction),
		TEST(the_same_state_is_the_same_bytes_and_a_file),
		TEST(one_node_alone_is_looked_at_by_focus),
		TEST(own_machines_are_told_from_those_of_others),
		TEST(every_cell_leads_to_why),
		TEST(what_is_too_large_for_a_grid_is_a_list),
		TEST(forty_machines_are_drawn_and_one_more_is_grouped),
		TEST(few_machines_are_shown_one_by_one_and_more_by_user),
		TEST(who_reach_each_other_have_a_loop),
		TEST(what_all_lines_of_one_say_is_said_once),
		TEST(owners_beyond_the_limit_are_the_rest),
		TEST(owners_are_counted_and_each_has_their_own),
		TEST(a_long_name_is_cut_between_letters_and_whole_beside_it),
		TEST(the_view_that_is_shown_is_marked),
		TEST(hostile_names_stay_text_in_the_picture),
	};

	return cmocka_run_group_tests_name(
		"fcgi/network_page", tests, NULL, NULL);
}
