/*
 * machine_new_test.c: adding a machine: the line, the key that is shown once,
 * and the machine that arrives.
 */
#include "tests/fcgi/machines.h"

#include "db/preauth_key.h"
#include "fcgi/join_line.h"
#include "fcgi/owner.h"
#include "fcgi/qr.h"
#include "tailnet/keys.h"

#define HERE "/admin/machines/new"

static struct tab
owner(struct site *s)
{
	return tab_of(s, "ann", ROLE_OWNER);
}

static int64_t
id_of(struct site *s, const char *name)
{
	struct user u;

	assert_int_equal(db_user_by_name(s->db, name, s->mem, &u), ERR_OK);
	return u.id;
}

static struct answer
send(struct tab *t, const char *fields)
{
	(void)tab_get(t, HERE);
	tab_choose(t, "form-join");
	return tab_post(t, HERE, fields);
}

static struct answer
send_own(struct tab *t, const char *more)
{
	return send(t, arena_printf(t->s->mem, "owner=%lld&tags=%s",
			       (long long)id_of(t->s, "ann"), more));
}

/* The text between `from` and `until`, the first there is. */
static const char *
between(struct site *s, const char *body, const char *from, const char *until)
{
	const char *found = strstr(body, from);

	if (!found)
		fail_msg("%s is not in %s", from, body);
	found += strlen(from);
	return arena_printf(
		s->mem, "%.*s", (int)(strstr(found, until) - found), found);
}

static size_t
keys_there_are(struct site *s)
{
	struct preauth_key *keys;
	size_t count;

	assert_int_equal(db_preauth_keys(s->db, s->mem, &keys, &count), ERR_OK);
	return count;
}

static void
use_url(struct site *s, const char *url)
{
	const char *why;

	assert_int_equal(
		settings_put(s->db, "url", url, "cli", NOW, s->mem, &why),
		ERR_OK);
}

static void
an_address_that_others_cannot_reach_is_said(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);

	use_url(s, "http://127.0.0.1:8080");
	tab_get(&t, HERE);
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body, "id=\"only-here\"");
	assert_lacks(t.last.body, "<svg id=\"qr\"");
	use_url(s, "http://192.168.1.2:8080");
	tab_get(&t, HERE);
	assert_lacks(t.last.body, "id=\"only-here\"");
	assert_holds(t.last.body, "<svg id=\"qr\"");
}

static void
a_machine_that_asks_is_seen_with_the_way_to_its_request(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);

	assert_lacks(tab_get(&t, HERE).body, "asks to join");
	(void)asking(s, "laptop");
	tab_get(&t, HERE "?after=0");
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body, "laptop asks to join: <a href=\"/admin/"
				  "registrations#registration-1\">look at its "
				  "request</a>.");
	(void)machine(s, &(struct made){ .name = "fresh",
				 .tags = "[\"tag:x\"]",
				 .unapproved = true });
	tab_get(&t, HERE "?after=0");
	assert_lacks(t.last.body, "look at its request");
	assert_holds(t.last.body, "It needs approval, on its page.");
}

static void
the_line_stands_there_and_the_page_waits(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	const char *body;

	use_url(s, "http://192.168.1.2:8080");
	body = tab_get(&t, HERE).body;

	assert_int_equal(t.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "<h1>Add a machine</h1>");
	assert_holds(body, "data-page=\"machine-new\"");
	assert_holds(body, "data-live-url=\"/admin/machines/new?after=0\"");
	assert_holds(body, "<pre class=\"command\" id=\"command\"><code>sudo "
			   "tailscale up --login-server=http");
	assert_lacks(body, "--auth-key");
	assert_holds(body, "<figcaption class=\"hint\">The line above as a QR "
			   "code, to copy it to a telephone</figcaption><svg "
			   "id=\"qr\"");
	assert_holds(body, "data-swap=\"\" data-state=\"waiting\"");
	assert_holds(body, "<a href=\"/admin/machines/new?after=0\">Check "
			   "again</a>");
	assert_int_equal(keys_there_are(s), 0);
	if (strlen(body) > 30 * 1024)
		fail_msg("%zu bytes", strlen(body));
}

