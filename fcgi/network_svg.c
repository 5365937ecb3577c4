#include "fcgi/network_svg.h"

#include <stdlib.h>
#include <string.h>

#include "fcgi/html.h"

/* Units of the picture: a pixel each, so that letters have one size. */
enum {
	LINES = 380, /* between the names */
	NAME_GAP = 24,
	ROW = 30,
	TOP = 24,
	FONT = 13,
	LETTER = 7,        /* of FONT, on average */
	NAME_LETTERS = 23, /* that fit; more end with … */
	WORDS_LETTERS = 22,
	ARROW = 7,
	BEND = 110, /* of lines between two of one column */
	GAP = 4,
	LOOP = 20,    /* how far one goes */
	SAMPLES = 24, /* of a line that words should not lie on */
};

struct box {
	double x, y, width;
};

struct place {
	double x, y;
	bool right;
};

/* Where a line runs. */
struct dot {
	double x, y;
	size_t edge;
};

struct drawing {
	struct request *r;
	const struct svg_picture *p;
	struct place *places; /* by node */
	struct box labels[SVG_LABELS_MAX];
	size_t label_count;
	bool *said; /* by edge: its words stand somewhere */
	struct dot *dots;
	size_t dot_count;
	double left, right; /* where lines begin, and end */
	double width, height;
};

/* ---- where ---- */

struct rank {
	uint32_t node;
	int balance; /* lines that leave, less those that come */
};

static int
by_balance(const void *x, const void *y)
{
	const struct rank *a = x, *b = y;

	if (a->balance != b->balance)
		return a->balance > b->balance ? -1 : 1;
	return (a->node > b->node) - (a->node < b->node);
}

static int
by_node(const void *x, const void *y)
{
	const struct rank *a = x, *b = y;

	return (a->node > b->node) - (a->node < b->node);
}

static size_t
letters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Room for the longest of them. */
static double
names_width(const struct drawing *d, const struct rank *ranks, size_t count)
{
	size_t most = 0;

	for (size_t i = 0; i < count; i++) {
		size_t n = letters(d->p->nodes[ranks[i].node].name);

		most = n > most ? n : most;
	}
	/* The sign for what is cut is one more. */
	most = most > NAME_LETTERS ? NAME_LETTERS + 1 : most;
	return (double)(most * LETTER + NAME_GAP);
}

/* Who reaches others stands left, who is reached right; names in order. */
static void
place_nodes(struct drawing *d)
{
	size_t n = d->p->count, left = (n + 1) / 2;
	struct rank *ranks = arena_array(d->r->mem, n + 1, sizeof(*ranks));

	for (size_t i = 0; i < n; i++)
		ranks[i].node = (uint32_t)i;
	for (size_t i = 0; i < d->p->edge_count; i++)
		if (!d->p->edges[i].both) {
			ranks[d->p->edges[i].from].balance++;
			ranks[d->p->edges[i].to].balance--;
		}
	qsort(ranks, n, sizeof(*ranks), by_balance);
	qsort(ranks, left, sizeof(*ranks), by_node);
	qsort(ranks + left, n - left, sizeof(*ranks), by_node);
	d->left = names_width(d, ranks, left);
	d->right = d->left + LINES;
	d->width = d->right + names_width(d, ranks + left, n - left);
	d->places = arena_array(d->r->mem, n + 1, sizeof(*d->places));
	for (size_t i = 0; i < n; i++) {
		bool right = i >= left;
		double shift = right && n % 2 ? ROW / 2.0 : 0;

		d->places[ranks[i].node] = (struct place){ right ? d->right
								 : d->left,
			TOP + shift + ROW * (double)(right ? i - left : i),
			right };
	}
	d->height = 2 * TOP + ROW * (double)left;
}

/* ---- words ---- */

static const char *
shortened(struct request *r, const char *s, size_t most)
{
	size_t n = 0, len = 0;

	if (letters(s) <= most)
		return s;
	while (n < most || ((unsigned char)s[len] & 0xc0) == 0x80) {
		n += ((unsigned char)s[len] & 0xc0) != 0x80;
		len++;
	}
	return arena_printf(r->mem, "%.*s…", (int)len, s);
}

static const char *
number(struct request *r, double x)
{
	return arena_printf(r->mem, "%.0f", x);
}

