#include "tailnet/dnslookup.h"

#include <string.h>

#include "base/domain.h"
#include "tailnet/dnsform.h"
#include "tailnet/dnsview.h"
#include "tailnet/policy_force.h"
#include "tailnet/policy_world.h"

enum {
	CONFIG_MAX = 8 * 1024 * 1024,
};

/* One machine that asks, among all the others. */
struct asker {
	struct db *db;
	const struct settings *s;
	struct arena *mem;
	struct engine *engine;
	struct node node;
	struct dns_rows rows;
	struct dns_view view;
	struct dns_found *out;
};

static const char *
address_of(void *arg, int64_t node_id, bool six)
{
	struct asker *a = arg;

	if (node_id != a->node.id &&
		!engine_sees(a->engine, a->node.id, node_id))
		return NULL;
	return dnsview_address(a->engine, a->node.id, node_id, six, a->mem);
}

static enum err
asker_open(struct asker *a, int64_t node_id)
{
	struct policy_force force = { 0 };
	enum err e = db_node_by_id(a->db, node_id, a->mem, &a->node);

	if (!e)
		e = dns_rows_load(a->db, a->mem, &a->rows);
	if (!e)
		e = policy_in_force(a->db, a->mem, &force);
	if (!e)
		e = policy_world(a->db, force.policy, a->mem, &a->engine);
	if (e)
		return e;
	a->view = (struct dns_view){
		.capver = a->node.capver, .address = address_of, .arg = a
	};
	dnsview_device(a->engine, node_id, a->node.hostname, a->node.hostinfo,
		a->mem, &a->view);
	return ERR_OK;
}

static void
found(struct asker *a, const char *name, enum dns_from from, const char *words)
{
	a->out->name = name;
	a->out->from = from;
	a->out->words = words;
}

static void
add_value(struct asker *a, const char *value)
{
	if (value)
		a->out->values.at[a->out->values.count++] = value;
}

/* ---- what the client knows itself ---- */

static enum err
try_machine(struct asker *a, const char *name)
{
	size_t len = strcspn(name, ".");
	struct node n;
	enum err e;

	if (!a->s->magic_dns || !name[len] ||
		strcmp(name + len + 1, a->s->dns_domain) != 0)
		return ERR_OK;
	e = db_node_by_name(a->db, arena_printf(a->mem, "%.*s", (int)len, name),
		a->mem, &n);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	add_value(a, address_of(a, n.id, false));
	add_value(a, address_of(a, n.id, true));
	if (a->out->values.count)
		found(a, name, DNS_FROM_MACHINE,
			arena_printf(a->mem, "%s is a machine that %s may see.",
				n.name, a->node.name));
	return ERR_OK;
}

static void
try_records(struct asker *a, const char *name)
{
	for (size_t i = 0; i < a->rows.name_count; i++) {
		const struct dns_name *n = &a->rows.names[i];

		if (strcmp(n->name, name) != 0)
			continue;
		add_value(a, n->node_id ? address_of(a, n->node_id,
						  strcmp(n->type, "AAAA") == 0)
					: n->value);
	}
	if (a->out->values.count && !a->out->words)
		found(a, name, DNS_FROM_RECORD,
			"It is a record of this page, "
			"or of the file.");
}

/* The longest of its routes that ends at the client and leads there; 0: none
 * does. */
static size_t
own_route(struct asker *a, const char *name)
{
	size_t longest = 0;

	if (a->s->magic_dns && domain_holds(a->s->dns_domain, name))
		longest = strlen(a->s->dns_domain);
	for (size_t i = 0; i < a->rows.name_count; i++) {
		const struct dns_name *n = &a->rows.names[i];

		if (!n->split && strlen(n->name) > longest &&
			domain_holds(n->name, name) &&
			(!n->node_id || address_of(a, n->node_id,
						strcmp(n->type, "AAAA") == 0)))
			longest = strlen(n->name);
	}
	return longest;
}

/* ---- whom it asks ---- */

