/*
 * machine_move_test.c: the forms `owner` and `address` of a machine's page.
 */
#include "tests/fcgi/machines.h"

static int64_t
laptop(struct site *s)
{
	return machine(s, &(struct made){ .name = "laptop",
				  .user_id = person_without_password(
					  s, "bob", ROLE_MEMBER),
				  .expires_at = NOW + 86400 });
}

static struct answer
send(struct tab *t, int64_t id, const char *form, const char *path,
	const char *fields)
{
	(void)tab_get(t, at(t->s, "/admin/machines/", id, ""));
	tab_choose(t, form);
	return tab_post(t, at(t->s, "/admin/machines/", id, path), fields);
}

static void
a_machine_is_given_to_somebody_who_signs_in(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_ADMIN);
	int64_t id = laptop(s);
	int64_t cat = person_without_password(s, "cat", ROLE_MEMBER);
	struct answer a = send(&t, id, "form-owner", "/owner",
		arena_printf(s->mem, "owner=%lld&sign_in=1", (long long)cat));

	assert_int_equal(a.status, 303);
	assert_int_equal(node_of(s, id).user_id, cat);
	assert_int_equal(node_of(s, id).expires_at, NOW);
	assert_string_equal(audit_last(s).action, "machine.owner_set");
	assert_string_equal(audit_last(s).actor_name, "ann");
	(void)tab_get(&t, at(s, "/admin/machines/", id, ""));
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body,
		"data-flash=\"machine-moved\">The owner of laptop is set.");
	assert_holds(t.last.body, "selected=\"\">cat</option>");
	assert_holds(t.last.body, "owner: bob → cat");
}

static void
who_owns_it_already_is_told_nothing_that_is_not_so(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_ADMIN);
	int64_t id = laptop(s);
	struct node before = node_of(s, id);
	struct answer a = send(&t, id, "form-owner", "/owner",
		arena_printf(s->mem, "owner=%lld&sign_in=1",
			(long long)before.user_id));

	assert_int_equal(a.status, 303);
	assert_int_equal(node_of(s, id).expires_at, before.expires_at);
	(void)tab_get(&t, at(s, "/admin/machines/", id, ""));
	assert_lacks(t.last.body, "another owner");
	assert_holds(t.last.body,
		"data-flash=\"machine-moved\">The owner of laptop is set.");
}

static void
who_comes_second_reads_the_name_of_the_owner_that_it_has_now(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_ADMIN);
	struct tab eve = tab_of(s, "eve", ROLE_ADMIN);
	int64_t id = laptop(s);
	int64_t cat = person_without_password(s, "cat", ROLE_MEMBER);
	const char *page = at(s, "/admin/machines/", id, "");

	tab_get(&eve, page);
	tab_choose(&eve, "form-owner");
	(void)send(&ann, id, "form-owner", "/owner",
		arena_printf(s->mem, "owner=%lld", (long long)cat));
	tab_post(&eve, at(s, "/admin/machines/", id, "/owner"), "owner=1");
	assert_int_equal(eve.last.status, 409);
	assert_holds(eve.last.body, "Owner is now cat.");
}

static void
nobody_that_is_not_there_or_above_gets_it(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "it", ROLE_IT_ADMIN);
	int64_t id = laptop(s);
	int64_t ann = person_without_password(s, "ann", ROLE_OWNER);
	struct answer a = send(&t, id, "form-owner", "/owner", "owner=999");

	assert_int_equal(a.status, 422);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "id=\"owner-owner-error\" data-error=\"choice\"");
	a = send(&t, id, "form-owner", "/owner",
		arena_printf(s->mem, "owner=%lld", (long long)ann));
	assert_int_equal(a.status, 422);
	assert_int_not_equal(node_of(s, id).user_id, ann);
}

