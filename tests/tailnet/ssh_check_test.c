/*
 * ssh_check_test.c: who is asked before a login by SSH, and what is remembered
 * of the answer.
 */
#include "tests/tailnet/ssh_site.h"

#include "base/text.h"

/* ---- the way of an answer ---- */

static void
the_first_answer_has_a_link_and_where_to_ask_again(void **state)
{
	struct site s = begin(state);
	const char *id = link_of(&s, &(struct ssh_ask){ .login = "a b&c" });

	says(&s, "https://cairn.test/auth/hskey-authreq-");
	says(&s, "ann must allow");
	says(&s, arena_printf(s.p->mem,
			 "\"holdAndDelegate\":\"https://unused/machine/ssh/"
			 "action/%lld/to/%lld?local_user=a%%20b%%26c&auth_id="
			 "%s\"",
			 (long long)s.laptop, (long long)s.db, id));
	asks(&s, "waiting", .login = "a b&c", .auth_id = id);
	assert_int_equal(s.last.answer, SSH_WAIT);
	assert_int_equal(s.last.deadline, NOW + CHECK_LIFE_SECONDS);
}

static void
what_was_allowed_is_accepted_and_remembered_for_its_period(void **state)
{
	struct site s = begin(state);
	const char *id = link_of(&s, &(struct ssh_ask){ 0 });

	allow(&s, NOW + 1);
	asks(&s, "accepted", .auth_id = id, .now = NOW + 1);
	says(&s, "\"accept\":true");
	asks(&s, "accepted", .now = NOW + 12 * 3600);
	asks(&s, "asked", .now = NOW + 12 * 3600 + 1);
	obey(&s, RULE(MINUTE)); /* of the rule as it is now */
	asks(&s, "accepted", .now = NOW + 60);
	asks(&s, "asked", .now = NOW + 61);
}

/* Who allowed it was told for how long, and can take back only what is shown.
 */
static void
a_longer_period_does_not_stretch_what_was_allowed_before_it(void **state)
{
	struct site s = begin(state);

	obey(&s, RULE(MINUTE));
	let_in(&s);
	obey(&s, RULE(""));
	asks(&s, "accepted", .now = NOW + 59);
	asks(&s, "asked", .now = NOW + 60);
	obey(&s, RULE(ALWAYS));
	(void)link_of(&s, &(struct ssh_ask){ .login = "ann" });
	allow(&s, NOW);
	obey(&s, RULE(""));
	asks(&s, "asked", .login = "ann");
}

static void
a_machine_may_be_the_one_that_it_logs_in_to(void **state)
{
	struct site s = begin(state);

	asks(&s, "refused", .dst_id = s.laptop);
	asks(&s, "refused", .src_id = s.db);
	asks(&s, "asked", 0);
}

static void
with_always_each_login_asks_and_only_its_own_is_let_in(void **state)
{
	struct site s = begin(state);
	const char *one, *two;

	obey(&s, RULE(ALWAYS));
	one = link_of(&s, &(struct ssh_ask){ 0 });
	allow(&s, NOW);
	asks(&s, "accepted", .auth_id = one);
	two = link_of(&s, &(struct ssh_ask){ 0 });
	assert_string_not_equal(one, two);
	assert_string_not_equal(link_of(&s, &(struct ssh_ask){ 0 }), two);
	asks(&s, "waiting", .auth_id = two);
	asks(&s, "accepted", .auth_id = one);
	asks(&s, "asked", .auth_id = one, .now = NOW + CHECK_LIFE_SECONDS);
}

static void
logins_alike_share_a_link_while_it_waits(void **state)
{
	struct site s = begin(state);
	const char *id = link_of(&s, &(struct ssh_ask){ 0 });

	assert_string_equal(link_of(&s, &(struct ssh_ask){ 0 }), id);
	assert_string_not_equal(
		link_of(&s, &(struct ssh_ask){ .login = "ann" }), id);
	assert_string_not_equal(
		link_of(&s,
			&(struct ssh_ask){ .now = NOW + CHECK_LIFE_SECONDS }),
		id);
}

