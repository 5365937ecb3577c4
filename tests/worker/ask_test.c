/*
 * ask_test.c: what machines are asked over their streams, and what becomes of
 * what they answer (tailnet/ask.h).
 */
#include "tests/worker/hear.h"

#include "base/text.h"
#include "db/audit.h"
#include "db/live.h"
#include "tailnet/ask.h"
#include "worker/stream.h"

/* Until node_live has it: whoever is not connected is not asked. */
static void
wait_online(struct trip *t, const struct fake_client *c)
{
	int64_t end = clock_now_ms() + WAIT_MS;
	struct live live = { 0 };

	while (!live.online && clock_now_ms() < end) {
		(void)db_live_by_node(t->site->db, c->self.id, t->mem, &live);
		(void)poll(NULL, 0, 10);
	}
	assert_true(live.online);
}

static struct fake_client *
join(struct trip *t, const char *name)
{
	struct fake_client *c = trip_join(t, name);

	wait_online(t, c);
	return c;
}

static enum err
try_ask(struct trip *t, const struct fake_client *c, const char *kind,
	int64_t target, int64_t *id)
{
	enum err e = tailnet_ask(t->site->db,
		&(struct ask_wish){ .node_id = c->self.id,
			.kind = kind,
			.target = target,
			.now = clock_now(),
			.now_ms = clock_now_ms(),
			.actor = "test" },
		id);

	site_ring(t->site);
	return e;
}

/* A question on its way, as the client gets it. */
struct question {
	int64_t id;
	const char *path, *types, *ip, *payload;
};

static bool
next_question(struct trip *t, struct fake_client *c, struct question *q)
{
	struct fake_message *m;

	for (;;) {
		const struct tailcfg_ping_request *p;

		assert_int_equal(fake_map_next(c, WAIT_MS, &m), ERR_OK);
		p = m->response.ping_request;
		if (p)
			break;
		fake_message_free(m);
	}
	assert_true(m->response.keep_alive);
	assert_true(m->response.ping_request->url_is_noise);
	assert_true(text_starts(
		m->response.ping_request->url, "https://unused/machine/c2n/"));
	q->path = arena_strdup(t->mem,
		m->response.ping_request->url + strlen("https://unused"));
	q->types = arena_strdup(t->mem, m->response.ping_request->types);
	q->ip = m->response.ping_request->ip
			? arena_strdup(t->mem, m->response.ping_request->ip)
			: "";
	q->payload = "";
	if (m->response.ping_request->payload) {
		struct bytes raw;

		assert_int_equal(
			text_unbase64(t->mem, m->response.ping_request->payload,
				&raw),
			ERR_OK);
		q->payload = arena_printf(
			t->mem, "%.*s", (int)raw.len, (const char *)raw.at);
	}
	fake_message_free(m);
	return true;
}

static struct question
ask(struct trip *t, struct fake_client *c, const char *kind)
{
	struct question q = { 0 };
	int64_t id = 0;

	assert_int_equal(try_ask(t, c, kind, 0, &id), ERR_OK);
	(void)next_question(t, c, &q);
	q.id = id;
	return q;
}

static int
post(struct trip *t, struct fake_client *c, const char *path, const char *body)
{
	struct fake_answer a;
	int32_t stream;

	assert_int_equal(fake_start(c, "POST", path,
				 (struct bytes){ (const unsigned char *)body,
					 strlen(body) },
				 &stream),
		ERR_OK);
	assert_int_equal(fake_wait(c, stream, WAIT_MS, t->mem, &a), ERR_OK);
	return a.status;
}

static const char *
http(struct trip *t, int status, const char *body)
{
	return arena_printf(t->mem,
		"HTTP/1.1 %d Words\r\nConnection: close\r\n\r\n%s", status,
		body);
}

static struct ask_row
row(struct trip *t, int64_t id)
{
	struct ask_row a;

	assert_int_equal(db_ask_by_id(t->site->db, id, t->mem, &a), ERR_OK);
	return a;
}

static const char *
echo_of(struct trip *t, const struct question *q)
{
	return http(t, 200, strstr(q->payload, "\r\n\r\n") + 4);
}

