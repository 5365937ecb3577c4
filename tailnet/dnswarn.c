#include "tailnet/dnswarn.h"

#include <string.h>

#include "base/ip.h"
#include "db/node.h"
#include "tailnet/dnsfile.h"
#include "tailnet/dnsform.h"
#include "tailnet/dnsrows.h"
#include "tailnet/routes.h"

struct warning {
	struct db *db;
	const struct settings *s;
	struct arena *mem;
	struct json_texts *out;
	struct dns_rows rows;
};

static void
add(struct warning *w, const char *words)
{
	if (w->out->count < DNS_WARNINGS_MAX)
		w->out->at[w->out->count++] = words;
}

/* ---- nameservers ---- */

static void
warn_override(struct warning *w)
{
	if (!w->s->override_local_dns)
		return;
	if (!w->rows.nameserver_count || *w->rows.nameservers[0].domain)
		add(w, "The resolvers of the machines' own networks are to be "
		       "replaced, and there is no nameserver for all names: "
		       "machines keep their own until one is added.");
}

static void
warn_base(struct warning *w, const struct nameserver *n)
{
	if (w->s->magic_dns && strcmp(n->domain, w->s->dns_domain) == 0)
		add(w, arena_printf(w->mem,
			       "%s is never asked: %s is the base domain, "
			       "whose names the machines answer themselves.",
			       n->address, n->domain));
}

static enum err
warn_nobody(struct warning *w, const struct nameserver *n)
{
	bool taken = false;
	enum err e;

	if (!dns_is_tailnet_address(n->address))
		return ERR_OK;
	e = db_node_address_taken(w->db, n->address, &taken);
	if (!e && !taken)
		add(w, arena_printf(w->mem,
			       "No machine has the address of the nameserver "
			       "%s: nobody answers there.",
			       n->address));
	return e;
}

/* The most special of the routes in the list that holds the address. */
static const char *
route_holding(struct arena *mem, const char *list, const struct ip *ip)
{
	struct json_texts routes = { NULL, 0 };
	const char *best = NULL;
	struct prefix p;
	int bits = -1;

	if (json_texts_parse(list, mem, &routes))
		return NULL;
	for (size_t i = 0; i < routes.count; i++)
		if (!route_is_exit(routes.at[i]) &&
			prefix_parse(routes.at[i], &p) == ERR_OK &&
			prefix_contains(&p, ip) && p.bits > bits) {
			best = routes.at[i];
			bits = p.bits;
		}
	return best;
}

static bool
is_listed(struct arena *mem, const char *list, const char *route)
{
	struct json_texts routes = { NULL, 0 };

	if (json_texts_parse(list, mem, &routes))
		return false;
	for (size_t i = 0; i < routes.count; i++)
		if (strcmp(routes.at[i], route) == 0)
			return true;
	return false;
}

/* Someone would carry it there, and nobody may. */
static void
warn_route(struct warning *w, const struct nameserver *n,
	const struct node *nodes, size_t count)
{
	const char *waiting = NULL, *machine = NULL;
	struct ip ip;

	if (ip_parse(n->address, &ip))
		return;
	for (size_t i = 0; i < count; i++) {
		const char *route = route_holding(w->mem, nodes[i].routes, &ip);

		if (!route)
			continue;
		if (is_listed(w->mem, nodes[i].approved_routes, route))
			return;
		waiting = route;
		machine = nodes[i].name;
	}
	if (waiting)
		add(w, arena_printf(w->mem,
			       "The nameserver %s lies behind the route %s of "
			       "%s, which is not approved: machines elsewhere "
			       "do not reach it.",
			       n->address, waiting, machine));
}

static enum err
warn_nameservers(struct warning *w)
{
	struct node *nodes;
	size_t count = 0;
	enum err e = db_nodes_with_routes(w->db, w->mem, &nodes, &count);

	for (size_t i = 0; !e && i < w->rows.nameserver_count; i++) {
		warn_base(w, &w->rows.nameservers[i]);
		warn_route(w, &w->rows.nameservers[i], nodes, count);
		e = warn_nobody(w, &w->rows.nameservers[i]);
	}
	return e;
}

/* ---- records ---- */

/* A machine may have taken the name since, and a file may say what it likes. */
static enum err
warn_name(struct warning *w, const struct dns_name *n)
{
	size_t len = strcspn(n->name, ".");
	bool taken = false;
	enum err e;

	if (!w->s->magic_dns || !n->name[len] ||
		strcmp(n->name + len + 1, w->s->dns_domain) != 0)
		return ERR_OK;
	e = db_node_name_taken(w->db,
		arena_printf(w->mem, "%.*s", (int)len, n->name), 0, &taken);
	if (!e && taken)
		add(w, arena_printf(w->mem,
			       "%s is a record and a machine: who asks may get "
			       "either address.",
			       n->name));
	return e;
}

static enum err
warn_names(struct warning *w)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < w->rows.name_count; i++)
		if (!i || strcmp(w->rows.names[i].name,
				  w->rows.names[i - 1].name) != 0)
			e = warn_name(w, &w->rows.names[i]);
	return e;
}

static void
warn_file(struct warning *w)
{
	const char *trouble = dns_file_trouble(w->db, w->mem);

	if (trouble)
		add(w, arena_printf(w->mem, "T%s.", trouble + 1));
}

enum err
dns_warnings(struct db *db, const struct settings *s, struct arena *mem,
	struct json_texts *out)
{
	struct warning w = { db, s, mem, out, { .nextdns = false } };
	enum err e = dns_rows_load(db, mem, &w.rows);

	*out = (struct json_texts){
		arena_array(mem, DNS_WARNINGS_MAX, sizeof(*out->at)), 0
	};
	if (e)
		return e;
	warn_file(&w);
	warn_override(&w);
	e = warn_nameservers(&w);
	return e ? e : warn_names(&w);
}
