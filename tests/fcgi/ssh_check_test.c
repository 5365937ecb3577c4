/*
 * ssh_check_test.c: the page that allows a login by SSH, the list of admins,
 * and what the machine that is logged in to is answered.
 */
#include "tests/fcgi/checks.h"
#include "tests/fcgi/machines.h"

#include "tailnet/policy_store.h"

#define POLICY                                                               \
	"{\"tagOwners\":{\"tag:db\":[]},\n\"ssh\":[\n{\"action\":\"check\"," \
	"\"src\":[\"autogroup:member\"],\"dst\":[\"tag:db\"],"               \
	"\"users\":[\"root\"],\"checkPeriod\":\"90m\"}]}"

struct scene {
	struct site *s;
	struct tab ann; /* a member */
	int64_t ann_id, laptop, db;
	struct ssh_check c;
	const char *path;
};

static struct scene
begin(void **state)
{
	struct scene sc = { .s = *state };
	struct site *s = sc.s;
	const char *why;
	struct user ann;

	sc.ann = tab_of(s, "ann", ROLE_MEMBER);
	assert_int_equal(db_user_by_name(s->db, "ann", s->mem, &ann), ERR_OK);
	sc.ann_id = ann.id;
	sc.laptop = machine(
		s, &(struct made){ .name = "laptop", .user_id = ann.id });
	sc.db = machine(
		s, &(struct made){ .name = "db", .tags = "[\"tag:db\"]" });
	if (tailnet_policy_set(s->db, POLICY, "cli", s->now, s->mem, &why))
		fail_msg("%s", why);
	sc.c = check_of(s, sc.laptop, sc.db, "root");
	sc.path = check_path(s, &sc.c);
	return sc;
}

static enum ssh_check_state
state_of(const struct scene *sc)
{
	struct ssh_check c;

	assert_int_equal(
		db_ssh_check_by_id(sc->s->db, sc->c.id, sc->s->mem, &c),
		ERR_OK);
	return c.state;
}

/* ---- what goes with a machine ---- */

static void
deleting_a_machine_says_how_many_approvals_end(void **state)
{
	struct scene sc = begin(state);
	struct site *s = sc.s;
	struct tab owner = tab_of(s, "root", ROLE_OWNER);
	const char *path = arena_printf(
		s->mem, "/admin/machines/%lld/delete", (long long)sc.db);

	assert_lacks(tab_get(&owner, path).body, "SSH approval");
	tab_get(&sc.ann, sc.path);
	assert_int_equal(
		tab_post(&sc.ann, sc.path, "decision=approve").status, 303);
	assert_int_equal(state_of(&sc), CHECK_APPROVED);
	assert_holds(tab_get(&owner, path).body, "1 SSH approval ends.");
	s->now += 3600;
	assert_lacks(tab_get(&owner, path).body, "SSH approval");
}

/* ---- the page of who is asked ---- */

static void
the_owner_is_shown_who_logs_in_where_and_by_which_rule(void **state)
{
	struct scene sc = begin(state);
	struct answer a = tab_get(&sc.ann, sc.path);

	assert_int_equal(a.status, 200);
	assert_holds(a.body, "data-page=\"ssh-check\"");
	assert_holds(a.body, "<h1>Allow SSH to db?</h1>");
	assert_holds(a.body, "data-state=\"waiting\"");
	assert_holds(a.body, "<dd data-fact=\"from\">laptop</dd>");
	assert_holds(a.body, "<dd data-fact=\"user\">ann</dd>");
	assert_holds(a.body, "<dd data-fact=\"to\">db</dd>");
	assert_holds(a.body, "<dd data-fact=\"login\">root</dd>");
	assert_holds(
		a.body, "<dd data-fact=\"rule\">line 3 of the policy</dd>");
	assert_holds(a.body, "<dd data-fact=\"period\">1 hour</dd>");
	assert_holds(a.body, "id=\"form-check\"");
	assert_holds(a.body, "data-live=\"check\"");
}

