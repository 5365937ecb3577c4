/*
 * page_audit.c: who did what, newest first, by what is asked (spec/pages.md
 * 14).
 *
 * Without a filter a log of a million rows is paged by its ids, which have no
 * gaps; with one, each look goes back so far (db/audit_find.h) and names the
 * place to look further from.  What it says of the chain: audit_proof.h.
 */
#include <inttypes.h>
#include <string.h>

#include "fcgi/audit_list.h"
#include "fcgi/audit_proof.h"
#include "fcgi/audit_words.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/pages_people.h"

static void
show_row(struct request *r, struct list *l, const struct audit *a)
{
	list_row(r, l, a->id, NULL, NULL, "");
	html_begin(r, "a", "href",
		arena_printf(r->mem, "/admin/audit/%" PRId64, a->id));
	html_time_exact(r, a->at);
	html_end(r);
	list_cell(r, l);
	audit_show_actor(r, a->actor, a->actor_name);
	list_cell_text(r, l, a->via);
	audit_event_cell(r, l, a);
	list_cell(r, l);
	audit_show_target(r, a);
	list_cell_text(r, l, audit_details(r, a));
	list_cell_text(r, l, a->address);
	list_row_end(r);
}

/* ---- the list ---- */

/* What one page holds, and how it came about. */
struct view {
	struct list l;
	struct audit_search search;
	struct audit *rows;
	size_t count;
	struct audit_place further; /* of a search that has not looked at all */
};

static enum err
read_all(struct request *r, struct view *v, int64_t last)
{
	int64_t until = last - list_skip(&v->l);

	return db_audit_range(r->db, until - LIST_ROWS + 1, until, r->mem,
		&v->rows, &v->count);
}

static enum err
read_found(struct request *r, struct view *v)
{
	struct audit_found found;
	enum err e = db_audit_find(r->db, &v->search, r->mem, &found);
	size_t skip;

	if (e)
		return e;
	v->l.matching = (int64_t)found.count;
	v->l.more = found.more || found.further.id;
	v->further = found.further;
	skip = (size_t)list_skip(&v->l);
	v->rows = arena_array(r->mem, LIST_ROWS, sizeof(*v->rows));
	for (size_t i = skip; !e && i < found.count && v->count < LIST_ROWS;
		i++)
		e = db_audit_by_id(
			r->db, found.ids[i], r->mem, &v->rows[v->count++]);
	if (!e && found.more) {
		const struct audit *a;
		struct audit last;

		e = db_audit_by_id(
			r->db, found.ids[found.count - 1], r->mem, &last);
		a = &last;
		v->further = (struct audit_place){ a->at, a->id };
	}
	return e;
}

/* A log that is empty is no page of its own. */
static enum err
read_view(struct request *r, struct view *v)
{
	int64_t first, last;
	enum err e = audit_list_take(r, &v->l, &v->search);

	if (!e)
		e = db_audit_ends(r->db, &first, &last);
	if (e)
		return e;
	v->l.total = v->l.matching = last ? last - first + 1 : 0;
	return db_audit_search_is_empty(&v->search) ? read_all(r, v, last)
						    : read_found(r, v);
}

static void
show_further(struct request *r, const struct view *v)
{
	if (!v->further.id)
		return;
	html_begin(r, "p", "id", "further");
	html_text(r, "Looked back to ");
	html_time(r, v->further.at);
	html_text(r, ". ");
	html_link(
		r, audit_list_from(r, &v->l, &v->further), "Look further back");
	html_end(r);
}

static void
show_list(struct request *r, struct view *v)
{
	list_begin(r, &v->l);
	audit_list_fields(r, &v->l);
	if (list_table(r, &v->l)) {
		for (size_t i = 0; i < v->count; i++)
			show_row(r, &v->l, &v->rows[i]);
		list_end(r, &v->l);
	} else if (!list_is_filtered(&v->l)) {
		html_begin(r, "p", "id", "empty");
		html_text(r, "Nothing has happened yet.");
		html_end(r);
	}
	show_further(r, v);
}

enum err
page_audit(struct request *r)
{
	struct view v = { .count = 0 };
	enum err e = read_view(r, &v);
	struct audit_proof proof = { .broken = 0 };
	int64_t from = 0, until = 0;

	if (e)
		return e;
	if (v.count && db_audit_search_is_empty(&v.search)) {
		from = v.rows[v.count - 1].id;
		until = v.rows[0].id;
	}
	/* Before the frame, whose strip says what is found. */
	e = audit_proof_take(r, from, until, &proof);
	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "audit",
			.h1 = "Audit",
			.section = SECTION_AUDIT,
			.live = "audit" },
		NULL);
	audit_proof_show(r, &proof);
	show_list(r, &v);
	frame_end(r);
	return ERR_OK;
}
