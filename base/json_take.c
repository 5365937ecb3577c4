#include <string.h>
#include <strings.h>

#include "base/json_inside.h"
#include "base/text.h"

static enum err take_object(struct json_object *j, const struct json_table *t,
	struct arena *mem, void *to);
static enum err take_member(struct json_object *j, const struct json_field *f,
	struct arena *mem, void *to);

static const char *
take_raw(struct json_object *j, struct arena *mem)
{
	return arena_strdup(
		mem, json_object_to_json_string_ext(
			     j, JSON_C_TO_STRING_PLAIN |
					JSON_C_TO_STRING_NOSLASHESCAPE));
}

static size_t
item_size(const struct json_field *f)
{
	if (f->kind == JSON_OBJECTS || f->kind == JSON_MAP)
		return f->inner->struct_size;
	return f->kind == JSON_INTS ? sizeof(int64_t) : sizeof(char *);
}

static enum err
take_item(struct json_object *item, const struct json_field *f,
	struct arena *mem, void *to)
{
	if (f->kind == JSON_RAWS) {
		*(const char **)to = take_raw(item, mem);
		return ERR_OK;
	}
	if (f->kind == JSON_OBJECTS)
		return take_object(item, f->inner, mem, to);
	if (f->kind == JSON_INTS) {
		*(int64_t *)to = json_object_get_int64(item);
		return json_object_is_type(item, json_type_int) ? ERR_OK
								: ERR_BAD_INPUT;
	}
	if (!json_object_is_type(item, json_type_string))
		return ERR_BAD_INPUT;
	*(const char **)to = arena_strdup(mem, json_object_get_string(item));
	return ERR_OK;
}

static enum err
take_list(struct json_object *j, const struct json_field *f, struct arena *mem,
	struct list *list)
{
	enum err e = ERR_OK;
	size_t size = item_size(f);

	list->count = json_object_array_length(j);
	list->at = arena_array(mem, list->count, size);
	for (size_t i = 0; !e && i < list->count; i++)
		e = take_item(json_object_array_get_idx(j, i), f, mem,
			(char *)list->at + i * size);
	return e;
}

static enum err
take_entry(const char *name, struct json_object *value,
	const struct json_table *t, struct arena *mem, void *entry)
{
	const struct json_field *key = &t->fields[0];
	enum err e = json_is_pair(t)
			     ? take_member(value, &t->fields[1], mem, entry)
			     : take_object(value, t, mem, entry);

	if (e)
		return e;
	if (key->kind == JSON_INT)
		return text_int(name, MEMBER(entry, key, int64_t));
	*MEMBER(entry, key, const char *) = arena_strdup(mem, name);
	return ERR_OK;
}

static enum err
take_map(struct json_object *j, const struct json_field *f, struct arena *mem,
	struct list *map)
{
	const struct json_table *t = f->inner;
	bool keep_null = json_is_pair(t) && t->fields[1].kind == JSON_RAW;

	map->count = 0;
	map->at = arena_array(
		mem, (size_t)json_object_object_length(j), t->struct_size);
	json_object_object_foreach(j, name, value)
	{
		void *entry = (char *)map->at + map->count * t->struct_size;
		enum err e;

		if (!value && !keep_null)
			continue;
		e = take_entry(name, value, t, mem, entry);
		if (e)
			return e;
		map->count++;
	}
	return ERR_OK;
}

static bool
fits(enum json_kind kind, struct json_object *j)
{
	static const enum json_type expected[] = {
		[JSON_BOOL] = json_type_boolean,
		[JSON_INT] = json_type_int,
		[JSON_REAL] = json_type_double,
		[JSON_OPT] = json_type_boolean,
		[JSON_TEXT] = json_type_string,
		[JSON_TEXTS] = json_type_array,
		[JSON_INTS] = json_type_array,
		[JSON_OBJECT] = json_type_object,
		[JSON_INSIDE] = json_type_object,
		[JSON_OBJECTS] = json_type_array,
		[JSON_MAP] = json_type_object,
		[JSON_RAWS] = json_type_array,
	};
	enum json_type type = json_object_get_type(j);

	return kind == JSON_RAW || type == expected[kind] ||
	       (kind == JSON_REAL && type == json_type_int);
}