static void
nobody_else_may_look_or_decide(void **state)
{
	struct scene sc = begin(state);
	struct tab t = tab_of(sc.s, "boss", ROLE_OWNER);
	struct answer a = tab_get(&t, sc.path);

	assert_int_equal(a.status, 403);
	assert_holds(a.body, "data-error=\"owner\"");
	assert_lacks(a.body, "laptop");
	a = tab_send(&t, "/me/security", sc.path, "decision=approve");
	assert_int_equal(a.status, 403);
	assert_int_equal(state_of(&sc), CHECK_WAITING);
	t = tab_new(sc.s);
	a = tab_get(&t, sc.path);
	assert_int_equal(a.status, 303);
	assert_holds(a.reply.location, "/login?next=/auth/");
}

static void
who_signed_in_long_ago_proves_it_again(void **state)
{
	struct scene sc = begin(state);
	struct answer a;

	sc.s->now += 601;
	a = tab_get(&sc.ann, sc.path);
	assert_int_equal(a.status, 303);
	assert_holds(a.reply.location, "/login/confirm?next=/auth/");
	a = tab_send(&sc.ann, "/me/security", sc.path, "decision=approve");
	assert_int_equal(a.status, 403);
	assert_holds(a.body, "data-page=\"fresh\"");
	assert_int_equal(state_of(&sc), CHECK_WAITING);
}

static void
nobody_can_allow_a_login_of_a_machine_with_tags(void **state)
{
	struct scene sc = begin(state);
	struct ssh_check c = check_of(sc.s, sc.db, sc.db, "root");
	struct answer a = tab_get(&sc.ann, check_path(sc.s, &c));

	assert_int_equal(a.status, 403);
	assert_holds(a.body, "has tags and no owner");
}

static void
a_yes_is_stored_and_sends_back_to_the_terminal(void **state)
{
	struct scene sc = begin(state);
	struct answer a =
		tab_send(&sc.ann, sc.path, sc.path, "decision=approve");

	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, sc.path);
	assert_string_equal(audit_last(sc.s).action, "ssh.approved");
	a = tab_get(&sc.ann, sc.path);
	assert_int_equal(a.status, 200);
	assert_holds(a.body, "data-state=\"approved\"");
	assert_holds(a.body, "Go back to your terminal.");
	assert_lacks(a.body, "form-check");
	assert_int_equal(state_of(&sc), CHECK_APPROVED);
}

static void
a_no_is_stored_and_whoever_comes_second_sees_it(void **state)
{
	struct scene sc = begin(state);
	struct tab again = sc.ann;
	struct answer a;

	(void)tab_get(&again, sc.path);
	a = tab_send(&sc.ann, sc.path, sc.path, "decision=reject");
	assert_int_equal(a.status, 303);
	assert_string_equal(audit_last(sc.s).action, "ssh.rejected");
	a = tab_post(&again, sc.path, "decision=approve");
	assert_int_equal(a.status, 303);
	a = tab_get(&again, sc.path);
	assert_holds(a.body, "data-state=\"rejected\"");
	assert_int_equal(state_of(&sc), CHECK_REJECTED);
}

static void
no_decision_is_none(void **state)
{
	struct scene sc = begin(state);
	struct answer a = tab_send(&sc.ann, sc.path, sc.path, "decision=x");

	assert_int_equal(a.status, 422);
	assert_holds(a.body, "Choose one of the list.");
	assert_int_equal(state_of(&sc), CHECK_WAITING);
}

static void
an_old_link_is_gone_and_a_cut_one_says_so(void **state)
{
	struct scene sc = begin(state);
	struct answer a = tab_get(
		&sc.ann, "/auth/hskey-authreq-AAAAAAAAAAAAAAAAAAAAAAAA");

	assert_int_equal(a.status, 410);
	a = tab_get(&sc.ann, "/auth/hskey-authreq-AAAA");
	assert_int_equal(a.status, 400);
	assert_holds(a.body, "not copied whole");
	sc.c = check_of(sc.s, sc.laptop, sc.db, "root");
	sc.c.expires_at = 0;
	assert_int_equal(
		db_exec(sc.s->db, "UPDATE ssh_check SET expires_at = 5"),
		ERR_OK);
	assert_int_equal(tab_get(&sc.ann, sc.path).status, 410);
	a = tab_send(&sc.ann, "/me/security", sc.path, "decision=approve");
	assert_int_equal(a.status, 410);
}

