#include "tailnet/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/tailnet/people.h"

#define NOW      PEOPLE_NOW
#define GOOD     "correct horse battery"
#define OK(call) assert_int_equal(call, ERR_OK)

static const struct setup form = {
	.name = "ann",
	.email = "",
	.password = GOOD,
	.org = "Acme",
	.domain = "tail.example.org",
};

static const char *
setup_token(struct people *p, int64_t now)
{
	struct settings s;
	const char *url = "";

	OK(settings_load(p->db, p->mem, &s));
	OK(tailnet_setup_link(p->db, &s, &p->pepper, now, p->mem, &url));
	assert_memory_equal(url, "http://127.0.0.1:8080/setup/", 28);
	assert_int_equal(strlen(url), 28 + LINK_TOKEN_LEN);
	return url + 28;
}

static enum err
find(struct people *p, enum link_kind kind, const char *token, int64_t now,
	struct link_found *out)
{
	return tailnet_link_find(
		p->db, &p->pepper, kind, token, now, p->mem, out);
}

static enum sign_in
sign_in(struct people *p, const char *name, const char *password)
{
	enum sign_in outcome = SIGN_IN_UNKNOWN;
	struct proven u;

	OK(tailnet_sign_in(
		p->db, name, password, &p->chrome, NOW, p->mem, &outcome, &u));
	return outcome;
}

static void
a_setup_link_lasts_an_hour_and_ends_the_one_before(void **state)
{
	struct people *p = *state;
	const char *first = setup_token(p, NOW), *second;
	struct link_found l;

	OK(find(p, LINK_SETUP, first, NOW + SETUP_SECONDS - 1, &l));
	assert_int_equal(l.user.id, 0);
	assert_int_equal(find(p, LINK_SETUP, first, NOW + SETUP_SECONDS, &l),
		ERR_EXPIRED);
	second = setup_token(p, NOW + 1);
	assert_int_equal(find(p, LINK_SETUP, first, NOW + 1, &l), ERR_EXPIRED);
	OK(find(p, LINK_SETUP, second, NOW + 1, &l));
	assert_int_equal(
		find(p, LINK_RESET, second, NOW + 1, &l), ERR_NOT_FOUND);
	assert_int_equal(find(p, LINK_SETUP, "", NOW + 1, &l), ERR_NOT_FOUND);
}

static enum err
set_up(struct people *p, const struct link_row *l, const struct setup *s,
	struct session_made *made, const char **field)
{
	return tailnet_setup(
		p->db, &p->pepper, l, s, &p->chrome, NOW, p->mem, made, field);
}

static void
setup_makes_the_owner_the_settings_and_a_session(void **state)
{
	struct people *p = *state;
	const char *token = setup_token(p, NOW), *field;
	struct session_made made;
	struct link_found l;
	struct settings s;
	struct user u;

	OK(find(p, LINK_SETUP, token, NOW, &l));
	OK(set_up(p, &l.row, &form, &made, &field));
	OK(db_user_by_name(p->db, "ann", p->mem, &u));
	assert_int_equal(u.role, ROLE_OWNER);
	assert_int_equal(people_sessions(p, u.id), 1);
	OK(settings_load(p->db, p->mem, &s));
	assert_string_equal(s.tailnet_name, "Acme");
	assert_string_equal(s.dns_domain, "tail.example.org");
	assert_true(s.magic_dns);
	assert_int_equal(sign_in(p, "ann", GOOD), SIGN_IN_DONE);
	assert_int_equal(set_up(p, &l.row, &form, &made, &field), ERR_EXPIRED);
	assert_int_equal(find(p, LINK_SETUP, token, NOW, &l), ERR_EXPIRED);
}

static void
a_setup_without_a_domain_switches_magic_dns_off(void **state)
{
	struct people *p = *state;
	struct setup blank = form;
	struct session_made made;
	const char *field;
	struct link_found l;
	struct settings s;

	blank.domain = "";
	OK(find(p, LINK_SETUP, setup_token(p, NOW), NOW, &l));
	OK(set_up(p, &l.row, &blank, &made, &field));
	OK(settings_load(p->db, p->mem, &s));
	assert_false(s.magic_dns);
	assert_string_equal(s.dns_domain, "cairn.internal");
}

