/*
 * worker.h: what the parts of the worker share.
 *
 * One process, one thread, one loop.  The database is read on the loop (WAL:
 * never blocked); writes go to one work item at a time on a connection of their
 * own (worker/live).
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <sys/queue.h>
#include <uv.h>

#include "base/arena.h"
#include "db/db.h"
#include "tailnet/server_keys.h"
#include "tailnet/snapshot.h"

struct session;
struct inner;
struct jobs;
struct waits;
struct writer;

TAILQ_HEAD(session_list, session);

/* What /metrics shows; a row each in worker/stat.c. */
struct counters {
	int64_t handshakes, handshakes_old_key, handshakes_failed;
	int64_t half_open_dropped;
	int64_t map_streams_started, map_full, map_delta, map_self;
	int64_t map_keepalives, map_bytes, lite_updates, lite_noop;
	int64_t register_limited, request_limited, inner_requests, inner_failed;
	int64_t sessions_opened, sessions_closed;
	int64_t event_streams_started, events;
	int64_t jobs, jobs_failed;
	int64_t probes, probes_lost, route_changes;
};

struct worker {
	uv_loop_t *loop;
	const char *home;
	struct db *db; /* reads only */
	struct snapshot *snap;
	struct noise_keys keys;
	bool keys_changed;             /* they are read anew */
	struct arena *scratch;         /* of the event that is being handled */
	struct session_list half_open; /* oldest first */
	struct session_list open;
	size_t half_open_count, open_count, stream_count;
	struct inner *inner;
	struct jobs *jobs;
	struct waits *waits;
	struct writer *writer;
	struct counters counters;
	int64_t started_at;
	int64_t session_last; /* id of the newest noise_session */
	bool draining;
};

enum {
	LOGS_A_SECOND = 50, /* about what strangers do wrong */
};

/* Lines that a stranger can cause are rationed, so that he cannot fill a disk;
 * what was left out is counted in a line of its own. */
bool worker_may_log(int64_t now_ms);

/* Reads the change log and lets everyone know: after a bell, each second, and
 * before an inner answer is forwarded. */
void worker_catch_up(struct worker *w);

#endif
