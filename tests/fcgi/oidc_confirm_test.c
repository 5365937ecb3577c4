/*
 * oidc_confirm_test.c: who came by a provider shows again who it is, needs no
 * second factor of here, and signs out there too.
 */
#include "tests/fcgi/oidc.h"

#include "db/factor.h"

#define ROLE_PATH "/admin/users/%lld/role"

/* An admin who has a provider and no password, signed in. */
static struct tab
admin_by_provider(struct site *s)
{
	struct tab t = tab_new(s);

	oidc_visit(&t, fake, "7", ANN);
	assert_int_equal(tailnet_person_role(s->db, &actor_cli,
				 user(s, "ann").id, ROLE_ADMIN, s->now),
		ERR_OK);
	t = tab_new(s);
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
	return t;
}

static void
add_factor(struct site *s, int64_t user_id)
{
	static const uint8_t sealed[] = { 1, 2, 3 };

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_factor_add(s->db,
				 &(struct factor){ .user_id = user_id,
					 .secret = { sealed, sizeof(sealed) },
					 .added_at = s->now }),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static const char *
role_path(struct site *s, int64_t id)
{
	return arena_printf(s->mem, ROLE_PATH, (long long)id);
}

static void
a_late_form_of_who_has_no_password_is_kept_and_sent_again(void **state)
{
	struct site *s = *state;
	struct tab t = admin_by_provider(s), other;
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	const char *page =
		arena_printf(s->mem, "/admin/users/%lld", (long long)bob);
	struct trip trip;

	tab_get(&t, page);
	tab_choose(&t, "form-role");
	s->now += 601;
	tab_post(&t, role_path(s, bob), "role=auditor");
	assert_int_equal(t.last.status, 403);
	assert_holds(t.last.body, "data-page=\"fresh\"");
	assert_lacks(t.last.body, "type=\"password\"");
	assert_lacks(t.last.body, "form-fresh");
	assert_holds(t.last.body, "Confirm by Login</a> (opens a new tab)");
	assert_holds(t.last.body, "id=\"resend\"");
	assert_holds(t.last.body, "name=\"role\" value=\"auditor\"");
	tab_choose(&t, "resend");
	/* Sent again too early it is asked for again. */
	tab_post(&t, role_path(s, bob), "role=auditor");
	assert_int_equal(t.last.status, 403);
	tab_choose(&t, "resend");
	other = t; /* of the same browser */
	trip = oidc_go(&other, fake, "/oidc/start?provider=1&fresh=1");
	assert_holds(trip.url, "prompt=login");
	oidc_say(&trip, "7", ANN);
	assert_int_equal(oidc_come(&trip, "&code=c").status, 303);
	assert_string_equal(other.last.reply.location, "/me");
	assert_holds(tab_get(&other, "/me").body, "data-flash=\"confirmed\"");
	tab_post(&t, role_path(s, bob), "role=auditor");
	assert_int_equal(t.last.status, 303);
	assert_int_equal(user(s, "bob").role, ROLE_AUDITOR);
}

static void
who_has_both_may_confirm_by_either(void **state)
{
	struct site *s = *state;
	struct tab t = admin_by_provider(s);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);

	add_factor(s, user(s, "ann").id);
	s->now += 601;
	tab_get(&t, "/me/security");
	tab_post(&t, role_path(s, bob), "role=auditor");
	assert_holds(t.last.body, "form-fresh");
	assert_holds(t.last.body, "Confirm by Login");
}

static void
the_page_of_confirming_asks_for_no_password_that_is_not_there(void **state)
{
	struct site *s = *state;
	struct tab t = admin_by_provider(s);

	tab_get(&t, "/login/confirm?next=/me/security");
	assert_lacks(t.last.body, "form-fresh");
	assert_holds(t.last.body, "Sign in with Login again");
	tab_get(&t, "/me/security");
	assert_holds(t.last.body, "id=\"no-password\"");
	assert_lacks(t.last.body, "form-password");
}

static void
a_client_secret_is_kept_on_no_page(void **state)
{
	struct site *s = *state;
	struct tab t = admin_by_provider(s);

	tab_get(&t, "/admin/settings/sign-in/providers/new");
	tab_choose(&t, "form-provider");
	s->now += 601;
	tab_post(&t, "/admin/settings/sign-in/providers/new",
		"oidc_name=B&oidc_issuer=https://b.example&oidc_client_id=b&"
		"oidc_client_secret=sw0rdfish");
	assert_int_equal(t.last.status, 403);
	assert_holds(t.last.body, "value=\"https://b.example\"");
	assert_lacks(t.last.body, "sw0rdfish");
	assert_holds(t.last.body, "Secrets are not kept");
}

static void
a_provider_is_trusted_with_the_second_factor(void **state)
{
	struct site *s = *state;
	struct tab t;

	set(s, "require_second_factor", "true");
	t = admin_by_provider(s);
	assert_int_equal(tab_get(&t, "/admin/machines").status, 200);
	/* Nor is it asked of who has one here. */
	add_factor(s, user(s, "ann").id);
	t = tab_new(s);
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
	assert_int_equal(tab_get(&t, "/admin/machines").status, 200);
}

