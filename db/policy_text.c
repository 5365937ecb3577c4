#include "db/policy_text.h"

static void
read_policy(struct stmt *q, struct arena *mem, void *row)
{
	struct policy_text *p = row;

	p->id = col_int(q, 0);
	p->text = col_text(q, 1, mem);
	p->author = col_text(q, 2, mem);
	p->created_at = col_int(q, 3);
}

enum err
db_policy_add(struct db *db, const char *text, const char *author, int64_t now,
	int64_t *id)
{
	struct stmt *q =
		db_stmt(db, "INSERT INTO policy (text, author, created_at) "
			    "VALUES (?1, ?2, ?3)");

	stmt_text(q, 1, text);
	stmt_text(q, 2, author);
	stmt_int(q, 3, now);
	return db_insert(q, id);
}

enum err
db_policy_current(struct db *db, struct arena *mem, struct policy_text *out)
{
	return db_one(db_stmt(db, "SELECT id, text, author, created_at "
				  "FROM policy ORDER BY id DESC LIMIT 1"),
		read_policy, mem, out);
}
