/*
 * settings_page_test.c: the settings that people change by form.
 */
#include "tests/fcgi/hostile.h"

#include "db/setting.h"
#include "fcgi/router.h"
#include "fcgi/settings_sections.h"
#include "tailnet/settings.h"

#define GENERAL    "/admin/settings/general"
#define ADDRESSES  "/admin/settings/addresses"
#define APPEARANCE "/admin/settings/appearance"

static struct settings
now(struct site *s)
{
	struct settings out;

	assert_int_equal(settings_load(s->db, s->mem, &out), ERR_OK);
	return out;
}

static void
set(struct site *s, const char *name, const char *value)
{
	const char *why;

	assert_int_equal(
		settings_put(s->db, name, value, "cli", s->now, s->mem, &why),
		ERR_OK);
}

static size_t
rows_of(struct site *s, const char *subject)
{
	struct audit *rows;
	size_t count, n = 0;

	assert_int_equal(
		db_audits(s->db, 0, 100, s->mem, &rows, &count), ERR_OK);
	for (size_t i = 0; i < count; i++)
		n += strcmp(rows[i].subject, subject) == 0;
	return n;
}

static void
the_start_of_the_settings_is_general(void **state)
{
	struct tab ann = tab_of(*state, "ann", ROLE_OWNER);

	assert_int_equal(tab_get(&ann, "/admin/settings").status, 303);
	assert_string_equal(ann.last.reply.location, GENERAL);
}

static bool
has_route(enum method method, const char *path)
{
	for (size_t i = 0; i < route_count; i++)
		if (routes[i].method == method &&
			strcmp(routes[i].path, path) == 0)
			return true;
	return false;
}

static void
every_section_has_its_address_and_the_navigation_names_it(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < settings_section_count; i++) {
		const char *path = arena_printf(s->mem, "/admin/settings/%s",
			settings_sections[i].name);

		if (settings_sections[i].aside)
			continue;
		assert_true(has_route(METHOD_GET, path));
		assert_true(has_route(METHOD_POST, path));
		assert_int_equal(tab_get(&ann, path).status, 200);
		assert_holds(ann.last.body,
			arena_printf(s->mem,
				"<a href=\"%s\" aria-current=\"page\">%s</a>",
				path, settings_sections[i].words));
	}
}

static void
what_holds_now_stands_in_the_form(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_ADMIN);
	const char *body;

	set(s, "tailnet_name", "Acme");
	body = tab_get(&ann, GENERAL).body;
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"settings\"");
	assert_holds(body, "<h1>Settings</h1>");
	assert_holds(body, "<title>General · Settings · Acme</title>");
	assert_holds(body, "id=\"form-settings-general\"");
	assert_holds(body, "id=\"settings-general-key_expiry_days\"");
	assert_holds(body, "value=\"180\"");
	assert_holds(body, "value=\"30\"");
	assert_holds(body, "data-fact=\"base-domain\"");
	assert_holds(body, "name=\"user_approval\"");
	body = tab_get(&ann, ADDRESSES).body;
	assert_sound(s->mem, body);
	assert_holds(body, "<title>Addresses · Settings · Acme</title>");
	assert_holds(body, "value=\"100.64.0.0/10\"");
	assert_holds(body, "<nav aria-label=\"Settings\">");
	assert_holds(body, "href=\"" ADDRESSES "\" aria-current=\"page\"");
}

static void
a_section_is_saved_whole_with_a_row_a_key(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_ADMIN);
	struct settings after;

	tab_send(&ann, GENERAL, GENERAL,
		"org=Acme&key_expiry_days=30&ephemeral_minutes=30&"
		"device_approval=1&user_approval=1&taildrop=1");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(ann.last.reply.location, GENERAL);
	after = now(s);
	assert_string_equal(after.tailnet_name, "Acme");
	assert_int_equal(after.node_expiry, 30 * 86400);
	assert_true(after.device_approval);
	assert_true(after.user_approval);
	assert_true(after.taildrop);
	assert_int_equal(rows_of(s, "setting:tailnet_name"), 1);
	assert_int_equal(rows_of(s, "setting:node_expiry"), 1);
	assert_int_equal(rows_of(s, "setting:device_approval"), 1);
	assert_int_equal(rows_of(s, "setting:taildrop"), 0);
	assert_int_equal(rows_of(s, "setting:ephemeral_timeout"), 0);
	assert_string_equal(audit_last(s).action, "setting.changed");
	assert_string_equal(audit_last(s).actor_name, "ann");
	assert_holds(
		tab_get(&ann, GENERAL).body, "data-flash=\"settings-saved\"");
}

