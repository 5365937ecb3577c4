/*
 * The tables against what real clients sent, and what they were sent.
 */
#include "proto/tailcfg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "base/text.h"
#include "tests/lib/fixture.h"

/* clang-format off */
struct recorded {
	const char *name, *path, *body;
};
#define THIS struct recorded
static const struct json_field recorded_fields[] = {
	JSON_FIELD(THIS, name, "name", KEEP_EMPTY),
	JSON_FIELD(THIS, path, "path", KEEP_EMPTY),
	JSON_FIELD(THIS, body, "body", KEEP_EMPTY),
};
static const struct json_table recorded_table = JSON_TABLE(THIS, recorded_fields);
#undef THIS

struct map {
	const char *name, *source, *framed, *message;
};
#define THIS struct map
static const struct json_field map_fields[] = {
	JSON_FIELD(THIS, name, "name", KEEP_EMPTY),
	JSON_FIELD(THIS, source, "source", KEEP_EMPTY),
	JSON_FIELD(THIS, framed, "framed", KEEP_EMPTY),
	JSON_FIELD(THIS, message, "message", KEEP_EMPTY),
};
static const struct json_table map_table = JSON_TABLE(THIS, map_fields);
#undef THIS

static const struct {
	const char *version;
	int64_t capver;
} versions[] = {
	{ "v1.80.3", 113 },
	{ "v1.90.9", 130 },
	{ "v1.102.3", 142 },
};
/* clang-format on */

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

typedef size_t check(const struct recorded *r, int64_t capver);

/* Each recorded text that the check knows; some must be known. */
static void
each_recorded(check *known)
{
	for (size_t v = 0; v < sizeof(versions) / sizeof(*versions); v++) {
		const char *path = arena_printf(mem,
			"tests/fixtures/wire/%s/requests.json",
			versions[v].version);
		struct json_objects all =
			fixture_list(mem, path, &recorded_table);
		size_t count = 0;

		for (size_t i = 0; i < all.count; i++)
			count += known((const struct recorded *)all.at + i,
				versions[v].capver);
		assert_true(count > 0);
	}
}

/* Every member that these clients send has its line in the table. */
static void
check_hostinfo(struct json_raw raw, const struct tailcfg_hostinfo *h)
{
	if (!strstr(raw.text, "null"))
		assert_string_equal(
			json_print(mem, &tailcfg_hostinfo_table, h), raw.text);
}

static size_t
check_register(const struct recorded *r, int64_t capver)
{
	struct tailcfg_register_request q;

	if (strcmp(r->path, "/machine/register"))
		return 0;
	if (tailcfg_register_decode(fixture_text(r->body), mem, &q))
		fail_msg("%s is not understood", r->name);
	assert_int_equal(q.version, capver);
	assert_true(text_starts(q.node_key, "nodekey:"));
	assert_true(text_starts(q.nl_key, "nlpub:"));
	assert_non_null(q.hostinfo->hostname);
	assert_string_equal(q.hostinfo->os, "linux");
	assert_true(strstr(r->body, q.hostinfo_raw.text) != NULL);
	check_hostinfo(q.hostinfo_raw, q.hostinfo);
	return 1;
}

static void
every_recorded_registration_is_understood(void **state)
{
	(void)state;
	each_recorded(check_register);
}

static size_t
check_map(const struct recorded *r, int64_t capver)
{
	struct tailcfg_map_request q;

	if (strcmp(r->path, "/machine/map"))
		return 0;
	if (tailcfg_map_decode(fixture_text(r->body), mem, &q))
		fail_msg("%s is not understood", r->name);
	assert_int_equal(q.version, capver);
	assert_string_equal(q.compress, "zstd");
	assert_true(q.stream != q.omit_peers);
	assert_int_equal(q.endpoints.count, q.endpoint_types.count);
	assert_non_null(q.hostinfo);
	assert_true(strstr(r->body, q.hostinfo_raw.text) != NULL);
	check_hostinfo(q.hostinfo_raw, q.hostinfo);
	if (q.hostinfo->net_info) {
		assert_true(q.hostinfo->net_info->preferred_derp >= 0);
		return 2;
	}
	return 1;
}

