#include "db/dns.h"

#define NAMESERVER_COLUMNS "id, domain, address, with_exit_node, position"
#define RECORD_COLUMNS     "id, name, type, value, node_id"

static void
read_nameserver(struct stmt *q, struct arena *mem, void *row)
{
	struct nameserver *n = row;

	n->id = col_int(q, 0);
	n->domain = col_text(q, 1, mem);
	n->address = col_text(q, 2, mem);
	n->with_exit_node = col_int(q, 3) != 0;
	n->position = col_int(q, 4);
}

enum err
db_nameservers(struct db *db, struct arena *mem, struct nameserver **rows,
	size_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT " NAMESERVER_COLUMNS " FROM nameserver "
			    "ORDER BY domain, position, id");

	return db_all(q, read_nameserver, mem, sizeof(**rows), rows, count);
}

enum err
db_nameserver_by_id(
	struct db *db, int64_t id, struct arena *mem, struct nameserver *out)
{
	struct stmt *q = db_stmt(db,
		"SELECT " NAMESERVER_COLUMNS " FROM nameserver WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_nameserver, mem, out);
}

enum err
db_nameserver_add(struct db *db, const struct nameserver *n, int64_t *id)
{
	struct stmt *q =
		db_stmt(db, "INSERT INTO nameserver "
			    "(domain, address, with_exit_node, position) "
			    "SELECT ?1, ?2, ?3, coalesce(max(position), 0) + 1 "
			    "FROM nameserver");

	stmt_text(q, 1, n->domain);
	stmt_text(q, 2, n->address);
	stmt_int(q, 3, n->with_exit_node);
	return db_insert(q, id);
}

enum err
db_nameserver_place(struct db *db, int64_t id, int64_t position)
{
	struct stmt *q = db_stmt(
		db, "UPDATE nameserver SET position = ?2 WHERE id = ?1");

	stmt_int(q, 1, id);
	stmt_int(q, 2, position);
	return db_run(q);
}

enum err
db_nameserver_delete(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM nameserver WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_run(q);
}

static void
read_search(struct stmt *q, struct arena *mem, void *row)
{
	struct search_domain *d = row;

	d->id = col_int(q, 0);
	d->domain = col_text(q, 1, mem);
}

enum err
db_search_domains(struct db *db, struct arena *mem, struct search_domain **rows,
	size_t *count)
{
	struct stmt *q = db_stmt(db, "SELECT id, domain FROM search_domain "
				     "ORDER BY position, id");

	return db_all(q, read_search, mem, sizeof(**rows), rows, count);
}

enum err
db_search_domain_add(struct db *db, const char *domain, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO search_domain (domain, position) "
		"SELECT ?1, coalesce(max(position), 0) + 1 FROM search_domain");

	stmt_text(q, 1, domain);
	return db_insert(q, id);
}

enum err
db_search_domain_delete(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM search_domain WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_run(q);
}

static void
read_record(struct stmt *q, struct arena *mem, void *row)
{
	struct dns_record *r = row;

	r->id = col_int(q, 0);
	r->name = col_text(q, 1, mem);
	r->type = col_text(q, 2, mem);
	r->value = col_text(q, 3, mem);
	r->node_id = col_int(q, 4);
}

enum err
db_dns_records(struct db *db, struct arena *mem, struct dns_record **rows,
	size_t *count)
{
	struct stmt *q =
		db_stmt(db, "SELECT " RECORD_COLUMNS " FROM dns_record "
			    "ORDER BY name, type, id");

	return db_all(q, read_record, mem, sizeof(**rows), rows, count);
}

enum err
db_dns_record_by_id(
	struct db *db, int64_t id, struct arena *mem, struct dns_record *out)
{
	struct stmt *q = db_stmt(
		db, "SELECT " RECORD_COLUMNS " FROM dns_record WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_record, mem, out);
}

enum err
db_dns_record_add(struct db *db, const struct dns_record *r, int64_t *id)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO dns_record (name, type, value, node_id) "
		"VALUES (?1, ?2, ?3, ?4)");

	stmt_text(q, 1, r->name);
	stmt_text(q, 2, r->type);
	stmt_text(q, 3, r->value);
	stmt_int_or_null(q, 4, r->node_id);
	return db_insert(q, id);
}

enum err
db_dns_record_delete(struct db *db, int64_t id)
{
	struct stmt *q = db_stmt(db, "DELETE FROM dns_record WHERE id = ?1");

	stmt_int(q, 1, id);
	return db_run(q);
}

static void
read_file(struct stmt *q, struct arena *mem, void *row)
{
	struct dns_file *f = row;

	f->path = col_text(q, 0, mem);
	f->hash = col_text(q, 1, mem);
	f->records = col_text(q, 2, mem);
	f->read_at = col_int(q, 3);
	f->trouble = col_text(q, 4, mem);
}

enum err
db_dns_file(struct db *db, struct arena *mem, struct dns_file *out)
{
	return db_one(db_stmt(db, "SELECT path, hash, records, read_at, "
				  "trouble FROM dns_file"),
		read_file, mem, out);
}

enum err
db_dns_file_put(struct db *db, const struct dns_file *f)
{
	struct stmt *q = db_stmt(db,
		"INSERT INTO dns_file "
		"(id, path, hash, records, read_at, trouble) "
		"VALUES (1, ?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE "
		"SET path = ?1, hash = ?2, records = ?3, read_at = ?4, "
		"trouble = ?5");

	stmt_text(q, 1, f->path);
	stmt_text(q, 2, f->hash);
	stmt_text(q, 3, f->records);
	stmt_int(q, 4, f->read_at);
	stmt_text(q, 5, f->trouble);
	return db_run(q);
}

enum err
db_dns_file_forget(struct db *db)
{
	return db_run_any(db_stmt(db, "DELETE FROM dns_file"), NULL);
}

enum err
db_dns_count(struct db *db, int64_t *count)
{
	return db_number(db_stmt(db, "SELECT (SELECT count(*) FROM nameserver) "
				     "+ (SELECT count(*) FROM search_domain) "
				     "+ (SELECT count(*) FROM dns_record)"),
		count);
}