/* ---- lines ---- */

/* A curve that leaves and arrives level. */
struct curve {
	double x[4], y[4];
};

static struct curve
curve_of(const struct drawing *d, const struct svg_edge *e)
{
	const struct place *a = &d->places[e->from], *b = &d->places[e->to];
	double ax = a->x + (a->right ? -GAP : GAP);
	double bx = b->x + (b->right ? -GAP : GAP);
	double bend = a->right == b->right ? BEND : LINES / 2.0;

	return (struct curve){ { ax, ax + (a->right ? -bend : bend),
				       bx + (b->right ? -bend : bend), bx },
		{ a->y, a->y, b->y, b->y } };
}

static double
at(const double c[4], double t)
{
	double s = 1 - t;

	return s * s * s * c[0] + 3 * s * s * t * c[1] + 3 * s * t * t * c[2] +
	       t * t * t * c[3];
}

static bool
is_loop(const struct svg_edge *e)
{
	return e->from == e->to;
}

static const char *
edge_words(struct drawing *d, const struct svg_edge *e)
{
	const char *from = d->p->nodes[e->from].name;

	if (is_loop(e))
		return arena_printf(d->r->mem, "%s ↔ %s: %s", from,
			e->own ? "each their own" : "each other", e->words);
	return arena_printf(d->r->mem, "%s %s %s: %s", from,
		e->both ? "↔" : "→", d->p->nodes[e->to].name, e->words);
}

static void
draw_line(struct drawing *d, const struct svg_edge *e)
{
	const struct curve c = curve_of(d, e);
	struct request *r = d->r;

	html_begin(r, "path", "d",
		arena_printf(r->mem, "M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0f",
			c.x[0], c.y[0], c.x[1], c.y[1], c.x[2], c.y[2], c.x[3],
			c.y[3]));
	html_element(r, "title", edge_words(d, e));
	html_end(r);
}

/* The head of all arrows, which turns as its line does. */
static void
draw_arrow(struct request *r)
{
	html_begin(r, "marker", "id", "network-arrow", "viewBox", "0 0 8 8",
		"refX", "8", "refY", "4", "markerWidth", "6", "markerHeight",
		"6", "orient", "auto-start-reverse");
	html_begin(r, "path", "d", "M0 0L8 4L0 8Z", "stroke", "none", "fill",
		"currentColor");
	html_end(r);
	html_end(r);
}

/* All lines of one kind: they have their look in common. */
static void
draw_lines(struct drawing *d, size_t edges, enum svg_line line, bool both)
{
	static const char *const words[] = { [SVG_BOTH_WAYS] = "both",
		[SVG_ONE_WAY] = "one",
		[SVG_SSH_ONLY] = "ssh" };
	static const char *const dashes[] = { [SVG_BOTH_WAYS] = "none",
		[SVG_ONE_WAY] = "7 4",
		[SVG_SSH_ONLY] = "1 5" };
	struct request *r = d->r;
	bool begun = false;

	for (size_t i = 0; i < edges; i++) {
		const struct svg_edge *e = &d->p->edges[i];

		if (e->line != line || e->both != both || is_loop(e))
			continue;
		if (!begun)
			html_begin(r, "g", "data-line", words[line], "fill",
				"none", "stroke", "currentColor",
				"stroke-opacity", ".5", "stroke-width", "1.5",
				"stroke-dasharray", dashes[line],
				"stroke-linecap",
				line == SVG_SSH_ONLY ? "round" : "butt",
				"marker-end", "url(#network-arrow)",
				"marker-start",
				both ? "url(#network-arrow)" : "none");
		begun = true;
		draw_line(d, e);
	}
	if (begun)
		html_end(r);
}

/* Above its dot. */
static void
draw_loops(struct drawing *d, size_t edges)
{
	struct request *r = d->r;

	for (size_t i = 0; i < edges; i++) {
		const struct svg_edge *e = &d->p->edges[i];
		const struct place *p = &d->places[e->from];

		if (!is_loop(e))
			continue;
		html_begin(r, "path", "data-line", "each", "d",
			arena_printf(r->mem,
				"M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0f",
				p->x, p->y, p->x - LOOP / 2.0, p->y - LOOP,
				p->x + LOOP / 2.0, p->y - LOOP, p->x, p->y),
			"fill", "none", "stroke", "currentColor",
			"stroke-width", "1.5", "stroke-linecap", "round",
			"stroke-dasharray",
			e->line == SVG_SSH_ONLY ? "1 5" : "none");
		html_element(r, "title", edge_words(d, e));
		html_end(r);
	}
}

