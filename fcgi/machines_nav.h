/*
 * machines_nav.h: the pages of the section Machines.
 */
#ifndef FCGI_MACHINES_NAV_H
#define FCGI_MACHINES_NAV_H

#include "fcgi/request.h"

enum machines_page {
	MACHINES_LIST,
	MACHINES_ASKING,
	MACHINES_CHECKS,
};

/* For who may see more than one of them. */
void machines_nav(struct request *r, enum machines_page here);

#endif
