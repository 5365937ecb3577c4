/* What the worker throws away of what browsers leave. */
#include "worker/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/attribute.h"
#include "db/link.h"
#include "db/node.h"
#include "db/spent_form.h"
#include "db/user.h"
#include "db/web_session.h"
#include "tailnet/attribute.h"

#define NOW      INT64_C(1800000000)
#define OK(call) assert_int_equal(call, ERR_OK)

/* Hundreds: sessions; tens: links; ones: forms. */
static int64_t
left(struct db *db)
{
	int64_t n = -1;

	OK(db_number(db_stmt(db, "SELECT (SELECT count(*) FROM web_session) "
				 "* 100 + (SELECT count(*) FROM link) * 10 "
				 "+ (SELECT count(*) FROM spent_form)"),
		&n));
	return n;
}

static void
fill(struct db *db)
{
	struct user u = { .name = "ann" };
	struct web_session s = {
		.address = "", .agent = "", .started_at = NOW, .used_at = NOW
	};
	struct link_row l = {
		.kind = LINK_SETUP, .created_at = NOW, .expires_at = NOW + 60
	};
	uint8_t hash[SPENT_HASH_SIZE] = { 1 };
	int64_t id;

	OK(db_user_add(db, &u, &s.user_id));
	OK(db_web_session_add(db, &s, &id));
	OK(db_link_add(db, &l, &id));
	OK(db_spent_form_add(db, hash, NOW));
}

static void
sessions_links_and_forms_go_when_their_time_is_over(void **state)
{
	const struct sweep_list l = { .retention = true,
		.keep_sessions = 3600,
		.keep_audit = 86400,
		.keep_changes = 3600,
		.keep_keys = 3600 };
	struct db *db;

	(void)state;
	OK(db_open_memory(&db));
	fill(db);
	sweep_run(db, &l, NOW + SESSION_IDLE_SECONDS - 1);
	assert_int_equal(left(db), 111);
	sweep_run(db, &l, NOW + SESSION_IDLE_SECONDS);
	assert_int_equal(left(db), 11);
	sweep_run(db, &l, NOW + SPENT_SECONDS + 1);
	assert_int_equal(left(db), 10);
	sweep_run(db, &l, NOW + LINKS_KEPT_SECONDS + 61);
	assert_int_equal(left(db), 0);
	db_close(db);
}

static void
attributes_end_when_their_time_is_over(void **state)
{
	const struct sweep_list l = { .attributes = true };
	struct attribute *rows, a = {
		.name = "custom:a", .value = "x", .expires_at = NOW + 60
	};
	struct node n = { .tags = "[\"tag:a\"]",
		.name = "server",
		.ipv4 = "100.64.0.1",
		.register_method = "cli" };
	struct arena *mem = arena_new();
	struct db *db;
	size_t count;

	(void)state;
	OK(db_open_memory(&db));
	OK(db_node_add(db, &n, &a.node_id));
	OK(tailnet_attribute_set(db, &a, "cli", NOW));
	assert_true(sweep_is_due(&l));
	for (int64_t late = 0; late < 2; late++) {
		sweep_run(db, &l, NOW + 59 + late);
		OK(db_attributes(db, a.node_id, mem, &rows, &count));
		assert_int_equal(count, 1 - late);
	}
	db_close(db);
	arena_free(mem);
}

/* What it opened closes at its second, not at the next sweep. */
static void
an_attribute_is_due_at_its_second(void **state)
{
	struct attribute a = { .name = "custom:a", .value = "x" };
	struct node n = { .tags = "[\"tag:a\"]",
		.name = "server",
		.ipv4 = "100.64.0.1",
		.register_method = "cli" };
	struct arena *mem = arena_new();
	struct worker w = { .snap = snapshot_new("/nonexistent") };
	struct sweep_list l;
	struct db *db;

	(void)state;
	OK(db_open_memory(&db));
	OK(db_node_add(db, &n, &a.node_id));
	OK(snapshot_load(w.snap, db));
	for (int64_t until = NOW + 60; until <= NOW + 90; until += 30) {
		a.expires_at = until;
		OK(tailnet_attribute_set(db, &a, "cli", NOW));
		OK(snapshot_catch_up(w.snap, db, NULL, NULL));
		sweep_collect(&w, mem, until - 1, &l);
		assert_false(l.attributes);
		sweep_collect(&w, mem, until, &l);
		assert_true(l.attributes);
	}
	sweep_run(db, &l, NOW + 90);
	OK(snapshot_catch_up(w.snap, db, NULL, NULL));
	sweep_collect(&w, mem, NOW + 91, &l);
	assert_false(l.attributes);
	snapshot_free(w.snap);
	db_close(db);
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			sessions_links_and_forms_go_when_their_time_is_over),
		cmocka_unit_test(attributes_end_when_their_time_is_over),
		cmocka_unit_test(an_attribute_is_due_at_its_second),
	};

	return cmocka_run_group_tests_name("worker/sweep", tests, NULL, NULL);
}
