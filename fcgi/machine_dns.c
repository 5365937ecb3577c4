#include <string.h>

#include "base/list.h"
#include "fcgi/html.h"
#include "fcgi/machine_world.h"
#include "tailnet/dnsview.h"

#define DNS_HOME "/admin/dns"

enum {
	NAMES_MAX = 20, /* shown, and as many nameservers and domains */
};

struct shown {
	struct machine_world *w;
	struct dns_rows rows;
	struct dns_view view;
};

static void
begin_fact(struct request *r, const char *name, const char *words)
{
	html_element(r, "dt", words);
	html_begin(r, "dd", "data-fact", name);
}

static void
line(struct request *r, const char *code, const char *words)
{
	html_begin(r, "div");
	html_element(r, "code", code);
	html_text(r, words);
	html_end(r);
}

/* Records that follow it, or have an address of it. */
static bool
names_it(const struct node *n, const struct dns_name *d)
{
	if (!d->value)
		return d->node_id == n->id;
	return (n->ipv4 && strcmp(d->value, n->ipv4) == 0) ||
	       (n->ipv6 && strcmp(d->value, n->ipv6) == 0);
}

static void
show_names(struct shown *s)
{
	struct request *r = s->w->r;
	const struct node *n = s->w->n;
	const struct settings *set = r->settings;
	size_t count = 0;

	begin_fact(r, "names", "Its names");
	if (set->magic_dns && *set->dns_domain)
		line(r, arena_printf(r->mem, "%s.%s", n->name, set->dns_domain),
			"");
	else
		html_element(r, "div", "None of its own: MagicDNS is off.");
	for (size_t i = 0; i < s->rows.name_count; i++)
		if (names_it(n, &s->rows.names[i]) && count++ < NAMES_MAX)
			line(r, s->rows.names[i].name, ", a record");
	if (count > NAMES_MAX)
		html_textf(r, "and %zu more", count - NAMES_MAX);
	html_end(r);
}

/* What is set for all names; its own network's where that comes first. */
static void
show_all_names(struct shown *s)
{
	struct request *r = s->w->r;
	bool override = r->settings->override_local_dns;
	size_t count = 0;

	begin_fact(r, "nameservers", "It asks, for all names");
	for (size_t i = 0; i < s->rows.nameserver_count; i++) {
		const struct nameserver *n = &s->rows.nameservers[i];

		if (!*n->domain && count++ < NAMES_MAX)
			line(r, dnsconfig_address(r->mem, n->address, &s->view),
				override ? ""
					 : ", where an exit node answers "
					   "no names");
	}
	if (!count || !override)
		html_element(r, "div", "the resolvers of its own network");
	html_end(r);
}

static void
show_domains(struct shown *s)
{
	struct request *r = s->w->r;
	size_t count = 0;

	for (size_t i = 0; i < s->rows.nameserver_count; i++) {
		const struct nameserver *n = &s->rows.nameservers[i];

		if (!*n->domain || count++ >= NAMES_MAX)
			continue;
		if (count == 1)
			begin_fact(r, "domains", "It asks, for domains");
		line(r, n->domain,
			arena_printf(r->mem, ": %s",
				dnsconfig_address(
					r->mem, n->address, &s->view)));
	}
	if (count)
		html_end(r);
}

static void
show_searches(struct shown *s)
{
	struct request *r = s->w->r;
	const struct settings *set = r->settings;

	begin_fact(r, "search", "It tries behind short names");
	if (set->magic_dns && *set->dns_domain)
		line(r, set->dns_domain, "");
	else if (!s->rows.search_count)
		html_text(r, "nothing");
	for (size_t i = 0; i < s->rows.search_count && i < NAMES_MAX; i++)
		line(r, s->rows.searches[i].domain, "");
	html_end(r);
}

enum err
machine_dns_show(struct machine_world *w)
{
	struct request *r = w->r;
	struct shown s = { .w = w, .view = { .capver = w->n->capver } };
	enum err e = dns_rows_load(r->db, r->mem, &s.rows);

	if (e)
		return e;
	dnsview_device(w->e, w->n->id, w->n->hostname, w->n->hostinfo, r->mem,
		&s.view);
	html_begin(r, "section", "id", "dns", "data-swap", "");
	html_element(r, "h2", "Names");
	html_begin(r, "dl");
	show_names(&s);
	show_all_names(&s);
	show_domains(&s);
	show_searches(&s);
	html_end(r);
	html_begin(r, "p");
	html_link(r, DNS_HOME "#form-lookup", "Look a name up as it would");
	html_end(r);
	html_end(r);
	return ERR_OK;
}