/* With a password beside it, what was a password alone still needs one. */
static void
a_password_of_who_has_a_provider_too_still_needs_a_factor(void **state)
{
	struct site *s = *state;
	struct tab by_password = tab_with_password(s, "ann", ROLE_ADMIN), t;
	struct trip trip;

	tab_get(&by_password, "/me/security");
	trip = oidc_go(&by_password, fake,
		arena_printf(s->mem, "/oidc/start?provider=1&link=%s",
			arena_printf(s->mem, "%.64s",
				strstr(by_password.last.body, "link=") + 5)));
	oidc_say(&trip, "7", ANN);
	assert_int_equal(oidc_come(&trip, "&code=c").status, 303);
	set(s, "require_second_factor", "true");
	t = tab_new(s);
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
	assert_int_equal(tab_get(&t, "/admin/machines").status, 200);
	assert_int_equal(tab_get(&by_password, "/admin/machines").status, 303);
	assert_string_equal(by_password.last.reply.location,
		"/me/totp?next=/admin/machines");
}

static void
a_session_of_an_account_that_was_unlinked_needs_a_factor(void **state)
{
	struct site *s = *state;
	struct tab t = admin_by_provider(s);

	set(s, "require_second_factor", "true");
	assert_int_equal(tab_get(&t, "/admin/machines").status, 200);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_login_set_password(s->db, user(s, "ann").id,
				 "$argon2id$", s->now),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	tab_get(&t, "/me/security");
	tab_post(&t, "/me/identities/1/unlink", "");
	assert_int_equal(t.last.status, 303);
	assert_int_equal(tab_get(&t, "/me").status, 200);
	assert_int_equal(tab_get(&t, "/admin/machines").status, 303);
	assert_string_equal(
		t.last.reply.location, "/me/totp?next=/admin/machines");
}

static void
an_account_with_a_second_factor_is_not_linked_by_its_address(void **state)
{
	struct site *s = *state;
	struct user u = {
		.name = "ann", .email = "ann@example.org", .role = ROLE_MEMBER
	};
	struct provider p = provider(s);
	struct tab t = tab_new(s);
	int64_t id;

	p.links = true;
	change(s, p);
	assert_int_equal(
		tailnet_person_add(s->db, &actor_cli, &u, s->now, &id), ERR_OK);
	add_factor(s, id);
	assert_refused(oidc_visit(&t, fake, "7", ANN), "user");
	assert_holds(t.last.body, "second factor");
}

static void
who_signs_out_may_sign_out_there_too(void **state)
{
	struct site *s = *state;
	struct tab t;

	fake->says->ends_session = true;
	t = admin_by_provider(s);
	tab_send(&t, "/me", "/logout", "");
	assert_int_equal(t.last.status, 303);
	assert_string_equal(t.last.reply.location, "/login");
	assert_lacks(
		tab_cookie(&t, "cairn") ? tab_cookie(&t, "cairn") : "", "=");
	tab_get(&t, "/login");
	assert_holds(t.last.body, "data-flash=\"signed-out\"");
	assert_holds(t.last.body, "Sign out of Login too");
	assert_holds(t.last.body,
		arena_printf(s->mem,
			"href=\"%s/end?x=y&amp;client_id=cairn&amp;"
			"post_logout_redirect_uri=",
			fake->issuer));
	assert_lacks(t.last.body, "id_token");
	/* Once. */
	assert_lacks(tab_get(&t, "/login").body, "Sign out of Login");
}

static void
where_a_provider_ends_no_session_no_link_is_shown(void **state)
{
	struct site *s = *state;
	struct tab t = admin_by_provider(s), bob;

	tab_send(&t, "/me", "/logout", "");
	assert_lacks(tab_get(&t, "/login").body, "Sign out of");
	/* Nor to who came by a password. */
	fake->says->ends_session = true;
	s->now += OIDC_FRESH_SECONDS;
	t = admin_by_provider(s);
	bob = tab_of(s, "bob", ROLE_MEMBER);
	tab_send(&bob, "/me", "/logout", "");
	assert_lacks(tab_get(&bob, "/login").body, "Sign out of");
}

