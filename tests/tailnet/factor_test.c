/*
 * factor_test.c: the second factor: what its codes open, once.
 */
#include "tailnet/factor.h"

#include <ctype.h>

#include "db/login.h"
#include "tailnet/link.h"
#include "tailnet/user.h"
#include "tests/tailnet/people.h"

#define NOW      PEOPLE_NOW
#define OK(call) assert_int_equal(call, ERR_OK)
/* Argon2id is not asked here: any text may stand for a hash. */
#define HASH "$argon2id$none"

static const struct secret seal = { { 9 } };
static const uint8_t secret[TOTP_SECRET_SIZE] = "12345678901234567890";

static int
setup(void **state)
{
	struct people *p;

	if (people_setup(state))
		return 1;
	p = *state;
	return db_login_set_password(p->db, p->ann, HASH, NOW);
}

static const char *
code_at(struct people *p, int64_t at)
{
	char *code = arena_alloc(p->mem, TOTP_CODE_SIZE);

	totp_code(secret, totp_step(at), code);
	return code;
}

static int64_t
session_of(struct people *p, int64_t user_id)
{
	struct session_made made;

	OK(tailnet_session_begin(p->db, &p->pepper, user_id, NULL, &p->chrome,
		NOW, p->mem, &made));
	return made.id;
}

static enum err
add(struct people *p, int64_t user_id, int64_t session, const char *code,
	struct factor_made *made)
{
	struct factor_add in = { user_id, session, secret, code };

	return tailnet_factor_add(
		p->db, &p->pepper, &seal, &in, NOW, p->mem, made);
}

/* Ann's, at NOW, with its recovery codes. */
static struct factor_codes
added(struct people *p)
{
	struct factor_made made;

	OK(add(p, p->ann, session_of(p, p->ann), code_at(p, NOW), &made));
	return made.codes;
}

static enum err
sign_in(struct people *p, const char *code, int64_t now)
{
	struct factor_try t = { p->ann, HASH, code };
	struct session_made made;

	return tailnet_factor_sign_in(
		p->db, &p->pepper, &seal, &t, &p->chrome, now, p->mem, &made);
}

static void
a_factor_is_added_with_a_code_of_it(void **state)
{
	struct people *p = *state;
	int64_t here = session_of(p, p->ann);
	struct factor_made made;
	struct web_session s;
	uint8_t hash[SESSION_HASH_SIZE];
	struct factor f;

	session_of(p, p->ann);
	assert_int_equal(add(p, p->ann, here, "000000", &made), ERR_DENIED);
	assert_int_equal(
		db_factor_by_user(p->db, p->ann, p->mem, &f), ERR_NOT_FOUND);
	OK(add(p, p->ann, here, code_at(p, NOW), &made));
	assert_string_equal(people_last(p).action, "user.factor_added");
	assert_string_equal(people_last(p).subject, "user:1");
	OK(db_factor_by_user(p->db, p->ann, p->mem, &f));
	assert_int_equal(f.codes, RECOVERY_CODES);
	assert_int_equal(f.added_at, NOW);
	/* The row holds nothing of the secret, and only the seal opens it. */
	assert_null(memmem(f.secret.at, f.secret.len, secret, 4));
	/* The other browser is out, and this one has another cookie. */
	assert_int_equal(people_sessions(p, p->ann), 1);
	session_hash(&p->pepper, made.token, hash);
	OK(db_web_session_by_hash(p->db, hash, NOW, p->mem, &s));
	assert_int_equal(s.id, here);
	assert_int_equal(
		add(p, p->ann, here, code_at(p, NOW), &made), ERR_EXISTS);
}

static void
who_has_no_password_has_no_second_factor(void **state)
{
	struct people *p = *state;
	int64_t bob = people_add(p, "bob", ROLE_MEMBER);
	struct factor_made made;

	assert_int_equal(
		add(p, bob, session_of(p, bob), code_at(p, NOW), &made),
		ERR_DENIED);
	OK(db_login_signed_in(p->db, bob, NOW));
	assert_int_equal(
		add(p, bob, session_of(p, bob), code_at(p, NOW), &made),
		ERR_DENIED);
}

