/*
 * oidc_settings_test.c: providers in the settings, what is asked of them
 * between two sign-ins, and machines that are added by who came by one.
 */
#include "tests/fcgi/oidc.h"
#include "tests/fcgi/sound.h"

#include "db/job.h"
#include "db/node.h"

#define SECTION "/admin/settings/sign-in"
#define NEW     SECTION "/providers/new"

static const char *
form_of(struct site *s, const char *issuer, const char *more)
{
	return arena_printf(s->mem,
		"oidc_name=Login&oidc_issuer=%s&oidc_client_id=cairn"
		"&oidc_scopes=openid&oidc_group_claim=groups%s",
		issuer, more);
}

static void
a_provider_is_set_up_tested_and_changed_by_form(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "boss", ROLE_OWNER);
	struct provider p;
	const char *page;

	assert_int_equal(
		tailnet_provider_delete(s->db, 1, "cli", s->now), ERR_OK);
	tab_get(&t, SECTION);
	assert_holds(t.last.body, "<a href=\"" NEW "\">Add a provider</a>");
	assert_lacks(t.last.body, "oidc_");
	tab_get(&t, NEW);
	tab_choose(&t, "form-provider");
	tab_post(&t, NEW,
		form_of(s, fake->issuer, "&oidc_client_secret=x&do=test"));
	assert_int_equal(t.last.status, 200);
	assert_holds(t.last.body, "id=\"test\"");
	assert_holds(t.last.body, "data-result=\"ok\"");
	assert_holds(t.last.body, "1 for signatures");
	assert_holds(t.last.body, "/oidc/callback");
	assert_int_equal(
		db_provider_by_name(s->db, "Login", s->mem, &p), ERR_NOT_FOUND);
	tab_choose(&t, "form-provider");
	tab_post(&t, NEW,
		form_of(s, fake->issuer,
			"&oidc_client_secret=x&oidc_domains=a.org%0D%0Ab.org"));
	assert_int_equal(t.last.status, 303);
	assert_int_equal(
		db_provider_by_name(s->db, "Login", s->mem, &p), ERR_OK);
	assert_string_equal(p.domains, "a.org\nb.org");
	assert_true(p.secret.len > 0);
	assert_string_equal(audit_last(s).action, "provider.added");
	assert_lacks(audit_last(s).after, "\"x\"");
	assert_string_equal(t.last.reply.location, SECTION);
	page = arena_printf(s->mem, SECTION "/providers/%lld", (long long)p.id);
	tab_get(&t, SECTION);
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body,
		arena_printf(s->mem, "<a href=\"%s\">Login</a>", page));
	tab_get(&t, page);
	assert_lacks(t.last.body, "value=\"x\"");
	tab_choose(&t, "form-provider");
	tab_post(&t, page, form_of(s, fake->issuer, "&oidc_links=1"));
	assert_int_equal(t.last.status, 303);
	assert_int_equal(
		db_provider_by_name(s->db, "Login", s->mem, &p), ERR_OK);
	assert_true(p.links);
	assert_true(p.secret.len > 0); /* empty keeps it */
}

static void
a_button_that_is_not_there_stores_nothing(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "boss", ROLE_OWNER);
	struct provider p;

	assert_int_equal(
		tailnet_provider_delete(s->db, 1, "cli", s->now), ERR_OK);
	tab_get(&t, NEW);
	tab_choose(&t, "form-provider");
	tab_post(&t, NEW, form_of(s, "https://login.example.org", "&do=tset"));
	assert_int_equal(t.last.status, 400);
	assert_int_equal(
		db_provider_by_name(s->db, "Login", s->mem, &p), ERR_NOT_FOUND);
}

static void
what_makes_no_provider_is_said_at_its_field(void **state)
{
	static const char *const cases[][2] = {
		{ "http://login.example.org", "oidc_issuer" },
		{ "https://login.example.org/?x=1", "oidc_issuer" },
		{ "https://me@login.example.org", "oidc_issuer" },
		{ "javascript:x", "oidc_issuer" },
		{ "", "oidc_issuer" },
		{ "https://accounts.google.com", "oidc_domains" },
		{ "https://accounts.google.com/", "oidc_domains" },
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "boss", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		tab_get(&t, NEW);
		tab_choose(&t, "form-provider");
		tab_post(&t, NEW, form_of(s, cases[i][0], ""));
		if (t.last.status != 422)
			fail_msg("%s: %d", cases[i][0], t.last.status);
		assert_holds(t.last.body,
			arena_printf(s->mem, "provider-%s-error", cases[i][1]));
	}
	tab_get(&t, NEW);
	tab_choose(&t, "form-provider");
	tab_post(&t, NEW, form_of(s, fake->issuer, "&oidc_roles=a+%3D+owner"));
	assert_int_equal(t.last.status, 422);
	assert_holds(t.last.body, "provider-oidc_roles-error");
}

