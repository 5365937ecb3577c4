/* What tests of a policy tell of their failures, and which rule decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "policy/ssh.h"
#include "policy/tests.h"
#include "policy/who.h"
#include "tests/lib/policy_case.h"

enum {
	ALICE = 1,
	BOB,
	CAROL,     /* has no machine */
	PHONE = 1, /* alice's */
	LAPTOP,    /* alice's */
	DESK,      /* bob's */
	SERVER,    /* tag:server */
	ROUTER,    /* tag:router, 10.1.0.0/16 */
};

static const char *const server_tags[] = { "tag:server" };
static const char *const router_tags[] = { "tag:router" };
static const char *const subnet[] = { "10.1.0.0/16" };

#define LIST(a)                                                \
	{                                                      \
		(const char **)(a), sizeof(a) / sizeof((a)[0]) \
	}

static struct engine *
tailnet(void)
{
	static const struct engine_person people[] = {
		{ .id = ALICE,
			.login = "alice@example.com",
			.role = POLICY_ROLE_OWNER },
		{ .id = BOB,
			.login = "bob@example.com",
			.role = POLICY_ROLE_MEMBER },
		{ .id = CAROL,
			.login = "carol@example.com",
			.role = POLICY_ROLE_MEMBER },
	};
	const struct engine_machine machines[] = {
		{ .id = PHONE,
			.user_id = ALICE,
			.ipv4 = "100.64.0.1",
			.ipv6 = "fd7a:115c:a1e0::1",
			.online = true },
		{ .id = LAPTOP,
			.user_id = ALICE,
			.ipv4 = "100.64.0.2",
			.ipv6 = "fd7a:115c:a1e0::2",
			.online = true },
		{ .id = DESK,
			.user_id = BOB,
			.ipv4 = "100.64.0.3",
			.ipv6 = "fd7a:115c:a1e0::3",
			.online = true },
		{ .id = SERVER,
			.tags = LIST(server_tags),
			.ipv4 = "100.64.0.4",
			.ipv6 = "fd7a:115c:a1e0::4",
			.online = true },
		{ .id = ROUTER,
			.tags = LIST(router_tags),
			.ipv4 = "100.64.0.5",
			.ipv6 = "fd7a:115c:a1e0::5",
			.routes = LIST(subnet),
			.approved_routes = LIST(subnet),
			.online = true },
	};
	struct engine *e = engine_new();

	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		assert_int_equal(engine_put_person(e, &people[i]), ERR_OK);
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		assert_int_equal(engine_put_machine(e, &machines[i]), ERR_OK);
	return e;
}

#define HEAD                                                 \
	"{'tagOwners': {'tag:server': [], 'tag:router': []," \
	" 'tag:later': []},\n"                               \
	" 'groups': {'group:both': ['alice@example.com',\n"  \
	"                           'bob@example.com']},\n"  \
	" 'hosts': {'far': '192.0.2.9', 'net': '10.0.0.0/8'},\n"

/* The policy is in force, the arena is the caller's. */
static void
obey(struct engine *e, struct arena *mem, const char *written)
{
	struct policy_error error = { NULL, { 0, 0 } };
	struct policy *p = policy_case_load(mem, written, &error);

	if (!p)
		fail_msg("%s: %s", written, error.text);
	engine_set_policy(e, p);
}

/* ---- failures ------------------------------------------------------------ */

struct row {
	const char *entry, *error; /* NULL: it holds */
};

static void
check_row(const char *section, const char *rules, const struct row *row)
{
	struct arena *mem = arena_new();
	struct engine *e = tailnet();
	struct policy_error error = { NULL, { 0, 0 } };
	struct policy_failures all;
	enum err err;

	obey(e, mem,
		arena_printf(mem, HEAD "%s,\n'%s': [\n  %s]}", rules, section,
			row->entry));
	err = policy_tests(e, mem, &error, &all);
	if (!row->error) {
		if (err)
			fail_msg("%s: %s", row->entry, all.at[0].errors.at[0]);
		assert_int_equal(all.count, 0);
	} else if (!err) {
		fail_msg("%s holds", row->entry);
	} else {
		assert_int_equal(err, ERR_POLICY);
		assert_string_equal(error.text, "test(s) failed");
		assert_int_equal(all.count, 1);
		assert_string_equal(all.at[0].section, section);
		assert_string_equal(all.at[0].errors.at[0], row->error);
		assert_int_equal(all.at[0].place.column, 3);
		assert_int_equal(error.place.line, all.at[0].place.line);
	}
	engine_free(e);
	arena_free(mem);
}

