#include "policy/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/policy_case.h"

/* ---- a tailnet of a few ---- */

static struct arena *mem;
static struct engine *e;

static int
begin(void **state)
{
	(void)state;
	mem = arena_new();
	e = engine_new();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	engine_free(e);
	arena_free(mem);
	return 0;
}

/* ' stands for a quote. */
static void
policy(const char *text)
{
	struct policy_error error = { NULL, { 0, 0 } };
	struct policy *p = policy_case_load(mem, text, &error);

	if (!p)
		fail_msg("%s", error.text);
	engine_set_policy(e, p);
}

static void
person(int64_t id, const char *login, enum policy_role role)
{
	assert_int_equal(engine_put_person(e, &(struct engine_person){ .id = id,
						      .login = login,
						      .role = role }),
		ERR_OK);
}

/* Words, separated by blanks. */
static struct json_texts
words(const char *text)
{
	struct json_texts t = { arena_array(mem, 16, sizeof(*t.at)), 0 };
	char *copy = arena_strdup(mem, text), *save = NULL;

	for (char *w = strtok_r(copy, " ", &save); w;
		w = strtok_r(NULL, " ", &save))
		t.at[t.count++] = w;
	return t;
}

/* `who`: a number of a person, or tags.  100.64.0.ID and fd7a:115c:a1e0::ID. */
static struct engine_machine
machine(int64_t id, const char *who, const char *routes)
{
	bool tagged = strncmp(who, "tag:", 4) == 0;

	return (struct engine_machine){
		.id = id,
		.user_id = tagged ? 0 : who[0] - '0',
		.tags = words(tagged ? who : ""),
		.ipv4 = arena_printf(mem, "100.64.0.%d", (int)id),
		.ipv6 = arena_printf(mem, "fd7a:115c:a1e0::%x", (unsigned)id),
		.routes = words(routes),
		.approved_routes = words(routes),
		.online = true,
	};
}

static void
put(struct engine_machine m)
{
	assert_int_equal(engine_put_machine(e, &m), ERR_OK);
}

static void
join(int64_t id, const char *who)
{
	put(machine(id, who, ""));
}

static const char *
text_of(struct buf *b)
{
	buf_put(b, "", 1);
	for (unsigned char *s = b->bytes; *s; s++)
		*s = *s == '"' ? '\'' : *s;
	return (const char *)b->bytes;
}

static const char *
filter(int64_t id)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	engine_put_filter(e, id, &b);
	return text_of(&b);
}

static const char *
caps(int64_t id)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	engine_put_caps(e, id, &b);
	return text_of(&b);
}

/* "addresses|allowed|primaries", each separated by blanks. */
static const char *
record(int64_t viewer, int64_t id)
{
	struct engine_record r;
	const struct json_texts *lists[] = { &r.addresses, &r.allowed_ips,
		&r.primary_routes };
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	engine_record(e, viewer, id, mem, &r);
	for (size_t i = 0; i < 3; i++) {
		buf_puts(&b, i ? "|" : "");
		for (size_t k = 0; k < lists[i]->count; k++)
			buf_putf(&b, "%s%s", k ? " " : "", lists[i]->at[k]);
	}
	return text_of(&b);
}

static const char *
routes_of(int64_t viewer, int64_t id)
{
	return strrchr(record(viewer, id), '|') + 1;
}

#define SOURCES(...)  "[{'SrcIPs':[" __VA_ARGS__ "]"
#define ALL_PORTS(ip) "{'IP':'" ip "','Ports':{'First':0,'Last':65535}}"
#define PORT(ip, port) \
	"{'IP':'" ip "','Ports':{'First':" #port ",'Last':" #port "}}"

/* ---- filters ---- */

static void
without_acls_and_grants_everything_is_allowed(void **state)
{
	(void)state;
	join(1, "tag:a");
	put(machine(2, "tag:b", "10.0.0.0/8 0.0.0.0/0"));
	policy("{}");
	assert_string_equal(filter(1),
		SOURCES("'10.0.0.0/8','100.115.94.0-100.127.255.255',"
			"'100.64.0.0-100.115.91.255','fd7a:115c:a1e0::/48'") ",'DstPorts':[" ALL_PORTS("*") "]}]");
	assert_true(engine_sees(e, 1, 2));
}

static void
an_empty_list_of_rules_allows_nothing(void **state)
{
	static const char *const texts[] = { "{'acls':[]}", "{'grants':[]}" };

	(void)state;
	join(1, "tag:a");
	join(2, "tag:a");
	for (size_t i = 0; i < 2; i++) {
		policy(texts[i]);
		assert_string_equal(filter(1), "[]");
		assert_false(engine_sees(e, 1, 2));
	}
}

static void
sources_are_sorted_as_texts_and_stand_once(void **state)
{
	(void)state;
	join(9, "tag:a");
	join(10, "tag:a tag:b");
	join(3, "tag:c");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[],'tag:c':[]},"
	       "'acls':[{'action':'accept','src':['tag:a','tag:b',"
	       "'100.64.0.9','2001:db8::/32'],'dst':['tag:c:22']}]}");
	assert_string_equal(filter(3),
		SOURCES("'100.64.0.10','100.64.0.9','2001:db8::/32',"
			"'fd7a:115c:a1e0::9','fd7a:115c:a1e0::a'") ","
								   "'DstPorts':[" PORT(
									   "100.64.0.3",
									   22) "," PORT("fd7a:115c:a1e0::3",
									   22) "]}]");
}

