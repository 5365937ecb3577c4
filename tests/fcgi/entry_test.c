/*
 * entry_test.c: setup, signing in and out, invite, reset, and the gate before
 * every form.
 */
#include "tests/fcgi/browser.h"

#include "db/policy_text.h"
#include "tailnet/policy_template.h"

#include "fcgi/page.h"
#include "fcgi/who.h"

static const char *
setup_link(struct site *s)
{
	struct settings settings;
	const char *url;

	assert_int_equal(settings_load(s->db, s->mem, &settings), ERR_OK);
	assert_int_equal(tailnet_setup_link(s->db, &settings, &s->pepper,
				 s->now, s->mem, &url),
		ERR_OK);
	return strstr(url, "/setup/");
}

#define SETUP_BUT_POLICY                                                 \
	"name=ann&email=&password=correct+horse+battery&password_again=" \
	"correct+horse+battery&org=Acme&base_domain=net.example.org"
#define SETUP SETUP_BUT_POLICY "&policy=open"

static void
one_form_sets_cairn_up(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *link = setup_link(s);
	struct answer a = tab_get(&t, link);

	assert_int_equal(a.status, 200);
	assert_holds(a.body, "<h1>Set up cairn</h1>");
	assert_holds(a.body, "data-page=\"setup\"");
	assert_lacks(a.body, "<script");
	assert_holds(a.head, "Referrer-Policy: no-referrer\r\n");
	a = tab_post(&t, link, SETUP);
	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, "/admin/machines/new");
	a = tab_get(&t, "/");
	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, "/admin/");
	a = tab_get(&t, "/login/confirm");
	assert_holds(a.body, "data-role=\"owner\"");
	assert_holds(a.body, "data-flash=\"set-up\"");
	assert_holds(a.body, "· Acme</title>");
}

static void
a_setup_begins_with_the_login_of_who_made_the_link(void **state)
{
	static const struct {
		const char *from, *name;
	} cases[] = {
		{ "ben", "ben" },
		{ "root (sudo by eve)", "eve" },
		{ "root", "admin" },
		{ "ben (sudo by root)", "admin" },
		{ "uid 1234", "admin" },
	};
	struct site *s = *state;
	struct tab t = tab_new(s);

	tab_get(&t, setup_link(s));
	assert_holds(t.last.body, "name=\"name\" value=\"admin\"");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct audit_origin origin = { .address = cases[i].from };

		db_set_origin(s->db, &origin);
		tab_get(&t, setup_link(s));
		assert_holds(t.last.body,
			arena_printf(s->mem, "name=\"name\" value=\"%s\"",
				cases[i].name));
	}
	db_set_origin(s->db, NULL);
}

static void
a_setup_link_is_spent_by_its_form_and_not_by_looking(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s), other = tab_new(s);
	const char *link = setup_link(s);

	for (int i = 0; i < 3; i++)
		assert_int_equal(tab_get(&other, link).status, 200);
	assert_int_equal(tab_send(&t, link, link, SETUP).status, 303);
	assert_int_equal(tab_get(&other, link).status, 410);
	assert_holds(other.last.body, "data-page=\"link-dead\"");
	assert_holds(other.last.body, "cairn setup-link");
}

static void
a_refused_setup_keeps_what_was_typed_but_no_password(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *link = setup_link(s);
	struct answer a = tab_send(&t, link, link,
		"name=ann&password=sh0rt-secret&password_again=x&org=Acme"
		"&base_domain=net.example.org&policy=open");

	assert_int_equal(a.status, 422);
	assert_holds(a.body, "<title>Error: ");
	assert_holds(a.body, "href=\"#setup-password_again\"");
	assert_holds(a.body, "data-error=\"password-differs\"");
	assert_holds(a.body, "value=\"Acme\"");
	assert_lacks(a.body, "sh0rt-secret");
	assert_int_equal(tab_get(&t, link).status, 200);
	a = tab_post(&t, link, SETUP);
	assert_int_equal(a.status, 303);
}

