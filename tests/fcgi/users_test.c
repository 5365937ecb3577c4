/*
 * users_test.c: the list of users, one user, inviting, and deleting.
 */
#include "tests/fcgi/hostile.h"

#include "tests/tailnet/policy_rows.h"

static const char *
path_of(struct site *s, int64_t id, const char *tail)
{
	return arena_printf(s->mem, "/admin/users/%lld%s", (long long)id, tail);
}

static struct user
user_of(struct site *s, int64_t id)
{
	struct user u;

	assert_int_equal(db_user_by_id(s->db, id, s->mem, &u), ERR_OK);
	return u;
}

static const char *
secret_on(struct site *s, const char *body)
{
	const char *at = strstr(body, "id=\"secret\"");

	assert_non_null(at);
	at = strstr(at, "value=\"");
	assert_non_null(at);
	at += strlen("value=\"");
	return arena_printf(s->mem, "%.*s", (int)strcspn(at, "\""), at);
}

static void
the_list_shows_everybody(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_AUDITOR);
	struct answer a;

	machine_of(s, bob, "pi");
	machine_of(s, bob, "box");
	a = tab_get(&ann, "/admin/users");
	assert_int_equal(a.status, 200);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "data-page=\"users\"");
	assert_holds(a.body, "<h1>Users</h1>");
	assert_holds(a.body, "<title>Users · cairn</title>");
	assert_holds(a.body, "<p id=\"count\" data-swap=\"\">2 users</p>");
	assert_holds(a.body, "<table id=\"users\"");
	assert_holds(a.body, arena_printf(s->mem,
				     "<tr id=\"user-%lld\" data-id=\"%lld\" "
				     "data-state=\"active\">",
				     (long long)bob, (long long)bob));
	assert_holds(a.body, "href=\"/admin/users/new\"");
	assert_holds(
		a.body, arena_printf(s->mem,
				"<a href=\"/admin/machines?owner=%lld\">2</a>",
				(long long)bob));
	assert_holds(a.body, "data-col=\"last-sign-in\"");
	assert_lacks(a.body, "data-badge=\"active\"");
}

static void
who_has_no_way_to_sign_in_is_not_called_active(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	const char *page =
		arena_printf(s->mem, "/admin/users/%lld", (long long)bob);
	const char *why;

	tab_get(&ann, "/admin/users");
	assert_int_equal(
		sound_count(ann.last.body, "data-badge=\"active\""), 1);
	assert_holds(ann.last.body,
		"<span data-badge=\"no-sign-in\">Cannot sign in</span>");
	assert_holds(tab_get(&ann, page).body, "Cannot sign in");
	assert_int_equal(settings_put(s->db, "remote_user", "true", "cli",
				 s->now, s->mem, &why),
		ERR_OK);
	assert_lacks(tab_get(&ann, "/admin/users").body, "no-sign-in");
}

static void
each_role_says_what_it_may_do_where_it_is_chosen(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab ida = tab_of(s, "ida", ROLE_IT_ADMIN);
	int64_t bob = person_without_password(s, "bob", ROLE_AUDITOR);
	const char *line = "<b>Auditor</b>: Sees all admin pages and changes "
			   "nothing there.";
	const char *page =
		arena_printf(s->mem, "/admin/users/%lld", (long long)bob);

	tab_get(&ann, "/admin/users/new");
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, line);
	assert_holds(ann.last.body, "<b>Owner</b>: Everything");
	tab_get(&ann, page);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, line);
	assert_holds(ann.last.body,
		"<dd data-fact=\"role\">Auditor. Sees all admin pages");
	tab_get(&ida, "/admin/users/new");
	assert_holds(ida.last.body, "<b>Member</b>: ");
	assert_lacks(ida.last.body, line);
}

