/* What comes out of a policy, and that odd ones are accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/policy_case.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct policy *
load(struct arena *mem, const char *written)
{
	struct policy_error error;
	struct policy *p = policy_case_load(mem, written, &error);

	if (!p)
		fail_msg("%s: %s", written, error.text);
	return p;
}

/* ---- things as texts, to be compared at a glance ---- */

static const char *
texts_text(struct arena *mem, struct json_texts l)
{
	const char *s = "";

	for (size_t i = 0; i < l.count; i++)
		s = arena_printf(mem, "%s%s%s", s, i ? " " : "", l.at[i]);
	return s;
}

static const char *
aliases_text(struct arena *mem, const struct policy *p, struct alias_list l)
{
	const char *s = "";

	for (size_t i = 0; i < l.count; i++)
		s = arena_printf(mem, "%s%s%s", s, i ? " " : "",
			p->aliases[l.at[i]].text);
	return s;
}

static const char *
ports_text(struct arena *mem, struct port_list l)
{
	const char *s = "";

	for (size_t i = 0; i < l.count; i++)
		s = arena_printf(mem, "%s%s%u-%u", s, i ? "," : "",
			l.at[i].first, l.at[i].last);
	return s;
}

static const char *
ranges_text(struct arena *mem, struct range_set set)
{
	char one[RANGE_TEXT_SIZE];
	const char *s = "";

	for (size_t i = 0; i < set.count; i++) {
		range_print(set.at[i], one);
		s = arena_printf(mem, "%s%s%s", s, i ? " " : "", one);
	}
	return s;
}

static const struct alias *
alias(const struct policy *p, const char *text)
{
	size_t number = policy_alias(p, text);

	if (number == SIZE_MAX)
		fail_msg("%s has no number", text);
	assert_string_equal(p->aliases[number].text, text);
	return &p->aliases[number];
}

/* ---- aliases ---- */

