/*
 * page_routes.c: the routes of all machines by prefix, and approving them
 * (spec/pages.md 9.5).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "db/words.h"
#include "fcgi/export.h"
#include "fcgi/flash.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/machine_routes.h"
#include "fcgi/machine_withheld.h"
#include "fcgi/network_nav.h"
#include "fcgi/pages_machines.h"
#include "fcgi/prove.h"
#include "tailnet/node.h"
#include "tailnet/route_table.h"
#include "tailnet/routes.h"

#define ROUTES_HOME "/admin/routes"

static const struct column columns[] = {
	{ "Prefix", "prefix", "mono" },
	{ "Machines", "machines", NULL },
	{ "Primary", NULL, NULL },
	{ "State", "state", NULL },
	{ "Notes", NULL, NULL },
	{ "Approved by", NULL, NULL },
};

static const struct choice states[] = {
#define X(name, word, words) { word, words },
	ROUTE_STATE_TABLE(X)
#undef X
};

static const struct field fields[] = {
	{ "route", "Routes", .kind = FIELD_MANY },
	{ "do", "What to do", .kind = FIELD_HIDDEN },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *
name_of(const struct route_row *row)
{
	return row->exit ? "Exit node" : row->prefix;
}

/* ---- which rows, in which order ---- */

static bool
matches(struct request *r, const struct list *l, const struct route_row *row)
{
	const char **texts =
		arena_array(r->mem, row->count + 1, sizeof(*texts));

	for (size_t i = 0; i < row->count; i++)
		texts[i] = row->at[i].node->name;
	texts[row->count] = name_of(row);
	return words_match(l->q, texts, row->count + 1);
}

static bool
has_state(const struct route_row *row, const char *state)
{
	for (size_t i = 0; i < row->count; i++)
		if (strcmp(route_state_word(row->at[i].state), state) == 0)
			return true;
	return false;
}

/* Rows come by prefix; so that order is the one of their places. */
static int
compare(const void *a, const void *b, void *arg)
{
	const struct route_row *x = a, *y = b;
	const struct list *l = arg;
	int order = 0;

	if (strcmp(l->sort, "machines") == 0)
		order = (x->count > y->count) - (x->count < y->count);
	else if (strcmp(l->sort, "state") == 0)
		order = (int)route_row_state(x) - (int)route_row_state(y);
	if (!order)
		order = (x->place > y->place) - (x->place < y->place);
	return l->descending ? -order : order;
}

/* What the address asks for. */
struct asked {
	struct list l;
	const char *state;
};

static void
take(struct request *r, struct asked *a)
{
	a->l = (struct list){ .id = "routes",
		.path = ROUTES_HOME,
		.one = "route",
		.many = "routes",
		.columns = columns,
		.column_count = COUNT(columns),
		.sort = "prefix",
		.files = true };
	list_take(r, &a->l);
	a->state = list_choice(r, &a->l, "state", states, COUNT(states));
}

static enum err
search(struct request *r, struct asked *a, struct route_table *t)
{
	struct list *l = &a->l;
	const char *state = a->state;
	const struct primaries_when when = { r->now, true };
	enum err e = route_table(r->db, &when, r->mem, t);
	size_t kept = 0;

	if (e)
		return e;
	for (size_t i = 0; i < t->count; i++) {
		struct route_row *row = &t->at[i];

		if ((!*l->q || matches(r, l, row)) &&
			(!*state || has_state(row, state)))
			t->at[kept++] = *row;
	}
	qsort_r(t->at, kept, sizeof(*t->at), compare, l);
	l->total = (int64_t)t->count;
	l->matching = (int64_t)kept;
	return ERR_OK;
}

/* ---- a row ---- */

/* It came with the form that was refused. */
static bool
was_ticked(struct request *r, const char *value)
{
	const char *sent;

	for (size_t i = 0; (sent = fields_nth(r, "route", i)); i++)
		if (strcmp(sent, value) == 0)
			return true;
	return false;
}

/* The first one is where a message leads. */
static void
show_box(struct request *r, const struct route_row *row,
	const struct route_router *m, bool first)
{
	const char *value = arena_printf(
		r->mem, "%" PRId64 ":%s", m->node->id, row->prefix);

	html_begin(r, "input", "type", "checkbox", "name", "route", "form",
		"form-routes", "value", value, "aria-label",
		arena_printf(r->mem, "%s of %s", name_of(row), m->node->name));
	if (first)
		html_attribute(r, "id", "routes-route");
	if (was_ticked(r, value))
		html_attribute(r, "checked", "");
	html_end_void(r);
	html_text(r, " ");
}

