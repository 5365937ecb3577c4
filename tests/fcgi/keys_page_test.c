/*
 * keys_page_test.c: the list of auth keys, making one, revoking one.
 */
#include "tests/fcgi/hostile.h"
#include "tests/fcgi/keys.h"

#include "fcgi/list_filters.h"
#include "tailnet/keys.h"

#define KEYS "/admin/keys"
#define NEW  "/admin/keys/new"

static int64_t
key_of(struct site *s, const struct preauth_key *like)
{
	const char *text;
	int64_t id;

	assert_int_equal(tailnet_preauth_key_add(s->db, &s->pepper, like,
				 &(struct actor){ 1, ROLE_OWNER }, s->now,
				 s->mem, &id, &text),
		ERR_OK);
	return id;
}

static struct preauth_key
row_of(struct site *s, int64_t id)
{
	struct preauth_key k;

	assert_int_equal(db_preauth_key_by_id(s->db, id, s->mem, &k), ERR_OK);
	return k;
}

static const char *
path_of(struct site *s, int64_t id)
{
	return arena_printf(s->mem, KEYS "/%lld/revoke", (long long)id);
}

static void
an_empty_list_says_what_a_key_is_for(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_get(&ann, KEYS);
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"keys\"");
	assert_holds(ann.last.body, "<h1>Auth keys</h1>");
	assert_holds(ann.last.body,
		"<p id=\"empty\">No keys. A key lets a machine join without a "
		"browser.</p>");
	assert_holds(ann.last.body, "href=\"" NEW "\"");
}

static void
a_key_is_shown_once_with_its_line(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct preauth_key k;
	const char *form, *key;

	tab_get(&ann, NEW);
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "<h1>New auth key</h1>");
	assert_holds(ann.last.body, "id=\"form-key\"");
	assert_holds(
		ann.last.body, "name=\"preapproved\" value=\"1\" checked=\"\"");
	form = tab_form(&ann, "owner=1&reusable=1&ephemeral=1&preapproved=1&"
			      "expires=7d&description=for+the+lab");
	tab_ask(&ann, "POST", NEW, form);
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"key-made\"");
	assert_holds(ann.last.body, "<h1>Copy this key now</h1>");
	assert_holds(ann.last.head, "Cache-Control: no-store");
	k = newest(s);
	key = arena_printf(s->mem, "value=\"hskey-auth-%s-", k.prefix);
	assert_holds(ann.last.body, key);
	assert_holds(ann.last.body, "<pre class=\"command\" id=\"command\">");
	assert_holds(ann.last.body,
		arena_printf(s->mem, "--auth-key=hskey-auth-%s-", k.prefix));
	assert_holds(ann.last.body, "Copy the line");
	assert_holds(ann.last.body, "<h2>On a machine</h2>");
	assert_holds(ann.last.body, "<svg id=\"qr\"");
	assert_holds(ann.last.body, "<a href=\"" KEYS "\">");
	assert_int_equal(k.user_id, 1);
	assert_true(k.reusable && k.ephemeral && !k.unapproved);
	assert_int_equal(k.expires_at, s->now + 7 * 86400);
	assert_string_equal(k.description, "for the lab");
	assert_string_equal(audit_last(s).action, "key.created");
	assert_string_equal(audit_last(s).after,
		"{\"owner\":1,\"reusable\":true,\"ephemeral\":true,"
		"\"pre_approved\":true,\"expires_at\":"
		"\"2026-11-09T06:13:20Z\"}");
	tab_ask(&ann, "POST", NEW, form);
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(ann.last.reply.location, KEYS);
	assert_int_equal(key_count(s), 1);
	tab_get(&ann, KEYS);
	assert_holds(ann.last.body, "data-flash=\"already-done\"");
	assert_holds(ann.last.body,
		arena_printf(s->mem, "hskey-auth-%s…", k.prefix));
	assert_lacks(ann.last.body,
		arena_printf(s->mem, "hskey-auth-%s-", k.prefix));
	assert_holds(
		ann.last.body, "<span data-badge=\"reusable\">Reusable</span>");
	assert_holds(ann.last.body, ">Ephemeral</span>");
	assert_holds(ann.last.body, ">Pre-approved</span>");
}