static void
the_list_filters_by_words_role_and_status(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	person_without_password(s, "bob", ROLE_AUDITOR);
	person_without_password(s, "carol", ROLE_MEMBER);
	assert_lacks(
		tab_get(&ann, "/admin/users?role=auditor").body, ">carol<");
	assert_holds(ann.last.body, ">bob<");
	assert_holds(ann.last.body, "1 of 3 users");
	assert_lacks(tab_get(&ann, "/admin/users?q=-bob+o").body, ">bob<");
	assert_holds(ann.last.body, ">carol<");
	assert_holds(tab_get(&ann, "/admin/users?status=suspended").body,
		"id=\"none\"");
	assert_sound(s->mem, ann.last.body);
	assert_holds(tab_get(&ann, "/admin/users?role=king").body,
		"id=\"filter-note\"");
	assert_holds(ann.last.body, "3 users");
}

static void
assert_order(const char *body, const char *first, const char *then)
{
	assert_holds(body, first);
	assert_holds(body, then);
	assert_true(strstr(body, first) < strstr(body, then));
}

static void
the_list_sorts_and_pages(void **state)
{
	static const char *const sorts[] = { "name", "-name", "role", "status",
		"machines", "-signed-in", "created" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (int i = 0; i < 60; i++)
		person_without_password(
			s, arena_printf(s->mem, "u%d", i), ROLE_MEMBER);
	tab_get(&ann, "/admin/users");
	assert_order(ann.last.body, ">u9<", ">u10<");
	assert_int_equal(sound_count(ann.last.body, "<tr id=\"user-"), 50);
	assert_true(strlen(ann.last.body) <= 60 * 1024);
	tab_get(&ann, "/admin/users?page=2");
	assert_int_equal(sound_count(ann.last.body, "<tr id=\"user-"), 11);
	tab_get(&ann, "/admin/users?sort=-name&page=99");
	assert_holds(ann.last.body, "<a href=\"/admin/users/1\">ann</a>");
	assert_holds(ann.last.body, "aria-sort=\"descending\"");
	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		tab_get(&ann,
			arena_printf(s->mem, "/admin/users?sort=%s", sorts[i]));
		assert_int_equal(ann.last.status, 200);
		assert_lacks(ann.last.body, "filter-note");
	}
	tab_get(&ann, "/admin/users?sort=role");
	assert_order(ann.last.body, ">u2<", ">u10<");
}

static void
who_only_reads_sees_no_forms(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);

	assert_lacks(tab_get(&eve, "/admin/users").body, "/admin/users/new");
	tab_get(&eve, path_of(s, bob, ""));
	assert_int_equal(eve.last.status, 200);
	assert_sound(s->mem, eve.last.body);
	assert_lacks(eve.last.body, "form-user");
	assert_lacks(eve.last.body, "/delete");
	assert_int_equal(sound_count(eve.last.body, "<form"), 1); /* sign out */
	assert_int_equal(
		tab_post(&eve, path_of(s, bob, "/status"), "do=suspend").status,
		403);
	assert_holds(eve.last.body, "data-error=\"role\"");
}

static void
an_invite_is_shown_once_and_lets_in(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER), bob = tab_new(s);
	const char *link, *form;
	struct answer a;

	tab_get(&ann, "/admin/users/new");
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "<h1>Add a user</h1>");
	form = tab_form(&ann,
		"name=bob&display_name=Bob+B&email=bob@example.org&role="
		"auditor&sign_in=invite");
	a = tab_ask(&ann, "POST", "/admin/users/new", form);
	assert_int_equal(a.status, 200);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "data-page=\"invite-link\"");
	assert_holds(a.body, "<h1>Copy this link now</h1>");
	assert_holds(a.head, "Cache-Control: no-store");
	link = strstr(secret_on(s, a.body), "/invite/");
	assert_non_null(link);
	assert_string_equal(audit_last(s).action, "user.invited");
	a = tab_ask(&ann, "POST", "/admin/users/new", form);
	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, "/admin/users");
	assert_holds(tab_get(&ann, "/admin/users").body,
		"data-flash=\"already-done\"");
	assert_lacks(ann.last.body, "/invite/");
	assert_holds(ann.last.body, "data-badge=\"invited\"");
	assert_int_equal(tab_get(&bob, link).status, 200);
	assert_holds(bob.last.body, "Welcome, Bob B");
	assert_int_equal(tab_post(&bob, link,
				 "password=correct+horse+battery&password_again"
				 "=correct+horse+battery")
				 .status,
		303);
	assert_int_equal(tab_get(&bob, "/admin/users").status, 200);
	assert_holds(bob.last.body, "data-role=\"auditor\"");
}

