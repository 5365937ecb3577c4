/* The relays that a policy adds: their shape is checked with the rest, here
 * only what members say of each other. */
#include <stdlib.h>
#include <string.h>

#include "policy/load.h"

static long
whole(const struct load *l, const struct hujson_value *v)
{
	return v ? strtol(l->file.json + v->at, NULL, 10) : 0;
}

static enum err
check_node(struct load *l, const struct hujson_value *node, long region,
	const char *key)
{
	const struct hujson_value *name = load_member(l, node, MEMBER_NAME),
				  *host = load_member(
					  l, node, MEMBER_HOST_NAME),
				  *id = load_member(l, node, MEMBER_REGION_ID);

	if (!name || !*name->text || !host || !*host->text)
		return load_fail(l, node->at,
			"derpMap.Regions[\"%s\"]: a node needs Name and "
			"HostName",
			key);
	if (whole(l, id) != region)
		return load_fail(l, id ? id->at : node->at,
			"derpMap.Regions[\"%s\"]: RegionID of a node must be "
			"%s",
			key, key);
	return ERR_OK;
}

static enum err
check_region(struct load *l, const struct hujson_value *region)
{
	const struct hujson_value *id =
		load_member(l, region, MEMBER_REGION_ID);
	const struct hujson_value *nodes = load_member(l, region, MEMBER_NODES);
	const char *key = region->name;
	enum err e = ERR_OK;

	if (!*key || strlen(key) > 9 || key[strspn(key, "0123456789")] ||
		*key == '0')
		return load_fail(l, region->name_at,
			"derpMap.Regions[\"%s\"]: regions are numbers", key);
	if (region->kind == HUJSON_NULL)
		return ERR_OK;
	if (whole(l, id) != atol(key))
		return load_fail(l, id ? id->at : region->at,
			"derpMap.Regions[\"%s\"]: RegionID must be %s", key,
			key);
	for (const struct hujson_value *v = load_first(nodes); !e && v;
		v = load_next(l, nodes, v))
		e = check_node(l, v, atol(key), key);
	return e;
}

static void
keep(struct load *l, const struct hujson_value *section,
	const struct hujson_value *regions)
{
	struct policy_region *at =
		arena_array(l->mem, load_count(regions) + 1, sizeof(*at));

	l->p->relays = (struct policy_relays){ .regions = at,
		.region_count = load_count(regions),
		.home_params =
			load_raw(l, load_member(l, section, MEMBER_HOME_PARAMS))
				.text,
		.omit_default = load_truth(
			load_member(l, section, MEMBER_OMIT_DEFAULT_REGIONS)) };
	for (const struct hujson_value *v = load_first(regions); v;
		v = load_next(l, regions, v), at++) {
		at->id = atol(v->name);
		at->json = v->kind == HUJSON_NULL ? NULL : load_raw(l, v).text;
	}
}

enum err
load_derp_map(struct load *l, const struct hujson_value *section)
{
	const struct hujson_value *regions =
		load_member(l, section, MEMBER_REGIONS);
	enum err e = ERR_OK;

	for (const struct hujson_value *v = load_first(regions); !e && v;
		v = load_next(l, regions, v))
		e = check_region(l, v);
	if (!e)
		keep(l, section, regions);
	return e;
}
