#include "db/policy_text.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"

/* The order here is the order in read_policy. */
#define POLICY_COLUMNS                                                 \
	"p.id, t.hash, p.author, p.author_name, p.via, p.note, "       \
	"p.restored, coalesce(p.added, -1), coalesce(p.removed, -1), " \
	"p.domains, p.created_at"
/* A version whose text is gone is a damaged one, not none. */
#define POLICY_FROM "FROM policy p LEFT JOIN policy_text t ON t.id = p.text_id "

static void
read_policy(struct stmt *q, struct arena *mem, void *row)
{
	struct policy_text *p = row;
	uint8_t hash[POLICY_HASH_SIZE];
	char *hex = arena_alloc(mem, POLICY_HASH_TEXT + 1);

	col_key(q, 1, hash, sizeof(hash));
	text_hex(hex, hash, sizeof(hash));
	p->id = col_int(q, 0);
	p->text = NULL;
	p->hash = hex;
	p->author = col_text(q, 2, mem);
	p->author_name = col_text(q, 3, mem);
	p->via = col_text(q, 4, mem);
	p->note = col_text(q, 5, mem);
	p->restored = col_int(q, 6);
	p->added = col_int(q, 7);
	p->removed = col_int(q, 8);
	p->domains = col_text(q, 9, mem);
	p->created_at = col_int(q, 10);
}

static void
read_with_text(struct stmt *q, struct arena *mem, void *row)
{
	struct policy_text *p = row;

	read_policy(q, mem, row);
	p->text = col_text(q, 11, mem);
	if (!p->text)
		p->text = ""; /* which is not what its hash, of zeros, says */
}

static void
read_id(struct stmt *q, struct arena *mem, void *row)
{
	(void)mem;
	*(int64_t *)row = col_int(q, 0);
}

/* The row of the text, which may be there already: what its hash says, or
 * damaged, then it is whole again. */
static enum err
put_text(struct db *db, const char *text, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO policy_text (hash, text) VALUES (sha256(?1), ?1) "
		"ON CONFLICT (hash) DO UPDATE SET text = excluded.text "
		"WHERE text IS NOT excluded.text");
	enum err e;

	stmt_text(q, 1, text);
	e = db_run_any(q, NULL);
	if (e)
		return e;
	q = db_stmt(db, "SELECT id FROM policy_text WHERE hash = sha256(?1)");
	stmt_text(q, 1, text);
	return db_one(q, read_id, NULL, id);
}

static enum err
forget_old(struct db *db)
{
	struct stmt *q = db_stmt(db,
		"DELETE FROM policy WHERE id <= (SELECT id FROM policy "
		"ORDER BY id DESC LIMIT 1 OFFSET ?1)");
	int64_t gone = 0;
	enum err e;

	stmt_int(q, 1, POLICY_VERSIONS_KEPT);
	e = db_run_any(q, &gone);
	if (e || !gone)
		return e;
	return db_run_any(db_stmt(db, "DELETE FROM policy_text WHERE id NOT IN "
				      "(SELECT text_id FROM policy)"),
		NULL);
}

enum err
db_policy_add(struct db *db, const struct policy_text *p, int64_t *id)
{
	int64_t text_id = 0;
	enum err e = put_text(db, p->text, &text_id);
	struct stmt *q;

	if (e)
		return e;
	q = db_stmt(db,
		"INSERT INTO policy (text_id, author, author_name, via, note, "
		"restored, added, removed, domains, created_at) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
	stmt_int(q, 1, text_id);
	stmt_text(q, 2, p->author);
	stmt_text(q, 3, p->author_name ? p->author_name : "");
	stmt_text(q, 4, p->via ? p->via : "");
	stmt_text(q, 5, p->note ? p->note : "");
	stmt_int(q, 6, p->restored);
	stmt_int(q, 7, p->added);
	stmt_int(q, 8, p->removed);
	stmt_text(q, 9, p->domains ? p->domains : "[]");
	stmt_int(q, 10, p->created_at);
	e = db_insert(q, id);
	return e ? e : forget_old(db);
}

enum err
db_policy_current(struct db *db, struct arena *mem, struct policy_text *out)
{
	return db_one(
		db_stmt(db, "SELECT " POLICY_COLUMNS ", t.text " POLICY_FROM
			    "ORDER BY p.id DESC LIMIT 1"),
		read_with_text, mem, out);
}

struct newest {
	int64_t id;
	uint8_t hash[POLICY_HASH_SIZE];
};

static void
read_newest(struct stmt *q, struct arena *mem, void *row)
{
	struct newest *n = row;

	(void)mem;
	n->id = col_int(q, 0);
	col_key(q, 1, n->hash, sizeof(n->hash));
}

enum err
db_policy_newest(struct db *db, int64_t *id, char hash[POLICY_HASH_TEXT + 1])
{
	struct newest n;
	enum err e = db_one(db_stmt(db, "SELECT p.id, t.hash " POLICY_FROM
					"ORDER BY p.id DESC LIMIT 1"),
		read_newest, NULL, &n);

	*id = 0;
	*hash = '\0';
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	*id = n.id;
	text_hex(hash, n.hash, sizeof(n.hash));
	return ERR_OK;
}

enum err
db_policy_version(
	struct db *db, int64_t id, struct arena *mem, struct policy_text *out)
{
	struct stmt *q = db_stmt(db, "SELECT " POLICY_COLUMNS
				     ", t.text " POLICY_FROM "WHERE p.id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_with_text, mem, out);
}

enum err
db_policy_before(
	struct db *db, int64_t id, struct arena *mem, struct policy_text *out)
{
	struct stmt *q =
		db_stmt(db, "SELECT " POLICY_COLUMNS ", t.text " POLICY_FROM
			    "WHERE p.id < ?1 ORDER BY p.id DESC LIMIT 1");

	stmt_int(q, 1, id);
	return db_one(q, read_with_text, mem, out);
}

enum err
db_policy_versions(struct db *db, int64_t skip, int64_t limit,
	struct arena *mem, struct policy_text **rows, size_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT " POLICY_COLUMNS " " POLICY_FROM
				     "ORDER BY p.id DESC LIMIT ?2 OFFSET ?1");

	stmt_int(q, 1, skip);
	stmt_int(q, 2, limit);
	return db_all(q, read_policy, mem, sizeof(**rows), rows, count);
}

enum err
db_policy_count(struct db *db, int64_t *count)
{
	return db_number(db_stmt(db, "SELECT count(*) FROM policy"), count);
}

void
policy_hash(const char *text, char out[POLICY_HASH_TEXT + 1])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
	text_hex(out, hash, sizeof(hash));
}

bool
policy_text_is_whole(const struct policy_text *p)
{
	char hash[POLICY_HASH_TEXT + 1];

	policy_hash(p->text, hash);
	return strcmp(hash, p->hash) == 0;
}
