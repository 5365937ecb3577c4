/*
 * events_test.c: event streams of pages at a real worker (spec/pages.md 4.1):
 * who hears what, when, what is told again, and when a stream ends.
 */
#include "tests/worker/hear.h"

#include "db/change.h"
#include "db/health.h"
#include "db/live.h"
#include "db/ssh_check.h"
#include "worker/owed.h"

/* The longest that presence, and the end of a session, may take. */
enum {
	SOON_MS = 2000,
};

static int64_t admin_session;

static int
open_owner(void **state)
{
	struct trip *t;

	if (trip_open(state))
		return -1;
	t = *state;
	hear_role(t, t->site->user_id, ROLE_OWNER, USER_ACTIVE);
	admin_session = hear_session(t, t->site->user_id, clock_now());
	return 0;
}

#define events_test(name) \
	cmocka_unit_test_setup_teardown(name, open_owner, trip_close)

/* A stream of the owner; all that was before has been told. */
static struct hear *
open_admin(struct trip *t)
{
	hear_caught_up(t);
	return hear_open(t, "admin", admin_session);
}

static struct hear *
open_me(struct trip *t, int64_t session)
{
	hear_caught_up(t);
	return hear_open(t, "me", session);
}

/* Until the machine's presence was told. */
static void
hear_online(struct trip *t, struct hear *h, int64_t id)
{
	struct live live = { 0 };

	while (!live.online) {
		hear_until(h, hear_of(t, "machine", id));
		(void)db_live_by_node(t->site->db, id, t->mem, &live);
	}
}

static int64_t
add_user(struct trip *t, const char *name)
{
	struct user u = { .name = name };
	int64_t id;

	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_user_add(t->site->db, &u, &id), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	return id;
}

static int64_t
add_pending(struct trip *t, int64_t expires_at)
{
	static uint32_t count;
	struct pending p = { .code = "abcdef",
		.hostname = "newcomer",
		.address = "192.0.2.9",
		.capver = 142,
		.created_at = clock_now(),
		.expires_at = expires_at };
	int64_t id;

	count++;
	memcpy(p.auth_hash, &count, sizeof(count));
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_pending_add(t->site->db, &p, &id), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
	return id;
}

/* `count` copies of the fence, each with an owner; their ids follow. */
static int64_t
add_nodes(struct trip *t, int count, int64_t user_id)
{
	struct node n = trip_row(t, t->fence);
	struct key unused;
	int64_t id = 0;

	n.user_id = user_id;
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	for (int i = 0; i < count; i++) {
		assert_int_equal(key_new(&unused, &n.node_key), ERR_OK);
		assert_int_equal(key_new(&unused, &n.machine_key), ERR_OK);
		n.name =
			arena_printf(t->mem, "n%lld-%d", (long long)user_id, i);
		n.ipv4 = arena_printf(
			t->mem, "100.90.%d.%d", (int)user_id, i + 1);
		n.ipv6 = arena_printf(
			t->mem, "fd7a:115c:a1e0::%d:%x", (int)user_id, i + 1);
		assert_int_equal(db_node_add(t->site->db, &n, &id), ERR_OK);
	}
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
	return id - count + 1;
}

/* The statement ends in "WHERE id =". */
static void
exec(struct trip *t, const char *sql, int64_t id)
{
	hear_sql(t, arena_printf(t->mem, "%s %lld", sql, (long long)id));
}

/* ---- the answer ---- */

static void
the_answer_has_the_headers_of_its_class(void **state)
{
	static const char *const lines[] = { "Status: 200 OK",
		"Content-Type: text/event-stream\r\n",
		"Cache-Control: no-store\r\n", "X-Accel-Buffering: no\r\n",
		"Content-Security-Policy: default-src 'none'; "
		"frame-ancestors 'none'\r\n",
		"Referrer-Policy: no-referrer\r\n",
		"X-Content-Type-Options: nosniff\r\n",
		"X-Frame-Options: DENY\r\n",
		"Cross-Origin-Opener-Policy: same-origin\r\n",
		"Cross-Origin-Resource-Policy: same-origin\r\n",
		"Permissions-Policy: camera=(), geolocation=(), "
		"microphone=(), payment=(), usb=()" };
	struct trip *t = *state;
	struct hear *h = hear_open(t, "admin", admin_session);

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (!strstr(h->head, lines[i]))
			fail_msg("%s\nis not in\n%s", lines[i], h->head);
	assert_int_equal(site_metric(t->site, "event_streams"), 1);
	hear_close(h);
}

