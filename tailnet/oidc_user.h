/*
 * oidc_user.h: the user whom a provider vouches for: made, and brought up to
 * what the provider says.  All in the caller's transaction.
 */
#ifndef TAILNET_OIDC_USER_H
#define TAILNET_OIDC_USER_H

#include "tailnet/oidc.h"

/* A member; active, or with `approve` waiting for an admin.  The name is what
 * they like to be called, made to fit, with a number behind it if somebody is
 * called so. */
enum err oidc_user_new(struct db *db, const struct provider *p,
	const struct oidc_person *who, bool approve, int64_t now,
	struct arena *mem, struct user *out);
/* Address (verified, and nobody else's), display name and picture as they are
 * there; the role where a claim says it, but an owner stays one; who was
 * invited has come, or waits to be approved. */
enum err oidc_user_update(struct db *db, const struct provider *p,
	const struct oidc_person *who, int64_t now, struct arena *mem,
	struct user *u);

#endif
