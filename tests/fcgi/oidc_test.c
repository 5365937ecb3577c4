/*
 * oidc_test.c: signing in by a provider: who comes in as whom, and every way in
 * which it must not work.
 */
#include "tests/fcgi/oidc.h"

#include <time.h>

#include "db/job.h"
#include "fcgi/oidc_ask.h"
#include "fcgi/oidc_page.h"

#define ANN                                                              \
	",\"email\":\"ann@example.org\",\"email_verified\":true,"        \
	"\"preferred_username\":\"ann\",\"name\":\"Ann B\",\"groups\":[" \
	"\"dev\",\"all\"]"

static struct fake_provider *fake;

static int
open_both(void **state)
{
	int failed = site_open(state);
	struct provider p;

	fake = fake_provider_new();
	p = oidc_plain(fake, "Login");
	oidc_put(*state, &p);
	return failed;
}

static int
close_both(void **state)
{
	fake_provider_free(fake);
	return site_close(state);
}

static void
set(struct site *s, const char *name, const char *value)
{
	const char *why;

	assert_int_equal(
		settings_put(s->db, name, value, "cli", s->now, s->mem, &why),
		ERR_OK);
}

static struct provider
provider(struct site *s)
{
	struct provider p;

	assert_int_equal(
		db_provider_by_name(s->db, "Login", s->mem, &p), ERR_OK);
	return p;
}

static void
change(struct site *s, struct provider p)
{
	oidc_put(s, &p);
}

static struct user
user(struct site *s, const char *name)
{
	struct user u = { .id = 0 };

	assert_int_equal(db_user_by_name(s->db, name, s->mem, &u), ERR_OK);
	return u;
}

/* ---- there ---- */

static void
the_way_there_is_a_link_with_all_that_guards_it(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip;

	tab_get(&t, "/login?next=/me/sessions");
	assert_holds(t.last.body, "id=\"oidc\"");
	assert_holds(t.last.body, "Continue with Login");
	assert_holds(
		t.last.body, "/oidc/start?provider=1&amp;next=/me/sessions");
	trip = oidc_go(&t, fake, "/oidc/start?provider=1&next=/me/sessions");
	assert_true(text_starts(trip.url, fake->issuer));
	assert_holds(trip.url, "/auth?a=b&response_type=code&client_id=cairn");
	assert_string_equal(
		oidc_part(s, trip.url, "code_challenge_method"), "S256");
	assert_int_equal(strlen(oidc_part(s, trip.url, "code_challenge")), 43);
	assert_int_equal(strlen(trip.state), OIDC_STATE_LEN);
	assert_int_equal(strlen(trip.nonce), 43);
	assert_string_equal(oidc_part(s, trip.url, "redirect_uri"),
		"http://127.0.0.1:8080/oidc/callback");
	assert_string_equal(
		oidc_part(s, trip.url, "scope"), "openid profile email");
	assert_string_equal(
		tab_cookie(&t,
			arena_printf(s->mem, "cairn-oidc-%.6s", trip.state)),
		trip.state);
	assert_holds(t.last.head, "Max-Age=600; HttpOnly; SameSite=Lax");
}

static void
the_cookie_of_https_is_bound_to_the_host(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	set(s, "url", "https://vpn.example.org");
	set(s, "dns_domain", "net.example.com");
	oidc_go(&t, fake, "/oidc/start");
	assert_holds(t.last.head, "Set-Cookie: __Host-cairn-oidc-");
	assert_holds(t.last.head, "SameSite=Lax; Secure");
}

static void
what_is_known_of_the_provider_is_not_asked_again(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	oidc_go(&t, fake, "/oidc/start");
	oidc_go(&t, fake, "/oidc/start");
	assert_int_equal(fake->says->asked[FAKE_DISCOVERY], 1);
	s->now += OIDC_FRESH_SECONDS;
	oidc_go(&t, fake, "/oidc/start");
	assert_int_equal(fake->says->asked[FAKE_DISCOVERY], 2);
}

static void
a_head_request_begins_nothing(void **state)
{
	struct site *s = *state;
	struct answer a = ask(s, GROUP_OUTER, "HEAD", "/oidc/start", NULL);

	assert_int_equal(a.status, 204);
	assert_int_equal(a.reply.cookie_count, 0);
	assert_int_equal(fake->says->asked[FAKE_DISCOVERY], 0);
}

static void
one_address_begins_as_many_as_may_be_and_no_more(void **state)
{
	struct site *s = *state;
	struct tab t;

	s->rate = rate_new();
	for (int i = 0; i <= OIDC_STARTS_PER_MINUTE; i++) {
		t = tab_new(s);
		assert_int_equal(tab_get(&t, "/oidc/start").status,
			i < OIDC_STARTS_PER_MINUTE ? 302 : 429);
	}
}

static void
a_provider_that_is_not_there_is_404(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	assert_int_equal(tab_get(&t, "/oidc/start?provider=9").status, 404);
	assert_int_equal(tab_get(&t, "/oidc/start?provider=x").status, 404);
	assert_int_equal(
		tailnet_provider_delete(s->db, 1, "cli", s->now), ERR_OK);
	assert_int_equal(tab_get(&t, "/oidc/start").status, 404);
	assert_lacks(tab_get(&t, "/login").body, "id=\"oidc\"");
}

/* ---- who comes in ---- */

