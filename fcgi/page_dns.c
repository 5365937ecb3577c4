/*
 * page_dns.c: who answers for which names, and what a machine would get
 * (spec/pages.md 12.1).
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "fcgi/dns_page.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/pages_dns.h"
#include "tailnet/dnsrows.h"
#include "tailnet/dnswarn.h"

static const struct field prefs_fields[] = {
	{ "magic_dns", "Machines find each other by name (MagicDNS)",
		.kind = FIELD_BOX },
	{ "override_local",
		"The nameservers below replace those of the machines' own "
		"networks",
		.hint = "This is about those for all names. Without it a "
			"machine asks the nameservers of its own network, and "
			"those below only while it uses an exit node that "
			"answers no names.",
		.kind = FIELD_BOX },
};

static const struct field domain_fields[] = {
	{ "base_domain", "Base domain",
		.hint = "What stands behind the name of each machine.",
		.max = 189, .flags = FIELD_REQUIRED | FIELD_MONO },
};

static const struct field nameserver_fields[] = {
	{ "address", "Address",
		.hint = "An IP address, or https:// for DNS over HTTPS.",
		.max = DNS_ADDRESS_MAX, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "domain", "Only for names below",
		.hint = "A domain; empty: for all names.", .max = 253,
		.flags = FIELD_MONO },
	{ "with_exit_node", "Also while a machine uses an exit node",
		.kind = FIELD_BOX },
};

static const struct field search_fields[] = {
	{ "domain", "Domain",
		.hint = "Tried behind names without a dot, after the base "
			"domain.",
		.max = 253, .flags = FIELD_REQUIRED | FIELD_MONO },
};

static const struct choice types[] = {
	{ "A", "A (IPv4)" },
	{ "AAAA", "AAAA (IPv6)" },
};

static const struct field record_fields[] = {
	{ "name", "Name", .hint = "Whole, as git.example.org.", .max = 253,
		.flags = FIELD_REQUIRED | FIELD_MONO },
	{ "type", "Type", .kind = FIELD_SELECT, .flags = FIELD_REQUIRED,
		.choices = types, .choice_count = 2 },
	{ "value", "Address", .hint = "Or choose a machine.", .max = 64,
		.flags = FIELD_MONO },
	{ "machine", "Machine", .max = 63 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- machines ---- */

static enum err
load_machines(struct dns_page *p)
{
	struct request *r = p->r;
	struct node *nodes;
	int64_t count = 0;
	size_t n = 0;
	enum err e = db_node_count(r->db, &count);

	p->many_machines = count > DNS_MACHINES_MAX;
	if (e || p->many_machines)
		return e;
	e = db_nodes_by_name(r->db, r->mem, &nodes, &n);
	if (e)
		return e;
	p->machines = arena_array(r->mem, n + 1, sizeof(*p->machines));
	p->machines[p->machine_count++] = (struct choice){ "", "none" };
	for (size_t i = 0; i < n; i++)
		p->machines[p->machine_count++] = (struct choice){
			arena_printf(r->mem, "%" PRId64, nodes[i].id),
			nodes[i].name
		};
	return ERR_OK;
}

