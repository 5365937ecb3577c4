/*
 * snapdns.h: the DNSConfig of each viewer of the snapshot, and when it may have
 * changed.
 *
 * What changes it for everybody raises COMMON_DNS, what changes it for one
 * machine touches its ASPECT_DNS; a stream that owes either makes the config
 * and compares it to what its client has (map_held.dns).  So nobody is sent one
 * that does not differ, and events may be told of too often.
 */
#ifndef TAILNET_SNAPDNS_H
#define TAILNET_SNAPDNS_H

#include "base/buf.h"
#include "tailnet/mapresp.h"
#include "tailnet/snapshot.h"

void snap_dns_free(struct snapshot *s);
/* Reads the rows. */
enum err snap_dns_load(struct snapshot *s, struct db *db);
/* What is known of the node is another, or whom it may see: what it is told, or
 * what others are told of it, may differ. */
void snap_dns_node(struct snapshot *s, struct snap_node *n);

/* The JSON object; notes in `held` that its client has it. */
void snap_dns_put(
	struct snapshot *s, struct buf *out, const struct map_viewer *v);
bool snap_dns_may_differ(
	const struct snapshot *s, const struct map_viewer *v, uint64_t from);
/* The same where the client has another one; false: nothing was put. */
bool snap_dns_put_change(struct snapshot *s, struct buf *out,
	const struct map_viewer *v, uint64_t from);

#endif
