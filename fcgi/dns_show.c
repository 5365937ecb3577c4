/*
 * dns_show.c: the lists of the page DNS, each with its forms for who may use
 * them.
 */
#include <inttypes.h>
#include <string.h>

#include "db/audit.h"
#include "fcgi/dns_page.h"
#include "fcgi/html.h"
#include "fcgi/list.h"

static const struct column nameserver_columns[] = {
	{ "Address", NULL, "mono" },
	{ "For", NULL, NULL },
	{ "Exit node", NULL, NULL },
	{ "Change", NULL, NULL },
};

static const struct column search_columns[] = {
	{ "Domain", NULL, "mono" },
	{ "Change", NULL, NULL },
};

static const struct column record_columns[] = {
	{ "Name", NULL, "mono" },
	{ "Type", NULL, NULL },
	{ "Value", NULL, "mono" },
	{ "Change", NULL, NULL },
};

static bool
may(const struct dns_page *p)
{
	return p->r->who.can & CAN_NETWORK;
}

static void
show_empty(struct dns_page *p, const char *id, const char *words)
{
	html_begin(p->r, "p", "id", id, "data-swap", "");
	html_text(p->r, words);
	html_end(p->r);
}

static void
row_form(struct dns_page *p, const char *list, int64_t id, const char *form,
	const char *words)
{
	struct request *r = p->r;
	struct form f;

	form_init(r, &f,
		arena_printf(r->mem, "%s-%" PRId64 "-delete", form, id),
		arena_printf(
			r->mem, DNS_HOME "/%s/%" PRId64 "/delete", list, id),
		NULL, 0);
	form_show(&f, words);
}

/* ---- what is wrong ---- */

static void
show_warnings(struct dns_page *p)
{
	struct request *r = p->r;

	html_begin(r, "div", "id", "dns-warnings", "data-swap", "");
	if (p->warnings.count) {
		html_begin(r, "ul", "class", "warn");
		for (size_t i = 0; i < p->warnings.count; i++)
			html_element(r, "li", p->warnings.at[i]);
		html_end(r);
	}
	html_end(r);
}

/* ---- preferences ---- */

static void
show_prefs(struct dns_page *p)
{
	struct request *r = p->r;

	html_element(r, "h2", "Names of machines");
	if (may(p)) {
		form_show(&p->prefs, "Save");
		form_show(&p->domain, "Change the base domain");
		return;
	}
	html_begin(r, "dl", "id", "dns-facts", "data-swap", "");
	html_fact(r, "magic-dns", "MagicDNS",
		r->settings->magic_dns ? "on" : "off");
	html_fact(r, "base-domain", "Base domain", r->settings->dns_domain);
	html_fact(r, "override-local", "Replaces local nameservers",
		r->settings->override_local_dns ? "yes" : "no");
	html_end(r);
}

/* ---- nameservers ---- */

static void
show_order(struct dns_page *p, const struct nameserver *n)
{
	struct request *r = p->r;
	struct form f;

	form_init(r, &f, arena_printf(r->mem, "ns-%" PRId64 "-order", n->id),
		arena_printf(r->mem, DNS_HOME "/nameservers/%" PRId64 "/order",
			n->id),
		NULL, 0);
	form_open(&f);
	form_choice(&f, "plain:Up", "move", "up");
	form_choice(&f, "plain:Down", "move", "down");
	form_close(&f);
}

static bool
has_neighbour(const struct dns_page *p, size_t i)
{
	const struct nameserver *n = p->nameservers;

	return (i && strcmp(n[i - 1].domain, n[i].domain) == 0) ||
	       (i + 1 < p->nameserver_count &&
		       strcmp(n[i + 1].domain, n[i].domain) == 0);
}

static void
show_nameserver(struct dns_page *p, struct list *l, size_t i)
{
	struct request *r = p->r;
	const struct nameserver *n = &p->nameservers[i];

	list_row(r, l, n->id, NULL, NULL, n->address);
	list_cell_text(r, l, *n->domain ? n->domain : "all names");
	list_cell_text(r, l, n->with_exit_node ? "also then" : "not then");
	if (may(p)) {
		list_cell(r, l);
		if (has_neighbour(p, i))
			show_order(p, n);
		row_form(p, "nameservers", n->id, "ns", "plain:Remove");
	}
	list_row_end(r);
}

static void
show_nameservers(struct dns_page *p)
{
	struct request *r = p->r;
	struct list l = { .id = "nameservers",
		.one = "nameserver",
		.columns = nameserver_columns,
		.column_count = may(p) ? 4 : 3 };

	html_element(r, "h2", "Nameservers");
	if (!p->nameserver_count)
		show_empty(p, "no-nameservers",
			"No nameservers: machines use the resolvers of their "
			"own network.");
	list_bare(r, &l);
	for (size_t i = 0; i < p->nameserver_count; i++)
		show_nameserver(p, &l, i);
	list_end(r, &l);
	if (may(p))
		form_show(&p->nameserver, "Add nameserver");
}

/* ---- search domains ---- */

static void
show_searches(struct dns_page *p)
{
	struct request *r = p->r;
	struct list l = { .id = "search-domains",
		.one = "search",
		.columns = search_columns,
		.column_count = may(p) ? 2 : 1 };

	html_element(r, "h2", "Search domains");
	if (!p->search_count)
		show_empty(p, "no-search-domains",
			r->settings->magic_dns
				? "No search domains: names without a dot are "
				  "looked for below the base domain alone."
				: "No search domains.");
	list_bare(r, &l);
	for (size_t i = 0; i < p->search_count; i++) {
		list_row(r, &l, p->searches[i].id, NULL, NULL,
			p->searches[i].domain);
		if (may(p)) {
			list_cell(r, &l);
			row_form(p, "search", p->searches[i].id, "search",
				"plain:Remove");
		}
		list_row_end(r);
	}
	list_end(r, &l);
	if (may(p))
		form_show(&p->search, "Add search domain");
}

