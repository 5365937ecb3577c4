/*
 * oidc_flow.h: browsers that were sent to a provider and are not back yet,
 * table `oidc_flow`.  The state is kept as a keyed hash, and its row is taken
 * once: whoever comes with it again finds nothing.
 */
#ifndef DB_OIDC_FLOW_H
#define DB_OIDC_FLOW_H

#include "db/db.h"

enum {
	OIDC_FLOW_SECONDS = 600,
	OIDC_FLOWS_MAX = 4096, /* at once; the oldest go for a new one */
};

#define OIDC_AIM_TABLE(X)     \
	X(SIGN_IN, "sign-in") \
	X(FRESH, "fresh")     \
	X(LINK, "link")

enum oidc_aim {
#define X(name, word) OIDC_##name,
	OIDC_AIM_TABLE(X)
#undef X
	OIDC_AIMS,
};

struct oidc_flow {
	int64_t id;
	uint8_t hash[32];
	int64_t provider_id;
	enum oidc_aim aim;
	int64_t session; /* web_session of fresh and link, else 0 */
	const char *next;
	int64_t began_at;
};

/* Ends those whose time is over, too. */
enum err db_oidc_flow_add(struct db *db, const struct oidc_flow *f);
/* The row goes.  ERR_NOT_FOUND: there is none; it may be old, see began_at. */
enum err db_oidc_flow_take(struct db *db, const uint8_t hash[32],
	struct arena *mem, struct oidc_flow *out);

#endif
