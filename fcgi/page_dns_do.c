/*
 * page_dns_do.c: what the forms of the page DNS do (spec/pages.md 12.1).
 */
#include <inttypes.h>
#include <string.h>

#include "fcgi/dns_page.h"
#include "fcgi/gone.h"
#include "fcgi/kept.h"
#include "fcgi/pages_dns.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"

enum {
	NAMES_SHOWN = 10, /* of those that change */
};

static enum err
saved(struct request *r)
{
	return form_done(r, DNS_HOME, "dns-saved", 0);
}

/* A row that another removed meanwhile. */
static enum err
gone(struct request *r, const char *thing)
{
	return reply_gone(r, &(struct gone){ .thing = thing,
				     .list = DNS_HOME,
				     .list_words = "DNS" });
}

/* ---- preferences ---- */

enum err
do_dns_preferences(struct request *r)
{
	struct dns_page p;
	enum err e = dns_page_load(r, &p);

	if (e)
		return e;
	if (!form_take(&p.prefs))
		return dns_page_show(&p, &p.prefs);
	e = tailnet_dns_prefs(r->db, form_box(&p.prefs, "magic_dns"),
		form_box(&p.prefs, "override_local"), prove_actor_text(r),
		r->now);
	if (e == ERR_NO_NAMESERVER) {
		form_complain(
			&p.prefs, "override_local", "Add a nameserver first.");
		return dns_page_show(&p, &p.prefs);
	}
	return e ? e : saved(r);
}

/* ---- the base domain ---- */

static bool
blame_domain(struct request *r, struct form *f, enum err e)
{
	const char *host;
	int64_t port;
	bool https;

	if (e == ERR_BAD_INPUT) {
		form_no_domain(f, "base_domain");
	} else if (e == ERR_DOMAIN_SERVER) {
		settings_url_parts(r->settings, r->mem, &host, &port, &https);
		form_error(f, "base_domain", "domain-server", "host", host);
	} else {
		return false;
	}
	return true;
}

/* "laptop.old becomes laptop.new", for the first of them. */
static const char *
names_words(struct request *r, const struct node *nodes, size_t count,
	const char *domain)
{
	const char *words = "";

	for (size_t i = 0; i < count && i < NAMES_SHOWN; i++)
		words = arena_printf(r->mem, "%s%s%s.%s becomes %s.%s", words,
			i ? ", " : "", nodes[i].name, r->settings->dns_domain,
			nodes[i].name, domain);
	if (count > NAMES_SHOWN)
		words = arena_printf(
			r->mem, "%s, and %zu more", words, count - NAMES_SHOWN);
	return arena_printf(r->mem, "%s.", words);
}

static enum err
ask_domain(struct request *r, const char *domain)
{
	struct confirm c = {
		.question = arena_printf(
			r->mem, "Change the base domain to %s?", domain),
		.section = SECTION_DNS,
		.button = "Change it",
		.cancel = DNS_HOME,
	};
	struct node *nodes;
	size_t count = 0, n = 0;
	enum err e = db_nodes_by_name(r->db, r->mem, &nodes, &count);

	if (e)
		return e;
	c.effects[n++] =
		count == 1 ? "1 machine changes its name."
			   : arena_printf(r->mem,
				     "%zu machines change their names.", count);
	if (count)
		c.effects[n++] = names_words(r, nodes, count, domain);
	c.effects[n++] = "The old names end at once; records keep theirs.";
	return kept_confirm(r, &c);
}

enum err
do_dns_domain(struct request *r)
{
	const char *domain, *why;
	struct dns_page p;
	enum err e = dns_page_load(r, &p);

	if (e)
		return e;
	if (!form_take(&p.domain))
		return dns_page_show(&p, &p.domain);
	domain = form_get(&p.domain, "base_domain");
	if (strcmp(domain, r->settings->dns_domain) != 0 &&
		!kept_is_confirmed(r)) {
		e = tailnet_dns_domain_try(
			r->db, domain, r->mem, &domain, &why);
		if (blame_domain(r, &p.domain, e))
			return dns_page_show(&p, &p.domain);
		return e ? e : ask_domain(r, domain);
	}
	e = tailnet_dns_domain(
		r->db, domain, prove_actor_text(r), r->now, r->mem, &why);
	if (blame_domain(r, &p.domain, e))
		return dns_page_show(&p, &p.domain);
	return e ? e : saved(r);
}

/* ---- nameservers ---- */

static bool
blame_nameserver(struct form *f, enum err e)
{
	struct arena *mem = f->r->mem;

	if (e == ERR_BAD_RESOLVER)
		form_error(f, "address", "resolver");
	else if (e == ERR_BAD_DOMAIN)
		form_no_domain(f, "domain");
	else if (e == ERR_BASE_DOMAIN)
		form_complain(f, "domain",
			arena_printf(mem,
				"%s is the base domain: the machines answer "
				"its names themselves.",
				f->r->settings->dns_domain));
	else if (e == ERR_EXISTS)
		form_complain(f, "address",
			*form_get(f, "domain")
				? "This nameserver is in the list for that "
				  "domain already."
				: "This nameserver is in the list already.");
	else if (e == ERR_TOO_BIG)
		form_complain(f, "address",
			arena_printf(mem, "There are %d nameservers at most.",
				DNS_NAMESERVERS_MAX));
	else
		return false;
	return true;
}

