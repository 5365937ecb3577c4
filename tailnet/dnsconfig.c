#include "tailnet/dnsconfig.h"

#include <string.h>

#include "base/domain.h"
#include "base/text.h"
#include "proto/tailcfg.h"
#include "tailnet/dnsform.h"

/* "https://dns.nextdns.io/ID/…", with the machine's own profile instead of ID
 * and what the machine is behind it (spec/map-and-state.md 3.4). */
static const char *
nextdns_address(
	struct arena *mem, const char *address, const struct dns_view *v)
{
	const char *path = address + strlen(NEXTDNS_BASE);
	size_t id = strcspn(path, "/?"), rest = strcspn(path + id, "?");
	const char *out = arena_printf(mem, NEXTDNS_BASE "%.*s%.*s",
		v->nextdns ? (int)strlen(v->nextdns) : (int)id,
		v->nextdns ? v->nextdns : path, (int)rest, path + id);

	if (v->no_device_info)
		return out;
	return arena_printf(mem,
		"%s?device_name=%s&device_model=%s"
		"&device_ip=%s",
		out, text_url_encode(mem, v->device_name),
		text_url_encode(mem, v->device_model),
		text_url_encode(mem, v->device_ip));
}

const char *
dnsconfig_address(
	struct arena *mem, const char *address, const struct dns_view *v)
{
	return text_starts(address, NEXTDNS_BASE)
		       ? nextdns_address(mem, address, v)
		       : address;
}

/* Those of the domain, which stand together from `at` on; how many. */
static size_t
put_resolvers(struct arena *mem, const struct dns_rows *rows, size_t at,
	const struct dns_view *v, struct json_objects *out)
{
	struct tailcfg_resolver *list = arena_array(
		mem, rows->nameserver_count - at + 1, sizeof(*list));
	const struct nameserver *n = rows->nameservers + at;
	size_t count = 0;

	while (at + count < rows->nameserver_count &&
		strcmp(n[count].domain, n->domain) == 0) {
		list[count] = (struct tailcfg_resolver){
			.addr = dnsconfig_address(mem, n[count].address, v),
			.use_with_exit_node = n[count].with_exit_node &&
					      v->capver >= EXIT_DNS_CAPVER
		};
		count++;
	}
	*out = (struct json_objects){ list, count };
	return count;
}

static const char *
suffix(struct arena *mem, const char *domain)
{
	return arena_printf(mem, "%s.", domain);
}

struct making {
	struct arena *mem;
	const struct dns_rows *rows;
	const struct settings *s;
	const struct dns_view *v;
	struct tailcfg_dns_config *c;
};

static struct tailcfg_dns_route *
next_route(struct making *m, const char *domain)
{
	struct tailcfg_dns_route *at = m->c->routes.at;

	at += m->c->routes.count++;
	at->suffix = suffix(m->mem, domain);
	return at;
}

/* A list of none means "this client answers", and null would mean nothing. */
static void
route_here(struct making *m, const char *domain)
{
	next_route(m, domain)->resolvers = (struct json_objects){
		arena_array(m->mem, 1, sizeof(struct tailcfg_resolver)), 0
	};
}

/* The base domain has its route already, whoever else was to answer it. */
static void
add_nameservers(struct making *m)
{
	for (size_t i = 0; i < m->rows->nameserver_count;) {
		const char *domain = m->rows->nameservers[i].domain;
		struct json_objects none, *to;

		if (m->s->magic_dns && strcmp(domain, m->s->dns_domain) == 0)
			to = &none;
		else if (*domain)
			to = &next_route(m, domain)->resolvers;
		else if (m->s->override_local_dns)
			to = &m->c->resolvers;
		else
			to = &m->c->fallback_resolvers;
		i += put_resolvers(m->mem, m->rows, i, m->v, to);
	}
}

static void
add_domains(struct making *m)
{
	const char **at =
		arena_array(m->mem, m->rows->search_count + 1, sizeof(*at));
	size_t count = 0;

	if (m->s->magic_dns)
		at[count++] = m->s->dns_domain;
	for (size_t i = 0; i < m->rows->search_count; i++)
		if (!count || strcmp(m->rows->searches[i].domain, at[0]) != 0)
			at[count++] = m->rows->searches[i].domain;
	m->c->domains = (struct json_texts){ at, count };
}

/* A name that no route leads to this client gets one of its own, unless the
 * name above it has one: they stand behind each other. */
static void
add_records(struct making *m)
{
	struct tailcfg_dns_record *list =
		arena_array(m->mem, m->rows->name_count + 1, sizeof(*list));
	const char *zone = NULL;
	size_t count = 0;

	for (size_t i = 0; i < m->rows->name_count; i++) {
		const struct dns_name *n = &m->rows->names[i];
		const char *value = n->value;

		if (n->node_id)
			value = m->v->address(m->v->arg, n->node_id,
				strcmp(n->type, "AAAA") == 0);
		if (!value)
			continue;
		list[count++] =
			(struct tailcfg_dns_record){ n->name, n->type, value };
		if (n->split ||
			(m->s->magic_dns &&
				domain_holds(m->s->dns_domain, n->name)) ||
			(zone && domain_holds(zone, n->name)))
			continue;
		zone = n->name;
		route_here(m, zone);
	}
	m->c->extra_records = (struct json_objects){ list, count };
}

/* What an exit node must not tell whoever asks it: names of its own tailnet. */
static void
add_filtered(struct making *m)
{
	const char **at = arena_array(m->mem, 3, sizeof(*at));

	at[0] = arena_printf(m->mem, ".%s", m->s->dns_domain);
	at[1] = ".ts.net";
	at[2] = ".tailscale.net";
	m->c->exit_node_filtered_set = (struct json_texts){ at, 3 };
}

void
dnsconfig_put(struct buf *out, const struct dns_rows *rows,
	const struct settings *s, const struct dns_view *v)
{
	struct tailcfg_dns_config c = { .proxied = s->magic_dns };
	struct making m = { arena_new(), rows, s, v, &c };

	c.routes.at = arena_array(m.mem,
		rows->nameserver_count + rows->name_count + 1,
		sizeof(struct tailcfg_dns_route));
	if (s->magic_dns)
		route_here(&m, s->dns_domain);
	add_nameservers(&m);
	add_domains(&m);
	add_records(&m);
	add_filtered(&m);
	if (!c.routes.count)
		c.routes.at = NULL;
	json_encode(out, &tailcfg_dns_config_table, &c);
	arena_free(m.mem);
}
