/*
 * The verbs on the base tailnet: three users, nine keys, seven nodes, as in
 * tests/fixtures/headscale.  With --make FOLDER it only makes that tailnet, for
 * tests/cli/compare.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log_file.h"
#include "cli/cli.h"
#include "cli/command.h"
#include "db/ask.h"
#include "db/audit.h"
#include "db/change.h"
#include "db/factor.h"
#include "db/live.h"
#include "db/node.h"
#include "db/policy_text.h"
#include "db/stat.h"
#include "tailnet/ask.h"
#include "tailnet/bell.h"
#include "tailnet/init.h"
#include "tailnet/keys.h"
#include "tailnet/policy_store.h"
#include "tailnet/register.h"
#include "tailnet/ssh_check.h"
#include "tailnet/user.h"
#include "tests/cli/run.h"

#define DAY      INT64_C(86400)
#define WORDS(s) (sizeof(s) - 1)

static const char *place = home;
static int64_t now;

static void
must(enum err e, const char *what)
{
	if (!e)
		return;
	fprintf(stderr, "%s: %s\n", what, err_words(e));
	abort();
}

static void
make_users(struct db *db)
{
	static const struct user users[] = {
		{ .name = "alice",
			.display_name = "Alice Adams",
			.email = "alice@example.com",
			.picture_url = "https://example.com/alice.png" },
		{ .name = "bob",
			.display_name = "",
			.email = "",
			.picture_url = "" },
		{ .name = "carol",
			.display_name = "",
			.email = "",
			.picture_url = "" },
	};

	for (size_t i = 0; i < 3; i++) {
		int64_t id;

		must(tailnet_user_add(db, &users[i], "cli", now, &id), "user");
	}
}

static void
make_keys(struct db *db)
{
	static const struct preauth_key keys[] = {
		{ .user_id = 1, .reusable = true, .tags = "[]" },
		{ .user_id = 2, .tags = "[]" },
		{ .tags = "[\"tag:server\"]" },
		{ .user_id = 1,
			.reusable = true,
			.ephemeral = true,
			.tags = "[]" },
		{ .user_id = 2, .reusable = true, .tags = "[]" },
		{ .user_id = 1, .tags = "[]" },
		{ .user_id = 2, .tags = "[]" },
		{ .user_id = 1,
			.reusable = true,
			.tags = "[\"tag:ci\",\"tag:server\"]" },
		{ .user_id = 3, .tags = "[]" },
	};
	struct secret pepper;

	must(secret_read(place, "pepper", &pepper), "pepper");
	for (size_t i = 0; i < 9; i++) {
		struct preauth_key k = keys[i];
		const char *text;
		int64_t id;

		k.created_at = now - 1;
		k.expires_at = i == 5 ? now - 1 : now + 30 * DAY;
		must(tailnet_preauth_key_add(db, &pepper, &k, &actor_cli,
			     now - 2, mem, &id, &text),
			"key");
	}
	must(db_begin(db), "begin");
	must(db_preauth_key_use(db, 2, now), "use");
	must(db_preauth_key_use(db, 3, now), "use");
	must(db_commit(db), "commit");
	must(tailnet_preauth_key_revoke(db, 7, "cli", now), "revoke");
}

static struct node
a_node(int64_t id)
{
	static const struct {
		const char *hostname, *name, *tags;
		int64_t user_id, key_id;
	} rows[] = {
		{ "alice-laptop", "alice-laptop", "[]", 1, 1 },
		{ "bob-desktop", "bob-desktop", "[]", 2, 2 },
		{ "server1", "server1", "[\"tag:server\"]", 0, 3 },
		{ "ci-runner", "ci-runner", "[]", 1, 4 },
		{ "bob-router", "bob-router", "[]", 2, 5 },
		{ "alice-old", "alice-old", "[]", 1, 1 },
		{ "alice-phone", "phone", "[]", 1, 1 },
	};
	struct node n = {
		.user_id = rows[id - 1].user_id,
		.tags = rows[id - 1].tags,
		.name = rows[id - 1].name,
		.name_pinned = id == 7,
		.hostname = rows[id - 1].hostname,
		.ipv4 = arena_printf(mem, "100.64.0.%d", (int)id),
		.ipv6 = arena_printf(mem, "fd7a:115c:a1e0::%d", (int)id),
		.hostinfo = "{}",
		.routes = "[]",
		.approved_routes = "[]",
		.requested_tags = "[]",
		.capver = 141,
		.ephemeral = id == 4,
		.register_method = "authkey",
		.preauth_key_id = rows[id - 1].key_id,
		.created_at = now,
		.expires_at = id == 6   ? now - 60
			      : id == 7 ? INT64_C(2051319845)
					: 0,
	};

	memset(n.machine_key.bytes, (int)id, KEY_SIZE);
	memset(n.node_key.bytes, (int)id + 16, KEY_SIZE);
	if (id == 5) {
		n.routes = "[\"0.0.0.0/0\",\"::/0\",\"10.1.0.0/24\","
			   "\"10.2.0.0/24\"]";
		n.approved_routes = "[\"0.0.0.0/0\",\"10.1.0.0/24\",\"::/0\"]";
	}
	return n;
}

static void
make_nodes(struct db *db)
{
	must(db_begin(db), "begin");
	for (int64_t id = 1; id <= 7; id++) {
		struct node n = a_node(id);
		struct live l = {
			.endpoints = "[]",
			.capver = 141,
			.online = id != 6,
			.last_seen = now,
		};

		must(db_node_add(db, &n, &l.node_id), "node");
		memset(l.disco_key.bytes, (int)id + 32, KEY_SIZE);
		must(db_live_put(db, &l), "live");
	}
	must(db_commit(db), "commit");
}

static const char base_policy[] =
	"{ // everything, and who owns which tag\n"
	"\"tagOwners\": {\"tag:server\": [\"alice@example.com\"], "
	"\"tag:ci\": [\"bob@\"]},\n"
	"\"acls\": [{\"action\": \"accept\", \"src\": [\"*\"], "
	"\"dst\": [\"*:*\"]}] }\n";

static void
make_base(void)
{
	const struct policy_text policy = {
		.text = base_policy, .author = "cli", .created_at = now
	};
	struct init_input in = { .home = place, .now = now };
	const char *why = "";
	struct db *db;
	int64_t id;

	if (tailnet_init(&in, mem, &why)) {
		fprintf(stderr, "init: %s\n", why);
		abort();
	}
	must(db_open(place, &db), "open");
	make_users(db);
	make_keys(db);
	make_nodes(db);
	must(db_begin(db), "begin");
	must(db_policy_add(db, &policy, &id), "policy");
	must(db_commit(db), "commit");
	db_close(db);
}

static void
touch_worker(int64_t at)
{
	const char *path = arena_printf(mem, "%s/worker.alive", place);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fclose(f);
	utime(path, &(struct utimbuf){ .actime = at, .modtime = at });
}

static int
set_up(void **state)
{
	(void)state;
	unsetenv("CAIRN_LISTEN");
	if (!mkdtemp(home))
		return -1;
	mem = arena_new();
	now = clock_now();
	make_base();
	touch_worker(now + DAY);
	return 0;
}

static void
a_user_is_found_by_id_and_by_name(void **state)
{
	(void)state;
	assert_has(run("nodes list -u 2").out, "bob-desktop");
	assert_has(run("nodes list -u bob").out, "bob-desktop");
	assert_has_not(run("nodes list -u bob").out, "alice-laptop");
	assert_has(run("nodes list -u alice@example.com").out, "alice-laptop");
	assert_int_equal(run("preauthkeys create -u carol").status, 0);
	assert_int_equal(run("preauthkeys create -u 3").status, 0);
}

static void
a_key_is_shown_whole_once(void **state)
{
	struct ran made = run("preauthkeys create -u 1 -e 90d --reusable");
	const char *list = run("preauthkeys list").out;

	(void)state;
	assert_int_equal(
		strlen(made.out), WORDS("hskey-auth-") + 12 + 1 + 64 + 1);
	made.out[strlen(made.out) - 1] = '\0';
	assert_has_not(list, made.out);
	made.out[WORDS("hskey-auth-") + 12] = '\0';
	assert_has(list, arena_printf(mem, "%s-***", made.out));
	assert_has_not(run("preauthkeys create -u 1 -o json-line").out, "***");
}

/* Of the key: its owner has a time before. */
static int64_t
seconds_at(const char *json, const char *member)
{
	const char *mark = arena_printf(mem, "\"%s\":{\"seconds\":", member);
	const char *at = json, *last = NULL;

	while ((at = strstr(at, mark)))
		last = at += strlen(mark);
	assert_non_null(last);
	return strtoll(last, NULL, 10);
}

