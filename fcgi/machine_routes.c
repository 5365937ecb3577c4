#include "fcgi/machine_routes.h"

#include <inttypes.h>
#include <string.h>

#include "db/route_approval.h"
#include "fcgi/audit_words.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/machine_withheld.h"
#include "fcgi/policy_show.h"
#include "tailnet/policy_ask.h"
#include "tailnet/primaries.h"
#include "tailnet/routes.h"

/* ---- what there is ---- */

static void
note(struct machine_routes *out, const char *prefix, bool advertised)
{
	struct machine_route *at = out->at;
	size_t i = 0;

	while (i < out->count && strcmp(at[i].prefix, prefix) != 0)
		i++;
	if (i == out->count)
		at[out->count++] = (struct machine_route){ .prefix = prefix };
	*(advertised ? &at[i].advertised : &at[i].approved) = true;
}

void
machine_routes_of(
	struct request *r, const struct node *n, struct machine_routes *out)
{
	struct json_texts lists[2] = { { NULL, 0 }, { NULL, 0 } };
	struct machine_route exit = { .prefix = NULL };

	(void)json_texts_parse(n->approved_routes, r->mem, &lists[0]);
	(void)json_texts_parse(n->routes, r->mem, &lists[1]);
	out->at = arena_array(
		r->mem, lists[0].count + lists[1].count + 1, sizeof(*out->at));
	out->count = 0;
	for (size_t k = 2; k-- > 0;)
		for (size_t i = 0; i < lists[k].count; i++)
			if (!route_is_exit(lists[k].at[i]))
				note(out, lists[k].at[i], k == 1);
			else
				*(k ? &exit.advertised : &exit.approved) = true;
	if (exit.advertised || exit.approved)
		out->at[out->count++] = exit;
}

/* ---- the table ---- */

static bool
is_policy(const struct route_approval *a)
{
	return strcmp(a->actor, "policy") == 0;
}

static const struct column columns[] = {
	{ "Prefix", NULL, NULL },
	{ "Advertised", NULL, NULL },
	{ "Approved", NULL, NULL },
	{ "State", NULL, NULL },
	{ "Approved by", NULL, NULL },
};

/* All that the table says beside the lists of the node. */
struct known {
	const struct node *n;
	struct primaries primaries;
	struct route_approval *approvals;
	size_t approval_count;
	/* Of each approval by the policy, the entry that approves it now. */
	struct policy_place *lines;
};

static enum err
find_lines(struct request *r, struct known *k)
{
	struct json_texts routes = { arena_array(r->mem, k->approval_count + 1,
					     sizeof(char *)),
		k->approval_count };
	struct user owner;
	enum err e = ERR_OK;

	for (size_t i = 0; i < k->approval_count; i++)
		routes.at[i] = k->approvals[i].route;
	if (k->n->user_id)
		e = db_user_by_id(r->db, k->n->user_id, r->mem, &owner);
	return e ? e
		 : policy_ask_approvers(r->db, k->n,
			   k->n->user_id ? &owner : NULL, &routes, r->mem,
			   &k->lines);
}

static struct json_texts
subnets_of(struct request *r, const struct machine_routes *routes)
{
	struct json_texts l = {
		arena_array(r->mem, routes->count, sizeof(*l.at)), 0
	};

	for (size_t i = 0; i < routes->count; i++)
		if (routes->at[i].prefix)
			l.at[l.count++] = routes->at[i].prefix;
	return l;
}

static enum err
know(struct request *r, const struct node *n,
	const struct machine_routes *routes, struct known *k)
{
	bool by_policy = false;
	struct json_texts subnets = subnets_of(r, routes);
	const struct primaries_when when = { r->now, true };
	enum err e =
		primaries_of(r->db, &subnets, &when, r->mem, &k->primaries);

	k->n = n;
	if (!e)
		e = db_route_approvals(r->db, n->id, r->mem, &k->approvals,
			&k->approval_count);
	for (size_t i = 0; !e && i < k->approval_count; i++)
		by_policy |= is_policy(&k->approvals[i]);
	return e || !by_policy ? e : find_lines(r, k);
}