static void
a_login_cannot_become_markup(void **state)
{
	struct scene sc = begin(state);
	struct ssh_check c = check_of(sc.s, sc.laptop, sc.db, HOSTILE);
	struct tab boss = tab_of(sc.s, "boss", ROLE_OWNER);
	struct answer pages[2] = { tab_get(&sc.ann, check_path(sc.s, &c)) };

	pages[1] = tab_get(&boss, "/admin/checks");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pages[i].status, 200);
		assert_lacks(pages[i].body, "<script>alert");
		assert_holds(pages[i].body, "&lt;script&gt;");
	}
}

/* ---- the list of admins ---- */

static void
an_admin_sees_what_waits_and_says_no(void **state)
{
	struct scene sc = begin(state);
	struct tab t = tab_of(sc.s, "boss", ROLE_IT_ADMIN);
	struct answer a = tab_get(&t, "/admin/");
	const char *form =
		arena_printf(sc.s->mem, "form-check-%lld", (long long)sc.c.id);

	assert_holds(a.body, "><b>1</b> SSH login waits<");
	a = tab_get(&t, "/admin/checks");
	assert_int_equal(a.status, 200);
	assert_holds(a.body, "1 login that was asked for");
	assert_holds(a.body, form);
	assert_holds(a.body, "Waiting");
	tab_choose(&t, form);
	a = tab_post(&t,
		arena_printf(
			sc.s->mem, "/admin/checks/%lld", (long long)sc.c.id),
		"decision=reject");
	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, "/admin/checks");
	a = tab_get(&t, "/admin/checks");
	assert_holds(a.body, "The login is refused.");
	assert_holds(a.body, "Refused");
	assert_int_equal(state_of(&sc), CHECK_REJECTED);
}

static void
an_admin_cannot_say_yes_for_the_owner(void **state)
{
	struct scene sc = begin(state);
	struct tab t = tab_of(sc.s, "boss", ROLE_OWNER);
	struct answer a = tab_send(&t, "/admin/checks",
		arena_printf(
			sc.s->mem, "/admin/checks/%lld", (long long)sc.c.id),
		"decision=approve");

	assert_int_equal(a.status, 400);
	assert_int_equal(state_of(&sc), CHECK_WAITING);
}

static void
an_admin_takes_back_what_was_allowed(void **state)
{
	struct scene sc = begin(state);
	struct tab t = tab_of(sc.s, "boss", ROLE_OWNER);
	const char *path = arena_printf(
		sc.s->mem, "/admin/checks/%lld/revoke", (long long)sc.c.id);
	struct answer a =
		tab_send(&sc.ann, sc.path, sc.path, "decision=approve");

	a = tab_get(&t, "/admin/checks?status=approved");
	assert_holds(a.body, "Allowed");
	assert_holds(a.body, arena_printf(sc.s->mem, "form-revoke-%lld",
				     (long long)sc.c.id));
	assert_int_equal(tab_post(&t, path, "").status, 303);
	assert_int_equal(state_of(&sc), CHECK_ENDED);
	a = tab_get(&t, "/admin/checks?status=approved");
	assert_holds(a.body, "Nothing matches.");
	assert_int_equal(tab_get(&sc.ann, sc.path).status, 410);
	a = tab_send(&t, "/admin/checks", path, "");
	assert_int_equal(a.status, 303);
	a = tab_get(&t, "/admin/checks");
	assert_holds(a.body, "This was decided already, or is over.");
	a = tab_send(&t, "/admin/checks", "/admin/checks/77/revoke", "");
	assert_int_equal(a.status, 404);
}

