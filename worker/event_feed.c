#include "db/node.h"
#include "db/pending.h"
#include "db/ssh_check.h"
#include "db/user.h"
#include "worker/event_stream.h"
#include "worker/now.h"

enum {
	/* The batch that tells who came and went comes a little later. */
	PRESENCE_SLACK_SECONDS = 65,
};

/* What an admin hears of each kind of change; EVENTS: nothing. */
static const enum event of_kind[CHANGE_KINDS + 1] = {
	[CHANGE_NODE] = EVENT_MACHINE,
	[CHANGE_NODE_GONE] = EVENT_MACHINE,
	[CHANGE_USER] = EVENT_USER,
	[CHANGE_PENDING] = EVENT_REGISTRATION,
	[CHANGE_PREAUTH_KEY] = EVENT_KEY,
	[CHANGE_SETTING] = EVENT_SETTING,
	[CHANGE_POLICY] = EVENT_POLICY,
	[CHANGE_DNS] = EVENT_DNS,
	[CHANGE_SERVER_KEY] = EVENTS,
	[CHANGE_WEB_SESSION] = EVENTS,
	[CHANGE_AUDIT] = EVENT_AUDIT,
	[CHANGE_ASK] = EVENT_MACHINE,
	[CHANGE_CHECK] = EVENT_CHECK,
	[CHANGE_RELAY] = EVENT_RELAY,
	[CHANGE_HEALTH] = EVENT_HEALTH,
	[CHANGE_KINDS] = EVENTS,
};

/* ---- is the row still what the stream rests on ---- */

static bool
user_may(const struct event_stream *st, const struct user *u)
{
	return u->status == USER_ACTIVE &&
	       (st->kind != STREAM_ADMIN || u->role != ROLE_MEMBER);
}

static bool
look_at_session(struct event_stream *st, int64_t now, struct arena *mem)
{
	struct worker *w = st->worker;
	struct web_session s;
	struct user u;
	int64_t idle, life;

	if (db_web_session_by_id(w->db, st->row, now, mem, &s) ||
		db_user_by_id(w->db, s.user_id, mem, &u) || !user_may(st, &u))
		return false;
	idle = s.used_at + SESSION_IDLE_SECONDS;
	life = s.started_at + SESSION_LIFE_SECONDS;
	st->user_id = s.user_id;
	st->look_at = idle < life ? idle : life;
	return true;
}

/* A machine that is let in may have to wait for an admin still. */
static bool
look_at_node(struct event_stream *st, int64_t node_id, struct arena *mem)
{
	struct node n;

	if (db_node_by_id(st->worker->db, node_id, mem, &n) || !n.unapproved)
		return false;
	st->node_id = node_id;
	st->look_at = INT64_MAX;
	return true;
}

static bool
look_at_pending(struct event_stream *st, int64_t now, struct arena *mem)
{
	struct pending p;
	bool waits;

	if (db_pending_by_id(st->worker->db, st->row, mem, &p))
		return false;
	st->look_at = p.expires_at;
	waits = p.state == PENDING_WAITING    ? p.expires_at > now
		: p.state == PENDING_APPROVED ? look_at_node(st, p.node_id, mem)
					      : false;
	if (!waits)
		event_owe(st, EVENT_REGISTRATION, st->row);
	return waits;
}

static bool
look_at_check(struct event_stream *st, int64_t now, struct arena *mem)
{
	struct ssh_check c;
	bool waits;

	if (db_ssh_check_by_id(st->worker->db, st->row, mem, &c))
		return false;
	st->look_at = c.expires_at;
	waits = c.state == CHECK_WAITING && c.expires_at > now;
	if (!waits)
		event_owe(st, EVENT_CHECK, st->row);
	return waits;
}

bool
feed_look(struct event_stream *st, int64_t now)
{
	struct arena *mem = arena_new();
	bool good;

	if (st->kind == STREAM_REGISTER)
		good = look_at_pending(st, now, mem);
	else if (st->kind == STREAM_CHECK)
		good = look_at_check(st, now, mem);
	else
		good = look_at_session(st, now, mem);

	arena_free(mem);
	return good;
}

void
feed_begin(struct event_stream *st, int64_t now)
{
	struct arena *mem = arena_new();
	struct web_session *rows = NULL;
	size_t count = 0;

	if (st->kind == STREAM_ME)
		(void)db_web_sessions(
			st->worker->db, st->user_id, now, mem, &rows, &count);
	for (size_t i = 0; i < count && i < SESSIONS_MAX; i++)
		st->sessions[st->session_count++] = rows[i].id;
	arena_free(mem);
}

/* ---- changes ---- */

static void
look_again(struct event_stream *st)
{
	if (!feed_look(st, now_held()))
		event_bye(st);
}

static void
tell_admin(struct event_stream *st, const struct change *c)
{
	if (of_kind[c->kind] != EVENTS)
		event_owe(st, of_kind[c->kind], c->id);
	if (c->kind == CHANGE_PENDING) /* it says how many wait */
		event_owe(st, EVENT_STRIP, 0);
}

