#include "tailnet/node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/change.h"
#include "db/retired.h"
#include "db/route_approval.h"
#include "tailnet/address.h"
#include "tailnet/auto_approve.h"
#include "tailnet/routes.h"
#include "tailnet/tag_owner.h"
#include "tailnet/user.h"
#include "tests/tailnet/policy_rows.h"

#define NOW INT64_C(1800000000)

struct fixture {
	struct db *db;
	struct arena *mem;
	struct settings s;
	int64_t alice, node;
	int nodes;
};

static int64_t
add(struct fixture *f, const char *name, int64_t user)
{
	struct node n = { .user_id = user,
		.tags = user ? "[]" : "[\"tag:a\"]",
		.name = name,
		.hostname = name,
		.register_method = "cli",
		.created_at = NOW,
		.expires_at = NOW + 100 };
	int64_t id = -1;

	f->nodes++;
	memcpy(n.machine_key.bytes, &f->nodes, sizeof(f->nodes));
	memcpy(n.node_key.bytes, &f->nodes, sizeof(f->nodes));
	n.ipv4 = arena_printf(f->mem, "100.64.0.%d", f->nodes);
	n.ipv6 = arena_printf(f->mem, "fd7a:115c:a1e0::%d", f->nodes);
	assert_int_equal(db_node_add(f->db, &n, &id), ERR_OK);
	return id;
}

static int
setup(void **state)
{
	static struct fixture f;
	struct user u = { .name = "alice" };

	memset(&f, 0, sizeof(f));
	f.mem = arena_new();
	*state = &f;
	if (db_open_memory(&f.db) || settings_load(f.db, f.mem, &f.s) ||
		tailnet_user_add(f.db, &u, "cli", NOW, &f.alice))
		return -1;
	f.node = add(&f, "pc", f.alice);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static struct node
get(struct fixture *f, int64_t id)
{
	struct node n;

	assert_int_equal(db_node_by_id(f->db, id, f->mem, &n), ERR_OK);
	return n;
}

static int64_t
last_change(struct fixture *f)
{
	int64_t seq;

	assert_int_equal(db_change_last(f->db, &seq), ERR_OK);
	return seq;
}

static const char *
last_action(struct fixture *f)
{
	struct audit *rows;
	size_t count;

	assert_int_equal(db_audits(f->db, 0, 1, f->mem, &rows, &count), ERR_OK);
	return count ? rows[0].action : "";
}

static enum err
rename_to(struct fixture *f, const char *name)
{
	return tailnet_node_rename(f->db, &f->s, f->node, name, "cli", NOW);
}

static void
a_given_name_is_lowered_and_pinned(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(rename_to(f, "My-PC"), ERR_OK);
	assert_string_equal(get(f, f->node).name, "my-pc");
	assert_true(get(f, f->node).name_pinned);
	assert_string_equal(last_action(f), "machine.renamed");
	assert_int_equal(rename_to(f, "my-pc"), ERR_OK);
	assert_int_equal(rename_to(f, ""), ERR_OK);
	assert_string_equal(get(f, f->node).name, "pc");
	assert_false(get(f, f->node).name_pinned);
}

static void
names_that_cannot_be_are_refused(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = {
		"-a", "a-", "a b", "a.b", "ä", "wpad", "LOCALHOST", "isatap",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};
	int64_t before;

	add(f, "taken", f->alice);
	before = last_change(f);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(rename_to(f, bad[i]), ERR_BAD_NAME);
	assert_int_equal(rename_to(f, "Taken"), ERR_EXISTS);
	assert_int_equal(tailnet_node_rename(f->db, &f->s, 99, "x", "cli", NOW),
		ERR_NOT_FOUND);
	assert_int_equal(last_change(f), before);
}

static void
an_expiry_is_now_later_or_never(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		tailnet_node_expire(f->db, f->node, NOW - 5, "cli", NOW),
		ERR_OK);
	assert_int_equal(get(f, f->node).expires_at, NOW);
	assert_string_equal(last_action(f), "machine.expired");
	assert_int_equal(
		tailnet_node_expire(f->db, f->node, NOW + 5, "cli", NOW),
		ERR_OK);
	assert_int_equal(get(f, f->node).expires_at, NOW + 5);
	assert_string_equal(last_action(f), "machine.expiry_set");
	assert_int_equal(
		tailnet_node_expire(f->db, f->node, 0, "cli", NOW), ERR_OK);
	assert_int_equal(get(f, f->node).expires_at, 0);
	assert_int_equal(
		tailnet_node_expire(f->db, 99, 0, "cli", NOW), ERR_NOT_FOUND);
}