static void
a_machine_with_tags_has_no_form_for_an_owner(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_ADMIN);
	int64_t id = machine(
		s, &(struct made){ .name = "web", .tags = "[\"tag:a\"]" });

	(void)tab_get(&t, at(s, "/admin/machines/", id, ""));
	assert_lacks(t.last.body, "id=\"form-owner\"");
	assert_holds(t.last.body, "It belongs to its tags, not to a person.");
	tab_choose(&t, "form-rename");
	assert_int_equal(tab_post(&t, at(s, "/admin/machines/", id, "/owner"),
				 "owner=ann")
				 .status,
		409);
	assert_int_equal(node_of(s, id).user_id, 0);
}

static void
addresses_are_set(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_IT_ADMIN);
	int64_t id = laptop(s);
	struct answer a = send(
		&t, id, "form-address", "/addresses", "ipv4=100.90.1.2&ipv6=");

	assert_int_equal(a.status, 303);
	assert_string_equal(node_of(s, id).ipv4, "100.90.1.2");
	assert_null(node_of(s, id).ipv6);
	assert_string_equal(audit_last(s).action, "machine.address_set");
	(void)tab_get(&t, at(s, "/admin/machines/", id, ""));
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body, "data-flash=\"machine-address\"");
	assert_holds(t.last.body, "→ 100.90.1.2");
}

static void
addresses_that_cannot_be_are_told_at_their_field(void **state)
{
	static const struct {
		const char *fields, *field, *words;
	} cases[] = {
		{ "ipv4=x&ipv6=", "ipv4", "Enter an address like 100.64.0.7." },
		{ "ipv4=&ipv6=", "ipv4", "Enter IPv4." },
		{ "ipv4=10.0.0.1&ipv6=", "ipv4",
			"10.0.0.1 is outside 100.64.0.0/10 or reserved." },
		{ "ipv4=&ipv6=2001:db8::1", "ipv6",
			"2001:db8::1 is outside fd7a:115c:a1e0::/48 or "
			"reserved." },
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_ADMIN);
	int64_t id = laptop(s),
		other = machine(s, &(struct made){ .name = "other",
					   .tags = "[\"tag:a\"]" });
	struct answer a;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = send(&t, id, "form-address", "/addresses", cases[i].fields);
		assert_int_equal(a.status, 422);
		assert_sound(s->mem, a.body);
		assert_holds(
			a.body, arena_printf(s->mem, "id=\"address-%s-error\"",
					cases[i].field));
		assert_holds(a.body, cases[i].words);
	}
	a = send(&t, id, "form-address", "/addresses",
		arena_printf(s->mem, "ipv4=%s&ipv6=", node_of(s, other).ipv4));
	assert_int_equal(a.status, 422);
	assert_holds(a.body, arena_printf(s->mem, "%s belongs to other.",
				     node_of(s, other).ipv4));
	assert_non_null(node_of(s, id).ipv6);
}

static void
two_who_set_addresses_are_told_of_each_other(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_ADMIN),
		   cat = tab_of(s, "cat", ROLE_ADMIN);
	int64_t id = laptop(s);
	struct answer a;

	(void)tab_get(&ann, at(s, "/admin/machines/", id, ""));
	tab_choose(&ann, "form-address");
	assert_int_equal(send(&cat, id, "form-address", "/addresses",
				 "ipv4=100.90.1.2&ipv6=")
				 .status,
		303);
	a = tab_post(&ann, at(s, "/admin/machines/", id, "/addresses"),
		"ipv4=100.90.1.3&ipv6=");
	assert_int_equal(a.status, 409);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "cat changed this");
	assert_holds(a.body, "value=\"100.90.1.3\"");
	assert_string_equal(node_of(s, id).ipv4, "100.90.1.2");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_machine_is_given_to_somebody_who_signs_in),
		TEST(who_owns_it_already_is_told_nothing_that_is_not_so),
		TEST(who_comes_second_reads_the_name_of_the_owner_that_it_has_now),
		TEST(nobody_that_is_not_there_or_above_gets_it),
		TEST(a_machine_with_tags_has_no_form_for_an_owner),
		TEST(addresses_are_set),
		TEST(addresses_that_cannot_be_are_told_at_their_field),
		TEST(two_who_set_addresses_are_told_of_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
