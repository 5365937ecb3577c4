#include "fcgi/child.h"

#include <assert.h>
#include <fcgiapp.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "db/stat.h"
#include "fcgi/reply.h"
#include "fcgi/router.h"
#include "tailnet/secrets.h"

enum {
	HEAD_MAX = 16 * 1024,
	ACCEPT_PAUSE_MS = 100,
	KEPT_FREE = 4 * 1024 * 1024, /* bytes, between requests */
};

static volatile sig_atomic_t stopping;

struct tools {
	const struct child *job;
	struct db *db;
	struct secret pepper, seal;
	bool has_secrets;
	struct arena *mem;
};

static void
on_term(int number)
{
	(void)number;
	stopping = 1;
}

static void
end_now(int number)
{
	(void)number;
	_exit(0);
}

/* SIGTERM is let in only while nothing is being done. */
static bool
wait_for_caller(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	sigset_t none;

	sigemptyset(&none);
	return ppoll(&p, 1, NULL, &none) == 1;
}

static size_t
read_body(void *from, void *to, size_t len)
{
	int n = FCGX_GetStr(to, (int)len, from);

	return n > 0 ? (size_t)n : 0;
}

static void
send_reply(const struct request *r, FCGX_Stream *out)
{
	struct buf head;

	buf_init(&head, r->mem, HEAD_MAX);
	reply_head(r, &head);
	assert(!buf_error(&head)); /* every header has a limit of its own */
	FCGX_PutStr((const char *)head.bytes, (int)head.len, out);
	if (r->method != METHOD_HEAD && r->reply.body.len)
		FCGX_PutStr((const char *)r->reply.body.bytes,
			(int)r->reply.body.len, out);
}

static enum err
put_more(void *arg, const void *bytes, size_t len)
{
	return FCGX_PutStr(bytes, (int)len, arg) == (int)len ? ERR_OK : ERR_IO;
}

/* The database is not written any more.  False: what went out is not whole. */
static bool
send_stream(struct request *r, FCGX_Stream *out)
{
	const struct reply_sink to = { put_more, out };
	enum err e;

	if (!r->reply.stream || r->method == METHOD_HEAD)
		return true;
	db_read_only(r->db, true);
	e = r->reply.stream(r, r->reply.stream_arg, &to);
	if (e)
		log_event(LOG_ERROR, "answer cut off", "route", r->route->path,
			"error", err_words(e));
	return !e;
}

static const char *const group_words[] = {
	[GROUP_OUTER] = "outer",
	[GROUP_INNER] = "inner",
	[GROUP_JOBS] = "jobs",
};

/* The pattern of the route, not the path: that may hold a secret. */
static void
log_request(const struct request *r, struct db *db, enum err e, int64_t ms)
{
	const char *path = r->route ? r->route->path : r->path;

	if (e)
		log_event(LOG_ERROR, "request failed", "route", path, "error",
			err_words(e), "incident", r->incident, "database",
			e == ERR_DB || e == ERR_BUSY ? db_words(db) : NULL);
	else if (r->why)
		log_event(LOG_INFO,
			r->reply.status < 400 ? "request came to nothing"
					      : "request refused",
			"route", path, "status", log_int(r->reply.status),
			"reason", r->why, "from", r->address);
	log_event(LOG_DEBUG, "request answered", "group", group_words[r->group],
		"route", path, "status", log_int(r->reply.status), "bytes",
		log_int((long long)r->reply.body.len), "ms", log_int(ms));
}

/* Those that the database is written with now, which a rotation changes
 * (tailnet/secrets.h).  What remains of the seal opens no private key of the
 * server. */
static enum err
take_secrets(struct tools *t)
{
	enum err e;

	if (t->has_secrets && !secret_check(t->db, "pepper", &t->pepper) &&
		!secret_check(t->db, "pages", &t->seal))
		return ERR_OK;
	e = secret_current(t->db, t->job->home, "pepper", &t->pepper);
	if (!e)
		e = secret_current(t->db, t->job->home, "pages", &t->seal);
	t->has_secrets = !e;
	return e;
}