static void
passwords_cannot_be_switched_off_before_an_owner_came_by_it(void **state)
{
	struct tab t = tab_of(*state, "boss", ROLE_OWNER);

	tab_get(&t, SECTION);
	tab_choose(&t, "form-settings-sign-in");
	tab_post(&t, SECTION, "require_second_factor=");
	assert_int_equal(t.last.status, 422);
	assert_holds(t.last.body, "settings-sign-in-password_sign_in-error");
}

/* ---- between two sign-ins ---- */

static int
run_job(struct site *s)
{
	struct job j;

	if (db_job_of(s->db, OIDC_JOB_REFRESH, 1, s->mem, &j))
		return 0;
	s->now = j.due_at;
	return ask(s, GROUP_JOBS, "POST",
		arena_printf(s->mem, "/job/%lld", (long long)j.id), NULL)
		.status;
}

static struct tab
come_with_refresh(struct site *s)
{
	struct provider p = provider(s);
	struct tab t = tab_new(s);

	p.scopes = "openid offline_access";
	change(s, p);
	(void)snprintf(fake->says->refresh, FAKE_TEXT, "r3fresh");
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
	return t;
}

static void
say_again(struct site *s, const char *more)
{
	(void)snprintf(fake->says->claims, FAKE_TEXT,
		"{\"iss\":\"%s\",\"sub\":\"7\",\"aud\":\"cairn\",\"exp\":%lld,"
		"\"iat\":%lld%s}",
		fake->issuer, (long long)s->now + 7200, (long long)s->now,
		more);
}

static void
groups_follow_the_provider_between_two_sign_ins(void **state)
{
	struct site *s = *state;
	struct identity i;

	come_with_refresh(s);
	assert_int_equal(db_identity_by_id(s->db, 1, s->mem, &i), ERR_OK);
	assert_true(i.refresh.len > 0);
	assert_null(memmem(i.refresh.at, i.refresh.len, "r3fresh", 7));
	say_again(s, ",\"groups\":[\"ops\"]");
	(void)snprintf(fake->says->refresh, FAKE_TEXT, "n3xt");
	assert_int_equal(run_job(s), 200);
	assert_holds(fake->says->posted, "grant_type=refresh_token");
	assert_holds(fake->says->posted, "refresh_token=r3fresh");
	assert_string_equal(user(s, "ann").groups, "[\"ops@127.0.0.1\"]");
	assert_int_equal(run_job(s), 200);
	assert_holds(fake->says->posted, "refresh_token=n3xt");
}

static void
a_refresh_of_somebody_else_changes_nothing(void **state)
{
	struct site *s = *state;
	char *at;

	come_with_refresh(s);
	say_again(s, ",\"groups\":[\"ops\"]");
	at = strstr(fake->says->claims, "\"7\"");
	at[1] = '8';
	assert_int_equal(run_job(s), 200);
	assert_string_equal(
		user(s, "ann").groups, "[\"all@127.0.0.1\",\"dev@127.0.0.1\"]");
}

static void
whom_the_provider_withdraws_loses_groups_and_sessions(void **state)
{
	struct site *s = *state;
	struct tab t = come_with_refresh(s);
	struct job j;

	fake->says->manner[FAKE_TOKEN] = FAKE_BROKEN; /* away: later again */
	assert_int_equal(run_job(s), 200);
	assert_string_equal(
		user(s, "ann").groups, "[\"all@127.0.0.1\",\"dev@127.0.0.1\"]");
	assert_int_equal(tab_get(&t, "/me/sessions").status, 200);
	fake->says->manner[FAKE_TOKEN] = FAKE_DENIES;
	assert_int_equal(run_job(s), 200);
	assert_string_equal(user(s, "ann").groups, "[]");
	assert_int_equal(tab_get(&t, "/me/sessions").status, 303);
	assert_string_equal(audit_last(s).action, "identity.withdrawn");
	assert_int_equal(db_job_of(s->db, OIDC_JOB_REFRESH, 1, s->mem, &j),
		ERR_NOT_FOUND);
}

