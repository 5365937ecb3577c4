/*
 * machine_test.c: what a client asks inside its Noise session, as the worker
 * hands it over.
 */
#include "tests/fcgi/ask.h"

#include "db/audit.h"
#include "db/node.h"
#include "fcgi/machine.h"
#include "proto/tailcfg.h"
#include "tailnet/keys.h"
#include "tailnet/node.h"
#include "tailnet/register.h"
#include "tailnet/user.h"

#define ZERO_KEY \
	"nodekey:0000000000000000000000000000000000000000000000000000000000000000"

/* As 1.102.3 sends it (fixtures of real clients). */
static char *
request(struct site *s, const char *node_key, const char *auth_key,
	const char *followup, const char *hostname)
{
	return arena_printf(s->mem,
		"{\"Version\":142,\"NodeKey\":\"%s\",\"OldNodeKey\":\"" ZERO_KEY
		"\",%s\"Expiry\":\"0001-01-01T00:00:00Z\",\"Followup\":\"%s\","
		"\"Hostinfo\":{\"IPNVersion\":\"1.102.3\",\"OS\":\"linux\","
		"\"OSVersion\":\"6.1\",\"Hostname\":\"%s\","
		"\"Services\":[{\"Proto\":\"peerapi-dns-proxy\",\"Port\":1}],"
		"\"StateEncrypted\":false},\"NodeKeySignature\":null}",
		node_key,
		auth_key ? arena_printf(s->mem,
				   "\"Auth\":{\"AuthKey\":\"%s\"},", auth_key)
			 : "",
		followup, hostname);
}

static const char *
make_key(struct site *s, const char *user, const char *tags)
{
	struct preauth_key k = { .tags = tags ? tags : "[]", .reusable = true };
	const char *text;
	int64_t id;

	if (user) {
		const struct user u = { .name = user,
			.display_name = "Ann",
			.email = "ann@example.org",
			.picture_url = "" };

		assert_int_equal(
			tailnet_user_add(s->db, &u, "cli", NOW, &k.user_id),
			ERR_OK);
	}
	assert_int_equal(tailnet_preauth_key_add(s->db, &s->pepper, &k,
				 &actor_cli, NOW, s->mem, &id, &text),
		ERR_OK);
	return text;
}

static struct answer
post(struct site *s, const char *uri, const char *body)
{
	return ask(s, GROUP_INNER, "POST", uri, body);
}

static struct tailcfg_register_response
decode(struct site *s, const struct answer *a)
{
	struct tailcfg_register_response out = { 0 };

	assert_int_equal(a->status, 200);
	assert_int_equal(
		json_decode((struct bytes){ (const unsigned char *)a->body,
				    strlen(a->body) },
			&tailcfg_register_response_table, s->mem, &out),
		ERR_OK);
	return out;
}

static struct tailcfg_register_response
join(struct site *s, const char *user, const char *tags)
{
	struct answer a = post(s, "/machine/register",
		request(s, NKEY_A, make_key(s, user, tags), "", "laptop"));

	return decode(s, &a);
}

static void
a_machine_with_a_key_joins_as_its_user(void **state)
{
	struct tailcfg_register_response r = join(*state, "ann", NULL);

	assert_string_equal(r.error ? r.error : "", "");
	assert_true(r.machine_authorized);
	assert_false(r.node_key_expired);
	assert_string_equal(r.login.login_name, "ann@example.org");
	assert_string_equal(r.user.display_name, "Ann");
	assert_int_equal(r.login.id, r.user.id);
	assert_true(r.user.id > 0 && r.user.id < TAGGED_USER_ID);
}

static void
a_tagged_machine_owns_itself(void **state)
{
	struct tailcfg_register_response r =
		join(*state, NULL, "[\"tag:nas\"]");

	assert_int_equal(r.login.id, SELF_TAGGED_USER_ID(1));
	assert_string_equal(r.login.login_name, "laptop.cairn.internal");
	assert_string_equal(r.login.display_name, "laptop");
}

static void
every_member_of_the_answer_is_written(void **state)
{
	struct site *s = *state;
	struct answer a = post(
		s, "/machine/register", request(s, NKEY_A, "x", "", "laptop"));

	assert_int_equal(a.status, 200);
	assert_holds(a.body, "\"NodeKeyExpired\":false");
	assert_holds(a.body, "\"MachineAuthorized\":false");
	assert_holds(a.body, "\"AuthURL\":\"\"");
	assert_holds(a.body, "\"NodeKeySignature\":null");
	assert_holds(a.body, "\"Error\":\"invalid auth key");
}

static void
the_answer_of_a_registration_names_its_change(void **state)
{
	struct site *s = *state;
	const char *body =
		request(s, NKEY_A, make_key(s, "ann", NULL), "", "laptop");
	int64_t before = post(s, "/machine/update-health", "").reply.seq;
	struct answer a = post(s, "/machine/register", body);

	assert_true(a.reply.seq > before);
	assert_int_equal(post(s, "/machine/register", body).reply.seq,
		a.reply.seq); /* a repeat changes nothing */
}

