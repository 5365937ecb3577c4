#include "policy/reach.h"

#include <stdlib.h>

#include "base/list.h"

enum {
	TCP = 6,
	UDP = 17,
};

/* ---- points -------------------------------------------------------------- */

static bool
in_any(struct engine *e, struct addr addr)
{
	/* "*" has the number behind the aliases of the file. */
	uint32_t any = (uint32_t)engine_policy(e)->alias_count;
	const struct alias_list src = { &any, 1 };
	const struct json_ints none = { NULL, 0 };

	return engine_source_holds(e, &src, &none, addr);
}

struct reach_point
reach_face(struct engine *e, const struct face *f)
{
	return (struct reach_point){ f->addr, f->machine, in_any(e, f->addr) };
}

struct reach_point
reach_point(struct engine *e, struct addr addr)
{
	return (struct reach_point){ addr, engine_machine_of(e, addr),
		in_any(e, addr) };
}

/* ---- sources ------------------------------------------------------------- */

static bool
passes(const struct engine *e, const struct reach_ask *ask,
	const struct json_ints *postures)
{
	struct machine as_if;

	if (!postures->count || !ask->from.machine)
		return true;
	if (!ask->attributes)
		return machine_passes(e, postures, ask->from.machine);
	as_if = *ask->from.machine;
	as_if.attributes = (struct engine_attribute *)ask->attributes;
	as_if.attribute_count = ask->attribute_count;
	for (size_t i = 0; i < postures->count; i++)
		if (machine_has_posture(e, (size_t)postures->at[i], &as_if))
			return true;
	return false;
}

/* Whether one alias among the sources brings the address. */
static bool
brings(const struct engine *e, uint32_t number, const struct reach_point *p,
	bool postures)
{
	const struct alias *a = &engine_policy(e)->aliases[number];

	switch (a->kind) {
	case ALIAS_DANGER:
		return true;
	case ALIAS_ANY: /* by postures the machines are listed one by one */
		return (postures && p->machine) || p->in_any;
	case ALIAS_HOST:
	case ALIAS_ADDRESS:
		return range_holds(a->literal, p->addr);
	case ALIAS_IPSET:
		return range_set_holds(a->ranges, p->addr);
	default:
		return p->machine && machine_named(e, number, p->machine);
	}
}

static bool
is_source(const struct engine *e, const struct reach_ask *ask,
	const struct alias_list *src, const struct json_ints *postures)
{
	for (size_t i = 0; i < src->count; i++)
		if (brings(e, src->at[i], &ask->from, postures->count > 0))
			return passes(e, ask, postures);
	return false;
}

/* autogroup:self: both are untagged devices of one person. */
static bool
is_own(const struct engine *e, const struct reach_ask *ask,
	const struct alias_list *src, const struct json_ints *postures)
{
	const struct machine *from = ask->from.machine, *to = ask->to.machine;
	const struct json_ints none = { NULL, 0 };

	return from && to && from->person && from->person == to->person &&
	       machine_admitted_to_self(e, src, &none, from) &&
	       passes(e, ask, postures);
}

/* ---- destinations -------------------------------------------------------- */

static bool
is_destination(
	const struct engine *e, uint32_t number, const struct reach_point *p)
{
	const struct alias *a = &engine_policy(e)->aliases[number];

	switch (a->kind) {
	case ALIAS_ANY:
		return true;
	case ALIAS_INTERNET:
		return engine_destination_holds(e, number, p->addr);
	case ALIAS_HOST:
	case ALIAS_ADDRESS:
		return range_holds(a->literal, p->addr);
	case ALIAS_IPSET:
		return range_set_holds(a->ranges, p->addr);
	default:
		return p->machine && machine_named(e, number, p->machine);
	}
}

bool
reach_is_ping(int proto)
{
	return proto == REACH_ICMP || proto == REACH_ICMPV6;
}

bool
reach_opens(int rule_proto, int proto)
{
	if (reach_is_ping(proto))
		return true;
	if (rule_proto == POLICY_NO_PROTO)
		return proto == POLICY_NO_PROTO || proto == TCP || proto == UDP;
	return proto == POLICY_NO_PROTO ? rule_proto == TCP || rule_proto == UDP
					: rule_proto == proto;
}

static bool
fits(const struct reach_ask *ask, int proto, const struct port_list *ports)
{
	if (!reach_opens(proto, ask->proto) &&
		!(ask->for_tests && proto == POLICY_NO_PROTO))
		return false;
	if (reach_is_ping(ask->proto))
		return ports->count > 0;
	for (size_t i = 0; i < ports->count; i++)
		if (ask->port == REACH_ANY_PORT ||
			(ports->at[i].first <= ask->port &&
				ask->port <= ports->at[i].last))
			return true;
	return false;
}

/* ---- rules --------------------------------------------------------------- */