static const char *
state_of(const struct known *k, const struct machine_route *route)
{
	if (!route->advertised)
		return "not advertised";
	if (!route->approved)
		return "waiting";
	if (!route->prefix)
		return "in use";
	return primaries_serves(&k->primaries, k->n->id, route->prefix)
		       ? "primary"
		       : "standby";
}

static const char *
word_of(const char *state)
{
	return strcmp(state, "not advertised") == 0 ? "not-advertised"
	       : strcmp(state, "in use") == 0       ? "in-use"
						    : state;
}

/* The line in the policy of now, where that still approves it. */
static void
show_policy(struct request *r, const struct route_approval *a, uint32_t line)
{
	if (line)
		html_link(r, policy_line_path(r, policy_lines_version(r), line),
			arena_printf(r->mem, "Policy, line %u", line));
	else if (a->version)
		html_link(r,
			arena_printf(
				r->mem, POLICY_LOG "/%" PRId64, a->version),
			arena_printf(
				r->mem, "Policy version %" PRId64, a->version));
	else
		html_text(r, "Policy");
}

static void
show_approver(struct request *r, const struct known *k, const char *prefix)
{
	for (size_t i = 0; i < k->approval_count; i++) {
		const struct route_approval *a = &k->approvals[i];

		if (strcmp(a->route, prefix ? prefix : "0.0.0.0/0") != 0)
			continue;
		if (is_policy(a))
			show_policy(r, a, k->lines[i].line);
		else
			audit_show_actor(r, a->actor, a->actor_name);
		html_text(r, ", ");
		html_time(r, a->at);
		return;
	}
	html_text(r, "not known");
}

enum err
machine_route_approver(
	struct request *r, const struct node *n, const char *prefix)
{
	struct known k = { .n = n };
	bool by_policy = false;
	enum err e = db_route_approvals(
		r->db, n->id, r->mem, &k.approvals, &k.approval_count);

	for (size_t i = 0; !e && i < k.approval_count; i++)
		by_policy |= is_policy(&k.approvals[i]) &&
			     strcmp(k.approvals[i].route, prefix) == 0;
	if (!e && by_policy)
		e = find_lines(r, &k);
	if (e)
		return e;
	k.lines = k.lines ? k.lines
			  : arena_array(r->mem, k.approval_count + 1,
				    sizeof(*k.lines));
	show_approver(r, &k, prefix);
	return ERR_OK;
}

static void
show_rows(struct request *r, const struct machine_routes *routes,
	const struct known *k)
{
	struct list l = { .id = "routes-of",
		.one = "route",
		.columns = columns,
		.column_count = sizeof(columns) / sizeof(columns[0]) };

	list_bare(r, &l);
	for (size_t i = 0; i < routes->count; i++) {
		const struct machine_route *route = &routes->at[i];
		const char *state = state_of(k, route);

		list_row(r, &l, (int64_t)i + 1, word_of(state), NULL,
			route->prefix ? route->prefix : "Exit node");
		list_cell_text(r, &l, route->advertised ? "yes" : "no");
		list_cell_text(r, &l, route->approved ? "yes" : "no");
		list_cell_text(r, &l, state);
		list_cell(r, &l);
		if (route->approved)
			show_approver(r, k, route->prefix);
		list_row_end(r);
	}
	list_end(r, &l);
}

enum err
machine_routes_show(struct machine_world *w)
{
	struct request *r = w->r;
	const struct node *n = w->n;
	struct machine_routes routes;
	struct known k;
	enum err e = ERR_OK;

	machine_routes_of(r, n, &routes);
	if (routes.count)
		e = know(r, n, &routes, &k);
	if (e)
		return e;
	html_begin(r, "section", "id", "routes", "data-swap", "");
	html_element(r, "h2", "Routes");
	if (routes.count)
		show_rows(r, &routes, &k);
	else
		html_element(r, "p", "It advertises none.");
	machine_withheld_show(w);
	html_end(r);
	return ERR_OK;
}

