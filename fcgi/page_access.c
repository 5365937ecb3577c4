/*
 * page_access.c: who reaches what by the policy in force (spec/pages.md 11.4).
 */
#include <inttypes.h>
#include <string.h>

#include "db/node.h"
#include "db/user.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/pages_policy.h"
#include "fcgi/policy_show.h"
#include "policy/ports.h"
#include "policy/who.h"
#include "tailnet/policy_ends.h"
#include "tailnet/policy_force.h"
#include "tailnet/policy_world.h"

enum {
	NAMES_MAX = 200, /* that are offered while one types */
	ROWS_MAX = 500,  /* shown */
};

struct access {
	struct request *r;
	struct engine *e;
	const char *src, *dst, *port_text, *proto_text;
	int port, proto;
	struct policy_end from, to;
	const char *why; /* it cannot be answered, in words; or NULL */
};

/* ---- what is asked ---- */

static const char *
asked(struct request *r, const char *name)
{
	const char *value = request_query(r, name);

	return value ? fields_trim(r, value) : "";
}

static void
take_numbers(struct access *a)
{
	struct arena *mem = a->r->mem;
	const char *dst;

	a->port = REACH_ANY_PORT;
	a->proto = POLICY_NO_PROTO;
	if (!*a->port_text && !*a->proto_text)
		return;
	if (policy_target(mem,
		    arena_printf(mem, "x%s%s%s%s", *a->port_text ? ":" : "",
			    a->port_text, *a->proto_text ? "/" : "",
			    a->proto_text),
		    &dst, &a->port, &a->proto) ||
		(*a->port_text && a->port == REACH_ANY_PORT))
		a->why = "Enter a port from 0 to 65535, and a protocol like "
			 "tcp or udp.";
}

static enum err
find(struct access *a, const char *word, struct policy_end *out)
{
	struct arena *mem = a->r->mem;
	enum err e;

	if (!*word)
		return policy_end_all(a->r->db, a->e, mem, out);
	e = policy_end_find(a->r->db, a->e, word, mem, out);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (e)
		a->why = arena_printf(mem,
			"\"%s\" is no machine, address, user, tag or group.",
			word);
	else if (!out->count)
		a->why = arena_printf(mem, "\"%s\" names no machine.", word);
	return ERR_OK;
}

static enum err
take(struct access *a)
{
	struct request *r = a->r;
	enum err e = ERR_OK;

	a->src = asked(r, "src");
	a->dst = asked(r, "dst");
	a->port_text = asked(r, "port");
	a->proto_text = asked(r, "proto");
	take_numbers(a);
	if (!a->why && (*a->src || *a->dst))
		e = find(a, a->src, &a->from);
	if (!e && !a->why && (*a->src || *a->dst))
		e = find(a, a->dst, &a->to);
	return e;
}

/* ---- the form ---- */

static void
field(struct request *r, const char *name, const char *label, const char *value,
	const char *list)
{
	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", arena_printf(r->mem, "access-%s", name));
	html_text(r, label);
	html_end(r);
	html_begin(r, "input", "type", "text", "id",
		arena_printf(r->mem, "access-%s", name), "name", name, "value",
		value);
	if (list)
		html_attribute(r, "list", list);
	html_end_void(r);
	html_end(r);
}

static enum err
show_names(struct request *r)
{
	struct node *nodes;
	struct user *users;
	size_t count, user_count;
	enum err e = db_nodes(r->db, r->mem, &nodes, &count);

	if (!e)
		e = db_users(r->db, r->mem, &users, &user_count);
	if (e)
		return e;
	html_begin(r, "datalist", "id", "names");
	for (size_t i = 0; i < count && i < NAMES_MAX; i++)
		html_void(r, "option", "value", nodes[i].name);
	for (size_t i = 0; i < user_count && i < NAMES_MAX; i++)
		html_void(
			r, "option", "value", policy_login(r->mem, &users[i]));
	html_end(r);
	return ERR_OK;
}

static enum err
show_form(struct access *a)
{
	struct request *r = a->r;
	enum err e;

	html_begin(r, "form", "method", "get", "action", POLICY_WHO, "role",
		"search", "id", "filter");
	field(r, "src", "From", a->src, "names");
	field(r, "dst", "To", a->dst, "names");
	field(r, "port", "Port", a->port_text, NULL);
	field(r, "proto", "Protocol", a->proto_text, NULL);
	e = show_names(r);
	html_begin(r, "button", "type", "submit");
	html_text(r, "Show");
	html_end(r);
	html_end(r);
	return e;
}

/* ---- answers ---- */

static void
show_point(struct request *r, const struct policy_point *p)
{
	if (p->machine)
		html_link(r,
			arena_printf(
				r->mem, "/admin/machines/%" PRId64, p->machine),
			p->name);
	else
		html_text(r, p->name);
}

static void
show_line(struct request *r, uint32_t line, const char *rule)
{
	if (!line) {
		html_text(r, rule);
		return;
	}
	html_link(r, arena_printf(r->mem, POLICY_HOME "?line=%u", line),
		arena_printf(r->mem, "line %u", line));
}