static void
a_name_for_machines_needs_no_link(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct user u;

	tab_send(&ann, "/admin/users/new", "/admin/users/new",
		"name=servers&role=member&sign_in=none");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(db_user_by_name(s->db, "servers", s->mem, &u), ERR_OK);
	assert_int_equal(u.status, USER_ACTIVE);
	assert_string_equal(ann.last.reply.location, path_of(s, u.id, ""));
	assert_holds(
		tab_get(&ann, ann.last.reply.location).body, "Added servers.");
	assert_holds(ann.last.body, "not at all");
	assert_string_equal(audit_last(s).action, "user.created");
}

static void
a_refused_new_user_says_why_at_the_field(void **state)
{
	static const char *const wrong[][2] = {
		{ "name=&sign_in=none", "data-error=\"required\"" },
		{ "name=1x&sign_in=none", "data-error=\"user-name\"" },
		{ "name=ANN&sign_in=none", "data-error=\"user-taken\"" },
		{ "name=x1&email=nope&sign_in=none", "data-error=\"email\"" },
		{ "name=x1&role=king&sign_in=none", "data-error=\"choice\"" },
		{ "name=x1&sign_in=x", "data-error=\"choice\"" },
		{ "name=x1&sign_in=none&display_name=aaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			"data-error=\"too-long\"" },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t count;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		tab_send(&ann, "/admin/users/new", "/admin/users/new",
			wrong[i][0]);
		assert_int_equal(ann.last.status, 422);
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, wrong[i][1]);
	}
	assert_int_equal(
		db_number(db_stmt(s->db, "SELECT count(*) FROM user"), &count),
		ERR_OK);
	assert_int_equal(count, 1);
}

static void
nobody_gives_a_role_above_what_they_may(void **state)
{
	static const struct {
		enum role who;
		const char *give;
		int status;
	} cases[] = {
		{ ROLE_OWNER, "owner", 303 },
		{ ROLE_ADMIN, "owner", 403 },
		{ ROLE_ADMIN, "admin", 303 },
		{ ROLE_IT_ADMIN, "member", 303 },
		{ ROLE_IT_ADMIN, "it-admin", 403 },
		{ ROLE_IT_ADMIN, "admin", 403 },
	};
	struct site *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tab t = tab_of(
			s, arena_printf(s->mem, "who%zu", i), cases[i].who);

		tab_send(&t, "/admin/users/new", "/admin/users/new",
			arena_printf(s->mem, "name=new%zu&role=%s&sign_in=none",
				i, cases[i].give));
		assert_int_equal(t.last.status, cases[i].status);
		if (cases[i].status == 403)
			assert_holds(t.last.body, "data-error=\"role\"");
	}
}

static int64_t
users_in(struct site *s)
{
	int64_t count;

	assert_int_equal(
		db_number(db_stmt(s->db, "SELECT count(*) FROM user"), &count),
		ERR_OK);
	return count;
}

static void
who_adds_more_than_a_member_needs_a_fresh_sign_in(void **state)
{
	static const char path[] = "/admin/users/new";
	struct site *s = *state;
	struct tab t = tab_with_password(s, "ann", ROLE_OWNER);
	const char *form;

	tab_get(&t, path);
	s->now += FRESH_SECONDS;
	tab_post(&t, path, "name=zoe&role=owner&sign_in=invite");
	assert_int_equal(t.last.status, 403);
	assert_holds(t.last.body, "data-page=\"fresh\"");
	assert_int_equal(users_in(s), 1);
	form = tab_form(&t, "name=zoe&role=owner&sign_in=invite&"
			    "password=correct+horse+battery");
	assert_int_equal(tab_ask(&t, "POST", path, form).status, 200);
	assert_int_equal(users_in(s), 2);
	assert_int_equal(tab_ask(&t, "POST", path, form).status, 303);
	assert_string_equal(t.last.reply.location, "/admin/users");
	s->now += FRESH_SECONDS;
	tab_send(&t, path, path, "name=max&role=member&sign_in=none");
	assert_int_equal(t.last.status, 303);
	assert_int_equal(users_in(s), 3);
}

