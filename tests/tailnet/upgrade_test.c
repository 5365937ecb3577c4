/*
 * The databases that earlier versions left, tests/db/fixtures/vN.sql: after
 * `cairn init` every client is still who it was, without a new login.
 */
#include "db/migrate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "db/audit.h"
#include "db/audit_chain.h"
#include "db/change.h"
#include "db/dns.h"
#include "db/login.h"
#include "db/machine_list.h"
#include "db/node.h"
#include "db/pending.h"
#include "db/policy_text.h"
#include "db/preauth_key.h"
#include "db/route_approval.h"
#include "db/user.h"
#include "db/web_session.h"
#include "policy/engine.h"
#include "tailnet/people.h"
#include "tailnet/register.h"
#include "tailnet/snapshot.h"
#include "tests/lib/fixture.h"

/* Some minutes after the fixtures were made. */
#define NOW   INT64_C(1795390000)
#define NOW_2 INT64_C(1795989078)
#define NOW_3 INT64_C(1796021117)
#define NOW_8 INT64_C(1796040400)

struct fixture {
	struct arena *mem;
	char home[32];
	struct db *db;
	int64_t now;
};

static void
restore(struct fixture *f, int version)
{
	struct bytes sql = fixture_bytes(f->mem,
		arena_printf(f->mem, "tests/db/fixtures/v%d.sql", version));
	char *text = arena_alloc(f->mem, sql.len + 1);
	sqlite3 *raw;

	memcpy(text, sql.at, sql.len);
	assert_int_equal(
		sqlite3_open(
			arena_printf(f->mem, "%s/cairn.db", f->home), &raw),
		SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw, text, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

static void
change_old(struct fixture *f, const char *sql)
{
	sqlite3 *raw;

	assert_int_equal(
		sqlite3_open(
			arena_printf(f->mem, "%s/cairn.db", f->home), &raw),
		SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
}

/* `also` is done to the old database before it is upgraded. */
static int
setup_with(void **state, int version, int64_t now, const char *also)
{
	static struct fixture f;
	int64_t from = -1;

	f.mem = arena_new();
	f.now = now;
	*state = &f;
	(void)snprintf(f.home, sizeof(f.home), "/tmp/cairn-up.XXXXXX");
	if (!mkdtemp(f.home))
		return -1;
	restore(&f, version);
	if (also)
		change_old(&f, also);
	assert_int_equal(db_migrate(f.home, &from), ERR_OK);
	assert_int_equal(from, version);
	return db_open(f.home, &f.db);
}

static int
setup_version(void **state, int version, int64_t now)
{
	return setup_with(state, version, now, NULL);
}

static int
setup(void **state)
{
	return setup_version(state, 1, NOW);
}

static int
setup_2(void **state)
{
	return setup_version(state, 2, NOW_2);
}

static int
setup_3(void **state)
{
	return setup_version(state, 3, NOW_3);
}

static int
setup_8(void **state)
{
	return setup_version(state, 8, NOW_8);
}

/* The same instance, upgraded, with names and relays: no time has passed. */
static int
setup_14(void **state)
{
	return setup_version(state, 14, NOW_8);
}

/* Version 1 let two users have one address, and a user the address of another
 * as a name. */
static int
setup_twins(void **state)
{
	return setup_with(state, 1, NOW,
		"INSERT INTO user (id, name, email, created_at) VALUES "
		"(20, 'carol', 'BOB@example.org', 1), "
		"(21, 'bob@example.org', '', 1), "
		"(22, 'dan', 'twice@example.org', 1), "
		"(23, 'erin', 'Twice@Example.org', 1)");
}

static int
setup_numbers(void **state)
{
	return setup_with(state, 14, NOW_8,
		"UPDATE node SET name = 'a-10' WHERE id = 1;"
		"UPDATE node SET name = 'a-9' WHERE id = 2;"
		"UPDATE node SET name = 'a-101' WHERE id = 3");
}

static int
setup_odd_versions(void **state)
{
	return setup_with(state, 2, NOW_2,
		"UPDATE node SET version = "
		"'99999999999999999999.99999999999.99999999999' WHERE id = 2;"
		"UPDATE node SET version = '-7.-8.-9' WHERE id = 3;"
		"UPDATE node SET version = 'v1.2' WHERE id = 4;"
		"UPDATE node SET version = '' WHERE id = 5;"
		"UPDATE node_live SET version = "
		"'9223372036854775808.2.3' WHERE node_id = 1;"
		"DELETE FROM node_live WHERE node_id > 1");
}

/* As its `cairn policy set` did it. */
static int
setup_policies(void **state)
{
	return setup_with(state, 2, NOW_2,
		"INSERT INTO policy (text, author, created_at) VALUES "
		"('// 1' || char(13, 10) || '{\"acls\": []}', 'cli', 5), "
		"('{}', 'cli', 6), "
		"('// 1' || char(13, 10) || '{\"acls\": []}', 'user:1', 7)");
}

/* As `cairn nodes approve-routes`, a page and a saved policy did it; the row of
 * 10.4.0.0/16 is gone, that of 10.5.0.0/16 is of a withdrawal. */
static int
setup_approvals(void **state)
{
	return setup_with(state, 3, NOW_3,
		"UPDATE node SET approved_routes = '[\"10.1.0.0/16\","
		"\"10.2.0.0/16\",\"10.3.0.0/16\",\"10.4.0.0/16\","
		"\"10.5.0.0/16\"]' WHERE id = 1;"
		"INSERT INTO audit (at, actor, actor_name, action, subject, "
		"before, after) VALUES "
		"(5, 'cli', '', 'machine.routes_set', 'node:1', "
		"'{\"approved_routes\":[]}', "
		"'{\"approved_routes\":[\"10.1.0.0/16\",\"10.2.0.0/16\"]}'), "
		"(6, 'user:1', 'olga', 'machine.routes_set', 'node:1', "
		"'{\"approved_routes\":[\"10.1.0.0/16\",\"10.5.0.0/16\"]}', "
		"'{\"approved_routes\":[\"10.1.0.0/16\",\"10.2.0.0/16\"]}'), "
		"(7, 'policy', '', 'machine.routes_set', 'node:1', "
		"'{\"approved_routes\":[]}', "
		"'{\"approved_routes\":[\"10.3.0.0/16\"]}'), "
		"(8, 'cli', '', 'machine.routes_set', 'node:2', "
		"'{\"approved_routes\":[]}', "
		"'{\"approved_routes\":[\"10.4.0.0/16\"]}'), "
		"(9, 'cli', '', 'machine.routes_set', 'node:1', '', '')");
}

static int
teardown(void **state)
{
	static const char *const files[] = { "cairn.db", "cairn.db-wal",
		"cairn.db-shm", "cairn.lock" };
	struct fixture *f = *state;

	db_close(f->db);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)unlink(arena_printf(f->mem, "%s/%s", f->home, files[i]));
	(void)rmdir(f->home);
	arena_free(f->mem);
	return 0;
}

static struct register_result
ask_again(struct fixture *f, const struct node *n)
{
	struct tailcfg_hostinfo hostinfo = { .hostname = n->hostname };
	struct tailcfg_register_request q = {
		.node_key = key_text(f->mem, KEY_NODE, &n->node_key),
		.expiry = "0001-01-01T00:00:00Z",
		.followup = "",
		.hostinfo = &hostinfo,
		.hostinfo_raw = { n->hostinfo },
	};
	struct register_input in = { .request = &q,
		.machine_key = n->machine_key,
		.capver = 142,
		.address = "192.0.2.1",
		.now = f->now };
	struct secret pepper = { { 0 } };
	struct register_result r;
	struct settings s;

	assert_int_equal(settings_load(f->db, f->mem, &s), ERR_OK);
	assert_int_equal(
		tailnet_register(f->db, &s, &pepper, &in, f->mem, &r), ERR_OK);
	return r;
}

static void
every_client_of_version_1_is_known_without_a_login(void **state)
{
	struct fixture *f = *state;
	struct node *nodes;
	size_t count;

	assert_int_equal(db_nodes(f->db, f->mem, &nodes, &count), ERR_OK);
	assert_int_equal(count, 5);
	for (size_t i = 0; i < count; i++) {
		struct register_result r = ask_again(f, &nodes[i]);

		assert_int_equal(r.outcome, nodes[i].id == 3
						    ? REGISTER_KEY_EXPIRED
						    : REGISTER_DONE);
		if (r.outcome == REGISTER_DONE)
			assert_int_equal(r.node.id, nodes[i].id);
	}
}

static void
every_client_of_version_1_has_its_place_in_the_map(void **state)
{
	struct fixture *f = *state;
	struct snapshot *s = snapshot_new(f->home);
	struct snap_node *n;

	assert_int_equal(snapshot_load(s, f->db), ERR_OK);
	assert_int_equal(s->node_count, 5);
	n = snapshot_node(s, 1);
	assert_string_equal(n->name, "pinned");
	assert_string_equal(n->ipv4, "100.117.51.254");
	assert_int_equal(snapshot_node(s, 5)->user_id, 0);
	assert_true(snapshot_node(s, 6)->ephemeral);
	snapshot_free(s);
}

static void
what_version_1_let_in_is_approved_and_its_users_are_members(void **state)
{
	struct fixture *f = *state;
	struct preauth_key *keys;
	struct user *users;
	struct node *nodes;
	size_t count;

	assert_int_equal(db_users(f->db, f->mem, &users, &count), ERR_OK);
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(users[i].role, ROLE_MEMBER);
		assert_int_equal(users[i].status, USER_ACTIVE);
	}
	assert_int_equal(db_preauth_keys(f->db, f->mem, &keys, &count), ERR_OK);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++)
		assert_false(keys[i].unapproved);
	assert_true(keys[0].uses > 0);
	assert_int_equal(db_nodes(f->db, f->mem, &nodes, &count), ERR_OK);
	for (size_t i = 0; i < count; i++) {
		assert_false(nodes[i].unapproved);
		assert_int_equal(nodes[i].signed_in_at, nodes[i].created_at);
	}
}

