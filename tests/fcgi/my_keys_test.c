/*
 * my_keys_test.c: the keys that members make for their own machines, and the
 * settings of keys.
 */
#include "tests/fcgi/hostile.h"
#include "tests/fcgi/keys.h"

#include "db/setting.h"
#include "tailnet/keys.h"

#define KEYS     "/me/keys"
#define NEW      "/me/keys/new"
#define SETTINGS "/admin/settings/keys"

static void
set(struct site *s, const char *name, const char *value)
{
	const char *why;

	assert_int_equal(
		settings_put(s->db, name, value, "cli", s->now, s->mem, &why),
		ERR_OK);
}

static int64_t
id_of(struct site *s, const char *name)
{
	struct user u;

	assert_int_equal(db_user_by_name(s->db, name, s->mem, &u), ERR_OK);
	return u.id;
}

/* By an admin, with this description. */
static int64_t
key_of(struct site *s, const char *owner, const char *description)
{
	struct preauth_key k = { .user_id = id_of(s, owner),
		.description = description };
	const char *text;
	int64_t id;

	assert_int_equal(tailnet_preauth_key_add(s->db, &s->pepper, &k,
				 &actor_cli, s->now, s->mem, &id, &text),
		ERR_OK);
	return id;
}

static const char *
revoke_of(struct site *s, int64_t id)
{
	return arena_printf(s->mem, KEYS "/%lld/revoke", (long long)id);
}

static void
without_the_setting_there_is_nothing_and_no_link(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	int64_t id = key_of(s, "bob", "b");

	assert_lacks(tab_get(&bob, "/me").body, KEYS);
	assert_int_equal(tab_get(&bob, KEYS).status, 404);
	assert_int_equal(tab_get(&bob, NEW).status, 404);
	assert_int_equal(tab_get(&bob, revoke_of(s, id)).status, 404);
	tab_get(&bob, "/me/security");
	assert_int_equal(tab_post(&bob, NEW, "expires=1h").status, 404);
	tab_get(&bob, "/me/security");
	assert_int_equal(tab_post(&bob, revoke_of(s, id), "").status, 404);
	assert_int_equal(key_count(s), 1);
	assert_int_equal(newest(s).revoked_at, 0);
	set(s, "members_make_keys", "true");
	assert_holds(tab_get(&bob, "/me").body, "href=\"" KEYS "\"");
	assert_int_equal(tab_get(&bob, KEYS).status, 200);
}

static void
a_member_makes_a_key_for_one_machine_and_sees_it_once(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	struct preauth_key k;

	set(s, "members_make_keys", "true");
	tab_get(&bob, NEW);
	assert_sound(s->mem, bob.last.body);
	assert_holds(bob.last.body, "data-page=\"my-key-new\"");
	assert_holds(bob.last.body, "value=\"7d\"");
	assert_lacks(bob.last.body, "value=\"30d\"");
	assert_lacks(bob.last.body, "name=\"reusable\"");
	assert_lacks(bob.last.body, "name=\"tags\"");
	/* What the form does not ask counts for nothing. */
	tab_post(&bob, NEW,
		"expires=7d&description=desk&reusable=1&tags=tag:web&owner=9"
		"&preapproved=1");
	assert_int_equal(bob.last.status, 200);
	assert_sound(s->mem, bob.last.body);
	assert_holds(bob.last.body, "<h1>Copy this key now</h1>");
	assert_holds(bob.last.body, "hskey-auth-");
	assert_lacks(bob.last.body, "/admin/");
	k = newest(s);
	assert_int_equal(k.user_id, id_of(s, "bob"));
	assert_false(k.reusable);
	assert_string_equal(k.tags, "[]");
	assert_int_equal(k.expires_at, s->now + 7 * 86400);
	assert_string_equal(audit_last(s).action, "key.created");
	tab_get(&bob, KEYS);
	assert_sound(s->mem, bob.last.body);
	assert_holds(bob.last.body, "data-page=\"my-keys\"");
	assert_holds(bob.last.body, "desk");
	assert_lacks(bob.last.body, "/admin/");
}

static void
a_longer_life_is_refused(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);

	set(s, "members_make_keys", "true");
	tab_send(&bob, NEW, NEW, "expires=30d");
	assert_int_equal(bob.last.status, 422);
	assert_holds(bob.last.body, "data-error=\"choice\"");
	assert_int_equal(key_count(s), 0);
}

static void
a_machine_of_such_a_key_waits_where_machines_are_approved(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);

	set(s, "members_make_keys", "true");
	tab_send(&bob, NEW, NEW, "expires=1h");
	assert_true(newest(s).unapproved); /* approval may come later */
	set(s, "device_approval", "true");
	tab_send(&bob, NEW, NEW, "expires=1h&preapproved=1");
	assert_true(newest(s).unapproved);
}

