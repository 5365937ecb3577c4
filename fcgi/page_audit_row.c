/*
 * page_audit_row.c: one row of the audit log in full, with what was before and
 * after (spec/pages.md 14).
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/audit_chain.h"
#include "db/audit_event.h"
#include "db/audit_find.h"
#include "fcgi/audit_proof.h"
#include "fcgi/audit_words.h"
#include "fcgi/frame.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/pages_people.h"

static void
begin_fact(struct request *r, const char *fact, const char *name)
{
	html_element(r, "dt", name);
	html_begin(r, "dd", "data-fact", fact);
}

static const char *
hash_words(struct request *r, const uint8_t hash[AUDIT_HASH_SIZE])
{
	char *text = arena_alloc(r->mem, 2 * AUDIT_HASH_SIZE + 1);

	text_hex(text, hash, AUDIT_HASH_SIZE);
	return text;
}

/* What ties it to the row before. */
static void
show_link(struct request *r, const struct audit_link *link)
{
	html_fact(r, "hash", "Hash",
		link->chained ? hash_words(r, link->hash)
			      : "none: it is older than the chain");
	if (link->chained)
		html_fact(r, "previous", "Previous hash",
			link->first ? "not known: it is the oldest row"
				    : hash_words(r, link->before));
	begin_fact(r, "chain", "Chain");
	html_begin(r, "span", "data-badge", link->fits ? "ok" : "fail");
	html_text(r, link->fits ? "Fits" : "Does not fit");
	html_end(r);
	if (!link->fits)
		html_text(r,
			" It or the row before it was changed or taken out "
			"past cairn.");
	html_end(r);
}

static void
show_facts(
	struct request *r, const struct audit *a, const struct audit_link *link)
{
	html_begin(r, "dl", "id", "summary");
	html_fact(
		r, "number", "Number", arena_printf(r->mem, "%" PRId64, a->id));
	begin_fact(r, "when", "When");
	html_time_exact(r, a->at);
	html_end(r);
	begin_fact(r, "who", "Who");
	audit_show_actor(r, a->actor, a->actor_name);
	html_end(r);
	html_fact(r, "via", "Via", a->via);
	begin_fact(r, "event", "Event");
	html_element(r, "code", a->action);
	html_end(r);
	begin_fact(r, "target", "Target");
	audit_show_target(r, a);
	html_end(r);
	if (*a->address)
		html_fact(r, "from", "From", a->address);
	if (a->session)
		html_fact(r, "session", "Session",
			arena_printf(r->mem, "%" PRId64, a->session));
	if (*a->detail)
		html_fact(r, "details", "Details", a->detail);
	show_link(r, link);
	html_end(r);
}

static void
show_cell(
	struct request *r, const char *col, const char *label, const char *text)
{
	html_begin(r, "td", "data-col", col, "data-label", label);
	html_text(r, text ? text : "");
	html_end(r);
}

static void
show_change(struct request *r, const struct audit_change *c)
{
	html_begin(r, "tr");
	html_begin(r, "th", "scope", "row", "data-col", "field", "data-label",
		"Field");
	html_text(r, c->name);
	html_end(r);
	show_cell(r, "before", "Before", c->before);
	show_cell(r, "after", "After", c->after);
	html_end(r);
}

static void
show_changes(struct request *r, const struct audit *a)
{
	static const char *const heads[] = { "Field", "Before", "After" };
	struct audit_change *list;
	struct audit_change raw = { "as written", a->before, a->after };
	size_t count = audit_changes(r, a, &list);

	if (!count && (*a->before || *a->after)) {
		list = &raw;
		count = 1;
	}
	if (!count)
		return;
	html_element(r, "h2", "Before and after");
	html_begin(r, "table", "id", "changes", "class", "list");
	html_heads(r, heads, sizeof(heads) / sizeof(heads[0]));
	html_begin(r, "tbody");
	for (size_t i = 0; i < count; i++)
		show_change(r, &list[i]);
	html_end(r);
	html_end(r);
}

static void
show_more(struct request *r, const struct audit *a)
{
	html_begin(r, "p");
	html_link(r,
		arena_printf(r->mem, "/admin/audit?target=%s",
			text_url_encode(r->mem, a->subject)),
		"All about this target");
	html_text(r, " · ");
	html_link(r,
		arena_printf(r->mem, "/admin/audit?who=%s",
			text_url_encode(r->mem, a->actor)),
		"All by the same");
	html_end(r);
}

enum err
page_audit_row(struct request *r)
{
	int64_t id = page_id(r, 0);
	struct audit_link link;
	struct audit a;
	enum err e = db_audit_by_id(r->db, id, r->mem, &a);

	if (e == ERR_NOT_FOUND)
		return reply_gone(r, &(struct gone){ .kind = "audit",
					     .id = id,
					     .event = "",
					     .thing = "row",
					     .list = "/admin/audit",
					     .list_words = "Audit" });
	if (!e)
		e = db_audit_link(r->db, id, &link);
	if (e)
		return e;
	if (link.chained && !link.fits)
		audit_proof_note(r, id);
	frame_begin(r,
		&(struct page){ .name = "audit-row",
			.h1 = audit_event_words(a.action),
			.title = arena_printf(r->mem, "%s %" PRId64,
				audit_event_words(a.action), a.id),
			.section = SECTION_AUDIT,
			.up = { "/admin/audit", "All that happened" } },
		NULL);
	show_facts(r, &a, &link);
	show_changes(r, &a);
	if (*a.subject)
		show_more(r, &a);
	frame_end(r);
	return ERR_OK;
}
