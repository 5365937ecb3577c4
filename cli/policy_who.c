/* cairn policy who: which rule lets one reach another. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/command.h"
#include "policy/who.h"
#include "tailnet/policy_ends.h"
#include "tailnet/policy_force.h"
#include "tailnet/policy_why.h"
#include "tailnet/policy_world.h"

#define DOING "asking the policy"

struct question {
	struct engine *e;
	struct policy_end from, to;
	int port, proto;
	struct policy_pair *pairs;
	size_t count;
};

/* What is wrong with the word goes to *troubles. */
static enum err
find(struct cli *c, struct question *q, const char *word,
	struct policy_end *out, const char **troubles)
{
	enum err e = policy_end_find(c->db, q->e, word, c->mem, out);

	if (!out->trouble)
		return e;
	*troubles = *troubles ? arena_printf(c->mem, "%s; %s", *troubles,
					out->trouble)
			      : out->trouble;
	return ERR_OK;
}

static const char *
rule_words(struct cli *c, const struct policy_pair *p)
{
	const char *rule = reach_words(c->mem, &p->rule);

	if (!p->rule.place.line)
		return rule;
	return arena_printf(c->mem, "%s, line %u", rule, p->rule.place.line);
}

/* "grants[0], line 2, allows tcp 443 only", or a clause of its own. */
static const char *
why_words(struct cli *c, const struct question *q, const struct policy_pair *p)
{
	const struct policy_why why =
		policy_why(q->e, p, q->port, q->proto, c->mem);

	if (!why.rule)
		return why.words;
	return arena_printf(
		c->mem, "%s, line %u, %s", why.rule, why.line, why.words);
}

/* What cannot be read is not told. */
static struct policy_hindrances
hindrances(struct cli *c, const struct question *q, const struct policy_pair *p)
{
	struct policy_hindrances l = { .count = 0 };

	if (policy_hindrances(c->db, q->e, p, c->now, c->mem, &l))
		l.count = 0;
	return l;
}

static void
put_pair(struct value *v, struct cli *c, const struct question *q,
	const struct policy_pair *p)
{
	const struct policy_hindrances more = hindrances(c, q, p);
	struct value *list;

	value_text(v, "from", p->from->name);
	value_text(v, "to", p->to->name);
	if (q->port != REACH_ANY_PORT)
		value_int(v, "port", q->port)->keep = true;
	if (q->proto != POLICY_NO_PROTO)
		value_text(v, "proto", policy_proto_words(c->mem, q->proto));
	value_bool(v, "allowed", p->rule.section != REACH_NOTHING)->keep = true;
	value_bool(
		v, "reaches", p->rule.section != REACH_NOTHING && !more.count)
		->keep = true;
	value_text(v, "rule", reach_words(c->mem, &p->rule));
	value_int(v, "line", p->rule.place.line);
	if (p->rule.section == REACH_NOTHING)
		value_text(v, "why", why_words(c, q, p));
	list = value_list(v, "hindrances");
	for (size_t i = 0; i < more.count; i++)
		value_text(list, NULL,
			policy_hindrance_words(c->mem, &more.at[i]));
}

/* What of `to` is asked for: "web:22/tcp", "web by icmp"; by TCP or UDP where
 * no protocol is given. */
static const char *
target_words(struct cli *c, const struct question *q, const char *to, bool yes)
{
	const char *proto = policy_proto_words(c->mem, q->proto);

	if (q->port != REACH_ANY_PORT)
		return arena_printf(c->mem, "%s:%d%s%s", to, q->port,
			*proto ? "/" : "", proto);
	if (*proto)
		return arena_printf(c->mem, "%s by %s", to, proto);
	return yes ? to : arena_printf(c->mem, "%s by TCP or UDP", to);
}

static void
say_pair(struct cli *c, const struct question *q, const struct policy_pair *p)
{
	const struct policy_hindrances more = hindrances(c, q, p);
	const struct policy_headline h = policy_headline(q->e, p, &more);
	bool yes = p->rule.section != REACH_NOTHING;

	fprintf(c->out, "%s %s %s", p->from->name, h.verb,
		target_words(c, q, p->to->name, yes));
	if (h.but)
		fprintf(c->out, " (%s), but %s:\n", rule_words(c, p), h.but);
	else
		fprintf(c->out, ": %s\n",
			yes ? rule_words(c, p) : why_words(c, q, p));
	for (size_t i = 0; i < more.count; i++)
		fprintf(c->out, "  %s\n",
			policy_hindrance_words(c->mem, &more.at[i]));
}

static void
answer(struct cli *c, const struct question *q)
{
	struct value *list = value_new_list(c->mem);

	list->keep = true;
	for (size_t i = 0; i < q->count; i++)
		if (c->format == FORMAT_PLAIN)
			say_pair(c, q, &q->pairs[i]);
		else
			put_pair(value_object(list, NULL), c, q, &q->pairs[i]);
	if (c->format != FORMAT_PLAIN)
		cli_print_value(c, c->out, list);
}

static enum err
ask(struct cli *c, struct question *q)
{
	const char *dst, *troubles = NULL,
			 *why = policy_target(
				 c->mem, c->args[1], &dst, &q->port, &q->proto);
	enum err e = find(c, q, c->args[0], &q->from, &troubles);

	if (!e)
		e = find(c, q, dst, &q->to, &troubles);
	if (e)
		return cli_fail(c, e, DOING);
	if (why || troubles)
		return cli_refuse(c, DOING ": %s%s%s", troubles ? troubles : "",
			why && troubles ? "; " : "", why ? why : "");
	e = policy_pairs(q->e, &q->from, &q->to, q->port, q->proto, c->mem,
		&q->pairs, &q->count);
	if (e)
		return cli_refuse(c,
			DOING ": more than %d pairs of machines: ask for "
			      "fewer",
			ENDS_PAIRS_MAX);
	answer(c, q);
	return ERR_OK;
}

enum err
cmd_policy_who(struct cli *c)
{
	struct question q = { .e = NULL };
	struct policy_force force;
	enum err e;

	if (c->arg_count < 2)
		return cli_refuse(c, DOING ": missing parameters: SRC and "
					   "DST[:PORT[/PROTO]]");
	e = db_read_begin(c->db);
	if (!e)
		e = policy_in_force(c->db, c->mem, &force);
	if (!e)
		e = policy_world(c->db, force.policy, c->mem, &q.e);
	if (e)
		cli_fail(c, e, DOING);
	else
		e = ask(c, &q);
	db_read_end(c->db);
	if (q.e)
		engine_free(q.e);
	return e;
}
