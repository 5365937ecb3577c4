#include "worker/owners.h"

#include <stdlib.h>

#include "base/own.h"

struct owner {
	int64_t node_id, user_id;
	UT_hash_handle hh;
};

static struct owner *owners;
static size_t holds;

static void
set(int64_t node_id, int64_t user_id)
{
	struct owner *o;

	HASH_FIND(hh, owners, &node_id, sizeof(node_id), o);
	if (!o) {
		o = own_alloc(sizeof(*o));
		o->node_id = node_id;
		HASH_ADD(hh, owners, node_id, sizeof(o->node_id), o);
	}
	o->user_id = user_id;
}

static void
clear(void)
{
	struct owner *o, *next;

	HASH_ITER(hh, owners, o, next)
	{
		HASH_DEL(owners, o);
		free(o);
	}
}

static void
load(struct snapshot *s)
{
	struct snap_node *n, *next;

	HASH_ITER(by_id, s->by_id, n, next)
	set(n->id, n->user_id);
}

void
owners_hold(struct snapshot *s)
{
	if (!holds++)
		load(s);
}

void
owners_drop(void)
{
	if (!--holds)
		clear();
}

void
owners_reload(struct snapshot *s)
{
	clear();
	if (holds)
		load(s);
}

void
owners_changed(
	struct snapshot *s, int64_t node_id, int64_t *before, int64_t *now)
{
	struct snap_node *n = snapshot_node(s, node_id);
	struct owner *o;

	HASH_FIND(hh, owners, &node_id, sizeof(node_id), o);
	*before = o ? o->user_id : 0;
	*now = n ? n->user_id : 0;
	if (!holds)
		return;
	if (n) {
		set(node_id, n->user_id);
	} else if (o) {
		HASH_DEL(owners, o);
		free(o);
	}
}
