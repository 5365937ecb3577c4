#include "worker/jobs.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "db/job.h"
#include "proto/cgi.h"
#include "worker/conn.h"
#include "worker/now.h"

enum {
	JOBS_LATER_MS = 1000,
};

/* A kind, and its job that is under way. */
struct lane {
	struct jobs *jobs;
	char kind[64];
	struct conn *conn; /* NULL: none is under way */
	struct arena *mem; /* of the one that is */
	struct fcgi_reader reader;
	int64_t id, since_ms;
	int64_t pause_ms, after_ms; /* none is begun before */
	uint64_t turn;              /* when one was begun last */
	bool good, done;
};

struct jobs {
	struct worker *worker;
	char path[PATH_MAX];
	struct arena *mem; /* of a look */
	struct lane lanes[JOBS_KINDS_MAX];
	size_t lane_count, running;
	uint64_t turns;
	bool stopped;
};

struct jobs *
jobs_new(struct worker *w)
{
	struct jobs *j = own_alloc(sizeof(*j));

	j->worker = w;
	j->mem = arena_new();
	(void)snprintf(j->path, sizeof(j->path), "%s/jobs.sock", w->home);
	return j;
}

void
jobs_stop(struct jobs *j)
{
	j->stopped = true;
}

static struct lane *
lane_of(struct jobs *j, const char *kind)
{
	struct lane *l;

	for (size_t i = 0; i < j->lane_count; i++)
		if (strcmp(j->lanes[i].kind, kind) == 0)
			return &j->lanes[i];
	if (j->lane_count == JOBS_KINDS_MAX)
		return &j->lanes[JOBS_KINDS_MAX - 1];
	l = &j->lanes[j->lane_count++];
	l->jobs = j;
	l->mem = arena_new();
	(void)snprintf(l->kind, sizeof(l->kind), "%s", kind);
	return l;
}

/* The next one waits, longer each time. */
static void
pause_for(struct lane *l, const char *why)
{
	l->pause_ms = l->pause_ms ? 2 * l->pause_ms : JOBS_PAUSE_FIRST_MS;
	if (l->pause_ms > JOBS_PAUSE_MOST_MS)
		l->pause_ms = JOBS_PAUSE_MOST_MS;
	l->after_ms = clock_now_ms() + l->pause_ms;
	l->jobs->worker->counters.jobs_failed++;
	log_event(LOG_WARN, "job not done", "job", log_int(l->id), "kind",
		l->kind, "why", why, "again_in_ms", log_int(l->pause_ms));
}

/* One that is not due any more, or gone, was somebody else's: no failure. */
static void
take_answer(struct lane *l)
{
	struct bytes text = { l->reader.out.bytes, l->reader.out.len };
	struct cgi_answer a;

	if (cgi_answer_parse(text, l->mem, &a))
		return;
	l->done = a.status == 200;
	l->good = l->done || a.status == 404;
}

static void
on_bytes(struct conn *c, const unsigned char *at, size_t len)
{
	struct lane *l = c->owner;

	if (l->reader.state != CGI_MORE)
		return;
	switch (fcgi_read(&l->reader, at, len)) {
	case CGI_MORE:
		return;
	case CGI_DONE:
		take_answer(l);
		break;
	case CGI_BAD:
		break;
	}
	conn_close(c, l->good ? "answered" : "no good answer");
}

static void
on_room(struct conn *c)
{
	(void)c;
}

static void look(struct jobs *j);

/* One that was done may be followed by the next of its kind at once; what is
 * due here and not there is a matter of time. */
static void
on_closed(struct conn *c, const char *why)
{
	struct lane *l = c->owner;

	l->conn = NULL;
	l->jobs->running--;
	arena_reset(l->mem);
	if (!l->good) {
		pause_for(l, why);
	} else {
		l->pause_ms = 0;
		l->after_ms = l->done ? 0 : clock_now_ms() + JOBS_LATER_MS;
	}
	look(l->jobs);
}

static const struct conn_calls jobs_calls = { on_bytes, on_room, on_closed };

static void
send_job(struct lane *l, int64_t id)
{
	struct jobs *j = l->jobs;
	const struct scgi_var params[] = {
		{ "REQUEST_METHOD", "POST" },
		{ "REQUEST_URI",
			arena_printf(l->mem, "/job/%lld", (long long)id) },
		{ "CONTENT_LENGTH", "0" },
	};
	struct buf b;

	j->worker->counters.jobs++;
	j->running++;
	l->id = id;
	l->turn = ++j->turns;
	l->since_ms = clock_now_ms();
	l->good = l->done = false;
	fcgi_reader_init(&l->reader, l->mem, JOBS_ANSWER_MAX);
	buf_init(&b, l->mem, JOBS_ANSWER_MAX);
	fcgi_put_request(&b, params, sizeof(params) / sizeof(params[0]),
		(struct bytes){ (const unsigned char *)"", 0 });
	l->conn = conn_connect(j->worker->loop, j->path, &jobs_calls, l);
	conn_write(l->conn, b.bytes, b.len);
}

/* Of the kinds that may begin one the row of that whose turn was longest ago;
 * NULL: none may. */
static const struct job *
choose(struct jobs *j, const struct job *due, size_t count)
{
	const struct job *best = NULL;
	uint64_t turn = 0;

	for (size_t i = 0; i < count; i++) {
		const struct lane *l = lane_of(j, due[i].kind);

		if (l->conn || clock_now_ms() < l->after_ms ||
			(best && l->turn >= turn))
			continue;
		best = &due[i];
		turn = l->turn;
	}
	return best;
}

static void
look(struct jobs *j)
{
	const struct job *next;
	struct job *due;
	size_t count;

	if (j->stopped || j->running == JOBS_AT_ONCE ||
		db_jobs_due(j->worker->db, now_held(), j->mem, &due, &count))
		return;
	while (j->running < JOBS_AT_ONCE && (next = choose(j, due, count)))
		send_job(lane_of(j, next->kind), next->id);
	arena_reset(j->mem);
}

void
jobs_tick(struct jobs *j, int64_t now_ms)
{
	for (size_t i = 0; i < j->lane_count; i++) {
		const struct lane *l = &j->lanes[i];

		if (l->conn && now_ms - l->since_ms >= JOBS_SECONDS * 1000)
			conn_close(l->conn, "took too long");
	}
	look(j);
}
