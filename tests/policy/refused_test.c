/* Each text of refusal, with the place that it is told for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/policy_case.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	const char *policy, *error;
};

static void
check_rows(const struct row *rows, size_t count, const char *format)
{
	for (size_t i = 0; i < count; i++) {
		struct arena *mem = arena_new();
		const char *written = arena_printf(mem, "%.*s%s%s",
			(int)(strchr(format, '%') - format), format,
			rows[i].policy, strchr(format, '%') + 1);
		struct policy_place place =
			policy_case_read(mem, written).place;
		struct policy_error error;
		struct policy *p = policy_case_load(mem, written, &error);

		if (p)
			fail_msg("accepted: %s", written);
		assert_string_equal(error.text, rows[i].error);
		if (error.place.line != place.line ||
			error.place.column != place.column)
			fail_msg("%s: told at %u:%u", written, error.place.line,
				error.place.column);
		arena_free(mem);
	}
}

static void
the_shape_of_the_whole_file_is_checked(void **state)
{
	static const struct row rows[] = {
		{ "^[]", "policy: must be object" },
		{ "^null", "policy: must be object" },
		{ "/* x */ ^'{}'", "policy: must be object" },
		{ "{'acls': ^{}}", "acls: must be array" },
		{ "{'acls': [^[]]}", "acls[0]: must be object" },
		{ "{'acls': [^null]}", "acls[0]: must be object" },
		{ "{'acls': [{}, {'src': ^'*'}]}",
			"acls[1].src: must be array" },
		{ "{'acls': [{'src': ['*', ^null]}]}",
			"acls[0].src[1]: must be text" },
		{ "{'acls': [{'src': ['*', ^1]}]}",
			"acls[0].src[1]: must be text" },
		{ "{'acls': [{'users': [^1]}]}",
			"acls[0].src[0]: must be text" },
		{ "{'acls': [{'ports': ^1}]}", "acls[0].dst: must be array" },
		{ "{'acls': [{'ACTION': ^1}]}",
			"acls[0].action: must be text" },
		{ "{'groups': ^[]}", "groups: must be object" },
		{ "{'groups': {'group:a': ^'b'}}",
			"groups[\"group:a\"]: must be array" },
		{ "{'groups': {'group:a': ['b', ^[]]}}",
			"groups[\"group:a\"][1]: must be text" },
		{ "{'hosts': {'a': ^['1.2.3.4']}}", "hosts[\"a\"]: must be "
						    "text" },
		{ "{'hosts': {'a': ^null}}", "hosts[\"a\"]: must be text" },
		{ "{'tagOwners': {'tag:a': ^true}}",
			"tagOwners[\"tag:a\"]: must be array" },
		{ "{'autoApprovers': {'routes': {'10.0.0.0/8': ^''}}}",
			"autoApprovers.routes[\"10.0.0.0/8\"]: must be array" },
		{ "{'autoApprovers': {'exitNode': ^{}}}",
			"autoApprovers.exitNode: must be array" },
		{ "{'autoApprovers': {'services': ^[]}}",
			"autoApprovers.services: must be object" },
		{ "{'grants': [{'app': ^[]}]}",
			"grants[0].app: must be object" },
		{ "{'grants': [{'app': {'a/b': ^{}}}]}",
			"grants[0].app[\"a/b\"]: must be array" },
		{ "{'grants': [{'ip': ^'*'}]}", "grants[0].ip: must be array" },
		{ "{'grants': [{'via': [^{}]}]}",
			"grants[0].via[0]: must be text" },
		{ "{'ssh': [{'checkPeriod': ^12}]}",
			"ssh[0].checkPeriod: must be text" },
		{ "{'ssh': [{'enforceRecorder': ^'true'}]}",
			"ssh[0].enforceRecorder: must be bool" },
		{ "{'ssh': [{'acceptEnv': [^0]}]}",
			"ssh[0].acceptEnv[0]: must be raw text" },
		{ "{'nodeAttrs': [{'target': ^'*'}]}",
			"nodeAttrs[0].target: must be array" },
		{ "{'nodeAttrs': [{'ipPool': ^{}}]}",
			"nodeAttrs[0].ipPool: must be array" },
		{ "{'tests': [{'allow': ^{}}]}",
			"tests[0].accept: must be array" },
		{ "{'tests': [{'src': ^[]}]}", "tests[0].src: must be text" },
		{ "{'tests': [{'srcPostureAttrs': ^[]}]}",
			"tests[0].srcPostureAttrs: must be object" },
		{ "{'sshTests': ^{}}", "sshTests: must be array" },
		{ "{'randomizeClientPort': ^1}",
			"randomizeClientPort: must be bool" },
		{ "{'disableIPv4': ^'no'}", "disableIPv4: must be bool" },
		{ "{'OneCGNATRoute': ^true}", "OneCGNATRoute: must be text" },
		{ "{'postures': {'posture:a': ^''}}",
			"postures[\"posture:a\"]: must be array" },
		{ "{'defaultSrcPosture': ^''}",
			"defaultSrcPosture: must be array" },
		{ "{'ipsets': ^[]}", "ipsets: must be object" },
		/* the first in the text */
		{ "{'acls': ^{}, 'grants': {}}", "acls: must be array" },
		{ "{'groups': {'x': []}, 'acls': ^{}}", "acls: must be "
							"array" },
		/* free names as they stand */
		{ "{'groups': {'a\\'b\\u0041': ^1}}",
			"groups[\"a\"bA\"]: must be array" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), "%");
}