static void
the_first_one_becomes_a_member_and_never_an_owner(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip = oidc_go(&t, fake, "/oidc/start?next=/me/sessions");
	struct answer a;
	struct user u;

	oidc_say(&trip, "7", ANN ",\"role\":\"owner\"");
	a = oidc_come(&trip, "&code=c0de");
	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, "/me/sessions");
	assert_holds(a.head, "Set-Cookie: cairn=");
	u = user(s, "ann");
	assert_int_equal(u.role, ROLE_MEMBER);
	assert_int_equal(u.status, USER_ACTIVE);
	assert_string_equal(u.email, "ann@example.org");
	assert_string_equal(u.display_name, "Ann B");
	assert_string_equal(u.groups, "[\"all@127.0.0.1\",\"dev@127.0.0.1\"]");
	assert_string_equal(audit_last(s).action, "session.started");
	assert_string_equal(audit_last(s).via, "oidc");
	assert_int_equal(tab_get(&t, "/me/sessions").status, 200);
	assert_int_equal(tab_get(&t, "/admin/machines").status, 403);
}

static void
the_code_is_fetched_with_secret_and_verifier(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *basic = "cairn:s3cr3t/%2B";

	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
	assert_holds(fake->says->posted, "grant_type=authorization_code");
	assert_holds(fake->says->posted, "code=c0de");
	assert_holds(fake->says->posted, "code_verifier=");
	assert_holds(fake->says->posted,
		"redirect_uri=http%3A//127.0.0.1%3A8080/oidc/callback");
	assert_lacks(fake->says->posted, "s3cr3t");
	assert_string_equal(fake->says->authorization,
		arena_printf(s->mem, "Basic %s",
			text_base64(s->mem, basic, strlen(basic))));
}

static void
who_comes_again_is_the_same_whatever_they_are_called(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s), other = tab_new(s);
	struct user u;

	oidc_visit(&t, fake, "7", ANN);
	u = user(s, "ann");
	assert_int_equal(
		oidc_visit(&other, fake, "7",
			",\"email\":\"a@example.org\",\"email_verified\":true,"
			"\"preferred_username\":\"annabel\",\"name\":\"Annabel\"")
			.status,
		303);
	u = user(s, "ann"); /* policies name her so */
	assert_string_equal(u.email, "a@example.org");
	assert_string_equal(u.display_name, "Annabel");
	assert_string_equal(u.groups, "[]");
}

static void
a_name_that_is_taken_or_odd_is_made_to_fit(void **state)
{
	static const char *const cases[][3] = {
		{ "1", "\"preferred_username\":\"ann\"", "ann" },
		{ "2", "\"preferred_username\":\"ANN\"", "ANN-2" },
		{ "3", "\"preferred_username\":\"Jos\\u00e9 M\"", "Jos---M" },
		{ "4", "\"preferred_username\":\"42\"", "user" },
		{ "5", "\"email\":\"eve.x@example.org\",\"email_verified\":true",
			"eve.x" },
		{ "6", "\"preferred_username\":\"x\"", "user-2" },
		{ "7", "\"preferred_username\":\"tagged-devices\"", "user-3" },
		{ "8", "\"preferred_username\":7", "user-4" },
	};
	struct site *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tab t = tab_new(s);
		struct identity id;
		struct user u;

		assert_int_equal(
			oidc_visit(&t, fake, cases[i][0],
				arena_printf(s->mem, ",%s", cases[i][1]))
				.status,
			303);
		assert_int_equal(db_identity_of(s->db, fake->issuer,
					 cases[i][0], s->mem, &id),
			ERR_OK);
		assert_int_equal(
			db_user_by_id(s->db, id.user_id, s->mem, &u), ERR_OK);
		if (strcasecmp(u.name, cases[i][2]) != 0)
			fail_msg("%s: %s", cases[i][1], u.name);
	}
}

static void
an_address_that_nobody_verified_is_nobodys(void **state)
{
	static const char *const unverified[] = { "",
		",\"email_verified\":false", ",\"email_verified\":\"false\"",
		",\"email_verified\":null", ",\"email_verified\":1" };
	struct site *s = *state;
	struct provider p = provider(s);

	p.links = true;
	change(s, p);
	person(s, "bob", ROLE_MEMBER);
	for (size_t i = 0; i < sizeof(unverified) / sizeof(*unverified); i++) {
		struct tab t = tab_new(s);
		struct identity id;
		struct user u;

		oidc_visit(&t, fake, arena_printf(s->mem, "%zu", i),
			arena_printf(s->mem, ",\"email\":\"bob@example.org\"%s",
				unverified[i]));
		assert_int_equal(
			db_identity_of(s->db, fake->issuer,
				arena_printf(s->mem, "%zu", i), s->mem, &id),
			ERR_OK);
		assert_int_equal(
			db_user_by_id(s->db, id.user_id, s->mem, &u), ERR_OK);
		assert_string_equal(u.email, "");
		assert_true(u.id != user(s, "bob").id);
	}
}

static int64_t
person_with_email(struct site *s, const char *name, enum role role)
{
	struct user u;
	int64_t id = person(s, name, role);

	assert_int_equal(db_user_by_id(s->db, id, s->mem, &u), ERR_OK);
	u.email = arena_printf(s->mem, "%s@example.org", name);
	assert_int_equal(
		tailnet_person_change(s->db, &actor_cli, &u, s->now), ERR_OK);
	return id;
}

