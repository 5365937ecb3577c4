/* What people do to the relays that machines are told of, and the map that
 * comes of it. */
#include "tailnet/relays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit.h"
#include "db/job.h"
#include "tailnet/derpmap_read.h"

#define NOW INT64_C(1793600000)

struct fixture {
	struct db *db;
	struct arena *mem;
	struct secret pepper;
	struct relay_act act;
};

#define OK(call) assert_int_equal(call, ERR_OK)

static int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .mem = arena_new(), .act = { "cli", NOW } };
	memset(&f.pepper, 7, sizeof(f.pepper));
	*state = &f;
	return db_open_memory(&f.db);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static struct derp_region
sample(int64_t id)
{
	return (struct derp_region){ .id = id,
		.code = "bln",
		.name = "Berlin",
		.host = "derp.example.com",
		.ipv4 = "",
		.ipv6 = "",
		.port = 443,
		.stun_port = 3478,
		.cert = "" };
}

static const char *
add(struct fixture *f, int64_t id)
{
	struct derp_region r = sample(id);
	struct relay_fault fault;
	const char *token = NULL;

	OK(tailnet_relay_add(
		f->db, &f->pepper, &r, &f->act, f->mem, &token, &fault));
	return token;
}

/* The source `place` with one region of that id and node name. */
static int64_t
add_source(
	struct fixture *f, const char *place, int64_t region, const char *node)
{
	struct relay_fault fault;
	struct derp_source s = { .id = 0 };

	OK(tailnet_relay_source_add(
		f->db, place, true, &f->act, f->mem, &s.id, &fault));
	OK(tailnet_relay_source_read(f->db, &s,
		arena_printf(f->mem,
			"{\"Regions\":{\"%lld\":{\"RegionID\":%lld,"
			"\"RegionCode\":\"src\",\"RegionName\":\"Of %s\","
			"\"Nodes\":[{\"Name\":\"%s\",\"RegionID\":%lld,"
			"\"HostName\":\"src.example.com\"}]}}}",
			(long long)region, (long long)region, place, node,
			(long long)region),
		1, NOW));
	return s.id;
}

static const char *
map_with(struct fixture *f, const struct policy_relays *policy, bool new)
{
	struct derpmap_rows rows;
	const char *texts[2];
	struct settings s;

	OK(settings_load(f->db, f->mem, &s));
	OK(derpmap_rows_load(f->db, f->mem, &rows));
	derpmap_make(
		&s, &rows, policy, "/nowhere", f->mem, &texts[0], &texts[1]);
	return texts[new];
}

static const char *
map_text(struct fixture *f)
{
	return map_with(f, &(struct policy_relays){ .region_count = 0 }, true);
}

#define assert_in(text, part)                                          \
	do {                                                           \
		if (!strstr((text), (part)))                           \
			fail_msg("%s\nis not in\n%s", (part), (text)); \
	} while (0)
#define assert_not_in(text, part)                                  \
	do {                                                       \
		if (strstr((text), (part)))                        \
			fail_msg("%s\nis in\n%s", (part), (text)); \
	} while (0)

static struct audit
newest(struct fixture *f)
{
	struct audit *rows;
	size_t count;

	OK(db_audits(f->db, 0, 1, f->mem, &rows, &count));
	assert_int_equal(count, 1);
	return rows[0];
}

static bool
has_job(struct fixture *f, const char *kind, int64_t subject)
{
	struct job j;

	return db_job_of(f->db, kind, subject, f->mem, &j) == ERR_OK;
}

