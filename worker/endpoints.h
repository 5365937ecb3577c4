/*
 * endpoints.h: the endpoints of a request in normal form: valid, in order,
 * once, at most ENDPOINTS_MAX, so that the same set in another order is no
 * change.
 */
#ifndef WORKER_ENDPOINTS_H
#define WORKER_ENDPOINTS_H

#include "base/json.h"

enum {
	ENDPOINTS_MAX = 32,
};

/* JSON list in `mem`.  Left out: unspecified, multicast, broadcast, link-local
 * IPv6, port 0, and loopback unless `loopback` (spec/reliability.md T25). */
const char *endpoints_normal(
	struct arena *mem, const struct json_texts *from, bool loopback);

#endif
