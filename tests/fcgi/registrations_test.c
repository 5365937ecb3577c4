/*
 * registrations_test.c: letting machines in by their link, and the list of
 * those that ask.
 */
#include "tests/fcgi/machines.h"
#include "tests/tailnet/policy_rows.h"

static struct pending
row_of(struct site *s, const char *link)
{
	struct pending p;

	assert_int_equal(tailnet_pending_find(s->db, &s->pepper,
				 strrchr(link, '/') + 1, s->mem, &p),
		ERR_OK);
	return p;
}

static struct node
node_behind(struct site *s, const char *link)
{
	return node_of(s, row_of(s, link).node_id);
}

static int64_t
id_of(struct site *s, const char *name)
{
	struct user u;

	assert_int_equal(db_user_by_name(s->db, name, s->mem, &u), ERR_OK);
	return u.id;
}

static struct answer
decide(struct tab *t, const char *link, const char *fields)
{
	(void)tab_get(t, link);
	tab_choose(t, "form-register");
	return tab_post(t, link, fields);
}

static void
approval_is_needed(struct site *s)
{
	const char *why;

	assert_int_equal(settings_put(s->db, "device_approval", "true", "cli",
				 NOW, s->mem, &why),
		ERR_OK);
}

static void
a_machine_that_asks_for_tags_gets_those_that_its_owner_owns(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_MEMBER);
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	const char *link;
	struct answer a;

	put_policy(s->db, "{\"tagOwners\": {\"tag:web\": [\"bob@\"]}}");
	link = asking_for(s, "web", NKEY_A, "[\"tag:web\"]");
	assert_holds(tab_get(&ann, link).body, "data-fact=\"tags\">tag:web<");
	a = decide(&ann, link, "decision=approve");
	assert_int_equal(a.status, 422);
	assert_sound(s->mem, a.body);
	assert_holds(a.body,
		"<li data-error=\"refused\">requested tags [tag:web] are "
		"invalid or not permitted: ann does not own tag:web in the "
		"policy</li>");
	assert_int_equal(row_of(s, link).state, PENDING_WAITING);
	assert_int_equal(decide(&bob, link, "decision=approve").status, 303);
	assert_string_equal(node_behind(s, link).tags, "[\"tag:web\"]");
	assert_int_equal(node_behind(s, link).user_id, 0);
}

/* The policy was another when the machine asked. */
static void
tags_that_the_policy_gave_up_meanwhile_are_refused_by_name(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	struct tab eve = tab_of(s, "eve", ROLE_OWNER);
	const char *link;

	put_policy(s->db, "{\"tagOwners\": {\"tag:web\": [\"bob@\"], "
			  "\"tag:db\": [\"bob@\"]}}");
	link = asking_for(s, "web", NKEY_A, "[\"tag:web\",\"tag:db\"]");
	put_policy(s->db, "{\"tagOwners\": {\"tag:web\": [\"bob@\"]}}");
	for (struct tab *t = &bob; t; t = t == &bob ? &eve : NULL) {
		const char *fields = t == &bob ? "decision=approve"
					       : "decision=approve&owner=1";
		struct answer a = decide(t, link, fields);

		assert_int_equal(a.status, 422);
		assert_sound(s->mem, a.body);
		assert_holds(a.body, "<div id=\"errors\" role=\"alert\"");
		assert_holds(a.body,
			"<li data-error=\"tag-unknown\">The policy has no "
			"owner for tag:db.</li>");
		assert_int_equal(row_of(s, link).state, PENDING_WAITING);
	}
}

static void
who_is_signed_out_is_asked_to_sign_in(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *link = asking(s, "laptop");
	const char *body;

	person_without_password(s, "ann", ROLE_OWNER);
	body = tab_get(&t, link).body;
	assert_int_equal(t.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "<h1>Add laptop?</h1>");
	assert_holds(body, arena_printf(s->mem,
				   "id=\"sign-in\" class=\"button\" "
				   "href=\"/login?next=%s\">Sign in to add "
				   "this machine</a>",
				   link));
	assert_holds(body,
		arena_printf(s->mem, "give them the code <strong>%s</strong>",
			link + strlen(link) - 6));
	assert_holds(body, "data-live=\"registration\"");
	assert_lacks(body, "form-register");
	assert_holds(body, "cairn auth register --auth-id ");
	tab_get(&t, arena_printf(s->mem, "%s?refresh=5", link));
	assert_holds(t.last.body, "http-equiv=\"refresh\"");
	assert_holds(t.last.body, "<noscript><p><a href=");
	assert_int_equal(tab_post(&t, link, "decision=approve").status, 401);
	assert_int_equal(row_of(s, link).state, PENDING_WAITING);
}