static void
every_recorded_map_request_is_understood(void **state)
{
	(void)state;
	each_recorded(check_map);
}

/* Decoded and encoded again, the answers of the recorded server are the same
 * bytes, but for the zero times that it spells out. */
static size_t
check_answer(const struct recorded *r, int64_t capver)
{
	struct tailcfg_register_response a = { .error = NULL };

	(void)capver;
	if (*r->path)
		return 0;
	if (json_decode(fixture_text(r->body), &tailcfg_register_response_table,
		    mem, &a))
		fail_msg("%s is not understood", r->name);
	assert_non_null(a.auth_url);
	if (!strstr(r->body, "0001-01-01"))
		assert_string_equal(
			json_print(mem, &tailcfg_register_response_table, &a),
			arena_printf(mem, "%.*s", (int)strcspn(r->body, "\n"),
				r->body));
	return 1;
}

static void
every_recorded_answer_to_a_registration_comes_back(void **state)
{
	(void)state;
	each_recorded(check_answer);
}

/* Read and written again, a recorded part is the same bytes: so no name is
 * misspelt and the order is the clients' own. */
static void
check_part(const char *text, const struct json_table *t)
{
	void *part = arena_alloc(mem, t->struct_size);

	if (!text)
		return;
	assert_int_equal(json_decode(fixture_text(text), t, mem, part), ERR_OK);
	assert_string_equal(json_print(mem, t, part), text);
}

static void
check_nodes(const struct json_raws *nodes)
{
	for (size_t i = 0; i < nodes->count; i++)
		check_part(nodes->at[i], &tailcfg_node_table);
}

static void
check_message(const struct map *m)
{
	struct tailcfg_map_response r = { .keep_alive = false };
	struct bytes framed;
	char *plain;
	size_t len;

	if (json_decode(fixture_text(m->message), &tailcfg_map_response_table,
		    mem, &r))
		fail_msg("%s is not understood", m->name);
	check_nodes(&r.peers);
	check_nodes(&r.peers_changed);
	if (!strcmp(m->source, "headscale")) /* others are written by hand */
		check_part(m->message, &tailcfg_map_response_table);
	check_part(r.node.text, &tailcfg_node_table);
	check_part(r.derp_map.text, &tailcfg_derp_map_table);
	check_part(r.dns_config.text, &tailcfg_dns_config_table);
	check_part(r.ssh_policy.text, &tailcfg_ssh_policy_table);

	assert_int_equal(text_unbase64(mem, m->framed, &framed), ERR_OK);
	len = strlen(m->message);
	plain = arena_alloc(mem, len + 1);
	assert_int_equal(
		ZSTD_decompress(plain, len, framed.at + 4, framed.len - 4),
		len);
	assert_string_equal(plain, m->message);
}

static void
every_recorded_map_message_is_understood(void **state)
{
	(void)state;
	for (size_t v = 0; v < sizeof(versions) / sizeof(*versions); v++) {
		const char *path =
			arena_printf(mem, "tests/fixtures/wire/%s/maps.json",
				versions[v].version);
		struct json_objects all = fixture_list(mem, path, &map_table);

		assert_true(all.count > 20);
		for (size_t i = 0; i < all.count; i++)
			check_message((const struct map *)all.at + i);
	}
}

static void
encodes(const struct json_table *t, const void *from, const char *expected)
{
	assert_string_equal(json_print(mem, t, from), expected);
}

static void
a_keep_alive_has_nothing_else_in_it(void **state)
{
	(void)state;
	encodes(&tailcfg_map_response_table,
		&(struct tailcfg_map_response){ .keep_alive = true },
		TAILCFG_KEEP_ALIVE);
}

static void
a_patch_names_only_what_changes(void **state)
{
	struct tailcfg_peer_change c = { .node_id = 12, .online = OPT_FALSE };

	(void)state;
	encodes(&tailcfg_peer_change_table, &c,
		"{\"NodeID\":12,\"Online\":false}");
	c.online = OPT_UNSET;
	c.endpoints.at = (const char *[]){ NULL };
	encodes(&tailcfg_peer_change_table, &c,
		"{\"NodeID\":12,\"Endpoints\":[]}");
}