static void
the_own_relay_is_as_its_settings_say(void **state)
{
	struct fixture *f = *state;
	struct relay_own own = { true, 905, 3479, "hq", "Head office" };
	struct relay_fault fault;
	struct audit a;

	assert_in(map_text(f), "{\"Regions\":{\"900\":{\"RegionID\":900,"
			       "\"RegionCode\":\"cairn\",\"RegionName\":"
			       "\"cairn\",\"Nodes\":[{\"Name\":\"900a\"");
	OK(tailnet_relay_own(f->db, &own, &f->act, f->mem, &fault));
	assert_in(map_text(f), "{\"905\":{\"RegionID\":905,\"RegionCode\":"
			       "\"hq\",\"RegionName\":\"Head office\"");
	assert_in(map_text(f), "\"Name\":\"905a\"");
	assert_in(map_text(f), "\"STUNPort\":3479");
	a = newest(f);
	assert_string_equal(a.action, "relay.changed");
	assert_in(a.after, "Head office");
	assert_true(has_job(f, RELAY_JOB_TEST, 905));
	assert_false(has_job(f, RELAY_JOB_TEST, 900));
	own.region_id = 1000;
	assert_int_equal(
		tailnet_relay_own(f->db, &own, &f->act, f->mem, &fault),
		ERR_BAD_INPUT);
	assert_string_equal(fault.field, "relay_region_id");
	own.region_id = 899;
	assert_int_equal(
		tailnet_relay_own(f->db, &own, &f->act, f->mem, &fault),
		ERR_BAD_INPUT);
	own.region_id = 905;
	own.name = "";
	assert_int_equal(
		tailnet_relay_own(f->db, &own, &f->act, f->mem, &fault),
		ERR_BAD_INPUT);
	assert_string_equal(fault.field, "relay_name");
}

static void
nothing_may_leave_machines_without_a_region(void **state)
{
	struct fixture *f = *state;
	struct relay_own own = { false, 900, 3478, "cairn", "cairn" };
	struct relay_fault fault;
	const char *why;
	int64_t id;

	assert_int_equal(
		tailnet_relay_own(f->db, &own, &f->act, f->mem, &fault),
		ERR_LAST_RELAY);
	assert_int_equal(
		tailnet_relay_hide(f->db, 900, true, &f->act), ERR_LAST_RELAY);
	assert_int_equal(settings_put(f->db, "relay_enabled", "false", "cli",
				 NOW, f->mem, &why),
		ERR_LAST_RELAY);
	assert_in(map_text(f), "\"900\":{");
	add(f, 901);
	OK(tailnet_relay_own(f->db, &own, &f->act, f->mem, &fault));
	assert_not_in(map_text(f), "\"900\":{");
	assert_int_equal(
		tailnet_relay_remove(f->db, 901, &f->act), ERR_LAST_RELAY);
	id = add_source(f, "/maps/a.json", 7, "7a");
	OK(tailnet_relay_remove(f->db, 901, &f->act));
	assert_int_equal(tailnet_relay_source_remove(f->db, id, &f->act),
		ERR_LAST_RELAY);
	assert_int_equal(
		tailnet_relay_hide(f->db, 7, true, &f->act), ERR_LAST_RELAY);
	assert_in(map_text(f), "\"7\":{");
}

static void
a_relay_that_is_added_stands_in_the_map(void **state)
{
	struct fixture *f = *state;
	struct derp_region r = sample(901);
	struct relay_fault fault;
	const char *token;

	r.host = "192.0.2.7";
	r.stun_port = 0;
	r.port = 8443;
	OK(tailnet_relay_add(
		f->db, &f->pepper, &r, &f->act, f->mem, &token, &fault));
	assert_in(map_text(f),
		"\"901\":{\"RegionID\":901,\"RegionCode\":\"bln\","
		"\"RegionName\":\"Berlin\",\"Nodes\":[{\"Name\":\"901a\","
		"\"RegionID\":901,\"HostName\":\"192.0.2.7\",\"IPv4\":"
		"\"192.0.2.7\",\"IPv6\":\"none\",\"STUNPort\":-1,"
		"\"DERPPort\":8443}]}");
	assert_true(has_job(f, RELAY_JOB_TEST, 901));
	assert_string_equal(newest(f).subject, "relay:901");
	assert_int_equal(tailnet_relay_add(f->db, &f->pepper, &r, &f->act,
				 f->mem, &token, &fault),
		ERR_EXISTS);
	r.id = 900;
	assert_int_equal(tailnet_relay_add(f->db, &f->pepper, &r, &f->act,
				 f->mem, &token, &fault),
		ERR_EXISTS);
	OK(tailnet_relay_remove(f->db, 901, &f->act));
	assert_not_in(map_text(f), "\"901\"");
	assert_false(has_job(f, RELAY_JOB_TEST, 901));
	assert_int_equal(
		tailnet_relay_remove(f->db, 901, &f->act), ERR_NOT_FOUND);
}