static const char *
auth_url(struct site *s)
{
	struct answer a = post(
		s, "/machine/register", request(s, NKEY_A, NULL, "", "laptop"));

	return decode(s, &a).auth_url;
}

static void
a_machine_without_a_key_gets_a_link(void **state)
{
	assert_true(strncmp(auth_url(*state),
			    "http://127.0.0.1:8080/register/hskey-authreq-",
			    45) == 0);
}

static void
a_followup_waits_for_its_row(void **state)
{
	struct site *s = *state;
	struct answer a = post(s, "/machine/register",
		request(s, NKEY_A, NULL, auth_url(s), "laptop"));

	assert_int_equal(a.status, 202);
	assert_string_equal(
		a.reply.wait, arena_printf(s->mem, "pending 1 %lld",
				      (long long)(NOW + PENDING_LIFE_SECONDS)));
	assert_string_equal(a.body, "");
}

static void
at_the_deadline_the_answer_is_final(void **state)
{
	struct site *s = *state;
	struct ask a = { .group = GROUP_INNER,
		.method = "POST",
		.uri = "/machine/register",
		.wait = "over",
		.body = request(s, NKEY_A, NULL, auth_url(s), "laptop") };

	assert_int_equal(ask_with(s, &a).status, 200);
	s->now += PENDING_LIFE_SECONDS;
	assert_int_equal(ask_with(s, &a).status, 200);
}

static const char *
id_of(const char *url)
{
	return strrchr(url, '/') + 1;
}

static void
an_approved_followup_is_answered_like_any_registration(void **state)
{
	struct site *s = *state;
	const char *url = auth_url(s);
	const struct user u = { .name = "bob",
		.display_name = "",
		.email = "",
		.picture_url = "" };
	struct settings settings;
	struct pending p;
	struct node node;
	struct answer a;
	int64_t user;

	assert_int_equal(
		tailnet_user_add(s->db, &u, "cli", NOW, &user), ERR_OK);
	assert_int_equal(settings_load(s->db, s->mem, &settings), ERR_OK);
	assert_int_equal(
		tailnet_pending_find(s->db, &s->pepper, id_of(url), s->mem, &p),
		ERR_OK);
	assert_int_equal(tailnet_pending_approve(s->db, &settings, &p, user,
				 "[]", "cli", &actor_cli, NOW, s->mem, &node),
		ERR_OK);
	a = ask_with(
		s, &(struct ask){ .group = GROUP_INNER,
			   .method = "POST",
			   .uri = "/machine/register",
			   .wait = "changed",
			   .body = request(s, NKEY_A, NULL, url, "laptop") });
	assert_string_equal(decode(s, &a).login.login_name, "bob");
}

static void
a_rejection_is_final_and_says_why(void **state)
{
	struct site *s = *state;
	const char *url = auth_url(s);
	struct pending p;
	struct answer a;

	assert_int_equal(
		tailnet_pending_find(s->db, &s->pepper, id_of(url), s->mem, &p),
		ERR_OK);
	assert_int_equal(
		tailnet_pending_reject(s->db, &p, "not ours", "cli", NOW),
		ERR_OK);
	a = post(s, "/machine/register",
		request(s, NKEY_A, NULL, url, "laptop"));
	assert_holds(decode(s, &a).error, "not ours");
}

static void
a_node_key_of_another_machine_is_refused(void **state)
{
	struct site *s = *state;
	struct answer a;

	(void)join(s, "ann", NULL);
	a = ask_with(
		s, &(struct ask){ .group = GROUP_INNER,
			   .method = "POST",
			   .uri = "/machine/register",
			   .machine = MKEY_B,
			   .body = request(s, NKEY_A, NULL, "", "thief") });
	assert_holds(decode(s, &a).error, "belongs to another machine");
}

static void
bad_json_is_400_with_words(void **state)
{
	static const char *const bodies[] = { "", "{", "null", "[]",
		"{\"Version\":\"x\"}", "{\"NodeKey\":7}",
		"{\"Version\":1,\"Version\":1}", "{\"Hostinfo\":[]}" };

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		struct answer a = post(*state, "/machine/register", bodies[i]);

		if (a.status != 400)
			fail_msg("%s: %d %s", bodies[i], a.status, a.body);
		assert_non_null(a.why);
		assert_int_equal(
			post(*state, "/machine/map", bodies[i]).status, 400);
	}
}

static void
a_register_body_past_its_limit_is_413(void **state)
{
	static char big[REGISTER_BODY_MAX + 2];

	memset(big, ' ', sizeof(big) - 1);
	assert_int_equal(post(*state, "/machine/register", big).status, 413);
	big[REGISTER_BODY_MAX] = '\0';
	assert_int_equal(post(*state, "/machine/register", big).status, 400);
}

