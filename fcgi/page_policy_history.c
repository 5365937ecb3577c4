/*
 * page_policy_history.c: the versions of the policy, and one of them
 * (spec/pages.md 11.2).
 */
#include <inttypes.h>
#include <string.h>

#include "fcgi/export.h"
#include "fcgi/frame.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/pages_policy.h"
#include "fcgi/policy_editor.h"
#include "fcgi/policy_lines.h"
#include "tailnet/policy_trouble.h"

static const struct column columns[] = {
	{ "Version", NULL, NULL },
	{ "Saved", NULL, NULL },
	{ "By", NULL, NULL },
	{ "Via", NULL, NULL },
	{ "Note", NULL, NULL },
	{ "Lines", NULL, "mono" },
};

static const char *
version_path(struct request *r, int64_t id)
{
	return arena_printf(r->mem, POLICY_LOG "/%" PRId64, id);
}

static const char *
lines_words(struct request *r, const struct policy_text *p)
{
	return p->added < 0 ? ""
			    : arena_printf(r->mem, "+%" PRId64 " −%" PRId64,
				      p->added, p->removed);
}

static void
show_note(struct request *r, const struct policy_text *p)
{
	html_text(r, p->note);
	if (!p->restored)
		return;
	html_text(r, *p->note ? "; as " : "As ");
	html_link(r, version_path(r, p->restored),
		arena_printf(r->mem, "version %" PRId64, p->restored));
}

/* What is obeyed, and what came after it in vain. */
struct standing {
	int64_t newest;
	int64_t in_force; /* instead; 0: the newest is, or none */
	bool broken;      /* the newest cannot be loaded */
};

static void
find_standing(struct request *r, int64_t newest, struct standing *out)
{
	*out = (struct standing){ .newest = newest };
	out->broken = policy_trouble(r->db, r->mem) != NULL;
	if (out->broken)
		out->in_force = policy_lines_version(r);
}

static const char *
state_of(const struct standing *s, int64_t id)
{
	if (s->broken && id > s->in_force)
		return "broken";
	return id == (s->broken ? s->in_force : s->newest) ? "current" : NULL;
}

static void
show_badge(struct request *r, const struct standing *s, const char *state)
{
	bool broken = strcmp(state, "broken") == 0;

	html_text(r, " ");
	html_begin(r, "span", "data-badge", state);
	html_text(r, broken      ? "Cannot be loaded"
		     : s->broken ? "In force"
				 : "Current");
	html_end(r);
}

static void
show_row(struct request *r, struct list *l, const struct policy_text *p,
	const struct standing *s)
{
	const char *state = state_of(s, p->id);

	list_row(r, l, p->id, state, version_path(r, p->id),
		arena_printf(r->mem, "%" PRId64, p->id));
	if (state)
		show_badge(r, s, state);
	list_cell(r, l);
	html_time_exact(r, p->created_at);
	list_cell_text(r, l, policy_author(p));
	list_cell_text(r, l, p->via);
	list_cell(r, l);
	show_note(r, p);
	list_cell_text(r, l, lines_words(r, p));
	list_row_end(r);
}

static void
show_list(struct request *r, struct list *l, const struct policy_text *rows,
	size_t count, const struct standing *s)
{
	if (!list_counted(r, l)) {
		html_begin(r, "p", "id", "empty");
		html_text(r, "No policy was ever saved. ");
		html_link(r, POLICY_HOME, "Write one");
		html_end(r);
		return;
	}
	for (size_t i = 0; i < count; i++)
		show_row(r, l, &rows[i], s);
	list_end(r, l);
}

static void
take(struct request *r, struct list *l)
{
	*l = (struct list){ .id = "policy-history",
		.path = POLICY_LOG,
		.one = "version",
		.many = "versions",
		.columns = columns,
		.column_count = sizeof(columns) / sizeof(columns[0]),
		.sort = "version",
		.files = true };
	list_take(r, l);
	l->q = ""; /* there is no search */
}

enum err
page_policy_history(struct request *r)
{
	struct policy_text *rows;
	struct policy_text newest = { .id = 0 };
	struct standing standing;
	struct list l;
	size_t count;
	enum err e;

	take(r, &l);
	e = db_policy_count(r->db, &l.total);
	if (e)
		return e;
	l.matching = l.total;
	e = db_policy_versions(
		r->db, list_skip(&l), LIST_ROWS, r->mem, &rows, &count);
	if (!e && l.total)
		e = db_policy_current(r->db, r->mem, &newest);
	if (e)
		return e;
	find_standing(r, newest.id, &standing);
	frame_begin(r,
		&(struct page){ .name = "policy-history",
			.h1 = "Policy history",
			.section = SECTION_POLICY,
			.live = "policy" },
		NULL);
	policy_nav(r, POLICY_HISTORY);
	show_list(r, &l, rows, count, &standing);
	frame_end(r);
	return ERR_OK;
}

static const char *const file_fields[] = { "version", "saved", "by", "via",
	"note", "restored", "lines_added", "lines_removed", "hash" };

static enum err
write_row(struct export *x, const struct policy_text *p)
{
	export_int(x, p->id);
	export_time(x, p->created_at);
	export_text(x, policy_author(p));
	export_text(x, p->via);
	export_text(x, p->note);
	export_int(x, p->restored);
	export_int(x, p->added);
	export_int(x, p->removed);
	export_text(x, p->hash);
	return export_row(x);
}

