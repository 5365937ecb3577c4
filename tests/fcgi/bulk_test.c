/*
 * bulk_test.c: the same done to the ticked machines of the list.
 */
#include "tests/fcgi/machines.h"

#include "fcgi/list.h"
#include "tailnet/bulk.h"

#define BULK "/admin/machines/bulk"

static int64_t
audit_rows(struct site *s, const char *action)
{
	int64_t count = 0;

	assert_int_equal(
		db_audit_recent(s->db, action, NULL, 0, &count), ERR_OK);
	return count;
}

static const char *
both(struct site *s, int64_t a, int64_t b, const char *more)
{
	return arena_printf(s->mem, "machine=%lld&machine=%lld&%s",
		(long long)a, (long long)b, more);
}

static void
it_is_asked_first_with_counts_and_names(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t a = machine(
		s, &(struct made){ .name = "alpha", .tags = "[\"tag:x\"]" });
	int64_t b = machine(
		s, &(struct made){ .name = "beta", .tags = "[\"tag:x\"]" });
	const char *body = tab_get(&t, "/admin/machines?q=a&sort=-name").body;

	assert_holds(body, "id=\"form-bulk\"");
	assert_holds(body, "name=\"machine\" form=\"form-bulk\"");
	assert_int_equal(tab_post(&t, BULK "?q=a&sort=-name",
				 both(s, a, b, "action=delete"))
				 .status,
		200);
	body = t.last.body;
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"confirm\"");
	assert_holds(body, "<h1>Delete 2 machines?</h1>");
	assert_holds(body, "alpha, beta.");
	assert_int_equal(audit_rows(s, "machine.deleted"), 0);
	tab_post(&t, BULK "?q=a&sort=-name",
		both(s, a, b, "action=delete&confirm=1"));
	assert_int_equal(t.last.status, 303);
	assert_string_equal(
		t.last.reply.location, "/admin/machines?q=a&sort=-name");
	assert_int_equal(audit_rows(s, "machine.deleted"), 2);
	body = tab_get(&t, "/admin/machines").body;
	assert_holds(body, "data-flash=\"bulk-done\">Done for 2 machines.");
	assert_lacks(body, ">alpha</a>");
}

static void
what_is_approved_already_is_not_asked_about(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t a = machine(
		s, &(struct made){ .name = "alpha", .tags = "[\"tag:x\"]" });
	int64_t b = machine(s, &(struct made){ .name = "beta",
				       .tags = "[\"tag:x\"]",
				       .unapproved = true });

	tab_send(&t, "/admin/machines", BULK, both(s, a, b, "action=approve"));
	assert_int_equal(t.last.status, 200);
	assert_holds(t.last.body, "<h1>Approve 1 machine?</h1>");
	assert_holds(t.last.body, "<p>beta.</p>");
	tab_send(&t, "/admin/machines", BULK, both(s, a, a, "action=approve"));
	assert_int_equal(t.last.status, 422);
	assert_holds(t.last.body, "All of them are approved already.");
}

static void
as_many_are_told_as_were_asked_about(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t a = machine(
		s, &(struct made){ .name = "alpha", .tags = "[\"tag:x\"]" });
	int64_t b = machine(s, &(struct made){ .name = "beta",
				       .tags = "[\"tag:x\"]",
				       .unapproved = true });

	tab_send(&t, "/admin/machines", BULK,
		both(s, a, b, "action=approve&confirm=1"));
	assert_int_equal(t.last.status, 303);
	assert_holds(tab_get(&t, "/admin/machines").body,
		"data-flash=\"bulk-done\">Done for 1 machine.");
}

