#include "tailnet/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tailnet/user.h"

#define NOW INT64_C(1800000000)

struct fixture {
	struct db *db;
	struct arena *mem;
	int64_t alice;
};

static int
setup(void **state)
{
	static struct fixture f;
	struct user u = { .name = "alice" };

	f.mem = arena_new();
	*state = &f;
	return db_open_memory(&f.db) ||
	       tailnet_user_add(f.db, &u, "cli", NOW, &f.alice);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static void
tags_have_a_form_an_order_and_a_limit(void **state)
{
	struct fixture *f = *state;
	static const char *const good[] = { "tag:a", "tag:a-1", "tag:z9" };
	static const char *const bad[] = { "", "a", "tag", "tag:", "tag:1",
		"tag:-a", "tag:A", "Tag:a", "tag:a b", "tag:a_b", "tag:ä" };
	const char *many[TAGS_MAX + 1], *json = "";

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(tag_is_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(tag_is_valid(bad[i]));
	assert_int_equal(tags_normal(f->mem, bad, 1, &json), ERR_BAD_TAG);
	for (int i = 0; i <= TAGS_MAX; i++)
		many[i] = arena_printf(f->mem, "tag:t%d", i);
	assert_int_equal(tags_normal(f->mem, many, TAGS_MAX, &json), ERR_OK);
	assert_int_equal(
		tags_normal(f->mem, many, TAGS_MAX + 1, &json), ERR_TOO_BIG);
	many[TAGS_MAX] = "tag:t0"; /* a double does not count */
	assert_int_equal(
		tags_normal(f->mem, many, TAGS_MAX + 1, &json), ERR_OK);
	assert_int_equal(tags_normal(f->mem, NULL, 0, &json), ERR_OK);
	assert_string_equal(json, "[]");
}

static void
a_key_is_found_by_its_whole_text_only(void **state)
{
	struct fixture *f = *state;
	struct secret pepper = { { 1 } }, other = { { 2 } };
	struct preauth_key k = { .user_id = f->alice, .expires_at = NOW + 5 };
	const char *text;
	int64_t id;

	assert_int_equal(tailnet_preauth_key_add(f->db, &pepper, &k, &actor_cli,
				 NOW, f->mem, &id, &text),
		ERR_OK);
	assert_int_equal(strlen(text), 11 + 12 + 1 + 64);
	assert_memory_equal(text, "hskey-auth-", 11);
	assert_int_equal(
		tailnet_preauth_key_find(f->db, &pepper, text, f->mem, &k),
		ERR_OK);
	assert_int_equal(k.id, id);
	assert_memory_equal(k.prefix, text + 11, 12);
	for (size_t i = 0; i < strlen(text); i++) {
		char *wrong = arena_strdup(f->mem, text);

		wrong[i] = wrong[i] == 'x' ? 'y' : 'x';
		assert_int_equal(tailnet_preauth_key_find(
					 f->db, &pepper, wrong, f->mem, &k),
			ERR_KEY_UNKNOWN);
	}
	assert_int_equal(
		tailnet_preauth_key_find(f->db, &other, text, f->mem, &k),
		ERR_KEY_UNKNOWN);
	assert_int_equal(
		tailnet_preauth_key_find(f->db, &pepper, "", f->mem, &k),
		ERR_KEY_UNKNOWN);
}

static void
a_key_needs_an_owner_that_is_there(void **state)
{
	struct fixture *f = *state;
	struct secret pepper = { { 1 } };
	struct preauth_key none = { .id = 0 }, nobodys = { .user_id = 99 };
	struct preauth_key bad = { .tags = "[\"x\"]" };
	const char *text;
	int64_t id;

	assert_int_equal(tailnet_preauth_key_add(f->db, &pepper, &none,
				 &actor_cli, NOW, f->mem, &id, &text),
		ERR_NO_OWNER);
	assert_int_equal(tailnet_preauth_key_add(f->db, &pepper, &nobodys,
				 &actor_cli, NOW, f->mem, &id, &text),
		ERR_NOT_FOUND);
	assert_int_equal(tailnet_preauth_key_add(f->db, &pepper, &bad,
				 &actor_cli, NOW, f->mem, &id, &text),
		ERR_BAD_TAG);
	assert_int_equal(tailnet_preauth_key_revoke(f->db, 99, "cli", NOW),
		ERR_NOT_FOUND);
	assert_int_equal(tailnet_preauth_key_delete(f->db, 99, "cli", NOW),
		ERR_NOT_FOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tags_have_a_form_an_order_and_a_limit),
		TEST(a_key_is_found_by_its_whole_text_only),
		TEST(a_key_needs_an_owner_that_is_there),
	};

	return cmocka_run_group_tests_name("tailnet/keys", tests, NULL, NULL);
}
