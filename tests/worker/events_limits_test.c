/*
 * events_limits_test.c: event streams at their limits, and those that take
 * their time: silence, readers that stop, machines that leave.
 */
#include "tests/worker/hear.h"

#include <sys/resource.h>

#include "db/live.h"
#include "worker/conn.h"
#include "worker/presence.h"

enum {
	ROUNDS = 40,       /* of changes that a stalled reader leaves unread */
	NEAR_MS = 3 * 1000 /* a tick, and a busy machine */
};

static int64_t
owner_session(struct trip *t, const char *name)
{
	struct user u = { .name = name, .role = ROLE_OWNER };
	int64_t id;

	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_user_add(t->site->db, &u, &id), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	return hear_session(t, id, clock_now());
}

static struct hear *
open_admin(struct trip *t, const char *name)
{
	int64_t session = owner_session(t, name);

	hear_caught_up(t);
	return hear_open(t, "admin", session);
}

static void
allow_descriptors(void)
{
	struct rlimit most;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &most), 0);
	most.rlim_cur = most.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &most), 0);
	assert_true(most.rlim_max > EVENTS_MAX + 256);
}

static void
five_hundred_streams_are_served_and_no_more(void **state)
{
	struct trip *t = *state;
	struct hear *h[EVENTS_MAX], *one;
	int64_t session[EVENTS_MAX / EVENTS_A_ROW], late, before, begun;

	allow_descriptors();
	for (int i = 0; i < EVENTS_MAX / EVENTS_A_ROW; i++)
		session[i] =
			owner_session(t, arena_printf(t->mem, "user%d", i));
	late = owner_session(t, "late");
	hear_caught_up(t);
	before = site_worker_memory(t->site);
	for (int i = 0; i < EVENTS_MAX; i++)
		h[i] = hear_open(t, "admin", session[i / EVENTS_A_ROW]);
	assert_int_equal(site_metric(t->site, "event_streams"), EVENTS_MAX);
	print_message("a stream takes %lld bytes\n",
		(long long)(site_worker_memory(t->site) - before) / EVENTS_MAX);
	one = hear_begin(t, arena_printf(t->mem, "admin/%lld", (long long)late),
		NULL, "192.0.2.1");
	assert_non_null(hear_block(one, "\r\n\r\n", WAIT_MS));
	assert_true(trip_starts(one->text, "Status: 503"));
	assert_non_null(strstr(one->text, "Retry-After: 30"));
	hear_close(one);
	/* Who has four may change one for another. */
	one = hear_open(t, "admin", session[0]);
	hear_expect(h[0], "bye");
	begun = clock_now_ms();
	hear_sql(t, "UPDATE preauth_key SET uses = uses + 1");
	hear_expect(one, "key 1");
	for (int i = 1; i < EVENTS_MAX; i++)
		hear_expect(h[i], "key 1");
	print_message("all were told in %lld ms\n",
		(long long)(clock_now_ms() - begun));
	for (int i = 0; i < EVENTS_MAX; i++)
		hear_close(h[i]);
	hear_close(one);
}

/* Sessions are many: by them alone one person's tabs could be all there are. */
static void
a_user_has_fifty_streams_and_the_oldest_goes_for_one_more(void **state)
{
	struct trip *t = *state;
	struct user u = { .name = "tabs", .role = ROLE_OWNER };
	struct hear *h[EVENTS_A_USER + 1], *other;
	int64_t id, session = 0;

	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_user_add(t->site->db, &u, &id), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	other = open_admin(t, "other");
	for (int i = 0; i <= EVENTS_A_USER; i++) {
		if (i % EVENTS_A_ROW == 0) {
			session = hear_session(t, id, clock_now());
			hear_caught_up(t);
		}
		if (i == EVENTS_A_USER)
			assert_int_equal(site_metric(t->site, "event_streams"),
				EVENTS_A_USER + 1);
		h[i] = hear_open(t, i % 2 ? "me" : "admin", session);
	}
	hear_ends(h[0]);
	assert_int_equal(
		site_metric(t->site, "event_streams"), EVENTS_A_USER + 1);
	hear_sql(t, "UPDATE preauth_key SET uses = uses + 1");
	hear_expect(other, "key 1");
	for (int i = 2; i <= EVENTS_A_USER; i += 2)
		hear_expect(h[i], "key 1");
	for (int i = 1; i <= EVENTS_A_USER; i++)
		hear_close(h[i]);
	hear_close(other);
}

static void
a_silent_stream_hears_a_comment_each_twenty_seconds(void **state)
{
	struct trip *t = *state;
	struct hear *h = open_admin(t, "owner");
	int64_t begun = clock_now_ms(), took;

	assert_string_equal(hear_next(h, EVENTS_COMMENT_MS + WAIT_MS), ":");
	took = clock_now_ms() - begun;
	assert_in_range(
		took, EVENTS_COMMENT_MS - NEAR_MS, EVENTS_COMMENT_MS + NEAR_MS);
	hear_close(h);
}

static bool
is_closed_within(int fd, int64_t ms)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, (int)ms) == 1 && p.revents & (POLLRDHUP | POLLHUP);
}

/* What it leaves unread is a few kilobytes in the kernel and one payment. */
static void
who_stops_reading_is_closed_and_holds_nobody_up(void **state)
{
	struct trip *t = *state;
	struct hear *stalled = open_admin(t, "stalled");
	struct hear *reader = open_admin(t, "reader");
	size_t heard = 0;

	for (int i = 0; i < ROUNDS; i++) {
		hear_sql(t, "UPDATE preauth_key SET uses = uses + 1");
		hear_expect(reader, "key 1");
	}
	assert_true(is_closed_within(stalled->fd, CONN_STALL_MS + WAIT_MS));
	assert_int_equal(site_metric(t->site, "event_streams"), 1);
	while (strcmp(hear_next(stalled, WAIT_MS), "closed") != 0)
		heard++;
	assert_in_range(heard, 1, ROUNDS - 1);
	hear_close(stalled);
	hear_close(reader);
}

static void
a_machine_that_leaves_is_told_after_its_grace(void **state)
{
	struct trip *t = *state;
	struct hear *h = open_admin(t, "owner");
	struct fake_client *c = trip_join(t, "laptop");
	const char *event = hear_of(t, "machine", c->self.id);
	struct live live = { 0 };
	int64_t begun;

	while (!live.online) {
		hear_until(h, event);
		(void)db_live_by_node(t->site->db, c->self.id, t->mem, &live);
	}
	begun = clock_now_ms();
	fake_disconnect(c);
	hear_until(h, event);
	assert_in_range(clock_now_ms() - begun, GRACE_MS, GRACE_MS + NEAR_MS);
	assert_int_equal(
		db_live_by_node(t->site->db, c->self.id, t->mem, &live),
		ERR_OK);
	assert_false(live.online);
	hear_close(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		trip_test(five_hundred_streams_are_served_and_no_more),
		trip_test(
			a_user_has_fifty_streams_and_the_oldest_goes_for_one_more),
		trip_test(a_silent_stream_hears_a_comment_each_twenty_seconds),
		trip_test(who_stops_reading_is_closed_and_holds_nobody_up),
		trip_test(a_machine_that_leaves_is_told_after_its_grace),
	};

	return cmocka_run_group_tests_name("event limits", tests, NULL, NULL);
}