#define BOB ",\"email\":\"BOB@example.org\",\"email_verified\":true"

static void
a_member_is_linked_by_a_verified_address_if_that_is_set(void **state)
{
	struct site *s = *state;
	struct provider p = provider(s);
	struct tab t = tab_new(s);
	struct identity id;
	int64_t bob = person_with_email(s, "bob", ROLE_MEMBER);

	assert_refused(oidc_visit(&t, fake, "7", BOB), "user");
	assert_int_equal(db_identity_of(s->db, fake->issuer, "7", s->mem, &id),
		ERR_NOT_FOUND);
	p.links = true;
	change(s, p);
	assert_int_equal(oidc_visit(&t, fake, "7", BOB).status, 303);
	assert_int_equal(
		db_identity_of(s->db, fake->issuer, "7", s->mem, &id), ERR_OK);
	assert_int_equal(id.user_id, bob);
}

static void
no_account_with_a_role_is_taken_over_by_an_address(void **state)
{
	static const enum role roles[] = { ROLE_OWNER, ROLE_ADMIN,
		ROLE_NETWORK_ADMIN, ROLE_IT_ADMIN, ROLE_AUDITOR };
	struct site *s = *state;
	struct provider p = provider(s);

	p.links = true;
	change(s, p);
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++) {
		const char *name = arena_printf(s->mem, "boss%zu", i);
		struct tab t = tab_new(s);

		person_with_email(s, name, roles[i]);
		assert_refused(oidc_visit(&t, fake, name,
				       arena_printf(s->mem,
					       ",\"email\":\"%s@example.org\","
					       "\"email_verified\":true",
					       name)),
			"user");
	}
}

static void
who_is_signed_in_links_an_account_by_a_link_of_the_session(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER), eve = tab_new(s);
	const char *link, *at;
	struct identity id;
	struct trip trip;

	assert_refused(tab_get(&t, "/oidc/start?link=1"), "state");
	tab_get(&t, "/me/security");
	at = strstr(t.last.body, "link=");
	assert_non_null(at);
	link = arena_printf(s->mem, "/oidc/start?%.69s", at);
	trip = oidc_go(&t, fake, link);
	oidc_say(&trip, "7", ANN);
	/* Another browser with that address cannot. */
	assert_int_equal(tab_get(&eve, link).status, 303);
	assert_int_equal(oidc_come(&trip, "&code=c0de").status, 303);
	assert_string_equal(t.last.reply.location, "/me/security");
	assert_int_equal(
		db_identity_of(s->db, fake->issuer, "7", s->mem, &id), ERR_OK);
	assert_int_equal(id.user_id, user(s, "ann").id);
	assert_int_equal(user(s, "ann").role, ROLE_OWNER);
	assert_int_equal(oidc_visit(&eve, fake, "7", ANN).status, 303);
	assert_int_equal(tab_get(&eve, "/admin/machines").status, 200);
}

static void
an_account_of_somebody_else_is_not_linked(void **state)
{
	struct site *s = *state;
	struct tab t, eve = tab_new(s);
	struct trip trip;

	oidc_visit(&eve, fake, "7", "");
	t = tab_of(s, "ann", ROLE_OWNER);
	tab_get(&t, "/me/security");
	trip = oidc_go(&t, fake,
		arena_printf(s->mem, "/oidc/start?%.69s",
			strstr(t.last.body, "link=")));
	oidc_say(&trip, "7", ANN);
	assert_refused(oidc_come(&trip, "&code=c0de"), "user");
}

static void
an_account_is_unlinked_unless_it_is_the_only_way_in(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct identity id;

	oidc_visit(&t, fake, "7", ANN);
	tab_get(&t, "/me/security");
	assert_holds(t.last.body, "/me/identities/1/unlink");
	assert_int_equal(
		tab_post(&t, "/me/identities/1/unlink", "").status, 409);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_login_set_password(s->db, user(s, "ann").id,
				 "$argon2id$", s->now),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	tab_get(&t, "/me/security");
	assert_int_equal(
		tab_post(&t, "/me/identities/1/unlink", "").status, 303);
	assert_int_equal(
		db_identity_by_id(s->db, 1, s->mem, &id), ERR_NOT_FOUND);
	assert_string_equal(user(s, "ann").groups, "[]");
	tab_get(&t, "/me/security");
	assert_int_equal(
		tab_post(&t, "/me/identities/1/unlink", "").status, 404);
}

static void
who_is_suspended_or_waits_gets_no_session(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct answer a;

	set(s, "user_approval", "true");
	a = oidc_visit(&t, fake, "7", ANN);
	assert_int_equal(a.status, 403);
	assert_holds(a.body, "data-page=\"user-waiting\"");
	assert_lacks(a.head, "Set-Cookie: cairn=");
	assert_int_equal(user(s, "ann").status, USER_NEEDS_APPROVAL);
	assert_int_equal(tailnet_person_status(s->db, &actor_cli,
				 user(s, "ann").id, PERSON_APPROVE, s->now),
		ERR_OK);
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
	assert_int_equal(tailnet_person_status(s->db, &actor_cli,
				 user(s, "ann").id, PERSON_SUSPEND, s->now),
		ERR_OK);
	a = oidc_visit(&t, fake, "7", ANN);
	assert_holds(a.body, "Your account is suspended");
	assert_lacks(a.head, "Set-Cookie: cairn=");
}

