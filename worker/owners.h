/*
 * owners.h: whose machine a changed row is, and whose it was before: a row that
 * is gone cannot tell, and the page of its owner must hear of it.
 *
 * Kept only while somebody asks.
 */
#ifndef WORKER_OWNERS_H
#define WORKER_OWNERS_H

#include "tailnet/snapshot.h"

/* Each hold has its drop. */
void owners_hold(struct snapshot *s);
void owners_drop(void);
/* All of them anew: the snapshot was loaded again. */
void owners_reload(struct snapshot *s);
/* After a change of the node: user ids, 0 where there is none. */
void owners_changed(
	struct snapshot *s, int64_t node_id, int64_t *before, int64_t *now);

#endif