static void
a_profile_is_saved_and_conflicts_are_shown(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab eve = tab_of(s, "eve", ROLE_ADMIN);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	const char *profile = path_of(s, bob, "/profile");

	tab_get(&ann, path_of(s, bob, ""));
	assert_sound(s->mem, ann.last.body);
	tab_choose(&ann, "form-user");
	tab_get(&eve, path_of(s, bob, ""));
	tab_choose(&eve, "form-user");
	tab_post(&ann, profile, "name=bobby&display_name=&email=");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(user_of(s, bob).name, "bobby");
	assert_string_equal(audit_last(s).action, "user.changed");
	assert_string_equal(audit_last(s).via, "page");
	assert_holds(tab_get(&ann, path_of(s, bob, "")).body, "Saved bobby.");
	tab_post(&eve, profile, "name=robert&display_name=&email=");
	assert_int_equal(eve.last.status, 409);
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "id=\"conflict\"");
	assert_holds(eve.last.body, "ann changed this");
	assert_holds(eve.last.body, "value=\"robert\"");
	tab_choose(&eve, "form-user");
	tab_post(&eve, profile, "name=robert&display_name=&email=");
	assert_int_equal(eve.last.status, 303);
	assert_string_equal(user_of(s, bob).name, "robert");
}

/* bob@ in comments and carla@ are others; a login stands before a port too. */
static void
whoever_renames_a_user_is_told_of_the_policy(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	const char *profile = path_of(s, bob, "/profile"), *page;

	page = path_of(s, bob, "");
	put_policy(s->db, "{ // \"bob@\"\n"
			  "\"groups\": {\"group:a\": [\"bob@\", \"bob@\"]},\n"
			  "\"acls\": [{\"action\": \"accept\", \"src\": "
			  "[\"carl@\"],\n"
			  "\"dst\": [\"bob@:22\"]}]}");
	assert_holds(tab_get(&ann, page).body,
		"<p id=\"user-policy\">The policy names bob@ at lines <a "
		"href=\"/admin/policy?line=2\">2</a>, <a "
		"href=\"/admin/policy?line=4\">4</a>: after");
	assert_sound(s->mem, ann.last.body);
	tab_choose(&ann, "form-user");
	tab_post(&ann, profile, "name=carl&display_name=&email=");
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"confirm\"");
	assert_holds(ann.last.body,
		"<p>2 lines (2, 4) of the policy name bob@, which is nobody "
		"any more: edit the policy as well.</p><p>Line 3 of the policy "
		"names carl@, which is this user from now on.</p>");
	assert_string_equal(user_of(s, bob).name, "bob");
	tab_choose(&ann, "form-confirm");
	tab_post(&ann, profile, "name=carl&display_name=&email=&confirm=1");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(user_of(s, bob).name, "carl");
	/* The name stands beside the address: nobody is lost, nobody asked. */
	(void)tab_get(&ann, page);
	tab_choose(&ann, "form-user");
	tab_post(&ann, profile,
		"name=carl&display_name=&email=carl%40example.org");
	assert_int_equal(ann.last.status, 303);
	(void)tab_get(&ann, page);
	tab_choose(&ann, "form-user");
	tab_post(&ann, profile,
		"name=dan&display_name=&email=carl%40example.org");
	assert_int_equal(ann.last.status, 200);
}

