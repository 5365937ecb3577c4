#include "tailnet/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/pending.h"
#include "tailnet/user.h"
#include "tests/tailnet/people.h"

#define NOW      PEOPLE_NOW
#define OK(call) assert_int_equal(call, ERR_OK)

/* Whom each role may touch: rows act, columns are touched. */
static void
roles_may_touch_what_the_table_says(void **state)
{
	static const struct {
		enum role who;
		const char *may; /* by enum role */
	} rows[] = {
		/*                      m o a n i u */
		{ ROLE_OWNER, "111111" },
		{ ROLE_ADMIN, "101111" },
		{ ROLE_IT_ADMIN, "100000" },
		{ ROLE_NETWORK_ADMIN, "000000" },
		{ ROLE_AUDITOR, "000000" },
		{ ROLE_MEMBER, "000000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (enum role r = 0; r < ROLES; r++) {
			struct actor a = { 9, rows[i].who };
			bool may = rows[i].may[r] == '1';

			assert_int_equal(actor_may_touch(&a, r), may);
			assert_int_equal(actor_may_give(&a, r), may);
		}
}

static void
an_it_admin_makes_members_and_touches_no_other(void **state)
{
	struct people *p = *state;
	int64_t ida = people_add(p, "ida", ROLE_IT_ADMIN), id, gone;
	int64_t aud = people_add(p, "aud", ROLE_AUDITOR);
	struct actor a = { ida, ROLE_IT_ADMIN };
	struct user u = { .name = "bob", .role = ROLE_AUDITOR };

	assert_int_equal(
		tailnet_person_add(p->db, &a, &u, NOW, &id), ERR_DENIED);
	u.role = ROLE_MEMBER;
	OK(tailnet_person_add(p->db, &a, &u, NOW, &id));
	assert_int_equal(tailnet_person_role(p->db, &a, id, ROLE_AUDITOR, NOW),
		ERR_DENIED);
	u = people_user(p, aud);
	u.display_name = "Eve";
	assert_int_equal(tailnet_person_change(p->db, &a, &u, NOW), ERR_DENIED);
	assert_int_equal(
		tailnet_person_status(p->db, &a, aud, PERSON_SUSPEND, NOW),
		ERR_DENIED);
	assert_int_equal(
		tailnet_person_sessions_end(p->db, &a, p->ann, NOW, &gone),
		ERR_DENIED);
	assert_int_equal(tailnet_person_delete(p->db, &a,
				 &(struct person_delete){ .id = aud }, NOW),
		ERR_DENIED);
}

static void
a_user_is_created_with_what_it_has_in_the_row(void **state)
{
	struct people *p = *state;
	struct user u = {
		.name = "bob", .display_name = "Bob", .role = ROLE_AUDITOR
	};
	struct audit row;
	int64_t id;

	OK(tailnet_person_add(p->db, &p->owner, &u, NOW, &id));
	row = people_last(p);
	assert_string_equal(row.action, "user.created");
	assert_string_equal(row.actor, "user:1");
	assert_string_equal(row.actor_name, "ann");
	assert_string_equal(row.subject_name, "bob");
	assert_string_equal(row.before, "");
	assert_string_equal(row.after,
		"{\"name\":\"bob\",\"display_name\":\"Bob\","
		"\"role\":\"auditor\",\"status\":\"active\"}");
	assert_int_equal(
		tailnet_person_add(p->db, &p->owner, &u, NOW, &id), ERR_EXISTS);
}

static void
names_and_addresses_are_checked(void **state)
{
	struct people *p = *state;
	char name[DISPLAY_NAME_MAX * 2 + 3] = "";
	struct user u = { .name = "b" };
	int64_t id;

	assert_int_equal(tailnet_person_add(p->db, &p->owner, &u, NOW, &id),
		ERR_BAD_NAME);
	u.name = "bob";
	u.email = "bob@";
	assert_int_equal(tailnet_person_add(p->db, &p->owner, &u, NOW, &id),
		ERR_BAD_EMAIL);
	u.email = "bob\xe2\x80\xae@x.org"; /* turns the rest round */
	assert_int_equal(tailnet_person_add(p->db, &p->owner, &u, NOW, &id),
		ERR_BAD_EMAIL);
	u.email = "bob@\xc2\x9b"
		  "31mx.org"; /* a command to a terminal */
	assert_int_equal(tailnet_person_add(p->db, &p->owner, &u, NOW, &id),
		ERR_BAD_EMAIL);
	u.email = "bob@x.org";
	for (int i = 0; i <= DISPLAY_NAME_MAX; i++)
		strcat(name, "ö");
	u.display_name = name;
	assert_int_equal(tailnet_person_add(p->db, &p->owner, &u, NOW, &id),
		ERR_TOO_BIG);
	name[DISPLAY_NAME_MAX * 2] = '\0';
	OK(tailnet_person_add(p->db, &p->owner, &u, NOW, &id));
}

static void
a_profile_changes_with_the_fields_that_differ(void **state)
{
	struct people *p = *state;
	struct user u = people_user(p, people_add(p, "bob", ROLE_AUDITOR));
	struct audit row;

	u.name = "Bobby";
	u.role = ROLE_OWNER; /* not taken of it */
	OK(tailnet_person_change(p->db, &p->owner, &u, NOW));
	row = people_last(p);
	assert_string_equal(row.action, "user.changed");
	assert_string_equal(row.before, "{\"name\":\"bob\"}");
	assert_string_equal(row.after, "{\"name\":\"Bobby\"}");
	assert_int_equal(people_user(p, u.id).role, ROLE_AUDITOR);
	u.name = "ANN";
	assert_int_equal(
		tailnet_person_change(p->db, &p->owner, &u, NOW), ERR_EXISTS);
}

static void
nobody_changes_the_own_role(void **state)
{
	struct people *p = *state;
	int64_t bob = people_add(p, "bob", ROLE_OWNER);
	struct actor a = { bob, ROLE_OWNER };

	assert_int_equal(tailnet_person_role(p->db, &a, bob, ROLE_ADMIN, NOW),
		ERR_DENIED);
	OK(tailnet_person_role(p->db, &p->owner, bob, ROLE_ADMIN, NOW));
	assert_int_equal(people_user(p, bob).role, ROLE_ADMIN);
}

static void
an_admin_neither_makes_nor_touches_owners(void **state)
{
	struct people *p = *state;
	int64_t bob = people_add(p, "bob", ROLE_ADMIN);
	int64_t eve = people_add(p, "eve", ROLE_MEMBER);
	struct actor a = { bob, ROLE_ADMIN };

	people_add(p, "second", ROLE_OWNER);
	assert_int_equal(tailnet_person_role(p->db, &a, eve, ROLE_OWNER, NOW),
		ERR_DENIED);
	OK(tailnet_person_role(p->db, &a, eve, ROLE_ADMIN, NOW));
	assert_int_equal(
		tailnet_person_role(p->db, &a, p->ann, ROLE_MEMBER, NOW),
		ERR_DENIED);
}

static void
the_last_owner_stays_what_and_where_it_is(void **state)
{
	struct people *p = *state;
	const struct person_delete d = { .id = p->ann };
	int64_t bob;

	assert_int_equal(tailnet_person_role(
				 p->db, &actor_cli, p->ann, ROLE_MEMBER, NOW),
		ERR_LAST_OWNER);
	assert_int_equal(
		tailnet_person_role(p->db, &p->owner, p->ann, ROLE_MEMBER, NOW),
		ERR_LAST_OWNER);
	assert_int_equal(tailnet_person_status(p->db, &actor_cli, p->ann,
				 PERSON_SUSPEND, NOW),
		ERR_LAST_OWNER);
	assert_int_equal(tailnet_person_delete(p->db, &actor_cli, &d, NOW),
		ERR_LAST_OWNER);
	/* One who is suspended does not count. */
	bob = people_add(p, "bob", ROLE_OWNER);
	OK(tailnet_person_status(p->db, &actor_cli, bob, PERSON_SUSPEND, NOW));
	assert_int_equal(tailnet_person_delete(p->db, &actor_cli, &d, NOW),
		ERR_LAST_OWNER);
	OK(tailnet_person_status(p->db, &actor_cli, bob, PERSON_RESTORE, NOW));
	OK(tailnet_person_delete(p->db, &actor_cli, &d, NOW));
}

static void
a_new_role_ends_the_sessions_of_that_user(void **state)
{
	struct people *p = *state;
	int64_t bob = people_add(p, "bob", ROLE_MEMBER);

	people_open_session(p, bob);
	people_open_session(p, p->ann);
	OK(tailnet_person_role(p->db, &p->owner, bob, ROLE_AUDITOR, NOW));
	assert_string_equal(people_last(p).action, "user.role_set");
	assert_string_equal(people_last(p).before, "{\"role\":\"member\"}");
	assert_string_equal(people_last(p).after, "{\"role\":\"auditor\"}");
	assert_int_equal(people_sessions(p, bob), 0);
	assert_int_equal(people_sessions(p, p->ann), 1);
}

static void
who_is_suspended_loses_sessions_and_machine_keys(void **state)
{
	struct people *p = *state;
	int64_t bob = people_add(p, "bob", ROLE_MEMBER);
	int64_t machine = people_machine(p, bob, 1);
	struct node n;

	people_open_session(p, bob);
	OK(tailnet_person_status(p->db, &p->owner, bob, PERSON_SUSPEND, NOW));
	assert_string_equal(people_last(p).action, "user.suspended");
	assert_int_equal(people_user(p, bob).status, USER_SUSPENDED);
	assert_int_equal(people_sessions(p, bob), 0);
	OK(db_node_by_id(p->db, machine, p->mem, &n));
	assert_int_equal(n.expires_at, NOW);
	assert_int_equal(
		tailnet_session_begin(p->db, &p->pepper, bob, NULL, &p->chrome,
			NOW, p->mem, &(struct session_made){ 0 }),
		ERR_DENIED);
	OK(tailnet_person_status(p->db, &p->owner, bob, PERSON_RESTORE, NOW));
	assert_string_equal(people_last(p).action, "user.restored");
	people_open_session(p, bob);
}

static void
only_who_waits_is_approved_and_only_who_is_suspended_restored(void **state)
{
	struct people *p = *state;
	struct user u = { .name = "bob", .status = USER_NEEDS_APPROVAL };
	int64_t bob;

	OK(tailnet_person_add(p->db, &p->owner, &u, NOW, &bob));
	assert_int_equal(tailnet_person_status(
				 p->db, &p->owner, bob, PERSON_RESTORE, NOW),
		ERR_BAD_INPUT);
	OK(tailnet_person_status(p->db, &p->owner, bob, PERSON_APPROVE, NOW));
	assert_string_equal(people_last(p).action, "user.approved");
	OK(tailnet_person_status(p->db, &p->owner, bob, PERSON_SUSPEND, NOW));
	assert_int_equal(tailnet_person_status(
				 p->db, &p->owner, bob, PERSON_APPROVE, NOW),
		ERR_BAD_INPUT);
}

static void
sessions_end_with_one_row_and_without_any_with_none(void **state)
{
	struct people *p = *state;
	int64_t bob = people_add(p, "bob", ROLE_MEMBER), gone, rows, after;

	people_open_session(p, bob);
	people_open_session(p, bob);
	OK(tailnet_person_sessions_end(p->db, &p->owner, bob, NOW, &gone));
	assert_int_equal(gone, 2);
	assert_string_equal(people_last(p).action, "session.revoked");
	OK(db_audit_count(p->db, &rows));
	OK(tailnet_person_sessions_end(p->db, &p->owner, bob, NOW, &gone));
	assert_int_equal(gone, 0);
	OK(db_audit_count(p->db, &after));
	assert_int_equal(after, rows);
}

static void
who_has_machines_is_not_deleted_without_a_choice(void **state)
{
	struct people *p = *state;
	int64_t bob = people_add(p, "bob", ROLE_MEMBER), count;
	struct person_delete d = { .id = bob };

	people_machine(p, bob, 1);
	people_machine(p, bob, 2);
	assert_int_equal(
		tailnet_person_delete(p->db, &p->owner, &d, NOW), ERR_IN_USE);
	d.machines = PERSON_DELETE;
	OK(tailnet_person_delete(p->db, &p->owner, &d, NOW));
	OK(db_node_count(p->db, &count));
	assert_int_equal(count, 0);
	assert_string_equal(people_last(p).action, "user.deleted");
	assert_string_equal(people_last(p).subject_name, "bob");
}

static void
machines_move_to_another_user(void **state)
{
	struct people *p = *state;
	int64_t bob = people_add(p, "bob", ROLE_MEMBER);
	int64_t machine = people_machine(p, bob, 1);
	struct person_delete d = { bob, PERSON_MOVE, bob };
	struct node n;

	assert_int_equal(tailnet_person_delete(p->db, &p->owner, &d, NOW),
		ERR_BAD_INPUT);
	d.to = 99;
	assert_int_equal(tailnet_person_delete(p->db, &p->owner, &d, NOW),
		ERR_NOT_FOUND);
	d.to = p->ann;
	OK(tailnet_person_delete(p->db, &p->owner, &d, NOW));
	OK(db_node_by_id(p->db, machine, p->mem, &n));
	assert_int_equal(n.user_id, p->ann);
}

static void
a_machine_that_the_new_owner_has_already_does_not_move(void **state)
{
	struct people *p = *state;
	int64_t bob = people_add(p, "bob", ROLE_MEMBER);
	const struct person_delete d = { bob, PERSON_MOVE, p->ann };

	people_machine(p, bob, 1);
	people_machine(p, bob, 2);
	people_machine(p, p->ann, 2);
	assert_int_equal(tailnet_person_delete(p->db, &p->owner, &d, NOW),
		ERR_HAS_MACHINE);
	assert_string_equal(people_user(p, bob).name, "bob");
}

static void
machines_are_not_given_to_who_is_above_the_giver(void **state)
{
	struct people *p = *state;
	const struct actor ida = { people_add(p, "ida", ROLE_IT_ADMIN),
		ROLE_IT_ADMIN };
	int64_t bob = people_add(p, "bob", ROLE_MEMBER);
	struct person_delete d = { bob, PERSON_MOVE, p->ann };

	people_machine(p, bob, 1);
	assert_int_equal(
		tailnet_person_delete(p->db, &ida, &d, NOW), ERR_DENIED);
	assert_int_equal(people_user(p, bob).id, bob);
	d.to = ida.user_id;
	OK(tailnet_person_delete(p->db, &ida, &d, NOW));
}

static void
nobody_takes_the_address_or_the_look_of_another(void **state)
{
	struct people *p = *state;
	struct user ann = people_user(p, p->ann), u = { .name = "bob" };
	struct user like = { .name = "Ann@Example.org" };
	int64_t id = 0;

	ann.email = "ann@example.org";
	OK(tailnet_person_change(p->db, &p->owner, &ann, NOW));
	OK(tailnet_person_change(p->db, &p->owner, &ann, NOW));
	u.email = "ANN@example.org";
	assert_int_equal(tailnet_person_add(p->db, &p->owner, &u, NOW, &id),
		ERR_EMAIL_TAKEN);
	assert_int_equal(tailnet_person_add(p->db, &p->owner, &like, NOW, &id),
		ERR_EXISTS);
	assert_int_equal(
		tailnet_user_add(p->db, &like, "cli", NOW, &id), ERR_EXISTS);
	u.email = "";
	OK(tailnet_person_add(p->db, &p->owner, &u, NOW, &u.id));
	assert_int_equal(
		tailnet_user_rename(p->db, u.id, like.name, "cli", NOW),
		ERR_EXISTS);
	u.email = "ann@example.org";
	assert_int_equal(tailnet_person_change(p->db, &p->owner, &u, NOW),
		ERR_EMAIL_TAKEN);
	like.name = "eve@example.org";
	OK(tailnet_person_add(p->db, &p->owner, &like, NOW, &id));
	u.email = "eve@example.org";
	assert_int_equal(tailnet_person_change(p->db, &p->owner, &u, NOW),
		ERR_EMAIL_TAKEN);
	/* Version 1 let two have one address: each may keep it. */
	u.email = "ann@example.org";
	OK(db_user_update(p->db, &u));
	u.display_name = "Bob";
	OK(tailnet_person_change(p->db, &p->owner, &u, NOW));
	u.display_name = "Bob \xc2\x9b"
			 "31m";
	assert_int_equal(
		tailnet_person_change(p->db, &p->owner, &u, NOW), ERR_BAD_TEXT);
}

/* A machine of that user that waits at a link to be signed in again. */
static int64_t
pending_of(struct people *p, int64_t user_id, uint8_t mark)
{
	struct pending row = { .code = "abcdef",
		.hostname = "pc",
		.address = "192.0.2.1",
		.created_at = PEOPLE_NOW,
		.expires_at = PEOPLE_NOW + PENDING_LIFE_SECONDS };
	int64_t id;

	memset(&row.old_node_key, mark, sizeof(row.old_node_key));
	row.old_node_key.bytes[0] = (uint8_t)user_id;
	row.auth_hash[0] = mark;
	PEOPLE_OK(db_begin(p->db));
	PEOPLE_OK(db_pending_add(p->db, &row, &id));
	PEOPLE_OK(db_commit(p->db));
	return id;
}

static void
login_is(struct people *p, int64_t id, enum pending_state state,
	const char *reason)
{
	struct pending row;

	PEOPLE_OK(db_pending_by_id(p->db, id, p->mem, &row));
	assert_int_equal(row.state, state);
	assert_string_equal(row.reason, reason);
}

static void
who_is_deleted_or_suspended_leaves_no_login_that_waits(void **state)
{
	struct people *p = *state;
	int64_t bob = people_add(p, "bob", ROLE_MEMBER);
	int64_t eve = people_add(p, "eve", ROLE_MEMBER);
	struct person_delete d = { .id = eve, .machines = PERSON_DELETE };
	int64_t of_bob, of_eve, of_ann;

	(void)people_machine(p, bob, 1);
	(void)people_machine(p, eve, 2);
	(void)people_machine(p, p->ann, 3);
	of_bob = pending_of(p, bob, 1);
	of_eve = pending_of(p, eve, 2);
	of_ann = pending_of(p, p->ann, 3);
	PEOPLE_OK(tailnet_person_status(
		p->db, &p->owner, bob, PERSON_SUSPEND, PEOPLE_NOW));
	login_is(p, of_bob, PENDING_REJECTED, "its owner is suspended");
	login_is(p, of_eve, PENDING_WAITING, "");
	PEOPLE_OK(tailnet_person_delete(p->db, &p->owner, &d, PEOPLE_NOW));
	login_is(p, of_eve, PENDING_REJECTED, "its owner was deleted");
	login_is(p, of_ann, PENDING_WAITING, "");
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, people_setup, people_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(roles_may_touch_what_the_table_says),
		TEST(an_it_admin_makes_members_and_touches_no_other),
		TEST(a_user_is_created_with_what_it_has_in_the_row),
		TEST(names_and_addresses_are_checked),
		TEST(a_profile_changes_with_the_fields_that_differ),
		TEST(nobody_changes_the_own_role),
		TEST(an_admin_neither_makes_nor_touches_owners),
		TEST(the_last_owner_stays_what_and_where_it_is),
		TEST(a_new_role_ends_the_sessions_of_that_user),
		TEST(who_is_suspended_loses_sessions_and_machine_keys),
		TEST(only_who_waits_is_approved_and_only_who_is_suspended_restored),
		TEST(sessions_end_with_one_row_and_without_any_with_none),
		TEST(who_has_machines_is_not_deleted_without_a_choice),
		TEST(machines_move_to_another_user),
		TEST(a_machine_that_the_new_owner_has_already_does_not_move),
		TEST(machines_are_not_given_to_who_is_above_the_giver),
		TEST(who_is_deleted_or_suspended_leaves_no_login_that_waits),
		TEST(nobody_takes_the_address_or_the_look_of_another),
	};

	return cmocka_run_group_tests_name("tailnet/people", tests, NULL, NULL);
}
