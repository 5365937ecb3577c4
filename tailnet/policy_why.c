#include "tailnet/policy_why.h"

#include "base/clock.h"
#include "base/text.h"
#include "db/live.h"
#include "db/node.h"
#include "policy/who.h"
#include "tailnet/routes.h"

enum {
	NAMES_MAX = 4, /* of a list in a rule */
};

/* ---- what the nearest rule lacks ---- */

struct why {
	struct engine *e;
	const struct policy_pair *p;
	const struct reach_near *near;
	struct arena *mem;
};

/* "group:dev, tag:web and 3 more" */
static const char *
names(const struct why *w, const struct alias_list *l)
{
	const struct policy *p = engine_policy(w->e);
	const char *words = "";

	for (size_t i = 0; i < l->count && i < NAMES_MAX; i++)
		words = arena_printf(w->mem, "%s%s%s", words, i ? ", " : "",
			p->aliases[l->at[i]].text);
	return l->count > NAMES_MAX ? arena_printf(w->mem, "%s and %zu more",
					      words, l->count - NAMES_MAX)
				    : words;
}

static const struct grant *
grant_of(const struct why *w)
{
	const struct reach_rule *r = &w->near->rule;

	return r->section == REACH_GRANTS
		       ? &engine_policy(w->e)->grants[r->number]
		       : NULL;
}

static const struct acl *
acl_of(const struct why *w)
{
	return &engine_policy(w->e)->acls[w->near->rule.number];
}

static const char *
ports(const struct why *w)
{
	const struct grant *g = grant_of(w);
	const char *words = "";

	if (!g)
		return policy_ports_words(
			w->mem, acl_of(w)->proto, &w->near->dst->ports);
	for (size_t i = 0; i < g->ip_count; i++)
		words = arena_printf(w->mem, "%s%s%s", words, i ? ", " : "",
			policy_ports_words(
				w->mem, g->ip[i].proto, &g->ip[i].ports));
	return words;
}

static const char *
sources(const struct why *w)
{
	const struct grant *g = grant_of(w);

	return names(w, g ? &g->src : &acl_of(w)->src);
}

static const char *
destinations(const struct why *w)
{
	const struct grant *g = grant_of(w);
	const struct alias_list one = { g ? NULL : &w->near->dst->alias, 1 };

	return names(w, g ? &g->dst : &one);
}

static const char *
postures(const struct why *w)
{
	const struct grant *g = grant_of(w);
	const struct json_ints *l = g ? &g->postures : &acl_of(w)->postures;
	const char *words = "";

	for (size_t i = 0; i < l->count && i < NAMES_MAX; i++)
		words = arena_printf(w->mem, "%s%s%s", words, i ? " or " : "",
			engine_policy(w->e)->postures[l->at[i]].name);
	return words;
}

/* "is for group:dev, and web is not in group:dev" */
static const char *
for_others(const struct why *w)
{
	const struct grant *g = grant_of(w);
	const struct alias_list *src = g ? &g->src : &acl_of(w)->src;
	const char *words = sources(w), *from = w->p->from->name;

	if (src->count == 1 && text_starts(words, "group:"))
		return arena_printf(w->mem, "is for %s, and %s is not in %s",
			words, from, words);
	return arena_printf(
		w->mem, "is for %s, and %s is none of them", words, from);
}

/* What is missed beside the ports. */
static const char *
ends(const struct why *w)
{
	const char *from = w->p->from->name, *to = w->p->to->name;
	unsigned misses = w->near->misses;

	if (misses & REACH_MISS_SOURCE)
		return for_others(w);
	if (misses & REACH_MISS_DESTINATION)
		return arena_printf(w->mem,
			"lets %s reach %s, and %s is none of them", from,
			destinations(w), to);
	if (misses & REACH_MISS_POSTURE)
		return arena_printf(w->mem,
			"asks for %s, which %s does not fulfil", postures(w),
			from);
	if (misses & REACH_MISS_VIA)
		return arena_printf(w->mem,
			"leads by routers with %s, and none of them has an "
			"approved route to %s",
			names(w, &grant_of(w)->via), to);
	return NULL;
}

static const char *
rule_words(const struct why *w)
{
	const char *words = ends(w);

	if (!(w->near->misses & REACH_MISS_PORT))
		return words ? words : "does not let it through";
	return words ? arena_printf(
			       w->mem, "%s; it allows %s only", words, ports(w))
		     : arena_printf(w->mem, "allows %s only", ports(w));
}

struct policy_why
policy_why(struct engine *e, const struct policy_pair *p, int port, int proto,
	struct arena *mem)
{
	struct reach_ask ask = { .port = port, .proto = proto };
	struct reach_near near = { .rule = { .section = REACH_NOTHING } };
	struct why w = { e, p, &near, mem };

