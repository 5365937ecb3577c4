/*
 * mapdelta.h: what changed of peers and profiles for one viewer, as lists of
 * ids; the lists are the message.
 *
 * What a viewer owes is worked out with a bit test or two for each thing that
 * changed.  Viewers whose lists come out the same get the same bytes: the lists
 * are the key under which a message is kept, so that it is encoded and
 * compressed once for all of them, whatever the policy lets each see.
 */
#ifndef TAILNET_MAPDELTA_H
#define TAILNET_MAPDELTA_H

#include "tailnet/mapresp.h"

/* The message, or NULL; v->held is brought up to now. */
struct blob *mapdelta(
	struct snapshot *s, const struct map_viewer *v, uint64_t from);

/* What is cached no longer holds (the snapshot was emptied), or goes for good.
 */
void mapdelta_forget(struct snapshot *s);

#endif
