/*
 * ask.h: what machines are asked, table `ask`.  tailnet/ask.h has the kinds and
 * the rules; the change log names the machine, not the row.
 */
#ifndef DB_ASK_H
#define DB_ASK_H

#include "db/db.h"
#include "proto/key.h"

enum {
	ASK_TOKEN_SIZE = 16,
};

enum ask_state {
	ASK_OPEN,
	ASK_ANSWERED,
	ASK_REFUSED, /* the answer says that it cannot, or makes no sense */
	ASK_SILENT,  /* no answer came in time */
};

struct ask_row {
	int64_t id, node_id;
	const char *kind, *target; /* "prefs"; an address or "" */
	uint8_t token[ASK_TOKEN_SIZE];
	const char *asked_by; /* as audit.actor */
	int64_t asked_at;
	int64_t asked_ms; /* monotonic */
	int64_t due_at;
	enum ask_state state;
	int64_t ended_at, took_ms;
	const char *answer; /* as tailnet/ask.h has it */
};

enum err db_ask_add(struct db *db, const struct ask_row *a, int64_t *id);
enum err db_ask_by_id(
	struct db *db, int64_t id, struct arena *mem, struct ask_row *out);
/* Of that node, newest first. */
enum err db_asks(struct db *db, int64_t node_id, int64_t limit,
	struct arena *mem, struct ask_row **rows, size_t *count);
/* Open ones after `id`, oldest first. */
enum err db_asks_open(struct db *db, int64_t id, int64_t limit,
	struct arena *mem, struct ask_row **rows, size_t *count);
enum err db_ask_open_count(struct db *db, int64_t node_id, int64_t *count);
/* The newest id ever given; when the first open one is due; 0: none. */
enum err db_ask_last(struct db *db, int64_t *id);
enum err db_ask_next_due(struct db *db, int64_t *at);
/* state, ended_at, took_ms and answer.  ERR_NOT_FOUND unless it is open. */
enum err db_ask_end(struct db *db, const struct ask_row *a);
/* Open ones that are due become silent. */
enum err db_asks_silent(struct db *db, int64_t now, int64_t *count);
/* All but the newest `keep` of that node, ended or not. */
enum err db_ask_trim(struct db *db, int64_t node_id, int64_t keep);
enum err db_ask_prune(struct db *db, int64_t before, int64_t *gone);

#endif
