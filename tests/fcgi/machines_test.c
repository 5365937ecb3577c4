/*
 * machines_test.c: the list of machines, and that of the own ones.
 */
#include "tests/fcgi/machines.h"

#include "fcgi/list.h"

static struct tab
owner(struct site *s)
{
	return tab_of(s, "ann", ROLE_OWNER);
}

/* In this order. */
static void
assert_order(const char *body, const char *const *parts, size_t count)
{
	const char *from = body;

	for (size_t i = 0; i < count; i++) {
		const char *found = strstr(from, parts[i]);

		if (!found)
			fail_msg("%s is not there, or before the others: %s",
				parts[i], body);
		from = found + strlen(parts[i]);
	}
}

static void
the_admin_side_begins_with_the_overview(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);

	assert_int_equal(tab_get(&t, "/admin").status, 301);
	assert_string_equal(t.last.reply.location, "/admin/");
	assert_int_equal(tab_get(&t, "/admin/").status, 200);
	assert_holds(t.last.body, "data-page=\"overview\"");
}

static void
an_empty_list_says_how_to_begin(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	const char *body = tab_get(&t, "/admin/machines").body;

	assert_int_equal(t.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "<h1>Machines</h1>");
	assert_holds(body, "data-page=\"machines\"");
	assert_holds(body, "data-live=\"machine registration\"");
	assert_holds(body, "id=\"empty\"");
	assert_holds(body, "No machines yet");
	assert_holds(body, "sudo tailscale up --login-server=http");
	assert_holds(body, "<h1>Machines</h1><p><a class=\"button\" "
			   "href=\"/admin/machines/new\">Add machine</a></p>");
	assert_holds(body, "id=\"count\" data-swap=\"\">0 machines</p>");
}

static void
a_row_says_what_there_is_to_know(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t bob = person(s, "bob", ROLE_MEMBER);
	int64_t id = machine(s, &(struct made){ .name = "laptop",
					.hostname = "Bobs Laptop",
					.user_id = bob,
					.online = true,
					.online_since = NOW - 60,
					.last_seen = NOW - 60,
					.ephemeral = true,
					.expires_at = NOW + 86400 });
	struct node n = node_of(s, id);
	const char *body = tab_get(&t, "/admin/machines").body;

	assert_sound(s->mem, body);
	assert_holds(body, at(s, "<tr id=\"machine-", id, "\""));
	assert_holds(body, "data-state=\"online\"");
	assert_holds(
		body, at(s, "<a href=\"/admin/machines/", id, "\">laptop</a>"));
	assert_holds(body, "Bobs Laptop");
	assert_holds(body, ">bob</a>");
	assert_holds(body, n.ipv4);
	assert_holds(body, n.ipv6);
	assert_holds(body, "linux 6.1 · 1.90.2");
	assert_holds(body, "Came online <time datetime=\"");
	assert_holds(body, "data-badge=\"ephemeral\"");
	assert_holds(body, "data-badge=\"expires-soon\"");
	assert_lacks(body, "data-badge=\"no-expiry\"");
	for (size_t i = 0; i < 6; i++) {
		static const char *const cols[] = { "name", "owner",
			"addresses", "os", "seen", "expires" };

		assert_holds(
			body, arena_printf(s->mem, "data-col=\"%s\"", cols[i]));
	}
}

/* What comes of one machine: badges by their words, in order. */
static const char *
badges(struct site *s, const char *body, int64_t id)
{
	const char *mark = "data-badge=\"", *words = "";
	const char *at = strstr(body,
		arena_printf(s->mem, "id=\"machine-%lld\"", (long long)id));
	const char *end = strstr(at, "</tr>");

	while ((at = strstr(at, mark)) && at < end) {
		at += strlen(mark);
		words = arena_printf(s->mem, "%s%.*s ", words,
			(int)(strchr(at, '<') - at), at);
	}
	return words;
}

/* The oldest that is online serves; one without its stream stands by nothing.
 */
