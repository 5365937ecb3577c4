/*
 * mapmessages.h: what a client shows its people because the server says so: its
 * key expires within a week, a route of it waits, it does not have the tags
 * that it asks for, it waits itself.
 *
 * DisplayMessages from capability version 117 on, patched by key, and Health
 * below, whole; never both.  They travel with what changes of the node itself,
 * and only when they differ from what this stream was told, which the stream
 * remembers.  They make a client rebuild its netmap.
 */
#ifndef TAILNET_MAPMESSAGES_H
#define TAILNET_MAPMESSAGES_H

#include "base/buf.h"
#include "tailnet/mapresp.h"

enum {
	MESSAGE_EXPIRY_SECONDS = 7 * 86400, /* before it, people are told */
};

/* What is to be shown at `now`. */
struct map_said mapmessages_of(const struct snap_node *n, int64_t now);
/* Whether the stream was told something else; false without a stream. */
bool mapmessages_differ(const struct map_viewer *v, int64_t now);
/* {"ClientVersion":…} after `before`, when there is a newest version to tell of
 * (setting client_version); `cleared`: there is none any more. */
void mapmessages_put_version(const struct snapshot *s, struct buf *out,
	const char *before, const struct snap_node *n, bool cleared);

/* The member, after `before` ("," or "{"); nothing when the client knows it
 * already.  The stream is told then.  Whether it was written. */
bool mapmessages_put(struct buf *out, const char *before,
	const struct map_viewer *v, int64_t now);

#endif
