/* cairn-worker: the process that stays. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/listen.h"
#include "base/log.h"
#include "base/own.h"
#include "db/noise_session.h"
#include "db/stat.h"
#include "tailnet/bell.h"
#include "tailnet/server_keys.h"
#include "worker/asks.h"
#include "worker/dns_watch.h"
#include "worker/events.h"
#include "worker/fanout.h"
#include "worker/inner.h"
#include "worker/jobs.h"
#include "worker/live.h"
#include "worker/now.h"
#include "worker/presence.h"
#include "worker/probe.h"
#include "worker/session.h"
#include "worker/sweep.h"
#include "worker/upgrade.h"
#include "worker/waits.h"

enum {
	BACKLOG = 4096,
	SCHEMA_WAIT_SECONDS = 30,
	DRAIN_MS = 500,
	DERP_REFRESH_SECONDS = 10,
};

static struct worker the_worker;
static uv_pipe_t server;
static uv_poll_t bell_poll;
static uv_timer_t second, drain_timer;
static uv_signal_t on_term, on_int;
static struct listen_socket entrance = { "worker.sock", 0660, -1, false };
static int bell_fd = -1;

static void
on_bell(uv_poll_t *p, int status, int events)
{
	(void)p;
	(void)events;
	if (status == 0)
		bell_drain(bell_fd);
	worker_catch_up(&the_worker);
}

/* DESIGN 1.1: touched each second, without fsync. */
static void
touch_alive(struct worker *w)
{
	const struct timespec times[2] = { { .tv_sec = now_held() },
		{ .tv_sec = now_held() } };
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/worker.alive", w->home);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0660);
	if (fd < 0)
		return;
	(void)futimens(fd, times);
	(void)close(fd);
}

/* Who was ended is not missed.  What it kills leaves the file behind. */
static void
end_alive(struct worker *w)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/worker.alive", w->home);
	(void)unlink(path);
}

/* Whoever cleans up the folder must not make every change a second late. */
static void
mend_bell(struct worker *w)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/bell.sock", w->home);
	if (access(path, F_OK) == 0 || bell_listen(w->home, &fd))
		return;
	uv_poll_stop(&bell_poll);
	(void)dup3(fd, bell_fd, O_CLOEXEC);
	close(fd);
	uv_poll_start(&bell_poll, UV_READABLE, on_bell);
	log_event(LOG_WARN, "bell.sock was gone and is there again");
}

static void
on_second(uv_timer_t *t)
{
	struct worker *w = t->data;
	int64_t now_ms = clock_now_ms(), now = now_held();

	if (now_tick())
		live_count_soon(w);
	touch_alive(w);
	mend_bell(w);
	worker_catch_up(w);
	sessions_tick(w, now_ms);
	upgrade_tick(now_ms);
	conn_sweep(now_ms);
	inner_tick(w->inner, now_ms);
	jobs_tick(w->jobs, now_ms);
	waits_tick(now);
	events_tick(w, now, now_ms);
	presence_tick(w, now_ms);
	snapshot_tick(w->snap, now);
	dns_watch_tick(w);
	if (now % DERP_REFRESH_SECONDS == 0)
		snapshot_derp_refresh(w->snap);
	live_tick(w);
}

static void
close_all(struct worker *w)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&w->open)))
		session_close(s, "server stops");
	while ((s = TAILQ_FIRST(&w->half_open)))
		session_close(s, "server stops");
	uv_stop(w->loop);
}

static void
on_drained(uv_timer_t *t)
{
	close_all(t->data);
}

/* Worker first: GOAWAY, a moment for the last answers, the last batch. */
static void
on_stop(uv_signal_t *sig, int number)
{
	struct worker *w = sig->data;
	struct session *s, *next;

	(void)number;
	if (w->draining) {
		close_all(w);
		return;
	}
	w->draining = true;
	log_event(LOG_INFO, "stopping", "sessions",
		log_int((long long)w->open_count));
	uv_close((uv_handle_t *)&server, NULL);
	jobs_stop(w->jobs);
	events_close();
	for (s = TAILQ_FIRST(&w->open); s; s = next) {
		next = TAILQ_NEXT(s, list);
		session_drain(s);
	}
	uv_timer_start(
		&drain_timer, on_drained, w->open_count ? DRAIN_MS : 1, 0);
}

static void
raise_file_limit(void)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &most) == 0) {
		most.rlim_cur = most.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &most);
	}
}