static void
routes_are_badges_and_a_filter(void **state)
{
	static const struct {
		const char *name, *routes, *approved;
		bool online;
		const char *badges;
	} made[] = {
		{ "a", "[\"0.0.0.0/0\",\"10.1.0.0/24\",\"10.2.0.0/24\",\"::/0\"]",
			"[\"0.0.0.0/0\",\"10.1.0.0/24\",\"10.2.0.0/24\","
			"\"::/0\"]",
			true, "exit-node\">Exit node subnets\">2 subnets " },
		{ "b", "[\"10.2.0.0/24\",\"10.3.0.0/24\"]",
			"[\"10.2.0.0/24\",\"10.4.0.0/24\"]", true,
			"subnets\">1 subnet routes-waiting\">1 route waits "
			"standby\">Standby " },
		{ "c", "[\"10.2.0.0/24\"]", "[\"10.2.0.0/24\"]", false,
			"subnets\">1 subnet " },
		{ "d", "[\"0.0.0.0/0\",\"::/0\"]", "[]", true,
			"exit-waiting\">Exit node waits " },
		{ "e", "[]", "[\"10.9.0.0/16\"]", true, "" },
		{ "f", "[]", "[]", true, "" },
	};
	static const struct {
		const char *filter, *names;
	} filters[] = { { "any", "abcde" }, { "waiting", "bd" },
		{ "exit", "ad" }, { "none", "abcdef" } };
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t ids[6];
	const char *body;

	for (size_t i = 0; i < 6; i++)
		ids[i] = machine(s, &(struct made){ .name = made[i].name,
					    .tags = "[\"tag:x\"]",
					    .routes = made[i].routes,
					    .approved = made[i].approved,
					    .online = made[i].online });
	body = tab_get(&t, "/admin/machines").body;
	assert_sound(s->mem, body);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(badges(s, body, ids[i]),
			arena_printf(s->mem, "%sno-expiry\">No expiry ",
				made[i].badges));
	for (size_t i = 0; i < 4; i++) {
		body = tab_get(
			&t, arena_printf(s->mem, "/admin/machines?route=%s",
				    filters[i].filter))
			       .body;
		for (size_t k = 0; k < 6; k++)
			assert_int_equal(
				strstr(body, arena_printf(s->mem,
						     "id=\"machine-%lld\"",
						     (long long)ids[k])) !=
					NULL,
				strchr(filters[i].names, made[k].name[0]) !=
					NULL);
	}
	assert_holds(body, "id=\"filter-note\"");
	assert_holds(tab_get(&t, at(s, "/admin/machines/", ids[1], "")).body,
		"data-badge=\"standby\">Standby</span>");
}

static void
each_state_has_its_words(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	const char *body;

	machine(s, &(struct made){ .name = "a",
			   .tags = "[\"tag:x\"]",
			   .unapproved = true });
	machine(s, &(struct made){ .name = "b",
			   .tags = "[\"tag:x\"]",
			   .online = true,
			   .expires_at = NOW - 5 });
	machine(s, &(struct made){ .name = "c", .tags = "[\"tag:x\"]" });
	machine(s, &(struct made){ .name = "d",
			   .tags = "[\"tag:x\",\"tag:y\"]",
			   .last_seen = NOW - 100 });
	body = tab_get(&t, "/admin/machines").body;
	assert_sound(s->mem, body);
	assert_order(body,
		(const char *[]){ "data-state=\"needs-approval\"",
			"Needs approval</span>", "data-state=\"expired\"",
			"Expired <time", "data-state=\"never\"",
			"Never connected", "data-state=\"offline\"",
			"Last seen <time" },
		8);
	assert_holds(body, "<span class=\"tag\">tag:x</span> "
			   "<span class=\"tag\">tag:y</span>");
	assert_holds(body, "data-badge=\"no-expiry\"");
	assert_holds(body, "href=\"/admin/machines?status=needs-approval\">1 "
			   "needs approval</a>");
}

