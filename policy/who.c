#include "policy/who.h"

#include "policy/inside.h"

struct reach_rule
policy_who(
	struct engine *e, struct addr src, struct addr dst, int port, int proto)
{
	const struct reach_ask ask = { .from = reach_point(e, src),
		.to = reach_point(e, dst),
		.port = port,
		.proto = proto };

	return reach_find(e, &ask);
}

struct reach_rule
policy_who_machines(
	struct engine *e, int64_t src, int64_t dst, int port, int proto)
{
	const struct machine *a = engine_machine(e, src);
	const struct machine *b = engine_machine(e, dst);
	struct reach_rule rule = { .section = REACH_NOTHING };

	for (size_t i = 0; a && i < a->face_count; i++)
		for (size_t k = 0; b && k < b->face_count; k++)
			if (!rule.section &&
				addr_is_ipv4(a->faces[i].addr) ==
					addr_is_ipv4(b->faces[k].addr))
				rule = policy_who(e, a->faces[i].addr,
					b->faces[k].addr, port, proto);
	return rule;
}

/* A class holds all that rules see of a machine but for whose it is, which they
 * see by autogroup:self and by the local part of a login. */
struct policy_kind
policy_kind(struct engine *e, int64_t machine)
{
	const struct machine *m;

	engine_settle(e);
	m = engine_machine(e, machine);
	if (!m || !m->class)
		return (struct policy_kind){ 0, 0 };
	return (struct policy_kind){ (uint64_t)m->class->id + 1,
		m->person ? m->person->id : 0 };
}

const char *
reach_words(struct arena *mem, const struct reach_rule *rule)
{
	switch (rule->section) {
	case REACH_GRANTS:
		return arena_printf(mem, "grants[%zu]", rule->number);
	case REACH_ACLS:
		return arena_printf(mem, "acls[%zu]", rule->number);
	case REACH_DEFAULT:
		return "no acls and no grants: everything is allowed";
	default:
		return "no rule";
	}
}