static void
a_deleted_node_leaves_its_key_and_addresses_behind(void **state)
{
	struct fixture *f = *state;
	struct node n = get(f, f->node), gone;
	struct retired_key k;
	bool held;

	assert_int_equal(
		tailnet_node_delete(f->db, f->node, "cli", NOW), ERR_OK);
	assert_int_equal(
		db_node_by_id(f->db, f->node, f->mem, &gone), ERR_NOT_FOUND);
	assert_int_equal(
		db_retired_by_key(f->db, &n.node_key, f->mem, &k), ERR_OK);
	assert_string_equal(k.reason, "deleted");
	assert_string_equal(k.name, "pc");
	assert_int_equal(k.node_id, f->node);
	assert_int_equal(k.user_id, f->alice);
	assert_true(key_equal(&k.machine_key, &n.machine_key));
	assert_int_equal(db_address_held(f->db, n.ipv6,
				 NOW + ADDRESS_HOLD_SECONDS - 1, &held),
		ERR_OK);
	assert_true(held);
	assert_string_equal(last_action(f), "machine.deleted");
	assert_int_equal(
		tailnet_node_delete(f->db, f->node, "cli", NOW), ERR_NOT_FOUND);
}

static void
tags_take_the_place_of_the_user_and_the_expiry(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(tailnet_node_tag(f->db, f->node,
				 "[\"tag:b\",\"tag:a\"]", "cli", NOW),
		ERR_OK);
	assert_string_equal(get(f, f->node).tags, "[\"tag:a\",\"tag:b\"]");
	assert_int_equal(get(f, f->node).user_id, 0);
	assert_int_equal(get(f, f->node).expires_at, 0);
	assert_string_equal(last_action(f), "machine.tagged");
	assert_int_equal(tailnet_node_tag(f->db, f->node, "[]", "cli", NOW),
		ERR_NO_TAGS);
	assert_int_equal(
		tailnet_node_tag(f->db, f->node, "[\"tag:\"]", "cli", NOW),
		ERR_BAD_TAG);
	assert_int_equal(tailnet_node_tag(f->db, f->node, "tag:x", "cli", NOW),
		ERR_BAD_INPUT);
	assert_int_equal(tailnet_node_tag(f->db, 99, "[\"tag:a\"]", "cli", NOW),
		ERR_NOT_FOUND);
}

static void
of_a_machine_only_one_node_is_tagged(void **state)
{
	struct fixture *f = *state;
	struct node n = get(f, add(f, "other", 0)), own = get(f, f->node);

	n.machine_key = own.machine_key;
	assert_int_equal(db_node_update(f->db, &n), ERR_OK);
	assert_int_equal(
		tailnet_node_tag(f->db, f->node, "[\"tag:a\"]", "cli", NOW),
		ERR_EXISTS);
}

static void
once_there_is_a_policy_tags_need_an_owner_in_it(void **state)
{
	struct fixture *f = *state;

	put_policy(f->db, "{\"tagOwners\": {\"tag:a\": [], \"tag:b\": []}}");
	assert_int_equal(tailnet_node_tag(f->db, f->node,
				 "[\"tag:a\",\"tag:x\"]", "cli", NOW),
		ERR_TAG_UNKNOWN);
	assert_int_equal(get(f, f->node).user_id, f->alice);
	assert_int_equal(tailnet_node_tag(f->db, f->node,
				 "[\"tag:a\",\"tag:b\"]", "cli", NOW),
		ERR_OK);
	/* The newest version counts, for this connection too. */
	put_policy(f->db, "{\"tagOwners\": {\"tag:x\": []}}");
	assert_int_equal(
		tailnet_node_tag(f->db, f->node, "[\"tag:a\"]", "cli", NOW),
		ERR_TAG_UNKNOWN);
	assert_int_equal(
		tailnet_node_tag(f->db, f->node, "[\"tag:x\"]", "cli", NOW),
		ERR_OK);
}

