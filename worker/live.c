#include "worker/live.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "db/live.h"
#include "db/noise_session.h"
#include "db/stat.h"
#include "worker/dns_watch.h"
#include "worker/events.h"
#include "worker/now.h"
#include "worker/stat.h"
#include "worker/sweep.h"

enum {
	LIVE_AT_ONCE = 5000, /* rows of one batch */
	SESSIONS_AT_ONCE = 5000,
	STAT_SECONDS = 10,
	CHECKPOINT_SECONDS = 5,
};

struct session_event {
	struct noise_session row; /* ended_at 0: it began */
};

struct batch {
	struct arena *mem;
	struct live *lives;
	size_t live_count;
	struct session_event *events;
	size_t event_count;
	struct stat_list stats;
	struct sweep_list sweep;
	bool checkpoint;
	int64_t now;
	enum err result, swept;
};

struct writer {
	uv_work_t work;
	struct worker *worker;
	struct db *db;
	struct batch batch;
	bool busy;
	struct session_event *events; /* not yet in a batch; texts literal or
					 in the ring below */
	char (*addresses)[46];
	size_t event_count, event_room;
	int64_t stat_at, checkpoint_at;
};

struct writer *
writer_new(struct worker *w)
{
	struct writer *wr = own_alloc(sizeof(*wr));

	wr->worker = w;
	if (db_open(w->home, &wr->db)) {
		free(wr);
		return NULL;
	}
	return wr;
}

void
writer_free(struct writer *wr)
{
	if (!wr)
		return;
	db_close(wr->db);
	free(wr->events);
	free(wr->addresses);
	free(wr);
}

enum err
writer_close_sessions(struct writer *wr, int64_t now, int64_t *count)
{
	enum err e = db_begin(wr->db);

	if (!e)
		e = db_noise_session_end_all(
			wr->db, now, "worker restarted", count);
	if (!e)
		e = db_stat_put(
			wr->db, STAT_HEARTBEAT, wr->worker->snap->seq, now);
	return db_end(wr->db, e);
}

/* A flood of sessions while the disk hangs must not eat the memory. */
static void
add_event(struct writer *wr, const struct session *s, int64_t ended_at,
	const char *why)
{
	struct session_event *ev;

	if (wr->event_count >= 4 * SESSIONS_AT_ONCE)
		return;
	if (wr->event_count == wr->event_room) {
		wr->event_room = wr->event_room ? 2 * wr->event_room : 64;
		wr->events = own_grow(
			wr->events, wr->event_room, sizeof(*wr->events));
		wr->addresses = own_grow(
			wr->addresses, wr->event_room, sizeof(*wr->addresses));
	}
	ev = &wr->events[wr->event_count];
	memset(ev, 0, sizeof(*ev));
	memcpy(wr->addresses[wr->event_count], s->address, sizeof(s->address));
	ev->row.id = s->id;
	ev->row.machine_key = s->machine_key;
	ev->row.capver = s->capver;
	memcpy(ev->row.hash, s->hash, sizeof(s->hash));
	ev->row.started_at = now_held();
	ev->row.ended_at = ended_at;
	ev->row.reason = why;
	wr->event_count++;
}

void
live_session_begin(struct worker *w, const struct session *s)
{
	if (w->writer)
		add_event(w->writer, s, 0, NULL);
}

void
live_session_end(struct worker *w, const struct session *s, const char *why)
{
	if (w->writer)
		add_event(w->writer, s, now_held(), why);
}

static struct live
live_row(struct arena *mem, const struct snap_node *n)
{
	return (struct live){
		.node_id = n->id,
		.endpoints = arena_strdup(mem, n->endpoints),
		.disco_key = n->disco_key,
		.home_derp = n->home_derp,
		.capver = n->capver,
		.hostinfo = n->hostinfo ? arena_strdup(mem, n->hostinfo) : NULL,
		.online = n->online,
		.online_since = n->online_since,
		.last_seen = n->last_seen,
		.primary_routes = arena_strdup(mem, n->primary_routes),
		.routing = n->routing,
	};
}

static void
take_lives(struct snapshot *s, struct batch *b)
{
	struct snap_node *n;

	b->lives = arena_array(b->mem, LIVE_AT_ONCE, sizeof(struct live));
	while (b->live_count < LIVE_AT_ONCE && (n = TAILQ_FIRST(&s->dirty))) {
		TAILQ_REMOVE(&s->dirty, n, dirty);
		n->live_dirty = false;
		b->lives[b->live_count++] = live_row(b->mem, n);
	}
}

static void
take_events(struct writer *wr, struct batch *b)
{
	size_t count = wr->event_count < SESSIONS_AT_ONCE ? wr->event_count
							  : SESSIONS_AT_ONCE;

	b->events =
		arena_array(b->mem, count + 1, sizeof(struct session_event));
	for (size_t i = 0; i < count; i++) {
		b->events[i] = wr->events[i];
		b->events[i].row.address =
			arena_strdup(b->mem, wr->addresses[i]);
	}
	b->event_count = count;
	wr->event_count -= count;
	if (!wr->event_count)
		return;
	memmove(wr->events, wr->events + count,
		wr->event_count * sizeof(*wr->events));
	memmove(wr->addresses, wr->addresses + count,
		wr->event_count * sizeof(*wr->addresses));
}

