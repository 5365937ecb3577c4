#include "fcgi/access_show.h"

#include <inttypes.h>

#include "base/clock.h"
#include "fcgi/access_ways.h"
#include "fcgi/html.h"
#include "fcgi/policy_show.h"
#include "policy/who.h"
#include "tailnet/policy_why.h"

enum {
	LOOK_MS = 1000, /* at pairs, before the rest is left out */
};

bool
access_time_left(const struct access *a)
{
	return clock_now_ms() < a->until;
}

void
access_point(struct request *r, const struct policy_point *p)
{
	if (p->machine)
		html_link(r,
			arena_printf(
				r->mem, "/admin/machines/%" PRId64, p->machine),
			p->name);
	else
		html_text(r, p->name);
}

void
access_line(struct access *a, uint32_t line, const char *rule)
{
	struct request *r = a->r;
	const char *words = arena_printf(r->mem, "line %u", line);

	if (!line) {
		html_text(r, rule);
	} else if (a->draft) {
		policy_line_below(r, line, words);
	} else {
		html_link(r, policy_line_path(r, a->version, line), words);
	}
}

/* ---- the verdict ---- */

/* What comes nearest to what was refused. */
static void
show_why(struct access *a, const struct policy_pair *p)
{
	const struct policy_why why =
		policy_why(a->e, p, a->port, a->proto, a->r->mem);

	if (why.rule) {
		access_line(a, why.line, why.rule);
		html_text(a->r, " ");
	}
	html_textf(a->r, "%s.", why.words);
}

static void
show_pair(struct access *a, const struct policy_pair *p,
	const struct json_texts *more)
{
	const struct policy_headline h = policy_headline(a->e, p, more);
	struct request *r = a->r;

	html_begin(r, "li");
	access_point(r, p->from);
	html_textf(r, " %s ", h.verb);
	access_point(r, p->to);
	html_text(r, h.but ? " by " : ": ");
	if (p->rule.section != REACH_NOTHING)
		access_line(
			a, p->rule.place.line, reach_words(r->mem, &p->rule));
	else
		show_why(a, p);
	if (h.but)
		html_textf(r, ", but %s:", h.but);
	for (size_t i = 0; i < more->count; i++) {
		html_begin(r, "div", "class", "sub", "data-hindrance", "");
		html_text(r, more->at[i]);
		html_end(r);
	}
	html_end(r);
}

/* What was found of pairs, of which `known` were looked at. */
struct verdict {
	struct policy_pair *pairs;
	struct json_texts *more; /* what hinders each */
	size_t count, known;
	size_t no, hindered; /* refused; allowed, and nothing gets through */
};

static enum err
look_at_pairs(struct access *a, struct verdict *v)
{
	struct request *r = a->r;
	enum err e = ERR_OK;

	v->more = arena_array(r->mem, v->count + 1, sizeof(*v->more));
	for (size_t i = 0; i < v->count; i++)
		v->no += v->pairs[i].rule.section == REACH_NOTHING;
	for (size_t i = 0; !e && i < v->count && access_time_left(a); i++) {
		e = policy_hindrances(
			r->db, a->e, &v->pairs[i], r->now, r->mem, &v->more[i]);
		v->hindered += v->pairs[i].rule.section != REACH_NOTHING &&
			       v->more[i].count;
		v->known++;
	}
	return e;
}

static const char *
verdict_words(const struct verdict *v)
{
	if (v->no || !v->count)
		return "No";
	if (!v->hindered)
		return "Yes";
	return v->hindered == v->count
		       ? "Allowed, but nothing gets through now"
		       : "Allowed, but not everything gets through now";
}

static void
show_pairs(struct access *a, const struct verdict *v)
{
	struct request *r = a->r;

	html_begin(r, "section", "id", "verdict", "data-allowed",
		v->no || !v->count ? "no" : "yes");
	html_element(r, "h2", verdict_words(v));
	html_begin(r, "ul");
	for (size_t i = 0; i < v->known; i++)
		show_pair(a, &v->pairs[i], &v->more[i]);
	html_end(r);
	if (v->known < v->count)
		html_element(r, "p",
			arena_printf(r->mem,
				"Looking took too long and was stopped: %zu "
				"more pairs are not shown.",
				v->count - v->known));
	html_end(r);
}

static enum err
show_verdict(struct access *a)
{
	struct verdict v = { .count = 0 };
	enum err e;

	if (policy_pairs(a->e, &a->from, &a->to, a->port, a->proto, a->r->mem,
		    &v.pairs, &v.count)) {
		html_element(a->r, "p",
			"These are too many pairs for a yes or a no; name one "
			"machine on either side for that. What is open stands "
			"below.");
		return ERR_OK;
	}
	e = look_at_pairs(a, &v);
	if (!e)
		show_pairs(a, &v);
	return e;
}

enum err
access_show(struct access *a)
{
	struct request *r = a->r;
	enum err e = ERR_OK;

	a->until = clock_now_ms() + LOOK_MS;
	if (a->why) {
		html_begin(r, "p", "id", "filter-note");
		html_text(r, a->why);
		html_end(r);
		return ERR_OK;
	}
	if (!*a->src && !*a->dst)
		return ERR_OK;
	if (*a->src && *a->dst)
		e = show_verdict(a);
	if (e)
		return e;
	html_begin(r, "h2");
	if (*a->src && *a->dst)
		html_text(r, "All that is open between them");
	else if (*a->src)
		html_textf(r, "What %s reaches", a->src);
	else
		html_textf(r, "Who reaches %s", a->dst);
	html_end(r);
	access_ways(a);
	return ERR_OK;
}
