/* The tables that are little more than their SQL, in one file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "db/ask.h"
#include "db/audit.h"
#include "db/audit_chain.h"
#include "db/change.h"
#include "db/dns.h"
#include "db/live.h"
#include "db/node.h"
#include "db/noise_session.h"
#include "db/pending.h"
#include "db/policy_text.h"
#include "db/preauth_key.h"
#include "db/retired.h"
#include "db/route_approval.h"
#include "db/server_key.h"
#include "db/setting.h"
#include "db/stat.h"
#include "db/user.h"
#include "tests/lib/with_db.h"

#define OK(call) assert_int_equal(call, ERR_OK)

static int64_t
add_user(struct fixture *f, const char *name)
{
	struct user u = { .name = name, .created_at = 5 };
	int64_t id = -1;

	OK(db_user_add(f->db, &u, &id));
	return id;
}

static struct node
sample(int n, int64_t user_id)
{
	static char v4[32], v6[32], name[32];
	struct node node = { .user_id = user_id,
		.tags = user_id ? "[]" : "[\"tag:a\"]",
		.name = name,
		.hostname = "Host",
		.ipv4 = v4,
		.ipv6 = v6,
		.routes = "[\"10.0.0.0/8\"]",
		.capver = 142,
		.ephemeral = true,
		.register_method = "cli",
		.created_at = 7,
		.expires_at = 9 };

	memset(&node.machine_key, n, sizeof(node.machine_key));
	memset(&node.node_key, n + 100, sizeof(node.node_key));
	(void)snprintf(v4, sizeof(v4), "100.64.0.%d", n);
	(void)snprintf(v6, sizeof(v6), "fd7a:115c:a1e0::%d", n);
	(void)snprintf(name, sizeof(name), "node%d", n);
	return node;
}

static int64_t
add_node(struct fixture *f, int n, int64_t user_id)
{
	struct node node = sample(n, user_id);
	int64_t id = -1;

	OK(db_node_add(f->db, &node, &id));
	return id;
}

static void
a_user_name_is_taken_in_any_case(void **state)
{
	struct fixture *f = *state;
	struct user u = { .name = "ALICE" }, found;
	int64_t id = add_user(f, "alice"), other = -1;

	assert_int_equal(db_user_add(f->db, &u, &other), ERR_EXISTS);
	assert_int_equal(other, -1);
	OK(db_user_by_name(f->db, "Alice", f->mem, &found));
	assert_int_equal(found.id, id);
	assert_string_equal(found.display_name, "");
	assert_int_equal(db_user_rename(f->db, 99, "bob"), ERR_NOT_FOUND);
	assert_int_equal(db_user_delete(f->db, 99), ERR_NOT_FOUND);
}

static void
a_user_who_owns_nodes_stays_and_a_free_one_takes_the_keys_along(void **state)
{
	struct fixture *f = *state;
	int64_t alice = add_user(f, "alice"), bob = add_user(f, "bob");
	struct preauth_key k = { .prefix = "p1", .user_id = alice }, *keys;
	int64_t id, count;
	size_t left;

	OK(db_preauth_key_add(f->db, &k, &id));
	k = (struct preauth_key){ .prefix = "p2", .user_id = bob };
	OK(db_preauth_key_add(f->db, &k, &id));
	add_node(f, 1, alice);
	assert_int_equal(db_user_delete(f->db, alice), ERR_IN_USE);
	OK(db_user_node_count(f->db, alice, &count));
	assert_int_equal(count, 1);
	OK(db_user_delete(f->db, bob));
	OK(db_preauth_keys(f->db, f->mem, &keys, &left));
	assert_int_equal(left, 1);
	assert_string_equal(keys[0].prefix, "p1");
}

static void
a_node_comes_back_as_it_went_in(void **state)
{
	struct fixture *f = *state;
	int64_t alice = add_user(f, "alice"), id = add_node(f, 1, alice);
	struct node n = sample(1, alice), got;

	OK(db_node_by_id(f->db, id, f->mem, &got));
	assert_memory_equal(&got.machine_key, &n.machine_key, 32);
	assert_memory_equal(&got.node_key, &n.node_key, 32);
	assert_int_equal(got.user_id, alice);
	assert_string_equal(got.tags, "[]");
	assert_string_equal(got.name, "node1");
	assert_string_equal(got.hostname, "Host");
	assert_string_equal(got.ipv4, "100.64.0.1");
	assert_string_equal(got.ipv6, "fd7a:115c:a1e0::1");
	assert_string_equal(got.hostinfo, "{}");
	assert_string_equal(got.routes, "[\"10.0.0.0/8\"]");
	assert_string_equal(got.approved_routes, "[]");
	assert_string_equal(got.requested_tags, "[]");
	assert_int_equal(got.capver, 142);
	assert_true(got.ephemeral);
	assert_false(got.name_pinned);
	assert_string_equal(got.register_method, "cli");
	assert_int_equal(got.created_at, 7);
	assert_int_equal(got.expires_at, 9);
}

static void
every_column_of_a_node_can_be_written_again(void **state)
{
	struct fixture *f = *state;
	int64_t alice = add_user(f, "alice"), id = add_node(f, 1, alice);
	struct node n = sample(2, 0), got;

	n.id = id;
	n.name_pinned = true;
	n.ephemeral = false;
	n.hostinfo = "{\"a\":1}";
	n.approved_routes = n.requested_tags = "[\"x\"]";
	n.expires_at = 0;
	n.ipv6 = NULL;
	OK(db_node_update(f->db, &n));
	OK(db_node_by_node_key(f->db, &n.node_key, f->mem, &got));
	assert_int_equal(got.id, id);
	assert_memory_equal(&got.machine_key, &n.machine_key, 32);
	assert_int_equal(got.user_id, 0);
	assert_string_equal(got.tags, "[\"tag:a\"]");
	assert_true(got.name_pinned);
	assert_false(got.ephemeral);
	assert_string_equal(got.hostinfo, "{\"a\":1}");
	assert_string_equal(got.approved_routes, "[\"x\"]");
	assert_string_equal(got.requested_tags, "[\"x\"]");
	assert_int_equal(got.expires_at, 0);
	assert_null(got.ipv6);
	assert_int_equal(got.created_at, 7);
	n.id = 99;
	assert_int_equal(db_node_update(f->db, &n), ERR_NOT_FOUND);
}

static void
what_another_node_has_is_refused(void **state)
{
	struct fixture *f = *state;
	int64_t alice = add_user(f, "alice"), bob = add_user(f, "bob"), id;
	struct node n, other;

	add_node(f, 1, alice);
	other = sample(1, alice);
	for (int i = 0; i < 5; i++) {
		n = sample(2, bob);
		n.name = "two";
		n.ipv4 = "100.64.0.2";
		n.ipv6 = "fd7a:115c:a1e0::2";
		if (i == 0)
			n.node_key = other.node_key;
		if (i == 1)
			n.ipv4 = "100.64.0.1";
		if (i == 2)
			n.ipv6 = "fd7a:115c:a1e0::1";
		if (i == 3)
			n.name = "node1";
		if (i == 4) {
			n.machine_key = other.machine_key;
			n.user_id = alice;
		}
		assert_int_equal(db_node_add(f->db, &n, &id), ERR_EXISTS);
	}
	n.user_id = bob; /* the same machine with another owner is fine */
	OK(db_node_add(f->db, &n, &id));
}

