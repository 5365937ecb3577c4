/*
 * machine_forms.h: the forms on the page of one machine (spec/pages.md 9.3), of
 * which its owner has some on the own page of it (8).
 *
 * Each is made from what is stored, so that a refused one is shown among the
 * others with what was typed.
 */
#ifndef FCGI_MACHINE_FORMS_H
#define FCGI_MACHINE_FORMS_H

#include "db/node.h"
#include "fcgi/form.h"
#include "fcgi/machine_asks.h"

struct machine_forms {
	struct form rename, tags, routes, expiry, approve, ping, ask;
	struct form owner, address;
	struct field owner_fields[2];  /* the users are known late */
	struct field expiry_fields[2]; /* so is the zone */
};

/* As a browser's own field has a time, in the zone of the pages:
 * "2026-11-22T15:00"; "" for 0. */
const char *machine_expiry_text(struct request *r, int64_t at);
/* The zone of the pages, as fields for a time take it. */
const char *machine_expiry_zone(struct request *r);
/* A time that was typed under the name of another zone is a conflict: the form
 * carries its zone along. */
void machine_expiry_conflict(struct form *f);

enum err machine_forms_init(
	struct request *r, const struct node *n, struct machine_forms *f);
void machine_forms_show(struct request *r, const struct node *n,
	struct machine_forms *f, const struct machine_asks *asks);
/* Those that its owner has. */
void machine_forms_show_own(
	struct request *r, const struct node *n, struct machine_forms *f);
/* The machine of the address; *gone: the answer that it is not there is made.
 */
enum err machine_find(struct request *r, struct node *out, bool *gone);
/* The page at its place (machine_where.h), with the form that was refused
 * (NULL: none). */
enum err machine_show(struct request *r, const struct node *n,
	struct machine_forms *f, struct form *refused);

#endif