struct list_case {
	const char *domains, *users, *groups, *claims, *refused;
};

#define MAIL(address) ",\"email\":\"" address "\",\"email_verified\":true"
#define DOUBTFUL      ",\"email\":\"ann@example.org\""

static void
only_whom_the_lists_let_in_comes_in(void **state)
{
	static const struct list_case cases[] = {
		{ "example.org", "", "", MAIL("a1@EXAMPLE.org"), NULL },
		{ "x.y\nexample.org", "", "", MAIL("a2@example.org"), NULL },
		{ "example.org", "", "", MAIL("a@sub.example.org"), "domain" },
		{ "example.org", "", "", MAIL("a@example.org.evil.net"),
			"domain" },
		{ "example.org", "", "", DOUBTFUL, "email-unverified" },
		{ "example.org", "", "", "", "email-unverified" },
		{ "", "ANN@example.org", "", MAIL("ann@example.org"), NULL },
		{ "", "ann@example.org", "", MAIL("bob@example.org"), "user" },
		{ "", "ann@example.org", "", DOUBTFUL, "email-unverified" },
		{ "", "sub-7", "", "", NULL },
		{ "", "", "dev\nops", ",\"groups\":[\"x\",\"ops\"]", NULL },
		{ "", "", "dev", ",\"groups\":\"dev\"", NULL },
		{ "", "", "dev", ",\"groups\":[\"DEV\",\"developers\"]",
			"group" },
		{ "", "", "dev", "", "group" },
		{ "example.org", "", "dev",
			MAIL("b@example.org") ",\"groups\":[\"dev\"]", NULL },
		{ "example.org", "", "dev",
			MAIL("c@other.org") ",\"groups\":[\"dev\"]", "domain" },
	};
	struct site *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct list_case *c = &cases[i];
		struct provider p = provider(s);
		struct tab t = tab_new(s);
		struct answer a;

		p.domains = c->domains;
		p.users = c->users;
		p.groups = c->groups;
		change(s, p);
		a = oidc_visit(&t, fake,
			arena_printf(s->mem, "sub-%zu", i == 9 ? 7 : i + 100),
			c->claims);
		if (!c->refused && a.status != 303)
			fail_msg("case %zu: %d %s", i, a.status, a.body);
		if (!c->refused)
			continue;
		assert_int_equal(a.status, 403);
		assert_holds(a.body,
			arena_printf(s->mem, "data-error=\"%s\"", c->refused));
		assert_string_equal(audit_last(s).action, "session.refused");
		assert_string_equal(audit_last(s).via, "oidc");
		s->now += 60;
	}
}

static void
a_claim_gives_roles_but_no_owner_and_takes_none(void **state)
{
	static const struct {
		const char *roles, *claims;
		enum role wanted;
	} cases[] = {
		{ "", ",\"r\":{\"x\":[\"admin\"]}", ROLE_ADMIN },
		{ "", ",\"r\":{\"x\":[\"auditor\",\"it-admin\"]}",
			ROLE_IT_ADMIN },
		{ "", ",\"r\":{\"x\":\"owner\"}", ROLE_MEMBER },
		{ "", "", ROLE_MEMBER },
		{ "team a = network-admin", ",\"r\":{\"x\":[\"team a\"]}",
			ROLE_NETWORK_ADMIN },
		{ "team a = network-admin", ",\"r\":{\"x\":[\"admin\"]}",
			ROLE_MEMBER },
	};
	struct site *s = *state;
	struct provider p = provider(s);
	struct tab t = tab_new(s);
	struct user u;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		p.role_claim = "r.x";
		p.roles = cases[i].roles;
		change(s, p);
		assert_int_equal(oidc_visit(&t, fake, "7",
					 arena_printf(s->mem, "%s%s",
						 ",\"preferred_username\":"
						 "\"ann\"",
						 cases[i].claims))
					 .status,
			303);
		assert_int_equal(user(s, "ann").role, cases[i].wanted);
	}
	u = user(s, "ann");
	u.role = ROLE_OWNER;
	assert_int_equal(db_user_update(s->db, &u), ERR_OK);
	oidc_visit(&t, fake, "7", "");
	assert_int_equal(user(s, "ann").role, ROLE_OWNER);
}

static void
what_the_token_lacks_is_asked_of_userinfo(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	(void)snprintf(fake->says->userinfo, FAKE_TEXT,
		"{\"sub\":\"7\",\"email\":\"u@example.org\",\"email_verified\":"
		"true,\"preferred_username\":\"ulla\",\"groups\":[\"g\"]}");
	assert_int_equal(oidc_visit(&t, fake, "7", "").status, 303);
	assert_string_equal(user(s, "ulla").email, "u@example.org");
	assert_string_equal(user(s, "ulla").groups, "[\"g@127.0.0.1\"]");
	assert_int_equal(fake->says->asked[FAKE_USERINFO], 1);
	assert_refused(oidc_visit(&t, fake, "8", ""), "token");
	oidc_visit(&t, fake, "9", ANN);
	assert_int_equal(fake->says->asked[FAKE_USERINFO], 2);
}

/* ---- attacks ---- */