static void
what_is_no_stream_is_not_found(void **state)
{
	static const char *const paths[] = { "", "admin", "admin/", "admin/x",
		"admin/0", "admin/-1", "admin/1/2", "admin/1x", "/1",
		"adminx/1", "admi/1", "auths/1", "admin/99999999999999999999" };
	struct trip *t = *state;

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct hear *h = hear_begin(t, paths[i], NULL, "192.0.2.1");

		hear_block(h, "\r\n\r\n", WAIT_MS);
		if (!trip_starts(h->text, "Status: 404"))
			fail_msg("%s: %s", paths[i], h->text);
		hear_close(h);
	}
	assert_int_equal(site_metric(t->site, "event_streams"), 0);
}

static void
a_stream_is_read_by_get_alone(void **state)
{
	struct trip *t = *state;
	const struct scgi_var vars[] = { { "CONTENT_LENGTH", "0" },
		{ "SCGI", "1" }, { "REQUEST_METHOD", "POST" },
		{ "DOCUMENT_URI",
			arena_printf(t->mem, "/_worker/events/admin/%lld",
				(long long)admin_session) } };
	const char *said = site_scgi(t->site, vars, 4);

	assert_true(trip_starts(said, "Status: 405"));
	assert_non_null(strstr(said, "Allow: GET\r\n"));
}

/* ---- what is told ---- */

static void
each_kind_of_change_has_its_event(void **state)
{
	struct trip *t = *state;
	struct hear *h = open_admin(t);
	int64_t id = add_nodes(t, 1, t->site->user_id);

	hear_expect(h, hear_of(t, "machine", id));
	exec(t, "UPDATE node SET name = 'other' WHERE id =", id);
	hear_expect(h, hear_of(t, "machine", id));
	exec(t, "DELETE FROM node WHERE id =", id);
	hear_expect(h, hear_of(t, "machine", id));
	id = add_user(t, "bob");
	site_ring(t->site);
	hear_expect(h, hear_of(t, "user", id));
	hear_close(h);

	h = open_admin(t);
	exec(t, "UPDATE preauth_key SET description = 'x' WHERE id =", 1);
	hear_expect(h, "key 1");
	hear_sql(t, "UPDATE setting SET updated_at = updated_at + 1");
	hear_expect(h, "setting 0");
	id = add_pending(t, clock_now() + 900);
	hear_expect(h, hear_of(t, "registration", id));
	hear_expect(h, "strip");
	hear_quiet(t, h);
	hear_close(h);

	h = open_admin(t);
	hear_sql(t, "INSERT INTO audit (at, actor, action, subject) "
		    "VALUES (1, 'cli', 'x.done', 'user:1')");
	assert_true(trip_starts(hear_next(h, WAIT_MS), "audit "));
	hear_raise_fence(t);
	assert_true(trip_starts(hear_next(h, WAIT_MS), "policy "));
	hear_close(h);
}