static void
two_forms_of_one_user_do_not_collide(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	struct tab eve = tab_of(s, "eve", ROLE_ADMIN);

	tab_get(&ann, path_of(s, bob, ""));
	tab_choose(&ann, "form-role");
	tab_get(&eve, path_of(s, bob, ""));
	tab_choose(&eve, "form-user");
	tab_post(&eve, path_of(s, bob, "/profile"), "name=bobby");
	assert_int_equal(eve.last.status, 303);
	tab_post(&ann, path_of(s, bob, "/role"), "role=auditor");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(user_of(s, bob).role, ROLE_AUDITOR);
}

static void
a_refused_profile_changes_nothing(void **state)
{
	static const char *const wrong[][2] = {
		{ "name=", "data-error=\"required\"" },
		{ "name=ann", "data-error=\"user-taken\"" },
		{ "name=a b", "data-error=\"user-name\"" },
		{ "name=bob&email=x", "data-error=\"email\"" },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		tab_get(&ann, path_of(s, bob, ""));
		tab_choose(&ann, "form-user");
		tab_post(&ann, path_of(s, bob, "/profile"), wrong[i][0]);
		assert_int_equal(ann.last.status, 422);
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, wrong[i][1]);
	}
	assert_string_equal(user_of(s, bob).name, "bob");
}

static void
a_new_role_needs_a_fresh_sign_in_and_ends_sessions(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	int64_t id = 2;
	const char *role = path_of(s, id, "/role");

	s->now += FRESH_SECONDS;
	tab_get(&ann, path_of(s, id, ""));
	tab_choose(&ann, "form-role");
	tab_post(&ann, role, "role=admin");
	assert_int_equal(ann.last.status, 403);
	assert_holds(ann.last.body, "data-page=\"fresh\"");
	assert_int_equal(user_of(s, id).role, ROLE_MEMBER);
	tab_post(&ann, role, "role=admin&password=correct+horse+battery");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(user_of(s, id).role, ROLE_ADMIN);
	assert_string_equal(audit_last(s).action, "user.role_set");
	assert_int_equal(tab_get(&bob, "/me/sessions").status, 303);
}

static void
nobody_changes_the_own_role(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER), eve;

	tab_get(&ann, path_of(s, 1, ""));
	assert_lacks(ann.last.body, "form-role");
	tab_post(&ann, path_of(s, 1, "/role"), "role=member");
	assert_true(ann.last.status == 422 || ann.last.status == 409);
	eve = tab_of(s, "eve", ROLE_OWNER);
	tab_get(&eve, path_of(s, 1, ""));
	tab_choose(&eve, "form-role"); /* both are owners: the same stamp */
	tab_post(&eve, path_of(s, 2, "/role"), "role=member");
	assert_int_equal(eve.last.status, 403);
	assert_holds(eve.last.body, "data-error=\"role\"");
	assert_int_equal(user_of(s, 2).role, ROLE_OWNER);
}

static void
the_last_owner_stays(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_get(&ann, path_of(s, 1, ""));
	assert_lacks(ann.last.body, "/delete");
	assert_lacks(ann.last.body, "form-status");
	tab_post(&ann, path_of(s, 1, "/status"), "do=suspend");
	assert_int_equal(ann.last.status, 422);
	assert_sound(s->mem, ann.last.body);
	assert_holds(
		ann.last.body, "The last owner cannot be changed or removed.");
	tab_get(&ann, path_of(s, 1, "/delete"));
	assert_int_equal(ann.last.status, 403);
	assert_holds(ann.last.body, "data-error=\"last-owner\"");
	tab_get(&ann, "/admin/users");
	tab_post(&ann, path_of(s, 1, "/delete"), "typed=ann");
	assert_int_equal(ann.last.status, 403);
	assert_holds(ann.last.body, "data-error=\"last-owner\"");
	assert_int_equal(user_of(s, 1).status, USER_ACTIVE);
}