static void
a_state_of_another_browser_is_refused(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s), eve = tab_new(s);
	struct trip trip = oidc_go(&eve, fake, "/oidc/start"), mine;

	oidc_say(&trip, "7", ANN);
	trip.t = &t;
	assert_refused(oidc_come(&trip, "&code=c0de"), "state");
	/* Nor with a cookie of one's own state. */
	mine = oidc_go(&t, fake, "/oidc/start");
	oidc_say(&trip, "7", ANN);
	assert_refused(oidc_come(&trip, "&code=c0de"), "state");
	assert_int_equal(fake->says->asked[FAKE_TOKEN], 0);
	oidc_say(&mine, "7", ANN);
	assert_int_equal(oidc_come(&mine, "&code=c0de").status, 303);
}

static void
an_answer_that_comes_twice_is_refused(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip = oidc_go(&t, fake, "/oidc/start");
	struct tab kept = t;

	oidc_say(&trip, "7", ANN);
	assert_int_equal(oidc_come(&trip, "&code=c0de").status, 303);
	trip.t = &kept; /* with the cookies of before */
	assert_refused(oidc_come(&trip, "&code=c0de"), "state");
	assert_int_equal(fake->says->asked[FAKE_TOKEN], 1);
}

static void
a_code_that_was_used_is_refused_by_the_provider_and_here(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip = oidc_go(&t, fake, "/oidc/start");

	fake->says->manner[FAKE_TOKEN] = FAKE_DENIES;
	assert_refused(oidc_come(&trip, "&code=c0de"), "token");
	assert_holds(t.last.body, "invalid_grant");
	assert_string_equal(audit_last(s).action, "session.refused");
}

static void
an_answer_without_a_good_state_is_refused(void **state)
{
	static const char *const bad[] = { "/oidc/callback",
		"/oidc/callback?code=x", "/oidc/callback?state=&code=x",
		"/oidc/callback?state=abcdef&code=x",
		"/oidc/callback?state=%00&code=x",
		"/oidc/callback?state=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aa&code=x" };
	struct site *s = *state;
	struct tab t = tab_new(s);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		s->now += 60;
		assert_refused(tab_get(&t, bad[i]), "state");
	}
}

static void
an_answer_that_comes_too_late_is_refused(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip = oidc_go(&t, fake, "/oidc/start");

	s->now += OIDC_FLOW_SECONDS - 1;
	oidc_say(&trip, "7", ANN);
	assert_int_equal(oidc_come(&trip, "&code=c0de").status, 303);
	trip = oidc_go(&t, fake, "/oidc/start");
	s->now += OIDC_FLOW_SECONDS;
	oidc_say(&trip, "7", ANN);
	assert_refused(oidc_come(&trip, "&code=c0de"), "expired");
}

static void
who_said_no_at_the_provider_is_told_so(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip = oidc_go(&t, fake, "/oidc/start");

	assert_refused(oidc_come(&trip, "&error=access_denied"
					"&error_description=%3Cscript%3E"),
		"denied");
	assert_lacks(t.last.body, "script>");
	trip = oidc_go(&t, fake, "/oidc/start");
	assert_refused(oidc_come(&trip, ""), "token");
}

/* RFC 9207, and what it is for: two providers, one of them bad. */
static void
the_answer_of_one_provider_is_not_taken_to_another(void **state)
{
	struct site *s = *state;
	struct fake_provider *evil = fake_provider_new();
	struct provider p = oidc_plain(evil, "Evil");
	struct tab t = tab_new(s);
	struct trip trip;

	oidc_put(s, &p);
	trip = oidc_go(&t, evil, "/oidc/start?provider=2");
	assert_refused(
		oidc_come(&trip, arena_printf(s->mem, "&code=c0de&iss=%s",
					 fake->issuer)),
		"token");
	assert_int_equal(evil->says->asked[FAKE_TOKEN], 0);
	/* One that says it tells, and does not. */
	fake->says->tells_issuer = true;
	trip = oidc_go(&t, fake, "/oidc/start?provider=1");
	oidc_say(&trip, "7", ANN);
	assert_refused(oidc_come(&trip, "&code=c0de"), "token");
	trip = oidc_go(&t, fake, "/oidc/start?provider=1");
	oidc_say(&trip, "7", ANN);
	assert_int_equal(
		oidc_come(&trip,
			arena_printf(s->mem, "&code=c0de&iss=%s", fake->issuer))
			.status,
		303);
	fake_provider_free(evil);
}

static void
two_providers_have_people_of_their_own(void **state)
{
	struct site *s = *state;
	struct fake_provider *second = fake_provider_new();
	struct provider p = oidc_plain(second, "Second");
	struct tab t = tab_new(s), other = tab_new(s);
	struct trip one, two;

	oidc_put(s, &p);
	tab_get(&t, "/login");
	assert_holds(t.last.body, "Continue with Login");
	assert_holds(t.last.body, "id=\"oidc-2\"");
	/* Both at once in one browser: a tab each. */
	one = oidc_go(&t, fake, "/oidc/start?provider=1&next=/a");
	two = oidc_go(&t, second, "/oidc/start?provider=2&next=/b");
	oidc_say(&one, "7", ",\"preferred_username\":\"ann\"");
	oidc_say(&two, "7", ",\"preferred_username\":\"ann\"");
	assert_int_equal(oidc_come(&two, "&code=c").status, 303);
	assert_string_equal(t.last.reply.location, "/b");
	assert_int_equal(oidc_come(&one, "&code=c").status, 303);
	assert_string_equal(t.last.reply.location, "/a");
	(void)user(s, "ann");
	(void)user(s, "ann-2");
	/* A token of the one is not taken as the other's. */
	two = oidc_go(&other, second, "/oidc/start?provider=2");
	(void)snprintf(second->says->token, FAKE_TEXT, "%s",
		signer_sign(fake->keys[0],
			arena_printf(s->mem,
				"{\"iss\":\"%s\",\"sub\":\"7\",\"aud\":"
				"\"cairn\",\"nonce\":\"%s\",\"exp\":%lld,"
				"\"iat\":%lld}",
				fake->issuer, two.nonce, (long long)s->now + 60,
				(long long)s->now),
			s->mem));
	assert_refused(oidc_come(&two, "&code=c"), "token");
	fake_provider_free(second);
}