/* The provider ended the older token with the newer sign-in, and says so. */
static void
what_is_said_of_an_older_token_counts_for_nothing(void **state)
{
	struct site *s = *state;
	const struct oidc_round round = { .home = s->home,
		.identity_id = 1,
		.asked = "r3fresh",
		.next = "0ther" };
	struct provider p;
	const struct oidc_person who = { .email = "",
		.display_name = "",
		.picture = "",
		.synced = "[]",
		.role = ROLES };
	struct tab t = come_with_refresh(s);
	struct identity i;
	const char *token;

	(void)snprintf(fake->says->refresh, FAKE_TEXT, "n3wer");
	tab_post(&t, "/logout", "");
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
	p = provider(s);
	assert_int_equal(
		tailnet_oidc_withdrawn(s->db, &round, "no more", s->now),
		ERR_OK);
	assert_int_equal(
		tailnet_oidc_refreshed(s->db, &p, &round, &who, s->now),
		ERR_OK);
	assert_int_equal(tab_get(&t, "/me/sessions").status, 200);
	assert_string_equal(
		user(s, "ann").groups, "[\"all@127.0.0.1\",\"dev@127.0.0.1\"]");
	assert_int_equal(db_identity_by_id(s->db, 1, s->mem, &i), ERR_OK);
	assert_int_equal(
		oidc_token_open(s->db, s->home, i.refresh, s->mem, &token),
		ERR_OK);
	assert_string_equal(token, "n3wer");
}

static void
another_issuer_gets_no_token_of_the_one_before(void **state)
{
	struct site *s = *state;
	struct fake_provider *second = fake_provider_new();
	struct tab t = come_with_refresh(s);
	struct provider p = provider(s);
	struct identity i;

	p.issuer = second->issuer;
	change(s, p);
	(void)run_job(s);
	assert_int_equal(second->says->asked[FAKE_TOKEN], 0);
	assert_string_equal(user(s, "ann").groups, "[]");
	assert_int_equal(db_identity_by_id(s->db, 1, s->mem, &i), ERR_OK);
	assert_int_equal(i.provider_id, 0);
	assert_int_equal(i.refresh.len, 0);
	/* It was a slip: whoever comes is who they were. */
	p.issuer = fake->issuer;
	change(s, p);
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
	assert_int_equal(db_identity_by_id(s->db, 1, s->mem, &i), ERR_OK);
	assert_int_equal(i.provider_id, 1);
	fake_provider_free(second);
}

/* Owners are known by issuer and sub. */
static void
an_issuer_stays_while_it_is_the_only_way_in(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct provider_change c = { .actor = "cli", .now = s->now };
	struct secret seal;
	struct user u;
	const char *field, *why;
	int64_t id;

	oidc_visit(&t, fake, "7", ANN);
	u = user(s, "ann");
	u.role = ROLE_OWNER;
	assert_int_equal(db_user_update(s->db, &u), ERR_OK);
	set(s, "password_sign_in", "false");
	assert_int_equal(secret_current(s->db, s->home, "seal", &seal), ERR_OK);
	c.seal = &seal;
	c.provider = provider(s);
	c.provider.issuer = "https://login.example.org";
	c.secret = "";
	assert_int_equal(
		tailnet_provider_put(s->db, &c, s->mem, &id, &field, &why),
		ERR_BAD_INPUT);
	assert_string_equal(field, "issuer");
	assert_holds(why, "passwords");
	set(s, "password_sign_in", "true");
	assert_int_equal(
		tailnet_provider_put(s->db, &c, s->mem, &id, &field, &why),
		ERR_OK);
}

static void
no_refresh_token_is_kept_that_was_not_asked_for(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct identity i;

	(void)snprintf(fake->says->refresh, FAKE_TEXT, "r3fresh");
	oidc_visit(&t, fake, "7", ANN);
	assert_int_equal(db_identity_by_id(s->db, 1, s->mem, &i), ERR_OK);
	assert_int_equal(i.refresh.len, 0);
	assert_int_equal(run_job(s), 0);
}

/* ---- machines ---- */

static const char *
machine_link(struct site *s)
{
	struct answer a = ask(s, GROUP_INNER, "POST", "/machine/register",
		"{\"Version\":142,\"NodeKey\":\"" NKEY_A
		"\",\"Hostinfo\":{\"IPNVersion\":\"1.102.3\","
		"\"OS\":\"linux\",\"Hostname\":\"laptop\"}}");

	return arena_printf(s->mem, "%.48s", strstr(a.body, "/register/"));
}

