#include "tailnet/snapsee.h"

#include "policy/engine.h"
#include "tailnet/snapedit.h"

static uint64_t
bit(const struct snap_node *n)
{
	return UINT64_C(1) << n->id % CHUNK_NODES;
}

uint64_t
snap_sees(const struct snapshot *s, const struct snap_node *viewer,
	int64_t chunk_number)
{
	const struct snap_chunk *c = snap_chunk_at(s, chunk_number);

	if (!c)
		return 0;
	return c->there & engine_sees_mask(s->engine, viewer->id,
				  chunk_number * CHUNK_NODES);
}

bool
snap_sees_node(const struct snapshot *s, const struct snap_node *viewer,
	const struct snap_node *n)
{
	return snap_sees(s, viewer, n->id / CHUNK_NODES) & bit(n);
}

bool
snap_sees_any_of(const struct snapshot *s, const struct snap_node *viewer,
	const struct snap_owned *nodes)
{
	const struct snap_node *n;

	TAILQ_FOREACH (n, nodes, owned)
		if (snap_sees_node(s, viewer, n))
			return true;
	return false;
}

bool
snap_sees_anyone(const struct snapshot *s, const struct snap_node *viewer)
{
	for (size_t i = 0; i < s->chunk_count; i++)
		if (snap_sees(s, viewer, s->chunks[i]->number))
			return true;
	return false;
}