static void
a_node_has_a_user_or_tags_never_both_and_an_address(void **state)
{
	struct fixture *f = *state;
	int64_t alice = add_user(f, "alice"), id;
	struct node n = sample(1, alice);

	n.tags = "[\"tag:a\"]";
	assert_int_equal(db_node_add(f->db, &n, &id), ERR_BAD_INPUT);
	n = sample(1, 0);
	n.tags = "[]";
	assert_int_equal(db_node_add(f->db, &n, &id), ERR_BAD_INPUT);
	n = sample(1, alice);
	n.ipv4 = n.ipv6 = NULL;
	assert_int_equal(db_node_add(f->db, &n, &id), ERR_BAD_INPUT);
	n = sample(1, alice);
	n.register_method = "magic";
	assert_int_equal(db_node_add(f->db, &n, &id), ERR_BAD_INPUT);
}

static void
nodes_are_found_by_machine_name_and_address(void **state)
{
	struct fixture *f = *state;
	int64_t alice = add_user(f, "alice"), id = add_node(f, 1, alice), count;
	struct node n = sample(1, alice), got, *list;
	bool taken;
	size_t found;

	OK(db_node_by_machine(f->db, &n.machine_key, alice, f->mem, &got));
	assert_int_equal(got.id, id);
	assert_int_equal(
		db_node_by_machine(f->db, &n.machine_key, 0, f->mem, &got),
		ERR_NOT_FOUND);
	OK(db_nodes_of_machine(f->db, &n.machine_key, f->mem, &list, &found));
	assert_int_equal(found, 1);
	OK(db_node_name_taken(f->db, "node1", 0, &taken));
	assert_true(taken);
	OK(db_node_name_taken(f->db, "node1", id, &taken));
	assert_false(taken);
	OK(db_node_address_taken(f->db, "100.64.0.1", &taken));
	assert_true(taken);
	OK(db_node_address_taken(f->db, "fd7a:115c:a1e0::1", &taken));
	assert_true(taken);
	OK(db_node_address_taken(f->db, "100.64.0.9", &taken));
	assert_false(taken);
	OK(db_node_count(f->db, &count));
	assert_int_equal(count, 1);
	add_node(f, 2, alice);
	OK(db_node_newest(f->db, f->mem, &got));
	assert_string_equal(got.ipv4, "100.64.0.2");
}

