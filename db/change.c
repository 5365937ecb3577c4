#include "db/change.h"

#include <string.h>

/* The order here is the order in read_change. */
#define CHANGE_COLUMNS "seq, kind, id"

static const char *const words[] = {
#define X(name, word) [CHANGE_##name] = word,
	CHANGE_TABLE(X)
#undef X
};

const char *
change_word(enum change_kind kind)
{
	return kind < CHANGE_KINDS ? words[kind] : "";
}

enum change_kind
change_kind(const char *word)
{
	enum change_kind kind = 0;

	while (kind < CHANGE_KINDS && strcmp(words[kind], word) != 0)
		kind++;
	return kind;
}

static void
read_change(struct stmt *q, struct arena *mem, void *row)
{
	struct change *c = row;
	const char *word = col_text(q, 1, mem);

	c->seq = col_int(q, 0);
	c->kind = change_kind(word ? word : "");
	c->id = col_int(q, 2);
}

enum err
db_changes_after(struct db *db, int64_t seq, int64_t limit, struct arena *mem,
	struct change **changes, size_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT " CHANGE_COLUMNS " FROM change "
				     "WHERE seq > ?1 ORDER BY seq LIMIT ?2");

	stmt_int(q, 1, seq);
	stmt_int(q, 2, limit);
	return db_all(q, read_change, mem, sizeof(**changes), changes, count);
}

enum err
db_change_last(struct db *db, int64_t *seq)
{
	return db_number(
		db_stmt(db, "SELECT coalesce((SELECT seq FROM sqlite_sequence "
			    "WHERE name = 'change'), 0)"),
		seq);
}

enum err
db_change_first(struct db *db, int64_t *seq)
{
	return db_number(
		db_stmt(db, "SELECT coalesce(min(seq), 0) FROM change"), seq);
}

enum err
db_change_at(struct db *db, int64_t seq, int64_t *at)
{
	struct stmt *q = db_stmt(db,
		"SELECT coalesce((SELECT at FROM change WHERE seq = ?1), 0)");

	stmt_int(q, 1, seq);
	return db_number(q, at);
}

enum err
db_change_since(struct db *db, enum change_kind kind, int64_t id, int64_t seq,
	bool *found)
{
	struct stmt *q =
		db_stmt(db, "SELECT EXISTS (SELECT 1 FROM change "
			    "WHERE kind = ?1 AND id = ?2 AND seq > ?3)");
	int64_t n;
	enum err e;

	stmt_text(q, 1, change_word(kind));
	stmt_int(q, 2, id);
	stmt_int(q, 3, seq);
	e = db_number(q, &n);
	if (!e)
		*found = n != 0;
	return e;
}

/* The newest row stays, so that a reader sees how far the log has come. */
enum err
db_change_prune(struct db *db, int64_t before, int64_t keep, int64_t *gone)
{
	struct stmt *q = db_stmt(db,
		"DELETE FROM change WHERE seq < (SELECT max(seq) FROM change) "
		"AND (at < ?1 OR seq <= (SELECT max(seq) FROM change) - ?2)");

	stmt_int(q, 1, before);
	stmt_int(q, 2, keep);
	return db_run_any(q, gone);
}
