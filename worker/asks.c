#include "worker/asks.h"

#include "base/log.h"
#include "tailnet/ask.h"
#include "worker/ping.h"

enum {
	ASKS_AT_ONCE = 256,
};

static int64_t sent_id, next_due;
static bool look;

void
asks_start(struct worker *w)
{
	if (db_ask_last(w->db, &sent_id) || db_ask_next_due(w->db, &next_due))
		log_event(LOG_WARN, "open questions not read", (char *)0);
}

void
asks_seen(const struct change *c)
{
	look = look || c->kind == CHANGE_ASK;
}

bool
asks_due(int64_t now)
{
	return next_due && next_due <= now;
}

static void
send_one(struct worker *w, struct arena *mem, const struct ask_row *a)
{
	struct snap_node *n = snapshot_node(w->snap, a->node_id);
	const struct ask_kind *k = ask_kind(a->kind);

	if (!n || !n->stream || !k)
		return;
	(void)ping_send(n->stream, &(struct ping){ .path = ask_path(mem, a),
					   .types = k->types,
					   .ip = a->target,
					   .payload = ask_payload(mem, a) });
}

void
asks_caught_up(struct worker *w)
{
	struct arena *mem;
	struct ask_row *rows;
	size_t count = ASKS_AT_ONCE;

	if (!look)
		return;
	look = false;
	mem = arena_new();
	while (count == ASKS_AT_ONCE &&
		!db_asks_open(w->db, sent_id, ASKS_AT_ONCE, mem, &rows, &count))
		for (size_t i = 0; i < count; i++) {
			send_one(w, mem, &rows[i]);
			sent_id = rows[i].id;
		}
	(void)db_ask_next_due(w->db, &next_due);
	arena_free(mem);
}
