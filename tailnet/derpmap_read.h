/*
 * derpmap_read.h: maps of relays that others made: JSON as the hosted service
 * and headscale give it (spec/protocol.md 7.7), checked, and in a form of our
 * own in which equal maps are equal bytes.
 *
 * Taken are regions, their nodes, coordinates and the flags that clients know.
 * HomeParams and what nobody knows is left out.  A region that is null counts
 * as not there.  Nothing odd is mended: one node that is wrong refuses the map,
 * so that what is in force is always a map that somebody meant.
 */
#ifndef TAILNET_DERPMAP_READ_H
#define TAILNET_DERPMAP_READ_H

#include "base/bytes.h"
#include "proto/tailcfg.h"

enum {
	DERPMAP_BYTES_MAX = 128 * 1024, /* of one source */
	DERPMAP_REGIONS_MAX = 128,
	DERPMAP_NODES_MAX = 16, /* of a region */
	DERPMAP_REGION_MAX = 65535,
	DERPMAP_CODE_MAX = 32, /* bytes, as all of these */
	DERPMAP_NAME_MAX = 64,
	DERPMAP_HOST_MAX = 253,
};

/* How far whoever made it is trusted. */
enum derpmap_trust {
	DERPMAP_FETCHED, /* its nodes are checked by certificates: whoever says
			  * otherwise (InsecureForTests) is refused */
	DERPMAP_OWN,     /* a file that an admin put there */
};

/*
 * Regions in order of their ids, in `mem`.  ERR_BAD_INPUT, ERR_TOO_BIG: *why
 * says what is wrong, in words for people.
 */
enum err derpmap_read(struct bytes text, enum derpmap_trust trust,
	struct arena *mem, struct tailcfg_derp_map *out, const char **why);
/* The regions of `from` into `to`, in the place of those that it has. */
enum err derpmap_add(struct tailcfg_derp_map *to,
	const struct tailcfg_derp_map *from, struct arena *mem,
	const char **why);
/* The form of our own. */
const char *derpmap_text(const struct tailcfg_derp_map *map, struct arena *mem);
/* The same to be kept: a map that derpmap_read would not read again, of several
 * files or with what is written longer there, is refused as it would be. */
enum err derpmap_keep(const struct tailcfg_derp_map *map, struct arena *mem,
	const char **text, const char **why);

/* A DNS name of letters, digits, '-', '_' and '.', or an address. */
bool derpmap_host_is_valid(const char *host);
/* "" (ask DNS), "none", or an address of that family. */
bool derpmap_ip_is_valid(const char *ip, int family);
/* 1 to `max` bytes of text that shows. */
bool derpmap_name_is_valid(const char *name, size_t max);
/* Exactly a SHA-256 in lower-case hex. */
bool derpmap_cert_is_valid(const char *hex);

#endif