static void
only_what_destroys_has_a_red_button(void **state)
{
	static const struct {
		const char *action;
		bool destroys;
	} cases[] = {
		{ "approve", false },
		{ "tag&tags=tag:new", false },
		{ "routes", false },
		{ "no-expiry", false },
		{ "expire", true },
		{ "delete", true },
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t a = machine(s, &(struct made){ .name = "alpha",
				       .tags = "[\"tag:x\"]",
				       .unapproved = true });

	assert_int_equal(sizeof(cases) / sizeof(cases[0]), BULK_ACTIONS);
	for (size_t i = 0; i < BULK_ACTIONS; i++) {
		tab_send(&t, "/admin/machines", BULK,
			both(s, a, a,
				arena_printf(
					s->mem, "action=%s", cases[i].action)));
		assert_int_equal(t.last.status, 200);
		assert_holds(t.last.body, cases[i].destroys
						  ? "class=\"danger\""
						  : "class=\"primary\"");
		assert_int_equal(
			strstr(t.last.body, "class=\"danger\"") != NULL,
			cases[i].destroys);
		assert_holds(t.last.body,
			"href=\"/admin/machines\" aria-current=\"page\"");
	}
}

static void
each_act_is_done_to_all(void **state)
{
	static const struct {
		const char *action, *event;
	} cases[] = {
		{ "approve", "machine.approved" },
		{ "tag&tags=tag:new", "machine.tagged" },
		{ "routes", "machine.routes_set" },
		{ "no-expiry", "machine.expiry_set" },
		{ "expire", "machine.expired" },
		{ "delete", "machine.deleted" },
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	assert_int_equal(sizeof(cases) / sizeof(cases[0]), BULK_ACTIONS);
	for (size_t i = 0; i < BULK_ACTIONS; i++) {
		int64_t ids[2];

		for (int k = 0; k < 2; k++)
			ids[k] = machine(
				s, &(struct made){ .name = arena_printf(s->mem,
							   "m%zu-%d", i, k),
					   .tags = "[\"tag:x\"]",
					   .routes = "[\"10.1.0.0/24\"]",
					   .unapproved = true });
		tab_send(&t, "/admin/machines", BULK,
			both(s, ids[0], ids[1],
				arena_printf(s->mem, "action=%s&confirm=1",
					cases[i].action)));
		if (t.last.status != 303)
			fail_msg("%s: %d %s", cases[i].action, t.last.status,
				t.last.body);
		if (audit_rows(s, cases[i].event) != 2)
			fail_msg("%s left %lld rows", cases[i].action,
				(long long)audit_rows(s, cases[i].event));
	}
}

static void
one_refusal_undoes_all_and_is_named(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t bob = person_without_password(s, "bob", ROLE_MEMBER);
	int64_t fine =
		machine(s, &(struct made){ .name = "fine", .user_id = bob });
	int64_t twin =
		machine(s, &(struct made){ .name = "twin", .user_id = bob });
	int64_t other = machine(
		s, &(struct made){ .name = "twin-1", .tags = "[\"tag:x\"]" });
	struct node n = node_of(s, other);
	const char *body;

	/* The same machine, with tags already. */
	n.machine_key = node_of(s, twin).machine_key;
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_node_update(s->db, &n), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	assert_int_equal(
		tab_send(&t, "/admin/machines", BULK,
			both(s, fine, twin, "action=tag&tags=tag:x&confirm=1"))
			.status,
		422);
	body = t.last.body;
	assert_sound(s->mem, body);
	assert_holds(body, "Nothing was done. twin is here a second time, "
			   "with tags already.");
	assert_holds(body, "checked=\"\"");
	assert_string_equal(node_of(s, fine).tags, "[]");
	assert_int_equal(audit_rows(s, "machine.tagged"), 0);
}

static void
a_machine_that_went_is_said_before_anything_is_done(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t a = machine(
		s, &(struct made){ .name = "alpha", .tags = "[\"tag:x\"]" });

	tab_send(&t, "/admin/machines", BULK,
		both(s, a, 9999, "action=delete&confirm=1"));
	assert_int_equal(t.last.status, 422);
	assert_holds(t.last.body, "is not there any more. Nothing was done.");
	(void)node_of(s, a);
}

static void
what_makes_no_sense_is_said_at_its_field(void **state)
{
	static const struct {
		const char *fields, *words;
	} cases[] = {
		{ "action=delete", "Tick the machines that you mean." },
		{ "machine=1&action=", "data-error=\"required\"" },
		{ "machine=1&action=explode", "Choose one of the list." },
		{ "machine=1&action=tag", "Enter " },
		{ "machine=1&action=tag&tags=web", "Write a tag as tag:name" },
		{ "machine=x&action=delete", "is not there any more" },
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	machine(s, &(struct made){ .name = "a", .tags = "[\"tag:x\"]" });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_send(&t, "/admin/machines", BULK, cases[i].fields);
		if (t.last.status != 422 ||
			!strstr(t.last.body, cases[i].words))
			fail_msg("%s: %d %s", cases[i].fields, t.last.status,
				t.last.body);
	}
}

static void
who_minds_the_network_approves_routes_and_nothing_else(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "nell", ROLE_NETWORK_ADMIN);
	int64_t a = machine(s, &(struct made){ .name = "alpha",
				       .tags = "[\"tag:x\"]",
				       .routes = "[\"10.1.0.0/24\"]" });
	const char *body = tab_get(&t, "/admin/machines").body;

	assert_holds(body, "value=\"routes\"");
	assert_lacks(body, "value=\"delete\"");
	tab_post(&t, BULK, at(s, "action=delete&confirm=1&machine=", a, ""));
	assert_int_equal(t.last.status, 422);
	(void)node_of(s, a);
	tab_send(&t, "/admin/machines", BULK,
		at(s, "action=routes&confirm=1&machine=", a, ""));
	assert_int_equal(t.last.status, 303);
	assert_string_equal(node_of(s, a).approved_routes, "[\"10.1.0.0/24\"]");
	t = tab_of(s, "audrey", ROLE_AUDITOR);
	body = tab_get(&t, "/admin/machines").body;
	assert_lacks(body, "form-bulk");
}

/* The field `seen` of the page that asks. */
static const char *
seen_in(struct site *s, const char *body)
{
	const char *mark = "name=\"seen\" value=\"";
	const char *at = strstr(body, mark);

	assert_non_null(at);
	return arena_printf(s->mem, "%.32s", at + strlen(mark));
}

static void
make_many(struct site *s, int from, int until)
{
	for (int i = from; i < until; i++)
		machine(s,
			&(struct made){ .name = arena_printf(s->mem, "m%d", i),
				.tags = "[\"tag:x\"]" });
}

static void
all_of_a_page_or_all_that_match_are_chosen_at_once(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *body, *more;

	make_many(s, 0, 120);
	body = tab_get(&t, "/admin/machines?page=3").body;
	assert_sound(s->mem, body);
	assert_true(strstr(body, "id=\"form-bulk\"") <
		    strstr(body, "<table id=\"machines\""));
	assert_holds(body, ">all 20 on this page</option>");
	assert_holds(body, ">all 120</option>");
	tab_post(&t, BULK "?page=3", "all=page&action=delete");
	assert_int_equal(t.last.status, 200);
	assert_holds(t.last.body, "<h1>Delete 20 machines?</h1>");
	assert_holds(t.last.body, "m100, m101, ");
	body = tab_get(&t, "/admin/machines?q=-m11").body;
	assert_holds(body, ">all 109 that match</option>");
	assert_holds(body, ">all 50 on this page</option>");
	tab_post(&t, BULK "?q=-m11", "all=1&action=delete");
	assert_holds(t.last.body, "<h1>Delete 109 machines?</h1>");
	more = arena_printf(s->mem, "all=1&action=delete&confirm=1&seen=%s",
		seen_in(s, t.last.body));
	tab_post(&t, BULK "?q=-m11", more);
	assert_int_equal(t.last.status, 303);
	assert_int_equal(audit_rows(s, "machine.deleted"), 109);
	tab_get(&t, "/admin/machines");
	assert_holds(t.last.body, "Done for 109 machines.");
	assert_holds(t.last.body, ">11 machines<");
}

/* Nobody deletes what they were not asked about. */
static void
a_list_that_has_changed_is_asked_about_again(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *more;

	make_many(s, 0, 2);
	tab_send(&t, "/admin/machines", BULK,
		"all=page&action=delete&confirm=1");
	assert_int_equal(t.last.status, 200);
	more = arena_printf(s->mem, "all=page&action=delete&confirm=1&seen=%s",
		seen_in(s, t.last.body));
	make_many(s, 2, 3);
	tab_send(&t, "/admin/machines", BULK, more);
	assert_int_equal(t.last.status, 200);
	assert_holds(t.last.body, "<h1>Delete 3 machines?</h1>");
	assert_holds(t.last.body, "The list has changed since you were asked");
	assert_int_equal(audit_rows(s, "machine.deleted"), 0);
}

static void
a_list_of_more_than_a_thousand_is_narrowed_first(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	make_many(s, 0, BULK_MAX);
	tab_send(&t, "/admin/machines", BULK, "all=1&action=no-expiry");
	assert_int_equal(t.last.status, 200);
	assert_holds(t.last.body, "m99 and 900 more.");
	assert_true(strlen(t.last.body) <= 30 * 1024);
	make_many(s, BULK_MAX, BULK_MAX + 1);
	tab_send(&t, "/admin/machines", BULK, "all=1&action=no-expiry");
	assert_int_equal(t.last.status, 422);
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body, "At most 1,000 machines at once");
	assert_int_equal(
		sound_count(t.last.body, "<tr id=\"machine-"), LIST_ROWS);
}