static void
danger_all_stands_alone_whatever_is_beside_it(void **state)
{
	(void)state;
	put(machine(1, "tag:a", "10.0.0.0/8"));
	policy("{'tagOwners':{'tag:a':[]},'acls':[{'action':'accept','src':["
	       "'*','tag:a','autogroup:danger-all'],'dst':['tag:a:22']}]}");
	assert_string_equal(filter(1),
		SOURCES("'*'") ",'DstPorts':[" PORT("100.64.0.1", 22) "," PORT(
			"fd7a:115c:a1e0::1", 22) "]}]");
}

/* A host's address as source is the same list in another spelling; the place
 * of a joined rule is that of the first, even if this machine does not get it.
 */
static void
rules_of_equal_sources_join_at_the_first_of_them(void **state)
{
	(void)state;
	join(1, "tag:a");
	join(2, "tag:b");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[]},'hosts':{'h':'1.2.3.4'},"
	       "'acls':["
	       "{'action':'accept','src':['1.2.3.4'],'dst':['tag:b:1']},"
	       "{'action':'accept','src':['5.6.7.8'],'dst':['tag:a:2']},"
	       "{'action':'accept','src':['h'],'dst':['tag:a:3']},"
	       "{'action':'accept','src':['1.2.3.4'],'dst':['tag:a:4'],"
	       "'proto':'tcp'}]}");
	assert_string_equal(filter(1),
		SOURCES("'1.2.3.4'") ",'DstPorts':[" PORT(
			"100.64.0.1", 3) "," PORT("fd7a:115c:a1e0::1",
			3) "]},"
			   "{'SrcIPs':['5.6.7.8'],'DstPorts':[" PORT(
				   "100.64.0.1",
				   2) "," PORT("fd7a:115c:a1e0::1",
				   2) "]},"
				      "{'SrcIPs':['1.2.3.4'],'IPProto':[6],'DstPorts':[" PORT(
					      "100.64.0.1",
					      4) "," PORT("fd7a:115c:a1e0::1",
					      4) "]}]");
}

/* Two tags name the same machines until one joins that has but one of them. */
static void
rules_part_and_join_again_as_machines_come_and_go(void **state)
{
	const char *one, *two;

	(void)state;
	join(1, "tag:a tag:b");
	join(2, "tag:c");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[],'tag:c':[]},'acls':["
	       "{'action':'accept','src':['tag:a'],'dst':['tag:c:1']},"
	       "{'action':'accept','src':['tag:b'],'dst':['tag:c:2']}]}");
	one = filter(2);
	assert_null(strstr(one + 2, "SrcIPs")
			    ? strstr(strstr(one + 2, "SrcIPs") + 1, "SrcIPs")
			    : NULL);
	join(3, "tag:a");
	two = filter(2);
	assert_non_null(strstr(strstr(two, "SrcIPs") + 1, "SrcIPs"));
	engine_drop_machine(e, 3);
	assert_string_equal(filter(2), one);
}

static void
self_is_the_devices_of_one_user(void **state)
{
	(void)state;
	person(1, "ann@example.com", POLICY_ROLE_MEMBER);
	person(2, "bob@example.com", POLICY_ROLE_MEMBER);
	join(1, "1");
	join(2, "1");
	join(3, "2");
	join(4, "tag:a");
	policy("{'tagOwners':{'tag:a':[]},'acls':[{'action':'accept',"
	       "'src':['*'],'dst':['autogroup:self:*']}]}");
	assert_string_equal(filter(1),
		SOURCES("'100.64.0.1','100.64.0.2','fd7a:115c:a1e0::1',"
			"'fd7a:115c:a1e0::2'") ",'DstPorts':[" ALL_PORTS("100.64.0.1") "," ALL_PORTS("fd7a:115c:a1e0::1") "]}]");
	assert_true(engine_sees(e, 1, 2));
	assert_false(engine_sees(e, 1, 3));
	assert_string_equal(filter(4), "[]");
}

static void
a_person_is_named_by_either_login(void **state)
{
	struct engine_person ann = { .id = 1,
		.login = "ann@example.com",
		.other_login = "ann@",
		.role = POLICY_ROLE_MEMBER };

	(void)state;
	assert_int_equal(engine_put_person(e, &ann), ERR_OK);
	person(2, "bob@example.com", POLICY_ROLE_MEMBER);
	join(1, "1");
	join(2, "2");
	policy("{'groups':{'group:g':['ann@']},'grants':[{'src':['group:g'],"
	       "'dst':['bob@example.com'],'ip':['22']}]}");
	assert_true(engine_sees(e, 1, 2));
	ann.other_login = NULL;
	assert_int_equal(engine_put_person(e, &ann), ERR_OK);
	assert_false(engine_sees(e, 1, 2));
}

static void
a_group_of_a_provider_names_whom_the_provider_says(void **state)
{
	static const char text[] =
		"{\"grants\":[{\"src\":[\"group:dev@example.org\"],\"dst\":["
		"\"group:/ops team@example.org\"],\"ip\":[\"22\"]}]}";
	const char *domains[] = { "example.com", "group:@example.org" };
	const struct bytes bytes = { (const void *)text, strlen(text) };
	struct engine_person ann = { .id = 1,
		.login = "ann@example.com",
		.groups = "a@example.org\ndev@example.org",
		.role = POLICY_ROLE_MEMBER };
	struct engine_person bob = { .id = 2,
		.login = "bob@example.com",
		.groups = "/ops team@example.org",
		.role = POLICY_ROLE_MEMBER };
	struct policy_error error = { NULL, { 0, 0 } };
	struct policy *p;

	(void)state;
	assert_int_equal(policy_load(bytes, &(struct json_texts){ domains, 2 },
				 mem, &p, &error),
		ERR_OK);
	engine_set_policy(e, p);
	assert_int_equal(engine_put_person(e, &ann), ERR_OK);
	assert_int_equal(engine_put_person(e, &bob), ERR_OK);
	join(1, "1");
	join(2, "2");
	assert_true(engine_sees(e, 1, 2));
	engine_clean(e);
	ann.groups = "a@example.org";
	assert_int_equal(engine_put_person(e, &ann), ERR_OK);
	assert_false(engine_sees(e, 1, 2));
	ann.groups = "dev@example.org"; /* and a group is not a login */
	ann.login = "/ops team@example.org";
	assert_int_equal(engine_put_person(e, &ann), ERR_OK);
	assert_true(engine_sees(e, 1, 2));
	bob.groups = NULL;
	assert_int_equal(engine_put_person(e, &bob), ERR_OK);
	assert_false(engine_sees(e, 1, 2));
}

