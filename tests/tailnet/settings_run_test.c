/* Address and ports in the environment hold for the run, and nothing else. */
#include "tailnet/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

struct room {
	struct db *db;
	struct arena *mem;
};

static int
setup(void **state)
{
	struct room *r = calloc(1, sizeof(*r));

	r->mem = arena_new();
	*state = r;
	return db_open_memory(&r->db) ? -1 : 0;
}

static int
teardown(void **state)
{
	struct room *r = *state;

	unsetenv("CAIRN_LISTEN");
	unsetenv("CAIRN_HTTP_PORT");
	unsetenv("CAIRN_URL");
	db_close(r->db);
	arena_free(r->mem);
	free(r);
	return 0;
}

static struct settings
load(struct room *r)
{
	struct settings s;

	assert_int_equal(settings_load(r->db, r->mem, &s), ERR_OK);
	return s;
}

static void
the_environment_goes_before_the_stored_port_and_url_follows(void **state)
{
	struct room *r = *state;
	const char *why;

	assert_int_equal(
		settings_store(r->db, "http_port", "8888", 1, r->mem, &why),
		ERR_OK);
	assert_string_equal(load(r).url, "http://127.0.0.1:8888");
	setenv("CAIRN_HTTP_PORT", "9090", 1);
	setenv("CAIRN_LISTEN", "10.0.0.1", 1);
	assert_string_equal(load(r).url, "http://10.0.0.1:9090");
	assert_int_equal(load(r).http_port, 9090);
	unsetenv("CAIRN_HTTP_PORT");
	assert_int_equal(load(r).http_port, 8888);
}

static void
what_is_no_port_is_left_out(void **state)
{
	setenv("CAIRN_HTTP_PORT", "http", 1);
	assert_int_equal(load(*state).http_port, 8080);
	setenv("CAIRN_HTTP_PORT", "", 1);
	assert_int_equal(load(*state).http_port, 8080);
}

static void
a_url_in_the_environment_changes_nothing(void **state)
{
	setenv("CAIRN_URL", "https://vpn.example.org", 1);
	assert_string_equal(load(*state).url, "http://127.0.0.1:8080");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_environment_goes_before_the_stored_port_and_url_follows,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_is_no_port_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_url_in_the_environment_changes_nothing, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