	if (!policy_meet(e, p->from, p->to, &ask))
		return (struct policy_why){ .words = arena_printf(mem,
						    "%s and %s have no address "
						    "of the same family",
						    p->from->name,
						    p->to->name) };
	near = reach_nearest(e, &ask);
	if (near.rule.section == REACH_NOTHING)
		return (struct policy_why){ .words = arena_printf(mem,
						    "no rule is for %s, and "
						    "none leads to %s",
						    p->from->name,
						    p->to->name) };
	return (struct policy_why){ reach_words(mem, &near.rule),
		near.rule.place.line, rule_words(&w) };
}

/* ---- what stands in the way whatever the rules say ---- */

static void
add_timed(struct policy_hindrances *out, const char *words, int64_t at,
	const char *rest)
{
	if (out->count < HINDRANCES_MAX)
		out->at[out->count++] =
			(struct policy_hindrance){ words, rest, at };
}

static void
add(struct policy_hindrances *out, const char *sentence)
{
	add_timed(out, sentence, 0, "");
}

const char *
policy_hindrance_words(struct arena *mem, const struct policy_hindrance *h)
{
	return h->at ? arena_printf(mem, "%s %s%s", h->words,
			       clock_print(mem, h->at), h->rest)
		     : h->words;
}

static enum err
of_machine(struct db *db, const struct policy_point *p, int64_t now,
	struct arena *mem, struct policy_hindrances *out)
{
	struct live live = { .online = false };
	struct node n;
	enum err e = db_node_by_id(db, p->machine, mem, &n);

	if (!e)
		e = db_live_by_node(db, p->machine, mem, &live);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (n.expires_at && n.expires_at <= now) {
		add_timed(out,
			arena_printf(mem, "The key of %s expired at", p->name),
			n.expires_at,
			": its user signs in again, or an admin gives it more "
			"time.");
	} else if (!live.online) {
		add(out, arena_printf(mem, "%s is not online.", p->name));
	}
	return ERR_OK;
}

/* The nearest to a route that carries it: 3 in use, 2 approved, 1 advertised.
 */
struct carrier {
	const struct machine *m;
	const struct route *route;
	int rank;
};

static void
look_at(const struct machine *m, struct addr addr, bool exits,
	struct carrier *best)
{
	for (size_t i = 0; i < m->offered_count; i++) {
		const struct route *r = &m->offered[i];
		int rank = !r->approved ? 1 : m->online ? 3 : 2;

		if (route_is_exit(r->text) == exits &&
			range_holds(r->range, addr) && rank > best->rank)
			*best = (struct carrier){ m, r, rank };
	}
}

/* An exit node only where there is no subnet around it; nothing begins behind
 * one. */
static struct carrier
carrier_of(struct engine *e, struct addr addr, bool source)
{
	struct carrier best = { NULL, NULL, 0 };

	for (int exits = 0; exits < (source ? 1 : 2) && !best.m; exits++)
		for (size_t i = 0; i < engine_machine_count(e); i++)
			look_at(engine_machine_at(e, i), addr, exits == 1,
				&best);
	return best;
}

static enum err
of_address(struct db *db, struct engine *e, const struct policy_point *p,
	bool source, struct arena *mem, struct policy_hindrances *out)
{
	const struct carrier best = carrier_of(e, p->addr, source);
	struct node n;
	enum err err;

	if (!best.m) {
		add(out, arena_printf(mem,
				 "No machine has %s or advertises a route "
				 "to it.",
				 p->name));
		return ERR_OK;
	}
	if (best.rank == 3)
		return ERR_OK;
	err = db_node_by_id(db, best.m->id, mem, &n);
	if (!err)
		add(out, arena_printf(mem,
				 best.rank == 1
					 ? "%s advertises %s, which is not "
					   "approved."
					 : "%s carries %s and is not online.",
				 n.name, best.route->text));
	return err;
}

enum err
policy_hindrances(struct db *db, struct engine *e, const struct policy_pair *p,
	int64_t now, struct arena *mem, struct policy_hindrances *out)
{
	const struct policy_point *ends[] = { p->from, p->to };
	enum err err = ERR_OK;

	*out = (struct policy_hindrances){ .count = 0 };
	for (size_t i = 0; !err && i < 2; i++)
		err = ends[i]->machine
			      ? of_machine(db, ends[i], now, mem, out)
			      : of_address(db, e, ends[i], i == 0, mem, out);
	return err;
}

struct policy_headline
policy_headline(struct engine *e, const struct policy_pair *p,
	const struct policy_hindrances *l)
{
	if (p->rule.section == REACH_NOTHING)
		return (struct policy_headline){ "does not reach", NULL };
	if (!l->count)
		return (struct policy_headline){ "reaches", NULL };
	return (struct policy_headline){ "is allowed to reach",
		!p->to->machine && carrier_of(e, p->to->addr, false).rank != 3
			? "nothing leads there"
			: "nothing gets through now" };
}
