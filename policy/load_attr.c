#include <string.h>

#include "policy/load.h"

/* Addresses that machines may have, and those kept for other uses. */
static const char pool_whole[] = "100.64.0.0/10";
static const char *const pool_reserved[] = { "100.100.0.0/24",
	"100.100.100.0/24", "100.115.92.0/23" };

static struct range
literal(const char *text)
{
	struct range r;

	(void)range_parse(text, &r, NULL);
	return r;
}

static enum err
load_pool(struct load *l, const struct hujson_value *v, struct range *out)
{
	if (!strchr(v->text, '/') || range_parse(v->text, out, NULL))
		return load_fail(l, v->at, "IPPool(%s): invalid CIDR", v->text);
	if (!range_within(*out, literal(pool_whole)))
		return load_fail(l, v->at, "IPPool(%s): network outside %s",
			v->text, pool_whole);
	for (size_t i = 0; i < sizeof(pool_reserved) / sizeof(pool_reserved[0]);
		i++)
		if (range_overlaps(*out, literal(pool_reserved[i])))
			return load_fail(l, v->at,
				"IPPool(%s): network within reserved range",
				v->text);
	return ERR_OK;
}

static enum err
load_pools(
	struct load *l, const struct hujson_value *list, struct node_attr *out)
{
	struct range *at =
		arena_array(l->mem, load_count(list) + 1, sizeof(*at));
	enum err e = ERR_OK;

	out->ip_pool = at;
	out->ip_pool_count = load_count(list);
	for (const struct hujson_value *v = load_first(list); !e && v;
		v = load_next(l, list, v))
		e = load_pool(l, v, at++);
	return e;
}

static enum err
check_target(struct load *l, const struct hujson_value *v, const void *with)
{
	const struct autogroup *a = autogroup_find(v->text);

	(void)with;
	if (a && !a->is_people)
		return load_fail(l, v->at,
			"nodeAttrs target \"%s\" is not valid", v->text);
	return alias_check(l, v, v->text, SIDE_NONE);
}

static enum err
load_entry(struct load *l, const struct hujson_value *v, struct node_attr *out)
{
	enum err e = alias_list_load(l, load_member(l, v, MEMBER_TARGET),
		check_target, NULL, &out->target);

	if (!e)
		e = load_pools(l, load_member(l, v, MEMBER_IP_POOL), out);
	out->place = load_place(l, v);
	out->attr = load_texts(l, load_member(l, v, MEMBER_ATTR));
	load_app(l, load_member(l, v, MEMBER_APP), &out->app, &out->app_count);
	return e;
}

enum err
load_node_attrs(struct load *l, const struct hujson_value *section)
{
	struct node_attr *at =
		arena_array(l->mem, load_count(section) + 1, sizeof(*at));
	enum err e = ERR_OK;

	l->p->attrs = at;
	l->p->attr_count = load_count(section);
	for (const struct hujson_value *v = load_first(section); !e && v;
		v = load_next(l, section, v))
		e = load_entry(l, v, at++);
	return e;
}
