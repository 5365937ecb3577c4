#include "tailnet/derpmap_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/text.h"

#define PIN "sha256-raw:"

/* The name of a member and what stands there, as it stands. */
struct entry {
	const char *key;
	struct json_raw value;
};

struct shell {
	struct json_map regions;
};

static const struct json_field entry_fields[] = {
	JSON_FIELD(struct entry, key, NULL, KEEP_EMPTY),
	JSON_VALUE(struct entry, value),
};
static const struct json_table entry_table =
	JSON_TABLE(struct entry, entry_fields);
static const struct json_field shell_fields[] = {
	JSON_STRUCT(struct shell, regions, "Regions", KEEP_EMPTY, entry_table),
};
static const struct json_table shell_table =
	JSON_TABLE(struct shell, shell_fields);

struct reader {
	enum derpmap_trust trust;
	struct arena *mem;
	const char **why;
};

#define refuse(r, ...) \
	(*(r)->why = arena_printf((r)->mem, __VA_ARGS__), ERR_BAD_INPUT)

bool
derpmap_host_is_valid(const char *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t len = strlen(host);
	struct ip ip;

	if (!ip_parse(host, &ip))
		return true;
	return len >= 1 && len <= DERPMAP_HOST_MAX && *host != '.' &&
	       *host != '-' && !strstr(host, "..") &&
	       strspn(host, allowed) == len;
}

bool
derpmap_ip_is_valid(const char *text, int family)
{
	struct ip ip;

	if (!*text || strcmp(text, "none") == 0)
		return true;
	return !ip_parse(text, &ip) && ip.family == family;
}

bool
derpmap_name_is_valid(const char *name, size_t max)
{
	size_t len = strlen(name);

	return len >= 1 && len <= max && text_is_utf8(name, len) &&
	       text_length(name) != SIZE_MAX;
}

bool
derpmap_cert_is_valid(const char *hex)
{
	return strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64;
}

/* Texts that are lacking read as "". */
static const char *
given(const char *text)
{
	return text ? text : "";
}

static bool
cert_name_is_valid(const char *name)
{
	if (text_starts(name, PIN))
		return derpmap_cert_is_valid(name + strlen(PIN));
	return !*name || derpmap_host_is_valid(name);
}

static enum err
check_node(const struct reader *r, struct tailcfg_derp_node *n, int64_t region)
{
	long long id = (long long)region;
	struct ip ip;

	if (!derpmap_name_is_valid(given(n->name), DERPMAP_NAME_MAX))
		return refuse(r, "region %lld: a node's Name has 1 to %d bytes",
			id, DERPMAP_NAME_MAX);
	if (n->region_id != region)
		return refuse(r, "region %lld: RegionID of node %s is %lld", id,
			n->name, (long long)n->region_id);
	if (!derpmap_host_is_valid(given(n->host_name)))
		return refuse(
			r, "region %lld: HostName of node %s", id, n->name);
	n->cert_name = given(n->cert_name);
	n->ipv4 = given(n->ipv4);
	n->ipv6 = given(n->ipv6);
	n->stun_test_ip = given(n->stun_test_ip);
	if (!cert_name_is_valid(n->cert_name))
		return refuse(
			r, "region %lld: CertName of node %s", id, n->name);
	if (!derpmap_ip_is_valid(n->ipv4, 4) ||
		!derpmap_ip_is_valid(n->ipv6, 6))
		return refuse(
			r, "region %lld: IPv4 or IPv6 of node %s", id, n->name);
	if (*n->stun_test_ip && ip_parse(n->stun_test_ip, &ip))
		return refuse(
			r, "region %lld: STUNTestIP of node %s", id, n->name);
	if (n->stun_port < -1 || n->stun_port > 65535 || n->derp_port < 0 ||
		n->derp_port > 65535)
		return refuse(r, "region %lld: a port of node %s", id, n->name);
	if (n->insecure_for_tests && r->trust != DERPMAP_OWN)
		return refuse(r,
			"region %lld: InsecureForTests of node %s, which only "
			"a file may say",
			id, n->name);
	return ERR_OK;
}

