/*
 * check_ends_test.c: what ends an SSH check beside its time, and that the audit
 * log says so.
 */
#include "tests/tailnet/ssh_site.h"

#include "base/text.h"
#include "tailnet/attribute.h"
#include "tailnet/check_ends.h"

#define WEB "[\"tag:db\",\"tag:web\"]"

/* The row of the check that was let in last is over; so says its audit row. */
static void
ended(struct site *s, int64_t id, const char *reason, const char *actor)
{
	struct ssh_check c = check(s, id);
	struct audit a;

	assert_int_equal(c.state, CHECK_ENDED);
	assert_string_equal(c.reason, reason);
	assert_int_equal(c.ended_at, NOW);
	PEOPLE_OK(db_audit_last(s->p->db,
		arena_printf(s->p->mem, "check:%lld", (long long)id),
		"ssh.revoked", s->p->mem, &a));
	assert_string_equal(a.actor, actor);
	if (strcmp(actor, "server") == 0)
		assert_string_equal(a.via, "system");
	assert_int_equal(a.at, NOW);
	assert_string_equal(
		a.detail, arena_printf(s->p->mem, "as root, asked of %s: %s",
				  c.user_name, reason));
}

static bool
is_told(struct site *s, int64_t id)
{
	struct audit a;

	return db_audit_last(s->p->db,
		       arena_printf(s->p->mem, "check:%lld", (long long)id),
		       "ssh.revoked", s->p->mem, &a) == ERR_OK;
}

/* ---- the machines ---- */

static void
an_answer_ends_with_either_machine(void **state)
{
	struct site s = begin(state);

	let_in(&s);
	PEOPLE_OK(tailnet_node_delete(s.p->db, s.laptop, "cli", NOW));
	ended(&s, s.last.id, "the machine was deleted", "server");
	asks(&s, "refused", 0);
	s.laptop = add(&s, "laptop2", s.p->ann);
	let_in(&s);
	PEOPLE_OK(tailnet_node_delete(s.p->db, s.db, "cli", NOW));
	ended(&s, s.last.id, "the machine was deleted", "server");
}

static void
what_waits_ends_too(void **state)
{
	struct site s = begin(state);

	(void)link_of(&s, &(struct ssh_ask){ 0 });
	PEOPLE_OK(tailnet_node_delete(s.p->db, s.db, "cli", NOW));
	ended(&s, s.last.id, "the machine was deleted", "server");
}

static void
an_answer_ends_with_the_expiry_of_either_machine(void **state)
{
	struct site s = begin(state);

	for (int i = 0; i < 2; i++) {
		int64_t node = i ? s.db : s.laptop;

		let_in(&s);
		PEOPLE_OK(tailnet_node_expire(s.p->db, node, NOW, "cli", NOW));
		ended(&s, s.last.id, "the key of the machine expired",
			"server");
		asks(&s, "refused", 0);
		PEOPLE_OK(tailnet_node_expire(s.p->db, node, 0, "cli", NOW));
		asks(&s, "asked", 0);
		PEOPLE_OK(tailnet_check_revoke(s.p->db, s.last.id, "cli", NOW));
	}
}

/* The wall clock of this machine is far from NOW, on either side. */
static void
an_answer_ends_by_the_time_that_is_believed(void **state)
{
	struct site s = begin(state);
	const int64_t then = 1000;

	let_in(&s);
	PEOPLE_OK(tailnet_node_expire(
		s.p->db, s.laptop, then + 3600, "cli", then));
	PEOPLE_OK(tailnet_node_expire(
		s.p->db, s.laptop, then + 7200, "cli", then));
	assert_int_equal(check(&s, s.last.id).state, CHECK_APPROVED);
	assert_false(is_told(&s, s.last.id));
}

static void
an_answer_stays_when_the_expiry_is_only_moved(void **state)
{
	struct site s = begin(state);

	let_in(&s);
	PEOPLE_OK(tailnet_node_expire(
		s.p->db, s.laptop, INT64_C(9000000000), "cli", NOW));
	asks(&s, "accepted", 0);
	assert_false(is_told(&s, s.last.id));
}

static void
an_answer_stays_when_a_machine_is_renamed(void **state)
{
	struct site s = begin(state);

	let_in(&s);
	PEOPLE_OK(tailnet_node_rename(
		s.p->db, &s.s, s.laptop, "tower", "cli", NOW));
	asks(&s, "accepted", 0);
	assert_false(is_told(&s, s.last.id));
}

