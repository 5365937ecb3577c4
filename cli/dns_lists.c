/* cairn dns nameservers, search, records */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/dns.h"
#include "cli/nodes.h"
#include "db/audit.h"
#include "tailnet/dns.h"

/* ---- what is shown ---- */

void
dns_put_nameserver(struct value *v, const struct nameserver *n)
{
	v->plain = true;
	value_int(v, "id", n->id);
	value_text(v, "address", n->address);
	value_text(v, "domain", n->domain);
	value_bool(v, "with_exit_node", n->with_exit_node);
}

void
dns_put_record(struct cli *c, struct value *v, const struct dns_record *r)
{
	v->plain = true;
	if (r->id)
		value_int(v, "id", r->id);
	value_text(v, "name", r->name);
	value_text(v, "type", r->type);
	if (!r->node_id) {
		value_text(v, "value", r->value);
		return;
	}
	value_int(v, "node_id", r->node_id);
	value_text(v, "node", db_audit_name(c->db, c->mem, "node", r->node_id));
}

enum err
dns_print_nameservers(struct cli *c)
{
	static const char *const heads[] = { "ID", "Nameserver", "For",
		"With exit node", NULL };
	struct nameserver *rows;
	struct table t;
	size_t count;
	enum err e = db_nameservers(c->db, c->mem, &rows, &count);

	if (e)
		return cli_fail(c, e, "reading nameservers");
	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < count; i++) {
		table_int(&t, rows[i].id);
		table_cell(&t, rows[i].address);
		table_cell(&t, *rows[i].domain ? rows[i].domain : "all names");
		table_bool(&t, rows[i].with_exit_node);
	}
	cli_print_table(c, &t);
	return ERR_OK;
}

enum err
dns_print_searches(struct cli *c)
{
	static const char *const heads[] = { "Search domain", NULL };
	struct search_domain *rows;
	struct table t;
	size_t count;
	enum err e = db_search_domains(c->db, c->mem, &rows, &count);

	if (e)
		return cli_fail(c, e, "reading search domains");
	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < count; i++)
		table_cell(&t, rows[i].domain);
	cli_print_table(c, &t);
	return ERR_OK;
}

static const char *
value_words(struct cli *c, const struct dns_record *r)
{
	const char *name;

	if (!r->node_id)
		return r->value;
	name = db_audit_name(c->db, c->mem, "node", r->node_id);
	return arena_printf(c->mem, "address of %s", name ? name : "a node");
}

/* The file's have no id. */
enum err
dns_print_record_rows(
	struct cli *c, const struct dns_record *rows, size_t count)
{
	static const char *const heads[] = { "ID", "Record", "Type", "Value",
		NULL };
	struct table t;

	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].id)
			table_int(&t, rows[i].id);
		else
			table_cell(&t, "");
		table_cell(&t, rows[i].name);
		table_cell(&t, rows[i].type);
		table_cell(&t, value_words(c, &rows[i]));
	}
	cli_print_table(c, &t);
	return ERR_OK;
}

enum err
dns_print_records(struct cli *c)
{
	struct dns_record *rows;
	size_t count;
	enum err e = db_dns_records(c->db, c->mem, &rows, &count);

	return e ? cli_fail(c, e, "reading records")
		 : dns_print_record_rows(c, rows, count);
}

/* ---- what is done ---- */

struct deed {
	const char *word;
	int least, most; /* words, itself counted */
	enum err (*act)(struct cli *c);
};

static enum err
do_one(struct cli *c, const struct deed *deeds, size_t count, const char *usage)
{
	size_t i = 0;

	while (i < count &&
		(!c->arg_count || strcmp(deeds[i].word, c->args[0]) != 0))
		i++;
	if (i == count || c->arg_count < deeds[i].least ||
		c->arg_count > deeds[i].most)
		return cli_refuse(c, "it is: %s", usage);
	return deeds[i].act(c);
}

/* "", or the domain in the form of the rows; wrong ones find nothing. */
static const char *
domain_flag(struct cli *c)
{
	const char *domain = cli_text(c, "domain");

	if (*domain)
		(void)dns_domain_normal(c->mem, domain, &domain);
	return domain;
}

/* By id, or by address for all names or for --domain. */
static enum err
find_nameserver(struct cli *c, const char *words, int64_t *id)
{
	const char *address = words, *domain = domain_flag(c);
	struct nameserver *rows;
	size_t count;
	enum err e = db_nameservers(c->db, c->mem, &rows, &count);
	int64_t number = 0;

	if (e)
		return cli_fail(c, e, "reading nameservers");
	if (text_int(words, &number))
		(void)dns_resolver_normal(c->mem, words, &address);
	for (size_t i = 0; i < count; i++)
		if (rows[i].id == number ||
			(strcmp(rows[i].address, address) == 0 &&
				strcmp(rows[i].domain, domain) == 0)) {
			*id = rows[i].id;
			return ERR_OK;
		}
	cli_refuse(c, "there is no nameserver %s%s%s", words,
		*domain ? " for " : "", domain);
	return ERR_NOT_FOUND;
}