static void
look_at_health(struct trip *t, enum health_state state, int64_t now)
{
	const struct health_row row = {
		.state = state, .what = "x", .remedy = ""
	};

	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(
		db_health_put(t->site->db, HEALTH_DISK, &row, now), ERR_OK);
	assert_int_equal(db_health_set_at(t->site->db, now), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
}

/* All open pages have the strip: a look that finds what it found before is no
 * reason to ask for them again. */
static void
the_strip_is_told_of_a_check_that_turns_and_of_no_other(void **state)
{
	struct trip *t = *state;
	int64_t now = clock_now();
	struct hear *h = open_admin(t);

	look_at_health(t, HEALTH_FAIL, now);
	assert_true(trip_starts(hear_next(h, WAIT_MS), "health "));
	hear_expect(h, "strip");
	look_at_health(t, HEALTH_FAIL, now + 1);
	assert_true(trip_starts(hear_next(h, WAIT_MS), "health "));
	hear_quiet(t, h);
	look_at_health(t, HEALTH_OK, now + 2);
	assert_true(trip_starts(hear_next(h, WAIT_MS), "health "));
	hear_expect(h, "strip");
	hear_close(h);
}

/* What an event names can be read by whoever hears it. */
static void
presence_is_told_within_two_seconds_and_when_it_can_be_read(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = trip_client(t, "laptop");
	struct hear *h;
	struct live live;
	int64_t begun;
	const char *event;
	struct node n;

	assert_int_equal(fake_connect(c, WAIT_MS), ERR_OK);
	trip_register(t, c, t->key);
	assert_int_equal(
		db_node_by_node_key(t->site->db, &c->node_public, t->mem, &n),
		ERR_OK);
	h = open_admin(t);
	event = hear_of(t, "machine", n.id);
	begun = clock_now_ms();
	trip_poll(c);
	hear_expect(h, event);
	assert_in_range(clock_now_ms() - begun, 0, SOON_MS);
	assert_int_equal(
		db_live_by_node(t->site->db, n.id, t->mem, &live), ERR_OK);
	assert_true(live.online);
	hear_quiet(t, h);
	hear_close(h);
}

static bool
has_endpoint(struct trip *t, int64_t id, const char *endpoint)
{
	struct live live;

	return !db_live_by_node(t->site->db, id, t->mem, &live) &&
	       strstr(live.endpoints, endpoint);
}

static void
a_machine_that_moves_is_told_to_nobody(void **state)
{
	static const char *moved = "192.0.2.99:41641";
	struct trip *t = *state;
	struct hear *h = open_admin(t);
	struct fake_client *c = trip_join(t, "laptop");
	struct fake_client *d = trip_client(t, "later");
	struct node n;

	hear_online(t, h, c->self.id);
	/* Both are on the way at the same time: `later` in the later batch. */
	assert_int_equal(fake_connect(d, WAIT_MS), ERR_OK);
	trip_register(t, d, t->key);
	assert_int_equal(
		db_node_by_node_key(t->site->db, &d->node_public, t->mem, &n),
		ERR_OK);
	hear_until(h, hear_of(t, "machine", n.id));
	c->endpoints = (struct json_texts){ &moved, 1 };
	assert_int_equal(fake_lite(c, WAIT_MS, NULL), ERR_OK);
	trip_poll(d);
	for (;;) {
		const char *got = hear_next(h, WAIT_MS);

		assert_string_not_equal(got, "");
		assert_string_not_equal(got, hear_of(t, "machine", c->self.id));
		if (strcmp(got, hear_of(t, "machine", n.id)) == 0)
			break;
	}
	assert_true(has_endpoint(t, c->self.id, moved));
	hear_quiet(t, h);
	hear_close(h);
}

static void
many_changes_of_one_row_at_once_are_told_once(void **state)
{
	struct trip *t = *state;
	struct hear *h = open_admin(t);
	struct db *db = t->site->db;

	assert_int_equal(db_begin(db), ERR_OK);
	for (int i = 0; i < 20; i++)
		assert_int_equal(
			db_exec(db, "UPDATE preauth_key SET uses = uses + 1"),
			ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	site_ring(t->site);
	hear_expect(h, "key 1");
	hear_quiet(t, h);
	hear_close(h);
}

static void
more_than_eight_in_a_second_become_one_reload(void **state)
{
	struct trip *t = *state;
	struct hear *h = hear_open(t, "admin", admin_session);

	add_nodes(t, EVENTS_A_SECOND + 1, t->site->user_id);
	hear_expect(h, "reload");
	hear_quiet(t, h);
	hear_close(h);
}

static void
eight_in_a_second_are_told_one_by_one(void **state)
{
	struct trip *t = *state;
	struct hear *h = hear_open(t, "admin", admin_session);
	int64_t id = add_nodes(t, EVENTS_A_SECOND, t->site->user_id);

	for (int i = 0; i < EVENTS_A_SECOND; i++)
		hear_expect(h, hear_of(t, "machine", id + i));
	hear_close(h);
}

static void
a_user_hears_of_own_machines_alone(void **state)
{
	struct trip *t = *state;
	int64_t bob = add_user(t, "bob"), eve = add_user(t, "eve");
	int64_t old = add_nodes(t, 1, bob), others = add_nodes(t, 1, eve);
	struct hear *h = hear_open(t, "me", hear_session(t, bob, clock_now()));

	exec(t, "UPDATE node SET name = 'else' WHERE id =", others);
	add_pending(t, clock_now() + 900);
	hear_raise_fence(t); /* users do not hear of it */
	exec(t, "UPDATE node SET name = 'mine' WHERE id =", old);
	hear_expect(h, hear_of(t, "machine", old));
	/* Given to eve, given back, and gone. */
	hear_sql(t, arena_printf(t->mem,
			    "UPDATE node SET user_id = %lld WHERE id = %lld",
			    (long long)eve, (long long)old));
	hear_expect(h, hear_of(t, "machine", old));
	exec(t, "UPDATE node SET name = 'hers' WHERE id =", old);
	hear_sql(t, arena_printf(t->mem,
			    "UPDATE node SET user_id = %lld WHERE id = %lld",
			    (long long)bob, (long long)others));
	hear_expect(h, hear_of(t, "machine", others));
	exec(t, "DELETE FROM node WHERE id =", others);
	hear_expect(h, hear_of(t, "machine", others));
	exec(t, "DELETE FROM node WHERE id =", old);
	exec(t, "UPDATE user SET display_name = 'B' WHERE id =", bob);
	hear_expect(h, hear_of(t, "user", bob));
	hear_close(h);
}

static void
a_user_hears_of_the_presence_of_own_machines_alone(void **state)
{
	struct trip *t = *state;
	int64_t bob = add_user(t, "bob");
	struct fake_client *c = trip_client(t, "his");
	struct hear *mine = open_me(t, admin_session);
	struct hear *his = open_me(t, hear_session(t, bob, clock_now()));
	struct fake_client *d = trip_join(t, "annes");
	struct node n;

	hear_online(t, mine, d->self.id);
	assert_int_equal(fake_connect(c, WAIT_MS), ERR_OK);
	trip_register(t, c,
		site_key(t->site, &(struct preauth_key){ .user_id = bob }));
	assert_int_equal(
		db_node_by_node_key(t->site->db, &c->node_public, t->mem, &n),
		ERR_OK);
	hear_expect(his, hear_of(t, "machine", n.id));
	trip_poll(c);
	hear_expect(his, hear_of(t, "machine", n.id));
	exec(t, "UPDATE user SET display_name = 'A' WHERE id =",
		t->site->user_id);
	hear_expect(mine, hear_of(t, "user", t->site->user_id));
	hear_close(mine);
	hear_close(his);
}

static void
a_user_hears_of_the_end_of_own_other_sessions(void **state)
{
	struct trip *t = *state;
	int64_t bob = add_user(t, "bob");
	int64_t here = hear_session(t, bob, clock_now());
	int64_t there = hear_session(t, bob, clock_now());
	struct hear *h = open_me(t, here);

	exec(t, "DELETE FROM web_session WHERE id =", admin_session);
	exec(t, "DELETE FROM web_session WHERE id =", there);
	hear_expect(h, hear_of(t, "user", bob));
	exec(t, "DELETE FROM web_session WHERE id =", here);
	hear_ends(h);
}

/* ---- registrations ---- */

static void
a_registration_is_told_to_its_page_alone_and_ends_it(void **state)
{
	struct trip *t = *state;
	int64_t mine = add_pending(t, clock_now() + 900);
	int64_t other = add_pending(t, clock_now() + 900);
	struct hear *h = hear_open(t, "register", mine);

	exec(t, "UPDATE pending SET state = 'rejected' WHERE id =", other);
	hear_raise_fence(t);
	exec(t, "UPDATE pending SET hostname = 'x' WHERE id =", mine);
	hear_expect(h, hear_of(t, "registration", mine));
	exec(t, "UPDATE pending SET state = 'rejected' WHERE id =", mine);
	hear_expect(h, hear_of(t, "registration", mine));
	hear_ends(h);
}

static void
a_page_of_a_registration_that_is_decided_is_told_so_at_once(void **state)
{
	struct trip *t = *state;
	int64_t id = add_pending(t, clock_now() + 900);
	struct hear *h;

	exec(t, "UPDATE pending SET state = 'rejected' WHERE id =", id);
	h = hear_open(t, "register", id);
	hear_expect(h, hear_of(t, "registration", id));
	hear_ends(h);
	hear_ends(hear_open(t, "register", id + 1)); /* there is none */
}

static void
a_machine_let_in_that_waits_for_an_admin_keeps_its_page(void **state)
{
	struct trip *t = *state;
	int64_t id = add_pending(t, clock_now() + 900);
	int64_t node = add_nodes(t, 1, t->site->user_id);
	struct hear *h = hear_open(t, "register", id);

	exec(t, "UPDATE node SET approved = 0 WHERE id =", node);
	hear_sql(t, arena_printf(t->mem,
			    "UPDATE pending SET state = 'approved', "
			    "node_id = %lld WHERE id = %lld",
			    (long long)node, (long long)id));
	hear_expect(h, hear_of(t, "registration", id));
	exec(t, "UPDATE node SET approved = 1 WHERE id =", node);
	hear_expect(h, hear_of(t, "registration", id));
	hear_ends(h);
}

static void
a_registration_whose_time_is_over_is_told(void **state)
{
	struct trip *t = *state;
	struct hear *h = open_admin(t), *page;
	int64_t id = add_pending(t, clock_now() + 2);

	page = hear_open(t, "register", id);
	hear_expect(h, hear_of(t, "registration", id));
	hear_expect(h, "strip");
	hear_expect(h, hear_of(t, "registration", id));
	hear_expect(h, "strip");
	hear_expect(page, hear_of(t, "registration", id));
	hear_ends(page);
	hear_close(h);
}

/* ---- SSH checks ---- */

static int64_t
add_check(struct trip *t, int64_t expires_at)
{
	static int made;
	struct ssh_check c = { .code = "",
		.login = "root",
		.src_name = "from",
		.dst_name = "to",
		.user_name = "ann",
		.expires_at = expires_at };

	c.auth_hash[0] = (uint8_t)++made;
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_ssh_check_add(t->site->db, &c, &c.id), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
	return c.id;
}

static void
a_check_is_told_to_its_page_and_to_admins_and_ends_its_page(void **state)
{
	struct trip *t = *state;
	int64_t mine = add_check(t, clock_now() + 900);
	int64_t other = add_check(t, clock_now() + 900);
	struct hear *h = hear_open(t, "auth", mine), *admin = open_admin(t);

	exec(t, "UPDATE ssh_check SET state = 'rejected' WHERE id =", other);
	hear_expect(admin, hear_of(t, "check", other));
	exec(t, "UPDATE ssh_check SET state = 'approved' WHERE id =", mine);
	hear_expect(h, hear_of(t, "check", mine));
	hear_ends(h);
	hear_expect(admin, hear_of(t, "check", mine));
	hear_close(admin);
	h = hear_open(t, "auth", add_check(t, clock_now() + 2));
	hear_expect(h, hear_of(t, "check", other + 1));
	hear_ends(h);
}

/* ---- the end ---- */

static void
a_stream_ends_within_two_seconds_of_its_session(void **state)
{
	struct trip *t = *state;
	struct hear *h = open_admin(t);
	int64_t begun = clock_now_ms();

	/* No bell: it was lost. */
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(
		db_web_session_end(t->site->db, admin_session), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	hear_ends(h);
	assert_in_range(clock_now_ms() - begun, 0, SOON_MS);
	assert_int_equal(site_metric(t->site, "event_streams"), 0);
}

static void
a_stream_ends_when_the_time_of_its_session_is_over(void **state)
{
	struct trip *t = *state;
	int64_t now = clock_now();
	int64_t used = hear_session(
		t, t->site->user_id, now - SESSION_IDLE_SECONDS + 2);
	int64_t idle = hear_session(
		t, t->site->user_id, now - SESSION_IDLE_SECONDS + 2);
	struct hear *stays = hear_open(t, "admin", used);
	struct hear *ends = hear_open(t, "me", idle);

	/* That it was used since is no change that anyone is told of. */
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_web_session_used(t->site->db, used, now), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	hear_ends(ends);
	assert_in_range(clock_now(), now + 2, now + 4);
	hear_quiet(t, stays);
	hear_close(stays);
}

static void
a_session_that_is_over_hears_nothing_but_bye(void **state)
{
	struct trip *t = *state;
	int64_t old = hear_session(
		t, t->site->user_id, clock_now() - SESSION_IDLE_SECONDS);

	hear_ends(hear_open(t, "admin", old));
	hear_ends(hear_open(t, "me", admin_session + 1000));
}

static void
who_loses_the_right_to_a_stream_loses_the_stream(void **state)
{
	struct trip *t = *state;
	int64_t bob = add_user(t, "bob");
	int64_t session = hear_session(t, bob, clock_now());
	struct hear *h, *own;

	hear_ends(hear_open(t, "admin", session)); /* a member */
	hear_role(t, bob, ROLE_AUDITOR, USER_ACTIVE);
	h = hear_open(t, "admin", session);
	own = hear_open(t, "me", session);
	hear_role(t, bob, ROLE_MEMBER, USER_ACTIVE);
	hear_expect(h, hear_of(t, "user", bob));
	hear_ends(h);
	hear_expect(own, hear_of(t, "user", bob));
	hear_role(t, bob, ROLE_MEMBER, USER_SUSPENDED);
	hear_expect(own, hear_of(t, "user", bob));
	hear_ends(own);
}

static void
the_oldest_of_five_streams_of_a_session_is_sent_away(void **state)
{
	struct trip *t = *state;
	struct hear *h[EVENTS_A_ROW + 1];

	for (int i = 0; i < EVENTS_A_ROW; i++)
		h[i] = hear_open(t, i % 2 ? "me" : "admin", admin_session);
	assert_int_equal(site_metric(t->site, "event_streams"), EVENTS_A_ROW);
	h[EVENTS_A_ROW] = hear_open(t, "admin", admin_session);
	hear_ends(h[0]);
	exec(t, "UPDATE user SET display_name = 'A' WHERE id =",
		t->site->user_id);
	for (int i = 1; i <= EVENTS_A_ROW; i++) {
		hear_expect(h[i], hear_of(t, "user", t->site->user_id));
		hear_close(h[i]);
	}
}

static const char *
refused(struct trip *t, const char *path, const char *from)
{
	struct hear *h = hear_begin(t, path, NULL, from);
	const char *head = hear_block(h, "\r\n\r\n", WAIT_MS);

	assert_non_null(head);
	hear_close(h);
	return head;
}

static void
of_one_address_sixteen_pages_of_registrations_are_served(void **state)
{
	struct trip *t = *state;
	struct hear *h[EVENTS_ADDRESS_MAX];
	int64_t id = 0;
	const char *path;

	for (int i = 0; i < EVENTS_ADDRESS_MAX; i++) {
		id = add_pending(t, clock_now() + 900);
		h[i] = hear_open(t, "register", id);
	}
	path = arena_printf(t->mem, "register/%lld",
		(long long)add_pending(t, clock_now() + 900));
	assert_true(trip_starts(refused(t, path, "192.0.2.1"), "Status: 503"));
	/* Another address, and who has a session, are not kept out. */
	assert_true(trip_starts(refused(t, path, "192.0.2.2"), "Status: 200"));
	hear_close(hear_open(t, "me", admin_session));
	for (int i = 0; i < EVENTS_ADDRESS_MAX; i++)
		hear_close(h[i]);
}

/* ---- coming back ---- */

static const char *
number(struct trip *t, int64_t id)
{
	return arena_printf(t->mem, "%lld", (long long)id);
}

static void
who_comes_back_is_told_what_he_missed(void **state)
{
	struct trip *t = *state;
	struct hear *h = open_admin(t);
	int64_t id = h->id, node;

	hear_close(h);
	node = add_nodes(t, 1, t->site->user_id);
	exec(t, "UPDATE preauth_key SET uses = 1 WHERE id =", 1);
	exec(t, "UPDATE preauth_key SET uses = 2 WHERE id =", 1);
	h = hear_again(t, "admin", admin_session, number(t, id));
	hear_expect(h, hear_of(t, "machine", node));
	hear_expect(h, "key 1");
	id = h->id;
	hear_quiet(t, h);
	hear_close(h);
	/* The number that the last event had is that of all of it. */
	h = hear_again(t, "admin", admin_session, number(t, id));
	assert_true(trip_starts(hear_next(h, WAIT_MS), "policy "));
	hear_quiet(t, h);
	hear_close(h);
}

/* A stream that was never told anything has its number from the greeting. */
static void
who_heard_nothing_yet_is_told_what_he_missed(void **state)
{
	struct trip *t = *state;
	struct hear *h = hear_open(t, "me", admin_session);
	int64_t id = h->id, bob = add_user(t, "bob");
	int64_t mine;

	hear_close(h);
	mine = add_nodes(t, 1, t->site->user_id);
	h = hear_again(t, "me", admin_session, number(t, id));
	hear_expect(h, hear_of(t, "machine", mine));
	id = h->id;
	hear_close(h);
	/* Another's machine may have been his at that time: nobody can tell. */
	add_nodes(t, 1, bob);
	h = hear_again(t, "me", admin_session, number(t, id));
	hear_expect(h, "reload");
	hear_close(h);
}

static void
who_comes_back_is_told_who_came_meanwhile(void **state)
{
	struct trip *t = *state;
	struct fake_client *c = trip_client(t, "laptop");
	struct hear *h, *witness;
	struct node n;
	int64_t id;

	assert_int_equal(fake_connect(c, WAIT_MS), ERR_OK);
	trip_register(t, c, t->key);
	assert_int_equal(
		db_node_by_node_key(t->site->db, &c->node_public, t->mem, &n),
		ERR_OK);
	h = open_admin(t);
	witness = hear_open(t, "me", admin_session);
	id = h->id;
	hear_close(h);
	trip_poll(c);
	hear_expect(witness, hear_of(t, "machine", n.id));
	h = hear_again(t, "admin", admin_session, number(t, id));
	hear_expect(h, hear_of(t, "machine", n.id));
	hear_quiet(t, h);
	hear_close(h);
	hear_close(witness);
}

static void
a_page_is_told_what_happened_since_it_was_made(void **state)
{
	struct trip *t = *state;
	struct scgi_var vars[] = { { "CONTENT_LENGTH", "0" }, { "SCGI", "1" },
		{ "REQUEST_METHOD", "GET" },
		{ "DOCUMENT_URI",
			arena_printf(t->mem, "/_worker/events/admin/%lld",
				(long long)admin_session) },
		{ "QUERY_STRING", NULL } };
	struct hear *h = open_admin(t);
	struct buf b;

	vars[4].value = arena_printf(t->mem, "since=%lld", (long long)h->id);
	hear_close(h);
	exec(t, "UPDATE preauth_key SET uses = 1 WHERE id =", 1);
	buf_init(&b, t->mem, 64 * 1024);
	scgi_put_head(&b, vars, 5);
	h = hear_greeted(hear_fd(t, site_dial(t->site, "worker.sock"),
		(struct bytes){ b.bytes, b.len }));
	hear_expect(h, "key 1");
	hear_close(h);
}

static void
who_missed_more_than_is_kept_reloads(void **state)
{
	struct trip *t = *state;
	struct hear *h = open_admin(t);
	int64_t id = h->id, gone;

	hear_close(h);
	exec(t, "UPDATE preauth_key SET uses = 1 WHERE id =", 1);
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(
		db_change_prune(t->site->db, clock_now() + 9, 1, &gone),
		ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	h = hear_again(t, "admin", admin_session, number(t, id));
	hear_expect(h, "reload");
	hear_quiet(t, h);
	hear_close(h);
}

static void
what_is_no_number_of_the_log_is_answered_with_reload(void **state)
{
	static const char *const hostile[] = { "-1", "x", "9223372036854775807",
		"99999999999999999999999", "1e3", "0x10", " 1", "1 ", "%s%n",
		"\xff\xfe", "1\nevent: evil", "1\r\n\r\nevent: evil" };
	struct trip *t = *state;
	char long_one[4097];

	memset(long_one, '7', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	for (size_t i = 0; i <= sizeof(hostile) / sizeof(*hostile); i++) {
		const char *last = i < sizeof(hostile) / sizeof(*hostile)
					   ? hostile[i]
					   : long_one;
		struct hear *h = hear_again(t, "admin", admin_session, last);

		hear_expect(h, "reload");
		assert_null(strstr(h->text, "evil"));
		hear_close(h);
	}
}

static void
after_a_restart_who_comes_back_is_told_what_he_missed(void **state)
{
	struct trip *t = *state;
	struct hear *h = open_admin(t);
	int64_t id = h->id;

	site_stop(t->site, SITE_WORKER);
	hear_expect(h, "closed"); /* without a bye */
	hear_close(h);
	exec(t, "UPDATE preauth_key SET uses = 1 WHERE id =", 1);
	site_start(t->site, SITE_WORKER);
	h = hear_again(t, "admin", admin_session, number(t, id));
	hear_expect(h, "key 1");
	hear_quiet(t, h);
	hear_close(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		events_test(the_answer_has_the_headers_of_its_class),
		events_test(what_is_no_stream_is_not_found),
		events_test(a_stream_is_read_by_get_alone),
		events_test(each_kind_of_change_has_its_event),
		events_test(
			the_strip_is_told_of_a_check_that_turns_and_of_no_other),
		events_test(
			presence_is_told_within_two_seconds_and_when_it_can_be_read),
		events_test(a_machine_that_moves_is_told_to_nobody),
		events_test(many_changes_of_one_row_at_once_are_told_once),
		events_test(more_than_eight_in_a_second_become_one_reload),
		events_test(eight_in_a_second_are_told_one_by_one),
		events_test(a_user_hears_of_own_machines_alone),
		events_test(a_user_hears_of_the_presence_of_own_machines_alone),
		events_test(a_user_hears_of_the_end_of_own_other_sessions),
		events_test(
			a_registration_is_told_to_its_page_alone_and_ends_it),
		events_test(
			a_page_of_a_registration_that_is_decided_is_told_so_at_once),
		events_test(
			a_machine_let_in_that_waits_for_an_admin_keeps_its_page),
		events_test(a_registration_whose_time_is_over_is_told),
		events_test(
			a_check_is_told_to_its_page_and_to_admins_and_ends_its_page),
		events_test(a_stream_ends_within_two_seconds_of_its_session),
		events_test(a_stream_ends_when_the_time_of_its_session_is_over),
		events_test(a_session_that_is_over_hears_nothing_but_bye),
		events_test(who_loses_the_right_to_a_stream_loses_the_stream),
		events_test(
			the_oldest_of_five_streams_of_a_session_is_sent_away),
		events_test(
			of_one_address_sixteen_pages_of_registrations_are_served),
		events_test(who_comes_back_is_told_what_he_missed),
		events_test(who_heard_nothing_yet_is_told_what_he_missed),
		events_test(who_comes_back_is_told_who_came_meanwhile),
		events_test(a_page_is_told_what_happened_since_it_was_made),
		events_test(who_missed_more_than_is_kept_reloads),
		events_test(
			what_is_no_number_of_the_log_is_answered_with_reload),
		events_test(
			after_a_restart_who_comes_back_is_told_what_he_missed),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
