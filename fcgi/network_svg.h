/*
 * network_svg.h: the picture of a network: two columns of names, a line between
 * those that something is open between, and a loop at who reaches each other.
 * Nothing of it is by chance: the same nodes and edges give the same bytes.
 *
 * Its colours are those of the text around it.
 */
#ifndef FCGI_NETWORK_SVG_H
#define FCGI_NETWORK_SVG_H

#include "fcgi/request.h"

enum {
	SVG_EDGES_MAX = 150, /* drawn */
	SVG_LABELS_MAX = 60, /* edges with their words beside them */
};

enum svg_line {
	SVG_BOTH_WAYS, /* solid */
	SVG_ONE_WAY,   /* dashed */
	SVG_SSH_ONLY,  /* dotted */
};

struct svg_node {
	const char *name, *href; /* href NULL: it leads nowhere */
};

struct svg_edge {
	uint32_t from, to;
	enum svg_line line;
	bool both;
	bool own;          /* of a loop: between machines of one person alone */
	const char *words; /* "443, tcp 22 (SSH)" */
};

struct svg_picture {
	const char *title, *desc;
	const struct svg_node *nodes;
	size_t count;
	const struct svg_edge *edges; /* none twice; to itself: a loop */
	size_t edge_count;
	bool alone; /* a file of its own */
};

void svg_show(struct request *r, const struct svg_picture *p);

#endif
