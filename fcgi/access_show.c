#include "fcgi/access_show.h"

#include <inttypes.h>

#include "base/clock.h"
#include "fcgi/access_pairs.h"
#include "fcgi/access_ways.h"
#include "fcgi/html.h"
#include "fcgi/policy_show.h"

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

static enum err
show_verdict(struct access *a)
{
	struct policy_pair *pairs;
	size_t count;

	if (!policy_pairs(a->e, &a->from, &a->to, a->port, a->proto, a->r->mem,
		    &pairs, &count))
		return access_pairs(a, pairs, count);
	html_element(a->r, "p",
		"These are too many pairs for a yes or a no; name one machine "
		"on either side for that. What is open stands below.");
	return ERR_OK;
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
