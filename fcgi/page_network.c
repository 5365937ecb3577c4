/*
 * page_network.c: the tailnet as a picture, and as a table in words: who
 * reaches whom by the policy in force (spec/pages.md 11.5).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/network_nav.h"
#include "fcgi/network_page.h"
#include "fcgi/network_svg.h"
#include "fcgi/pages_policy.h"
#include "fcgi/policy_show.h"
#include "fcgi/reply.h"
#include "tailnet/policy_force.h"
#include "tailnet/policy_world.h"

enum {
	LOOK_MS = 500, /* at what is open, before the rest is left out */
};

static const struct choice bys[] = {
	[NETWORK_BY_MACHINE] = { "machine", "Machines" },
	[NETWORK_BY_USER] = { "user", "Users" },
	[NETWORK_BY_TAG] = { "tag", "Tags" },
};

enum {
	BYS = sizeof(bys) / sizeof(bys[0]),
};

static const struct choice views[] = {
	{ "paths", "Paths" },
};

static const char *
word_of(struct request *r, const char *name)
{
	const char *value = request_query(r, name);

	return value ? value : "";
}

/* ---- addresses ---- */

/* A key as it stands in an address: tags have letters that do not. */
static const char *
escaped(struct request *r, const char *key)
{
	const char *out = "";

	for (; *key; key++)
		out = strchr("abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:",
			      *key)
			      ? arena_printf(r->mem, "%s%c", out, *key)
			      : arena_printf(r->mem, "%s%%%02X", out,
					(unsigned char)*key);
	return out;
}

const char *
network_focus_path(const struct network_page *p, size_t node)
{
	return arena_printf(p->r->mem, NETWORK_PAGE "?by=%s&focus=%s", p->by,
		escaped(p->r, p->n.nodes[node].key));
}

const char *
network_node_path(struct request *r, const struct network_node *n)
{
	switch (n->kind) {
	case NETWORK_MACHINE:
		return arena_printf(r->mem, "/admin/machines/%" PRId64, n->id);
	case NETWORK_USER:
		return arena_printf(r->mem, "/admin/users/%" PRId64, n->id);
	case NETWORK_TAGS:
		return arena_printf(
			r->mem, "/admin/machines?tag=%s", escaped(r, n->name));
	default:
		return NULL;
	}
}

/* ---- what is asked ---- */

static enum err
look(struct network_page *p, struct engine *engine)
{
	struct request *r = p->r;
	const char *by = list_choice(r, &p->asked, "by", bys, BYS);
	enum err e;
	struct network_ask ask = { .by = *word_of(r, "focus")
						 ? NETWORK_BY_MACHINE
						 : NETWORK_BY_ANY,
		.focus = word_of(r, "focus"),
		.until = clock_now_ms() + LOOK_MS };

	for (size_t i = 0; i < BYS; i++)
		if (strcmp(by, bys[i].value) == 0)
			ask.by = (enum network_by)i;
	e = network_of(r->db, engine, &ask, r->mem, &p->n);
	p->by = bys[ask.by == NETWORK_BY_ANY ? p->n.by : ask.by].value;
	return e;
}

static enum err
open_network(struct network_page *p)
{
	struct request *r = p->r;
	struct policy_force force;
	struct engine *e;
	enum err err = policy_in_force(r->db, r->mem, &force);

	if (err)
		return err;
	p->version = force.broken ? force.version : 0;
	err = policy_world(r->db, force.policy, r->mem, &e);
	if (!err)
		err = look(p, e);
	engine_free(e);
	return err;
}

/* ---- the picture ---- */

static const char *
words_of(struct request *r, const struct flow *f)
{
	return *f->words ? f->words : arena_printf(r->mem, "%s", f->ssh);
}

/* The line that is there already, in the other direction. */
static struct svg_edge *
edge_back(struct svg_edge *edges, size_t count, const struct flow *f)
{
	for (size_t i = 0; i < count; i++)
		if (edges[i].from == f->to && edges[i].to == f->from)
			return &edges[i];
	return NULL;
}

