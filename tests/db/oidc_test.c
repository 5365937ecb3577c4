/* Providers, who people are to them, and browsers that are on their way. */
#include "db/identity.h"
#include "db/oidc_flow.h"
#include "db/provider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "db/change.h"
#include "db/user.h"

#define NOW      INT64_C(1793600000)
#define OK(call) assert_int_equal(call, ERR_OK)

struct fixture {
	struct db *db;
	struct arena *mem;
	int64_t ann, ben;
};

static int
setup(void **state)
{
	static struct fixture f;

	f.mem = arena_new();
	*state = &f;
	OK(db_open_memory(&f.db));
	OK(db_user_add(f.db,
		&(struct user){
			.name = "ann", .created_at = NOW, .role = ROLE_OWNER },
		&f.ann));
	OK(db_user_add(f.db, &(struct user){ .name = "ben", .created_at = NOW },
		&f.ben));
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static const struct provider plain = { .name = "Login",
	.issuer = "https://login.example.org",
	.client_id = "cairn",
	.secret = { (const unsigned char *)"sealed", 6 },
	.scopes = "openid email",
	.domains = "example.org",
	.users = "",
	.groups = "a\nb",
	.group_claim = "groups",
	.group_domain = "login.example.org",
	.role_claim = "",
	.roles = "",
	.links = true,
	.created_at = NOW };

static int64_t
add_provider(struct fixture *f)
{
	int64_t id = 0;

	OK(db_provider_add(f->db, &plain, &id));
	return id;
}

static int64_t
add_identity(struct fixture *f, int64_t user, int64_t provider, const char *sub)
{
	int64_t id = 0;

	OK(db_identity_add(f->db,
		&(struct identity){ .user_id = user,
			.provider_id = provider,
			.issuer = plain.issuer,
			.sub = sub,
			.email = "",
			.groups = "[]",
			.refresh_error = "",
			.linked_at = NOW,
			.signed_in_at = NOW },
		&id));
	return id;
}

static void
a_provider_is_kept_as_it_was_given(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_provider(f);
	struct provider p;

	OK(db_provider_by_name(f->db, "LOGIN", f->mem, &p));
	assert_int_equal(p.id, id);
	assert_string_equal(p.issuer, plain.issuer);
	assert_string_equal(p.groups, "a\nb");
	assert_int_equal(p.secret.len, 6);
	assert_memory_equal(p.secret.at, "sealed", 6);
	assert_true(p.links);
	assert_false(p.key_expiry);
	assert_string_equal(p.discovery, "");
	assert_int_equal(p.tried_at, 0);
}

static void
neither_a_name_nor_a_client_is_there_twice(void **state)
{
	struct fixture *f = *state;
	struct provider p = plain;
	int64_t id;

	add_provider(f);
	p.name = "login";
	p.issuer = "https://other.example.org";
	assert_int_equal(db_provider_add(f->db, &p, &id), ERR_EXISTS);
	p.name = "Other";
	p.issuer = plain.issuer;
	assert_int_equal(db_provider_add(f->db, &p, &id), ERR_EXISTS);
	p.client_id = "second";
	OK(db_provider_add(f->db, &p, &id));
}

static void
what_was_read_last_stays_when_a_try_fails(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_provider(f);
	struct provider p;

	OK(db_provider_discovered(f->db, id, "{}", "", NOW));
	OK(db_provider_keys(f->db, id, "{\"keys\":[]}", NOW));
	OK(db_provider_discovered(f->db, id, NULL, "it is away", NOW + 9));
	OK(db_provider_keys(f->db, id, NULL, NOW + 9));
	OK(db_provider_by_id(f->db, id, f->mem, &p));
	assert_string_equal(p.discovery, "{}");
	assert_int_equal(p.discovery_at, NOW);
	assert_int_equal(p.tried_at, NOW + 9);
	assert_string_equal(p.error, "it is away");
	assert_string_equal(p.keys, "{\"keys\":[]}");
	assert_int_equal(p.keys_at, NOW);
	assert_int_equal(p.keys_tried_at, NOW + 9);
}

static void
another_issuer_makes_forgotten_what_was_read(void **state)
{
	struct fixture *f = *state;
	struct provider p = plain;

	p.id = add_provider(f);
	OK(db_provider_discovered(f->db, p.id, "{}", "", NOW));
	OK(db_provider_keys(f->db, p.id, "{}", NOW));
	p.name = "New";
	OK(db_provider_update(f->db, &p));
	OK(db_provider_by_id(f->db, p.id, f->mem, &p));
	assert_string_equal(p.discovery, "{}");
	p.issuer = "https://new.example.org";
	OK(db_provider_update(f->db, &p));
	OK(db_provider_by_id(f->db, p.id, f->mem, &p));
	assert_string_equal(p.discovery, "");
	assert_string_equal(p.keys, "");
	assert_int_equal(p.discovery_at, 0);
}

static void
a_person_is_issuer_and_sub_and_nothing_made_of_them(void **state)
{
	struct fixture *f = *state;
	int64_t provider = add_provider(f), id;
	struct identity i = { .user_id = f->ann,
		.issuer = "https://login.example.org/",
		.sub = "7",
		.email = "",
		.groups = "[]",
		.refresh_error = "",
		.linked_at = NOW };
	struct identity got;

	add_identity(f, f->ann, provider, "7");
	OK(db_identity_add(f->db, &i, &id)); /* a slash makes another one */
	i.issuer = plain.issuer;
	assert_int_equal(db_identity_add(f->db, &i, &id), ERR_EXISTS);
	i.sub = "../7";
	OK(db_identity_add(f->db, &i, &id));
	i.sub = "A";
	OK(db_identity_add(f->db, &i, &id));
	assert_int_equal(db_identity_of(f->db, plain.issuer, "a", f->mem, &got),
		ERR_NOT_FOUND);
	OK(db_identity_of(f->db, plain.issuer, "A", f->mem, &got));
	assert_int_equal(got.id, id);
}

static void
an_identity_outlives_its_provider_and_not_its_user(void **state)
{
	struct fixture *f = *state;
	int64_t provider = add_provider(f), id, n = 0;
	struct identity *rows, i;
	size_t count;

	id = add_identity(f, f->ann, provider, "7");
	add_identity(f, f->ben, provider, "8");
	OK(db_identity_owners(f->db, 0, &n));
	assert_int_equal(n, 1);
	OK(db_identity_owners(f->db, provider, &n));
	assert_int_equal(n, 0);
	OK(db_provider_delete(f->db, provider));
	OK(db_identity_by_id(f->db, id, f->mem, &i));
	assert_int_equal(i.provider_id, 0);
	OK(db_identity_owners(f->db, 0, &n));
	assert_int_equal(n, 0);
	OK(db_user_delete(f->db, f->ben));
	OK(db_identities_of_user(f->db, f->ben, f->mem, &rows, &count));
	assert_int_equal(count, 0);
}

static void
groups_of_a_user_touch_the_log_only_when_they_differ(void **state)
{
	struct fixture *f = *state;
	int64_t before = 0, after = 0;
	struct user u;

	OK(db_user_by_id(f->db, f->ben, f->mem, &u));
	assert_string_equal(u.groups, "[]");
	OK(db_change_last(f->db, &before));
	OK(db_user_set_groups(f->db, f->ben, "[]"));
	OK(db_change_last(f->db, &after));
	assert_int_equal(before, after);
	OK(db_user_set_groups(f->db, f->ben, "[\"a@b\"]"));
	OK(db_change_last(f->db, &after));
	assert_int_equal(before + 1, after);
	u.name = "benno";
	OK(db_user_update(f->db, &u)); /* leaves them alone */
	OK(db_user_by_id(f->db, f->ben, f->mem, &u));
	assert_string_equal(u.groups, "[\"a@b\"]");
}

static void
a_browser_that_comes_back_is_known_once(void **state)
{
	struct fixture *f = *state;
	struct oidc_flow flow = { .provider_id = add_provider(f),
		.aim = OIDC_LINK,
		.session = 4,
		.next = "/me",
		.began_at = NOW };
	struct oidc_flow got;

	memset(flow.hash, 7, sizeof(flow.hash));
	OK(db_oidc_flow_add(f->db, &flow));
	OK(db_oidc_flow_take(f->db, flow.hash, f->mem, &got));
	assert_int_equal(got.aim, OIDC_LINK);
	assert_int_equal(got.session, 4);
	assert_string_equal(got.next, "/me");
	assert_int_equal(got.began_at, NOW);
	assert_int_equal(db_oidc_flow_take(f->db, flow.hash, f->mem, &got),
		ERR_NOT_FOUND);
}

static void
the_oldest_browsers_are_forgotten_when_there_are_too_many(void **state)
{
	struct fixture *f = *state;
	struct oidc_flow flow = {
		.provider_id = add_provider(f), .next = "", .began_at = NOW
	};
	struct oidc_flow got;
	uint8_t first[32], second[32];

	for (uint32_t i = 0; i <= OIDC_FLOWS_MAX; i++) {
		memcpy(flow.hash, &i, sizeof(i));
		OK(db_oidc_flow_add(f->db, &flow));
		if (i < 2)
			memcpy(i ? second : first, flow.hash, 32);
	}
	assert_int_equal(
		db_oidc_flow_take(f->db, first, f->mem, &got), ERR_NOT_FOUND);
	OK(db_oidc_flow_take(f->db, second, f->mem, &got));
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_provider_is_kept_as_it_was_given),
		test(neither_a_name_nor_a_client_is_there_twice),
		test(what_was_read_last_stays_when_a_try_fails),
		test(another_issuer_makes_forgotten_what_was_read),
		test(a_person_is_issuer_and_sub_and_nothing_made_of_them),
		test(an_identity_outlives_its_provider_and_not_its_user),
		test(groups_of_a_user_touch_the_log_only_when_they_differ),
		test(a_browser_that_comes_back_is_known_once),
		test(the_oldest_browsers_are_forgotten_when_there_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
