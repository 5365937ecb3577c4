/*
 * change.h: what happened, in commit order, table `change`.
 *
 * Triggers write the rows in the transaction of the write itself.  The worker
 * reads the rows it has not seen and tells the nodes concerned, so a write from
 * a form, the API or the command line reaches them by one and the same path.
 */
#ifndef DB_CHANGE_H
#define DB_CHANGE_H

#include "db/db.h"

#define CHANGE_TABLE(X)               \
	X(NODE, "node")               \
	X(NODE_GONE, "node-gone")     \
	X(USER, "user")               \
	X(PENDING, "pending")         \
	X(PREAUTH_KEY, "preauth-key") \
	X(SETTING, "setting")         \
	X(POLICY, "policy")           \
	X(DNS, "dns")                 \
	X(SERVER_KEY, "server-key")   \
	X(WEB_SESSION, "web-session") \
	X(AUDIT, "audit")             \
	X(ASK, "ask")                 \
	X(CHECK, "check")             \
	X(RELAY, "relay")             \
	X(HEALTH, "health")

enum change_kind {
#define X(name, word) CHANGE_##name,
	CHANGE_TABLE(X)
#undef X
	CHANGE_KINDS, /* how many; also "a kind this program does not know" */
};

struct change {
	int64_t seq;
	enum change_kind kind;
	int64_t id; /* of the row, ASK: of its node; 0 where there is none */
};

const char *change_word(enum change_kind kind);
enum change_kind change_kind(const char *word);

/* At most `limit` rows after `seq`, oldest first. */
enum err db_changes_after(struct db *db, int64_t seq, int64_t limit,
	struct arena *mem, struct change **changes, size_t *count);
/* The last seq ever given, 0 if none; 0 < min: the oldest row still kept. */
enum err db_change_last(struct db *db, int64_t *seq);
enum err db_change_first(struct db *db, int64_t *seq);
/* When that row was written; 0 when it is not there. */
enum err db_change_at(struct db *db, int64_t seq, int64_t *at);
/* Whether a row of that kind and id came after `seq`. */
enum err db_change_since(struct db *db, enum change_kind kind, int64_t id,
	int64_t seq, bool *found);
/* Deletes rows older than `before` (Unix seconds), and more than `keep`. */
enum err db_change_prune(
	struct db *db, int64_t before, int64_t keep, int64_t *gone);

#endif