static void
show_machine(struct request *r, const struct route_row *row,
	const struct route_router *m, bool first)
{
	html_begin(r, "li", "data-state", route_state_word(m->state));
	if (r->who.can & (CAN_NETWORK | CAN_MACHINES))
		show_box(r, row, m, first);
	html_link(r,
		arena_printf(r->mem, "/admin/machines/%" PRId64, m->node->id),
		m->node->name);
	html_textf(r, " · %s", route_state_words(m->state));
	html_end(r);
}

static void
show_machines(struct request *r, const struct route_row *row, bool first)
{
	html_begin(r, "ol", "class", "plain");
	for (size_t i = 0; i < row->count; i++)
		show_machine(r, row, &row->at[i], first && !i);
	html_end(r);
}

static void
show_primary(struct request *r, const struct route_row *row)
{
	const struct route_router *m = &row->at[0];

	if (m->state == ROUTE_PRIMARY)
		html_link(r,
			arena_printf(r->mem, "/admin/machines/%" PRId64,
				m->node->id),
			m->node->name);
	else
		html_text(r, row->exit ? "each serves who chose it" : "nobody");
}

static size_t
serving(const struct route_row *row)
{
	size_t count = 0;

	for (size_t i = 0; i < row->count; i++)
		count += row->at[i].advertised && row->at[i].approved;
	return count;
}

static void
show_notes(struct request *r, const struct route_row *row,
	const struct own_net *net)
{
	const char *trouble = route_trouble(row->prefix);
	const char *own = withheld_words(r, net, row->prefix);

	if (own)
		html_element(r, "div", own);
	if (trouble)
		html_element(r, "div",
			arena_printf(r->mem, "It %s: no machine can carry it.",
				trouble));
	if (serving(row) > 1 && !row->exit)
		html_element(r, "div",
			"Several offer it: one serves, the others stand by.");
	if (row->within)
		html_element(r, "div",
			arena_printf(r->mem, "Lies in %s, and goes before it.",
				row->within));
	if (row->holds)
		html_element(r, "div",
			arena_printf(r->mem,
				row->holds == 1
					? "Holds %zu narrower prefix, which "
					  "goes before it."
					: "Holds %zu narrower prefixes, which "
					  "go before it.",
				row->holds));
}

static enum err
show_approvers(struct request *r, const struct route_row *row)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < row->count; i++) {
		if (!row->at[i].approved)
			continue;
		html_begin(r, "div");
		e = machine_route_approver(r, row->at[i].node, row->prefix);
		html_end(r);
	}
	return e;
}

static enum err
show_row(struct request *r, struct list *l, const struct route_row *row,
	const struct own_net *net, bool first)
{
	enum route_state state = route_row_state(row);
	enum err e;

	list_row_named(r, l, row->exit ? "exit" : row->prefix,
		route_state_word(state), NULL, name_of(row));
	list_cell(r, l);
	show_machines(r, row, first);
	list_cell(r, l);
	show_primary(r, row);
	list_cell_text(r, l, route_state_words(state));
	list_cell(r, l);
	show_notes(r, row, net);
	list_cell(r, l);
	e = show_approvers(r, row);
	list_row_end(r);
	return e;
}

/* ---- the page ---- */

static void
show_buttons(struct request *r, struct form *f)
{
	if (!(r->who.can & (CAN_NETWORK | CAN_MACHINES)))
		return;
	form_open(f);
	form_field_message(f, "route");
	form_button(f, "Approve what is ticked", "approve");
	form_button(f, "plain:Withdraw what is ticked", "withdraw");
	form_close(f);
}

static void
show_empty(struct request *r)
{
	html_begin(r, "p", "id", "empty", "data-swap", "");
	html_text(r, "No machine advertises routes. Run ");
	html_element(
		r, "code", "tailscale set --advertise-routes=192.168.1.0/24");
	html_text(r, " on one that stands in that network.");
	html_end(r);
}

static enum err
show_list(struct request *r, struct list *l, const struct route_table *t,
	struct form *f)
{
	size_t from = (size_t)list_skip(l);
	struct own_net net;
	enum err e = ERR_OK;

	own_net_read(&net);
	list_begin(r, l);
	list_select(r, l, "state", "State", states, COUNT(states));
	if (!list_table(r, l)) {
		if (!list_is_filtered(l))
			show_empty(r);
		return ERR_OK;
	}
	for (size_t i = from;
		!e && i < (size_t)l->matching && i < from + LIST_ROWS; i++)
		e = show_row(r, l, &t->at[i], &net, i == from);
	list_end(r, l);
	show_buttons(r, f);
	return e;
}