static void
a_setup_begins_with_the_policy_that_was_chosen(void **state)
{
	struct site *s = *state;
	struct policy_text p;
	struct tab t = tab_new(s);
	const char *link = setup_link(s);

	tab_get(&t, link);
	assert_holds(t.last.body, "name=\"policy\" value=\"open\"");
	assert_int_equal(tab_post(&t, link, SETUP).status, 303);
	assert_int_equal(db_policy_current(s->db, s->mem, &p), ERR_OK);
	assert_string_equal(p.text, policy_template("open")->text);
	assert_string_equal(p.author_name, "ann");
	assert_string_equal(p.note, "chosen at setup");
}

static void
a_setup_that_chooses_no_policy_opens_nothing(void **state)
{
	static const char *const choices[] = { "", "&policy=", "&policy=+",
		"&policy=elsewhere" };
	struct site *s = *state;
	struct policy_text p;
	struct tab t = tab_new(s);
	const char *link = setup_link(s);

	tab_get(&t, link);
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		tab_post(&t, link,
			arena_printf(
				s->mem, SETUP_BUT_POLICY "%s", choices[i]));
		assert_int_equal(t.last.status, 422);
		assert_holds(t.last.body,
			"id=\"setup-policy-error\" data-error=\"choice\"");
	}
	assert_int_equal(db_policy_current(s->db, s->mem, &p), ERR_NOT_FOUND);
	assert_int_equal(tab_post(&t, link, SETUP).status, 303);
}

static void
a_domain_that_holds_the_server_is_refused(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct arena *mem = s->mem;
	const char *link, *why;

	assert_int_equal(settings_put(s->db, "url", "https://vpn.example.org",
				 "cli", s->now, mem, &why),
		ERR_OK);
	link = setup_link(s);
	assert_int_equal(tab_get(&t, link).status, 200);
	assert_holds(t.last.body, "value=\"tail.vpn.example.org\"");
	tab_post(&t, link,
		"name=ann&password=correct+horse+battery&password_again="
		"correct+horse+battery&org=Acme&base_domain=example.org"
		"&policy=open");
	if (t.last.status != 422)
		fail_msg("%d %s", t.last.status, t.last.body);
	assert_holds(t.last.body, "data-error=\"domain-server\"");
}

static void
who_signs_in_is_sent_where_they_were_going(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct answer a;

	person(s, "ann", ROLE_OWNER);
	a = tab_get(&t, "/login/confirm?next=/x");
	assert_int_equal(a.status, 303);
	assert_string_equal(
		a.reply.location, "/login?next=/login/confirm%3Fnext%3D/x");
	tab_get(&t, "/login?next=/admin/machines%3Fq=x");
	assert_holds(t.last.body, "value=\"/admin/machines?q=x\"");
	a = tab_post(&t, "/login",
		"name=ANN&password=correct+horse+battery&next=/admin/x");
	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, "/admin/x");
	assert_holds(a.head, "Set-Cookie: cairn=");
	assert_holds(a.head, "HttpOnly; SameSite=Lax\r\n");
	assert_string_equal(audit_last(s).action, "session.started");
}