static void
each_alias_has_one_number_and_what_it_stands_for(void **state)
{
	static const char text[] =
		"{'groups': {'group:g': ['a@b', 'c@d'], 'group:e': null}, "
		"'hosts': {'h': '10.1.2.3/32', 'net': '10.1.2.3/8'}, "
		"'tagOwners': {'tag:t': ['group:g'], 'tag:unused': []}, "
		"'acls': [{'action': 'accept', 'src': ['*', 'group:g', "
		"'group:e', 'a@b', 'user:*@example.com', 'tag:t', "
		"'autogroup:members', 'autogroup:tagged', "
		"'autogroup:danger-all', 'autogroup:shared', "
		"'autogroup:it-admin', 'h', ' net ', '1.2.3.4', "
		"'fd7a::1/64'], 'dst': ['*:1', 'h:2', 'svc:web:3', "
		"'autogroup:internet:4', '[FD7A::1]:5']}, "
		"{'action': 'accept', 'src': ['a@b'], 'dst': "
		"['autogroup:self:*']}]}";
	static const struct {
		const char *text;
		enum alias_kind kind;
	} kinds[] = {
		{ "*", ALIAS_ANY },
		{ "group:g", ALIAS_GROUP },
		{ "group:e", ALIAS_GROUP },
		{ "a@b", ALIAS_USER },
		{ "user:*@example.com", ALIAS_DOMAIN },
		{ "tag:t", ALIAS_TAG },
		{ "autogroup:members", ALIAS_MEMBER },
		{ "autogroup:tagged", ALIAS_TAGGED },
		{ "autogroup:danger-all", ALIAS_DANGER },
		{ "autogroup:shared", ALIAS_SHARED },
		{ "autogroup:it-admin", ALIAS_ROLE },
		{ "h", ALIAS_HOST },
		{ "net", ALIAS_HOST },
		{ "1.2.3.4", ALIAS_ADDRESS },
		{ "fd7a::1/64", ALIAS_ADDRESS },
		{ "svc:web", ALIAS_SERVICE },
		{ "autogroup:internet", ALIAS_INTERNET },
		{ "FD7A::1", ALIAS_ADDRESS },
		{ "autogroup:self", ALIAS_SELF },
	};
	struct arena *mem = arena_new();
	struct policy *p = load(mem, text);
	char print[RANGE_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		assert_int_equal(alias(p, kinds[i].text)->kind, kinds[i].kind);
	assert_int_equal(p->alias_count, COUNT(kinds));
	assert_int_equal(policy_alias(p, "tag:unused"), SIZE_MAX);
	assert_true(policy_has_tag(p, "tag:unused"));
	assert_false(policy_has_tag(p, "tag:x"));
	assert_int_equal(p->acls[0].src.at[3], policy_alias(p, "a@b"));
	assert_int_equal(p->acls[1].src.at[0], policy_alias(p, "a@b"));
	assert_int_equal(p->acls[0].dst[1].alias, p->acls[0].src.at[11]);
	assert_string_equal(
		texts_text(mem, alias(p, "group:g")->logins), "a@b c@d");
	assert_int_equal(alias(p, "group:e")->logins.count, 0);
	assert_string_equal(texts_text(mem, alias(p, "a@b")->logins), "a@b");
	assert_string_equal(
		alias(p, "user:*@example.com")->domain, "example.com");
	assert_int_equal(
		alias(p, "autogroup:it-admin")->role, POLICY_ROLE_IT_ADMIN);
	range_print(alias(p, "h")->literal, print);
	assert_string_equal(print, "10.1.2.3");
	range_print(alias(p, "net")->literal, print);
	assert_string_equal(print, "10.0.0.0/8");
	range_print(alias(p, "fd7a::1/64")->literal, print);
	assert_string_equal(print, "fd7a::/64");
	policy_free(p);
	arena_free(mem);
}

static void
a_host_name_goes_before_an_address_of_that_form(void **state)
{
	struct arena *mem = arena_new();
	struct policy *p = load(mem,
		"{'hosts': {'1.2.3.4': '5.6.7.8', 'tag:t': '5.6.7.8'}, "
		"'tagOwners': {'tag:t': []}, 'acls': [{'action': 'accept', "
		"'src': ['1.2.3.4', 'tag:t']}]}");

	(void)state;
	assert_int_equal(alias(p, "1.2.3.4")->kind, ALIAS_HOST);
	assert_int_equal(alias(p, "tag:t")->kind, ALIAS_TAG);
	policy_free(p);
	arena_free(mem);
}

/* ---- rules ---- */

static void
acls_are_kept_in_the_order_of_the_file(void **state)
{
	struct arena *mem = arena_new();
	struct policy *p = load(mem,
		"{'tagOwners': {'tag:t': []}, 'ACLs': [\n"
		"  {'Action': 'accept', 'users': ['*'], 'ports': ['tag:t:22', "
		"'*:*', 'tag:t:80,443-445'], 'proto': 'TCP'},\n"
		"  {'action': 'accept', 'src': [], 'dst': "
		"['fd7a::1:022', '[fd7a::/48]:*'], 'proto': null},\n"
		"  {'action': ' accept\\u00a0', 'dst': ['*:*'], 'src': null, "
		"'proto': '47'},]}");
	static const struct {
		size_t acl;
		const char *host, *ports;
	} dsts[] = {
		{ 0, "tag:t", "22-22" },
		{ 0, "*", "0-65535" },
		{ 0, "tag:t", "80-80,443-445" },
		{ 1, "fd7a::1", "22-22" },
		{ 1, "fd7a::/48", "0-65535" },
		{ 2, "*", "0-65535" },
	};
	static const int protos[] = { 6, POLICY_NO_PROTO, 47 };
	size_t k = 0;

	(void)state;
	assert_true(p->has_acls);
	assert_false(p->has_grants);
	assert_int_equal(p->acl_count, 3);
	assert_string_equal(aliases_text(mem, p, p->acls[0].src), "*");
	assert_int_equal(p->acls[1].src.count, 0);
	for (size_t i = 0; i < COUNT(dsts); i++, k++) {
		const struct acl *a = &p->acls[dsts[i].acl];

		if (i && dsts[i - 1].acl != dsts[i].acl)
			k = 0;
		assert_string_equal(
			p->aliases[a->dst[k].alias].text, dsts[i].host);
		assert_string_equal(
			ports_text(mem, a->dst[k].ports), dsts[i].ports);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(p->acls[i].proto, protos[i]);
		assert_int_equal(p->acls[i].place.line, i + 2);
		assert_int_equal(p->acls[i].place.column, 3);
	}
	policy_free(p);
	arena_free(mem);
}

static void
ports_of_a_grant_are_gathered_by_protocol(void **state)
{
	struct arena *mem = arena_new();
	struct policy *p = load(mem,
		"{'tagOwners': {'tag:t': []}, 'grants': [{'src': ['a@b'], "
		"'dst': ['tag:t', '*'], 'via': ['tag:t'], 'ip': ['tcp:22', "
		"'80', 'UDP:53', '6:443-445', '*', '*:9', 'icmp:*', '47']}]}");
	static const struct {
		int proto;
		const char *ports;
	} ip[] = {
		{ 6, "22-22,443-445" },
		{ POLICY_NO_PROTO, "80-80,0-65535,9-9,47-47" },
		{ 17, "53-53" },
		{ 1, "0-65535" },
	};
	const struct grant *g = p->grants;

	(void)state;
	assert_true(p->has_grants);
	assert_int_equal(g->ip_count, COUNT(ip));
	for (size_t i = 0; i < COUNT(ip); i++) {
		assert_int_equal(g->ip[i].proto, ip[i].proto);
		assert_string_equal(
			ports_text(mem, g->ip[i].ports), ip[i].ports);
	}
	assert_string_equal(aliases_text(mem, p, g->src), "a@b");
	assert_string_equal(aliases_text(mem, p, g->dst), "tag:t *");
	assert_string_equal(aliases_text(mem, p, g->via), "tag:t");
	assert_int_equal(g->app_count, 0);
	policy_free(p);
	arena_free(mem);
}

static void
values_of_capabilities_are_kept_as_they_are_written(void **state)
{
	struct arena *mem = arena_new();
	struct policy *p = load(mem,
		"{'grants': [{'app': {\n'a.b/deep/path': [ 1.0, 1e400, // x\n"
		" 123456789012345678901234567890, ' a  b\\u0000 ', {'x': "
		"[null, ],},],\n'tailscale.com/cap/drive': null, 'c/d': []}}],"
		" 'nodeAttrs': [{'app': {'tailscale.com/app-connectors': "
		"[ {} ]}}]}");
	const struct grant *g = p->grants;

	(void)state;
	assert_int_equal(g->app_count, 3);
	assert_string_equal(g->app[0].name, "a.b/deep/path");
	assert_string_equal(g->app[0].values.text,
		"[1.0,1e400,123456789012345678901234567890,"
		"\" a  b\\u0000 \",{\"x\":[null]}]");
	assert_string_equal(g->app[1].values.text, "[]");
	assert_string_equal(g->app[2].values.text, "[]");
	assert_int_equal(p->attrs[0].app_count, 1);
	assert_string_equal(
		p->attrs[0].app[0].name, "tailscale.com/app-connectors");
	assert_string_equal(p->attrs[0].app[0].values.text, "[{}]");
	policy_free(p);
	arena_free(mem);
}

static void
ssh_rules_are_read(void **state)
{
	struct arena *mem = arena_new();
	struct policy *p = load(mem,
		"{'tagOwners': {'tag:t': []}, 'ssh': [{'action': ' check ', "
		"'src': ['a@b'], 'dst': ['a@b', 'autogroup:self', 'tag:t'], "
		"'users': ['\\troot', 'autogroup:nonroot', "
		"'localpart:*@example.com', 'localpart:*@', 'localpart:x'], "
		"'checkPeriod': '1h30m', 'acceptEnv': [' A* ', '**'], "
		"'recorder': ['tag:t'], 'enforceRecorder': true}, "
		"{'action': 'check', 'users': ['a'], 'checkPeriod': 'always', "
		"'src': null}, {'action': 'check', 'users': ['a'], "
		"'checkPeriod': null}, {'action': 'accept', 'users': ['a']}]}");
	const struct ssh_rule *r = p->ssh;
	const int64_t minute = 60000000000;

	(void)state;
	assert_int_equal(p->ssh_count, 4);
	assert_true(r->check);
	assert_string_equal(aliases_text(mem, p, r->src), "a@b");
	assert_string_equal(
		aliases_text(mem, p, r->dst), "a@b autogroup:self tag:t");
	assert_string_equal(texts_text(mem, r->users),
		"root autogroup:nonroot localpart:*@ localpart:x");
	assert_string_equal(texts_text(mem, r->localparts), "example.com");
	assert_string_equal(texts_text(mem, r->accept_env), " A*  **");
	assert_int_equal(r->check_period_ns, 90 * minute);
	assert_string_equal(aliases_text(mem, p, r->recorder), "tag:t");
	assert_true(r->enforce_recorder);
	assert_int_equal(r[1].check_period_ns, -1);
	assert_int_equal(r[2].check_period_ns, 12 * 60 * minute);
	assert_int_equal(r[3].check_period_ns, 12 * 60 * minute);
	assert_false(r[3].check || r[3].enforce_recorder);
	assert_int_equal(r[3].recorder.count, 0);
	policy_free(p);
	arena_free(mem);
}

static void
attributes_and_approvers_are_read(void **state)
{
	struct arena *mem = arena_new();
	struct policy *p = load(mem,
		"{'tagOwners': {'tag:t': ['autogroup:owner', 'tag:t'], "
		"'tag:u': null}, 'nodeAttrs': [{'target': ['*', 'tag:t'], "
		"'attr': [' x ', 'funnel'], 'ipPool': ['100.81.0.9/16']}, "
		"{}], 'autoApprovers': {'routes': {'10.9.0.0/8': ['tag:u', "
		"'a@b'], '::/0': null}, 'exitNode': ['tag:t'], 'services': "
		"{'svc:web': ['tag:t']}}}");

	(void)state;
	assert_int_equal(p->tag_owner_count, 2);
	assert_string_equal(p->tag_owners[0].tag, "tag:t");
	assert_string_equal(aliases_text(mem, p, p->tag_owners[0].owners),
		"autogroup:owner tag:t");
	assert_int_equal(p->tag_owners[1].owners.count, 0);
	assert_string_equal(
		aliases_text(mem, p, p->attrs[0].target), "* tag:t");
	assert_string_equal(texts_text(mem, p->attrs[0].attr), " x  funnel");
	assert_string_equal(
		ranges_text(mem, (struct range_set){ p->attrs[0].ip_pool,
					 p->attrs[0].ip_pool_count }),
		"100.81.0.0/16");
	assert_int_equal(p->attr_count, 2);
	assert_int_equal(p->route_count, 2);
	assert_string_equal(
		ranges_text(mem, (struct range_set){ &p->routes->route, 1 }),
		"10.0.0.0/8");
	assert_string_equal(
		aliases_text(mem, p, p->routes[0].who), "tag:u a@b");
	assert_string_equal(aliases_text(mem, p, p->exit_node), "tag:t");
	policy_free(p);
	arena_free(mem);
}

static void
tests_are_kept_as_they_stand(void **state)
{
	struct arena *mem = arena_new();
	struct policy *p = load(mem,
		"{'tests': [{'src': ' nobody ', 'proto': 'bogus', 'allow': "
		"['x', ' y:z'], 'srcPostureAttrs': {'node:os': [ 'a' ]}},\n"
		" {}], 'sshTests': [{'src': 'x', 'dst': ['a b'], 'accept': "
		"['root'], 'check': null, 'deny': ['']}]}");

	(void)state;
	assert_int_equal(p->test_count, 2);
	assert_string_equal(p->tests[0].src, "nobody");
	assert_string_equal(p->tests[0].proto, "bogus");
	assert_string_equal(texts_text(mem, p->tests[0].accept), "x y:z");
	assert_int_equal(p->tests[0].deny.count, 0);
	assert_string_equal(
		p->tests[0].posture_attrs.text, "{\"node:os\":[\"a\"]}");
	assert_string_equal(p->tests[1].src, "");
	assert_string_equal(p->tests[1].proto, "");
	assert_null(p->tests[1].posture_attrs.text);
	assert_int_equal(p->tests[1].place.line, 2);
	assert_int_equal(p->ssh_test_count, 1);
	assert_string_equal(texts_text(mem, p->ssh_tests[0].dst), "a b");
	assert_string_equal(texts_text(mem, p->ssh_tests[0].accept), "root");
	assert_int_equal(p->ssh_tests[0].check.count, 0);
	assert_int_equal(p->ssh_tests[0].deny.count, 1);
	policy_free(p);
	arena_free(mem);
}

/* " alone home=… 1=… 2 gone" */
static const char *
relays(struct arena *mem, const struct policy_relays *r)
{
	const char *out = r->omit_default ? " alone" : "";

	if (r->home_params)
		out = arena_printf(mem, "%s home=%s", out, r->home_params);
	for (size_t i = 0; i < r->region_count; i++)
		out = arena_printf(mem, "%s %d%s%s", out, (int)r->regions[i].id,
			r->regions[i].json ? "=" : " gone",
			r->regions[i].json ? r->regions[i].json : "");
	return out;
}

static void
settings_of_the_tailnet_are_read(void **state)
{
	static const struct {
		const char *text;
		bool random_port, no_ipv4;
		enum opt_bool cgnat;
		const char *derp;
	} cases[] = {
		{ "{}", false, false, OPT_UNSET, "" },
		{ "{'randomizeClientPort': true, 'DISABLEipv4': false}", true,
			false, OPT_UNSET, "" },
		{ "{'disableIPv4': true, 'OneCGNATRoute': ''}", false, true,
			OPT_UNSET, "" },
		{ "{'OneCGNATRoute': 'mac-always'}", false, false, OPT_TRUE,
			"" },
		{ "{'oneCGNATroute': ' mac-never '}", false, false, OPT_FALSE,
			"" },
		{ "{'derpMap': null}", false, false, OPT_UNSET, "" },
		{ "{'derpMap': { 'OmitDefaultRegions': true, // none\n}}",
			false, false, OPT_UNSET, " alone" },
		{ "{'derpMap': {'Regions': {'1': null, '900': {'RegionID': "
		  "900, 'RegionCode': 'own', 'RegionName': ' My Own ', "
		  "'Nodes': [{'Name': '1', 'RegionID': 900, 'HostName': "
		  "'d.example.com', 'DERPPort': 443, 'STUNPort': -1}]}}}}",
			false, false, OPT_UNSET,
			" 1 gone 900={\"RegionID\":900,"
			"\"RegionCode\":\"own\",\"RegionName\":\" My Own \","
			"\"Nodes\":[{\"Name\":\"1\",\"RegionID\":900,"
			"\"HostName\":\"d.example.com\",\"DERPPort\":443,"
			"\"STUNPort\":-1}]}" },
		{ "{'derpMap': {'HomeParams': {'RegionScore': {'1': 0.5}}}}",
			false, false, OPT_UNSET,
			" home={\"RegionScore\":{\"1\":0.5}}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *mem = arena_new();
		struct policy *p = load(mem, cases[i].text);

		assert_int_equal(
			p->randomize_client_port, cases[i].random_port);
		assert_int_equal(p->disable_ipv4, cases[i].no_ipv4);
		assert_int_equal(p->one_cgnat, cases[i].cgnat);
		assert_string_equal(relays(mem, &p->relays), cases[i].derp);
		policy_free(p);
		arena_free(mem);
	}
}

/* ---- ipsets and postures ---- */

static void
ipsets_are_resolved(void **state)
{
	static const struct {
		const char *sets, *ranges;
		bool internet;
	} cases[] = {
		{ "'ipset:x': []", "", false },
		{ "'ipset:x': null", "", false },
		{ "'ipset:x': ['10.0.0.0/8']", "10.0.0.0/8", false },
		{ "'ipset:x': ['fd7a::/16', '10.0.0.2', '10.0.0.1-10.0.0.1']",
			"10.0.0.1-10.0.0.2 fd7a::/16", false },
		{ "'ipset:x': ['add 10.0.0.0/24', 'remove 10.0.0.5']",
			"10.0.0.0-10.0.0.4 10.0.0.6-10.0.0.255", false },
		{ "'ipset:x': ['remove 10.0.0.5', 'add 10.0.0.4/31']",
			"10.0.0.4/31", false },
		{ "'ipset:x': ['add\\t10.0.0.0/24', 'remove   10.0.0.0/25', "
		  "'add 10.0.0.1']",
			"10.0.0.1 10.0.0.128/25", false },
		{ "'ipset:x': ['host:h', 'host:net']",
			"10.1.1.1 192.168.0.0/16", false },
		{ "'ipset:x': ['ipset:y', '1.1.1.1'], 'ipset:y': ['2.2.2.2']",
			"1.1.1.1 2.2.2.2", false },
		{ "'ipset:x': ['add ipset:y', 'remove ipset:z'], 'ipset:y': "
		  "['10.0.0.0/30'], 'ipset:z': ['ipset:w'], 'ipset:w': "
		  "['10.0.0.1']",
			"10.0.0.0 10.0.0.2/31", false },
		{ "'ipset:x': ['::/0', '0.0.0.0/0']", "0.0.0.0/0 ::/0", false },
		{ "'ipset:x': ['autogroup:internet']",
			"0.0.0.0-9.255.255.255 11.0.0.0-100.63.255.255 "
			"100.128.0.0-169.253.255.255 "
			"169.255.0.0-172.15.255.255 172.32.0.0-192.167.255.255 "
			"192.169.0.0-255.255.255.255 2000::/3",
			true },
		{ "'ipset:x': ['add autogroup:internet', 'remove 0.0.0.0/0', "
		  "'remove 2000::/4']",
			"3000::/4", true },
		{ "'ipset:x': ['ipset:y'], 'ipset:y': ['autogroup:internet', "
		  "'::/0', '0.0.0.0/0']",
			"0.0.0.0/0 ::/0", true },
		{ "'ipset:x': ['add autogroup:internet', 'add 10.0.0.1', "
		  "'remove autogroup:internet']",
			"10.0.0.1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *mem = arena_new();
		struct policy *p = load(mem,
			arena_printf(mem,
				"{'hosts': {'h': '10.1.1.1', 'net': "
				"'192.168.0.0/16'}, 'ipsets': {%s}, 'grants': "
				"[{'ip': ['*'], 'src': ['ipset:x'], 'dst': "
				"['ipset:x']}]}",
				cases[i].sets));
		const struct alias *a = alias(p, "ipset:x");

		assert_int_equal(a->kind, ALIAS_IPSET);
		assert_string_equal(
			ranges_text(mem, a->ranges), cases[i].ranges);
		assert_int_equal(a->internet, cases[i].internet);
		policy_free(p);
		arena_free(mem);
	}
}

/* A chain of so many sets; backwards: each is told before the one it uses. */
static const char *
chain(struct arena *mem, int sets, bool backwards)
{
	const char *text = "";

	for (int i = 0; i < sets; i++)
		text = arena_printf(mem,
			backwards ? "%2$s'ipset:%1$d': [%3$s],"
				  : "'ipset:%1$d': [%3$s],%2$s",
			i, text,
			i ? arena_printf(mem, "'ipset:%d'", i - 1)
			  : "'1.2.3.4'");
	return arena_printf(mem, "{'ipsets': {%s}}", text);
}

static void
ipsets_nest_to_a_limit_in_whatever_order_they_are_told(void **state)
{
	struct policy_error error;

	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		struct arena *mem = arena_new();

		policy_free(load(
			mem, chain(mem, POLICY_IPSET_DEPTH_MAX, backwards)));
		assert_null(policy_case_load(mem,
			chain(mem, POLICY_IPSET_DEPTH_MAX + 1, backwards),
			&error));
		assert_non_null(strstr(error.text, "nested too deep"));
		assert_null(policy_case_load(mem,
			chain(mem, 20 * POLICY_IPSET_DEPTH_MAX, backwards),
			&error));
		assert_non_null(strstr(error.text, "nested too deep"));
		arena_free(mem);
	}
}

/* A set of `each` addresses, and one that takes it in so often: in all they go
 * through (uses + 1) * each ranges, and one more. */
static const char *
wide_sets(struct arena *mem, int each, int uses, bool one_more)
{
	size_t room = ((size_t)each + (size_t)uses) * 16 + 100;
	char *text = arena_alloc(mem, room), *s = text;

	s += sprintf(s, "{'ipsets': {'ipset:b': [");
	for (int i = 0; i < uses; i++)
		s += sprintf(s, "'ipset:a',");
	s += sprintf(s, "%s], 'ipset:a': [", one_more ? "'1.2.3.4'" : "");
	for (int i = 0; i < each; i++)
		s += sprintf(s, "'1::%x',", 2 * i);
	(void)sprintf(s, "]}}");
	return text;
}

static void
the_work_of_ipsets_has_a_limit(void **state)
{
	const int each = 10000, uses = POLICY_IPSET_WORK_MAX / each - 1;
	struct arena *mem = arena_new();
	struct policy_error error;

	(void)state;
	policy_free(load(mem, wide_sets(mem, each, uses, false)));
	assert_null(policy_case_load(
		mem, wide_sets(mem, each, uses, true), &error));
	assert_string_equal(
		error.text, "ipsets[\"ipset:b\"]: ipsets are too large");
	arena_free(mem);
}

static const char *
condition_text(struct arena *mem, const struct condition *c)
{
	static const char *const ops[] = {
		[IS_EQUAL] = "==",
		[IS_NOT_EQUAL] = "!=",
		[IS_IN] = "in",
		[IS_NOT_IN] = "not in",
		[IS_LESS] = "<",
		[IS_AT_MOST] = "<=",
		[IS_MORE] = ">",
		[IS_AT_LEAST] = ">=",
		[IS_SET] = "is set",
		[IS_NOT_SET] = "not set",
	};
	static const char *const kinds[] = {
		[POSTURE_TEXT] = "text",
		[POSTURE_NUMBER] = "number",
		[POSTURE_BOOL] = "bool",
	};
	const char *s = arena_printf(mem, "%s %s", c->attribute, ops[c->op]);

	for (size_t i = 0; i < c->value_count; i++)
		s = arena_printf(mem, "%s %s:%s", s, kinds[c->values[i].kind],
			c->values[i].text);
	return s;
}

static void
conditions_of_postures_are_read(void **state)
{
	static const char *const cases[][2] = {
		{ "node:os == `linux`", "node:os == text:linux" },
		{ "node:os!=`a b`", "node:os != text:a b" },
		{ "node:os == ``", "node:os == text:" },
		{ "node:tsVersion >= `1.40`", "node:tsVersion >= text:1.40" },
		{ "node:osVersion<`10.0.19045`",
			"node:osVersion < text:10.0.19045" },
		{ "custom:score > 3.50", "custom:score > number:3.50" },
		{ "custom:score <= -1", "custom:score <= number:-1" },
		{ "custom:x == TRUE", "custom:x == bool:true" },
		{ "custom:x!=false", "custom:x != bool:false" },
		{ "node:os in [`macos`, `ios` ,1,true]",
			"node:os in text:macos text:ios number:1 bool:true" },
		{ "ip:country Not\tIn [`DE`]", "ip:country not in text:DE" },
		{ "node:tsAutoUpdate is set", "node:tsAutoUpdate is set" },
		{ "custom:a-b_c.d NOT  SET", "custom:a-b_c.d not set" },
		{ "custom:in IN [ 1 ]", "custom:in in number:1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *mem = arena_new();
		const char *escaped = strchr(cases[i][0], '\t')
					      ? "ip:country Not\\tIn [`DE`]"
					      : cases[i][0];
		struct policy *p = load(mem,
			arena_printf(mem, "{'postures': {'posture:x': ['%s']}}",
				escaped));

		assert_int_equal(p->posture_count, 1);
		assert_string_equal(p->postures->name, "posture:x");
		assert_int_equal(p->postures->count, 1);
		assert_string_equal(
			condition_text(mem, p->postures->conditions),
			cases[i][1]);
		policy_free(p);
		arena_free(mem);
	}
}

static const char *
numbers_text(struct arena *mem, struct json_ints l)
{
	const char *s = "";

	for (size_t i = 0; i < l.count; i++)
		s = arena_printf(mem, "%s%s%d", s, i ? " " : "", (int)l.at[i]);
	return s;
}

static void
the_default_posture_serves_rules_without_their_own(void **state)
{
	struct arena *mem = arena_new();
	struct policy *p = load(mem,
		"{'defaultSrcPosture': ['posture:b', 'posture:a'], "
		"'postures': {'posture:a': [], 'posture:b': null, "
		"'posture:c': []}, 'acls': [{'action': 'accept'}, {'action': "
		"'accept', 'srcPosture': ['posture:c']}, {'action': 'accept', "
		"'srcPosture': []}], 'grants': [{'ip': ['*'], 'srcPosture': "
		"null}], 'ssh': [{'action': 'accept', 'users': ['a']}, "
		"{'action': 'accept', 'users': ['a'], 'srcPosture': "
		"['posture:a']}]}");

	(void)state;
	assert_string_equal(numbers_text(mem, p->acls[0].postures), "1 0");
	assert_string_equal(numbers_text(mem, p->acls[1].postures), "2");
	assert_string_equal(numbers_text(mem, p->acls[2].postures), "1 0");
	assert_string_equal(numbers_text(mem, p->grants[0].postures), "1 0");
	assert_string_equal(numbers_text(mem, p->ssh[0].postures), "1 0");
	assert_string_equal(numbers_text(mem, p->ssh[1].postures), "0");
	policy_free(p);
	arena_free(mem);
}

/* ---- the whole ---- */

static void
absent_empty_and_present_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		bool acls, grants;
	} cases[] = {
		{ "", false, false },
		{ "{}", false, false },
		{ "{'ssh': []}", false, false },
		{ "{'acls': null, 'GRANTS': null}", false, false },
		{ "{'acls': []}", true, false },
		{ "{'grants': []}", false, true },
		{ "{'acls': null, 'ACLS': []}", true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *mem = arena_new();
		struct policy *p = load(mem, cases[i].text);

		assert_int_equal(p->has_acls, cases[i].acls);
		assert_int_equal(p->has_grants, cases[i].grants);
		policy_free(p);
		arena_free(mem);
	}
}

static void
the_text_is_kept_byte_for_byte(void **state)
{
	static const unsigned char text[] = " // \xe2\x82\xac\r\n{ \t}//";
	struct arena *mem = arena_new();
	struct json_texts none = { NULL, 0 };
	struct policy_error error;
	struct policy *p;

	(void)state;
	assert_int_equal(policy_load((struct bytes){ text, sizeof(text) - 1 },
				 &none, mem, &p, &error),
		ERR_OK);
	assert_int_equal(p->text.len, sizeof(text) - 1);
	assert_memory_equal(p->text.at, text, sizeof(text) - 1);
	policy_free(p);
	arena_free(mem);
}

static void
a_text_that_is_too_large_is_told_apart(void **state)
{
	struct arena *mem = arena_new();
	struct json_texts none = { NULL, 0 };
	unsigned char *text = arena_alloc(mem, POLICY_TEXT_MAX + 1);
	struct bytes most = { text, POLICY_TEXT_MAX };
	struct policy_error error;
	struct policy *p = NULL;

	(void)state;
	memset(text, ' ', POLICY_TEXT_MAX + 1);
	memcpy(text, "{}", 2);
	assert_int_equal(policy_load(most, &none, mem, &p, &error), ERR_OK);
	policy_free(p);
	most.len++;
	assert_int_equal(
		policy_load(most, &none, mem, &p, &error), ERR_TOO_BIG);
	assert_string_equal(error.text, "policy too large");
	arena_free(mem);
}

static void
odd_policies_are_accepted(void **state)
{
	static const char *const cases[] = {
		"'ssh': []",
		"'ssh': [{'action': 'accept', 'users': ['a'], 'dst': []}]",
		"'ssh': [{'action': 'accept', 'users': ['a'], 'src': []}]",
		"'ssh': [{'action': 'check', 'users': ['a'], 'checkPeriod': "
		"'0s'}]",
		"'ssh': [{'action': 'check', 'users': ['a'], 'checkPeriod': "
		"'30s'}]",
		"'ssh': [{'action': 'check', 'users': ['a'], 'checkPeriod': "
		"'168h'}]",
		"'ssh': [{'action': 'accept', 'users': ['a'], 'acceptEnv': "
		"null, 'checkPeriod': null}]",
		"'ssh': [{'action': 'accept', 'users': ['group:foo', "
		"'tag:foo', 'autogroup:member', 'localpart:foo', "
		"'localpart:*@', '\u202eabc', '\U0001f600'], 'acceptEnv': "
		"['**', '*X*', ' ']}]",
		"'ssh': [{'action': 'accept', 'users': ['a'], 'src': "
		"['tag:t', 'autogroup:tagged'], 'dst': ['tag:t', "
		"'autogroup:tagged']}]",
		"'ssh': [{'action': 'accept', 'users': ['a'], 'src': "
		"['user:*@example.com', 'autogroup:admin', "
		"'autogroup:shared'], 'dst': ['autogroup:self']}]",
		"'ssh': [{'action': 'accept', 'users': "
		"['localpart:*@example.com']}]",
		"'grants': [{'ip': ['*'], 'src': []}]",
		"'grants': [{'ip': ['*'], 'dst': []}]",
		"'grants': [{'app': {'a.b/c/d/e/f': []}, 'src': ['a@b'], 'dst': "
		"['autogroup:self', '*']}, {'app': {'tailscale.com/cap/relay': "
		"[], 'tailscale.com/cap/webui': [], "
		"'tailscale.com/cap/kubernetes': [], "
		"'tailscale.com/cap/tsidp': []}}]",
		"'grants': [{'ip': ['*'], 'via': [], 'src': "
		"['autogroup:danger-all'], 'dst': ['autogroup:internet', "
		"'svc:a-1', 'net', '8.8.8.0/24']}]",
		"'grants': [{'ip': ['*'], 'via': ['tag:t'], 'src': ['*'], "
		"'dst': ['10.0.0.0/8']}]",
		"'acls': [{'action': 'accept', 'src': ['*'], 'dst': "
		"['0.0.0.0/0:*', '::/0:*', '*:1-65535', '*:1', '*:1', "
		"'svc:a:80', 'net:*']}, {'action': 'accept', 'src': ['*', "
		"'autogroup:owner', 'user:*@example.com', 'a@b', "
		"'autogroup:member'], 'dst': ['autogroup:self:*']}]",
		"'acls': [{'action': 'accept', 'src': ['alice@', "
		"'*@example.com', 'user:b*b@d', 'alice@github', "
		"'nobody@nowhere', '10.0.0.5/24']}]",
		"'nodeAttrs': []",
		"'nodeAttrs': [{'target': ['*']}, {'attr': ['x']}, {'target': "
		"['autogroup:owner', 'autogroup:shared', 'net', "
		"'user:*@example.com'], 'attr': "
		"['https://tailscale.com/cap/is-admin', '', 'nextdns:abc'], "
		"'ipPool': ['100.100.1.0/24', '100.64.0.0/24']}]",
		"'groups': {'group:unused': [], 'group:': ['not a login', '']}",
		"'hosts': {'far': '203.0.113.7', '*': '::1'}",
		"'autoApprovers': {'routes': {'0.0.0.0/0': ['tag:t']}}",
		"'autoApprovers': null, 'postures': null",
		"'tests': [{}, {}, {'src': '*', 'accept': ['autogroup:self']}]",
		"'sshTests': [{'dst': ['*', 'autogroup:self', '', 'tag:t']}]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *mem = arena_new();
		const char *declared =
			strstr(cases[i], "'groups'") ||
					strstr(cases[i], "'hosts'")
				? ""
				: "'hosts': {'net': '10.0.0.0/8'}, ";

		policy_free(load(mem,
			arena_printf(mem,
				"{'tagOwners': {'tag:t': ['tag:u'], 'tag:u': "
				"['tag:t', 'tag:u']}, %s%s}",
				declared, cases[i])));
		arena_free(mem);
	}
}

static void
roles_have_words(void **state)
{
	(void)state;
	for (enum policy_role r = 0; r < POLICY_ROLES; r++)
		assert_int_equal(policy_role_of(policy_role_word(r)), r);
	assert_string_equal(policy_role_word(POLICY_ROLE_IT_ADMIN), "it-admin");
	assert_int_equal(policy_role_of("Owner"), POLICY_ROLES);
	assert_string_equal(policy_role_word(POLICY_ROLES), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			each_alias_has_one_number_and_what_it_stands_for),
		cmocka_unit_test(
			a_host_name_goes_before_an_address_of_that_form),
		cmocka_unit_test(acls_are_kept_in_the_order_of_the_file),
		cmocka_unit_test(ports_of_a_grant_are_gathered_by_protocol),
		cmocka_unit_test(
			values_of_capabilities_are_kept_as_they_are_written),
		cmocka_unit_test(ssh_rules_are_read),
		cmocka_unit_test(attributes_and_approvers_are_read),
		cmocka_unit_test(tests_are_kept_as_they_stand),
		cmocka_unit_test(settings_of_the_tailnet_are_read),
		cmocka_unit_test(ipsets_are_resolved),
		cmocka_unit_test(
			ipsets_nest_to_a_limit_in_whatever_order_they_are_told),
		cmocka_unit_test(the_work_of_ipsets_has_a_limit),
		cmocka_unit_test(conditions_of_postures_are_read),
		cmocka_unit_test(
			the_default_posture_serves_rules_without_their_own),
		cmocka_unit_test(absent_empty_and_present_are_told_apart),
		cmocka_unit_test(the_text_is_kept_byte_for_byte),
		cmocka_unit_test(a_text_that_is_too_large_is_told_apart),
		cmocka_unit_test(odd_policies_are_accepted),
		cmocka_unit_test(roles_have_words),
	};

	return cmocka_run_group_tests_name("policy/load", tests, NULL, NULL);
}
