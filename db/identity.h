/*
 * identity.h: who a user is to a provider, table `identity`: the pair (issuer,
 * sub), each as it came.  A name or an address never stands for it.
 */
#ifndef DB_IDENTITY_H
#define DB_IDENTITY_H

#include "base/bytes.h"
#include "db/db.h"

struct identity {
	int64_t id, user_id;
	int64_t provider_id; /* 0: that one was taken away */
	const char *issuer, *sub;
	const char *email;    /* verified, or "" */
	const char *groups;   /* JSON, as policies write them */
	struct bytes refresh; /* sealed; empty: none was given */
	int64_t refreshed_at; /* 0: never; as the next ones */
	const char *refresh_error;
	int64_t token_until; /* exp of the last ID token */
	int64_t linked_at, signed_in_at;
};

/* ERR_EXISTS: somebody is that already. */
enum err db_identity_add(struct db *db, const struct identity *i, int64_t *id);
/* All but id, user, issuer, sub and linked_at. */
enum err db_identity_update(struct db *db, const struct identity *i);
enum err db_identity_delete(struct db *db, int64_t id);
enum err db_identity_by_id(
	struct db *db, int64_t id, struct arena *mem, struct identity *out);
enum err db_identity_of(struct db *db, const char *issuer, const char *sub,
	struct arena *mem, struct identity *out);
/* By id. */
enum err db_identities_of_user(struct db *db, int64_t user_id,
	struct arena *mem, struct identity **rows, size_t *count);
enum err db_identities_of_provider(struct db *db, int64_t provider_id,
	struct arena *mem, struct identity **rows, size_t *count);
/* Active owners that signed in by a provider that is still there, other than
 * the provider `but` (0: by any). */
enum err db_identity_owners(struct db *db, int64_t but, int64_t *count);

#endif