static void
a_refused_field_leaves_the_whole_section(void **state)
{
	static const char *const wrong[][2] = {
		{ "org=&key_expiry_days=3&ephemeral_minutes=30",
			"id=\"settings-general-org-error\"" },
		{ "org=X&key_expiry_days=3651&ephemeral_minutes=30",
			"Enter a number from 0 to 3650." },
		{ "org=X&key_expiry_days=3&ephemeral_minutes=1",
			"Enter a number from 2 to 10080." },
		{ "org=X&key_expiry_days=x&ephemeral_minutes=30",
			"data-error=\"number\"" },
		{ "org=X&key_expiry_days=&ephemeral_minutes=30",
			"data-error=\"required\"" },
		{ "org=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaa&key_expiry_days=3&ephemeral_minutes=30",
			"data-error=\"too-long\"" },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		tab_send(&ann, GENERAL, GENERAL, wrong[i][0]);
		assert_int_equal(ann.last.status, 422);
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, wrong[i][1]);
		assert_int_equal(now(s).node_expiry, 180 * 86400);
		assert_string_equal(now(s).tailnet_name, "");
	}
}

static void
what_is_shown_rounded_is_left_alone(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	set(s, "node_expiry", "36h");
	set(s, "ephemeral_timeout", "90s");
	tab_get(&ann, GENERAL);
	assert_holds(ann.last.body, "name=\"key_expiry_days\" value=\"2\"");
	tab_post(&ann, GENERAL,
		"org=Acme&key_expiry_days=2&ephemeral_minutes=2&taildrop=1");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(now(s).node_expiry, 36 * 3600);
	assert_int_equal(now(s).ephemeral_timeout, 90);
	tab_send(&ann, GENERAL, GENERAL,
		"org=Acme&key_expiry_days=0&ephemeral_minutes=3&taildrop=1");
	assert_int_equal(now(s).node_expiry, 0);
	assert_int_equal(now(s).ephemeral_timeout, 180);
}

static void
two_who_save_at_once_hear_of_each_other(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab eve = tab_of(s, "eve", ROLE_ADMIN);

	set(s, "tailnet_name", "Acme");
	tab_get(&ann, GENERAL);
	tab_send(&eve, GENERAL, GENERAL,
		"org=Acme&key_expiry_days=7&ephemeral_minutes=30");
	assert_int_equal(eve.last.status, 303);
	tab_post(&ann, GENERAL,
		"org=Acme&key_expiry_days=9&ephemeral_minutes=30&taildrop=1");
	assert_int_equal(ann.last.status, 409);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "eve changed this");
	assert_holds(ann.last.body,
		"Days until a machine must sign in again is now 7");
	assert_holds(ann.last.body, "(Taildrop) is now off");
	tab_post(&ann, GENERAL,
		"org=Acme&key_expiry_days=9&ephemeral_minutes=30&taildrop=1");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(now(s).node_expiry, 9 * 86400);
}

static void
addresses_are_saved_and_checked(void **state)
{
	static const char *const wrong[][2] = {
		{ "ipv4_prefix=10.0.0.0/8&ipv6_prefix=fd7a:115c:a1e0::/48",
			"id=\"settings-addresses-ipv4_prefix-error\" "
			"data-error=\"prefix\">10.0.0.0/8 lies outside "
			"100.64.0.0/10, where clients expect the addresses of "
			"their network. Enter a part of that, like "
			"100.64.0.0/16." },
		{ "ipv4_prefix=100.0.0.0/8&ipv6_prefix=fd7a:115c:a1e0::/48",
			"100.0.0.0/8 lies outside 100.64.0.0/10" },
		{ "ipv4_prefix=100.64.0.0/31&ipv6_prefix=fd7a:115c:a1e0::/48",
			"100.64.0.0/31 has no room for machines" },
		{ "ipv4_prefix=x&ipv6_prefix=fd7a:115c:a1e0::/48",
			"data-error=\"prefix\">Enter a prefix like "
			"100.64.0.0/16." },
		{ "ipv4_prefix=100.64.0.0/10&ipv6_prefix=fd00::/48",
			"id=\"settings-addresses-ipv6_prefix-error\"" },
		{ "ipv4_prefix=&ipv6_prefix=",
			"One of the two may be empty, not both: machines need "
			"an address." },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		tab_send(&ann, ADDRESSES, ADDRESSES,
			arena_printf(s->mem, "%s&allocation=sequential",
				wrong[i][0]));
		assert_int_equal(ann.last.status, 422);
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, wrong[i][1]);
		assert_string_equal(now(s).address_order, "random");
	}
	tab_send(&ann, ADDRESSES, ADDRESSES,
		"ipv4_prefix=100.70.0.0/16&ipv6_prefix=&allocation=x");
	assert_int_equal(ann.last.status, 422);
	tab_send(&ann, ADDRESSES, ADDRESSES,
		"ipv4_prefix=100.70.0.0/16&ipv6_prefix=&allocation=sequential");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(now(s).ipv4_prefix, "100.70.0.0/16");
	assert_string_equal(now(s).ipv6_prefix, "");
	assert_string_equal(now(s).address_order, "sequential");
}