static void
a_test_that_fails_says_what_was_wanted_and_what_came(void **state)
{
	static const struct row rows[] = {
		{ "{'src': 'bob@example.com', 'accept': ['tag:server:22']}",
			NULL },
		{ "{'src': 'bob@example.com', 'accept': ['tag:server:80']}",
			"address \"tag:server:80\": want: Accept, got: Drop" },
		{ "{'src': 'bob@example.com', 'deny': ['tag:server:22']}",
			"address \"tag:server:22\": want: Drop, got: Accept" },
		{ "{'src': 'group:both', 'accept': ['tag:server:22']}",
			"address \"tag:server:22\": want: Accept, got: Drop" },
		{ "{'src': 'group:both', 'deny': ['tag:server:22']}", NULL },
		{ "{'src': 'alice@example.com',"
		  " 'accept': ['100.64.0.2:8080']}",
			NULL },
		{ "{'src': 'bob@example.com', 'proto': 'icmp',"
		  " 'accept': ['tag:server:0']}",
			NULL },
		{ "{'src': 'bob@example.com', 'proto': 'udp',"
		  " 'deny': ['tag:server:22']}",
			NULL },
		{ "{'src': 'tag:server', 'accept': ['10.1.2.3:443']}", NULL },
		/* no protocol: TCP or UDP */
		{ "{'src': 'tag:server', 'accept': ['tag:router:53']}", NULL },
		{ "{'src': 'tag:server', 'accept': ['10.2.2.3:443']}",
			"address \"10.2.2.3:443\": want: Accept, got: Drop" },
		/* To tests a rule without a protocol is for any. */
		{ "{'src': 'alice@example.com', 'proto': 'sctp',"
		  " 'accept': ['100.64.0.2:8080']}",
			NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row("tests",
			"'acls': [{'action': 'accept', 'proto': 'tcp',"
			" 'src': ['bob@example.com'],"
			" 'dst': ['tag:server:22']},"
			" {'action': 'accept', 'proto': 'udp',"
			" 'src': ['tag:server'], 'dst': ['tag:router:53']},"
			" {'action': 'accept', 'src': ['autogroup:member'],"
			" 'dst': ['autogroup:self:*']}],"
			" 'grants': [{'src': ['tag:server'],"
			" 'dst': ['10.0.0.0/8'], 'ip': ['443'],"
			" 'via': ['tag:router']}]",
			&rows[i]);
}

static void
what_is_wrong_with_an_entry_makes_it_fail(void **state)
{
#define UNCLEAR ": not a host that is known and one port"
	static const struct row rows[] = {
		{ "{'accept': ['far:22']}", "src \"\": names nobody" },
		{ "{'src': '*', 'accept': ['far:22']}",
			"src \"*\": names nobody" },
		{ "{'src': 'net', 'accept': ['far:22']}",
			"src \"net\": names nobody" },
		{ "{'src': 'tag:none', 'accept': ['far:22']}",
			"src \"tag:none\": names nobody" },
		{ "{'src': 'group:none', 'deny': ['far:22']}",
			"src \"group:none\": names nobody" },
		{ "{'src': 'autogroup:owner', 'deny': ['far:22']}",
			"src \"autogroup:owner\": names nobody" },
		{ "{'src': 'bob@example.com'}",
			"neither accept nor deny has an address" },
		{ "{'src': 'bob@example.com', 'proto': 'gre',"
		  " 'accept': ['far:22']}",
			"proto \"gre\": only tcp, udp, sctp and icmp can be "
			"tested" },
		{ "{'src': 'bob@example.com', 'proto': 'icmp',"
		  " 'accept': ['far:22']}",
			"address \"far:22\"" UNCLEAR },
		{ "{'src': 'bob@example.com', 'accept': ['far']}",
			"address \"far\"" UNCLEAR },
		{ "{'src': 'bob@example.com', 'accept': ['far:22,23']}",
			"address \"far:22,23\"" UNCLEAR },
		{ "{'src': 'bob@example.com', 'accept': ['far:*']}",
			"address \"far:*\"" UNCLEAR },
		{ "{'src': 'bob@example.com', 'deny': ['net:22']}",
			"address \"net:22\"" UNCLEAR },
		{ "{'src': 'bob@example.com', 'deny': ['1.2.3.4/32:22']}",
			"address \"1.2.3.4/32:22\"" UNCLEAR },
		{ "{'src': 'carol@example.com', 'accept': ['far:22']}",
			"src \"carol@example.com\": has no machine yet" },
		{ "{'src': 'dave@example.com', 'accept': ['far:22']}",
			"src \"dave@example.com\": names nobody" },
		{ "{'src': 'tag:later', 'accept': ['far:22']}",
			"src \"tag:later\": names no machine yet" },
		{ "{'src': 'bob@example.com', 'accept': ['tag:later:443']}",
			"address \"tag:later:443\": tag:later names no machine "
			"yet" },
		{ "{'src': 'bob@example.com', 'accept': ['tag:later:*']}",
			"address \"tag:later:*\"" UNCLEAR },
		{ "{'src': 'bob@example.com', 'deny': "
		  "['carol@example.com:1']}",
			"address \"carol@example.com:1\": carol@example.com "
			"has no machine yet" },
		{ "{'src': 'bob@example.com', 'accept': ['far:22']}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row("tests",
			"'acls': [{'action': 'accept', 'src': ['*'],"
			" 'dst': ['*:*']}]",
			&rows[i]);
}

static void
an_ssh_test_that_fails_says_what_came(void **state)
{
	static const struct row rows[] = {
		{ "{'src': 'bob@example.com', 'dst': ['tag:server'],"
		  " 'accept': ['ubuntu'], 'deny': ['root']}",
			NULL },
		{ "{'src': 'bob@example.com', 'dst': ['tag:server'],"
		  " 'accept': ['root']}",
			"user \"root\" on \"tag:server\": want: Accept, got: "
			"Deny" },
		{ "{'src': 'bob@example.com', 'dst': ['100.64.0.4'],"
		  " 'check': ['ubuntu']}",
			"user \"ubuntu\" on \"100.64.0.4\": want: Check, got: "
			"Accept" },
		{ "{'src': 'alice@example.com', 'dst': ['autogroup:self'],"
		  " 'check': ['root']}",
			NULL },
		{ "{'src': 'alice@example.com', 'dst': ['autogroup:self'],"
		  " 'accept': ['root']}",
			"user \"root\" on \"autogroup:self\": want: Accept, "
			"got: Check" },
		{ "{'src': 'bob@example.com', 'dst': ['192.0.2.1'],"
		  " 'deny': ['root']}",
			"dst \"192.0.2.1\": names no machine" },
		{ "{'src': 'bob@example.com', 'dst': ['tag:later'],"
		  " 'deny': ['root']}",
			"dst \"tag:later\": names no machine yet" },
		{ "{'src': 'bob@example.com', 'deny': ['root']}",
			"dst names nobody" },
		{ "{'src': 'far', 'dst': ['tag:server'], 'deny': ['root']}",
			NULL },
		{ "{'src': 'bob@example.com', 'dst': ['tag:server']}",
			"accept, check and deny are empty" },
		{ "{'src': 'bob@example.com', 'dst': ['tag:server'],"
		  " 'deny': ['']}",
			"a user is empty" },
		{ "{'src': 'nobody@example.com', 'dst': ['tag:server'],"
		  " 'deny': ['root']}",
			"src \"nobody@example.com\": names nobody" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row("sshTests",
			"'ssh': [{'action': 'accept',"
			" 'src': ['bob@example.com'],"
			" 'dst': ['tag:server'],"
			" 'users': ['autogroup:nonroot']},"
			" {'action': 'check', 'src': ['autogroup:owner'],"
			" 'dst': ['autogroup:self'], 'users': ['root']}]",
			&rows[i]);
}

/* Both families of a source, any rule for a ping, and by way of a router. */
static void
a_test_goes_by_every_address_and_by_every_rule(void **state)
{
	static const struct row rows[] = {
		{ "{'src': 'bob@example.com', 'accept': ['tag:server:22']}",
			"address \"tag:server:22\": want: Accept, got: Drop" },
		{ "{'src': '100.64.0.3', 'accept': ['tag:server:22']}", NULL },
		{ "{'src': 'alice@example.com', 'proto': 'icmp',"
		  " 'accept': ['tag:server:0']}",
			NULL },
		{ "{'src': 'alice@example.com', 'accept': ['10.1.2.3:443'],"
		  " 'deny': ['10.2.0.1:443']}",
			NULL },
		{ "{'src': 'alice@example.com', 'accept':"
		  " ['100.64.0.4/32:80']}",
			"address \"100.64.0.4/32:80\": not a host that is "
			"known and one port" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row("tests",
			"'acls': [{'action': 'accept', 'src': ['100.64.0.3'],"
			" 'dst': ['tag:server:22']}],"
			" 'grants': [{'src': ['alice@example.com'],"
			" 'dst': ['tag:server'], 'ip': ['tcp:80']},"
			" {'src': ['alice@example.com'], 'dst': ['net'],"
			" 'via': ['tag:router'], 'ip': ['443']}]",
			&rows[i]);
}

/* Each machine of the destination, by the first rule that fits; checks go
 * before accepts. */
static void
an_ssh_test_asks_every_machine_for_its_first_rule(void **state)
{
	static const struct row rows[] = {
		{ "{'src': 'alice@example.com', 'dst': ['group:both'],"
		  " 'check': ['root']}",
			"user \"root\" on \"group:both\": want: Check, got: "
			"Deny" },
		{ "{'src': 'bob@example.com', 'dst': ['tag:server'],"
		  " 'check': ['ubuntu'], 'accept': ['debian'],"
		  " 'deny': ['root']}",
			NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row("sshTests",
			"'ssh': [{'action': 'accept',"
			" 'src': ['bob@example.com'], 'dst': ['tag:server'],"
			" 'users': ['ubuntu', 'debian']},"
			" {'action': 'check', 'src': ['bob@example.com'],"
			" 'dst': ['tag:server'], 'users': ['ubuntu']},"
			" {'action': 'check', 'src': ['autogroup:owner'],"
			" 'dst': ['autogroup:self'], 'users': ['root']}]",
			&rows[i]);
}

static void
every_entry_that_fails_is_told(void **state)
{
	struct arena *mem = arena_new();
	struct engine *e = tailnet();
	struct policy_error error = { NULL, { 0, 0 } };
	struct policy_failures all;

	(void)state;
	obey(e, mem,
		HEAD "'acls': [],\n"
		     "'sshTests': [{'src': 'x'}],\n"
		     "'tests': [{'src': 'bob@example.com',"
		     " 'accept': ['far:22', 'tag:server:22']},\n"
		     "  {'src': 'bob@example.com', 'deny': ['far:1']},\n"
		     "  {'src': ''}]}");
	assert_int_equal(policy_tests(e, mem, &error, &all), ERR_POLICY);
	assert_int_equal(all.count, 3);
	assert_int_equal(all.at[0].number, 0);
	assert_int_equal(all.at[0].errors.count, 2);
	assert_string_equal(all.at[0].src, "bob@example.com");
	assert_int_equal(all.at[1].number, 2);
	assert_string_equal(all.at[2].section, "sshTests");
	assert_int_equal(error.place.line, 7);
	assert_int_equal(all.at[1].place.line, 9);
	engine_free(e);
	arena_free(mem);
}

/* ---- who ----------------------------------------------------------------- */

static void
check_who(struct engine *e, int64_t src, int64_t dst, int port, int proto,
	const char *rule, uint32_t line)
{
	struct arena *mem = arena_new();
	struct reach_rule r = policy_who_machines(e, src, dst, port, proto);

	assert_string_equal(reach_words(mem, &r), rule);
	assert_int_equal(r.place.line, line);
	arena_free(mem);
}

static void
the_rule_that_decides_is_named(void **state)
{
	struct arena *mem = arena_new();
	struct engine *e = tailnet();
	struct addr foreign, inside;
	struct reach_rule r;

	(void)state;
	obey(e, mem,
		"{'tagOwners': {'tag:server': [], 'tag:router': []},\n"
		" 'acls': [\n"
		"  {'action': 'accept', 'src': ['bob@example.com'],"
		" 'dst': ['tag:server:22']},\n"
		"  {'action': 'accept', 'src': ['*'],"
		" 'dst': ['tag:server:20-30', '10.0.0.0/8:*']}],\n"
		" 'grants': [\n"
		"  {'src': ['bob@example.com'], 'dst': ['autogroup:self'],"
		" 'ip': ['*']},\n"
		"  {'src': ['alice@example.com'], 'dst': ['tag:server'],"
		" 'ip': ['udp:53', '443'], 'app': {'a.b/c': []}}]}");
	check_who(e, DESK, SERVER, 22, POLICY_NO_PROTO, "acls[0]", 3);
	check_who(e, PHONE, SERVER, 22, POLICY_NO_PROTO, "acls[1]", 4);
	check_who(e, PHONE, SERVER, 53, 17, "grants[1]", 7);
	check_who(e, PHONE, SERVER, 53, 6, "no rule", 0);
	check_who(e, PHONE, SERVER, REACH_ANY_PORT, 6, "grants[1]", 7);
	check_who(e, DESK, DESK, 1, 6, "grants[0]", 6);
	check_who(e, DESK, SERVER, 443, POLICY_NO_PROTO, "no rule", 0);
	check_who(e, DESK, 99, 22, POLICY_NO_PROTO, "no rule", 0);
	/* Without a protocol: TCP, UDP and ICMP; pings go with any port. */
	check_who(e, DESK, ROUTER, 22, 132, "no rule", 0);
	check_who(e, DESK, SERVER, 22, 132, "no rule", 0);
	check_who(e, DESK, SERVER, REACH_ANY_PORT, REACH_ICMP, "acls[0]", 3);
	check_who(e, DESK, SERVER, REACH_ANY_PORT, REACH_ICMPV6, "acls[0]", 3);
	check_who(e, DESK, SERVER, REACH_ANY_PORT, 47, "no rule", 0);
	assert_int_equal(addr_parse("192.0.2.1", &foreign), ERR_OK);
	assert_int_equal(addr_parse("10.1.2.3", &inside), ERR_OK);
	r = policy_who(e, foreign, inside, 1, 6);
	assert_int_equal(r.section, REACH_NOTHING);
	r = policy_who(e, inside, inside, 1, 6);
	assert_int_equal(r.section, REACH_ACLS); /* the router's subnet */
	engine_free(e);
	arena_free(mem);
}

static void
without_rules_everything_is_allowed_from_the_tailnet(void **state)
{
	struct arena *mem = arena_new();
	struct engine *e = tailnet();
	struct addr foreign, own;

	(void)state;
	obey(e, mem, "{}");
	check_who(e, PHONE, DESK, 1, 6,
		"no acls and no grants: everything is allowed", 0);
	assert_int_equal(addr_parse("192.0.2.1", &foreign), ERR_OK);
	assert_int_equal(addr_parse("100.64.0.3", &own), ERR_OK);
	assert_int_equal(
		policy_who(e, foreign, own, 1, 6).section, REACH_NOTHING);
	obey(e, mem, "{'grants': []}");
	check_who(e, PHONE, DESK, 1, 6, "no rule", 0);
	engine_free(e);
	arena_free(mem);
}

/* ---- SSH ----------------------------------------------------------------- */

static void
the_rule_that_a_login_meets_is_told(void **state)
{
	struct arena *mem = arena_new();
	struct engine *e = tailnet();
	const struct machine *phone, *desk, *server;
	const struct ssh_rule *rule = NULL;

	(void)state;
	obey(e, mem,
		"{'tagOwners': {'tag:server': [], 'tag:router': []}, 'ssh': [\n"
		" {'action': 'accept', 'src': ['autogroup:member'],"
		" 'dst': ['tag:server'], 'users': ['localpart:*@example.com',"
		" 'ubuntu']},\n"
		" {'action': 'check', 'src': ['bob@example.com'],"
		" 'dst': ['tag:server'], 'users': ['ubuntu'],"
		" 'checkPeriod': '1h'}]}");
	phone = engine_machine(e, PHONE);
	desk = engine_machine(e, DESK);
	server = engine_machine(e, SERVER);
	/* checks come first, whatever the order of the file */
	assert_int_equal(
		ssh_decide(e, desk, server, "ubuntu", &rule), SSH_CHECK);
	assert_int_equal(rule->place.line, 3);
	assert_int_equal(
		ssh_decide(e, phone, server, "ubuntu", &rule), SSH_ACCEPT);
	assert_int_equal(rule->place.line, 2);
	assert_int_equal(
		ssh_decide(e, phone, server, "alice", NULL), SSH_ACCEPT);
	assert_int_equal(
		ssh_decide(e, desk, server, "alice", &rule), SSH_NOTHING);
	assert_null(rule);
	assert_int_equal(
		ssh_decide(e, server, phone, "ubuntu", NULL), SSH_NOTHING);
	engine_free(e);
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_test_that_fails_says_what_was_wanted_and_what_came),
		cmocka_unit_test(what_is_wrong_with_an_entry_makes_it_fail),
		cmocka_unit_test(an_ssh_test_that_fails_says_what_came),
		cmocka_unit_test(every_entry_that_fails_is_told),
		cmocka_unit_test(
			a_test_goes_by_every_address_and_by_every_rule),
		cmocka_unit_test(
			an_ssh_test_asks_every_machine_for_its_first_rule),
		cmocka_unit_test(the_rule_that_decides_is_named),
		cmocka_unit_test(
			without_rules_everything_is_allowed_from_the_tailnet),
		cmocka_unit_test(the_rule_that_a_login_meets_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
