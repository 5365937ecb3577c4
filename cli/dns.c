/* cairn dns get, set, lookup */
#include <string.h>

#include "cli/dns.h"
#include "cli/nodes.h"
#include "tailnet/dns.h"
#include "tailnet/dnslookup.h"
#include "tailnet/dnsrows.h"
#include "tailnet/dnswarn.h"

static enum err
load_settings(struct cli *c, struct settings *out)
{
	enum err e = settings_load(c->db, c->mem, out);

	return e ? cli_fail(c, e, "reading settings") : ERR_OK;
}

void
dns_say_warnings(struct cli *c)
{
	struct json_texts warnings;
	struct settings s;

	if (c->format != FORMAT_PLAIN || settings_load(c->db, c->mem, &s) ||
		dns_warnings(c->db, &s, c->mem, &warnings))
		return;
	for (size_t i = 0; i < warnings.count; i++)
		fprintf(c->err, "Warning: %s\n",
			print_clean(c->mem, warnings.at[i], ""));
}

/* ---- get ---- */

static enum err
put_lists(struct cli *c, struct value *v)
{
	struct nameserver *servers;
	struct search_domain *searches;
	struct dns_record *records;
	size_t n, k, m;
	struct value *list;
	enum err e = db_nameservers(c->db, c->mem, &servers, &n);

	if (!e)
		e = db_search_domains(c->db, c->mem, &searches, &k);
	if (!e)
		e = db_dns_records(c->db, c->mem, &records, &m);
	if (e)
		return e;
	list = value_list(v, "nameservers");
	for (size_t i = 0; i < n; i++)
		dns_put_nameserver(value_object(list, NULL), &servers[i]);
	list = value_list(v, "search_domains");
	for (size_t i = 0; i < k; i++)
		value_text(list, NULL, searches[i].domain);
	list = value_list(v, "extra_records");
	for (size_t i = 0; i < m; i++)
		dns_put_record(c, value_object(list, NULL), &records[i]);
	return ERR_OK;
}

static enum err
put_file(struct cli *c, struct value *v)
{
	struct dns_record *rows;
	struct value *list;
	struct dns_file f;
	size_t count;
	enum err e = db_dns_file(c->db, c->mem, &f);

	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	v = value_object(v, "extra_records_file");
	v->plain = true;
	value_text(v, "path", f.path);
	value_time(v, "read_at", f.read_at);
	value_text(v, "trouble", f.trouble);
	if (dns_rows_of_file(c->mem, f.records, &rows, &count))
		count = 0;
	list = value_list(v, "records");
	for (size_t i = 0; i < count; i++)
		dns_put_record(c, value_object(list, NULL), &rows[i]);
	return ERR_OK;
}

static enum err
print_file(struct cli *c)
{
	struct dns_record *rows;
	struct dns_file f;
	size_t count;
	enum err e = db_dns_file(c->db, c->mem, &f);

	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (dns_rows_of_file(c->mem, f.records, &rows, &count))
		count = 0;
	fprintf(c->out, "\nOf the file %s:\n", f.path);
	return dns_print_record_rows(c, rows, count);
}

static enum err
print_plain(struct cli *c, const struct settings *s,
	const struct json_texts *warnings)
{
	fprintf(c->out, "MagicDNS: %s\n", s->magic_dns ? "on" : "off");
	fprintf(c->out, "Base domain: %s\n", s->dns_domain);
	fprintf(c->out, "Nameservers replace local ones: %s\n",
		s->override_local_dns ? "yes" : "no");
	for (size_t i = 0; i < warnings->count; i++)
		fprintf(c->out, "Warning: %s\n",
			print_clean(c->mem, warnings->at[i], ""));
	fprintf(c->out, "\n");
	dns_print_nameservers(c);
	dns_print_searches(c);
	dns_print_records(c);
	return print_file(c);
}