static void
a_group_that_no_provider_fills_must_be_declared(void **state)
{
	static const char *const texts[] = {
		"{\"grants\":[{\"src\":[\"group:dev@example.com\"],\"dst\":["
		"\"*\"],\"ip\":[\"*\"]}]}",
		"{\"grants\":[{\"src\":[\"group:dev\"],\"dst\":[\"*\"],"
		"\"ip\":[\"*\"]}]}",
		"{\"grants\":[{\"src\":[\"user:*@group:@example.org\"],"
		"\"dst\":[\"group:dev@example.org.\"],\"ip\":[\"*\"]}]}",
	};
	const char *domains[] = { "example.com", "group:@example.org" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const struct bytes bytes = { (const void *)texts[i],
			strlen(texts[i]) };
		struct policy_error error = { NULL, { 0, 0 } };
		struct policy *p;

		assert_int_equal(
			policy_load(bytes, &(struct json_texts){ domains, 2 },
				mem, &p, &error),
			ERR_POLICY);
		assert_non_null(strstr(error.text, "group not found"));
	}
}

static void
internet_goes_to_exit_nodes_alone(void **state)
{
	(void)state;
	join(1, "tag:a");
	put(machine(2, "tag:b", "0.0.0.0/0 ::/0"));
	put(machine(3, "tag:b", "8.8.8.0/24"));
	policy("{'tagOwners':{'tag:a':[],'tag:b':[]},'grants':[{'src':"
	       "['tag:a'],'dst':['autogroup:internet'],'ip':['*']}]}");
	assert_non_null(strstr(filter(2), "0.0.0.0-9.255.255.255"));
	assert_string_equal(filter(3), "[]");
	assert_true(engine_sees(e, 1, 2));
	assert_false(engine_sees(e, 1, 3));
	assert_string_equal(record(1, 2),
		"100.64.0.2/32 fd7a:115c:a1e0::2/128|100.64.0.2/32 "
		"fd7a:115c:a1e0::2/128 0.0.0.0/0 ::/0|");
}

/* ---- capabilities in grants ---- */

static void
a_capability_brings_its_companion_back(void **state)
{
	(void)state;
	join(1, "tag:a");
	join(2, "tag:b");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[]},'grants':[{'src':"
	       "['tag:a'],'dst':['tag:b'],'app':{'tailscale.com/cap/drive':"
	       "[{'x':1.50}]}}]}");
	assert_string_equal(filter(2),
		SOURCES("'100.64.0.1','fd7a:115c:a1e0::1'") ",'CapGrant':[{"
							    "'Dsts':['100.64.0.2/32','fd7a:115c:a1e0::2/128'],'CapMap':"
							    "{'tailscale.com/cap/drive':[{'x':1.50}]}}]}]");
	assert_string_equal(filter(1),
		SOURCES("'100.64.0.2','fd7a:115c:a1e0::2'") ",'CapGrant':[{"
							    "'Dsts':['100.64.0.1/32','fd7a:115c:a1e0::1/128'],'CapMap':"
							    "{'tailscale.com/cap/drive-sharer':null}}]}]");
}

static void
taildrop_by_grant_is_both_names_that_clients_know(void **state)
{
	(void)state;
	join(1, "tag:a");
	join(2, "tag:b");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[]},'grants':[{'src':"
	       "['tag:a'],'dst':['tag:b'],'app':{'cairn/cap/taildrop':[]}}]}");
	assert_string_equal(filter(2),
		SOURCES("'100.64.0.1','fd7a:115c:a1e0::1'") ",'CapGrant':[{"
							    "'Dsts':['100.64.0.2/32','fd7a:115c:a1e0::2/128'],'CapMap':"
							    "{'cairn/cap/taildrop':[],'https://tailscale.com/cap/file-send':"
							    "null}}]}]");
	assert_string_equal(filter(1),
		SOURCES("'100.64.0.2','fd7a:115c:a1e0::2'") ",'CapGrant':[{"
							    "'Dsts':['100.64.0.1/32','fd7a:115c:a1e0::1/128'],'CapMap':"
							    "{'https://tailscale.com/cap/file-sharing-target':null}}]}]");
}

static void
a_capability_without_sources_is_sent_and_connects_nobody(void **state)
{
	(void)state;
	join(1, "tag:a");
	join(2, "tag:b");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[],'tag:c':[]},'grants':["
	       "{'src':['tag:c'],'dst':['tag:b'],'app':{'example.com/x':[]}}]"
	       "}");
	assert_string_equal(filter(2),
		SOURCES("") ",'CapGrant':[{'Dsts':['100.64.0.2/32',"
			    "'fd7a:115c:a1e0::2/128'],'CapMap':{'example.com/x':[]}}]}]");
	assert_false(engine_sees(e, 1, 2));
}

/* ---- routes ---- */