static void
a_key_has_tags_instead_of_an_owner(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_IT_ADMIN);
	struct preauth_key k;

	tab_send(&ann, NEW, NEW, "owner=1&tags=tag:web,tag:db");
	assert_int_equal(ann.last.status, 200);
	k = newest(s);
	assert_int_equal(k.user_id, 0);
	assert_string_equal(k.tags, "[\"tag:db\",\"tag:web\"]");
	assert_true(k.unapproved && !k.reusable && !k.ephemeral);
	assert_int_equal(k.expires_at, s->now + 3600);
	tab_get(&ann, KEYS);
	assert_holds(ann.last.body, "<span class=\"tag\">tag:web</span>");
}

/* The command line makes such. */
static void
a_key_of_a_user_shows_its_tags_too(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	key_of(s, &(struct preauth_key){ .user_id = 1,
			  .reusable = true,
			  .tags = "[\"tag:web\"]",
			  .description = "" });
	tab_get(&ann, KEYS);
	assert_holds(ann.last.body, "href=\"/admin/users/1\">ann</a>");
	assert_holds(ann.last.body, "<span class=\"tag\">tag:web</span>");
}

static void
a_key_in_the_name_of_who_is_above_is_not_offered_or_made(void **state)
{
	struct site *s = *state;
	int64_t boss = person_without_password(s, "theboss", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	struct tab ida = tab_of(s, "ida", ROLE_IT_ADMIN);

	tab_get(&ida, NEW);
	assert_holds(ida.last.body,
		arena_printf(s->mem, "<option value=\"%lld\"", (long long)bob));
	assert_lacks(ida.last.body, "theboss");
	tab_send(&ida, NEW, NEW,
		arena_printf(s->mem, "owner=%lld&expires=1h", (long long)boss));
	assert_int_equal(ida.last.status, 422);
	assert_int_equal(key_count(s), 0);
	tab_send(&ida, NEW, NEW,
		arena_printf(s->mem, "owner=%lld&expires=1h", (long long)bob));
	assert_int_equal(newest(s).user_id, bob);
}

static void
a_refused_key_is_not_made(void **state)
{
	static const char *const wrong[][2] = {
		{ "owner=2&tags=tag:web", "data-error=\"owner-or-tags\"" },
		{ "owner=&tags=", "data-error=\"owner-or-tags\"" },
		{ "owner=&tags=web", "data-error=\"tag-form\"" },
		{ "owner=99", "data-error=\"choice\"" },
		{ "owner=1&expires=2y", "data-error=\"choice\"" },
		{ "owner=1&description=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaa",
			"data-error=\"too-long\"" },
		{ "owner=1&description=a%0Ab", "Leave out characters that do" },
		{ "owner=1&description=a%C2%9Bb", "Leave out characters that" },
		{ "owner=1&description=a%E2%80%AEb", "Leave out characters" },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	person_without_password(s, "bob", ROLE_MEMBER);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		tab_send(&ann, NEW, NEW, wrong[i][0]);
		assert_int_equal(ann.last.status, 422);
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, wrong[i][1]);
	}
	assert_int_equal(key_count(s), 0);
}

/* Four keys, one of each status. */
static void
four(struct site *s, int64_t ids[4])
{
	int64_t end = s->now + 100;
	struct preauth_key k = { .user_id = 1, .expires_at = end };

	k.description = "alpha";
	ids[0] = key_of(s, &k);
	k.description = "beta";
	ids[1] = key_of(s, &k);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_preauth_key_use(s->db, ids[1], s->now), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	k = (struct preauth_key){ .tags = "[\"tag:web\"]",
		.expires_at = s->now };
	k.description = "gamma";
	ids[2] = key_of(s, &k);
	k.expires_at = end;
	k.description = "delta";
	ids[3] = key_of(s, &k);
	assert_int_equal(
		tailnet_preauth_key_revoke(s->db, ids[3], "user:1", s->now),
		ERR_OK);
}

