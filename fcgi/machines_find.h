/*
 * machines_find.h: which machines a list is about: its filters, from the
 * address and as fields, and the ids that they leave (spec/pages.md 9.1).  The
 * page and the file to save ask the same.
 */
#ifndef FCGI_MACHINES_FIND_H
#define FCGI_MACHINES_FIND_H

#include "db/machine_list.h"
#include "fcgi/list.h"

/* Ids in the order of the list: those from..until stand on this page; with
 * `whole`, which is the caller's to set, all of them. */
struct machines_found {
	bool whole;
	int64_t *ids;
	size_t count, from, until;
};

/* All machines: makes the list, and takes what its address asks for. */
void machines_take(struct request *r, struct list *l, struct machine_search *s);
/* And finds them. */
enum err machines_find(
	struct request *r, struct list *l, struct machines_found *found);
/* The fields between list_begin and list_table. */
enum err machines_filters(struct request *r, struct list *l);

/* The parts, for a list with fewer filters. */
enum err machines_search(struct request *r, struct list *l,
	struct machine_search *s, struct machines_found *out);
const char *machines_state_filter(struct request *r, struct list *l);
void machines_state_select(struct request *r, struct list *l);

#endif
