/*
 * machine_world_test.c: the parts of a machine's page that answer from the
 * policy in force: capabilities, names, reach; and its events, and routes that
 * are withheld from the server's own machine.
 */
#include "tests/fcgi/machines.h"

#include "base/own_net.h"
#include "db/dns.h"
#include "db/noise_session.h"
#include "fcgi/machine_events.h"
#include "tailnet/dns.h"
#include "tailnet/node.h"
#include "tests/tailnet/policy_rows.h"

enum {
	PAGE_MAX = 30 * 1024,
	NAMED = 4, /* REACH_OTHERS_KEPT of tailnet/policy_reach.h */
};

static const char *
look(struct tab *t, int64_t id)
{
	const char *body =
		tab_get(t, at(t->s, "/admin/machines/", id, "")).body;

	assert_int_equal(t->last.status, 200);
	assert_sound(t->s->mem, body);
	return body;
}

/* Of the whole page. */
static const char *
section(struct site *s, const char *body, const char *id)
{
	const char *from =
		strstr(body, arena_printf(s->mem, "<section id=\"%s\"", id));

	if (!from)
		fail_msg("no section %s in %s", id, body);
	return arena_printf(
		s->mem, "%.*s", (int)(strstr(from, "</section>") - from), from);
}

static const char *
row_of(struct site *s, const char *part, const char *word)
{
	const char *at = strstr(part, word);

	if (!at)
		fail_msg("no %s in %s", word, part);
	while (at > part && strncmp(at, "<tr", 3) != 0)
		at--;
	return arena_printf(
		s->mem, "%.*s", (int)(strstr(at, "</tr>") - at), at);
}

static int64_t
tagged(struct site *s, const char *name, const char *tag)
{
	return machine(
		s, &(struct made){ .name = name,
			   .tags = arena_printf(s->mem, "[\"%s\"]", tag) });
}

/* ---- capabilities ---- */

static void
each_capability_says_where_it_is_from(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t web = tagged(s, "web", "tag:web");
	int64_t own = machine(
		s, &(struct made){ .name = "own", .user_id = t.s ? 1 : 0 });
	const char *caps;

	put_policy(s->db,
		"{\"tagOwners\": {\"tag:web\": []},\n"
		"\"randomizeClientPort\": true,\n"
		"\"nodeAttrs\": [\n"
		"{\"target\": [\"tag:web\"], \"attr\": [\"funnel\"]},\n"
		"{\"target\": [\"tag:web\"], \"app\": "
		"{\"example.org/x\": [{\"a\": \"<b>\"}]}}]}");
	caps = section(s, look(&t, web), "caps");
	assert_holds(row_of(s, caps, ">funnel<"), "?line=4\">line 4</a>");
	assert_holds(row_of(s, caps, ">example.org/x<"), "line=5\">line 5</a>");
	assert_holds(row_of(s, caps, ">example.org/x<"), "&lt;b&gt;");
	assert_holds(
		row_of(s, caps, ">randomize-client-port<"), ">Policy</td>");
	assert_holds(row_of(s, caps, "cap/file-sharing<"), ">Settings</td>");
	assert_holds(caps, "As every machine: <code>"
			   "https://tailscale.com/cap/ssh</code>, <code>");
	assert_lacks(caps, "cap/is-admin");
	caps = section(s, look(&t, own), "caps");
	assert_lacks(caps, ">funnel<");
	assert_holds(row_of(s, caps, "cap/is-admin<"), "Role of its owner");
	assert_holds(row_of(s, caps, "cap/is-owner<"), "Role of its owner");
}

static void
a_machine_that_waits_is_in_no_network(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t id = machine(s, &(struct made){ .name = "new",
					.tags = "[\"tag:a\"]",
					.unapproved = true });
	const char *body;

	tagged(s, "other", "tag:a");
	body = look(&t, id);
	assert_holds(section(s, body, "caps"), "waits for approval");
	assert_holds(
		section(s, body, "reach"), "id=\"can-reach\">Nothing.</p>");
	assert_holds(
		section(s, body, "reach"), "id=\"reached-by\">Nobody.</p>");
}

/* ---- names ---- */