/* ---- records ---- */

static void
show_value(struct dns_page *p, const struct dns_record *rec)
{
	struct request *r = p->r;
	const char *name;

	if (!rec->node_id) {
		html_text(r, rec->value);
		return;
	}
	name = db_audit_name(r->db, r->mem, "node", rec->node_id);
	html_text(r, "address of ");
	html_link(r,
		arena_printf(r->mem, "/admin/machines/%" PRId64, rec->node_id),
		name ? name : "a machine");
}

static void
show_record(struct dns_page *p, struct list *l, const struct dns_record *rec)
{
	struct request *r = p->r;

	list_row(r, l, rec->id, NULL, NULL, rec->name);
	list_cell_text(r, l, rec->type);
	list_cell(r, l);
	show_value(p, rec);
	if (may(p)) {
		list_cell(r, l);
		row_form(p, "records", rec->id, "record", "plain:Remove");
	}
	list_row_end(r);
}

static void
show_records(struct dns_page *p)
{
	struct request *r = p->r;
	struct list l = { .id = "records",
		.one = "record",
		.columns = record_columns,
		.column_count = may(p) ? 4 : 3 };

	html_element(r, "h2", "Records");
	if (!p->record_count)
		show_empty(p, "no-records",
			"No records: only machines have names here.");
	list_bare(r, &l);
	for (size_t i = 0; i < p->record_count; i++)
		show_record(p, &l, &p->records[i]);
	list_end(r, &l);
	if (may(p))
		form_show(&p->record, "Add record");
}

static void
show_file(struct dns_page *p)
{
	struct request *r = p->r;
	struct list l = { .id = "file-records",
		.one = "file-record",
		.columns = record_columns,
		.column_count = 3 };

	if (!*p->file.path)
		return;
	html_element(r, "h2", "Records of a file");
	html_begin(r, "p", "id", "dns-file", "data-swap", "");
	html_text(r, "From ");
	html_element(r, "code", p->file.path);
	if (p->file.read_at) {
		html_text(r, ", as of ");
		html_time(r, p->file.read_at);
	}
	html_text(r, ". They change with the file.");
	html_end(r);
	list_bare(r, &l);
	for (size_t i = 0; i < p->file_count; i++) {
		list_row(r, &l, (int64_t)i + 1, NULL, NULL,
			p->file_records[i].name);
		list_cell_text(r, &l, p->file_records[i].type);
		list_cell_text(r, &l, p->file_records[i].value);
		list_row_end(r);
	}
	list_end(r, &l);
}

/* ---- what would that machine get ---- */

static void
begin_field(struct request *r, const char *id, const char *label)
{
	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", id);
	html_text(r, label);
	html_end(r);
}

static void
show_input(
	struct request *r, const char *id, const char *name, const char *value)
{
	html_void(r, "input", "type", "text", "id", id, "name", name, "value",
		value, "maxlength", "253", "class", "mono");
}

static void
show_machines(struct dns_page *p)
{
	struct request *r = p->r;

	if (p->many_machines) {
		show_input(r, "lookup-machine", "machine", p->asked_of);
		return;
	}
	html_begin(r, "select", "id", "lookup-machine", "name", "machine");
	for (size_t i = 1; i < p->machine_count; i++) {
		html_begin(r, "option", "value", p->machines[i].value);
		if (strcmp(p->machines[i].value, p->asked_of) == 0 ||
			strcmp(p->machines[i].label, p->asked_of) == 0)
			html_attribute(r, "selected", "");
		html_text(r, p->machines[i].label);
		html_end(r);
	}
	html_end(r);
}

static void
show_found(struct dns_page *p)
{
	static const char *const words[] = {
		[DNS_FROM_MACHINE] = "machine",
		[DNS_FROM_RECORD] = "record",
		[DNS_FROM_NOBODY] = "nobody",
		[DNS_FROM_DOMAIN] = "domain",
		[DNS_FROM_GLOBAL] = "global",
		[DNS_FROM_NETWORK] = "network",
	};
	struct request *r = p->r;

	if (!*p->asked && !*p->asked_of)
		return;
	if (p->found_why) {
		html_begin(r, "p", "id", "filter-note");
		html_text(r, p->found_why);
		html_end(r);
		return;
	}
	html_begin(r, "div", "id", "lookup", "data-from", words[p->found.from]);
	html_begin(r, "p");
	html_element(r, "code", p->found.name);
	html_textf(r, ": %s", p->found.words);
	html_end(r);
	if (p->found.values.count) {
		html_begin(r, "ol");
		for (size_t i = 0; i < p->found.values.count; i++)
			html_element(r, "li", p->found.values.at[i]);
		html_end(r);
	}
	html_end(r);
}

static void
show_lookup(struct dns_page *p)
{
	struct request *r = p->r;

	html_element(r, "h2", "Look up");
	html_element(
		r, "p", "What a machine would get for a name, and from where.");
	html_begin(r, "form", "method", "get", "action", DNS_HOME, "role",
		"search", "id", "form-lookup");
	begin_field(r, "lookup-name", "Name");
	show_input(r, "lookup-name", "name", p->asked);
	html_end(r);
	begin_field(r, "lookup-machine", "Machine");
	show_machines(p);
	html_end(r);
	html_begin(r, "button", "type", "submit");
	html_text(r, "Look up");
	html_end(r);
	html_end(r);
	show_found(p);
}

void
dns_show(struct dns_page *p)
{
	show_warnings(p);
	show_prefs(p);
	show_nameservers(p);
	show_searches(p);
	show_records(p);
	show_file(p);
	show_lookup(p);
}
