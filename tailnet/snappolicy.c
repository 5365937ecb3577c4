#include "tailnet/snappolicy.h"

#include <sodium.h>
#include <string.h>

#include "base/own.h"
#include "policy/engine.h"
#include "tailnet/attribute.h"
#include "tailnet/maprecord.h"
#include "tailnet/policy_seen.h"
#include "tailnet/policy_world.h"
#include "tailnet/snapdns.h"
#include "tailnet/snapedit.h"
#include "tailnet/snapelect.h"

enum {
	RECORD_MAX = 1024 * 1024, /* of one node, with all its routes */
};

void
snap_policy_start(struct snapshot *s)
{
	s->engine = engine_new();
}

void
snap_policy_free(struct snapshot *s)
{
	engine_free(s->engine);
	s->engine = NULL;
}

void
snap_policy_settings(struct snapshot *s)
{
	struct engine_settings shown = policy_settings(&s->settings);

	shown.cap_sources_from = s->cap_sources_from;
	engine_set_settings(s->engine, &shown);
}

void
snap_policy_user(struct snapshot *s, const struct user *row)
{
	struct engine_person p = policy_person(s->scratch, row);

	engine_put_person(s->engine, &p);
	arena_reset(s->scratch);
}

void
snap_policy_user_gone(struct snapshot *s, int64_t id)
{
	engine_drop_person(s->engine, id);
}

void
snap_policy_node(struct snapshot *s, struct snap_node *n)
{
	struct seen_machine seen;
	struct engine_machine m;

	snap_election_prune(s, n);
	seen = (struct seen_machine){ .id = n->id,
		.user_id = n->user_id,
		.tags = n->tags,
		.ipv4 = n->ipv4,
		.ipv6 = n->ipv6,
		.routes = n->routes,
		.approved_routes = n->approved_routes,
		.hostinfo = s->policy_asks ? n->hostinfo : NULL,
		.online = n->online && !n->over,
		.doubtful = n->routing != ROUTING_FINE,
		.primary_routes = n->primary_routes };
	if (n->hidden) {
		engine_drop_machine(s->engine, n->id);
		return;
	}
	if (s->policy_asks && n->custom)
		seen.custom = attributes_seen(
			s->scratch, n->custom, &seen.custom_count);
	policy_machine(s->scratch, &seen, &m);
	if (engine_put_machine(s->engine, &m))
		engine_drop_machine(s->engine, n->id);
	arena_reset(s->scratch);
}

void
snap_policy_node_gone(struct snapshot *s, int64_t id)
{
	engine_drop_machine(s->engine, id);
}

/* Versions, systems and the like are looked at only where a policy asks. */
static void
ask_all(struct snapshot *s)
{
	struct snap_node *n, *next;

	HASH_ITER(by_id, s->by_id, n, next)
	snap_policy_node(s, n);
}

void
snap_policy_take(struct snapshot *s, struct policy *p)
{
	bool asked = s->policy_asks;

	s->policy_asks = policy_asks_machines(p);
	engine_set_policy(s->engine, p);
	snapshot_derp_refresh(s);
	if (s->policy_asks != asked)
		ask_all(s);
}

/* Whether what it is told of its own addresses and routes is another than
 * before: routes of others are no news of itself. */
static bool
own_differs(struct snapshot *s, struct snap_node *n)
{
	uint8_t hash[TOLD_SIZE];
	struct buf record;
	bool differs;

	buf_init(&record, s->scratch, RECORD_MAX);
	maprecord_put(s, &record, n, n);
	crypto_generichash(
		hash, sizeof(hash), record.bytes, record.len, NULL, 0);
	differs = memcmp(hash, n->own_record, sizeof(hash)) != 0;
	memcpy(n->own_record, hash, sizeof(hash));
	arena_reset(s->scratch);
	return differs;
}

/* What others get of it differs from its addresses alone. */
static void
look(struct snapshot *s, struct snap_node *n)
{
	struct engine_record own;
	struct buf caps;

	engine_record(s->engine, n->id, n->id, s->scratch, &own);
	buf_init(&caps, s->scratch, 64 * 1024);
	engine_put_peer_caps(s->engine, n->id, &caps);
	buf_put(&caps, "", 1);
	if (own_text(&n->peer_caps, (const char *)caps.bytes)) {
		/* Of whom nobody heard yet it is told with the rest. */
		if (n->unannounced)
			snap_stale(s, n, 1u << ASPECT_WHOLE);
		else
			snap_touch(s, n, ASPECT_CAPS);
	}
	n->only_ipv6 = n->ipv4 && n->ipv6 && own.addresses.count == 1;
	snap_mark_special(s, n,
		n->only_ipv6 || own.allowed_ips.count != own.addresses.count);
	arena_reset(s->scratch);
}

static void
take(struct snapshot *s, struct snap_node *n, unsigned parts)
{
	static const struct {
		unsigned parts;
		enum aspect aspect;
	} table[] = {
		{ PART_FILTER, ASPECT_FILTER },
		{ PART_SSH, ASPECT_SSH },
		{ PART_PEERS, ASPECT_PEERS },
		{ PART_ROUTES, ASPECT_ROUTES },
		{ PART_CAPS, ASPECT_SELF },
	};

	if (parts & (PART_ROUTES | PART_CAPS))
		look(s, n);
	if (parts & (PART_ROUTES | PART_CAPS) && own_differs(s, n))
		snap_touch(s, n, ASPECT_SELF);
	if (parts & (PART_PEERS | PART_CAPS))
		snap_dns_node(s, n);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (parts & table[i].parts)
			snap_touch(s, n, table[i].aspect);
}

void
snap_policy_settle(struct snapshot *s)
{
	const struct engine_dirty *list;
	size_t count;

	snap_election(s);
	count = engine_dirty(s->engine, &list);

	for (size_t i = 0; i < count; i++) {
		struct snap_node *n = snapshot_node(s, list[i].id);

		if (n)
			take(s, n, list[i].parts);
	}
	if (count)
		engine_clean(s->engine);
}