/* Older: another program is about to run `cairn init`, so wait a little. */
static enum err
open_db(const char *home, struct db **out)
{
	enum err e = db_open(home, out);

	for (int i = 0; (e == ERR_SCHEMA_OLD || e == ERR_NOT_FOUND) &&
			i < SCHEMA_WAIT_SECONDS * 10;
		i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
		e = db_open(home, out);
	}
	return e;
}

static void
on_elected(const struct snap_node *n, const char *route, bool wins)
{
	if (!wins)
		return;
	the_worker.counters.route_changes++;
	if (worker_may_log(clock_now_ms()))
		log_event(LOG_INFO, "router elected", "node",
			log_int((long long)n->id), "name", n->name, "route",
			route);
}

static enum err
set_up(struct worker *w)
{
	int64_t closed = 0, mark = 0;
	enum err e = open_db(w->home, &w->db);

	if (!e && db_stat_at(w->db, STAT_HEARTBEAT, &mark) == ERR_OK)
		now_begin(mark);
	w->started_at = now_held();
	if (!e)
		e = noise_keys_open(
			w->db, w->home, now_held(), w->scratch, &w->keys);
	if (!e)
		e = snapshot_load(w->snap, w->db);
	if (e)
		return e;
	snapshot_tick(w->snap, now_held());
	w->snap->elected = on_elected;
	w->writer = writer_new(w);
	if (!w->writer)
		return ERR_DB;
	e = writer_close_sessions(w->writer, now_held(), &closed);
	if (!e)
		e = db_noise_session_last(w->db, &w->session_last);
	presence_start(w);
	asks_start(w);
	return e;
}

static enum err
listen_all(struct worker *w)
{
	enum err e = listen_open(w->home, &entrance);

	if (!e)
		e = bell_listen(w->home, &bell_fd);
	if (e)
		return e;
	uv_pipe_init(w->loop, &server, 0);
	server.data = w;
	if (uv_pipe_open(&server, entrance.fd) != 0 ||
		uv_listen((uv_stream_t *)&server, BACKLOG, upgrade_accept) != 0)
		return ERR_IO;
	uv_poll_init(w->loop, &bell_poll, bell_fd);
	uv_poll_start(&bell_poll, UV_READABLE, on_bell);
	return ERR_OK;
}

static void
start_clocks(struct worker *w)
{
	uv_timer_init(w->loop, &second);
	uv_timer_init(w->loop, &drain_timer);
	uv_signal_init(w->loop, &on_term);
	uv_signal_init(w->loop, &on_int);
	second.data = drain_timer.data = on_term.data = on_int.data = w;
	uv_timer_start(&second, on_second, 1000, 1000);
	uv_signal_start(&on_term, on_stop, SIGTERM);
	uv_signal_start(&on_int, on_stop, SIGINT);
	fanout_start(w);
	probe_start(w);
	events_start(w);
}

static int
fail(const char *what, enum err e)
{
	log_event(LOG_ERROR, "cannot start", "what", what, "why",
		e == ERR_EXISTS ? "another worker answers there"
				: err_words(e));
	return 1;
}

static const char *
home_of(int argc, char **argv)
{
	const char *home = getenv("CAIRN_HOME");

	if (argc == 3 && strcmp(argv[1], "--home") == 0)
		return argv[2];
	return argc == 1 ? (home ? home : "run") : NULL;
}

int
main(int argc, char **argv)
{
	struct worker *w = &the_worker;
	enum err e;

	log_init("cairn-worker");
	w->home = home_of(argc, argv);
	if (!w->home) {
		(void)fprintf(stderr, "usage: cairn-worker [--home DIR]\n");
		return 1;
	}
	log_keep(w->home);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sodium_init() < 0)
		return fail("libsodium", ERR_CRYPTO);
	raise_file_limit();
	srand((unsigned)clock_now_ms());
	w->loop = uv_default_loop();
	w->scratch = arena_new();
	w->snap = snapshot_new(w->home);
	TAILQ_INIT(&w->half_open);
	TAILQ_INIT(&w->open);
	e = set_up(w);
	if (e)
		return fail("database", e);
	w->inner = inner_new(w);
	w->jobs = jobs_new(w);
	e = listen_all(w);
	if (e)
		return fail("worker.sock", e);
	start_clocks(w);
	touch_alive(w);
	log_event(LOG_INFO, "started", "nodes",
		log_int((long long)w->snap->node_count), "seq",
		log_int((long long)w->snap->seq));
	uv_run(w->loop, UV_RUN_DEFAULT);
	live_last(w);
	log_event(LOG_INFO, "stopped", (char *)0);
	entrance.fd = -1; /* the loop has closed it */
	listen_close(w->home, &entrance);
	bell_end(w->home, bell_fd);
	end_alive(w);
	return 0;
}