static bool
name_comes_twice(const struct tailcfg_derp_node *nodes, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(nodes[i].name, nodes[at].name) == 0)
			return true;
	return false;
}

static enum err
check_region(
	const struct reader *r, struct tailcfg_derp_region *region, int64_t key)
{
	struct tailcfg_derp_node *nodes = region->nodes.at;
	long long id = (long long)key;
	enum err e = ERR_OK;

	if (region->id != key)
		return refuse(r, "region %lld: its RegionID is %lld", id,
			(long long)region->id);
	if (!derpmap_name_is_valid(given(region->code), DERPMAP_CODE_MAX))
		return refuse(r, "region %lld: RegionCode has 1 to %d bytes",
			id, DERPMAP_CODE_MAX);
	if (!derpmap_name_is_valid(given(region->name), DERPMAP_NAME_MAX))
		return refuse(r, "region %lld: RegionName has 1 to %d bytes",
			id, DERPMAP_NAME_MAX);
	if (!(region->latitude >= -90 && region->latitude <= 90) ||
		!(region->longitude >= -180 && region->longitude <= 180))
		return refuse(r, "region %lld: it is nowhere on earth", id);
	if (!region->nodes.count || region->nodes.count > DERPMAP_NODES_MAX)
		return refuse(r, "region %lld: a region has 1 to %d nodes", id,
			DERPMAP_NODES_MAX);
	for (size_t i = 0; !e && i < region->nodes.count; i++) {
		e = check_node(r, &nodes[i], key);
		if (!e && name_comes_twice(nodes, i))
			e = refuse(r, "region %lld: two nodes are called %s",
				id, nodes[i].name);
	}
	return e;
}

/* "900", as nobody writes it otherwise; 0 if it is none. */
static int64_t
region_of(const char *key)
{
	int64_t id = 0;

	if (*key < '1' || *key > '9' || text_int(key, &id) ||
		id > DERPMAP_REGION_MAX)
		return 0;
	return id;
}

static enum err
read_region(const struct reader *r, const struct entry *entry,
	struct tailcfg_derp_region *out)
{
	const struct bytes text = { (const unsigned char *)entry->value.text,
		strlen(entry->value.text) };
	int64_t key = region_of(entry->key);

	if (!key)
		return refuse(r, "regions are numbers from 1 to %d",
			DERPMAP_REGION_MAX);
	memset(out, 0, sizeof(*out));
	if (json_decode(text, &tailcfg_derp_region_table, r->mem, out))
		return refuse(r, "region %lld: a member is of the wrong kind",
			(long long)key);
	return check_region(r, out, key);
}