static void
a_password_alone_opens_nothing_then(void **state)
{
	struct people *p = *state;
	int64_t here = session_of(p, p->ann);
	struct session_made made;

	OK(tailnet_session_fresh(p->db, here, p->ann, HASH, NOW));
	added(p);
	assert_int_equal(tailnet_session_begin(p->db, &p->pepper, p->ann, HASH,
				 &p->chrome, NOW, p->mem, &made),
		ERR_FACTOR);
	assert_int_equal(tailnet_session_fresh(p->db, here, p->ann, HASH, NOW),
		ERR_FACTOR);
}

static void
a_code_opens_once(void **state)
{
	struct people *p = *state;
	const int64_t later = NOW + 60;

	added(p);
	/* The one that it was added with is used. */
	assert_int_equal(sign_in(p, code_at(p, NOW), NOW), ERR_CODE_USED);
	OK(sign_in(p, code_at(p, later), later));
	assert_string_equal(people_last(p).action, "session.started");
	assert_string_equal(people_last(p).after, "");
	assert_int_equal(sign_in(p, code_at(p, later), later), ERR_CODE_USED);
	assert_int_equal(
		sign_in(p, code_at(p, later), later + 29), ERR_CODE_USED);
}

static void
a_code_of_before_the_last_one_is_used_too(void **state)
{
	struct people *p = *state;
	const int64_t later = NOW + 600;

	added(p);
	OK(sign_in(p, code_at(p, later + 30), later));
	assert_int_equal(sign_in(p, code_at(p, later), later), ERR_CODE_USED);
	assert_int_equal(
		sign_in(p, code_at(p, later - 30), later), ERR_CODE_USED);
	OK(sign_in(p, code_at(p, later + 60), later + 30));
}

static void
clocks_may_differ_by_one_step_and_no_more(void **state)
{
	struct people *p = *state;
	const int64_t later = NOW / 30 * 30 + 600;

	added(p);
	assert_int_equal(sign_in(p, code_at(p, later - 60), later), ERR_DENIED);
	assert_int_equal(sign_in(p, code_at(p, later + 60), later), ERR_DENIED);
	OK(sign_in(p, code_at(p, later - 30), later));
	OK(sign_in(p, code_at(p, later + 30), later));
}

static void
a_recovery_code_opens_once_however_it_is_typed(void **state)
{
	struct people *p = *state;
	struct factor_codes codes = added(p);
	const char *first = codes.at[0], *second = codes.at[1];
	struct factor f;

	assert_int_equal(strlen(first), RECOVERY_CODE_LEN + 1);
	OK(sign_in(p, first, NOW));
	assert_int_equal(sign_in(p, first, NOW), ERR_DENIED);
	OK(sign_in(p,
		arena_printf(p->mem, " %.5s %c%s", second, toupper(second[6]),
			second + 7),
		NOW));
	OK(db_factor_by_user(p->db, p->ann, p->mem, &f));
	assert_int_equal(f.codes, RECOVERY_CODES - 2);
}

static void
the_log_tells_a_sign_in_by_a_recovery_code(void **state)
{
	struct people *p = *state;
	struct factor_codes codes = added(p);
	struct audit row;

	for (int i = 0; i < RECOVERY_CODES; i++) {
		OK(sign_in(p, codes.at[i], NOW));
		row = people_last(p);
		assert_string_equal(row.action, "session.started");
		assert_string_equal(row.detail, p->chrome.agent);
		assert_string_equal(row.after,
			arena_printf(p->mem,
				"{\"signed_in_with\":\"a recovery code\","
				"\"recovery_codes_left\":%d}",
				RECOVERY_CODES - 1 - i));
	}
}

static void
what_is_no_code_opens_nothing(void **state)
{
	static const char *const wrong[] = { "", " ", "-", "0", "00000",
		"0000000", "aaaaaaaaaa", "aaaaa-aaaaa", "12345678901234567",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "%s", "\xff\xff" };
	struct people *p = *state;

	added(p);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(sign_in(p, wrong[i], NOW + 90), ERR_DENIED);
}

static void
the_code_of_another_opens_nothing(void **state)
{
	struct people *p = *state;
	int64_t bob = people_add(p, "bob", ROLE_MEMBER);
	static const uint8_t other[TOTP_SECRET_SIZE] = { 3 };
	char code[TOTP_CODE_SIZE];
	struct factor_made made;
	struct factor_add in = {
		.user_id = bob, .secret = other, .code = code
	};

	added(p);
	OK(db_login_set_password(p->db, bob, HASH, NOW));
	in.session = session_of(p, bob);
	totp_code(other, totp_step(NOW), code);
	OK(tailnet_factor_add(
		p->db, &p->pepper, &seal, &in, NOW, p->mem, &made));
	totp_code(other, totp_step(NOW + 60), code);
	assert_int_equal(sign_in(p, code, NOW + 60), ERR_DENIED);
	assert_int_equal(sign_in(p, made.codes.at[0], NOW + 60), ERR_DENIED);
}