static char *
update(struct site *s, const char *node_key, const char *hostname)
{
	return arena_printf(s->mem,
		"{\"Version\":142,\"KeepAlive\":true,\"Compress\":\"zstd\","
		"\"NodeKey\":\"%s\",\"OmitPeers\":true,"
		"\"Hostinfo\":{\"OS\":\"linux\",\"Hostname\":\"%s\","
		"\"RoutableIPs\":[\"192.168.7.0/24\"]}}",
		node_key, hostname);
}

static void
a_lite_update_keeps_host_name_and_routes(void **state)
{
	struct site *s = *state;
	struct answer a;
	struct node n;

	(void)join(s, "ann", NULL);
	a = post(s, "/machine/map", update(s, NKEY_A, "desk"));
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, "");
	assert_int_equal(db_node_by_id(s->db, 1, s->mem, &n), ERR_OK);
	assert_string_equal(n.hostname, "desk");
	assert_holds(n.routes, "192.168.7.0/24");
}

static void
another_machine_learns_nothing_of_a_node(void **state)
{
	struct site *s = *state;
	struct ask a = { .group = GROUP_INNER,
		.method = "POST",
		.uri = "/machine/map",
		.machine = MKEY_B,
		.body = update(s, NKEY_A, "stolen") };
	struct answer foreign, unknown;
	struct node n;

	(void)join(s, "ann", NULL);
	foreign = ask_with(s, &a);
	a.body = update(s, NKEY_B, "stolen");
	unknown = ask_with(s, &a);
	assert_int_equal(foreign.status, 404);
	assert_int_equal(unknown.status, 404);
	assert_string_equal(foreign.body, unknown.body);
	assert_string_equal(foreign.body, "node not found\n");
	assert_int_equal(db_node_by_id(s->db, 1, s->mem, &n), ERR_OK);
	assert_string_equal(n.hostname, "laptop");
}

static void
an_account_of_a_machine_is_kept_short(void **state)
{
	struct site *s = *state;
	char details[2048];
	struct audit *rows;
	size_t count;

	(void)join(s, "ann", NULL);
	for (size_t i = 0; i + 2 < sizeof(details); i += 2)
		memcpy(details + i, "é", 2);
	details[sizeof(details) - 2] = '\0';
	assert_int_equal(
		post(s, "/machine/audit-log",
			arena_printf(s->mem,
				"{\"Version\":142,\"NodeKey\":\"" NKEY_A
				"\",\"Action\":\"DISCONNECT_NODE\","
				"\"Details\":\"%s\"}",
				details))
			.status,
		200);
	assert_int_equal(db_audits(s->db, 0, 1, s->mem, &rows, &count), ERR_OK);
	assert_string_equal(rows[0].actor, "node:1");
	assert_holds(rows[0].detail, "DISCONNECT_NODE é");
	assert_true(strlen(rows[0].detail) <= AUDIT_DETAIL_MAX);
	assert_int_equal(
		post(s, "/machine/audit-log", "{\"NodeKey\":\"" NKEY_B "\"}")
			.status,
		404);
}

static void
what_is_not_built_says_so_at_once(void **state)
{
	static const struct {
		const char *method, *uri;
		int status;
	} rows[] = {
		{ "POST", "/machine/set-dns", 501 },
		{ "POST", "/machine/id-token", 501 },
		{ "POST", "/machine/feature/query", 501 },
		{ "PATCH", "/machine/set-device-attr", 501 },
		{ "GET", "/machine/whoami", 501 },
		{ "GET", "/machine/tka/bootstrap", 501 },
		{ "GET", "/machine/tka/sync/offer", 501 },
		{ "POST", "/machine/webclient/init/1/to/2", 501 },
		{ "POST", "/machine/webclient/wait/1/to/2/3", 501 },
		{ "POST", "/machine/update-health", 200 },
		{ "GET", "/machine/ssh/action/1/to/2", 400 },
		{ "GET", "/machine/ssh/action/1/to/2?local_user=x", 404 },
		{ "GET", "/machine/register", 405 },
		{ "POST", "/machine/nothing", 404 },
		{ "GET", "/key", 404 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct answer a = ask(
			*state, GROUP_INNER, rows[i].method, rows[i].uri, NULL);

		if (a.status != rows[i].status)
			fail_msg("%s: %d", rows[i].uri, a.status);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_machine_with_a_key_joins_as_its_user),
		TEST(a_tagged_machine_owns_itself),
		TEST(every_member_of_the_answer_is_written),
		TEST(the_answer_of_a_registration_names_its_change),
		TEST(a_machine_without_a_key_gets_a_link),
		TEST(a_followup_waits_for_its_row),
		TEST(at_the_deadline_the_answer_is_final),
		TEST(an_approved_followup_is_answered_like_any_registration),
		TEST(a_rejection_is_final_and_says_why),
		TEST(a_node_key_of_another_machine_is_refused),
		TEST(bad_json_is_400_with_words),
		TEST(a_register_body_past_its_limit_is_413),
		TEST(a_lite_update_keeps_host_name_and_routes),
		TEST(another_machine_learns_nothing_of_a_node),
		TEST(an_account_of_a_machine_is_kept_short),
		TEST(what_is_not_built_says_so_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
