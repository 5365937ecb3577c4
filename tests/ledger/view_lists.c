/*
 * view_lists.c: what there is beside machines, as the database and as a netmap
 * says it.  Of names and regions only those that the load made.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "db/derp.h"
#include "db/dns.h"
#include "db/ssh_check.h"
#include "tests/ledger/view.h"

static const bool in_maps[] = {
#define X(name, in_maps) [VIEW_##name] = in_maps,
	VIEW_LIST_TABLE(X)
#undef X
};

static const struct json_limits wide = {
	.depth = 32, .tokens = 1000000, .string = 1024 * 1024
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct view_pair *)a)->name,
		((const struct view_pair *)b)->name);
}

static void
make_room(struct view *v, enum view_list l, size_t count)
{
	v->lists[l].at =
		arena_array(v->mem, count + 1, sizeof(*v->lists[l].at));
	v->lists[l].count = 0;
}

static void
put(struct view *v, enum view_list l, const char *name, const char *value)
{
	v->lists[l].at[v->lists[l].count++] = (struct view_pair){ name, value };
}

static void
put_id(struct view *v, enum view_list l, int64_t id, const char *value)
{
	put(v, l, arena_printf(v->mem, "%" PRId64, id), value);
}

static void
sort_lists(struct view *v)
{
	for (size_t l = 0; l < VIEW_LISTS; l++)
		if (v->lists[l].count > 1)
			qsort(v->lists[l].at, v->lists[l].count,
				sizeof(*v->lists[l].at), by_name);
}

static bool
is_ours(const char *name)
{
	size_t len = strlen(name), tail = strlen(VIEW_ZONE);

	return len > tail && strcmp(name + len - tail, VIEW_ZONE) == 0;
}

/* ---- the database ---- */

static enum err
take_dns(struct db *db, struct view *v)
{
	struct dns_record *records;
	struct nameserver *servers;
	size_t record_count, count;
	enum err e = db_dns_records(db, v->mem, &records, &record_count);

	if (!e)
		e = db_nameservers(db, v->mem, &servers, &count);
	if (e)
		return e;
	make_room(v, VIEW_RECORDS, record_count);
	make_room(v, VIEW_NAMESERVERS, count);
	for (size_t i = 0; i < record_count; i++)
		if (is_ours(records[i].name))
			put(v, VIEW_RECORDS, records[i].name, records[i].value);
	for (size_t i = 0; i < count; i++)
		if (is_ours(servers[i].domain))
			put(v, VIEW_NAMESERVERS, servers[i].domain,
				servers[i].address);
	return ERR_OK;
}

