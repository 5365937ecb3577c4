/*
 * origin.h: whether what was sent comes from a page of this site
 * (spec/pages.md 1.3), by what browsers say of that themselves.
 */
#ifndef FCGI_ORIGIN_H
#define FCGI_ORIGIN_H

#include "fcgi/request.h"

/* Of a page whose address is a secret (SECRET) browsers say "null", also when
 * one signs out (OUT) there. */
bool origin_is_foreign(struct request *r);

#endif
