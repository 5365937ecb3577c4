/*
 * pub_test.c: what anybody may ask through nginx.
 */
#include "tests/fcgi/ask.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "db/node.h"
#include "db/server_key.h"
#include "db/stat.h"
#include "fcgi/pub.h"
#include "tailnet/health.h"
#include "tailnet/relays.h"
#include "tailnet/settings.h"

static struct answer
get(void **state, const char *uri)
{
	return ask(*state, GROUP_OUTER, "GET", uri, NULL);
}

static void
key_gives_the_noise_key_and_a_legacy_key_of_zeros(void **state)
{
	struct site *s = *state;
	struct answer a = get(state, "/key?v=142");
	struct server_key key;

	assert_int_equal(db_server_key(s->db, "noise", s->mem, &key), ERR_OK);
	assert_int_equal(a.status, 200);
	assert_holds(a.head, "Content-Type: application/json\r\n");
	assert_string_equal(
		a.body, arena_printf(s->mem,
				"{\"legacyPublicKey\":\"mkey:%064d\","
				"\"publicKey\":\"%s\"}",
				0, key_text(s->mem, KEY_MACHINE, &key.public)));
}

static void
key_wants_to_know_the_version(void **state)
{
	static const struct {
		const char *uri;
		int status;
		const char *body;
	} rows[] = {
		{ "/key", 400, "capability version must be set\n" },
		{ "/key?v=", 400, "capability version must be set\n" },
		{ "/key?w=1", 400, "capability version must be set\n" },
		{ "/key?v=x", 400, "invalid capability version\n" },
		{ "/key?v=-1", 400, "invalid capability version\n" },
		{ "/key?v=38", 200, "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct answer a = get(state, rows[i].uri);

		assert_int_equal(a.status, rows[i].status);
		assert_string_equal(a.body, rows[i].body);
	}
}

static void
touch_alive(const struct site *s, int64_t at)
{
	char path[128];
	const struct timespec times[2] = { { .tv_sec = at }, { .tv_sec = at } };
	int fd;

	(void)snprintf(path, sizeof(path), "%s/worker.alive", s->home);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static void
health_passes_while_the_worker_is_alive(void **state)
{
	struct site *s = *state;
	struct answer a;

	touch_alive(s, NOW - ALIVE_SECONDS);
	a = get(state, "/health");
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, "{\"status\":\"pass\"}");
	assert_holds(a.head,
		"Content-Type: application/health+json; charset=utf-8\r\n");
}

static void
health_fails_with_words_when_the_worker_is_silent(void **state)
{
	struct answer a = get(state, "/health");

	assert_int_equal(a.status, 500);
	assert_holds(a.body, "\"status\":\"fail\"");
	assert_holds(a.body, "does not run");
	touch_alive(*state, NOW - ALIVE_SECONDS - 1);
	a = get(state, "/health");
	assert_int_equal(a.status, 500);
	assert_holds(a.body, "silent for 6 seconds");
}

static void
health_fails_when_the_worker_cannot_write(void **state)
{
	struct site *s = *state;
	struct answer a;

	touch_alive(s, NOW);
	assert_int_equal(db_stat_put(s->db, STAT_HEARTBEAT, 7,
				 NOW - UNWRITTEN_SECONDS - 1),
		ERR_OK);
	a = get(state, "/health");
	assert_int_equal(a.status, 500);
	assert_holds(a.body, "could not write for 31 seconds");
	assert_int_equal(
		db_stat_put(s->db, STAT_HEARTBEAT, 7, NOW - UNWRITTEN_SECONDS),
		ERR_OK);
	assert_int_equal(get(state, "/health").status, 200);
}

static void
health_fails_when_the_database_is_another_file(void **state)
{
	struct site *s = *state;
	char path[128], aside[160];
	struct answer a;

	touch_alive(s, NOW);
	(void)snprintf(path, sizeof(path), "%s/cairn.db", s->home);
	(void)snprintf(aside, sizeof(aside), "%s.aside", path);
	assert_int_equal(rename(path, aside), 0);
	a = get(state, "/health");
	assert_int_equal(rename(aside, path), 0);
	assert_int_equal(a.status, 500);
	assert_holds(a.body, "cairn.db was replaced or removed");
	assert_int_equal(get(state, "/health").status, 200);
}

static void
before_the_setup_the_first_page_says_how_to_begin(void **state)
{
	struct answer a = get(state, "/");

	assert_int_equal(a.status, 200);
	assert_holds(a.head, "Content-Type: text/html; charset=utf-8\r\n");
	assert_holds(a.head, "script-src 'self'");
	assert_holds(a.head, "Referrer-Policy: same-origin\r\n");
	assert_holds(a.body, "<!DOCTYPE html>");
	assert_holds(a.body, "data-page=\"landing\"");
	assert_holds(a.body, "<code>cairn setup-link</code>");
	assert_lacks(a.body, "href=\"/login\"");
}

static void
an_unknown_page_is_a_page_too(void **state)
{
	struct answer a = get(state, "/nothing");

	assert_int_equal(a.status, 404);
	assert_holds(a.head, "Content-Type: text/html; charset=utf-8\r\n");
	assert_lacks(a.head, "script-src");
	assert_holds(a.body, "data-page=\"error\"");
}

static void
version_and_robots_are_there(void **state)
{
	assert_holds(get(state, "/version").body, CAIRN_VERSION);
	assert_string_equal(
		get(state, "/robots.txt").body, "User-agent: *\nDisallow: /\n");
	assert_string_equal(get(state, "/favicon.ico").reply.location,
		"/static/favicon.svg");
}

static int64_t
add_node(struct site *s, const char *node_key)
{
	struct node n = { .name = "laptop",
		.hostname = "laptop",
		.tags = "[\"tag:x\"]",
		.ipv4 = "100.64.0.1",
		.hostinfo = "{}",
		.routes = "[]",
		.approved_routes = "[]",
		.requested_tags = "[]",
		.register_method = "cli",
		.created_at = NOW };
	int64_t id;

	assert_int_equal(
		key_parse(KEY_MACHINE, MKEY_A, &n.machine_key), ERR_OK);
	assert_int_equal(key_parse(KEY_NODE, node_key, &n.node_key), ERR_OK);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_end(s->db, db_node_add(s->db, &n, &id)), ERR_OK);
	return id;
}