static size_t
take_edges(struct network_page *p, struct svg_edge *edges)
{
	struct request *r = p->r;
	size_t count = 0;

	for (size_t i = 0; i < p->n.flows.count; i++) {
		const struct flow *f = &p->n.flows.at[i];
		struct svg_edge *back = edge_back(edges, count, f);

		if (!back) {
			edges[count++] = (struct svg_edge){ f->from, f->to,
				f->only_ssh ? SVG_SSH_ONLY : SVG_ONE_WAY, false,
				f->own, words_of(r, f) };
			continue;
		}
		if (!f->only_ssh || back->line != SVG_SSH_ONLY)
			back->line = SVG_BOTH_WAYS;
		back->both = true;
		if (strcmp(back->words, words_of(r, f)) != 0)
			back->words = arena_printf(
				r->mem, "%s / %s", back->words, words_of(r, f));
	}
	return count;
}

/* With a focus, those alone that it has to do with. */
static void
keep_linked(struct network_page *p, struct svg_picture *pic,
	struct svg_node *nodes, struct svg_edge *edges)
{
	uint32_t *to = arena_array(p->r->mem, pic->count + 1, sizeof(*to));
	bool *linked = arena_array(p->r->mem, pic->count + 1, sizeof(bool));
	size_t kept = 0;

	for (size_t i = 0; i < pic->edge_count; i++)
		linked[edges[i].from] = linked[edges[i].to] = true;
	for (size_t i = 0; i < pic->count; i++) {
		to[i] = (uint32_t)kept;
		if (linked[i] || (int32_t)i == p->n.focus ||
			(p->n.focus == FLOW_ALL && i < p->n.parts))
			nodes[kept++] = nodes[i];
	}
	for (size_t i = 0; i < pic->edge_count; i++) {
		edges[i].from = to[edges[i].from];
		edges[i].to = to[edges[i].to];
	}
	pic->count = kept;
}

static void
show_picture(struct network_page *p, bool alone)
{
	struct request *r = p->r;
	const struct network *n = &p->n;
	struct svg_node *nodes =
		arena_array(r->mem, n->count + 1, sizeof(*nodes));
	struct svg_edge *edges =
		arena_array(r->mem, n->flows.count + 1, sizeof(*edges));
	struct svg_picture pic = { .title = "Who reaches whom",
		.nodes = nodes,
		.count = n->count,
		.edges = edges,
		.edge_count = take_edges(p, edges),
		.alone = alone };

	for (size_t i = 0; i < n->count; i++) {
		const struct network_node *node = &n->nodes[i];

		nodes[i].name = node->machines > 1 && node->kind != NETWORK_REST
					? arena_printf(r->mem, "%s (%zu)",
						  node->name, node->machines)
					: node->name;
		nodes[i].href = node->kind == NETWORK_PLACE ? NULL
				: (int32_t)i == n->focus
					? network_node_path(r, node)
					: network_focus_path(p, i);
	}
	keep_linked(p, &pic, nodes, edges);
	if (pic.edge_count > SVG_EDGES_MAX)
		p->undrawn = pic.edge_count - SVG_EDGES_MAX;
	pic.desc = arena_printf(r->mem,
		"%zu nodes, %zu lines between them. Solid: both ways; dashed: "
		"one way; dotted: SSH alone; a loop: each other. The table says "
		"the same in words.",
		pic.count, pic.edge_count);
	svg_show(r, &pic);
}

/* ---- the page ---- */

static void
choice(struct request *r, const char *href, const char *words, bool here)
{
	html_begin(r, "li");
	html_begin(r, "a", "href", href);
	if (here)
		html_attribute(r, "aria-current", "true");
	html_text(r, words);
	html_end(r);
	html_end(r);
}

