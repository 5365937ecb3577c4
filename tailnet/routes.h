/*
 * routes.h: the routes a node advertises, brought into one form.
 */
#ifndef TAILNET_ROUTES_H
#define TAILNET_ROUTES_H

#include "base/arena.h"
#include "base/json.h"

enum {
	ROUTES_MAX = 512, /* of one node; more are left out */
};

/* Prefixes only (what is none is left out), sorted, no doubles, as JSON text.
 */
const char *routes_normal(
	struct arena *mem, const struct json_texts *routable_ips);

#endif