/* `source`: is_source of that acl. */
static bool
acl_reaches(const struct engine *e, const struct reach_ask *ask,
	const struct acl *a, const struct acl_dst *d, bool source)
{
	return engine_policy(e)->aliases[d->alias].kind == ALIAS_SELF
		       ? is_own(e, ask, &a->src, &a->postures)
		       : source && is_destination(e, d->alias, &ask->to);
}

static bool
acl_lets(const struct engine *e, const struct reach_ask *ask,
	const struct acl *a)
{
	bool source = is_source(e, ask, &a->src, &a->postures);

	for (size_t i = 0; i < a->dst_count; i++)
		if (fits(ask, a->proto, &a->dst[i].ports) &&
			acl_reaches(e, ask, a, &a->dst[i], source))
			return true;
	return false;
}

/* Some machine with one of the tags has an approved subnet around it. */
static bool
is_routed(const struct engine *e, const struct alias_list *via,
	const struct machine *m, struct addr addr)
{
	const struct policy *p = engine_policy(e);
	bool tagged = false;
	int bits;

	for (size_t i = 0; i < via->count; i++)
		tagged = tagged ||
			 list_has(&m->tags, p->aliases[via->at[i]].text);
	for (size_t i = 0; tagged && i < m->offered_count; i++)
		if (m->offered[i].approved &&
			range_holds(m->offered[i].range, addr) &&
			range_is_cidr(m->offered[i].range, &bits) && bits)
			return true;
	return false;
}

static bool
via_lets(const struct engine *e, const struct reach_ask *ask,
	const struct grant *g)
{
	const struct policy *p = engine_policy(e);
	bool meant = false;

	for (size_t i = 0; i < g->dst.count; i++)
		meant = meant ||
			(p->aliases[g->dst.at[i]].kind != ALIAS_INTERNET &&
				is_destination(e, g->dst.at[i], &ask->to));
	for (size_t i = 0; meant && i < engine_machine_count(e); i++)
		if (is_routed(
			    e, &g->via, engine_machine_at(e, i), ask->to.addr))
			return true;
	return false;
}

static bool
grant_reaches(const struct engine *e, const struct reach_ask *ask,
	const struct grant *g)
{
	const struct policy *p = engine_policy(e);
	bool source = is_source(e, ask, &g->src, &g->postures);

	if (g->via.count)
		return source && via_lets(e, ask, g);
	for (size_t i = 0; i < g->dst.count; i++)
		if (p->aliases[g->dst.at[i]].kind == ALIAS_SELF
				? is_own(e, ask, &g->src, &g->postures)
				: source && is_destination(
						    e, g->dst.at[i], &ask->to))
			return true;
	return false;
}

static bool
grant_lets(const struct engine *e, const struct reach_ask *ask,
	const struct grant *g)
{
	for (size_t i = 0; i < g->ip_count; i++)
		if (fits(ask, g->ip[i].proto, &g->ip[i].ports))
			return grant_reaches(e, ask, g);
	return false;
}

struct reach_rule
reach_find(struct engine *e, const struct reach_ask *ask)
{
	const struct policy *p = engine_policy(e);
	struct reach_rule none = { .section = REACH_NOTHING };

	if (!p->has_acls && !p->has_grants && ask->from.in_any)
		none.section = REACH_DEFAULT;
	for (size_t i = 0; i < p->grant_count; i++)
		if (grant_lets(e, ask, &p->grants[i]))
			return (struct reach_rule){ REACH_GRANTS, i,
				p->grants[i].place };
	for (size_t i = 0; i < p->acl_count; i++)
		if (acl_lets(e, ask, &p->acls[i]))
			return (struct reach_rule){ REACH_ACLS, i,
				p->acls[i].place };
	return none;
}

/* ---- all of them --------------------------------------------------------- */

typedef void reach_visit(void *arg, const struct reach_way *way);

static void
each_of_grant(struct engine *e, const struct reach_ask *ask, size_t i,
	reach_visit *visit, void *arg)
{
	const struct grant *g = &engine_policy(e)->grants[i];

	if (!g->ip_count || !grant_reaches(e, ask, g))
		return;
	for (size_t k = 0; k < g->ip_count; k++)
		visit(arg, &(struct reach_way){ { REACH_GRANTS, i, g->place },
				   g->ip[k].proto, g->ip[k].ports,
				   g->via.count ? &g->via : NULL });
}

static void
each_of_acl(struct engine *e, const struct reach_ask *ask, size_t i,
	reach_visit *visit, void *arg)
{
	const struct acl *a = &engine_policy(e)->acls[i];
	bool source = is_source(e, ask, &a->src, &a->postures);

	for (size_t k = 0; k < a->dst_count; k++)
		if (acl_reaches(e, ask, a, &a->dst[k], source))
			visit(arg, &(struct reach_way){
					   { REACH_ACLS, i, a->place },
					   a->proto, a->dst[k].ports, NULL });
}

