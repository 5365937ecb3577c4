/*
 * provider.h: who vouches for people (OpenID Connect), table `provider`.
 *
 * The client's secret is sealed (tailnet/seal.h).  What was read of the
 * provider last, discovery and keys, is kept beside it, so that a provider that
 * is away is asked for nothing that is known already.
 */
#ifndef DB_PROVIDER_H
#define DB_PROVIDER_H

#include "base/bytes.h"
#include "db/db.h"

struct provider {
	int64_t id;
	const char *name; /* on buttons; unique without regard to case */
	const char *issuer, *client_id;
	struct bytes secret; /* sealed; empty: a public client */
	const char *scopes;  /* a blank between two */
	/* Lines; "": everybody passes.  Whoever is let in passes all three. */
	const char *domains, *users, *groups;
	const char *group_claim, *group_domain;
	const char *role_claim, *roles;
	bool links;      /* to who has the verified address already */
	bool key_expiry; /* keys of machines end with the token */
	/* What was read of it, and how that went. */
	const char *discovery, *error, *keys;
	int64_t discovery_at, tried_at, keys_at, keys_tried_at; /* 0: never */
	int64_t created_at;
};

/* All but id and what was read.  ERR_EXISTS: the name, or issuer and client. */
enum err db_provider_add(struct db *db, const struct provider *p, int64_t *id);
/* The same of p->id; another issuer makes forgotten what was read. */
enum err db_provider_update(struct db *db, const struct provider *p);
enum err db_provider_delete(struct db *db, int64_t id);
enum err db_provider_by_id(
	struct db *db, int64_t id, struct arena *mem, struct provider *out);
enum err db_provider_by_name(struct db *db, const char *name, struct arena *mem,
	struct provider *out);
/* By id, which is the order of their buttons. */
enum err db_providers(struct db *db, struct arena *mem, struct provider **rows,
	size_t *count);

/* It was asked, and what came of it: `text` NULL when it was no good, and then
 * the last good one stays. */
enum err db_provider_discovered(struct db *db, int64_t id, const char *text,
	const char *error, int64_t now);
enum err db_provider_keys(
	struct db *db, int64_t id, const char *text, int64_t now);

#endif