enum err
dns_page_machine(struct request *r, const char *words, struct node *out)
{
	int64_t id;
	enum err e = text_int(words, &id)
			     ? db_node_by_name(r->db, words, r->mem, out)
			     : db_node_by_id(r->db, id, r->mem, out);

	if (e == ERR_NOT_FOUND)
		out->id = 0;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- forms ---- */

static void
make_forms(struct dns_page *p)
{
	struct request *r = p->r;
	struct field *machine = &p->record_fields[3];

	memcpy(p->record_fields, record_fields, sizeof(record_fields));
	machine->hint = "Its address, for whoever may see it.";
	if (!p->many_machines) {
		machine->kind = FIELD_SELECT;
		machine->choices = p->machines;
		machine->choice_count = p->machine_count;
	}
	form_init(r, &p->prefs, "dns-prefs", DNS_HOME "/preferences",
		prefs_fields, COUNT(prefs_fields));
	form_put_box(&p->prefs, "magic_dns", r->settings->magic_dns);
	form_put_box(
		&p->prefs, "override_local", r->settings->override_local_dns);
	form_edits(&p->prefs, DNS_SUBJECT);
	form_init(r, &p->domain, "dns-domain", DNS_HOME "/domain",
		domain_fields, COUNT(domain_fields));
	form_put(&p->domain, "base_domain", r->settings->dns_domain);
	form_edits(&p->domain, DNS_SUBJECT);
	form_init(r, &p->nameserver, "ns-add", DNS_HOME "/nameservers",
		nameserver_fields, COUNT(nameserver_fields));
	form_init(r, &p->search, "search-add", DNS_HOME "/search",
		search_fields, COUNT(search_fields));
	form_init(r, &p->record, "record-add", DNS_HOME "/records",
		p->record_fields, COUNT(record_fields));
	form_put(&p->record, "type", "A");
}

static enum err
load_file(struct dns_page *p)
{
	struct request *r = p->r;
	enum err e = db_dns_file(r->db, r->mem, &p->file);

	if (e == ERR_NOT_FOUND) {
		p->file = (struct dns_file){ .path = "" };
		return ERR_OK;
	}
	if (!e && dns_rows_of_file(r->mem, p->file.records, &p->file_records,
			  &p->file_count))
		p->file_count = 0;
	return e;
}

enum err
dns_page_load(struct request *r, struct dns_page *p)
{
	enum err e;

	memset(p, 0, sizeof(*p));
	p->r = r;
	p->asked = p->asked_of = "";
	e = db_nameservers(
		r->db, r->mem, &p->nameservers, &p->nameserver_count);
	if (!e)
		e = db_search_domains(
			r->db, r->mem, &p->searches, &p->search_count);
	if (!e)
		e = db_dns_records(
			r->db, r->mem, &p->records, &p->record_count);
	if (!e)
		e = load_file(p);
	if (!e)
		e = dns_warnings(r->db, r->settings, r->mem, &p->warnings);
	if (!e)
		e = load_machines(p);
	if (!e)
		make_forms(p);
	return e;
}

enum err
dns_page_show(struct dns_page *p, struct form *refused)
{
	struct request *r = p->r;

	frame_begin(r,
		&(struct page){ .name = "dns",
			.h1 = "DNS",
			.section = SECTION_DNS,
			.live = "dns setting" },
		refused ? form_refused(refused) : NULL);
	dns_show(p);
	frame_end(r);
	return ERR_OK;
}

/* ---- looking up ---- */

static const char *
query(struct request *r, const char *name)
{
	const char *value = request_query(r, name);

	return value ? fields_trim(r, value) : "";
}

/* A known parameter with a bad value is told, and nothing is found. */
static enum err
look_up(struct dns_page *p)
{
	struct request *r = p->r;
	struct node n = { .id = 0 };
	enum err e;

	p->asked = query(r, "name");
	p->asked_of = query(r, "machine");
	if (!*p->asked && !*p->asked_of)
		return ERR_OK;
	p->found_why = "Enter a name and choose a machine.";
	if (!*p->asked || !*p->asked_of)
		return ERR_OK;
	e = dns_page_machine(r, p->asked_of, &n);
	p->found_why = "There is no such machine.";
	if (e || !n.id)
		return e;
	e = tailnet_dns_lookup(
		r->db, r->settings, n.id, p->asked, r->mem, &p->found);
	p->found_why = e == ERR_BAD_DOMAIN ? "Enter a name like "
					     "git.example.org."
					   : NULL;
	return e == ERR_BAD_DOMAIN ? ERR_OK : e;
}

enum err
page_dns(struct request *r)
{
	struct dns_page p;
	enum err e = dns_page_load(r, &p);

	if (!e)
		e = look_up(&p);
	return e ? e : dns_page_show(&p, NULL);
}
