/*
 * fields.h: the fields of a form, decoded from its body.
 *
 * Only application/x-www-form-urlencoded is taken.  Limits: FIELDS_MAX fields,
 * or FIELDS_BOXES_MAX where the form has a box for each of many things (BOXES
 * in router.h); names of FIELD_NAME_MAX bytes; valid UTF-8 without NUL.  A
 * field that a form has once and the body has twice is refused by fields_one.
 */
#ifndef FCGI_FIELDS_H
#define FCGI_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct request;

enum {
	FIELDS_MAX = 200,
	FIELDS_BOXES_MAX = 640, /* all routes of a machine, and what more the
				 * form has; a few too many can be answered */
	FIELD_NAME_MAX = 64,
};

struct fields {
	size_t count;
	const char **names, **values;
};

/* From r->body into r->fields, `most` of them.  ERR_BAD_INPUT with r->why. */
enum err fields_take(struct request *r, size_t most);
/* The value; NULL if it is not there.  Twice: r->why is set, and what the
 * handler does has no effect (the router answers 400). */
const char *fields_one(struct request *r, const char *name);
/* The nth value of a field that may repeat; NULL behind the last. */
const char *fields_nth(const struct request *r, const char *name, size_t n);
/* Whether one of its values is that. */
bool fields_say(const struct request *r, const char *name, const char *value);
bool fields_has(const struct request *r, const char *name);
/* Without blanks at both ends, in the arena. */
const char *fields_trim(struct request *r, const char *value);

#endif
