/*
 * machine_where.h: where the page of a machine stands: among all machines
 * (/admin/machines/12) or among those of who looks (/me/machines/12).  Both are
 * made by the same code, which asks here.
 */
#ifndef FCGI_MACHINE_WHERE_H
#define FCGI_MACHINE_WHERE_H

#include "fcgi/frame.h"

struct machine_where {
	bool own;         /* the portal: only the own machines are there */
	const char *page; /* before the number */
	const char *list; /* where it is listed */
	enum section section;
};

/* By the route of the request. */
const struct machine_where *machine_where(const struct request *r);
const char *machine_path(struct request *r, int64_t id);

#endif
