/*
 * value.h: what a command answers, as a small tree that print.h can write as
 * JSON or YAML.
 *
 * The names are headscale's, because scripts read them: snake_case in JSON,
 * where empty members are left out; in YAML the same name in lower case and run
 * together ("created_at" is "createdat"), where nothing is left out.
 *
 * Every function takes the parent, adds one member to it (name NULL in a list)
 * and returns the member, so that `value_bool(v, "dirty", no)->keep = true`
 * keeps an empty one in JSON.
 */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum value_kind {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_TEXT,
	VALUE_LIST,
	VALUE_OBJECT,
};

struct value {
	enum value_kind kind;
	const char *name;
	bool keep;  /* JSON: also when empty */
	bool plain; /* object: nothing is left out, YAML names are as in JSON */
	int64_t number;
	const char *text;
	struct arena *mem;
	struct value *first, *last, *next;
};

/* Roots. */
struct value *value_new_object(struct arena *mem);
struct value *value_new_list(struct arena *mem);

struct value *value_null(struct value *in, const char *name);
struct value *value_bool(struct value *in, const char *name, bool yes);
struct value *value_int(struct value *in, const char *name, int64_t number);
/* NULL counts as "". */
struct value *value_text(struct value *in, const char *name, const char *text);
struct value *value_list(struct value *in, const char *name);
struct value *value_object(struct value *in, const char *name);
/* {"seconds": …, "nanos": 0}, or null for 0, which means "never". */
struct value *value_time(struct value *in, const char *name, int64_t at);
/* A list of texts from JSON text as the database keeps it. */
struct value *value_texts(
	struct value *in, const char *name, const char *json_list);

/* False, 0, "", no items, null; an object never is. */
bool value_is_empty(const struct value *v);

#endif