static void
nobody_is_sent_to_another_site_or_in_a_circle(void **state)
{
	static const char *const bad[] = { "//evil.example", "/\\evil.example",
		"https://evil.example", "evil", "/login", "/logout", "", "/\tx",
		"/a\\b", "/oidc/start", "/admin/events", "/me/events?since=1",
		"/register/hskey-authreq-x/events", "/auth/x/events#1" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_string_equal(page_next(bad[i]), "");
	assert_string_equal(page_next("/me?x=1"), "/me?x=1");
	assert_string_equal(page_next("/me?x=/events"), "/me?x=/events");
}

static void
a_wrong_password_and_an_unknown_name_read_the_same(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	struct answer a, b;

	person(s, "ann", ROLE_OWNER);
	a = tab_send(&t, "/login", "/login", "name=ann&password=wrong");
	b = tab_send(&t, "/login", "/login", "name=eve&password=wrong");
	assert_int_equal(a.status, 422);
	assert_int_equal(b.status, 422);
	assert_holds(a.body, "Name and password do not match.");
	assert_holds(b.body, "Name and password do not match.");
	assert_holds(a.body, "id=\"login-name-error\"");
	assert_lacks(a.body, "wrong");
	assert_string_equal(audit_last(s).action, "session.refused");
}

static void
failures_make_everybody_of_that_address_wait(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	s->guess = guess_new();
	person(s, "ann", ROLE_OWNER);
	for (int i = 0; i < GUESS_FREE; i++)
		assert_int_equal(tab_send(&t, "/login", "/login",
					 "name=bob&password=wrong")
					 .status,
			422);
	assert_int_equal(tab_send(&t, "/login", "/login",
				 "name=ann&password=correct+horse+battery")
				 .status,
		429);
	assert_holds(t.last.head, "Retry-After: ");
	s->now += GUESS_WINDOW + 1;
	assert_int_equal(tab_send(&t, "/login", "/login",
				 "name=ann&password=correct+horse+battery")
				 .status,
		303);
}

static void
looking_at_made_up_links_locks_nobody_out(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	s->guess = guess_new();
	s->rate = rate_new();
	person(s, "ann", ROLE_OWNER);
	for (int i = 0; i < 60; i++)
		assert_int_equal(tab_get(&t, "/reset/made-up").status, 410);
	assert_int_equal(tab_get(&t, "/invite/made-up").status, 429);
	tab_sign_in(&t, "ann");
}

static void
a_flash_cookie_tells_no_name_to_a_stranger(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER), stranger = tab_new(s);

	tab_keep(&t, "cairn-flash=user-saved.1");
	assert_holds(tab_get(&t, "/me/security").body, "Saved ann.");
	tab_keep(&stranger, "cairn-flash=user-saved.1");
	assert_lacks(tab_get(&stranger, "/login").body, "ann");
}

static void
no_address_and_no_header_holds_a_line_feed(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_MEMBER);
	struct answer a;

	assert_int_equal(
		tab_get(&t, "/me/x%0d%0aX-Accel-Redirect:%20/a").status, 400);
	assert_int_equal(tab_get(&t, "/login?next=/a%0d%0aX:%20b").status, 303);
	a = t.last;
	assert_lacks(a.head, "\nX:");
}

static void
a_session_that_another_form_began_is_not_given_away(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_new(s), ann, before;
	const char *form;

	person(s, "eve", ROLE_MEMBER);
	person(s, "ann", ROLE_OWNER);
	tab_get(&eve, "/login");
	form = tab_form(&eve, "name=eve&password=correct+horse+battery");
	before = ann = eve; /* the same pre-session, planted at ann's */
	assert_int_equal(tab_ask(&eve, "POST", "/login", form).status, 303);
	tab_sign_in(&ann, "ann");
	assert_int_equal(tab_ask(&before, "POST", "/login", form).status, 303);
	assert_int_equal(tab_get(&ann, "/me/security").status, 200);
	assert_holds(tab_get(&before, "/me/security").body, ">eve</a>");
}

static void
signing_out_ends_the_session_for_good(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *cookie = tab_cookie(&t, "cairn");
	struct answer a = tab_send(&t, "/login/confirm", "/logout", "");

	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, "/login");
	assert_string_equal(tab_cookie(&t, "cairn"), "");
	assert_holds(tab_get(&t, "/login").body, "data-flash=\"signed-out\"");
	tab_keep(&t, arena_printf(s->mem, "cairn=%s", cookie));
	assert_int_equal(tab_get(&t, "/login/confirm").status, 303);
}

