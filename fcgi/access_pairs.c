#include "fcgi/access_pairs.h"

#include <ctype.h>
#include <string.h>

#include "fcgi/access_ways.h"
#include "fcgi/html.h"
#include "policy/who.h"
#include "tailnet/policy_why.h"

/* What is told of a pair. */
struct told {
	const struct policy_pair *pair;
	struct policy_hindrances more;
	struct policy_headline head;
	struct policy_why why; /* of what is refused */
	const char *key;       /* all of it, without the name that varies */
	size_t like;           /* the first one with this key; it may be this */
	size_t alike;          /* of the first: how many more have it */
};

struct verdict {
	struct access *a;
	struct told *at;
	size_t count, known; /* pairs; of these were looked at */
	size_t no, hindered; /* refused; allowed, and nothing gets through */
	bool from;           /* it varies where they come from */
};

static bool
is_refused(const struct policy_pair *p)
{
	return p->rule.section == REACH_NOTHING;
}

/* ---- what is alike ---- */

static const struct policy_point *
varying(const struct verdict *v, const struct policy_pair *p)
{
	return v->from ? p->from : p->to;
}

static bool
is_of_name(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

/* The words with "*" for the name. */
static const char *
without_name(struct arena *mem, const char *words, const char *name)
{
	size_t len = strlen(name);
	char *out = arena_strdup(mem, words), *to = out;

	for (const char *at = words; *at;) {
		bool begins = at == words || !is_of_name(at[-1]);

		if (len && begins && strncmp(at, name, len) == 0 &&
			!isalnum((unsigned char)at[len]) && at[len] != '-') {
			*to++ = '*';
			at += len;
		} else {
			*to++ = *at++;
		}
	}
	*to = '\0';
	return out;
}

/* When a key expired is no difference. */
static const char *
key_of(const struct verdict *v, const struct told *t)
{
	struct arena *mem = v->a->r->mem;
	const struct policy_pair *p = t->pair;
	const char *words =
		is_refused(p)
			? arena_printf(mem, "%s %u %s",
				  t->why.rule ? t->why.rule : "", t->why.line,
				  t->why.words)
			: arena_printf(mem, "%s %u", reach_words(mem, &p->rule),
				  p->rule.place.line);

	for (size_t i = 0; i < t->more.count; i++)
		words = arena_printf(mem, "%s\n%s%s", words,
			t->more.at[i].words, t->more.at[i].rest);
	return arena_printf(mem, "%s\n%s\n%s",
		v->from ? p->to->name : p->from->name, t->head.verb,
		without_name(mem, words, varying(v, p)->name));
}

static void
find_like(struct verdict *v, size_t n)
{
	size_t i = 0;

	while (i < n &&
		(v->at[i].like != i || strcmp(v->at[i].key, v->at[n].key) != 0))
		i++;
	v->at[n].like = i;
	v->at[i].alike += i < n;
}

static enum err
look_at(struct verdict *v, size_t n)
{
	struct access *a = v->a;
	struct arena *mem = a->r->mem;
	struct told *t = &v->at[n];
	enum err e = policy_hindrances(
		a->r->db, a->e, t->pair, a->r->now, mem, &t->more);

	if (e)
		return e;
	v->hindered += !is_refused(t->pair) && t->more.count;
	t->head = policy_headline(a->e, t->pair, &t->more);
	if (is_refused(t->pair))
		t->why = policy_why(a->e, t->pair, a->port, a->proto, mem);
	t->key = key_of(v, t);
	find_like(v, n);
	v->known++;
	return ERR_OK;
}

/* ---- what is shown ---- */

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

/* What comes nearest to what was refused. */
static void
show_why(struct access *a, const struct policy_why *why)
{
	if (why->rule) {
		access_line(a, why->line, why->rule);
		html_text(a->r, " ");
	}
	html_textf(a->r, "%s.", why->words);
}

static void
show_hindrance(struct request *r, const struct policy_hindrance *h)
{
	html_begin(r, "div", "class", "sub", "data-hindrance", "");
	html_text(r, h->words);
	if (h->at) {
		html_text(r, " ");
		html_time_exact(r, h->at);
		html_text(r, h->rest);
	}
	html_end(r);
}

/* "Alike: desk, web and 211 more." */
static void
show_alike(const struct verdict *v, size_t first)
{
	struct request *r = v->a->r;
	size_t left = v->at[first].alike, shown = 0;

	if (!left)
		return;
	html_begin(r, "div", "class", "sub", "data-alike", "");
	html_text(r, "Alike: ");
	for (size_t i = first + 1; left && shown < ACCESS_NAMES_MAX; i++) {
		if (v->at[i].like != first)
			continue;
		if (shown++)
			html_text(r, ", ");
		access_point(r, varying(v, v->at[i].pair));
		left--;
	}
	if (left)
		html_textf(r, " and %zu more", left);
	html_text(r, ".");
	html_end(r);
}

static void
show_pair(const struct verdict *v, size_t n)
{
	const struct told *t = &v->at[n];
	const struct policy_pair *p = t->pair;
	struct request *r = v->a->r;

	html_begin(r, "li");
	access_point(r, p->from);
	html_textf(r, " %s ", t->head.verb);
	access_point(r, p->to);
	html_text(r, t->head.but ? " by " : ": ");
	if (is_refused(p))
		show_why(v->a, &t->why);
	else
		access_line(v->a, p->rule.place.line,
			reach_words(r->mem, &p->rule));
	if (t->head.but)
		html_textf(r, ", but %s:", t->head.but);
	for (size_t i = 0; i < t->more.count; i++)
		show_hindrance(r, &t->more.at[i]);
	show_alike(v, n);
	html_end(r);
}

/* How many pairs that were looked at are not told. */
static size_t
show_list(const struct verdict *v)
{
	size_t shown = 0, left = 0;

	html_begin(v->a->r, "ul");
	for (size_t i = 0; i < v->known; i++) {
		if (v->at[i].like != i)
			continue;
		if (shown == ACCESS_PAIRS_MAX) {
			left += 1 + v->at[i].alike;
			continue;
		}
		show_pair(v, i);
		shown++;
	}
	html_end(v->a->r);
	return left;
}

static void
show(const struct verdict *v)
{
	struct request *r = v->a->r;
	size_t left;

	html_begin(r, "section", "id", "verdict", "data-allowed",
		v->no || !v->count ? "no" : "yes");
	html_element(r, "h2", verdict_words(v));
	left = show_list(v);
	if (left)
		html_element(r, "p",
			arena_printf(r->mem,
				"%zu more %s not shown: ask for fewer, by "
				"name, user or tag.",
				left, left == 1 ? "pair is" : "pairs are"));
	if (v->known < v->count)
		html_element(r, "p",
			arena_printf(r->mem,
				"Looking took too long and was stopped: %zu "
				"more pairs are not shown.",
				v->count - v->known));
	html_end(r);
}

/* Whichever side has more. */
static bool
varies_from(const struct access *a)
{
	return a->from.count > a->to.count;
}

enum err
access_pairs(struct access *a, const struct policy_pair *pairs, size_t count)
{
	struct verdict v = { .a = a,
		.at = arena_array(a->r->mem, count + 1, sizeof(*v.at)),
		.count = count,
		.from = varies_from(a) };
	enum err e = ERR_OK;

	for (size_t i = 0; i < count; i++) {
		v.at[i] = (struct told){ .pair = &pairs[i] };
		v.no += is_refused(&pairs[i]);
	}
	for (size_t i = 0; !e && i < count && access_time_left(a); i++)
		e = look_at(&v, i);
	if (!e)
		show(&v);
	return e;
}