static void
a_member_adds_a_machine_to_the_own(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "bob", ROLE_MEMBER);
	const char *link = asking(s, "laptop");
	const char *body;
	struct answer a;

	person_without_password(s, "ann", ROLE_OWNER);
	body = tab_get(&t, link).body;
	assert_sound(s->mem, body);
	assert_holds(body, "Add to: <strong>bob</strong>");
	assert_holds(body, "name=\"decision\" value=\"approve\">Add "
			   "machine</button>");
	assert_holds(body, "name=\"decision\" value=\"reject\">Not "
			   "mine</button>");
	assert_lacks(body, "name=\"owner\"");
	assert_lacks(body, "name=\"tags\"");
	a = decide(&t, link, "decision=approve&owner=1&tags=tag:x");
	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, link);
	assert_int_equal(node_behind(s, link).user_id, id_of(s, "bob"));
	assert_string_equal(node_behind(s, link).register_method, "web");
	assert_string_equal(audit_last(s).action, "machine.registered");
	assert_string_equal(audit_last(s).actor_name, "bob");
	body = tab_get(&t, link).body;
	assert_sound(s->mem, body);
	assert_holds(body, "<h1>laptop is added</h1>");
	assert_holds(body, "data-state=\"approved\"");
	assert_holds(body, "as bob. You can close this window.");
	assert_lacks(body, "must approve it");
}

static void
what_a_member_adds_waits_where_approval_is_needed(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "bob", ROLE_MEMBER);
	const char *link = asking(s, "laptop");

	approval_is_needed(s);
	assert_int_equal(decide(&t, link, "decision=approve").status, 303);
	assert_true(node_behind(s, link).unapproved);
	assert_holds(tab_get(&t, link).body,
		"An admin must approve it before it connects.");
}

static void
what_an_admin_adds_does_not_wait(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ada", ROLE_IT_ADMIN);
	const char *link = asking(s, "laptop");

	approval_is_needed(s);
	assert_int_equal(decide(&t, link, "decision=approve").status, 303);
	assert_false(node_behind(s, link).unapproved);
	assert_int_equal(node_behind(s, link).user_id, id_of(s, "ada"));
	assert_lacks(tab_get(&t, link).body, "must approve it");
}

static void
an_admin_gives_it_to_somebody_or_to_tags(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ada", ROLE_ADMIN);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	const char *link = asking(s, "laptop");

	assert_int_equal(
		decide(&t, link,
			at(s, "decision=approve&tags=&owner=", bob, ""))
			.status,
		303);
	assert_int_equal(node_behind(s, link).user_id, bob);
	assert_int_equal(
		db_node_delete(s->db, node_behind(s, link).id), ERR_OK);
	link = asking(s, "server");
	assert_int_equal(
		decide(&t, link, "decision=approve&owner=&tags=tag:web").status,
		303);
	assert_string_equal(node_behind(s, link).tags, "[\"tag:web\"]");
	assert_holds(tab_get(&t, link).body, "as tag:web. You can close");
}

static void
a_decision_that_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *fields, *code;
	} cases[] = {
		{ "decision=approve&owner=&tags=", "owner-or-tags" },
		{ "decision=approve&owner=2&tags=tag:x", "owner-or-tags" },
		{ "decision=approve&owner=99&tags=", "choice" },
		{ "decision=approve&owner=&tags=web", "tag-form" },
		{ "decision=approve&owner=2&tags=", "refused" },
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "ada", ROLE_ADMIN);
	struct user sue = { .name = "sue", .status = USER_SUSPENDED };
	const char *link = asking(s, "laptop");
	int64_t id;

	assert_int_equal(
		tailnet_person_add(s->db, &actor_cli, &sue, NOW, &id), ERR_OK);
	assert_int_equal(id, 2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a = decide(&t, link, cases[i].fields);

		assert_int_equal(a.status, 422);
		assert_sound(s->mem, a.body);
		assert_holds(a.body, arena_printf(s->mem, "data-error=\"%s\"",
					     cases[i].code));
		assert_int_equal(row_of(s, link).state, PENDING_WAITING);
	}
	assert_int_equal(decide(&t, link, "owner=1&tags=").status, 422);
	assert_holds(t.last.body,
		"<li data-error=\"choice\">Choose one of the list.</li>");
	assert_int_equal(decide(&t, link, "decision=perhaps").status, 422);
	assert_int_equal(row_of(s, link).state, PENDING_WAITING);
}