static void
a_form_of_another_session_changes_nothing(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_ADMIN);
	struct answer a;

	tab_get(&ann, "/login/confirm");
	tab_get(&bob, "/login/confirm");
	bob.csrf = ann.csrf;
	a = tab_post(&bob, "/logout", "");
	assert_int_equal(a.status, 403);
	assert_holds(a.body, "data-page=\"form-old\"");
	assert_holds(a.body, "id=\"resend\"");
	assert_int_equal(tab_post(&bob, "/logout", "").status, 303);
}

static void
a_form_from_another_site_is_refused_whole(void **state)
{
	static const char *const foreign[] = { "HTTP_ORIGIN=https://evil.test",
		"HTTP_ORIGIN=null", "HTTP_SEC_FETCH_SITE=cross-site",
		"HTTP_SEC_FETCH_SITE=same-site" };
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		tab_get(&t, "/login/confirm");
		t.more[0] = foreign[i];
		assert_int_equal(tab_post(&t, "/logout", "").status, 403);
		assert_holds(t.last.body, "data-error=\"origin\"");
		assert_lacks(t.last.body, "id=\"resend\"");
		t.more[0] = NULL;
	}
	tab_get(&t, "/login/confirm");
	t.more[0] = "HTTP_ORIGIN=http://127.0.0.1:8080";
	t.more[1] = "HTTP_SEC_FETCH_SITE=same-origin";
	assert_int_equal(tab_post(&t, "/logout", "").status, 303);
}

/* "Sign out" stands on these too, for whoever opens a link while signed in. */
static void
from_a_secret_page_one_may_sign_out(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *link = setup_link(s);

	tab_get(&t, link);
	assert_holds(t.last.head, "Referrer-Policy: no-referrer");
	tab_choose(&t, "form-logout");
	t.more[0] = "HTTP_ORIGIN=null";
	t.more[1] = "HTTP_SEC_FETCH_SITE=same-origin";
	assert_int_equal(tab_post(&t, "/logout", "").status, 303);
	assert_string_equal(t.last.reply.flash, "signed-out");
}

/* As Chromium sends it: no Sec-Fetch-Site to such an address, and no origin
 * from a page without a referrer. */
static void
a_secret_page_of_a_private_address_may_be_sent(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *link = setup_link(s), *why;

	t.more[0] = "HTTP_ORIGIN=null";
	assert_int_equal(tab_send(&t, link, link, "name=").status, 403);
	assert_int_equal(settings_put(s->db, "url", "http://10.0.0.1:8080",
				 "cli", s->now, s->mem, &why),
		ERR_OK);
	assert_int_equal(tab_send(&t, link, link, "name=").status, 422);
	assert_int_equal(tab_send(&t, "/login", "/login", "").status, 403);
	t.more[1] = "HTTP_SEC_FETCH_SITE=cross-site";
	assert_int_equal(tab_send(&t, link, link, "name=").status, 403);
}

static void
an_open_page_that_looks_again_takes_no_flash(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	tab_send(&t, "/me/security", "/me/theme", "theme=dark");
	t.more[0] = "HTTP_CAIRN_LIVE=1";
	assert_lacks(tab_get(&t, "/me/security").body, "data-flash");
	t.more[0] = NULL;
	assert_holds(
		tab_get(&t, "/me/security").body, "data-flash=\"theme-set\"");
}

static void
a_usual_port_in_the_url_is_the_same_origin(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *why;

	assert_int_equal(settings_put(s->db, "url", "http://10.0.0.1:80", "cli",
				 s->now, s->mem, &why),
		ERR_OK);
	tab_get(&t, "/login/confirm");
	t.more[0] = "HTTP_ORIGIN=http://10.0.0.1";
	assert_int_equal(tab_post(&t, "/logout", "").status, 303);
}