static void
the_list_filters_by_status_owner_tag_and_words(void **state)
{
	static const struct {
		const char *query, *only;
	} cases[] = { { "status=valid", "alpha" }, { "status=used", "beta" },
		{ "status=expired", "gamma" }, { "status=revoked", "delta" },
		{ "q=alph", "alpha" },
		{ "tag=tag:web&status=expired", "gamma" },
		{ "owner=1&status=used", "beta" } };
	static const char *const words[] = { "alpha", "beta", "gamma",
		"delta" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t ids[4];

	four(s, ids);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&ann, arena_printf(s->mem, KEYS "?%s", cases[i].query));
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, "1 of 4 keys");
		for (size_t k = 0; k < 4; k++)
			if (strcmp(words[k], cases[i].only) == 0)
				assert_holds(ann.last.body,
					arena_printf(s->mem, ">%s<", words[k]));
			else
				assert_lacks(ann.last.body,
					arena_printf(s->mem, ">%s<", words[k]));
	}
	tab_get(&ann, KEYS "?tag=tag:we");
	assert_holds(ann.last.body, "id=\"none\"");
	assert_lacks(ann.last.body, "/revoke");
	assert_lacks(ann.last.body, "New auth key");
}

static void
what_the_list_is_filtered_by_stands_in_its_fields(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t ids[4];

	four(s, ids);
	(void)person_without_password(s, "bob", ROLE_MEMBER);
	tab_get(&ann, KEYS);
	assert_holds(ann.last.body, "<label for=\"filter-owner\">Owner</label>"
				    "<select id=\"filter-owner\" "
				    "name=\"owner\"><option value=\"\">Any");
	assert_holds(ann.last.body, "<option value=\"1\">ann</option>");
	assert_holds(ann.last.body, "<option value=\"2\">bob</option>");
	assert_holds(ann.last.body, "name=\"tag\" value=\"\"");
	tab_get(&ann, KEYS "?owner=1");
	assert_holds(ann.last.body, "<option value=\"1\" selected=\"\">ann<");
	assert_holds(ann.last.body, "2 of 4 keys <a href=\"" KEYS "\">Clear<");
	tab_get(&ann, KEYS "?owner=2");
	assert_holds(ann.last.body, "0 of 4 keys <a href=\"" KEYS "\">Clear<");
	assert_holds(ann.last.body, "id=\"none\"");
	/* As the list of machines takes it. */
	tab_get(&ann, KEYS "?tag=web");
	assert_holds(ann.last.body, "name=\"tag\" value=\"tag:web\"");
	assert_holds(ann.last.body, "2 of 4 keys <a href=\"" KEYS "\">Clear<");
	tab_get(&ann, KEYS "?tag=non+sense");
	assert_holds(ann.last.body, "left out: tag.</p>");
	assert_holds(ann.last.body, "name=\"tag\" value=\"non sense\"");
	assert_holds(ann.last.body, "4 keys</p>");
}

/* More are no list to choose from; who was chosen stands there. */
static void
a_hundred_owners_are_a_field_and_one_more_only_the_chosen(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t ids[4], last = 0;

	four(s, ids);
	for (int i = 1; i < LIST_OWNERS; i++)
		last = person_without_password(
			s, arena_printf(s->mem, "user%03d", i), ROLE_MEMBER);
	tab_get(&ann, KEYS);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body,
		arena_printf(s->mem, "<option value=\"%lld\">user099<",
			(long long)last));
	tab_get(&ann, KEYS "?owner=999");
	assert_holds(
		ann.last.body, "<option value=\"999\" selected=\"\">user 999<");
	assert_holds(ann.last.body, ">user099<");
	(void)person_without_password(s, "user100", ROLE_MEMBER);
	assert_lacks(tab_get(&ann, KEYS).body, "filter-owner");
	tab_get(&ann, KEYS "?owner=1");
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body,
		"<select id=\"filter-owner\" name=\"owner\"><option "
		"value=\"\">Any</option><option value=\"1\" "
		"selected=\"\">ann</option></select>");
	assert_holds(ann.last.body, "2 of 4 keys ");
}

