/*
 * pages_machines.h: pages of machines and of how they join (spec/pages.md 7, 9,
 * and the list of the own portal).
 */
#ifndef FCGI_PAGES_MACHINES_H
#define FCGI_PAGES_MACHINES_H

#include "fcgi/request.h"

/* Lists: page_machines.c. */
enum err page_admin_bare(struct request *r); /* without its slash */
enum err page_admin(struct request *r);
enum err page_machines(struct request *r);
enum err page_me(struct request *r);

#endif