static void
two_routers(void)
{
	join(1, "tag:a");
	put(machine(2, "tag:b", "10.0.0.0/8"));
	put(machine(3, "tag:c", "10.0.0.0/8"));
}

static void
the_first_that_joined_and_is_online_carries_a_route(void **state)
{
	struct engine_machine m;

	(void)state;
	two_routers();
	policy("{}");
	assert_string_equal(routes_of(1, 2), "10.0.0.0/8");
	assert_string_equal(routes_of(1, 3), "");
	assert_string_equal(routes_of(3, 3), "");
	m = machine(2, "tag:b", "10.0.0.0/8");
	m.online = false;
	put(m);
	assert_string_equal(routes_of(1, 2), "");
	assert_string_equal(routes_of(1, 3), "10.0.0.0/8");
	assert_string_equal(routes_of(3, 3), "10.0.0.0/8");
}

static void
via_steers_to_the_tagged_router(void **state)
{
	(void)state;
	two_routers();
	policy("{'tagOwners':{'tag:a':[],'tag:b':[],'tag:c':[]},'grants':["
	       "{'src':['tag:a'],'dst':['10.1.0.0/16'],'ip':['22'],"
	       "'via':['tag:c']}]}");
	assert_string_equal(routes_of(1, 3), "10.0.0.0/8");
	assert_false(engine_sees(e, 1, 2));
	assert_string_equal(filter(2), "[]");
	assert_string_equal(filter(3),
		SOURCES("'100.64.0.1','fd7a:115c:a1e0::1'") ",'DstPorts':[" PORT(
			"10.1.0.0/16", 22) "]}]");
}

static void
via_passes_a_router_that_is_offline(void **state)
{
	struct engine_machine m = machine(3, "tag:c", "10.0.0.0/8");

	(void)state;
	two_routers();
	put(machine(4, "tag:c", "10.0.0.0/8"));
	policy("{'tagOwners':{'tag:a':[],'tag:b':[],'tag:c':[]},'grants':["
	       "{'src':['tag:a'],'dst':['10.1.0.0/16'],'ip':['22'],"
	       "'via':['tag:c']}]}");
	assert_string_equal(routes_of(1, 3), "10.0.0.0/8");
	m.online = false;
	put(m);
	assert_string_equal(routes_of(1, 3), "");
	assert_string_equal(routes_of(1, 4), "10.0.0.0/8");
}

/* To the router a machine in its network is a part of that network. */
static void
a_route_over_a_machine_brings_its_rules_to_the_router(void **state)
{
	const char *before;

	(void)state;
	join(1, "tag:a");
	join(2, "tag:b");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[],'tag:r':[]},'acls':[{"
	       "'action':'accept','src':['tag:a'],'dst':['tag:b:22']}]}");
	join(3, "tag:r");
	assert_string_equal(filter(3), "[]");
	before = filter(2);
	put(machine(3, "tag:r", "100.64.0.2/32"));
	assert_string_equal(filter(3),
		SOURCES("'100.64.0.1','fd7a:115c:a1e0::1'") ",'DstPorts':[" PORT(
			"100.64.0.2", 22) "]}]");
	assert_true(engine_sees(e, 1, 3));
	assert_false(engine_sees(e, 2, 3));
	/* Another machine of the tag is none of its business. */
	join(4, "tag:b");
	assert_null(strstr(filter(3), "100.64.0.4"));
	join(3, "tag:r");
	assert_string_equal(filter(3), "[]");
	engine_drop_machine(e, 4);
	assert_string_equal(filter(2), before);
}

/* "*" is the tailnet's addresses and the approved routes. */
static void
an_address_outside_the_tailnet_counts_where_a_route_holds_it(void **state)
{
	struct engine_machine m = machine(1, "tag:a", "");

	(void)state;
	m.ipv4 = "10.1.2.3";
	m.ipv6 = NULL;
	put(m);
	join(2, "tag:b");
	join(3, "tag:c");
	policy("{'tagOwners':{'tag:b':[],'tag:c':[]},'acls':[{'action':"
	       "'accept','src':['*'],'dst':['tag:b:22']}]}");
	assert_false(engine_sees(e, 1, 2));
	assert_true(engine_sees(e, 3, 2));
	put(machine(3, "tag:c", "10.0.0.0/8"));
	assert_true(engine_sees(e, 1, 2));
}

static void
a_rule_without_via_beats_one_with_it(void **state)
{
	(void)state;
	two_routers();
	policy("{'tagOwners':{'tag:a':[],'tag:b':[],'tag:c':[]},'grants':["
	       "{'src':['tag:a'],'dst':['10.1.0.0/16'],'ip':['22'],"
	       "'via':['tag:c']},"
	       "{'src':['tag:a'],'dst':['10.2.0.0/16'],'ip':['22']}]}");
	assert_string_equal(routes_of(1, 2), "10.0.0.0/8");
	assert_string_equal(routes_of(1, 3), "");
}

static void
without_ipv4_neither_side_shows_it(void **state)
{
	(void)state;
	join(1, "tag:a");
	join(2, "tag:b");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[]},'nodeAttrs':[{'target':"
	       "['tag:b'],'attr':['disable-ipv4']}]}");
	assert_string_equal(
		record(1, 2), "fd7a:115c:a1e0::2/128|fd7a:115c:a1e0::2/128|");
	assert_string_equal(
		record(2, 1), "fd7a:115c:a1e0::1/128|fd7a:115c:a1e0::1/128|");
	assert_string_equal(record(1, 1),
		"100.64.0.1/32 fd7a:115c:a1e0::1/128|100.64.0.1/32 "
		"fd7a:115c:a1e0::1/128|");
	policy("{'disableIPv4':true}");
	assert_string_equal(
		record(1, 1), "fd7a:115c:a1e0::1/128|fd7a:115c:a1e0::1/128|");
}