static void
an_answer_ends_with_the_tags_of_either_machine(void **state)
{
	struct site s = begin(state);

	let_in(&s);
	PEOPLE_OK(tailnet_node_tag(s.p->db, s.db, WEB, "cli", NOW));
	ended(&s, s.last.id, "the machine has another owner or other tags",
		"server");
	asks(&s, "asked", 0);
	allow(&s, NOW);
	PEOPLE_OK(tailnet_node_tag(
		s.p->db, s.laptop, "[\"tag:web\"]", "cli", NOW));
	ended(&s, s.last.id, "the machine has another owner or other tags",
		"server");
}

static void
an_answer_ends_with_the_owner_of_the_source(void **state)
{
	struct site s = begin(state);
	int64_t bob = people_add(s.p, "bob", ROLE_MEMBER);
	const struct person_delete d = {
		.id = bob, .machines = PERSON_MOVE, .to = s.p->ann
	};

	s.laptop = add(&s, "bobs", bob);
	(void)link_of(&s, &(struct ssh_ask){ 0 });
	PEOPLE_OK(tailnet_check_approve(s.p->db, s.last.id, &actor_cli, NOW));
	PEOPLE_OK(tailnet_person_delete(s.p->db, &s.p->owner, &d, NOW));
	ended(&s, s.last.id, "the machine has another owner or other tags",
		"server");
	asks(&s, "asked", 0);
	says(&s, "ann must allow");
}

static void
an_answer_ends_when_its_owner_is_suspended(void **state)
{
	struct site s = begin(state);
	int64_t bob = people_add(s.p, "bob", ROLE_MEMBER);

	s.laptop = add(&s, "bobs", bob);
	(void)link_of(&s, &(struct ssh_ask){ 0 });
	PEOPLE_OK(tailnet_check_approve(s.p->db, s.last.id, &actor_cli, NOW));
	PEOPLE_OK(tailnet_person_status(
		s.p->db, &s.p->owner, bob, PERSON_SUSPEND, NOW));
	ended(&s, s.last.id, "the key of the machine expired", "server");
}

static void
a_new_node_key_ends_what_its_machine_may_and_not_what_others_may(void **state)
{
	struct site s = begin(state);
	struct node n, old;

	let_in(&s);
	for (int i = 0; i < 2; i++) {
		n = old = row_of(&s, i ? s.laptop : s.db);
		n.node_key.bytes[9] = 9;
		PEOPLE_OK(db_begin(s.p->db));
		PEOPLE_OK(db_node_update(s.p->db, &n));
		PEOPLE_OK(checks_follow(s.p->db, &old, &n, NOW));
		PEOPLE_OK(db_commit(s.p->db));
		if (i == 0)
			asks(&s, "accepted", 0);
	}
	ended(&s, s.last.id, "the machine has another key", "server");
	asks(&s, "asked", 0);
}

static void
what_was_over_by_itself_is_closed_without_a_word(void **state)
{
	struct site s = begin(state);
	const int64_t later = NOW + 2 * 86400;

	let_in(&s);
	PEOPLE_OK(tailnet_node_delete(s.p->db, s.laptop, "cli", later));
	assert_int_equal(check(&s, s.last.id).state, CHECK_ENDED);
	assert_false(is_told(&s, s.last.id));
}

/* ---- whom the policy lets in ---- */

#define ADMINS                                                   \
	"{" OWNERS OPEN_GRANT ",\"ssh\":[{\"action\":\"check\"," \
	"\"src\":[\"autogroup:admin\"],\"dst\":[\"tag:db\"],"    \
	"\"users\":[\"root\"]}]}"
#define GROUP                                                                  \
	"{\"groups\":{\"group:dba\":[\"bob@example.com\"]}," OWNERS OPEN_GRANT \
	",\"ssh\":[{\"action\":\"check\","                                     \
	"\"src\":[\"group:dba\"],\"dst\":[\"tag:db\"],"                        \
	"\"users\":[\"root\"]}]}"
#define POSTURE                                                        \
	"{\"postures\":{\"posture:ok\":[\"custom:tier > 3\"]}," OWNERS \
		OPEN_GRANT ",\"ssh\":[{\"action\":\"check\","          \
	"\"src\":[\"autogroup:member\"],\"dst\":[\"tag:db\"],"         \
	"\"srcPosture\":[\"posture:ok\"],\"users\":[\"root\"]}]}"