static void
what_is_wrong_with_a_relay_is_said_at_its_field(void **state)
{
	struct fixture *f = *state;
	struct derp_region r;
	struct relay_fault fault;
	const char *token;

#define REFUSED(at, member, value)                                         \
	do {                                                               \
		r = sample(901);                                           \
		r.member = value;                                          \
		assert_int_equal(tailnet_relay_add(f->db, &f->pepper, &r,  \
					 &f->act, f->mem, &token, &fault), \
			ERR_BAD_INPUT);                                    \
		assert_string_equal(fault.field, at);                      \
	} while (0)
	REFUSED("region_id", id, 0);
	REFUSED("region_id", id, 65536);
	REFUSED("code", code, "");
	REFUSED("code", code, "123456789012345678901234567890123");
	REFUSED("name", name,
		"\xe2\x80\xae"
		"x");
	REFUSED("host", host, "a b");
	REFUSED("host", host, "");
	REFUSED("ipv4", ipv4, "::1");
	REFUSED("ipv6", ipv6, "1.2.3.4");
	REFUSED("port", port, 0);
	REFUSED("port", port, 65536);
	REFUSED("stun_port", stun_port, -1);
	REFUSED("stun_port", stun_port, 65536);
	REFUSED("cert", cert, "ABCD");
#undef REFUSED
	r = sample(65535);
	r.port = r.stun_port = 65535;
	r.code = "12345678901234567890123456789012";
	OK(tailnet_relay_add(
		f->db, &f->pepper, &r, &f->act, f->mem, &token, &fault));
}

static void
no_more_relays_are_added_than_the_limit(void **state)
{
	struct fixture *f = *state;
	struct derp_region r = sample(64);
	struct relay_fault fault;
	const char *token;

	for (int i = 0; i < RELAYS_ADDED_MAX; i++)
		add(f, 1000 + i);
	assert_int_equal(tailnet_relay_add(f->db, &f->pepper, &r, &f->act,
				 f->mem, &token, &fault),
		ERR_TOO_BIG);
}

static void
a_pinned_certificate_is_told_as_each_client_knows_it(void **state)
{
	static const char pin[] = "0123456789abcdef0123456789abcdef"
				  "0123456789abcdef0123456789abcdef";
	struct fixture *f = *state;
	struct derp_region r = sample(901);
	const struct policy_relays none = { .region_count = 0 };
	struct relay_fault fault;
	const char *token;

	r.cert = pin;
	OK(tailnet_relay_add(
		f->db, &f->pepper, &r, &f->act, f->mem, &token, &fault));
	assert_in(map_with(f, &none, true), "\"CertName\":\"sha256-raw:0123");
	assert_not_in(map_with(f, &none, true), "InsecureForTests");
	assert_in(map_with(f, &none, false), "\"InsecureForTests\":true");
	assert_not_in(map_with(f, &none, false), "CertName");
}

