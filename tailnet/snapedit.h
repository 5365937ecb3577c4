/*
 * snapedit.h: how the snapshot is changed; for its own files only.
 *
 *   snapshot.c   nodes, users, chunks, generations: what everything rests on
 *   snaprows.c   from rows of the database: load, and the change log
 *   snapsoft.c   from what clients say: endpoints, presence
 */
#ifndef TAILNET_SNAPEDIT_H
#define TAILNET_SNAPEDIT_H

#include "db/node.h"
#include "tailnet/snapshot.h"

/* The aspect changed now, for whoever may see it. */
void snap_touch(struct snapshot *s, struct snap_node *n, enum aspect a);
/* Aspects that every client takes in by a patch without a rebuild. */
#define SNAP_PATCHED \
	(1u << ASPECT_ENDPOINTS | 1u << ASPECT_DERP | 1u << ASPECT_ONLINE)
/* What is cached of the node as a peer no longer holds, in these aspects. */
void snap_stale(
	struct snapshot *s, const struct snap_node *n, unsigned aspects);
void snap_frame_drop(struct snap_frame *f);
/* Whether its records are not the same for all viewers. */
void snap_mark_special(struct snapshot *s, struct snap_node *n, bool special);
/* Its node_live row must be written. */
void snap_live_dirty(struct snapshot *s, struct snap_node *n);

/* In every list and hash, with nothing but id, key and owner yet. */
struct snap_node *snap_insert(struct snapshot *s, const struct node *row);
void snap_remove(struct snapshot *s, struct snap_node *n);
/* Peers lose it, or hear of it like of a new one. */
void snap_hide(struct snapshot *s, struct snap_node *n, bool hidden);
/* Peers hear of it with the first thing that it says, or ANNOUNCE_TICKS later.
 */
void snap_hold_back(struct snapshot *s, struct snap_node *n);

/* The nodes of that user that peers see; user_id 0: the tagged ones.  NULL:
 * there is no such user. */
struct snap_owned *snap_owned(struct snapshot *s, int64_t user_id);
/* It is another's from now on; both lists follow. */
void snap_give(struct snapshot *s, struct snap_node *n, int64_t user_id);
/* NULL: it has no node. */
struct snap_chunk *snap_chunk_at(const struct snapshot *s, int64_t number);
void snap_profiles_stale(struct snapshot *s);
void snap_user_free(struct snap_user *u);

/* Nothing is left but the settings and the generation. */
void snap_clear(struct snapshot *s);

#endif
