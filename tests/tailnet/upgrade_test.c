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
#include "db/change.h"
#include "db/login.h"
#include "db/machine_list.h"
#include "db/node.h"
#include "db/pending.h"
#include "db/policy_text.h"
#include "db/preauth_key.h"
#include "db/web_session.h"
#include "tailnet/register.h"
#include "tailnet/snapshot.h"
#include "tests/lib/fixture.h"

/* Some minutes after the fixtures were made. */
#define NOW   INT64_C(1795390000)
#define NOW_2 INT64_C(1795989078)

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
every_client_of_version_2_is_known_without_a_login(void **state)
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
every_client_of_version_2_has_its_place_in_the_map(void **state)
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
people_of_version_2_keep_role_password_and_session(void **state)
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
what_waits_in_version_2_waits_on_and_its_log_is_intact(void **state)
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

#define TEST_2(f) cmocka_unit_test_setup_teardown(f, setup_2, teardown)
#define TEST(f)   cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_client_of_version_1_is_known_without_a_login),
		TEST(every_client_of_version_1_has_its_place_in_the_map),
		TEST(what_version_1_let_in_is_approved_and_its_users_are_members),
		TEST(machines_of_version_1_are_found_by_their_system),
		TEST(an_instance_of_version_1_waits_for_its_owner),
		TEST_2(every_client_of_version_2_is_known_without_a_login),
		TEST_2(every_client_of_version_2_has_its_place_in_the_map),
		TEST_2(people_of_version_2_keep_role_password_and_session),
		TEST_2(what_waits_in_version_2_waits_on_and_its_log_is_intact),
		cmocka_unit_test_setup_teardown(
			policies_of_version_2_keep_number_text_and_author,
			setup_policies, teardown),
	};

	return cmocka_run_group_tests_name(
		"tailnet/upgrade", tests, NULL, NULL);
}