static void
verify_knows_the_nodes_of_this_tailnet_only(void **state)
{
	add_node(*state, NKEY_A);
	assert_string_equal(ask(*state, GROUP_OUTER, "POST", "/verify",
				    "{\"NodePublic\":\"" NKEY_A
				    "\",\"Source\":\"192.0.2.1\"}")
				    .body,
		"{\"Allow\":true}");
	assert_string_equal(ask(*state, GROUP_OUTER, "POST", "/verify",
				    "{\"NodePublic\":\"" NKEY_B "\"}")
				    .body,
		"{\"Allow\":false}");
}

static void
verify_refuses_who_is_expired_or_waits(void **state)
{
	struct site *s = *state;
	struct node *nodes;
	size_t count;

	add_node(s, NKEY_A);
	assert_int_equal(db_nodes(s->db, s->mem, &nodes, &count), ERR_OK);
	for (int i = 0; i < 2; i++) {
		nodes[0].unapproved = i;
		nodes[0].expires_at = i ? 0 : 1;
		assert_int_equal(db_node_update(s->db, &nodes[0]), ERR_OK);
		assert_string_equal(ask(s, GROUP_OUTER, "POST", "/verify",
					    "{\"NodePublic\":\"" NKEY_A "\"}")
					    .body,
			"{\"Allow\":false}");
	}
}