static enum err
show(struct request *r, struct form *f)
{
	struct route_table t;
	struct asked a;
	enum err e;

	take(r, &a);
	e = search(r, &a, &t);
	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "routes",
			.h1 = "Routes",
			.section = SECTION_NETWORK,
			/* Boxes that were sent stay until they are sent
			 * again; to the script they are no change. */
			.live = form_ok(f) ? "machine policy" : NULL },
		form_refused(f));
	network_nav(r, NETWORK_ROUTES);
	e = show_list(r, &a.l, &t, f);
	frame_end(r);
	return e;
}

static const char *const file_fields[] = { "prefix", "exit", "machine_id",
	"machine", "advertised", "approved", "state" };

static enum err
write_row(struct export *x, const struct route_row *row)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < row->count; i++) {
		const struct route_router *m = &row->at[i];

		export_text(x, row->prefix);
		export_bool(x, row->exit);
		export_int(x, m->node->id);
		export_text(x, m->node->name);
		export_bool(x, m->advertised);
		export_bool(x, m->approved);
		export_text(x, route_state_word(m->state));
		e = export_row(x);
	}
	return e;
}

static enum err
write_rows(struct export *x, void *arg)
{
	struct asked *a = arg;
	struct route_table t;
	enum err e = search(x->r, a, &t);

	for (int64_t i = 0; !e && i < a->l.matching; i++)
		e = write_row(x, &t.at[i]);
	return e;
}

enum err
file_routes(struct request *r)
{
	struct asked *a = arena_array(r->mem, 1, sizeof(*a));

	take(r, a);
	return export_reply(r, &(struct export_of){ .what = "routes",
				       .list = &a->l,
				       .fields = file_fields,
				       .count = COUNT(file_fields),
				       .rows = write_rows,
				       .arg = a });
}

enum err
page_routes(struct request *r)
{
	struct form f;

	form_init(r, &f, "routes", ROUTES_HOME, fields, COUNT(fields));
	return show(r, &f);
}

/* ---- the form ---- */

/* "12:10.0.0.0/8"; anything else is no route of a machine. */
static bool
take_edit(struct request *r, const char *value, bool approve,
	struct route_edit *out)
{
	const char *colon = strchr(value, ':');

	if (!colon || text_int(arena_printf(r->mem, "%.*s",
				       (int)(colon - value), value),
			      &out->node_id))
		return false;
	out->route = colon + 1;
	out->approve = approve;
	return true;
}

static size_t
take_edits(struct form *f, struct route_edit *out)
{
	bool approve = strcmp(form_get(f, "do"), "approve") == 0;
	struct request *r = f->r;
	const char *value;
	size_t count = 0;

	if (!approve && strcmp(form_get(f, "do"), "withdraw") != 0)
		form_complain(f, "route", "Choose one of the buttons.");
	for (size_t i = 0; (value = fields_nth(r, "route", i)); i++)
		if (!take_edit(r, value, approve, &out[count++]))
			form_complain(
				f, "route", "That is no route of a machine.");
	if (!count)
		form_complain(f, "route", "Tick the routes that you mean.");
	return count;
}

enum err
do_routes(struct request *r)
{
	struct route_edit *edits =
		arena_array(r->mem, r->fields.count + 1, sizeof(*edits));
	struct routes_set set = { 0, 0 };
	size_t count;
	struct form f;
	enum err e;

	form_init(r, &f, "routes", ROUTES_HOME, fields, COUNT(fields));
	(void)form_take(&f);
	count = take_edits(&f, edits);
	if (!form_ok(&f))
		return show(r, &f);
	e = tailnet_routes_edit(
		r->db, edits, count, prove_actor_text(r), r->now, &set);
	for (size_t i = 0; e == ERR_BAD_ROUTE && i < count; i++)
		if (route_trouble(edits[i].route)) {
			form_complain(&f, "route",
				arena_printf(r->mem,
					"%s %s: no machine can carry it.",
					edits[i].route,
					route_trouble(edits[i].route)));
			return show(r, &f);
		}
	if (e == ERR_NOT_FOUND || e == ERR_BAD_ROUTE)
		form_complain(&f, "route",
			"One of them is not there any more: its machine has "
			"gone, or advertises it no longer.");
	else if (e == ERR_TOO_BIG)
		form_complain(&f, "route",
			arena_printf(r->mem,
				"A machine has at most %d approved routes.",
				ROUTES_MAX));
	else if (!e)
		return form_done(r, ROUTES_HOME, "routes-saved",
			flash_counts(set.approved, set.withdrawn));
	return form_ok(&f) ? e : show(r, &f);
}