#define NOT_THE_OWNER "the policy does not let its owner in any more"

static const char *
owner_text(struct site *s)
{
	return actor_text(s->p->mem, &s->p->owner);
}

static void
a_role_that_is_taken_away_ends_what_it_gave(void **state)
{
	struct site s = begin(state);
	int64_t bob = people_add(s.p, "bob", ROLE_ADMIN);

	obey(&s, ADMINS);
	s.laptop = add(&s, "bobs", bob);
	(void)link_of(&s, &(struct ssh_ask){ 0 });
	PEOPLE_OK(tailnet_check_approve(s.p->db, s.last.id, &actor_cli, NOW));
	PEOPLE_OK(tailnet_person_role(
		s.p->db, &s.p->owner, bob, ROLE_MEMBER, NOW));
	ended(&s, s.last.id, NOT_THE_OWNER, owner_text(&s));
	PEOPLE_OK(tailnet_person_role(
		s.p->db, &s.p->owner, bob, ROLE_ADMIN, NOW));
	asks(&s, "asked", 0);
}

static void
who_is_no_member_of_the_group_any_more_loses_what_it_gave(void **state)
{
	struct site s = begin(state);
	int64_t bob = people_add(s.p, "bob", ROLE_MEMBER);
	struct user u = people_user(s.p, bob);

	u.email = "bob@example.com";
	PEOPLE_OK(tailnet_person_change(s.p->db, &s.p->owner, &u, NOW));
	obey(&s, GROUP);
	s.laptop = add(&s, "bobs", bob);
	(void)link_of(&s, &(struct ssh_ask){ 0 });
	PEOPLE_OK(tailnet_check_approve(s.p->db, s.last.id, &actor_cli, NOW));
	u.email = "robert@example.com";
	PEOPLE_OK(tailnet_person_change(s.p->db, &s.p->owner, &u, NOW));
	ended(&s, s.last.id, NOT_THE_OWNER, owner_text(&s));
}

static void
an_attribute_that_goes_ends_what_it_gave(void **state)
{
	struct site s = begin(state);
	const struct attribute tier = {
		.node_id = s.laptop, .name = "custom:tier", .value = "5"
	};

	PEOPLE_OK(tailnet_attribute_set(s.p->db, &tier, "cli", NOW));
	obey(&s, POSTURE);
	let_in(&s);
	PEOPLE_OK(tailnet_attribute_unset(
		s.p->db, s.laptop, "custom:tier", "cli", NOW));
	ended(&s, s.last.id, "the policy does not let the machine in any more",
		"cli");
}

static void
a_change_that_matters_to_nobody_leaves_what_was_allowed(void **state)
{
	struct site s = begin(state);
	int64_t bob = people_add(s.p, "bob", ROLE_MEMBER);

	let_in(&s);
	PEOPLE_OK(tailnet_person_role(
		s.p->db, &s.p->owner, bob, ROLE_ADMIN, NOW));
	asks(&s, "accepted", 0);
	assert_false(is_told(&s, s.last.id));
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, people_setup, people_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_ends_with_either_machine),
		TEST(what_waits_ends_too),
		TEST(an_answer_ends_with_the_expiry_of_either_machine),
		TEST(an_answer_ends_by_the_time_that_is_believed),
		TEST(an_answer_stays_when_the_expiry_is_only_moved),
		TEST(an_answer_stays_when_a_machine_is_renamed),
		TEST(an_answer_ends_with_the_tags_of_either_machine),
		TEST(an_answer_ends_with_the_owner_of_the_source),
		TEST(an_answer_ends_when_its_owner_is_suspended),
		TEST(a_new_node_key_ends_what_its_machine_may_and_not_what_others_may),
		TEST(what_was_over_by_itself_is_closed_without_a_word),
		TEST(a_role_that_is_taken_away_ends_what_it_gave),
		TEST(who_is_no_member_of_the_group_any_more_loses_what_it_gave),
		TEST(an_attribute_that_goes_ends_what_it_gave),
		TEST(a_change_that_matters_to_nobody_leaves_what_was_allowed),
	};

	return cmocka_run_group_tests_name(
		"tailnet/check_ends", tests, NULL, NULL);
}