/* ---- postures and ipsets ---- */

static void
with_os(int64_t id, const char *os)
{
	struct engine_attribute a = { "node:os", os };
	struct engine_machine m = machine(id, "tag:a", "");

	m.attributes = &a;
	m.attribute_count = 1;
	put(m);
}

static void
who_fails_the_posture_leaves_the_sources(void **state)
{
	(void)state;
	with_os(1, "linux");
	with_os(2, "windows");
	join(3, "tag:b");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[]},'postures':{'posture:l':"
	       "['node:os == `linux`']},'acls':[{'action':'accept','src':["
	       "'tag:a'],'dst':['tag:b:*'],'srcPosture':['posture:l']}]}");
	assert_non_null(strstr(filter(3), "['100.64.0.1','fd7a:"));
	assert_true(engine_sees(e, 1, 3));
	assert_false(engine_sees(e, 2, 3));
	with_os(2, "linux");
	assert_true(engine_sees(e, 2, 3));
}

static void
everybody_with_a_posture_is_listed_one_by_one(void **state)
{
	(void)state;
	with_os(1, "linux");
	with_os(2, "windows");
	join(3, "tag:b");
	put(machine(4, "tag:b", "10.0.0.0/8"));
	policy("{'tagOwners':{'tag:a':[],'tag:b':[]},'postures':{'posture:l':"
	       "['node:os == `linux`']},'acls':[{'action':'accept','src':["
	       "'*'],'dst':['tag:b:*'],'srcPosture':['posture:l']}]}");
	assert_non_null(strstr(
		filter(3), "['10.0.0.0/8','100.64.0.1','fd7a:115c:a1e0::1']"));
}

static void
a_network_of_a_rule_with_a_posture_is_cut(void **state)
{
	(void)state;
	with_os(1, "linux");
	with_os(2, "windows");
	join(3, "tag:b");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[]},'postures':{'posture:l':"
	       "['node:os == `linux`']},'acls':[{'action':'accept','src':["
	       "'100.64.0.0/30'],'dst':['tag:b:*'],'srcPosture':"
	       "['posture:l']}]}");
	/* Nor does the machine that is asked have an operating system. */
	assert_non_null(strstr(filter(3), "['100.64.0.0/31']"));
}

static void
an_ipset_is_written_range_by_range(void **state)
{
	(void)state;
	put(machine(1, "tag:a", "10.0.0.0/8"));
	policy("{'ipsets':{'ipset:x':['add 10.0.0.0/24','add "
	       "10.2.0.1-10.2.0.6','remove 10.0.0.128/25','add 1.1.1.1']},"
	       "'acls':[{'action':'accept','src':['ipset:x'],'dst':["
	       "'ipset:x:1']}]}");
	assert_string_equal(filter(1),
		SOURCES("'1.1.1.1','10.0.0.0/25','10.2.0.1-10.2.0.6'") ","
								       "'DstPorts':[" PORT(
									       "10.0.0.0/25",
									       1) "," PORT("10.2.0.1-10.2.0.6",
									       1) "]}]");
}

/* ---- capabilities of machines ---- */

static void
funnel_brings_its_ports_and_a_warning_without_https(void **state)
{
	(void)state;
	join(1, "tag:a");
	policy("{'tagOwners':{'tag:a':[]},'nodeAttrs':[{'target':['tag:a'],"
	       "'attr':['funnel']}]}");
	assert_non_null(strstr(caps(1), "funnel-ports?ports=443,8443,10000"));
	assert_non_null(strstr(caps(1), "warn-funnel-no-https"));
	engine_set_settings(e, &(struct engine_settings){ .https = true });
	assert_null(strstr(caps(1), "warn-funnel-no-https"));
}

static void
arrays_of_one_capability_are_put_together(void **state)
{
	(void)state;
	join(1, "tag:a");
	policy("{'tagOwners':{'tag:a':[]},'nodeAttrs':[{'target':['*'],"
	       "'app':{'x.y/z':[1]}},{'target':['tag:a'],'app':{'x.y/z':["
	       "{'a':2},3],'e.f/g':[]}}]}");
	assert_non_null(strstr(caps(1), "'x.y/z':[1,{'a':2},3]"));
	assert_non_null(strstr(caps(1), "'e.f/g':[]"));
}

static void
one_cgnat_is_for_macs(void **state)
{
	(void)state;
	with_os(1, "linux");
	with_os(2, "macos");
	policy("{'OneCGNATRoute':'mac-never'}");
	assert_null(strstr(caps(1), "one-cgnat"));
	assert_non_null(strstr(caps(2), "'one-cgnat?v=false':null"));
}

static void
admins_are_told_so(void **state)
{
	(void)state;
	person(1, "ann@example.com", POLICY_ROLE_MEMBER);
	join(1, "1");
	policy("{}");
	assert_null(strstr(caps(1), "is-admin"));
	person(1, "ann@example.com", POLICY_ROLE_ADMIN);
	assert_non_null(strstr(caps(1), "is-admin"));
}

/* ---- approvers and owners ---- */

static const char *
approved(int64_t id)
{
	struct json_texts t;
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	engine_auto_approved(e, id, mem, &t);
	for (size_t i = 0; i < t.count; i++)
		buf_putf(&b, "%s%s", i ? " " : "", t.at[i]);
	return text_of(&b);
}