static void
begin_table(struct request *r)
{
	static const char *const heads[] = { "From", "To", "Ports", "Rule" };

	html_begin(r, "table", "id", "reach", "class", "list");
	html_begin(r, "thead");
	html_begin(r, "tr");
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		html_begin(r, "th", "scope", "col");
		html_text(r, heads[i]);
		html_end(r);
	}
	html_end(r);
	html_end(r);
	html_begin(r, "tbody");
}

static void
show_way(struct request *r, const struct policy_point *from,
	const struct policy_point *to, const struct policy_way *way)
{
	html_begin(r, "tr");
	html_begin(r, "th", "scope", "row", "data-label", "From");
	show_point(r, from);
	html_end(r);
	html_begin(r, "td", "data-label", "To");
	show_point(r, to);
	html_end(r);
	html_begin(r, "td", "data-label", "Ports");
	html_text(r, way->ports);
	html_end(r);
	html_begin(r, "td", "data-label", "Rule");
	show_line(r, way->line, way->rule);
	html_end(r);
	html_end(r);
}

/* All ways between all machines of the two; how many were left out. */
static size_t
show_ways(struct access *a)
{
	struct request *r = a->r;
	size_t shown = 0, left = 0;

	begin_table(r);
	for (size_t i = 0; i < a->from.count; i++)
		for (size_t k = 0; k < a->to.count; k++) {
			const struct policy_point *from = &a->from.at[i],
						  *to = &a->to.at[k];
			struct policy_way *ways;
			size_t count;

			if (from->machine && from->machine == to->machine)
				continue;
			count = shown < ROWS_MAX ? policy_ways(a->e, from, to,
							   r->mem, &ways)
						 : (left++, (size_t)0);
			for (size_t n = 0; n < count; n++)
				show_way(r, from, to, &ways[n]);
			shown += count;
		}
	html_end(r);
	html_end(r);
	if (!shown)
		html_element(r, "p", "Nothing.");
	return left;
}

/* What comes nearest to what was refused. */
static void
show_miss(struct access *a, const struct policy_pair *p)
{
	struct request *r = a->r;
	struct policy_way *ways;
	size_t count = policy_ways(a->e, p->from, p->to, r->mem, &ways);

	if (!count) {
		html_text(r, "no rule lets any port through.");
		return;
	}
	show_line(r, ways[0].line, ways[0].rule);
	html_textf(r, " allows %s only.", ways[0].ports);
}

static void
show_pair(struct access *a, const struct policy_pair *p)
{
	struct request *r = a->r;
	bool yes = p->rule.section != REACH_NOTHING;

	html_begin(r, "li");
	show_point(r, p->from);
	html_text(r, yes ? " reaches " : " does not reach ");
	show_point(r, p->to);
	html_text(r, ": ");
	if (yes)
		show_line(r, p->rule.place.line, reach_words(r->mem, &p->rule));
	else
		show_miss(a, p);
	html_end(r);
}

static void
show_verdict(struct access *a)
{
	struct request *r = a->r;
	struct policy_pair *pairs;
	size_t count, no = 0;

	if (policy_pairs(a->e, &a->from, &a->to, a->port, a->proto, r->mem,
		    &pairs, &count)) {
		html_element(r, "p", "These are too many machines at once.");
		return;
	}
	for (size_t i = 0; i < count; i++)
		no += pairs[i].rule.section == REACH_NOTHING;
	html_begin(r, "section", "id", "verdict", "data-allowed",
		no || !count ? "no" : "yes");
	html_element(r, "h2", no || !count ? "No" : "Yes");
	html_begin(r, "ul");
	for (size_t i = 0; i < count; i++)
		show_pair(a, &pairs[i]);
	html_end(r);
	html_end(r);
}

static void
show_answer(struct access *a)
{
	struct request *r = a->r;
	size_t left;

	if (a->why) {
		html_begin(r, "p", "id", "filter-note");
		html_text(r, a->why);
		html_end(r);
		return;
	}
	if (!*a->src && !*a->dst)
		return;
	if (*a->src && *a->dst)
		show_verdict(a);
	html_begin(r, "h2");
	if (*a->src && *a->dst)
		html_text(r, "All that is open between them");
	else if (*a->src)
		html_textf(r, "What %s reaches", a->src);
	else
		html_textf(r, "Who reaches %s", a->dst);
	html_end(r);
	left = show_ways(a);
	if (left)
		html_element(r, "p",
			arena_printf(r->mem,
				"%zu more pairs were not looked at.", left));
}

static enum err
show(struct access *a)
{
	struct request *r = a->r;
	enum err e;

	frame_begin(r,
		&(struct page){ .name = "access",
			.h1 = "Who reaches what",
			.section = SECTION_POLICY },
		NULL);
	policy_nav(r, POLICY_ACCESS);
	e = show_form(a);
	show_answer(a);
	frame_end(r);
	return e;
}

enum err
page_access(struct request *r)
{
	struct access a = { .r = r };
	struct policy_force force;
	enum err e = policy_in_force(r->db, r->mem, &force);

	if (!e)
		e = policy_world(r->db, force.policy, r->mem, &a.e);
	if (e)
		return e;
	e = take(&a);
	if (!e)
		e = show(&a);
	engine_free(a.e);
	return e;
}