static void
a_machine_that_joins_is_seen(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	const char *body, *address;
	int64_t before = machine(
		s, &(struct made){ .name = "old", .tags = "[\"tag:x\"]" });
	int64_t id;

	body = tab_get(&t, HERE).body;
	address = between(s, body, "data-live-url=\"", "\"");
	assert_string_equal(address, at(s, HERE "?after=", before, ""));
	assert_holds(body, "data-state=\"waiting\"");
	id = machine(
		s, &(struct made){ .name = "fresh", .tags = "[\"tag:x\"]" });
	body = tab_get(&t, address).body;
	assert_sound(s->mem, body);
	assert_holds(body, "data-state=\"joined\"");
	assert_holds(body, arena_printf(s->mem,
				   "<a href=\"/admin/machines/%lld\">fresh</a>"
				   " joined: %s",
				   (long long)id, node_of(s, id).ipv4));
	assert_holds(body, "<a href=\"/admin/machines/new\">Add another</a>");
}

static void
who_asked_for_it_is_refreshed_until_the_machine_is_there(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);

	tab_get(&t, HERE "?after=0&refresh=5");
	assert_holds(
		t.last.body, "<meta http-equiv=\"refresh\" content=\"5\"/>");
	machine(s, &(struct made){ .name = "x", .tags = "[\"tag:x\"]" });
	tab_get(&t, HERE "?after=0&refresh=5");
	assert_lacks(t.last.body, "http-equiv=\"refresh\"");
	assert_lacks(t.last.body, "<noscript>");
	tab_get(&t, HERE);
	assert_holds(t.last.body, "<noscript><p><a href=");
	assert_lacks(t.last.body, "http-equiv=\"refresh\"");
}

static void
the_system_changes_the_line(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	const char *body = tab_get(&t, HERE "?os=windows").body;

	assert_sound(s->mem, body);
	assert_holds(body, "<code>tailscale up --login-server=");
	assert_holds(body, "&amp;os=windows\"");
	assert_holds(body, "<option value=\"windows\" selected=\"\">");
	assert_holds(body, "href=\"/connect/windows\"");
	assert_holds(tab_get(&t, HERE "?os=container").body, "docker run");
	assert_holds(tab_get(&t, HERE "?os=kubernetes").body, "kubectl run");
}

static void
ticks_change_the_line_and_stay_ticked(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	const char *body = tab_get(&t, HERE "?os=linux&ssh=1&exit=1"
					    "&accept_routes=1&routes="
					    "10.0.0.0/8%2C+192.168.1.0/24")
				   .body;

	assert_sound(s->mem, body);
	assert_lacks(body, "id=\"filter-note\"");
	assert_holds(body, " --ssh --advertise-exit-node --accept-routes "
			   "--advertise-routes=10.0.0.0/8,192.168.1.0/24"
			   "</code>");
	assert_holds(body, "&amp;os=linux&amp;ssh=1&amp;exit=1&amp;"
			   "accept_routes=1&amp;"
			   "routes=10.0.0.0/8,192.168.1.0/24\"");
	assert_holds(body, "id=\"options-exit\" name=\"exit\" value=\"1\" "
			   "checked=\"\"");
	assert_holds(body, "id=\"join-exit\" name=\"exit\" value=\"1\" "
			   "checked=\"\"");
	assert_holds(tab_get(&t, HERE "?os=container&exit=1").body,
		" --advertise-exit-node&quot;");
	assert_holds(tab_get(&t, HERE "?os=kubernetes&exit=1").body,
		" --advertise-exit-node&quot;");
	if (strlen(body) > 30 * 1024)
		fail_msg("%zu bytes", strlen(body));
}

/* Its client has no SSH server, and would do nothing of the line. */
static void
no_line_for_windows_asks_for_ssh(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	const char *body = tab_get(&t, HERE "?os=windows&ssh=1&exit=1").body;

	assert_holds(body, " --advertise-exit-node</code>");
	assert_lacks(body, "--ssh");
}

static void
a_machine_offers_so_many_routes_in_a_line_and_no_more(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	const char *nets = "";

	for (int i = 0; i < JOIN_ROUTES_MAX; i++)
		nets = arena_printf(s->mem, "%s%d::/16,", nets, i + 1);
	assert_lacks(
		tab_get(&t, arena_printf(s->mem, HERE "?routes=%s", nets)).body,
		"id=\"filter-note\"");
	assert_holds(t.last.body, ",32::/16</code>");
	nets = arena_printf(s->mem, "%s99::/16", nets);
	assert_holds(
		tab_get(&t, arena_printf(s->mem, HERE "?routes=%s", nets)).body,
		"id=\"filter-note\"");
	assert_lacks(t.last.body, "--advertise-routes");
}