static void
a_machine_is_pinged_by_an_echo_of_its_own(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a");
	struct question q = ask(t, c, "ping"), second;

	assert_string_equal(q.types, "c2n");
	assert_true(text_starts(q.payload, "POST /echo HTTP/1.1\r\n"));
	assert_int_equal(post(t, c, q.path, echo_of(t, &q)), 200);
	assert_int_equal(row(t, q.id).state, ASK_ANSWERED);
	second = ask(t, c, "ping");
	assert_string_not_equal(second.path, q.path);
	assert_string_not_equal(second.payload, q.payload);
}

static void
an_echo_of_something_else_is_no_answer_to_the_question(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a");
	struct question first = ask(t, c, "ping"), q = ask(t, c, "ping");

	assert_int_equal(post(t, c, q.path, echo_of(t, &first)), 200);
	assert_int_equal(row(t, q.id).state, ASK_REFUSED);
	assert_int_equal(row(t, first.id).state, ASK_OPEN);
}

/* The words are the row's alone. */
static void
a_question_is_answered_once_by_whom_it_was_asked(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a"), *other = join(t, "b");
	struct question q = ask(t, c, "ping");
	char *forged = arena_strdup(t->mem, q.path);
	char *last = forged + strlen(forged) - 1;

	*last = *last == '0' ? '1' : '0';
	assert_int_equal(post(t, other, q.path, echo_of(t, &q)), 404);
	assert_int_equal(post(t, c, forged, echo_of(t, &q)), 404);
	assert_int_equal(post(t, c, "/machine/c2n/1", echo_of(t, &q)), 404);
	assert_int_equal(post(t, c, "/machine/c2n/.", echo_of(t, &q)), 404);
	assert_int_equal(
		post(t, c,
			arena_printf(t->mem, "/machine/c2n/%lld%s",
				(long long)q.id + 1, strchr(q.path, '.')),
			echo_of(t, &q)),
		404);
	assert_int_equal(row(t, q.id).state, ASK_OPEN);
	assert_int_equal(post(t, c, q.path, echo_of(t, &q)), 200);
	assert_int_equal(post(t, c, q.path, http(t, 500, "no")), 404);
	assert_int_equal(row(t, q.id).state, ASK_ANSWERED);
}

/* It came by another tunnel: since 1.90 each authority has its own. */
static void
the_answer_may_come_by_another_tunnel_of_the_machine(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a"), *twin = trip_client(t, "a2");
	struct question q = ask(t, c, "ping");

	twin->machine = c->machine;
	assert_int_equal(fake_connect(twin, WAIT_MS), ERR_OK);
	assert_int_equal(post(t, twin, q.path, echo_of(t, &q)), 200);
	assert_int_equal(row(t, q.id).state, ASK_ANSWERED);
}

static struct ask_row
wait_end(struct trip *t, int64_t id)
{
	struct ask_row a = row(t, id);

	int64_t end = clock_now_ms() + WAIT_MS;

	while (a.state == ASK_OPEN && clock_now_ms() < end) {
		(void)poll(NULL, 0, 20);
		a = row(t, id);
	}
	return a;
}

static void
who_says_nothing_is_silent_in_time_and_late_words_do_not_count(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a");
	struct question q = ask(t, c, "ping");
	struct ask_row a = wait_end(t, q.id);

	assert_int_equal(a.state, ASK_SILENT);
	assert_in_range(a.ended_at - a.asked_at, ASK_SHORT_SECONDS,
		ASK_SHORT_SECONDS + 3);
	assert_int_equal(post(t, c, q.path, echo_of(t, &q)), 404);
	assert_int_equal(row(t, q.id).state, ASK_SILENT);
}

static const char *
body_of(struct trip *t, size_t len)
{
	const char *head = http(t, 200, "");
	char *text = arena_alloc(t->mem, len + 1);

	memset(text, 'x', len);
	memcpy(text, head, strlen(head));
	text[len] = '\0';
	return text;
}