static void
every_write_that_others_must_see_is_in_the_log(void **state)
{
	struct fixture *f = *state;
	struct pending p = { .code = "c", .expires_at = 100 };
	struct preauth_key k = { .prefix = "p", .tags = "[\"tag:a\"]" };
	struct server_key s = { .kind = "derp",
		.sealed = { (const unsigned char *)"x", 1 } };
	struct change *c;
	struct node n;
	int64_t user = add_user(f, "alice"), node = add_node(f, 1, user), id;
	size_t count;

	n = sample(1, user);
	n.id = node;
	n.hostname = "new";
	OK(db_node_update(f->db, &n));
	OK(db_user_rename(f->db, user, "al"));
	OK(db_pending_add(f->db, &p, &id));
	OK(db_pending_reject(f->db, id, "no", "cli", 1));
	OK(db_preauth_key_add(f->db, &k, &id));
	OK(db_setting_put(f->db, "url", "x", 1));
	OK(db_policy_add(f->db,
		&(struct policy_text){
			.text = "{}", .author = "cli", .created_at = 1 },
		&id));
	OK(db_server_key_add(f->db, &s));
	OK(db_node_delete(f->db, node));

	static const enum change_kind kinds[] = { CHANGE_USER, CHANGE_NODE,
		CHANGE_NODE, CHANGE_USER, CHANGE_PENDING, CHANGE_PENDING,
		CHANGE_PREAUTH_KEY, CHANGE_SETTING, CHANGE_POLICY,
		CHANGE_SERVER_KEY, CHANGE_NODE_GONE };

	OK(db_changes_after(f->db, 0, 100, f->mem, &c, &count));
	assert_int_equal(count, sizeof(kinds) / sizeof(kinds[0]));
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(c[i].kind, kinds[i]);
		assert_int_equal(c[i].seq, i + 1);
	}
	assert_int_equal(c[10].id, node);
}

static void
every_change_of_dns_is_in_the_log(void **state)
{
	struct fixture *f = *state;
	const struct nameserver n = { .domain = "", .address = "1.1.1.1" };
	const struct dns_record r = { .name = "a.lan",
		.type = "A",
		.node_id = add_node(f, 1, add_user(f, "alice")) };
	const struct dns_file file = { "/f", "00", "[]", 1, "" };
	int64_t id, before;
	struct change *c;
	size_t count;

	OK(db_change_last(f->db, &before));
	OK(db_nameserver_add(f->db, &n, &id));
	assert_int_equal(db_nameserver_add(f->db, &n, &id), ERR_EXISTS);
	OK(db_nameserver_place(f->db, id, 7));
	OK(db_nameserver_delete(f->db, id));
	OK(db_search_domain_add(f->db, "lan", &id));
	OK(db_search_domain_delete(f->db, id));
	OK(db_dns_record_add(f->db, &r, &id));
	assert_int_equal(db_dns_record_add(f->db, &r, &id), ERR_EXISTS);
	OK(db_dns_file_put(f->db, &file));
	OK(db_dns_file_put(f->db, &file));
	OK(db_dns_file_forget(f->db));
	OK(db_node_delete(f->db, r.node_id)); /* its record goes along */
	OK(db_changes_after(f->db, before, 100, f->mem, &c, &count));
	assert_int_equal(count, 11);
	for (size_t i = 0; i + 1 < count; i++)
		assert_int_equal(c[i].kind, CHANGE_DNS);
}

static void
soft_state_leaves_no_trace_in_the_log(void **state)
{
	struct fixture *f = *state;
	int64_t node = add_node(f, 1, add_user(f, "alice")), before, after;
	struct live l = { .node_id = node, .online = true };
	struct noise_session s = { .id = 1, .address = "x" };

	OK(db_change_last(f->db, &before));
	OK(db_live_put(f->db, &l));
	OK(db_noise_session_add(f->db, &s));
	OK(db_stat_put(f->db, "n", 1, 1));
	OK(db_change_last(f->db, &after));
	assert_int_equal(before, after);
}