/* A number that a transaction gave back may come again with another text. */
static void
a_policy_that_was_undone_is_not_asked(void **state)
{
	const struct policy_text row = { .author = "cli",
		.text = "{\"tagOwners\": {\"tag:undone\": []}}" };
	const char *tag = "tag:undone", *unknown = NULL;
	struct json_texts l = { &tag, 1 };
	struct fixture *f = *state;
	int64_t id, again;

	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_policy_add(f->db, &row, &id), ERR_OK);
	assert_int_equal(tags_known(f->db, &l, &unknown), ERR_OK);
	db_rollback(f->db);
	again = put_policy(f->db, "{\"tagOwners\": {\"tag:kept\": []}}");
	assert_int_equal(again, id);
	assert_int_equal(tags_known(f->db, &l, &unknown), ERR_TAG_UNKNOWN);
	assert_string_equal(unknown, tag);
}

static enum err
approve(struct fixture *f, const char *routes, struct routes_set *set)
{
	struct json_texts l;

	assert_int_equal(json_texts_parse(routes, f->mem, &l), ERR_OK);
	return tailnet_node_routes(f->db, f->node, &l, "user:1", NOW, set);
}

static void
approved_routes_are_replaced_in_one_form(void **state)
{
	struct fixture *f = *state;
	struct routes_set set;
	int64_t before;

	assert_int_equal(
		approve(f, "[\"10.2.0.9/16\",\"fd00::1/64\",\"10.2.0.0/16\"]",
			&set),
		ERR_OK);
	assert_string_equal(get(f, f->node).approved_routes,
		"[\"10.2.0.0/16\",\"fd00::/64\"]");
	assert_int_equal(set.approved, 2);
	assert_int_equal(set.withdrawn, 0);
	assert_string_equal(last_action(f), "machine.routes_set");
	before = last_change(f);
	assert_int_equal(
		approve(f, "[\"fd00::/64\",\"10.2.0.0/16\"]", &set), ERR_OK);
	assert_int_equal(set.approved + set.withdrawn, 0);
	assert_int_equal(last_change(f), before);
	assert_int_equal(approve(f, "[\"10.2.0.0/16\"]", &set), ERR_OK);
	assert_int_equal(set.withdrawn, 1);
	assert_int_equal(approve(f, "[]", &set), ERR_OK);
	assert_string_equal(get(f, f->node).approved_routes, "[]");
}

static void
one_exit_route_stands_for_both(void **state)
{
	struct fixture *f = *state;
	struct routes_set set;

	assert_int_equal(approve(f, "[\"::/0\"]", &set), ERR_OK);
	assert_string_equal(
		get(f, f->node).approved_routes, "[\"0.0.0.0/0\",\"::/0\"]");
	assert_int_equal(set.approved, 1);
	assert_int_equal(approve(f, "[\"10.9.9.9/0\"]", &set), ERR_OK);
	assert_int_equal(set.approved + set.withdrawn, 0);
	assert_int_equal(approve(f, "[\"10.0.0.0/8\"]", &set), ERR_OK);
	assert_int_equal(set.approved, 1);
	assert_int_equal(set.withdrawn, 1);
}

static void
routes_that_are_none_are_not_approved(void **state)
{
	static const char *const bad[] = { "[\"10.0.0.0\"]", "[\"\"]",
		"[\"10.0.0.0/33\"]", "[\"bogus/8\"]", "[\" 10.0.0.0/8\"]",
		"[\"10.0.0.0/8\",\"x\"]", "[\"fe80::1%eth0/64\"]" };
	struct fixture *f = *state;
	struct routes_set set;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(approve(f, bad[i], &set), ERR_BAD_ROUTE);
	assert_string_equal(get(f, f->node).approved_routes, "[]");
	f->node = 99;
	assert_int_equal(approve(f, "[]", &set), ERR_NOT_FOUND);
}

static void
what_nobody_can_carry_is_not_approved(void **state)
{
	static const char *const bad[] = { "[\"224.0.0.0/4\"]",
		"[\"10.0.0.0/8\",\"239.1.0.0/16\"]", "[\"ff02::/16\"]",
		"[\"127.0.0.0/8\"]", "[\"::1/128\"]", "[\"fe80::/64\"]" };
	static const char *const good[] = { "[\"169.254.169.254/32\"]",
		"[\"100.64.0.0/16\"]", "[\"fd7a:115c:a1e0:b1a::/64\"]",
		"[\"0.0.0.0/0\",\"::/0\"]", "[\"128.0.0.0/1\"]",
		"[\"223.255.255.0/24\"]", "[\"240.0.0.0/4\"]",
		"[\"fec0::/10\"]" };
	struct fixture *f = *state;
	struct node n = get(f, f->node);
	struct routes_set set;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(approve(f, bad[i], &set), ERR_BAD_ROUTE);
		assert_string_equal(get(f, f->node).approved_routes, "[]");
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(approve(f, good[i], &set), ERR_OK);
		assert_string_equal(get(f, f->node).approved_routes, good[i]);
	}
	/* What was approved once goes, and hinders no other. */
	n.approved_routes = "[\"10.0.0.0/8\",\"224.0.0.0/4\"]";
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_node_update(f->db, &n), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_int_equal(approve(f, "[\"224.0.0.0/4\"]", &set), ERR_OK);
	assert_int_equal(approve(f, "[\"10.0.0.0/8\"]", &set), ERR_OK);
}