static void
ask_all(struct asker *a, const char *domain)
{
	for (size_t i = 0; i < a->rows.nameserver_count; i++)
		if (strcmp(a->rows.nameservers[i].domain, domain) == 0)
			add_value(a, dnsconfig_address(a->mem,
					     a->rows.nameservers[i].address,
					     &a->view));
}

/* The longest domain that holds the name; "": none does. */
static const char *
domain_of(const struct asker *a, const char *name)
{
	const char *best = "";

	for (size_t i = 0; i < a->rows.nameserver_count; i++) {
		const char *domain = a->rows.nameservers[i].domain;

		if (*domain && domain_holds(domain, name) &&
			strlen(domain) > strlen(best))
			best = domain;
	}
	return best;
}

static void
ask_others(struct asker *a, const char *name)
{
	const char *domain = domain_of(a, name);

	ask_all(a, domain);
	if (*domain) {
		found(a, name, DNS_FROM_DOMAIN,
			arena_printf(a->mem,
				"The nameservers for %s are asked.", domain));
	} else if (a->s->override_local_dns && a->out->values.count) {
		found(a, name, DNS_FROM_GLOBAL,
			"The nameservers for all names are asked.");
	} else {
		a->out->values.count = 0;
		found(a, name, DNS_FROM_NETWORK,
			"The resolvers of its own network are asked.");
	}
}

static enum err
try_own(struct asker *a, const char *name)
{
	enum err e = try_machine(a, name);

	if (!e)
		try_records(a, name);
	return e;
}

static enum err
try_search(struct asker *a, const char *label)
{
	enum err e = ERR_OK;

	if (a->s->magic_dns)
		e = try_own(a,
			arena_printf(a->mem, "%s.%s", label, a->s->dns_domain));
	for (size_t i = 0; !e && !a->out->words && i < a->rows.search_count;
		i++)
		e = try_own(a, arena_printf(a->mem, "%s.%s", label,
				       a->rows.searches[i].domain));
	return e;
}

static enum err
look_up(struct asker *a, const char *name)
{
	bool bare = !strchr(name, '.');
	size_t own;
	enum err e = bare ? try_search(a, name) : try_own(a, name);

	if (e || a->out->words)
		return e;
	if (bare && a->rows.search_count)
		name = arena_printf(
			a->mem, "%s.%s", name, a->rows.searches[0].domain);
	else if (bare && a->s->magic_dns)
		name = arena_printf(a->mem, "%s.%s", name, a->s->dns_domain);
	own = own_route(a, name);
	if (own && own >= strlen(domain_of(a, name)))
		found(a, name, DNS_FROM_NOBODY,
			"There is no such name that this machine may see: its "
			"client says so itself.");
	else
		ask_others(a, name);
	return ERR_OK;
}

enum err
tailnet_dns_lookup(struct db *db, const struct settings *s, int64_t node_id,
	const char *name, struct arena *mem, struct dns_found *out)
{
	struct dns_found f = { .words = NULL };
	struct asker a = { .db = db, .s = s, .mem = mem, .out = &f };
	enum err e = dns_domain_normal(mem, name, &name);

	if (!e)
		e = asker_open(&a, node_id);
	if (!e) {
		f.values.at = arena_array(mem,
			a.rows.name_count + a.rows.nameserver_count + 3,
			sizeof(*f.values.at));
		e = look_up(&a, name);
	}
	engine_free(a.engine);
	if (!e)
		*out = f;
	return e;
}

enum err
tailnet_dns_config(struct db *db, const struct settings *s, int64_t node_id,
	struct arena *mem, const char **json)
{
	struct asker a = { .db = db, .s = s, .mem = mem };
	enum err e = asker_open(&a, node_id);
	struct buf b;

	buf_init(&b, mem, CONFIG_MAX);
	if (!e)
		dnsconfig_put(&b, &a.rows, s, &a.view);
	engine_free(a.engine);
	buf_put(&b, "", 1);
	if (!e)
		*json = (const char *)b.bytes;
	return e;
}