static void
withdrawn_ssh_rules_are_an_empty_list(void **state)
{
	(void)state;
	encodes(&tailcfg_ssh_policy_table,
		&(struct tailcfg_ssh_policy){ { 0 } }, "{\"rules\":[]}");
}

static void
regions_are_keyed_by_their_number(void **state)
{
	struct tailcfg_derp_node node = { .name = "900a",
		.region_id = 900,
		.host_name = "127.0.0.1",
		.ipv6 = "none",
		.derp_port = 8443 };
	struct tailcfg_derp_region region = { .id = 900,
		.code = "cairn",
		.name = "Cairn",
		.nodes = { &node, 1 } };
	struct tailcfg_derp_map map = { .regions = { &region, 1 } };

	(void)state;
	encodes(&tailcfg_derp_map_table, &map,
		"{\"Regions\":{\"900\":{\"RegionID\":900,\"RegionCode\":"
		"\"cairn\",\"RegionName\":\"Cairn\",\"Nodes\":[{\"Name\":"
		"\"900a\",\"RegionID\":900,\"HostName\":\"127.0.0.1\","
		"\"IPv6\":\"none\",\"DERPPort\":8443}]}}}");
}

static void
routes_without_resolvers_are_lists_not_null(void **state)
{
	struct tailcfg_dns_route route = { .suffix = "cairn.internal." };
	struct tailcfg_dns_config dns = { .routes = { &route, 1 },
		.proxied = true };

	(void)state;
	encodes(&tailcfg_dns_config_table, &dns,
		"{\"Routes\":{\"cairn.internal.\":[]},\"Proxied\":true}");
}

static void
filters_are_lists_by_name_and_null_deletes(void **state)
{
	struct tailcfg_net_port_range to = { "*", { 0, 65535 } };
	const char *from[] = { "100.64.0.0/10" };
	struct tailcfg_filter_rule rule = { .src_ips = { from, 1 },
		.dst_ports = { &to, 1 } };
	struct tailcfg_filter filters[] = { { "*", { NULL, 0 } },
		{ "base", { &rule, 1 } } };
	struct json_map map = { filters, 2 };
	struct buf b;

	(void)state;
	buf_init(&b, mem, 4096);
	json_put_map(&b, &tailcfg_filter_table, &map);
	buf_put(&b, "", 1);
	assert_string_equal((char *)b.bytes,
		"{\"*\":null,\"base\":[{\"SrcIPs\":[\"100.64.0.0/10\"],"
		"\"DstPorts\":[{\"IP\":\"*\",\"Ports\":{\"First\":0,"
		"\"Last\":65535}}]}]}");
}

static void
a_broken_hostinfo_refuses_the_request(void **state)
{
	struct tailcfg_register_request r;
	struct tailcfg_map_request m;

	(void)state;
	assert_int_equal(
		tailcfg_register_decode(
			fixture_text("{\"Hostinfo\":{\"OS\":1}}"), mem, &r),
		ERR_BAD_INPUT);
	assert_int_equal(
		tailcfg_map_decode(fixture_text("{\"Hostinfo\":[]}"), mem, &m),
		ERR_BAD_INPUT);
	assert_int_equal(
		tailcfg_register_decode(fixture_text("{}"), mem, &r), ERR_OK);
	assert_non_null(r.hostinfo);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_registration_is_understood),
		cmocka_unit_test(every_recorded_map_request_is_understood),
		cmocka_unit_test(
			every_recorded_answer_to_a_registration_comes_back),
		cmocka_unit_test(every_recorded_map_message_is_understood),
		cmocka_unit_test(a_keep_alive_has_nothing_else_in_it),
		cmocka_unit_test(a_patch_names_only_what_changes),
		cmocka_unit_test(withdrawn_ssh_rules_are_an_empty_list),
		cmocka_unit_test(regions_are_keyed_by_their_number),
		cmocka_unit_test(routes_without_resolvers_are_lists_not_null),
		cmocka_unit_test(filters_are_lists_by_name_and_null_deletes),
		cmocka_unit_test(a_broken_hostinfo_refuses_the_request),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
