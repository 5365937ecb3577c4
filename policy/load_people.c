/* Who and what has a name: groups, hosts, tags and their owners, approvers. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policy/load.h"

static int
by_name_falling(const void *a, const void *b)
{
	const struct hujson_value *const *one = a, *const *two = b;

	return strcmp((*two)->name, (*one)->name);
}

static enum err
check_group(struct load *l, const struct hujson_value *group)
{
	if (!text_starts(group->name, "group:"))
		return load_fail(l, group->name_at,
			"groups[\"%s\"]: group names must start with 'group:'",
			group->name);
	for (const struct hujson_value *v = load_first(group); v;
		v = load_next(l, group, v))
		if (text_starts(v->text, "group:"))
			return load_fail(l, v->at,
				"groups[\"%s\"]: \"%s\": group members cannot "
				"be recursive",
				group->name, v->text);
	return ERR_OK;
}

/* The last name first: that is the order in which the service looks at them. */
enum err
load_groups(struct load *l, const struct hujson_value *section)
{
	size_t count = load_count(section), i = 0;
	const struct hujson_value **sorted =
		arena_array(l->scratch, count + 1, sizeof(*sorted));
	enum err e = ERR_OK;

	l->groups = arena_array(l->scratch, count + 1, sizeof(*l->groups));
	for (const struct hujson_value *v = load_first(section); v;
		v = load_next(l, section, v)) {
		l->groups[i] = load_texts(l, v);
		sorted[i++] = v;
	}
	qsort(sorted, count, sizeof(*sorted), by_name_falling);
	for (i = 0; !e && i < count; i++)
		e = check_group(l, sorted[i]);
	return e;
}

enum err
load_hosts(struct load *l, const struct hujson_value *section)
{
	size_t count = load_count(section), i = 0;
	struct policy_host *kept =
		arena_array(l->p->mem, count + 1, sizeof(*kept));

	l->hosts = arena_array(l->scratch, count + 1, sizeof(*l->hosts));
	l->p->hosts = kept;
	for (const struct hujson_value *v = load_first(section); v;
		v = load_next(l, section, v)) {
		if (!*v->name || strchr(v->name, '@') ||
			range_parse(v->text, &l->hosts[i], NULL))
			return load_fail(l, v->at,
				"hosts[\"%s\"]: \"%s\": invalid address",
				v->name, v->text);
		kept[i] =
			(struct policy_host){ arena_strdup(l->p->mem, v->name),
				l->hosts[i] };
		l->p->host_count = ++i;
	}
	return ERR_OK;
}

/* NULL, or what is wrong with the name of a tag. */
static const char *
tag_fault(const char *tag)
{
	const char *name = tag + strlen("tag:");

	if (!text_starts(tag, "tag:"))
		return "tags must start with 'tag:'";
	if (!*name)
		return "tag names must not be empty";
	if (!isascii(*name) || !isalpha((unsigned char)*name))
		return "tag names must start with a letter, after 'tag:'";
	for (; *name; name++)
		if (!isascii(*name) ||
			(!isalnum((unsigned char)*name) && *name != '-'))
			return "tag names can only contain numbers, letters, "
			       "or dashes";
	return NULL;
}

static enum err
load_tag(struct load *l, const struct hujson_value *v, struct tag_owner *out)
{
	const char *fault = tag_fault(v->name);

	if (fault)
		return load_fail(
			l, v->name_at, "tagOwners[\"%s\"]: %s", v->name, fault);
	out->tag = arena_strdup(l->mem, v->name);
	return alias_list_load(l, v, alias_check_person,
		arena_printf(l->scratch, "tagOwners[\"%s\"]", v->name),
		&out->owners);
}

enum err
load_tag_owners(struct load *l, const struct hujson_value *section)
{
	struct tag_owner *at =
		arena_array(l->mem, load_count(section) + 1, sizeof(*at));
	enum err e = ERR_OK;

	l->p->tag_owners = at;
	l->p->tag_owner_count = load_count(section);
	for (const struct hujson_value *v = load_first(section); !e && v;
		v = load_next(l, section, v))
		e = load_tag(l, v, at++);
	return e;
}

static enum err
load_route(struct load *l, const struct hujson_value *v, struct approver *out)
{
	if (!strchr(v->name, '/') || range_parse(v->name, &out->route, NULL))
		return load_fail(l, v->name_at,
			"autoApprovers.routes[\"%s\"]: invalid CIDR", v->name);
	out->place = load_place(l, v);
	return alias_list_load(l, v, alias_check_person,
		arena_printf(
			l->scratch, "autoApprovers.routes[\"%s\"]", v->name),
		&out->who);
}

static enum err
load_routes(struct load *l, const struct hujson_value *routes)
{
	struct approver *at =
		arena_array(l->mem, load_count(routes) + 1, sizeof(*at));
	enum err e = ERR_OK;

	l->p->routes = at;
	l->p->route_count = load_count(routes);
	for (const struct hujson_value *v = load_first(routes); !e && v;
		v = load_next(l, routes, v))
		e = load_route(l, v, at++);
	return e;
}

/* There are no services yet: what is said of them is checked alone. */
static enum err
check_services(struct load *l, const struct hujson_value *services)
{
	enum err e = ERR_OK;

	for (const struct hujson_value *v = load_first(services); !e && v;
		v = load_next(l, services, v)) {
		const char *where = arena_printf(
			l->scratch, "autoApprovers.services[\"%s\"]", v->name);

		if (!service_is_named(v->name))
			return load_fail(l, v->name_at,
				"service not found: \"%s\"", v->name);
		for (const struct hujson_value *who = load_first(v); !e && who;
			who = load_next(l, v, who))
			e = alias_check_person(l, who, where);
	}
	return e;
}

enum err
load_approvers(struct load *l, const struct hujson_value *section)
{
	const struct hujson_value *exit =
		load_member(l, section, MEMBER_EXIT_NODE);
	enum err e = load_routes(l, load_member(l, section, MEMBER_ROUTES));

	if (exit)
		l->p->exit_node_place = load_place(l, exit);
	if (!e)
		e = alias_list_load(l, exit, alias_check_person,
			"autoApprovers.exitNode", &l->p->exit_node);
	if (!e)
		e = check_services(l, load_member(l, section, MEMBER_SERVICES));
	return e;
}