static void
an_answer_is_for_one_source_login_and_destination(void **state)
{
	struct site s = begin(state);
	int64_t tablet = add(&s, "tablet", s.p->ann), other = add(&s, "db2", 0);
	const char *id = link_of(&s, &(struct ssh_ask){ 0 });

	allow(&s, NOW);
	asks(&s, "asked", .login = "ann");
	asks(&s, "asked", .login = "ann", .auth_id = id);
	asks(&s, "asked", .src_id = tablet);
	asks(&s, "asked", .src_id = tablet, .auth_id = id);
	asks(&s, "asked", .dst_id = other);
	asks(&s, "asked", .dst_id = other, .auth_id = id);
	asks(&s, "accepted", .auth_id = id);
}

static void
a_no_is_told_with_its_reason(void **state)
{
	struct site s = begin(state);
	const char *id = link_of(&s, &(struct ssh_ask){ 0 });

	PEOPLE_OK(tailnet_check_reject(
		s.p->db, s.last.id, "not \"now\"", "cli", NOW));
	asks(&s, "refused", .auth_id = id);
	says(&s, "\"reject\":true");
	says(&s, "said no: not \\\"now\\\"");
	asks(&s, "asked", 0);
}

static void
what_nobody_answers_is_refused_at_its_end_and_asked_anew_later(void **state)
{
	struct site s = begin(state);
	const char *id = link_of(&s, &(struct ssh_ask){ 0 });
	int64_t end = NOW + CHECK_LIFE_SECONDS;

	asks(&s, "refused", .auth_id = id, .over = true, .now = end);
	says(&s, "nobody allowed it in time");
	asks(&s, "asked", .auth_id = id, .now = end);
	assert_int_equal(tailnet_check_approve(s.p->db, 1, &s.p->owner, end),
		ERR_EXPIRED);
}

/* The client asks again in a while; a refusal would end the login. */
static void
who_finds_no_room_to_wait_is_sent_away_for_a_while(void **state)
{
	struct site s = begin(state);
	const char *id = link_of(&s, &(struct ssh_ask){ 0 });

	assert_int_equal(
		ask_as(&s, &(struct ssh_ask){ .auth_id = id, .over = true }),
		ERR_BUSY);
}

static void
an_id_that_nobody_knows_is_asked_anew(void **state)
{
	struct site s = begin(state);

	asks(&s, "asked", .auth_id = "hskey-authreq-AAAAAAAAAAAAAAAAAAAAAAAA");
	asks(&s, "asked", .auth_id = "x");
}

/* ---- the rule ---- */

static void
the_policy_is_asked_each_time(void **state)
{
	struct site s = begin(state);
	const char *id = link_of(&s, &(struct ssh_ask){ 0 });

	obey(&s, ACCEPTS);
	asks(&s, "accepted", .auth_id = id);
	asks(&s, "refused", .login = "ann", .auth_id = id);
	says(&s, "no rule");
	obey(&s, NO_RULES);
	asks(&s, "refused", .auth_id = id);
	asks(&s, "refused", 0);
}

static void
an_answer_ends_with_its_rule_and_does_not_come_back_with_it(void **state)
{
	struct site s = begin(state);
	const char *waits;

	let_in(&s);
	waits = link_of(&s, &(struct ssh_ask){ .login = "ann" });
	obey(&s, RULE(MINUTE)); /* it is a rule still */
	asks(&s, "accepted", 0);
	asks(&s, "waiting", .login = "ann", .auth_id = waits);
	obey(&s, NO_RULES);
	obey(&s, RULE(""));
	asks(&s, "refused", .login = "ann", .auth_id = waits);
	says(&s, "the policy has no such rule any more");
	asks(&s, "asked", 0);
}

static void
only_the_machine_that_is_logged_in_to_may_ask(void **state)
{
	struct site s = begin(state);
	struct key laptop = row_of(&s, s.laptop).machine_key;

	assert_int_equal(ask_as(&s, &(struct ssh_ask){ .machine_key = laptop }),
		ERR_NOT_FOUND);
	assert_int_equal(ask_as(&s, &(struct ssh_ask){ .machine_key = laptop,
					    .dst_id = 77 }),
		ERR_NOT_FOUND);
	asks(&s, "refused", .src_id = 77);
}

/* ---- what ends it ---- */