static void
bad_tokens_open_nothing(void **state)
{
	static const char *const bad[] = {
		"{\"iss\":\"%s\",\"sub\":\"7\",\"aud\":\"cairn\",\"nonce\":"
		"\"other\",\"exp\":%lld,\"iat\":1793600000}",
		"{\"iss\":\"%s\",\"sub\":\"7\",\"aud\":\"other\",\"nonce\":"
		"\"N\",\"exp\":%lld,\"iat\":1793600000}",
		"{\"iss\":\"%sx\",\"sub\":\"7\",\"aud\":\"cairn\",\"nonce\":"
		"\"N\",\"exp\":%lld,\"iat\":1793600000}",
		"{\"iss\":\"%s\",\"sub\":\"7\",\"aud\":\"cairn\",\"nonce\":"
		"\"N\",\"exp\":%lld,\"iat\":1793609999}",
	};
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *claims = fake->says->claims, *n;

		trip = oidc_go(&t, fake, "/oidc/start");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(claims, FAKE_TEXT, bad[i], fake->issuer,
			(long long)s->now + 300);
#pragma GCC diagnostic pop
		n = strstr(claims, "\"N\"");
		if (n)
			(void)snprintf(claims, FAKE_TEXT, "%.*s\"%s\"%s",
				(int)(n - claims), arena_strdup(s->mem, claims),
				trip.nonce, arena_strdup(s->mem, n + 3));
		assert_refused(oidc_come(&trip, "&code=c0de"), "token");
	}
	trip = oidc_go(&t, fake, "/oidc/start");
	oidc_say(&trip, "7", ANN);
	s->now += 360;
	assert_refused(oidc_come(&trip, "&code=c0de"), "expired");
	trip = oidc_go(&t, fake, "/oidc/start");
	*fake->says->claims = '\0';
	assert_refused(oidc_come(&trip, "&code=c0de"), "token");
	trip = oidc_go(&t, fake, "/oidc/start");
	(void)snprintf(fake->says->token, FAKE_TEXT, "%s",
		signer_forge("{\"alg\":\"HS256\",\"kid\":\"first\"}",
			arena_printf(s->mem,
				"{\"iss\":\"%s\",\"sub\":\"7\",\"aud\":"
				"\"cairn\",\"nonce\":\"%s\",\"exp\":%lld,"
				"\"iat\":%lld}",
				fake->issuer, trip.nonce,
				(long long)s->now + 60, (long long)s->now),
			"s3cr3t/+", s->mem));
	assert_refused(oidc_come(&trip, "&code=c0de"), "token");
}

static void
new_keys_are_fetched_once_and_not_for_every_name(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	oidc_visit(&t, fake, "7", ANN);
	oidc_visit(&t, fake, "7", ANN);
	assert_int_equal(fake->says->asked[FAKE_JWKS], 1);
	fake->says->key = 1; /* which it does not show yet */
	s->now += OIDC_PAUSE_SECONDS;
	assert_refused(oidc_visit(&t, fake, "7", ANN), "token");
	assert_int_equal(fake->says->asked[FAKE_JWKS], 2);
	fake->says->shown[1] = true;
	fake->says->shown[0] = false;
	assert_refused(oidc_visit(&t, fake, "7", ANN), "token");
	assert_int_equal(fake->says->asked[FAKE_JWKS], 2);
	s->now += OIDC_PAUSE_SECONDS;
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
	assert_int_equal(fake->says->asked[FAKE_JWKS], 3);
	fake->says->key = 0; /* the old key opens nothing any more */
	assert_refused(oidc_visit(&t, fake, "7", ANN), "token");
}

static void
keys_that_were_withdrawn_are_good_for_an_hour_at_most(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	oidc_visit(&t, fake, "7", ANN);
	fake->says->shown[0] = false;
	fake->says->shown[1] = true;
	s->now += OIDC_KEYS_SECONDS;
	assert_refused(oidc_visit(&t, fake, "7", ANN), "token");
	assert_int_equal(fake->says->asked[FAKE_JWKS], 2);
}

/* ---- a provider that does not behave ---- */

static void
a_provider_that_does_not_behave_lets_nobody_in_and_passwords_work(void **state)
{
	static const enum fake_manner manners[] = { FAKE_HUGE, FAKE_NOTHING,
		FAKE_NO_JSON, FAKE_BROKEN, FAKE_ELSEWHERE };
	struct site *s = *state;
	struct tab t = tab_new(s), boss = tab_of(s, "boss", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(manners) / sizeof(*manners); i++) {
		fake->says->manner[FAKE_DISCOVERY] = manners[i];
		s->now += OIDC_FRESH_SECONDS;
		tab_get(&t, "/oidc/start");
		assert_int_equal(t.last.status, 503);
		assert_holds(t.last.body, "data-page=\"provider-away\"");
		assert_holds(t.last.head, "Retry-After: 10");
		assert_int_equal(tab_get(&t, "/login").status, 200);
		assert_int_equal(tab_get(&boss, "/admin/machines").status, 200);
	}
	/* Who may set it right reads why. */
	tab_get(&boss, "/oidc/start");
	tab_get(&t, "/oidc/start");
	assert_holds(t.last.body, "does not answer");
	assert_holds(boss.last.body, "It said: ");
	assert_lacks(t.last.body, "It said: ");
}