static void
an_admin_does_nothing_to_an_owner(void **state)
{
	static const char *const posts[][2] = { { "/profile", "name=x1" },
		{ "/role", "role=member" }, { "/status", "do=suspend" },
		{ "/invite", "do=reset" }, { "/sessions/revoke", "" },
		{ "/delete", "typed=ann" } };
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_ADMIN);
	int64_t ann = person_without_password(s, "ann", ROLE_OWNER);
	struct tab it = tab_of(s, "ivy", ROLE_IT_ADMIN);

	for (size_t i = 0; i < sizeof(posts) / sizeof(posts[0]); i++) {
		tab_send(&eve, "/admin/users", path_of(s, ann, posts[i][0]),
			posts[i][1]);
		assert_int_equal(eve.last.status, 403);
		assert_holds(eve.last.body, "data-error=\"role\"");
		assert_holds(eve.last.body,
			"This is for an owner; you are an admin.");
		tab_send(&it, "/admin/users", path_of(s, 1, posts[i][0]),
			posts[i][1]);
		assert_int_equal(it.last.status, 403);
	}
	assert_int_equal(tab_get(&eve, path_of(s, ann, "/delete")).status, 403);
	assert_int_equal(user_of(s, ann).role, ROLE_OWNER);
}

static void
suspending_is_confirmed_and_ends_sessions_and_keys(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	int64_t pi = machine_of(s, 2, "pi");
	const char *status = path_of(s, 2, "/status");
	struct node n;

	tab_send(&ann, path_of(s, 2, ""), status, "do=suspend");
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"confirm\"");
	assert_holds(ann.last.body, "<h1>Suspend bob?</h1>");
	assert_holds(ann.last.body, "1 browser is signed out.");
	assert_holds(ann.last.body, "The key of 1 machine expires now");
	assert_int_equal(user_of(s, 2).status, USER_ACTIVE);
	tab_post(&ann, status, "do=suspend&confirm=1");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(user_of(s, 2).status, USER_SUSPENDED);
	assert_string_equal(audit_last(s).action, "user.suspended");
	assert_int_equal(db_node_by_id(s->db, pi, s->mem, &n), ERR_OK);
	assert_int_equal(n.expires_at, s->now);
	assert_int_equal(tab_get(&bob, "/me/sessions").status, 303);
	tab_get(&ann, path_of(s, 2, ""));
	assert_holds(ann.last.body, "data-flash=\"user-suspend\"");
	assert_holds(ann.last.body, "value=\"restore\"");
	assert_lacks(ann.last.body, "form-invite");
	tab_post(&ann, status, "do=restore");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(user_of(s, 2).status, USER_ACTIVE);
	assert_holds(tab_get(&ann, path_of(s, 2, "")).body,
		"bob may sign in again.");
}

static void
who_waits_is_approved(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct user u = { .name = "bob", .status = USER_NEEDS_APPROVAL };
	int64_t id;

	assert_int_equal(
		tailnet_person_add(s->db, &actor_cli, &u, s->now, &id), ERR_OK);
	tab_get(&ann, path_of(s, id, ""));
	assert_holds(ann.last.body, "value=\"approve\"");
	tab_post(&ann, path_of(s, id, "/status"), "do=approve");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(user_of(s, id).status, USER_ACTIVE);
	assert_string_equal(audit_last(s).action, "user.approved");
}

static void
an_act_that_there_is_not_is_refused(void **state)
{
	static const char *const posts[][2] = { { "/status", "do=promote" },
		{ "/status", "" }, { "/status", "do=approve&x=1" },
		{ "/invite", "do=x" }, { "/invite", "" } };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);

	for (size_t i = 0; i < sizeof(posts) / sizeof(posts[0]); i++) {
		tab_send(&ann, path_of(s, bob, ""),
			path_of(s, bob, posts[i][0]), posts[i][1]);
		if (i == 2) { /* it is so already */
			assert_int_equal(ann.last.status, 303);
			continue;
		}
		assert_int_equal(ann.last.status, 422);
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, "Choose one of the list.");
	}
}

