/*
 * pending.h: registrations that wait for a person, table `pending`.
 *
 * The link holds "hskey-authreq-" + 24 characters; the row holds their keyed
 * hash.  A decision is final: waiting → approved or rejected, once.
 */
#ifndef DB_PENDING_H
#define DB_PENDING_H

#include "db/db.h"
#include "proto/key.h"

enum {
	PENDING_MAX = 1024,       /* waiting at once */
	PENDING_ADDRESS_MAX = 32, /* of them from one address, or /64 */
	PENDING_LIFE_SECONDS = 900,
};

enum pending_state {
	PENDING_WAITING,
	PENDING_APPROVED,
	PENDING_REJECTED,
};

/* In decided_by, where a newer link decided. */
#define PENDING_REPLACED_BY "machine"

struct pending {
	int64_t id;
	uint8_t auth_hash[32];
	const char *code; /* last six characters of the link, shown to people */
	struct key machine_key, node_key;
	struct key old_node_key; /* zero: none */
	const char *hostname, *hostinfo;
	int64_t capver;
	bool ephemeral;
	int64_t wanted_expiry; /* 0: none asked for */
	const char *address;
	enum pending_state state;
	const char *reason; /* of a rejection */
	int64_t node_id;    /* of an approval, else 0 */
	int64_t created_at, expires_at, decided_at;
	const char *decided_by; /* actor; "" until then */
};

enum err db_pending_add(struct db *db, const struct pending *p, int64_t *id);
enum err db_pending_by_id(
	struct db *db, int64_t id, struct arena *mem, struct pending *out);
enum err db_pending_by_hash(struct db *db, const uint8_t auth_hash[32],
	struct arena *mem, struct pending *out);
/* The newest waiting row of that machine and node key. */
enum err db_pending_by_keys(struct db *db, const struct key *machine_key,
	const struct key *node_key, int64_t now, struct arena *mem,
	struct pending *out);
/* Waiting and not expired, by id. */
enum err db_pendings(struct db *db, int64_t now, struct arena *mem,
	struct pending **rows, size_t *count);
/* Of them those of machines that were that user's when they asked. */
enum err db_pendings_of_user(struct db *db, int64_t user_id, int64_t now,
	struct arena *mem, struct pending **rows, size_t *count);
/* Still waiting when their time ended: after `after`, not after `until`. */
enum err db_pendings_expired(struct db *db, int64_t after, int64_t until,
	int64_t limit, struct arena *mem, struct pending **rows, size_t *count);
enum err db_pending_count(struct db *db, int64_t now, int64_t *count);
/* Of them, those from that address or, with IPv6, its /64. */
enum err db_pending_count_from(struct db *db, int64_t now, const char *address,
	struct arena *mem, int64_t *count);
/* What the client says and how long the row lives: hostname, hostinfo, capver,
 * ephemeral, wanted_expiry, expires_at. */
enum err db_pending_update(struct db *db, const struct pending *p);
/* ERR_NOT_FOUND unless the row is still waiting at `now`. */
enum err db_pending_approve(struct db *db, int64_t id, int64_t node_id,
	const char *by, int64_t now);
enum err db_pending_reject(struct db *db, int64_t id, const char *reason,
	const char *by, int64_t now);
/* The machine asks with another node key than in these rows, which nobody can
 * approve any more: they become rejected, by PENDING_REPLACED_BY. */
enum err db_pending_replace(struct db *db, const struct key *machine_key,
	const struct key *node_key, int64_t now);
bool pending_is_replaced(const struct pending *p);
/* Rows whose life ended before `before`. */
enum err db_pending_prune(struct db *db, int64_t before, int64_t *gone);

#endif
