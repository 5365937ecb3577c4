/* Maps of relays that others made. */
#include "tailnet/derpmap_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct arena *mem;

static int
setup(void **state)
{
	(void)state;
	mem = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

static struct bytes
bytes(const char *text)
{
	return (struct bytes){ (const unsigned char *)text, strlen(text) };
}

static enum err
take(const char *text, struct tailcfg_derp_map *out, const char **why)
{
	*out = (struct tailcfg_derp_map){ .home_params = NULL };
	*why = "";
	return derpmap_read(bytes(text), DERPMAP_FETCHED, mem, out, why);
}

#define NODE(name, more)                                      \
	"{\"Name\":\"" name "\",\"RegionID\":1,\"HostName\":" \
	"\"derp1.example.com\"" more "}"
#define REGION(nodes)                                         \
	"{\"Regions\":{\"1\":{\"RegionID\":1,\"RegionCode\":" \
	"\"nyc\",\"RegionName\":\"New York\",\"Nodes\":[" nodes "]}}}"

static void
a_map_is_read_and_written_in_one_form(void **state)
{
	const char *odd =
		"{ \"omitDefaultRegions\": false, \"Regions\": {\n"
		"\"20\": {\"regionid\": 20, \"RegionCode\": \"b\","
		" \"RegionName\": \"B\", \"Latitude\": 1.5, \"Nodes\": "
		"[{\"Name\": \"20a\", \"RegionID\": 20, \"HostName\": "
		"\"b.example.com\", \"IPv4\": \"192.0.2.1\", \"IPv6\": "
		"\"none\", \"CanPort80\": true, \"New\": [1]}]},\n"
		"\"3\": {\"RegionID\": 3, \"RegionCode\": \"a\", "
		"\"RegionName\": \"A\", \"Avoid\": true, \"Nodes\": "
		"[{\"Name\": \"3a\", \"RegionID\": 3, \"HostName\": "
		"\"a.example.com\", \"STUNPort\": -1}]},\n"
		"\"4\": null}}";
	struct tailcfg_derp_map map, again;
	const char *why, *text;

	(void)state;
	assert_int_equal(take(odd, &map, &why), ERR_OK);
	text = derpmap_text(&map, mem);
	assert_string_equal(text,
		"{\"Regions\":{\"3\":{\"RegionID\":3,\"RegionCode\":\"a\","
		"\"RegionName\":\"A\",\"Avoid\":true,\"Nodes\":[{\"Name\":"
		"\"3a\",\"RegionID\":3,\"HostName\":\"a.example.com\","
		"\"STUNPort\":-1}]},\"20\":{\"RegionID\":20,\"RegionCode\":"
		"\"b\",\"RegionName\":\"B\",\"Latitude\":1.5,\"Nodes\":[{"
		"\"Name\":\"20a\",\"RegionID\":20,\"HostName\":"
		"\"b.example.com\",\"IPv4\":\"192.0.2.1\",\"IPv6\":\"none\","
		"\"CanPort80\":true}]}}}");
	assert_int_equal(take(text, &again, &why), ERR_OK);
	assert_string_equal(derpmap_text(&again, mem), text);
}

static void
what_is_wrong_refuses_the_map_and_is_named(void **state)
{
	static const char *const rows[][2] = {
		{ "", "no map of relays" },
		{ "<html>", "no map of relays" },
		{ "{\"Regions\":{}} x", "no map of relays" },
		{ "{\"Regions\":[]}", "no map of relays" },
		{ "{}", "it has no region" },
		{ "{\"Regions\":{\"1\":null}}", "it has no region" },
		{ "{\"Regions\":{\"01\":{}}}", "numbers from 1 to 65535" },
		{ "{\"Regions\":{\"0\":{}}}", "numbers from 1 to 65535" },
		{ "{\"Regions\":{\"65536\":{}}}", "numbers from 1 to 65535" },
		{ "{\"Regions\":{\"2\":{\"RegionID\":1}}}",
			"region 2: its RegionID is 1" },
		{ "{\"Regions\":{\"2\":{\"RegionID\":\"x\"}}}",
			"region 2: a member is of the wrong kind" },
		{ "{\"Regions\":{\"2\":{\"RegionID\":2}}}",
			"region 2: RegionCode" },
		{ REGION(""), "a region has 1 to 16 nodes" },
		{ REGION(NODE("", "")), "a node's Name" },
		{ REGION(NODE("1a", "") "," NODE("1a", "")),
			"two nodes are called 1a" },
		{ REGION(NODE("1a", ",\"IPv4\":\"::1\"")), "IPv4 or IPv6" },
		{ REGION(NODE("1a", ",\"IPv6\":\"1.2.3.4\"")), "IPv4 or IPv6" },
		{ REGION(NODE("1a", ",\"STUNPort\":65536")), "a port of" },
		{ REGION(NODE("1a", ",\"STUNPort\":-2")), "a port of" },
		{ REGION(NODE("1a", ",\"DERPPort\":-1")), "a port of" },
		{ REGION(NODE("1a", ",\"CertName\":\"sha256-raw:12\"")),
			"CertName" },
		{ REGION(NODE("1a", ",\"STUNTestIP\":\"here\"")),
			"STUNTestIP" },
		{ REGION(NODE("1a", ",\"InsecureForTests\":true")),
			"only a file may say" },
		{ REGION("{\"Name\":\"1a\",\"RegionID\":2,\"HostName\":\"x\"}"),
			"RegionID of node 1a is 2" },
		{ REGION("{\"Name\":\"1a\",\"RegionID\":1,\"HostName\":\"a b\"}"),
			"HostName of node 1a" },
		{ REGION("{\"Name\":\"1\\u202ea\",\"RegionID\":1}"),
			"a node's Name" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tailcfg_derp_map map;
		const char *why;

		if (take(rows[i][0], &map, &why) != ERR_BAD_INPUT)
			fail_msg("taken: %s", rows[i][0]);
		if (!strstr(why, rows[i][1]))
			fail_msg("%s: %s", rows[i][0], why);
	}
}

static void
a_file_of_ones_own_may_leave_certificates_unchecked(void **state)
{
	const char *text = REGION(NODE("1a", ",\"InsecureForTests\":true"));
	struct tailcfg_derp_map map;
	const char *why;

	(void)state;
	assert_int_equal(
		derpmap_read(bytes(text), DERPMAP_OWN, mem, &map, &why),
		ERR_OK);
	assert_non_null(strstr(derpmap_text(&map, mem), "InsecureForTests"));
}

static const char *
many_regions(int count, int nodes)
{
	struct buf b;

	buf_init(&b, mem, 4 * DERPMAP_BYTES_MAX);
	buf_puts(&b, "{\"Regions\":{");
	for (int i = 1; i <= count; i++) {
		buf_putf(&b,
			"%s\"%d\":{\"RegionID\":%d,\"RegionCode\":\"c\","
			"\"RegionName\":\"n\",\"Nodes\":[",
			i > 1 ? "," : "", i, i);
		for (int k = 0; k < nodes; k++)
			buf_putf(&b,
				"%s{\"Name\":\"%d-%d\",\"RegionID\":%d,"
				"\"HostName\":\"h\"}",
				k ? "," : "", i, k, i);
		buf_puts(&b, "]}");
	}
	buf_put(&b, "}}", sizeof("}}"));
	return (const char *)b.bytes;
}

static void
sizes_are_taken_at_their_limits_and_no_further(void **state)
{
	struct tailcfg_derp_map map;
	const char *why, *text;
	char *long_text;

	(void)state;
	text = many_regions(DERPMAP_REGIONS_MAX, 1);
	assert_int_equal(take(text, &map, &why), ERR_OK);
	assert_int_equal(map.regions.count, DERPMAP_REGIONS_MAX);
	text = many_regions(DERPMAP_REGIONS_MAX + 1, 1);
	assert_int_equal(take(text, &map, &why), ERR_BAD_INPUT);
	assert_non_null(strstr(why, "more than 128 regions"));
	assert_int_equal(
		take(many_regions(1, DERPMAP_NODES_MAX), &map, &why), ERR_OK);
	assert_int_equal(
		take(many_regions(1, DERPMAP_NODES_MAX + 1), &map, &why),
		ERR_BAD_INPUT);
	text = REGION(NODE("1a", ""));
	long_text = arena_alloc(mem, DERPMAP_BYTES_MAX + 2);
	memset(long_text, ' ', DERPMAP_BYTES_MAX + 1);
	memcpy(long_text, text, strlen(text));
	long_text[DERPMAP_BYTES_MAX] = '\0';
	assert_int_equal(take(long_text, &map, &why), ERR_OK);
	long_text[DERPMAP_BYTES_MAX] = ' ';
	assert_int_equal(take(long_text, &map, &why), ERR_TOO_BIG);
}

static void
names_are_taken_at_their_limits_and_no_further(void **state)
{
	char name[DERPMAP_NAME_MAX + 2];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[DERPMAP_NAME_MAX] = '\0';
	assert_true(derpmap_name_is_valid(name, DERPMAP_NAME_MAX));
	name[DERPMAP_NAME_MAX] = 'x';
	name[DERPMAP_NAME_MAX + 1] = '\0';
	assert_false(derpmap_name_is_valid(name, DERPMAP_NAME_MAX));
	assert_false(derpmap_name_is_valid("", DERPMAP_NAME_MAX));
	assert_true(derpmap_host_is_valid("2001:db8::1"));
	assert_true(derpmap_host_is_valid("derp_1.example.com"));
	assert_false(derpmap_host_is_valid("a..b"));
	assert_false(derpmap_host_is_valid("-a"));
	assert_false(derpmap_host_is_valid("a/b"));
}

static void
a_node_name_in_two_regions_is_refused(void **state)
{
	static const char *const text =
		"{\"Regions\":{\"1\":{\"RegionID\":1,\"RegionCode\":\"a\","
		"\"RegionName\":\"A\",\"Nodes\":[{\"Name\":\"900a\","
		"\"RegionID\":1,\"HostName\":\"h\"}]},\"2\":{\"RegionID\":2,"
		"\"RegionCode\":\"b\",\"RegionName\":\"B\",\"Nodes\":[{"
		"\"Name\":\"900a\",\"RegionID\":2,\"HostName\":\"h\"}]}}}";
	struct tailcfg_derp_map map;
	const char *why;

	(void)state;
	assert_int_equal(take(text, &map, &why), ERR_BAD_INPUT);
	assert_non_null(strstr(why, "both have a node 900a"));
}

static void
a_later_file_takes_the_place_of_a_region(void **state)
{
	struct tailcfg_derp_map all, one;
	const char *why;

	(void)state;
	assert_int_equal(take(many_regions(3, 1), &all, &why), ERR_OK);
	assert_int_equal(take(REGION(NODE("other", "")), &one, &why), ERR_OK);
	assert_int_equal(derpmap_add(&all, &one, mem, &why), ERR_OK);
	assert_int_equal(all.regions.count, 3);
	assert_non_null(strstr(derpmap_text(&all, mem), "\"other\""));
	assert_null(strstr(derpmap_text(&all, mem), "\"1-0\""));
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_map_is_read_and_written_in_one_form),
		test(what_is_wrong_refuses_the_map_and_is_named),
		test(a_file_of_ones_own_may_leave_certificates_unchecked),
		test(sizes_are_taken_at_their_limits_and_no_further),
		test(names_are_taken_at_their_limits_and_no_further),
		test(a_node_name_in_two_regions_is_refused),
		test(a_later_file_takes_the_place_of_a_region),
	};

	return cmocka_run_group_tests_name("maps of others", tests, NULL, NULL);
}