static void
a_form_that_is_not_one_is_refused(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *big = arena_alloc(s->mem, 17000);

	memset((char *)big, 'a', 16999);
	((char *)big)[16999] = '\0';
	tab_get(&t, "/login/confirm");
	assert_int_equal(tab_ask(&t, "POST", "/logout",
				 arena_printf(s->mem, "csrf=%s", t.csrf))
				 .status,
		400);
	assert_int_equal(tab_ask(&t, "POST", "/logout", big).status, 413);
	assert_int_equal(
		tab_ask(&t, "POST", "/logout", "csrf=%zz&once=1").status, 400);
	tab_get(&t, "/login/confirm");
	assert_int_equal(
		tab_post(&t, "/logout", arena_printf(s->mem, "once=%s", t.once))
			.status,
		400);
	assert_int_equal(tab_get(&t, "/login/confirm").status, 200);
}

static void
the_same_form_twice_has_one_effect_and_one_answer(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s), before;
	const char *link = setup_link(s), *form;
	struct answer a;

	tab_get(&t, link);
	form = tab_form(&t, SETUP);
	before = t; /* the browser that never saw the first answer */
	assert_int_equal(tab_ask(&t, "POST", link, form).status, 303);
	a = tab_ask(&before, "POST", link, form);
	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, "/admin/machines/new");
	a = tab_get(&before, "/");
	assert_string_equal(a.reply.location, "/admin/");
	/* Whichever answer a browser has taken, it is in … */
	a = tab_get(&t, "/");
	assert_string_equal(a.reply.location, "/admin/");
	/* … and out with both. */
	tab_get(&t, "/me");
	tab_post(&t, "/logout", "");
	assert_int_equal(tab_get(&before, "/me").status, 303);
}

static void
a_minute_later_the_same_form_gives_no_cookie(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s), before;
	const char *form;

	person(s, "ann", ROLE_OWNER);
	tab_get(&t, "/login");
	form = tab_form(&t, "name=ann&password=correct+horse+battery&next=/me");
	before = t;
	assert_int_equal(tab_ask(&t, "POST", "/login", form).status, 303);
	s->now += 61;
	tab_ask(&before, "POST", "/login", form);
	assert_int_equal(before.last.status, 303);
	assert_string_equal(before.last.reply.location, "/me");
	assert_string_equal(tab_cookie(&before, "cairn"), "");
}

static void
signing_out_twice_is_fine(void **state)
{
	struct tab t = tab_of(*state, "ann", ROLE_OWNER), before;
	const char *form;

	tab_get(&t, "/login/confirm");
	form = tab_form(&t, "");
	before = t;
	assert_int_equal(tab_ask(&t, "POST", "/logout", form).status, 303);
	tab_ask(&before, "POST", "/logout", form);
	assert_int_equal(before.last.status, 303);
	assert_string_equal(before.last.reply.location, "/login");
}

static void
what_was_typed_survives_the_end_of_the_session(void **state)
{
	struct site *s = *state;
	struct tab t = tab_with_password(s, "ann", ROLE_OWNER);
	struct answer a;

	tab_get(&t, "/login/confirm");
	s->now += 13 * 3600;
	a = tab_post(
		&t, "/login/confirm", "note=typed%26kept&password=never-kept");
	assert_int_equal(a.status, 401);
	assert_holds(a.body, "data-page=\"session-ended\"");
	assert_holds(a.body, "value=\"typed&amp;kept\"");
	assert_lacks(a.body, "never-kept");
	{
		const char *csrf = t.csrf, *once = t.once;

		tab_sign_in(&t, "ann");
		t.csrf = csrf;
		t.once = once;
		t.was = NULL;
		a = tab_post(&t, "/login/confirm",
			"password=correct+horse+battery&next=/me");
		assert_int_equal(a.status, 303);
	}
}