static void
a_code_opens_nothing_behind_another_password(void **state)
{
	struct people *p = *state;
	struct factor f;

	added(p);
	OK(db_login_set_password(p->db, p->ann, "$argon2id$new", NOW));
	assert_int_equal(
		sign_in(p, code_at(p, NOW + 60), NOW + 60), ERR_DENIED);
	/* And is not used by that. */
	OK(db_factor_by_user(p->db, p->ann, p->mem, &f));
	assert_int_equal(f.step, totp_step(NOW));
}

static void
who_is_suspended_does_not_come_in_by_a_code(void **state)
{
	struct people *p = *state;
	struct user u = people_user(p, p->ann);

	added(p);
	u.status = USER_SUSPENDED;
	OK(db_user_update(p->db, &u));
	assert_int_equal(
		sign_in(p, code_at(p, NOW + 60), NOW + 60), ERR_DENIED);
}

static void
another_seal_does_not_open_the_secret(void **state)
{
	static const struct secret lost = { { 1 } };
	struct people *p = *state;
	struct factor_try t = { p->ann, HASH, "123456" };
	struct session_made made;

	added(p);
	assert_int_equal(tailnet_factor_sign_in(p->db, &p->pepper, &lost, &t,
				 &p->chrome, NOW, p->mem, &made),
		ERR_CRYPTO);
}

static void
a_code_makes_a_session_fresh(void **state)
{
	struct people *p = *state;
	int64_t here = session_of(p, p->ann);
	struct factor_try t = { .user_id = p->ann };
	struct factor_made made;
	struct web_session s;

	OK(add(p, p->ann, here, code_at(p, NOW), &made));
	t.code = code_at(p, NOW + 900);
	OK(tailnet_factor_fresh(p->db, &p->pepper, &seal, &t, here, NOW + 900));
	OK(db_web_session_by_id(p->db, here, NOW + 900, p->mem, &s));
	assert_int_equal(s.fresh_at, NOW + 900);
	assert_int_equal(tailnet_factor_fresh(
				 p->db, &p->pepper, &seal, &t, here, NOW + 900),
		ERR_CODE_USED);
}

static void
new_recovery_codes_end_the_ones_before(void **state)
{
	struct people *p = *state;
	struct factor_codes first = added(p), second;

	OK(tailnet_factor_codes(
		p->db, &p->pepper, p->ann, NOW, p->mem, &second));
	assert_string_equal(people_last(p).action, "user.recovery_codes_made");
	assert_int_equal(sign_in(p, first.at[0], NOW), ERR_DENIED);
	OK(sign_in(p, second.at[0], NOW));
	OK(tailnet_factor_reset(p->db, &actor_cli, p->ann, NOW));
	assert_int_equal(tailnet_factor_codes(p->db, &p->pepper, p->ann, NOW,
				 p->mem, &second),
		ERR_NOT_FOUND);
}

static void
who_drops_it_needs_the_password_only(void **state)
{
	struct people *p = *state;
	int64_t here = session_of(p, p->ann);
	struct session_made again;
	struct factor_made made;
	const char *token;

	OK(add(p, p->ann, here, code_at(p, NOW), &made));
	session_of(p, p->ann);
	OK(tailnet_factor_drop(
		p->db, &p->pepper, p->ann, here, NOW, p->mem, &token));
	assert_string_equal(people_last(p).action, "user.factor_removed");
	assert_int_equal(people_sessions(p, p->ann), 1);
	OK(tailnet_session_begin(p->db, &p->pepper, p->ann, HASH, &p->chrome,
		NOW, p->mem, &again));
	assert_int_equal(sign_in(p, made.codes.at[0], NOW), ERR_NOT_FOUND);
	assert_int_equal(tailnet_factor_drop(p->db, &p->pepper, p->ann, here,
				 NOW, p->mem, &token),
		ERR_NOT_FOUND);
}