/* Whose page was open before the provider came. */
static void
what_a_provider_says_of_a_user_is_shown_and_not_changed_here(void **state)
{
	struct site *s = *state;
	const struct user u = { .name = "ann",
		.display_name = "Ann B",
		.email = "ann@example.org",
		.role = ROLE_MEMBER };
	struct tab t = tab_of(s, "olga", ROLE_OWNER), ann = tab_new(s), late;
	struct provider p = provider(s);
	const char *page, *body;
	int64_t id;

	assert_int_equal(
		tailnet_person_add(s->db, &actor_cli, &u, s->now, &id), ERR_OK);
	page = arena_printf(s->mem, "/admin/users/%lld", (long long)id);
	tab_get(&t, page);
	tab_choose(&t, "form-user");
	late = t;
	p.links = true;
	change(s, p);
	assert_int_equal(oidc_visit(&ann, fake, "7", ANN).status, 303);
	body = tab_get(&t, page).body;
	assert_holds(body, "<dd data-fact=\"provider\">by Login</dd>");
	assert_holds(body, "<dt>Groups by Login</dt><dd data-fact=\"groups\">"
			   "group:");
	assert_holds(body, "data-fact=\"provider-id\">7, http://");
	assert_holds(body, "come from Login at each sign-in");
	assert_lacks(body, "form-user");
	tab_post(&late, arena_printf(s->mem, "%s/profile", page),
		"name=eve&display_name=Eve&email=eve@example.org");
	assert_int_equal(late.last.status, 409);
	assert_holds(late.last.body, "id=\"conflict\"");
	assert_holds(late.last.body, "come from Login at each sign-in");
	assert_string_equal(user(s, "ann").display_name, "Ann B");
}

/* A change of role ends all sessions, that of who shows it again too. */
static void
who_shows_it_again_and_has_another_role_now_goes_on_with_that(void **state)
{
	static const char *const aims[] = { "fresh=1&next=/me/security",
		"fresh=1" };
	static const char *const roles[] = { "auditor", "it-admin" };
	struct site *s = *state;
	struct provider p = provider(s);
	struct tab t = tab_new(s);
	struct trip trip;

	p.role_claim = "r";
	change(s, p);
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
	for (size_t i = 0; i < 2; i++) {
		trip = oidc_go(&t, fake,
			arena_printf(s->mem, "/oidc/start?%s", aims[i]));
		oidc_say(&trip, "7",
			arena_printf(s->mem, "%s,\"r\":\"%s\"", ANN, roles[i]));
		assert_int_equal(oidc_come(&trip, "&code=c").status, 303);
		assert_string_equal(role_word(user(s, "ann").role), roles[i]);
		assert_int_equal(tab_get(&t, "/admin/users").status, 200);
	}
}

static void
who_links_an_account_that_gives_a_role_stays_signed_in(void **state)
{
	struct site *s = *state;
	struct provider p = provider(s);
	struct tab t = tab_of(s, "bob", ROLE_MEMBER);
	struct trip trip;
	const char *link;

	p.role_claim = "r";
	change(s, p);
	link = strstr(tab_get(&t, "/me/security").body, "link=");
	trip = oidc_go(
		&t, fake, arena_printf(s->mem, "/oidc/start?%.69s", link));
	oidc_say(&trip, "7", ANN ",\"r\":\"auditor\"");
	assert_int_equal(oidc_come(&trip, "&code=c").status, 303);
	assert_int_equal(user(s, "bob").role, ROLE_AUDITOR);
	assert_int_equal(tab_get(&t, "/admin/users").status, 200);
}

/* As who was invited and came by a password. */
static void
who_was_invited_waits_where_all_wait(void **state)
{
	static const struct {
		const char *approval;
		enum user_status wanted;
		int answer;
	} cases[] = { { "true", USER_NEEDS_APPROVAL, 403 },
		{ "false", USER_ACTIVE, 303 } };
	struct site *s = *state;
	struct provider p = provider(s);
	struct tab t = tab_new(s);
	struct user u;

	p.links = true;
	change(s, p);
	person_without_password(s, "ann", ROLE_MEMBER);
	u = user(s, "ann");
	u.email = "ann@example.org";
	for (size_t i = 0; i < 2; i++) {
		u.status = USER_INVITED;
		assert_int_equal(db_begin(s->db), ERR_OK);
		assert_int_equal(db_user_update(s->db, &u), ERR_OK);
		assert_int_equal(db_commit(s->db), ERR_OK);
		set(s, "user_approval", cases[i].approval);
		assert_int_equal(
			oidc_visit(&t, fake, "7", ANN).status, cases[i].answer);
		assert_int_equal(user(s, "ann").status, cases[i].wanted);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		oidc_test(
			a_late_form_of_who_has_no_password_is_kept_and_sent_again),
		oidc_test(who_has_both_may_confirm_by_either),
		oidc_test(
			the_page_of_confirming_asks_for_no_password_that_is_not_there),
		oidc_test(a_client_secret_is_kept_on_no_page),
		oidc_test(a_provider_is_trusted_with_the_second_factor),
		oidc_test(
			a_password_of_who_has_a_provider_too_still_needs_a_factor),
		oidc_test(
			a_session_of_an_account_that_was_unlinked_needs_a_factor),
		oidc_test(
			an_account_with_a_second_factor_is_not_linked_by_its_address),
		oidc_test(who_signs_out_may_sign_out_there_too),
		oidc_test(where_a_provider_ends_no_session_no_link_is_shown),
		oidc_test(
			what_a_provider_says_of_a_user_is_shown_and_not_changed_here),
		oidc_test(
			who_shows_it_again_and_has_another_role_now_goes_on_with_that),
		oidc_test(
			who_links_an_account_that_gives_a_role_stays_signed_in),
		oidc_test(who_was_invited_waits_where_all_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