static void
a_default_route_among_routes_approves_no_exit(void **state)
{
	(void)state;
	put(machine(1, "tag:a", "10.1.0.0/16 0.0.0.0/0 2001:db8::/32"));
	policy("{'tagOwners':{'tag:a':[]},'autoApprovers':{'routes':{"
	       "'0.0.0.0/0':['tag:a']}}}");
	assert_string_equal(approved(1), "10.1.0.0/16");
	policy("{'tagOwners':{'tag:a':[]},'autoApprovers':{'routes':{"
	       "'10.1.2.0/24':['tag:a']},'exitNode':['tag:a']}}");
	assert_string_equal(approved(1), "0.0.0.0/0");
}

static void
owners_of_a_tag_own_what_it_owns(void **state)
{
	struct json_texts none = { NULL, 0 }, a = words("tag:a");

	(void)state;
	person(1, "ann@example.com", POLICY_ROLE_MEMBER);
	person(2, "bob@example.com", POLICY_ROLE_MEMBER);
	person(3, "cyd@example.com", POLICY_ROLE_NETWORK_ADMIN);
	policy("{'tagOwners':{'tag:a':['ann@example.com'],'tag:b':['tag:a'],"
	       "'tag:c':['tag:d'],'tag:d':['tag:c'],'tag:e':[]}}");
	assert_true(engine_owns_tag(e, 1, &none, "tag:a"));
	assert_true(engine_owns_tag(e, 1, &none, "tag:b"));
	assert_false(engine_owns_tag(e, 2, &none, "tag:b"));
	assert_true(engine_owns_tag(e, 0, &a, "tag:b"));
	assert_false(engine_owns_tag(e, 1, &none, "tag:c"));
	assert_false(engine_owns_tag(e, 1, &none, "tag:e"));
	assert_true(engine_owns_tag(e, 3, &none, "tag:e"));
	assert_false(engine_owns_tag(e, 3, &none, "tag:unknown"));
}

/* ---- whom a change concerns ---- */

/* "1:4 2:1" after the changes since the last call. */
static const char *
dirty(void)
{
	const struct engine_dirty *list;
	size_t count = engine_dirty(e, &list);
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	for (size_t i = 0; i < count; i++)
		buf_putf(&b, "%s%d:%u", i ? " " : "", (int)list[i].id,
			list[i].parts);
	engine_clean(e);
	return text_of(&b);
}

static void
three_of_whom_one_may_reach_one(void)
{
	join(1, "tag:a");
	join(2, "tag:b");
	join(3, "tag:c");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[],'tag:c':[]},'acls':[{"
	       "'action':'accept','src':['tag:a'],'dst':['tag:b:22']}]}");
	(void)dirty();
}

static void
a_join_concerns_those_that_receive_and_see_it(void **state)
{
	(void)state;
	three_of_whom_one_may_reach_one();
	join(4, "tag:a");
	assert_string_equal(dirty(), "2:3 4:31");
	engine_drop_machine(e, 4);
	assert_string_equal(dirty(), "2:3");
}

static void
the_same_policy_in_other_words_concerns_nobody(void **state)
{
	(void)state;
	three_of_whom_one_may_reach_one();
	policy("{'tagOwners':{'tag:c':[],'tag:b':[],'tag:a':[]},/* b */"
	       "'acls':[{'src':['tag:a'],'dst':['tag:b:22'],"
	       "'action':'accept',},]}");
	assert_string_equal(dirty(), "");
}

static void
another_port_concerns_its_machine(void **state)
{
	(void)state;
	three_of_whom_one_may_reach_one();
	policy("{'tagOwners':{'tag:a':[],'tag:b':[],'tag:c':[]},'acls':[{"
	       "'action':'accept','src':['tag:a'],'dst':['tag:b:23']}]}");
	assert_string_equal(dirty(), "2:1");
}

static void
what_is_put_again_unchanged_concerns_nobody(void **state)
{
	(void)state;
	three_of_whom_one_may_reach_one();
	join(1, "tag:a");
	assert_string_equal(dirty(), "");
}

static void
a_router_that_goes_offline_concerns_those_it_served(void **state)
{
	struct engine_machine m = machine(2, "tag:b", "10.0.0.0/8");

	(void)state;
	join(4, "tag:d");
	two_routers();
	policy("{'tagOwners':{'tag:a':[],'tag:b':[],'tag:c':[],'tag:d':[]},"
	       "'acls':[{'action':'accept','src':['tag:a'],'dst':["
	       "'10.0.0.0/8:*']}]}");
	(void)dirty();
	m.online = false;
	put(m);
	assert_string_equal(dirty(), "1:4 2:4 3:4");
}

static void
a_setting_concerns_those_whose_capabilities_it_changes(void **state)
{
	(void)state;
	join(1, "tag:a");
	join(2, "tag:b");
	policy("{'tagOwners':{'tag:a':[]},'nodeAttrs':[{'target':['tag:a'],"
	       "'attr':['funnel']}]}");
	(void)dirty();
	engine_set_settings(e, &(struct engine_settings){ .https = true });
	assert_string_equal(dirty(), "1:16");
}

/* ---- views ---- */

static void
machines_of_one_view_share_a_number_that_is_not_given_again(void **state)
{
	uint64_t a, b;

	(void)state;
	join(1, "tag:a");
	join(2, "tag:a");
	join(3, "tag:b");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[]},'acls':[{'action':"
	       "'accept','src':['tag:a'],'dst':['tag:b:1']}]}");
	a = engine_view(e, 1);
	b = engine_view(e, 3);
	assert_true(a && b && a != b);
	assert_int_equal(engine_view(e, 2), a);
	policy("{'tagOwners':{'tag:a':[],'tag:b':[]},'acls':[]}");
	assert_true(engine_view(e, 1) > b);
	assert_int_equal(engine_view(e, 99), 0);
}

