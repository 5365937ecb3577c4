/*
 * network_page.h: what the parts of the network page share (spec/pages.md
 * 11.5).
 *
 *   page_network.c     the page, and the picture alone
 *   network_grid.c     table#matrix: from down, to across, ports in words
 *   network_matrix.c   the same as a list, where a grid is too large
 *   network_paths.c    table#paths: home relays, and what leads directly
 */
#ifndef FCGI_NETWORK_PAGE_H
#define FCGI_NETWORK_PAGE_H

#include "fcgi/list.h"
#include "fcgi/request.h"
#include "tailnet/network.h"

#define NETWORK_PAGE "/admin/network"

struct network_page {
	struct request *r;
	struct network n;
	const char *by;    /* as the address has it */
	size_t undrawn;    /* lines that the picture leaves out */
	int64_t version;   /* whose lines are meant; 0: the newest */
	struct list asked; /* what of the address was not understood */
};

/* The page with that node alone, by=… kept. */
const char *network_focus_path(const struct network_page *p, size_t node);
/* Where the node itself is shown; NULL: nowhere. */
const char *network_node_path(struct request *r, const struct network_node *n);

void network_matrix_show(struct network_page *p);
/* False, and nothing is shown: it is too large. */
bool network_grid_show(struct network_page *p);
/* Parts of cells: the name of a node; what limits a flow; its rules. */
void network_node(struct network_page *p, size_t i);
void network_limits(struct request *r, const struct flow *f);
void network_lines(struct network_page *p, const struct flow *f);

enum err network_paths_show(struct request *r);
/* #empty, where there is no machine. */
void network_show_empty(struct request *r);

#endif