static void
filters_narrow_the_list(void **state)
{
	static const struct {
		const char *query, *names;
	} cases[] = {
		{ "q=alpha", "alpha" },
		{ "q=ALPHA", "alpha" },
		{ "q=bob", "alpha" },
		{ "q=-bob", "beta gamma" },
		{ "q=%22Big+Server%22", "gamma" },
		{ "q=big+-server", "" },
		{ "q=100.70.", "alpha beta gamma" },
		{ "q=windows", "beta" },
		{ "tag=tag:web", "gamma" },
		{ "tag=tag:we", "" },
		{ "tag=web", "gamma" },
		{ "os=windows", "beta" },
		{ "os=Windows", "beta" },
		{ "status=online", "beta" },
		{ "status=never", "alpha" },
		{ "status=offline&q=gamma", "gamma" },
		{ "q=%25", "" },
		{ "version=%3C1.80", "alpha" },
		{ "version=%3E%3D1.80", "gamma" },
		{ "version=%3E%3D1.90.3", "" },
		{ "version=%3C1.90.2", "alpha" },
		{ "expires=7", "beta" },
		{ "expires=40", "alpha beta" },
	};
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t bob = person(s, "bob", ROLE_MEMBER);

	machine(s, &(struct made){ .name = "alpha",
			   .user_id = bob,
			   .expires_at = NOW + 30 * 86400,
			   .hostinfo = "{\"OS\":\"linux\","
				       "\"IPNVersion\":\"1.78.4\"}" });
	machine(s, &(struct made){ .name = "beta",
			   .tags = "[\"tag:db\"]",
			   .online = true,
			   .expires_at = NOW + 7 * 86400,
			   .hostinfo = "{\"OS\":\"windows\"}" });
	machine(s, &(struct made){ .name = "gamma",
			   .hostname = "big server",
			   .tags = "[\"tag:web\"]",
			   .last_seen = NOW - 1 });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static const char *const all[] = { "alpha", "beta", "gamma" };
		const char *body =
			tab_get(&t, arena_printf(s->mem, "/admin/machines?%s",
					    cases[i].query))
				.body;

		for (size_t k = 0; k < 3; k++) {
			const char *cell =
				arena_printf(s->mem, "\">%s</a>", all[k]);

			if (!!strstr(body, cell) !=
				!!strstr(cases[i].names, all[k]))
				fail_msg("%s: %s", cases[i].query, body);
		}
		assert_holds(body, "of 3 machines <a href=\"/admin/machines\">"
				   "Clear</a>");
		if (!*cases[i].names)
			assert_holds(body, "id=\"none\">Nothing matches. ");
		assert_sound(s->mem, body);
	}
	assert_holds(tab_get(&t, at(s, "/admin/machines?owner=", bob, "")).body,
		"1 of 3 machines");
}

static void
filters_that_few_need_are_folded_until_one_is_in_force(void **state)
{
	static const char *const cases[] = { "tag=tag:web", "os=linux",
		"version=%3C1.80", "expires=7", "expires=zzz" };
	struct site *s = *state;
	struct tab t = owner(s);
	const char *body, *fold;

	machine(s, &(struct made){ .name = "alpha", .tags = "[\"tag:a\"]" });
	body = tab_get(&t, "/admin/machines?status=offline&q=x").body;
	fold = strstr(body, "<details><summary>More filters</summary>");
	assert_non_null(fold);
	assert_non_null(strstr(fold, "id=\"filter-tag\""));
	assert_null(strstr(fold, "id=\"filter-route\""));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_holds(
			tab_get(&t, arena_printf(s->mem, "/admin/machines?%s",
					    cases[i]))
				.body,
			"<details open=\"\"><summary>More filters<");
}

static void
a_filter_that_makes_no_sense_is_named_and_left_out(void **state)
{
	static const char *const cases[] = { "owner=x", "tag=non+sense",
		"os=beos", "status=asleep", "status=%FF", "q=%00",
		"sort=shoe-size", "page=0", "version=1.80", "version=%3C",
		"version=%3C1.x", "version=%3E%3D1.2.3.4", "version=%3C12345",
		"expires=-1", "expires=3651" };
	struct site *s = *state;
	struct tab t = owner(s);

	machine(s, &(struct made){ .name = "alpha", .tags = "[\"tag:x\"]" });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *name = arena_printf(
			s->mem, "%.*s", (int)strcspn(cases[i], "="), cases[i]);
		const char *body = tab_get(&t,
			arena_printf(s->mem, "/admin/machines?%s", cases[i]))
					   .body;

		assert_holds(body, "id=\"count\" data-swap=\"\">1 machine</p>");
		assert_holds(body,
			arena_printf(s->mem,
				"<p id=\"filter-note\">Not understood and "
				"left out: %s.</p>",
				name));
	}
	assert_holds(tab_get(&t, "/admin/machines?tag=non+sense").body,
		"name=\"tag\" value=\"non sense\"");
	assert_holds(tab_get(&t, "/admin/machines?tag=x").body,
		"name=\"tag\" value=\"tag:x\"");
}

