#include "db/preauth_list.h"

/* The first that holds, as preauth_key_usable (tailnet/keys.h) has them. */
#define STATUS                                                       \
	"CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' "         \
	"WHEN k.expires_at <= ?5 THEN 'expired' "                    \
	"WHEN k.reusable = 0 AND k.used_at IS NOT NULL THEN 'used' " \
	"ELSE 'valid' END"
#define OWNER "coalesce(u.name, '')"
#define MADE_BY                                                         \
	"CASE WHEN k.made_by LIKE 'user:%' THEN coalesce((SELECT name " \
	"FROM user WHERE id = CAST(substr(k.made_by, 6) AS INTEGER)), " \
	"k.made_by) ELSE k.made_by END"
#define TABLES "preauth_key k LEFT JOIN user u ON u.id = k.user_id"
#define MATCHES                                                     \
	"(k.revoked_at IS NULL OR k.revoked_at > ?5 - ?6) "         \
	"AND (?1 = '' OR words(?1, k.prefix, k.description, " OWNER \
	", k.tags, " MADE_BY ")) "                                  \
	"AND (?2 = '' OR " STATUS " = ?2) "                         \
	"AND (?3 = '' OR instr(k.tags, '\"' || ?3 || '\"') > 0) "   \
	"AND (?4 = 0 OR k.user_id = ?4)"
/* A key without an end sorts behind all others. */
#define KEY                                                    \
	"CASE ?7 WHEN 'key' THEN k.prefix "                    \
	"WHEN 'description' THEN lower(k.description) "        \
	"WHEN 'owner' THEN lower(coalesce(u.name, k.tags)) "   \
	"WHEN 'uses' THEN k.uses "                             \
	"WHEN 'expires' THEN coalesce(k.expires_at, 1 << 60) " \
	"ELSE k.created_at END"
/* The order here is the order in read_row. */
#define COLUMNS                                                        \
	"k.id, k.prefix, k.user_id, k.reusable, k.ephemeral, k.tags, " \
	"k.created_at, k.expires_at, k.revoked_at, k.used_at, "        \
	"k.last_used_at, k.description, k.preapproved, k.uses, " OWNER \
	", " MADE_BY ", " STATUS

static void
read_row(struct stmt *q, struct arena *mem, void *row)
{
	struct preauth_row *r = row;
	struct preauth_key *k = &r->key;

	*r = (struct preauth_row){ .status = "" };
	k->id = col_int(q, 0);
	k->prefix = col_text(q, 1, mem);
	k->user_id = col_int(q, 2);
	k->reusable = col_int(q, 3) != 0;
	k->ephemeral = col_int(q, 4) != 0;
	k->tags = col_text(q, 5, mem);
	k->created_at = col_int(q, 6);
	k->expires_at = col_int(q, 7);
	k->revoked_at = col_int(q, 8);
	k->used_at = col_int(q, 9);
	k->last_used_at = col_int(q, 10);
	k->description = col_text(q, 11, mem);
	k->unapproved = col_int(q, 12) == 0;
	k->uses = col_int(q, 13);
	r->owner = col_text(q, 14, mem);
	r->made_by = col_text(q, 15, mem);
	r->status = col_text(q, 16, mem);
}

static void
bind_search(struct stmt *q, const struct preauth_search *s)
{
	stmt_text(q, 1, s->q);
	stmt_text(q, 2, s->status);
	stmt_text(q, 3, s->tag);
	stmt_int(q, 4, s->user_id);
	stmt_int(q, 5, s->now);
	stmt_int(q, 6, PREAUTH_LISTED_SECONDS);
}

enum err
db_preauth_rows(struct db *db, const struct preauth_search *s,
	struct arena *mem, struct preauth_row **rows, size_t *count)
{
	struct stmt *q =
		s->descending
			? db_stmt(db, "SELECT " COLUMNS " FROM " TABLES
				      " WHERE " MATCHES " ORDER BY " KEY
				      " DESC, k.prefix LIMIT ?8 OFFSET ?9")
			: db_stmt(db, "SELECT " COLUMNS " FROM " TABLES
				      " WHERE " MATCHES " ORDER BY " KEY
				      ", k.prefix LIMIT ?8 OFFSET ?9");

	bind_search(q, s);
	stmt_text(q, 7, s->sort);
	stmt_int(q, 8, s->limit);
	stmt_int(q, 9, s->skip);
	return db_all(q, read_row, mem, sizeof(**rows), rows, count);
}

enum err
db_preauth_rows_count(
	struct db *db, const struct preauth_search *s, int64_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT count(*) FROM " TABLES " WHERE " MATCHES);

	bind_search(q, s);
	return db_number(q, count);
}

enum err
db_preauth_node_count(struct db *db, int64_t id, int64_t *count)
{
	struct stmt *q = db_stmt(
		db, "SELECT count(*) FROM node WHERE preauth_key_id = ?1");

	stmt_int(q, 1, id);
	return db_number(q, count);
}
