/* cairn nodes list-routes, approve-routes */
#include <string.h>

#include "base/ip.h"
#include "base/list.h"
#include "cli/nodes.h"
#include "cli/texts.h"
#include "policy/range.h"
#include "tailnet/node.h"
#include "tailnet/route_table.h"
#include "tailnet/routes.h"

/* Advertised routes, with what keeps those from serving that do not. */
static const char *
available(struct arena *mem, const struct node *n, const struct route_table *t)
{
	const char *all = "", **routes;
	size_t count = texts_split(mem, n->routes, &routes);

	for (size_t i = 0; i < count; i++) {
		enum route_state state = route_table_state(t, routes[i], n->id);
		bool serves = state == ROUTE_PRIMARY || state == ROUTE_IN_USE;

		all = arena_printf(mem, "%s%s%s%s%s%s", all, *all ? "\n" : "",
			routes[i], serves ? "" : " (",
			serves ? "" : route_state_words(state),
			serves ? "" : ")");
	}
	return all;
}

static void
add_routes(struct table *t, const struct node *n, const struct rows *r,
	const struct route_table *all)
{
	const char **served;
	size_t count = routes_served(t->mem, n, r, &served);

	table_int(t, n->id);
	table_stranger(t, n->hostname);
	table_cell(t, texts_of_list(t->mem, n->approved_routes, "\n"));
	table_cell(t, available(t->mem, n, all));
	table_cell(t, texts_join(t->mem, served, count, "\n"));
}

static bool
has_routes(const struct node *n)
{
	return strcmp(n->routes, "[]") != 0 ||
	       strcmp(n->approved_routes, "[]") != 0;
}

enum err
cmd_nodes_routes(struct cli *c)
{
	static const char *const heads[] = { "ID", "Hostname", "Approved",
		"Available", "Serving (Primary)", NULL };
	struct value *list = value_new_list(c->mem);
	int64_t only = cli_number(c, "identifier");
	struct route_table all;
	struct table t;
	struct node *nodes, one;
	struct rows rows;
	size_t count;
	enum err e = rows_load(c, &rows);

	if (!e && only)
		e = node_read(c, "listing routes", &one);
	if (e)
		return e;
	e = db_nodes(c->db, c->mem, &nodes, &count);
	if (!e)
		e = route_table(c->db,
			&(struct primaries_when){ c->now, rows.worker_alive },
			c->mem, &all);
	if (e)
		return cli_fail(c, e, "listing routes");
	list->keep = true; /* [] and not null, as headscale's */
	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < count; i++) {
		if (!has_routes(&nodes[i]) || (only && nodes[i].id != only))
			continue;
		add_routes(&t, &nodes[i], &rows, &all);
		put_node(value_object(list, NULL), &nodes[i], &rows, false);
	}
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, &t);
	else
		cli_print_value(c, c->out, list);
	return ERR_OK;
}

/* Which of them is none, for the words. */
static const char *
wrong_route(struct cli *c, const struct json_texts *routes)
{
	const char *json;

	for (size_t i = 0; i < routes->count; i++) {
		const struct json_texts one = { routes->at + i, 1 };

		if (routes_to_approve(c->mem, &one, &json))
			return routes->at[i];
	}
	return "";
}

/* An address with a length is a slip: whoever wrote it meant the network, or
 * that one address. */
static enum err
check_host_bits(struct cli *c, const char *doing, const char *route)
{
	char meant[RANGE_TEXT_SIZE];
	struct range range;
	struct prefix p;
	int len = (int)strcspn(route, "/");

	if (!route[len] || range_parse(route, &range, NULL) ||
		!prefix_parse(route, &p))
		return ERR_OK;
	range_print_prefix(range, meant);
	return cli_refuse(c,
		"%s: \"%s\" has bits beyond its length: say %s, or %.*s/%d "
		"for that one address",
		doing, route, meant, len, route, strchr(route, ':') ? 128 : 32);
}

/* What was approved before and is not any more; "" for none. */
static const char *
withdrawn(struct cli *c, const struct node *before, const struct node *after)
{
	struct json_texts old, new;
	const char *all = "";

	if (json_texts_parse(before->approved_routes, c->mem, &old) ||
		json_texts_parse(after->approved_routes, c->mem, &new))
		return "";
	for (size_t i = 0; i < old.count; i++)
		if (!list_has(&new, old.at[i]))
			all = arena_printf(c->mem, "%s%s%s", all,
				*all ? ", " : "; withdrawn: ", old.at[i]);
	return all;
}

enum err
cmd_nodes_approve_routes(struct cli *c)
{
	static const char doing[] = "setting approved routes";
	struct json_texts routes;
	struct routes_set set;
	struct node before, after;
	enum err e = node_read(c, doing, &before);

	routes.count =
		texts_of_commas(c->mem, cli_text(c, "routes"), &routes.at);
	for (size_t i = 0; !e && i < routes.count; i++)
		e = check_host_bits(c, doing, routes.at[i]);
	if (e)
		return e;
	e = tailnet_node_routes(c->db, cli_number(c, "identifier"), &routes,
		CLI_ACTOR, c->now, &set);
	for (size_t i = 0; e == ERR_BAD_ROUTE && i < routes.count; i++)
		if (route_trouble(routes.at[i]))
			return cli_refuse(c,
				"%s: \"%s\" %s: no machine can "
				"carry it",
				doing, routes.at[i],
				route_trouble(routes.at[i]));
	if (e == ERR_BAD_ROUTE)
		return cli_refuse(c,
			"%s: \"%s\" is not a route like 192.168.1.0/24", doing,
			wrong_route(c, &routes));
	if (e == ERR_TOO_BIG)
		return cli_refuse(c, "%s: a node has at most %d routes", doing,
			ROUTES_MAX);
	if (e)
		return node_error(c, e, doing);
	e = node_read(c, doing, &after);
	return e ? e
		 : node_changed(c, arena_printf(c->mem, "Node updated%s",
					   withdrawn(c, &before, &after)));
}
