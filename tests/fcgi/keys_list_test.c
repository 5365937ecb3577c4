/*
 * keys_list_test.c: what the rows of the list of auth keys say, those of its
 * files, and those of the own keys.
 */
#include "tests/fcgi/browser.h"
#include "tests/fcgi/keys.h"
#include "tests/fcgi/sound.h"

#include "tailnet/keys.h"

#define KEYS "/admin/keys"
#define MINE "/me/keys"

/* Made by an admin of that number an hour ago, used so often. */
static int64_t
key_of(struct site *s, const struct preauth_key *like, int64_t by, int uses)
{
	const char *text;
	int64_t id;

	assert_int_equal(tailnet_preauth_key_add(s->db, &s->pepper, like,
				 &(struct actor){ by, ROLE_OWNER },
				 s->now - 3600, s->mem, &id, &text),
		ERR_OK);
	assert_int_equal(db_begin(s->db), ERR_OK);
	for (int i = 0; i < uses; i++)
		assert_int_equal(
			db_preauth_key_use(s->db, id, s->now - 60), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	return id;
}

static struct preauth_key
row_of(struct site *s, int64_t id)
{
	struct preauth_key k;

	assert_int_equal(db_preauth_key_by_id(s->db, id, s->mem, &k), ERR_OK);
	return k;
}

/* The row of the list that was asked for last, from its first cell on. */
static const char *
shown(struct tab *t, int64_t id, const char *state)
{
	struct arena *mem = t->s->mem;
	const char *mark = arena_printf(mem,
		"<tr id=\"key-%lld\" data-id=\"%lld\" data-state=\"%s\">",
		(long long)id, (long long)id, state);
	const char *at = strstr(t->last.body, mark), *end;

	if (!at)
		fail_msg("no %s in %s", mark, t->last.body);
	at += strlen(mark);
	end = strstr(at, "</tr>");
	return arena_printf(mem, "%.*s", (int)(end - at), at);
}

static const char *
cell(struct site *s, const char *name, const char *label, const char *what)
{
	return arena_printf(s->mem,
		"<td data-col=\"%s\" data-label=\"%s\">%s</td>", name, label,
		what);
}

static void
assert_cell(struct tab *t, const char *row, const char *name, const char *label,
	const char *what)
{
	assert_holds(row, cell(t->s, name, label, what));
}

static void
a_row_says_all_of_its_key(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	int64_t id = key_of(s,
		&(struct preauth_key){ .user_id = bob,
			.expires_at = s->now + 600,
			.description = "lab",
			.reusable = true },
		1, 2);
	const char *prefix = row_of(s, id).prefix, *row;

	tab_get(&ann, KEYS);
	row = shown(&ann, id, "valid");
	assert_holds(row, arena_printf(s->mem, ">hskey-auth-%s…<", prefix));
	assert_cell(&ann, row, "description", "Description", "lab");
	assert_cell(&ann, row, "owner", "Owner",
		"<a href=\"/admin/users/2\">bob</a> ");
	assert_cell(&ann, row, "kind", "Kind",
		"<span data-badge=\"reusable\">Reusable</span> "
		"<span data-badge=\"pre-approved\">Pre-approved</span> ");
	assert_holds(row, " data-label=\"Uses\" class=\"number\">2</td>");
	assert_cell(&ann, row, "expires", "Expires",
		"<time datetime=\"2026-11-02T06:23:20Z\">2026-11-02 06:23 "
		"UTC</time>");
	assert_cell(&ann, row, "made-by", "Made by", "ann");
	assert_cell(&ann, row, "created", "Created",
		"<time datetime=\"2026-11-02T05:13:20Z\">2026-11-02 05:13 "
		"UTC</time>");
	assert_cell(&ann, row, "revoke", "Revoke",
		arena_printf(s->mem,
			"<a href=\"" KEYS "/%lld/revoke\" aria-label=\"Revoke "
			"%s\">Revoke</a>",
			(long long)id, prefix));
}

static void
a_key_that_lets_nobody_in_says_why_and_one_without_end_never(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct preauth_key k = { .tags = "[\"tag:web\"]",
		.description = "",
		.ephemeral = true,
		.unapproved = true };
	int64_t used = key_of(s, &k, 1, 1), expired, revoked;
	const char *row;

	k.expires_at = s->now - 1;
	expired = key_of(s, &k, 1, 0);
	k.expires_at = 0;
	revoked = key_of(s, &k, 1, 0);
	assert_int_equal(
		tailnet_preauth_key_revoke(s->db, revoked, "cli", s->now),
		ERR_OK);
	tab_get(&ann, KEYS);
	row = shown(&ann, used, "used");
	assert_cell(&ann, row, "kind", "Kind",
		"<span data-badge=\"used\">Used</span> "
		"<span data-badge=\"ephemeral\">Ephemeral</span> ");
	assert_cell(&ann, row, "expires", "Expires", "Never");
	assert_cell(&ann, row, "revoke", "Revoke", "");
	assert_cell(&ann, row, "owner", "Owner",
		"<span class=\"tag\">tag:web</span>");
	row = shown(&ann, expired, "expired");
	assert_holds(row, "<span data-badge=\"expired\">Expired</span> ");
	row = shown(&ann, revoked, "revoked");
	assert_holds(row, "<span data-badge=\"revoked\">Revoked</span> ");
	assert_lacks(ann.last.body, "/revoke\"");
}

static void
who_may_not_revoke_has_no_column_for_it(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);
	int64_t id = key_of(s, &(struct preauth_key){ .user_id = 1 }, 1, 0);

	tab_get(&eve, KEYS);
	assert_holds(shown(&eve, id, "valid"), "data-col=\"created\"");
	assert_lacks(eve.last.body, "evoke</");
	assert_lacks(eve.last.body, "data-col=\"revoke\"");
}