static void
a_setup_that_is_refused_leaves_nothing_and_the_link(void **state)
{
	struct people *p = *state;
	struct session_made made;
	const char *token, *field;
	struct link_found l;
	struct setup bad = form;
	int64_t owners;

	token = setup_token(p, NOW);
	OK(find(p, LINK_SETUP, token, NOW, &l));
	bad.password = "short";
	assert_int_equal(set_up(p, &l.row, &bad, &made, &field), ERR_PASSWORD);
	bad = form;
	bad.domain = "a_b";
	assert_int_equal(set_up(p, &l.row, &bad, &made, &field), ERR_BAD_INPUT);
	assert_string_equal(field, "dns_domain");
	bad = form;
	bad.org = "";
	assert_int_equal(set_up(p, &l.row, &bad, &made, &field), ERR_BAD_INPUT);
	assert_string_equal(field, "tailnet_name");
	OK(db_user_owners(p->db, &owners));
	assert_int_equal(owners, 0);
	OK(find(p, LINK_SETUP, token, NOW, &l));
	OK(set_up(p, &l.row, &form, &made, &field));
}

static void
a_user_of_the_command_line_becomes_the_owner(void **state)
{
	struct people *p = *state;
	int64_t ann = people_add(p, "Ann", ROLE_MEMBER);
	struct session_made made;
	struct link_found l;
	const char *field;

	people_machine(p, ann, 1);
	OK(find(p, LINK_SETUP, setup_token(p, NOW), NOW, &l));
	OK(set_up(p, &l.row, &form, &made, &field));
	assert_int_equal(people_user(p, ann).role, ROLE_OWNER);
}

static void
with_an_owner_the_setup_link_recovers_it(void **state)
{
	struct people *p = *state;
	int64_t ann = people_add(p, "ann", ROLE_OWNER);
	struct session_made made;
	struct link_found l;
	const char *field;

	people_add(p, "second", ROLE_OWNER);
	people_open_session(p, ann);
	OK(find(p, LINK_SETUP, setup_token(p, NOW), NOW, &l));
	assert_int_equal(l.user.id, ann);
	assert_int_equal(set_up(p, &l.row, &form, &made, &field), ERR_EXISTS);
	OK(tailnet_recover(p->db, &l.row, GOOD, NOW));
	assert_string_equal(people_last(p).action, "user.recovered");
	assert_int_equal(people_sessions(p, ann), 0);
	assert_int_equal(sign_in(p, "ann", GOOD), SIGN_IN_DONE);
	assert_int_equal(
		tailnet_recover(p->db, &l.row, GOOD, NOW), ERR_EXPIRED);
}

static void
who_is_invited_joins_with_a_password(void **state)
{
	struct people *p = *state;
	int64_t boss = people_add(p, "boss", ROLE_OWNER), id;
	const struct actor a = { boss, ROLE_OWNER };
	const struct user u = { .name = "bob", .role = ROLE_AUDITOR };
	struct session_made made;
	struct link_found l;
	const char *token;

	OK(tailnet_invite_new(
		p->db, &p->pepper, &a, &u, NOW, p->mem, &id, &token));
	assert_string_equal(people_last(p).action, "user.invited");
	assert_int_equal(people_user(p, id).status, USER_INVITED);
	OK(find(p, LINK_INVITE, token, NOW + INVITE_SECONDS - 1, &l));
	assert_string_equal(l.user.name, "bob");
	assert_int_equal(sign_in(p, "bob", GOOD), SIGN_IN_NO_PASSWORD);
	OK(tailnet_join_people(p->db, &p->pepper, &l.row, GOOD, &p->chrome, NOW,
		p->mem, &made));
	assert_int_equal(people_user(p, id).status, USER_ACTIVE);
	assert_int_equal(people_user(p, id).role, ROLE_AUDITOR);
	assert_int_equal(people_sessions(p, id), 1);
	assert_int_equal(sign_in(p, "bob", GOOD), SIGN_IN_DONE);
	assert_int_equal(
		tailnet_invite(p->db, &p->pepper, &a, id, NOW, p->mem, &token),
		ERR_EXISTS);
}