static int64_t
life_of(const char *line)
{
	const char *made = run(line).out;

	return seconds_at(made, "expiration") - seconds_at(made, "created_at");
}

static void
a_new_key_is_good_as_long_as_the_setting_says_or_the_flag(void **state)
{
	(void)state;
	assert_int_equal(life_of("preauthkeys create -u 1 -o json-line"), 3600);
	assert_int_equal(run("settings set key_life 7d").status, 0);
	assert_int_equal(
		life_of("preauthkeys create -u 1 -o json-line"), 7 * 86400);
	assert_int_equal(
		life_of("preauthkeys create -u 1 -e 30m -o json-line"), 1800);
	assert_int_equal(run("settings set key_life 1h").status, 0);
	assert_int_equal(run("settings set key_life 2h").status, 1);
}

static void
a_tagged_node_belongs_to_tagged_devices_in_lists(void **state)
{
	(void)state;
	assert_has(run("nodes list -o json-line").out,
		"\"user\":{\"id\":2147455555,\"name\":\"tagged-devices\","
		"\"created_at\":{\"seconds\":-62135596800}");
}

/* It may hold its stream for a while; the pages say "Expired" too. */
static void
a_machine_whose_key_has_expired_is_not_online(void **state)
{
	(void)state;
	assert_has(run("nodes list").out, "online    | no");
	run("nodes expire -i 1");
	run("nodes approve --withdraw -i 2");
	assert_has(run("nodes list -u alice").out, "offline   | yes");
	assert_has_not(run("nodes list -u alice").out, "online    | yes");
	assert_has_not(run("nodes list -u bob -o json-line").out,
		"\"given_name\":\"bob-desktop\",\"online\":true");
	run("nodes expire --disable -i 1");
	run("nodes approve -i 2");
}

static void
nobody_is_online_while_the_worker_is_late(void **state)
{
	(void)state;
	assert_has(run("nodes list -o json-line").out, "\"online\":true");
	touch_worker(now - 60);
	assert_has_not(run("nodes list -o json-line").out, "\"online\":true");
	assert_has_not(run("nodes list").out, "online ");
	assert_int_equal(run("health").status, 1);
	touch_worker(now + DAY);
	assert_int_equal(run("health").status, 0);
	assert_string_equal(run("health").out, "ok\n");
}

static void
an_error_comes_on_stderr_in_the_format_asked_for(void **state)
{
	struct ran plain = run("nodes delete --force -i 99");
	struct ran json = run("nodes delete --force -i 99 -o json-line");
	struct ran yaml = run("nodes delete --force -i 99 -o yaml");

	(void)state;
	assert_int_equal(plain.status, 1);
	assert_string_equal(plain.out, "");
	assert_string_equal(
		plain.err, "Error: deleting node: there is no node 99\n");
	assert_string_equal(json.err,
		"{\"error\":\"deleting node: there is no node 99\"}\n");
	assert_string_equal(
		yaml.err, "error: 'deleting node: there is no node 99'\n\n");
}

static void
a_machine_is_moved_and_gets_addresses(void **state)
{
	(void)state;
	assert_has(run("nodes move -i 1 -u nobody").err, "nobody");
	assert_has(run("nodes move -i 99 -u carol").err, "there is no node 99");
	assert_string_equal(
		run("nodes move -i 1 -u carol --keep-key").out, "Node moved\n");
	assert_has(run("nodes list -u carol").out, "alice-laptop");
	assert_string_equal(
		run("nodes move -i 1 -u alice --keep-key").out, "Node moved\n");
	assert_has(run("nodes address -i 1").err, "--ipv4 or --ipv6");
	assert_has(run("nodes address -i 1 --ipv4 x").err,
		"\"x\" is not an address of that family");
	assert_has(run("nodes address -i 1 --ipv4 10.0.0.1").err,
		"10.0.0.1 lies outside");
	assert_string_equal(run("nodes address -i 1 --ipv4 100.90.7.7").out,
		"Node updated\n");
	assert_has(run("nodes list").out, "100.90.7.7");
	assert_has(run("nodes address -i 5 --ipv4 100.90.7.7").err,
		"another node has 100.90.7.7");
	assert_has(run("nodes address -i 5 --ipv4 none --ipv6 none").err,
		"needs at least one");
}

static void
a_question_answered_no_changes_nothing(void **state)
{
	struct ran no = run_typed("n\n", "users destroy -n carol");
	struct ran silent = run_typed("", "nodes delete -i 1 -o json-line");

	(void)state;
	assert_int_equal(no.status, 0);
	assert_string_equal(no.out, "User not destroyed\n");
	assert_string_equal(no.err, "Do you want to remove the user \"carol\" "
				    "(3) and any associated preauthkeys? "
				    "[y/n] ");
	assert_string_equal(silent.out, "{\"Result\":\"Node not deleted\"}\n");
	assert_has(run("users list").out, "carol");
	assert_has(run("nodes list").out, "alice-laptop");
}

static void
dns_is_set_shown_and_looked_up(void **state)
{
	(void)state;
	assert_has(run("dns get").out, "MagicDNS: on\n");
	assert_has(run("dns set").err, "missing flags");
	assert_has(run("dns set --override-local true").err,
		"add a nameserver for all names first");
	assert_has(run("dns set --magic-dns yes").err, "true or false");
	assert_string_equal(
		run("dns nameservers add 9.9.9.9").out, "Nameserver added\n");
	assert_string_equal(run("dns nameservers add 1.1.1.1 "
				"--with-exit-node")
				    .out,
		"Nameserver added\n");
	assert_string_equal(run("dns ns add 10.0.0.1 -d corp.example").out,
		"Nameserver added\n");
	assert_has(run("dns ns add 100.64.77.77 -d gone.example").err,
		"Warning: ");
	assert_string_equal(
		run("dns ns remove 100.64.77.77 -d gone.example").out,
		"Nameserver removed\n");
	assert_has(run("dns nameservers add 9.9.9.9").err, "already exists");
	assert_has(run("dns nameservers add x").err,
		"a nameserver is an IP address or an https:// address");
	assert_string_equal(run("dns nameservers move 9.9.9.9 down").out,
		"Nameserver moved\n");
	assert_string_equal(run("dns nameservers list -o json-line").out,
		"[{\"id\":2,\"address\":\"1.1.1.1\",\"domain\":\"\","
		"\"with_exit_node\":true},{\"id\":1,\"address\":\"9.9.9.9\","
		"\"domain\":\"\",\"with_exit_node\":false},{\"id\":3,"
		"\"address\":\"10.0.0.1\",\"domain\":\"corp.example\","
		"\"with_exit_node\":false}]\n");
	assert_string_equal(
		run("dns set --override-local true").out, "DNS changed\n");
	assert_string_equal(run("dns search add corp.example").out,
		"Search domain added\n");
	assert_string_equal(run("dns records add git.lan A 10.0.0.9").out,
		"Record added\n");
	assert_string_equal(
		run("dns records add pi.lan A --node alice-laptop").out,
		"Record added\n");
	assert_has(run("dns records add pi.lan A").err, "one of both");
	assert_has(run("dns records add pi.lan TXT x").err,
		"types A and AAAA alone");
	assert_has(run("dns records list").out, "address of alice-laptop");
	assert_has(run("dns get -o json-line").out,
		"\"search_domains\":[\"corp.example\"],\"extra_records\":"
		"[{\"id\":1,\"name\":\"git.lan\",\"type\":\"A\","
		"\"value\":\"10.0.0.9\"},{\"id\":2,\"name\":\"pi.lan\","
		"\"type\":\"A\",\"node_id\":1,\"node\":\"alice-laptop\"}],"
		"");
	assert_has(run("dns lookup git.lan alice-laptop -o json-line").out,
		"{\"name\":\"git.lan\",\"from\":\"record\","
		"\"values\":[\"10.0.0.9\"],");
	assert_has(run("dns lookup www 1").out, "www.corp.example");
	assert_has(run("dns lookup example.org 1").out, "1.1.1.1\n9.9.9.9\n");
	assert_has(run("dns lookup a.b nobody").err, "node not found");
	assert_string_equal(
		run("dns records remove git.lan").out, "Record removed\n");
	assert_has(run("dns records remove git.lan").err, "no such record");
	assert_string_equal(
		run("dns records remove 2").out, "Record removed\n");
	assert_string_equal(run("dns search remove Corp.example.").out,
		"Search domain removed\n");
	assert_has(run("dns search remove x.example").err,
		"there is no search domain x.example");
	assert_string_equal(
		run("dns nameservers remove 10.0.0.1 -d corp.example").out,
		"Nameserver removed\n");
	assert_string_equal(
		run("dns nameservers remove 1").out, "Nameserver removed\n");
	assert_string_equal(run("dns nameservers remove 1.1.1.1").out,
		"Nameserver removed\n");
	assert_has(run("dns get").out,
		"Warning: The resolvers of the machines' own networks");
	assert_string_equal(run("dns set --override-local false "
				"--base-domain tail.example")
				    .out,
		"DNS changed\n");
	assert_string_equal(run("dns set --base-domain cairn.internal").out,
		"DNS changed\n");
	assert_has(run("dns set --base-domain a_b").err, "base domain: ");
	assert_has(run("dns nameservers").err, "it is: list, add ADDRESS");
}