static void
a_link_is_made_for_who_has_none_or_forgot(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	int64_t carol = person(s, "carol", ROLE_MEMBER);
	const char *form;

	tab_get(&ann, path_of(s, bob, ""));
	form = tab_form(&ann, "do=invite");
	tab_ask(&ann, "POST", path_of(s, bob, "/invite"), form);
	tab_ask(&ann, "POST", path_of(s, bob, "/invite"), form);
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(ann.last.reply.location, "/admin/users");
	tab_send(&ann, path_of(s, bob, ""), path_of(s, bob, "/invite"),
		"do=invite");
	assert_int_equal(ann.last.status, 200);
	assert_holds(ann.last.body, "data-page=\"invite-link\"");
	assert_non_null(strstr(secret_on(s, ann.last.body), "/invite/"));
	tab_send(&ann, path_of(s, carol, ""), path_of(s, carol, "/invite"),
		"do=invite");
	assert_int_equal(ann.last.status, 422);
	assert_sound(s->mem, ann.last.body);
	tab_post(&ann, path_of(s, carol, "/invite"), "do=reset");
	assert_int_equal(ann.last.status, 200);
	assert_holds(ann.last.body, "within an hour");
	assert_non_null(strstr(secret_on(s, ann.last.body), "/reset/"));
	assert_string_equal(audit_last(s).action, "user.reset");
	assert_lacks(audit_last(s).detail, "/");
}

static void
all_sessions_of_a_user_end(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);

	tab_get(&ann, path_of(s, 2, ""));
	assert_holds(ann.last.body, "id=\"form-sessions\"");
	tab_post(&ann, path_of(s, 2, "/sessions/revoke"), "");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(tab_get(&bob, "/me/sessions").status, 303);
	assert_string_equal(audit_last(s).action, "session.revoked");
	tab_get(&ann, path_of(s, 2, ""));
	assert_holds(ann.last.body, "data-flash=\"sessions-ended\"");
	assert_holds(ann.last.body, "Signed in nowhere.");
}

static void
a_user_without_machines_is_deleted_by_name(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	const char *path = path_of(s, bob, "/delete");

	tab_get(&ann, path);
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"user-delete\"");
	assert_holds(ann.last.body, "<h1>Delete bob?</h1>");
	assert_lacks(ann.last.body, "name=\"machines\"");
	tab_post(&ann, path, "typed=");
	assert_int_equal(ann.last.status, 422);
	assert_holds(ann.last.body, "id=\"delete-typed-error\"");
	assert_holds(ann.last.body, "data-error=\"typed-name\"");
	tab_post(&ann, path, "typed=ann");
	assert_int_equal(ann.last.status, 422);
	assert_holds(ann.last.body, "Type bob to confirm.");
	tab_post(&ann, path, "typed=bob");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(ann.last.reply.location, "/admin/users");
	assert_string_equal(audit_last(s).action, "user.deleted");
	assert_holds(tab_get(&ann, "/admin/users").body, "Deleted bob.");
	assert_int_equal(tab_get(&ann, path_of(s, bob, "")).status, 410);
	assert_holds(ann.last.body, "ann deleted bob on ");
	assert_holds(ann.last.body, "href=\"/admin/users\"");
	assert_int_equal(tab_get(&ann, path_of(s, 99, "")).status, 404);
	assert_int_equal(tab_get(&ann, "/admin/users/x").status, 404);
}

static void
machines_are_deleted_or_moved_with_their_user(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	int64_t eve = person_without_password(s, "eve", ROLE_MEMBER);
	int64_t pi = machine_of(s, bob, "pi"), box = machine_of(s, eve, "box");
	struct node n;

	tab_get(&ann, path_of(s, bob, "/delete"));
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "name=\"machines\"");
	tab_post(&ann, path_of(s, bob, "/delete"), "typed=bob");
	assert_int_equal(ann.last.status, 422);
	assert_holds(ann.last.body, "id=\"delete-machines-error\"");
	tab_post(&ann, path_of(s, bob, "/delete"), "typed=bob&machines=move");
	assert_int_equal(ann.last.status, 422);
	assert_holds(ann.last.body, "id=\"delete-owner-error\"");
	tab_post(&ann, path_of(s, bob, "/delete"),
		arena_printf(s->mem, "typed=bob&machines=move&owner=%lld",
			(long long)eve));
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(db_node_by_id(s->db, pi, s->mem, &n), ERR_OK);
	assert_int_equal(n.user_id, eve);
	tab_send(&ann, path_of(s, eve, "/delete"), path_of(s, eve, "/delete"),
		"typed=EVE&machines=delete");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(db_node_by_id(s->db, pi, s->mem, &n), ERR_NOT_FOUND);
	assert_int_equal(db_node_by_id(s->db, box, s->mem, &n), ERR_NOT_FOUND);
}