static void
what_was_allowed_is_over_when_its_time_is(void **state)
{
	struct scene sc = begin(state);
	struct tab t = tab_of(sc.s, "boss", ROLE_OWNER);
	struct answer a =
		tab_send(&sc.ann, sc.path, sc.path, "decision=approve");

	a = tab_get(&t, "/admin/checks");
	assert_holds(a.body, "Allowed<");
	assert_int_equal(
		db_exec(sc.s->db, "UPDATE ssh_check SET decided_at = 5, "
				  "period = 60"),
		ERR_OK);
	a = tab_get(&t, "/admin/checks?status=ended");
	assert_holds(a.body, ">Allowed, over<");
	assert_lacks(a.body, "form-revoke-");
}

static void
each_state_of_a_login_is_offered_once(void **state)
{
	struct scene sc = begin(state);
	struct tab t = tab_of(sc.s, "boss", ROLE_OWNER);
	const char *any = strstr(tab_get(&t, "/admin/checks").body, ">Any<");

	assert_non_null(any);
	assert_null(strstr(any + 1, ">Any<"));
}

/* ---- the machine that is logged in to ---- */

static struct answer
ask_action(const struct scene *sc, const char *more, const char *wait)
{
	struct node db = node_of(sc->s, sc->db);

	return ask_with(sc->s,
		&(struct ask){ .group = GROUP_INNER,
			.method = "GET",
			.uri = arena_printf(sc->s->mem,
				"/machine/ssh/action/%lld/to/%lld"
				"?local_user=root%s",
				(long long)sc->laptop, (long long)sc->db, more),
			.machine = key_text(
				sc->s->mem, KEY_MACHINE, &db.machine_key),
			.wait = wait });
}

static void
a_machine_waits_for_the_answer_and_hears_it(void **state)
{
	struct scene sc = begin(state);
	struct answer a = ask_action(&sc, "", NULL);
	const char *id = arena_printf(sc.s->mem, "&auth_id=%s",
		tailnet_check_id(sc.s->mem, &sc.s->pepper, &sc.c));

	assert_int_equal(a.status, 200);
	assert_holds(a.body, "\"holdAndDelegate\":\"https://unused/machine/");
	assert_holds(a.body, id);
	a = ask_action(&sc, id, NULL);
	assert_int_equal(a.status, 202);
	assert_string_equal(a.reply.wait,
		arena_printf(sc.s->mem, "check %lld %lld", (long long)sc.c.id,
			(long long)(NOW + CHECK_LIFE_SECONDS)));
	(void)tab_send(&sc.ann, sc.path, sc.path, "decision=approve");
	a = ask_action(&sc, id, "changed");
	assert_int_equal(a.status, 200);
	assert_holds(a.body, "\"accept\":true");
}

static void
another_machine_learns_nothing(void **state)
{
	struct scene sc = begin(state);
	const char *uri = arena_printf(sc.s->mem,
		"/machine/ssh/action/%lld/to/%lld?local_user=root",
		(long long)sc.laptop, (long long)sc.db);

	assert_int_equal(ask(sc.s, GROUP_INNER, "GET", uri, NULL).status, 404);
	assert_int_equal(ask(sc.s, GROUP_OUTER, "GET", uri, NULL).status, 404);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(deleting_a_machine_says_how_many_approvals_end),
		TEST(the_owner_is_shown_who_logs_in_where_and_by_which_rule),
		TEST(nobody_else_may_look_or_decide),
		TEST(who_signed_in_long_ago_proves_it_again),
		TEST(nobody_can_allow_a_login_of_a_machine_with_tags),
		TEST(a_yes_is_stored_and_sends_back_to_the_terminal),
		TEST(a_no_is_stored_and_whoever_comes_second_sees_it),
		TEST(no_decision_is_none),
		TEST(an_old_link_is_gone_and_a_cut_one_says_so),
		TEST(a_login_cannot_become_markup),
		TEST(an_admin_sees_what_waits_and_says_no),
		TEST(an_admin_cannot_say_yes_for_the_owner),
		TEST(an_admin_takes_back_what_was_allowed),
		TEST(what_was_allowed_is_over_when_its_time_is),
		TEST(each_state_of_a_login_is_offered_once),
		TEST(a_machine_waits_for_the_answer_and_hears_it),
		TEST(another_machine_learns_nothing),
	};

	return cmocka_run_group_tests_name("fcgi/ssh_check", tests, NULL, NULL);
}