static void
own_keys_have_a_row_without_owner_and_maker_and_no_file(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = key_of(s,
		&(struct preauth_key){ .user_id = 1,
			.expires_at = s->now + 600,
			.description = "lab" },
		1, 0);
	const char *row, *why;

	assert_int_equal(settings_put(s->db, "members_make_keys", "true", "cli",
				 s->now, s->mem, &why),
		ERR_OK);
	tab_get(&ann, MINE);
	assert_sound(s->mem, ann.last.body);
	row = shown(&ann, id, "valid");
	assert_cell(&ann, row, "description", "Description", "lab");
	assert_lacks(row, "data-col=\"owner\"");
	assert_lacks(row, "data-col=\"made-by\"");
	assert_holds(
		row, arena_printf(s->mem, "<a href=\"" MINE "/%lld/revoke\"",
			     (long long)id));
	assert_holds(ann.last.body, "href=\"" MINE "/new\">New key</a>");
	assert_holds(ann.last.body, "data-live=\"key\"");
	assert_holds(
		ann.last.body, "<a href=\"" MINE "\" aria-current=\"page\">");
	assert_lacks(ann.last.body, "id=\"files\"");
	assert_lacks(tab_get(&ann, MINE "?status=used").body, "<tr id=\"key-");
	assert_holds(ann.last.body, "<option value=\"used\" selected=\"\">");
	assert_holds(ann.last.body, "0 of 1 key");
	assert_lacks(ann.last.body, "id=\"empty\"");
	/* A filter of the other list is none of this one. */
	tab_get(&ann, MINE "?tag=tag:web");
	(void)shown(&ann, id, "valid");
}

static void
the_list_follows_what_happens_and_stands_in_the_menu(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_get(&ann, KEYS);
	assert_holds(ann.last.body, "data-live=\"key\"");
	assert_holds(
		ann.last.body, "<a href=\"" KEYS "\" aria-current=\"page\">");
	tab_get(&ann, KEYS "?status=used");
	assert_holds(ann.last.body, "id=\"none\"");
	assert_lacks(ann.last.body, "id=\"empty\"");
}

static void
the_second_page_goes_on_where_the_first_ends(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t first = 0;

	for (int i = 0; i < 51; i++) {
		int64_t id =
			key_of(s, &(struct preauth_key){ .user_id = 1 }, 1, 0);

		first = first ? first : id;
		s->now++;
	}
	tab_get(&ann, KEYS);
	assert_int_equal(sound_count(ann.last.body, "<tr id=\"key-"), 50);
	assert_lacks(ann.last.body, "<tr id=\"key-1\"");
	tab_get(&ann, KEYS "?page=2");
	assert_int_equal(sound_count(ann.last.body, "<tr id=\"key-"), 1);
	(void)shown(&ann, first, "valid");
	/* A file has all of them, whatever page it was asked from. */
	tab_get(&ann, KEYS ".csv");
	assert_int_equal(sound_count(ann.last.body, "\r\n"), 52);
	tab_get(&ann, KEYS ".csv?page=2");
	assert_int_equal(sound_count(ann.last.body, "\r\n"), 52);
}

static void
a_file_has_each_fact_under_its_name(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	int64_t one = key_of(s,
		&(struct preauth_key){ .user_id = bob,
			.expires_at = s->now + 600,
			.description = "lab",
			.reusable = true },
		1, 2);
	int64_t two = key_of(s,
		&(struct preauth_key){ .tags = "[\"tag:a\",\"tag:b\"]",
			.description = "",
			.ephemeral = true,
			.unapproved = true },
		1, 1);

	tab_get(&ann, KEYS ".csv?sort=key");
	assert_holds(ann.last.body,
		"id,prefix,description,owner,tags,status,reusable,ephemeral,"
		"preapproved,uses,expires,made_by,created\r\n");
	/* Of the prefix only the end: one that begins with '-' has a sign
	 * before it. */
	assert_holds(ann.last.body,
		arena_printf(s->mem, "\r\n%lld,", (long long)one));
	assert_holds(ann.last.body,
		arena_printf(s->mem,
			"%s,lab,bob,,valid,true,false,true,2,"
			"2026-11-02T06:23:20Z,ann,2026-11-02T05:13:20Z\r\n",
			row_of(s, one).prefix));
	assert_holds(ann.last.body,
		arena_printf(s->mem, "\r\n%lld,", (long long)two));
	assert_holds(ann.last.body,
		arena_printf(s->mem,
			"%s,,,tag:a tag:b,used,false,true,false,1,,"
			"ann,2026-11-02T05:13:20Z\r\n",
			row_of(s, two).prefix));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_says_all_of_its_key),
		TEST(a_key_that_lets_nobody_in_says_why_and_one_without_end_never),
		TEST(who_may_not_revoke_has_no_column_for_it),
		TEST(own_keys_have_a_row_without_owner_and_maker_and_no_file),
		TEST(the_list_follows_what_happens_and_stands_in_the_menu),
		TEST(the_second_page_goes_on_where_the_first_ends),
		TEST(a_file_has_each_fact_under_its_name),
	};

	return cmocka_run_group_tests_name("fcgi/keys_list", tests, NULL, NULL);
}