static void
attributes_are_set_shown_and_removed(void **state)
{
	(void)state;
	assert_has(run("nodes attr set 1 custom:tier prod").out, "custom:tier");
	assert_has(run("nodes attr set alice-laptop custom:until x --expires "
		       "2035-01-02T03:04:05Z -o json-line")
			   .out,
		"{\"attributes\":{\"custom:until\":\"x\"},\"expiries\":"
		"{\"custom:until\":{\"seconds\":2051319845}}}");
	assert_has(run("nodes attr get 1 -o json-line").out,
		"{\"attributes\":{\"custom:tier\":\"prod\","
		"\"custom:until\":\"x\"}");
	assert_has(run("nodes attr get 1 custom:tier").out, "prod");
	assert_has(run("nodes attr get 1 custom:none").err,
		"alice-laptop has no attribute custom:none");
	assert_string_equal(run("nodes attr unset 1 custom:tier").out,
		"Attribute removed\n");
	assert_has(run("nodes attr unset 1 custom:tier").err, "no attribute");
	assert_has(run("nodes attr set 1 tier prod").err,
		"an attribute is custom:");
	assert_has(
		run("nodes attr set 1 custom:a b --expires 2001-01-01T00:00:00Z")
			.err,
		"this time is past");
	assert_has(
		run("nodes attr set 1 custom:a b --expires 999999999999h").err,
		"nor a duration");
	assert_has(run("nodes attr set 1 custom:a b --expires soon").err,
		"neither a time");
	assert_has(run("nodes attr get 99").err, "node not found: \"99\"");
	assert_has(run("nodes attr").err, "it is: get NODE");
	assert_has(run("nodes attr set 1 custom:a").err, "it is: get NODE");
	run("nodes attr unset 1 custom:until");
}

static void
tags_need_an_owner_in_the_policy(void **state)
{
	(void)state;
	assert_string_equal(run("nodes tag -i 3 -t tag:server,tag:x").err,
		"Error: setting tags: requested tags [tag:x] are invalid or "
		"not permitted: the policy has no owner for tag:x\n");
	assert_string_equal(run("preauthkeys create --tags tag:y").err,
		"Error: creating preauthkey: requested tags [tag:y] are "
		"invalid or not permitted: the policy has no owner for "
		"tag:y\n");
	assert_has(run("nodes tag -i 3 -t tag:server,tag:ci -o json-line").out,
		"\"tags\":[\"tag:ci\",\"tag:server\"]");
	run("nodes tag -i 3 -t tag:server");
}

static void
routes_are_approved_and_withdrawn(void **state)
{
	struct ran r = run("nodes approve-routes -i 5 -r "
			   "10.1.0.0/24,10.2.0.0/24,::/0 -o json-line");

	(void)state;
	assert_has(r.out, "\"approved_routes\":[\"0.0.0.0/0\",\"10.1.0.0/24\","
			  "\"10.2.0.0/24\",\"::/0\"]");
	assert_has(r.out, "\"subnet_routes\":[\"10.1.0.0/24\",\"10.2.0.0/24\","
			  "\"0.0.0.0/0\",\"::/0\"]");
	assert_string_equal(
		run("nodes approve-routes -i 5 -r 10.1.0.0/24,::/0").out,
		"Node updated; withdrawn: 10.2.0.0/24\n");
	assert_string_equal(run("nodes approve-routes -i 5").out,
		"Node updated; withdrawn: 0.0.0.0/0, 10.1.0.0/24, ::/0\n");
	assert_string_equal(
		run("nodes approve-routes -i 5").out, "Node updated\n");
	assert_string_equal(
		run("nodes approve-routes -i 5 -r 10.1.0.0/24,10.5.0.5/24").err,
		"Error: setting approved routes: \"10.5.0.5/24\" has bits "
		"beyond its length: say 10.5.0.0/24, or 10.5.0.5/32 for that "
		"one address\n");
	assert_has_not(
		run("nodes list-routes -o json-line").out, "approved_routes");
	assert_string_equal(
		run("nodes approve-routes -i 5 -r 10.1.0.0/24,x").err,
		"Error: setting approved routes: \"x\" is not a route like "
		"192.168.1.0/24\n");
	assert_string_equal(
		run("nodes approve-routes -i 5 -r 10.1.0.0/24,ff00::/8").err,
		"Error: setting approved routes: \"ff00::/8\" is for "
		"multicast: no machine can carry it\n");
	assert_string_equal(run("nodes approve-routes -i 99 -r ::/0").err,
		"Error: setting approved routes: there is no node 99\n");
	run("nodes approve-routes -i 5 -r 10.1.0.0/24,::/0");
}

static void
a_relay_without_a_token_is_seen(void **state)
{
	(void)state;
	run("relays add -r 901 -c far --host far.example.com");
	assert_has_not(run("relays list").out, "no token");
	assert_has_not(run("doctor").out, "region 901 has no token");
	run("relays hide 900");
	assert_has(run("relays token revoke 901").out,
		"Token revoked: new clients are not let in there any more; 0 "
		"machines have their home there, 0 of them online; warning: "
		"machines are told of no other relay");
	assert_has(run("relays list").out, "no token");
	assert_has(run("relays list -o json-line").out, "\"no_token\":true");
	assert_has(run("doctor").out, "region 901 has no token");
	assert_has(run("relays token revoke 901").err, "901 has no token");
	run("relays show 900");
	run("relays token new 901");
	assert_has_not(run("relays token revoke 901").out, "no other relay");
	assert_has_not(run("relays remove 901 --force").err, "Error");
}

static void
who_removes_the_own_relay_hears_what_to_do(void **state)
{
	(void)state;
	assert_string_equal(run("relays remove 900 --force").err,
		"Error: removing relay: 900 is the own one: hide it with "
		"'cairn relays hide 900', or set relay_enabled to false\n");
	assert_has(run("relays remove 77 --force").err,
		"there is no such relay: 77");
}

