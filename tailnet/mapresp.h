/*
 * mapresp.h: map messages made from the snapshot, ready for the stream: a
 * 4-byte little-endian length and zstd frames (spec/protocol.md 6.3).
 *
 * A full map is made of shared parts: the peers stand in compressed frames of
 * up to CHUNK_NODES, made once a change and used by every viewer; only the head
 * with the viewer's own node and the one frame that would hold the viewer
 * itself are made for it alone.  Clients decode any number of frames as one
 * message.
 *
 * A delta goes from a generation to now.  All viewers at the same generation
 * get the same bytes, but for those that are among the changed nodes
 * themselves: a client must never get a patch of its own id
 * (spec/map-and-state.md 1.4).
 */
#ifndef TAILNET_MAPRESP_H
#define TAILNET_MAPRESP_H

#include "tailnet/mapheld.h"
#include "tailnet/snapshot.h"

/* What a client was told to show its people (tailnet/mapmessages.h). */
struct map_said {
	unsigned messages;  /* a bit for each */
	int64_t expires_at; /* that one of them names, 0 */
};

struct map_viewer {
	struct snap_node *node;
	struct map_held *held; /* its stream's: what its client has; NULL if
				* there will be no delta */
	struct map_said *said; /* its stream's; NULL as above */
	int64_t capver;
	bool plain;   /* no zstd: the request did not ask for it */
	bool rebuild; /* deltas must make the client rebuild its netmap */
	bool exact;   /* the full map is all that there will be */
};

/* Takes over the reference of each blob, in the order of the bytes. */
typedef void map_part(void *arg, struct blob *b);

/* Everything, as the first message of a stream, or as a replacement later: what
 * `held` says is forgotten, and it is what was sent then;
 * unless `exact`, a second message of patches may follow for peers that roamed
 * since their frame was made.  `now` becomes ControlTime. */
void mapresp_full(struct snapshot *s, const struct map_viewer *v, int64_t now,
	map_part *put, void *arg);

/* What changed of peers and profiles since `from`; NULL when nothing did that
 * this viewer sees.  Safe for the client's incremental path. */
struct blob *mapresp_delta(
	struct snapshot *s, const struct map_viewer *v, uint64_t from);

/* Whether all that changed since is endpoints, home DERP and presence: what
 * every client takes in without a rebuild. */
bool mapresp_is_soft(const struct snapshot *s, uint64_t from);

/* What changed of the viewer's own node, DNS, DERP map, domain since `from`;
 * NULL when nothing did.  Makes the client rebuild. */
struct blob *mapresp_self(struct snapshot *s, const struct map_viewer *v,
	uint64_t from, int64_t now);

/* Whether the client cannot be brought up to date by deltas any more. */
bool mapresp_too_old(const struct snapshot *s, uint64_t from);

/* A node that is expired, or unapproved: itself with its past KeyExpiry or
 * without MachineAuthorized, an empty filter, no peers.  The stream stays, and
 * a later full map revives the client. */
struct blob *mapresp_shut_out(
	struct snapshot *s, const struct map_viewer *v, int64_t now);

/* A node that was removed, or whose node key was rotated away: the farewell
 * that makes the client ask for a login (spec/map-and-state.md 5.7). */
struct blob *mapresp_farewell(struct snapshot *s, bool plain, int64_t node_id,
	const char *name, const struct key *node_key);

/* {"KeepAlive":true}, the same bytes each time; a new reference. */
struct blob *mapresp_keepalive(bool plain);

#endif