static void
a_provider_that_is_away_is_not_asked_by_everybody(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	fake->says->manner[FAKE_DISCOVERY] = FAKE_NOTHING;
	for (int i = 0; i < 5; i++)
		assert_int_equal(tab_get(&t, "/oidc/start").status, 503);
	assert_int_equal(fake->says->asked[FAKE_DISCOVERY], 1);
	fake->says->manner[FAKE_DISCOVERY] = FAKE_GOOD;
	s->now += OIDC_PAUSE_SECONDS;
	oidc_go(&t, fake, "/oidc/start");
}

static void
tokens_and_keys_of_such_a_provider_open_nothing(void **state)
{
	static const enum fake_manner manners[] = { FAKE_HUGE, FAKE_NOTHING,
		FAKE_NO_JSON, FAKE_BROKEN, FAKE_ELSEWHERE };
	struct site *s = *state;
	struct tab t = tab_new(s);

	for (enum fake_place p = FAKE_JWKS; p <= FAKE_TOKEN; p++)
		for (size_t i = 0; i < sizeof(manners) / sizeof(*manners);
			i++) {
			fake->says->manner[p] = manners[i];
			s->now += OIDC_PAUSE_SECONDS;
			oidc_visit(&t, fake, "7", ANN);
			if (t.last.status != 503)
				fail_msg("%d, %zu: %d %s", p, i, t.last.status,
					t.last.body);
			assert_lacks(t.last.head, "Set-Cookie: cairn=");
			fake->says->manner[p] = FAKE_GOOD;
		}
	s->now += OIDC_PAUSE_SECONDS;
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
}

static void
a_provider_that_never_ends_is_waited_for_so_long_and_no_longer(void **state)
{
	static const enum fake_manner manners[] = { FAKE_SLOW, FAKE_DRIP };
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip = oidc_go(&t, fake, "/oidc/start");
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (size_t i = 0; i < 2; i++) {
		fake->says->manner[FAKE_TOKEN] = manners[i];
		oidc_say(&trip, "7", ANN);
		assert_int_equal(oidc_come(&trip, "&code=c").status, 503);
		trip = oidc_go(&t, fake, "/oidc/start");
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_in_range(to.tv_sec - from.tv_sec, 2 * OIDC_MS / 1000 - 1,
		2 * OIDC_MS / 1000 + 4);
}

static void
one_that_says_it_is_another_is_not_asked_further(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	(void)snprintf(fake->says->issuer, sizeof(fake->says->issuer),
		"https://login.example.org");
	assert_int_equal(tab_get(&t, "/oidc/start").status, 503);
	assert_holds(provider(s).error, "https://login.example.org");
}

static void
no_more_wait_for_a_provider_than_may(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	int places[3];

	s->guess = guess_new();
	assert_int_equal(guess_go_outside(s->guess, 2, &places[0]), ERR_OK);
	oidc_go(&t, fake, "/oidc/start"); /* 4 handlers: two may */
	assert_int_equal(guess_go_outside(s->guess, 2, &places[1]), ERR_OK);
	assert_int_equal(guess_go_outside(s->guess, 2, &places[2]), ERR_BUSY);
	tab_get(&t, "/oidc/start");
	assert_int_equal(t.last.status, 503);
	assert_holds(t.last.head, "Retry-After: 2");
	guess_come_back(s->guess, places[0]);
	oidc_go(&t, fake, "/oidc/start");
	guess_come_back(s->guess, places[1]);
}

/* ---- fresh ---- */

static void
a_sign_in_is_as_fresh_as_the_provider_says(void **state)
{
	static const struct {
		const char *auth_time;
		int status;
	} cases[] = { { "0", 303 }, { "1793599400", 303 },
		{ "1793599401", 200 }, { "1793600000", 200 } };
	struct site *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tab t = tab_new(s);
		struct trip trip = oidc_go(&t, fake, "/oidc/start");
		struct user u;
		char *at;

		oidc_say(&trip, "7", ANN);
		at = strstr(fake->says->claims, "\"auth_time\":") + 12;
		memcpy(at, cases[i].auth_time, strlen(cases[i].auth_time));
		if (i == 0)
			memcpy(at - 12, "\"auth_x\"   :1", 13);
		assert_int_equal(oidc_come(&trip, "&code=c").status, 303);
		u = user(s, "ann");
		u.role = ROLE_IT_ADMIN;
		assert_int_equal(db_user_update(s->db, &u), ERR_OK);
		tab_get(&t, arena_printf(s->mem, "/admin/users/%lld/delete",
				    (long long)person(s,
					    arena_printf(s->mem, "m%zu", i),
					    ROLE_MEMBER)));
		assert_int_equal(t.last.status, cases[i].status);
	}
}