static void
the_log_is_cut_by_age_and_by_length_but_keeps_its_end(void **state)
{
	struct fixture *f = *state;
	int64_t gone, seq;
	bool found;

	OK(db_change_first(f->db, &seq));
	assert_int_equal(seq, 0);
	for (int i = 0; i < 10; i++)
		OK(db_setting_put(f->db, "url", "x", i));
	OK(db_change_prune(f->db, 0, 4, &gone));
	assert_int_equal(gone, 6);
	OK(db_change_first(f->db, &seq));
	assert_int_equal(seq, 7);
	OK(db_change_prune(f->db, INT64_MAX, 4, &gone));
	assert_int_equal(gone, 3);
	OK(db_change_last(f->db, &seq));
	assert_int_equal(seq, 10);
	OK(db_change_since(f->db, CHANGE_SETTING, 0, 9, &found));
	assert_true(found);
	OK(db_change_since(f->db, CHANGE_SETTING, 0, 10, &found));
	assert_false(found);
	OK(db_change_since(f->db, CHANGE_NODE, 0, 0, &found));
	assert_false(found);
}

static void
what_the_worker_does_not_believe_of_the_clock_nobody_does(void **state)
{
	struct fixture *f = *state;
	const int64_t true_time = 5000, wrong = true_time + 3600;

	assert_int_equal(db_time(f->db, wrong), wrong);
	OK(db_stat_put(f->db, STAT_HEARTBEAT, 1, true_time));
	OK(db_stat_put(f->db, STAT_DOUBT, 3600, true_time));
	assert_int_equal(db_time(f->db, wrong), true_time);
	assert_int_equal(db_time(f->db, wrong + 60), true_time + 60);
	/* The worker is gone. */
	assert_int_equal(db_time(f->db, wrong + 61), wrong + 61);
	/* It was mended before the worker said so. */
	assert_int_equal(db_time(f->db, true_time + 1), true_time);
	OK(db_stat_put(f->db, STAT_DOUBT, 0, true_time));
	assert_int_equal(db_time(f->db, wrong), wrong);
}

static void
words_of_changes_go_both_ways(void **state)
{
	(void)state;
	for (enum change_kind k = 0; k < CHANGE_KINDS; k++)
		assert_int_equal(change_kind(change_word(k)), k);
	assert_int_equal(change_kind("of-tomorrow"), CHANGE_KINDS);
	assert_string_equal(change_word(CHANGE_KINDS), "");
}

/* A key is used by one statement, whatever was read before. */
static void
using_a_key_is_one_comparison_and_one_swap(void **state)
{
	struct fixture *f = *state;
	int64_t user = add_user(f, "alice");
	const struct {
		struct preauth_key k;
		enum err first, second;
	} cases[] = {
		{ { .prefix = "a" }, ERR_OK, ERR_NOT_FOUND },
		{ { .prefix = "b", .reusable = true }, ERR_OK, ERR_OK },
		{ { .prefix = "c", .expires_at = 100 }, ERR_NOT_FOUND,
			ERR_NOT_FOUND },
		{ { .prefix = "d", .expires_at = 101 }, ERR_OK, ERR_NOT_FOUND },
		{ { .prefix = "e", .reusable = true, .revoked_at = 1 },
			ERR_NOT_FOUND, ERR_NOT_FOUND },
	};
	struct preauth_key k;
	int64_t id;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		k = cases[i].k;
		k.user_id = user;
		OK(db_preauth_key_add(f->db, &k, &id));
		assert_int_equal(
			db_preauth_key_use(f->db, id, 100), cases[i].first);
		assert_int_equal(
			db_preauth_key_use(f->db, id, 100), cases[i].second);
		OK(db_preauth_key_by_id(f->db, id, f->mem, &k));
		assert_int_equal(k.used_at, cases[i].first == ERR_OK ? 100 : 0);
	}
	OK(db_preauth_key_by_prefix(f->db, "b", f->mem, &k));
	OK(db_preauth_key_use(f->db, k.id, 200));
	OK(db_preauth_key_by_id(f->db, k.id, f->mem, &k));
	assert_int_equal(k.used_at, 100);
	assert_int_equal(k.last_used_at, 200);
}

static void
old_keys_go_and_good_ones_stay(void **state)
{
	struct fixture *f = *state;
	static const struct preauth_key keys[] = {
		{ .prefix = "good" },
		{ .prefix = "used-reusable", .reusable = true, .used_at = 1 },
		{ .prefix = "used", .used_at = 1 },
		{ .prefix = "just-used", .used_at = 100 },
		{ .prefix = "revoked", .revoked_at = 1 },
		{ .prefix = "expired", .expires_at = 99 },
	};
	struct preauth_key *left, k;
	int64_t user = add_user(f, "alice"), id, gone;
	size_t count;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		k = keys[i];
		k.user_id = user;
		OK(db_preauth_key_add(f->db, &k, &id));
	}
	OK(db_preauth_key_prune(f->db, 100, &gone));
	assert_int_equal(gone, 3);
	OK(db_preauth_keys(f->db, f->mem, &left, &count));
	assert_string_equal(left[2].prefix, "just-used");
	OK(db_preauth_key_revoke(f->db, left[0].id, 7));
	OK(db_preauth_key_revoke(f->db, left[0].id, 8));
	OK(db_preauth_key_by_id(f->db, left[0].id, f->mem, &k));
	assert_int_equal(k.revoked_at, 7);
	assert_int_equal(db_preauth_key_revoke(f->db, 99, 7), ERR_NOT_FOUND);
	assert_int_equal(db_preauth_key_delete(f->db, 99), ERR_NOT_FOUND);
}