static void
machines_of_version_1_are_found_by_their_system(void **state)
{
	struct fixture *f = *state;
	const struct machine_search s = { .q = "",
		.tag = "",
		.os = "linux",
		.status = "",
		.sort = "version",
		.now = NOW };
	struct machine_row row;
	int64_t *ids;
	size_t count;

	assert_int_equal(
		db_machines_find(f->db, &s, f->mem, &ids, &count), ERR_OK);
	assert_int_equal(count, 5);
	assert_int_equal(db_machine_row(f->db, 1, NOW, f->mem, &row), ERR_OK);
	assert_string_equal(row.version, "1.102.3-fake");
}

static int64_t
number_of(struct stmt *q)
{
	int64_t n = -1;

	assert_int_equal(db_number(q, &n), ERR_OK);
	return n;
}

/* As if each had said it anew, which is how db/node.c and db/live.c would. */
static void
versions_of_old_rows_have_their_number(void **state)
{
	struct fixture *f = *state;
	struct node *nodes;
	size_t count;

	assert_int_equal(
		number_of(db_stmt(f->db,
			"SELECT (SELECT count(*) FROM node "
			"WHERE version_number <> 1010200003) + (SELECT count(*) "
			"FROM node_live WHERE hostinfo IS NOT NULL "
			"AND version_number IS NOT 1010200003)")),
		0);
	assert_int_equal(db_nodes(f->db, f->mem, &nodes, &count), ERR_OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(db_node_update(f->db, &nodes[i]), ERR_OK);
	assert_int_equal(
		number_of(db_stmt(f->db, "SELECT count(*) FROM node "
					 "WHERE version_number <> 1010200003")),
		0);
}

static void
a_version_that_is_no_number_stops_no_upgrade(void **state)
{
	struct fixture *f = *state;
	const struct machine_search s = { .q = "",
		.tag = "",
		.os = "",
		.status = "",
		.sort = "version",
		.now = NOW_2 };
	int64_t *ids;
	size_t count;

	assert_int_equal(
		db_machines_find(f->db, &s, f->mem, &ids, &count), ERR_OK);
	assert_int_equal(count, 5);
	/* 3, 4 and 5 are 0, 1 is over 9999 and 2 all over the most. */
	assert_int_equal(ids[3], 1);
	assert_int_equal(ids[4], 2);
}

static void
change_email(struct fixture *f, int64_t id, const char *email, enum err how)
{
	struct user u;

	assert_int_equal(db_user_by_id(f->db, id, f->mem, &u), ERR_OK);
	u.email = email;
	assert_int_equal(
		tailnet_person_change(f->db, &actor_cli, &u, f->now), how);
}

static enum err
who_has(struct fixture *f, const char *email, int64_t *id)
{
	struct user u = { .id = 0 };
	enum err e = db_user_by_email(f->db, email, f->mem, &u);

	*id = u.id;
	return e;
}

static void
an_address_that_version_1_gave_twice_names_nobody_until_one_has_it(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	assert_int_equal(who_has(f, "twice@example.org", &id), ERR_NOT_FOUND);
	/* What stays is not asked: either may be changed otherwise. */
	change_email(f, 22, "twice@example.org", ERR_OK);
	change_email(f, 1, "TWICE@example.org", ERR_EMAIL_TAKEN);
	change_email(f, 22, "dan@example.org", ERR_OK);
	assert_int_equal(who_has(f, "twice@example.org", &id), ERR_OK);
	assert_int_equal(id, 23);
	change_email(f, 22, "twice@example.org", ERR_EMAIL_TAKEN);
}

static void
a_name_that_is_anothers_address_signs_in_as_itself(void **state)
{
	struct fixture *f = *state;
	struct user u;
	int64_t id;

	/* The name goes before the address (tailnet/sign_in.c). */
	assert_int_equal(
		db_user_by_name(f->db, "bob@example.org", f->mem, &u), ERR_OK);
	assert_int_equal(u.id, 21);
	assert_int_equal(who_has(f, "bob@example.org", &id), ERR_NOT_FOUND);
	change_email(f, 20, "", ERR_OK);
	change_email(f, 20, "bob@example.org", ERR_EMAIL_TAKEN);
}

static int64_t
owners(struct fixture *f)
{
	int64_t n = -1;

	assert_int_equal(db_user_owners(f->db, &n), ERR_OK);
	return n;
}

static void
an_instance_of_version_1_waits_for_its_owner(void **state)
{
	assert_int_equal(owners(*state), 0);
}

/* By id: one online, one expired, one withdrawn, one tagged, one
 * ephemeral. */
static void
every_client_since_version_2_is_known_without_a_login(void **state)
{
	struct fixture *f = *state;
	struct node *nodes;
	size_t count;

	assert_int_equal(db_nodes(f->db, f->mem, &nodes, &count), ERR_OK);
	assert_int_equal(count, 5);
	for (size_t i = 0; i < count; i++) {
		struct register_result r = ask_again(f, &nodes[i]);
		bool expired = strcmp(nodes[i].name, "old-laptop") == 0;

		assert_int_equal(r.outcome,
			expired ? REGISTER_KEY_EXPIRED : REGISTER_DONE);
		if (!expired)
			assert_int_equal(r.node.id, nodes[i].id);
		assert_int_equal(nodes[i].unapproved,
			strcmp(nodes[i].name, "guest") == 0);
	}
}

static void
every_client_since_version_2_has_its_place_in_the_map(void **state)
{
	struct fixture *f = *state;
	struct snapshot *s = snapshot_new(f->home);

	assert_int_equal(snapshot_load(s, f->db), ERR_OK);
	assert_int_equal(s->node_count, 5);
	assert_string_equal(snapshot_node(s, 1)->name, "desk");
	assert_int_equal(snapshot_node(s, 4)->user_id, 0);
	assert_true(snapshot_node(s, 5)->ephemeral);
	snapshot_free(s);
}

static void
people_since_version_2_keep_role_password_and_session(void **state)
{
	struct fixture *f = *state;
	struct web_session *sessions;
	struct user *users;
	struct login login;
	size_t count;

	assert_int_equal(db_users(f->db, f->mem, &users, &count), ERR_OK);
	assert_int_equal(count, ROLES);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(users[i].role, (i + 1) % ROLES);
		assert_int_equal(users[i].status, USER_ACTIVE);
	}
	assert_int_equal(owners(f), 1);
	assert_int_equal(
		db_login_by_user(f->db, users[0].id, f->mem, &login), ERR_OK);
	assert_memory_equal(login.password, "$argon2id$", 10);
	assert_int_equal(db_web_sessions(f->db, users[0].id, f->now, f->mem,
				 &sessions, &count),
		ERR_OK);
	assert_int_equal(count, 1);
}

