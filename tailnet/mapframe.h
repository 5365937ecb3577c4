/*
 * mapframe.h: JSON of maps as the blobs that streams send: single frames, to be
 * parts of a message, and whole messages.
 */
#ifndef TAILNET_MAPFRAME_H
#define TAILNET_MAPFRAME_H

#include <stdbool.h>

#include "base/blob.h"
#include "base/buf.h"
#include "base/bytes.h"

/* One frame. */
struct blob *mapframe_of(struct bytes json);
/* One frame of peers with commas between them. */
struct blob *mapframe_of_peers(struct bytes json);
/* "[", "," and the like between shared frames: never compressed. */
struct blob *mapframe_stored(const char *json);

/* A whole message: length, then one frame or the JSON itself. */
struct blob *mapframe_message(
	struct arena *mem, const struct buf *json, bool plain);

#endif