static void
a_registration_is_decided_once_and_in_time(void **state)
{
	struct fixture *f = *state;
	struct pending p = { .auth_hash = { 1 },
		.code = "abc",
		.hostname = "h",
		.address = "192.0.2.1",
		.created_at = 1,
		.expires_at = 100 };
	struct pending got, *list;
	int64_t id, gone, here;
	size_t count;

	OK(db_pending_add(f->db, &p, &id));
	assert_int_equal(
		db_pending_approve(f->db, id, 5, "cli", 100), ERR_NOT_FOUND);
	assert_int_equal(
		db_pending_reject(f->db, id, "", "cli", 100), ERR_NOT_FOUND);
	OK(db_pending_count_from(f->db, 99, "192.0.2.1", f->mem, &here));
	assert_int_equal(here, 1);
	OK(db_pending_count_from(f->db, 99, "192.0.2.2", f->mem, &here));
	assert_int_equal(here, 0);
	OK(db_pendings(f->db, 100, f->mem, &list, &count));
	assert_int_equal(count, 0);
	OK(db_pending_approve(f->db, id, 5, "cli", 99));
	assert_int_equal(
		db_pending_approve(f->db, id, 6, "cli", 99), ERR_NOT_FOUND);
	assert_int_equal(
		db_pending_reject(f->db, id, "x", "cli", 99), ERR_NOT_FOUND);
	OK(db_pending_by_hash(f->db, p.auth_hash, f->mem, &got));
	assert_int_equal(got.id, id);
	assert_int_equal(got.state, PENDING_APPROVED);
	assert_int_equal(got.node_id, 5);
	assert_int_equal(got.decided_at, 99);
	OK(db_pending_prune(f->db, 100, &gone));
	assert_int_equal(gone, 0);
	OK(db_pending_prune(f->db, 101, &gone));
	assert_int_equal(gone, 1);
}

static void
soft_state_of_a_node_is_replaced_and_goes_with_it(void **state)
{
	struct fixture *f = *state;
	int64_t node = add_node(f, 1, add_user(f, "alice"));
	struct live l = { .node_id = node,
		.endpoints = "[\"192.0.2.1:1\"]",
		.home_derp = 900,
		.capver = 142,
		.online = true,
		.last_seen = 50 };
	struct live got, *list;
	size_t count;

	memset(&l.disco_key, 3, sizeof(l.disco_key));
	OK(db_live_put(f->db, &l));
	l.online = false;
	l.hostinfo = "{}";
	OK(db_live_put(f->db, &l));
	OK(db_live_by_node(f->db, node, f->mem, &got));
	assert_false(got.online);
	assert_string_equal(got.endpoints, "[\"192.0.2.1:1\"]");
	assert_memory_equal(&got.disco_key, &l.disco_key, 32);
	assert_int_equal(got.home_derp, 900);
	assert_int_equal(got.last_seen, 50);
	l.node_id = 99;
	OK(db_live_put(f->db, &l));
	OK(db_node_delete(f->db, node));
	OK(db_lives(f->db, f->mem, &list, &count));
	assert_int_equal(count, 0);
}

/* The mark that the worker writes for all of them together. */
static void
who_is_online_was_seen_when_the_worker_was_there_last(void **state)
{
	struct fixture *f = *state;
	int64_t node = add_node(f, 1, add_user(f, "alice"));
	struct live got, l = { .node_id = node,
		.online = true,
		.online_since = 50,
		.last_seen = 50 };

	OK(db_live_put(f->db, &l));
	OK(db_live_by_node(f->db, node, f->mem, &got));
	assert_int_equal(got.last_seen, 50);
	OK(db_stat_put(f->db, STAT_HEARTBEAT, 1, 5000));
	OK(db_live_by_node(f->db, node, f->mem, &got));
	assert_int_equal(got.last_seen, 5000);
	assert_int_equal(got.online_since, 50);
	l.online = false;
	OK(db_live_put(f->db, &l));
	OK(db_live_by_node(f->db, node, f->mem, &got));
	assert_int_equal(got.last_seen, 50);
}

