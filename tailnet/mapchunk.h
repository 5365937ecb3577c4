/*
 * mapchunk.h: the peers of a chunk, as full maps hold them.
 *
 * The JSON of all peers of a chunk lies side by side in one piece of memory.
 * After a change only the peers that changed are encoded; the rest is copied in
 * one go and compressed from there, since a thousand texts that lie anywhere
 * cost more to fetch than to compress.
 *
 * Viewers that may see the same peers of a chunk, with the same records, share
 * a frame; a chunk keeps CHUNK_FRAMES of them, as many as it has kinds of
 * viewers in most networks.
 *
 * A peer that roams, comes or goes does not cost its chunk's frames at once:
 * patches after the map say what it has become, until more of them were sent
 * than a new frame costs.
 */
#ifndef TAILNET_MAPCHUNK_H
#define TAILNET_MAPCHUNK_H

#include "base/buf.h"
#include "tailnet/snapshot.h"

/* One frame of all peers that the viewer sees, with commas between them.  NULL:
 * it sees none.  Unless `exact`, mapchunk_patches belongs to it. */
struct blob *mapchunk_frame(struct snapshot *s, struct snap_chunk *c,
	const struct snap_node *viewer, bool exact);

/* The PeerChanges that bring the frame that this viewer has just got up to now,
 * after commas like mapchunk_put. */
void mapchunk_patches(struct snapshot *s, struct buf *out, struct snap_chunk *c,
	const struct snap_node *viewer, bool *comma);

/* The same without compressing, after a comma if `comma`, which tells then
 * whether the list has items. */
void mapchunk_put(struct snapshot *s, struct buf *out, struct snap_chunk *c,
	const struct snap_node *viewer, bool *comma);

#endif