static void
more_than_a_thousand_at_once_are_refused(void **state)
{
	struct site *s = *state;
	int64_t *ids = arena_array(s->mem, BULK_MAX + 1, sizeof(*ids));
	struct bulk b = { .action = BULK_APPROVE,
		.ids = ids,
		.count = BULK_MAX + 1,
		.actor = "cli",
		.now = NOW };
	struct bulk_refusal *refused;
	size_t count;

	for (int i = 0; i <= BULK_MAX; i++)
		ids[i] = 9000 + i;
	assert_int_equal(
		tailnet_bulk(s->db, &b, s->mem, &refused, &count), ERR_TOO_BIG);
	b.count--;
	assert_int_equal(
		tailnet_bulk(s->db, &b, s->mem, &refused, &count), ERR_DENIED);
	assert_int_equal(count, BULK_MAX);
}

static void
all_is_nothing_while_a_filter_is_not_understood(void **state)
{
	static const char *const queries[] = { "tag=no+tag", "owner=x",
		"os=beos", "status=asleep", "version=1", "expires=-1" };
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	for (int i = 0; i <= LIST_ROWS; i++)
		machine(s,
			&(struct made){ .name = arena_printf(s->mem, "m%d", i),
				.tags = "[\"tag:x\"]" });
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		const char *body = tab_get(&t,
			arena_printf(s->mem, "/admin/machines?%s", queries[i]))
					   .body;

		assert_holds(body, "id=\"form-bulk\"");
		assert_holds(body, "the ticked ones");
		assert_lacks(body, "all 50 on this page");
		assert_lacks(body, "all 51");
		for (int k = 0; k < 2; k++) {
			tab_post(&t,
				arena_printf(s->mem, BULK "?%s", queries[i]),
				k ? "all=1&action=delete"
				  : "all=page&action=delete&confirm=1");
			assert_int_equal(t.last.status, 422);
			assert_holds(t.last.body,
				"Tick the machines that you mean, or mend the "
				"filter.");
		}
	}
	assert_int_equal(audit_rows(s, "machine.deleted"), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_asked_first_with_counts_and_names),
		TEST(what_is_approved_already_is_not_asked_about),
		TEST(as_many_are_told_as_were_asked_about),
		TEST(only_what_destroys_has_a_red_button),
		TEST(each_act_is_done_to_all),
		TEST(one_refusal_undoes_all_and_is_named),
		TEST(a_machine_that_went_is_said_before_anything_is_done),
		TEST(what_makes_no_sense_is_said_at_its_field),
		TEST(who_minds_the_network_approves_routes_and_nothing_else),
		TEST(all_of_a_page_or_all_that_match_are_chosen_at_once),
		TEST(all_is_nothing_while_a_filter_is_not_understood),
		TEST(a_list_that_has_changed_is_asked_about_again),
		TEST(a_list_of_more_than_a_thousand_is_narrowed_first),
		TEST(more_than_a_thousand_at_once_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