static void
machines_for_sorting(struct site *s)
{
	machine(s, &(struct made){ .name = "b",
			   .user_id = person(s, "zoe", ROLE_MEMBER),
			   .hostinfo = "{\"OS\":\"linux\","
				       "\"IPNVersion\":\"1.90.1\"}",
			   .last_seen = NOW - 10,
			   .expires_at = NOW + 20 });
	machine(s, &(struct made){ .name = "a",
			   .user_id = person(s, "yan", ROLE_MEMBER),
			   .hostinfo = "{\"OS\":\"android\","
				       "\"IPNVersion\":\"1.102.3\"}",
			   .last_seen = NOW - 20 });
	machine(s, &(struct made){ .name = "c",
			   .tags = "[\"tag:x\"]",
			   .hostinfo = "no JSON",
			   .online = true,
			   .expires_at = NOW + 10 });
}

static void
an_old_client_has_a_badge(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	const char *why;

	machine(s, &(struct made){ .name = "alpha", .tags = "[\"tag:x\"]" });
	assert_lacks(
		tab_get(&t, "/admin/machines").body, "data-badge=\"update\"");
	assert_int_equal(settings_put(s->db, "client_version", "1.90.3", "cli",
				 s->now, s->mem, &why),
		ERR_OK);
	assert_holds(
		tab_get(&t, "/admin/machines").body, "data-badge=\"update\"");
	assert_int_equal(settings_put(s->db, "client_version", "1.90.2", "cli",
				 s->now, s->mem, &why),
		ERR_OK);
	assert_lacks(
		tab_get(&t, "/admin/machines").body, "data-badge=\"update\"");
}

static void
each_sort_has_both_ways(void **state)
{
	static const struct {
		const char *sort, *order;
	} cases[] = {
		{ "name", "abc" },
		{ "-name", "cba" },
		{ "owner", "cab" },
		{ "-owner", "bac" },
		{ "os", "cab" },
		{ "version", "cba" },
		{ "-version", "abc" },
		{ "seen", "abc" },
		{ "-seen", "cba" },
		{ "expires", "cba" },
		{ "-expires", "abc" },
		{ "created", "abc" },
	};
	struct site *s = *state;
	struct tab t = owner(s);

	machines_for_sorting(s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *parts[3];
		const char *body = tab_get(
			&t, arena_printf(s->mem, "/admin/machines?sort=%s",
				    cases[i].sort))
					   .body;

		for (size_t k = 0; k < 3; k++)
			parts[k] = arena_printf(
				s->mem, "\">%c</a>", cases[i].order[k]);
		assert_order(body, parts, 3);
	}
	assert_holds(tab_get(&t, "/admin/machines?sort=-seen").body,
		"aria-sort=\"descending\"");
}

static void
fifty_rows_make_a_page(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t user = person_without_password(s, "roberta", ROLE_MEMBER);
	const char *body;

	for (int i = 0; i < LIST_ROWS + 3; i++)
		machine(s,
			&(struct made){
				.name = arena_printf(s->mem, "node-%03d", i),
				.hostname = "a-host-name-of-its-own",
				.user_id = user,
				.hostinfo = "{\"OS\":\"linux\","
					    "\"OSVersion\":\"6.1.0-18-amd64\","
					    "\"IPNVersion\":"
					    "\"1.90.2-t0123456\","
					    "\"sshHostKeys\":[\"x\"]}",
				.ephemeral = i % 2,
				.expires_at = NOW + 86400,
				.online = true,
				.online_since = NOW - 9,
				.last_seen = NOW - 9 });
	body = tab_get(&t, "/admin/machines").body;
	assert_int_equal(sound_count(body, "<tr id="), LIST_ROWS);
	assert_holds(body, "<nav aria-label=\"Pages\">");
	if (strlen(body) > 60 * 1024)
		fail_msg("%zu bytes", strlen(body));
	assert_holds(body, "data-badge=\"ssh\"");
	body = tab_get(&t, "/admin/machines?page=2").body;
	assert_int_equal(sound_count(body, "<tr id="), 3);
	assert_holds(body, "node-052");
	body = tab_get(&t, "/admin/machines?page=99&sort=-name").body;
	assert_int_equal(sound_count(body, "<tr id="), 3);
	assert_holds(body, "node-000");
}