static void
an_answer_past_its_limit_is_told_and_not_kept(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a");
	struct question q = ask(t, c, "health");

	assert_int_equal(post(t, c, q.path, body_of(t, BODY_MAX + 1)), 200);
	assert_int_equal(row(t, q.id).state, ASK_REFUSED);
	assert_string_equal(row(t, q.id).answer,
		"{\"refused\":\"the answer is empty, or too large\"}");
	q = ask(t, c, "health");
	assert_int_equal(post(t, c, q.path, body_of(t, BODY_MAX)), 200);
	assert_string_equal(row(t, q.id).answer,
		"{\"refused\":\"the answer makes no sense\"}");
}

static void
who_does_not_know_the_question_says_so(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a");
	struct question q = ask(t, c, "health");

	assert_int_equal(
		post(t, c, q.path, http(t, 400, "unknown c2n path\n")), 200);
	assert_int_equal(row(t, q.id).state, ASK_REFUSED);
	assert_string_equal(row(t, q.id).answer,
		"{\"refused\":\"this client does not know the question; 1.90 or "
		"newer does\"}");
}

static void
preferences_are_kept_without_what_is_the_machine_s_own(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a");
	struct question q = ask(t, c, "prefs");

	assert_true(text_starts(q.payload, "GET /debug/prefs HTTP/1.1\r\n"));
	assert_int_equal(
		post(t, c, q.path,
			http(t, 200,
				"{\"ControlURL\":\"https://example.org\","
				"\"RouteAll\":true,\"Config\":{\"PrivateNodeKey"
				"\":\"privkey:11\"},\"DriveShares\":[{\"Path\":"
				"\"/home/ann\"}],\"AdvertiseTags\":[\"tag:a\"]"
				"}\n")),
		200);
	assert_string_equal(row(t, q.id).answer,
		"{\"ControlURL\":\"https://example.org\",\"RouteAll\":\"true\","
		"\"AdvertiseTags\":\"[\\\"tag:a\\\"]\"}");
}

static void
what_is_read_of_a_machine_stands_in_the_audit_log(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a");
	struct audit *rows;
	size_t count;

	(void)ask(t, c, "ping");
	assert_int_equal(
		db_audits(t->site->db, 0, 1, t->mem, &rows, &count), ERR_OK);
	assert_string_not_equal(rows[0].action, "machine.asked");
	(void)ask(t, c, "prefs");
	assert_int_equal(
		db_audits(t->site->db, 0, 1, t->mem, &rows, &count), ERR_OK);
	assert_string_equal(rows[0].action, "machine.asked");
	assert_string_equal(rows[0].detail, "prefs");
	assert_string_equal(rows[0].actor, "test");
}

static void
complaints_are_kept_by_their_words(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a");
	struct question q = ask(t, c, "health");

	assert_int_equal(
		post(t, c, q.path,
			http(t, 200,
				"{\"Warnings\":{\"no-derp-home\":{\"Title\":"
				"\"No home relay\",\"Text\":\"Cannot be "
				"reached\",\"Args\":{\"k\":\"v\"}}}}")),
		200);
	assert_string_equal(row(t, q.id).answer,
		"{\"no-derp-home\":\"Cannot be reached\"}");
	q = ask(t, c, "health");
	assert_int_equal(post(t, c, q.path, http(t, 200, "null\n")), 200);
	assert_int_equal(row(t, q.id).state, ASK_REFUSED);
	q = ask(t, c, "health");
	assert_int_equal(
		post(t, c, q.path, http(t, 200, "{\"Warnings\":null}\n")), 200);
	assert_int_equal(row(t, q.id).state, ASK_ANSWERED);
	assert_string_equal(row(t, q.id).answer, "{}");
}

static void
one_machine_pings_another_for_the_server(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a"), *other = join(t, "b");
	struct question q;
	int64_t id;

	assert_int_equal(try_ask(t, c, "TSMP", c->self.id, &id), ERR_NOT_FOUND);
	assert_int_equal(try_ask(t, c, "TSMP", 0, &id), ERR_NOT_FOUND);
	assert_int_equal(try_ask(t, c, "TSMP", other->self.id, &id), ERR_OK);
	(void)next_question(t, c, &q);
	assert_string_equal(q.types, "TSMP");
	assert_string_equal(q.payload, "");
	assert_string_equal(
		arena_printf(t->mem, "%s/32", q.ip), other->self.address);
	assert_int_equal(
		post(t, c, q.path,
			"{\"Type\":\"TSMP\",\"IP\":\"100.64.0.2\",\"NodeName\":"
			"\"b\",\"LatencySeconds\":0.0123,\"DERPRegionCode\":"
			"\"hq\"}"),
		200);
	assert_int_equal(row(t, id).state, ASK_ANSWERED);
	assert_string_equal(row(t, id).answer,
		"{\"latency\":\"12.3 ms\",\"from\":\"b\","
		"\"by the relay\":\"hq\"}");
}

