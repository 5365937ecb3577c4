/*
 * list_filters.h: filters that lists have in common: whose it is, and its tag
 * (spec/pages.md 9.1, 10.3).
 */
#ifndef FCGI_LIST_FILTERS_H
#define FCGI_LIST_FILTERS_H

#include "fcgi/list.h"

enum {
	LIST_OWNERS = 100, /* users in the field of owners */
};

/* The field `owner`, whose values are ids of users (list_number takes it): a
 * list to choose from; where they are more than LIST_OWNERS only the one in
 * force stands there, and links of other pages set it. */
enum err list_owner_select(struct request *r, struct list *l);
/* The filter `tag`, "" if none: "server" is taken as tag:server. */
const char *list_tag(struct request *r, struct list *l);

#endif