static enum err
list_nameservers(struct cli *c)
{
	struct value *list = value_new_list(c->mem);
	struct nameserver *rows;
	size_t count;
	enum err e;

	if (c->format == FORMAT_PLAIN)
		return dns_print_nameservers(c);
	e = db_nameservers(c->db, c->mem, &rows, &count);
	if (e)
		return cli_fail(c, e, "reading nameservers");
	list->keep = true;
	for (size_t i = 0; i < count; i++)
		dns_put_nameserver(value_object(list, NULL), &rows[i]);
	cli_print_value(c, c->out, list);
	return ERR_OK;
}

static enum err
add_nameserver(struct cli *c)
{
	const struct nameserver n = { .address = c->args[1],
		.domain = cli_text(c, "domain"),
		.with_exit_node = cli_yes(c, "with-exit-node") };
	int64_t id;
	enum err e = tailnet_nameserver_add(c->db, &n, CLI_ACTOR, c->now, &id);

	if (e)
		return cli_fail(c, e, "adding nameserver");
	cli_result(c, "Nameserver added");
	dns_say_warnings(c);
	return ERR_OK;
}

static enum err
remove_nameserver(struct cli *c)
{
	int64_t id;
	enum err e = find_nameserver(c, c->args[1], &id);

	if (e)
		return e;
	e = tailnet_nameserver_delete(c->db, id, CLI_ACTOR, c->now);
	if (e)
		return cli_fail(c, e, "removing nameserver");
	cli_result(c, "Nameserver removed");
	dns_say_warnings(c);
	return ERR_OK;
}

static enum err
move_nameserver(struct cli *c)
{
	bool up = strcmp(c->args[2], "up") == 0;
	int64_t id;
	enum err e;

	if (!up && strcmp(c->args[2], "down") != 0)
		return cli_refuse(c, "a nameserver is moved up or down");
	e = find_nameserver(c, c->args[1], &id);
	if (e)
		return e;
	e = tailnet_nameserver_move(c->db, id, up, CLI_ACTOR, c->now);
	if (e)
		return cli_fail(c, e, "moving nameserver");
	cli_result(c, "Nameserver moved");
	dns_say_warnings(c);
	return ERR_OK;
}

enum err
cmd_dns_nameservers(struct cli *c)
{
	static const struct deed deeds[] = {
		{ "list", 1, 1, list_nameservers },
		{ "add", 2, 2, add_nameserver },
		{ "remove", 2, 2, remove_nameserver },
		{ "move", 3, 3, move_nameserver },
	};

	return do_one(c, deeds, 4,
		"list, add ADDRESS, remove ADDRESS or ID, move ADDRESS or ID "
		"up or down");
}

/* ---- search domains ---- */

static enum err
list_searches(struct cli *c)
{
	struct value *list = value_new_list(c->mem);
	struct search_domain *rows;
	size_t count;
	enum err e;

	if (c->format == FORMAT_PLAIN)
		return dns_print_searches(c);
	e = db_search_domains(c->db, c->mem, &rows, &count);
	if (e)
		return cli_fail(c, e, "reading search domains");
	list->keep = true;
	for (size_t i = 0; i < count; i++)
		value_text(list, NULL, rows[i].domain);
	cli_print_value(c, c->out, list);
	return ERR_OK;
}

static enum err
add_search(struct cli *c)
{
	int64_t id;
	enum err e =
		tailnet_search_add(c->db, c->args[1], CLI_ACTOR, c->now, &id);

	if (e == ERR_TOO_BIG)
		return cli_refuse(c,
			"adding search domain: there are %d at most",
			DNS_SEARCH_MAX);
	if (e)
		return cli_fail(c, e, "adding search domain");
	cli_result(c, "Search domain added");
	dns_say_warnings(c);
	return ERR_OK;
}

static enum err
remove_search(struct cli *c)
{
	const char *domain = c->args[1];
	struct search_domain *rows;
	size_t count;
	enum err e = db_search_domains(c->db, c->mem, &rows, &count);

	if (e)
		return cli_fail(c, e, "reading search domains");
	(void)dns_domain_normal(c->mem, c->args[1], &domain);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rows[i].domain, domain) != 0)
			continue;
		e = tailnet_search_delete(c->db, rows[i].id, CLI_ACTOR, c->now);
		if (e)
			return cli_fail(c, e, "removing search domain");
		cli_result(c, "Search domain removed");
		return ERR_OK;
	}
	return cli_refuse(c, "there is no search domain %s", c->args[1]);
}

