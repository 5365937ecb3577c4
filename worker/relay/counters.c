#include "worker/relay/counters.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/own.h"
#include "db/stat.h"

#define RELAY      "cairn_relay_"
#define CLOSED(w)  RELAY "closed_total{reason=\"" w "\"}"
#define IN(what)   RELAY what "_total{direction=\"in\"}"
#define OUT(what)  RELAY what "_total{direction=\"out\"}"
#define DROPPED(w) RELAY "dropped_total{reason=\"" w "\"}"
#define STUN(w)    RELAY "stun_total{result=\"" w "\"}"

/* name, value; `r`, `s` and `u` are the counts of relay, server and STUN. */
#define STAT_TABLE(X)                             \
	X(RELAY "clients", r->clients)            \
	X(RELAY "homes", r->homes)                \
	X(RELAY "connections", s->connections)    \
	X(RELAY "half_open", s->half_open)        \
	X(RELAY "accepted_total", s->accepted)    \
	X(IN("packets"), r->packets_in)           \
	X(OUT("packets"), r->packets_out)         \
	X(IN("bytes"), r->bytes_in)               \
	X(OUT("bytes"), r->bytes_out)             \
	X(DROPPED("queue"), r->dropped_queue)     \
	X(DROPPED("unknown"), r->dropped_unknown) \
	X(STUN("answered"), u->answered)          \
	X(STUN("malformed"), u->malformed)        \
	X(STUN("limited"), u->limited)

enum {
	PLAIN_ROWS = 0
#define X(name, value) +1
		STAT_TABLE(X)
#undef X
		,
	ROWS = PLAIN_ROWS + LEAVE_COUNT - 1,
};

struct counters {
	uv_loop_t *loop;
	const char *home;
	struct db *db;
	uv_work_t work;
	bool busy;
	enum err failed;
	int64_t at;
	int64_t values[ROWS];
};

static const char *const names[ROWS] = {
#define X(name, value) name,
	STAT_TABLE(X)
#undef X
#define X(name, word) CLOSED(word),
		LEAVE_TABLE(X)
#undef X
};

struct counters *
counters_new(uv_loop_t *loop, const char *home)
{
	struct counters *s = own_alloc(sizeof(*s));

	s->loop = loop;
	s->home = home;
	return s;
}

static void
collect(struct counters *to, const struct counters_from *from)
{
	const struct relay_counts *r = relay_counts(from->relay);
	const struct server_counts *s = server_counts(from->server);
	const struct stun_counts *u = stun_port_counts(from->stun);
	int64_t *next = to->values;

#define X(name, value) *next++ = value;
	STAT_TABLE(X)
#undef X
	for (int why = 1; why < LEAVE_COUNT; why++)
		*next++ = s->left[why];
}

static void
write_rows(uv_work_t *work)
{
	struct counters *s = work->data;
	enum err e = s->db ? ERR_OK : db_open(s->home, &s->db);

	if (!e)
		e = db_begin(s->db);
	for (int i = 0; !e && i < ROWS; i++)
		e = db_stat_put(s->db, names[i], s->values[i], s->at);
	if (s->db)
		e = db_end(s->db, e);
	s->failed = e;
}

static void
on_written(uv_work_t *work, int status)
{
	struct counters *s = work->data;

	(void)status;
	s->busy = false;
	if (s->failed)
		log_event(LOG_WARN, "counters not written", "why",
			err_words(s->failed));
}

void
counters_write(
	struct counters *s, const struct counters_from *from, int64_t now)
{
	if (s->busy)
		return;
	collect(s, from);
	s->at = now;
	s->work.data = s;
	s->busy = uv_queue_work(s->loop, &s->work, write_rows, on_written) == 0;
}

void
counters_free(struct counters *s)
{
	if (!s)
		return;
	db_close(s->db);
	free(s);
}
