#include "db/user_list.h"

#include <string.h>

/* The order here is the order in read_row. */
#define ROW_COLUMNS                                              \
	"u.id, u.name, u.display_name, u.email, u.picture_url, " \
	"u.created_at, u.role, u.status, "                       \
	"(SELECT count(*) FROM node WHERE user_id = u.id), "     \
	"l.signed_in_at, coalesce(l.password, '') <> '', "       \
	"(SELECT added_at FROM factor WHERE user_id = u.id), "   \
	"u.groups, "                                             \
	"coalesce((SELECT group_concat(name, ', ') FROM "        \
	"(SELECT DISTINCT p.name AS name FROM identity i "       \
	"JOIN provider p ON p.id = i.provider_id "               \
	"WHERE i.user_id = u.id ORDER BY 1)), '')"
#define ROW_TABLES "user u LEFT JOIN login l ON l.user_id = u.id"
#define MATCHES                                                  \
	"(?1 = '' OR words(?1, name, display_name, email)) AND " \
	"(?2 = '' OR role = ?2) AND (?3 = '' OR status = ?3) "   \
	"AND (?4 = 0 OR "                                        \
	"(id IN (SELECT user_id FROM factor)) = (?4 = 1))"
/* Names sort as in db/natural.h, everything else as it is. */
#define KEY                                                             \
	"CASE ?5 WHEN 'role' THEN u.role WHEN 'status' THEN u.status "  \
	"WHEN 'machines' THEN (SELECT count(*) FROM node "              \
	"WHERE user_id = u.id) WHEN 'signed-in' THEN "                  \
	"coalesce(l.signed_in_at, 0) WHEN 'created' THEN u.created_at " \
	"ELSE name_key(u.name) END"

#define BEHIND " , name_key(u.name), u.name "

/* Only the keys are sorted; what else a row has is read of one page. */
#define ROWS(order)                                            \
	"SELECT " ROW_COLUMNS " FROM (SELECT u.id AS id, " KEY \
	" AS key FROM " ROW_TABLES " WHERE " MATCHES           \
	" ORDER BY key" order BEHIND "LIMIT ?6 OFFSET ?7) p "  \
	"JOIN user u ON u.id = p.id "                          \
	"LEFT JOIN login l ON l.user_id = u.id ORDER BY p.key" order BEHIND

static void
read_row(struct stmt *q, struct arena *mem, void *row)
{
	struct user_row *r = row;

	*r = (struct user_row){ .machines = 0 };
	r->user.id = col_int(q, 0);
	r->user.name = col_text(q, 1, mem);
	r->user.display_name = col_text(q, 2, mem);
	r->user.email = col_text(q, 3, mem);
	r->user.picture_url = col_text(q, 4, mem);
	r->user.created_at = col_int(q, 5);
	r->user.role = role_of(col_text(q, 6, mem));
	r->user.status = user_status_of(col_text(q, 7, mem));
	r->machines = col_int(q, 8);
	r->signed_in_at = col_int(q, 9);
	r->has_password = col_int(q, 10) != 0;
	r->factor_at = col_int(q, 11);
	r->user.groups = col_text(q, 12, mem);
	r->providers = col_text(q, 13, mem);
}

static void
bind_search(struct stmt *q, const struct user_search *s)
{
	stmt_text(q, 1, s->q);
	stmt_text(q, 2, s->role);
	stmt_text(q, 3, s->status);
	stmt_int(q, 4, s->factor);
}

enum err
db_user_rows(struct db *db, const struct user_search *s, struct arena *mem,
	struct user_row **rows, size_t *count)
{
	struct stmt *q = s->descending ? db_stmt(db, ROWS(" DESC"))
				       : db_stmt(db, ROWS(""));

	bind_search(q, s);
	stmt_text(q, 5, s->sort);
	stmt_int(q, 6, s->limit);
	stmt_int(q, 7, s->skip);
	return db_all(q, read_row, mem, sizeof(**rows), rows, count);
}

enum err
db_user_rows_count(struct db *db, const struct user_search *s, int64_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT count(*) FROM user WHERE " MATCHES);

	bind_search(q, s);
	return db_number(q, count);
}

enum err
db_user_row(struct db *db, int64_t id, struct arena *mem, struct user_row *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " ROW_COLUMNS " FROM " ROW_TABLES " WHERE u.id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_row, mem, out);
}