static void
a_node_has_so_many_approved_routes_and_no_more(void **state)
{
	struct fixture *f = *state;
	const char *many[ROUTES_MAX + 1];
	struct json_texts l = { many, ROUTES_MAX };
	struct routes_set set;

	for (int i = 0; i < ROUTES_MAX + 1; i++)
		many[i] =
			arena_printf(f->mem, "10.%d.%d.0/24", i / 256, i % 256);
	assert_int_equal(
		tailnet_node_routes(f->db, f->node, &l, "cli", NOW, &set),
		ERR_OK);
	assert_int_equal(set.approved, ROUTES_MAX);
	l.count++;
	assert_int_equal(
		tailnet_node_routes(f->db, f->node, &l, "cli", NOW, &set),
		ERR_TOO_BIG);
}

static enum err
update(struct fixture *f, const char *hostname, const char *route,
	const char *tag)
{
	struct tailcfg_hostinfo h = { .hostname = hostname,
		.routable_ips = { &route, route ? 1 : 0 },
		.request_tags = { &tag, tag ? 1 : 0 } };

	return tailnet_node_hostinfo(
		f->db, &f->s, f->node, &h, "{\"x\":1}", 142, NOW);
}

/* root on a user's machine is not the user. */
static void
a_lite_update_takes_only_tags_that_its_tags_own(void **state)
{
	struct fixture *f = *state;
	int64_t alices = f->node;

	put_policy(f->db, "{\"tagOwners\": {\"tag:a\": [\"alice@\"], "
			  "\"tag:b\": [\"tag:a\"], \"tag:c\": []}}");
	assert_int_equal(update(f, "pc", NULL, "tag:a"), ERR_OK);
	assert_int_equal(get(f, alices).user_id, f->alice);
	assert_string_equal(last_action(f), "machine.tags_refused");
	f->node = add(f, "server", 0);
	assert_int_equal(update(f, "server", NULL, "tag:c"), ERR_OK);
	assert_string_equal(get(f, f->node).tags, "[\"tag:a\"]");
	assert_string_equal(last_action(f), "machine.tags_refused");
	assert_int_equal(update(f, "server", NULL, "tag:b"), ERR_OK);
	assert_string_equal(get(f, f->node).tags, "[\"tag:b\"]");
	assert_string_equal(last_action(f), "machine.tagged");
}

static const char approvers[] =
	"{\"tagOwners\": {\"tag:a\": []}, \"autoApprovers\": {\"routes\": {"
	"\"10.0.0.0/8\": [\"tag:a\"], \"0.0.0.0/0\": [\"alice@\"]}, "
	"\"exitNode\": [\"tag:a\"]}}";

static void
new_routes_of_a_lite_update_are_approved_by_the_policy(void **state)
{
	struct fixture *f = *state;
	struct routes_set set;

	put_policy(f->db, approvers);
	f->node = add(f, "server", 0);
	assert_int_equal(update(f, "server", "10.1.0.0/16", NULL), ERR_OK);
	assert_string_equal(
		get(f, f->node).approved_routes, "[\"10.1.0.0/16\"]");
	assert_string_equal(last_action(f), "machine.routes_set");
	assert_int_equal(update(f, "server", "::/0", NULL), ERR_OK);
	assert_string_equal(get(f, f->node).approved_routes,
		"[\"0.0.0.0/0\",\"10.1.0.0/16\",\"::/0\"]");
	assert_int_equal(update(f, "server", "10.2.0.0/16", NULL), ERR_OK);
	/* What an admin withdrew stays so while it is advertised. */
	assert_int_equal(approve(f, "[]", &set), ERR_OK);
	assert_int_equal(update(f, "other", "10.2.0.0/16", NULL), ERR_OK);
	assert_string_equal(get(f, f->node).approved_routes, "[]");
}