static void
what_makes_no_sense_is_left_out_of_the_line(void **state)
{
	static const char *const cases[] = { "routes=%3Cscript%3E",
		"routes=10.0.0.1/8", "routes=10.0.0.0/8%3Brm", "os=%3Cb%3E",
		"ssh=no" };
	struct site *s = *state;
	struct tab t = owner(s);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *body =
			tab_get(&t, arena_printf(s->mem, HERE "?%s", cases[i]))
				.body;

		assert_holds(body, "id=\"filter-note\"");
		assert_holds(body, "<code>sudo tailscale up");
		assert_lacks(body, "--advertise-routes");
		assert_lacks(body, "--ssh");
		assert_lacks(body, "<script>");
		assert_lacks(body, "<b>");
	}
}

static void
a_key_is_made_and_shown_once(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	struct answer a = send_own(
		&t, "&ephemeral=1&os=macos&ssh=1&exit=1&routes=10.0.0.0/8");
	const char *secret;
	struct preauth_key k;

	assert_int_equal(a.status, 200);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "data-page=\"machine-join\"");
	assert_holds(a.body, "<h1>Copy this line now</h1>");
	secret = between(s, a.body,
		"id=\"secret\" type=\"text\" class=\"mono\""
		" readonly=\"\" value=\"",
		"\"");
	assert_holds(
		a.body, arena_printf(s->mem,
				" --auth-key=%s --ssh --advertise-exit-node "
				"--advertise-routes=10.0.0.0/8</code>",
				secret));
	assert_int_equal(
		tailnet_preauth_key_find(s->db, &s->pepper, secret, s->mem, &k),
		ERR_OK);
	assert_int_equal(k.user_id, id_of(s, "ann"));
	assert_int_equal(k.expires_at, NOW + 3600);
	assert_false(k.reusable);
	assert_false(k.unapproved);
	assert_true(k.ephemeral);
	assert_string_equal(audit_last(s).action, "key.created");
	assert_holds(
		a.body, at(s, "data-live-url=\"/admin/machines/new?key=", k.id,
				"&amp;os=macos&amp;ssh=1&amp;exit=1&amp;"
				"routes=10.0.0.0/8\""));
	assert_holds(a.body, "data-state=\"waiting\"");
	assert_lacks(tab_get(&t, HERE).body, secret);
	if (strlen(a.body) > 30 * 1024)
		fail_msg("%zu bytes", strlen(a.body));
}

static void
sending_it_again_makes_no_second_key(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	const char *form;
	struct answer a;

	tab_get(&t, HERE);
	tab_choose(&t, "form-join");
	form = tab_form(&t, at(s, "tags=&owner=", id_of(s, "ann"), ""));
	assert_int_equal(tab_ask(&t, "POST", HERE, form).status, 200);
	a = tab_ask(&t, "POST", HERE, form);
	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, "/admin/keys");
	assert_string_equal(a.reply.flash, "already-done");
	assert_int_equal(keys_there_are(s), 1);
}

static void
the_machine_of_the_key_is_waited_for(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	const char *body = send_own(&t, "").body;
	const char *secret = between(s, body, "--auth-key=", "<");
	const char *address = between(s, body, "data-live-url=\"", "\"");
	struct answer a;

	machine(s, &(struct made){ .name = "other", .tags = "[\"tag:x\"]" });
	assert_holds(tab_get(&t, address).body, "data-state=\"waiting\"");
	a = ask(s, GROUP_INNER, "POST", "/machine/register",
		arena_printf(s->mem,
			"{\"Version\":142,\"NodeKey\":\"" NKEY_A
			"\",\"Auth\":{\"AuthKey\":\"%s\"},\"Hostinfo\":"
			"{\"OS\":\"linux\",\"Hostname\":\"fresh\"}}",
			secret));
	assert_int_equal(a.status, 200);
	body = tab_get(&t, address).body;
	assert_sound(s->mem, body);
	assert_holds(body, "data-state=\"joined\"");
	assert_holds(body, ">fresh</a> joined: ");
	assert_lacks(body, secret);
}

static void
tags_stand_for_an_owner(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	struct answer a = send(&t, "owner=&tags=tag:b+tag:a");
	struct preauth_key *keys;
	size_t count;

	assert_int_equal(a.status, 200);
	assert_int_equal(db_preauth_keys(s->db, s->mem, &keys, &count), ERR_OK);
	assert_string_equal(keys[0].tags, "[\"tag:a\",\"tag:b\"]");
	assert_int_equal(keys[0].user_id, 0);
}