static void
who_is_not_connected_is_not_asked(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = trip_client(t, "away");
	int64_t id;

	c->self.id = t->fence;
	assert_int_equal(try_ask(t, c, "ping", 0, &id), ERR_OFFLINE);
	c->self.id = 99999;
	assert_int_equal(try_ask(t, c, "ping", 0, &id), ERR_NOT_FOUND);
	assert_int_equal(try_ask(t, c, "netmap", 0, &id), ERR_BAD_INPUT);
}

static void
a_machine_has_so_many_open_questions_and_no_more(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a");
	struct question q[ASKS_OPEN_MAX];
	int64_t id;

	for (int i = 0; i < ASKS_OPEN_MAX; i++)
		q[i] = ask(t, c, "prefs");
	assert_int_equal(try_ask(t, c, "ping", 0, &id), ERR_RATE);
	assert_int_equal(post(t, c, q[0].path, http(t, 500, "no")), 200);
	assert_string_equal(row(t, q[0].id).answer, "{\"refused\":\"500 no\"}");
	assert_int_equal(try_ask(t, c, "ping", 0, &id), ERR_OK);
}

static void
a_machine_keeps_its_newest_questions(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a");
	struct ask_row *rows;
	size_t count;

	for (int i = 0; i < ASKS_KEPT + 1; i++) {
		struct question q = ask(t, c, "ping");

		assert_int_equal(post(t, c, q.path, echo_of(t, &q)), 200);
	}
	assert_int_equal(
		db_asks(t->site->db, c->self.id, 100, t->mem, &rows, &count),
		ERR_OK);
	assert_int_equal(count, ASKS_KEPT);
}

/* What it is told then is what any other is. */
static void
a_machine_that_is_asked_is_told_nothing_else(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a"), *other = join(t, "b");

	(void)other;
	trip_settle(t);
	(void)ask(t, c, "ping");
	trip_quiet(t);
}

static void
the_page_of_the_machine_hears_of_question_and_answer(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = join(t, "a");
	int64_t session;
	struct question q;
	struct hear *h;

	hear_role(t, t->site->user_id, ROLE_OWNER, USER_ACTIVE);
	session = hear_session(t, t->site->user_id, clock_now());
	hear_caught_up(t);
	h = hear_open(t, "admin", session);
	q = ask(t, c, "ping");
	hear_until(h, hear_of(t, "machine", c->self.id));
	assert_int_equal(post(t, c, q.path, echo_of(t, &q)), 200);
	hear_until(h, hear_of(t, "machine", c->self.id));
	hear_close(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		trip_test(a_machine_is_pinged_by_an_echo_of_its_own),
		trip_test(
			an_echo_of_something_else_is_no_answer_to_the_question),
		trip_test(a_question_is_answered_once_by_whom_it_was_asked),
		trip_test(the_answer_may_come_by_another_tunnel_of_the_machine),
		trip_test(
			who_says_nothing_is_silent_in_time_and_late_words_do_not_count),
		trip_test(an_answer_past_its_limit_is_told_and_not_kept),
		trip_test(who_does_not_know_the_question_says_so),
		trip_test(
			preferences_are_kept_without_what_is_the_machine_s_own),
		trip_test(what_is_read_of_a_machine_stands_in_the_audit_log),
		trip_test(complaints_are_kept_by_their_words),
		trip_test(one_machine_pings_another_for_the_server),
		trip_test(who_is_not_connected_is_not_asked),
		trip_test(a_machine_has_so_many_open_questions_and_no_more),
		trip_test(a_machine_keeps_its_newest_questions),
		trip_test(a_machine_that_is_asked_is_told_nothing_else),
		trip_test(the_page_of_the_machine_hears_of_question_and_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