static void
who_must_show_it_again_does_so_at_the_provider(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct trip trip;

	oidc_visit(&t, fake, "7", ANN);
	s->now += 601;
	tab_get(&t, "/login/confirm?next=/me/security");
	assert_holds(t.last.body,
		"/oidc/start?provider=1&amp;fresh=1&amp;next=/me/security");
	trip = oidc_go(
		&t, fake, "/oidc/start?provider=1&fresh=1&next=/me/security");
	assert_holds(trip.url, "prompt=login");
	assert_holds(trip.url, "max_age=0");
	oidc_say(&trip, "8", ANN); /* somebody else's account */
	assert_refused(oidc_come(&trip, "&code=c"), "user");
	trip = oidc_go(&t, fake, "/oidc/start?fresh=1");
	oidc_say(&trip, "7", ANN);
	s->now += 120; /* which was signed in before it was asked */
	memcpy(strstr(fake->says->claims, "\"auth_time\":") + 12, "1793600000",
		10);
	assert_refused(oidc_come(&trip, "&code=c"), "token");
	trip = oidc_go(&t, fake, "/oidc/start?fresh=1&next=/me/security");
	oidc_say(&trip, "7", ANN);
	assert_int_equal(oidc_come(&trip, "&code=c").status, 303);
	assert_string_equal(t.last.reply.location, "/me/security");
}

static void
passwords_are_off_only_when_an_owner_came_by_a_provider(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *why;
	struct user u;

	person(s, "boss", ROLE_OWNER);
	assert_int_equal(settings_put(s->db, "password_sign_in", "false", "cli",
				 s->now, s->mem, &why),
		ERR_LAST_PROVIDER);
	oidc_visit(&t, fake, "7", ANN);
	assert_int_equal(settings_put(s->db, "password_sign_in", "false", "cli",
				 s->now, s->mem, &why),
		ERR_LAST_PROVIDER);
	u = user(s, "ann");
	u.role = ROLE_OWNER;
	assert_int_equal(db_user_update(s->db, &u), ERR_OK);
	set(s, "password_sign_in", "false");
	t = tab_new(s);
	tab_get(&t, "/login");
	assert_lacks(t.last.body, "type=\"password\"");
	assert_holds(t.last.body, "id=\"oidc\"");
	assert_int_equal(
		ask_with(s, &(struct ask){ .method = "POST",
				    .uri = "/login",
				    .body = "name=boss&password=correct+horse+"
					    "battery&csrf=x&once="
					    "aaaaaaaaaaaaaaaaaaaaaa",
				    .more = { "CONTENT_TYPE=application/"
					      "x-www-form-urlencoded" } })
			.status,
		403);
	assert_int_equal(tailnet_provider_delete(s->db, 1, "cli", s->now),
		ERR_LAST_PROVIDER);
	assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 303);
}

#define test(name) cmocka_unit_test_setup_teardown(name, open_both, close_both)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(the_way_there_is_a_link_with_all_that_guards_it),
		test(the_cookie_of_https_is_bound_to_the_host),
		test(what_is_known_of_the_provider_is_not_asked_again),
		test(a_head_request_begins_nothing),
		test(one_address_begins_as_many_as_may_be_and_no_more),
		test(a_provider_that_is_not_there_is_404),
		test(the_first_one_becomes_a_member_and_never_an_owner),
		test(the_code_is_fetched_with_secret_and_verifier),
		test(who_comes_again_is_the_same_whatever_they_are_called),
		test(a_name_that_is_taken_or_odd_is_made_to_fit),
		test(an_address_that_nobody_verified_is_nobodys),
		test(a_member_is_linked_by_a_verified_address_if_that_is_set),
		test(no_account_with_a_role_is_taken_over_by_an_address),
		test(who_is_signed_in_links_an_account_by_a_link_of_the_session),
		test(an_account_of_somebody_else_is_not_linked),
		test(an_account_is_unlinked_unless_it_is_the_only_way_in),
		test(who_is_suspended_or_waits_gets_no_session),
		test(only_whom_the_lists_let_in_comes_in),
		test(a_claim_gives_roles_but_no_owner_and_takes_none),
		test(what_the_token_lacks_is_asked_of_userinfo),
		test(a_state_of_another_browser_is_refused),
		test(an_answer_that_comes_twice_is_refused),
		test(a_code_that_was_used_is_refused_by_the_provider_and_here),
		test(an_answer_without_a_good_state_is_refused),
		test(an_answer_that_comes_too_late_is_refused),
		test(who_said_no_at_the_provider_is_told_so),
		test(the_answer_of_one_provider_is_not_taken_to_another),
		test(two_providers_have_people_of_their_own),
		test(bad_tokens_open_nothing),
		test(new_keys_are_fetched_once_and_not_for_every_name),
		test(keys_that_were_withdrawn_are_good_for_an_hour_at_most),
		test(a_provider_that_does_not_behave_lets_nobody_in_and_passwords_work),
		test(a_provider_that_is_away_is_not_asked_by_everybody),
		test(tokens_and_keys_of_such_a_provider_open_nothing),
		test(a_provider_that_never_ends_is_waited_for_so_long_and_no_longer),
		test(one_that_says_it_is_another_is_not_asked_further),
		test(no_more_wait_for_a_provider_than_may),
		test(a_sign_in_is_as_fresh_as_the_provider_says),
		test(who_must_show_it_again_does_so_at_the_provider),
		test(passwords_are_off_only_when_an_owner_came_by_a_provider),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