/* "0.0.0.0/0" among the routes is every subnet and no exit. */
static void
a_saved_policy_approves_and_takes_nothing_back(void **state)
{
	struct fixture *f = *state;
	int64_t alices = f->node, server = add(f, "server", 0);
	struct routes_set set;

	assert_int_equal(update(f, "pc", "0.0.0.0/0", NULL), ERR_OK);
	assert_int_equal(approve(f, "[\"172.16.0.0/12\"]", &set), ERR_OK);
	f->node = server;
	assert_int_equal(update(f, "server", "0.0.0.0/0", NULL), ERR_OK);
	put_policy(f->db, approvers);
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(auto_approve_all(f->db, f->mem, NOW), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_string_equal(
		get(f, alices).approved_routes, "[\"172.16.0.0/12\"]");
	assert_string_equal(
		get(f, server).approved_routes, "[\"0.0.0.0/0\",\"::/0\"]");
	put_policy(f->db, "{}");
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(auto_approve_all(f->db, f->mem, NOW), ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	assert_string_equal(
		get(f, server).approved_routes, "[\"0.0.0.0/0\",\"::/0\"]");
}

static const char *
approvers_of(struct fixture *f)
{
	struct route_approval *rows;
	const char *words = "";
	size_t count;

	assert_int_equal(
		db_route_approvals(f->db, f->node, f->mem, &rows, &count),
		ERR_OK);
	for (size_t i = 0; i < count; i++)
		words = arena_printf(f->mem, "%s%s %s %lld; ", words,
			rows[i].route, rows[i].actor,
			(long long)rows[i].version);
	return words;
}

static void
who_approved_a_route_is_kept_as_long_as_it_is_approved(void **state)
{
	struct fixture *f = *state;
	struct routes_set set;

	assert_int_equal(put_policy(f->db, approvers), 1);
	f->node = add(f, "server", 0);
	assert_int_equal(update(f, "server", "::/0", NULL), ERR_OK);
	assert_string_equal(
		approvers_of(f), "0.0.0.0/0 policy 1; ::/0 policy 1; ");
	assert_int_equal(
		approve(f, "[\"0.0.0.0/0\",\"10.1.0.0/16\"]", &set), ERR_OK);
	assert_string_equal(approvers_of(f),
		"0.0.0.0/0 policy 1; 10.1.0.0/16 user:1 0; ::/0 policy 1; ");
	assert_int_equal(approve(f, "[\"10.1.0.0/16\"]", &set), ERR_OK);
	assert_string_equal(approvers_of(f), "10.1.0.0/16 user:1 0; ");
	assert_int_equal(approve(f, "[]", &set), ERR_OK);
	assert_string_equal(approvers_of(f), "");
}

/* Whoever takes a route back for a while need not ask again. */
static void
a_route_that_is_advertised_no_more_stays_approved(void **state)
{
	struct fixture *f = *state;
	struct routes_set set;

	assert_int_equal(update(f, "pc", "10.0.0.0/8", NULL), ERR_OK);
	assert_int_equal(approve(f, "[\"10.0.0.0/8\"]", &set), ERR_OK);
	assert_int_equal(update(f, "pc", NULL, NULL), ERR_OK);
	assert_string_equal(get(f, f->node).routes, "[]");
	assert_string_equal(
		get(f, f->node).approved_routes, "[\"10.0.0.0/8\"]");
}

static void
what_does_not_differ_is_not_written(void **state)
{
	struct fixture *f = *state;
	int64_t before;

	assert_int_equal(update(f, "pc", "10.0.0.0/8", NULL), ERR_OK);
	assert_string_equal(get(f, f->node).routes, "[\"10.0.0.0/8\"]");
	assert_string_equal(get(f, f->node).hostinfo, "{\"x\":1}");
	before = last_change(f);
	assert_int_equal(update(f, "pc", "10.0.0.0/8", NULL), ERR_OK);
	assert_int_equal(last_change(f), before);
	assert_int_equal(update(f, "pc", NULL, NULL), ERR_OK);
	assert_string_equal(get(f, f->node).routes, "[]");
}

static void
a_name_follows_the_hostname_unless_it_is_pinned(void **state)
{
	struct fixture *f = *state;

	add(f, "mac", f->alice);
	assert_int_equal(update(f, "Mac", NULL, NULL), ERR_OK);
	assert_string_equal(get(f, f->node).name, "mac-1");
	assert_string_equal(get(f, f->node).hostname, "Mac");
	assert_int_equal(update(f, "MAC.local", NULL, NULL), ERR_OK);
	assert_string_equal(get(f, f->node).name, "mac-1");
	assert_int_equal(rename_to(f, "mine"), ERR_OK);
	assert_int_equal(update(f, "box", NULL, NULL), ERR_OK);
	assert_string_equal(get(f, f->node).name, "mine");
	assert_string_equal(get(f, f->node).hostname, "box");
}

static void
asked_for_tags_are_refused_once(void **state)
{
	struct fixture *f = *state;
	struct audit *rows;
	size_t before, after;

	assert_int_equal(update(f, "pc", NULL, "tag:x"), ERR_OK);
	assert_string_equal(get(f, f->node).tags, "[]");
	assert_string_equal(get(f, f->node).requested_tags, "[\"tag:x\"]");
	assert_string_equal(last_action(f), "machine.tags_refused");
	assert_int_equal(
		db_audits(f->db, 0, 99, f->mem, &rows, &before), ERR_OK);
	assert_int_equal(update(f, "pc", NULL, "tag:x"), ERR_OK);
	assert_int_equal(update(f, "mac", NULL, "tag:x"), ERR_OK);
	assert_int_equal(
		db_audits(f->db, 0, 99, f->mem, &rows, &after), ERR_OK);
	assert_int_equal(before, after);
}

static void
routes_have_one_form_and_a_limit(void **state)
{
	struct fixture *f = *state;
	const char *some[] = { "10.1.0.0/16", "x", "10.0.0.1/8", "::/0",
		"0.0.0.0/0", "10.1.0.0/16", "FD00::/8" };
	const char *many[ROUTES_MAX + 1];
	struct json_texts l = { some, sizeof(some) / sizeof(some[0]) };

	assert_string_equal(routes_normal(f->mem, &l),
		"[\"0.0.0.0/0\",\"10.1.0.0/16\",\"::/0\",\"fd00::/8\"]");
	for (int i = 0; i < ROUTES_MAX + 1; i++)
		many[i] =
			arena_printf(f->mem, "10.%d.%d.0/24", i / 256, i % 256);
	l = (struct json_texts){ many, ROUTES_MAX + 1 };
	assert_int_equal(
		json_texts_parse(routes_normal(f->mem, &l), f->mem, &l),
		ERR_OK);
	assert_int_equal(l.count, ROUTES_MAX);
}

static void
only_ephemeral_nodes_are_reaped(void **state)
{
	struct fixture *f = *state;
	struct node n = get(f, f->node);

	assert_int_equal(tailnet_node_reap(f->db, f->node, NOW), ERR_NOT_FOUND);
	n.ephemeral = true;
	assert_int_equal(db_node_update(f->db, &n), ERR_OK);
	assert_int_equal(tailnet_node_reap(f->db, f->node, NOW), ERR_OK);
	assert_int_equal(tailnet_node_reap(f->db, f->node, NOW), ERR_NOT_FOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_given_name_is_lowered_and_pinned),
		TEST(names_that_cannot_be_are_refused),
		TEST(an_expiry_is_now_later_or_never),
		TEST(a_deleted_node_leaves_its_key_and_addresses_behind),
		TEST(tags_take_the_place_of_the_user_and_the_expiry),
		TEST(of_a_machine_only_one_node_is_tagged),
		TEST(once_there_is_a_policy_tags_need_an_owner_in_it),
		TEST(a_policy_that_was_undone_is_not_asked),
		TEST(a_lite_update_takes_only_tags_that_its_tags_own),
		TEST(new_routes_of_a_lite_update_are_approved_by_the_policy),
		TEST(a_saved_policy_approves_and_takes_nothing_back),
		TEST(approved_routes_are_replaced_in_one_form),
		TEST(one_exit_route_stands_for_both),
		TEST(routes_that_are_none_are_not_approved),
		TEST(what_nobody_can_carry_is_not_approved),
		TEST(a_node_has_so_many_approved_routes_and_no_more),
		TEST(who_approved_a_route_is_kept_as_long_as_it_is_approved),
		TEST(a_route_that_is_advertised_no_more_stays_approved),
		TEST(what_does_not_differ_is_not_written),
		TEST(a_name_follows_the_hostname_unless_it_is_pinned),
		TEST(asked_for_tags_are_refused_once),
		TEST(routes_have_one_form_and_a_limit),
		TEST(only_ephemeral_nodes_are_reaped),
	};

	return cmocka_run_group_tests_name("tailnet/node", tests, NULL, NULL);
}