static void
verify_refuses_what_it_cannot_read(void **state)
{
	static const char *const bodies[] = { "", "{", "[]", "{}",
		"{\"NodePublic\":7}", "{\"NodePublic\":\"nodekey:12\"}",
		"{\"NodePublic\":\"" MKEY_A "\"}" };
	char big[VERIFY_BODY_MAX + 2];

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		assert_int_equal(
			ask(*state, GROUP_OUTER, "POST", "/verify", bodies[i])
				.status,
			400);
	memset(big, ' ', sizeof(big));
	big[VERIFY_BODY_MAX + 1] = '\0';
	assert_int_equal(
		ask(*state, GROUP_OUTER, "POST", "/verify", big).status, 413);
	big[VERIFY_BODY_MAX] = '\0';
	assert_int_equal(
		ask(*state, GROUP_OUTER, "POST", "/verify", big).status, 400);
}

static struct answer
verify_as(struct site *s, const char *token, const char *body)
{
	struct ask a = { .group = GROUP_OUTER,
		.method = "POST",
		.uri = "/verify",
		.body = body };

	a.more[0] = arena_printf(s->mem, "HTTP_AUTHORIZATION=Bearer %s", token);
	return ask_with(s, &a);
}

static const char *
relay_token(struct site *s)
{
	const struct derp_region row = { .id = 901,
		.code = "c",
		.name = "n",
		.host = "h",
		.ipv4 = "",
		.ipv6 = "",
		.port = 443,
		.cert = "" };
	const struct relay_act act = { "cli", NOW };
	struct relay_fault fault;
	const char *token = NULL;

	assert_int_equal(tailnet_relay_add(s->db, &s->pepper, &row, &act,
				 s->mem, &token, &fault),
		ERR_OK);
	return token;
}

/* That many keys of one node. */
static const char *
many_keys(struct site *s, int count)
{
	struct buf b;

	buf_init(&b, s->mem, VERIFY_RELAY_BODY_MAX);
	buf_puts(&b, "{\"NodePublics\":[\"" NKEY_A "\"");
	for (int i = 1; i < count; i++)
		buf_puts(&b, ",\"" NKEY_A "\"");
	buf_put(&b, "]}", sizeof("]}"));
	assert_int_equal(buf_error(&b), ERR_OK);
	return (const char *)b.bytes;
}

static void
a_relay_of_ours_asks_about_many_keys(void **state)
{
	struct site *s = *state;
	const char *token = relay_token(s);

	add_node(s, NKEY_A);
	assert_string_equal(
		verify_as(s, token,
			"{\"NodePublics\":[\"" NKEY_B "\",\"" NKEY_A "\"]}")
			.body,
		"{\"Allowed\":[\"" NKEY_A "\"]}");
	assert_string_equal(verify_as(s, token, "{\"NodePublics\":[]}").body,
		"{\"Allowed\":[]}");
	assert_string_equal(
		verify_as(s, token, "{\"NodePublic\":\"" NKEY_A "\"}").body,
		"{\"Allow\":true}");
	assert_int_equal(
		verify_as(s, token, many_keys(s, VERIFY_KEYS_MAX)).status, 200);
	assert_int_equal(
		verify_as(s, token, many_keys(s, VERIFY_KEYS_MAX + 1)).status,
		400);
	/* Many at once are for relays of ours. */
	assert_int_equal(
		ask(s, GROUP_OUTER, "POST", "/verify", many_keys(s, 1)).status,
		400);
}

static void
a_token_of_no_relay_is_told_so(void **state)
{
	struct site *s = *state;
	const char *token = relay_token(s);
	const struct relay_act act = { "cli", NOW };

	assert_int_equal(tailnet_relay_token_revoke(s->db, 901, &act), ERR_OK);
	assert_int_equal(
		verify_as(s, token, "{\"NodePublics\":[]}").status, 403);
	assert_int_equal(
		verify_as(s, "x", "{\"NodePublic\":\"" NKEY_A "\"}").status,
		403);
}

static void
bootstrap_dns_names_the_own_host_only(void **state)
{
	assert_string_equal(get(state, "/bootstrap-dns?q=example.org").body,
		"{\"127.0.0.1\":[\"127.0.0.1\"]}");
}

