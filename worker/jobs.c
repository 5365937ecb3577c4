#include "worker/jobs.h"

#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "db/job.h"
#include "proto/cgi.h"
#include "worker/conn.h"
#include "worker/now.h"

struct jobs {
	struct worker *worker;
	char path[PATH_MAX];
	struct conn *conn; /* NULL: none is under way */
	struct arena *mem; /* of the one that is */
	struct fcgi_reader reader;
	int64_t id, since_ms;
	int64_t pause_ms, after_ms; /* none is begun before */
	bool stopped, good, done;
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

/* The next one waits, longer each time. */
static void
pause_for(struct jobs *j, const char *why)
{
	j->pause_ms = j->pause_ms ? 2 * j->pause_ms : JOBS_PAUSE_FIRST_MS;
	if (j->pause_ms > JOBS_PAUSE_MOST_MS)
		j->pause_ms = JOBS_PAUSE_MOST_MS;
	j->after_ms = clock_now_ms() + j->pause_ms;
	j->worker->counters.jobs_failed++;
	log_event(LOG_WARN, "job not done", "job", log_int(j->id), "why", why,
		"again_in_ms", log_int(j->pause_ms));
}

/* One that is not due any more, or gone, was somebody else's: no failure. */
static void
take_answer(struct jobs *j)
{
	struct bytes text = { j->reader.out.bytes, j->reader.out.len };
	struct cgi_answer a;

	if (cgi_answer_parse(text, j->mem, &a))
		return;
	j->done = a.status == 200;
	j->good = j->done || a.status == 404;
}

static void
on_bytes(struct conn *c, const unsigned char *at, size_t len)
{
	struct jobs *j = c->owner;

	if (j->reader.state != CGI_MORE)
		return;
	switch (fcgi_read(&j->reader, at, len)) {
	case CGI_MORE:
		return;
	case CGI_DONE:
		take_answer(j);
		break;
	case CGI_BAD:
		break;
	}
	conn_close(c, j->good ? "answered" : "no good answer");
}

static void
on_room(struct conn *c)
{
	(void)c;
}

static void look(struct jobs *j);

static void
on_closed(struct conn *c, const char *why)
{
	struct jobs *j = c->owner;

	j->conn = NULL;
	arena_reset(j->mem);
	if (!j->good) {
		pause_for(j, why);
		return;
	}
	j->pause_ms = 0;
	if (j->done) /* else it may be due here and not there: time helps */
		look(j);
}

static const struct conn_calls jobs_calls = { on_bytes, on_room, on_closed };

static void
send_job(struct jobs *j)
{
	const struct scgi_var params[] = {
		{ "REQUEST_METHOD", "POST" },
		{ "REQUEST_URI",
			arena_printf(j->mem, "/job/%lld", (long long)j->id) },
		{ "CONTENT_LENGTH", "0" },
	};
	struct buf b;

	j->worker->counters.jobs++;
	j->since_ms = clock_now_ms();
	j->good = j->done = false;
	fcgi_reader_init(&j->reader, j->mem, JOBS_ANSWER_MAX);
	buf_init(&b, j->mem, JOBS_ANSWER_MAX);
	fcgi_put_request(&b, params, sizeof(params) / sizeof(params[0]),
		(struct bytes){ (const unsigned char *)"", 0 });
	j->conn = conn_connect(j->worker->loop, j->path, &jobs_calls, j);
	conn_write(j->conn, b.bytes, b.len);
}

static void
look(struct jobs *j)
{
	struct job due;

	if (j->stopped || j->conn || clock_now_ms() < j->after_ms ||
		db_job_due(j->worker->db, now_held(), j->mem, &due))
		return;
	j->id = due.id;
	arena_reset(j->mem);
	send_job(j);
}

void
jobs_tick(struct jobs *j, int64_t now_ms)
{
	if (j->conn && now_ms - j->since_ms >= JOBS_SECONDS * 1000)
		conn_close(j->conn, "took too long");
	else
		look(j);
}
