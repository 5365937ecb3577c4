/*
 * machines_bulk.h: form-bulk above the list of machines, and the list itself
 * with that form (spec/pages.md 9.1).
 */
#ifndef FCGI_MACHINES_BULK_H
#define FCGI_MACHINES_BULK_H

#include "fcgi/form.h"
#include "fcgi/machines_find.h"
#include "tailnet/bulk.h"

enum {
	BULK_NAMES_SHOWN = 100, /* on the page that asks */
};

bool machines_bulk_may(const struct request *r);
/* What this role may do; sent back with the list's own address. */
void machines_bulk_form(
	struct request *r, const struct list *l, struct form *f);

/* The page of the list: page_machines.c. */
enum err machines_show(struct request *r, struct list *l,
	const struct machines_found *found, struct form *f);

#endif