static int
by_id(const void *a, const void *b)
{
	const struct tailcfg_derp_region *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

struct named {
	const char *name;
	int64_t region;
};

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct named *
all_names(const struct tailcfg_derp_map *map, struct arena *mem, size_t *count)
{
	const struct tailcfg_derp_region *regions = map->regions.at;
	struct named *names = arena_array(mem,
		map->regions.count * DERPMAP_NODES_MAX + 1, sizeof(*names));

	*count = 0;
	for (size_t i = 0; i < map->regions.count; i++) {
		const struct tailcfg_derp_node *nodes = regions[i].nodes.at;

		for (size_t k = 0; k < regions[i].nodes.count; k++)
			names[(*count)++] =
				(struct named){ nodes[k].name, regions[i].id };
	}
	qsort(names, *count, sizeof(*names), by_name);
	return names;
}

/* Clients look nodes up by name, over all regions. */
static enum err
check_names(const struct reader *r, const struct tailcfg_derp_map *map)
{
	const struct tailcfg_derp_region *regions = map->regions.at;
	const struct named *names;
	size_t count;

	for (size_t i = 0; i + 1 < map->regions.count; i++)
		if (regions[i].id == regions[i + 1].id)
			return refuse(r, "region %lld stands there twice",
				(long long)regions[i].id);
	names = all_names(map, r->mem, &count);
	for (size_t i = 0; i + 1 < count; i++)
		if (strcmp(names[i].name, names[i + 1].name) == 0)
			return refuse(r,
				"regions %lld and %lld both have a node %s",
				(long long)names[i].region,
				(long long)names[i + 1].region, names[i].name);
	return ERR_OK;
}

enum err
derpmap_read(struct bytes text, enum derpmap_trust trust, struct arena *mem,
	struct tailcfg_derp_map *out, const char **why)
{
	struct reader r = { trust, mem, why };
	struct shell shell = { .regions = { NULL, 0 } };
	struct tailcfg_derp_map map = { .home_params = NULL };
	struct tailcfg_derp_region *regions;
	const struct entry *entries;
	enum err e = ERR_OK;

	if (text.len > DERPMAP_BYTES_MAX) {
		*why = arena_printf(
			mem, "it has more than %d bytes", DERPMAP_BYTES_MAX);
		return ERR_TOO_BIG;
	}
	if (json_decode(text, &shell_table, mem, &shell))
		return refuse(&r, "it is no map of relays in JSON");
	if (shell.regions.count > DERPMAP_REGIONS_MAX)
		return refuse(
			&r, "it has more than %d regions", DERPMAP_REGIONS_MAX);
	entries = shell.regions.at;
	regions = arena_array(mem, shell.regions.count + 1, sizeof(*regions));
	for (size_t i = 0; !e && i < shell.regions.count; i++)
		if (entries[i].value.text)
			e = read_region(
				&r, &entries[i], &regions[map.regions.count++]);
	if (e)
		return e;
	if (!map.regions.count)
		return refuse(&r, "it has no region");
	map.regions.at = regions;
	qsort(regions, map.regions.count, sizeof(*regions), by_id);
	e = check_names(&r, &map);
	if (!e)
		*out = map;
	return e;
}

static bool
has_region(const struct tailcfg_derp_map *map, int64_t id)
{
	const struct tailcfg_derp_region *regions = map->regions.at;

	for (size_t i = 0; i < map->regions.count; i++)
		if (regions[i].id == id)
			return true;
	return false;
}

enum err
derpmap_add(struct tailcfg_derp_map *to, const struct tailcfg_derp_map *from,
	struct arena *mem, const char **why)
{
	struct reader r = { DERPMAP_OWN, mem, why };
	const struct tailcfg_derp_region *old = to->regions.at;
	struct tailcfg_derp_map map = { .home_params = NULL };
	struct tailcfg_derp_region *regions = arena_array(mem,
		to->regions.count + from->regions.count + 1, sizeof(*regions));
	size_t count = 0;
	enum err e;

	for (size_t i = 0; i < to->regions.count; i++)
		if (!has_region(from, old[i].id))
			regions[count++] = old[i];
	if (from->regions.count)
		memcpy(regions + count, from->regions.at,
			from->regions.count * sizeof(*regions));
	count += from->regions.count;
	if (count > DERPMAP_REGIONS_MAX)
		return refuse(&r, "together they have more than %d regions",
			DERPMAP_REGIONS_MAX);
	qsort(regions, count, sizeof(*regions), by_id);
	map.regions = (struct json_map){ regions, count };
	e = check_names(&r, &map);
	if (!e)
		*to = map;
	return e;
}

const char *
derpmap_text(const struct tailcfg_derp_map *map, struct arena *mem)
{
	return json_print(mem, &tailcfg_derp_map_table, map);
}

enum err
derpmap_keep(const struct tailcfg_derp_map *map, struct arena *mem,
	const char **text, const char **why)
{
	const char *kept = derpmap_text(map, mem), *wrong = "";
	struct tailcfg_derp_map again;
	enum err e = derpmap_read(
		(struct bytes){ (const unsigned char *)kept, strlen(kept) },
		DERPMAP_OWN, mem, &again, &wrong);

	if (e)
		*why = arena_printf(mem, "all of it together: %s", wrong);
	else
		*text = kept;
	return e;
}