static void
machines_are_not_left_outside(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	machine_of(s, 1, "pi");
	machine_of(s, 1, "box");
	tab_send(&ann, ADDRESSES, ADDRESSES,
		"ipv4_prefix=100.99.0.0/16&ipv6_prefix=fd7a:115c:a1e0::/48&"
		"allocation=random");
	assert_int_equal(ann.last.status, 422);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "2 machines have addresses outside");
	assert_string_equal(now(s).ipv4_prefix, "100.64.0.0/10");
}

static void
who_only_reads_sees_no_form(void **state)
{
	static const enum role readers[] = { ROLE_NETWORK_ADMIN, ROLE_IT_ADMIN,
		ROLE_AUDITOR };
	static const char *const paths[] = { GENERAL, ADDRESSES };
	struct site *s = *state;

	for (size_t i = 0; i < 3; i++) {
		struct tab t =
			tab_of(s, arena_printf(s->mem, "r%zu", i), readers[i]);

		for (size_t k = 0; k < 2; k++) {
			tab_get(&t, paths[k]);
			assert_int_equal(t.last.status, 200);
			assert_sound(s->mem, t.last.body);
			assert_lacks(t.last.body, "form-settings");
			assert_lacks(t.last.body, ">Save<");
			assert_int_equal(
				tab_post(&t, paths[k], "org=x").status, 403);
		}
		assert_holds(t.last.body, "data-error=\"role\"");
	}
	assert_string_equal(now(s).tailnet_name, "");
}

static void
the_base_domain_leads_to_where_it_is_changed(void **state)
{
	static const char link[] = "data-fact=\"base-domain\">"
				   "<a href=\"/admin/dns\">tail.example</a>";
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);
	const char *why;

	assert_int_equal(settings_put(s->db, "dns_domain", "tail.example",
				 "cli", NOW, s->mem, &why),
		ERR_OK);
	assert_holds(tab_get(&eve, GENERAL).body, link);
	assert_int_equal(settings_put(s->db, "magic_dns", "false", "cli", NOW,
				 s->mem, &why),
		ERR_OK);
	assert_holds(tab_get(&eve, GENERAL).body, link);
	assert_holds(eve.last.body, "</a>, not in use: MagicDNS is off</dd>");
	assert_sound(s->mem, eve.last.body);
}

static void
what_is_chosen_is_read_in_words(void **state)
{
	static const char addresses[] =
		"ipv4_prefix=100.64.0.0%2F10&ipv6_prefix="
		"fd7a:115c:a1e0::%2F48&allocation=";
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_OWNER);
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	tab_get(&eve, ADDRESSES);
	assert_holds(eve.last.body, "data-fact=\"allocation\">At random</dd>");
	tab_get(&bob, ADDRESSES);
	tab_send(&ann, ADDRESSES, ADDRESSES,
		arena_printf(s->mem, "%ssequential", addresses));
	assert_int_equal(ann.last.status, 303);
	tab_post(&bob, ADDRESSES, arena_printf(s->mem, "%srandom", addresses));
	assert_int_equal(bob.last.status, 409);
	assert_holds(
		bob.last.body, "New addresses is now One after the other.");
}

static void
a_hostile_name_stays_text(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	tab_send(&ann, GENERAL, GENERAL,
		arena_printf(s->mem,
			"org=%s&key_expiry_days=3&ephemeral_minutes=30",
			text_url_encode(s->mem, HOSTILE)));
	assert_int_equal(ann.last.status, 303);
	assert_harmless(s, tab_get(&ann, GENERAL).body);
	assert_harmless(s, tab_get(&eve, GENERAL).body);
}

static void
times_stand_in_the_zone_that_was_chosen(void **state)
{
	static const char *const wrong[] = { "", "Mars/Olympus", "../passwd",
		"CET-1CEST", "%3Cscript%3E" };
	struct site *s = *state;
	struct tab ann;

	s->now = 1753192920; /* 2025-07-22T14:02:00Z */
	ann = tab_of(s, "ann", ROLE_OWNER);
	for (size_t i = 0; i < 5; i++) {
		tab_send(&ann, APPEARANCE, APPEARANCE,
			arena_printf(s->mem, "time_zone=%s", wrong[i]));
		assert_int_equal(ann.last.status, 422);
		assert_harmless(s, ann.last.body);
	}
	assert_holds(tab_get(&ann, "/me/sessions").body,
		"<time datetime=\"2025-07-22T14:02:00Z\">2025-07-22 14:02 "
		"UTC</time>");
	tab_send(&ann, APPEARANCE, APPEARANCE, "time_zone=Europe/Vienna");
	assert_int_equal(ann.last.status, 303);
	assert_holds(tab_get(&ann, "/me/sessions").body,
		"<time datetime=\"2025-07-22T14:02:00Z\">2025-07-22 16:02 "
		"CEST</time>");
	/* Programs read files. */
	assert_holds(
		tab_get(&ann, "/admin/audit.csv").body, "2025-07-22T14:02:00Z");
	assert_lacks(ann.last.body, "CEST");
}