/* ---- words beside lines ---- */

static bool
is_free(const struct drawing *d, const struct box *b)
{
	if (d->label_count == SVG_LABELS_MAX ||
		b->x - b->width / 2 < d->left + 2 * ARROW ||
		b->x + b->width / 2 > d->right - 2 * ARROW || b->y < FONT)
		return false;
	for (size_t i = 0; i < d->label_count; i++) {
		const struct box *o = &d->labels[i];
		double dx = b->x - o->x, dy = b->y - o->y;

		if (2 * (dx < 0 ? -dx : dx) < b->width + o->width + FONT &&
			(dy < 0 ? -dy : dy) < FONT + 3)
			return false;
	}
	return true;
}

/* Worked out once: each word is tried at many places. */
static void
find_dots(struct drawing *d, size_t edges)
{
	d->dots = arena_array(d->r->mem, edges * SAMPLES + 1, sizeof(*d->dots));
	for (size_t i = 0; i < edges; i++) {
		const struct svg_edge *e = &d->p->edges[i];
		const struct curve c = curve_of(d, e);

		for (int k = 1; !is_loop(e) && k < SAMPLES; k++)
			d->dots[d->dot_count++] =
				(struct dot){ at(c.x, (double)k / SAMPLES),
					at(c.y, (double)k / SAMPLES), i };
	}
}

static bool
is_crossed(const struct drawing *d, size_t own, const struct box *b)
{
	for (size_t i = 0; i < d->dot_count; i++) {
		double dx = d->dots[i].x - b->x, dy = d->dots[i].y - b->y;

		if (d->dots[i].edge != own &&
			2 * (dx < 0 ? -dx : dx) < b->width + FONT &&
			2 * (dy < 0 ? -dy : dy) < FONT)
			return true;
	}
	return false;
}

static void
put_words(struct drawing *d, const struct box *b, const char *words)
{
	d->labels[d->label_count++] = *b;
	html_begin(d->r, "text", "x", number(d->r, b->x), "y",
		number(d->r, b->y + 4));
	html_text(d->r, words);
	html_end(d->r);
}

/* All lines of that node say this; NULL: they differ. */
static const char *
common_words(const struct drawing *d, size_t edges, uint32_t node)
{
	const char *words = NULL;

	for (size_t i = 0; i < edges; i++) {
		const struct svg_edge *e = &d->p->edges[i];

		if (is_loop(e) || (e->from != node && e->to != node))
			continue;
		if (words && strcmp(words, e->words) != 0)
			return NULL;
		words = e->words;
	}
	return words;
}

/* Where the lines of a node meet, once for all of them. */
static bool
draw_at_node(struct drawing *d, size_t edges, uint32_t node)
{
	const struct place *p = &d->places[node];
	const char *words = common_words(d, edges, node);
	struct box b = { 0, p->y, 0 };

	if (!words)
		return false;
	words = shortened(d->r, words, WORDS_LETTERS);
	b.width = (double)letters(words) * LETTER;
	b.x = p->x + (p->right ? -1 : 1) * (2 * ARROW + GAP + b.width / 2);
	if (!is_free(d, &b))
		return false;
	put_words(d, &b, words);
	for (size_t i = 0; i < edges; i++)
		if (d->p->edges[i].from == node || d->p->edges[i].to == node)
			d->said[i] = true;
	return true;
}

/* Where there is room on its line, if there is some where no other runs; an
 * edge without has its words in its title and in the table. */
static void
draw_words(struct drawing *d, size_t i)
{
	static const double tries[] = { .5, .4, .6, .3, .7, .22, .78 };
	const struct svg_edge *e = &d->p->edges[i];
	const char *words = shortened(d->r, e->words, WORDS_LETTERS);
	const struct curve c = curve_of(d, e);

	for (size_t k = 0; k < sizeof(tries) / sizeof(tries[0]); k++) {
		const struct box b = { at(c.x, tries[k]), at(c.y, tries[k]),
			(double)letters(words) * LETTER };

		if (!is_free(d, &b) || is_crossed(d, i, &b))
			continue;
		put_words(d, &b, words);
		return;
	}
}

