/*
 * link.h: links whose address is a secret: setup, invite, reset.  Table `link`.
 *
 * The token (43 characters) is kept as a keyed hash.  Looking spends nothing;
 * db_link_spend does, once.
 */
#ifndef DB_LINK_H
#define DB_LINK_H

#include "db/db.h"

#define LINK_TABLE(X)       \
	X(SETUP, "setup")   \
	X(INVITE, "invite") \
	X(RESET, "reset")

enum link_kind {
#define X(name, word) LINK_##name,
	LINK_TABLE(X)
#undef X
	LINK_KINDS,
};

struct link_row {
	int64_t id;
	enum link_kind kind;
	uint8_t hash[32];
	int64_t user_id; /* 0 of a setup link */
	int64_t made_by; /* 0: the command line */
	int64_t created_at, expires_at, used_at;
};

const char *link_word(enum link_kind kind);
enum err db_link_add(struct db *db, const struct link_row *l, int64_t *id);
/* The row, whatever its state. */
enum err db_link_by_hash(
	struct db *db, const uint8_t hash[32], struct link_row *out);
/* ERR_NOT_FOUND unless it was good at `now`. */
enum err db_link_spend(struct db *db, int64_t id, int64_t now);
/* Ends all others of that kind and user (0: setup): a new link is the only. */
enum err db_link_revoke(
	struct db *db, enum link_kind kind, int64_t user_id, int64_t now);
/* Ends all that this user made for others. */
enum err db_link_revoke_made_by(struct db *db, int64_t user_id, int64_t now);
enum err db_link_prune(struct db *db, int64_t before, int64_t *gone);

#endif