static void
a_revoked_key_is_listed_for_seven_days_more(void **state)
{
	struct site *s = *state;
	int64_t ids[4];
	struct tab ann;

	person_without_password(s, "bob", ROLE_MEMBER);
	four(s, ids);
	s->now += 7 * 86400 - 1;
	ann = tab_of(s, "ann", ROLE_OWNER);
	assert_holds(tab_get(&ann, KEYS).body, ">delta<");
	s->now += 1;
	assert_lacks(tab_get(&ann, KEYS).body, ">delta<");
	assert_holds(ann.last.body, "3 keys");
}

static void
the_newest_key_comes_first(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *body, *old, *new;

	key_of(s, &(struct preauth_key){ .user_id = 1, .description = "old" });
	s->now += 60;
	key_of(s, &(struct preauth_key){ .user_id = 1, .description = "new" });
	body = tab_get(&ann, KEYS).body;
	old = strstr(body, ">old<");
	new = strstr(body, ">new<");
	assert_true(old && new &&new < old);
	assert_holds(body, "aria-sort=\"descending\"");
	assert_holds(body, "href=\"" KEYS "?sort=created\"");
	body = tab_get(&ann, KEYS "?sort=created").body;
	assert_true(strstr(body, ">old<") < strstr(body, ">new<"));
	assert_holds(body, "name=\"sort\" value=\"created\"");
	assert_holds(body, "href=\"" KEYS "\"");
}

static void
only_a_key_that_is_good_can_be_revoked(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t ids[4];

	four(s, ids);
	tab_get(&ann, KEYS);
	assert_int_equal(sound_count(ann.last.body, "/revoke\""), 1);
	assert_holds(ann.last.body, path_of(s, ids[0]));
}

static void
the_list_sorts_and_pages(void **state)
{
	static const char *const sorts[] = { "key", "-description", "owner",
		"uses", "-expires", "created" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (int i = 0; i < 60; i++)
		key_of(s, &(struct preauth_key){ .user_id = 1,
				  .expires_at = s->now + 60,
				  .description =
					  arena_printf(s->mem, "d%02d", i) });
	tab_get(&ann, KEYS "?sort=description");
	assert_int_equal(sound_count(ann.last.body, "<tr id=\"key-"), 50);
	assert_holds(ann.last.body, ">d00<");
	assert_lacks(ann.last.body, ">d50<");
	assert_true(strlen(ann.last.body) <= 60 * 1024);
	tab_get(&ann, KEYS "?sort=-description");
	assert_holds(ann.last.body, ">d59<");
	assert_lacks(ann.last.body, ">d09<");
	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		tab_get(&ann, arena_printf(s->mem, KEYS "?sort=%s", sorts[i]));
		assert_int_equal(ann.last.status, 200);
		assert_lacks(ann.last.body, "filter-note");
	}
}

