/*
 * mapjson.h: the JSON of map messages, member by member, from the snapshot.
 *
 * The names are those of tailcfg.MapResponse and tailcfg.Node; what is sent
 * when, and why, is in spec/map-and-state.md 1 and 2.
 */
#ifndef TAILNET_MAPJSON_H
#define TAILNET_MAPJSON_H

#include "base/buf.h"
#include "tailnet/mapresp.h"

/* A peer as most viewers get it (tailnet/maprecord.h), and as this one does. */
void mapjson_put_common(
	struct snapshot *s, struct buf *out, const struct snap_node *n);
void mapjson_put_peer(struct snapshot *s, struct buf *out,
	const struct snap_node *viewer, const struct snap_node *n);

/* One PeerChange with all that changed since `from` but needs no whole peer. */
void mapjson_patch(struct buf *out, const struct snap_node *n, uint64_t from);

/* From `{` to inside the list of UserProfiles, after the viewer's own, with a
 * comma: the shared profiles follow. */
void mapjson_head(struct snapshot *s, struct buf *out,
	const struct map_viewer *v, int64_t now);

/* The profile of a user; 0: of the owner of all tagged nodes. */
void mapjson_profile(struct snapshot *s, struct buf *out, int64_t user_id);
void mapjson_profiles(
	struct snapshot *s, struct buf *out, const struct snap_ids *users);

/* Whether anything of the viewer's own may have changed; then `{"Node":…}` and
 * what else did.  False: nothing did after all. */
bool mapjson_may_have_self_changes(const struct snapshot *s,
	const struct map_viewer *v, uint64_t from, int64_t now);
bool mapjson_self_changes(struct snapshot *s, struct buf *out,
	const struct map_viewer *v, uint64_t from, int64_t now);

void mapjson_shut_out(struct snapshot *s, struct buf *out,
	const struct map_viewer *v, int64_t now);
void mapjson_farewell(struct snapshot *s, struct buf *out, int64_t node_id,
	const char *name, const struct key *node_key);

#endif
