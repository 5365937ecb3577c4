/*
 * audit_chain.h: the chain of hashes that the audit log is, and the places of
 * it that are kept, table `audit_mark`.
 *
 * Each row has a hash over itself and the hash of the row before, so that a row
 * that is changed or taken out shows.  Retention takes rows from the old end
 * and notes the last of them ('base'), which the oldest one left hangs on: so
 * rows that somebody takes from the old end show too.  Ids are never given
 * twice and leave no gap, so rows that are cut off the new end show: by the
 * counter of SQLite, and by the next row.  The hash has no key
 * (docs/adr/0021-audit-without-a-key.md): who may write the file and knows how
 * can make the whole chain anew.  Against that helps the number and hash of a
 * row that are kept elsewhere.
 *
 * A walk goes over rows in the order of their ids.  Rows of version 1, which
 * stand before all others, have no hash and are left out.
 */
#ifndef DB_AUDIT_CHAIN_H
#define DB_AUDIT_CHAIN_H

#include "db/audit.h"

enum {
	AUDIT_PRUNE_MAX = 10000, /* rows that one call takes */
};

struct audit_walk {
	int64_t id;     /* the last row that fits, 0: none yet */
	int64_t first;  /* the first row that was looked at, 0: none */
	int64_t broken; /* the first that does not fit; 0: none */
	int64_t rows;   /* looked at */
	bool anchored;  /* `hash` is known: what comes next must hang on it */
	bool ended;     /* there was none left */
	uint8_t hash[AUDIT_HASH_SIZE]; /* of row `id` */
};

struct audit_mark {
	int64_t id, broken, at, whole_at;
	uint8_t hash[AUDIT_HASH_SIZE];
};

/* A walk from the beginning, and one that goes on from where it was checked
 * last, if that row is still what it was. */
enum err db_audit_walk_whole(struct db *db, struct audit_walk *out);
enum err db_audit_walk_on(struct db *db, struct audit_walk *out);
/* At most `most` rows further.  Stops at the first that does not fit. */
enum err db_audit_walk(struct db *db, struct audit_walk *w, int64_t most);

/* Where it was checked last; all 0 when it never was. */
enum err db_audit_checked(struct db *db, struct audit_mark *out);
/* `whole`: the walk came from the beginning. */
enum err db_audit_set_checked(
	struct db *db, const struct audit_walk *w, bool whole, int64_t now);
/* The first that is known not to fit, while a walk that names it for good is
 * still under way. */
enum err db_audit_set_broken(struct db *db, int64_t broken, int64_t now);

/* A walk over all of it that is done in pieces: where it stands, and its end
 * (NULL).  From the beginning where none is under way. */
enum err db_audit_walk_resume(struct db *db, struct audit_walk *out);
enum err db_audit_set_walking(
	struct db *db, const struct audit_walk *w, int64_t now);

/* The newest id that was ever given, and the newest that is there or that
 * retention took: rows between them were cut off past cairn. */
enum err db_audit_cut(struct db *db, int64_t *given, int64_t *there);
/* What one row hangs on, and whether it fits. */
struct audit_link {
	bool chained; /* it has a hash; rows of version 1 have none */
	bool first;   /* `before` is not known: nothing is left before it */
	bool fits;    /* its hash is that of itself and `before` */
	uint8_t hash[AUDIT_HASH_SIZE], before[AUDIT_HASH_SIZE];
};

/* ERR_NOT_FOUND: there is no such row. */
enum err db_audit_link(struct db *db, int64_t id, struct audit_link *out);
/* Where a walk over all of it in pieces stands; all 0: none is under way. */
enum err db_audit_walking(struct db *db, struct audit_mark *out);

/* How many rows stand there without a hash. */
enum err db_audit_loose(struct db *db, int64_t *count);
/* The stored hash of a row, and the one that it hangs on: that of the row
 * before, or what was noted when retention took that.  ERR_NOT_FOUND. */
enum err db_audit_hash_of(
	struct db *db, int64_t id, uint8_t out[AUDIT_HASH_SIZE]);
enum err db_audit_hash_before(
	struct db *db, int64_t id, uint8_t out[AUDIT_HASH_SIZE]);

/* All of it at once.  *intact: up to which id it holds; *broken: the first that
 * does not fit, 0 if all do. */
enum err db_audit_check(struct db *db, int64_t *intact, int64_t *broken);
/* The rows from..until, of which the first is only what the next one hangs on.
 */
enum err db_audit_check_range(struct db *db, int64_t from, int64_t until,
	int64_t *intact, int64_t *broken);

/* Takes rows of before then, from the old end and without a gap, at most
 * AUDIT_PRUNE_MAX; a row of a clock that was ahead holds nothing up. */
enum err db_audit_prune(struct db *db, int64_t before, int64_t *gone);

/* How many rows it would take in all, however often it is called. */
enum err db_audit_older(struct db *db, int64_t before, int64_t *count);

#endif
