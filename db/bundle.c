#include "db/bundle.h"

#include <unistd.h>

/* As SQLite keeps the texts. */
#define BUNDLE_SQL                                        \
	"CREATE TABLE bundle (made_at INTEGER NOT NULL, " \
	"version TEXT NOT NULL, url TEXT NOT NULL) STRICT"
#define BUNDLE_FILE_SQL                                     \
	"CREATE TABLE bundle_file (name TEXT PRIMARY KEY, " \
	"content BLOB NOT NULL) STRICT"

enum err
db_copy(struct db *db, const char *path)
{
	struct stmt *q = db_stmt(db, "VACUUM INTO ?1");

	(void)unlink(path);
	stmt_text(q, 1, path);
	return db_run_any(q, NULL);
}

enum err
db_bundle_make(struct db *db, const struct bundle *b)
{
	enum err e = db_exec(db,
		"DROP TABLE IF EXISTS bundle; DROP TABLE IF EXISTS bundle_file;" BUNDLE_SQL
		";" BUNDLE_FILE_SQL);
	struct stmt *q;

	if (e)
		return e;
	q = db_stmt(db, "INSERT INTO bundle (made_at, version, url) "
			"VALUES (?1, ?2, ?3)");
	stmt_int(q, 1, b->made_at);
	stmt_text(q, 2, b->version);
	stmt_text(q, 3, b->url);
	return db_run(q);
}

enum err
db_bundle_add(struct db *db, const struct bundle_file *f)
{
	struct stmt *q;

	if (f->content.len > BUNDLE_FILE_MOST)
		return ERR_TOO_BIG;
	q = db_stmt(
		db, "INSERT INTO bundle_file (name, content) VALUES (?1, ?2)");
	stmt_text(q, 1, f->name);
	stmt_blob(q, 2, f->content.at, f->content.len);
	return db_run(q);
}

static void
read_bundle(struct stmt *q, struct arena *mem, void *row)
{
	struct bundle *b = row;

	b->made_at = col_int(q, 0);
	b->version = col_text(q, 1, mem);
	b->url = col_text(q, 2, mem);
}

/* Their texts too: SQLite runs those, and one may be of a view. */
static enum err
has_tables(struct db *db)
{
	int64_t named = 0, known = 0;
	enum err e = db_number(
		db_stmt(db, "SELECT count(*) FROM sqlite_schema WHERE type = "
			    "'table' AND name IN ('bundle', 'bundle_file')"),
		&named);

	if (!e)
		e = db_number(
			db_stmt(db, "SELECT count(*) FROM sqlite_schema WHERE "
				    "sql IN ('" BUNDLE_SQL
				    "', '" BUNDLE_FILE_SQL "')"),
			&known);
	return e ? e : named < 2 ? ERR_NOT_FOUND : known < 2 ? ERR_DB : ERR_OK;
}

enum err
db_bundle(struct db *db, struct arena *mem, struct bundle *out)
{
	enum err e = has_tables(db);

	return e ? e
		 : db_one(db_stmt(db,
				  "SELECT made_at, version, url FROM bundle"),
			   read_bundle, mem, out);
}

static void
read_file(struct stmt *q, struct arena *mem, void *row)
{
	struct bundle_file *f = row;

	f->name = col_text(q, 0, mem);
	f->content = col_blob(q, 1, mem);
}

enum err
db_bundle_files(struct db *db, struct arena *mem, struct bundle_file **files,
	size_t *count)
{
	return db_all(db_stmt(db, "SELECT name, content FROM bundle_file WHERE "
				  "length(content) <= 1048576 ORDER BY name "
				  "LIMIT 32"),
		read_file, mem, sizeof(**files), files, count);
}

enum err
db_bundle_end(struct db *db)
{
	return db_exec(db, "DROP TABLE bundle; DROP TABLE bundle_file;");
}

static void
read_words(struct stmt *q, struct arena *mem, void *row)
{
	*(const char **)row = col_text(q, 0, mem);
}

static bool
is_complaint(const char *words)
{
	return words && !(words[0] == 'o' && words[1] == 'k' && !words[2]);
}

enum err
db_sound(struct db *db, struct arena *mem, const char **words)
{
	const char *said = NULL, *orphan = NULL;
	enum err e = db_one(db_stmt(db, "PRAGMA integrity_check(1)"),
		read_words, mem, &said);

	if (!e) {
		e = db_one(db_stmt(db, "PRAGMA foreign_key_check"), read_words,
			mem, &orphan);
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	*words = is_complaint(said) ? said
		 : orphan           ? arena_printf(mem,
					      "a row of %s refers to one that is not "
							"there",
					      orphan)
				    : NULL;
	return e;
}

static enum err
end_rows(struct stmt *q, int64_t now, int64_t *count)
{
	stmt_int(q, 1, now);
	return db_run_any(q, count);
}

enum err
db_opened_end(struct db *db, int64_t now, const char *why, struct restored *out)
{
	struct stmt *checks;
	enum err e = end_rows(
		db_stmt(db,
			"UPDATE preauth_key SET revoked_at = ?1 WHERE "
			"revoked_at IS NULL AND (reusable OR used_at IS NULL) "
			"AND (expires_at IS NULL OR expires_at > ?1)"),
		now, &out->keys);

	if (!e)
		e = db_run_any(
			db_stmt(db, "DELETE FROM web_session"), &out->sessions);
	if (!e)
		e = end_rows(
			db_stmt(db, "UPDATE link SET expires_at = ?1 WHERE "
				    "used_at IS NULL AND expires_at > ?1"),
			now, &out->links);
	if (!e)
		e = end_rows(db_stmt(db, "DELETE FROM pending WHERE state = "
					 "'waiting' AND expires_at > ?1"),
			now, &out->pending);
	if (e)
		return e;
	checks = db_stmt(db, "UPDATE ssh_check SET state = 'ended', "
			     "ended_at = ?1, reason = ?2 WHERE state IN "
			     "('waiting', 'approved')");
	stmt_text(checks, 2, why);
	return end_rows(checks, now, &out->checks);
}
