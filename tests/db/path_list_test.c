#include "db/path_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/live.h"
#include "db/node.h"
#include "tests/lib/with_db.h"

#define OK(call) assert_int_equal(call, ERR_OK)

/* `said` NULL: it was never there. */
static int64_t
add(struct fixture *f, const char *name, const char *said)
{
	struct node n = { .tags = "[\"tag:a\"]",
		.name = name,
		.hostname = name,
		.hostinfo = "{\"NetInfo\":{\"WorkingUDP\":true}}",
		.register_method = "cli",
		.created_at = 1 };
	static int made;
	struct live l = { .hostinfo = said, .online = true, .home_derp = 7 };

	memcpy(n.machine_key.bytes, name, strlen(name));
	memcpy(n.node_key.bytes, name, strlen(name));
	n.ipv4 = arena_printf(f->mem, "100.64.0.%d", ++made);
	OK(db_node_add(f->db, &n, &l.node_id));
	if (said)
		OK(db_live_put(f->db, &l));
	return l.node_id;
}

static void
append(const struct path_row *p, void *arg)
{
	(void)strcat(arg, p->name);
}

static void
machines_come_by_name_as_people_count(void **state)
{
	struct fixture *f = *state;
	char up[16] = "", down[16] = "";

	add(f, "n10", "{}");
	add(f, "n2", "{}");
	add(f, "a", NULL);
	OK(db_paths_each(f->db, false, append, up));
	assert_string_equal(up, "an2n10");
	OK(db_paths_each(f->db, true, append, down));
	assert_string_equal(down, "n10n2a");
}

/* What it said when it joined is of another network than it may be in now. */
static void
what_a_client_says_counts_as_far_as_it_is_one(void **state)
{
	static const struct {
		const char *said;
		enum opt_bool udp, varies;
	} cases[] = {
		{ "{\"NetInfo\":{\"WorkingUDP\":true,"
		  "\"MappingVariesByDestIP\":false}}",
			OPT_TRUE, OPT_FALSE },
		{ "{\"NetInfo\":{\"WorkingUDP\":false}}", OPT_FALSE,
			OPT_UNSET },
		{ "{\"NetInfo\":{\"WorkingUDP\":\"true\","
		  "\"MappingVariesByDestIP\":1}}",
			OPT_UNSET, OPT_UNSET },
		{ "{\"NetInfo\":null}", OPT_UNSET, OPT_UNSET },
		{ "{\"NetInfo\":[true]}", OPT_UNSET, OPT_UNSET },
		{ "no JSON", OPT_UNSET, OPT_UNSET },
		{ "", OPT_UNSET, OPT_UNSET },
		{ NULL, OPT_UNSET, OPT_UNSET },
	};
	struct fixture *f = *state;
	struct path_row p;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t id =
			add(f, arena_printf(f->mem, "m%zu", i), cases[i].said);

		OK(db_path_by_id(f->db, id, f->mem, &p));
		assert_int_equal(p.working_udp, cases[i].udp);
		assert_int_equal(p.mapping_varies, cases[i].varies);
		assert_int_equal(p.online, cases[i].said != NULL);
		assert_int_equal(p.home_derp, cases[i].said ? 7 : 0);
	}
	assert_int_equal(db_path_by_id(f->db, 999, f->mem, &p), ERR_NOT_FOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(machines_come_by_name_as_people_count),
		TEST(what_a_client_says_counts_as_far_as_it_is_one),
	};

	return cmocka_run_group_tests_name("db/path_list", tests, NULL, NULL);
}
