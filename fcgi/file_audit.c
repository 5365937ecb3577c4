/*
 * file_audit.c: the audit log as a file, by the query of its page
 * (spec/pages.md 14).  It is read and sent in pieces, so that neither memory
 * nor a read transaction grows with it.
 */
#include "base/text.h"
#include "db/audit_chain.h"
#include "fcgi/audit_list.h"
#include "fcgi/export.h"
#include "fcgi/pages_people.h"

static const char *const fields[] = { "id", "at", "actor", "actor_name", "via",
	"event", "target", "target_name", "details", "before", "after", "from",
	"session", "hash", "previous_hash" };

struct writer {
	struct export *x;
	enum err e; /* of the first row that could not be sent */
};

typedef enum err hash_read(
	struct db *db, int64_t id, uint8_t out[AUDIT_HASH_SIZE]);

/* "" for a row that is older than the chain. */
static void
put_hash(struct export *x, hash_read *read, int64_t id)
{
	uint8_t hash[AUDIT_HASH_SIZE];
	char text[2 * AUDIT_HASH_SIZE + 1] = "";

	if (!read(x->r->db, id, hash))
		text_hex(text, hash, AUDIT_HASH_SIZE);
	export_text(x, text);
}

static void
put_row(const struct audit *a, void *arg)
{
	struct writer *w = arg;
	struct export *x = w->x;

	if (w->e)
		return;
	export_int(x, a->id);
	export_time(x, a->at);
	export_text(x, a->actor);
	export_text(x, a->actor_name);
	export_text(x, a->via);
	export_text(x, a->action);
	export_text(x, a->subject);
	export_text(x, a->subject_name);
	export_text(x, a->detail);
	export_value(x, a->before);
	export_value(x, a->after);
	export_text(x, a->address);
	export_int(x, a->session);
	put_hash(x, db_audit_hash_of, a->id);
	put_hash(x, db_audit_hash_before, a->id);
	w->e = export_row(x);
}

static enum err
put_rows(struct export *x, void *arg)
{
	struct audit_search *s = arg;
	struct writer w = { .x = x };
	enum err e = ERR_OK;

	do {
		e = db_audit_each(x->r->db, s, put_row, &w, &s->before);
	} while (!e && !w.e && s->before.id);
	return e ? e : w.e;
}

enum err
file_audit(struct request *r)
{
	struct audit_search *s = arena_array(r->mem, 1, sizeof(*s));
	struct list l;
	enum err e = audit_list_take(r, &l, s);

	if (e)
		return e;
	return export_reply(
		r, &(struct export_of){ .what = "audit",
			   .list = &l,
			   .fields = fields,
			   .count = sizeof(fields) / sizeof(fields[0]),
			   .event = "audit.exported",
			   .pieces = true,
			   .rows = put_rows,
			   .arg = s });
}
