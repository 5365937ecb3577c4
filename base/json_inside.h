/*
 * json_inside.h: what base/json's own files share: json_put.c writes,
 * json_scan.c looks a text over and parses it, json_take.c fills structs.
 */
#ifndef BASE_JSON_INSIDE_H
#define BASE_JSON_INSIDE_H

#include <json-c/json.h>

#include "base/json.h"

#define MEMBER(base, field, type) ((type *)((char *)(base) + (field)->offset))

/* Every list of a struct begins with its pointer, then the count. */
struct list {
	void *at;
	size_t count;
};

_Static_assert(sizeof(struct list) == sizeof(struct json_texts) &&
		       offsetof(struct list, count) ==
			       offsetof(struct json_map, count),
	"lists are read as struct list");

/* Is the value of a map's entry one member, or the whole struct? */
bool json_is_pair(const struct json_table *t);

/* NULL for what is no JSON, or past the limits, or says a member twice. */
struct json_object *json_scan(
	struct bytes text, const struct json_limits *limits);

#endif