static void
a_machine_is_turned_away_by_name(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "bob", ROLE_MEMBER);
	const char *link = asking(s, "laptop");

	assert_int_equal(decide(&t, link, "decision=reject").status, 303);
	assert_int_equal(row_of(s, link).state, PENDING_REJECTED);
	assert_string_equal(audit_last(s).action, "registration.rejected");
	assert_holds(tab_get(&t, link).body, "<h1>laptop was turned away</h1>");
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body, "bob turned it away <time");
}

static void
of_two_people_the_first_decides(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	const char *link = asking(s, "laptop");
	struct answer a;

	tab_get(&bob, link);
	tab_choose(&bob, "form-register");
	assert_int_equal(decide(&ann, link, "decision=reject").status, 303);
	a = tab_post(&bob, link, "decision=approve");
	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, link);
	assert_int_equal(row_of(s, link).state, PENDING_REJECTED);
	assert_holds(tab_get(&bob, link).body, "ann turned it away");
}

static void
who_comes_too_late_is_told_how_to_ask_again(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "bob", ROLE_MEMBER);
	const char *link = asking(s, "laptop");

	tab_get(&t, link);
	tab_choose(&t, "form-register");
	s->now += PENDING_LIFE_SECONDS;
	assert_int_equal(tab_post(&t, link, "decision=approve").status, 410);
	assert_holds(t.last.body, "tailscale up");
	assert_int_equal(row_of(s, link).state, PENDING_WAITING);
}

static void
a_new_sign_in_of_a_known_machine_is_called_so(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "bob", ROLE_MEMBER);
	struct node n;
	const char *link = asking(s, "laptop");

	assert_int_equal(decide(&t, link, "decision=approve").status, 303);
	n = node_behind(s, link);
	assert_int_equal(
		tailnet_node_expire(s->db, n.id, NOW, "cli", NOW), ERR_OK);
	s->now += 3600;
	link = asking_with(s, "laptop", NKEY_B);
	assert_int_equal(decide(&t, link, "decision=approve").status, 303);
	assert_int_equal(node_behind(s, link).id, n.id);
	assert_holds(
		tab_get(&t, link).body, "<h1>laptop is signed in again</h1>");
}

static void
the_list_says_who_asks(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ada", ROLE_IT_ADMIN);
	const char *body = tab_get(&t, "/admin/registrations").body;
	const char *link;

	assert_int_equal(t.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "<h1>Machines asking to join</h1>");
	assert_holds(body, "Nobody is waiting. When <code>tailscale up</code> "
			   "prints a link, it shows here.");
	link = asking(s, "laptop");
	body = tab_get(&t, "/admin/registrations").body;
	assert_sound(s->mem, body);
	assert_holds(body, arena_printf(s->mem, "<a href=\"%s\">%s</a>", link,
				   link + strlen(link) - 6));
	assert_holds(body, "data-col=\"hostname\" data-label=\"Hostname\">"
			   "laptop</td>");
	assert_holds(body, ">linux 6.1</td>");
	assert_holds(body, ">192.0.2.7</td>");
	assert_holds(body, ">aaaaaaaaaaaa</td>");
	assert_holds(body, "data-live=\"registration\"");
	assert_holds(body, "data-swap=\"\">1 machine asks to join</p>");
	assert_holds(body, "<tr id=\"registration-");
	assert_holds(tab_get(&t, "/admin/machines").body,
		"<a href=\"/admin/registrations\">1 machine asks to join</a>");
	assert_lacks(tab_get(&t, link).body, "asks to join"); /* this one */
	(void)ask_with(s,
		&(struct ask){ .group = GROUP_INNER,
			.method = "POST",
			.uri = "/machine/register",
			.machine = MKEY_B,
			.body = "{\"Version\":142,\"NodeKey\":\"" NKEY_B
				"\",\"Hostinfo\":{\"Hostname\":\"desk\"}}" });
	assert_holds(tab_get(&t, link).body, "1 machine asks to join");
	assert_holds(tab_get(&t, "/admin/registrations?q=LAPTOP").body, link);
	assert_holds(tab_get(&t, "/admin/registrations?q=zzz").body,
		"Nothing matches.");
	assert_holds(
		tab_get(&t, "/admin/registrations?sort=-hostname").body, link);
}

