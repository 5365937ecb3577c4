/*
 * factor.h: the second factor of users, tables `factor` and `recovery_code`.
 * Beside `user`, without triggers, as login.h: it concerns no machine.
 */
#ifndef DB_FACTOR_H
#define DB_FACTOR_H

#include "db/db.h"

enum {
	RECOVERY_HASH_SIZE = 32,
};

struct factor {
	int64_t user_id;
	struct bytes secret; /* sealed (tailnet/seal.h) */
	int64_t step;        /* of the last code that was used */
	int64_t added_at;
	int64_t codes; /* recovery codes that are left; not written */
};

/* ERR_NOT_FOUND for who has none. */
enum err db_factor_by_user(
	struct db *db, int64_t user_id, struct arena *mem, struct factor *out);
enum err db_factor_is_there(struct db *db, int64_t user_id, bool *there);
/* Whether the user signs in with a password and nothing more. */
enum err db_factor_is_lacking(struct db *db, int64_t user_id, bool *lacking);
/* ERR_EXISTS when the user has one. */
enum err db_factor_add(struct db *db, const struct factor *f);
/* ERR_NOT_FOUND unless that step is later than the last one. */
enum err db_factor_use(struct db *db, int64_t user_id, int64_t step);
/* With its recovery codes.  ERR_NOT_FOUND. */
enum err db_factor_delete(struct db *db, int64_t user_id);

enum err db_recovery_add(
	struct db *db, int64_t user_id, const uint8_t hash[RECOVERY_HASH_SIZE]);
/* The row goes; ERR_NOT_FOUND when there is none. */
enum err db_recovery_use(
	struct db *db, int64_t user_id, const uint8_t hash[RECOVERY_HASH_SIZE]);
enum err db_recovery_delete(struct db *db, int64_t user_id);

#endif
