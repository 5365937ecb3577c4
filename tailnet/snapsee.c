#include "tailnet/snapsee.h"

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
	uint64_t there = c ? c->there : 0;

	if (viewer->id / CHUNK_NODES == chunk_number)
		there &= ~bit(viewer);
	return there;
}

bool
snap_sees_node(const struct snapshot *s, const struct snap_node *viewer,
	const struct snap_node *n)
{
	return snap_sees(s, viewer, n->id / CHUNK_NODES) & bit(n);
}

bool
snap_sees_anyone(const struct snapshot *s, const struct snap_node *viewer)
{
	for (size_t i = 0; i < s->chunk_count; i++)
		if (snap_sees(s, viewer, s->chunks[i]->number))
			return true;
	return false;
}
