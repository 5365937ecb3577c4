/*
 * page_machines.c: the list of all machines, and that of the own ones
 * (spec/pages.md 9.1, 8).
 */
#include "fcgi/machines_nav.h"
#include "fcgi/pages_machines.h"

#include <inttypes.h>
#include <string.h>

#include "db/pending.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/machine_show.h"
#include "fcgi/machines_bulk.h"
#include "fcgi/reply.h"

static const struct column own_columns[] = {
	{ "Name", "name", NULL },
	{ "Addresses", NULL, NULL },
	{ "State", "seen", NULL },
	{ "Expiry", "expires", NULL },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *
link_to(struct request *r, int64_t id)
{
	return arena_printf(r->mem, "/admin/machines/%" PRId64, id);
}

static void
show_row(struct request *r, struct list *l, const struct machine_row *m,
	bool standby)
{
	list_row(r, l, m->id, machine_state_word(m->state), link_to(r, m->id),
		m->name);
	if (*m->hostname && strcmp(m->name, m->hostname) != 0) {
		html_begin(r, "div", "class", "sub");
		html_text(r, m->hostname);
		html_end(r);
	}
	show_badges(r, m, standby);
	list_cell(r, l);
	show_owner(r, m);
	list_cell(r, l);
	show_addresses(r, m);
	list_cell(r, l);
	show_system(r, m);
	list_cell(r, l);
	show_state(r, m);
	list_cell(r, l);
	show_expiry(r, m);
	list_row_end(r);
}

static void
show_own_row(struct request *r, struct list *l, const struct machine_row *m,
	bool standby)
{
	list_row(r, l, m->id, machine_state_word(m->state),
		arena_printf(r->mem, "/me/machines/%" PRId64, m->id), m->name);
	show_badges(r, m, standby);
	list_cell(r, l);
	show_addresses(r, m);
	list_cell(r, l);
	show_state(r, m);
	list_cell(r, l);
	show_expiry(r, m);
	list_row_end(r);
}

/* A machine that went between the search and here has no row. */
static enum err
read_rows(struct request *r, const struct machines_found *p,
	struct machine_row *rows, size_t *count)
{
	enum err e = ERR_OK;

	*count = 0;
	for (size_t i = p->from; !e && i < p->until; i++) {
		e = db_machine_row(
			r->db, p->ids[i], r->now, r->mem, &rows[*count]);
		if (!e)
			++*count;
		else if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	return e;
}

static enum err
show_rows(struct request *r, struct list *l, const struct machines_found *p,
	void (*show)(struct request *, struct list *,
		const struct machine_row *, bool standby))
{
	struct machine_row *rows =
		arena_array(r->mem, p->until - p->from + 1, sizeof(*rows));
	struct primaries primaries;
	size_t count;
	enum err e = read_rows(r, p, rows, &count);

	if (!e)
		e = machine_primaries(r, rows, count, &primaries);
	for (size_t i = 0; !e && i < count; i++)
		show(r, l, &rows[i], machine_stands_by(&rows[i], &primaries));
	return e;
}

static void
waiting_link(struct request *r, const char *href, int64_t n, const char *one,
	const char *many)
{
	if (!n)
		return;
	html_begin(r, "p");
	html_begin(r, "a", "href", href);
	html_textf(r, "%" PRId64 " %s", n, n == 1 ? one : many);
	html_end(r);
	html_end(r);
}

/* There while nothing waits too, so that a live page can fill it.  Who asks to
 * join is a page of those that answer; the rest is in everybody's list. */
static enum err
show_waiting(struct request *r)
{
	int64_t asking = 0, unapproved = 0;
	enum err e = ERR_OK;

	if (r->who.can & CAN_MACHINES)
		e = db_pending_count(r->db, r->now, &asking);
	if (!e)
		e = db_machines_unapproved(r->db, &unapproved);
	if (e)
		return e;
	html_begin(r, "div", "id", "waiting", "data-swap", "");
	waiting_link(r, "/admin/registrations", asking, "machine asks to join",
		"machines ask to join");
	waiting_link(r, "/admin/machines?status=needs-approval", unapproved,
		"needs approval", "need approval");
	html_end(r);
	return ERR_OK;
}

static void
show_add(struct request *r)
{
	html_begin(r, "p");
	html_begin(r, "a", "class", "button", "href", "/admin/machines/new");
	html_text(r, "Add machine");
	html_end(r);
	html_end(r);
}

static void
show_empty(struct request *r)
{
	html_begin(r, "section", "id", "empty", "data-swap", "");
	html_element(r, "h2", "No machines yet");
	html_element(r, "p", "Run this on the first one:");
	html_command(r, "command",
		arena_printf(r->mem, "sudo tailscale up --login-server=%s",
			r->settings->url));
	if (r->who.can & CAN_MACHINES) {
		html_begin(r, "p");
		html_link(r, "/admin/machines/new",
			"Or add one with a key and wait for it");
		html_end(r);
	}
	html_end(r);
}

static enum err
show_list(struct request *r, struct list *l, const struct machines_found *found,
	struct form *f)
{
	enum err e = machines_filters(r, l);

	if (e)
		return e;
	if (machines_bulk_may(r)) {
		l->box = "machine";
		l->bulk = f;
	}
	if (list_table(r, l)) {
		e = show_rows(r, l, found, show_row);
		list_end(r, l);
	} else if (!list_is_filtered(l)) {
		show_empty(r);
	}
	return e;
}

enum err
machines_show(struct request *r, struct list *l,
	const struct machines_found *found, struct form *f)
{
	enum err e;

	frame_begin(r,
		&(struct page){ .name = "machines",
			.h1 = "Machines",
			.section = SECTION_MACHINES,
			.live = "machine registration" },
		form_refused(f));
	if (r->who.can & CAN_MACHINES)
		show_add(r);
	machines_nav(r, MACHINES_LIST);
	e = show_waiting(r);
	if (!e)
		e = show_list(r, l, found, f);
	frame_end(r);
	return e;
}

enum err
page_machines(struct request *r)
{
	struct machines_found found = { .whole = false };
	struct list l;
	struct form f;
	enum err e = machines_find(r, &l, &found);

	if (e)
		return e;
	machines_bulk_form(r, &l, &f);
	return machines_show(r, &l, &found, &f);
}

static void
show_none_own(struct request *r)
{
	html_begin(r, "section", "id", "empty", "data-swap", "");
	html_element(r, "h2", "No machines yet");
	html_begin(r, "p");
	html_link(r, "/connect", "Connect a machine");
	html_end(r);
	html_end(r);
}

enum err
page_me(struct request *r)
{
	struct list l = { .id = "me",
		.path = "/me",
		.one = "machine",
		.many = "machines",
		.columns = own_columns,
		.column_count = COUNT(own_columns),
		.sort = "name" };
	struct machine_search s = {
		.user_id = r->who.user_id, .tag = "", .os = ""
	};
	struct machines_found found = { .whole = false };
	enum err e;

	list_take(r, &l);
	s.status = machines_state_filter(r, &l);
	e = machines_search(r, &l, &s, &found);
	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "me",
			.h1 = "Your machines",
			.section = SECTION_ME,
			.live = "machine" },
		NULL);
	list_begin(r, &l);
	machines_state_select(r, &l);
	if (list_table(r, &l)) {
		e = show_rows(r, &l, &found, show_own_row);
		list_end(r, &l);
	} else if (!list_is_filtered(&l)) {
		show_none_own(r);
	}
	frame_end(r);
	return e;
}

enum err
page_admin_bare(struct request *r)
{
	return reply_redirect(r, 301, "/admin/");
}
