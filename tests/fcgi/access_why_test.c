/*
 * access_why_test.c: why one does not reach another, and what there is to reach
 * beside ports of machines.
 */
#include "tests/fcgi/machines.h"

#include "tests/tailnet/policy_rows.h"

#define PAGE "/admin/access"

static const char rich[] =
	"{\"tagOwners\": {\"tag:web\": [], \"tag:gate\": []},\n"
	"\"postures\": {\"posture:new\": [\"custom:tier == 'prod'\"]},\n"
	"\"hosts\": {\"db\": \"10.1.0.5\"},\n"
	"\"grants\": [\n"
	"{\"src\": [\"ann@\"], \"dst\": [\"tag:web\"], \"ip\": "
	"[\"tcp:443\"], \"srcPosture\": [\"posture:new\"]},\n"
	"{\"src\": [\"bob@\"], \"dst\": [\"10.2.0.0/16\"], \"ip\": "
	"[\"tcp:1\"], \"via\": [\"tag:web\"]},\n"
	"{\"src\": [\"bob@\"], \"dst\": [\"10.1.0.0/16\"], \"ip\": "
	"[\"tcp:2\"], \"via\": [\"tag:gate\"]},\n"
	"{\"src\": [\"ann@\"], \"dst\": [\"db\"], \"ip\": [\"tcp:5432\"]},\n"
	"{\"src\": [\"ann@\"], \"dst\": [\"autogroup:internet\"], "
	"\"ip\": [\"udp:53\"]},\n"
	"{\"src\": [\"bob@\"], \"dst\": [\"tag:web\"], \"app\": "
	"{\"example.com/cap/edit\": [{}]}}],\n"
	"\"ssh\": [\n"
	"{\"action\": \"check\", \"src\": [\"bob@\"], \"dst\": "
	"[\"tag:web\"], \"users\": [\"root\", \"autogroup:nonroot\"]}]}";

/* laptop (ann), desk (bob), web, and a gate that is not online: 10.1.0.0/16 and
 * the internet by it; 10.2.0.0/16 waits. */
static void
begin_rich(struct site *s, struct tab *eve)
{
	*eve = tab_of(s, "eve", ROLE_AUDITOR);
	machine(s, &(struct made){ .name = "laptop",
			   .user_id = person_without_password(
				   s, "ann", ROLE_MEMBER) });
	machine(s, &(struct made){ .name = "desk",
			   .user_id = person_without_password(
				   s, "bob", ROLE_MEMBER) });
	machine(s, &(struct made){ .name = "web",
			   .tags = "[\"tag:web\"]",
			   .online = true,
			   .expires_at = s->now - 60 });
	machine(s, &(struct made){ .name = "gate",
			   .tags = "[\"tag:gate\"]",
			   .routes = "[\"0.0.0.0/0\",\"10.1.0.0/16\","
				     "\"10.2.0.0/16\",\"::/0\"]",
			   .approved = "[\"0.0.0.0/0\",\"10.1.0.0/16\","
				       "\"::/0\"]" });
	machine(s, &(struct made){ .name = "new",
			   .tags = "[\"tag:web\"]",
			   .unapproved = true });
	put_policy(s->db, rich);
}

/* Of each rule that could be told only one thing is lacking. */
static void
a_posture_or_a_router_is_nearer_than_another_port(void **state)
{
	static const char near[] =
		"{\"tagOwners\": {\"tag:web\": [], \"tag:gate\": []},\n"
		"\"postures\": {\"posture:new\": [\"custom:tier == 'prod'\"]},\n"
		"\"acls\": [\n"
		"{\"action\": \"accept\", \"src\": [\"ann@\"], \"dst\": "
		"[\"tag:web:5432\"]},\n"
		"{\"action\": \"accept\", \"proto\": \"icmp\", \"src\": [\"*\"], "
		"\"dst\": [\"10.2.0.0/16:*\"]}],\n"
		"\"grants\": [\n"
		"{\"src\": [\"ann@\"], \"dst\": [\"tag:web\"], \"ip\": "
		"[\"tcp:443\"], \"srcPosture\": [\"posture:new\"]},\n"
		"{\"src\": [\"bob@\"], \"dst\": [\"10.2.0.0/16\"], \"ip\": "
		"[\"tcp:1\"], \"via\": [\"tag:web\"]}]}";
	static const char *const cases[][2] = {
		{ "?src=laptop&dst=web&port=443",
			"line 7</a> asks for posture:new" },
		{ "?src=desk&dst=10.2.0.1&port=1",
			"line 8</a> leads by routers with tag:web" },
		{ "?src=laptop&dst=web&port=22",
			"line 4</a> allows 5432 only" },
	};
	struct site *s = *state;
	struct tab eve;

	begin_rich(s, &eve);
	put_policy(s->db, near);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&eve, arena_printf(s->mem, PAGE "%s", cases[i][0]));
		assert_holds(eve.last.body, cases[i][1]);
	}
}