static void
who_may_touch_somebody_takes_their_factor_away(void **state)
{
	struct people *p = *state;
	struct actor it = { 7, ROLE_IT_ADMIN };

	added(p);
	assert_int_equal(
		tailnet_factor_reset(p->db, &it, p->ann, NOW), ERR_DENIED);
	OK(tailnet_factor_reset(p->db, &actor_cli, p->ann, NOW));
	assert_string_equal(people_last(p).action, "user.factor_removed");
	assert_string_equal(people_last(p).actor, "cli");
	assert_int_equal(people_sessions(p, p->ann), 0);
	assert_int_equal(tailnet_factor_reset(p->db, &actor_cli, p->ann, NOW),
		ERR_NOT_FOUND);
}

static void
recovery_of_the_owner_takes_the_factor_away(void **state)
{
	struct people *p = *state;
	struct settings s;
	struct link_found l;
	const char *url;
	bool there;

	added(p);
	OK(settings_load(p->db, p->mem, &s));
	OK(tailnet_setup_link(p->db, &s, &p->pepper, NOW, p->mem, &url));
	OK(tailnet_link_find(p->db, &p->pepper, LINK_SETUP,
		strrchr(url, '/') + 1, NOW, p->mem, &l));
	OK(tailnet_recover(p->db, &l.row, "correct horse battery", NOW));
	OK(db_factor_is_there(p->db, p->ann, &there));
	assert_false(there);
}

static void
a_reset_of_the_password_leaves_the_factor(void **state)
{
	struct people *p = *state;
	struct link_found l;
	const char *token;
	bool there;

	added(p);
	OK(tailnet_reset(
		p->db, &p->pepper, &actor_cli, p->ann, NOW, p->mem, &token));
	OK(tailnet_link_find(
		p->db, &p->pepper, LINK_RESET, token, NOW, p->mem, &l));
	OK(tailnet_reset_finish(p->db, &l.row, "correct horse battery", NOW));
	OK(db_factor_is_there(p->db, p->ann, &there));
	assert_true(there);
}

static void
the_secret_that_is_offered_stays_with_the_cookie(void **state)
{
	struct people *p = *state;
	uint8_t one[TOTP_SECRET_SIZE], two[TOTP_SECRET_SIZE];

	factor_offer(&p->pepper, "cookie", one);
	factor_offer(&p->pepper, "cookie", two);
	assert_memory_equal(one, two, sizeof(one));
	factor_offer(&p->pepper, "another", two);
	assert_memory_not_equal(one, two, sizeof(one));
	factor_offer(&seal, "cookie", two);
	assert_memory_not_equal(one, two, sizeof(one));
}

static void
a_factor_goes_with_its_user(void **state)
{
	struct people *p = *state;
	bool there = true;

	people_add(p, "eve", ROLE_OWNER);
	added(p);
	OK(tailnet_user_delete(p->db, p->ann, "cli", NOW));
	OK(db_factor_is_there(p->db, p->ann, &there));
	assert_false(there);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, people_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_factor_is_added_with_a_code_of_it),
		TEST(who_has_no_password_has_no_second_factor),
		TEST(a_password_alone_opens_nothing_then),
		TEST(a_code_opens_once),
		TEST(a_code_of_before_the_last_one_is_used_too),
		TEST(clocks_may_differ_by_one_step_and_no_more),
		TEST(a_recovery_code_opens_once_however_it_is_typed),
		TEST(the_log_tells_a_sign_in_by_a_recovery_code),
		TEST(what_is_no_code_opens_nothing),
		TEST(the_code_of_another_opens_nothing),
		TEST(a_code_opens_nothing_behind_another_password),
		TEST(who_is_suspended_does_not_come_in_by_a_code),
		TEST(another_seal_does_not_open_the_secret),
		TEST(a_code_makes_a_session_fresh),
		TEST(new_recovery_codes_end_the_ones_before),
		TEST(who_drops_it_needs_the_password_only),
		TEST(who_may_touch_somebody_takes_their_factor_away),
		TEST(recovery_of_the_owner_takes_the_factor_away),
		TEST(a_reset_of_the_password_leaves_the_factor),
		TEST(the_secret_that_is_offered_stays_with_the_cookie),
		TEST(a_factor_goes_with_its_user),
	};

	return cmocka_run_group_tests_name("tailnet/factor", tests, NULL, NULL);
}
