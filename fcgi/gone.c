#include "fcgi/gone.h"

#include <inttypes.h>

#include "base/text.h"
#include "db/audit.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"

int64_t
page_id(const struct request *r, size_t n)
{
	const char *text = n < PARTS_MAX ? r->parts[n] : NULL;
	int64_t id = 0;

	/* One address each: neither "+1" nor "01". */
	if (!text || *text < '1' || *text > '9' || text_int(text, &id))
		return 0;
	return id;
}

static void
say_who(struct request *r, const struct audit *a)
{
	html_begin(r, "p");
	html_textf(r, "%s deleted %s on ",
		*a->actor_name ? a->actor_name : a->actor,
		*a->subject_name ? a->subject_name : "it");
	html_time(r, a->at);
	html_text(r, ".");
	html_end(r);
}

static void
say_missing(struct request *r, const struct gone *g)
{
	html_begin(r, "p");
	html_textf(r, "There is no %s of this number.", g->thing);
	html_end(r);
}

enum err
reply_gone(struct request *r, const struct gone *g)
{
	struct audit last;
	enum err e = ERR_NOT_FOUND;

	if (g->id)
		e = db_audit_last(r->db,
			arena_printf(r->mem, "%s:%" PRId64, g->kind, g->id),
			g->event, r->mem, &last);
	if (e && e != ERR_NOT_FOUND)
		return e;
	html_drop(r);
	r->reply.class = REPLY_ERROR_PAGE;
	r->reply.status = e ? 404 : 410;
	frame_begin(r,
		&(struct page){ .name = "error",
			.h1 = e ? "Nothing here" : "No longer there" },
		NULL);
	if (e)
		say_missing(r, g);
	else
		say_who(r, &last);
	html_begin(r, "p");
	html_link(r, g->list, g->list_words);
	html_end(r);
	frame_end(r);
	return ERR_OK;
}