static bool
is_in(const int64_t *ids, size_t count, int64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static enum err
take_relays(struct db *db, struct view *v)
{
	struct derp_region *rows;
	size_t count, hidden_count;
	int64_t *hidden;
	enum err e = db_derp_regions(db, v->mem, &rows, &count);

	if (!e)
		e = db_derp_hidden(db, v->mem, &hidden, &hidden_count);
	if (e)
		return e;
	make_room(v, VIEW_RELAYS, count);
	make_room(v, VIEW_REGIONS, count);
	for (size_t i = 0; i < count; i++) {
		put_id(v, VIEW_RELAYS, rows[i].id, VIEW_HERE);
		if (!is_in(hidden, hidden_count, rows[i].id))
			put_id(v, VIEW_REGIONS, rows[i].id, VIEW_HERE);
	}
	return ERR_OK;
}

static enum err
take_checks(struct db *db, struct view *v)
{
	static const char *const states[] = {
		[CHECK_WAITING] = "waiting",
		[CHECK_APPROVED] = "approved",
		[CHECK_REJECTED] = "rejected",
		[CHECK_ENDED] = "ended",
	};
	struct ssh_check *rows;
	size_t count;
	enum err e = db_ssh_checks(db, v->mem, &rows, &count);

	if (e)
		return e;
	make_room(v, VIEW_CHECKS, count);
	for (size_t i = 0; i < count; i++)
		put_id(v, VIEW_CHECKS, rows[i].id, states[rows[i].state]);
	return ERR_OK;
}

enum err
view_lists_of_db(struct db *db, struct view *v)
{
	enum err e = take_dns(db, v);

	if (!e)
		e = take_relays(db, v);
	if (!e)
		e = take_checks(db, v);
	if (!e)
		sort_lists(v);
	return e;
}

/* ---- a netmap ---- */

static bool
decode(const char *text, const struct json_table *t, struct arena *mem,
	void *to)
{
	return text &&
	       json_decode_within((struct bytes){ (const unsigned char *)text,
					  strlen(text) },
		       &wide, t, mem, to) == ERR_OK;
}

/* Suffixes of routes end with one. */
static const char *
without_dot(const char *name, struct arena *mem)
{
	size_t len = strlen(name);

	len -= len && name[len - 1] == '.';
	return arena_printf(mem, "%.*s", (int)len, name);
}

static void
map_dns(const struct fake_client *c, struct view *v)
{
	struct tailcfg_dns_config d = { .proxied = false };
	const struct tailcfg_dns_record *records;
	const struct tailcfg_dns_route *routes;

	if (!decode(c->dns_config, &tailcfg_dns_config_table, v->mem, &d))
		return;
	records = d.extra_records.at;
	routes = d.routes.at;
	make_room(v, VIEW_RECORDS, d.extra_records.count);
	make_room(v, VIEW_NAMESERVERS, d.routes.count);
	for (size_t i = 0; i < d.extra_records.count; i++)
		if (is_ours(records[i].name))
			put(v, VIEW_RECORDS, records[i].name, records[i].value);
	for (size_t i = 0; i < d.routes.count; i++) {
		const struct tailcfg_resolver *to = routes[i].resolvers.at;
		const char *name = without_dot(routes[i].suffix, v->mem);

		if (is_ours(name) && routes[i].resolvers.count)
			put(v, VIEW_NAMESERVERS, name, to->addr);
	}
}

static void
map_regions(const struct fake_client *c, struct view *v)
{
	struct tailcfg_derp_map d = { .home_params = NULL };
	const struct tailcfg_derp_region *regions;

	if (!decode(c->derp_map, &tailcfg_derp_map_table, v->mem, &d))
		return;
	regions = d.regions.at;
	make_room(v, VIEW_REGIONS, d.regions.count);
	for (size_t i = 0; i < d.regions.count; i++)
		if (regions[i].id >= VIEW_REGION)
			put_id(v, VIEW_REGIONS, regions[i].id, VIEW_HERE);
}

void
view_lists_of_client(const struct fake_client *c, struct view *v)
{
	map_dns(c, v);
	map_regions(c, v);
	sort_lists(v);
}

/* ---- questions ---- */

static const char *
value_of(const struct view *v, enum view_list l, const char *name)
{
	const struct view_pair like = { .name = name };
	const struct view_pair *found =
		v->lists[l].count
			? bsearch(&like, v->lists[l].at, v->lists[l].count,
				  sizeof(like), by_name)
			: NULL;

	return found ? found->value : VIEW_GONE;
}

const char *
view_record(const struct view *v, const char *subject)
{
	return value_of(v, VIEW_RECORDS, subject);
}

const char *
view_nameserver(const struct view *v, const char *subject)
{
	return value_of(v, VIEW_NAMESERVERS, subject);
}

const char *
view_relay(const struct view *v, const char *subject)
{
	return value_of(v, VIEW_RELAYS, subject);
}

const char *
view_region(const struct view *v, const char *subject)
{
	return value_of(v, VIEW_REGIONS, subject);
}

const char *
view_check(const struct view *v, const char *subject)
{
	return value_of(v, VIEW_CHECKS, subject);
}

static const char *
words_of(const struct view *v, size_t l, size_t i, struct arena *mem)
{
	if (i >= v->lists[l].count)
		return "nothing";
	return arena_printf(
		mem, "%s %s", v->lists[l].at[i].name, v->lists[l].at[i].value);
}

const char *
view_lists_differ(
	const struct view *db, const struct view *map, struct arena *mem)
{
	for (size_t l = 0; l < VIEW_LISTS; l++)
		for (size_t i = 0;
			in_maps[l] &&
			(i < db->lists[l].count || i < map->lists[l].count);
			i++) {
			const char *here = words_of(db, l, i, mem);
			const char *there = words_of(map, l, i, mem);

			if (strcmp(here, there) != 0)
				return arena_printf(mem,
					"the database says %s, the netmap %s",
					here, there);
		}
	return NULL;
}
