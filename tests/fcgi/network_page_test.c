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
	row = row_of(s, eve.last.body, "phone", ">nas</a>");
	assert_holds(row, "data-col=\"ports\">443</td>");
	assert_holds(row, "href=\"/admin/policy?line=3\">line 3</a>");
	row = row_of(s, eve.last.body, "desk", ">nas</a>");
	assert_holds(row, ">tcp 22 (SSH); SSH as root</td>");
	row = row_of(s, eve.last.body, "desk", ">phone</a>");
	assert_holds(row, ">all ports</td>");
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
	(void)row_of(s, eve.last.body, "ann", ">443</td>");
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
	row = row_of(s, eve.last.body, "phone", ">tablet</a>");
	assert_holds(row, "tcp 7777");
	tab_get(&eve, PAGE "?by=tag");
	row = row_of(s, eve.last.body, "people's machines", "all ports");
	assert_holds(row, "not the same for all of them");
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
	tab_get(&eve, PAGE);
	assert_sound(s->mem, eve.last.body);
	assert_lacks(eve.last.body, "id=\"grouped\"");
	assert_holds(eve.last.body, ">m000</");
	machine_of(s, people[1], "last");
	tab_get(&eve, PAGE);
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "id=\"grouped\"");
	assert_holds(eve.last.body, "41 machines are too many");
	assert_lacks(eve.last.body, ">m000</");
	assert_holds(eve.last.body, "ann (38)");
	/* One of them alone, by its id. */
	focus = arena_printf(s->mem, PAGE "?focus=machine:%d",
		(int)machine_of(s, people[0], "alone"));
	tab_get(&eve, focus);
	(void)row_of(s, eve.last.body, "alone", ">443</td>");
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
paths_say_what_clients_found(void **state)
{
	struct site *s = *state;
	struct tab eve;
	int64_t people[2];

	begin(s, &eve, people);
	tab_get(&eve, PAGE "?view=paths");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "<table id=\"paths\"");
	assert_holds(eve.last.body, "Not known: it has not said");
	assert_lacks(eve.last.body, "id=\"matrix\"");
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
		TEST(forty_machines_are_drawn_and_one_more_is_grouped),
		TEST(owners_beyond_the_limit_are_the_rest),
		TEST(paths_say_what_clients_found),
		TEST(hostile_names_stay_text_in_the_picture),
	};

	return cmocka_run_group_tests_name(
		"fcgi/network_page", tests, NULL, NULL);
}