static void
the_rule_holds_below_the_pages_too(void **state)
{
	struct site *s = *state;
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	int64_t eve = person_without_password(s, "eve", ROLE_MEMBER);
	const struct preauth_key good = { .user_id = bob,
		.expires_at = s->now + PREAUTH_OWN_LIFE_MAX,
		.unapproved = true };
	struct preauth_key wrong[5];
	const struct actor a = { bob, ROLE_MEMBER };
	const char *text;
	int64_t id;

	for (size_t i = 0; i < 5; i++)
		wrong[i] = good;
	wrong[0].user_id = eve;
	wrong[1].reusable = true;
	wrong[2].tags = "[\"tag:web\"]";
	wrong[3].expires_at++;
	wrong[4].expires_at = 0;
	assert_int_equal(tailnet_preauth_key_add(s->db, &s->pepper, &good, &a,
				 s->now, s->mem, &id, &text),
		ERR_DENIED);
	set(s, "members_make_keys", "true");
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(
			tailnet_preauth_key_add(s->db, &s->pepper, &wrong[i],
				&a, s->now, s->mem, &id, &text),
			ERR_DENIED);
	assert_int_equal(tailnet_preauth_key_add(s->db, &s->pepper, &good, &a,
				 s->now, s->mem, &id, &text),
		ERR_OK);
	wrong[0] = good;
	wrong[0].unapproved = false;
	assert_int_equal(tailnet_preauth_key_add(s->db, &s->pepper, &wrong[0],
				 &a, s->now, s->mem, &id, &text),
		ERR_DENIED);
}

static void
only_own_keys_are_listed_and_revoked(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t bobs = key_of(s, "bob", "bobs"),
		anns = key_of(s, "ann", "anns");
	struct preauth_key k;

	set(s, "members_make_keys", "true");
	tab_get(&bob, KEYS "?owner=2&q=anns");
	assert_lacks(bob.last.body, "<tr id=\"key-");
	tab_get(&bob, KEYS);
	assert_holds(bob.last.body, "bobs");
	assert_holds(bob.last.body, "1 key");
	assert_lacks(bob.last.body, "anns");
	assert_lacks(tab_get(&ann, KEYS).body, "bobs");
	assert_int_equal(tab_get(&bob, revoke_of(s, anns)).status, 404);
	assert_holds(bob.last.body, "no key of yours");
	assert_int_equal(tab_get(&bob, revoke_of(s, 999)).status, 404);
	assert_holds(bob.last.body, "no key of yours");
	tab_get(&bob, "/me/security");
	assert_int_equal(tab_post(&bob, revoke_of(s, anns), "").status, 404);
	assert_int_equal(db_preauth_key_by_id(s->db, anns, s->mem, &k), ERR_OK);
	assert_int_equal(k.revoked_at, 0);
	tab_send(&bob, revoke_of(s, bobs), revoke_of(s, bobs), "");
	assert_int_equal(bob.last.status, 303);
	assert_string_equal(bob.last.reply.location, KEYS);
	assert_int_equal(db_preauth_key_by_id(s->db, bobs, s->mem, &k), ERR_OK);
	assert_int_equal(k.revoked_at, s->now);
}

static void
the_usual_life_stands_in_both_forms(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_send(&ann, SETTINGS, SETTINGS,
		"members_make_keys=1&key_life=30d&keep_days=90");
	assert_int_equal(ann.last.status, 303);
	assert_holds(tab_get(&ann, "/admin/keys/new").body,
		"<option value=\"30d\" selected=\"\">");
	assert_holds(
		tab_get(&ann, NEW).body, "<option value=\"7d\" selected=\"\">");
	tab_send(&ann, SETTINGS, SETTINGS,
		"members_make_keys=1&key_life=1d&keep_days=90");
	assert_holds(
		tab_get(&ann, NEW).body, "<option value=\"1d\" selected=\"\">");
}

static void
the_settings_of_keys_are_checked_and_stored(void **state)
{
	static const char *const wrong[] = {
		"key_life=2d&keep_days=90",
		"key_life=1h&keep_days=0",
		"key_life=1h&keep_days=3651",
		"key_life=1h&keep_days=",
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *value, *why;

	for (size_t i = 0; i < 4; i++) {
		tab_send(&ann, SETTINGS, SETTINGS, wrong[i]);
		assert_int_equal(ann.last.status, 422);
		assert_sound(s->mem, ann.last.body);
	}
	assert_int_equal(settings_put(s->db, "key_life", "2d", "cli", s->now,
				 s->mem, &why),
		ERR_BAD_INPUT);
	assert_string_equal(why, "one of 1h, 1d, 7d, 30d, 90d");
	tab_send(&ann, SETTINGS, SETTINGS, "key_life=1h&keep_days=3650");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(
		db_setting_get(s->db, "keep_keys", s->mem, &value), ERR_OK);
	assert_string_equal(value, "3650d");
}

static void
no_description_becomes_markup(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);

	set(s, "members_make_keys", "true");
	key_of(s, "bob", "\"><script>alert(1)</script>");
	assert_harmless(s, tab_get(&bob, KEYS).body);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_the_setting_there_is_nothing_and_no_link),
		TEST(a_member_makes_a_key_for_one_machine_and_sees_it_once),
		TEST(a_longer_life_is_refused),
		TEST(a_machine_of_such_a_key_waits_where_machines_are_approved),
		TEST(the_rule_holds_below_the_pages_too),
		TEST(only_own_keys_are_listed_and_revoked),
		TEST(the_usual_life_stands_in_both_forms),
		TEST(the_settings_of_keys_are_checked_and_stored),
		TEST(no_description_becomes_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
