/*
 * page.h: pages for people.
 */
#ifndef FCGI_PAGE_H
#define FCGI_PAGE_H

#include "fcgi/request.h"

enum {
	REGISTER_PER_MINUTE = 60, /* from one address */
};

enum err page_register(struct request *r); /* page_register.c */

#endif