static void
its_names_and_whom_it_asks_are_told(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t id = tagged(s, "git", "tag:a"), row;
	const struct nameserver all = { .domain = "", .address = "9.9.9.9" };
	const struct nameserver some = { .domain = "corp.example",
		.address = "10.0.0.53" };
	const struct dns_record record = {
		.name = "code.example.org", .type = "A", .node_id = id
	};
	const struct dns_record other = {
		.name = "else.example.org", .type = "A", .value = "192.0.2.1"
	};
	const char *dns = section(s, look(&t, id), "dns");

	assert_holds(dns, "<code>git.cairn.internal</code>");
	assert_holds(dns, "the resolvers of its own network");
	assert_int_equal(
		tailnet_nameserver_add(s->db, &all, "cli", NOW, &row), ERR_OK);
	assert_int_equal(
		tailnet_nameserver_add(s->db, &some, "cli", NOW, &row), ERR_OK);
	assert_int_equal(
		tailnet_search_add(s->db, "lan.example", "cli", NOW, &row),
		ERR_OK);
	assert_int_equal(
		tailnet_record_add(s->db, &record, "cli", NOW, &row), ERR_OK);
	assert_int_equal(
		tailnet_record_add(s->db, &other, "cli", NOW, &row), ERR_OK);
	dns = section(s, look(&t, id), "dns");
	assert_holds(dns, "<code>code.example.org</code>, a record");
	assert_lacks(dns, "else.example.org");
	assert_holds(dns, "<code>9.9.9.9</code>, where an exit node answers");
	assert_holds(dns, "<code>corp.example</code>: 10.0.0.53");
	assert_holds(dns, "<code>lan.example</code>");
	assert_int_equal(
		tailnet_dns_prefs(s->db, false, true, "cli", NOW), ERR_OK);
	dns = section(s, look(&t, id), "dns");
	assert_holds(dns, "None of its own: MagicDNS is off.");
	assert_holds(dns, "<code>9.9.9.9</code></div>");
	assert_lacks(dns, "the resolvers of its own network");
}

/* ---- reach ---- */

#define WAYS                                                                  \
	"{\"tagOwners\": {\"tag:web\": [], \"tag:db\": [], \"tag:x\": []},\n" \
	"\"grants\": [\n"                                                     \
	"{\"src\": [\"tag:web\"], \"dst\": [\"tag:db\"], \"ip\": "            \
	"[\"tcp:5432\"]},\n"                                                  \
	"{\"src\": [\"tag:x\"], \"dst\": [\"tag:web\"], \"ip\": "             \
	"[\"443\"]}],\n"                                                      \
	"\"ssh\": [{\"action\": \"accept\", \"src\": [\"tag:x\"], "           \
	"\"dst\": [\"tag:web\"], \"users\": [\"root\"]}]}"

static void
reach_is_told_both_ways_with_the_rule(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t web = tagged(s, "web", "tag:web");
	int64_t data = tagged(s, "data", "tag:db");
	const char *reach;

	put_policy(s->db, WAYS);
	tagged(s, "xeno", "tag:x");
	reach = section(s, look(&t, web), "reach");
	assert_holds(row_of(s, reach, ">data</a>"), "tcp 5432");
	assert_holds(row_of(s, reach, ">data</a>"), "?line=3\">line 3</a>");
	assert_holds(row_of(s, reach, "data-state=\"ssh\""), "SSH as root");
	assert_holds(row_of(s, reach, "data-state=\"ssh\""), ">xeno</a>");
	assert_holds(row_of(s, reach, ">443</td>"), ">xeno</a>");
	reach = section(s, look(&t, data), "reach");
	assert_holds(reach, "id=\"can-reach\">Nothing.</p>");
	assert_holds(row_of(s, reach, ">web</a>"), "tcp 5432");
	assert_lacks(reach, "xeno");
}

static void
of_many_some_are_named_and_the_rest_counted(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t id = tagged(s, "one", "tag:a");
	const char *reach;

	for (int i = 0; i < NAMED; i++)
		tagged(s, arena_printf(s->mem, "m%d", i), "tag:a");
	reach = section(s, look(&t, id), "reach");
	assert_lacks(reach, " more</a>");
	tagged(s, "last", "tag:a");
	reach = section(s, look(&t, id), "reach");
	assert_holds(reach, "href=\"/admin/access?src=one\">and 1 more</a>");
	assert_holds(reach, "href=\"/admin/access?dst=one\">and 1 more</a>");
	assert_lacks(reach, ">last</a>");
}

/* ---- size ---- */

static void
a_machine_of_a_long_policy_stays_small(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = tagged(s, "one", "tag:a");
	const char *rules = "", *attrs = "";

	for (int i = 0; i < 60; i++) {
		tagged(s,
			arena_printf(s->mem,
				"a-machine-with-a-rather-long-name-%02d", i),
			"tag:a");
		rules = arena_printf(s->mem,
			"%s%s{\"src\": [\"tag:a\"], \"dst\": [\"tag:a\"], "
			"\"ip\": [\"tcp:%d\"]}",
			rules, i ? "," : "", 1000 + i);
		attrs = arena_printf(s->mem, "%s%s\"custom-attribute-%02d\"",
			attrs, i ? "," : "", i);
		assert_int_equal(tailnet_node_expire(
					 s->db, id, NOW + 1000 + i, "cli", NOW),
			ERR_OK);
	}
	put_policy(s->db,
		arena_printf(s->mem,
			"{\"tagOwners\": {\"tag:a\": []}, \"grants\": [%s], "
			"\"nodeAttrs\": [{\"target\": [\"tag:a\"], \"attr\": "
			"[%s]}]}",
			rules, attrs));
	look(&t, id);
	assert_holds(t.last.body, "more kinds of ways</a>");
	assert_holds(t.last.body, "more are not shown.");
	if (strlen(t.last.body) > PAGE_MAX)
		fail_msg("%zu bytes", strlen(t.last.body));
}

