/*
 * shape_table.h: the shape of a whole policy, for policy/shape.c.
 */
#ifndef POLICY_SHAPE_TABLE_H
#define POLICY_SHAPE_TABLE_H

#include "policy/shape.h"

enum shape_kind {
	SHAPE_TEXT, /* trimmed */
	SHAPE_RAW,  /* a text as it stands */
	SHAPE_BOOL,
	SHAPE_WHOLE, /* an int32_t */
	SHAPE_NUMBER,
	SHAPE_ANY,
	SHAPE_LIST,
	SHAPE_MAP,    /* an object whose names are free */
	SHAPE_STRUCT, /* an object with certain members */
};

struct shape_member {
	enum member member; /* MEMBER_NONE ends the list */
	const struct shape *shape;
};

struct shape {
	enum shape_kind kind;
	bool has_null;             /* MAP: null is an empty value */
	bool has_older;            /* STRUCT: older spellings */
	const struct shape *inner; /* LIST, MAP */
	const struct shape_member *members;
};

extern const struct shape shape_of_policy;

#endif