void
reach_each(struct engine *e, const struct reach_ask *ask, reach_visit *visit,
	void *arg)
{
	static const struct port_range all = { 0, POLICY_PORT_MAX };
	const struct policy *p = engine_policy(e);

	if (!p->has_acls && !p->has_grants && ask->from.in_any)
		visit(arg, &(struct reach_way){ { .section = REACH_DEFAULT },
				   POLICY_NO_PROTO, { &all, 1 }, NULL });
	for (size_t i = 0; i < p->grant_count; i++)
		each_of_grant(e, ask, i, visit, arg);
	for (size_t i = 0; i < p->acl_count; i++)
		each_of_acl(e, ask, i, visit, arg);
}

void
reach_each_app(struct engine *e, const struct reach_ask *ask,
	void (*visit)(void *arg, const struct grant *g), void *arg)
{
	const struct policy *p = engine_policy(e);

	for (size_t i = 0; i < p->grant_count; i++)
		if (p->grants[i].app_count &&
			grant_reaches(e, ask, &p->grants[i]))
			visit(arg, &p->grants[i]);
}

/* ---- what comes nearest -------------------------------------------------- */

static unsigned
source_misses(const struct engine *e, const struct reach_ask *ask,
	const struct alias_list *src, const struct json_ints *postures)
{
	if (is_source(e, ask, src, postures))
		return 0;
	for (size_t i = 0; i < src->count; i++)
		if (brings(e, src->at[i], &ask->from, postures->count > 0))
			return REACH_MISS_POSTURE;
	return REACH_MISS_SOURCE;
}

static bool
ends_at(const struct engine *e, const struct reach_ask *ask, uint32_t alias)
{
	const struct machine *from = ask->from.machine, *to = ask->to.machine;

	if (engine_policy(e)->aliases[alias].kind != ALIAS_SELF)
		return is_destination(e, alias, &ask->to);
	return from && to && from->person && from->person == to->person;
}

static bool
is_broad(const struct engine *e, uint32_t alias)
{
	enum alias_kind kind = engine_policy(e)->aliases[alias].kind;

	return kind == ALIAS_ANY || kind == ALIAS_SELF;
}

/* Fewer bits are nearer; of as many, the lower ones.  A rule of others for all
 * there is was not meant for this destination, and one for everybody's own
 * machines for no other at all. */
static unsigned
distance(const struct reach_near *n)
{
	unsigned far = (unsigned)__builtin_popcount(n->misses) << 8 | n->misses;

	if (n->broad && (n->misses & REACH_MISS_SOURCE))
		far |= REACH_MISS_PORT;
	if (n->broad && (n->misses & REACH_MISS_DESTINATION))
		far |= 1U << 16;
	return far;
}

static void
offer(struct reach_near *best, const struct reach_near *next)
{
	const unsigned neither = REACH_MISS_SOURCE | REACH_MISS_DESTINATION;

	if ((next->misses & neither) == neither)
		return;
	if (best->rule.section == REACH_NOTHING ||
		distance(next) < distance(best))
		*best = *next;
}

static void
offer_grant(struct engine *e, const struct reach_ask *ask, size_t i,
	struct reach_near *best)
{
	const struct grant *g = &engine_policy(e)->grants[i];
	struct reach_near n = { .rule = { REACH_GRANTS, i, g->place },
		.broad = true };
	bool fit = false, ends = false;

	if (!g->ip_count)
		return;
	for (size_t k = 0; k < g->ip_count; k++)
		fit = fit || fits(ask, g->ip[k].proto, &g->ip[k].ports);
	for (size_t k = 0; k < g->dst.count; k++) {
		ends = ends || ends_at(e, ask, g->dst.at[k]);
		n.broad = n.broad && is_broad(e, g->dst.at[k]);
	}
	n.misses = source_misses(e, ask, &g->src, &g->postures) |
		   (fit ? 0 : REACH_MISS_PORT) |
		   (ends ? 0 : REACH_MISS_DESTINATION);
	if (ends && g->via.count && !via_lets(e, ask, g))
		n.misses |= REACH_MISS_VIA;
	offer(best, &n);
}

static void
offer_acl(struct engine *e, const struct reach_ask *ask, size_t i,
	struct reach_near *best)
{
	const struct acl *a = &engine_policy(e)->acls[i];
	unsigned source = source_misses(e, ask, &a->src, &a->postures);

	for (size_t k = 0; k < a->dst_count; k++) {
		const struct acl_dst *d = &a->dst[k];
		const struct reach_near n = { { REACH_ACLS, i, a->place },
			source |
				(fits(ask, a->proto, &d->ports)
						? 0
						: REACH_MISS_PORT) |
				(ends_at(e, ask, d->alias)
						? 0
						: REACH_MISS_DESTINATION),
			d, is_broad(e, d->alias) };

		offer(best, &n);
	}
}

struct reach_near
reach_nearest(struct engine *e, const struct reach_ask *ask)
{
	const struct policy *p = engine_policy(e);
	struct reach_near best = { .rule = { .section = REACH_NOTHING } };

	for (size_t i = 0; i < p->grant_count; i++)
		offer_grant(e, ask, i, &best);
	for (size_t i = 0; i < p->acl_count; i++)
		offer_acl(e, ask, i, &best);
	return best;
}
