#include "fcgi/machine_events.h"

#include <inttypes.h>

#include "fcgi/audit_words.h"
#include "fcgi/html.h"
#include "fcgi/list.h"

static const struct column columns[] = {
	{ "When", NULL, NULL },
	{ "Who", NULL, NULL },
	{ "Event", NULL, NULL },
	{ "Details", NULL, NULL },
};

static void
show_row(struct request *r, struct list *l, const struct audit *a)
{
	list_row(r, l, a->id, NULL, NULL, "");
	html_time(r, a->at);
	list_cell(r, l);
	audit_show_actor(r, a->actor, a->actor_name);
	audit_event_cell(r, l, a);
	list_cell_text(r, l, audit_details(r, a));
	list_row_end(r);
}

enum err
machine_events_show(struct request *r, const struct node *n)
{
	struct list l = { .id = "events-of",
		.one = "event",
		.columns = columns,
		.column_count = sizeof(columns) / sizeof(columns[0]) };
	struct audit *rows;
	size_t count;
	enum err e = db_audits_of(r->db,
		arena_printf(r->mem, "node:%" PRId64, n->id), MACHINE_EVENTS,
		r->mem, &rows, &count);

	if (e)
		return e;
	html_begin(r, "section", "id", "events", "data-swap", "");
	html_element(r, "h2", "Events");
	if (count) {
		list_bare(r, &l);
		for (size_t i = 0; i < count; i++)
			show_row(r, &l, &rows[i]);
		list_end(r, &l);
	} else {
		html_element(r, "p", "Nothing is known of it any more.");
	}
	html_end(r);
	return ERR_OK;
}