static void
an_admin_takes_back_what_was_allowed(void **state)
{
	struct site s = begin(state);

	let_in(&s);
	PEOPLE_OK(tailnet_check_revoke(s.p->db, s.last.id, "cli", NOW));
	assert_int_equal(tailnet_check_revoke(s.p->db, s.last.id, "cli", NOW),
		ERR_DECIDED);
	asks(&s, "asked", 0);
}

/* ---- who decides ---- */

static void
only_the_owner_of_the_source_and_the_server_itself_may_allow(void **state)
{
	struct site s = begin(state);
	int64_t bob = people_add(s.p, "bob", ROLE_ADMIN);
	const struct actor admin = { .user_id = bob, .role = ROLE_ADMIN };

	(void)link_of(&s, &(struct ssh_ask){ 0 });
	assert_int_equal(tailnet_check_approve(s.p->db, s.last.id, &admin, NOW),
		ERR_NOT_OWNER);
	PEOPLE_OK(tailnet_check_approve(s.p->db, s.last.id, &actor_cli, NOW));
	assert_int_equal(
		tailnet_check_approve(s.p->db, s.last.id, &s.p->owner, NOW),
		ERR_DECIDED);
	assert_int_equal(
		tailnet_check_reject(s.p->db, s.last.id, "", "cli", NOW),
		ERR_DECIDED);
}

static void
a_decision_stands_in_the_audit_log(void **state)
{
	struct site s = begin(state);
	struct audit a;

	(void)link_of(&s, &(struct ssh_ask){ 0 });
	allow(&s, NOW);
	PEOPLE_OK(db_audit_last(s.p->db,
		arena_printf(s.p->mem, "check:%lld", (long long)s.last.id),
		"ssh.approved", s.p->mem, &a));
	assert_string_equal(a.subject_name, "laptop to db");
	assert_string_equal(a.detail, "as root, asked of ann");
	assert_string_equal(a.actor_name, "ann");
}

/* ---- sizes ---- */

static void
a_login_has_at_most_256_bytes_and_shows(void **state)
{
	struct site s = begin(state);
	char *login = arena_alloc(s.p->mem, SSH_LOGIN_MAX + 2);
	static const char *const odd[] = { "a\nb", "a\x1b[2J", "a\u202e" };

	memset(login, 'x', SSH_LOGIN_MAX);
	login[SSH_LOGIN_MAX] = '\0';
	asks(&s, "asked", .login = login);
	login[SSH_LOGIN_MAX] = 'x';
	login[SSH_LOGIN_MAX + 1] = '\0';
	assert_int_equal(
		ask_as(&s, &(struct ssh_ask){ .login = login }), ERR_BAD_INPUT);
	assert_int_equal(
		ask_as(&s, &(struct ssh_ask){ .login = (char[]){ '\0' } }),
		ERR_BAD_INPUT);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
			ask_as(&s, &(struct ssh_ask){ .login = odd[i] }),
			ERR_BAD_INPUT);
}

static const char *
login_of(struct site *s, int n)
{
	return arena_printf(s->p->mem, "user%d", n);
}

static void
eight_logins_wait_from_one_machine_to_another(void **state)
{
	struct site s = begin(state);

	for (int i = 0; i < CHECKS_PAIR_MAX; i++)
		asks(&s, "asked", .login = login_of(&s, i));
	asks(&s, "refused", .login = "more");
	says(&s, "too many logins of this machine wait here already");
	asks(&s, "asked", .login = login_of(&s, 0)); /* one that waits */
	asks(&s, "asked", .login = "more", .now = NOW + CHECK_LIFE_SECONDS);
}

static int64_t
waiting(struct site *s, int64_t dst)
{
	struct ssh_check_counts n;

	PEOPLE_OK(db_ssh_check_count(s->p->db, s->laptop, dst, NOW, &n));
	return dst ? n.pair : n.source;
}

/* Logins of the laptop at so many machines, which share all its places. */
static void
fill(struct site *s, int machines)
{
	int64_t dst = 0;

	for (int i = 0; i < CHECKS_SOURCE_MAX; i++) {
		if (i % (CHECKS_SOURCE_MAX / machines) == 0)
			dst = add(s, arena_printf(s->p->mem, "db%d", i), 0);
		asks(s, "asked", .dst_id = dst, .login = login_of(s, i));
	}
}

