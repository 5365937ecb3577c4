/* The tables of people who sign in: roles, sessions, links, forms, audit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/change.h"
#include "db/link.h"
#include "db/login.h"
#include "db/spent_form.h"
#include "db/user.h"
#include "db/web_session.h"

#define NOW INT64_C(1800000000)

struct fixture {
	struct db *db;
	struct arena *mem;
	int64_t ann;
};

#define OK(call) assert_int_equal(call, ERR_OK)

static int
setup(void **state)
{
	static struct fixture f;
	struct user u = { .name = "ann", .created_at = 5, .role = ROLE_OWNER };

	f.mem = arena_new();
	*state = &f;
	OK(db_open_memory(&f.db));
	return db_user_add(f.db, &u, &f.ann);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static int64_t
add_session(struct fixture *f, uint8_t mark, int64_t at)
{
	struct web_session s = { .user_id = f->ann,
		.address = "192.0.2.1",
		.agent = "Firefox",
		.started_at = at,
		.used_at = at,
		.fresh_at = at };
	int64_t id = 0;

	memset(s.hash, mark, sizeof(s.hash));
	OK(db_web_session_add(f->db, &s, &id));
	return id;
}

static enum err
find(struct fixture *f, uint8_t mark, int64_t now)
{
	uint8_t hash[SESSION_HASH_SIZE];
	struct web_session s;

	memset(hash, mark, sizeof(hash));
	return db_web_session_by_hash(f->db, hash, now, f->mem, &s);
}

static void
words_of_roles_and_states_go_both_ways(void **state)
{
	(void)state;
	for (enum role r = 0; r < ROLES; r++)
		assert_int_equal(role_of(role_word(r)), r);
	for (enum user_status s = 0; s < USER_STATUSES; s++)
		assert_int_equal(user_status_of(user_status_word(s)), s);
	assert_int_equal(role_of("king"), ROLES);
	assert_int_equal(user_status_of(""), USER_STATUSES);
}

static void
a_user_keeps_role_and_state(void **state)
{
	struct fixture *f = *state;
	struct user u;
	int64_t owners;

	OK(db_user_by_id(f->db, f->ann, f->mem, &u));
	assert_int_equal(u.role, ROLE_OWNER);
	assert_int_equal(u.status, USER_ACTIVE);
	OK(db_user_owners(f->db, &owners));
	assert_int_equal(owners, 1);
	u.status = USER_SUSPENDED;
	u.email = "Ann@example.org";
	OK(db_user_update(f->db, &u));
	OK(db_user_owners(f->db, &owners));
	assert_int_equal(owners, 0);
	OK(db_user_by_email(f->db, "ann@EXAMPLE.org", f->mem, &u));
	assert_int_equal(u.id, f->ann);
	assert_int_equal(u.status, USER_SUSPENDED);
	assert_int_equal(
		db_user_by_email(f->db, "", f->mem, &u), ERR_NOT_FOUND);
}

static void
an_address_of_mail_that_two_have_names_nobody(void **state)
{
	struct fixture *f = *state;
	struct user u = { .name = "bob", .email = "x@example.org" };
	int64_t id;

	OK(db_user_add(f->db, &u, &id));
	OK(db_user_by_email(f->db, "x@example.org", f->mem, &u));
	u.name = "eve";
	OK(db_user_add(f->db, &u, &id));
	assert_int_equal(db_user_by_email(f->db, "x@example.org", f->mem, &u),
		ERR_NOT_FOUND);
}

static void
a_session_ends_twelve_hours_after_its_last_use(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_session(f, 1, NOW);

	OK(find(f, 1, NOW + SESSION_IDLE_SECONDS - 1));
	assert_int_equal(find(f, 1, NOW + SESSION_IDLE_SECONDS), ERR_NOT_FOUND);
	OK(db_web_session_used(f->db, id, NOW + 3600));
	OK(find(f, 1, NOW + SESSION_IDLE_SECONDS));
}

static void
a_session_ends_seven_days_after_its_start(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_session(f, 1, NOW), gone;

	OK(db_web_session_used(f->db, id, NOW + SESSION_LIFE_SECONDS - 5));
	OK(find(f, 1, NOW + SESSION_LIFE_SECONDS - 1));
	assert_int_equal(find(f, 1, NOW + SESSION_LIFE_SECONDS), ERR_NOT_FOUND);
	OK(db_web_session_prune(f->db, NOW + SESSION_LIFE_SECONDS - 1, &gone));
	assert_int_equal(gone, 0);
	OK(db_web_session_prune(f->db, NOW + SESSION_LIFE_SECONDS, &gone));
	assert_int_equal(gone, 1);
}

static void
an_ended_session_is_in_the_log_and_a_used_one_is_not(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_session(f, 1, NOW), before, after;
	bool found;

	OK(db_change_last(f->db, &before));
	OK(db_web_session_used(f->db, id, NOW + 5));
	OK(db_web_session_fresh(f->db, id, NOW + 6));
	OK(db_change_last(f->db, &after));
	assert_int_equal(before, after);
	OK(db_web_session_end(f->db, id));
	OK(db_change_since(f->db, CHANGE_WEB_SESSION, id, before, &found));
	assert_true(found);
}

static void
past_the_limit_the_oldest_session_ends(void **state)
{
	struct fixture *f = *state;
	struct web_session *rows;
	size_t count;

	for (int i = 0; i < SESSIONS_MAX; i++)
		add_session(f, (uint8_t)(i + 1), NOW + i);
	OK(find(f, 1, NOW + 99));
	add_session(f, 200, NOW + 99);
	assert_int_equal(find(f, 1, NOW + 99), ERR_NOT_FOUND);
	OK(find(f, 2, NOW + 99));
	OK(db_web_sessions(f->db, f->ann, NOW + 99, f->mem, &rows, &count));
	assert_int_equal(count, SESSIONS_MAX);
}

static void
all_sessions_but_one_end_at_once(void **state)
{
	struct fixture *f = *state;
	int64_t keep = add_session(f, 1, NOW), gone;

	add_session(f, 2, NOW);
	add_session(f, 3, NOW);
	OK(db_web_sessions_end(f->db, f->ann, keep, &gone));
	assert_int_equal(gone, 2);
	OK(find(f, 1, NOW));
	assert_int_equal(find(f, 2, NOW), ERR_NOT_FOUND);
}

static void
a_password_is_replaced_and_goes_with_its_user(void **state)
{
	struct fixture *f = *state;
	struct login l;

	assert_int_equal(
		db_login_by_user(f->db, f->ann, f->mem, &l), ERR_NOT_FOUND);
	OK(db_login_signed_in(f->db, f->ann, NOW));
	OK(db_login_set_password(f->db, f->ann, "$argon2id$1", NOW));
	OK(db_login_set_password(f->db, f->ann, "$argon2id$2", NOW + 1));
	OK(db_login_by_user(f->db, f->ann, f->mem, &l));
	assert_string_equal(l.password, "$argon2id$2");
	assert_int_equal(l.signed_in_at, NOW);
	OK(db_user_delete(f->db, f->ann));
	assert_int_equal(
		db_login_by_user(f->db, f->ann, f->mem, &l), ERR_NOT_FOUND);
}

static void
a_link_is_spent_once_and_in_time(void **state)
{
	struct fixture *f = *state;
	struct link_row l = { .kind = LINK_INVITE,
		.user_id = f->ann,
		.created_at = NOW,
		.expires_at = NOW + 60 };
	int64_t id;

	OK(db_link_add(f->db, &l, &id));
	OK(db_link_by_hash(f->db, l.hash, &l));
	assert_int_equal(l.kind, LINK_INVITE);
	assert_int_equal(db_link_spend(f->db, id, NOW + 60), ERR_NOT_FOUND);
	OK(db_link_spend(f->db, id, NOW + 59));
	assert_int_equal(db_link_spend(f->db, id, NOW + 59), ERR_NOT_FOUND);
}

static void
a_new_link_ends_the_one_before(void **state)
{
	struct fixture *f = *state;
	struct link_row l = {
		.kind = LINK_SETUP, .created_at = NOW, .expires_at = NOW + 60
	};
	int64_t id, gone;

	OK(db_link_add(f->db, &l, &id));
	OK(db_link_revoke(f->db, LINK_SETUP, 0, NOW + 1));
	assert_int_equal(db_link_spend(f->db, id, NOW + 1), ERR_NOT_FOUND);
	OK(db_link_prune(f->db, NOW + 2, &gone));
	assert_int_equal(gone, 1);
}

static void
a_form_is_spent_once(void **state)
{
	struct fixture *f = *state;
	uint8_t hash[SPENT_HASH_SIZE] = { 7 };
	struct spent_form s = { "/admin/users", "user-added 3", 5 };
	int64_t gone;

	OK(db_spent_form_add(f->db, hash, NOW));
	assert_int_equal(db_spent_form_add(f->db, hash, NOW), ERR_EXISTS);
	OK(db_spent_form_answer(f->db, hash, &s));
	OK(db_spent_form_find(
		f->db, hash, NOW + SPENT_SECONDS - 1, f->mem, &s));
	assert_string_equal(s.location, "/admin/users");
	assert_int_equal(s.session, 5);
	assert_int_equal(db_spent_form_find(
				 f->db, hash, NOW + SPENT_SECONDS, f->mem, &s),
		ERR_NOT_FOUND);
	OK(db_spent_form_prune(f->db, NOW + 1, &gone));
	assert_int_equal(gone, 1);
}

static enum err
refuse(struct db *db, void *arg)
{
	(void)db;
	return *(enum err *)arg;
}

static void
the_last_word_before_a_commit_can_undo_it(void **state)
{
	struct fixture *f = *state;
	struct user u = { .name = "bob" };
	enum err say = ERR_EXISTS;
	int64_t id;

	db_before_commit(f->db, refuse, &say);
	OK(db_begin(f->db));
	OK(db_user_add(f->db, &u, &id));
	assert_int_equal(db_end(f->db, ERR_OK), ERR_EXISTS);
	assert_int_equal(
		db_user_by_name(f->db, "bob", f->mem, &u), ERR_NOT_FOUND);
	say = ERR_OK;
	u.name = "bob";
	OK(db_begin(f->db));
	OK(db_user_add(f->db, &u, &id));
	OK(db_end(f->db, ERR_OK));
	db_before_commit(f->db, NULL, NULL);
}

static void
add_audit(struct fixture *f, const char *action)
{
	OK(db_audit_add(f->db, &(struct audit){ .at = NOW,
				       .actor = "user:1",
				       .action = action,
				       .subject = "node:1" }));
}

static void
the_origin_of_a_connection_stands_in_its_rows(void **state)
{
	static const struct audit_origin page = { .via = "page",
		.actor_name = "ann",
		.address = "192.0.2.9",
		.session = 4 };
	struct fixture *f = *state;
	struct audit *rows;
	size_t count;

	db_set_origin(f->db, &page);
	add_audit(f, "machine.renamed");
	db_set_origin(f->db, NULL);
	OK(db_audits(f->db, 0, 1, f->mem, &rows, &count));
	assert_string_equal(rows[0].via, "page");
	assert_string_equal(rows[0].actor_name, "ann");
	assert_string_equal(rows[0].address, "192.0.2.9");
	assert_int_equal(rows[0].session, 4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(words_of_roles_and_states_go_both_ways),
		TEST(a_user_keeps_role_and_state),
		TEST(an_address_of_mail_that_two_have_names_nobody),
		TEST(a_session_ends_twelve_hours_after_its_last_use),
		TEST(a_session_ends_seven_days_after_its_start),
		TEST(an_ended_session_is_in_the_log_and_a_used_one_is_not),
		TEST(past_the_limit_the_oldest_session_ends),
		TEST(all_sessions_but_one_end_at_once),
		TEST(a_password_is_replaced_and_goes_with_its_user),
		TEST(a_link_is_spent_once_and_in_time),
		TEST(a_new_link_ends_the_one_before),
		TEST(a_form_is_spent_once),
		TEST(the_last_word_before_a_commit_can_undo_it),
		TEST(the_origin_of_a_connection_stands_in_its_rows),
	};

	return cmocka_run_group_tests_name("db/people", tests, NULL, NULL);
}
