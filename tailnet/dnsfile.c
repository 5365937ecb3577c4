#include "tailnet/dnsfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "proto/tailcfg.h"
#include "tailnet/changes.h"
#include "tailnet/dns.h"
#include "tailnet/dnsrows.h"
#include "tailnet/node_rule.h"

enum {
	HASH_SIZE = 32,
	WORD_MAX = 80, /* of what a file says, in our words */
};

/* What a look at the file brought. */
struct look {
	struct arena *mem;
	const char *text, *hash; /* NULL, "": it could not be read */
	const char *records;     /* in the normal form; NULL: it is wrong */
	size_t count;
	const char *why; /* it is */
};

/* ---- reading ---- */

static const char *
hash_of(struct arena *mem, const void *bytes, size_t len)
{
	uint8_t hash[HASH_SIZE];
	char *hex = arena_alloc(mem, 2 * HASH_SIZE + 1);

	(void)crypto_generichash(hash, sizeof(hash), bytes, len, NULL, 0);
	text_hex(hex, hash, sizeof(hash));
	return hex;
}

/* All of it, and no more than may be. */
static bool
read_all(struct look *l, int fd)
{
	char *at = arena_alloc(l->mem, DNS_FILE_MAX + 2);
	size_t len = 0;
	ssize_t n = 1;

	while (len <= DNS_FILE_MAX && n > 0) {
		n = read(fd, at + len, DNS_FILE_MAX + 1 - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	if (n < 0)
		l->why = strerror(errno);
	else if (len > DNS_FILE_MAX)
		l->why = arena_printf(
			l->mem, "it is larger than %d bytes", DNS_FILE_MAX);
	else if (memchr(at, '\0', len))
		l->why = "it has a NUL in it";
	if (n < 0 || l->why)
		return false;
	l->text = at;
	l->hash = hash_of(l->mem, at, len);
	return true;
}

/* A pipe would not come to an end. */
static bool
read_file(struct look *l, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	bool good = false;

	if (fd < 0 || fstat(fd, &st))
		l->why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		l->why = "it is no file";
	else
		good = read_all(l, fd);
	if (fd >= 0)
		close(fd);
	return good;
}

/* ---- what it says ---- */

static const char *
wrong_words(enum err e)
{
	return e == ERR_BAD_INPUT ? "its type is neither A nor AAAA"
				  : err_words(e);
}

static const char *
shown(struct arena *mem, const char *name)
{
	if (!name || text_length(name) == SIZE_MAX)
		return "";
	return arena_printf(mem, " (%.*s)", WORD_MAX, name);
}

static bool
normal_records(struct look *l, struct dns_record *rows, size_t count,
	struct tailcfg_dns_record *out)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = rows[i].name;
		enum err e = name ? dns_record_normal(l->mem, &rows[i])
				  : ERR_BAD_DOMAIN;

		if (e) {
			l->why = arena_printf(l->mem, "record %zu%s: %s", i + 1,
				shown(l->mem, name), wrong_words(e));
			return false;
		}
		out[i] = (struct tailcfg_dns_record){ rows[i].name,
			rows[i].type, rows[i].value };
	}
	return true;
}

static void
understand(struct look *l)
{
	struct tailcfg_dns_record *list;
	struct dns_record *rows;
	size_t count;
	struct buf b;

	if (l->text[strspn(l->text, " \t\r\n")] != '[' ||
		dns_rows_of_file(l->mem, l->text, &rows, &count)) {
		l->why = "it is no JSON list of {\"name\", \"type\", "
			 "\"value\"}";
		return;
	}
	if (count > DNS_RECORDS_MAX) {
		l->why = arena_printf(
			l->mem, "it has more than %d records", DNS_RECORDS_MAX);
		return;
	}
	list = arena_array(l->mem, count + 1, sizeof(*list));
	if (!normal_records(l, rows, count, list))
		return;
	buf_init(&b, l->mem, SIZE_MAX);
	json_put_objects(&b, &tailcfg_dns_record_table,
		&(struct json_objects){ list, count });
	buf_put(&b, "", 1);
	l->records = (const char *)b.bytes;
	l->count = count;
}

/* ---- the row ---- */

static enum err
load_row(struct rule *r, struct dns_file *out)
{
	enum err e = db_dns_file(r->db, r->mem, out);

	if (e == ERR_NOT_FOUND)
		*out = (struct dns_file){ "", "", "[]", 0, "" };
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static const char *
count_words(struct arena *mem, const char *json)
{
	struct dns_record *rows;
	size_t count = 0;

	if (dns_rows_of_file(mem, json, &rows, &count))
		count = 0;
	return arena_printf(
		mem, count == 1 ? "%zu record" : "%zu records", count);
}

static enum err
note(struct rule *r, const char *path, const char *before, const char *after,
	int64_t now)
{
	struct changes c;

	if (strcmp(before, after) == 0)
		return ERR_OK;
	before = count_words(r->mem, before);
	after = count_words(r->mem, after);
	changes_init(&c, r->mem);
	if (strcmp(before, after) == 0)
		after = arena_printf(r->mem, "%s, others", after);
	changes_text(&c, "extra_records_file", before, after);
	return audit_row(r->db, "dns", 1,
		&(struct audit){ .at = now,
			.actor = "server",
			.action = "dns.changed",
			.subject_name = "DNS",
			.detail = path,
			.before = changes_before(&c),
			.after = changes_after(&c) });
}

static enum err
forget(struct rule *r, int64_t now)
{
	struct dns_file row;
	enum err e = db_dns_file(r->db, r->mem, &row);

	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	e = db_dns_file_forget(r->db);
	return e ? e : note(r, row.path, row.records, "[]", now);
}

/* What is wrong is known already, or is noted beside the records that stay. */
static enum err
keep(struct rule *r, struct dns_file *row, const struct look *l,
	const char *path)
{
	if (strcmp(row->trouble, l->why) == 0 && strcmp(row->path, path) == 0)
		return ERR_OK;
	row->path = path;
	row->hash = l->hash;
	row->trouble = l->why;
	return db_dns_file_put(r->db, row);
}

static enum err
take(struct rule *r, const struct look *l, const char *path, int64_t now)
{
	struct dns_file row;
	const char *before;
	enum err e = load_row(r, &row);

	if (e)
		return e;
	if (!l->records)
		return keep(r, &row, l, path);
	if (strcmp(row.hash, l->hash) == 0 && strcmp(row.path, path) == 0 &&
		!*row.trouble)
		return ERR_OK;
	before = row.records;
	row = (struct dns_file){ path, l->hash, l->records, now, "" };
	e = db_dns_file_put(r->db, &row);
	return e ? e : note(r, path, before, l->records, now);
}

enum err
tailnet_dns_file(struct db *db, const char *path, int64_t now)
{
	struct look l = { .mem = arena_new(), .hash = "" };
	struct rule r;
	enum err e;

	if (*path && read_file(&l, path))
		understand(&l);
	e = rule_begin(&r, db);
	if (!e)
		e = *path ? take(&r, &l, path, now) : forget(&r, now);
	e = rule_end(&r, e);
	arena_free(l.mem);
	return e;
}

const char *
dns_file_trouble(struct db *db, struct arena *mem)
{
	struct dns_file f;

	if (db_dns_file(db, mem, &f) || !*f.trouble)
		return NULL;
	if (!f.read_at)
		return arena_printf(mem,
			"the extra records in %s cannot be taken: %s", f.path,
			f.trouble);
	return arena_printf(mem,
		"the extra records in %s cannot be taken, so those of %s are "
		"in force: %s",
		f.path, clock_print(mem, f.read_at), f.trouble);
}
