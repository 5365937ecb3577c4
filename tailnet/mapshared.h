/*
 * mapshared.h: messages about what all viewers have in common: DNS, relays,
 * the domain, the version.  Those of the same text are compressed once and
 * share their bytes: one for each class of viewers, as clients' versions and
 * policies make them.
 */
#ifndef TAILNET_MAPSHARED_H
#define TAILNET_MAPSHARED_H

#include "base/buf.h"
#include "tailnet/snapshot.h"

/* As mapframe_message; one reference, for the caller. */
struct blob *mapshared(struct snapshot *s, struct arena *mem,
	const struct buf *json, bool plain);

/* Nothing is kept any more. */
void mapshared_forget(struct snapshot *s);

#endif
