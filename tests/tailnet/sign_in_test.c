#include "tailnet/sign_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "db/login.h"
#include "tailnet/password.h"
#include "tests/tailnet/people.h"

#define NOW      PEOPLE_NOW
#define GOOD     "correct horse battery"
#define OK(call) assert_int_equal(call, ERR_OK)

static int
setup(void **state)
{
	struct people *p;
	const char *hash;

	if (people_setup(state))
		return 1;
	p = *state;
	return password_hash(p->mem, GOOD, &hash) ||
	       db_login_set_password(p->db, p->ann, hash, NOW);
}

static enum sign_in
try(struct people *p, const char *name, const char *password, int64_t now)
{
	enum sign_in outcome = SIGN_IN_DONE;
	struct proven u;

	OK(tailnet_sign_in(
		p->db, name, password, &p->chrome, now, p->mem, &outcome, &u));
	return outcome;
}

static int64_t
refusals(struct people *p)
{
	int64_t n = 0;

	OK(db_audit_recent(p->db, "session.refused", NULL, 0, &n));
	return n;
}

static void
name_or_mail_and_password_say_who_it_is(void **state)
{
	struct people *p = *state;
	struct user u = people_user(p, p->ann);

	u.email = "Ann@example.org";
	OK(db_user_update(p->db, &u));
	assert_int_equal(try(p, "ANN", GOOD, NOW), SIGN_IN_DONE);
	assert_int_equal(try(p, "ann@EXAMPLE.org", GOOD, NOW), SIGN_IN_DONE);
	assert_int_equal(refusals(p), 0);
}

static void
a_refusal_has_its_reason_and_a_row(void **state)
{
	struct people *p = *state;
	struct audit row;

	people_add(p, "bob", ROLE_MEMBER);
	assert_int_equal(try(p, "ann", "wrong password", NOW), SIGN_IN_WRONG);
	row = people_last(p);
	assert_string_equal(row.action, "session.refused");
	assert_string_equal(row.subject, "user:1");
	assert_string_equal(row.address, "192.0.2.7");
	assert_int_equal(
		try(p, "my secret typed here", GOOD, NOW), SIGN_IN_UNKNOWN);
	row = people_last(p);
	assert_string_equal(row.subject, "user:0");
	assert_string_equal(row.detail, "unknown name");
	assert_string_equal(row.subject_name, "");
	assert_int_equal(try(p, "bob", "", NOW), SIGN_IN_NO_PASSWORD);
	assert_int_equal(refusals(p), 3);
}

static void
who_is_suspended_hears_it_with_the_right_password_only(void **state)
{
	struct people *p = *state;
	struct user u = people_user(p, p->ann);

	u.status = USER_SUSPENDED;
	OK(db_user_update(p->db, &u));
	assert_int_equal(try(p, "ann", GOOD, NOW), SIGN_IN_SUSPENDED);
	assert_int_equal(try(p, "ann", "wrong password", NOW), SIGN_IN_WRONG);
	u.status = USER_NEEDS_APPROVAL;
	OK(db_user_update(p->db, &u));
	assert_int_equal(try(p, "ann", GOOD, NOW), SIGN_IN_NEEDS_APPROVAL);
}

static void
an_address_leaves_ten_refusals_a_minute(void **state)
{
	struct people *p = *state;

	for (int i = 0; i < REFUSED_LOGGED + 3; i++)
		try(p, "x", "y", NOW);
	assert_int_equal(refusals(p), REFUSED_LOGGED);
	p->chrome.address = "192.0.2.8";
	try(p, "x", "y", NOW);
	assert_int_equal(refusals(p), REFUSED_LOGGED + 1);
	p->chrome.address = "192.0.2.7";
	try(p, "x", "y", NOW + 60);
	assert_int_equal(refusals(p), REFUSED_LOGGED + 2);
}

