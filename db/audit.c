#include "db/audit.h"

static void
read_audit(struct stmt *q, struct arena *mem, void *row)
{
	struct audit *a = row;

	a->id = col_int(q, 0);
	a->at = col_int(q, 1);
	a->actor = col_text(q, 2, mem);
	a->action = col_text(q, 3, mem);
	a->subject = col_text(q, 4, mem);
	a->detail = col_text(q, 5, mem);
}

enum err
db_audit_add(struct db *db, const struct audit *a)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO audit (at, actor, action, subject, detail) "
		"VALUES (?1, ?2, ?3, ?4, ?5)");

	stmt_int(q, 1, a->at);
	stmt_text(q, 2, a->actor);
	stmt_text(q, 3, a->action);
	stmt_text(q, 4, a->subject ? a->subject : "");
	stmt_text(q, 5, a->detail ? a->detail : "");
	return db_run_any(q, NULL);
}

enum err
db_audits(struct db *db, int64_t limit, struct arena *mem, struct audit **rows,
	size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT id, at, actor, action, subject, detail FROM audit "
		"ORDER BY id DESC LIMIT ?1");

	stmt_int(q, 1, limit);
	return db_all(q, read_audit, mem, sizeof(**rows), rows, count);
}

enum err
db_audit_prune(struct db *db, int64_t before, int64_t *gone)
{
	struct stmt *q = db_stmt(db, "DELETE FROM audit WHERE at < ?1");

	stmt_int(q, 1, before);
	return db_run_any(q, gone);
}