static enum err
take_member(struct json_object *j, const struct json_field *f,
	struct arena *mem, void *to)
{
	if (!j) /* null leaves the member as it was */
		return ERR_OK;
	if (!fits(f->kind, j))
		return ERR_BAD_INPUT;
	switch (f->kind) {
	case JSON_BOOL:
		*MEMBER(to, f, bool) = json_object_get_boolean(j);
		return ERR_OK;
	case JSON_OPT:
		*MEMBER(to, f, enum opt_bool) =
			json_object_get_boolean(j) ? OPT_TRUE : OPT_FALSE;
		return ERR_OK;
	case JSON_INT:
		*MEMBER(to, f, int64_t) = json_object_get_int64(j);
		return ERR_OK;
	case JSON_REAL:
		*MEMBER(to, f, double) = json_object_get_double(j);
		return ERR_OK;
	case JSON_TEXT:
		*MEMBER(to, f, const char *) =
			arena_strdup(mem, json_object_get_string(j));
		return ERR_OK;
	case JSON_RAW:
		*MEMBER(to, f, const char *) = take_raw(j, mem);
		return ERR_OK;
	case JSON_OBJECT:
		*MEMBER(to, f, void *) =
			arena_alloc(mem, f->inner->struct_size);
		return take_object(j, f->inner, mem, *MEMBER(to, f, void *));
	case JSON_INSIDE:
		return take_object(j, f->inner, mem, MEMBER(to, f, void));
	case JSON_MAP:
		return take_map(j, f, mem, MEMBER(to, f, struct list));
	case JSON_TEXTS:
	case JSON_INTS:
	case JSON_OBJECTS:
	case JSON_RAWS:
		return take_list(j, f, mem, MEMBER(to, f, struct list));
	}
	return ERR_BAD_INPUT;
}

/* The member for that field: the exact name, or else one that differs in case
 * only.  Two that fit are one member given twice. */
static enum err
find_member(struct json_object *j, const struct json_field *f,
	struct json_object **out)
{
	bool exact = json_object_object_get_ex(j, f->name, out);
	size_t others = 0;

	json_object_object_foreach(j, name, value)
	{
		/* Most differ in their first letter. */
		if ((*name | 0x20) != (*f->name | 0x20) ||
			strcasecmp(name, f->name) || !strcmp(name, f->name))
			continue;
		others++;
		if (!exact)
			*out = value;
	}
	if (!exact && !others)
		return ERR_NOT_FOUND;
	return exact + others == 1 ? ERR_OK : ERR_BAD_INPUT;
}

static enum err
take_object(struct json_object *j, const struct json_table *t,
	struct arena *mem, void *to)
{
	if (!json_object_is_type(j, json_type_object))
		return ERR_BAD_INPUT;
	for (size_t i = 0; i < t->field_count; i++) {
		struct json_object *member;
		enum err e = find_member(j, &t->fields[i], &member);

		if (e == ERR_NOT_FOUND)
			continue;
		if (!e)
			e = take_member(member, &t->fields[i], mem, to);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err
json_decode_within(struct bytes text, const struct json_limits *limits,
	const struct json_table *t, struct arena *mem, void *to)
{
	struct json_object *j = json_scan(text, limits);
	enum err e = j ? take_object(j, t, mem, to) : ERR_BAD_INPUT;

	json_object_put(j);
	return e;
}

static const struct json_limits usual = {
	.depth = JSON_DEPTH_MAX,
	.tokens = JSON_TOKENS_MAX,
	.string = JSON_STRING_MAX,
};

enum err
json_decode(struct bytes text, const struct json_table *t, struct arena *mem,
	void *to)
{
	return json_decode_within(text, &usual, t, mem, to);
}

enum err
json_texts_parse(const char *text, struct arena *mem, struct json_texts *out)
{
	const struct json_field f = { .kind = JSON_TEXTS };
	struct bytes b = { (const unsigned char *)text, strlen(text) };
	struct json_object *j;
	struct list list;
	enum err e;

	/* So most lists of most machines are, and whoever reads all of them
	 * spent a third of its time on these. */
	if (strcmp(text, "[]") == 0) {
		*out = (struct json_texts){ arena_array(mem, 1, sizeof(char *)),
			0 };
		return ERR_OK;
	}
	j = json_scan(b, &usual);
	e = json_object_is_type(j, json_type_array)
		    ? take_list(j, &f, mem, &list)
		    : ERR_BAD_INPUT;
	json_object_put(j);
	if (!e)
		*out = (struct json_texts){ list.at, list.count };
	return e;
}