/* ---- the form ---- */

enum {
	AT_ROUTE,
	AT_EXIT,
	FIELDS,
};

static const char *
ticked(struct request *r, const struct machine_routes *routes)
{
	const char *all = "";

	for (size_t i = 0; i < routes->count; i++)
		if (routes->at[i].prefix && routes->at[i].approved)
			all = arena_printf(r->mem, "%s%s%s", all,
				*all ? " " : "", routes->at[i].prefix);
	return all;
}

static struct field *
fields_of(struct request *r, const struct machine_routes *routes)
{
	struct field *fields = arena_array(r->mem, FIELDS, sizeof(*fields));
	struct choice *boxes =
		arena_array(r->mem, routes->count + 1, sizeof(*boxes));
	size_t count = 0;

	for (size_t i = 0; i < routes->count; i++)
		if (routes->at[i].prefix)
			boxes[count++] = (struct choice){ routes->at[i].prefix,
				routes->at[i].prefix };
	fields[AT_ROUTE] = (struct field){ "route", "Approved",
		.kind = FIELD_MANY, .choices = boxes, .choice_count = count };
	fields[AT_EXIT] = (struct field){ "exit", "Exit node",
		.hint = "For all that machines send to the internet.",
		.kind = FIELD_BOX };
	return fields;
}

void
machine_routes_form(struct request *r, const struct node *n, struct form *f)
{
	struct machine_routes routes;
	bool exit;

	machine_routes_of(r, n, &routes);
	exit = routes.count && !routes.at[routes.count - 1].prefix;
	form_init(r, f, "routes",
		arena_printf(r->mem, "/admin/machines/%lld/routes",
			(long long)n->id),
		fields_of(r, &routes), exit ? FIELDS : FIELDS - 1);
	form_put(f, "route", ticked(r, &routes));
	if (exit)
		form_put_box(f, "exit", routes.at[routes.count - 1].approved);
	form_edits(f, arena_printf(r->mem, "node:%lld", (long long)n->id));
}

void
machine_routes_form_show(struct request *r, struct form *f)
{
	size_t boxes = f->fields[AT_ROUTE].choice_count;

	html_element(r, "h3", "Approve routes");
	if (boxes > FORM_VALUES_MAX) {
		html_element(r, "p",
			"These are too many for a page: use cairn nodes "
			"approve-routes.");
		return;
	}
	if (!boxes && f->count == AT_EXIT) {
		html_element(r, "p", "There is nothing to approve.");
		return;
	}
	form_open(f);
	if (boxes)
		form_field(f, "route");
	form_field(f, "exit");
	form_button(f, "plain:Save routes", NULL);
	form_close(f);
}

static bool
is_box(const struct form *f, const char *prefix)
{
	const struct field *d = &f->fields[AT_ROUTE];

	for (size_t i = 0; i < d->choice_count; i++)
		if (strcmp(d->choices[i].value, prefix) == 0)
			return true;
	return false;
}

void
machine_routes_asked(struct form *f, struct json_texts *out)
{
	struct request *r = f->r;
	const char *value;

	out->at = arena_array(r->mem, r->fields.count + 1, sizeof(char *));
	out->count = 0;
	for (size_t i = 0; (value = fields_nth(r, "route", i)); i++) {
		if (!is_box(f, value)) {
			form_error(f, "route", "prefix");
			return;
		}
		out->at[out->count++] = value;
	}
	if (fields_has(r, "exit") && f->count == AT_EXIT)
		form_error(f, "route", "prefix");
	else if (fields_has(r, "exit"))
		out->at[out->count++] = "0.0.0.0/0";
}