static void
later_ones_win_a_region(void **state)
{
	struct fixture *f = *state;

	add_source(f, "/a.json", 901, "901x");
	assert_in(map_text(f), "Of /a.json");
	add_source(f, "/b.json", 901, "901x");
	assert_in(map_text(f), "Of /b.json");
	assert_not_in(map_text(f), "Of /a.json");
	add(f, 901);
	assert_in(map_text(f), "Berlin");
	assert_not_in(map_text(f), "Of /b.json");
	add_source(f, "/c.json", 900, "c");
	assert_not_in(map_text(f), "Of /c.json");
	assert_in(map_text(f), "\"900a\"");
}

static void
no_two_nodes_have_one_name(void **state)
{
	struct fixture *f = *state;
	const struct policy_region regions[] = {
		{ 950, "{\"RegionID\":950,\"Nodes\":[{\"Name\":\"901a\","
		       "\"RegionID\":950,\"HostName\":\"h\"}]}" },
	};
	const struct policy_relays policy = { .regions = regions,
		.region_count = 1 };
	const char *text;

	add(f, 901);
	add_source(f, "/a.json", 7, "900a");
	add_source(f, "/b.json", 8, "900a");
	add_source(f, "/c.json", 9, "8-900a");
	text = map_text(f);
	assert_in(text, "\"Name\":\"900a\",\"RegionID\":900");
	assert_in(text, "\"Name\":\"7-900a\",\"RegionID\":7");
	/* The later source has the first word, and keeps its own. */
	assert_in(text, "\"Name\":\"8-900a\",\"RegionID\":9");
	assert_in(text, "\"Name\":\"8-900a-2\",\"RegionID\":8");
	text = map_with(f, &policy, true);
	assert_in(text, "\"Name\":\"901a\",\"RegionID\":950");
	assert_in(text, "\"Name\":\"901-901a\",\"RegionID\":901");
}

static void
hidden_regions_are_not_sent_and_come_back_as_they_were(void **state)
{
	struct fixture *f = *state;
	int64_t rows = 0, again = 0;
	const char *before;

	add(f, 901);
	before = map_text(f);
	OK(tailnet_relay_hide(f->db, 900, true, &f->act));
	assert_not_in(map_text(f), "\"900\"");
	assert_string_equal(newest(f).detail, "hidden");
	OK(db_audit_count(f->db, &rows));
	OK(tailnet_relay_hide(f->db, 900, true, &f->act));
	OK(db_audit_count(f->db, &again));
	assert_int_equal(again, rows);
	OK(tailnet_relay_hide(f->db, 900, false, &f->act));
	assert_string_equal(map_text(f), before);
	assert_int_equal(
		tailnet_relay_hide(f->db, 77, true, &f->act), ERR_NOT_FOUND);
}

static void
the_policy_acts_on_top(void **state)
{
	struct fixture *f = *state;
	const struct policy_region gone = { 901, NULL };
	struct policy_relays policy = { .regions = &gone, .region_count = 1 };
	const char *text;

	add(f, 901);
	text = map_with(f, &policy, true);
	assert_not_in(text, "\"901\"");
	assert_in(text, "\"900\"");
	policy.omit_default = true;
	text = map_with(f, &policy, true);
	assert_not_in(text, "\"901\"");
	assert_in(text, "\"900\""); /* a client without any never comes up */
}

static void
a_token_opens_as_long_as_it_is_the_last_one(void **state)
{
	struct fixture *f = *state;
	const char *first = add(f, 901), *other = add(f, 902), *second;
	struct derp_region found;
	char *wrong = arena_strdup(f->mem, first);

	OK(tailnet_relay_of_token(f->db, &f->pepper, first, f->mem, &found));
	assert_int_equal(found.id, 901);
	wrong[strlen(wrong) - 1] ^= 1;
	assert_int_equal(tailnet_relay_of_token(
				 f->db, &f->pepper, wrong, f->mem, &found),
		ERR_DENIED);
	OK(tailnet_relay_token_new(
		f->db, &f->pepper, 901, &f->act, f->mem, &second));
	assert_int_equal(tailnet_relay_of_token(
				 f->db, &f->pepper, first, f->mem, &found),
		ERR_DENIED);
	OK(tailnet_relay_of_token(f->db, &f->pepper, second, f->mem, &found));
	OK(tailnet_relay_token_revoke(f->db, 901, &f->act));
	assert_int_equal(tailnet_relay_of_token(
				 f->db, &f->pepper, second, f->mem, &found),
		ERR_DENIED);
	assert_int_equal(
		tailnet_relay_token_revoke(f->db, 901, &f->act), ERR_NOT_FOUND);
	OK(tailnet_relay_of_token(f->db, &f->pepper, other, f->mem, &found));
	OK(tailnet_relay_remove(f->db, 902, &f->act));
	assert_int_equal(tailnet_relay_of_token(
				 f->db, &f->pepper, other, f->mem, &found),
		ERR_DENIED);
}