static void
a_cookie_finds_its_session_and_the_row_holds_only_a_hash(void **state)
{
	struct people *p = *state;
	uint8_t hash[SESSION_HASH_SIZE];
	struct session_made made;
	struct web_session s;
	struct audit row;
	char agent[400];

	memset(agent, 'a', sizeof(agent));
	memcpy(agent + SESSION_AGENT_MAX - 1, "ö", 2); /* across the cut */
	agent[sizeof(agent) - 1] = '\0';
	p->chrome.agent = agent;
	p->chrome.pre_hash[0] = 9;
	OK(tailnet_session_begin(p->db, &p->pepper, p->ann, NULL, &p->chrome,
		NOW, p->mem, &made));
	assert_int_equal(strlen(made.token), SESSION_TOKEN_LEN);
	session_hash(&p->pepper, made.token, hash);
	OK(db_web_session_by_hash(p->db, hash, NOW, p->mem, &s));
	assert_int_equal(s.id, made.id);
	assert_int_equal(s.pre_hash[0], 9);
	assert_int_equal(s.fresh_at, NOW);
	assert_int_equal(strlen(s.agent), SESSION_AGENT_MAX - 1);
	row = people_last(p);
	assert_string_equal(row.action, "session.started");
	assert_int_equal(row.session, made.id);
	assert_null(strstr(row.detail, made.token));
}

static void
a_session_ends_once_and_only_by_its_owner(void **state)
{
	struct people *p = *state;
	int64_t bob = people_add(p, "bob", ROLE_MEMBER), gone;
	struct session_made one, two;

	OK(tailnet_session_begin(p->db, &p->pepper, p->ann, NULL, &p->chrome,
		NOW, p->mem, &one));
	OK(tailnet_session_begin(p->db, &p->pepper, p->ann, NULL, &p->chrome,
		NOW, p->mem, &two));
	assert_int_equal(
		tailnet_session_revoke(p->db, bob, one.id, NOW), ERR_NOT_FOUND);
	OK(tailnet_session_revoke(p->db, p->ann, one.id, NOW));
	assert_string_equal(people_last(p).action, "session.revoked");
	OK(tailnet_session_end(p->db, two.id, NOW));
	assert_string_equal(people_last(p).action, "session.ended");
	assert_int_equal(
		tailnet_session_end(p->db, two.id, NOW), ERR_NOT_FOUND);
	people_open_session(p, p->ann);
	people_open_session(p, p->ann);
	OK(tailnet_session_revoke_others(p->db, p->ann, 0, NOW, &gone));
	assert_int_equal(gone, 2);
}

static void
a_new_password_ends_the_other_sessions_and_the_old_cookie(void **state)
{
	struct people *p = *state;
	struct password_change c = { .user_id = p->ann,
		.old = "wrong password",
		.fresh = "another good one" };
	uint8_t hash[SESSION_HASH_SIZE];
	struct session_made made;
	struct web_session s;
	const char *token;

	people_open_session(p, p->ann);
	OK(tailnet_session_begin(p->db, &p->pepper, p->ann, NULL, &p->chrome,
		NOW, p->mem, &made));
	c.session = made.id;
	assert_int_equal(tailnet_password_change(
				 p->db, &p->pepper, &c, NOW, p->mem, &token),
		ERR_DENIED);
	c.old = GOOD;
	OK(tailnet_password_change(p->db, &p->pepper, &c, NOW, p->mem, &token));
	assert_string_equal(people_last(p).action, "user.password_set");
	assert_int_equal(people_sessions(p, p->ann), 1);
	session_hash(&p->pepper, made.token, hash);
	assert_int_equal(db_web_session_by_hash(p->db, hash, NOW, p->mem, &s),
		ERR_NOT_FOUND);
	session_hash(&p->pepper, token, hash);
	OK(db_web_session_by_hash(p->db, hash, NOW, p->mem, &s));
	assert_int_equal(try(p, "ann", GOOD, NOW), SIGN_IN_WRONG);
	assert_int_equal(try(p, "ann", c.fresh, NOW), SIGN_IN_DONE);
}

/* ---- another password meanwhile ---- */

static const char *
store(struct people *p, const char *password)
{
	const char *hash = "";

	OK(password_hash(p->mem, password, &hash));
	OK(db_login_set_password(p->db, p->ann, hash, NOW));
	return hash;
}

