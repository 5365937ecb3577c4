#include <string.h>

#include "base/own.h"
#include "tailnet/snapdns.h"
#include "tailnet/snapedit.h"
#include "tailnet/snappolicy.h"

static bool
take_token(struct snap_node *n, int64_t now)
{
	int64_t earned = (now - n->tokens_at) / SOFT_PAUSE_SECONDS;

	if (earned > 0) {
		n->tokens = n->tokens + earned > SOFT_BURST
				    ? SOFT_BURST
				    : n->tokens + earned;
		n->tokens_at = now;
	}
	if (n->tokens == 0)
		return false;
	n->tokens--;
	return true;
}

static unsigned
soft_differences(struct snap_node *n, const struct snap_soft *soft)
{
	static const struct key none;
	unsigned differs = 0;

	if (soft->endpoints && own_text(&n->endpoints, soft->endpoints))
		differs |= 1u << ASPECT_ENDPOINTS;
	if (memcmp(&soft->disco_key, &none, sizeof(none)) != 0 &&
		memcmp(&soft->disco_key, &n->disco_key, sizeof(none)) != 0) {
		n->disco_key = soft->disco_key;
		differs |= 1u << ASPECT_DISCO;
	}
	if (soft->home_derp && soft->home_derp != n->home_derp) {
		n->home_derp = soft->home_derp;
		differs |= 1u << ASPECT_DERP;
	}
	if (soft->capver && soft->capver != n->capver) {
		n->capver = soft->capver;
		differs |= 1u << ASPECT_WHOLE;
	}
	if (soft->host && own_text(&n->host, soft->host))
		differs |= 1u << ASPECT_WHOLE;
	return differs;
}

static void
touch_all(struct snapshot *s, struct snap_node *n, unsigned aspects)
{
	for (enum aspect a = 0; a < ASPECTS; a++)
		if (aspects & 1u << a)
			snap_touch(s, n, a);
}

bool
snapshot_soft(struct snapshot *s, struct snap_node *n,
	const struct snap_soft *soft, int64_t now)
{
	unsigned differs = soft_differences(n, soft);
	bool unseen = soft->hostinfo && own_text(&n->hostinfo, soft->hostinfo);

	memset(n->told, 0, sizeof(n->told));
	if (unseen || differs) {
		snap_live_dirty(s, n);
		snap_dns_node(s, n);
	}
	if (unseen && s->policy_asks) {
		snap_policy_node(s, n);
		snap_policy_settle(s);
	}
	if (!differs)
		return unseen;
	snap_stale(s, n, differs);
	if (n->unannounced) {
		snap_touch(s, n, ASPECT_WHOLE);
		return true;
	}
	if (!n->deferred && take_token(n, now)) {
		touch_all(s, n, differs);
		return true;
	}
	if (!n->deferred)
		TAILQ_INSERT_TAIL(&s->waiting, n, waiting);
	n->deferred |= differs;
	return true;
}

/* Whose key has expired carries nothing, connected or not. */
static void
tick_expiry(struct snapshot *s, int64_t now)
{
	struct snap_node *n;
	bool any = false;

	TAILQ_FOREACH (n, &s->specials, specials) {
		bool over = n->expires_at && n->expires_at <= now;

		if (n->over == over)
			continue;
		n->over = over;
		snap_policy_node(s, n);
		any = true;
	}
	if (any)
		snap_policy_settle(s);
}

size_t
snapshot_deferred(const struct snapshot *s)
{
	const struct snap_node *n;
	size_t count = 0;

	TAILQ_FOREACH (n, &s->waiting, waiting)
		count++;
	return count;
}

void
snapshot_on_server(struct snapshot *s, struct snap_node *n,
	const struct own_net *own, bool on_server)
{
	if (on_server)
		s->own_net = *own;
	if (n->on_server == on_server)
		return;
	n->on_server = on_server;
	snap_touch(s, n, ASPECT_ROUTES);
}

void
snapshot_tick(struct snapshot *s, int64_t now)
{
	struct snap_node *n, *next;

	tick_expiry(s, now);

	for (n = TAILQ_FIRST(&s->waiting); n; n = next) {
		next = TAILQ_NEXT(n, waiting);
		if (n->unannounced) {
			if (--n->unannounced == 0) {
				n->unannounced = 1; /* touch ends it */
				snap_touch(s, n, ASPECT_WHOLE);
			}
			continue;
		}
		if (!take_token(n, now))
			continue;
		TAILQ_REMOVE(&s->waiting, n, waiting);
		touch_all(s, n, n->deferred);
		n->deferred = 0;
	}
}

/* What it carries may be carried by another now. */
static void
carry_anew(struct snapshot *s, struct snap_node *n)
{
	if (!n->special)
		return;
	snap_policy_node(s, n);
	snap_policy_settle(s);
}

void
snapshot_online(
	struct snapshot *s, struct snap_node *n, bool online, int64_t now)
{
	bool differs = n->online != online;
	bool other = differs || n->routing != ROUTING_FINE;

	n->last_seen = now;
	snap_live_dirty(s, n);
	n->routing = ROUTING_FINE;
	n->online = online;
	if (differs) {
		n->online_since = online ? now : 0;
		if (online)
			s->online_count++;
		else
			s->online_count--;
		snap_touch(s, n, ASPECT_ONLINE);
	}
	if (other)
		carry_anew(s, n);
}
