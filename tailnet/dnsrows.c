#include "tailnet/dnsrows.h"

#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "base/text.h"
#include "proto/tailcfg.h"
#include "tailnet/dnsform.h"

/* From their ends, a dot before all else: then a name stands before what lies
 * below it, and nothing else between. */
static int
compare_backwards(const char *a, const char *b)
{
	size_t i = strlen(a), k = strlen(b);

	while (i && k) {
		unsigned char x = (unsigned char)a[--i];
		unsigned char y = (unsigned char)b[--k];

		if (x != y)
			return (x == '.' ? 0 : x) - (y == '.' ? 0 : y);
	}
	return i ? 1 : k ? -1 : 0;
}

static int
compare_names(const void *a, const void *b)
{
	const struct dns_name *x = a, *y = b;
	int c = compare_backwards(x->name, y->name);

	if (!c)
		c = strcmp(x->type, y->type);
	if (!c)
		c = strcmp(x->value ? x->value : "", y->value ? y->value : "");
	return c ? c : (x->node_id > y->node_id) - (x->node_id < y->node_id);
}

static bool
is_split(const struct dns_rows *rows, const char *name)
{
	for (size_t i = 0; i < rows->nameserver_count; i++)
		if (*rows->nameservers[i].domain &&
			domain_holds(rows->nameservers[i].domain, name))
			return true;
	return false;
}

static void
add_names(struct dns_rows *rows, const struct dns_record *from, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		rows->names[rows->name_count++] = (struct dns_name){
			.name = from[i].name,
			.type = from[i].type,
			.value = from[i].value,
			.node_id = from[i].node_id,
			.split = is_split(rows, from[i].name),
		};
		rows->follows |= from[i].node_id != 0;
	}
}

static void
sort_names(struct dns_rows *rows)
{
	size_t kept = 0;

	if (rows->name_count)
		qsort(rows->names, rows->name_count, sizeof(*rows->names),
			compare_names);
	for (size_t i = 0; i < rows->name_count; i++)
		if (!kept || compare_names(&rows->names[kept - 1],
				     &rows->names[i]) != 0)
			rows->names[kept++] = rows->names[i];
	rows->name_count = kept;
}

struct listed {
	struct json_objects list;
};

static const struct json_field listed_fields[] = {
	JSON_STRUCT(struct listed, list, "list", KEEP_LIST,
		tailcfg_dns_record_table),
};
static const struct json_table listed_table =
	JSON_TABLE(struct listed, listed_fields);

/* Nine tokens and more a record. */
static const struct json_limits file_limits = { .depth = 4,
	.tokens = 64 * (size_t)DNS_RECORDS_MAX,
	.string = JSON_STRING_MAX };

enum err
dns_rows_of_file(struct arena *mem, const char *json, struct dns_record **rows,
	size_t *count)
{
	const char *whole = arena_printf(mem, "{\"list\":%s}", json);
	struct listed l = { .list = { NULL, 0 } };
	const struct tailcfg_dns_record *at;
	struct dns_record *out;
	enum err e = json_decode_within(
		(struct bytes){ (const unsigned char *)whole, strlen(whole) },
		&file_limits, &listed_table, mem, &l);

	if (e)
		return e;
	at = l.list.at;
	out = arena_array(mem, l.list.count + 1, sizeof(*out));
	for (size_t i = 0; i < l.list.count; i++)
		out[i] = (struct dns_record){ .name = at[i].name,
			.type = at[i].type,
			.value = at[i].value };
	*rows = out;
	*count = l.list.count;
	return ERR_OK;
}

/* What is stored was checked then. */
static enum err
load_file(struct db *db, struct arena *mem, struct dns_record **rows,
	size_t *count)
{
	struct dns_file f;
	enum err e = db_dns_file(db, mem, &f);

	*count = 0;
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (dns_rows_of_file(mem, f.records, rows, count))
		*count = 0;
	return ERR_OK;
}

enum err
dns_rows_load(struct db *db, struct arena *mem, struct dns_rows *out)
{
	struct dns_rows rows = { .nameservers = NULL };
	struct dns_record *own = NULL, *file = NULL;
	size_t own_count = 0, file_count = 0;
	enum err e = db_nameservers(
		db, mem, &rows.nameservers, &rows.nameserver_count);

	if (!e)
		e = db_search_domains(
			db, mem, &rows.searches, &rows.search_count);
	if (!e)
		e = db_dns_records(db, mem, &own, &own_count);
	if (!e)
		e = load_file(db, mem, &file, &file_count);
	if (e)
		return e;
	rows.names = arena_array(
		mem, own_count + file_count + 1, sizeof(*rows.names));
	add_names(&rows, own, own_count);
	add_names(&rows, file, file_count);
	sort_names(&rows);
	for (size_t i = 0; i < rows.nameserver_count; i++)
		rows.nextdns |=
			text_starts(rows.nameservers[i].address, NEXTDNS_BASE);
	*out = rows;
	return ERR_OK;
}