static void
pages_that_are_left_out_have_a_mark(void **state)
{
	static const char gap[] = "<li><span>…</span></li>";
	struct site *s = *state;
	struct tab t = owner(s);
	const char *body;

	for (int i = 0; i < 7 * LIST_ROWS; i++)
		machine(s, &(struct made){
				   .name = arena_printf(s->mem, "node-%03d", i),
				   .tags = "[\"tag:a\"]" });
	body = tab_get(&t, "/admin/machines").body;
	assert_sound(s->mem, body);
	assert_int_equal(sound_count(body, gap), 1);
	body = strstr(body, gap);
	assert_non_null(body);
	assert_holds(body, ">7</a>");
	assert_lacks(body, ">3</a>");
	body = tab_get(&t, "/admin/machines?page=4").body;
	assert_int_equal(sound_count(body, gap), 0);
}

static void
no_name_becomes_markup(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	const char *body;

	machine(s, &(struct made){ .name = "x",
			   .hostname = HOSTILE,
			   .tags = "[\"tag:<script>\"]",
			   .hostinfo = "{\"OS\":\"" HOSTILE_JSON
				       "\",\"OSVersion\":[1],"
				       "\"IPNVersion\":\"\\u202e<b>\"}" });
	body = tab_get(&t, "/admin/machines?q=%3Cscript%3E&tag=%3Cb%3E").body;
	assert_lacks(body, "<script>");
	assert_lacks(body, "<b>");
	assert_lacks(body, "\xe2\x80\xae");
	assert_holds(body, "&lt;script&gt;alert(1)");
	assert_sound(s->mem, body);
}

static void
who_may_only_read_sees_nothing_to_press(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "audrey", ROLE_AUDITOR);
	const char *body;

	asking(s, "laptop");
	machine(s, &(struct made){ .name = "a",
			   .tags = "[\"tag:x\"]",
			   .unapproved = true });
	body = tab_get(&t, "/admin/machines").body;
	assert_int_equal(t.last.status, 200);
	assert_lacks(body, "/admin/machines/new");
	assert_lacks(body, "/admin/registrations");
}

static void
who_reads_is_told_what_needs_approval_and_not_who_asks(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "audrey", ROLE_AUDITOR);
	const char *body;

	machine(s, &(struct made){ .name = "alpha",
			   .tags = "[\"tag:a\"]",
			   .unapproved = true });
	body = tab_get(&t, "/admin/machines").body;
	assert_holds(body, "status=needs-approval\">1 needs approval</a>");
	assert_lacks(body, "/admin/registrations");
}

static void
a_member_sees_the_own_machines_and_no_others(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "bob", ROLE_MEMBER);
	const char *body = tab_get(&t, "/me").body;
	struct user bob;

	assert_int_equal(t.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"me\"");
	assert_holds(body, "<h1>Your machines</h1>");
	assert_holds(body, "No machines yet");
	assert_holds(body, "href=\"/connect\"");
	assert_int_equal(db_user_by_name(s->db, "bob", s->mem, &bob), ERR_OK);
	machine(s, &(struct made){ .name = "mine", .user_id = bob.id });
	machine(s, &(struct made){ .name = "theirs", .tags = "[\"tag:x\"]" });
	body = tab_get(&t, "/me").body;
	assert_sound(s->mem, body);
	assert_holds(body, "mine");
	assert_lacks(body, "theirs");
	assert_lacks(body, "/admin/");
	assert_holds(body, "data-col=\"expiry\"");
	assert_holds(body, "data-col=\"state\"");
	assert_int_equal(tab_get(&t, "/admin/machines").status, 403);
	assert_holds(t.last.body, "data-error=\"role\"");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_admin_side_begins_with_the_overview),
		TEST(an_empty_list_says_how_to_begin),
		TEST(a_row_says_what_there_is_to_know),
		TEST(routes_are_badges_and_a_filter),
		TEST(each_state_has_its_words),
		TEST(filters_narrow_the_list),
		TEST(filters_that_few_need_are_folded_until_one_is_in_force),
		TEST(a_filter_that_makes_no_sense_is_named_and_left_out),
		TEST(an_old_client_has_a_badge),
		TEST(each_sort_has_both_ways),
		TEST(fifty_rows_make_a_page),
		TEST(pages_that_are_left_out_have_a_mark),
		TEST(no_name_becomes_markup),
		TEST(who_may_only_read_sees_nothing_to_press),
		TEST(who_reads_is_told_what_needs_approval_and_not_who_asks),
		TEST(a_member_sees_the_own_machines_and_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