static void
members_that_nobody_knows_are_refused(void **state)
{
	static const struct row rows[] = {
		{ "{^'extraDNSNames': null}",
			"json: unknown field \"extraDNSNames\"" },
		{ "{^'Bogus': 1}", "json: unknown field \"Bogus\"" },
		{ "{^'': 1}", "json: unknown field \"\"" },
		{ "{'acls': [{^'expires': 1}]}",
			"json: unknown field \"expires\"" },
		{ "{'grants': [{^'users': []}]}",
			"json: unknown field \"users\"" },
		{ "{'ssh': [{^'ports': []}]}",
			"json: unknown field \"ports\"" },
		{ "{'sshTests': [{^'allow': []}]}",
			"json: unknown field \"allow\"" },
		{ "{'autoApprovers': {^'exitNodes': []}}",
			"json: unknown field \"exitNodes\"" },
		{ "{'derpMap': {^'regions2': 1}}",
			"json: unknown field \"regions2\"" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), "%");
}

static void
two_spellings_of_one_member_are_refused(void **state)
{
	static const struct row rows[] = {
		{ "{'acls': [], ^'ACLs': []}", "policy: \"acls\" given twice" },
		{ "{'acls': [{'src': [], ^'Src': []}]}",
			"acls[0]: \"src\" given twice" },
		{ "{'acls': [{'users': [], ^'src': []}]}",
			"acls[0]: \"src\" given twice" },
		{ "{'acls': [{'dst': [], ^'ports': null}]}",
			"acls[0]: \"dst\" given twice" },
		{ "{'tests': [{'accept': [], ^'allow': []}]}",
			"tests[0]: \"accept\" given twice" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), "%");
}

static void
nul_in_a_text_is_refused(void **state)
{
	static const struct row rows[] = {
		{ "{'acls': [{'action': ^'a\\u0000'}]}",
			"acls[0].action: contains NUL" },
		{ "{'groups': {'group:a': [^'\\u0000']}}",
			"groups[\"group:a\"][0]: contains NUL" },
		{ "{'nodeAttrs': [{'attr': [^'\\u0000']}]}",
			"nodeAttrs[0].attr[0]: contains NUL" },
		{ "{'groups': {^'group:\\u0000': []}}",
			"groups: contains NUL" },
		{ "{^'acls\\u0000': []}", "policy: contains NUL" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), "%");
}

static void
names_that_are_declared_badly_are_refused(void **state)
{
	static const struct row rows[] = {
		{ "'groups': {^'devs': []}",
			"groups[\"devs\"]: group names must start with "
			"'group:'" },
		{ "'groups': {'group:outer': ['a@b', ^'group:inner'], "
		  "'group:inner': []}",
			"groups[\"group:outer\"]: \"group:inner\": group "
			"members cannot be recursive" },
		{ "'groups': {'group:a': ['group:b'], "
		  "'group:b': [^'group:c'], 'group:c': []}",
			"groups[\"group:b\"]: \"group:c\": group members "
			"cannot be recursive" },
		{ "'groups': {'group:a': ['group:b'], "
		  "'group:b': [^'group:a']}",
			"groups[\"group:b\"]: \"group:a\": group members "
			"cannot be recursive" },
		{ "'hosts': {'x': ^'10.0.0.0/33'}",
			"hosts[\"x\"]: \"10.0.0.0/33\": invalid address" },
		{ "'hosts': {'': ^'10.0.0.0'}",
			"hosts[\"\"]: \"10.0.0.0\": invalid address" },
		{ "'hosts': {'a@b': ^'10.0.0.0'}",
			"hosts[\"a@b\"]: \"10.0.0.0\": invalid address" },
		{ "'hosts': {'x': ^'10.0.0.1-10.0.0.9'}",
			"hosts[\"x\"]: \"10.0.0.1-10.0.0.9\": invalid "
			"address" },
		{ "'tagOwners': {^'x': []}",
			"tagOwners[\"x\"]: tags must start with 'tag:'" },
		{ "'tagOwners': {^'tag:': []}",
			"tagOwners[\"tag:\"]: tag names must not be empty" },
		{ "'tagOwners': {^'tag:\u0441\u0435\u0440': []}",
			"tagOwners[\"tag:\u0441\u0435\u0440\"]: tag names must "
			"start with a letter, after 'tag:'" },
		{ "'tagOwners': {^'tag:1a': []}",
			"tagOwners[\"tag:1a\"]: tag names must start with a "
			"letter, after 'tag:'" },
		{ "'tagOwners': {^'tag:a_b': []}",
			"tagOwners[\"tag:a_b\"]: tag names can only contain "
			"numbers, letters, or dashes" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), "{%}");
}

