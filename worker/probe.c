#include "worker/probe.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "base/text.h"
#include "worker/ping.h"

enum {
	ID_BYTES = 16,
	ID_SIZE = 2 * ID_BYTES + 1,
};

/* The last question to a router. */
struct probe {
	int64_t node_id, session_id;
	int32_t stream_id;
	char id[ID_SIZE];
	bool waiting;
	TAILQ_ENTRY(probe) list;
};

static TAILQ_HEAD(, probe) probes = TAILQ_HEAD_INITIALIZER(probes);
static uv_timer_t every, answers;
static int64_t answers_due_ms;

static bool
is_of(const struct probe *p, const struct stream *st)
{
	return st && st->session->id == p->session_id && st->id == p->stream_id;
}

/* A silent router's last question waits in the queue still, or got lost. */
static bool
may_ask(const struct snap_node *n, int64_t now_ms)
{
	const struct stream *st = n ? n->stream : NULL;

	return st && !st->farewell &&
	       now_ms - st->mapped_ms >= PROBE_SETTLED_MS &&
	       (n->routing != ROUTING_SILENT || stream_idle(st));
}

static void
ask(struct snap_node *n)
{
	struct stream *st = n->stream;
	struct probe *p = own_alloc(sizeof(*p));
	unsigned char bytes[ID_BYTES];
	char path[sizeof(PROBE_PATH) + 4 + ID_SIZE];

	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(p->id, sizeof(p->id), bytes, sizeof(bytes));
	p->node_id = n->id;
	p->session_id = st->session->id;
	p->stream_id = st->id;
	p->waiting = true;
	TAILQ_INSERT_TAIL(&probes, p, list);
	(void)snprintf(path, sizeof(path), PROBE_PATH "?id=%s", p->id);
	(void)ping_send(st, &(struct ping){ .path = path });
	st->session->worker->counters.probes++;
}

static void
forget_all(void)
{
	struct probe *p;

	while ((p = TAILQ_FIRST(&probes))) {
		TAILQ_REMOVE(&probes, p, list);
		free(p);
	}
}

static void
fall_silent(struct worker *w, struct snap_node *n)
{
	if (n->routing == ROUTING_SILENT)
		return;
	w->counters.probes_lost++;
	log_event(LOG_WARN, "router does not answer", "node",
		log_int((long long)n->id), "name", n->name);
	snapshot_routing(w->snap, n, ROUTING_SILENT);
}

/* Those who answered late still may: their questions are kept. */
static void
on_answers(uv_timer_t *t)
{
	struct worker *w = t->data;
	bool late = clock_now_ms() - answers_due_ms > PROBE_LATE_MS;
	struct probe *p;

	TAILQ_FOREACH (p, &probes, list) {
		struct snap_node *n = snapshot_node(w->snap, p->node_id);

		if (!late && p->waiting && n && is_of(p, n->stream))
			fall_silent(w, n);
		p->waiting = false;
	}
}

static void
on_every(uv_timer_t *t)
{
	struct worker *w = t->data;
	struct arena *mem = arena_new();
	int64_t now_ms = clock_now_ms(), *ids;
	size_t count = snapshot_rivals(w->snap, mem, &ids);

	forget_all();
	for (size_t i = 0; i < count; i++) {
		struct snap_node *n = snapshot_node(w->snap, ids[i]);

		if (may_ask(n, now_ms))
			ask(n);
	}
	arena_free(mem);
	if (TAILQ_EMPTY(&probes))
		return;
	answers_due_ms = clock_now_ms() + PROBE_ANSWER_MS;
	uv_timer_start(&answers, on_answers, PROBE_ANSWER_MS, 0);
}

void
probe_start(struct worker *w)
{
	uv_timer_init(w->loop, &every);
	uv_timer_init(w->loop, &answers);
	every.data = answers.data = w;
	uv_timer_start(&every, on_every, PROBE_EVERY_MS, PROBE_EVERY_MS);
	uv_unref((uv_handle_t *)&every);
	uv_unref((uv_handle_t *)&answers);
}

static const char *
id_of(const struct stream *st)
{
	static const char before[] = PROBE_PATH "?id=";

	return text_starts(st->path, before) ? st->path + strlen(before) : "";
}

static struct probe *
find(const struct stream *st, const char *id)
{
	struct probe *p;

	if (strlen(id) != ID_SIZE - 1)
		return NULL;
	TAILQ_FOREACH (p, &probes, list) {
		const struct snap_node *n =
			snapshot_node(st->session->worker->snap, p->node_id);

		if (n &&
			key_equal(&n->machine_key, &st->session->machine_key) &&
			sodium_memcmp(p->id, id, ID_SIZE) == 0)
			return p;
	}
	return NULL;
}

/* It may come by another tunnel of the machine than the stream's. */
static void
take(struct worker *w, struct probe *p)
{
	struct snap_node *n = snapshot_node(w->snap, p->node_id);

	p->waiting = false;
	if (n->routing != ROUTING_SILENT || !is_of(p, n->stream))
		return;
	log_event(LOG_INFO, "router answers again", "node",
		log_int((long long)n->id), "name", n->name);
	snapshot_routing(w->snap, n, ROUTING_FINE);
}

void
probe_answer(struct stream *st)
{
	struct probe *p;

	if (strcmp(st->method, "HEAD") != 0) {
		stream_words(st, 405, "HEAD alone is answered here");
		return;
	}
	p = find(st, id_of(st));
	if (p)
		take(st->session->worker, p);
	stream_answer(st, p ? 200 : 404, NULL, 0, NULL, 0);
}