enum err
cmd_dns_get(struct cli *c)
{
	struct value *v = value_new_object(c->mem), *list;
	struct json_texts warnings;
	struct settings s;
	enum err e = load_settings(c, &s);

	if (!e)
		e = dns_warnings(c->db, &s, c->mem, &warnings);
	if (e)
		return cli_fail(c, e, "reading DNS");
	if (c->format == FORMAT_PLAIN)
		return print_plain(c, &s, &warnings);
	v->plain = true;
	value_bool(v, "magic_dns", s.magic_dns);
	value_text(v, "base_domain", s.dns_domain);
	value_bool(v, "override_local_dns", s.override_local_dns);
	e = put_lists(c, v);
	if (!e)
		e = put_file(c, v);
	if (e)
		return cli_fail(c, e, "reading DNS");
	list = value_list(v, "warnings");
	for (size_t i = 0; i < warnings.count; i++)
		value_text(list, NULL, warnings.at[i]);
	cli_print_value(c, c->out, v);
	return ERR_OK;
}

/* ---- set ---- */

static enum err
take_bool(struct cli *c, const char *flag, bool *out)
{
	const char *text = cli_text(c, flag);

	if (!cli_given(c, flag))
		return ERR_OK;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return cli_refuse(c, "--%s is true or false", flag);
	*out = strcmp(text, "true") == 0;
	return ERR_OK;
}

static enum err
set_domain(struct cli *c)
{
	const char *why;
	enum err e = tailnet_dns_domain(c->db, cli_text(c, "base-domain"),
		CLI_ACTOR, c->now, c->mem, &why);

	if (e == ERR_BAD_INPUT || e == ERR_DOMAIN_SERVER)
		return cli_refuse(c, "base domain: %s", why);
	return e ? cli_fail(c, e, "changing the base domain") : ERR_OK;
}

enum err
cmd_dns_set(struct cli *c)
{
	bool magic, override;
	struct settings s;
	enum err e = load_settings(c, &s);

	if (e)
		return e;
	magic = s.magic_dns;
	override = s.override_local_dns;
	if (!cli_given(c, "magic-dns") && !cli_given(c, "override-local") &&
		!cli_given(c, "base-domain"))
		return cli_refuse(c, "missing flags: --magic-dns, "
				     "--override-local or --base-domain");
	e = take_bool(c, "magic-dns", &magic);
	if (!e)
		e = take_bool(c, "override-local", &override);
	if (!e && cli_given(c, "base-domain"))
		e = set_domain(c);
	if (e)
		return e;
	e = tailnet_dns_prefs(c->db, magic, override, CLI_ACTOR, c->now);
	if (e)
		return cli_fail(c, e, "changing DNS");
	cli_result(c, "DNS changed");
	dns_say_warnings(c);
	return ERR_OK;
}

/* ---- lookup ---- */

static const char *const from_words[] = {
	[DNS_FROM_MACHINE] = "machine",
	[DNS_FROM_RECORD] = "record",
	[DNS_FROM_NOBODY] = "nobody",
	[DNS_FROM_DOMAIN] = "domain",
	[DNS_FROM_GLOBAL] = "global",
	[DNS_FROM_NETWORK] = "network",
};

enum err
cmd_dns_lookup(struct cli *c)
{
	struct value *v = value_new_object(c->mem), *list;
	struct dns_found f;
	struct settings s;
	struct node n;
	enum err e;

	if (c->arg_count < 2)
		return cli_refuse(c, "missing parameters: a name and a node");
	e = load_settings(c, &s);
	if (!e)
		e = node_find(c, c->args[1], &n);
	if (e)
		return e;
	e = tailnet_dns_lookup(c->db, &s, n.id, c->args[0], c->mem, &f);
	if (e)
		return cli_fail(c, e, "looking up");
	v->plain = true;
	value_text(v, "name", f.name);
	value_text(v, "from", from_words[f.from]);
	list = value_list(v, "values");
	for (size_t i = 0; i < f.values.count; i++)
		value_text(list, NULL, f.values.at[i]);
	value_text(v, "words", f.words);
	if (c->format != FORMAT_PLAIN) {
		cli_print_value(c, c->out, v);
		return ERR_OK;
	}
	fprintf(c->out, "%s: %s\n", f.name, print_clean(c->mem, f.words, ""));
	for (size_t i = 0; i < f.values.count; i++)
		fprintf(c->out, "%s\n", f.values.at[i]);
	return ERR_OK;
}
