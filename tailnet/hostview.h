/*
 * hostview.h: what of a Hostinfo others may see.
 *
 * Peers get OS, Hostname, the peerapi services, SSH host keys, ShareeNode and
 * Location, as the hosted service sends them (spec/map-and-state.md 2.2):
 * small, nothing about the person's device, and a change of anything else is no
 * news to anybody.
 */
#ifndef TAILNET_HOSTVIEW_H
#define TAILNET_HOSTVIEW_H

#include "proto/tailcfg.h"

/* JSON in `mem`; "{}" for what cannot be read. */
const char *hostview_of(struct arena *mem, const struct tailcfg_hostinfo *h);
const char *hostview_of_text(struct arena *mem, const char *hostinfo);
/* For the node itself: also its routes and requested tags. */
const char *hostview_of_self(struct arena *mem, const char *hostinfo);

#endif