static void
a_password_that_was_replaced_while_it_was_checked_opens_nothing(void **state)
{
	struct people *p = *state;
	enum sign_in outcome = SIGN_IN_UNKNOWN;
	struct session_made made;
	struct proven old;
	const char *again = NULL;

	OK(tailnet_sign_in(
		p->db, "ann", GOOD, &p->chrome, NOW, p->mem, &outcome, &old));
	assert_int_equal(outcome, SIGN_IN_DONE);
	OK(tailnet_session_begin(p->db, &p->pepper, p->ann, old.hash,
		&p->chrome, NOW, p->mem, &made));
	OK(password_of_user_is(p->db, p->ann, GOOD, p->mem, &again));
	OK(tailnet_session_fresh(p->db, made.id, p->ann, again, NOW));
	(void)store(p, "another good one");
	assert_int_equal(
		tailnet_session_fresh(p->db, made.id, p->ann, again, NOW),
		ERR_DENIED);
	assert_int_equal(tailnet_session_begin(p->db, &p->pepper, p->ann,
				 old.hash, &p->chrome, NOW, p->mem, &made),
		ERR_DENIED);
	assert_int_equal(people_sessions(p, p->ann), 1);
}

struct meanwhile {
	int64_t user_id;
	const char *hash;
};

/* As if it had been set just before the transaction. */
static enum err
set_meanwhile(struct db *db, void *arg)
{
	const struct meanwhile *m = arg;

	return db_login_set_password(db, m->user_id, m->hash, NOW);
}

static void
a_hash_that_is_made_anew_does_not_bring_an_old_password_back(void **state)
{
	struct people *p = *state;
	struct meanwhile m = { p->ann, store(p, "another good one") };
	char cheap[crypto_pwhash_STRBYTES];
	enum sign_in outcome = SIGN_IN_UNKNOWN;
	struct login l;
	struct proven old;

	assert_int_equal(
		crypto_pwhash_str(cheap, GOOD, strlen(GOOD),
			crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN),
		0);
	OK(db_login_set_password(p->db, p->ann, cheap, NOW));
	assert_int_equal(try(p, "ann", GOOD, NOW), SIGN_IN_DONE);
	OK(db_login_by_user(p->db, p->ann, p->mem, &l));
	assert_string_not_equal(l.password, cheap);
	OK(db_login_set_password(p->db, p->ann, cheap, NOW));
	db_after_begin(p->db, set_meanwhile, &m);
	OK(tailnet_sign_in(
		p->db, "ann", GOOD, &p->chrome, NOW, p->mem, &outcome, &old));
	db_after_begin(p->db, NULL, NULL);
	assert_string_equal(old.hash, cheap);
}

static void
a_change_of_the_password_asks_for_the_one_that_is_set_by_then(void **state)
{
	struct people *p = *state;
	struct meanwhile m = { p->ann, store(p, "another good one") };
	struct password_change c = {
		.user_id = p->ann, .old = GOOD, .fresh = "a third good one"
	};
	const char *token;

	(void)store(p, GOOD);
	people_open_session(p, p->ann);
	c.session = 1;
	db_after_begin(p->db, set_meanwhile, &m);
	assert_int_equal(tailnet_password_change(
				 p->db, &p->pepper, &c, NOW, p->mem, &token),
		ERR_DENIED);
	db_after_begin(p->db, NULL, NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, people_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(name_or_mail_and_password_say_who_it_is),
		TEST(a_refusal_has_its_reason_and_a_row),
		TEST(who_is_suspended_hears_it_with_the_right_password_only),
		TEST(an_address_leaves_ten_refusals_a_minute),
		TEST(a_cookie_finds_its_session_and_the_row_holds_only_a_hash),
		TEST(a_session_ends_once_and_only_by_its_owner),
		TEST(a_new_password_ends_the_other_sessions_and_the_old_cookie),
		TEST(a_password_that_was_replaced_while_it_was_checked_opens_nothing),
		TEST(a_hash_that_is_made_anew_does_not_bring_an_old_password_back),
		TEST(a_change_of_the_password_asks_for_the_one_that_is_set_by_then),
	};

	return cmocka_run_group_tests_name(
		"tailnet/sign_in", tests, NULL, NULL);
}
