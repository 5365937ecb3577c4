#include "worker/presence.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "worker/now.h"

struct leaving {
	int64_t node_id, left_ms, due_ms;
	TAILQ_ENTRY(leaving) list;
};

TAILQ_HEAD(leaving_list, leaving);

/* Each list is in the order of its due times. */
static struct leaving_list left = TAILQ_HEAD_INITIALIZER(left);
static struct leaving_list from_before = TAILQ_HEAD_INITIALIZER(from_before);
static struct leaving_list routers = TAILQ_HEAD_INITIALIZER(routers);
static uv_timer_t router_timer;

static void
add(struct leaving_list *list, const struct snap_node *n, int64_t grace_ms)
{
	struct leaving *l = own_alloc(sizeof(*l));

	l->node_id = n->id;
	l->left_ms = n->left_ms;
	l->due_ms = l->left_ms + grace_ms;
	TAILQ_INSERT_TAIL(list, l, list);
}

static void
settle_at(struct worker *w, struct snap_node *n, int64_t seen)
{
	snapshot_online(w->snap, n, false, seen);
	n->settled_at = now_held();
	log_event(LOG_INFO, "node offline", "node", log_int((long long)n->id),
		"name", n->name);
}

static void
settle(struct worker *w, struct snap_node *n, const struct leaving *l)
{
	settle_at(w, n, now_held() - (l->due_ms - l->left_ms) / 1000);
}

/* It was last there with the worker before, and when that was its row says. */
static void
settle_missed(struct worker *w, struct snap_node *n, const struct leaving *l)
{
	(void)l;
	settle_at(w, n, n->last_seen);
}

/* Peers hear of it later, if it does not come back. */
static void
settle_router(struct worker *w, struct snap_node *n, const struct leaving *l)
{
	(void)l;
	snapshot_routing(w->snap, n, ROUTING_AWAY);
}

typedef void settler(
	struct worker *w, struct snap_node *n, const struct leaving *l);

/* Only the departure that the entry was made for counts: the node may have come
 * and gone again since. */
static struct snap_node *
who_left(const struct worker *w, const struct leaving *l)
{
	struct snap_node *n = snapshot_node(w->snap, l->node_id);

	if (!n || n->stream || !n->online || n->left_ms != l->left_ms)
		return NULL;
	return n;
}

static size_t
count_leaving(const struct worker *w, const struct leaving_list *list)
{
	const struct leaving *l;
	size_t count = 0;

	TAILQ_FOREACH (l, list, list)
		count += who_left(w, l) != NULL;
	return count;
}

size_t
presence_leaving(const struct worker *w)
{
	return count_leaving(w, &left) + count_leaving(w, &from_before);
}

static void
tick(struct worker *w, struct leaving_list *list, int64_t now_ms, settler *end)
{
	struct snap_node *n;
	struct leaving *l;

	while ((l = TAILQ_FIRST(list)) && l->due_ms <= now_ms) {
		TAILQ_REMOVE(list, l, list);
		n = who_left(w, l);
		if (n)
			end(w, n, l);
		free(l);
	}
}

static void on_router_timer(uv_timer_t *t);

static void
wait_for_routers(void)
{
	const struct leaving *l = TAILQ_FIRST(&routers);
	int64_t ms = l ? l->due_ms - clock_now_ms() : 0;

	if (l)
		uv_timer_start(&router_timer, on_router_timer,
			ms > 0 ? (uint64_t)ms : 0, 0);
}

static void
on_router_timer(uv_timer_t *t)
{
	tick(t->data, &routers, clock_now_ms(), settle_router);
	wait_for_routers();
}

void
presence_start(struct worker *w)
{
	struct snap_node *n, *next;

	uv_timer_init(w->loop, &router_timer);
	uv_unref((uv_handle_t *)&router_timer);
	router_timer.data = w;
	HASH_ITER(by_id, w->snap->by_id, n, next)
	if (n->online) {
		n->left_ms = clock_now_ms();
		add(&from_before, n, START_GRACE_MS);
	}
}

void
presence_left(struct worker *w, struct snap_node *n)
{
	(void)w;
	n->left_ms = clock_now_ms();
	add(&left, n, GRACE_MS);
	if (!n->special)
		return;
	add(&routers, n, ROUTER_GRACE_MS);
	if (!uv_is_active((uv_handle_t *)&router_timer))
		wait_for_routers();
}

void
presence_tick(struct worker *w, int64_t now_ms)
{
	tick(w, &left, now_ms, settle);
	tick(w, &from_before, now_ms, settle_missed);
}