static void
a_mask_tells_sixty_four_machines_at_once(void **state)
{
	(void)state;
	join(1, "tag:a");
	join(5, "tag:a");
	join(68, "tag:a");
	join(69, "tag:a");
	policy("{}");
	assert_int_equal(engine_sees_mask(e, 1, 5), (uint64_t)1 << 63 | 1);
	assert_int_equal(engine_sees_mask(e, 5, 0), (uint64_t)1 << 1);
}

static void
a_mask_is_that_of_the_machines_as_they_are(void **state)
{
	(void)state;
	policy("{'tagOwners':{'tag:a':[],'tag:b':[],'tag:c':[]},"
	       "'acls':[{'action':'accept','src':['tag:a'],'dst':"
	       "['tag:a:1','tag:b:1']}]}");
	join(1, "tag:a");
	join(2, "tag:a");
	join(3, "tag:b");
	assert_int_equal(engine_sees_mask(e, 1, 0), 1 << 2 | 1 << 3);
	assert_int_equal(engine_sees_mask(e, 2, 0), 1 << 1 | 1 << 3);
	join(4, "tag:b");
	assert_int_equal(engine_sees_mask(e, 1, 0), 1 << 2 | 1 << 3 | 1 << 4);
	join(3, "tag:c");
	assert_int_equal(engine_sees_mask(e, 1, 0), 1 << 2 | 1 << 4);
	engine_drop_machine(e, 4);
	assert_int_equal(engine_sees_mask(e, 1, 0), 1 << 2);
	policy("{}");
	assert_int_equal(engine_sees_mask(e, 1, 0), 1 << 2 | 1 << 3);
	assert_int_equal(engine_sees_mask(e, 3, 0), 1 << 1 | 1 << 2);
}

/* ---- what is wrong, and much ---- */

static const char *
ssh(int64_t id)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	engine_put_ssh(e, id, "https://c", &b);
	return text_of(&b);
}

static void
a_source_that_two_aliases_name_is_told_once(void **state)
{
	const char *rules, *at;

	(void)state;
	policy("{'tagOwners': {'tag:a': []}, 'ssh': [{'action': 'accept', "
	       "'src': ['autogroup:member', 'ann@example.com'], 'dst': "
	       "['tag:a'], 'users': ['root']}]}");
	person(1, "ann@example.com", POLICY_ROLE_MEMBER);
	join(1, "1");
	join(2, "tag:a");
	rules = ssh(2);
	at = strstr(rules, "'100.64.0.1'");
	assert_non_null(at);
	assert_null(strstr(at + 1, "'100.64.0.1'"));
}

static void
a_local_part_ends_at_the_last_at_of_a_login(void **state)
{
	(void)state;
	policy("{'tagOwners': {'tag:a': []}, 'ssh': [{'action': 'accept', "
	       "'src': ['autogroup:member'], 'dst': ['tag:a'], 'users': "
	       "['localpart:*@example.com', 'debian']}]}");
	person(1, "ann@home@example.com", POLICY_ROLE_MEMBER);
	join(1, "1");
	join(2, "tag:a");
	assert_non_null(strstr(ssh(2), "{'ann@home':'ann@home'}"));
	assert_non_null(strstr(ssh(2), "'debian':'debian'"));
}

static void
addresses_and_routes_that_are_none_are_refused(void **state)
{
	struct engine_machine m = machine(1, "tag:a", "10.0.0.0/33");

	(void)state;
	assert_int_equal(engine_put_machine(e, &m), ERR_BAD_INPUT);
	m = machine(1, "tag:a", "");
	m.ipv4 = "100.64.0.256";
	assert_int_equal(engine_put_machine(e, &m), ERR_BAD_INPUT);
	m = machine(0, "tag:a", "");
	assert_int_equal(engine_put_machine(e, &m), ERR_BAD_INPUT);
	assert_string_equal(filter(1), "");
	assert_string_equal(record(1, 1), "||");
	engine_drop_machine(e, 1);
}

static const char *
twelve_tags(unsigned bits)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	for (unsigned i = 0; i < 12; i++)
		if (bits >> i & 1)
			buf_putf(&b, "%stag:%c", b.len ? " " : "", 'a' + i);
	return text_of(&b);
}

/* ---- large groups ---- */

#define NAMED "'cap:cairn-src-"
#define NET_POLICY(ip)                                                     \
	"{'tagOwners':{'tag:a':[],'tag:b':[]},'grants':[{'src':['tag:a']," \
	"'dst':['tag:b','10.0.0.0/24'],'ip':['" ip "']}]}"

static void
groups_are_large_from(size_t addresses)
{
	engine_set_settings(
		e, &(struct engine_settings){ .cap_sources_from = addresses });
}

static void
a_large_group_stands_by_name_except_at_a_router(void **state)
{
	(void)state;
	groups_are_large_from(4);
	join(1, "tag:a");
	join(3, "tag:b");
	put(machine(4, "tag:b", "10.0.0.0/24"));
	put(machine(5, "tag:b", "0.0.0.0/0 ::/0"));
	policy(NET_POLICY("tcp:22"));
	assert_null(strstr(filter(3), NAMED));
	join(2, "tag:a");
	assert_non_null(strstr(filter(3), NAMED));
	for (int64_t id = 4; id <= 5; id++) {
		assert_null(strstr(filter(id), NAMED));
		assert_non_null(strstr(filter(id), "'100.64.0.1"));
		assert_non_null(strstr(filter(id), "'fd7a:115c:a1e0::2'"));
	}
}