/* False: the connection is to be cut. */
static bool
answer(struct tools *t, FCGX_Request *fcgi)
{
	int64_t start = clock_now_ms();
	struct request r = {
		.group = t->job->group,
		.home = t->job->home,
		.db = t->db,
		.pepper = &t->pepper,
		.seal = &t->seal,
		.rate = t->job->rate,
		.guess = t->job->guess,
		.mem = t->mem,
		.now = db_time(t->db, clock_now()),
		.env = fcgi->envp,
		.read = read_body,
		.from = fcgi->in,
	};
	enum err e = take_secrets(t);
	bool whole;

	if (!e)
		e = request_take(&r);
	e = router_run(routes, route_count, e, &r);
	send_reply(&r, fcgi->out);
	whole = send_stream(&r, fcgi->out);
	log_request(&r, t->db, e, clock_now_ms() - start);
	request_done(&r);
	arena_reset(t->mem);
	return whole;
}

/* What a large page took goes back to the system: by itself the allocator keeps
 * what anything lies above, in each child for ever. */
static void
give_back(void)
{
	if (mallinfo2().fordblks > KEPT_FREE)
		(void)malloc_trim(KEPT_FREE / 4);
}

static unsigned
most_seconds(enum group group)
{
	const char *text = getenv(CHILD_JOB_VARIABLE);
	int64_t n;

	if (group != GROUP_JOBS)
		return CHILD_REQUEST_SECONDS;
	if (text && !text_int(text, &n) && n > 0 && n < CHILD_JOB_SECONDS)
		return (unsigned)n;
	return CHILD_JOB_SECONDS;
}

static void
serve(struct tools *t)
{
	const unsigned most = most_seconds(t->job->group);
	FCGX_Request fcgi;

	FCGX_Init();
	FCGX_InitRequest(&fcgi, t->job->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR);
	for (int served = 0; !stopping && served < CHILD_REQUESTS;) {
		if (!wait_for_caller(t->job->listen_fd))
			continue;
		/* From here to the end a signal kills: see child.h. */
		alarm(most);
		if (FCGX_Accept_r(&fcgi) == 0) {
			if (answer(t, &fcgi)) {
				fcgi.keepConnection = 0;
				FCGX_Finish_r(&fcgi);
			} else {
				FCGX_Free(&fcgi, 1);
			}
			served++;
			give_back();
		} else if (!stopping) {
			/* No descriptor for the caller, who waits in the
			 * queue: asking again at once would only burn CPU. */
			(void)poll(NULL, 0, ACCEPT_PAUSE_MS);
		}
		alarm(0);
	}
	FCGX_Free(&fcgi, 1);
}

/* `at_once`: in the middle of a request too. */
static void
take_signals(bool at_once)
{
	struct sigaction term = { .sa_handler = at_once ? end_now : on_term };
	struct sigaction deadly = { .sa_handler = SIG_DFL };
	sigset_t set;

	sigaction(SIGTERM, &term, NULL);
	sigaction(SIGINT, &term, NULL);
	sigaction(SIGALRM, &deadly, NULL);
	sigaction(SIGCHLD, &deadly, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (at_once)
		sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

int
child_run(const struct child *c)
{
	struct tools t = { .job = c };
	enum err e;

	take_signals(c->group == GROUP_JOBS);
	e = db_open(c->home, &t.db);
	if (!e)
		e = take_secrets(&t);
	if (e) {
		log_event(LOG_ERROR, "handler did not start", "error",
			err_words(e), "home", c->home);
		return 1;
	}
	t.mem = arena_new();
	serve(&t);
	arena_free(t.mem);
	db_close(t.db);
	secret_wipe(&t.pepper);
	secret_wipe(&t.seal);
	return 0;
}