static void
approvals_of_routes_are_replaced_and_go_with_their_node(void **state)
{
	struct fixture *f = *state;
	int64_t node = add_node(f, 1, add_user(f, "alice"));
	struct route_approval a = { .node_id = node,
		.route = "10.1.0.0/16",
		.actor = "user:1",
		.actor_name = "alice",
		.at = 5 };
	struct route_approval *rows;
	size_t count;

	OK(db_route_approval_put(f->db, &a));
	a.actor = "policy";
	a.actor_name = NULL;
	a.version = 3;
	OK(db_route_approval_put(f->db, &a));
	a.route = "10.0.0.0/8";
	OK(db_route_approval_put(f->db, &a));
	OK(db_route_approvals(f->db, node, f->mem, &rows, &count));
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].route, "10.0.0.0/8");
	assert_string_equal(rows[1].route, "10.1.0.0/16");
	assert_string_equal(rows[1].actor, "policy");
	assert_string_equal(rows[1].actor_name, "");
	assert_int_equal(rows[1].version, 3);
	assert_int_equal(rows[1].at, 5);
	OK(db_route_approval_delete(f->db, node, "10.0.0.0/8"));
	assert_int_equal(db_route_approval_delete(f->db, node, "10.0.0.0/8"),
		ERR_NOT_FOUND);
	OK(db_node_delete(f->db, node));
	OK(db_route_approvals(f->db, node, f->mem, &rows, &count));
	assert_int_equal(count, 0);
}

static struct ask_row
add_ask(struct fixture *f, int64_t node, int64_t due_at)
{
	struct ask_row a = { .node_id = node,
		.kind = "ping",
		.target = "100.64.0.1",
		.token = { 1, 2 },
		.asked_by = "cli",
		.asked_at = due_at - 4,
		.asked_ms = 77,
		.due_at = due_at };

	OK(db_ask_add(f->db, &a, &a.id));
	return a;
}

static void
questions_end_once_and_go_with_their_node(void **state)
{
	struct fixture *f = *state;
	int64_t node = add_node(f, 1, add_user(f, "alice")), number;
	struct ask_row a = add_ask(f, node, 10), b = add_ask(f, node, 20), got;
	struct ask_row *rows;
	size_t count;

	OK(db_ask_next_due(f->db, &number));
	assert_int_equal(number, 10);
	a.state = ASK_ANSWERED;
	a.ended_at = 8;
	a.took_ms = 30;
	a.answer = "{}";
	OK(db_ask_end(f->db, &a));
	assert_int_equal(db_ask_end(f->db, &a), ERR_NOT_FOUND);
	OK(db_ask_by_id(f->db, a.id, f->mem, &got));
	assert_int_equal(got.state, ASK_ANSWERED);
	assert_int_equal(got.took_ms, 30);
	assert_int_equal(got.asked_ms, 77);
	assert_string_equal(got.target, "100.64.0.1");
	assert_memory_equal(got.token, a.token, sizeof(a.token));
	OK(db_asks_open(f->db, 0, 9, f->mem, &rows, &count));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].id, b.id);
	OK(db_asks_silent(f->db, 19, &number));
	assert_int_equal(number, 0);
	OK(db_asks_silent(f->db, 20, &number));
	assert_int_equal(number, 1);
	OK(db_ask_trim(f->db, node, 1));
	OK(db_asks(f->db, node, 9, f->mem, &rows, &count));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].id, b.id);
	assert_int_equal(rows[0].state, ASK_SILENT);
	OK(db_node_delete(f->db, node));
	assert_int_equal(
		db_ask_by_id(f->db, b.id, f->mem, &got), ERR_NOT_FOUND);
	OK(db_ask_last(f->db, &number));
	assert_int_equal(number, b.id);
}

static void
retired_keys_and_held_addresses_have_an_end(void **state)
{
	struct fixture *f = *state;
	struct retired_key k = {
		.name = "n", .reason = "rotated", .node_id = 4, .retired_at = 10
	};
	struct retired_key got, *list;
	int64_t gone;
	size_t count;
	bool held;

	OK(db_retired_add(f->db, &k));
	k.reason = "deleted";
	OK(db_retired_add(f->db, &k));
	OK(db_retired_by_key(f->db, &k.node_key, f->mem, &got));
	assert_string_equal(got.reason, "deleted");
	OK(db_retired_keys(f->db, f->mem, &list, &count));
	assert_int_equal(count, 1);
	OK(db_retired_prune(f->db, 10, &gone));
	assert_int_equal(gone, 0);
	OK(db_retired_prune(f->db, 11, &gone));
	assert_int_equal(gone, 1);
	OK(db_address_hold(f->db, "100.64.0.1", 20));
	OK(db_address_held(f->db, "100.64.0.1", 19, &held));
	assert_true(held);
	OK(db_address_held(f->db, "100.64.0.1", 20, &held));
	assert_false(held);
	OK(db_address_prune(f->db, 20, &gone));
	assert_int_equal(gone, 1);
}