/* Nobody chose it: the form says it from the start. */
static void
tags_win_over_the_owner_that_stands_there_first(void **state)
{
	static const char *const selves[] = { "1", "ann" };
	struct site *s = *state;
	struct tab t = owner(s);

	assert_int_equal(id_of(s, "ann"), 1);
	for (size_t i = 0; i < 2; i++) {
		/* Of so many the name is typed. */
		for (int n = 0; i && n < OWNERS_MAX; n++)
			(void)person_without_password(s,
				arena_printf(s->mem, "user%d", n), ROLE_MEMBER);
		struct answer a = send(&t,
			arena_printf(s->mem, "owner=%s&tags=tag:a", selves[i]));
		struct preauth_key *keys;
		size_t count;

		assert_int_equal(a.status, 200);
		assert_int_equal(
			db_preauth_keys(s->db, s->mem, &keys, &count), ERR_OK);
		assert_int_equal(count, i + 1);
		for (size_t k = 0; k < count; k++) {
			assert_int_equal(keys[k].user_id, 0);
			assert_string_equal(keys[k].tags, "[\"tag:a\"]");
		}
	}
}

static void
a_wish_that_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *fields, *field, *code;
	} cases[] = {
		{ "owner=&tags=", "owner", "owner-or-tags" },
		{ "owner=2&tags=tag:a", "owner", "owner-or-tags" },
		{ "owner=99&tags=", "owner", "choice" },
		{ "owner=x&tags=", "owner", "choice" },
		{ "owner=&tags=web", "tags", "tag-form" },
		{ "owner=1&os=beos", "os", "choice" },
		{ "owner=1&routes=10.0.0.1/8", "routes", "prefix" },
	};
	struct site *s = *state;
	struct tab t = owner(s);

	assert_int_equal(id_of(s, "ann"), 1);
	(void)tab_of(s, "bob", ROLE_MEMBER);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a = send(&t, cases[i].fields);

		assert_int_equal(a.status, 422);
		assert_sound(s->mem, a.body);
		assert_holds(a.body,
			arena_printf(s->mem,
				"id=\"join-%s-error\" data-error=\"%s\"",
				cases[i].field, cases[i].code));
		assert_holds(a.body,
			arena_printf(s->mem, "id=\"join-%s\"", cases[i].field));
	}
	assert_int_equal(keys_there_are(s), 0);
}

static void
a_system_that_is_none_leads_nowhere(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	struct answer a = send(&t, "owner=1&os=..%2Flogin");

	assert_int_equal(a.status, 422);
	assert_holds(a.body, "id=\"join-os-error\"");
	assert_lacks(a.body, "/connect/..");
	assert_lacks(a.body, "os=..");
}

static void
only_who_may_add_machines_comes_here(void **state)
{
	static const enum role roles[] = { ROLE_MEMBER, ROLE_AUDITOR,
		ROLE_NETWORK_ADMIN };
	struct site *s = *state;

	for (size_t i = 0; i < 3; i++) {
		struct tab t =
			tab_of(s, arena_printf(s->mem, "u%zu", i), roles[i]);

		assert_int_equal(tab_get(&t, HERE).status, 403);
		tab_get(&t, "/me");
		assert_int_equal(
			tab_post(&t, HERE, "owner=1&tags=").status, 403);
	}
	assert_int_equal(keys_there_are(s), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_address_that_others_cannot_reach_is_said),
		TEST(a_machine_that_asks_is_seen_with_the_way_to_its_request),
		TEST(the_line_stands_there_and_the_page_waits),
		TEST(a_machine_that_joins_is_seen),
		TEST(who_asked_for_it_is_refreshed_until_the_machine_is_there),
		TEST(the_system_changes_the_line),
		TEST(ticks_change_the_line_and_stay_ticked),
		TEST(no_line_for_windows_asks_for_ssh),
		TEST(a_machine_offers_so_many_routes_in_a_line_and_no_more),
		TEST(what_makes_no_sense_is_left_out_of_the_line),
		TEST(a_key_is_made_and_shown_once),
		TEST(sending_it_again_makes_no_second_key),
		TEST(the_machine_of_the_key_is_waited_for),
		TEST(tags_stand_for_an_owner),
		TEST(tags_win_over_the_owner_that_stands_there_first),
		TEST(a_wish_that_cannot_be_is_refused),
		TEST(a_system_that_is_none_leads_nowhere),
		TEST(only_who_may_add_machines_comes_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