enum err
do_nameserver_add(struct request *r)
{
	struct nameserver n;
	struct dns_page p;
	int64_t id;
	enum err e = dns_page_load(r, &p);

	if (e)
		return e;
	if (!form_take(&p.nameserver))
		return dns_page_show(&p, &p.nameserver);
	n = (struct nameserver){ .address = form_get(&p.nameserver, "address"),
		.domain = form_get(&p.nameserver, "domain"),
		.with_exit_node = form_box(&p.nameserver, "with_exit_node") };
	e = tailnet_nameserver_add(r->db, &n, prove_actor_text(r), r->now, &id);
	if (!r->repeated && blame_nameserver(&p.nameserver, e))
		return dns_page_show(&p, &p.nameserver);
	return e ? e : saved(r);
}

enum err
do_nameserver_order(struct request *r)
{
	const char *move = fields_one(r, "move");
	bool up = move && strcmp(move, "up") == 0;
	enum err e;

	if (!up && (!move || strcmp(move, "down") != 0)) {
		r->why = "the form says neither up nor down in its field move";
		return ERR_BAD_INPUT;
	}
	e = tailnet_nameserver_move(
		r->db, page_id(r, 0), up, prove_actor_text(r), r->now);
	if (e == ERR_NOT_FOUND)
		return gone(r, "nameserver");
	return e ? e : saved(r);
}

enum err
do_nameserver_delete(struct request *r)
{
	enum err e = tailnet_nameserver_delete(
		r->db, page_id(r, 0), prove_actor_text(r), r->now);

	if (e == ERR_NOT_FOUND)
		return gone(r, "nameserver");
	return e ? e : saved(r);
}

/* ---- search domains ---- */

enum err
do_search_add(struct request *r)
{
	struct dns_page p;
	int64_t id;
	enum err e = dns_page_load(r, &p);

	if (e)
		return e;
	if (!form_take(&p.search))
		return dns_page_show(&p, &p.search);
	e = tailnet_search_add(r->db, form_get(&p.search, "domain"),
		prove_actor_text(r), r->now, &id);
	if (r->repeated || !e)
		return e ? e : saved(r);
	if (e == ERR_BAD_DOMAIN)
		form_no_domain(&p.search, "domain");
	else if (e == ERR_EXISTS)
		form_complain(&p.search, "domain",
			"This domain is in the list already.");
	else if (e == ERR_TOO_BIG)
		form_complain(&p.search, "domain",
			arena_printf(r->mem,
				"There are %d search domains at most.",
				DNS_SEARCH_MAX));
	else
		return e;
	return dns_page_show(&p, &p.search);
}

enum err
do_search_delete(struct request *r)
{
	enum err e = tailnet_search_delete(
		r->db, page_id(r, 0), prove_actor_text(r), r->now);

	if (e == ERR_NOT_FOUND)
		return gone(r, "search domain");
	return e ? e : saved(r);
}

/* ---- records ---- */

static bool
blame_record(struct form *f, enum err e)
{
	const char *name = form_get(f, "name");

	if (e == ERR_BAD_DOMAIN)
		form_no_domain(f, "name");
	else if (e == ERR_BAD_ADDRESS)
		form_complain(f, "value",
			strcmp(form_get(f, "type"), "A") == 0
				? "Enter an address like 100.64.0.7."
				: "Enter an address like fd7a:115c:a1e0::7.");
	else if (e == ERR_MACHINE_NAME)
		form_error(f, "name", "name-taken", "name",
			arena_printf(f->r->mem, "%.*s", (int)strcspn(name, "."),
				name));
	else if (e == ERR_NOT_FOUND)
		form_error(f, "machine", "choice");
	else if (e == ERR_EXISTS)
		form_complain(f, "name", "This record is there already.");
	else if (e == ERR_TOO_BIG)
		form_complain(f, "name",
			arena_printf(f->r->mem, "There are %d records at most.",
				DNS_RECORDS_MAX));
	else
		return false;
	return true;
}

/* One of the two, address or machine. */
static enum err
take_record(struct dns_page *p, struct dns_record *out)
{
	const char *value = form_get(&p->record, "value");
	const char *machine = form_get(&p->record, "machine");
	struct node n = { .id = 0 };
	enum err e = ERR_OK;

	*out = (struct dns_record){ .name = form_get(&p->record, "name"),
		.type = form_get(&p->record, "type"),
		.value = value };
	if (!*value == !*machine) {
		form_complain(&p->record, "value",
			"Enter an address or choose a machine, one of both.");
		return ERR_OK;
	}
	if (!*machine)
		return ERR_OK;
	e = dns_page_machine(p->r, machine, &n);
	if (!e && !n.id)
		form_error(&p->record, "machine", "choice");
	out->node_id = n.id;
	return e;
}

enum err
do_record_add(struct request *r)
{
	struct dns_record rec;
	struct dns_page p;
	int64_t id;
	enum err e = dns_page_load(r, &p);

	if (e)
		return e;
	if (form_take(&p.record))
		e = take_record(&p, &rec);
	if (e || !form_ok(&p.record))
		return e ? e : dns_page_show(&p, &p.record);
	e = tailnet_record_add(r->db, &rec, prove_actor_text(r), r->now, &id);
	if (!r->repeated && blame_record(&p.record, e))
		return dns_page_show(&p, &p.record);
	return e ? e : saved(r);
}

enum err
do_record_delete(struct request *r)
{
	enum err e = tailnet_record_delete(
		r->db, page_id(r, 0), prove_actor_text(r), r->now);

	if (e == ERR_NOT_FOUND)
		return gone(r, "record");
	return e ? e : saved(r);
}