static void
a_key_is_revoked_after_a_question(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t ids[4], rows;

	four(s, ids);
	tab_get(&ann, path_of(s, ids[0]));
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"key-revoke\"");
	assert_holds(
		ann.last.body, "No other machine can join with it any more.");
	assert_holds(ann.last.body, "id=\"form-revoke\"");
	assert_holds(ann.last.body, "0 machines joined with it; they stay.");
	assert_int_equal(row_of(s, ids[0]).revoked_at, 0);
	tab_post(&ann, path_of(s, ids[0]), "");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(ann.last.reply.location, KEYS);
	assert_int_equal(row_of(s, ids[0]).revoked_at, s->now);
	assert_string_equal(audit_last(s).action, "key.revoked");
	assert_int_equal(db_audit_count(s->db, &rows), ERR_OK);
	tab_get(&ann, KEYS);
	assert_holds(ann.last.body, "data-flash=\"key-revoked\"");
	tab_send(&ann, path_of(s, ids[0]), path_of(s, ids[0]), "");
	assert_int_equal(ann.last.status, 303);
	assert_int_equal(audit_last(s).id, rows);
	assert_int_equal(tab_get(&ann, path_of(s, 99)).status, 404);
	assert_int_equal(tab_get(&ann, KEYS "/x/revoke").status, 404);
}

static void
a_deleted_key_says_by_whom(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = key_of(s, &(struct preauth_key){ .user_id = 1 });

	assert_int_equal(
		tailnet_preauth_key_delete(s->db, id, "cli", s->now), ERR_OK);
	assert_int_equal(tab_get(&ann, path_of(s, id)).status, 410);
	assert_holds(ann.last.body, "href=\"" KEYS "\"");
}

static void
hostile_descriptions_stay_text(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct preauth_key k = { .prefix = "abcdefghijkl",
		.user_id = 1,
		.tags = "[]",
		.description = HOSTILE,
		.made_by = HOSTILE };
	int64_t id;

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_preauth_key_add(s->db, &k, &id), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	assert_harmless(s, tab_get(&ann, KEYS).body);
	assert_harmless(s, tab_get(&ann, path_of(s, id)).body);
	assert_harmless(s, tab_get(&ann, "/admin/users/1").body);
	assert_harmless(
		s, tab_get(&ann, arena_printf(s->mem, KEYS "?tag=%s",
					 text_url_encode(s->mem, HOSTILE)))
			   .body);
	tab_send(&ann, NEW, NEW,
		arena_printf(s->mem, "owner=1&tags=%s&description=%s",
			text_url_encode(s->mem, HOSTILE),
			text_url_encode(s->mem, HOSTILE)));
	assert_int_equal(ann.last.status, 422);
	assert_harmless(s, ann.last.body);
}

static void
who_may_not_make_keys_is_refused(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_NETWORK_ADMIN);
	int64_t id = key_of(s, &(struct preauth_key){ .user_id = 1 });

	assert_int_equal(tab_get(&eve, KEYS).status, 200);
	assert_int_equal(tab_get(&eve, NEW).status, 403);
	assert_int_equal(tab_post(&eve, NEW, "owner=1").status, 403);
	assert_int_equal(tab_get(&eve, path_of(s, id)).status, 403);
	assert_int_equal(tab_post(&eve, path_of(s, id), "").status, 403);
	assert_int_equal(row_of(s, id).revoked_at, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_list_says_what_a_key_is_for),
		TEST(a_key_is_shown_once_with_its_line),
		TEST(a_key_has_tags_instead_of_an_owner),
		TEST(a_key_of_a_user_shows_its_tags_too),
		TEST(a_key_in_the_name_of_who_is_above_is_not_offered_or_made),
		TEST(a_refused_key_is_not_made),
		TEST(the_list_filters_by_status_owner_tag_and_words),
		TEST(what_the_list_is_filtered_by_stands_in_its_fields),
		TEST(a_hundred_owners_are_a_field_and_one_more_only_the_chosen),
		TEST(a_revoked_key_is_listed_for_seven_days_more),
		TEST(the_newest_key_comes_first),
		TEST(only_a_key_that_is_good_can_be_revoked),
		TEST(the_list_sorts_and_pages),
		TEST(a_key_is_revoked_after_a_question),
		TEST(a_deleted_key_says_by_whom),
		TEST(hostile_descriptions_stay_text),
		TEST(who_may_not_make_keys_is_refused),
	};

	return cmocka_run_group_tests_name("fcgi/keys", tests, NULL, NULL);
}