static void
sessions_end_once_and_their_numbers_never_come_again(void **state)
{
	struct fixture *f = *state;
	struct noise_session s = { .id = 7, .address = "x", .started_at = 1 };
	int64_t last, count;

	OK(db_noise_session_last(f->db, &last));
	assert_int_equal(last, 0);
	OK(db_noise_session_add(f->db, &s));
	s.id = 8;
	OK(db_noise_session_add(f->db, &s));
	OK(db_noise_session_end(f->db, 7, 5, "gone"));
	OK(db_noise_session_end_all(f->db, 9, "restart", &count));
	assert_int_equal(count, 1);
	OK(db_noise_session_prune(f->db, 100, &count));
	assert_int_equal(count, 1);
	OK(db_noise_session_last(f->db, &last));
	assert_int_equal(last, 8);
}

static void
of_each_kind_one_server_key_lives(void **state)
{
	struct fixture *f = *state;
	struct server_key k = { .kind = "noise",
		.sealed = { (const unsigned char *)"abc", 3 } };
	struct server_key got;

	memset(&k.public, 9, sizeof(k.public));
	assert_int_equal(
		db_server_key(f->db, "noise", f->mem, &got), ERR_NOT_FOUND);
	OK(db_server_key_add(f->db, &k));
	assert_int_equal(db_server_key_add(f->db, &k), ERR_EXISTS);
	OK(db_server_key(f->db, "noise", f->mem, &got));
	assert_memory_equal(&got.public, &k.public, 32);
	assert_int_equal(got.sealed.len, 3);
	assert_memory_equal(got.sealed.at, "abc", 3);
}

static int64_t
add_policy(struct fixture *f, const char *text, const char *author)
{
	struct policy_text p = { .text = text,
		.author = author,
		.note = "why",
		.added = 3,
		.created_at = 5 };
	int64_t id = 0;

	OK(db_policy_add(f->db, &p, &id));
	return id;
}

static void
the_newest_policy_counts(void **state)
{
	struct fixture *f = *state;
	struct policy_text p;
	int64_t first, second;

	assert_int_equal(db_policy_current(f->db, f->mem, &p), ERR_NOT_FOUND);
	first = add_policy(f, "{1}\r\n", "a");
	second = add_policy(f, "{2}", "b");
	OK(db_policy_current(f->db, f->mem, &p));
	assert_int_equal(p.id, second);
	assert_string_equal(p.text, "{2}");
	assert_string_equal(p.author, "b");
	assert_string_equal(p.note, "why");
	assert_int_equal(p.added, 3);
	assert_true(policy_text_is_whole(&p));
	OK(db_policy_before(f->db, second, f->mem, &p));
	assert_int_equal(p.id, first);
	assert_string_equal(p.text, "{1}\r\n");
	assert_int_equal(
		db_policy_before(f->db, first, f->mem, &p), ERR_NOT_FOUND);
}

static int64_t
count_of(struct fixture *f, const char *table)
{
	int64_t n = -1;

	OK(db_number(
		*table == 't'
			? db_stmt(f->db, "SELECT count(*) FROM policy_text")
			: db_stmt(f->db, "SELECT count(*) FROM policy"),
		&n));
	return n;
}

static void
a_policy_text_is_kept_once_under_its_sha256(void **state)
{
	static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a39617"
				  "7a9cb410ff61f20015ad";
	struct fixture *f = *state;
	struct policy_text p;

	add_policy(f, "abc", "a");
	add_policy(f, "{2}", "a");
	add_policy(f, "abc", "b");
	assert_int_equal(count_of(f, "versions"), 3);
	assert_int_equal(count_of(f, "texts"), 2);
	OK(db_policy_current(f->db, f->mem, &p));
	assert_string_equal(p.hash, abc);
	assert_string_equal(p.text, "abc");
}

