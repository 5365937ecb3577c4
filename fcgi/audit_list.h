/*
 * audit_list.h: what of the audit log an address asks for, the same for the
 * page and for its files (spec/pages.md 14).
 */
#ifndef FCGI_AUDIT_LIST_H
#define FCGI_AUDIT_LIST_H

#include "db/audit_find.h"
#include "fcgi/list.h"

/* The list with its filters and the search that they are.  Texts in memory of
 * the request. */
enum err audit_list_take(
	struct request *r, struct list *l, struct audit_search *s);
/* The fields of the filters, between list_begin and list_table. */
void audit_list_fields(struct request *r, struct list *l);
/* The same list from that place on. */
const char *audit_list_from(struct request *r, const struct list *l,
	const struct audit_place *place);

#endif
