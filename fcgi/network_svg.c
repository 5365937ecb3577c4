#include "fcgi/network_svg.h"

#include <stdlib.h>
#include <string.h>

#include "fcgi/html.h"

/* Units of the picture, which the page scales. */
enum {
	WIDTH = 760,
	LEFT = 190,           /* where lines begin, behind the names */
	RIGHT = WIDTH - LEFT, /* and end */
	ROW = 30,
	TOP = 24,
	FONT = 13,
	LETTER = 7,        /* of FONT, on average */
	NAME_LETTERS = 23, /* that fit; more end with … */
	WORDS_LETTERS = 22,
	ARROW = 7,
	BEND = 110, /* of lines between two of one column */
	GAP = 4,
};

struct box {
	double x, y, width;
};

struct place {
	double x, y;
	bool right;
};

struct drawing {
	struct request *r;
	const struct svg_picture *p;
	struct place *places; /* by node */
	struct box labels[SVG_LABELS_MAX];
	size_t label_count;
	double height;
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
	d->places = arena_array(d->r->mem, n + 1, sizeof(*d->places));
	for (size_t i = 0; i < n; i++) {
		bool right = i >= left;
		double shift = right && n % 2 ? ROW / 2.0 : 0;

		d->places[ranks[i].node] = (struct place){ right ? RIGHT : LEFT,
			TOP + shift + ROW * (double)(right ? i - left : i),
			right };
	}
	d->height = 2 * TOP + ROW * (double)left;
}

/* ---- words ---- */

static size_t
letters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

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
	double bend = a->right == b->right ? BEND : (RIGHT - LEFT) / 2.0;

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

static const char *
edge_words(struct drawing *d, const struct svg_edge *e)
{
	return arena_printf(d->r->mem, "%s %s %s: %s",
		d->p->nodes[e->from].name, e->both ? "↔" : "→",
		d->p->nodes[e->to].name, e->words);
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

		if (e->line != line || e->both != both)
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

/* ---- words beside lines ---- */

static bool
is_free(const struct drawing *d, const struct box *b)
{
	if (b->x - b->width / 2 < LEFT + 2 * ARROW ||
		b->x + b->width / 2 > RIGHT - 2 * ARROW || b->y < FONT)
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

/* Where there is room on its line; an edge without has its words in its title
 * and in the table. */
static void
draw_words(struct drawing *d, const struct svg_edge *e)
{
	static const double tries[] = { .5, .4, .6, .3, .7, .22, .78 };
	const char *words = shortened(d->r, e->words, WORDS_LETTERS);
	const struct curve c = curve_of(d, e);

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		const struct box b = { at(c.x, tries[i]), at(c.y, tries[i]),
			(double)letters(words) * LETTER };

		if (d->label_count == SVG_LABELS_MAX || !is_free(d, &b))
			continue;
		d->labels[d->label_count++] = b;
		html_begin(d->r, "text", "x", number(d->r, b.x), "y",
			number(d->r, b.y + 4));
		html_text(d->r, words);
		html_end(d->r);
		return;
	}
}

/* Of lines that all say the same it is said once. */
static void
draw_all_words(struct drawing *d, size_t edges)
{
	bool same = edges > 3;

	for (size_t i = 1; i < edges; i++)
		same = same &&
		       strcmp(d->p->edges[i].words, d->p->edges[0].words) == 0;
	html_begin(d->r, "g", "text-anchor", "middle", "stroke",
		"var(--bg, #fff)", "stroke-width", "5", "paint-order", "stroke",
		"font-size", "12");
	if (same) {
		html_begin(d->r, "text", "x", number(d->r, WIDTH / 2), "y",
			number(d->r, d->height - 4));
		html_textf(d->r, "each line: %s", d->p->edges[0].words);
		html_end(d->r);
	}
	for (size_t i = 0; !same && i < edges; i++)
		draw_words(d, &d->p->edges[i]);
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
		arena_printf(r->mem, "0 0 %d %.0f", WIDTH, d.height),
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
	for (size_t i = 0; i < p->count; i++)
		draw_node(&d, i);
	draw_all_words(&d, edges);
	html_end(r);
}