static enum err
write_rows(struct export *x, void *arg)
{
	struct policy_text *rows;
	size_t count = 0;
	enum err e = db_policy_versions(
		x->r->db, 0, POLICY_VERSIONS_KEPT, x->r->mem, &rows, &count);

	(void)arg;
	for (size_t i = 0; !e && i < count; i++)
		e = write_row(x, &rows[i]);
	return e;
}

enum err
file_policy_history(struct request *r)
{
	struct list l;

	take(r, &l);
	return export_reply(r,
		&(struct export_of){ .what = "policy-history",
			.list = &l,
			.fields = file_fields,
			.count = sizeof(file_fields) / sizeof(file_fields[0]),
			.rows = write_rows });
}

/* ---- one version ---- */

enum err
policy_no_version(struct request *r)
{
	return reply_gone(r, &(struct gone){ .kind = "policy",
				     .event = "",
				     .thing = "version",
				     .list = POLICY_LOG,
				     .list_words = "Policy history" });
}

/* To what it is compared: ?with=m, or the version before; none reads as an
 * empty text. */
static enum err
find_other(struct request *r, struct list *asked, int64_t id,
	struct policy_text *out)
{
	int64_t other = list_number(r, asked, "with");
	enum err e = ERR_NOT_FOUND;

	if (other)
		e = db_policy_version(r->db, other, r->mem, out);
	if (other && e == ERR_NOT_FOUND)
		list_refuse(r, asked, "with");
	if (e == ERR_NOT_FOUND)
		e = db_policy_before(r->db, id, r->mem, out);
	if (e != ERR_NOT_FOUND)
		return e;
	*out = (struct policy_text){ .text = "" };
	return ERR_OK;
}

static void
show_facts(struct request *r, const struct policy_text *p)
{
	html_begin(r, "dl", "id", "version");
	html_element(r, "dt", "Saved");
	html_begin(r, "dd", "data-fact", "saved");
	html_time_exact(r, p->created_at);
	html_end(r);
	html_fact(r, "by", "By", policy_author(p));
	html_fact(r, "via", "Via", *p->via ? p->via : "not known");
	if (*p->note || p->restored) {
		html_element(r, "dt", "Note");
		html_begin(r, "dd", "data-fact", "note");
		show_note(r, p);
		html_end(r);
	}
	if (p->added >= 0)
		html_fact(r, "lines", "Lines", lines_words(r, p));
	html_fact(r, "hash", "SHA-256", p->hash);
	html_end(r);
}

/* The text that is there is edited, not this one: hence its hash.  The button
 * asks first; a form that is sent without it is not asked. */
static void
show_restore(struct request *r, int64_t id, const struct policy_text *now)
{
	html_begin(r, "form", "method", "post", "action",
		arena_printf(r->mem, "%s/restore", version_path(r, id)), "id",
		"form-restore");
	form_hidden(r);
	html_hidden(r, "was", now->hash);
	html_begin(r, "button", "type", "submit", "class", "primary", "name",
		"ask", "value", "1");
	html_text(r, "Restore this version");
	html_end(r);
	html_end(r);
}

/* What there is to look at before it comes back. */
static void
show_looks(struct request *r, const struct policy_text *p,
	const struct policy_text *other, int64_t in_force)
{
	bool compared = other->id == in_force || p->id == in_force;
	bool writes = policy_may_write(r);

	if (compared && !writes)
		return;
	html_begin(r, "p");
	if (!compared)
		html_link(r,
			arena_printf(r->mem, "%s?with=%" PRId64,
				version_path(r, p->id), in_force),
			arena_printf(r->mem,
				"Compare with version %" PRId64
				", which is in force",
				in_force));
	if (!compared && writes)
		html_text(r, " · ");
	if (writes)
		html_link(r,
			arena_printf(
				r->mem, POLICY_HOME "?version=%" PRId64, p->id),
			"Check it in the editor");
	html_end(r);
}

static void
show_version(struct request *r, struct list *asked, const struct policy_text *p,
	const struct policy_text *other, const struct policy_text *now)
{
	size_t line = policy_editor_line(r, asked, p->text);

	policy_nav(r, POLICY_HISTORY);
	list_note(r, asked);
	show_facts(r, p);
	if (p->id != now->id)
		show_looks(r, p, other, policy_obeyed(r, now));
	if (p->id != now->id && policy_may_write(r))
		show_restore(r, p->id, now);
	html_begin(r, "h2");
	if (other->id)
		html_textf(r, "Against version %" PRId64, other->id);
	else
		html_text(r, "Against no policy");
	html_end(r);
	policy_diff(r, "diff", other->text, p->text);
	html_element(r, "h2", "The whole text");
	if (line)
		policy_excerpt(r, p->text, line, 0);
	html_begin(r, "pre", "id", "text", "tabindex", "0", "role", "region",
		"aria-label", "The whole text");
	html_text(r, "\n"); /* one behind the tag is dropped */
	html_text(r, policy_lines_shown(r->mem, p->text));
	html_end(r);
}

enum err
page_policy_version(struct request *r)
{
	struct list asked = { .id = "" };
	struct policy_text p, other, now;
	enum err e = db_policy_version(r->db, page_id(r, 0), r->mem, &p);

	if (e == ERR_NOT_FOUND)
		return policy_no_version(r);
	if (!e)
		e = find_other(r, &asked, p.id, &other);
	if (!e)
		e = db_policy_current(r->db, r->mem, &now);
	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "policy-version",
			.h1 = arena_printf(r->mem, "Version %" PRId64, p.id),
			.section = SECTION_POLICY },
		NULL);
	show_version(r, &asked, &p, &other, &now);
	frame_end(r);
	return ERR_OK;
}
