#include <string.h>

#include "policy/load.h"
#include "policy/ports.h"

static enum err
check_dst_host(struct load *l, const struct hujson_value *v, const char *host)
{
	if (strcmp(host, "autogroup:danger-all") == 0)
		return load_fail(
			l, v->at, "cannot use autogroup:danger-all as a dst");
	return alias_check(l, v, host, SIDE_DST);
}

static enum err
check_dst_ports(struct load *l, const struct hujson_value *v, const char *ports,
	const char *proto, struct acl *out, struct acl_dst *dst)
{
	const char *why = ports_parse(ports, l->mem, &dst->ports);

	if (why)
		return load_fail(l, v->at, "dst=\"%s\": %s", v->text, why);
	why = proto_parse(proto, l->scratch, &out->proto);
	if (why)
		return load_fail(l, v->at, "%s", why);
	if (!proto_allows(out->proto, &dst->ports))
		return load_fail(l, v->at,
			"dst=\"%s\": protocol \"%s\" does not support specific "
			"ports, only \"*\" is allowed",
			v->text, proto);
	return ERR_OK;
}

static enum err
load_dst(struct load *l, const struct hujson_value *v, const char *proto,
	struct acl *out, struct acl_dst *dst)
{
	const char *ports = NULL;
	const char *host = host_part(v->text, l->scratch, &ports);
	enum err e;

	if (!host)
		return load_fail(l, v->at,
			"dst=\"%s\": hostport must contain a colon (\":\")",
			v->text);
	e = check_dst_ports(l, v, ports, proto, out, dst);
	if (!e)
		e = check_dst_host(l, v, host);
	if (!e)
		dst->alias = alias_number(l, host);
	return e;
}

static enum err
load_dsts(struct load *l, const struct hujson_value *rule,
	const struct hujson_value *src, struct acl *out)
{
	const struct hujson_value *list = load_member(l, rule, MEMBER_DST),
				  *proto = load_member(l, rule, MEMBER_PROTO);
	struct acl_dst *at =
		arena_array(l->mem, load_count(list) + 1, sizeof(*at));
	const char *why = NULL;
	bool self = false;
	enum err e = ERR_OK;

	out->dst = at;
	out->dst_count = load_count(list);
	for (const struct hujson_value *v = load_first(list); !e && v;
		v = load_next(l, list, v), at++) {
		e = load_dst(l, v, proto ? proto->text : NULL, out, at);
		self = self || (!e && l->aliases[at->alias].kind == ALIAS_SELF);
	}
	if (proto && !out->dst_count) /* else it was looked at with each */
		why = proto_parse(proto->text, l->scratch, &out->proto);
	if (why)
		return load_fail(l, proto->at, "%s", why);
	return !e && self ? alias_check_self(l, src, true) : e;
}

static enum err
load_acl(struct load *l, const struct hujson_value *v, struct acl *out)
{
	const struct hujson_value *action = load_member(l, v, MEMBER_ACTION),
				  *src = load_member(l, v, MEMBER_SRC);
	enum err e;

	out->place = load_place(l, v);
	out->proto = POLICY_NO_PROTO;
	if (!action || strcmp(action->text, "accept") != 0)
		return load_fail(l, action ? action->at : v->at,
			"action=\"%s\" is not supported",
			action ? action->text : "");
	e = alias_list_load(l, src, alias_check_source, NULL, &out->src);
	if (!e)
		e = load_dsts(l, v, src, out);
	if (!e)
		e = load_rule_postures(l, load_member(l, v, MEMBER_SRC_POSTURE),
			&out->postures);
	return e;
}

enum err
load_acls(struct load *l, const struct hujson_value *section)
{
	struct acl *at =
		arena_array(l->mem, load_count(section) + 1, sizeof(*at));
	enum err e = ERR_OK;

	l->p->has_acls = section;
	l->p->acls = at;
	l->p->acl_count = load_count(section);
	for (const struct hujson_value *v = load_first(section); !e && v;
		v = load_next(l, section, v))
		e = load_acl(l, v, at++);
	return e;
}
