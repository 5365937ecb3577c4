/*
 * routes.h: the routes that a node advertises and those that are approved, in
 * one form (spec/map-and-state.md 6.1).
 *
 * Approved and advertised are two lists, and what is in both is in force.  So a
 * route may be approved before it is advertised, and stays approved while it is
 * not.
 */
#ifndef TAILNET_ROUTES_H
#define TAILNET_ROUTES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

enum {
	ROUTES_MAX = 512, /* of one node; more are left out */
};

/* Prefixes only (what is none is left out), sorted, no doubles, as JSON text.
 */
const char *routes_normal(
	struct arena *mem, const struct json_texts *routable_ips);

/* 0.0.0.0/0 or ::/0: everything, for who chooses this node as exit. */
bool route_is_exit(const char *route);

/* Why nobody can carry it, as "is for multicast"; NULL: somebody may.  A
 * machine may advertise it, and it is not approved.  The tailnet's own
 * addresses and 169.254.0.0/16 (where clouds answer) are routes like others. */
const char *route_trouble(const char *route);

/* Routes as people write them, to be approved: host bits are cleared, one exit
 * route stands for both; sorted, each once, as JSON text.  ERR_BAD_ROUTE,
 * ERR_TOO_BIG past ROUTES_MAX. */
enum err routes_to_approve(
	struct arena *mem, const struct json_texts *written, const char **json);

#endif