/* As peers are told: the oldest that is online serves the subnet. */
static void
a_router_that_stands_by_serves_nothing(void **state)
{
	const char *net = "[\"10.1.0.0/24\"]";
	struct node n, before;
	struct db *db;

	(void)state;
	assert_int_equal(db_open(home, &db), ERR_OK);
	assert_int_equal(db_node_by_id(db, 7, mem, &n), ERR_OK);
	before = n;
	n.routes = n.approved_routes = net;
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(db_node_update(db, &n), ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	assert_has_not(run("nodes list-routes -i 7 -o json-line").out,
		"subnet_routes");
	assert_has(run("nodes list-routes -i 5 -o json-line").out,
		"\"subnet_routes\":[\"10.1.0.0/24\"");
	assert_has(run("nodes list-routes -i 7").out, "(standby)");
	assert_has_not(
		run("nodes list-routes -i 5").out, "10.1.0.0/24 (standby)");
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(db_node_update(db, &before), ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	db_close(db);
}

static void
a_user_with_nodes_is_not_destroyed(void **state)
{
	struct ran r = run("users destroy --force -n alice");

	(void)state;
	assert_int_equal(r.status, 1);
	assert_has(r.err, "still owns machines");
}

static void
users_come_change_and_go(void **state)
{
	(void)state;
	assert_has(run("users create dora -d Dora -e d@example.com -o "
		       "json-line")
			   .out,
		"\"display_name\":\"Dora\",\"email\":\"d@example.com\"");
	assert_has(run("users create dora").err, "named \"dora\" already");
	assert_has(run("users create Dora").err, "named \"Dora\" already");
	assert_has(run("users create x").err, "is not a user name");
	assert_has(run("users create eve -e nowhere").err, "invalid email");
	assert_string_equal(
		run("users rename -n dora -r doris").out, "User renamed\n");
	assert_string_equal(
		run("users destroy --force -n doris -o json").out, "{}\n");
	assert_has(run("users destroy --force -n doris").err, "not found");
}

static void
a_lost_factor_is_taken_away(void **state)
{
	struct db *db;
	struct user u;
	struct factor f = { .secret = { (const void *)"sealed", 6 },
		.added_at = 1 };

	(void)state;
	run("users create fay");
	assert_has(run("users remove-factor --force -n fay").err,
		"fay has no second factor");
	assert_int_equal(db_open(home, &db), ERR_OK);
	assert_int_equal(db_user_by_name(db, "fay", mem, &u), ERR_OK);
	f.user_id = u.id;
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(db_factor_add(db, &f), ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	db_close(db);
	assert_string_equal(run_typed("n\n", "users remove-factor -n fay").out,
		"Second factor not removed\n");
	assert_string_equal(run("users remove-factor --force -n fay").out,
		"Second factor removed\n");
	assert_has(run("users remove-factor --force -n fay").err,
		"fay has no second factor");
	run("users destroy --force -n fay");
}

static void
a_user_is_made_with_a_role(void **state)
{
	(void)state;
	assert_has(run("users create olga --role king").err,
		"\"king\" is none of owner, admin");
	assert_has(run("users create olga --role auditor -o json-line").out,
		"\"role\":\"auditor\"");
	assert_has(run("users list -n olga -o json-line").out,
		"\"role\":\"auditor\"");
	run("users create pia");
	assert_null(strstr(run("users list -n pia -o json-line").out, "role"));
	run("users destroy --force -n olga");
	run("users destroy --force -n pia");
}

static void
the_audit_log_is_verified_and_compared_with_a_hash(void **state)
{
	const char *hash, *good, *line;
	struct ran r = run("audit verify");

	(void)state;
	assert_int_equal(r.status, 0);
	assert_has(r.out, "intact to row ");
	assert_has(run("doctor --url ftp://x").out,
		"ok    audit: the log is intact to row ");
	hash = strstr(r.out, "--row ");
	assert_non_null(hash);
	line = arena_printf(
		mem, "audit verify %.*s", (int)strcspn(hash, "\'"), hash);
	good = run(line).out;
	assert_has(good, "intact to row ");
	assert_has(run("audit verify --row 1 --hash "
		       "00000000000000000000000000000000"
		       "00000000000000000000000000000000")
			   .err,
		"is not what it was");
	assert_has(run("audit verify --row 99999 --hash "
		       "00000000000000000000000000000000"
		       "00000000000000000000000000000000")
			   .err,
		"is not there");
	assert_has(run("audit verify --row 1").err, "together");
}

/* The last of all: what is cut cannot be put back. */
static void
a_log_that_was_cut_is_told(void **state)
{
	struct db *db;

	(void)state;
	must(db_open(place, &db), "open");
	must(db_exec(db, "DELETE FROM audit WHERE id = (SELECT max(id) "
			 "FROM audit)"),
		"delete");
	db_close(db);
	assert_has(run("audit verify").err, "cut the log off");
	assert_has(run("doctor --url ftp://x").out, "were there and are not");
}

static void
logs_prints_the_newest_lines_of_a_process_and_level(void **state)
{
	static const char *const lines[] = {
		"2026-02-01T09:00:00Z info cairn-fcgi one\n",
		"2026-02-01T09:00:01Z warn cairn-fcgi two\x1b[1m\n",
		"2026-02-01T09:00:02Z error cairn-relay three\n",
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		log_file_open(home, i < 2 ? "cairn-fcgi" : "cairn-relay");
		log_file_put(lines[i], strlen(lines[i]));
	}
	log_file_close();
	assert_string_equal(run("logs").out,
		"2026-02-01T09:00:00Z info cairn-fcgi one\n"
		"2026-02-01T09:00:01Z warn cairn-fcgi two?[1m\n"
		"2026-02-01T09:00:02Z error cairn-relay three\n");
	assert_string_equal(run("logs -n 1").out, lines[2]);
	assert_string_equal(run("logs -n 0").out, "");
	assert_string_equal(run("logs -p cairn-fcgi -l info -n 1").out,
		"2026-02-01T09:00:01Z warn cairn-fcgi two?[1m\n");
	assert_string_equal(run("logs --level error").out, lines[2]);
	assert_has(run("logs -p cairn-relay -o json-line").out,
		"\"process\":\"cairn-relay\",\"text\":\"three\"");
	assert_has(run("logs -p sshd").err, "no process is called \"sshd\"");
	assert_has(run("logs -l loud").err, "no level is called \"loud\"");
	assert_int_equal(run("logs -l loud").status, 1);
}

static void
doctor_checks_the_chain_of_the_audit_log(void **state)
{
	struct db *db;

	(void)state;
	must(db_open(place, &db), "open");
	must(db_exec(db, "DELETE FROM audit WHERE id = (SELECT max(id) - 1 "
			 "FROM audit)"),
		"delete");
	assert_has(run("doctor --url ftp://x").out,
		"does not fit the one before it");
	assert_int_equal(run("audit verify").status, 1);
	db_close(db);
}

static void
a_node_is_renamed_expired_tagged_and_deleted(void **state)
{
	(void)state;
	assert_has(run("nodes rename -i 2 -o json-line Workshop").out,
		"\"given_name\":\"workshop\"");
	assert_has(run("nodes rename -i 2 phone").err, "another node is named");
	assert_has(run("nodes rename -i 2 a_b").err, "is not a name");
	assert_string_equal(run("nodes expire -i 2").out, "Node expired\n");
	assert_has(run("nodes expire -i 2 -e 2035-06-07T08:09:10Z -o json-line")
			   .out,
		"\"expiry\":{\"seconds\":2064816550}");
	assert_string_equal(run("nodes expire -i 2 --disable").out,
		"Node expiry disabled\n");
	assert_has(
		run("nodes expire -i 2 -e tomorrow").err, "is neither a time");
	assert_has(run("nodes tag -i 2 -t tag:server,tag:ci -o json-line").out,
		"\"tags\":[\"tag:ci\",\"tag:server\"]");
	assert_has(run("nodes tag -i 2 -t tags").err, "tag is not valid");
	assert_string_equal(
		run_typed("y\n", "nodes delete -i 2").out, "Node deleted\n");
	assert_has(run("nodes expire -i 2").err, "there is no node 2");
}

static void
a_node_is_named_by_its_name_or_its_id(void **state)
{
	(void)state;
	assert_has(run("nodes list-routes -i phone").out, "Serving");
	assert_has(run("nodes rename -i phone telephone").out, "Node renamed");
	assert_has(run("nodes rename -i phone handy").err,
		"node not found: \"phone\"");
	assert_has(run("nodes rename -i -phone handy").err, "not a number");
	assert_has(run("nodes approve -i telephone").out, "Node approved");
	assert_has(run("nodes expire -i telephone -e 0s").err, "is neither");
	assert_has(run("nodes expire -i telephone -e 9999y").err, "is neither");
	assert_has(run("nodes expire -i telephone "
		       "--expiry 9999-12-31T23:59:59-05:00")
			   .err,
		"is neither");
	assert_has(run("nodes expire -i telephone -e 30m -o json-line").out,
		"\"expiry\":{\"seconds\":");
	assert_has(run_typed("y\n", "nodes delete -i telephone").out,
		"Node deleted");
}

static void
an_unknown_word_or_too_many_are_refused(void **state)
{
	(void)state;
	assert_has(run("users bogus").err,
		"unknown command \"bogus\" for \"cairn users\"");
	assert_has(run("users list more").err, "unexpected argument \"more\"");
	assert_has(run("users list -o xml").err, "unknown output format");
	assert_has(run("nodes tag -t tag:a").err,
		"required flag(s) \"identifier\" not set");
}

static void
an_address_that_clients_do_not_take_is_said_and_stored(void **state)
{
	static const char *const fine[] = {
		"settings set url https://vpn.example.org",
		"settings set url http://localhost:8080",
		"settings set url http://192.168.1.2",
		"settings set url http://[fd00::1]",
		"settings set url ", /* empty, as it was */
	};

	(void)state;
	assert_has(run("settings set url http://vpn.example.org").err,
		"Warning: clients take http:// with a private IP address");
	assert_has(run("settings set url http://203.0.113.9").err, "Warning");
	assert_string_equal(
		run("settings get url").out, "http://203.0.113.9\n");
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(run(fine[i]).err, "");
}

static void
a_setting_that_counts_later_says_so(void **state)
{
	(void)state;
	assert_string_equal(run("settings set http_port 8081").out,
		"Setting stored; it counts from the next start on\n");
	assert_string_equal(run("settings get http_port").out, "8081\n");
	assert_string_equal(
		run("settings set magic_dns false").out, "Setting stored\n");
	assert_int_equal(run("settings set http_port 99999").status, 1);
	assert_has(run("settings get nothing").err, "there is no setting");
	assert_has(run("settings set keep_audit 1h").err,
		"a duration such as 30m, 12h or 90d, from 1d to 10y");
	assert_has(
		run("settings set ephemeral_timeout 1s").err, "from 65s to 1y");
}

static void
the_metrics_token_is_not_shown_again(void **state)
{
	(void)state;
	assert_int_equal(
		run("settings set metrics_token 0123456789abcdef-token").status,
		0);
	assert_string_equal(run("settings get metrics_token").out, "(set)\n");
}

/* A row as a client's interactive registration makes it. */
static const char *
a_waiting_machine(int number)
{
	const char *id = arena_printf(mem, "hskey-authreq-%024d", number);
	struct pending p = {
		.code = "000000",
		.hostname = "waits",
		.hostinfo = "{\"Hostname\":\"waits\"}",
		.capver = 141,
		.address = "192.0.2.1",
		.reason = "",
		.created_at = now,
		.expires_at = now + PENDING_LIFE_SECONDS,
	};
	struct secret pepper;
	struct db *db;
	int64_t row;

	memset(p.machine_key.bytes, 0x60 + number, KEY_SIZE);
	memset(p.node_key.bytes, 0x70 + number, KEY_SIZE);
	must(secret_read(place, "pepper", &pepper), "pepper");
	pepper_hash(&pepper, id, p.auth_hash);
	must(db_open(place, &db), "open");
	must(db_begin(db), "begin");
	must(db_pending_add(db, &p, &row), "pending");
	must(db_commit(db), "commit");
	db_close(db);
	return id;
}

static void
a_waiting_machine_is_admitted_once(void **state)
{
	const char *id = a_waiting_machine(1);

	(void)state;
	assert_has(run(arena_printf(mem, "auth approve --auth-id %s", id)).err,
		"say whose it is with --user");
	assert_has(run(arena_printf(mem,
			       "auth register -u carol --auth-id %s -o "
			       "json-line",
			       id))
			   .out,
		"\"register_method\":2,\"given_name\":\"waits\"");
	assert_has(run(arena_printf(
			       mem, "auth register -u carol --auth-id %s", id))
			   .err,
		"approved already");
}

static void
a_rejection_is_final(void **state)
{
	const char *id = a_waiting_machine(2);

	(void)state;
	assert_string_equal(
		run(arena_printf(
			    mem, "auth reject --reason no --auth-id %s", id))
			.out,
		"Auth request rejected\n");
	assert_has(run(arena_printf(
			       mem, "auth register -u carol --auth-id %s", id))
			   .err,
		"that is final");
	assert_has(run("auth reject --auth-id bogus").err, "is no id");
}

/* A login by SSH that waits, as a handler makes the row: its id. */
static const char *
a_waiting_login(const char *login)
{
	struct ssh_check c = { .code = "abcdef",
		.src_id = 1,
		.dst_id = 2,
		.user_id = 1,
		.login = login,
		.src_name = "from",
		.dst_name = "to",
		.user_name = "carol",
		.period = 3600,
		.created_at = now,
		.expires_at = now + CHECK_LIFE_SECONDS };
	struct secret pepper;
	struct db *db;
	const char *id;

	memset(c.src_key.bytes, *login, KEY_SIZE);
	must(secret_read(place, "pepper", &pepper), "pepper");
	id = tailnet_check_id(mem, &pepper, &c);
	pepper_hash(&pepper, id, c.auth_hash);
	must(db_open(place, &db), "open");
	must(db_begin(db), "begin");
	must(db_ssh_check_add(db, &c, &c.id), "check");
	must(db_commit(db), "commit");
	db_close(db);
	return id;
}

static const char *
about(const char *verb, const char *id)
{
	return arena_printf(mem, "auth %s --auth-id %s", verb, id);
}

static void
a_login_by_ssh_is_approved_listed_and_revoked(void **state)
{
	const char *id = a_waiting_login("root");
	const char *list = run("auth list -o json-line").out;

	(void)state;
	assert_has(list, arena_printf(mem,
				 "\"auth_id\":\"%s\",\"kind\":\"ssh\","
				 "\"state\":\"waiting\","
				 "\"machine\":\"from\",\"owner\":\"carol\","
				 "\"destination\":\"to\",\"login\":\"root\"",
				 id));
	assert_has(run(about("register -u carol", id)).err,
		"this is a login by SSH");
	assert_has(run(about("approve -u carol", id)).err,
		"--user is for machines that want to join");
	assert_string_equal(
		run(about("approve", id)).out, "Auth request approved\n");
	assert_has(run("auth list").out, "approved");
	assert_has(run(about("approve", id)).err, "it was approved already");
	assert_string_equal(
		run(about("revoke", id)).out, "Auth request revoked\n");
	assert_has_not(run("auth list").out, id);
	assert_has(run(about("revoke", id)).err, "it is over");
}

static void
a_login_by_ssh_is_rejected_with_a_reason(void **state)
{
	const char *id = a_waiting_login("daemon");

	(void)state;
	assert_string_equal(run(about("reject --reason no", id)).out,
		"Auth request rejected\n");
	assert_has(run(about("approve", id)).err, "it was rejected already");
	assert_has(run(about("revoke", a_waiting_machine(3))).err,
		"'cairn auth reject' turns it away");
}

static void
a_policy_is_checked_before_it_is_stored(void **state)
{
	const char *before = run("policy get").out;

	(void)state;
	assert_int_equal(
		run_typed("{\"acls\": []", "policy set -f -").status, 1);
	assert_int_equal(run_typed("hello", "policy check -f -").status, 1);
	assert_string_equal(run("policy get").out, before);
	assert_string_equal(
		run_typed("{\"grants\": [{\"src\": [\"*\"], \"dst\": [\"*\"], "
			  "\"ip\": [\"*\"]}]}",
			"policy set -f -")
			.out,
		"Policy updated.\n");
	before = run("policy get").out;
	assert_has(run_typed("", "policy set -f -").err,
		"lets every machine reach every other");
	assert_string_equal(run("policy get").out, before);
	assert_has(run("policy set -f /nonexistent").err,
		"/nonexistent: No such file");
}

#define OPEN(note)                                                         \
	"// " note "\n{\"grants\": [{\"src\": [\"*\"], \"dst\": [\"*\"], " \
	"\"ip\": [\"*\"]}]}\n"

static void
versions_of_a_policy_are_listed_compared_and_put_back(void **state)
{
	const char *first = run("policy get").out;

	(void)state;
	assert_string_equal(run_typed(OPEN("two"), "policy diff -f -").out,
		"--- version 1\n+++ -\n@@ -1,3 +1,2 @@\n"
		"-{ // everything, and who owns which tag\n"
		"-\"tagOwners\": {\"tag:server\": [\"alice@example.com\"], "
		"\"tag:ci\": [\"bob@\"]},\n"
		"-\"acls\": [{\"action\": \"accept\", \"src\": [\"*\"], "
		"\"dst\": [\"*:*\"]}] }\n+// two\n+{\"grants\": [{\"src\": "
		"[\"*\"], \"dst\": [\"*\"], \"ip\": [\"*\"]}]}\n");
	assert_string_equal(
		run_typed(OPEN("two"), "policy set -f - -m because").out,
		"Policy updated.\n");
	assert_string_equal(run("policy get").out, OPEN("two"));
	assert_string_equal(run("policy get 1").out, first);
	assert_has(run("policy history").out, "because");
	assert_has(run("policy history -o json").out, "\"lines_added\": 2");
	assert_has(run("policy diff 1").out, "+++ version 2\n");
	assert_has(run("policy diff 2 1").out, "+++ version 1\n");
	assert_string_equal(run("policy diff 2").out, "");
	assert_string_equal(run("policy revert 1").out,
		"Version 3 has the text of version 1.\n");
	assert_string_equal(run("policy get").out, first);
	assert_has(run("policy history").out, "as version 1");
	assert_string_equal(
		run("policy revert 1").out, "The policy reads so already.\n");
	assert_has(run("policy revert 9").err, "there is no version 9");
	assert_has(run("policy revert x").err, "\"x\" is no version");
	assert_has(run("policy revert").err, "missing parameters");
	assert_has(run("policy diff").err, "either --file or");
	assert_has(run("policy diff -f - 1").err, "either --file or");
}

static void
who_renames_a_user_hears_which_lines_named_it(void **state)
{
	const char *before = run("policy get").out;

	(void)state;
	run("users create nora");
	run_typed("{\"groups\": {\"group:a\":\n [\"nora@\"]},"
		  "\"grants\": []}",
		"policy set -f -");
	assert_string_equal(run("users rename -n nora -r norma").err,
		"Warning: line 2 of the policy names nora@, who is nobody "
		"now\n");
	assert_string_equal(run("users rename -n norma -r nora").err, "");
	run_typed(before, "policy set -f -");
	run("users destroy --force -n nora");
}

static void
a_policy_goes_through_a_file_byte_for_byte(void **state)
{
	static const char text[] = "{\t// one\r\n\t\"grants\": []\n}";
	const char *first = run("policy get").out;

	(void)state;
	run_typed(text, "policy set -f -");
	assert_string_equal(run("policy get").out, text);
	assert_has(run_typed(run("policy get").out, "policy set -f -").out,
		"Policy updated.");
	assert_string_equal(run("policy get").out, text);
	assert_has(run_typed("{\n\t\"acls\": []\n}", "policy diff -f -").out,
		"+\t\"acls\": []\n");
	run_typed(first, "policy set -f -");
}

static void
who_reaches_whom_is_said_with_the_rule(void **state)
{
	(void)state;
	assert_string_equal(
		run_typed("{\"grants\":\n [{\"src\": [\"*\"], \"dst\": "
			  "[\"*\"], \"ip\": [\"*\"]}]}",
			"policy set -f -")
			.out,
		"Policy updated.\n");
	assert_string_equal(run("policy who 100.64.0.1 100.64.0.2:22").out,
		"100.64.0.1 reaches 100.64.0.2:22: grants[0], line 2\n");
	assert_string_equal(run("policy who 192.0.2.1 100.64.0.2").out,
		"192.0.2.1 does not reach 100.64.0.2 by TCP or UDP: "
		"grants[0], line 2, is for *, and 192.0.2.1 is none of them\n"
		"  No machine has 192.0.2.1 or advertises a route to it.\n");
	assert_has(run("policy who 192.0.2.1 100.64.0.2 -o json-line").out,
		"\"why\":\"grants[0], line 2, is for *, and 192.0.2.1 is "
		"none of them\",\"hindrances\":[\"No machine has 192.0.2.1 "
		"or advertises a route to it.\"]");
	assert_has(run("policy who alice bob:80/tcp").out,
		":80/tcp: grants[0], line 2\n");
	assert_has(run("policy who alice bob -o json").out,
		"\"rule\": \"grants[0]\"");
	assert_has(run("policy who nobody bob").err,
		"\"nobody\" is no machine, address, user, tag, group or "
		"host");
	assert_has(run("policy who tag:nosuch bob").err, "names no machine");
	assert_has(run("policy who alice bob:80/bogus").err,
		"asking the policy: \"bogus\" is no protocol\n");
	assert_has(run("policy who alice bob:70000").err,
		"asking the policy: \"70000\" is no port from 0 to 65535\n");
	assert_has(run("policy who nobody else:ssh/x").err,
		"\"nobody\" is no machine, address, user, tag, group or "
		"host; \"else\" is no machine, address, user, tag, group "
		"or host; \"ssh\" is no port from 0 to 65535, and \"x\" is "
		"no protocol\n");
	assert_has(run("policy who alice").err, "missing parameters");
}

/* What a policy and the tailnet have names for can be asked for. */
static void
who_knows_hosts_autogroups_and_full_names(void **state)
{
	const char *said;

	(void)state;
	run_typed("{\"hosts\": {\"nas\": \"192.168.40.10\", \"lan\": "
		  "\"192.168.40.0/24\", \"all\": \"100.64.0.0/10\"},\n"
		  "\"acls\": [{\"action\": \"accept\", \"src\": "
		  "[\"autogroup:member\"], \"dst\": [\"lan:443\", "
		  "\"autogroup:internet:53\"]},\n"
		  "{\"action\": \"accept\", \"proto\": \"icmp\", \"src\": "
		  "[\"*\"], \"dst\": [\"*:*\"]}]}",
		"policy set -f -");
	assert_string_equal(run("policy who alice-laptop nas:443").out,
		"alice-laptop reaches nas:443: acls[0], line 2\n");
	assert_string_equal(
		run("policy who alice-laptop.CAIRN.internal. lan:443").out,
		"alice-laptop reaches lan:443: acls[0], line 2\n");
	said = run("policy who alice-old nas:443").out;
	assert_has(said,
		"alice-old is allowed to reach nas:443 (acls[0], line 2), but "
		"nothing gets through now:\n  The key of alice-old expired");
	assert_has(run("policy who alice-old nas:443/tcp -o json-line").out,
		"\"proto\":\"tcp\",\"allowed\":true,\"reaches\":false,");
	assert_has(run("policy who 100.64.0.1 autogroup:internet:53").out,
		"reaches autogroup:internet:53: acls[0], line 2");
	said = run("policy who autogroup:member nas:22/tcp").out;
	assert_has(said, " does not reach nas:22/tcp: acls[0], line 2, allows "
			 "443 only\n");
	assert_string_equal(
		run("policy who autogroup:tagged autogroup:member").out,
		run("policy who autogroup:tagged all").out);
	assert_has(run("policy who 100.64.0.1 autogroup:self").err,
		"is no autogroup that names machines");
	assert_has(run("policy who 100.64.0.1 100.64.0.2").out,
		"does not reach 100.64.0.2 by TCP or UDP: acls[1], line 3, "
		"allows icmp, all ports only\n");
	assert_has(run("policy who 100.64.0.1 100.64.0.2/icmp").out,
		"reaches 100.64.0.2 by icmp: acls[1], line 3\n");
}

static void
every_verb_explains_itself(void **state)
{
	(void)state;
	assert_has(run("help").out, "preauthkeys");
	assert_has(run("users").out, "Available Commands");
	assert_has(run("help nodes expire").out, "--disable");
	assert_has(run("preauthkeys create --help").out, "--expiration");
	assert_has(run("logs --help").out, "--lines number");
	assert_has(run("nodes delete --help").out, "--identifier node");
	assert_has_not(run("policy get --help").out, "bypass");
}

static struct user
first_owner(void)
{
	struct user u = { .id = 0 };
	struct db *db = NULL;

	must(db_open(home, &db), "open");
	(void)db_user_first_owner(db, mem, &u);
	db_close(db);
	return u;
}

static void
make_owner(enum role role)
{
	struct user u;
	struct db *db = NULL;

	must(db_open(home, &db), "open");
	must(db_user_by_id(db, 1, mem, &u), "user");
	u.role = role;
	must(db_user_update(db, &u), "role");
	db_close(db);
}

static void
a_rotation_says_what_it_would_do_and_asks(void **state)
{
	struct secret before, after;
	struct ran r;

	(void)state;
	must(secret_read(place, "seal", &before), "seal");
	r = run("rotate seal --dry-run -o json-line");
	assert_int_equal(r.status, 0);
	assert_has(r.out, "\"dry_run\":true");
	assert_has(r.out, "\"server_key\":2");
	assert_has(run("rotate seal --dry-run").out,
		"What would be; nothing was done.\nClosed again with");
	assert_has(run("rotate pepper --dry-run").out, "nothing was done");
	assert_has(run("rotate noise-key --dry-run").out, "nothing was done");
	assert_has(run("rotate relay-key --dry-run").out, "nothing was done");
	assert_has(run("rotate --dry-run").err,
		"unknown flag: --dry-run; say first what 'cairn rotate' shall "
		"do: seal, pepper, noise-key, relay-key");
	r = run("rotate seal"); /* nobody says yes */
	assert_has(r.err, "2 keys of the server");
	assert_has_not(r.err, "nothing was done");
	assert_has(r.err, "Go on? [y/n]");
	assert_has(r.out, "Nothing was changed");
	must(secret_read(place, "seal", &after), "seal");
	assert_memory_equal(&before, &after, sizeof(after));
	r = run("rotate seal --force");
	assert_int_equal(r.status, 0);
	must(secret_read(place, "seal", &after), "seal");
	assert_memory_not_equal(&before, &after, sizeof(after));
	assert_has_not(run("doctor --url ftp://x").out, "is not the one");
}

static void
a_rotation_counts_one_as_one(void **state)
{
	const char *out;

	(void)state;
	assert_int_equal(run("setup-link").status, 0);
	out = run("rotate pepper --dry-run").out;
	assert_has(out, "  1 link: setup");
	assert_has(out, "  0 browsers are signed out, 0 sign-ins begin anew");
	assert_has(out, " keys for machines");
	out = run("rotate seal --dry-run").out;
	assert_has(out, "  2 keys of the server");
	assert_has(out, "  0 second factors");
}

static void
a_new_machine_key_is_told_and_how_long_the_old_is_answered(void **state)
{
	struct ran r;

	(void)state;
	assert_has(run("rotate noise-key --dry-run").out, "answered 30 days");
	assert_int_equal(run("rotate noise-key --grace 366d").status, 1);
	assert_int_equal(run("rotate noise-key --grace x").status, 1);
	r = run("rotate noise-key --grace 12h --force -o json-line");
	assert_has(r.out, "\"public\":\"mkey:");
	assert_has(r.out, "\"answered_old\":1");
	assert_has(run("doctor --url ftp://x").out,
		"a machine key of before is answered until");
	r = run("rotate noise-key --end-old --force -o json-line");
	assert_has(r.out, "\"ended\":1");
	assert_has_not(
		run("doctor --url ftp://x").out, "of before is answered");
}

static void
a_setup_link_is_for_setup_until_there_is_an_owner(void **state)
{
	struct ran r = run("setup-link --first");

	(void)state;
	assert_int_equal(r.status, 0);
	assert_has(r.out, "Set up cairn");
	assert_has(r.out, "an hour:\nhttp://127.0.0.1:");
	assert_has(run("setup-link -o json-line").out, "\"purpose\":\"setup\"");
	make_owner(ROLE_OWNER);
	assert_string_equal(first_owner().name, "alice");
	r = run("setup-link");
	assert_has(r.out, "owner alice a new password");
	assert_has(run("setup-link -o json-line").out,
		"\"purpose\":\"recovery\",\"owner\":\"alice\"");
	r = run("setup-link --first");
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "");
	make_owner(ROLE_MEMBER);
}

static void
every_verb_is_in_the_manual(void **state)
{
	char *text = arena_alloc(mem, 64 * 1024);
	FILE *f = fopen("docs/man/cairn.1", "re");

	(void)state;
	assert_non_null(f);
	assert_true(fread(text, 1, 64 * 1024 - 1, f) > 0);
	fclose(f);
	for (size_t i = 0; i < command_count; i++)
		assert_has(text,
			arena_printf(mem, ".It Ic %s%s%s", commands[i].group,
				*commands[i].group ? " " : "",
				commands[i].verb));
}

static void
an_instance_that_is_not_there_is_named(void **state)
{
	(void)state;
	assert_has(run("users list --home /tmp/cairn-nowhere").err,
		"there is no instance in \"/tmp/cairn-nowhere\"");
}

static void
init_may_be_run_again(void **state)
{
	const char *other = arena_printf(mem, "init --home %s/other", home);
	struct ran first = run(other), second = run(other);

	(void)state;
	assert_int_equal(first.status, 0);
	assert_has(first.out, "/other: made, login server "
			      "http://127.0.0.1:8080\n");
	assert_int_equal(second.status, 0);
	assert_has(second.out, "/other: up to date");
}

static void
init_takes_its_first_settings_from_the_environment(void **state)
{
	struct ran r;

	(void)state;
	setenv("CAIRN_LISTEN", "192.168.7.1", 1);
	setenv("CAIRN_HTTP_PORT", "80", 1);
	r = run(arena_printf(mem, "init --home %s/env", home));
	assert_has(r.out, "login server http://192.168.7.1\n");
	setenv("CAIRN_HTTP_PORT", "eighty", 1);
	r = run(arena_printf(mem, "init --home %s/env2", home));
	unsetenv("CAIRN_LISTEN");
	unsetenv("CAIRN_HTTP_PORT");
	assert_int_equal(r.status, 1);
	assert_has(r.err, "http_port");
	assert_ptr_equal(strchr(r.err, '\n'), r.err + strlen(r.err) - 1);
}

static void
init_says_in_one_line_why_it_cannot(void **state)
{
	const char *newer = arena_printf(mem, "%s/newer", home);
	struct ran r = run("init --home /dev/null/x");
	struct db *db;

	(void)state;
	assert_int_equal(r.status, 1);
	assert_has(r.err, "Error: cannot make /dev/null/x");
	run(arena_printf(mem, "init --home %s", newer));
	must(db_open_any(newer, false, &db), "open");
	must(db_exec(db, "PRAGMA user_version=99"), "version");
	db_close(db);
	assert_has(run(arena_printf(mem, "init --home %s", newer)).err,
		"newer than this program");
	assert_has(run(arena_printf(mem, "users list --home %s", newer)).err,
		"newer than this program");
}

static void
doctor_names_what_does_not_run(void **state)
{
	struct ran r = run("doctor --url ftp://x");

	(void)state;
	assert_int_equal(r.status, 1);
	assert_has(r.out, arena_printf(mem, "ok    database: version %d, whole",
				  DB_VERSION));
	assert_has(r.out, "ok    growth: audit ");
	assert_has(r.out, "FAIL  sockets: there is no worker.sock — start "
			  "cairn-worker\n");
	assert_has(r.out, "is no http or https URL");
	assert_string_equal(r.err, "");
}

/* A stream socket in the home, listening or left behind. */
static int
a_socket(const char *name, mode_t mode, bool alive)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", home, name);
	unlink(a.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(chmod(a.sun_path, mode), 0);
	if (alive)
		assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void
doctor_names_a_socket_that_is_open_or_dead(void **state)
{
	int open_one = a_socket("inner.sock", 0666, true);
	int good_one = a_socket("fcgi.sock", 0660, true);
	int dead_one = a_socket("worker.sock", 0660, false);
	const char *text;

	(void)state;
	close(dead_one);
	text = run("doctor --url ftp://x").out;
	close(open_one);
	close(good_one);
	assert_has(text, "FAIL  sockets: everybody may use inner.sock — chmod");
	assert_has(text, "ok    sockets: fcgi.sock answers (cairn-fcgi)\n");
	assert_has(text, "FAIL  sockets: nobody answers on worker.sock");
}

static void
doctor_names_a_secret_that_others_may_read(void **state)
{
	const char *pepper = arena_printf(mem, "%s/keys/pepper", home);
	const char *text;

	(void)state;
	chmod(pepper, 0644);
	text = run("doctor --url ftp://x").out;
	chmod(pepper, 0600);
	assert_has(text, "warn  keys: others than its owner may read "
			 "keys/pepper — chmod 600 ");
	assert_has(text, "ok    keys: keys/seal is there and closed\n");
}

static void
doctor_names_a_worker_that_lags(void **state)
{
	struct db *db;
	int64_t last;

	(void)state;
	must(db_open(place, &db), "open");
	must(db_change_last(db, &last), "last");
	must(db_stat_put(db, "cairn_worker_change_seq", last - 5, now), "stat");
	assert_has(run("doctor --url ftp://x").out,
		"ok    worker: it keeps up with the changes, counted ");
	must(db_stat_put(db, "cairn_worker_change_seq", last - 5000, now),
		"stat");
	assert_has(run("doctor --url ftp://x").out,
		"warn  worker: 5000 changes behind");
	touch_worker(now - 60);
	assert_has(run("doctor --url ftp://x").out,
		"FAIL  worker: last heard of ");
	touch_worker(now + DAY);
	db_close(db);
}

static void
a_write_rings_the_bell_and_a_read_does_not(void **state)
{
	char byte;
	int fd;

	(void)state;
	must(bell_listen(place, &fd), "bell");
	assert_int_equal(run("users list").status, 0);
	assert_int_equal(run("users create x").status, 1);
	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	assert_int_equal(run("users create ringer").status, 0);
	assert_int_equal(recv(fd, &byte, 1, 0), 1);
	close(fd);
}

static void
what_the_command_line_did_is_in_the_audit_log(void **state)
{
	struct audit *rows;
	struct db *db;
	size_t count;

	(void)state;
	assert_int_equal(run("users create zoe").status, 0);
	must(db_open(place, &db), "open");
	must(db_audits(db, 0, 1, mem, &rows, &count), "audits");
	db_close(db);
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].actor, "cli");
}

/* The machine's answer, which a handler takes at the time that the worker
 * holds.
 */
static void
answer_ping(struct db *db, const struct ask_row *a)
{
	const struct node n = a_node(a->node_id);
	const struct bytes payload = ask_payload(mem, a);
	const char *echo = strstr((const char *)payload.at, "\r\n\r\n");
	const char *said = arena_printf(mem, "HTTP/1.1 200 OK%.*s",
		(int)(payload.at + payload.len - (const unsigned char *)echo),
		echo);
	const char *path = strrchr(ask_path(mem, a), '/');

	must(tailnet_ask_answer(
		     db, &(struct ask_reply){ .path_part = path + 1,
				 .machine_key = &n.machine_key,
				 .body = { (const unsigned char *)said,
					 strlen(said) },
				 .now = db_time(db, clock_now()),
				 .now_ms = clock_now_ms() }),
		"answer");
}

static int
wait_and_answer(pid_t child)
{
	struct ask_row *rows;
	size_t count = 0;
	struct db *db;
	int status;

	must(db_open(home, &db), "open");
	while (!count && waitpid(child, &status, WNOHANG) == 0)
		must(db_asks_open(db, 0, 1, mem, &rows, &count), "asks");
	assert_int_equal(count, 1);
	answer_ping(db, &rows[0]);
	db_close(db);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void
mark_time(int64_t at)
{
	struct db *db;

	must(db_open(home, &db), "open");
	must(db_begin(db), "begin");
	must(db_stat_put(db, STAT_HEARTBEAT, 1, at), "mark");
	must(db_commit(db), "commit");
	db_close(db);
}

/* Who asks by another clock than handlers have hears that the answer is late.
 */
static void
a_machine_is_asked_at_the_time_that_the_worker_holds(void **state)
{
	pid_t child;

	(void)state;
	mark_time(clock_now() + 1000);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(run("nodes ping ci-runner").status);
	assert_int_equal(wait_and_answer(child), 0);
	mark_time(now);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_is_found_by_id_and_by_name),
		cmocka_unit_test(
			a_machine_is_asked_at_the_time_that_the_worker_holds),
		cmocka_unit_test(a_key_is_shown_whole_once),
		cmocka_unit_test(
			a_new_key_is_good_as_long_as_the_setting_says_or_the_flag),
		cmocka_unit_test(
			a_tagged_node_belongs_to_tagged_devices_in_lists),
		cmocka_unit_test(a_machine_whose_key_has_expired_is_not_online),
		cmocka_unit_test(nobody_is_online_while_the_worker_is_late),
		cmocka_unit_test(
			an_error_comes_on_stderr_in_the_format_asked_for),
		cmocka_unit_test(a_question_answered_no_changes_nothing),
		cmocka_unit_test(dns_is_set_shown_and_looked_up),
		cmocka_unit_test(attributes_are_set_shown_and_removed),
		cmocka_unit_test(tags_need_an_owner_in_the_policy),
		cmocka_unit_test(routes_are_approved_and_withdrawn),
		cmocka_unit_test(a_relay_without_a_token_is_seen),
		cmocka_unit_test(who_removes_the_own_relay_hears_what_to_do),
		cmocka_unit_test(a_router_that_stands_by_serves_nothing),
		cmocka_unit_test(a_user_with_nodes_is_not_destroyed),
		cmocka_unit_test(users_come_change_and_go),
		cmocka_unit_test(a_lost_factor_is_taken_away),
		cmocka_unit_test(a_user_is_made_with_a_role),
		cmocka_unit_test(
			the_audit_log_is_verified_and_compared_with_a_hash),
		cmocka_unit_test(a_node_is_renamed_expired_tagged_and_deleted),
		cmocka_unit_test(a_node_is_named_by_its_name_or_its_id),
		cmocka_unit_test(an_unknown_word_or_too_many_are_refused),
		cmocka_unit_test(
			an_address_that_clients_do_not_take_is_said_and_stored),
		cmocka_unit_test(a_setting_that_counts_later_says_so),
		cmocka_unit_test(the_metrics_token_is_not_shown_again),
		cmocka_unit_test(a_waiting_machine_is_admitted_once),
		cmocka_unit_test(a_rejection_is_final),
		cmocka_unit_test(a_login_by_ssh_is_approved_listed_and_revoked),
		cmocka_unit_test(a_login_by_ssh_is_rejected_with_a_reason),
		cmocka_unit_test(
			versions_of_a_policy_are_listed_compared_and_put_back),
		cmocka_unit_test(a_policy_is_checked_before_it_is_stored),
		cmocka_unit_test(who_renames_a_user_hears_which_lines_named_it),
		cmocka_unit_test(a_policy_goes_through_a_file_byte_for_byte),
		cmocka_unit_test(who_reaches_whom_is_said_with_the_rule),
		cmocka_unit_test(who_knows_hosts_autogroups_and_full_names),
		cmocka_unit_test(every_verb_explains_itself),
		cmocka_unit_test(a_rotation_says_what_it_would_do_and_asks),
		cmocka_unit_test(a_rotation_counts_one_as_one),
		cmocka_unit_test(
			a_new_machine_key_is_told_and_how_long_the_old_is_answered),
		cmocka_unit_test(
			a_setup_link_is_for_setup_until_there_is_an_owner),
		cmocka_unit_test(every_verb_is_in_the_manual),
		cmocka_unit_test(a_machine_is_moved_and_gets_addresses),
		cmocka_unit_test(an_instance_that_is_not_there_is_named),
		cmocka_unit_test(init_may_be_run_again),
		cmocka_unit_test(
			init_takes_its_first_settings_from_the_environment),
		cmocka_unit_test(init_says_in_one_line_why_it_cannot),
		cmocka_unit_test(doctor_names_what_does_not_run),
		cmocka_unit_test(doctor_names_a_socket_that_is_open_or_dead),
		cmocka_unit_test(doctor_names_a_secret_that_others_may_read),
		cmocka_unit_test(doctor_names_a_worker_that_lags),
		cmocka_unit_test(a_write_rings_the_bell_and_a_read_does_not),
		cmocka_unit_test(what_the_command_line_did_is_in_the_audit_log),
		cmocka_unit_test(a_log_that_was_cut_is_told),
		cmocka_unit_test(
			logs_prints_the_newest_lines_of_a_process_and_level),
		cmocka_unit_test(doctor_checks_the_chain_of_the_audit_log),
	};

	if (argc == 3 && strcmp(argv[1], "--make") == 0) {
		mem = arena_new();
		now = clock_now();
		place = argv[2];
		make_base();
		arena_free(mem);
		return 0;
	}
	return cmocka_run_group_tests(tests, set_up, home_tear_down);
}