static bool
is_own_session(const struct event_stream *st, int64_t id)
{
	for (size_t i = 0; i < st->session_count; i++)
		if (st->sessions[i] == id)
			return true;
	return false;
}

static void
tell_user(struct event_stream *st, const struct change *c,
	const struct event_owner *owner)
{
	switch (c->kind) {
	case CHANGE_NODE:
	case CHANGE_NODE_GONE:
		if (owner->before == st->user_id || owner->now == st->user_id)
			event_owe(st, EVENT_MACHINE, c->id);
		break;
	case CHANGE_USER:
		if (c->id == st->user_id)
			event_owe(st, EVENT_USER, c->id);
		break;
	case CHANGE_WEB_SESSION:
		if (is_own_session(st, c->id))
			event_owe(st, EVENT_USER, st->user_id);
		break;
	default:
		break;
	}
}

static void
tell_register(struct event_stream *st, const struct change *c)
{
	if (c->kind == CHANGE_PENDING && c->id == st->row) {
		event_owe(st, EVENT_REGISTRATION, st->row);
		look_again(st);
	} else if (st->node_id && c->id == st->node_id &&
		   (c->kind == CHANGE_NODE || c->kind == CHANGE_NODE_GONE)) {
		look_again(st);
	}
}

static void
tell_check(struct event_stream *st, const struct change *c)
{
	if (c->kind != CHANGE_CHECK || c->id != st->row)
		return;
	event_owe(st, EVENT_CHECK, st->row);
	look_again(st);
}

void
feed_change(struct event_stream *st, const struct change *c,
	const struct event_owner *owner)
{
	if (st->kind == STREAM_REGISTER) {
		tell_register(st, c);
		return;
	}
	if (st->kind == STREAM_CHECK) {
		tell_check(st, c);
		return;
	}
	if (c->kind == CHANGE_WEB_SESSION && c->id == st->row) {
		event_bye(st);
		return;
	}
	if (st->kind == STREAM_ADMIN)
		tell_admin(st, c);
	else
		tell_user(st, c, owner);
	if (c->kind == CHANGE_USER && c->id == st->user_id)
		look_again(st);
}

/* ---- what was missed ---- */

/* Rows that are gone and rows that have another owner now do not say whose they
 * were then: to a user's stream any of them may have been of his. */
static void
replay_one(struct event_stream *st, const struct change *c)
{
	struct snap_node *n = snapshot_node(st->worker->snap, c->id);
	bool node = c->kind == CHANGE_NODE || c->kind == CHANGE_NODE_GONE;

	if (st->kind == STREAM_ADMIN && c->kind == CHANGE_HEALTH)
		event_owe(st, EVENT_STRIP, 0); /* a check may have turned */
	if (st->kind == STREAM_ADMIN)
		tell_admin(st, c);
	else if (st->kind == STREAM_REGISTER)
		event_owe(st, EVENT_REGISTRATION, st->row);
	else if (st->kind == STREAM_CHECK)
		event_owe(st, EVENT_CHECK, st->row);
	else if (c->kind == CHANGE_WEB_SESSION)
		event_owe(st, EVENT_USER, st->user_id);
	else if (node && (!n || n->user_id != st->user_id))
		event_lost(st);
	else
		tell_user(st, c, &(struct event_owner){ .now = st->user_id });
}

/* Presence is in no log: whoever came or went since then. */
static void
replay_presence(struct event_stream *st, int64_t at)
{
	struct snap_node *n, *next;

	HASH_ITER(by_id, st->worker->snap->by_id, n, next)
	if ((n->last_seen >= at - PRESENCE_SLACK_SECONDS ||
		    n->settled_at >= at - PRESENCE_SLACK_SECONDS) &&
		(st->kind == STREAM_ADMIN || n->user_id == st->user_id))
		event_owe(st, EVENT_MACHINE, n->id);
}

/* False: the log does not say, or says too much. */
static bool
replay(struct event_stream *st, int64_t since, struct arena *mem)
{
	struct worker *w = st->worker;
	struct change *rows;
	int64_t at = 0;
	size_t count = 0;

	if (since < 0 || since > w->snap->seq ||
		db_change_at(w->db, since, &at) || !at ||
		db_changes_after(w->db, since, EVENTS_REPLAY_MAX + 1, mem,
			&rows, &count) ||
		count > EVENTS_REPLAY_MAX)
		return false;
	for (size_t i = 0; i < count && rows[i].seq <= w->snap->seq; i++)
		replay_one(st, &rows[i]);
	if (!event_of_link(st))
		replay_presence(st, at);
	return true;
}

void
feed_resume(struct event_stream *st, int64_t since)
{
	struct arena *mem = arena_new();

	if (!replay(st, since, mem))
		event_lost(st);
	arena_free(mem);
}
