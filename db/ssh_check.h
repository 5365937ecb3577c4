/*
 * ssh_check.h: SSH connections whose owner is asked first, table `ssh_check`.
 *
 * The link holds "hskey-authreq-" + 24 characters; the row holds their keyed
 * hash.  waiting → approved or rejected, once; what waits or is approved may be
 * ended: by a person, or by a rule of tailnet/check_ends.h.
 */
#ifndef DB_SSH_CHECK_H
#define DB_SSH_CHECK_H

#include "db/db.h"
#include "proto/key.h"

enum {
	CHECK_AHEAD_SECONDS = 60, /* decided so much later than now: a clock
				   * that was set back a little */
};

enum ssh_check_state {
	CHECK_WAITING,
	CHECK_APPROVED,
	CHECK_REJECTED,
	CHECK_ENDED,
};

struct ssh_check {
	int64_t id;
	uint8_t auth_hash[32];
	const char *code;       /* last six characters of the link */
	int64_t src_id, dst_id; /* nodes, which may be gone */
	struct key src_key;     /* node key of the source */
	int64_t user_id;        /* owner of the source; 0: it had tags */
	const char *login;
	const char *src_name, *dst_name, *user_name; /* as they were */
	int64_t period; /* seconds; 0: each connection asks */
	enum ssh_check_state state;
	const char *reason;     /* of a rejection or an end; "" */
	const char *decided_by; /* actor; "" until then */
	int64_t created_at;
	int64_t expires_at; /* of the link */
	int64_t decided_at, ended_at;
};

/* Which connection: approvals are looked up by all of it. */
struct ssh_check_key {
	int64_t src_id, dst_id;
	const char *login;
	struct key src_key;
	int64_t user_id;
};

enum err db_ssh_check_add(
	struct db *db, const struct ssh_check *c, int64_t *id);
enum err db_ssh_check_by_id(
	struct db *db, int64_t id, struct arena *mem, struct ssh_check *out);
enum err db_ssh_check_by_hash(struct db *db, const uint8_t auth_hash[32],
	struct arena *mem, struct ssh_check *out);
/* The newest that waits for that connection. */
enum err db_ssh_check_waiting(struct db *db, const struct ssh_check_key *k,
	int64_t now, struct arena *mem, struct ssh_check *out);
/* The newest approval of it that holds at `now`: neither longer than it was
 * given for, nor than `period` seconds. */
enum err db_ssh_check_approved(struct db *db, const struct ssh_check_key *k,
	int64_t period, int64_t now, struct arena *mem, struct ssh_check *out);
/* Those that wait or are approved since `after`, by id. */
enum err db_ssh_checks_open(struct db *db, int64_t after, int64_t now,
	struct arena *mem, struct ssh_check **rows, size_t *count);
/* Those that wait or are approved, over or not, of that machine at either end;
 * by id. */
enum err db_ssh_checks_of(struct db *db, int64_t node_id, struct arena *mem,
	struct ssh_check **rows, size_t *count);
/* Newest first. */
enum err db_ssh_checks(struct db *db, struct arena *mem,
	struct ssh_check **rows, size_t *count);

/* How many wait: in all, of the source, of the destination, of the two. */
struct ssh_check_counts {
	int64_t all, source, destination, pair;
};
enum err db_ssh_check_count(struct db *db, int64_t src_id, int64_t dst_id,
	int64_t now, struct ssh_check_counts *out);

/* Of the destination at which most wait, of that source if it is not 0: the
 * newest that waits, and how many do.  ERR_NOT_FOUND when none waits. */
struct ssh_check_most {
	int64_t id, count;
};
enum err db_ssh_check_most(
	struct db *db, int64_t src_id, int64_t now, struct ssh_check_most *out);

/* `state` approved or rejected.  ERR_NOT_FOUND unless it waits at `now`. */
enum err db_ssh_check_decide(struct db *db, int64_t id,
	enum ssh_check_state state, const char *reason, const char *by,
	int64_t now);
/* ERR_NOT_FOUND unless it waits or is approved. */
enum err db_ssh_check_end(
	struct db *db, int64_t id, const char *reason, int64_t now);
/* All but the newest `keep` of those that are over at `now`. */
enum err db_ssh_check_trim(
	struct db *db, int64_t now, int64_t keep, int64_t *gone);
/* Link and approval ended before `before`. */
enum err db_ssh_check_prune(struct db *db, int64_t before, int64_t *gone);

#endif