static void
set_token(struct site *s, const char *token)
{
	const char *why = NULL;

	assert_int_equal(settings_put(s->db, "metrics_token", token, "cli", NOW,
				 s->mem, &why),
		ERR_OK);
}

static void
metrics_need_the_token(void **state)
{
	struct site *s = *state;
	struct ask a = { .method = "GET", .uri = "/metrics" };

	assert_int_equal(ask_with(s, &a).status, 404);
	set_token(s, "correct-horse-battery-staple");
	assert_int_equal(ask_with(s, &a).status, 401);
	a.more[0] = "HTTP_AUTHORIZATION=Bearer wrong-horse-battery-staple";
	assert_int_equal(ask_with(s, &a).status, 401);
	a.more[0] = "HTTP_AUTHORIZATION=Bearer ";
	assert_int_equal(ask_with(s, &a).status, 401);
	a.more[0] = "HTTP_AUTHORIZATION=Bearer correct-horse-battery-staple";
	assert_int_equal(ask_with(s, &a).status, 200);
}

static void
metrics_hold_counts_and_the_table_stat(void **state)
{
	struct site *s = *state;
	struct ask a = { .method = "GET",
		.uri = "/metrics",
		.more = { "HTTP_AUTHORIZATION=Bearer 0123456789abcdef01" } };
	const char *body;

	set_token(s, "0123456789abcdef01");
	add_node(s, NKEY_A);
	assert_int_equal(
		db_stat_put(s->db, "cairn_worker_sessions", 17, NOW), ERR_OK);
	body = ask_with(s, &a).body;
	assert_holds(body, "cairn_nodes 1\n");
	assert_holds(body, "cairn_users 0\n");
	assert_holds(body, "cairn_worker_sessions 17\n");
}

static void
a_ping_nobody_sent_is_unknown(void **state)
{
	assert_int_equal(ask(*state, GROUP_OUTER, "HEAD",
				 "/machine/ping-response?id=x", NULL)
				 .status,
		404);
	assert_int_equal(
		ask(*state, GROUP_OUTER, "HEAD", "/machine/ping-response", NULL)
			.status,
		400);
	assert_int_equal(get(state, "/machine/ping-response?id=x").status, 405);
}

static void
no_inner_request_is_answered_to_a_stranger(void **state)
{
	for (size_t i = 0; i < route_count; i++) {
		const char *path = routes[i].path;

		if (!(routes[i].flags & NOISE) || strchr(path, '*'))
			continue;
		assert_int_equal(
			ask(*state, GROUP_OUTER, "POST", path, "{}").status,
			404);
		assert_int_equal(
			ask(*state, GROUP_OUTER, "GET", path, NULL).status,
			404);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(key_gives_the_noise_key_and_a_legacy_key_of_zeros),
		TEST(key_wants_to_know_the_version),
		TEST(health_passes_while_the_worker_is_alive),
		TEST(health_fails_with_words_when_the_worker_is_silent),
		TEST(health_fails_when_the_worker_cannot_write),
		TEST(health_fails_when_the_database_is_another_file),
		TEST(before_the_setup_the_first_page_says_how_to_begin),
		TEST(an_unknown_page_is_a_page_too),
		TEST(version_and_robots_are_there),
		TEST(verify_knows_the_nodes_of_this_tailnet_only),
		TEST(verify_refuses_who_is_expired_or_waits),
		TEST(verify_refuses_what_it_cannot_read),
		TEST(a_relay_of_ours_asks_about_many_keys),
		TEST(a_token_of_no_relay_is_told_so),
		TEST(bootstrap_dns_names_the_own_host_only),
		TEST(metrics_need_the_token),
		TEST(metrics_hold_counts_and_the_table_stat),
		TEST(a_ping_nobody_sent_is_unknown),
		TEST(no_inner_request_is_answered_to_a_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