static void
thirty_two_logins_wait_of_one_machine(void **state)
{
	struct site s = begin(state);

	fill(&s, CHECKS_SOURCE_MAX);
	asks(&s, "refused", 0);
	says(&s, "too many logins of this machine wait already");
	asks(&s, "asked", .src_id = add(&s, "tablet", s.p->ann));
}

static void
machines_that_ask_for_many_keep_no_other_out(void **state)
{
	struct site s = begin(state);
	int n = 0;

	fill(&s, CHECKS_SOURCE_MAX / CHECKS_PAIR_MAX);
	while (strcmp(ask(&s, &(struct ssh_ask){ .login = login_of(&s, n) }),
		       "asked") == 0) {
		n++;
		assert_int_equal(waiting(&s, s.db), n);
		assert_int_equal(waiting(&s, 0), CHECKS_SOURCE_MAX);
	}
	assert_int_equal(n, 6); /* and 7, 7, 6, 6 of the others */
	says(&s, "too many logins of this machine wait already");
	asks(&s, "asked", .login = "user0");
}

/* The fifth has one; none of those that lost one gets it back. */
static void
who_gave_a_place_up_is_told_and_takes_none(void **state)
{
	struct site s = begin(state);
	struct ssh_check c;
	int64_t hog, last;

	fill(&s, CHECKS_SOURCE_MAX / CHECKS_PAIR_MAX);
	last = s.last.id;
	PEOPLE_OK(db_ssh_check_by_id(s.p->db, last, s.p->mem, &c));
	hog = c.dst_id;
	asks(&s, "asked", 0);
	asks(&s, "refused", .dst_id = hog, .login = c.login,
		.auth_id = tailnet_check_id(s.p->mem, &s.p->pepper, &c));
	says(&s, "logins at other machines wait as well");
	asks(&s, "refused", .dst_id = hog, .login = "another");
	assert_int_equal(waiting(&s, hog), CHECKS_PAIR_MAX - 1);
	assert_int_equal(waiting(&s, s.db), 1);
}

static void
sixty_four_logins_wait_at_one_machine(void **state)
{
	struct site s = begin(state);
	int64_t src = 0;

	for (int i = 0; i < CHECKS_DESTINATION_MAX; i++) {
		if (i % CHECKS_PAIR_MAX == 0)
			src = add(&s, arena_printf(s.p->mem, "pc%d", i),
				s.p->ann);
		asks(&s, "asked", .src_id = src, .login = login_of(&s, i));
	}
	asks(&s, "refused", 0);
	says(&s, "too many logins wait here already");
	asks(&s, "asked", .dst_id = add(&s, "db2", 0));
}

/* Of many machines at so many others, all that may wait. */
static void
fill_all(struct site *s, int machines)
{
	const int share = CHECKS_MAX / machines;
	int64_t src = 0, dst = 0;

	for (int i = 0; i < CHECKS_MAX; i++) {
		if (i % share == 0)
			dst = add(s, arena_printf(s->p->mem, "db%d", i), 0);
		if (i % (share < CHECKS_PAIR_MAX ? share : CHECKS_PAIR_MAX) ==
			0)
			src = add(s, arena_printf(s->p->mem, "pc%d", i),
				s->p->ann);
		asks(s, "asked", .src_id = src, .dst_id = dst,
			.login = login_of(s, i));
	}
}

static void
a_thousand_and_twenty_four_wait_in_all(void **state)
{
	struct site s = begin(state);

	fill_all(&s, CHECKS_MAX);
	asks(&s, "refused", 0);
	says(&s, "too many logins wait already");
}

static void
machines_that_use_all_up_keep_no_other_out(void **state)
{
	struct site s = begin(state);
	struct ssh_check_counts n;

	fill_all(&s, CHECKS_MAX / CHECKS_DESTINATION_MAX);
	asks(&s, "asked", 0);
	asks(&s, "asked", .login = "other");
	PEOPLE_OK(db_ssh_check_count(s.p->db, s.laptop, s.db, NOW, &n));
	assert_int_equal(n.all, CHECKS_MAX);
	assert_int_equal(n.destination, 2);
}