static void
owners_and_approvers_are_people(void **state)
{
	static const char *const bad[] = { "*", "10.0.0.1", "10.0.0.0/8",
		"somehost", "autogroup:self", "autogroup:internet",
		"autogroup:danger-all", "autogroup:nonroot", "autogroup:shared",
		"autogroup:bogus", "svc:x", "ipset:x", "" };
	static const struct {
		const char *before, *after, *place;
	} places[] = {
		{ "{'tagOwners': {'tag:a': ['a@b', ^'", "']}}",
			"tagOwners[\"tag:a\"]" },
		{ "{'autoApprovers': {'exitNode': [^'", "']}}",
			"autoApprovers.exitNode" },
		{ "{'autoApprovers': {'routes': {'10.0.0.0/8': [^'", "']}}}",
			"autoApprovers.routes[\"10.0.0.0/8\"]" },
		{ "{'autoApprovers': {'services': {'svc:a': [^'", "']}}}",
			"autoApprovers.services[\"svc:a\"]" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		for (size_t k = 0; k < COUNT(places); k++) {
			struct arena *mem = arena_new();
			struct row row = {
				arena_printf(mem, "%s%s%s", places[k].before,
					bad[i], places[k].after),
				arena_printf(mem, "%s: \"%s\" is not valid",
					places[k].place, bad[i]),
			};

			check_rows(&row, 1, "%");
			arena_free(mem);
		}
}

static void
owners_and_approvers_are_declared(void **state)
{
	static const struct row rows[] = {
		{ "'tagOwners': {'tag:a': [^'tag:b']}",
			"tag not found: \"tag:b\"" },
		{ "'tagOwners': {'tag:a': [^'group:b']}",
			"group not found: \"group:b\"" },
		{ "'tagOwners': {'tag:a': [^'user:*@other.org']}",
			"other.org is not associated with this Tailnet and "
			"cannot be used in user:*@<domain> expressions" },
		{ "'autoApprovers': {'exitNode': [^'tag:b']}",
			"tag not found: \"tag:b\"" },
		{ "'autoApprovers': {'routes': {^'10.0.0.1': []}}",
			"autoApprovers.routes[\"10.0.0.1\"]: invalid CIDR" },
		{ "'autoApprovers': {'routes': {^'x/8': []}}",
			"autoApprovers.routes[\"x/8\"]: invalid CIDR" },
		{ "'autoApprovers': {'services': {^'web': []}}",
			"service not found: \"web\"" },
		{ "'autoApprovers': {'services': {^'svc:': []}}",
			"service not found: \"svc:\"" },
		{ "'autoApprovers': {'services': {'svc:a': [^'tag:b']}}",
			"tag not found: \"tag:b\"" },
		{ "'groups': {'group:a': ['autogroup:member']}, 'tagOwners': "
		  "{'tag:a': [^'autogroup:members']}",
			"cannot use both \"autogroup:member\" and "
			"\"autogroup:members\"" },
		{ "'hosts': {'autogroup:members': '1.2.3.4'}, 'grants': "
		  "[{'app': {'a/b': [[^'autogroup:member']]}}]",
			"cannot use both \"autogroup:member\" and "
			"\"autogroup:members\"" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), "{%}");
}

#define DECLARED                                                     \
	"{'groups': {'group:g': ['a@example.com']}, 'hosts': {'h': " \
	"'10.1.1.1', 'net': '10.0.0.0/8', 'all': '0.0.0.0/0'}, "     \
	"'tagOwners': {'tag:t': ['a@example.com']}, "

static void
acls_are_refused_as_the_service_refuses_them(void **state)
{
	static const struct row rows[] = {
		{ "'action': ^'deny'", "action=\"deny\" is not supported" },
		{ "'action': ^'Accept'", "action=\"Accept\" is not supported" },
		{ "'action': 'accept', 'src': ['*', ^'tag:x']",
			"src=tag not found: \"tag:x\"" },
		{ "'action': 'accept', 'src': [^'group:x']",
			"group not found: \"group:x\"" },
		{ "'action': 'accept', 'src': [^'group:x@example.com']",
			"group not found: \"group:x@example.com\"" },
		{ "'action': 'accept', 'src': [^'autogroup:x']",
			"unknown autogroup: \"autogroup:x\"" },
		{ "'action': 'accept', 'src': [^'autogroup:self']",
			"\"autogroup:self\" not valid on the src side of a "
			"rule" },
		{ "'action': 'accept', 'src': [^'autogroup:internet']",
			"\"autogroup:internet\" not valid on the src side of a "
			"rule" },
		{ "'action': 'accept', 'src': [^'autogroup:nonroot']",
			"\"autogroup:nonroot\" not valid on the src side of a "
			"rule" },
		{ "'action': 'accept', 'src': [^'svc:x']",
			"\"svc:x\" not valid on the src side of a rule" },
		{ "'action': 'accept', 'src': [^'ipset:x']",
			"ipset not found: \"ipset:x\"" },
		{ "'action': 'accept', 'src': [^'user:*@other.org']",
			"other.org is not associated with this Tailnet and "
			"cannot be used in user:*@<domain> expressions" },
		{ "'action': 'accept', 'src': [^'alice']",
			"\"alice\": invalid address" },
		{ "'action': 'accept', 'src': [^'10.0.0.1-10.0.0.9']",
			"\"10.0.0.1-10.0.0.9\": invalid address" },
		{ "'action': 'accept', 'src': [^' 10.0.0.1/33\\t\u3000']",
			"\"10.0.0.1/33\": invalid address" },
		{ "'action': 'accept', 'dst': [^'tag:x:22']",
			"dst=\"tag:x\": tag not found: \"tag:x\"" },
		{ "'action': 'accept', 'dst': [^'h']",
			"dst=\"h\": hostport must contain a colon (\":\")" },
		{ "'action': 'accept', 'dst': ['h:1', ^'autogroup:self']",
			"dst=\"autogroup:self\": port range \"self\": invalid "
			"first integer" },
		{ "'action': 'accept', 'dst': [^'tag:t:ssh']",
			"dst=\"tag:t:ssh\": port range \"ssh\": invalid first "
			"integer" },
		{ "'action': 'accept', 'dst': [^'h:']",
			"dst=\"h:\": invalid port list: \"\"" },
		{ "'action': 'accept', 'dst': [^'h:1-2-3']",
			"dst=\"h:1-2-3\": port range \"1-2-3\": too many "
			"dashes(-)" },
		{ "'action': 'accept', 'dst': [^'h:22,x']",
			"dst=\"h:22,x\": port range \"x\": invalid first "
			"integer" },
		{ "'action': 'accept', 'dst': [^'h:22,']",
			"dst=\"h:22,\": port range \"\": invalid first "
			"integer" },
		{ "'action': 'accept', 'dst': [^'h:1-x']",
			"dst=\"h:1-x\": port range \"1-x\": invalid last "
			"integer" },
		{ "'action': 'accept', 'dst': [^'h:1-']",
			"dst=\"h:1-\": port range \"1-\": invalid last "
			"integer" },
		{ "'action': 'accept', 'dst': [^'h:0-65535']",
			"dst=\"h:0-65535\": port range \"0-65535\": first port "
			"must be >0, or use '*' for wildcard" },
		{ "'action': 'accept', 'dst': [^'h:2-1']",
			"dst=\"h:2-1\": port range \"2-1\": first port must be "
			">= last port" },
		{ "'action': 'accept', 'proto': 'icmp', 'dst': [^'tag:t:22']",
			"dst=\"tag:t:22\": protocol \"icmp\" does not support "
			"specific ports, only \"*\" is allowed" },
		{ "'action': 'accept', 'proto': '256', 'dst': [^'h:*']",
			"proto name \"256\" not known; use protocol number "
			"0-255" },
		{ "'action': 'accept', 'proto': ^'256', 'dst': []",
			"proto name \"256\" not known; use protocol number "
			"0-255" },
		{ "'action': 'accept', 'dst': [^'autogroup:danger-all:*']",
			"cannot use autogroup:danger-all as a dst" },
		{ "'action': 'accept', 'dst': [^'autogroup:shared:*']",
			"\"autogroup:shared\" not valid on the dst side of a "
			"rule" },
		{ "'action': 'accept', 'dst': [^'autogroup:nonroot:*']",
			"\"autogroup:nonroot\" not valid on the dst side of a "
			"rule" },
		{ "'action': 'accept', 'dst': [^'ipset:x:*']",
			"ipset not found: \"ipset:x\"" },
		{ "'action': 'accept', 'dst': [^'svc:a_b:*']",
			"service not found: \"svc:a_b\"" },
		{ "'action': 'accept', 'dst': [^'[fd7a::1]']",
			"dst=\"[fd7a::1]\": port range \"1]\": invalid first "
			"integer" },
		{ "'action': 'accept', 'dst': ['autogroup:self:*'], 'src': "
		  "['*', 'group:g', ^'tag:t']",
			"autogroup:self can only be used with users, groups, "
			"or supported autogroups" },
		{ "'action': 'accept', 'dst': ['h:1', 'autogroup:self:*'], "
		  "'src': [^'autogroup:tagged']",
			"autogroup:self can only be used with users, groups, "
			"or supported autogroups" },
		{ "'action': 'accept', 'dst': ['autogroup:self:*'], 'src': "
		  "[^'10.0.0.1']",
			"autogroup:self can only be used with users, groups, "
			"or supported autogroups" },
		{ "'action': 'accept', 'srcPosture': [^'posture:x']",
			"posture not found: \"posture:x\"" },
		/* the order within a rule */
		{ "'action': ^'x', 'src': ['tag:x']",
			"action=\"x\" is not supported" },
		{ "'action': 'accept', 'dst': ['h'], 'src': [^'tag:x']",
			"src=tag not found: \"tag:x\"" },
		{ "'action': 'accept', 'proto': 'x', 'dst': [^'tag:x:y']",
			"dst=\"tag:x:y\": port range \"y\": invalid first "
			"integer" },
		{ "'action': 'accept', 'proto': 'X', 'dst': [^'tag:x:1']",
			"proto name \"x\" not known; use protocol number "
			"0-255" },
	};
	static const struct row absent[] = {
		{ "^{'src': []}", "action=\"\" is not supported" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), DECLARED "'acls': [{%}]}");
	check_rows(absent, COUNT(absent), DECLARED "'acls': [%]}");
}

static void
grants_are_refused_as_the_service_refuses_them(void **state)
{
	static const struct row rows[] = {
		{ "^{}", "ip and app can not both be empty" },
		{ "^{'ip': [], 'app': {}}",
			"ip and app can not both be empty" },
		{ "^{'ip': null}", "ip and app can not both be empty" },
		{ "{'ip': ['22', ^'icmp']}",
			"port range \"icmp\": invalid first integer" },
		{ "{'ip': [^'0']}",
			"port range \"0\": first port must be >0, or use '*' "
			"for wildcard" },
		{ "{'ip': [^'tcp:22,80']}",
			"ip \"tcp:22,80\": one port or range per entry" },
		{ "{'ip': [^':22']}", "ip \":22\": empty protocol" },
		{ "{'ip': [^'icmp:22']}",
			"ip \"icmp:22\": protocol \"icmp\" does not support "
			"specific ports, only \"*\" is allowed" },
		{ "{'ip': [^'foo:22']}",
			"proto name \"foo\" not known; use protocol number "
			"0-255" },
		{ "{'ip': [^'a:b:22']}",
			"proto name \"a:b\" not known; use protocol number "
			"0-255" },
		{ "{'ip': [^'tcp:']}", "invalid port list: \"\"" },
		{ "{'ip': [^'']}", "invalid port list: \"\"" },
		{ "{'app': {^'https://a.b/c': []}}",
			"capability name must have the form {domain}/{path}" },
		{ "{'app': {^'abc': []}}",
			"capability name must have the form {domain}/{path}" },
		{ "{'app': {'a.b/c': [], ^'tailscale.com/cap/funnel': []}}",
			"capability name must not be in the tailscale.com "
			"domain" },
		{ "{'app': {^'tailscale.com/drive': []}}",
			"capability name must not be in the tailscale.com "
			"domain" },
		{ "{'ip': ['*'], 'src': [^'tag:x']}",
			"src=tag not found: \"tag:x\"" },
		{ "{'ip': ['*'], 'src': [^'autogroup:self']}",
			"\"autogroup:self\" not valid on the src side of a "
			"rule" },
		{ "{'ip': ['*'], 'dst': [^'tag:x']}",
			"dst=\"tag:x\": tag not found: \"tag:x\"" },
		{ "{'ip': ['*'], 'dst': [^'autogroup:danger-all']}",
			"cannot use autogroup:danger-all as a dst" },
		{ "{'ip': ['*'], 'dst': [^'0.0.0.0/0']}",
			"dst \"0.0.0.0/0\": to allow all IP addresses, use "
			"\"*\" or \"autogroup:internet\"" },
		{ "{'ip': ['*'], 'dst': [^'::/0']}",
			"dst \"::/0\": to allow all IP addresses, use \"*\" or "
			"\"autogroup:internet\"" },
		{ "{'ip': ['*'], 'dst': [^'1.2.3.4/0']}",
			"dst \"1.2.3.4/0\": to allow all IP addresses, use "
			"\"*\" or \"autogroup:internet\"" },
		{ "{'ip': ['*'], 'dst': [^'all']}",
			"dst \"all\": to allow all IP addresses, use \"*\" or "
			"\"autogroup:internet\"" },
		{ "{'app': {'a/b': []}, 'dst': [^'autogroup:internet']}",
			"cannot use app grants with autogroup:internet" },
		{ "{'ip': ['*'], 'dst': [^'h:22']}",
			"\"h:22\": invalid address" },
		{ "{'ip': ['*'], 'dst': [^'[fd7a::1]']}",
			"\"[fd7a::1]\": invalid address" },
		{ "{'ip': ['*'], 'dst': [^'ipset:x']}",
			"ipset not found: \"ipset:x\"" },
		{ "{'ip': ['*'], 'via': ['tag:t', ^'group:g']}",
			"via can only be a tag" },
		{ "{'ip': ['*'], 'via': [^'tag:x']}",
			"tag \"tag:x\" not found" },
		{ "{'ip': ['*'], 'dst': ['autogroup:self'], 'src': "
		  "['a@b', ^'*']}",
			"autogroup:self can only be used with users, groups, "
			"or supported autogroups" },
		{ "{'ip': ['*'], 'srcPosture': [^'posture:x']}",
			"posture not found: \"posture:x\"" },
		/* the order within a grant */
		{ "{'ip': [^'x'], 'app': {'x': []}, 'src': ['tag:x']}",
			"port range \"x\": invalid first integer" },
		{ "{'app': {^'x': []}, 'src': ['tag:x']}",
			"capability name must have the form {domain}/{path}" },
		{ "{'ip': ['*'], 'via': ['x'], 'dst': ['y'], 'src': [^'z']}",
			"\"z\": invalid address" },
		{ "{'ip': ['*'], 'via': [^'x'], 'dst': ['autogroup:self'], "
		  "'src': ['*']}",
			"via can only be a tag" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), DECLARED "'grants': [%]}");
}

static void
ssh_rules_are_refused_as_the_service_refuses_them(void **state)
{
	static const struct row rows[] = {
		{ "^{}", "action must be specified" },
		{ "{'action': ^''}", "action must be specified" },
		{ "{'action': ^'\\t '}", "action must be specified" },
		{ "{'action': ^'deny'}", "\"deny\" is not a valid action" },
		{ "{'action': ^'Accept'}", "\"Accept\" is not a valid action" },
		{ "{'action': 'accept', 'src': [^'*']}", "invalid src \"*\"" },
		{ "{'action': 'accept', 'src': [^'h']}", "invalid src \"h\"" },
		{ "{'action': 'accept', 'src': [^'10.0.0.1']}",
			"invalid src \"10.0.0.1\"" },
		{ "{'action': 'accept', 'src': [^'autogroup:danger-all']}",
			"invalid src \"autogroup:danger-all\"" },
		{ "{'action': 'accept', 'src': [^'ipset:x']}",
			"invalid src \"ipset:x\"" },
		{ "{'action': 'accept', 'src': [^'tag:x']}",
			"tag not found: \"tag:x\"" },
		{ "{'action': 'accept', 'src': [^'group:x']}",
			"group not found: \"group:x\"" },
		{ "{'action': 'accept', 'src': [^'user:*@example.org']}",
			"[ssh] example.org is not associated with this Tailnet "
			"and cannot be used in user:*@<domain> expressions" },
		{ "{'action': 'accept', 'dst': [^'h']}", "invalid dst \"h\"" },
		{ "{'action': 'accept', 'dst': [^'net']}",
			"invalid dst \"net\"" },
		{ "{'action': 'accept', 'dst': [^'*']}", "invalid dst \"*\"" },
		{ "{'action': 'accept', 'dst': [^'10.0.0.1']}",
			"invalid dst \"10.0.0.1\"" },
		{ "{'action': 'accept', 'dst': [^'group:g']}",
			"invalid dst \"group:g\"" },
		{ "{'action': 'accept', 'dst': [^'user:*@example.com']}",
			"invalid dst \"user:*@example.com\"" },
		{ "{'action': 'accept', 'dst': [^'autogroup:owner']}",
			"invalid dst \"autogroup:owner\"" },
		{ "{'action': 'accept', 'dst': [^'tag:x']}",
			"tag not found: \"tag:x\"" },
		{ "{'action': 'accept', 'dst': ['a@b', ^'u@d'], 'src': "
		  "['a@b']}",
			"invalid dst \"u@d\": a user may only be reached by "
			"the same user" },
		{ "{'action': 'accept', 'dst': [^'a@b'], 'src': ['a@b', "
		  "'c@d']}",
			"invalid dst \"a@b\": a user may only be reached by "
			"the same user" },
		{ "{'action': 'accept', 'dst': [^'autogroup:self'], 'src': "
		  "['a@b', 'tag:t', 'autogroup:tagged']}",
			"invalid dst \"autogroup:self\": source \"tag:t\" is a "
			"tag" },
		{ "{'action': 'accept', 'dst': [^'autogroup:member'], 'src': "
		  "['autogroup:tagged']}",
			"invalid dst \"autogroup:member\": source "
			"\"autogroup:tagged\" is a tag" },
		{ "{'action': 'check', 'dst': ['tag:t'], 'src': ['a@b', "
		  "^'tag:t']}",
			"action \"check\" is not valid with source \"tag:t\"" },
		{ "^{'action': 'accept'}", "users must be specified" },
		{ "^{'action': 'accept', 'users': null}",
			"users must be specified" },
		{ "{'action': 'accept', 'users': ^[]}",
			"users must be specified" },
		{ "{'action': 'accept', 'users': ['root', ^'']}",
			"user \"\" is not valid" },
		{ "{'action': 'accept', 'users': [^' \\t']}",
			"user \"\" is not valid" },
		{ "{'action': 'accept', 'users': [^'*']}",
			"user \"*\" is not valid" },
		{ "{'action': 'accept', 'users': [^'0']}",
			"user \"0\" is not valid" },
		{ "{'action': 'accept', 'users': [^'1000']}",
			"user \"1000\" is not valid" },
		{ "{'action': 'accept', 'users': "
		  "[^'localpart:*@nonexistent.example.com']}",
			"nonexistent.example.com is not associated with this "
			"Tailnet and cannot be used in user:*@<domain> "
			"expressions" },
		{ "{'action': 'accept', 'users': [^'localpart:*@EXAMPLE.COM']}",
			"EXAMPLE.COM is not associated with this Tailnet and "
			"cannot be used in user:*@<domain> expressions" },
		{ "{'action': 'accept', 'users': [^'localpart:*@*']}",
			"* is not associated with this Tailnet and cannot be "
			"used in user:*@<domain> expressions" },
		{ "{'action': 'accept', 'users': ['a'], 'acceptEnv': ['X', "
		  "^'']}",
			"acceptEnv values cannot be empty" },
		{ "{'action': 'accept', 'users': ['a'], 'checkPeriod': ^'1h'}",
			"checkPeriod is only valid with action \"check\"" },
		{ "{'action': 'check', 'users': ['a'], 'checkPeriod': ^'abc'}",
			"time: invalid duration \"abc\"" },
		{ "{'action': 'check', 'users': ['a'], 'checkPeriod': ^''}",
			"time: invalid duration \"\"" },
		{ "{'action': 'check', 'users': ['a'], 'checkPeriod': ^'-1m'}",
			"checkPeriod -1m0s must be a positive duration" },
		{ "{'action': 'check', 'users': ['a'], 'checkPeriod': ^'200h'}",
			"checkPeriod 200h0m0s is above the max (168h)" },
		{ "{'action': 'check', 'users': ['a'], 'checkPeriod': "
		  "^'168h1s'}",
			"checkPeriod 168h0m1s is above the max (168h)" },
		{ "{'action': 'accept', 'users': ['a'], 'recorder': [^'a@b']}",
			"recorder can only be a tag" },
		{ "{'action': 'accept', 'users': ['a'], 'recorder': "
		  "[^'tag:x']}",
			"tag not found: \"tag:x\"" },
		{ "{'action': 'accept', 'users': ['a'], 'recorder': ^['tag:t', "
		  "'tag:t']}",
			"recorder can only be one tag" },
		{ "{'action': 'accept', 'users': ['a'], 'srcPosture': "
		  "[^'posture:x']}",
			"posture not found: \"posture:x\"" },
		/* the order within a rule */
		{ "{'action': 'accept', 'dst': ['h'], 'src': [^'h'], 'users': "
		  "['']}",
			"invalid src \"h\"" },
		{ "{'action': 'accept', 'acceptEnv': [''], 'users': [^'']}",
			"user \"\" is not valid" },
		{ "{'action': 'check', 'acceptEnv': [^''], 'users': ['a'], "
		  "'checkPeriod': 'x'}",
			"acceptEnv values cannot be empty" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), DECLARED "'ssh': [%]}");
}

static void
node_attributes_are_refused_as_the_service_refuses_them(void **state)
{
	static const struct row rows[] = {
		{ "'target': ['*', ^'%bogus%']", "\"%bogus%\": invalid "
						 "address" },
		{ "'target': [^'tag:undefined-tag']",
			"tag not found: \"tag:undefined-tag\"" },
		{ "'target': [^'group:x']", "group not found: \"group:x\"" },
		{ "'target': [^'autogroup:self']",
			"nodeAttrs target \"autogroup:self\" is not valid" },
		{ "'target': [^'autogroup:internet']",
			"nodeAttrs target \"autogroup:internet\" is not "
			"valid" },
		{ "'target': [^'autogroup:danger-all']",
			"nodeAttrs target \"autogroup:danger-all\" is not "
			"valid" },
		{ "'target': [^'autogroup:nonroot']",
			"\"autogroup:nonroot\" not valid here" },
		{ "'target': [^'ipset:x']", "\"ipset:x\": invalid address" },
		{ "'target': [^'svc:x']", "\"svc:x\": invalid address" },
		{ "'ipPool': [^'100.64.0.1']",
			"IPPool(100.64.0.1): invalid CIDR" },
		{ "'ipPool': [^'x/24']", "IPPool(x/24): invalid CIDR" },
		{ "'ipPool': [^'10.0.0.0/24']",
			"IPPool(10.0.0.0/24): network outside 100.64.0.0/10" },
		{ "'ipPool': [^'100.0.0.0/8']",
			"IPPool(100.0.0.0/8): network outside 100.64.0.0/10" },
		{ "'ipPool': [^'fd7a::/64']",
			"IPPool(fd7a::/64): network outside 100.64.0.0/10" },
		{ "'ipPool': ['100.65.0.0/24', ^'100.100.100.0/24']",
			"IPPool(100.100.100.0/24): network within reserved "
			"range" },
		{ "'ipPool': [^'100.100.0.128/25']",
			"IPPool(100.100.0.128/25): network within reserved "
			"range" },
		{ "'ipPool': [^'100.115.92.0/22']",
			"IPPool(100.115.92.0/22): network within reserved "
			"range" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena *mem = arena_new();
		struct row row = { arena_printf(mem, "%s'nodeAttrs': [{%s}]}",
					   DECLARED, rows[i].policy),
			rows[i].error };

		check_rows(&row, 1, "%");
		arena_free(mem);
	}
}

static void
destinations_of_ssh_tests_are_refused_before_they_run(void **state)
{
	static const struct row rows[] = {
		{ "'dst': ['x', ^'autogroup:internet']",
			"SSH tests dst contains disallowed element "
			"\"autogroup:internet\"" },
		{ "'dst': [^'100.64.0.0/24']",
			"SSH tests dst contains disallowed element "
			"\"100.64.0.0/24\"" },
		{ "'dst': [^'tag:t:22']",
			"SSH tests dst contains unknown tag \"tag:t:22\"" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), DECLARED "'sshTests': [{%}]}");
}

static void
ipsets_and_postures_are_refused_where_they_are_wrong(void **state)
{
	static const struct row rows[] = {
		{ "'ipsets': {^'x': []}",
			"ipsets[\"x\"]: ipset names must start with 'ipset:'" },
		{ "'ipsets': {'ipset:x': [^'tag:t']}",
			"ipsets[\"ipset:x\"]: \"tag:t\": invalid operation" },
		{ "'ipsets': {'ipset:x': [^'a@b']}",
			"ipsets[\"ipset:x\"]: \"a@b\": invalid operation" },
		{ "'ipsets': {'ipset:x': [^'add']}",
			"ipsets[\"ipset:x\"]: \"add\": invalid operation" },
		{ "'ipsets': {'ipset:x': [^'Add 10.0.0.1']}",
			"ipsets[\"ipset:x\"]: \"Add 10.0.0.1\": invalid "
			"operation" },
		{ "'ipsets': {'ipset:x': [^'h']}",
			"ipsets[\"ipset:x\"]: \"h\": invalid operation" },
		{ "'ipsets': {'ipset:x': ['add host:h', ^'add host:x']}",
			"ipsets[\"ipset:x\"]: \"add host:x\": invalid "
			"operation" },
		{ "'ipsets': {'ipset:x': ['add host:h', ^'10.0.0.1']}",
			"ipsets[\"ipset:x\"]: \"10.0.0.1\": invalid "
			"operation" },
		{ "'ipsets': {'ipset:x': ['10.0.0.1', ^'add host:h']}",
			"ipsets[\"ipset:x\"]: \"add host:h\": invalid "
			"operation" },
		{ "'ipsets': {'ipset:x': [^'10.0.0.9-10.0.0.1']}",
			"ipsets[\"ipset:x\"]: \"10.0.0.9-10.0.0.1\": invalid "
			"operation" },
		{ "'ipsets': {'ipset:x': [^'10.0.0.9-::1']}",
			"ipsets[\"ipset:x\"]: \"10.0.0.9-::1\": invalid "
			"operation" },
		{ "'ipsets': {'ipset:x': [^'*']}",
			"ipsets[\"ipset:x\"]: \"*\": invalid operation" },
		{ "'ipsets': {'ipset:x': [^'ipset:y']}",
			"ipset not found: \"ipset:y\"" },
		{ "'ipsets': {'ipset:a': [^'ipset:a']}",
			"ipsets[\"ipset:a\"]: \"ipset:a\": circular "
			"reference" },
		{ "'ipsets': {'ipset:a': ['ipset:b'], 'ipset:b': "
		  "['remove 10.0.0.1', ^'remove ipset:a']}",
			"ipsets[\"ipset:b\"]: \"ipset:a\": circular "
			"reference" },
		{ "'postures': {^'x': []}",
			"postures[\"x\"]: posture names must start with "
			"'posture:'" },
		{ "'postures': {'posture:x': [^'node:os']}",
			"postures[\"posture:x\"]: \"node:os\": invalid "
			"condition" },
		{ "'postures': {'posture:x': [^'']}",
			"postures[\"posture:x\"]: \"\": invalid condition" },
		{ "'postures': {'posture:x': [^'os == `linux`']}",
			"postures[\"posture:x\"]: \"os == 'linux'\": invalid "
			"condition" },
		{ "'postures': {'posture:x': [^'node:os = `linux`']}",
			"postures[\"posture:x\"]: \"node:os = 'linux'\": "
			"invalid condition" },
		{ "'postures': {'posture:x': [^'node:os == linux']}",
			"postures[\"posture:x\"]: \"node:os == linux\": "
			"invalid condition" },
		{ "'postures': {'posture:x': [^'node:os == `linux']}",
			"postures[\"posture:x\"]: \"node:os == 'linux\": "
			"invalid condition" },
		{ "'postures': {'posture:x': [^'node:os == `a` `b`']}",
			"postures[\"posture:x\"]: \"node:os == 'a' 'b'\": "
			"invalid condition" },
		{ "'postures': {'posture:x': [^'node:os == [`a`]']}",
			"postures[\"posture:x\"]: \"node:os == ['a']\": "
			"invalid condition" },
		{ "'postures': {'posture:x': [^'node:os IN `a`']}",
			"postures[\"posture:x\"]: \"node:os IN 'a'\": invalid "
			"condition" },
		{ "'postures': {'posture:x': [^'node:os IN []']}",
			"postures[\"posture:x\"]: \"node:os IN []\": invalid "
			"condition" },
		{ "'postures': {'posture:x': [^'node:os IN [`a`,]']}",
			"postures[\"posture:x\"]: \"node:os IN ['a',]\": "
			"invalid condition" },
		{ "'postures': {'posture:x': [^'node:os INSIDE [`a`]']}",
			"postures[\"posture:x\"]: \"node:os INSIDE ['a']\": "
			"invalid condition" },
		{ "'postures': {'posture:x': [^'node:os IS SET now']}",
			"postures[\"posture:x\"]: \"node:os IS SET now\": "
			"invalid condition" },
		{ "'postures': {'posture:x': [^'node:os < `linux`']}",
			"postures[\"posture:x\"]: \"node:os < 'linux'\": "
			"invalid condition" },
		{ "'postures': {'posture:x': [^'custom:x >= true']}",
			"postures[\"posture:x\"]: \"custom:x >= true\": "
			"invalid condition" },
		{ "'postures': {'posture:x': [^'custom:x == 1.']}",
			"postures[\"posture:x\"]: \"custom:x == 1.\": invalid "
			"condition" },
		{ "'defaultSrcPosture': [^'posture:x']",
			"posture not found: \"posture:x\"" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), DECLARED "%}");
}

static void
settings_of_the_tailnet_are_refused_where_they_are_wrong(void **state)
{
	static const struct row rows[] = {
		{ "{'OneCGNATRoute': ^'always'}",
			"OneCGNATRoute: \"always\" is not valid" },
		{ "{'derpMap': ^[]}", "derpMap: must be object" },
		{ "{'derpMap': {'Regions': {'900': ^[]}}}",
			"derpMap.Regions[\"900\"]: must be object" },
		{ "{'derpMap': {'OmitDefaultRegions': ^1}}",
			"derpMap.OmitDefaultRegions: must be bool" },
		{ "{'derpMap': {'HomeParams': {'RegionScore': {'1': ^''}}}}",
			"derpMap.HomeParams.RegionScore[\"1\"]: must be "
			"number" },
		{ "{'derpMap': {'Regions': {'900': {'RegionID': ^900.5}}}}",
			"derpMap.Regions[\"900\"].RegionID: must be whole "
			"number" },
		{ "{'derpMap': {'Regions': {'900': {'RegionID': "
		  "^99999999999}}}}",
			"derpMap.Regions[\"900\"].RegionID: must be whole "
			"number" },
		{ "{'derpMap': {'Regions': {'900': {'RegionID': ^901}}}}",
			"derpMap.Regions[\"900\"]: RegionID must be 900" },
		{ "{'derpMap': {'Regions': {'900': ^{}}}}",
			"derpMap.Regions[\"900\"]: RegionID must be 900" },
		{ "{'derpMap': {'Regions': {^'x': {}}}}",
			"derpMap.Regions[\"x\"]: regions are numbers" },
		{ "{'derpMap': {'Regions': {^'0900': null}}}",
			"derpMap.Regions[\"0900\"]: regions are numbers" },
		{ "{'derpMap': {'Regions': {'900': {'RegionID': 900, 'Nodes': "
		  "[^{'RegionID': 900, 'Name': '900a'}]}}}}",
			"derpMap.Regions[\"900\"]: a node needs Name and "
			"HostName" },
		{ "{'derpMap': {'Regions': {'900': {'RegionID': 900, 'Nodes': "
		  "[{'RegionID': ^1, 'Name': 'a', 'HostName': 'b'}]}}}}",
			"derpMap.Regions[\"900\"]: RegionID of a node must be "
			"900" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), "%");
}

/* Faults in every section, told in this order. */
static void
the_section_that_comes_first_is_told(void **state)
{
	static const struct row sections[] = {
		{ "'groups': {^'x': []}",
			"groups[\"x\"]: group names must start with "
			"'group:'" },
		{ "'hosts': {'x': ^'y'}",
			"hosts[\"x\"]: \"y\": invalid address" },
		{ "'ipsets': {'ipset:x': [^'y']}",
			"ipsets[\"ipset:x\"]: \"y\": invalid operation" },
		{ "'postures': {'posture:x': [^'y']}",
			"postures[\"posture:x\"]: \"y\": invalid condition" },
		{ "'defaultSrcPosture': [^'z']", "posture not found: \"z\"" },
		{ "'tagOwners': {'tag:x': [^'y']}",
			"tagOwners[\"tag:x\"]: \"y\" is not valid" },
		{ "'autoApprovers': {'exitNode': [^'y']}",
			"autoApprovers.exitNode: \"y\" is not valid" },
		{ "'tests': [{'deny': ['autogroup:member', "
		  "^'autogroup:members']}]",
			"cannot use both \"autogroup:member\" and "
			"\"autogroup:members\"" },
		{ "'acls': [^{}]", "action=\"\" is not supported" },
		{ "'grants': [^{}]", "ip and app can not both be empty" },
		{ "'ssh': [^{}]", "action must be specified" },
		{ "'nodeAttrs': [{'target': [^'y']}]",
			"\"y\": invalid address" },
		{ "'OneCGNATRoute': ^'y'",
			"OneCGNATRoute: \"y\" is not valid" },
		{ "'derpMap': {'Regions': {^'y': null}}",
			"derpMap.Regions[\"y\"]: regions are numbers" },
		{ "'sshTests': [{'dst': [^'y/z']}]",
			"SSH tests dst contains disallowed element \"y/z\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(sections); i++) {
		struct arena *mem = arena_new();
		const char *text = sections[i].policy;
		struct row row = { "", sections[i].error };

		/* The later ones before it, without their marks. */
		for (size_t k = i + 1; k < COUNT(sections); k++) {
			const char *mark = strchr(sections[k].policy, '^');

			text = arena_printf(mem, "%.*s%s,\n%s",
				(int)(mark - sections[k].policy),
				sections[k].policy, mark + 1, text);
		}
		row.policy = arena_printf(mem, "{%s}", text);
		check_rows(&row, 1, "%");
		arena_free(mem);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shape_of_the_whole_file_is_checked),
		cmocka_unit_test(members_that_nobody_knows_are_refused),
		cmocka_unit_test(two_spellings_of_one_member_are_refused),
		cmocka_unit_test(nul_in_a_text_is_refused),
		cmocka_unit_test(names_that_are_declared_badly_are_refused),
		cmocka_unit_test(owners_and_approvers_are_people),
		cmocka_unit_test(owners_and_approvers_are_declared),
		cmocka_unit_test(acls_are_refused_as_the_service_refuses_them),
		cmocka_unit_test(
			grants_are_refused_as_the_service_refuses_them),
		cmocka_unit_test(
			ssh_rules_are_refused_as_the_service_refuses_them),
		cmocka_unit_test(
			node_attributes_are_refused_as_the_service_refuses_them),
		cmocka_unit_test(
			destinations_of_ssh_tests_are_refused_before_they_run),
		cmocka_unit_test(
			ipsets_and_postures_are_refused_where_they_are_wrong),
		cmocka_unit_test(
			settings_of_the_tailnet_are_refused_where_they_are_wrong),
		cmocka_unit_test(the_section_that_comes_first_is_told),
	};

	return cmocka_run_group_tests_name("policy/refused", tests, NULL, NULL);
}