static void
a_suspended_user_is_told_so_and_is_out(void **state)
{
	struct site *s = *state;
	struct tab t = tab_with_password(s, "bob", ROLE_MEMBER);
	struct user u;

	person(s, "ann", ROLE_OWNER);
	assert_int_equal(db_user_by_name(s->db, "bob", s->mem, &u), ERR_OK);
	assert_int_equal(tailnet_person_status(s->db, &actor_cli, u.id,
				 PERSON_SUSPEND, s->now),
		ERR_OK);
	assert_int_equal(tab_get(&t, "/login/confirm").status, 303);
	tab_send(&t, "/login", "/login",
		"name=bob&password=correct+horse+battery");
	assert_int_equal(t.last.status, 403);
	assert_holds(t.last.body, "Your account is suspended");
}

static void
every_page_carries_the_headers(void **state)
{
	static const char *const headers[] = {
		"X-Content-Type-Options: nosniff\r\n",
		"X-Frame-Options: DENY\r\n",
		"Cross-Origin-Opener-Policy: same-origin\r\n",
		"Cross-Origin-Resource-Policy: same-origin\r\n",
		"Permissions-Policy: camera=()",
		"Cache-Control: no-store\r\n",
		"Content-Security-Policy: default-src 'none'; ",
	};
	static const char *const paths[] = { "/", "/login", "/nothing",
		"/setup/x", "/key", "/a%2fb" };
	struct tab t = tab_new(*state);

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		tab_get(&t, paths[i]);
		for (size_t k = 0; k < sizeof(headers) / sizeof(headers[0]);
			k++)
			assert_holds(t.last.head, headers[k]);
	}
}

static void
on_https_cookies_are_of_this_host_alone(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *why;

	assert_int_equal(settings_put(s->db, "url", "https://vpn.example.org",
				 "cli", s->now, s->mem, &why),
		ERR_OK);
	tab_get(&t, "/login");
	assert_holds(t.last.head, "Set-Cookie: __Host-cairn-pre=");
	assert_holds(t.last.head, "; HttpOnly; SameSite=Lax; Secure\r\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_form_sets_cairn_up),
		TEST(a_setup_begins_with_the_login_of_who_made_the_link),
		TEST(a_setup_link_is_spent_by_its_form_and_not_by_looking),
		TEST(a_refused_setup_keeps_what_was_typed_but_no_password),
		TEST(a_setup_begins_with_the_policy_that_was_chosen),
		TEST(a_setup_that_chooses_no_policy_opens_nothing),
		TEST(a_domain_that_holds_the_server_is_refused),
		TEST(who_signs_in_is_sent_where_they_were_going),
		TEST(nobody_is_sent_to_another_site_or_in_a_circle),
		TEST(a_wrong_password_and_an_unknown_name_read_the_same),
		TEST(failures_make_everybody_of_that_address_wait),
		TEST(looking_at_made_up_links_locks_nobody_out),
		TEST(a_flash_cookie_tells_no_name_to_a_stranger),
		TEST(no_address_and_no_header_holds_a_line_feed),
		TEST(a_session_that_another_form_began_is_not_given_away),
		TEST(signing_out_ends_the_session_for_good),
		TEST(a_form_of_another_session_changes_nothing),
		TEST(a_form_from_another_site_is_refused_whole),
		TEST(from_a_secret_page_one_may_sign_out),
		TEST(a_secret_page_of_a_private_address_may_be_sent),
		TEST(an_open_page_that_looks_again_takes_no_flash),
		TEST(a_usual_port_in_the_url_is_the_same_origin),
		TEST(a_form_that_is_not_one_is_refused),
		TEST(the_same_form_twice_has_one_effect_and_one_answer),
		TEST(a_minute_later_the_same_form_gives_no_cookie),
		TEST(signing_out_twice_is_fine),
		TEST(what_was_typed_survives_the_end_of_the_session),
		TEST(a_suspended_user_is_told_so_and_is_out),
		TEST(every_page_carries_the_headers),
		TEST(on_https_cookies_are_of_this_host_alone),
	};

	return cmocka_run_group_tests_name("fcgi/entry", tests, NULL, NULL);
}