static void
what_waits_since_version_2_waits_on_and_its_log_is_intact(void **state)
{
	struct fixture *f = *state;
	int64_t waiting = 0, intact = 0, broken = 0, last = 0;

	assert_int_equal(db_pending_count(f->db, f->now, &waiting), ERR_OK);
	assert_int_equal(waiting, 2);
	assert_int_equal(db_audit_newest_id(f->db, &last), ERR_OK);
	assert_int_equal(db_audit_check(f->db, &intact, &broken), ERR_OK);
	assert_int_equal(broken, 0);
	assert_int_equal(intact, last);
	assert_true(last > 20);
}

static void
policies_of_version_2_keep_number_text_and_author(void **state)
{
	static const char text[] = "// 1\r\n{\"acls\": []}";
	static const int64_t authored[] = { 7, 6, 5 };
	struct fixture *f = *state;
	struct policy_text p, *rows;
	int64_t last = 0, then;
	size_t count;

	assert_int_equal(
		db_policy_versions(f->db, 0, 9, f->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(rows[i].id, 3 - i);
		assert_int_equal(rows[i].created_at, authored[i]);
		assert_int_equal(rows[i].added, -1);
	}
	assert_int_equal(db_policy_current(f->db, f->mem, &p), ERR_OK);
	assert_string_equal(p.text, text);
	assert_string_equal(p.author, "user:1");
	assert_true(policy_text_is_whole(&p));
	assert_int_equal(db_change_last(f->db, &last), ERR_OK);
	p = (struct policy_text){ .text = "{}", .author = "cli" };
	assert_int_equal(db_policy_add(f->db, &p, &p.id), ERR_OK);
	assert_int_equal(p.id, 4);
	assert_int_equal(db_change_last(f->db, &then), ERR_OK);
	assert_int_equal(then, last + 1);
}

static void
who_approved_a_route_is_known_as_far_as_the_log_knows(void **state)
{
	static const struct {
		const char *route, *actor, *name;
		int64_t at;
	} known[] = { { "10.1.0.0/16", "cli", "", 5 },
		{ "10.2.0.0/16", "user:1", "olga", 6 },
		{ "10.3.0.0/16", "policy", "", 7 } };
	struct fixture *f = *state;
	struct route_approval *rows;
	size_t count;

	assert_int_equal(
		db_route_approvals(f->db, 1, f->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(rows[i].route, known[i].route);
		assert_string_equal(rows[i].actor, known[i].actor);
		assert_string_equal(rows[i].actor_name, known[i].name);
		assert_int_equal(rows[i].at, known[i].at);
		assert_int_equal(rows[i].version, 0);
	}
}

static void
what_version_8_knows_of_rules_is_obeyed(void **state)
{
	struct fixture *f = *state;
	struct snapshot *s = snapshot_new(f->home);
	struct route_approval *routes;
	struct policy_text p;
	struct buf filter;
	size_t count;

	assert_int_equal(db_policy_current(f->db, f->mem, &p), ERR_OK);
	assert_int_equal(p.id, 2);
	assert_string_equal(p.note, "the first");
	assert_true(policy_text_is_whole(&p));
	assert_int_equal(
		db_route_approvals(f->db, 4, f->mem, &routes, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(snapshot_load(s, f->db), ERR_OK);
	buf_init(&filter, f->mem, 64 * 1024);
	engine_put_filter(s->engine, 4, &filter);
	buf_put(&filter, "", 1);
	/* By the attribute that was set of "desk". */
	assert_non_null(
		strstr((char *)filter.bytes, snapshot_node(s, 1)->ipv4));
	snapshot_free(s);
}

static void
what_version_14_knows_of_names_and_relays_is_told(void **state)
{
	struct fixture *f = *state;
	struct snapshot *s = snapshot_new(f->home);
	struct nameserver *servers;
	struct dns_record *records;
	size_t count;

	assert_int_equal(
		db_nameservers(f->db, f->mem, &servers, &count), ERR_OK);
	assert_int_equal(count, 2);
	assert_string_equal(servers[1].domain, "lan.example");
	assert_int_equal(
		db_dns_records(f->db, f->mem, &records, &count), ERR_OK);
	assert_int_equal(count, 2);
	assert_int_equal(records[1].node_id, 1);
	assert_int_equal(snapshot_load(s, f->db), ERR_OK);
	assert_non_null(strstr(s->derp_new, "\"attic\""));
	snapshot_free(s);
}

#define TEST_OF(f, how) cmocka_unit_test_setup_teardown(f, how, teardown)
/* What version 2 brought is the same in later ones. */
#define SINCE_2(f)                                           \
	{ #f ", of 2", f, setup_2, teardown, NULL },         \
		{ #f ", of 3", f, setup_3, teardown, NULL }, \
		{ #f ", of 8", f, setup_8, teardown, NULL }, \
	{                                                    \
#f ", of 14", f, setup_14, teardown, NULL    \
	}
static void
names_of_version_14_are_sorted_by_their_numbers(void **state)
{
	struct fixture *f = *state;
	int64_t *ids;
	size_t count;

	assert_int_equal(
		db_machines_by_name(f->db, false, 0, 3, f->mem, &ids, &count),
		ERR_OK);
	assert_int_equal(count, 3);
	assert_int_equal(ids[0], 2);
	assert_int_equal(ids[1], 1);
	assert_int_equal(ids[2], 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_client_of_version_1_is_known_without_a_login),
		TEST(every_client_of_version_1_has_its_place_in_the_map),
		TEST(what_version_1_let_in_is_approved_and_its_users_are_members),
		TEST(machines_of_version_1_are_found_by_their_system),
		TEST(an_instance_of_version_1_waits_for_its_owner),
		SINCE_2(every_client_since_version_2_is_known_without_a_login),
		SINCE_2(every_client_since_version_2_has_its_place_in_the_map),
		SINCE_2(people_since_version_2_keep_role_password_and_session),
		SINCE_2(what_waits_since_version_2_waits_on_and_its_log_is_intact),
		TEST_OF(policies_of_version_2_keep_number_text_and_author,
			setup_policies),
		TEST(versions_of_old_rows_have_their_number),
		SINCE_2(versions_of_old_rows_have_their_number),
		TEST_OF(what_version_8_knows_of_rules_is_obeyed, setup_8),
		TEST_OF(what_version_8_knows_of_rules_is_obeyed, setup_14),
		TEST_OF(what_version_14_knows_of_names_and_relays_is_told,
			setup_14),
		TEST_OF(names_of_version_14_are_sorted_by_their_numbers,
			setup_numbers),
		TEST_OF(a_version_that_is_no_number_stops_no_upgrade,
			setup_odd_versions),
		TEST_OF(who_approved_a_route_is_known_as_far_as_the_log_knows,
			setup_approvals),
		TEST_OF(an_address_that_version_1_gave_twice_names_nobody_until_one_has_it,
			setup_twins),
		TEST_OF(a_name_that_is_anothers_address_signs_in_as_itself,
			setup_twins),
	};

	return cmocka_run_group_tests_name(
		"tailnet/upgrade", tests, NULL, NULL);
}