static void
a_protocol_without_names_lists_the_large_group(void **state)
{
	static const struct {
		const char *policy;
		bool named;
	} cases[] = {
		{ NET_POLICY("*"), true },
		{ NET_POLICY("tcp:22"), true },
		{ NET_POLICY("udp:*"), true },
		{ NET_POLICY("sctp:22"), true },
		{ NET_POLICY("icmp:*"), true },
		{ NET_POLICY("ipv6-icmp:*"), true },
		{ NET_POLICY("gre:*"), false },
		{ NET_POLICY("99:*"), false },
	};

	(void)state;
	groups_are_large_from(2);
	join(1, "tag:a");
	join(3, "tag:b");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		policy(cases[i].policy);
		assert_int_equal(
			strstr(filter(3), NAMED) != NULL, cases[i].named);
		assert_int_equal(strstr(filter(3), "100.64.0.1") == NULL,
			cases[i].named);
	}
}

static void
a_join_into_a_large_group_concerns_its_routers_filter_alone(void **state)
{
	(void)state;
	groups_are_large_from(2);
	join(1, "tag:a");
	join(3, "tag:b");
	put(machine(4, "tag:b", "10.0.0.0/24"));
	policy(NET_POLICY("tcp:22"));
	(void)dirty();
	join(2, "tag:a");
	assert_string_equal(dirty(), "2:31 3:2 4:3");
}

/* One machine that has had each set of tags leaves a class without members each
 * time; they are dropped at a thousand, and nobody notices. */
static void
classes_that_nobody_is_in_are_dropped(void **state)
{
	(void)state;
	person(1, "ann@example.com", POLICY_ROLE_MEMBER);
	join(1, "1");
	policy("{'tagOwners':{'tag:a':[],'tag:b':[],'tag:c':[],'tag:d':[],"
	       "'tag:e':[],'tag:f':[],'tag:g':[],'tag:h':[],'tag:i':[],"
	       "'tag:j':[],'tag:k':[],'tag:l':[]},'acls':[{'action':'accept',"
	       "'src':['autogroup:member'],'dst':['tag:a:22','tag:b:22',"
	       "'tag:c:22','tag:d:22','tag:e:22','tag:f:22','tag:g:22',"
	       "'tag:h:22','tag:i:22','tag:j:22','tag:k:22']}]}");
	for (unsigned i = 1; i < 4096; i++) {
		join(2, twelve_tags(i));
		/* Nothing is open on the twelfth. */
		assert_int_equal(engine_sees(e, 1, 2), i != 1 << 11);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_acls_and_grants_everything_is_allowed),
		TEST(an_empty_list_of_rules_allows_nothing),
		TEST(sources_are_sorted_as_texts_and_stand_once),
		TEST(danger_all_stands_alone_whatever_is_beside_it),
		TEST(rules_of_equal_sources_join_at_the_first_of_them),
		TEST(rules_part_and_join_again_as_machines_come_and_go),
		TEST(self_is_the_devices_of_one_user),
		TEST(a_person_is_named_by_either_login),
		TEST(a_group_of_a_provider_names_whom_the_provider_says),
		TEST(a_group_that_no_provider_fills_must_be_declared),
		TEST(internet_goes_to_exit_nodes_alone),
		TEST(a_capability_brings_its_companion_back),
		TEST(taildrop_by_grant_is_both_names_that_clients_know),
		TEST(a_capability_without_sources_is_sent_and_connects_nobody),
		TEST(the_first_that_joined_and_is_online_carries_a_route),
		TEST(via_steers_to_the_tagged_router),
		TEST(via_passes_a_router_that_is_offline),
		TEST(a_route_over_a_machine_brings_its_rules_to_the_router),
		TEST(an_address_outside_the_tailnet_counts_where_a_route_holds_it),
		TEST(a_rule_without_via_beats_one_with_it),
		TEST(without_ipv4_neither_side_shows_it),
		TEST(who_fails_the_posture_leaves_the_sources),
		TEST(everybody_with_a_posture_is_listed_one_by_one),
		TEST(a_network_of_a_rule_with_a_posture_is_cut),
		TEST(an_ipset_is_written_range_by_range),
		TEST(funnel_brings_its_ports_and_a_warning_without_https),
		TEST(arrays_of_one_capability_are_put_together),
		TEST(one_cgnat_is_for_macs),
		TEST(admins_are_told_so),
		TEST(a_default_route_among_routes_approves_no_exit),
		TEST(owners_of_a_tag_own_what_it_owns),
		TEST(a_join_concerns_those_that_receive_and_see_it),
		TEST(the_same_policy_in_other_words_concerns_nobody),
		TEST(another_port_concerns_its_machine),
		TEST(what_is_put_again_unchanged_concerns_nobody),
		TEST(a_router_that_goes_offline_concerns_those_it_served),
		TEST(a_setting_concerns_those_whose_capabilities_it_changes),
		TEST(machines_of_one_view_share_a_number_that_is_not_given_again),
		TEST(a_mask_tells_sixty_four_machines_at_once),
		TEST(a_mask_is_that_of_the_machines_as_they_are),
		TEST(a_source_that_two_aliases_name_is_told_once),
		TEST(a_local_part_ends_at_the_last_at_of_a_login),
		TEST(addresses_and_routes_that_are_none_are_refused),
		TEST(a_large_group_stands_by_name_except_at_a_router),
		TEST(a_protocol_without_names_lists_the_large_group),
		TEST(a_join_into_a_large_group_concerns_its_routers_filter_alone),
		TEST(classes_that_nobody_is_in_are_dropped),
	};

	return cmocka_run_group_tests_name("policy/engine", tests, NULL, NULL);
}