static struct node
add_machine(struct site *s, bool with_token)
{
	struct provider p = provider(s);
	const char *link = machine_link(s);
	struct tab t = tab_new(s);
	struct trip trip;
	struct node *rows;
	size_t count;

	p.key_expiry = with_token;
	change(s, p);
	tab_get(&t, link);
	assert_holds(t.last.body, "id=\"oidc\"");
	trip = oidc_go(&t, fake,
		arena_printf(s->mem, "/oidc/start?provider=1&next=%s", link));
	oidc_say(&trip, "7", ANN);
	assert_int_equal(oidc_come(&trip, "&code=c").status, 303);
	assert_string_equal(t.last.reply.location, link);
	tab_get(&t, link);
	tab_choose(&t, "form-register");
	assert_int_equal(tab_post(&t, link, "decision=approve").status, 303);
	assert_int_equal(db_nodes(s->db, s->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 1);
	return rows[0];
}

static void
a_machine_is_added_by_whom_a_provider_vouches_for(void **state)
{
	struct site *s = *state;
	struct node n = add_machine(s, false);

	assert_int_equal(n.user_id, user(s, "ann").id);
	assert_string_equal(n.register_method, "oidc");
	assert_int_equal(n.expires_at, s->now + 180 * 86400);
}

static void
a_machine_ends_with_the_token_if_that_is_set(void **state)
{
	struct site *s = *state;

	assert_int_equal(add_machine(s, true).expires_at, s->now + 300);
}

/* The session is good for longer than the token: the way to another one is on
 * the page, and leads back to it. */
static void
a_token_that_ended_adds_no_machine_before_another_sign_in(void **state)
{
	struct site *s = *state;
	struct provider p = provider(s);
	const char *link;
	struct tab t = tab_new(s);
	struct trip trip;
	struct node *rows;
	size_t count;

	p.key_expiry = true;
	change(s, p);
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
	link = machine_link(s);
	tab_get(&t, link);
	assert_lacks(t.last.body, "/oidc/start");
	tab_choose(&t, "form-register");
	s->now += 300;
	assert_int_equal(tab_post(&t, link, "decision=approve").status, 422);
	assert_holds(t.last.body, "sign in there again");
	tab_get(&t, link);
	assert_lacks(t.last.body, "Add machine");
	assert_holds(t.last.body, "Not mine");
	assert_holds(t.last.body, "Sign in with Login again");
	assert_holds(t.last.body,
		arena_printf(s->mem,
			"/oidc/start?provider=1&amp;fresh=1&amp;next=%s",
			link));
	trip = oidc_go(&t, fake,
		arena_printf(s->mem, "/oidc/start?provider=1&fresh=1&next=%s",
			link));
	oidc_say(&trip, "7", ANN);
	assert_int_equal(oidc_come(&trip, "&code=c").status, 303);
	assert_string_equal(t.last.reply.location, link);
	tab_get(&t, link);
	tab_choose(&t, "form-register");
	assert_int_equal(tab_post(&t, link, "decision=approve").status, 303);
	assert_int_equal(db_nodes(s->db, s->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].expires_at, s->now + 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		oidc_test(a_provider_is_set_up_tested_and_changed_by_form),
		oidc_test(a_button_that_is_not_there_stores_nothing),
		oidc_test(what_makes_no_provider_is_said_at_its_field),
		oidc_test(
			passwords_cannot_be_switched_off_before_an_owner_came_by_it),
		oidc_test(groups_follow_the_provider_between_two_sign_ins),
		oidc_test(a_refresh_of_somebody_else_changes_nothing),
		oidc_test(
			whom_the_provider_withdraws_loses_groups_and_sessions),
		oidc_test(what_is_said_of_an_older_token_counts_for_nothing),
		oidc_test(another_issuer_gets_no_token_of_the_one_before),
		oidc_test(an_issuer_stays_while_it_is_the_only_way_in),
		oidc_test(no_refresh_token_is_kept_that_was_not_asked_for),
		oidc_test(a_machine_is_added_by_whom_a_provider_vouches_for),
		oidc_test(a_machine_ends_with_the_token_if_that_is_set),
		oidc_test(
			a_token_that_ended_adds_no_machine_before_another_sign_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
