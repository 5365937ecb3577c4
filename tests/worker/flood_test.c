/*
 * flood_test.c: tunnels that are begun and not gone on with, by the thousand:
 * the oldest are dropped, and who is in stays in (spec/reliability.md T6, T7).
 */
#include "tests/worker/attack.h"

#include "worker/session.h"
#include "worker/upgrade.h"

enum {
	FLOOD = 10000,
	THROUGH_NGINX = 2000,
	CLOSE_MS = 15 * 1000, /* ten seconds, and the tick after them */
};

static int
open_witnessed(void **state)
{
	trip_begin(state, SITE_WORKER | SITE_HANDLERS | SITE_NGINX);
	(void)trip_join(*state, "witness");
	trip_settle(*state);
	return 0;
}

static int
close_unharmed(void **state)
{
	trip_quiet(*state);
	return trip_close(state);
}

#define flood_test(name) \
	cmocka_unit_test_setup_teardown(name, open_witnessed, close_unharmed)

static int *
many_sockets(struct trip *t, size_t count)
{
	struct rlimit most;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &most), 0);
	most.rlim_cur = most.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &most), 0);
	if (most.rlim_max < count + 256)
		fail_msg("only %lu descriptors", (unsigned long)most.rlim_max);
	return arena_array(t->mem, count, sizeof(int));
}

static void
put(int fd, struct bytes out)
{
	assert_int_equal(
		fake_write(fd, out.at, out.len, clock_now_ms() + WAIT_MS),
		ERR_OK);
}

/* Two waits of ten seconds, at the same time. */
static void
who_says_nothing_for_ten_seconds_is_closed(void **state)
{
	struct trip *t = *state;
	int64_t begun = clock_now_ms();
	unsigned char in[NOISE_INITIATION_SIZE];
	int half_head = site_dial(t->site, "worker.sock");
	int silent = site_dial(t->site, "worker.sock"), after, trickle;
	struct bytes head;
	struct attack *a = attack_open(t); /* the handshake, then nothing */

	attack_initiation(t, in);
	head = attack_head(t->mem, in, sizeof(in));
	put(half_head, (struct bytes){ head.at, head.len / 2 });
	after = site_dial(t->site, "worker.sock");
	put(after, head);
	/* A byte of a record now and then is no record. */
	trickle = a->tunnel.fd;
	assert_int_equal(
		send(trickle, "\4", 1, MSG_NOSIGNAL | MSG_DONTWAIT), 1);
	trip_quiet(t);
	assert_true(is_closed_within(half_head, CLOSE_MS));
	assert_true(is_closed_within(silent, CLOSE_MS));
	assert_true(is_closed_within(after, CLOSE_MS));
	assert_true(is_closed_within(trickle, CLOSE_MS));
	assert_in_range(clock_now_ms() - begun, 9000, CLOSE_MS + 1000);
	assert_int_equal(site_metric(t->site, "sessions_half_open"), 0);
	close(half_head);
	close(silent);
	close(after);
	attack_close(a);
}

static void
of_ten_thousand_half_open_tunnels_the_newest_four_thousand_stay(void **state)
{
	struct trip *t = *state;
	int *fds = many_sockets(t, FLOOD);
	unsigned char in[NOISE_INITIATION_SIZE];
	int64_t begun = clock_now_ms(), memory = site_worker_memory(t->site);
	struct bytes head;

	attack_initiation(t, in);
	head = attack_head(t->mem, in, sizeof(in));
	for (int i = 0; i < FLOOD; i++) {
		fds[i] = site_dial(t->site, "worker.sock");
		put(fds[i], head);
		if (i % 2000 == 0)
			trip_quiet(t); /* in the midst of it */
	}
	trip_quiet(t);
	/* The newest is answered; of the others, those whose heads waited too
	 * long were dropped before. */
	assert_int_equal(
		poll(&(struct pollfd){ .fd = fds[FLOOD - 1], .events = POLLIN },
			1, WAIT_MS),
		1);
	assert_in_range(
		site_metric(t->site, "sessions_half_open"), 1, HALF_OPEN_MAX);
	assert_true(site_metric(t->site, "handshakes_total") > HALF_OPEN_MAX);
	assert_true(site_metric(t->site, "half_open_dropped_total") > 0);
	assert_true(is_closed_within(fds[0], WAIT_MS));
	print_message("%d half-open tunnels in %lld ms, %lld kB more\n", FLOOD,
		(long long)(clock_now_ms() - begun),
		(long long)(site_worker_memory(t->site) - memory) / 1024);
	/* The honest come in meanwhile. */
	(void)trip_join(t, "late");
	trip_settle(t);
	for (int i = 0; i < FLOOD; i++)
		close(fds[i]);
}

static void
of_ten_thousand_that_say_nothing_the_newest_thousand_stay(void **state)
{
	struct trip *t = *state;
	int *fds = many_sockets(t, FLOOD);

	for (int i = 0; i < FLOOD; i++)
		fds[i] = site_dial(t->site, "worker.sock");
	trip_quiet(t);
	assert_true(site_metric(t->site, "nodes") > 0); /* all were accepted */
	for (int i = 0; i < FLOOD - HEADS_MAX; i++)
		assert_true(is_closed_within(fds[i], HEAD_GRACE_MS + WAIT_MS));
	assert_false(is_closed_within(fds[FLOOD - 1], 0));
	(void)trip_join(t, "late");
	trip_settle(t);
	for (int i = 0; i < FLOOD; i++)
		close(fds[i]);
}

static struct bytes
http_head(struct trip *t)
{
	unsigned char in[NOISE_INITIATION_SIZE];
	char *text;

	attack_initiation(t, in);
	text = arena_printf(t->mem,
		"POST /ts2021 HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\n"
		"Content-Length: 0\r\nUpgrade: tailscale-control-protocol\r\n"
		"X-Tailscale-Handshake: %s\r\n\r\n",
		text_base64(t->mem, in, sizeof(in)));
	return (struct bytes){ (unsigned char *)text, strlen(text) };
}

static void
two_thousand_half_open_tunnels_through_nginx_keep_nobody_out(void **state)
{
	struct trip *t = *state;
	int *fds = many_sockets(t, THROUGH_NGINX);
	struct bytes head = http_head(t);
	struct fake_client *late;

	for (int i = 0; i < THROUGH_NGINX; i++) {
		assert_int_equal(fake_dial(&t->site->nginx, &fds[i]), ERR_OK);
		put(fds[i], head);
	}
	late = trip_client(t, "late");
	late->target = t->site->nginx;
	assert_int_equal(fake_connect(late, WAIT_MS), ERR_OK);
	trip_register(t, late, t->key);
	trip_poll(late);
	trip_settle(t);
	assert_in_range(
		site_metric(t->site, "sessions_half_open"), 1, HALF_OPEN_MAX);
	/* After a restart so many come at once: none has come for nothing. */
	assert_int_equal(site_metric(t->site, "half_open_dropped_total"), 0);
	assert_true(is_closed_within(fds[0], CLOSE_MS));
	for (int i = 0; i < THROUGH_NGINX; i++)
		close(fds[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		flood_test(who_says_nothing_for_ten_seconds_is_closed),
		flood_test(
			of_ten_thousand_half_open_tunnels_the_newest_four_thousand_stay),
		flood_test(
			of_ten_thousand_that_say_nothing_the_newest_thousand_stay),
		flood_test(
			two_thousand_half_open_tunnels_through_nginx_keep_nobody_out),
	};

	return cmocka_run_group_tests_name("floods", tests, NULL, NULL);
}
