/*
 * owner.h: the field of a form that names a user: a list to choose from, or,
 * where there are too many for that, a name to type.
 */
#ifndef FCGI_OWNER_H
#define FCGI_OWNER_H

#include "fcgi/form.h"

enum {
	OWNERS_MAX = 200, /* users in a list to choose from */
};

/* Makes *d such a field; `but` is left out, `none` (may be NULL) is the words
 * of the choice "".  Only users that who asks may own as (people.h). */
enum err owner_field(
	struct request *r, struct field *d, int64_t but, const char *none);
/* The user of the field's value, an id or a name; says so at the field and
 * leaves out->id 0 when there is none, or none that who asks may own as. */
enum err owner_find(struct form *f, const char *field, struct user *out);

#endif