/* Whom it is for is what one who asks can have changed. */
static void
the_rule_for_this_destination_and_port_is_nearest(void **state)
{
	static const char near[] =
		"{\"tagOwners\": {\"tag:web\": [], \"tag:gate\": []},\n"
		"\"groups\": {\"group:dev\": [\"bob@\"]},\n"
		"\"grants\": [\n"
		"{\"src\": [\"autogroup:member\"], \"dst\": "
		"[\"autogroup:self\"], \"ip\": [\"*\"]},\n"
		"{\"src\": [\"bob@\"], \"dst\": [\"*\"], \"ip\": [\"*\"]},\n"
		"{\"src\": [\"ann@\"], \"dst\": [\"tag:web\"], \"ip\": "
		"[\"tcp:443\"]},\n"
		"{\"src\": [\"group:dev\"], \"dst\": [\"tag:web\"], \"ip\": "
		"[\"tcp:22\"]},\n"
		"{\"src\": [\"tag:gate\"], \"dst\": [\"tag:web\"], \"ip\": "
		"[\"tcp:22\"]}]}";
	static const char *const cases[][2] = {
		{ "?src=laptop&dst=web&port=22",
			"line 7</a> is for group:dev, and laptop is not in "
			"group:dev." },
		{ "?src=laptop&dst=web&port=80",
			"line 6</a> allows tcp 443 only." },
		{ "?src=laptop&dst=gate&port=80",
			"line 5</a> is for bob@, and laptop is none of them." },
	};
	struct site *s = *state;
	struct tab eve;

	begin_rich(s, &eve);
	put_policy(s->db, near);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&eve, arena_printf(s->mem, PAGE "%s", cases[i][0]));
		assert_holds(eve.last.body, cases[i][1]);
	}
}

static void
why_not_can_be_acted_upon(void **state)
{
	static const char *const cases[][2] = {
		{ "?src=laptop&dst=web&port=443",
			"line 5</a> asks for posture:new, which laptop does "
			"not fulfil." },
		{ "?src=laptop&dst=web&port=443",
			">The key of web expired at " },
		{ "?src=laptop&dst=web&port=22",
			"does not fulfil; it allows tcp 443 only." },
		{ "?src=desk&dst=10.2.0.1&port=1",
			"line 6</a> leads by routers with tag:web, and none "
			"of them has an approved route to 10.2.0.1." },
		{ "?src=desk&dst=10.2.0.1&port=1",
			">gate advertises 10.2.0.0/16, which is not "
			"approved.</div>" },
		{ "?src=desk&dst=10.1.0.1&port=2",
			">gate carries 10.1.0.0/16 and is not online.</div>" },
		{ "?src=web&dst=gate",
			"no rule is for web, and none leads to gate." },
		{ "?src=desk&dst=10.1.0.1&port=2",
			"<h2>Allowed, but nothing gets through now</h2>" },
		{ "?src=desk&dst=10.1.0.1&port=2",
			" is allowed to reach 10.1.0.1 by " },
		{ "?src=desk&dst=10.1.0.1&port=2",
			"</a>, but nothing leads there:<div class=\"sub\"" },
		{ "?src=laptop&dst=db&port=5432", "10.1.0.0/16 and is not" },
		{ "?src=laptop&dst=db&port=5433", "allows tcp 5432 only." },
		{ "?src=laptop&dst=fd7a:115c:a1e0::9:9", "<h2>No</h2>" },
		{ "?src=laptop&dst=new",
			"&quot;new&quot; waits for the approval of an admin" },
	};
	struct site *s = *state;
	struct tab eve;

	begin_rich(s, &eve);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&eve, arena_printf(s->mem, PAGE "%s", cases[i][0]));
		assert_int_equal(eve.last.status, 200);
		assert_sound(s->mem, eve.last.body);
		assert_holds(eve.last.body, cases[i][1]);
	}
}

static void
logins_apps_and_what_lies_behind_routers_are_listed(void **state)
{
	struct site *s = *state;
	struct tab eve;

	begin_rich(s, &eve);
	tab_get(&eve, PAGE "?src=desk");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body,
		"data-kind=\"ssh\"><th scope=\"row\" data-col=\"from\" data-label=\"From\">");
	assert_holds(eve.last.body,
		">SSH as root, autogroup:nonroot, after a check</td>");
	assert_holds(eve.last.body, "?line=12\">line 12</a>");
	assert_holds(eve.last.body, ">app example.com/cap/edit</td>");
	assert_holds(eve.last.body, "10.1.0.0/16");
	assert_holds(eve.last.body, ">tcp 2 via tag:gate</td>");
	assert_lacks(eve.last.body, "10.2.0.0/16");
	tab_get(&eve, PAGE "?src=laptop");
	assert_holds(eve.last.body,
		"data-label=\"To\">db</td><td data-col=\"ports\" data-label=\"Ports\">tcp "
		"5432</td>");
	assert_holds(eve.last.body,
		"data-label=\"To\">the internet</td><td data-col=\"ports\" data-label=\"Ports\">udp 53</td>");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_rule_for_this_destination_and_port_is_nearest),
		TEST(why_not_can_be_acted_upon),
		TEST(a_posture_or_a_router_is_nearer_than_another_port),
		TEST(logins_apps_and_what_lies_behind_routers_are_listed),
	};

	return cmocka_run_group_tests_name(
		"fcgi/access_why", tests, NULL, NULL);
}