static void
with_user_approval_who_was_invited_waits_for_an_admin(void **state)
{
	struct people *p = *state;
	int64_t boss = people_add(p, "boss", ROLE_OWNER), id;
	const struct actor a = { boss, ROLE_OWNER };
	const struct user bob = { .name = "bob" }, eve = { .name = "eve" };
	struct session_made made = { .id = 0 };
	struct link_found l;
	const char *token, *why;

	OK(settings_put(
		p->db, "user_approval", "true", "cli", NOW, p->mem, &why));
	OK(tailnet_invite_new(
		p->db, &p->pepper, &a, &bob, NOW, p->mem, &id, &token));
	OK(find(p, LINK_INVITE, token, NOW, &l));
	OK(tailnet_join_people(p->db, &p->pepper, &l.row, GOOD, &p->chrome, NOW,
		p->mem, &made));
	assert_null(made.token);
	assert_int_equal(people_user(p, id).status, USER_NEEDS_APPROVAL);
	assert_int_equal(sign_in(p, "bob", GOOD), SIGN_IN_NEEDS_APPROVAL);
	OK(tailnet_person_status(p->db, &a, id, PERSON_APPROVE, NOW));
	assert_int_equal(sign_in(p, "bob", GOOD), SIGN_IN_DONE);

	OK(tailnet_invite_new(
		p->db, &p->pepper, &a, &eve, NOW, p->mem, &id, &token));
	OK(tailnet_reset(p->db, &p->pepper, &a, id, NOW, p->mem, &token));
	OK(find(p, LINK_RESET, token, NOW, &l));
	OK(tailnet_reset_finish(p->db, &l.row, GOOD, NOW));
	assert_int_equal(people_user(p, id).status, USER_NEEDS_APPROVAL);
}

static void
a_reset_ends_sessions_and_the_old_password_only_when_spent(void **state)
{
	struct people *p = *state;
	int64_t boss = people_add(p, "boss", ROLE_OWNER), id;
	const struct actor a = { boss, ROLE_OWNER };
	const struct user u = { .name = "bob" };
	struct session_made made;
	struct link_found l;
	const char *token;

	OK(tailnet_invite_new(
		p->db, &p->pepper, &a, &u, NOW, p->mem, &id, &token));
	OK(find(p, LINK_INVITE, token, NOW, &l));
	OK(tailnet_join_people(p->db, &p->pepper, &l.row, GOOD, &p->chrome, NOW,
		p->mem, &made));
	OK(tailnet_reset(p->db, &p->pepper, &a, id, NOW, p->mem, &token));
	assert_string_equal(people_last(p).action, "user.reset");
	assert_int_equal(sign_in(p, "bob", GOOD), SIGN_IN_DONE);
	OK(find(p, LINK_RESET, token, NOW + RESET_SECONDS - 1, &l));
	OK(tailnet_reset_finish(p->db, &l.row, "another good one", NOW));
	assert_string_equal(people_last(p).action, "user.password_set");
	assert_int_equal(people_sessions(p, id), 0);
	assert_int_equal(sign_in(p, "bob", GOOD), SIGN_IN_WRONG);
	assert_int_equal(sign_in(p, "bob", "another good one"), SIGN_IN_DONE);
}

static void
no_link_raises_its_maker_above_its_role(void **state)
{
	struct people *p = *state;
	int64_t boss = people_add(p, "boss", ROLE_OWNER);
	const struct actor a = { people_add(p, "ada", ROLE_ADMIN), ROLE_ADMIN };
	const char *token;

	assert_int_equal(
		tailnet_reset(p->db, &p->pepper, &a, boss, NOW, p->mem, &token),
		ERR_DENIED);
	assert_int_equal(tailnet_invite(p->db, &p->pepper, &a, boss, NOW,
				 p->mem, &token),
		ERR_DENIED);
}

static void
the_links_of_who_is_suspended_end(void **state)
{
	struct people *p = *state;
	int64_t boss = people_add(p, "boss", ROLE_OWNER), id;
	const struct actor a = { boss, ROLE_OWNER };
	const struct user u = { .name = "bob" };
	struct link_found l;
	const char *token;

	OK(tailnet_invite_new(
		p->db, &p->pepper, &a, &u, NOW, p->mem, &id, &token));
	OK(tailnet_person_status(p->db, &a, id, PERSON_SUSPEND, NOW));
	assert_int_equal(find(p, LINK_INVITE, token, NOW, &l), ERR_EXPIRED);
	assert_int_equal(
		tailnet_reset(p->db, &p->pepper, &a, id, NOW, p->mem, &token),
		ERR_DENIED);
}

/* bob, invited by an it-admin. */
static int64_t
invite_bob(struct people *p, struct actor *maker, const char **token)
{
	const struct user u = { .name = "bob" };
	int64_t id = 0;

	people_add(p, "boss", ROLE_OWNER);
	*maker = (struct actor){ people_add(p, "ida", ROLE_IT_ADMIN),
		ROLE_IT_ADMIN };
	OK(tailnet_invite_new(
		p->db, &p->pepper, maker, &u, NOW, p->mem, &id, token));
	return id;
}