static void
one_is_found_by_what_its_client_printed(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ada", ROLE_OWNER);
	const char *link = asking(s, "laptop");
	const char *forms[] = { strrchr(link, '/') + 1,
		arena_printf(s->mem, "https%%3A//vpn.example.org%s", link),
		arena_printf(
			s->mem, "+https://vpn.example.org%s%%3Fa=b+", link) };

	for (size_t i = 0; i < 3; i++) {
		tab_get(&t, "/admin/registrations");
		tab_choose(&t, "form-find");
		tab_post(&t, "/admin/registrations",
			arena_printf(s->mem, "auth_id=%s", forms[i]));
		assert_int_equal(t.last.status, 303);
		assert_string_equal(t.last.reply.location, link);
	}
}

static void
what_nobody_asks_with_is_not_found(void **state)
{
	static const struct {
		const char *fields, *words;
	} cases[] = {
		{ "auth_id=", "Enter Link or id." },
		{ "auth_id=%3Cscript%3E", "No machine asks with this id." },
		{ "auth_id=hskey-authreq-AAAAAAAAAAAAAAAAAAAAAAAA",
			"No machine asks with this id." },
		{ "x=", "Enter Link or id." },
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "ada", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&t, "/admin/registrations");
		tab_choose(&t, "form-find");
		tab_post(&t, "/admin/registrations", cases[i].fields);
		assert_int_equal(t.last.status, 422);
		assert_sound(s->mem, t.last.body);
		assert_holds(t.last.body, cases[i].words);
		assert_lacks(t.last.body, "<script>");
	}
}

static void
the_list_is_for_who_may_let_machines_in(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "audrey", ROLE_AUDITOR);

	assert_int_equal(tab_get(&t, "/admin/registrations").status, 403);
	tab_get(&t, "/me");
	assert_int_equal(
		tab_post(&t, "/admin/registrations", "auth_id=x").status, 403);
}

static void
no_host_name_becomes_markup(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ada", ROLE_OWNER);
	const char *link = asking(s, HOSTILE_JSON);

	assert_lacks(tab_get(&t, "/admin/registrations").body, "<script>");
	assert_sound(s->mem, t.last.body);
	assert_lacks(tab_get(&t, link).body, "<script>");
	assert_sound(s->mem, t.last.body);
	assert_int_equal(decide(&t, link, "decision=approve").status, 303);
	assert_lacks(tab_get(&t, link).body, "<script>");
	assert_holds(t.last.body, "&lt;script&gt;alert(1)");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_machine_that_asks_for_tags_gets_those_that_its_owner_owns),
		TEST(tags_that_the_policy_gave_up_meanwhile_are_refused_by_name),
		TEST(who_is_signed_out_is_asked_to_sign_in),
		TEST(a_member_adds_a_machine_to_the_own),
		TEST(what_a_member_adds_waits_where_approval_is_needed),
		TEST(what_an_admin_adds_does_not_wait),
		TEST(an_admin_gives_it_to_somebody_or_to_tags),
		TEST(a_decision_that_cannot_be_is_refused),
		TEST(a_machine_is_turned_away_by_name),
		TEST(of_two_people_the_first_decides),
		TEST(who_comes_too_late_is_told_how_to_ask_again),
		TEST(a_new_sign_in_of_a_known_machine_is_called_so),
		TEST(the_list_says_who_asks),
		TEST(one_is_found_by_what_its_client_printed),
		TEST(what_nobody_asks_with_is_not_found),
		TEST(the_list_is_for_who_may_let_machines_in),
		TEST(no_host_name_becomes_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