/* ---- events ---- */

static size_t
rows_in(const char *part)
{
	size_t count = 0;

	for (const char *p = part; (p = strstr(p, "<tr id=")); p++)
		count++;
	return count;
}

static void
its_last_events_are_shown(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t id = tagged(s, "one", "tag:a"), two = tagged(s, "two", "tag:a");
	const char *events = section(s, look(&t, id), "events");

	assert_int_equal(rows_in(events), 0);
	for (int i = 0; i < MACHINE_EVENTS; i++)
		assert_int_equal(tailnet_node_expire(
					 s->db, id, NOW + 99 + i, "cli", NOW),
			ERR_OK);
	assert_int_equal(
		tailnet_node_expire(s->db, two, NOW + 9, "cli", NOW), ERR_OK);
	events = section(s, look(&t, id), "events");
	assert_int_equal(rows_in(events), MACHINE_EVENTS);
	assert_int_equal(tailnet_node_rename(s->db,
				 &(struct settings){ .dns_domain = "x" }, id,
				 "uno", "cli", NOW),
		ERR_OK);
	events = section(s, look(&t, id), "events");
	assert_int_equal(rows_in(events), MACHINE_EVENTS);
	assert_holds(row_of(s, events, ">Machine renamed</td>"), "one → uno");
}

/* ---- the server's own machine ---- */

static const char *
own_address(const struct own_net *net, struct arena *mem)
{
	char text[IP_TEXT_SIZE];

	for (size_t i = 0; i < net->address_count; i++) {
		if (net->addresses[i].family != 4 ||
			ip_is_loopback(&net->addresses[i]))
			continue;
		ip_print(&net->addresses[i], text);
		return arena_strdup(mem, text);
	}
	return NULL;
}

static const char *
own_prefix(const struct own_net *net, struct arena *mem)
{
	char text[PREFIX_TEXT_SIZE];

	for (size_t i = 0; i < net->net_count; i++)
		if (net->nets[i].ip.family == 4 && net->nets[i].bits) {
			prefix_print(&net->nets[i], text);
			return arena_strdup(mem, text);
		}
	return NULL;
}

static void
connect(struct site *s, int64_t id, const char *from, const char *endpoint)
{
	const struct node n = node_of(s, id);

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_live_put(s->db,
				 &(struct live){ .node_id = id,
					 .online = true,
					 .endpoints = arena_printf(s->mem,
						 "[\"%s:41641\"]", endpoint) }),
		ERR_OK);
	assert_int_equal(db_noise_session_add(
				 s->db, &(struct noise_session){ .id = id,
						.machine_key = n.machine_key,
						.capver = 130,
						.address = from,
						.started_at = NOW }),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

/* Of the host that the test runs on. */
static void
routes_that_are_withheld_are_named(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_AUDITOR);
	int64_t gate, here = tagged(s, "here", "tag:a"),
		      there = tagged(s, "there", "tag:a");
	struct own_net net;
	const char *address, *prefix, *part;

	own_net_read(&net);
	address = own_address(&net, s->mem);
	prefix = own_prefix(&net, s->mem);
	if (!address || !prefix)
		skip();
	part = arena_printf(s->mem, "[\"%s\",\"198.18.7.0/24\"]", prefix);
	gate = machine(s, &(struct made){ .name = "gate",
				  .tags = "[\"tag:a\"]",
				  .routes = part,
				  .approved = part,
				  .online = true });
	connect(s, here, address, address);
	connect(s, there, "192.0.2.77", address);
	assert_int_equal(
		db_exec(s->db, arena_printf(s->mem,
				       "UPDATE node_live SET primary_routes "
				       "= '%s' WHERE node_id = %lld",
				       part, (long long)gate)),
		ERR_OK);
	part = section(s, look(&t, gate), "routes");
	assert_holds(part, "not sent to machines that run on the server's "
			   "host.");
	assert_holds(
		part, arena_printf(s->mem, "<p data-withheld=\"%s\">", prefix));
	assert_lacks(part, "data-withheld=\"198.18.7.0/24\"");
	part = section(s, look(&t, here), "routes");
	assert_holds(part, "It runs on the server's host");
	assert_holds(
		part, arena_printf(s->mem,
			      "<li data-withheld=\"%s\"><code>%s</code> of "
			      "<a href=\"/admin/machines/%lld\">gate</a></li>",
			      prefix, prefix, (long long)gate));
	assert_lacks(section(s, look(&t, there), "routes"), "withheld");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_capability_says_where_it_is_from),
		TEST(a_machine_that_waits_is_in_no_network),
		TEST(its_names_and_whom_it_asks_are_told),
		TEST(reach_is_told_both_ways_with_the_rule),
		TEST(of_many_some_are_named_and_the_rest_counted),
		TEST(a_machine_of_a_long_policy_stays_small),
		TEST(its_last_events_are_shown),
		TEST(routes_that_are_withheld_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