static void
a_conflict_tells_its_time_in_that_zone_too(void **state)
{
	struct site *s = *state;
	struct tab ann, eve;

	s->now = 1753192920;
	ann = tab_of(s, "ann", ROLE_OWNER);
	eve = tab_of(s, "eve", ROLE_ADMIN);
	set(s, "time_zone", "Europe/Vienna");
	tab_get(&eve, APPEARANCE);
	tab_send(&ann, APPEARANCE, APPEARANCE, "time_zone=Asia/Tokyo");
	tab_post(&eve, APPEARANCE, "time_zone=Etc/UTC");
	assert_int_equal(eve.last.status, 409);
	assert_holds(eve.last.body,
		"ann changed this at 2025-07-22 23:02 JST: Time zone of these "
		"pages is now Asia/Tokyo.");
}

#define RETENTION "/admin/settings/retention"
#define KEEP      "&session_days=30&change_days=1"

/* Many rows of long ago, and then somebody signs in. */
static struct tab
after_three_days(struct site *s, int64_t rows)
{
	int64_t there = 0;

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_audit_count(s->db, &there), ERR_OK);
	for (; there < rows; there++)
		assert_int_equal(
			db_audit_add(s->db, &(struct audit){ .at = s->now,
						    .actor = "cli",
						    .action = "x",
						    .subject = "y",
						    .detail = "" }),
			ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	s->now += 3 * (int64_t)86400;
	return tab_of(s, "ann", ROLE_ADMIN);
}

static void
rows_of_the_audit_log_are_not_deleted_unasked(void **state)
{
	struct site *s = *state;
	struct tab ann = after_three_days(s, 1234);

	tab_send(&ann, RETENTION, RETENTION, "audit_days=364" KEEP);
	assert_int_equal(ann.last.status, 303);
	tab_send(&ann, RETENTION, RETENTION, "audit_days=1" KEEP);
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(
		ann.last.body, "<h1>Delete 1,234 rows of the audit log?</h1>");
	assert_holds(ann.last.body, "1,234 rows of the audit log would be "
				    "deleted within the day.");
	assert_int_equal(now(s).keep_audit, 364 * 86400);
	tab_post(&ann, RETENTION,
		arena_printf(s->mem, "audit_days=1" KEEP "&confirm=1&seen=%s",
			tab_value(&ann, "seen")));
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(now(s).keep_audit, 86400);
}

static void
a_yes_to_other_days_of_the_audit_log_is_none(void **state)
{
	struct site *s = *state;
	struct tab ann = after_three_days(s, 5);
	const char *seen;

	tab_send(&ann, RETENTION, RETENTION, "audit_days=2" KEEP);
	assert_holds(ann.last.body, "Delete 5 rows of the audit log?");
	seen = tab_value(&ann, "seen");
	tab_send(&ann, RETENTION, RETENTION,
		arena_printf(s->mem, "audit_days=1" KEEP "&confirm=1&seen=%s",
			seen));
	assert_int_equal(ann.last.status, 409);
	assert_sound(s->mem, ann.last.body);
	assert_int_equal(now(s).keep_audit, 365 * 86400);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_of_the_audit_log_are_not_deleted_unasked),
		TEST(a_yes_to_other_days_of_the_audit_log_is_none),
		TEST(the_start_of_the_settings_is_general),
		TEST(every_section_has_its_address_and_the_navigation_names_it),
		TEST(what_holds_now_stands_in_the_form),
		TEST(a_section_is_saved_whole_with_a_row_a_key),
		TEST(a_refused_field_leaves_the_whole_section),
		TEST(what_is_shown_rounded_is_left_alone),
		TEST(two_who_save_at_once_hear_of_each_other),
		TEST(addresses_are_saved_and_checked),
		TEST(machines_are_not_left_outside),
		TEST(who_only_reads_sees_no_form),
		TEST(the_base_domain_leads_to_where_it_is_changed),
		TEST(what_is_chosen_is_read_in_words),
		TEST(a_hostile_name_stays_text),
		TEST(times_stand_in_the_zone_that_was_chosen),
		TEST(a_conflict_tells_its_time_in_that_zone_too),
	};

	return cmocka_run_group_tests_name("fcgi/settings", tests, NULL, NULL);
}
