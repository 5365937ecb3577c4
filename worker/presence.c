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

static void
add(struct leaving_list *list, struct snap_node *n, int64_t grace_ms)
{
	struct leaving *l = own_alloc(sizeof(*l));

	l->node_id = n->id;
	l->left_ms = n->left_ms = clock_now_ms();
	l->due_ms = l->left_ms + grace_ms;
	TAILQ_INSERT_TAIL(list, l, list);
}

void
presence_start(struct worker *w)
{
	struct snap_node *n, *next;

	HASH_ITER(by_id, w->snap->by_id, n, next)
	if (n->online)
		add(&from_before, n, START_GRACE_MS);
}

void
presence_left(struct worker *w, struct snap_node *n)
{
	(void)w;
	add(&left, n, GRACE_MS);
}

/* Only the departure that the entry was made for counts: the node may have come
 * and gone again since. */
static void
settle(struct worker *w, const struct leaving *l)
{
	struct snap_node *n = snapshot_node(w->snap, l->node_id);

	if (!n || n->stream || !n->online || n->left_ms != l->left_ms)
		return;
	snapshot_online(w->snap, n, false,
		now_held() - (l->due_ms - l->left_ms) / 1000);
	log_event(LOG_INFO, "node offline", "node", log_int((long long)n->id),
		"name", n->name);
}

static void
tick(struct worker *w, struct leaving_list *list, int64_t now_ms)
{
	struct leaving *l;

	while ((l = TAILQ_FIRST(list)) && l->due_ms <= now_ms) {
		TAILQ_REMOVE(list, l, list);
		settle(w, l);
		free(l);
	}
}

void
presence_tick(struct worker *w, int64_t now_ms)
{
	tick(w, &left, now_ms);
	tick(w, &from_before, now_ms);
}
