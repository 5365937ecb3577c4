#include "db/audit.h"

#include <string.h>

#include "db/audit_inside.h"

void
audit_read(struct stmt *q, struct arena *mem, void *row)
{
	struct audit *a = row;

	a->id = col_int(q, 0);
	a->at = col_int(q, 1);
	a->actor = col_text(q, 2, mem);
	a->action = col_text(q, 3, mem);
	a->subject = col_text(q, 4, mem);
	a->detail = col_text(q, 5, mem);
	a->via = col_text(q, 6, mem);
	a->actor_name = col_text(q, 7, mem);
	a->address = col_text(q, 8, mem);
	a->session = col_int(q, 9);
	a->subject_name = col_text(q, 10, mem);
	a->before = col_text(q, 11, mem);
	a->after = col_text(q, 12, mem);
}

static const char *
or_empty(const char *s)
{
	return s ? s : "";
}

static const char *
via_of(const char *actor)
{
	if (strncmp(actor, "node:", 5) == 0 ||
		strncmp(actor, "preauth-key:", 12) == 0)
		return "machine";
	if (strcmp(actor, "server") == 0 || strcmp(actor, "policy") == 0)
		return "system";
	return strcmp(actor, "cli") == 0 ? "cli" : "";
}

/* What the row leaves open, from the origin of the connection. */
static struct audit
complete(struct db *db, const struct audit *a)
{
	static const struct audit_origin none;
	const struct audit_origin *o = db_origin(db);
	struct audit full = *a;

	if (!o)
		o = &none;
	full.subject = or_empty(a->subject);
	full.detail = or_empty(a->detail);
	full.via = a->via ? a->via : o->via ? o->via : via_of(a->actor);
	full.actor_name =
		or_empty(a->actor_name ? a->actor_name : o->actor_name);
	full.address = or_empty(a->address ? a->address : o->address);
	full.session = a->session ? a->session : o->session;
	full.subject_name = or_empty(a->subject_name);
	full.before = or_empty(a->before);
	full.after = or_empty(a->after);
	return full;
}

static void
bind_audit(struct stmt *q, const struct audit *a)
{
	stmt_int(q, 1, a->at);
	stmt_text(q, 2, a->actor);
	stmt_text(q, 3, a->action);
	stmt_text(q, 4, a->subject);
	stmt_text(q, 5, a->detail);
	stmt_text(q, 6, a->via);
	stmt_text(q, 7, a->actor_name);
	stmt_text(q, 8, a->address);
	stmt_int(q, 9, a->session);
	stmt_text(q, 10, a->subject_name);
	stmt_text(q, 11, a->before);
	stmt_text(q, 12, a->after);
}

enum err
db_audit_add(struct db *db, const struct audit *a)
{
	struct audit full = complete(db, a);
	uint8_t before[AUDIT_HASH_SIZE] = { 0 }, hash[AUDIT_HASH_SIZE];
	enum err e = audit_last_hash(db, before);
	struct stmt *q;

	if (e)
		return e;
	audit_hash(&full, before, hash);
	q = db_stmt(db,
		"INSERT INTO audit (at, actor, action, subject, detail, via, "
		"actor_name, address, session, subject_name, before, after, "
		"hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
		"?12, ?13)");
	bind_audit(q, &full);
	stmt_blob(q, 13, hash, sizeof(hash));
	return db_run_any(q, NULL);
}

enum err
db_audits(struct db *db, int64_t skip, int64_t limit, struct arena *mem,
	struct audit **rows, size_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT " AUDIT_COLUMNS " FROM audit "
				     "ORDER BY id DESC LIMIT ?1 OFFSET ?2");

	stmt_int(q, 1, limit);
	stmt_int(q, 2, skip);
	return db_all(q, audit_read, mem, sizeof(**rows), rows, count);
}

enum err
db_audit_range(struct db *db, int64_t from, int64_t until, struct arena *mem,
	struct audit **rows, size_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT " AUDIT_COLUMNS " FROM audit "
			    "WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC");

	stmt_int(q, 1, from);
	stmt_int(q, 2, until);
	return db_all(q, audit_read, mem, sizeof(**rows), rows, count);
}

enum err
db_audit_ends(struct db *db, int64_t *first, int64_t *last)
{
	enum err e = db_number(
		db_stmt(db, "SELECT coalesce(min(id), 0) FROM audit"), first);

	return e ? e
		 : db_number(db_stmt(db, "SELECT coalesce(max(id), 0) "
					 "FROM audit"),
			   last);
}