static void
deleting_needs_a_fresh_sign_in(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);

	s->now += FRESH_SECONDS;
	tab_get(&ann, path_of(s, bob, "/delete"));
	assert_int_equal(ann.last.status, 303);
	assert_holds(ann.last.reply.location, "/login/confirm?next=");
	tab_get(&ann, "/admin/users");
	tab_post(&ann, path_of(s, bob, "/delete"), "typed=bob");
	assert_int_equal(ann.last.status, 403);
	assert_holds(ann.last.body, "data-page=\"fresh\"");
	assert_int_equal(user_of(s, bob).id, bob);
}

static void
hostile_names_stay_text(void **state)
{
	static const char *const pages[] = { "", "/delete" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct user u = { .name = "bob",
		.display_name = HOSTILE,
		.email = "\"<b>\"@example.org" };
	int64_t id;

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_user_add(s->db, &u, &id), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	machine_of(s, id, HOSTILE);
	assert_harmless(s, tab_get(&ann, "/admin/users").body);
	assert_holds(ann.last.body, "&lt;script&gt;alert(1)");
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		assert_harmless(
			s, tab_get(&ann, path_of(s, id, pages[i])).body);
	tab_send(&ann, "/admin/users/new", "/admin/users/new",
		arena_printf(s->mem, "name=%s&display_name=%s&sign_in=none",
			text_url_encode(s->mem, HOSTILE),
			text_url_encode(s->mem, HOSTILE)));
	assert_int_equal(ann.last.status, 422);
	assert_harmless(s, ann.last.body);
	assert_harmless(
		s, tab_get(&ann, arena_printf(s->mem, "/admin/users?q=%s",
					 text_url_encode(s->mem, HOSTILE)))
			   .body);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_list_shows_everybody),
		TEST(who_has_no_way_to_sign_in_is_not_called_active),
		TEST(each_role_says_what_it_may_do_where_it_is_chosen),
		TEST(the_list_filters_by_words_role_and_status),
		TEST(the_list_sorts_and_pages),
		TEST(who_only_reads_sees_no_forms),
		TEST(an_invite_is_shown_once_and_lets_in),
		TEST(a_name_for_machines_needs_no_link),
		TEST(a_refused_new_user_says_why_at_the_field),
		TEST(nobody_gives_a_role_above_what_they_may),
		TEST(who_adds_more_than_a_member_needs_a_fresh_sign_in),
		TEST(a_profile_is_saved_and_conflicts_are_shown),
		TEST(whoever_renames_a_user_is_told_of_the_policy),
		TEST(two_forms_of_one_user_do_not_collide),
		TEST(a_refused_profile_changes_nothing),
		TEST(a_new_role_needs_a_fresh_sign_in_and_ends_sessions),
		TEST(nobody_changes_the_own_role),
		TEST(the_last_owner_stays),
		TEST(an_admin_does_nothing_to_an_owner),
		TEST(suspending_is_confirmed_and_ends_sessions_and_keys),
		TEST(who_waits_is_approved),
		TEST(an_act_that_there_is_not_is_refused),
		TEST(a_link_is_made_for_who_has_none_or_forgot),
		TEST(all_sessions_of_a_user_end),
		TEST(a_user_without_machines_is_deleted_by_name),
		TEST(machines_are_deleted_or_moved_with_their_user),
		TEST(deleting_needs_a_fresh_sign_in),
		TEST(hostile_names_stay_text),
	};

	return cmocka_run_group_tests_name("fcgi/users", tests, NULL, NULL);
}