static void
what_is_no_token_is_none(void **state)
{
	static const char *const texts[] = {
		"", "cairn-relay-", "cairn-relay-901-", "cairn-relay-901-x",
		"cairn-relay-x-"
		"0123456789012345678901234567890123456789012",
		"cairn-relay-901-01234567890123456789012345678901234567890123"
	};
	struct fixture *f = *state;
	struct derp_region found;

	add(f, 901);
	OK(tailnet_relay_token_revoke(f->db, 901, &f->act));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(tailnet_relay_of_token(f->db, &f->pepper,
					 texts[i], f->mem, &found),
			ERR_DENIED);
}

static void
tokens_are_kept_as_hashes(void **state)
{
	struct fixture *f = *state;
	const char *token = add(f, 901);
	struct derp_region row;

	OK(db_derp_region(f->db, 901, f->mem, &row));
	assert_null(
		memmem(row.token_hash, sizeof(row.token_hash), token + 16, 8));
	assert_not_in(newest(f).detail, token);
}

static void
sources_are_https_or_a_path_of_an_admin(void **state)
{
	static const char *const bad[] = { "", "http://example.com/map",
		"ftp://example.com", "https://", "https://a@b/", "https://a b/",
		"https:///map", "https://:1/", "https://a/#x", "relative.json",
		"file:///etc/passwd" };
	struct fixture *f = *state;
	struct relay_fault fault;
	char place[RELAY_PLACE_MAX + 2];
	int64_t id;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (tailnet_relay_source_add(f->db, bad[i], true, &f->act,
			    f->mem, &id, &fault) != ERR_BAD_INPUT)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(tailnet_relay_source_add(f->db, "/etc/maps", false,
				 &f->act, f->mem, &id, &fault),
		ERR_BAD_INPUT);
	memset(place, 'a', sizeof(place));
	memcpy(place, "https://a/", 10);
	place[RELAY_PLACE_MAX] = '\0';
	OK(tailnet_relay_source_add(
		f->db, place, false, &f->act, f->mem, &id, &fault));
	assert_true(has_job(f, RELAY_JOB_SOURCE, id));
	assert_int_equal(tailnet_relay_source_add(f->db, place, false, &f->act,
				 f->mem, &id, &fault),
		ERR_EXISTS);
	OK(tailnet_relay_source_remove(f->db, id, &f->act));
	assert_false(has_job(f, RELAY_JOB_SOURCE, id));
	place[RELAY_PLACE_MAX] = 'a';
	place[RELAY_PLACE_MAX + 1] = '\0';
	assert_int_equal(tailnet_relay_source_add(f->db, place, false, &f->act,
				 f->mem, &id, &fault),
		ERR_BAD_INPUT);
}

