/*
 * hujson.h: JSON with comments and trailing commas, as policies are written.
 *
 * One pass over the bytes checks everything and keeps where each value stands,
 * so that what is found wrong later can be told with line and column too.  The
 * library of base/json is not asked: its trees take 261 bytes of memory a byte,
 * it keeps the last of two members with one name, and cuts texts at NUL.
 */
#ifndef POLICY_HUJSON_H
#define POLICY_HUJSON_H

#include <stdbool.h>

#include "policy/policy.h"

enum hujson_kind {
	HUJSON_NULL,
	HUJSON_BOOL,
	HUJSON_NUMBER,
	HUJSON_TEXT,
	HUJSON_LIST,
	HUJSON_OBJECT,
};

struct hujson_value {
	enum hujson_kind kind;
	bool truth;
	uint8_t member;   /* enum member (policy/shape.h): what it is of its
			     object */
	uint32_t at, end; /* its bytes in the text */
	uint32_t count;   /* of items or members */
	uint32_t next;    /* number of the value behind it and all within it */
	uint32_t name_at, name_len; /* a member's name; `name` NULL: none */
	uint32_t len;
	const char *name;
	char *text; /* TEXT, escapes undone; may hold NUL, ends with one */
};

/* Values in the order in which they begin: 0 is the whole, and the first of
 * those within value i is i + 1. */
struct hujson {
	struct bytes text;
	const char
		*json; /* as long as the text, with what JSON lacks blanked */
	struct hujson_value *values;
	size_t count;
	const uint32_t *lines; /* where each begins */
	size_t line_count;
};

/* ERR_POLICY, ERR_TOO_BIG with *error; all in `mem`, which the text outlives.
 */
enum err hujson_parse(struct bytes text, struct arena *mem, struct hujson *out,
	struct policy_error *error);

/* Line and column of a byte, also of the one past the end. */
struct policy_place hujson_place(const struct hujson *h, size_t at);

/* The JSON of a value, without blanks. */
char *hujson_squeeze(const struct hujson *h, const struct hujson_value *v,
	struct arena *mem);

#endif