/* What it is a picture of, and where that is made. */
static void
show_ground(struct request *r)
{
	html_begin(r, "p", "class", "hint");
	html_text(r, "Who reaches whom by the ");
	html_link(r, POLICY_HOME, "policy");
	html_text(r, " in force. What one machine or user reaches, and by "
		     "which rule, is on the page ");
	html_link(r, POLICY_WHO, "Who reaches what");
	html_text(r, ".");
	html_end(r);
}

static void
show_choices(struct request *r, const struct network_page *p)
{
	html_begin(r, "nav", "aria-label", "View", "id", "views");
	html_begin(r, "ul");
	for (size_t i = 0; i < BYS; i++)
		choice(r,
			arena_printf(
				r->mem, NETWORK_PAGE "?by=%s", bys[i].value),
			bys[i].label, p && p->n.by == i);
	choice(r, NETWORK_PAGE "?view=paths", "Paths", !p);
	html_end(r);
	html_end(r);
}

static void
show_notes(struct network_page *p)
{
	struct request *r = p->r;
	const struct network *n = &p->n;

	if (n->lost) {
		html_begin(r, "p", "id", "filter-note");
		html_text(r, "Nobody of that name is in the network now: all "
			     "of it is shown.");
		html_end(r);
	} else {
		list_note(r, &p->asked);
	}
	if (n->focus != FLOW_ALL) {
		html_begin(r, "p", "id", "count");
		html_textf(r, "Only what %s reaches and is reached by. ",
			n->nodes[n->focus].name);
		html_link(r, arena_printf(r->mem, NETWORK_PAGE "?by=%s", p->by),
			"All of it");
		html_end(r);
	} else if (strcmp(p->by, "machine") == 0 &&
		   n->by != NETWORK_BY_MACHINE) {
		html_begin(r, "p", "id", "grouped");
		html_textf(r,
			"%zu machines are too many to draw one by one: those "
			"of one owner stand together. Follow a name to see "
			"what it alone reaches.",
			n->machines);
		html_end(r);
	}
	if (n->flows.stopped)
		html_element(r, "p",
			"Looking took too long and was stopped: what follows "
			"is not all. Follow a name to see all of its own.");
}

void
network_show_empty(struct request *r)
{
	html_begin(r, "p", "id", "empty");
	html_text(r, "No machine has joined yet. ");
	html_link(r, "/admin/machines/new", "Add one");
	html_end(r);
}

static void
show_network(struct network_page *p)
{
	struct request *r = p->r;

	if (!p->n.machines) {
		network_show_empty(r);
		return;
	}
	network_matrix_show(p);
	html_begin(r, "figure");
	/* On a telephone it is wider than the page, and moves in its box. */
	html_begin(r, "div", "tabindex", "0", "role", "group", "aria-label",
		"Picture");
	show_picture(p, false);
	html_end(r);
	html_begin(r, "figcaption", "class", "hint");
	html_text(r, "Solid: both ways. Dashed: one way. Dotted: SSH alone. A "
		     "loop: each other.");
	if (p->undrawn)
		html_textf(r,
			" %zu more lines are not drawn: follow a name to see "
			"all of its own.",
			p->undrawn);
	html_end(r);
	html_end(r);
}

enum err
page_network(struct request *r)
{
	struct network_page p = { .r = r };
	bool paths = *list_choice(r, &p.asked, "view", views, 1);
	enum err e = paths ? ERR_OK : open_network(&p);

	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "network",
			.h1 = "Network picture",
			.section = SECTION_NETWORK },
		NULL);
	network_nav(r, NETWORK_PICTURE);
	show_ground(r);
	show_choices(r, paths ? NULL : &p);
	if (paths)
		e = network_paths_show(r);
	else
		show_notes(&p), show_network(&p);
	frame_end(r);
	return e;
}

enum err
file_network(struct request *r)
{
	struct network_page p = { .r = r };
	enum err e = open_network(&p);

	if (!e)
		e = reply_empty(r, 200);
	if (e)
		return e;
	r->reply.class = REPLY_FILE;
	r->reply.type = "image/svg+xml";
	html_open_file(r);
	show_picture(&p, true);
	html_drop(r);
	return buf_error(&r->reply.body);
}