static void
two_hundred_versions_of_the_policy_stay(void **state)
{
	struct fixture *f = *state;
	struct policy_text p, *rows;
	int64_t n;
	size_t count;

	for (int i = 0; i < POLICY_VERSIONS_KEPT; i++)
		add_policy(f, arena_printf(f->mem, "{%d}", i), "a");
	OK(db_policy_version(f->db, 1, f->mem, &p));
	add_policy(f, "{1}", "a");
	assert_int_equal(
		db_policy_version(f->db, 1, f->mem, &p), ERR_NOT_FOUND);
	OK(db_policy_version(f->db, 2, f->mem, &p));
	OK(db_policy_count(f->db, &n));
	assert_int_equal(n, POLICY_VERSIONS_KEPT);
	assert_int_equal(count_of(f, "texts"), POLICY_VERSIONS_KEPT - 1);
	OK(db_policy_versions(f->db, 1, 2, f->mem, &rows, &count));
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].id, POLICY_VERSIONS_KEPT);
	assert_null(rows[0].text);
}

static void
a_damaged_policy_text_shows(void **state)
{
	struct fixture *f = *state;
	struct policy_text p;

	add_policy(f, "{\"acls\": []}", "a");
	OK(db_exec(f->db, "UPDATE policy_text SET text = '{}'"));
	OK(db_policy_current(f->db, f->mem, &p));
	assert_false(policy_text_is_whole(&p));
}

static void
audit_rows_are_never_changed(void **state)
{
	struct fixture *f = *state;
	struct audit a = { .at = 5, .actor = "cli", .action = "user.created" };
	struct audit *rows;
	int64_t gone;
	size_t count;

	OK(db_audit_add(f->db, &a));
	a.at = 6;
	a.subject = "user:1";
	OK(db_audit_add(f->db, &a));
	assert_int_not_equal(
		db_exec(f->db, "UPDATE audit SET actor = 'x'"), ERR_OK);
	OK(db_audits(f->db, 0, 10, f->mem, &rows, &count));
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].subject, "user:1");
	assert_string_equal(rows[1].actor, "cli");
	OK(db_audit_prune(f->db, 6, &gone));
	assert_int_equal(gone, 1);
}

static void
settings_and_counters_are_replaced(void **state)
{
	struct fixture *f = *state;
	struct stat_row *stats;
	struct setting *settings;
	const char *value;
	size_t count;

	OK(db_setting_put(f->db, "url", "a", 1));
	OK(db_setting_put(f->db, "url", "b", 2));
	OK(db_setting_get(f->db, "url", f->mem, &value));
	assert_string_equal(value, "b");
	OK(db_settings(f->db, f->mem, &settings, &count));
	assert_int_equal(count, 1);
	OK(db_setting_delete(f->db, "url"));
	assert_int_equal(db_setting_delete(f->db, "url"), ERR_NOT_FOUND);
	OK(db_stat_put(f->db, "n", 1, 1));
	OK(db_stat_put(f->db, "n", 2, 3));
	OK(db_stats(f->db, f->mem, &stats, &count));
	assert_int_equal(count, 1);
	assert_int_equal(stats[0].value, 2);
	assert_int_equal(stats[0].at, 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_user_name_is_taken_in_any_case),
		TEST(a_user_who_owns_nodes_stays_and_a_free_one_takes_the_keys_along),
		TEST(a_node_comes_back_as_it_went_in),
		TEST(every_column_of_a_node_can_be_written_again),
		TEST(what_another_node_has_is_refused),
		TEST(a_node_has_a_user_or_tags_never_both_and_an_address),
		TEST(nodes_are_found_by_machine_name_and_address),
		TEST(every_write_that_others_must_see_is_in_the_log),
		TEST(every_change_of_dns_is_in_the_log),
		TEST(soft_state_leaves_no_trace_in_the_log),
		TEST(the_log_is_cut_by_age_and_by_length_but_keeps_its_end),
		TEST(what_the_worker_does_not_believe_of_the_clock_nobody_does),
		TEST(words_of_changes_go_both_ways),
		TEST(using_a_key_is_one_comparison_and_one_swap),
		TEST(old_keys_go_and_good_ones_stay),
		TEST(a_registration_is_decided_once_and_in_time),
		TEST(soft_state_of_a_node_is_replaced_and_goes_with_it),
		TEST(who_is_online_was_seen_when_the_worker_was_there_last),
		TEST(approvals_of_routes_are_replaced_and_go_with_their_node),
		TEST(questions_end_once_and_go_with_their_node),
		TEST(retired_keys_and_held_addresses_have_an_end),
		TEST(sessions_end_once_and_their_numbers_never_come_again),
		TEST(of_each_kind_one_server_key_lives),
		TEST(the_newest_policy_counts),
		TEST(a_policy_text_is_kept_once_under_its_sha256),
		TEST(two_hundred_versions_of_the_policy_stay),
		TEST(a_damaged_policy_text_shows),
		TEST(audit_rows_are_never_changed),
		TEST(settings_and_counters_are_replaced),
	};

	return cmocka_run_group_tests_name("db/tables", tests, NULL, NULL);
}