enum err
db_audit_count(struct db *db, int64_t *count)
{
	return db_number(db_stmt(db, "SELECT count(*) FROM audit"), count);
}

enum err
db_audit_last(struct db *db, const char *subject, const char *action,
	struct arena *mem, struct audit *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " AUDIT_COLUMNS " FROM audit WHERE subject = ?1 "
		"AND action = ?2 ORDER BY id DESC LIMIT 1");

	stmt_text(q, 1, subject);
	stmt_text(q, 2, action);
	return db_one(q, audit_read, mem, out);
}

enum err
db_audits_of(struct db *db, const char *subject, int64_t limit,
	struct arena *mem, struct audit **rows, size_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT " AUDIT_COLUMNS " FROM audit WHERE subject = ?1 "
		"ORDER BY id DESC LIMIT ?2");

	stmt_text(q, 1, subject);
	stmt_int(q, 2, limit);
	return db_all(q, audit_read, mem, sizeof(**rows), rows, count);
}

enum err
db_audit_recent(struct db *db, const char *action, const char *address,
	int64_t since, int64_t *count)
{
	struct stmt *q = db_stmt(db,
		"SELECT count(*) FROM audit WHERE at > ?3 AND action = ?1 "
		"AND (?2 IS NULL OR address = ?2)");

	stmt_text(q, 1, action);
	stmt_text(q, 2, address);
	stmt_int(q, 3, since);
	return db_number(q, count);
}

enum err
db_audit_has(struct db *db, const char *action, const char *actor, bool *found)
{
	struct stmt *q = db_stmt(db,
		"SELECT EXISTS (SELECT 1 FROM audit WHERE action = ?1 "
		"AND (?2 IS NULL OR actor = ?2))");
	int64_t any = 0;
	enum err e;

	stmt_text(q, 1, action);
	stmt_text(q, 2, actor);
	e = db_number(q, &any);
	*found = any != 0;
	return e;
}

enum err
db_audit_newest_id(struct db *db, int64_t *id)
{
	return db_number(
		db_stmt(db, "SELECT coalesce(max(id), 0) FROM audit"), id);
}

enum err
db_audit_since(struct db *db, const char *subject, int64_t id, bool *found)
{
	struct stmt *q = db_stmt(db, "SELECT EXISTS (SELECT 1 FROM audit "
				     "WHERE subject = ?1 AND id > ?2)");
	int64_t n = 0;
	enum err e;

	stmt_text(q, 1, subject);
	stmt_int(q, 2, id);
	e = db_number(q, &n);
	if (!e)
		*found = n != 0;
	return e;
}

enum err
db_audit_newest(struct db *db, const char *subject, struct arena *mem,
	struct audit *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " AUDIT_COLUMNS " FROM audit WHERE subject = ?1 "
		"ORDER BY id DESC LIMIT 1");

	stmt_text(q, 1, subject);
	return db_one(q, audit_read, mem, out);
}

static void
read_name(struct stmt *q, struct arena *mem, void *row)
{
	*(const char **)row = col_text(q, 0, mem);
}

const char *
db_audit_name(struct db *db, struct arena *mem, const char *kind, int64_t id)
{
	const char *name = NULL;
	struct stmt *q = NULL;

	if (strcmp(kind, "node") == 0)
		q = db_stmt(db, "SELECT name FROM node WHERE id = ?1");
	else if (strcmp(kind, "user") == 0)
		q = db_stmt(db, "SELECT name FROM user WHERE id = ?1");
	else if (strcmp(kind, "preauth-key") == 0)
		q = db_stmt(db, "SELECT prefix FROM preauth_key WHERE id = ?1");
	else if (strcmp(kind, "pending") == 0)
		q = db_stmt(db, "SELECT hostname FROM pending WHERE id = ?1");
	else if (strcmp(kind, "check") == 0)
		q = db_stmt(db, "SELECT src_name || ' to ' || dst_name "
				"FROM ssh_check WHERE id = ?1");
	else if (strcmp(kind, "policy") == 0)
		q = db_stmt(db, "SELECT 'version ' || id FROM policy "
				"WHERE id = ?1");
	if (!q)
		return NULL;
	stmt_int(q, 1, id);
	(void)db_one(q, read_name, mem, &name);
	return name;
}