enum err
cmd_dns_search(struct cli *c)
{
	static const struct deed deeds[] = {
		{ "list", 1, 1, list_searches },
		{ "add", 2, 2, add_search },
		{ "remove", 2, 2, remove_search },
	};

	return do_one(c, deeds, 3, "list, add DOMAIN, or remove DOMAIN");
}

/* ---- records ---- */

static enum err
list_records(struct cli *c)
{
	struct value *list = value_new_list(c->mem);
	struct dns_record *rows;
	size_t count;
	enum err e;

	if (c->format == FORMAT_PLAIN)
		return dns_print_records(c);
	e = db_dns_records(c->db, c->mem, &rows, &count);
	if (e)
		return cli_fail(c, e, "reading records");
	list->keep = true;
	for (size_t i = 0; i < count; i++)
		dns_put_record(c, value_object(list, NULL), &rows[i]);
	cli_print_value(c, c->out, list);
	return ERR_OK;
}

/* What the words and --node name. */
static enum err
take_record(struct cli *c, struct dns_record *out)
{
	struct node n;
	enum err e;

	*out = (struct dns_record){ .name = c->args[1], .type = c->args[2] };
	if ((c->arg_count == 4) == cli_given(c, "node"))
		return cli_refuse(c, "a record has a VALUE or a --node, one of "
				     "both");
	if (c->arg_count == 4) {
		out->value = c->args[3];
		return ERR_OK;
	}
	e = node_find(c, cli_text(c, "node"), &n);
	if (!e)
		out->node_id = n.id;
	return e;
}

static enum err
add_record(struct cli *c)
{
	struct dns_record r;
	int64_t id;
	enum err e = take_record(c, &r);

	if (e)
		return e;
	e = tailnet_record_add(c->db, &r, CLI_ACTOR, c->now, &id);
	if (e == ERR_BAD_INPUT)
		return cli_refuse(c, "adding record: clients know the types A "
				     "and AAAA alone");
	if (e == ERR_TOO_BIG)
		return cli_refuse(c, "adding record: there are %d at most",
			DNS_RECORDS_MAX);
	if (e)
		return cli_fail(c, e, "adding record");
	cli_result(c, "Record added");
	return ERR_OK;
}

static bool
is_meant(struct cli *c, const struct dns_record *row,
	const struct dns_record *like)
{
	if (strcmp(row->name, like->name) != 0)
		return false;
	if (c->arg_count > 2 && strcmp(row->type, like->type) != 0)
		return false;
	return !like->value ||
	       (row->value && strcmp(row->value, like->value) == 0);
}

/* By id, or by what it says, as far as that names one. */
static enum err
find_record(struct cli *c, int64_t *id)
{
	struct dns_record *rows, like = { .name = c->args[1],
		.type = c->arg_count > 2 ? c->args[2] : "A",
		.value = c->arg_count > 3 ? c->args[3] : NULL };
	size_t count, found = 0;
	enum err e;

	if (c->arg_count == 2 && text_int(c->args[1], id) == ERR_OK)
		return ERR_OK;
	e = db_dns_records(c->db, c->mem, &rows, &count);
	if (e)
		return cli_fail(c, e, "reading records");
	(void)dns_domain_normal(c->mem, like.name, &like.name);
	for (size_t i = 0; i < count; i++)
		if (is_meant(c, &rows[i], &like)) {
			*id = rows[i].id;
			found++;
		}
	if (found == 1)
		return ERR_OK;
	return cli_refuse(c,
		found ? "%s has several records: name one by its ID, which "
			"'cairn dns records list' shows"
		      : "there is no such record: %s",
		c->args[1]);
}

static enum err
remove_record(struct cli *c)
{
	int64_t id;
	enum err e = find_record(c, &id);

	if (e)
		return e;
	e = tailnet_record_delete(c->db, id, CLI_ACTOR, c->now);
	if (e == ERR_NOT_FOUND)
		return cli_refuse(c, "there is no such record: %s", c->args[1]);
	if (e)
		return cli_fail(c, e, "removing record");
	cli_result(c, "Record removed");
	return ERR_OK;
}

enum err
cmd_dns_records(struct cli *c)
{
	static const struct deed deeds[] = {
		{ "list", 1, 1, list_records },
		{ "add", 3, 4, add_record },
		{ "remove", 2, 4, remove_record },
	};

	return do_one(c, deeds, 3,
		"list, add NAME A|AAAA VALUE, add NAME A|AAAA --node NODE, "
		"remove ID, or remove NAME [TYPE [VALUE]]");
}
