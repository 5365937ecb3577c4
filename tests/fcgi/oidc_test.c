/*
 * oidc_test.c: signing in by a provider: who comes in, and as whom.
 */
#include "tests/fcgi/oidc.h"

#include "tailnet/notice.h"

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
		assert_holds(t.last.head,
			i < OIDC_STARTS_PER_MINUTE
				? "Status: 302 Found\r\n"
				: "Status: 429 Too Many Requests\r\n");
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
	assert_holds(t.last.body, "<h1>Set a password first</h1>");
	assert_holds(t.last.body, "An admin makes a link that sets one");
	assert_lacks(t.last.body, "/admin/users/");
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

/* The only owner came by a provider: nobody else makes a link for them. */
static void
an_admin_without_a_password_makes_the_own_link(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *mine;
	int64_t id;

	oidc_visit(&t, fake, "7", ANN);
	id = user(s, "ann").id;
	mine = arena_printf(s->mem, "/admin/users/%lld", (long long)id);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_exec(s->db, "UPDATE user SET role = 'admin' "
					"WHERE name = 'ann'"),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	tab_get(&t, "/me/security");
	assert_holds(t.last.body, arena_printf(s->mem, "<a href=\"%s\"", mine));
	tab_post(&t, "/me/identities/1/unlink", "");
	assert_int_equal(t.last.status, 409);
	assert_holds(t.last.body, arena_printf(s->mem, "<a href=\"%s\"", mine));
	tab_get(&t, mine);
	assert_holds(t.last.body, "Make a link that sets a password");
	tab_post(&t, arena_printf(s->mem, "%s/invite", mine), "do=invite");
	assert_int_equal(t.last.status, 200);
	assert_holds(t.last.body, "/invite/");
	s->now += FRESH_SECONDS;
	tab_get(&t, mine);
	tab_post(&t, arena_printf(s->mem, "%s/invite", mine), "do=invite");
	assert_int_equal(t.last.status, 403);
	assert_holds(t.last.body, "data-page=\"fresh\"");
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

static void
who_comes_and_waits_is_told_of_once(void **state)
{
	const struct notice_target to = { .kind = "webhook",
		.place = "https://a.example.org/",
		.format = "json",
		.events = " approval.needed ",
		.server = "",
		.security = "",
		.sender = "",
		.account = "" };
	struct site *s = *state;
	struct secret seal;
	struct tab t = tab_new(s);
	struct notice *rows;
	const char *text;
	size_t count;
	int64_t id;

	assert_int_equal(secret_current(s->db, s->home, "seal", &seal), ERR_OK);
	assert_int_equal(tailnet_notice_target_add(s->db, &seal, &to, NULL,
				 "cli", s->now, s->mem, &id, &text),
		ERR_OK);
	set(s, "user_approval", "true");
	for (int i = 0; i < 2; i++)
		assert_int_equal(oidc_visit(&t, fake, "7", ANN).status, 403);
	assert_int_equal(
		db_notices_waiting(s->db, id, 9, s->mem, &rows, &count),
		ERR_OK);
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].type, "userNeedsApproval");
	assert_string_equal(rows[0].message, "The user ann needs approval.");
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
the_list_of_users_says_by_whom_each_comes(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_new(s), owner = tab_of(s, "root", ROLE_OWNER);
	const char *cell = arena_printf(s->mem,
		"<td data-col=\"provider\" data-label=\"Provider\">%s",
		provider(s).name);

	assert_int_equal(oidc_visit(&ann, fake, "7", ANN).status, 303);
	tab_get(&owner, "/admin/users?q=ann");
	assert_holds(owner.last.body, arena_printf(s->mem, "%s</td>", cell));
	assert_holds(tab_get(&owner, "/admin/users?q=root").body, ">none</td>");
	assert_holds(tab_get(&owner, "/admin/users.csv?q=ann").body,
		arena_printf(s->mem, ",%s,", provider(s).name));
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_login_set_password(
				 s->db, user(s, "ann").id, "any hash", s->now),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	assert_holds(tab_get(&owner, "/admin/users?q=ann").body,
		arena_printf(s->mem, "%s, local</td>", cell));
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		oidc_test(the_way_there_is_a_link_with_all_that_guards_it),
		oidc_test(the_cookie_of_https_is_bound_to_the_host),
		oidc_test(what_is_known_of_the_provider_is_not_asked_again),
		oidc_test(a_head_request_begins_nothing),
		oidc_test(one_address_begins_as_many_as_may_be_and_no_more),
		oidc_test(a_provider_that_is_not_there_is_404),
		oidc_test(the_first_one_becomes_a_member_and_never_an_owner),
		oidc_test(the_code_is_fetched_with_secret_and_verifier),
		oidc_test(who_comes_again_is_the_same_whatever_they_are_called),
		oidc_test(a_name_that_is_taken_or_odd_is_made_to_fit),
		oidc_test(an_address_that_nobody_verified_is_nobodys),
		oidc_test(
			a_member_is_linked_by_a_verified_address_if_that_is_set),
		oidc_test(no_account_with_a_role_is_taken_over_by_an_address),
		oidc_test(
			who_is_signed_in_links_an_account_by_a_link_of_the_session),
		oidc_test(an_account_of_somebody_else_is_not_linked),
		oidc_test(an_account_is_unlinked_unless_it_is_the_only_way_in),
		oidc_test(an_admin_without_a_password_makes_the_own_link),
		oidc_test(who_is_suspended_or_waits_gets_no_session),
		oidc_test(who_comes_and_waits_is_told_of_once),
		oidc_test(only_whom_the_lists_let_in_comes_in),
		oidc_test(a_claim_gives_roles_but_no_owner_and_takes_none),
		oidc_test(the_list_of_users_says_by_whom_each_comes),
		oidc_test(what_the_token_lacks_is_asked_of_userinfo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