static void
what_is_over_is_kept_longer_than_any_answer_holds(void **state)
{
	struct site s = begin(state);
	int64_t gone;

	_Static_assert(CHECK_KEPT_SECONDS > 168 * 3600, "checkPeriod");
	let_in(&s);
	PEOPLE_OK(db_begin(s.p->db));
	PEOPLE_OK(db_ssh_check_prune(s.p->db, NOW, &gone));
	assert_int_equal(gone, 0);
	PEOPLE_OK(db_ssh_check_prune(
		s.p->db, NOW + CHECK_LIFE_SECONDS + 1, &gone));
	assert_int_equal(gone, 1);
	PEOPLE_OK(db_commit(s.p->db));
}

static int64_t
rows(struct site *s)
{
	struct ssh_check *all;
	size_t count;

	PEOPLE_OK(db_ssh_checks(s->p->db, s->p->mem, &all, &count));
	return (int64_t)count;
}

/* A machine that asks and asks for logins that nobody wanted fills no disk, and
 * nobody's page. */
static void
of_what_is_over_the_newest_are_kept_and_all_that_is_not(void **state)
{
	struct site s = begin(state);
	int64_t late = NOW + CHECK_LIFE_SECONDS + 1, gone, allowed, said_no;

	let_in(&s);
	allowed = s.last.id;
	asks(&s, "asked", .login = "said-no");
	said_no = s.last.id;
	PEOPLE_OK(tailnet_check_reject(s.p->db, said_no, "", "cli", NOW));
	for (int i = 0; i < 3; i++)
		asks(&s, "asked", .login = login_of(&s, i));
	asks(&s, "asked", .login = "waits", .now = late);
	PEOPLE_OK(db_begin(s.p->db));
	PEOPLE_OK(db_ssh_check_trim(s.p->db, late, 4, &gone));
	assert_int_equal(gone, 0);
	PEOPLE_OK(db_ssh_check_trim(s.p->db, late, 3, &gone));
	PEOPLE_OK(db_commit(s.p->db));
	assert_int_equal(gone, 1);
	assert_int_equal(rows(&s), 5);
	assert_int_equal(check(&s, allowed).state, CHECK_APPROVED);
	assert_int_equal(db_ssh_check_by_id(s.p->db, said_no, s.p->mem,
				 &(struct ssh_check){ 0 }),
		ERR_NOT_FOUND);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, people_setup, people_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_answer_has_a_link_and_where_to_ask_again),
		TEST(what_was_allowed_is_accepted_and_remembered_for_its_period),
		TEST(a_longer_period_does_not_stretch_what_was_allowed_before_it),
		TEST(a_machine_may_be_the_one_that_it_logs_in_to),
		TEST(with_always_each_login_asks_and_only_its_own_is_let_in),
		TEST(logins_alike_share_a_link_while_it_waits),
		TEST(an_answer_is_for_one_source_login_and_destination),
		TEST(a_no_is_told_with_its_reason),
		TEST(what_nobody_answers_is_refused_at_its_end_and_asked_anew_later),
		TEST(who_finds_no_room_to_wait_is_sent_away_for_a_while),
		TEST(an_id_that_nobody_knows_is_asked_anew),
		TEST(the_policy_is_asked_each_time),
		TEST(an_answer_ends_with_its_rule_and_does_not_come_back_with_it),
		TEST(only_the_machine_that_is_logged_in_to_may_ask),
		TEST(an_admin_takes_back_what_was_allowed),
		TEST(only_the_owner_of_the_source_and_the_server_itself_may_allow),
		TEST(a_decision_stands_in_the_audit_log),
		TEST(a_login_has_at_most_256_bytes_and_shows),
		TEST(eight_logins_wait_from_one_machine_to_another),
		TEST(thirty_two_logins_wait_of_one_machine),
		TEST(machines_that_ask_for_many_keep_no_other_out),
		TEST(who_gave_a_place_up_is_told_and_takes_none),
		TEST(sixty_four_logins_wait_at_one_machine),
		TEST(a_thousand_and_twenty_four_wait_in_all),
		TEST(machines_that_use_all_up_keep_no_other_out),
		TEST(what_is_over_is_kept_longer_than_any_answer_holds),
		TEST(of_what_is_over_the_newest_are_kept_and_all_that_is_not),
	};

	return cmocka_run_group_tests_name(
		"tailnet/ssh_check", tests, NULL, NULL);
}