static void
collect(struct worker *w, struct batch *b)
{
	struct writer *wr = w->writer;

	memset(b, 0, sizeof(*b));
	b->mem = arena_new();
	b->now = now_held();
	take_lives(w->snap, b);
	take_events(wr, b);
	if (b->now - wr->stat_at >= STAT_SECONDS) {
		wr->stat_at = b->now;
		stat_collect(w, b->mem, &b->stats);
	}
	sweep_collect(w, b->mem, b->now, &b->sweep);
	if (b->now - wr->checkpoint_at >= CHECKPOINT_SECONDS) {
		wr->checkpoint_at = b->now;
		b->checkpoint = true;
	}
}

static enum err
write_events(struct db *db, const struct batch *b)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < b->event_count; i++) {
		const struct noise_session *row = &b->events[i].row;

		e = row->ended_at ? db_noise_session_end(db, row->id,
					    row->ended_at, row->reason)
				  : db_noise_session_add(db, row);
		if (e == ERR_NOT_FOUND || e == ERR_EXISTS)
			e = ERR_OK;
	}
	return e;
}

static enum err
write_rows(struct db *db, const struct batch *b)
{
	enum err e = db_begin(db);

	for (size_t i = 0; !e && i < b->live_count; i++)
		e = db_live_put(db, &b->lives[i]);
	if (!e)
		e = write_events(db, b);
	for (size_t i = 0; !e && i < b->stats.count; i++)
		e = db_stat_put(
			db, b->stats.at[i].name, b->stats.at[i].value, b->now);
	return db_end(db, e);
}

static bool
has_rows(const struct batch *b)
{
	return b->live_count || b->event_count || b->stats.count;
}

/* In the pool's thread: nothing but the batch and the connection. */
static void
run(struct db *db, struct batch *b)
{
	if (has_rows(b))
		b->result = write_rows(db, b);
	b->swept = sweep_run(db, &b->sweep, b->now);
	if (b->checkpoint)
		(void)db_checkpoint(db);
}

static void
in_thread(uv_work_t *work)
{
	struct writer *wr = work->data;

	run(wr->db, &wr->batch);
}

/* The rows that could not be written are due again; sessions are only told. */
static void
give_back(struct worker *w, const struct batch *b)
{
	for (size_t i = 0; i < b->live_count; i++) {
		struct snap_node *n =
			snapshot_node(w->snap, b->lives[i].node_id);

		if (n && !n->live_dirty) {
			n->live_dirty = true;
			TAILQ_INSERT_TAIL(&w->snap->dirty, n, dirty);
		}
	}
	log_event(LOG_ERROR, "soft state not written, trying again", "why",
		err_words(b->result), "nodes",
		log_int((long long)b->live_count));
}

/* Pages hear of presence and elections, and of nothing else that is written
 * here. */
static void
tell_presence(struct worker *w, const struct batch *b)
{
	for (size_t i = 0; i < b->live_count; i++) {
		struct snap_node *n =
			snapshot_node(w->snap, b->lives[i].node_id);

		uint64_t print = snapshot_live_print(&b->lives[i]);

		if (!n || n->stored == print)
			continue;
		n->stored = print;
		events_presence(w, n);
	}
}

static void
after_thread(uv_work_t *work, int status)
{
	struct writer *wr = work->data;

	(void)status;
	if (wr->batch.result)
		give_back(wr->worker, &wr->batch);
	else
		tell_presence(wr->worker, &wr->batch);
	if (wr->batch.swept)
		dns_watch_again();
	arena_free(wr->batch.mem);
	wr->busy = false;
}

void
live_count_soon(struct worker *w)
{
	w->writer->stat_at = 0;
}

void
live_tick(struct worker *w)
{
	struct writer *wr = w->writer;

	if (wr->busy)
		return;
	collect(w, &wr->batch);
	if (!has_rows(&wr->batch) && !sweep_is_due(&wr->batch.sweep) &&
		!wr->batch.checkpoint) {
		arena_free(wr->batch.mem);
		return;
	}
	wr->busy = true;
	wr->work.data = wr;
	if (uv_queue_work(w->loop, &wr->work, in_thread, after_thread) != 0)
		abort();
}

void
live_last(struct worker *w)
{
	struct batch b;

	while (w->writer->busy) /* its thread has the connection */
		uv_run(w->loop, UV_RUN_ONCE);
	live_count_soon(w); /* until here they were seen (db/live.h) */
	collect(w, &b);
	b.checkpoint = true; /* whoever copies cairn.db alone has it all */
	run(w->writer->db, &b);
	if (b.result)
		log_event(LOG_ERROR, "last batch not written", "why",
			err_words(b.result));
	arena_free(b.mem);
}