static void
addresses_are_set_as_a_list_and_paths_stay(void **state)
{
	struct fixture *f = *state;
	struct relay_fault fault;
	struct derp_source *rows;
	size_t count;
	struct buf b;

	add_source(f, "/a.json", 7, "7a");
	OK(tailnet_relay_sources_set(f->db,
		"  https://a.example/map \r\n\r\nhttps://b.example/map\r\n",
		"6", &f->act, f->mem, &fault));
	OK(tailnet_relay_sources_set(f->db, "https://b.example/map\n", "6",
		&f->act, f->mem, &fault));
	OK(db_derp_sources(f->db, f->mem, &rows, &count));
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].place, "/a.json");
	assert_string_equal(rows[1].place, "https://b.example/map");
	assert_string_equal(newest(f).detail, "removed https://a.example/map");
	assert_int_equal(tailnet_relay_sources_set(f->db, "https://a\nb", "6",
				 &f->act, f->mem, &fault),
		ERR_BAD_INPUT);
	assert_int_equal(tailnet_relay_sources_set(
				 f->db, "", "0", &f->act, f->mem, &fault),
		ERR_BAD_INPUT);
	assert_string_equal(fault.field, "relay_hours");
	buf_init(&b, f->mem, 4096);
	for (int i = 0; i < RELAY_SOURCES_MAX; i++)
		buf_putf(&b, "https://%d.example/\n", i);
	buf_put(&b, "", 1);
	/* One of them is the file. */
	assert_int_equal(tailnet_relay_sources_set(f->db, (char *)b.bytes, "6",
				 &f->act, f->mem, &fault),
		ERR_TOO_BIG);
	b.len--;
	buf_put(&b, "https://x.example/", sizeof("https://x.example/"));
	assert_int_equal(tailnet_relay_sources_set(f->db, (char *)b.bytes, "6",
				 &f->act, f->mem, &fault),
		ERR_BAD_INPUT);
	OK(db_derp_sources(f->db, f->mem, &rows, &count));
	assert_int_equal(count, 2);
}

static void
a_source_that_fails_keeps_what_it_had(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_source(f, "/a.json", 7, "7a");
	struct derp_source s;

	OK(db_derp_source_bad(f->db, id, "it answers 500", NOW + 60));
	OK(db_derp_source(f->db, id, f->mem, &s));
	assert_string_equal(s.error, "it answers 500");
	assert_int_equal(s.read_at, NOW);
	assert_int_equal(s.tried_at, NOW + 60);
	assert_in(map_text(f), "\"7\":{");
}

static void
what_is_read_again_unchanged_is_no_change(void **state)
{
	struct fixture *f = *state;
	int64_t id = add_source(f, "/a.json", 7, "7a"), before, after;
	struct derp_source s;

	OK(db_derp_source(f->db, id, f->mem, &s));
	OK(db_audit_count(f->db, &before));
	OK(tailnet_relay_source_read(f->db, &s, s.map, 1, NOW + 3600));
	OK(db_audit_count(f->db, &after));
	assert_int_equal(after, before);
	OK(db_derp_source(f->db, id, f->mem, &s));
	assert_int_equal(s.read_at, NOW + 3600);
	assert_int_equal(s.changed_at, NOW);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(the_own_relay_is_as_its_settings_say),
		test(nothing_may_leave_machines_without_a_region),
		test(a_relay_that_is_added_stands_in_the_map),
		test(what_is_wrong_with_a_relay_is_said_at_its_field),
		test(no_more_relays_are_added_than_the_limit),
		test(a_pinned_certificate_is_told_as_each_client_knows_it),
		test(later_ones_win_a_region),
		test(no_two_nodes_have_one_name),
		test(hidden_regions_are_not_sent_and_come_back_as_they_were),
		test(the_policy_acts_on_top),
		test(a_token_opens_as_long_as_it_is_the_last_one),
		test(what_is_no_token_is_none),
		test(tokens_are_kept_as_hashes),
		test(sources_are_https_or_a_path_of_an_admin),
		test(addresses_are_set_as_a_list_and_paths_stay),
		test(a_source_that_fails_keeps_what_it_had),
		test(what_is_read_again_unchanged_is_no_change),
	};

	return cmocka_run_group_tests_name("relays", tests, NULL, NULL);
}