/* Of lines that all say the same it is said once. */
static bool
draw_same(struct drawing *d, size_t edges)
{
	const char *words = NULL;
	size_t lines = 0;

	for (size_t i = 0; i < edges; i++) {
		const struct svg_edge *e = &d->p->edges[i];

		if (is_loop(e))
			continue;
		if (words && strcmp(words, e->words) != 0)
			return false;
		words = e->words;
		lines++;
	}
	if (lines <= 3)
		return false;
	html_begin(d->r, "text", "x", number(d->r, (d->left + d->right) / 2),
		"y", number(d->r, d->height - 4));
	html_textf(d->r, "each line: %s", words);
	html_end(d->r);
	return true;
}

static void
draw_all_words(struct drawing *d, size_t edges)
{
	find_dots(d, edges);
	d->said = arena_array(d->r->mem, edges + 1, sizeof(*d->said));
	html_begin(d->r, "g", "text-anchor", "middle", "stroke",
		"var(--bg, #fff)", "stroke-width", "5", "paint-order", "stroke",
		"font-size", "12");
	if (draw_same(d, edges)) {
		html_end(d->r);
		return;
	}
	for (size_t i = 0; i < edges; i++) {
		const struct svg_edge *e = &d->p->edges[i];

		if (!d->said[i] && !is_loop(e) &&
			!draw_at_node(d, edges, e->to) &&
			!draw_at_node(d, edges, e->from))
			draw_words(d, i);
	}
	html_end(d->r);
}

/* ---- names ---- */

/* To those who do not see it the picture is one image; the names in the table
 * lead where these do, so that they are no stops of the keyboard's. */
static void
draw_node(struct drawing *d, size_t i)
{
	const struct svg_node *n = &d->p->nodes[i];
	const struct place *p = &d->places[i];
	struct request *r = d->r;

	html_begin(r, n->href ? "a" : "g");
	if (n->href) {
		html_attribute(r, "xlink:href", n->href);
		html_attribute(r, "tabindex", "-1");
	}
	if (letters(n->name) > NAME_LETTERS)
		html_element(r, "title", n->name);
	html_begin(r, "circle", "cx", number(r, p->x), "cy", number(r, p->y),
		"r", "4");
	html_end(r);
	html_begin(r, "text", "x", number(r, p->x + (p->right ? 12 : -12)), "y",
		number(r, p->y + 4), "text-anchor", p->right ? "start" : "end");
	html_text(r, shortened(r, n->name, NAME_LETTERS));
	html_end(r);
	html_end(r);
}

void
svg_show(struct request *r, const struct svg_picture *p)
{
	struct drawing d = { .r = r, .p = p };
	size_t edges =
		p->edge_count < SVG_EDGES_MAX ? p->edge_count : SVG_EDGES_MAX;

	place_nodes(&d);
	html_begin(r, "svg", "id", "network", "role", "img", "viewBox",
		arena_printf(r->mem, "0 0 %.0f %.0f", d.width, d.height),
		"width", number(r, d.width), "height", number(r, d.height),
		"aria-labelledby", "network-title network-desc", "font-size",
		number(r, FONT), "fill", "currentColor");
	if (p->alone) {
		html_attribute(r, "xmlns", "http://www.w3.org/2000/svg");
		html_attribute(
			r, "xmlns:xlink", "http://www.w3.org/1999/xlink");
		html_attribute(r, "font-family", "sans-serif");
	}
	html_begin(r, "title", "id", "network-title");
	html_text(r, p->title);
	html_end(r);
	html_begin(r, "desc", "id", "network-desc");
	html_text(r, p->desc);
	html_end(r);
	draw_arrow(r);
	for (int line = SVG_BOTH_WAYS; line <= SVG_SSH_ONLY; line++) {
		draw_lines(&d, edges, (enum svg_line)line, false);
		draw_lines(&d, edges, (enum svg_line)line, true);
	}
	draw_loops(&d, edges);
	for (size_t i = 0; i < p->count; i++)
		draw_node(&d, i);
	draw_all_words(&d, edges);
	html_end(r);
}