static void
a_link_does_not_outlive_the_role_of_who_it_is_for(void **state)
{
	struct people *p = *state;
	struct actor maker;
	struct link_found invite, reset;
	struct session_made made;
	const char *token, *second;
	int64_t id = invite_bob(p, &maker, &token);

	OK(tailnet_reset(p->db, &p->pepper, &maker, id, NOW, p->mem, &second));
	OK(find(p, LINK_INVITE, token, NOW, &invite));
	OK(find(p, LINK_RESET, second, NOW, &reset));
	OK(tailnet_person_role(p->db, &actor_cli, id, ROLE_OWNER, NOW));
	OK(tailnet_person_role(p->db, &actor_cli, id, ROLE_MEMBER, NOW));
	assert_int_equal(
		find(p, LINK_INVITE, token, NOW, &invite), ERR_EXPIRED);
	assert_int_equal(find(p, LINK_RESET, second, NOW, &reset), ERR_EXPIRED);
	assert_int_equal(tailnet_join_people(p->db, &p->pepper, &invite.row,
				 GOOD, &p->chrome, NOW, p->mem, &made),
		ERR_EXPIRED);
	assert_int_equal(tailnet_reset_finish(p->db, &reset.row, GOOD, NOW),
		ERR_EXPIRED);
}

/* Without the rule that ends links: a row of another way to change a role. */
static void
a_link_asks_what_its_maker_may_when_it_is_spent(void **state)
{
	struct people *p = *state;
	struct actor maker;
	struct link_found l;
	struct session_made made;
	const char *token;
	int64_t id = invite_bob(p, &maker, &token);
	struct user bob = people_user(p, id);

	OK(find(p, LINK_INVITE, token, NOW, &l));
	bob.role = ROLE_OWNER;
	OK(db_user_update(p->db, &bob));
	assert_int_equal(find(p, LINK_INVITE, token, NOW, &l), ERR_EXPIRED);
	assert_int_equal(tailnet_join_people(p->db, &p->pepper, &l.row, GOOD,
				 &p->chrome, NOW, p->mem, &made),
		ERR_EXPIRED);
	assert_int_equal(
		tailnet_reset_finish(p->db, &l.row, GOOD, NOW), ERR_EXPIRED);
}

static void
who_is_demoted_suspended_or_deleted_loses_the_links_made(void **state)
{
	struct people *p = *state;
	struct person_delete ida = { .machines = PERSON_KEEP };
	struct actor maker;
	struct link_found l;
	const char *token;
	int64_t id = invite_bob(p, &maker, &token);

	ida.id = maker.user_id;
	OK(tailnet_person_role(
		p->db, &actor_cli, maker.user_id, ROLE_ADMIN, NOW));
	OK(find(p, LINK_INVITE, token, NOW, &l));
	OK(tailnet_person_role(
		p->db, &actor_cli, maker.user_id, ROLE_IT_ADMIN, NOW));
	assert_int_equal(find(p, LINK_INVITE, token, NOW, &l), ERR_EXPIRED);
	OK(tailnet_invite(p->db, &p->pepper, &maker, id, NOW, p->mem, &token));
	OK(tailnet_person_status(
		p->db, &actor_cli, maker.user_id, PERSON_SUSPEND, NOW));
	OK(tailnet_person_status(
		p->db, &actor_cli, maker.user_id, PERSON_RESTORE, NOW));
	assert_int_equal(find(p, LINK_INVITE, token, NOW, &l), ERR_EXPIRED);
	OK(tailnet_invite(p->db, &p->pepper, &maker, id, NOW, p->mem, &token));
	OK(tailnet_person_delete(p->db, &actor_cli, &ida, NOW));
	assert_int_equal(find(p, LINK_INVITE, token, NOW, &l), ERR_EXPIRED);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, people_setup_empty, people_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_setup_link_lasts_an_hour_and_ends_the_one_before),
		TEST(setup_makes_the_owner_the_settings_and_a_session),
		TEST(a_setup_without_a_domain_switches_magic_dns_off),
		TEST(a_setup_that_is_refused_leaves_nothing_and_the_link),
		TEST(a_user_of_the_command_line_becomes_the_owner),
		TEST(with_an_owner_the_setup_link_recovers_it),
		TEST(who_is_invited_joins_with_a_password),
		TEST(with_user_approval_who_was_invited_waits_for_an_admin),
		TEST(a_reset_ends_sessions_and_the_old_password_only_when_spent),
		TEST(no_link_raises_its_maker_above_its_role),
		TEST(the_links_of_who_is_suspended_end),
		TEST(a_link_does_not_outlive_the_role_of_who_it_is_for),
		TEST(a_link_asks_what_its_maker_may_when_it_is_spent),
		TEST(who_is_demoted_suspended_or_deleted_loses_the_links_made),
	};

	return cmocka_run_group_tests_name("tailnet/link", tests, NULL, NULL);
}
